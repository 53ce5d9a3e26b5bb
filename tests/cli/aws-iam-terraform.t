# aws-iam-terraform.t -- Terraform with the AWS provider: a role shaped like the vendor's module
# (trust policy with External ID, boundary, the document's 17 statements inline, five policies of its
# own and five of AWS's attached) and a user with a group. Apply, an empty second plan, another
# External ID, destroy. The vendor's side is a configuration whose provider assumes the role; it
# works with the External ID of the day, and with no other.
. "$(dirname "$0")/tap.sh"
about=IAM
. "$(dirname "$0")/terraform.sh"

cat >"$work/module/main.tf" <<'END'
variable "external_id" {}

data "aws_caller_identity" "me" {}

locals {
  own     = ["bootstrap", "eks", "storage", "nodes", "addons"]
  managed = ["AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKSWorkerNodePolicy", "AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController"]
}

resource "aws_iam_policy" "own" {
  for_each    = toset(local.own)
  name        = "acme-${each.key}"
  description = "of the module"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = var.external_id == "cid-a" ? "First" : "Second"
      Effect   = "Allow"
      Action   = ["iam:GetRole", "iam:ListAttachedRolePolicies"]
      Resource = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/*"
    }]
  })
}

resource "aws_iam_role" "cross_account" {
  name                 = "zilliz-byoc-acme-cross-account-role"
  permissions_boundary = aws_iam_policy.own["bootstrap"].arn
  max_session_duration = 7200
  description          = "for the vendor"
  tags                 = { Vendor = "zilliz-byoc" }
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::965570967084:root" }
      Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
    }]
  })
}

resource "aws_iam_role_policy" "inline" {
  name   = "inline"
  role   = aws_iam_role.cross_account.name
  policy = replace(file("${path.module}/document.json"), "{bucketName}", "acme-milvus")
}

resource "aws_iam_role_policy_attachment" "own" {
  for_each   = toset(local.own)
  role       = aws_iam_role.cross_account.name
  policy_arn = aws_iam_policy.own[each.key].arn
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each   = toset(local.managed)
  role       = aws_iam_role.cross_account.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_iam_group" "operators" {
  name = "operators"
}

resource "aws_iam_group_policy_attachment" "operators" {
  group      = aws_iam_group.operators.name
  policy_arn = aws_iam_policy.own["eks"].arn
}

resource "aws_iam_user" "ann" {
  name          = "ann"
  force_destroy = true
}

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.operators.name]
}

resource "aws_iam_openid_connect_provider" "eks" {
  url             = "https://oidc.example.com/id/A1"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
}

data "aws_iam_policy" "by_name" {
  name = "AmazonEKSClusterPolicy"
}

output "found" {
  value = data.aws_iam_policy.by_name.arn
}
END

cp data/zilliz-byoc-cross-account.json "$work/module/document.json"
mkdir "$work/vendor"
cat >"$work/vendor/main.tf" <<'END'
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "external_id" {}

provider "aws" {
  region = "us-west-2"
  max_retries = 1
  assume_role {
    role_arn     = "arn:aws:iam::111122223333:role/zilliz-byoc-acme-cross-account-role"
    session_name = "terraform"
    external_id  = var.external_id
  }
}

data "aws_caller_identity" "me" {}

output "arn" {
  value = data.aws_caller_identity.me.arn
}
END

"$DEPUTY" account init "$work/acc" --account 111122223333,965570967084 >/dev/null
start "$work/acc"
become() { eval "$("$DEPUTY" account env "$work/acc" --account "$1")"; }
become 111122223333
export HOME="$work" AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
cd "$work/module" || exit 1
vendor() { # vendor EXTERNAL-ID: as the vendor, with a provider that assumes the role
	become 965570967084
	cd "$work/vendor" && tf plan -no-color -input=false -var "external_id=$1"
	cd "$work/module" && become 111122223333
}

tf init -no-color -input=false
[ "$status" = 0 ]; ok $? "init"
tf apply -no-color -input=false -auto-approve -var external_id=cid-a
[ "$status" = 0 ]; ok $? "apply"
grep -q 'found = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"' "$work/out"; ok $? "a policy of AWS's is found by its name"
tf plan -no-color -input=false -detailed-exitcode -var external_id=cid-a
[ "$status" = 0 ]; ok $? "the second plan is empty"
cd "$work/vendor" && tf init -no-color -input=false; cd "$work/module" || exit 1
vendor cid-a
[ "$status" = 0 ] && grep -q 'arn = "arn:aws:sts::111122223333:assumed-role/zilliz-byoc-acme-cross-account-role/terraform"' "$work/out"
ok $? "the vendor's provider assumes the role"
tf apply -no-color -input=false -auto-approve -var external_id=cid-b
[ "$status" = 0 ] && grep -q ' 0 added, 6 changed, 0 destroyed' "$work/out"; ok $? "another External ID, and new versions of the policies"
tf plan -no-color -input=false -detailed-exitcode -var external_id=cid-b
[ "$status" = 0 ]; ok $? "and an empty plan again"
vendor cid-a
[ "$status" = 1 ] && grep -q 'AccessDenied' "$work/out"; ok $? "the External ID of yesterday is refused"
vendor cid-b
[ "$status" = 0 ]; ok $? "today's is not"
tf destroy -no-color -input=false -auto-approve -var external_id=cid-b
[ "$status" = 0 ]; ok $? "destroy"
! grep 'decision=deny' "$work/log" | grep -v 'sts:AssumeRole' >"$work/out" && ! grep -q 'status=500' "$work/log"; ok $? "no other call was denied, none failed"
kill "$server"; wait "$server"; server=
"$DEPUTY" account export "$work/acc" --account 111122223333 >"$work/out"
! grep -q 'acme\|operators\|"ann"\|oidc' "$work/out"; ok $? "and nothing is left"
echo "1..$n"
