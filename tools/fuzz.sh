#!/bin/sh
# fuzz.sh TARGET SECONDS -- one fuzz target, from its seeds; what it finds stays in build/.
set -eu
target=$1 seconds=$2 name=$(basename "$1")
mkdir -p "build/fuzz/corpus/$name" build/fuzz/found
seeds=tests/fuzz/seeds/$name
[ -d "$seeds" ] || seeds=
if "$target" -close_fd_mask=2 -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=1024 \
	-artifact_prefix="build/fuzz/found/$name-" "build/fuzz/corpus/$name" $seeds \
	>"build/fuzz/$name.log" 2>&1; then
	printf '  FUZZ  %-12s %s\n' "$name" "$(grep '^Done' "build/fuzz/$name.log" || tail -n 1 "build/fuzz/$name.log")"
else
	tail -n 40 "build/fuzz/$name.log"
	exit 1
fi
