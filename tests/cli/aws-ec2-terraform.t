# aws-ec2-terraform.t -- Terraform with the AWS provider: security groups, and rules as resources of
# their own. Apply, an empty second plan, rules changed in place with their ids kept, tags changed,
# destroy; and the older resources, with rules inside of a group.
. "$(dirname "$0")/tap.sh"
about=EC2
. "$(dirname "$0")/terraform.sh"

cat >"$work/module/main.tf" <<'END'
variable "vpc" {}

variable "port" {
  type = number
}

resource "aws_security_group" "nodes" {
  name                   = "nodes"
  description            = "nodes"
  vpc_id                 = var.vpc
  revoke_rules_on_delete = true
  tags                   = { Vendor = "zilliz-byoc" }
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  security_group_id = aws_security_group.nodes.id
  description       = var.port == 443 ? "the web" : null
  ip_protocol       = "tcp"
  from_port         = var.port
  to_port           = var.port
  cidr_ipv4         = "10.0.0.0/8"
  tags              = { Port = var.port }
}

resource "aws_vpc_security_group_ingress_rule" "members" {
  security_group_id            = aws_security_group.nodes.id
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.nodes.id
}

resource "aws_vpc_security_group_ingress_rule" "ping" {
  security_group_id = aws_security_group.nodes.id
  ip_protocol       = "icmpv6"
  from_port         = -1
  to_port           = -1
  cidr_ipv6         = "2001:db8::/32"
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.nodes.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "older" {
  name        = "older"
  description = "older"
  vpc_id      = var.vpc

  ingress {
    from_port       = var.port
    to_port         = var.port
    protocol        = "tcp"
    security_groups = [aws_security_group.nodes.id]
    self            = true
  }

  ingress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["10.1.0.0/16", "10.2.0.0/16"]
    description = "two ranges"
  }

  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
}

resource "aws_security_group" "single" {
  name   = "single"
  vpc_id = var.vpc
}

resource "aws_security_group_rule" "single" {
  type              = "ingress"
  security_group_id = aws_security_group.single.id
  protocol          = "udp"
  from_port         = 53
  to_port           = 53
  cidr_blocks       = ["10.0.0.0/8"]
}

data "aws_vpc_security_group_rules" "found" {
  filter {
    name   = "group-id"
    values = [aws_security_group.nodes.id]
  }
  depends_on = [aws_vpc_security_group_egress_rule.all, aws_vpc_security_group_ingress_rule.web]
}

data "aws_vpc_security_group_rule" "web" {
  security_group_rule_id = aws_vpc_security_group_ingress_rule.web.id
}

output "web" {
  value = aws_vpc_security_group_ingress_rule.web.security_group_rule_id
}

output "arn" {
  value = aws_vpc_security_group_ingress_rule.web.arn
}

output "found" {
  value = data.aws_vpc_security_group_rule.web.from_port
}
END

"$DEPUTY" account init "$work/acc" --account 111122223333 >/dev/null
start "$work/acc"
eval "$("$DEPUTY" account env "$work/acc" --account 111122223333)"
export HOME="$work" AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=
export AWS_ENDPOINT_URL="$endpoint"
cd "$work/module" || exit 1
vpc=$(/usr/bin/aws --endpoint-url "$endpoint" --region us-west-2 --output text ec2 describe-vpcs --query 'Vpcs[0].VpcId')

tf init -no-color -input=false
[ "$status" = 0 ]; ok $? "init"
tf apply -no-color -input=false -auto-approve -var "vpc=$vpc" -var port=443
[ "$status" = 0 ] && grep -q ' 8 added, 0 changed, 0 destroyed' "$work/out"; ok $? "apply"
web=$(terraform output -raw web)
[ "$(terraform output -raw arn)" = "arn:aws:ec2:us-west-2:111122223333:security-group-rule/$web" ]; ok $? "a rule has an ARN"
grep -q 'found = 443' "$work/out"; ok $? "and is found by its id"
tf plan -no-color -input=false -detailed-exitcode -var "vpc=$vpc" -var port=443
[ "$status" = 0 ]; ok $? "the second plan is empty"
tf apply -no-color -input=false -auto-approve -var "vpc=$vpc" -var port=8443
[ "$status" = 0 ] && grep -q ' 0 added, 2 changed, 0 destroyed' "$work/out"; ok $? "another port, and another tag"
[ "$(terraform output -raw web)" = "$web" ]; ok $? "of the same rule"
tf plan -no-color -input=false -detailed-exitcode -var "vpc=$vpc" -var port=8443
[ "$status" = 0 ]; ok $? "and an empty plan again"
tf destroy -no-color -input=false -auto-approve -var "vpc=$vpc" -var port=8443
[ "$status" = 0 ]; ok $? "destroy"
! grep 'decision=deny' "$work/log" >"$work/out" && ! grep -q 'status=500' "$work/log"; ok $? "no call was denied, none failed"
/usr/bin/aws --endpoint-url "$endpoint" --region us-west-2 --output text ec2 describe-security-group-rules --query 'length(SecurityGroupRules)' >"$work/out"
[ "$(cat "$work/out")" = 2 ]; ok $? "the default group's two rules are left"
echo "1..$n"
