# readme.t -- the README's session runs as it is written, and answers what it says.
#
# Lines "    $ command" (with their continuations, indented further) are run in one bash, in order;
# the indented lines behind one are what it must print, on either stream. Directory and port are
# this run's own. The keys that `account init` prints are not in the README, nor compared.
if [ ! -x /usr/bin/aws ]; then
	echo "ok 1 - the README's session # SKIP /usr/bin/aws is not installed"; echo 1..1
	exit 0
fi
n=0
work=$(mktemp -d)
port=$((10000 + $$ % 20000)) # below those that the kernel gives out
while bash -c ": >/dev/tcp/127.0.0.1/$port" 2>/dev/null; do port=$((port + 1)); done
trap 'rm -rf "$work"' EXIT

# want.N: what command N must print; run: all of them, each with its output into got.N
awk -v work="$work" '
	/^    \$ / { n++; command = 1; wanted = work "/want." n; printf "" >wanted; next }
	command && /^        / { next }
	n && /^    / { command = 0; sub(/^    /, ""); print >wanted; next }
	{ command = 0 }
' README.md
awk '
	function end() { if (n) print "} >\"$work/got." n "\" 2>&1" }
	/^    \$ / { end(); n++; print "{"; sub(/^    \$ /, ""); print; command = 1; next }
	command && /^        / { print; next }
	{ command = 0 }
	END { end() }
' README.md | sed "s,/tmp/aws,$work/aws,g; s,127.0.0.1:5601,127.0.0.1:$port,g
	s/^\(deputy account serve .*&\)$/\1 wait_for_server/" >"$work/session"

cat - "$work/session" >"$work/run" <<'END'
trap 'kill $(jobs -p); wait' EXIT
wait_for_server() { for i in $(seq 600); do [ ! -s "$work/got.2" ] || return; sleep 0.1; done; }
END
export work AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
PATH=$(dirname "$DEPUTY"):/usr/bin:/bin bash "$work/run" >"$work/out" 2>&1 </dev/null

for want in $(ls "$work" | grep '^want\.' | sort -t. -k2n); do
	n=$((n + 1))
	sed "s,$work/aws,/tmp/aws,g; s,127.0.0.1:$port,127.0.0.1:5601,g" "$work/got.$n" |
		grep -vE '^$|^account [0-9]|^  (access|secret) |^Serve them' >"$work/is"
	if cmp -s "$work/is" "$work/$want"; then
		echo "ok $n - command $n of the README's session"
	else
		echo "not ok $n - command $n of the README's session"
		sed 's/^/#  got: /' "$work/is"; sed 's/^/# want: /' "$work/$want"
	fi
done
echo "1..$n"
