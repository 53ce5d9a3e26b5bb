# rules.t -- the matrix of rules: whole here, and a gap of any kind is found.
. "$(dirname "$0")/tap.sh"

tools/rules.sh matrix >"$work/out"; ok $? "every rule has code and a case"
[ "$(grep -c '^S-[0-9]*[a-z]* src/.* -- tests/' "$work/out")" = "$(grep -c '^S-' data/rules.tsv)" ]
ok $? "the matrix has a line for each: code, and cases"

# a tree of one rule
mkdir -p "$work/tree/data" "$work/tree/src" "$work/tree/tests"
here=$PWD
head='# rules
id	rule	page'
gap() { # gap EXPECTED WORDS...
	expected=$1; shift
	(cd "$work/tree" && ! sh "$here/tools/rules.sh" >"$work/out") && grep -qx "rules: $expected" "$work/out"
	ok $? "$@"
}
printf '%s\nS-01\tdefault deny\tlogic\n' "$head" >"$work/tree/data/rules.tsv"
: >"$work/tree/ERRATA.md"
echo '/* [S-01] */' >"$work/tree/src/a.c"
gap 'S-01 is shown by no case' "a rule without a case is a gap"
echo '# [S-02, S-01]' >"$work/tree/tests/a.case"
(cd "$work/tree" && sh "$here/tools/rules.sh" >"$work/out"); ok $? "with one it is none"
echo '/* S-01 */' >"$work/tree/src/a.c"
gap 'S-01 is cited by no code' "a rule without code is a gap"
echo '/* [S-01, S-03] */' >"$work/tree/src/a.c"
echo '# [S-01] [S-03]' >"$work/tree/tests/a.case"
printf '%s\nS-01\tdefault deny\tlogic\nS-03\tlists\tgrammar\n' "$head" >"$work/tree/data/rules.tsv"
gap 'S-02 is nowhere' "a number that is no row and not in ERRATA.md is a gap"
echo '* **S-02** is decided elsewhere' >"$work/tree/ERRATA.md"
(cd "$work/tree" && sh "$here/tools/rules.sh" >"$work/out"); ok $? "answered there it is none"
echo "1..$n"
