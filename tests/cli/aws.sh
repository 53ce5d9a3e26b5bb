# aws.sh -- what the tests with Debian's AWS CLI share: read by them, not run.
#
# $work is a directory of the test's own, $server the process that serves, $endpoint where.
n=0
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

ok() { # ok STATUS WORDS...
	n=$((n + 1))
	good=$1; shift
	if [ "$good" = 0 ]; then echo "ok $n - $*"; else echo "not ok $n - $*"; sed 's/^/# /' "$work/out" "$work/err"; fi
}

start() { # start DIR [OPTION...]: serves, and waits for the line that says so
	: >"$work/listening"
	"$DEPUTY" account serve "$@" >"$work/listening" 2>>"$work/log" &
	server=$!
	for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		grep -q '^listening on http://127\.0\.0\.1:[0-9]*$' "$work/listening" && break
		sleep 0.1
	done
	endpoint=$(sed -n 's/^listening on //p' "$work/listening")
}

stop() { kill "$server"; wait "$server"; server=; }

# Nothing of the machine's own configuration is read.
aws_alone() { export HOME="$work" AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER= AWS_MAX_ATTEMPTS=1; }
aws_() { /usr/bin/aws --endpoint-url "$endpoint" --output text "$@" >"$work/out" 2>"$work/err" </dev/null; status=$?; }
does() { what=$1; shift; aws_ "$@"; [ "$status" = 0 ]; ok $? "$what"; }
gives() { # gives TEXT WORDS...: the last answer has this text
	text=$1; shift
	grep -qF -- "$text" "$work/out"; ok $? "$*"
}
fails() { # fails CODE MESSAGE WORDS...: the last call was refused so
	[ "$status" != 0 ] && grep -qF -- "An error occurred ($1) when calling the" "$work/err" && grep -qF -- "$2" "$work/err"
	good=$?; shift 2; ok $good "$*"
}
