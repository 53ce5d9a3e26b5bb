# tap.sh -- what the tests written in shell share: read by them, not run.
#
# $work is a directory of the test's own, $server the process that serves, $endpoint where. Both go
# when the test ends; a test that leaves more behind sets a trap of its own.
n=0
work=$(mktemp -d)
server=
trap 'stop; rm -rf "$work"' EXIT
: >"$work/out" >"$work/err"

ok() { # ok STATUS WORDS...: a failure shows what the last command said, and the server
	n=$((n + 1))
	good=$1; shift
	if [ "$good" = 0 ]; then echo "ok $n - $*"; else
		echo "not ok $n - $*"
		cat "$work/out" "$work/err" 2>/dev/null | tail -n 40 | sed 's/^/# /'
		[ ! -e "$work/log" ] || tail -n 3 "$work/log" | sed 's/^/# server: /'
	fi
}

skip_all() { # skip_all WHAT WHY: instead of all that the test has
	echo "ok 1 - $1 # SKIP $2"
	echo "1..1"
	exit 0
}

# start DIR [OPTION...]: serves, and waits for the last line that says where, or for the end
start() {
	: >"$work/listening"
	"$DEPUTY" account serve "$@" >"$work/listening" 2>>"$work/log" &
	server=$!
	for try in $(seq 100); do
		grep -q "^${last_line:-listening on} " "$work/listening" && break
		kill -0 "$server" 2>/dev/null || break
		sleep 0.05
	done
	endpoint=$(sed -n 's/^listening on //p' "$work/listening")
}

stop() { # answers the server's exit status; 0 if none was started
	[ -n "$server" ] || return 0
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	set -- $?
	server=
	return "$1"
}
