#!/bin/sh
# rules.sh -- every rule of data/rules.tsv is obeyed somewhere in src/ and shown by a case in
# tests/, each of which cites it as [ID]. `rules.sh matrix` prints where.
set -eu
bad=0
for id in $(grep -v '^#' data/rules.tsv | tail -n +2 | cut -f 1); do
	code=$(grep -rlF "$id]" src || grep -rlE "\[[^]]*$id[],]" src || true)
	case=$(grep -rlE "\[[^]]*$id[],]" tests || true)
	[ -n "$code" ] || { echo "rules: $id is cited by no code"; bad=1; }
	[ -n "$case" ] || { echo "rules: $id is shown by no case"; bad=1; }
	if [ "${1-}" = matrix ]; then echo "$id" $code -- $case; fi
done
exit $bad
