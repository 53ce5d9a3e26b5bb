# aws-services.t -- Debian's AWS CLI against a served account: the operations of EC2, EKS and S3
# that it knows, answers read by its own models, denials in AWS's codes, and waiters.
. "$(dirname "$0")/tap.sh"
cli=
trap 'test -z "$cli" || kill $cli 2>/dev/null; stop; rm -rf "$work"' EXIT
account=111122223333 region=us-west-2

if [ ! -x /usr/bin/aws ]; then
	skip_all "the AWS CLI against EC2, EKS and S3" "/usr/bin/aws is not installed"
fi

"$DEPUTY" account init "$work/acc" --account "$account,965570967084" --region "$region" >/dev/null 2>"$work/err"
start "$work/acc" --listen 127.0.0.1:0
: >"$work/out"
[ -n "$endpoint" ]; ok $? "the account is served"

export HOME="$work" AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER= AWS_MAX_ATTEMPTS=1
become() { eval "$("$DEPUTY" account env "$work/acc" --account "$1")"; }
mkfifo "$work/asks" "$work/answers"
/usr/bin/python3 "$(dirname "$0")/aws-loop.py" <"$work/asks" >"$work/answers" 2>>"$work/log" &
cli=$!
exec 3>"$work/asks" 4<"$work/answers"
aws_() {
	printf '%s\n' "AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY" "AWS_SESSION_TOKEN=${AWS_SESSION_TOKEN-}" >"$work/env"
	printf '%s\n' --endpoint-url "$endpoint" --region "$region" --output text "$@" >"$work/args"
	echo "$work" >&3
	read -r status <&4 || status=none
}
does() { what=$1; shift; aws_ "$@"; [ "$status" = 0 ]; ok $? "$what"; }
gives() { # gives TEXT WORDS...: the last answer is this text
	text=$1; shift
	[ "$(tr '\t\n' '  ' <"$work/out" | sed 's/ *$//')" = "$text" ]; ok $? "$*"
}
fails() { # fails CODE MESSAGE WORDS...: the last call was refused so
	[ "$status" = 254 ] && grep -qF -- "An error occurred ($1) when calling the" "$work/err" && grep -qF -- "$2" "$work/err"
	good=$?; shift 2; ok $good "$*"
}
keep() { cat "$work/out"; }

# ---- EC2, as the administrator.

become "$account"
does "describe-vpcs" ec2 describe-vpcs --query 'Vpcs[].[CidrBlock,IsDefault]'
gives "172.31.0.0/16 True" "the default VPC"
does "describe-subnets" ec2 describe-subnets --filters Name=default-for-az,Values=true --query 'sort_by(Subnets,&AvailabilityZone)[].SubnetId'
read -r subnet1 subnet2 subnet3 <"$work/out"
does "describe-security-groups" ec2 describe-security-groups --query 'SecurityGroups[].GroupId'
sg=$(keep)
does "describe-images" ec2 describe-images --owners amazon --query 'Images[0].ImageId'
image=$(keep)
does "describe-instance-types" ec2 describe-instance-types --instance-types m6i.2xlarge --query 'InstanceTypes[].[VCpuInfo.DefaultVCpus,MemoryInfo.SizeInMiB]'
gives "8 32768" "in numbers"
does "describe-account-attributes" ec2 describe-account-attributes --attribute-names supported-platforms --query 'AccountAttributes[].AttributeValues[].AttributeValue'
gives VPC "a list in a list"
does "create-tags" ec2 create-tags --resources "$subnet1" "$subnet2" "$sg" --tags Key=Vendor,Value=zilliz-byoc
does "describe-tags" ec2 describe-tags --filters Name=key,Values=Vendor --query 'length(Tags)'
gives 3 "tags on three"
data="{\"ImageId\":\"$image\",\"InstanceType\":\"m6i.large\",\"SecurityGroupIds\":[\"$sg\"],\"TagSpecifications\":[{\"ResourceType\":\"instance\",\"Tags\":[{\"Key\":\"Vendor\",\"Value\":\"zilliz-byoc\"}]},{\"ResourceType\":\"volume\",\"Tags\":[{\"Key\":\"Vendor\",\"Value\":\"zilliz-byoc\"}]},{\"ResourceType\":\"network-interface\",\"Tags\":[{\"Key\":\"Vendor\",\"Value\":\"zilliz-byoc\"}]}]}"
specs='ResourceType=launch-template,Tags=[{Key=Vendor,Value=zilliz-byoc}]'
does "create-launch-template" ec2 create-launch-template --launch-template-name nodes --launch-template-data "$data" --tag-specifications "$specs" --query LaunchTemplate.LaunchTemplateId
template=$(keep)
does "create-launch-template-version" ec2 create-launch-template-version --launch-template-id "$template" --source-version 1 --launch-template-data '{"InstanceType":"m6i.xlarge"}' --query 'LaunchTemplateVersion.[VersionNumber,LaunchTemplateData.ImageId]'
gives "2 $image" "version 2 has the image of version 1"
does "describe-launch-template-versions" ec2 describe-launch-template-versions --launch-template-id "$template" --versions 1 --query 'LaunchTemplateVersions[].LaunchTemplateData.[SecurityGroupIds[0],TagSpecifications[2].ResourceType,TagSpecifications[2].Tags[0].Value]'
gives "$sg network-interface zilliz-byoc" "the data as it was given"
does "describe-launch-templates" ec2 describe-launch-templates --launch-template-names nodes --query 'LaunchTemplates[].[LatestVersionNumber,Tags[0].Key]'
gives "2 Vendor" "with its tags"
aws_ ec2 run-instances --launch-template "LaunchTemplateId=$template" --subnet-id "$subnet1" --dry-run
fails DryRunOperation "Request would have succeeded, but DryRun flag is set." "run-instances --dry-run"
does "run-instances" ec2 run-instances --launch-template "LaunchTemplateId=$template" --subnet-id "$subnet1" --query 'Instances[].[InstanceId,State.Name,Placement.AvailabilityZone,Tags[0].Value]'
read -r instance rest <"$work/out"
[ "$(echo $rest)" = "pending ${region}a zilliz-byoc" ]; ok $? "pending, in the subnet's zone, tagged by the template"
does "wait instance-running" ec2 wait instance-running --instance-ids "$instance"
does "terminate-instances" ec2 terminate-instances --instance-ids "$instance"
does "wait instance-terminated" ec2 wait instance-terminated --instance-ids "$instance"
aws_ ec2 describe-subnets --subnet-ids subnet-0123456789abcdef0
fails InvalidSubnetID.NotFound "The subnet ID 'subnet-0123456789abcdef0' does not exist" "a subnet that is missing"

# ---- the vendor's user of this account: the document's tags and prefixes.

trust() { echo "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"$1\"},\"Action\":\"sts:AssumeRole\"}]}"; }
does "a role for clusters" iam create-role --role-name zilliz-byoc-eks --assume-role-policy-document "$(trust eks.amazonaws.com)"
does "a role for nodes" iam create-role --role-name zilliz-byoc-node --assume-role-policy-document "$(trust ec2.amazonaws.com)"
does "EKS's own roles" iam create-service-linked-role --aws-service-name eks.amazonaws.com
does "both" iam create-service-linked-role --aws-service-name eks-nodegroup.amazonaws.com
does "a user" iam create-user --user-name vendor
sed 's/{bucketName}/acme-milvus/' data/zilliz-byoc-cross-account.json | tr -d '\n' | sed 's/  */ /g' >"$work/policy.json"
# a user's inline policies may have 2,048 characters only: the document's goes onto a role
does "the document's role" iam create-role --role-name zilliz-byoc-vendor --assume-role-policy-document "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::$account:user/vendor\"},\"Action\":\"sts:AssumeRole\"}]}"
does "with the document's policy" iam put-role-policy --role-name zilliz-byoc-vendor --policy-name p --policy-document "file://$work/policy.json"
does "the user's key" iam create-access-key --user-name vendor --query 'AccessKey.[AccessKeyId,SecretAccessKey]'
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY <"$work/out"; : >"$work/out"
does "the role is assumed" sts assume-role --role-arn "arn:aws:iam::$account:role/zilliz-byoc-vendor" --role-session-name sess --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]'
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <"$work/out"; : >"$work/out"
export AWS_SESSION_TOKEN

aws_ ec2 run-instances --launch-template "LaunchTemplateId=$template" --subnet-id "$subnet1" --dry-run
fails DryRunOperation "Request would have succeeded" "with everything tagged it may launch"
aws_ ec2 run-instances --launch-template "LaunchTemplateId=$template" --subnet-id "$subnet3" --dry-run
fails UnauthorizedOperation "is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:$region:$account:subnet/$subnet3 because no identity-based policy allows the ec2:RunInstances action. Encoded authorization failure message: " "not in a subnet without the tag"
aws_ ec2 create-launch-template --launch-template-name untagged --launch-template-data "$data"
fails UnauthorizedOperation "ec2:CreateLaunchTemplate on resource: arn:aws:ec2:$region:$account:launch-template/*" "no template without tags"
aws_ ec2 describe-instances
fails UnauthorizedOperation "is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action" "no look at instances"

# ---- EKS, through that session.

cluster=zilliz-byoc-one
make="eks create-cluster --role-arn arn:aws:iam::$account:role/zilliz-byoc-eks --resources-vpc-config subnetIds=$subnet1,$subnet2"
aws_ $make --name $cluster
fails AccessDeniedException "is not authorized to perform: eks:CreateCluster on resource: arn:aws:eks:$region:$account:cluster/$cluster" "create-cluster without tags"
does "create-cluster" $make --name $cluster --tags Vendor=zilliz-byoc --query 'cluster.[status,resourcesVpcConfig.endpointPublicAccess]'
gives "CREATING True" "is being made"
does "wait cluster-active" eks wait cluster-active --name $cluster
does "create-nodegroup" eks create-nodegroup --cluster-name $cluster --nodegroup-name zilliz-core --node-role "arn:aws:iam::$account:role/zilliz-byoc-node" --subnets "$subnet1" "$subnet2" --launch-template "id=$template,version=1" --tags Vendor=zilliz-byoc --query nodegroup.status
does "wait nodegroup-active" eks wait nodegroup-active --cluster-name $cluster --nodegroup-name zilliz-core
does "describe-nodegroup" eks describe-nodegroup --cluster-name $cluster --nodegroup-name zilliz-core --query 'nodegroup.[launchTemplate.name,scalingConfig.desiredSize]'
gives "nodes 2" "as it was made"
does "update-nodegroup-config" eks update-nodegroup-config --cluster-name $cluster --nodegroup-name zilliz-core --scaling-config minSize=1,maxSize=4,desiredSize=2 --query update.id
update=$(keep)
does "describe-update" eks describe-update --name $cluster --nodegroup-name zilliz-core --update-id "$update" --query update.status
gives Successful "is done"
does "list-nodegroups" eks list-nodegroups --cluster-name $cluster
does "create-addon" eks create-addon --cluster-name $cluster --addon-name coredns --tags Vendor=zilliz-byoc
does "describe-addon" eks describe-addon --cluster-name $cluster --addon-name coredns --query addon.status
does "tag-resource" eks tag-resource --resource-arn "arn:aws:eks:$region:$account:cluster/$cluster" --tags stage=test
does "list-tags-for-resource" eks list-tags-for-resource --resource-arn "arn:aws:eks:$region:$account:cluster/$cluster" --query tags.stage
gives test "the tag"
aws_ eks list-clusters
fails AccessDeniedException "eks:ListClusters on resource: arn:aws:eks:$region:$account:cluster/*" "list-clusters"
aws_ eks describe-addon-versions
fails AccessDeniedException "eks:DescribeAddonVersions on resource: *" "describe-addon-versions"
aws_ eks describe-cluster --name zilliz-byoc-none
fails ResourceNotFoundException "No cluster found for name: zilliz-byoc-none." "a cluster that is missing"
aws_ eks delete-cluster --name $cluster
fails ResourceInUseException "Cluster has nodegroups attached" "delete-cluster with node groups"

# a service-linked role goes after what its service uses it for (IAM API Reference,
# DeleteServiceLinkedRole; EKS User Guide, "Using roles for Amazon EKS node groups")
vendor="$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN"
linked() { # linked ROLE: its deletion, asked for by the administrator, and how it ended
	become "$account"
	unset AWS_SESSION_TOKEN
	does "delete-service-linked-role $1" iam delete-service-linked-role --role-name "$1"
	does "has an end" iam get-service-linked-role-deletion-status --deletion-task-id "$(keep)" --query '[Status,Reason.RoleUsageList[].[Region,Resources[]][]]'
}
does "the node group's ARN" eks describe-nodegroup --cluster-name $cluster --nodegroup-name zilliz-core --query nodegroup.nodegroupArn
nodes=$(keep)
linked AWSServiceRoleForAmazonEKSNodegroup
grep -qx FAILED "$work/out" && grep -q "$region" "$work/out" && grep -qF "$nodes" "$work/out"; ok $? "it failed, and names the node group"
linked AWSServiceRoleForAmazonEKS
grep -qx FAILED "$work/out" && grep -qF "arn:aws:eks:$region:$account:cluster/$cluster" "$work/out"; ok $? "and the cluster"
does "list-roles" iam list-roles --path-prefix /aws-service-role/ --query 'length(Roles)'
gives 2 "both stay"
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<END
$vendor
END
export AWS_SESSION_TOKEN

does "delete-addon" eks delete-addon --cluster-name $cluster --addon-name coredns
does "delete-nodegroup" eks delete-nodegroup --cluster-name $cluster --nodegroup-name zilliz-core
does "wait nodegroup-deleted" eks wait nodegroup-deleted --cluster-name $cluster --nodegroup-name zilliz-core
does "delete-cluster" eks delete-cluster --name $cluster --query cluster.status
gives DELETING "goes"
does "wait cluster-deleted" eks wait cluster-deleted --name $cluster
does "delete-launch-template" ec2 delete-launch-template --launch-template-id "$template"

session_id=$AWS_ACCESS_KEY_ID
for role in AWSServiceRoleForAmazonEKSNodegroup AWSServiceRoleForAmazonEKS; do
	linked $role
	gives "SUCCEEDED None" "nothing needs it any more"
done
does "list-roles" iam list-roles --path-prefix /aws-service-role/ --query 'length(Roles)'
gives 0 "they are gone"

# ---- key pairs: real keys, whose fingerprints others find as well (EC2 User Guide, "Verify the
# fingerprint of your key pair").

does "create-key-pair" ec2 create-key-pair --key-name rsa --query '[KeyMaterial]'
keep >"$work/rsa.pem"; chmod 600 "$work/rsa.pem"
does "describe-key-pairs" ec2 describe-key-pairs --key-names rsa --query 'KeyPairs[].KeyFingerprint'
theirs=$(openssl pkcs8 -in "$work/rsa.pem" -outform DER -topk8 -nocrypt | openssl sha1 -c | sed 's/.*= *//')
gives "$theirs" "an RSA key, and OpenSSL's fingerprint of it"
openssl rsa -in "$work/rsa.pem" -check -noout >"$work/out" 2>"$work/err"; ok $? "which OpenSSL finds consistent"
if [ -x /usr/bin/ssh-keygen ]; then
	ssh-keygen -y -f "$work/rsa.pem" >"$work/rsa.pub" 2>"$work/err"; ok $? "and ssh-keygen reads"
	does "import-key-pair" ec2 import-key-pair --key-name imported --public-key-material "fileb://$work/rsa.pub" --query KeyFingerprint
	theirs=$(openssl rsa -in "$work/rsa.pem" -pubout -outform DER 2>/dev/null | openssl md5 -c | sed 's/.*= *//')
	gives "$theirs" "imported, it has the public key's fingerprint"
	does "create-key-pair, ed25519" ec2 create-key-pair --key-name ed --key-type ed25519 --query '[KeyMaterial]'
	keep >"$work/ed.pem"; chmod 600 "$work/ed.pem"
	ssh-keygen -y -f "$work/ed.pem" >"$work/ed.pub" 2>"$work/err"; ok $? "ssh-keygen reads its private half"
	does "describe-key-pairs" ec2 describe-key-pairs --key-names ed --query 'KeyPairs[].KeyFingerprint'
	gives "$(ssh-keygen -l -f "$work/ed.pub" | sed 's/.*SHA256:\([^ ]*\).*/\1=/')" "and has its fingerprint"
	for type in rsa ed25519; do
		does "create-key-pair for PuTTY, $type" ec2 create-key-pair --key-name putty-$type --key-type $type --key-format ppk --query '[KeyMaterial]'
		keep | sed '$d' >"$work/key.ppk"
		/usr/bin/python3 "$(dirname "$0")/ppk.py" "$work/key.ppk" "$work/key.der" >"$work/out" 2>"$work/err"; ok $? "PuTTY's file, by its manual"
		gives putty-$type "with the name as its comment"
		openssl pkey -inform DER -in "$work/key.der" -out "$work/key.pem" 2>"$work/err"; chmod 600 "$work/key.pem"
		openssl pkey -in "$work/key.pem" -pubout -outform DER -out "$work/key.pub" 2>"$work/err"; ok $? "OpenSSL reads its numbers"
		does "describe-key-pairs" ec2 describe-key-pairs --key-names putty-$type --include-public-key --query 'KeyPairs[].PublicKey'
		awk '{ print $2 }' "$work/out" | base64 -d | tail -c 32 >"$work/kept"; tail -c 32 "$work/key.pub" >"$work/theirs"
		[ $type = rsa ] && { ssh-keygen -y -f "$work/key.pem" | awk '{ print $2 }' >"$work/theirs"; awk '{ print $2 }' "$work/out" >"$work/kept"; }
		cmp -s "$work/kept" "$work/theirs"; ok $? "and finds the public key that is kept"
	done
	aws_ ec2 create-key-pair --key-name other --key-format der
	fails InvalidParameterValue "Value (der) for parameter KeyFormat is invalid." "another format"
else
	echo "# /usr/bin/ssh-keygen is not installed: three checks of keys are left out"
fi
does "delete-key-pair" ec2 delete-key-pair --key-name rsa
! grep -rq 'PRIVATE KEY' "$work/acc" "$work/log"; ok $? "no private key is kept"

# ---- a network of one's own, set up, and taken down in the wrong order first (VPC User Guide,
# "Delete your VPC").

does "describe-availability-zones" ec2 describe-availability-zones --query 'AvailabilityZones[].[ZoneName,ZoneId]'
gives "us-west-2a usw2-az1 us-west-2b usw2-az2 us-west-2c usw2-az3" "three zones"
does "create-vpc" ec2 create-vpc --cidr-block 10.20.0.0/16 --tag-specifications 'ResourceType=vpc,Tags=[{Key=Name,Value=own}]' --query Vpc.VpcId
vpc=$(keep)
does "modify-vpc-attribute" ec2 modify-vpc-attribute --vpc-id "$vpc" --enable-dns-hostnames
does "describe-vpc-attribute" ec2 describe-vpc-attribute --vpc-id "$vpc" --attribute enableDnsHostnames --query EnableDnsHostnames.Value
gives True "names are given"
does "create-subnet" ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.20.1.0/24 --availability-zone-id usw2-az2 --query Subnet.SubnetId
own=$(keep)
does "modify-subnet-attribute" ec2 modify-subnet-attribute --subnet-id "$own" --map-public-ip-on-launch
does "create-security-group" ec2 create-security-group --group-name web --description web --vpc-id "$vpc" --query GroupId
web=$(keep)
does "create-security-group" ec2 create-security-group --group-name db --description db --vpc-id "$vpc" --query GroupId
db=$(keep)
does "authorize-security-group-ingress" ec2 authorize-security-group-ingress --group-id "$web" --protocol tcp --port 443 --cidr 0.0.0.0/0
aws_ ec2 authorize-security-group-ingress --group-id "$web" --protocol tcp --port 443 --cidr 0.0.0.0/0
fails InvalidPermission.Duplicate 'the specified rule "peer: 0.0.0.0/0, TCP, from port: 443, to port: 443, ALLOW" already exists' "a rule twice"
does "authorize-security-group-ingress" ec2 authorize-security-group-ingress --group-id "$db" --protocol tcp --port 5432 --source-group "$web"
does "describe-security-groups" ec2 describe-security-groups --group-ids "$db" --query 'SecurityGroups[].IpPermissions[].[IpProtocol,FromPort,ToPort,UserIdGroupPairs[0].GroupId]'
gives "tcp 5432 5432 $web" "the rule"
does "authorize-security-group-egress" ec2 authorize-security-group-egress --group-id "$db" --ip-permissions 'IpProtocol=tcp,FromPort=80,ToPort=80,IpRanges=[{CidrIp=10.0.0.0/16,Description=out},{CidrIp=10.1.0.0/16}]' 'IpProtocol=icmpv6,Ipv6Ranges=[{CidrIpv6=::/0}]' --tag-specifications 'ResourceType=security-group-rule,Tags=[{Key=Name,Value=out}]' --query 'SecurityGroupRules[].[IsEgress,IpProtocol,FromPort,ToPort,CidrIpv4,CidrIpv6,Tags[0].Value]'
gives "True tcp 80 80 10.0.0.0/16 None out True tcp 80 80 10.1.0.0/16 None out True icmpv6 -1 -1 None ::/0 out" "three rules with a tag"
does "describe-security-group-rules" ec2 describe-security-group-rules --filters "Name=group-id,Values=$db" Name=tag:Name,Values=out --query "sort_by(SecurityGroupRules[?CidrIpv4],&CidrIpv4)[].SecurityGroupRuleId"
read -r rule1 rule2 <"$work/out"
does "modify-security-group-rules" ec2 modify-security-group-rules --group-id "$db" --security-group-rules "SecurityGroupRuleId=$rule1,SecurityGroupRule={Description=test,IpProtocol=-1,CidrIpv4=10.2.0.0/16}" --query Return
gives True "changed"
does "update-security-group-rule-descriptions-egress" ec2 update-security-group-rule-descriptions-egress --group-id "$db" --ip-permissions 'IpProtocol=tcp,FromPort=80,ToPort=80,IpRanges=[{CidrIp=10.1.0.0/16,Description=second}]'
does "update-security-group-rule-descriptions-egress" ec2 update-security-group-rule-descriptions-egress --group-id "$db" --security-group-rule-descriptions "SecurityGroupRuleId=$rule1,Description=first"
does "create-tags" ec2 create-tags --resources "$rule2" --tags Key=Name,Value=second
does "describe-security-group-rules" ec2 describe-security-group-rules --security-group-rule-ids "$rule1" "$rule2" --query "sort_by(SecurityGroupRules,&CidrIpv4)[].[IpProtocol,FromPort,CidrIpv4,Description,Tags[0].Value]"
gives "tcp 80 10.1.0.0/16 second second -1 -1 10.2.0.0/16 first out" "both as they are now"
does "describe-tags" ec2 describe-tags --filters Name=resource-type,Values=security-group-rule --query 'length(Tags)'
gives 3 "tags of rules"
aws_ ec2 revoke-security-group-egress --group-id "$web" --security-group-rule-ids "$rule1"
fails InvalidSecurityGroupRuleId.NotFound "The security group rule ID '$rule1' does not exist" "another group's rule"
does "revoke-security-group-egress" ec2 revoke-security-group-egress --group-id "$db" --security-group-rule-ids "$rule1" "$rule2" --query Return
gives True "two go"
aws_ ec2 describe-security-group-rules --security-group-rule-ids "$rule1"
fails InvalidSecurityGroupRuleId.NotFound "The security group rule ID '$rule1' does not exist" "gone"
does "run-instances" ec2 run-instances --image-id "$image" --instance-type t3.micro --subnet-id "$own" --security-group-ids "$web" --query 'Instances[].InstanceId'
guest=$(keep)
aws_ ec2 delete-vpc --vpc-id "$vpc"
fails DependencyViolation "The vpc '$vpc' has dependencies and cannot be deleted." "the VPC first"
aws_ ec2 delete-subnet --subnet-id "$own"
fails DependencyViolation "The subnet '$own' has dependencies and cannot be deleted." "a subnet with an instance"
aws_ ec2 delete-security-group --group-id "$web"
fails DependencyViolation "resource $web has a dependent object" "its group"
does "terminate-instances" ec2 terminate-instances --instance-ids "$guest"
does "wait instance-terminated" ec2 wait instance-terminated --instance-ids "$guest"
aws_ ec2 delete-security-group --group-id "$web"
fails DependencyViolation "resource $web has a dependent object" "a group that another's rule names"
does "revoke-security-group-ingress" ec2 revoke-security-group-ingress --group-id "$db" --protocol tcp --port 5432 --source-group "$web"
does "delete-security-group" ec2 delete-security-group --group-id "$web"
does "delete-security-group" ec2 delete-security-group --group-id "$db"
does "delete-subnet" ec2 delete-subnet --subnet-id "$own"
does "delete-vpc" ec2 delete-vpc --vpc-id "$vpc"
aws_ ec2 describe-vpcs --vpc-ids "$vpc"
fails InvalidVpcID.NotFound "The vpc ID '$vpc' does not exist" "gone"

# ---- S3.

does "create-bucket" s3api create-bucket --bucket acme-milvus --create-bucket-configuration LocationConstraint=$region
gives http://acme-milvus.s3.amazonaws.com/ "answers with its place"
does "head-bucket" s3api head-bucket --bucket acme-milvus
does "get-bucket-location" s3api get-bucket-location --bucket acme-milvus
gives "$region" "its region"
does "list-buckets" s3api list-buckets --query 'Buckets[].Name'
gives acme-milvus "one bucket"
aws_ s3api get-bucket-location --bucket acme-none
fails NoSuchBucket "The specified bucket does not exist" "a bucket that is missing"
aws_ s3api create-bucket --bucket acme-milvus --create-bucket-configuration LocationConstraint=$region
fails BucketAlreadyOwnedByYou "you already own it" "create-bucket again"
become 965570967084
aws_ s3api get-bucket-location --bucket acme-milvus
fails AccessDenied "Access Denied" "another account's administrator is denied"
aws_ s3api create-bucket --bucket acme-milvus --create-bucket-configuration LocationConstraint=$region
fails BucketAlreadyExists "The requested bucket name is not available" "and the name is taken"
become "$account"
does "delete-bucket" s3api delete-bucket --bucket acme-milvus
aws_ s3api head-bucket --bucket acme-milvus
fails 404 "Not Found" "is gone"
[ -n "$session_id" ] && ! grep -q 'status=500' "$work/log"; ok $? "no call ended in an internal error"

exec 3>&- 4<&-; wait "$cli"; cli=
kill "$server"; wait "$server"; server=
echo "1..$n"
