#!/bin/sh
# test.sh BUILD PROGRAM... -- runs TAP programs (and shell scripts *.t), and counts.
# Their output is kept in BUILD/tap/; failures are shown. Ends with `N passed, N failed, N skipped`.
# RUN="valgrind -q" puts that in front of the programs, and of the deputy that the scripts call.
# A program that dies, or says fewer results than it planned, counts as one more failure.
set -eu
build=$1; shift
mkdir -p "$build/tap"
export DEPUTY="$PWD/$build/deputy"
scripts=$DEPUTY
if [ -n "${RUN-}" ]; then
	scripts=$PWD/$build/tap/deputy
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$RUN" "$DEPUTY" >"$scripts"
	chmod +x "$scripts"
fi
passed=0 failed=0 skipped=0
for test in "$@"; do
	case $test in *.t) name=cli-$(basename "$test" .t) ;; *) name=$(basename "$test") ;; esac
	tap=$build/tap/$name.tap
	status=0
	case $test in
	*.t) DEPUTY=$scripts sh "$test" >"$tap" 2>"$tap.err" </dev/null || status=$? ;;
	*) ${RUN-} "$test" >"$tap" 2>"$tap.err" </dev/null || status=$? ;;
	esac
	skip=$(grep -c '^ok .*# SKIP' "$tap" || true)
	good=$(($(grep -c '^ok ' "$tap" || true) - skip))
	bad=$(grep -c '^not ok ' "$tap" || true)
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$tap" | tail -n 1)
	if [ "${plan:-none}" != $((good + bad + skip)) ] || { [ "$status" != 0 ] && [ "$bad" = 0 ]; }; then
		echo "not ok - $name: exit status $status, planned ${plan:-nothing}, ran $((good + bad + skip))" >>"$tap"
		bad=$((bad + 1))
	fi
	if [ "$bad" != 0 ]; then
		grep -A 3 '^not ok ' "$tap" | head -n 60
		tail -n 40 "$tap.err" | sed 's/^/# /'
	fi
	printf '  TEST  %-16s %5d passed, %d failed, %d skipped\n' "$name" "$good" "$bad" "$skip"
	grep '^ok .*# SKIP' "$tap" | sed 's/^/        /' || true
	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
done
echo "$passed passed, $failed failed, $skipped skipped" >"$build/tap/count"
cat "$build/tap/count"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
