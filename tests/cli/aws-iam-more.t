# aws-iam-more.t -- Debian's AWS CLI: managed policies, groups, instance profiles, boundaries,
# simulation, the account's details; and the whole account exported and imported.
. "$(dirname "$0")/aws.sh"

if [ ! -x /usr/bin/aws ]; then
	echo "ok 1 - the AWS CLI against IAM # SKIP /usr/bin/aws is not installed"
	echo "1..1"
	exit 0
fi

aws_alone
become() { eval "$("$DEPUTY" account env "$1" --account 111122223333)"; }

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"cid-a"}}}]}'
read='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:List*","Resource":"*"}]}'
iam=arn:aws:iam::111122223333
clusters=arn:aws:iam::aws:policy/AmazonEKSClusterPolicy

mkdir -p "$work/managed/job-function"
printf '{"PolicyVersion":{"CreateDate":"2026-01-01T00:00:00Z","VersionId":"v3","Document":%s,"IsDefaultVersion":true}}' "$read" >"$work/managed/job-function/ViewOnlyAccess.json"
"$DEPUTY" account init "$work/acc" --account 111122223333 >/dev/null
start "$work/acc" --managed-policies "$work/managed"
become "$work/acc"

does "CreatePolicy" iam create-policy --policy-name reader --policy-document "$read" --description d --tags Key=a,Value=b
gives $iam:policy/reader "answers with the ARN"
does "CreatePolicyVersion" iam create-policy-version --policy-arn $iam:policy/reader --policy-document "$read" --set-as-default
does "GetPolicyVersion" iam get-policy-version --policy-arn $iam:policy/reader --version-id v2 --query PolicyVersion.Document.Statement[0].Action
gives 'iam:List*' "the document can be read back"
does "ListPolicyVersions" iam list-policy-versions --policy-arn $iam:policy/reader --query 'Versions[].VersionId'
gives "v2	v1" "newest first"
does "ListPolicies, all pages" iam list-policies --page-size 3 --query 'Policies[].Arn'
gives $clusters "AWS's among them"
gives arn:aws:iam::aws:policy/job-function/ViewOnlyAccess "and that of the folder"
does "CreateRole with a boundary" iam create-role --role-name app --assume-role-policy-document "$trust" --permissions-boundary arn:aws:iam::aws:policy/job-function/ViewOnlyAccess
does "GetRole" iam get-role --role-name app --query Role.PermissionsBoundary.PermissionsBoundaryArn
gives job-function/ViewOnlyAccess "shows it"
does "AttachRolePolicy" iam attach-role-policy --role-name app --policy-arn $iam:policy/reader
does "AttachRolePolicy, one of AWS's" iam attach-role-policy --role-name app --policy-arn $clusters
aws_ iam attach-role-policy --role-name app --policy-arn $iam:policy/nobody
fails NoSuchEntity "Policy $iam:policy/nobody does not exist or is not attachable." "an unknown one"
does "ListAttachedRolePolicies" iam list-attached-role-policies --role-name app
gives $clusters "has it"
does "ListEntitiesForPolicy" iam list-entities-for-policy --policy-arn $iam:policy/reader
gives app "has the role"
does "UpdateRole" iam update-role --role-name app --max-session-duration 7200
does "CreateGroup" iam create-group --group-name devs
does "AttachGroupPolicy" iam attach-group-policy --group-name devs --policy-arn $iam:policy/reader
does "CreateUser" iam create-user --user-name ann
does "AddUserToGroup" iam add-user-to-group --group-name devs --user-name ann
does "GetGroup" iam get-group --group-name devs
gives $iam:user/ann "has the user"
does "CreateInstanceProfile" iam create-instance-profile --instance-profile-name node
does "AddRoleToInstanceProfile" iam add-role-to-instance-profile --instance-profile-name node --role-name app
does "ListInstanceProfilesForRole" iam list-instance-profiles-for-role --role-name app
gives $iam:instance-profile/node "has it"
does "CreateAccountAlias" iam create-account-alias --account-alias acme
does "GetAccountSummary" iam get-account-summary --query SummaryMap.Groups
gives 1 "counts the group"
does "ListServiceSpecificCredentials" iam list-service-specific-credentials --user-name ann
does "SimulatePrincipalPolicy" iam simulate-principal-policy --policy-source-arn $iam:user/ann --action-names iam:ListRoles s3:GetObject --query 'EvaluationResults[].[EvalActionName,EvalDecision]'
gives "iam:ListRoles	allowed" "what the group allows"
gives "s3:GetObject	implicitDeny" "and what it does not"
simulate() { aws_ iam simulate-custom-policy --policy-input-list '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}' --action-names sts:AssumeRole --resource-arns $iam:role/app --caller-arn $iam:user/ann --context-entries ContextKeyName=sts:ExternalId,ContextKeyValues="$1",ContextKeyType=string --query 'EvaluationResults[].EvalDecision'; }
simulate cid-a; gives allowed "SimulateCustomPolicy of sts:AssumeRole: the right External ID"
simulate cid-b; gives implicitDeny "and a wrong one"
does "GetContextKeysForCustomPolicy" iam get-context-keys-for-custom-policy --policy-input-list "$trust"
gives sts:ExternalId "finds the key"
/usr/bin/aws --endpoint-url "$endpoint" --output json iam get-account-authorization-details >"$work/details" 2>"$work/err"
ok $? "GetAccountAuthorizationDetails"
grep -q '"RoleName": "app"' "$work/details"; ok $? "has the role"

# ---- the account, exported and imported elsewhere.

"$DEPUTY" account export "$work/acc" >"$work/out" 2>"$work/err"
[ $? = 4 ] && grep -q 'in use by another process' "$work/err"; ok $? "a directory that is served is not exported"
does "GenerateServiceLastAccessedDetails" iam generate-service-last-accessed-details --arn arn:aws:iam::111122223333:user/admin --query JobId
job=$(cat "$work/out")
does "GetServiceLastAccessedDetails" iam get-service-last-accessed-details --job-id "$job" --max-items 1000 --query "ServicesLastAccessed[?ServiceNamespace=='iam'].[ServiceName,LastAuthenticatedEntity]"
gives "(IAM)	arn:aws:iam::111122223333:user/admin" "who used IAM last"
does "GetServiceLastAccessedDetailsWithEntities" iam get-service-last-accessed-details-with-entities --job-id "$job" --service-namespace iam --query EntityDetailsList[0].EntityInfo.Name
gives admin "by entity"
does "ListPoliciesGrantingServiceAccess" iam list-policies-granting-service-access --arn arn:aws:iam::111122223333:user/admin --service-namespaces s3 --query PoliciesGrantingServiceAccess[0].Policies[0].PolicyType
gives INLINE "an inline policy grants"
stop
"$DEPUTY" account export "$work/acc" --managed-policies "$work/managed" >"$work/export" 2>"$work/err"; ok $? "account export"
"$DEPUTY" account init "$work/two" --account 111122223333 >/dev/null
"$DEPUTY" account import "$work/two" "$work/export" --account 111122223333 >"$work/out" 2>"$work/err"; ok $? "account import"
gives "entities imported" "says how many"
"$DEPUTY" account import "$work/two" "$work/export" --account 111122223333 >"$work/out" 2>"$work/err"
[ $? = 3 ] && grep -q 'it is there already' "$work/err"; ok $? "twice is refused"
"$DEPUTY" account init "$work/three" --account 111122223333 >/dev/null
"$DEPUTY" account import "$work/three" "$work/details" --account 111122223333 >"$work/out" 2>"$work/err"; ok $? "what the AWS CLI printed is imported, too"
printf '{"RoleDetailList": [\n  {"RoleName": }]}' >"$work/broken"
"$DEPUTY" account import "$work/three" "$work/broken" --account 111122223333 >"$work/out" 2>"$work/err"
[ $? = 2 ] && grep -q 'broken:2:16: ' "$work/err"; ok $? "a broken file is named, with line and column"
printf '{"RoleDetailList": [\n  {"RoleName": "r", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/r", "AssumeRolePolicyDocument": {"Statement": []}}]}' >"$work/broken"
"$DEPUTY" account import "$work/three" "$work/broken" --account 111122223333 >"$work/out" 2>"$work/err"
[ $? = 3 ] && grep -qF 'broken:2:3: $.RoleDetailList[0]: arn:aws:iam::111122223333:role/r: ' "$work/err"; ok $? "and so is what IAM would refuse"
printf '{"PolicyVersion": {}}' >"$work/managed/Broken.json"
"$DEPUTY" account serve "$work/three" --managed-policies "$work/managed" >"$work/out" 2>"$work/err"
[ $? = 2 ] && grep -q 'managed/Broken.json' "$work/err"; ok $? "a broken managed policy is named"
for dir in two three; do
	start "$work/$dir"
	become "$work/$dir"
	does "$dir: GetRole" iam get-role --role-name app --query Role.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals
	gives cid-a "$dir: the trust policy is the same"
	does "$dir: ListAttachedRolePolicies" iam list-attached-role-policies --role-name app
	gives $clusters "$dir: what was attached is"
	does "$dir: ListGroupsForUser" iam list-groups-for-user --user-name ann
	gives devs "$dir: and the membership"
	stop
done
echo "1..$n"
