#!/bin/sh
# check.sh -- everything that must be true before a change is merged, from a bare Debian 12.
#
#   ./check.sh       format, gcc, clang, sanitizers, analysis; a few minutes
#   ./check.sh ci    and ten seconds of fuzzing for each parser, and the tables made twice
#
# The last line counts the tests of all builds: `N passed, N failed, N skipped`.
set -eu
cd "$(dirname "$0")"
jobs=$(nproc)
step() { printf '== %s\n' "$1"; shift; "$@"; }

formatted() {
	find include src tools tests bench examples -name "*.[ch]" -o -name "*.cpp" |
		xargs clang-format --dry-run -Werror
}

analysed() {
	cppcheck -q -j "$jobs" --error-exitcode=1 --std=c11 --enable=warning,portability \
		--inline-suppr -Iinclude -Isrc -Ibuild/release src tools
}

# The generated tables must not depend on anything but data/.
reproducible() {
	for table in build/release/gen/*.inc; do
		name=$(basename "$table" .inc)
		case $name in *.json) file=data/$name ;; *) file=data/$name.tsv ;; esac
		build/release/gen/gen "$file" | cmp - "$table"
	done
}

# The sum of the counts that every build's tests left behind.
total() {
	cat build/release/tap/count build/clang/tap/count build/clang-asan/tap/count build/tsan/tap/count |
		awk '{ p += $1; f += $3; s += $5 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }'
}

tools/install.sh check
rm -f build/*/tap/count
step format formatted
step gcc make -s -j"$jobs" CC=gcc check
step clang make -s -j"$jobs" CC=clang BUILD=build/clang check
step sanitizers make -s -j"$jobs" CC=clang MODE=asan BUILD=build/clang-asan check
step threads make -s -j"$jobs" tsan
step analysis analysed
if [ "${1-}" = ci ]; then
	step laws env DEPUTY_ROUNDS=1000000 build/release/tests/props
	step fuzz make -s -j"$jobs" fuzz SECONDS=10
	step tables reproducible
fi
total
