# check.t -- `deputy check` as a user meets it: lines, kinds, options, exit statuses.
. "$(dirname "$0")/tap.sh"

run() { "$DEPUTY" check "$@" >"$work/out" 2>"$work/err" </dev/null; status=$?; }
says() { # says STATUS PATTERN WORDS...: it exited with it, and a line of its output matches
	want=$1 pattern=$2; shift 2
	[ "$status" = "$want" ] && grep -qE -- "$pattern" "$work/out"; ok $? "$*"
}
fails() { # the same of the one line of its error
	want=$1 pattern=$2; shift 2
	[ "$status" = "$want" ] && grep -qE -- "$pattern" "$work/err" && [ "$(wc -l <"$work/err")" = 1 ] &&
		[ ! -s "$work/out" ]
	ok $? "$*"
}

good='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}'
trust='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"}}'
printf '%s\n' "$good" >"$work/good.json"
printf '%s\n' "$trust" >"$work/trust.json"
printf '%s\n' "$good" | sed 's/arn:aws://' >"$work/error.json"
printf '%s\n' "$good" | sed 's/GetObject/GetObjekt/' >"$work/warning.json"
printf '{"Version"\n' >"$work/broken.json"

run "$work/good.json"; says 0 'type identity \(guessed' "a good policy: exit status 0, and what was guessed"
says 0 ': 0 errors, 0 security warnings, 0 warnings, 0 suggestions$' "and nothing found"
run "$work/warning.json"; says 0 '^[^ ]*:1:64: warning: .*s3:GetObjekt \[INVALID_ACTION\]$' "a warning alone exits with 0"
says 0 '^    at \$\.Statement\.Action$' "its JSON path"
says 0 '^    fix: Did you mean s3:GetObject\?$' "and what would be right"
run "$work/error.json"; says 1 'error: .*\[INVALID_ARN_PREFIX\]$' "an error exits with 1"
says 1 'AWS answers: Resource s3:::b/\* must be in ARN format or "\*"\.$' "with the words of AWS"
sed 's/GetObject/Get\\u001b[31mObject/' "$work/good.json" >"$work/escape.json"
run "$work/escape.json"; [ "$status" = 1 ] && ! grep -q "$(printf '\033')" "$work/out"
ok $? "a terminal gets no command from a policy"
run "$work/broken.json"; says 2 'error: the text cannot be read: .*\[JSON_SYNTAX_ERROR\]$' "what is no JSON exits with 2"
run "$work/good.json" "$work/error.json" "$work/warning.json"
says 1 'INVALID_ACTION' "one error in several files; all are told"
run "$work/trust.json"; says 0 'type trust \(guessed' "a trust policy is recognised"
says 0 'security_warning: 444455556666 .*\[EXTERNAL_ID_MISSING\]$' "a stranger without an external ID"
run --account 444455556666 "$work/trust.json"
[ "$status" = 0 ] && ! grep -q EXTERNAL_ID "$work/out"; ok $? "--account: its own principals are no strangers"
run --type scp "$work/trust.json"; says 1 'SCP_SYNTAX_ERROR_PRINCIPAL' "--type decides"
run --type resource "$work/good.json"; says 1 'MISSING_PRINCIPAL' "a resource policy needs a principal"
"$DEPUTY" check - <"$work/good.json" >"$work/out" 2>"$work/err"; status=$?
says 0 '^standard input: ' "standard input"

run; fails 2 'name a FILE' "no file"
run "$work/none.json"; fails 4 'none\.json' "no such file"
run --type role "$work/good.json"; fails 2 '\-\-type is identity, resource' "no such type"
run --format xml "$work/good.json"; fails 2 'text, json or sarif' "no such format"
run --account 1 "$work/good.json"; fails 2 'twelve digits' "no account"

# The document's policy as it is published, and with its placeholder filled in and its ARNs mended:
# what is left are warnings.
run data/zilliz-byoc-cross-account.json
says 1 ':294:22: error: .*\{bucketName\}.*\[PLACEHOLDER_LEFT\]$' "the document's placeholder"
says 1 ':283:11: warning: eks:DeleteFargateProfile ' "DeleteFargateProfile has no profile to delete"
sed 's/{bucketName}/zilliz-data/; s/eks::aws:access-entry/eks:*:*:access-entry/' \
	data/zilliz-byoc-cross-account.json >"$work/mended.json"
run "$work/mended.json"; says 0 ': 0 errors, 0 security warnings, ' "mended, it has no error"
echo "1..$n"
