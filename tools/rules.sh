#!/bin/sh
# rules.sh -- every rule of data/rules.tsv is obeyed somewhere in src/ and shown by a case in
# tests/, each of which cites it as [ID]; and a number that is no row is answered in ERRATA.md.
# `rules.sh matrix` prints where.
set -eu
bad=0
for id in $(grep -v '^#' data/rules.tsv | tail -n +2 | cut -f 1); do
	code=$(grep -rlF "$id]" src || grep -rlE "\[[^]]*$id[],]" src || true)
	case=$(grep -rlE "\[[^]]*$id[],]" tests || true)
	[ -n "$code" ] || { echo "rules: $id is cited by no code"; bad=1; }
	[ -n "$case" ] || { echo "rules: $id is shown by no case"; bad=1; }
	if [ "${1-}" = matrix ]; then echo "$id" $code -- $case; fi
done
numbers=$(sed -n 's/^S-0*\([0-9]*\).*/\1/p' data/rules.tsv | sort -n)
for number in $(seq 1 "$(echo "$numbers" | tail -n 1)"); do
	id=$(printf 'S-%02d' "$number")
	echo "$numbers" | grep -qx "$number" || grep -qF "**$id**" ERRATA.md || { echo "rules: $id is nowhere"; bad=1; }
done
exit $bad
