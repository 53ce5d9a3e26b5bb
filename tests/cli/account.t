# account.t -- what can go wrong around an account's directory and port: one sentence on standard
# error, the exit status of data/errors.tsv, and nothing half-made.
. "$(dirname "$0")/tap.sh"
mounted=
trap 'stop; test -z "$mounted" || umount -l "$work/small" "$work/fixed" 2>/dev/null; rm -rf "$work"' EXIT

run() { "$DEPUTY" "$@" >"$work/out" 2>"$work/err" </dev/null; status=$?; }
says() { # says STATUS PATTERN WORDS...: one line of error
	want=$1 pattern=$2; shift 2
	[ "$status" = "$want" ] && [ "$(wc -l <"$work/err")" = 1 ] && grep -qE -- "$pattern" "$work/err"; ok $? "$*"
}
serve() { # serve DIR [ADDRESS]
	start "$1" --listen "${2-127.0.0.1:0}"
	address=${endpoint#http://}
}

# ---- init

run account init "$work/acc"; says 2 '--account' "init without --account says what it needs"
run account init "$work/acc" --account 1111; says 2 '12 digits|twelve digits' "an account is twelve digits"
run account init "$work/acc" --account 111122223333,111122223333; says 2 '111122223333' "each account once"
run account init "$work/acc" --account 111122223333,; says 2 'twelve digits' "and none is empty"
[ ! -e "$work/acc" ]; ok $? "and nothing was made"
run account init "$work/acc" --account 111122223333
[ "$status" = 0 ] && grep -q 'AKIA' "$work/out"; ok $? "init prints the administrator's key"
secret=$(sed -n 's/.*secret access key *//p' "$work/out")
[ -n "$secret" ] && ! grep -rqF -- "$secret" "$work/acc"; ok $? "its secret lies nowhere in the directory in the clear"
[ "$(stat -c %a "$work/acc" "$work/acc"/* | sort -u | tr '\n' ' ')" = '600 700 ' ]
ok $? "nobody else can read the directory or its files"
cp -a "$work/acc" "$work/before"
run account init "$work/acc" --account 444455556666; says 4 'already|exists' "a directory with accounts is not made again"
diff -r "$work/acc" "$work/before" >/dev/null; ok $? "and is as it was"
run account init /dev/null/acc --account 111122223333; says 4 '/dev/null/acc' "a place that is no directory"
if [ "$(id -u)" = 0 ] && mkdir "$work/fixed" "$work/small" && mount -t tmpfs -o ro none "$work/fixed" 2>/dev/null; then
	mounted=yes
	mount -t tmpfs -o size=4k none "$work/small"
	run account init "$work/fixed/acc" --account 111122223333; says 4 'ead-only' "a read-only file system"
	run account init "$work/small/acc" --account 111122223333; says 4 'full|No space' "a full disk"
	[ -z "$(ls -A "$work/small")" ]; ok $? "on which nothing is left behind"
else
	for why in 'a read-only file system' 'a full disk' 'on which nothing is left behind'; do
		n=$((n + 1)); echo "ok $n - $why # SKIP mounting a tmpfs needs root"
	done
fi

# ---- serve

run account serve "$work/none"; says 4 "$work/none/[a-z.]*: No such file" "no such directory"
for command in env export; do
	run account $command "$work/none"; says 4 "$work/none/[a-z.]*: No such file" "nor for account $command"
done
run account import "$work/none" /dev/null --account 111122223333; says 4 "$work/none/[a-z.]*: No such file" "nor for import"
run account serve "$work/acc" --listen nowhere; says 2 '127.0.0.1:5601' "an address that is none, and what one looks like"
serve "$work/acc"
[ -n "$address" ]; ok $? "it listens, and says where"
run account serve "$work/acc"; says 4 'use|open|another' "a second server of the same directory is refused"
run account init "$work/two" --account 444455556666
run account serve "$work/two" --listen "$address"; says 4 'another program listens there' "a port that is taken"
[ ! -s "$work/out" ]; ok $? "and nothing claims to listen"
! tr '\0' '\n' </proc/$server/cmdline | grep -qF -- "$secret"; ok $? "no secret in the process list"
grep -q 'Max core file size *0 ' /proc/$server/limits; ok $? "and no core dump of it"
run account env "$work/acc"; grep -qx "export AWS_SECRET_ACCESS_KEY='\{0,1\}$secret'\{0,1\}" "$work/out"
ok $? "env gives the key that init printed"
stop; ok $? "SIGTERM ends it with 0"
! grep -qF -- "$secret" "$work/log"; ok $? "and its log has no secret"
run account env "$work/acc"; says 4 'is not being served' "env says that it is not served"
serve "$work/acc"
kill -9 "$server"; wait "$server" 2>/dev/null; server=
[ -s "$work/acc/endpoint" ]; ok $? "a server that was killed leaves its address behind"
run account env "$work/acc"; says 4 'is not being served' "which env does not believe: another may listen there"
[ ! -s "$work/out" ]; ok $? "and no secret is given away"

# ---- a damaged directory

cp -a "$work/acc" "$work/cut"; : >"$work/cut/master.key"
run account serve "$work/cut"; says 4 'master.key' "a master key that is none"
cp -a "$work/acc" "$work/bent"
printf 'not a database, not at all\n' >"$work/bent/accounts.db"; rm -f "$work/bent/accounts.db-wal"
run account serve "$work/bent"; says 4 'accounts.db' "a database that is none"
echo "1..$n"
