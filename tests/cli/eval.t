#!/bin/sh
# eval.t -- `deputy eval` and `deputy explain` as a user meets them.
. "$(dirname "$0")/tap.sh"
run() {
	"$DEPUTY" "$@" >"$work/out" 2>"$work/err"
	status=$?
}
has() { grep -qF -- "$2" "$work/$1"; }

policy=$work/policy.json
cat >"$policy" <<'EOF'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Tagged",
      "Effect": "Allow",
      "Action": "eks:CreateCluster",
      "Resource": "*",
      "Condition": { "StringEquals": { "aws:RequestTag/Vendor": "zilliz-byoc" } }
    }
  ]
}
EOF
trust=$work/trust.json
cat >"$trust" <<'EOF'
{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"965570967084"},
"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"cid-1"}}}]}
EOF
who='"principal":"arn:aws:sts::111122223333:assumed-role/R/s","action":"eks:CreateCluster","resource":"arn:aws:eks:us-west-2:111122223333:cluster/c"'
bare="{\"id\":\"no\",\"request\":{$who}}"
tagged="{\"id\":\"yes\",\"request\":{$who,\"context\":{\"aws:RequestTag/Vendor\":\"zilliz-byoc\"}}}"

printf '%s\n\n%s\n' "$bare" "$tagged" >"$work/cases"
run eval --identity "$policy" "$work/cases"
ok "$status" "denied cases are answers, not failures"
[ "$(wc -l <"$work/out")" = 2 ]; ok $? "one answer a line; empty lines are no cases"
sed -n 1p "$work/out" | grep -q '^{"id":"no","decision":"ImplicitDeny"'; ok $? "in order: the first"
sed -n 2p "$work/out" | grep -q '^{"id":"yes","decision":"Allow"'; ok $? "in order: the second"

printf '%s' "$tagged" | "$DEPUTY" eval --identity "$policy" | grep -q '"decision":"Allow"'
ok $? "from standard input, without a last newline"
printf '%s\n' "$bare" | "$DEPUTY" eval --exit-code --identity "$policy" >/dev/null
[ $? = 1 ]; ok $? "--exit-code: 1 for a denial"
printf '%s\n' "$tagged" | "$DEPUTY" eval --exit-code --identity "$policy" >/dev/null
ok $? "--exit-code: 0 for an allow"

printf '%s\n{"id":\n%s\n{"request":{"principal":"ann","action":"s3:x"}}\n' "$bare" "$tagged" >"$work/cases"
run eval --identity "$policy" "$work/cases"
[ "$status" = 2 ]; ok $? "a line that cannot be read: exit 2"
[ "$(wc -l <"$work/out")" = 2 ]; ok $? "the others are answered"
has err "$work/cases:2:7: expected a value"; ok $? "its file, line and column (JSON)"
has err "$work/cases:4:25: \$.request.principal: expected the ARN"; ok $? "its file, line and column (format)"

awk 'BEGIN { printf "{\"id\":\""; for (i = 0; i < 1100000; i++) printf "x"; print "\"}" }' >"$work/long"
printf '%s\n' "$tagged" >>"$work/long"
run eval --identity "$policy" "$work/long"
[ "$status" = 2 ] && has err "$work/long:1:1: the line has more than 1048576 bytes"
ok $? "a line that is too long is named"
grep -q '"id":"yes"' "$work/out"; ok $? "and the next is answered"

run eval --identity "$work/none.json"
[ "$status" = 4 ] && has err none.json; ok $? "a missing policy file: exit 4, named"
sed 's/"Sid"/"Syd"/' "$policy" >"$work/typo.json"
run eval --identity "$work/typo.json"
[ "$status" = 2 ] && has err "$work/typo.json:5:7: " && has err "did you mean Sid?"
ok $? "an unknown element: file, line, column, the nearest name"
sed 's/"Allow"/"Allow",\n"Effect": "Deny"/' "$policy" >"$work/twice.json"
run eval --identity "$work/twice.json"
[ "$status" = 2 ] && has err "$work/twice.json:7:1: the member \"Effect\" is given twice"
ok $? "a duplicate key"

ask="--principal arn:aws:sts::111122223333:assumed-role/R/s --action eks:CreateCluster"
run explain --identity "$policy" $ask
ok "$status" "explain: a denial is an answer"
has out 'Denied: Tagged wants aws:RequestTag/Vendor to be "zilliz-byoc"; it was not sent.'
ok $? "explain: why, in a sentence"
has out "$policy:4:5"; ok $? "explain: where the statement stands"
grep -q '^ *9 | .*aws:RequestTag/Vendor' "$work/out"; ok $? "explain: its own lines"
has out '- send aws:RequestTag/Vendor = "zilliz-byoc"'; ok $? "explain: what to change"
if grep -q "$(printf '\033')" "$work/out"; then false; else true; fi
ok $? "explain: no colour unless on a terminal"
run explain --identity "$policy" $ask --context aws:RequestTag/Vendor=zilliz-byoc
has out 'Allowed: Tagged of identity-based policy'; ok $? "explain: an allow"
run explain --json --identity "$policy" $ask aws:RequestTag/Vendor=zilliz-byoc
has out '"decision": "Allow"' && has out '"line": 4'; ok $? "explain --json"
run explain --trust "$trust" --principal arn:aws:iam::965570967084:user/app --action sts:AssumeRole \
	--resource arn:aws:iam::111122223333:role/R --context sts:ExternalId=CID-1
has out 'sts:ExternalId to be "cid-1"; the request has "CID-1"'; ok $? "explain: a wrong External ID"
printf '%s' "$bare" | "$DEPUTY" explain --identity "$policy" | grep -q '^Denied: Tagged wants'
ok $? "explain: a case from standard input"

# ---- organizations by options, context keys, what a trace leaves out
printf '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}' >"$work/full.json"
printf '{"Statement":{"Sid":"NoEks","Effect":"Deny","Action":"eks:*","Resource":"*"}}' >"$work/noeks.json"
printf '{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}' >"$work/rcp.json"
printf '%s\n' "$tagged" | "$DEPUTY" eval --identity "$policy" --scp "$work/full.json" --scp "$work/noeks.json" >"$work/out"
has out '"decision":"ExplicitDeny"' && has out '"blockedBy":["scp"]' &&
	has out "{\"target\":\"$work/full.json\",\"result\":\"Allow\"},{\"target\":\"$work/noeks.json\",\"result\":\"ExplicitDeny\"}"
ok $? "eval --scp: a level each, the root's first"
printf '%s\n' "${tagged%?},\"policies\":{\"scp\":[{\"target\":\"ou\",\"policies\":[]}]}}" |
	"$DEPUTY" eval --identity "$policy" --scp "$work/full.json" >"$work/out"
has out '"result":"Allow"},{"target":"ou","result":"ImplicitDeny"}'; ok $? "... and the case's own levels below them"
printf '%s\n' "$tagged" | sed 's/eks:CreateCluster/s3:GetObject/; s/arn:aws:eks:[^"]*/arn:aws:s3:::b\/k/' |
	"$DEPUTY" eval --identity "$work/full.json" --rcp "$work/rcp.json" | grep -q '"blockedBy":\["rcp"\]'
ok $? "eval --rcp"
run explain --identity "$policy" --scp "$work/noeks.json" $ask aws:RequestTag/Vendor=zilliz-byoc
has out 'Denied' && has out NoEks && has out "$work/noeks.json:1:14"; ok $? "explain --scp: the statement that denies"
run eval --scp "$work/none.json"; [ "$status" = 4 ] && has err none.json; ok $? "an SCP that is not there"
printf '%s\n' "${bare%?},\"options\":{\"trace\":\"none\"}}" | "$DEPUTY" eval --identity "$policy" >"$work/out"
has out '"decision":"ImplicitDeny"' && ! grep -qE 'matched|nearMiss|missingContextKeys' "$work/out"
ok $? "trace none: the decision and the layers alone"
run explain $ask --context aws:SourceIp=10.0.0.1 aws:sourceip=10.0.0.2
[ "$status" = 2 ] && has err 'aws:sourceip is given twice'; ok $? "explain: a key given twice"
run explain $ask 'aws:TagKeys=["a",{}]'
[ "$status" = 2 ] && has err 'aws:TagKeys: the values of a list are strings'; ok $? "explain: a list of what is no string"
run explain $ask 'aws:TagKeys=[a'
[ "$status" = 2 ] && has err 'aws:TagKeys: a value that begins with [ is a JSON list'; ok $? "explain: a list that is none"
run explain --principal ann --action s3:GetObject
[ "$status" = 2 ] && has err '"ann" is not the ARN'; ok $? "explain: an unreadable principal"
run explain --principal anonymous --action GetObject
[ "$status" = 2 ] && has err 'such as s3:GetObject'; ok $? "explain: an unreadable action"
run explain --principal anonymous --action s3:GetObject nonsense
[ "$status" = 2 ] && has err 'KEY=VALUE was expected'; ok $? "explain: a word that is no key"
run explain --principal anonymous --action s3:GetObject --context "aws:x=$(printf '\033[31mred\007')"
[ "$status" = 0 ] && ! LC_ALL=C grep -q "$(printf '[\033\007]')" "$work/out" && has out '\x1b[31mred\x07'
ok $? "explain: what was sent cannot command the terminal"
echo "1..$n"
