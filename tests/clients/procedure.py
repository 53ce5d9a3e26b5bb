# procedure.py -- boto3 walks through the procedure of the document and its clean-up.
#
# Three parties, each a profile of a credentials file: the customer's and the vendor's
# administrators, who are given (tests/cli/boto3.t), and the vendor's robot, who is made here and
# becomes the role by a profile with role_arn and external_id, as a vendor's program would.
# What is asserted is a client's view: botocore's own models read the answers, so that a wrong shape
# is a wrong type or a missing member here, and errors are botocore's classes. Prints TAP.
import datetime
import functools
import json
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ParamValidationError
from botocore.signers import RequestSigner

from client import (BUCKET, CLUSTER, CUSTOMER, ENDPOINT, EXTERNAL_ID, OTHER_REGION, REGION, ROLE,
                    ROLE_ARN, TAG, VENDOR, add_profile, as_, is_recent, ok, plan, read_document,
                    refused, same, trust)


def parties(customer, vendor):
    same(
        customer.client("sts").get_caller_identity()["Account"], CUSTOMER,
        "the customer's administrator")
    answer = vendor.client("sts").get_caller_identity()
    same((answer["Account"], answer["Arn"]), (VENDOR, f"arn:aws:iam::{VENDOR}:user/admin"),
         "the vendor's")
    metadata = answer["ResponseMetadata"]
    ok(
        metadata["HTTPStatusCode"] == 200 and len(metadata["RequestId"]) == 36
        and metadata["RetryAttempts"] == 0,
        "answers have a request's ID, and come at the first attempt")


def make_robot(vendor):
    """The vendor's user, who may assume roles of the prefix anywhere."""
    iam = vendor.client("iam")
    user = iam.create_user(UserName="robot", Path="/byoc/", Tags=TAG)["User"]
    same((user["Arn"], user["Tags"], is_recent(user["CreateDate"])),
         (f"arn:aws:iam::{VENDOR}:user/byoc/robot", TAG, True), "the vendor makes a user")
    iam.get_waiter("user_exists").wait(UserName="robot")
    policy = {
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Resource": "arn:aws:iam::*:role/zilliz-byoc*"
        }]
    }
    iam.put_user_policy(UserName="robot", PolicyName="assume", PolicyDocument=json.dumps(policy))
    same(
        iam.get_user_policy(UserName="robot", PolicyName="assume")["PolicyDocument"], policy,
        "with a policy, which is read back as an object")
    key = iam.create_access_key(UserName="robot")["AccessKey"]
    same((key["Status"], len(key["AccessKeyId"]), len(key["SecretAccessKey"])), ("Active", 20, 40),
         "and a key")
    add_profile("AWS_SHARED_CREDENTIALS_FILE",
                "robot",
                aws_access_key_id=key["AccessKeyId"],
                aws_secret_access_key=key["SecretAccessKey"])
    same([
        u["UserName"]
        for page in iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1})
        for u in page["Users"]
    ], ["admin", "robot"], "two users, on two pages")
    refused("EntityAlreadyExists",
            409,
            iam.create_user,
            "CreateUser again",
            UserName="robot",
            error=iam.exceptions.EntityAlreadyExistsException)


def stage(customer):
    """What a customer has before a vendor comes: a network, a bucket, roles for EKS and nodes."""
    s3, ec2, iam = (customer.client(name) for name in ("s3", "ec2", "iam"))
    location = {"LocationConstraint": REGION}
    same(
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)["Location"],
        f"http://{BUCKET}.s3.amazonaws.com/", "a bucket")
    s3.get_waiter("bucket_exists").wait(Bucket=BUCKET)
    same(
        customer.resource("s3").Bucket(BUCKET).creation_date.tzinfo is not None, True,
        "with its date")
    refused("BucketAlreadyOwnedByYou",
            409,
            s3.create_bucket,
            "a second one of the name",
            Bucket=BUCKET,
            CreateBucketConfiguration=location,
            error=s3.exceptions.BucketAlreadyOwnedByYou)
    s3.create_bucket(Bucket="acme-private", CreateBucketConfiguration=location)
    subnets = sorted(
        (s for page in ec2.get_paginator("describe_subnets").paginate() for s in page["Subnets"]),
        key=lambda s: s["AvailabilityZone"])
    group = ec2.describe_security_groups()["SecurityGroups"][0]
    ec2.create_tags(Resources=[subnets[0]["SubnetId"], subnets[1]["SubnetId"], group["GroupId"]],
                    Tags=TAG)
    found = ec2.describe_subnets(
        Filters=[{"Name": "tag:Vendor", "Values": ["zilliz-byoc"]}])["Subnets"]
    same(sorted(s["SubnetId"] for s in found), sorted(s["SubnetId"] for s in subnets[:2]),
         "two subnets and a security group are tagged")
    for name, service in (("zilliz-byoc-eks-role", "eks"), ("zilliz-byoc-node-role", "ec2"),
                          ("payroll", "ec2")):
        iam.create_role(RoleName=name,
                        AssumeRolePolicyDocument=trust({"Service": f"{service}.amazonaws.com"}))
    iam.get_waiter("role_exists").wait(RoleName="payroll")
    iam.attach_role_policy(RoleName="zilliz-byoc-eks-role",
                           PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
    iam.create_instance_profile(InstanceProfileName="nodes")
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="nodes")
    iam.add_role_to_instance_profile(InstanceProfileName="nodes", RoleName="zilliz-byoc-node-role")
    profile = iam.get_instance_profile(InstanceProfileName="nodes")["InstanceProfile"]
    same([
        role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] for role in profile["Roles"]
    ], [{"Service": "ec2.amazonaws.com"}], "an instance profile holds the nodes' role")
    for service in ("eks.amazonaws.com", "eks-nodegroup.amazonaws.com"):
        role = iam.create_service_linked_role(AWSServiceName=service)["Role"]
        same(role["Path"], f"/aws-service-role/{service}/", f"the service-linked role of {service}")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    return [s["SubnetId"] for s in subnets], group["GroupId"], image


def grant(customer):
    """The document's two steps: the role with the External ID, and the policy."""
    iam = customer.client("iam")
    role = iam.create_role(RoleName=ROLE,
                           MaxSessionDuration=7200,
                           Tags=TAG,
                           AssumeRolePolicyDocument=trust(
                               {"AWS": f"arn:aws:iam::{VENDOR}:root"},
                               StringEquals={"sts:ExternalId": EXTERNAL_ID}))["Role"]
    same((role["Arn"], role["RoleId"][:4], is_recent(role["CreateDate"])), (ROLE_ARN, "AROA", True),
         "the customer makes the role")
    refused("MalformedPolicyDocument",
            400,
            iam.put_role_policy,
            "a policy that is none",
            RoleName=ROLE,
            PolicyName="p",
            PolicyDocument="{",
            error=iam.exceptions.MalformedPolicyDocumentException)
    document = read_document()
    iam.put_role_policy(RoleName=ROLE, PolicyName="bootstrap", PolicyDocument=json.dumps(document))
    policy = customer.resource("iam").Role(ROLE).Policy("bootstrap").policy_document
    same((policy, len(policy["Statement"])), (document, 17), "with the document's 17 statements")
    role = customer.resource("iam").Role(ROLE)
    same((role.assume_role_policy_document["Statement"][0]["Condition"], role.max_session_duration),
         ({"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}, 7200), "that asks for the External ID")


def prove(robot):
    """The role asks for its own External ID; every other one is refused in the same words."""
    sts = robot.client("sts")
    call = {"RoleArn": ROLE_ARN, "RoleSessionName": "work"}
    texts = {
        refused("AccessDenied",
                403,
                sts.assume_role,
                "refused",
                words,
                message="sts:AssumeRole",
                **call,
                **given)
        for words, given in (("without an External ID", {}), ("with a wrong one",
                                                              {"ExternalId": "cid-00000000"}),
                             ("in another letter case", {"ExternalId": EXTERNAL_ID.upper()}),
                             ("with more behind it", {"ExternalId": EXTERNAL_ID + "-"}))
    }
    same(len(texts), 1, "all in the same words")
    text = refused("AccessDenied", 403, sts.assume_role, "so is a role that is not there",
                   RoleArn=ROLE_ARN + "-none", RoleSessionName="work")
    same({text.replace(ROLE_ARN + "-none", ROLE_ARN)}, texts, "in these words as well")
    refused("ValidationError",
            400,
            sts.assume_role,
            "an External ID with a space",
            **call,
            ExternalId="a b")
    refused("ValidationError",
            400,
            sts.assume_role,
            "three hours of a role of two",
            **call,
            ExternalId=EXTERNAL_ID,
            DurationSeconds=10800)
    refused("MalformedPolicyDocument",
            400,
            sts.assume_role,
            "a session policy that is none",
            **call,
            ExternalId=EXTERNAL_ID,
            Policy="{}x",
            error=sts.exceptions.MalformedPolicyDocumentException)
    try:
        sts.assume_role(**call, ExternalId="a")
        ok(False, "an External ID of one character")
    except ParamValidationError:
        ok(True, "botocore itself refuses one of one character")
    answer = sts.assume_role(**call, ExternalId=EXTERNAL_ID)
    credentials, user = answer["Credentials"], answer["AssumedRoleUser"]
    left = credentials["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    same((user["Arn"], user["AssumedRoleId"][:4], user["AssumedRoleId"][-5:],
          credentials["AccessKeyId"][:4]),
         (f"arn:aws:sts::{CUSTOMER}:assumed-role/{ROLE}/work", "AROA", ":work", "ASIA"),
         "with the right one it is the role")
    ok(3500 < left.total_seconds() <= 3600, "for an hour")
    return credentials


def become(credentials):
    """The same by a profile: botocore assumes the role itself, and again before it expires."""
    add_profile("AWS_CONFIG_FILE",
                "profile vendor-role",
                role_arn=ROLE_ARN,
                source_profile="robot",
                external_id=EXTERNAL_ID,
                role_session_name="bootstrap",
                duration_seconds=900)
    add_profile("AWS_CONFIG_FILE", "profile no-id", role_arn=ROLE_ARN, source_profile="robot")
    refused("AccessDenied", 403,
            as_("no-id").client("sts").get_caller_identity, "a profile without external_id")
    session = as_("vendor-role")
    sts = session.client("sts")
    same(sts.get_caller_identity()["Arn"], f"arn:aws:sts::{CUSTOMER}:assumed-role/{ROLE}/bootstrap",
         "a profile with role_arn and external_id is the role")
    holder = session.get_credentials()
    first, second = holder.get_frozen_credentials(), holder.get_frozen_credentials()
    # 900 seconds is when botocore starts to ask for new ones
    same((holder.method, first.access_key == second.access_key, first.token == second.token),
         ("assume-role", False, False), "and gets a new session before the old one ends")
    ok(
        all(
            boto3.client("sts",
                         endpoint_url=ENDPOINT,
                         region_name=REGION,
                         aws_access_key_id=c[0],
                         aws_secret_access_key=c[1],
                         aws_session_token=c[2]).get_caller_identity()["Account"] == CUSTOMER
            for c in (first, second,
                      [credentials[k]
                       for k in ("AccessKeyId", "SecretAccessKey", "SessionToken")])),
        "all of them are good")
    refused(
        "InvalidClientTokenId", 403,
        boto3.client("sts",
                     endpoint_url=ENDPOINT,
                     region_name=REGION,
                     aws_access_key_id=first.access_key,
                     aws_secret_access_key=first.secret_key,
                     aws_session_token=second.token).get_caller_identity,
        "one's key with the other's token")
    return session


def bucket(work, customer):
    s3 = work.client("s3")
    same(s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"], REGION, "where the bucket is")
    refused("AccessDenied", 403, s3.get_bucket_location, "where another is", Bucket="acme-private")
    refused("403", 403, s3.head_bucket, "HeadBucket, which the policy does not have", Bucket=BUCKET)
    refused("AccessDenied", 403, s3.list_buckets, "all buckets")
    admin = customer.client("s3")
    same(
        admin.head_bucket(Bucket=BUCKET)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"],
        REGION, "the customer's HeadBucket names the region")
    refused("404", 404, admin.head_bucket, "of no bucket", Bucket="acme-none")
    refused("NoSuchBucket",
            404,
            admin.get_bucket_location,
            "nor is it anywhere",
            Bucket="acme-none",
            error=admin.exceptions.NoSuchBucket)


def provider(work):
    iam = work.client("iam")
    url = f"https://oidc.eks.{REGION}.amazonaws.com/id/0123456789ABCDEF"
    call = {
        "Url": url, "ClientIDList": ["sts.amazonaws.com"],
        "ThumbprintList": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
    }
    refused("AccessDenied", 403, iam.create_open_id_connect_provider,
            "an identity provider without the tag", **call)
    arn = iam.create_open_id_connect_provider(**call, Tags=TAG)["OpenIDConnectProviderArn"]
    same(arn, f"arn:aws:iam::{CUSTOMER}:oidc-provider/{url[8:]}", "with it")
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    same((got["Url"], got["ClientIDList"], got["Tags"], is_recent(got["CreateDate"])),
         (url[8:], ["sts.amazonaws.com"], TAG, True), "as it was made")
    refused("EntityAlreadyExists",
            409,
            iam.create_open_id_connect_provider,
            "once only",
            **call,
            Tags=TAG,
            error=iam.exceptions.EntityAlreadyExistsException)
    same(
        iam.get_role(RoleName="zilliz-byoc-eks-role")["Role"]["Path"], "/",
        "the vendor reads the role for EKS")
    attached = (iam.get_paginator("list_attached_role_policies").paginate(
        RoleName="zilliz-byoc-eks-role").build_full_result())
    same([p["PolicyName"] for p in attached["AttachedPolicies"]], ["AmazonEKSClusterPolicy"],
         "and what is attached to it")
    refused("NoSuchEntity",
            404,
            iam.get_role,
            "a role of the prefix that is not there",
            RoleName="zilliz-byoc-none",
            error=iam.exceptions.NoSuchEntityException)
    refused("AccessDenied",
            403,
            iam.get_role,
            "a role without the prefix",
            RoleName="payroll",
            message="iam:GetRole")
    refused("AccessDenied",
            403,
            iam.put_role_policy,
            "more rights for itself",
            RoleName=ROLE,
            PolicyName="more",
            PolicyDocument=json.dumps(read_document()))
    refused("AccessDenied", 403, iam.create_user, "a user", UserName="backdoor")
    refused("AccessDenied",
            403,
            iam.create_role,
            "a role",
            RoleName="zilliz-byoc-more",
            AssumeRolePolicyDocument=trust({"AWS": VENDOR}))
    iam.update_assume_role_policy(RoleName="zilliz-byoc-eks-role",
                                  PolicyDocument=trust(
                                      {"Service": ["eks.amazonaws.com", "ec2.amazonaws.com"]}))
    same(
        iam.get_role(RoleName="zilliz-byoc-eks-role")["Role"]["AssumeRolePolicyDocument"]
        ["Statement"][0]["Principal"], {"Service": ["eks.amazonaws.com", "ec2.amazonaws.com"]},
        "the trust of the role for EKS")
    return arn


def rules(ec2, group):
    """A group's rules: resources of their own."""
    answer = group.authorize_ingress(
        IpPermissions=[{
            "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
            "IpRanges": [{"CidrIp": f"10.{i}.0.1/16"} for i in range(6)],
            "UserIdGroupPairs": [{"GroupId": group.id, "Description": "members"}]
        }],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": TAG}])
    made = answer["SecurityGroupRules"]
    same([r.get("CidrIpv4") or r["ReferencedGroupInfo"] for r in made],
         [f"10.{i}.0.0/16" for i in range(6)] + [{"GroupId": group.id, "UserId": CUSTOMER}],
         "seven peers are seven rules")
    same({(r["IsEgress"], r["FromPort"], r["GroupOwnerId"], r["Tags"][0]["Value"]) for r in made},
         {(False, 443, CUSTOMER, "zilliz-byoc")}, "with what they share")
    pages = list(
        ec2.get_paginator("describe_security_group_rules").paginate(
            Filters=[{"Name": "group-id", "Values": [group.id]}], PaginationConfig={"PageSize": 5}))
    same([len(page["SecurityGroupRules"]) for page in pages], [5, 3], "and the way out, in pages")
    group.load()
    same([(p["IpProtocol"], len(p["IpRanges"]), p["UserIdGroupPairs"][0]["Description"])
          for p in group.ip_permissions], [("tcp", 6, "members")], "the group shows one permission")
    refused("InvalidPermission.Duplicate", 400, group.authorize_ingress, "one of them again",
            IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="10.3.0.0/16")
    refused("InvalidSecurityGroupRuleId.NotFound", 400, group.revoke_egress,
            "a way in is no way out", SecurityGroupRuleIds=[made[0]["SecurityGroupRuleId"]])
    group.revoke_ingress(SecurityGroupRuleIds=[r["SecurityGroupRuleId"] for r in made])
    group.load()
    same(group.ip_permissions, [], "they go by their ids")


def instances(work, customer, subnets, group, image):
    """Returns the launch template's ID: nodes are made with it, and with the instances gone."""
    ec2, admin = work.client("ec2"), customer.client("ec2")
    types = ec2.describe_instance_types(InstanceTypes=["m6i.large"])["InstanceTypes"][0]
    same((types["VCpuInfo"]["DefaultVCpus"], types["CurrentGeneration"]), (2, True),
         "numbers and truth are such")
    same(len(ec2.describe_vpcs()["Vpcs"]), 1, "the vendor reads VPCs")
    tags = [{"ResourceType": kind, "Tags": TAG}
            for kind in ("instance", "volume", "network-interface")]
    data = {
        "ImageId": image, "InstanceType": "m6i.large", "SecurityGroupIds": [group],
        "TagSpecifications": tags
    }
    text = refused("UnauthorizedOperation",
                   403,
                   ec2.create_launch_template,
                   "a launch template without the tag",
                   LaunchTemplateName="nodes",
                   LaunchTemplateData=data,
                   message="Encoded authorization failure message: ")
    decoded = json.loads(
        customer.client("sts").decode_authorization_message(
            EncodedMessage=text.split()[-1])["DecodedMessage"])
    same((decoded["allowed"], decoded["explicitDeny"], decoded["context"]["action"]),
         (False, False, "ec2:CreateLaunchTemplate"), "the customer decodes why")
    made = ec2.create_launch_template(
        LaunchTemplateName="nodes",
        LaunchTemplateData=data,
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": TAG}])["LaunchTemplate"]
    same((made["LatestVersionNumber"], made["DefaultVersionNumber"], made["Tags"],
          is_recent(made["CreateTime"])), (1, 1, TAG, True), "with it")
    template = made["LaunchTemplateId"]
    version = ec2.create_launch_template_version(LaunchTemplateId=template,
                                                 SourceVersion="1",
                                                 LaunchTemplateData={"InstanceType": "m6i.xlarge"
                                                                     })["LaunchTemplateVersion"]
    same((version["VersionNumber"], version["DefaultVersion"],
          version["LaunchTemplateData"]["ImageId"]), (2, False, image), "a second version")
    versions = ec2.get_paginator("describe_launch_template_versions").paginate(
        LaunchTemplateId=template, PaginationConfig={"PageSize": 1})
    same([[v["VersionNumber"] for v in page["LaunchTemplateVersions"]]
          for page in versions if page["LaunchTemplateVersions"]], [[2], [1]],
         "the newest first, a page each")
    run = {"LaunchTemplate": {"LaunchTemplateId": template}, "MinCount": 1, "MaxCount": 2}
    refused("DryRunOperation",
            412,
            ec2.run_instances,
            "a dry run",
            DryRun=True,
            SubnetId=subnets[0],
            **run)
    refused("UnauthorizedOperation",
            403,
            ec2.run_instances,
            "in the subnet without the tag",
            SubnetId=subnets[2],
            **run,
            message=f"subnet/{subnets[2]}")
    refused("UnauthorizedOperation",
            403,
            ec2.run_instances,
            "with the nodes' profile: not passed to EC2",
            SubnetId=subnets[0],
            IamInstanceProfile={"Name": "nodes"},
            message="iam:PassRole",
            **run)
    answer = ec2.run_instances(SubnetId=subnets[0], **run)
    ids = [i["InstanceId"] for i in answer["Instances"]]
    same((answer["OwnerId"], [i["State"] for i in answer["Instances"]], [
        i["AmiLaunchIndex"] for i in answer["Instances"]
    ], all(is_recent(i["LaunchTime"]) for i in answer["Instances"])),
         (CUSTOMER, [{"Code": 0, "Name": "pending"}] * 2, [0, 1], True), "two instances")
    same(
        sorted(tag["ResourceType"] for tag in admin.describe_tags(
            Filters=[{"Name": "resource-id", "Values": ids}, {"Name": "key", "Values": ["Vendor"]}])
               ["Tags"]), ["instance", "instance"], "tagged by the template")
    refused("UnauthorizedOperation", 403, ec2.describe_instances, "the vendor may not look at them")
    refused("UnauthorizedOperation", 403, ec2.terminate_instances, "nor end them", InstanceIds=ids)
    refused("UnauthorizedOperation",
            403,
            ec2.create_security_group,
            "nor make a security group",
            GroupName="open",
            Description="for all")
    made = customer.resource("ec2").create_security_group(GroupName="own",
                                                          Description="of the customer")
    same((made.vpc_id, made.ip_permissions,
          [rule["IpProtocol"] for rule in made.ip_permissions_egress]),
         (admin.describe_vpcs()["Vpcs"][0]["VpcId"], [], ["-1"]),
         "the customer makes one, in the default VPC")
    rules(admin, made)
    admin.get_waiter("instance_running").wait(InstanceIds=ids)
    instance = customer.resource("ec2").Instance(ids[0])
    same((instance.state["Name"], instance.subnet_id,
          [g["GroupId"] for g in instance.security_groups]), ("running", subnets[0], [group]),
         "the customer sees them run")
    for instance in customer.resource("ec2").instances.filter(InstanceIds=ids):
        instance.terminate()
    admin.get_waiter("instance_terminated").wait(InstanceIds=ids)
    refused("InvalidSubnetID.NotFound",
            400,
            admin.describe_subnets,
            "a subnet that is not there",
            SubnetIds=["subnet-0123456789abcdef0"])
    return template


def cluster_arn(eks):
    return eks.describe_cluster(name=CLUSTER)["cluster"]["arn"]


def cluster(work, customer, subnets, template):
    eks = work.client("eks")
    tags = {"Vendor": "zilliz-byoc"}
    call = {
        "roleArn": f"arn:aws:iam::{CUSTOMER}:role/zilliz-byoc-eks-role",
        "resourcesVpcConfig": {"subnetIds": subnets[:2]}
    }
    denied = functools.partial(refused,
                               "AccessDeniedException",
                               403,
                               error=eks.exceptions.AccessDeniedException)
    denied(eks.create_cluster, "a cluster without the tag", name=CLUSTER, **call)
    denied(eks.create_cluster, "one without the prefix", name="analytics", tags=tags, **call)
    denied(eks.create_cluster,
           "one with a role that may not be passed",
           name=CLUSTER,
           tags=tags,
           message="iam:PassRole",
           **{**call, "roleArn": f"arn:aws:iam::{CUSTOMER}:role/payroll"})
    made = eks.create_cluster(name=CLUSTER, tags=tags, **call)["cluster"]
    same((made["status"], made["arn"], made["tags"], is_recent(
        made["createdAt"]), made["resourcesVpcConfig"]["endpointPublicAccess"]),
         ("CREATING", f"arn:aws:eks:{REGION}:{CUSTOMER}:cluster/{CLUSTER}", tags, True, True),
         "the cluster is being made")
    refused("ResourceInUseException",
            409,
            eks.create_cluster,
            "once only",
            name=CLUSTER,
            tags=tags,
            **call,
            error=eks.exceptions.ResourceInUseException)
    eks.get_waiter("cluster_active").wait(name=CLUSTER)
    got = eks.describe_cluster(name=CLUSTER)["cluster"]
    same((got["status"],
          got["identity"]["oidc"]["issuer"].startswith(f"https://oidc.eks.{REGION}.")),
         ("ACTIVE", True), "active")
    nodes = {"clusterName": CLUSTER, "nodegroupName": "zilliz-core"}
    make = {
        **nodes, "nodeRole": f"arn:aws:iam::{CUSTOMER}:role/zilliz-byoc-node-role",
        "subnets": subnets[:2], "launchTemplate": {"id": template, "version": "1"},
        "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2}
    }
    denied(eks.create_nodegroup, "nodes without the tag", **make)
    group = eks.create_nodegroup(**make, tags=tags)["nodegroup"]
    same((group["status"], group["scalingConfig"], group["launchTemplate"]["id"],
          is_recent(group["createdAt"])),
         ("CREATING", {"minSize": 1, "maxSize": 3, "desiredSize": 2}, template, True),
         "a node group")
    eks.get_waiter("nodegroup_active").wait(**nodes)
    addons = []
    for name in ("coredns", "vpc-cni"):
        addons.append(eks.create_addon(clusterName=CLUSTER, addonName=name, tags=tags)["addon"])
        eks.get_waiter("addon_active").wait(clusterName=CLUSTER, addonName=name)
    same([(a["status"], is_recent(a["modifiedAt"])) for a in addons], [("CREATING", True)] * 2,
         "two add-ons")
    pages = eks.get_paginator("list_addons").paginate(clusterName=CLUSTER,
                                                      PaginationConfig={"PageSize": 1})
    same([page["addons"] for page in pages], [["coredns"], ["vpc-cni"]], "a page each")
    same(
        eks.get_paginator("list_nodegroups").paginate(clusterName=CLUSTER).build_full_result(),
        {"nodegroups": ["zilliz-core"]}, "the node groups")
    update = eks.update_nodegroup_config(**nodes,
                                         scalingConfig={
                                             "minSize": 1, "maxSize": 5, "desiredSize": 3
                                         })["update"]
    got = eks.describe_update(name=CLUSTER, nodegroupName="zilliz-core",
                              updateId=update["id"])["update"]
    same((got["type"], got["status"], got["errors"], is_recent(got["createdAt"])),
         ("ConfigUpdate", "Successful", [], True), "more nodes")
    same(
        eks.describe_nodegroup(**nodes)["nodegroup"]["scalingConfig"]["desiredSize"], 3,
        "are there")
    eks.tag_resource(resourceArn=cluster_arn(eks), tags={"stage": "test"})
    same(
        eks.list_tags_for_resource(resourceArn=cluster_arn(eks))["tags"],
        {"Vendor": "zilliz-byoc", "stage": "test"}, "another tag")
    denied(eks.list_clusters, "all clusters")
    refused("ResourceNotFoundException",
            404,
            eks.describe_cluster,
            "a cluster that is not there",
            name="zilliz-byoc-none",
            error=eks.exceptions.ResourceNotFoundException)
    refused("ResourceInUseException",
            409,
            eks.delete_cluster,
            "a cluster with nodes stays",
            name=CLUSTER,
            error=eks.exceptions.ResourceInUseException)
    same(customer.client("eks").list_clusters()["clusters"], [CLUSTER], "the customer lists it")


def fetch(url, headers={}):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers),
                                    timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


def presign(work):
    """A URL that is signed is a request that anybody can send; Kubernetes' tokens are such."""
    url = work.client("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
    status, text = fetch(url)
    ok(status == 200 and f"assumed-role/{ROLE}/bootstrap" in text, "a presigned GetCallerIdentity")
    status, text = fetch(url.replace("GetCallerIdentity", "GetSessionToken"))
    ok(status == 403 and "SignatureDoesNotMatch" in text, "is of no use for something else")
    signer = RequestSigner(
        work.client("sts").meta.service_model.service_id, REGION, "sts", "v4",
        work.get_credentials(), work.events)
    url = signer.generate_presigned_url(
        {
            "method": "GET", "url": f"{ENDPOINT}/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {}, "context": {}, "headers": {"x-k8s-aws-id": CLUSTER}
        },
        region_name=REGION,
        expires_in=60,
        operation_name="")
    same((fetch(url, {"x-k8s-aws-id": CLUSTER})[0], fetch(url, {"x-k8s-aws-id": "another"})[0]),
         (200, 403), "a token for Kubernetes is good for its own cluster only")
    url = work.client("s3", config=Config(signature_version="s3v4")).generate_presigned_url(
        "get_bucket_location", Params={"Bucket": BUCKET})
    status, text = fetch(url)
    ok(status == 200 and f">{REGION}</LocationConstraint>" in text, "a presigned GetBucketLocation")


def elsewhere(customer):
    """Another region: reported back, and with a stage of its own."""
    there = as_("customer", OTHER_REGION)
    ec2, s3, eks = (there.client(name) for name in ("ec2", "s3", "eks"))
    same(
        there.client("sts").get_caller_identity()["Account"], CUSTOMER,
        "another region knows the same account")
    vpc = there.resource("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    zones = [
        there.resource("ec2").create_subnet(VpcId=vpc.id,
                                            CidrBlock=f"10.1.{i}.0/24",
                                            AvailabilityZone=OTHER_REGION + z)
        for i, z in enumerate("ab")
    ]
    same([(s.availability_zone, s.subnet_arn) for s in zones],
         [(OTHER_REGION + z, f"arn:aws:ec2:{OTHER_REGION}:{CUSTOMER}:subnet/{s.id}")
          for s, z in zip(zones, "ab")], "subnets in its zones, with its ARNs")
    refused("InvalidVpcID.NotFound",
            400,
            customer.client("ec2").describe_vpcs,
            "which the first region does not have",
            VpcIds=[vpc.id])
    made = eks.create_cluster(name="zilliz-byoc-far",
                              roleArn=f"arn:aws:iam::{CUSTOMER}:role/zilliz-byoc-eks-role",
                              resourcesVpcConfig={"subnetIds": [s.id for s in zones]})["cluster"]
    eks.get_waiter("cluster_active").wait(name="zilliz-byoc-far")
    made = eks.describe_cluster(name="zilliz-byoc-far")["cluster"]
    same((made["arn"], OTHER_REGION in made["endpoint"], OTHER_REGION
          in made["identity"]["oidc"]["issuer"]),
         (f"arn:aws:eks:{OTHER_REGION}:{CUSTOMER}:cluster/zilliz-byoc-far", True, True),
         "a cluster of the region")
    same((eks.list_clusters()["clusters"], customer.client("eks").list_clusters()["clusters"]),
         (["zilliz-byoc-far"], [CLUSTER]), "each region lists its own")
    s3.create_bucket(Bucket="acme-far",
                     CreateBucketConfiguration={"LocationConstraint": OTHER_REGION})
    same((s3.get_bucket_location(Bucket="acme-far")["LocationConstraint"],
          s3.head_bucket(
              Bucket="acme-far")["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]),
         (OTHER_REGION, OTHER_REGION), "a bucket of the region")
    same(
        there.client("iam").get_role(RoleName=ROLE)["Role"]["Arn"], ROLE_ARN,
        "IAM is the same everywhere")
    s3.delete_bucket(Bucket="acme-far")
    eks.delete_cluster(name="zilliz-byoc-far")
    eks.get_waiter("cluster_deleted").wait(name="zilliz-byoc-far")


def vendor_clean(work, template, arn):
    """The vendor's session takes away what it made, in the order that the services ask for."""
    eks, iam, ec2 = (work.client(name) for name in ("eks", "iam", "ec2"))
    for name in ("coredns", "vpc-cni"):
        same(
            eks.delete_addon(clusterName=CLUSTER, addonName=name)["addon"]["status"], "DELETING",
            "the add-on", name, "goes")
        eks.get_waiter("addon_deleted").wait(clusterName=CLUSTER, addonName=name)
    eks.delete_nodegroup(clusterName=CLUSTER, nodegroupName="zilliz-core")
    eks.get_waiter("nodegroup_deleted").wait(clusterName=CLUSTER, nodegroupName="zilliz-core")
    same(eks.delete_cluster(name=CLUSTER)["cluster"]["status"], "DELETING", "the cluster goes")
    eks.get_waiter("cluster_deleted").wait(name=CLUSTER)
    refused("ResourceNotFoundException",
            404,
            eks.describe_cluster,
            "is gone",
            name=CLUSTER,
            error=eks.exceptions.ResourceNotFoundException)
    ec2.delete_launch_template(LaunchTemplateId=template)
    refused("InvalidLaunchTemplateId.NotFound",
            400,
            ec2.describe_launch_template_versions,
            "the launch template is gone",
            LaunchTemplateId=template)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    refused("NoSuchEntity",
            404,
            iam.get_open_id_connect_provider,
            "the identity provider is gone",
            OpenIDConnectProviderArn=arn,
            error=iam.exceptions.NoSuchEntityException)


def customer_clean(customer, work, robot):
    """The customer ends it: first the role, then the stage."""
    iam = customer.client("iam")
    refused("DeleteConflict",
            409,
            iam.delete_role,
            "a role with a policy stays",
            RoleName=ROLE,
            error=iam.exceptions.DeleteConflictException)
    work.client("iam").get_role(RoleName=ROLE)
    iam.delete_role_policy(RoleName=ROLE, PolicyName="bootstrap")
    refused("AccessDenied",
            403,
            work.client("iam").get_role,
            "without its policy the session may do nothing",
            RoleName=ROLE)
    refused("NoSuchEntity",
            404,
            iam.get_role_policy,
            "the policy is gone",
            RoleName=ROLE,
            PolicyName="bootstrap",
            error=iam.exceptions.NoSuchEntityException)
    iam.delete_role(RoleName=ROLE)
    refused("NoSuchEntity",
            404,
            iam.get_role,
            "the role is gone",
            RoleName=ROLE,
            error=iam.exceptions.NoSuchEntityException)
    refused("AccessDenied",
            403,
            robot.client("sts").assume_role,
            "and cannot be assumed",
            RoleArn=ROLE_ARN,
            RoleSessionName="work",
            ExternalId=EXTERNAL_ID)
    profile = customer.resource("iam").InstanceProfile("nodes")
    profile.remove_role(RoleName="zilliz-byoc-node-role")
    profile.delete()
    iam.detach_role_policy(RoleName="zilliz-byoc-eks-role",
                           PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
    for role in customer.resource("iam").roles.filter(PathPrefix="/"):
        if role.path == "/":
            role.delete()
    for role in list(customer.resource("iam").roles.filter(PathPrefix="/aws-service-role/")):
        task = iam.delete_service_linked_role(RoleName=role.name)["DeletionTaskId"]
        same(
            iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"], "SUCCEEDED",
            role.name, "goes")
    same(iam.list_roles()["Roles"], [], "no role is left")
    for name in (BUCKET, "acme-private"):
        customer.client("s3").delete_bucket(Bucket=name)
        customer.client("s3").get_waiter("bucket_not_exists").wait(Bucket=name)
    same(customer.client("s3").list_buckets()["Buckets"], [], "no bucket is left")


def vendor_end(vendor, robot):
    iam = vendor.client("iam")
    user = vendor.resource("iam").User("robot")
    refused("DeleteConflict",
            409,
            iam.delete_user,
            "a user with a key stays",
            UserName="robot",
            error=iam.exceptions.DeleteConflictException)
    for key in user.access_keys.all():
        key.deactivate()
        refused("InvalidClientTokenId", 403,
                robot.client("sts").get_caller_identity, "an inactive key")
        key.delete()
    user.Policy("assume").delete()
    user.delete()
    refused("NoSuchEntity",
            404,
            iam.get_user,
            "the user is gone",
            UserName="robot",
            error=iam.exceptions.NoSuchEntityException)
    refused("InvalidClientTokenId", 403,
            robot.client("sts").get_caller_identity, "and so is its key")


def main():
    customer, vendor = as_("customer"), as_("vendor")
    parties(customer, vendor)
    make_robot(vendor)
    subnets, group, image = stage(customer)
    grant(customer)
    robot = as_("robot")
    work = become(prove(robot))
    bucket(work, customer)
    arn = provider(work)
    template = instances(work, customer, subnets, group, image)
    cluster(work, customer, subnets, template)
    presign(work)
    elsewhere(customer)
    vendor_clean(work, template, arn)
    customer_clean(customer, work, robot)
    vendor_end(vendor, robot)
    plan()


main()
