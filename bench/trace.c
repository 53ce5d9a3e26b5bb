/*
 * trace.c -- the requests that everybody is measured on.
 *
 *   trace > trace.jsonl
 *
 * 11,000 requests to the document's policy, 200 for each of its 55 actions: 100 that it allows
 * and 100 that it does not, each for one reason. What the answer must be is known from how a
 * request was made, by the two tables below, which were written from the policy by hand: no
 * engine is asked. The context of a request is what the account server really sends.
 *
 * Always the same bytes: the random numbers have a fixed seed, and nothing else varies.
 */
#include "base/base.h"
#include "base/json.h"
#include "base/os.h"

#include <stdio.h>
#include <string.h>

enum { PER_ACTION = 200 };

/* ---- the facts: what the policy's statements are about. */

/* {r} a region, {a} the account, {x} 8 or {X} 17 hexadecimal digits. */
static const struct kind {
	const char *name, *hit, *misses[3];
} kinds[] = {
	{ "provider", "arn:aws:iam::{a}:oidc-provider/oidc.eks.{r}.amazonaws.com/id/{X}{x}",
		{ "arn:aws:iam::{a}:saml-provider/corporate-{x}",
			"arn:aws-cn:iam::{a}:oidc-provider/{X}",
			"arn:aws:iam::{a}:oidc-providers/{X}" } },
	{ "role", "arn:aws:iam::{a}:role/zilliz-byoc-{x}",
		{ "arn:aws:iam::{a}:role/zilliz-byo-{x}", "arn:aws:iam::{a}:user/zilliz-byoc-{x}",
			"arn:aws:iam::{a}:role/team/zilliz-byoc-{x}" } },
	{ "linked",
		"arn:aws:iam::{a}:role/aws-service-role/eks-nodegroup.amazonaws.com/"
		"AWSServiceRoleForAmazonEKSNodegroup",
		{ "arn:aws:iam::{a}:role/aws-service-role/eks.amazonaws.com/"
		  "AWSServiceRoleForAmazonEKS",
			"arn:aws:iam::{a}:role/administrator",
			"arn:aws:iam::{a}:role/Zilliz-byoc-{x}" } },
	{ "launch-template", "arn:aws:ec2:{r}:{a}:launch-template/lt-{X}",
		{ "arn:aws:ec2:{r}:{a}:vpc/vpc-{X}",
			"arn:aws-cn:ec2:{r}:{a}:launch-template/lt-{X}",
			"arn:aws:ec2:{r}:{a}:snapshot/snap-{X}" } },
	{ "volume", "arn:aws:ec2:{r}:{a}:volume/vol-{X}",
		{ "arn:aws:ec2:{r}:{a}:key-pair/{x}", "arn:aws:ec2:{r}:{a}:volumes/vol-{X}",
			"arn:aws:ec2:{r}:{a}:snapshot/snap-{X}" } },
	{ "instance", "arn:aws:ec2:{r}:{a}:instance/i-{X}",
		{ "arn:aws:ec2:{r}:{a}:placement-group/{x}", "arn:aws:ec2:{r}:{a}:vpc/vpc-{X}",
			"arn:aws-us-gov:ec2:{r}:{a}:instance/i-{X}" } },
	{ "network-interface", "arn:aws:ec2:{r}:{a}:network-interface/eni-{X}",
		{ "arn:aws:ec2:{r}:{a}:elastic-ip/eipalloc-{X}", "arn:aws:ec2:{r}:{a}:vpc/vpc-{X}",
			"arn:aws:ecs:{r}:{a}:network-interface/eni-{X}" } },
	{ "image", "arn:aws:ec2:{r}::image/ami-{X}",
		{ "arn:aws:ec2:{r}::snapshot/snap-{X}", "arn:aws-cn:ec2:{r}::image/ami-{X}",
			"arn:aws:ec2:{r}::images/ami-{X}" } },
	{ "security-group", "arn:aws:ec2:{r}:{a}:security-group/sg-{X}",
		{ "arn:aws:ec2:{r}:{a}:security-group-rule/sgr-{X}",
			"arn:aws:ec2:{r}:{a}:vpc/vpc-{X}", "arn:aws:ec2:{r}:{a}:key-pair/{x}" } },
	{ "subnet", "arn:aws:ec2:{r}:{a}:subnet/subnet-{X}",
		{ "arn:aws:ec2:{r}:{a}:vpc/vpc-{X}", "arn:aws:ec2:{r}:{a}:subnet-cidr/{x}",
			"arn:aws-cn:ec2:{r}:{a}:subnet/subnet-{X}" } },
	{ "any", "*", { NULL, NULL, NULL } },
	{ "cluster", "arn:aws:eks:{r}:{a}:cluster/zilliz-byoc-{x}",
		{ "arn:aws:eks:{r}:{a}:cluster/production-{x}",
			"arn:aws:eks:{r}:{a}:cluster/zilliz-byo-{x}", "*" } },
	{ "addon", "arn:aws:eks:{r}:{a}:addon/zilliz-byoc-{x}/vpc-cni/{X}",
		{ "arn:aws:eks:{r}:{a}:addon/production-{x}/vpc-cni/{X}",
			"arn:aws:eks:{r}:{a}:addon/zilliz-byoc-{x}/vpc-cni",
			"arn:aws-cn:eks:{r}:{a}:addon/zilliz-byoc-{x}/vpc-cni/{X}" } },
	{ "nodegroup", "arn:aws:eks:{r}:{a}:nodegroup/zilliz-byoc-{x}/zilliz-search/{X}",
		{ "arn:aws:eks:{r}:{a}:nodegroup/zilliz-byoc-{x}/search/{X}",
			"arn:aws:eks:{r}:{a}:nodegroup/production-{x}/zilliz-search/{X}",
			"arn:aws:eks:{r}:{a}:nodegroup/zilliz-byoc-{x}/zilliz-search" } },
	{ "podidentityassociation",
		"arn:aws:eks:{r}:{a}:podidentityassociation/zilliz-byoc-{x}/a-{X}",
		{ "arn:aws:eks:{r}:{a}:podidentityassociation/production-{x}/a-{X}",
			"arn:aws:eks:{r}:{a}:podidentityassociation/zilliz-byoc-{x}",
			"arn:aws:eks:{r}:{a}:fargateprofile/zilliz-byoc-{x}/a/{X}" } },
	/* the policy names the account "aws" here, where AWS puts the customer's: no real one fits */
	{ "access-entry", "arn:aws:eks::aws:access-entry/zilliz-byoc-{x}/role/{a}/admin/{X}",
		{ "arn:aws:eks:{r}:{a}:access-entry/zilliz-byoc-{x}/role/{a}/admin/{X}",
			"arn:aws:eks::aws:access-entry/production-{x}/role/{a}/admin/{X}",
			"arn:aws:eks::aws:access-entry/zilliz-byoc-{x}/role/{a}" } },
	{ "bucket", "arn:aws:s3:::acme-zilliz-byoc",
		{ "arn:aws:s3:::acme-{x}", "arn:aws:s3:::acme-zilliz-byoc-2",
			"arn:aws:s3:::acme-zilliz-byoc/{x}" } },
};

/* What a request must carry to be allowed. */
enum need { NEED_NOTHING, NEED_REQUEST_TAG, NEED_RESOURCE_TAG, NEED_EITHER_TAG, NEED_SERVICE };

static const struct call {
	const char *action;
	enum need need;
	const char *kinds; /* an action may have several rows, side by side */
} calls[] = {
	{ "iam:CreateOpenIDConnectProvider", NEED_REQUEST_TAG, "provider" },
	{ "iam:TagOpenIDConnectProvider", NEED_REQUEST_TAG, "provider" },
	{ "iam:GetOpenIDConnectProvider", NEED_NOTHING, "provider" },
	{ "iam:DeleteOpenIDConnectProvider", NEED_NOTHING, "provider" },
	{ "iam:GetRole", NEED_NOTHING, "role linked" },
	{ "iam:ListAttachedRolePolicies", NEED_NOTHING, "role linked" },
	{ "iam:PassRole", NEED_SERVICE, "role" },
	{ "iam:UpdateAssumeRolePolicy", NEED_NOTHING, "role" },
	{ "ec2:CreateLaunchTemplate", NEED_REQUEST_TAG, "launch-template" },
	{ "ec2:RunInstances", NEED_REQUEST_TAG,
		"launch-template volume instance network-interface" },
	{ "ec2:RunInstances", NEED_RESOURCE_TAG, "launch-template security-group subnet" },
	{ "ec2:RunInstances", NEED_NOTHING, "image" },
	{ "ec2:DeleteLaunchTemplate", NEED_RESOURCE_TAG, "launch-template" },
	{ "ec2:CreateLaunchTemplateVersion", NEED_RESOURCE_TAG, "launch-template" },
	{ "ec2:CreateTags", NEED_EITHER_TAG,
		"launch-template volume instance image network-interface security-group subnet" },
	{ "ec2:DescribeAccountAttributes", NEED_NOTHING, "any" },
	{ "ec2:DescribeInstanceTypes", NEED_NOTHING, "any" },
	{ "ec2:DescribeLaunchTemplateVersions", NEED_NOTHING, "any" },
	{ "ec2:DescribeLaunchTemplates", NEED_NOTHING, "any" },
	{ "ec2:DescribeSubnets", NEED_NOTHING, "any" },
	{ "ec2:DescribeVpcs", NEED_NOTHING, "any" },
	{ "eks:CreateCluster", NEED_REQUEST_TAG, "cluster" },
	{ "eks:CreateNodegroup", NEED_REQUEST_TAG, "cluster" },
	{ "eks:CreateAddon", NEED_REQUEST_TAG, "cluster" },
	{ "eks:CreateAccessEntry", NEED_REQUEST_TAG, "cluster" },
	{ "eks:CreatePodIdentityAssociation", NEED_REQUEST_TAG, "cluster" },
	{ "eks:AssociateAccessPolicy", NEED_RESOURCE_TAG, "access-entry" },
	{ "eks:UpdateAccessEntry", NEED_RESOURCE_TAG, "access-entry" },
	{ "eks:UpdateAddon", NEED_RESOURCE_TAG, "addon" },
	{ "eks:UpdateClusterConfig", NEED_RESOURCE_TAG, "cluster" },
	{ "eks:UpdateClusterVersion", NEED_RESOURCE_TAG, "cluster" },
	{ "eks:UpdateNodegroupConfig", NEED_RESOURCE_TAG, "nodegroup" },
	{ "eks:UpdateNodegroupVersion", NEED_RESOURCE_TAG, "nodegroup" },
	{ "eks:UpdatePodIdentityAssociation", NEED_RESOURCE_TAG, "podidentityassociation" },
	{ "eks:TagResource", NEED_NOTHING,
		"cluster addon nodegroup podidentityassociation access-entry" },
	{ "eks:DescribeCluster", NEED_NOTHING, "cluster" },
	{ "eks:DescribeNodegroup", NEED_NOTHING, "nodegroup" },
	{ "eks:DescribeAccessEntry", NEED_NOTHING, "access-entry" },
	{ "eks:DescribeAddon", NEED_NOTHING, "addon" },
	{ "eks:DescribeAddonConfiguration", NEED_NOTHING, "cluster" },
	{ "eks:DescribeAddonVersions", NEED_NOTHING, "cluster" },
	{ "eks:DescribePodIdentityAssociation", NEED_NOTHING, "podidentityassociation" },
	{ "eks:DescribeUpdate", NEED_NOTHING, "cluster nodegroup addon" },
	{ "eks:ListAccessEntries", NEED_NOTHING, "cluster" },
	{ "eks:ListAccessPolicies", NEED_NOTHING, "cluster" },
	{ "eks:ListAddons", NEED_NOTHING, "cluster" },
	{ "eks:ListNodegroups", NEED_NOTHING, "cluster" },
	{ "eks:ListUpdates", NEED_NOTHING, "cluster addon nodegroup" },
	{ "eks:ListPodIdentityAssociations", NEED_NOTHING, "cluster" },
	{ "eks:ListTagsForResource", NEED_NOTHING,
		"cluster addon nodegroup podidentityassociation access-entry" },
	{ "eks:DeleteAccessEntry", NEED_NOTHING, "access-entry" },
	{ "eks:DeleteAddon", NEED_NOTHING, "addon" },
	{ "eks:DeleteCluster", NEED_NOTHING, "cluster" },
	{ "eks:DeleteFargateProfile", NEED_NOTHING, "cluster" },
	{ "eks:DeleteNodegroup", NEED_NOTHING, "nodegroup" },
	{ "eks:DeletePodIdentityAssociation", NEED_NOTHING, "podidentityassociation" },
	{ "s3:GetBucketLocation", NEED_NOTHING, "bucket" },
};

/* Actions that the policy does not name, near and far. */
static const char *const strangers[] = { "iam:CreateRole", "iam:DeleteRole", "iam:GetRolePolicy",
	"iam:AttachRolePolicy", "iam:ListRoles", "iam:UpdateOpenIDConnectProviderThumbprint",
	"ec2:TerminateInstances", "ec2:StopInstances", "ec2:DeleteTags", "ec2:DescribeInstances",
	"ec2:DescribeSubnet", "ec2:CreateVpc", "ec2:ModifyInstanceAttribute", "eks:ListClusters",
	"eks:CreateFargateProfile", "eks:DescribeFargateProfile", "eks:UntagResource",
	"eks:DeleteClusters", "eks:RegisterCluster", "eks:AssociateIdentityProviderConfig",
	"s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteBucket", "s3:GetBucketPolicy",
	"dynamodb:GetItem", "lambda:InvokeFunction", "logs:CreateLogGroup",
	"autoscaling:UpdateAutoScalingGroup", "secretsmanager:GetSecretValue" };

static const char *const regions[] = { "us-west-2", "us-east-1", "eu-central-1", "ap-southeast-1" };
static const char *const agents[] = {
	"aws-cli/2.9.19 Python/3.11.2 Linux/6.1.0 source/x86_64.debian.12 prompt/off",
	"Boto3/1.34.51 md/Botocore#1.34.51 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.2",
	"APN/1.0 HashiCorp/1.0 Terraform/1.7.4 aws-sdk-go-v2/1.25.2 os/linux lang/go#1.21.5",
};
static const char *const wrong_tags[] = { "zilliz", "Zilliz-BYOC", "zilliz-byoc2", "acme",
	"zilliz_byoc" };
static const char *const wrong_services[] = { "ec2.amazonaws.com", "lambda.amazonaws.com",
	"eks-nodegroup.amazonaws.com", "EKS.amazonaws.com" };

/* ---- chance */

struct random {
	uint64_t state;
};

static size_t pick(struct random *random, size_t n) /* Steele's splitmix64 */
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (size_t)((z ^ (z >> 31)) % n);
}

#define PICK(random, array) ((array)[pick((random), COUNT(array))])

/* ---- one request */

/* Why a request is refused; MISS_NONE is not. */
enum miss { MISS_NONE, MISS_ACTION, MISS_RESOURCE, MISS_ABSENT, MISS_WRONG };

static const char *const miss_names[] = { "hit", "wrong action", "wrong resource", "missing value",
	"wrong value" };

struct making {
	struct arena *arena;
	struct random random;
	const char *region;
	struct json *context;
};

static const struct kind *kind_of(struct making *m, const char *list)
{
	str rest = str_of(list), words[8];
	size_t n = 0;

	while (str_cut(rest, ' ', &words[n], &rest))
		n++;
	words[n++] = rest;
	rest = words[pick(&m->random, n)];
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(rest, str_of(kinds[i].name)))
			return &kinds[i];
	return NULL;
}

static void put_hex(struct making *m, struct buf *out, size_t digits)
{
	while (digits--)
		buf_char(out, "0123456789abcdef"[pick(&m->random, 16)]);
}

static str fill(struct making *m, const char *template)
{
	struct buf out = { .arena = m->arena };

	for (const char *p = template; *p; p++) {
		if (*p != '{') {
			buf_char(&out, *p);
			continue;
		}
		if (p[1] == 'r')
			buf_str(&out, str_of(m->region));
		else if (p[1] == 'a')
			buf_str(&out, S("111122223333"));
		else
			put_hex(m, &out, p[1] == 'X' ? 17 : 8);
		p += 2;
	}
	return buf_view(&out);
}

static void put(struct making *m, const char *key, str value)
{
	json_put_str(m->arena, m->context, str_of(key), value);
}

static void put_request_tags(struct making *m, str vendor)
{
	struct json *keys = json_new(m->arena, JSON_ARRAY);

	put(m, "aws:RequestTag/Name", fill(m, "zilliz-byoc-{x}"));
	json_push(keys, json_new_str(m->arena, S("Name")));
	if (vendor.n) {
		put(m, "aws:RequestTag/Vendor", vendor);
		json_push(keys, json_new_str(m->arena, S("Vendor")));
	}
	json_put(m->context, S("aws:TagKeys"), keys);
}

static void put_resource_tags(struct making *m, str vendor)
{
	put(m, "aws:ResourceTag/Name", fill(m, "zilliz-byoc-{x}"));
	put(m, "aws:ResourceTag/Environment", S("production"));
	if (vendor.n)
		put(m, "aws:ResourceTag/Vendor", vendor);
}

/* What the statement's condition looks at: right, absent, or wrong. */
static void put_needed(struct making *m, enum need need, enum miss miss)
{
	bool first = pick(&m->random, 2) == 0;
	str tag = miss == MISS_WRONG    ? str_of(PICK(&m->random, wrong_tags))
		  : miss == MISS_ABSENT ? (str){ 0 }
					: S("zilliz-byoc");

	switch (need) {
	case NEED_SERVICE:
		if (miss != MISS_ABSENT)
			put(m, "iam:PassedToService",
				miss == MISS_WRONG ? str_of(PICK(&m->random, wrong_services))
						   : S("eks.amazonaws.com"));
		put_resource_tags(m, (str){ 0 });
		break;
	case NEED_REQUEST_TAG:
		put_request_tags(m, tag);
		break;
	case NEED_RESOURCE_TAG:
		put_resource_tags(m, tag);
		break;
	case NEED_EITHER_TAG:
		put_request_tags(m, first || miss ? tag : (str){ 0 });
		put_resource_tags(m, first && !miss ? (str){ 0 } : tag);
		break;
	case NEED_NOTHING:
		if (first)
			put_resource_tags(m, S("zilliz-byoc"));
		break;
	}
}

/* What the account knows of every call. */
static void put_global(struct making *m)
{
	size_t second = pick(&m->random, 86400);

	put(m, "aws:PrincipalArn", S("arn:aws:iam::111122223333:role/zilliz-byoc-cross-account"));
	put(m, "aws:PrincipalAccount", S("111122223333"));
	put(m, "aws:PrincipalType", S("AssumedRole"));
	put(m, "aws:PrincipalIsAWSService", S("false"));
	put(m, "aws:PrincipalTag/Team", S("platform"));
	put(m, "aws:userid", S("AROAQ3EXAMPLE7BYOCROLE:zilliz"));
	put(m, "aws:TokenIssueTime", S("2026-11-24T00:00:00Z"));
	put(m, "aws:MultiFactorAuthPresent", S("false"));
	put(m, "aws:SourceIp",
		arena_printf(m->arena, "10.%zu.%zu.%zu", pick(&m->random, 256),
			pick(&m->random, 256), pick(&m->random, 256)));
	put(m, "aws:CurrentTime", time_iso(m->arena, 1795478400 + (int64_t)second));
	put(m, "aws:EpochTime", arena_printf(m->arena, "%zu", 1795478400 + second));
	put(m, "aws:SecureTransport", S("true"));
	put(m, "aws:ViaAWSService", S("false"));
	put(m, "aws:UserAgent", str_of(PICK(&m->random, agents)));
	put(m, "aws:RequestedRegion", str_of(m->region));
}

static bool miss_fits(const struct call *call, const struct kind *kind, enum miss miss)
{
	switch (miss) {
	case MISS_NONE:
	case MISS_ACTION:
		return true;
	case MISS_RESOURCE:
		return kind->misses[0] != NULL;
	case MISS_ABSENT:
	case MISS_WRONG:
		return call->need != NEED_NOTHING;
	}
	return false;
}

static struct json *request_make(struct making *m, const struct call *call, bool hit)
{
	const struct kind *kind = kind_of(m, call->kinds);
	struct json *request = json_new(m->arena, JSON_OBJECT);
	enum miss miss = MISS_NONE;

	m->region = PICK(&m->random, regions);
	m->context = json_new(m->arena, JSON_OBJECT);
	while (!hit && (miss == MISS_NONE || !miss_fits(call, kind, miss)))
		miss = (enum miss)(MISS_ACTION + pick(&m->random, 4));
	json_put_str(m->arena, request, S("principal"),
		S("arn:aws:sts::111122223333:assumed-role/zilliz-byoc-cross-account/zilliz"));
	json_put_str(m->arena, request, S("action"),
		str_of(miss == MISS_ACTION ? PICK(&m->random, strangers) : call->action));
	json_put_str(m->arena, request, S("resource"),
		fill(m, miss == MISS_RESOURCE ? PICK(&m->random, kind->misses) : kind->hit));
	put_needed(m, call->need, miss);
	put_global(m);
	json_put(request, S("context"), m->context);
	json_put_str(m->arena, request, S("want"), hit ? S("allow") : S("deny"));
	json_put_str(m->arena, request, S("why"), str_of(miss_names[miss]));
	return request;
}

/* ---- all of them */

/* How many rows from here are the same action's. */
static size_t rows_of(size_t at)
{
	size_t n = 1;

	while (at + n < COUNT(calls) && strcmp(calls[at].action, calls[at + n].action) == 0)
		n++;
	return n;
}

static void shuffle(struct random *random, struct json **items, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t other = pick(random, i);
		struct json *item = items[i - 1];

		items[i - 1] = items[other];
		items[other] = item;
	}
}

int main(void)
{
	static struct json *requests[COUNT(calls) * PER_ACTION];
	struct arena arena = { 0 };
	struct making m = { .arena = &arena, .random = { 20261124 } };
	struct buf out = { .arena = &arena };
	size_t n = 0;

	for (size_t at = 0, rows; at < COUNT(calls); at += rows) {
		rows = rows_of(at);
		for (size_t i = 0; i < PER_ACTION; i++)
			requests[n++] =
				request_make(&m, &calls[at + pick(&m.random, rows)], i % 2 == 0);
	}
	shuffle(&m.random, requests, n);
	for (size_t i = 0; i < n; i++) {
		json_write(&out, requests[i]);
		buf_char(&out, '\n');
	}
	fwrite(out.p, 1, out.n, stdout);
	arena_free(&arena);
	return 0;
}
