# aws.sh -- what the tests with Debian's AWS CLI share: read by them, not run.
. "$(dirname "$0")/tap.sh"

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
