# cli.t -- the command line as a user meets it: help, mistakes, exit statuses, the manual page.
. "$(dirname "$0")/tap.sh"

run() { "$DEPUTY" "$@" >"$work/out" 2>"$work/err" </dev/null; status=$?; }

# says STATUS PATTERN WORDS...: the last run exited with it, and one line of its error matches.
says() {
	want=$1 pattern=$2; shift 2
	[ "$status" = "$want" ] && grep -qE -- "$pattern" "$work/err" && [ "$(wc -l <"$work/err")" = 1 ]
	ok $? "$*"
}

run help
for command in demo 'account init' 'account serve' 'account env' check eval explain sign version; do
	grep -q "^  $command " "$work/out"; ok $? "help lists $command"
done
for command in demo 'account init' 'account serve' 'account env' check eval explain sign; do
	run $command --help
	[ "$status" = 0 ] && grep -q '^usage: deputy ' "$work/out" && grep -q '^example:' "$work/out" &&
		grep -q '^  \$ ' "$work/out"
	ok $? "$command --help has a usage and an example"
	words=$(echo "$command" | sed 's/ /\\ /; s/-/\\\\-/')
	grep -qE "(\\.B|\\.BI) \"?$command" docs/deputy.1; ok $? "the manual page has $command"
	run $command --no-such-option
	says 2 'unknown option --no-such-option' "$command refuses an option it does not know"
done
run help eval; grep -q '^usage: deputy eval' "$work/out"; ok $? "help COMMAND is COMMAND --help"
run account; grep -q 'account serve' "$work/out"; ok $? "a command's first word lists the rest"
run version; grep -q '^deputy [0-9]' "$work/out"; ok $? "version"
run evla; says 2 'did you mean "eval"' "a typo of a command gets the nearest"
run account srve; says 2 'did you mean "account serve"' "of a second word too"
run demo --jsno; says 2 'did you mean --json' "a typo of an option gets the nearest"
run account serve --listen; says 2 'needs a value' "an option without its value"
run frobnicate; says 2 'deputy help' "no near command: where the list is"

for status_of in $(grep -v '^#' data/errors.tsv | tail -n +2 | cut -f 2 | sort -u); do
	grep -qx "\\.B $status_of" docs/deputy.1; ok $? "the manual page has exit status $status_of"
done
man -l --warnings docs/deputy.1 >/dev/null 2>"$work/err"; [ ! -s "$work/err" ]
ok $? "the manual page renders without a warning"

# a closed pipe ends the program quietly
"$DEPUTY" help 2>"$work/err" | true; [ ! -s "$work/err" ]; ok $? "a closed pipe is no error"

# a demo that is interrupted leaves nothing behind; one that was faster than the signal is tried again
mkdir "$work/tmp"
for try in 1 2 3 4 5 6 7 8 9; do
	TMPDIR=$work/tmp "$DEPUTY" demo >"$work/out" 2>"$work/err" &
	demo=$!
	while [ -z "$(ls "$work/tmp")" ] && kill -0 $demo 2>/dev/null; do :; done
	kill -TERM $demo 2>/dev/null
	wait $demo; status=$?
	[ $status = 0 ] || break
done
[ $status = 4 ] && grep -qx 'deputy: interrupted' "$work/err"; ok $? "an interrupted demo says so"
[ -z "$(ls "$work/tmp")" ]; ok $? "and takes its directory away"
echo "1..$n"
