# aws-iam.t -- Debian's AWS CLI against a served account: every IAM and STS operation, denials in
# AWS's words, the same after a kill, and the sentences of init, serve and env. Secrets are kept in
# variables and never printed.
. "$(dirname "$0")/aws.sh"

run() { "$DEPUTY" "$@" >"$work/out" 2>"$work/err" </dev/null; status=$?; }

says() { # says STATUS PATTERN WORDS...: the exit status, and one line of error that matches
	want=$1 pattern=$2; shift 2
	[ "$status" = "$want" ] && grep -qE -- "$pattern" "$work/err" && [ "$(wc -l <"$work/err")" = 1 ]
	ok $? "$*"
}

# ---- init, serve, env.

run account init "$work/acc" --account 12345
says 2 'not an account ID' "init refuses what is not an account ID"
[ ! -e "$work/acc" ]; ok $? "and makes nothing"
(trap '' XFSZ; ulimit -f 8; exec "$DEPUTY" account init "$work/acc" --account 111122223333) >"$work/out" 2>"$work/err"
status=$?; says 4 'accounts.db could not be' "init on a full disk says so, in one sentence"
[ ! -e "$work/acc" ]; ok $? "and leaves nothing behind"
: >"$work/file"
run account init "$work/file" --account 111122223333
says 4 "$work/file" "a file that stands where the directory should is named"
run account init "$work/acc" --account 111122223333,965570967084 --json
[ "$status" = 0 ] && grep -q '"accountId": "965570967084"' "$work/out"; ok $? "init makes two accounts"
: >"$work/out"
[ "$(stat -c %a "$work/acc/master.key") $(stat -c %a "$work/acc/accounts.db") $(stat -c %a "$work/acc")" = "600 600 700" ]
ok $? "only their owner may read them"
run account init "$work/acc" --account 111122223333
says 4 'holds accounts already' "init leaves accounts alone"
run account env "$work/acc" --account 111122223333
says 4 'not being served' "env says when nobody serves"
run account serve "$work/none"
says 4 'none' "serve names a directory that is not there"
start "$work/acc"
[ -n "$endpoint" ] && [ "$(wc -l <"$work/listening")" = 1 ]; ok $? "serve says where it listens, in one line"
run account serve "$work/acc"
says 4 'in use by another process' "a second server of the same accounts is refused"
run account init "$work/other" --account 444455556666; : >"$work/out"
run account serve "$work/other" --listen "${endpoint#http://}"
says 4 '127\.0\.0\.1:[0-9]+' "a port that is taken is named"
run account env "$work/acc"
says 2 'which with --account' "env asks which of two accounts"

if [ ! -x /usr/bin/aws ]; then
	n=$((n + 1)); echo "ok $n - the AWS CLI against the account # SKIP /usr/bin/aws is not installed"
	stop
	echo "1..$n"
	exit 0
fi

# ---- the AWS CLI.

aws_alone
become() { eval "$("$DEPUTY" account env "$work/acc" --account "$1")"; }

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"965570967084"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"cid-a"}}}]}'
policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetRole","iam:ListRolePolicies"],"Resource":"arn:aws:iam::111122223333:role/zilliz-byoc*"}]}'
role=arn:aws:iam::111122223333:role/zilliz-byoc-acme

become 111122223333
does "GetCallerIdentity" sts get-caller-identity
gives arn:aws:iam::111122223333:user/admin "says who"
does "CreateRole" iam create-role --role-name zilliz-byoc-acme --assume-role-policy-document "$trust" --tags Key=Vendor,Value=z
gives "$role" "answers with the ARN"
aws_ iam create-role --role-name zilliz-byoc-acme --assume-role-policy-document "$trust"
fails EntityAlreadyExists "Role with name zilliz-byoc-acme already exists." "CreateRole twice"
does "GetRole" iam get-role --role-name zilliz-byoc-acme --query Role.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals
gives cid-a "the trust policy can be read back"
does "ListRoles" iam list-roles --query 'Roles[].RoleName'
gives zilliz-byoc-acme "lists it"
does "UpdateAssumeRolePolicy" iam update-assume-role-policy --role-name zilliz-byoc-acme --policy-document "$trust"
does "PutRolePolicy" iam put-role-policy --role-name zilliz-byoc-acme --policy-name p --policy-document "$policy"
does "GetRolePolicy" iam get-role-policy --role-name zilliz-byoc-acme --policy-name p --query PolicyDocument.Statement[0].Action
gives iam:ListRolePolicies "the policy can be read back"
does "ListRolePolicies" iam list-role-policies --role-name zilliz-byoc-acme
does "ListAttachedRolePolicies" iam list-attached-role-policies --role-name zilliz-byoc-acme
does "CreateOpenIDConnectProvider" iam create-open-id-connect-provider --url https://oidc.example.com/id/A1 --client-id-list sts.amazonaws.com --thumbprint-list aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
provider=arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/A1
gives $provider "answers with the ARN"
does "GetOpenIDConnectProvider" iam get-open-id-connect-provider --open-id-connect-provider-arn $provider
does "TagOpenIDConnectProvider" iam tag-open-id-connect-provider --open-id-connect-provider-arn $provider --tags Key=a,Value=b
does "ListOpenIDConnectProviders" iam list-open-id-connect-providers
does "DeleteOpenIDConnectProvider" iam delete-open-id-connect-provider --open-id-connect-provider-arn $provider
does "CreateServiceLinkedRole" iam create-service-linked-role --aws-service-name eks.amazonaws.com
gives AWSServiceRoleForAmazonEKS "names it"

# the vendor
become 965570967084
does "CreateUser" iam create-user --user-name robot
does "PutUserPolicy" iam put-user-policy --user-name robot --policy-name assume --policy-document '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/zilliz-byoc*"}}'
does "GetUserPolicy" iam get-user-policy --user-name robot --policy-name assume
does "CreateAccessKey" iam create-access-key --user-name robot --query 'AccessKey.[AccessKeyId,SecretAccessKey]'
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY <"$work/out"; : >"$work/out"
aws_ sts assume-role --role-arn $role --role-session-name sess
fails AccessDenied "User: arn:aws:iam::965570967084:user/robot is not authorized to perform: sts:AssumeRole on resource: $role" "AssumeRole without the External ID"
aws_ sts assume-role --role-arn $role --role-session-name sess --external-id cid-b
fails AccessDenied "User: arn:aws:iam::965570967084:user/robot is not authorized to perform: sts:AssumeRole on resource: $role" "with a wrong one"
does "with the right one" sts assume-role --role-arn $role --role-session-name sess --external-id cid-a --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]'
robot_id=$AWS_ACCESS_KEY_ID robot_secret=$AWS_SECRET_ACCESS_KEY
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <"$work/out"; : >"$work/out"
export AWS_SESSION_TOKEN
does "the session calls" sts get-caller-identity
gives arn:aws:sts::111122223333:assumed-role/zilliz-byoc-acme/sess "as the role"
does "what its policy allows" iam get-role --role-name zilliz-byoc-acme
aws_ iam list-saml-providers
fails InvalidAction "Could not find operation ListSAMLProviders for version 2010-05-08" "an operation that is not there is refused"
aws_ iam delete-role --role-name zilliz-byoc-acme
fails AccessDenied "User: arn:aws:sts::111122223333:assumed-role/zilliz-byoc-acme/sess is not authorized to perform: iam:DeleteRole on resource: $role because no identity-based policy allows the iam:DeleteRole action" "and no more"

# killed without warning, and started again
kill -9 "$server"; wait "$server" 2>/dev/null
start "$work/acc" --listen "${endpoint#http://}"
does "after a kill the session still works" iam list-role-policies --role-name zilliz-byoc-acme
gives p "and the policy is there"
unset AWS_SESSION_TOKEN
AWS_ACCESS_KEY_ID=$robot_id AWS_SECRET_ACCESS_KEY=wrong-secret-key aws_ sts get-caller-identity
fails SignatureDoesNotMatch "The request signature we calculated does not match the signature you provided." "a wrong secret"
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=x aws_ sts get-caller-identity
fails InvalidClientTokenId "The security token included in the request is invalid." "an unknown key"

# and away again
become 965570967084
does "ListUserPolicies" iam list-user-policies --user-name robot
does "DeleteUserPolicy" iam delete-user-policy --user-name robot --policy-name assume
does "ListAccessKeys" iam list-access-keys --user-name robot
does "DeleteAccessKey" iam delete-access-key --user-name robot --access-key-id "$robot_id"
does "DeleteUser" iam delete-user --user-name robot
become 111122223333
aws_ iam delete-role --role-name zilliz-byoc-acme
fails DeleteConflict "Cannot delete entity, must delete policies first." "a role with policies stays"
does "DeleteRolePolicy" iam delete-role-policy --role-name zilliz-byoc-acme --policy-name p
does "DeleteRole" iam delete-role --role-name zilliz-byoc-acme

kill "$server"; wait "$server"; status=$?; server=
[ "$status" = 0 ]; ok $? "SIGTERM stops it, with exit status 0"
! grep -qF -- "$robot_secret" "$work/log" && ! grep -q 'Signature=' "$work/log" && grep -q 'operation=sts:AssumeRole' "$work/log"
ok $? "the log has a line for each call and no secret"
echo "1..$n"
