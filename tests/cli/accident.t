# accident.t -- nothing is allowed by accident: every operation that AWS has and Deputy does not is
# refused, to an administrator, in the words of its service, and to strangers without them.
. "$(dirname "$0")/tap.sh"

if ! /usr/bin/python3 -c 'import sys; sys.path.insert(0, "/usr/lib/python3/dist-packages"); import awscli.clidriver' 2>/dev/null; then
	skip_all "operations that are not there" "/usr/bin/aws is not installed"
fi
"$DEPUTY" account init "$work/acc" --account 111122223333 --region us-west-2 >/dev/null 2>"$work/err"
start "$work/acc" --listen 127.0.0.1:0
eval "$("$DEPUTY" account env "$work/acc")"
/usr/bin/python3 "$(dirname "$0")/accident.py" "$endpoint" data/routes.tsv >"$work/out" 2>"$work/err"
ok $? "every operation was asked for"
[ "$(sed -n 's/^asked \([0-9]*\) of .*/\1/p' "$work/out")" -gt 1500 ]; ok $? "there are many"
grep -qx 'asked [0-9]* of ec2 json query rest-json rest-xml' "$work/out"; ok $? "of every protocol"
! grep -v '^asked ' "$work/out" >"$work/err"; ok $? "each is refused, as its service refuses what it does not have"
# The list that is left out is the one that is answered: without a row, an operation is found to succeed.
grep -vE '^iam:ListUsers|^s3.ListBuckets|^eks.ListClusters' data/routes.tsv >"$work/routes"
/usr/bin/python3 "$(dirname "$0")/accident.py" "$endpoint" "$work/routes" >"$work/out" 2>"$work/err"
[ "$(grep -cE '^(iam ListUsers|s3 ListBuckets|eks ListClusters) .*: 200 ' "$work/out")" = 3 ] &&
	[ "$(grep -cv '^asked ' "$work/out")" = 3 ]
ok $? "the test sees a success where there is one"
echo "1..$n"
