# parameters.t -- every parameter of IAM and STS, missing and wrong, is refused as AWS's own service
# models say; botocore has them.
. "$(dirname "$0")/tap.sh"

if ! /usr/bin/python3 -c 'import sys; sys.path.insert(0, "/usr/lib/python3/dist-packages"); import awscli.clidriver' 2>/dev/null; then
	skip_all "wrong parameters" "/usr/bin/aws is not installed"
fi
"$DEPUTY" account init "$work/acc" --account 111122223333 --region us-west-2 >/dev/null 2>"$work/err"
start "$work/acc" --listen 127.0.0.1:0
eval "$("$DEPUTY" account env "$work/acc")"
/usr/bin/python3 "$(dirname "$0")/parameters.py" "$endpoint" data/routes.tsv >"$work/out" 2>"$work/err"
ok $? "every parameter was sent"
[ "$(sed -n 's/^asked \([0-9]*\)$/\1/p' "$work/out")" -gt 700 ]; ok $? "there are many"
! grep -v '^asked ' "$work/out" >"$work/err"; ok $? "each is refused with ValidationError, by its name"
echo "1..$n"
