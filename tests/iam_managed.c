/*
 * iam_managed.c -- managed policies: made, versioned, attached, counted in authorization; AWS's
 * own; and permissions boundaries.
 *
 * Fields, codes and sentences are AWS's (recorded answers; aws-wire.md 3.1, 3.4, 4.3).
 */
#include "account.h"

#define MINE(name) "arn:aws:iam::" CUSTOMER ":policy/" name
#define AWSS(name) "arn:aws:iam::aws:policy/" name
#define ALLOW_ACTION(action)                                                                    \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"" action \
	"\",\"Resource\":\"*\"}]}"

static void no(const char *operation, const char *input, unsigned status, const char *code,
	const char *message, const char *what)
{
	struct reply reply = IAM(operation, input);

	refused(&reply, status, code, message, what);
}

static void yes(const char *operation, const char *input, const char *what)
{
	struct reply reply = IAM(operation, input);

	fine(&reply, what);
}

static const char *policy_new(const char *name, const char *document)
{
	return json_of("{\"PolicyName\":\"%s\",\"PolicyDocument\":%.*s}", name,
		STR(quote(document)));
}

static const char *arn_input(const char *arn)
{
	return json_of("{\"PolicyArn\":\"%s\"}", arn);
}

static const char *version_new(const char *arn, const char *document, bool as_default)
{
	return json_of("{\"PolicyArn\":\"%s\",\"PolicyDocument\":%.*s%s}", arn,
		STR(quote(document)), as_default ? ",\"SetAsDefault\":\"true\"" : "");
}

static const char *version_input(const char *arn, const char *version)
{
	return json_of("{\"PolicyArn\":\"%s\",\"VersionId\":\"%s\"}", arn, version);
}

static const char *attach_input(const char *kind, const char *name, const char *arn)
{
	return json_of("{\"%sName\":\"%s\",\"PolicyArn\":\"%s\"}", kind, name, arn);
}

/* ---- the policy itself. */

static void test_create(void)
{
	struct reply reply = IAM("CreatePolicy",
		json_of("{\"PolicyName\":\"App\",\"Path\":\"/team/\",\"Description\":\"d\","
			"\"Tags\":[{\"Key\":\"Vendor\",\"Value\":\"z\"}],\"PolicyDocument\":%.*s}",
			STR(quote(ALLOW_ACTION("s3:*")))));
	str decoded;

	fine(&reply, "CreatePolicy");
	is(text(&reply, "CreatePolicyResult.Policy.Arn"), S(MINE("team/App")), "its ARN");
	ok(str_starts(text(&reply, "CreatePolicyResult.Policy.PolicyId"), S("ANPA")), "its id");
	is(text(&reply, "CreatePolicyResult.Policy.DefaultVersionId"), S("v1"), "version v1");
	is(text(&reply, "CreatePolicyResult.Policy.AttachmentCount"), S("0"), "attached nowhere");
	is(text(&reply, "CreatePolicyResult.Policy.PermissionsBoundaryUsageCount"), S("0"),
		"nobody's boundary");
	is(text(&reply, "CreatePolicyResult.Policy.IsAttachable"), S("true"), "attachable");
	ok(!member(&reply, "CreatePolicyResult.Policy.Description"),
		"CreatePolicy shows no description");
	is(text(&reply, "CreatePolicyResult.Policy.Tags.0.Value"), S("z"), "but its tags");
	reply = IAM("GetPolicy", arn_input(MINE("team/App")));
	is(text(&reply, "GetPolicyResult.Policy.Description"), S("d"), "GetPolicy does");
	reply = IAM("GetPolicyVersion", version_input(MINE("team/App"), "v1"));
	is(text(&reply, "GetPolicyVersionResult.PolicyVersion.IsDefaultVersion"), S("true"),
		"GetPolicyVersion: the default");
	ok(uri_decode(&arena, text(&reply, "GetPolicyVersionResult.PolicyVersion.Document"), false,
		   &decoded) &&
			str_eq(decoded, S(ALLOW_ACTION("s3:*"))),
		"and the document, percent-encoded");
	reply = IAM("TagPolicy", json_of("{\"PolicyArn\":\"%s\",\"Tags\":[{\"Key\":\"a\",\"Value\":"
					 "\"b\"}]}",
					 MINE("team/App")));
	fine(&reply, "TagPolicy");
	reply = IAM("UntagPolicy",
		json_of("{\"PolicyArn\":\"%s\",\"TagKeys\":[\"Vendor\"]}", MINE("team/App")));
	fine(&reply, "UntagPolicy");
	reply = IAM("ListPolicyTags", arn_input(MINE("team/App")));
	is(text(&reply, "ListPolicyTagsResult.Tags.0.Key"), S("a"), "ListPolicyTags");
	ok(!member(&reply, "ListPolicyTagsResult.Tags.1"), "has one");
}

static void test_create_errors(void)
{
	no("CreatePolicy", policy_new("APP", ALLOW_ACTION("s3:*")), 409, "EntityAlreadyExists",
		"A policy called APP already exists. Duplicate names are not allowed.",
		"names are unique without case");
	no("CreatePolicy", policy_new("x", "{"), 400, "MalformedPolicyDocument",
		"Syntax errors in policy.", "not JSON");
	no("CreatePolicy",
		policy_new("x",
			json_of("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
				"\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::%s\"}]}",
				repeat('b', 6144))),
		409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144", "too long");
	no("GetPolicy", arn_input(MINE("nobody")), 404, "NoSuchEntity",
		"Policy " MINE("nobody") " was not found.", "GetPolicy of none");
	no("DeletePolicy", arn_input(MINE("nobody")), 404, "NoSuchEntity",
		"Policy " MINE("nobody") " was not found.", "DeletePolicy of none");
	no("GetPolicy", arn_input(MINE("App")), 404, "NoSuchEntity",
		"Policy " MINE("App") " was not found.", "the path is part of the ARN");
	no("GetPolicy", arn_input("not-an-arn-but-long-enough"), 400, "ValidationError",
		"Invalid ARN:  Could not be parsed!", "no ARN at all");
	no("GetPolicyVersion", version_input(MINE("team/App"), "v9"), 404, "NoSuchEntity",
		"Policy " MINE("team/App") " version v9 does not exist or is not attachable.",
		"no such version");
	no("ListPolicies", "{\"Scope\":\"Mine\"}", 400, "ValidationError",
		"1 validation error detected: Value 'Mine' at 'scope' failed to satisfy "
		"constraint: Member must satisfy enum value set",
		"no such scope");
}

static void test_versions(void)
{
	const char *arn = MINE("team/App");
	struct reply reply;

	for (int i = 2; i <= 5; i++) {
		reply = IAM("CreatePolicyVersion", version_new(arn, ALLOW_ACTION("s3:*"), i == 5));
		is(text(&reply, "CreatePolicyVersionResult.PolicyVersion.VersionId"),
			str_of(json_of("v%d", i)), "CreatePolicyVersion v%d", i);
		ok(!member(&reply, "CreatePolicyVersionResult.PolicyVersion.Document"),
			"without the document");
	}
	is(text(&reply, "CreatePolicyVersionResult.PolicyVersion.IsDefaultVersion"), S("true"),
		"SetAsDefault");
	no("CreatePolicyVersion", version_new(arn, ALLOW_ACTION("s3:*"), false), 409,
		"LimitExceeded",
		"A managed policy can have up to 5 versions. Before you create a new version, you "
		"must delete an existing version.",
		"five at most");
	reply = IAM("ListPolicyVersions", arn_input(arn));
	is(text(&reply, "ListPolicyVersionsResult.Versions.0.VersionId"), S("v5"), "newest first");
	is(text(&reply, "ListPolicyVersionsResult.Versions.4.VersionId"), S("v1"), "oldest last");
	ok(!member(&reply, "ListPolicyVersionsResult.Versions.0.Document"),
		"the list has no documents");
	reply = IAM("ListPolicyVersions",
		json_of("{\"PolicyArn\":\"%s\",\"MaxItems\":\"2\"}", arn));
	reply = IAM("ListPolicyVersions",
		json_of("{\"PolicyArn\":\"%s\",\"MaxItems\":\"2\",\"Marker\":\"%.*s\"}", arn,
			STR(text(&reply, "ListPolicyVersionsResult.Marker"))));
	is(text(&reply, "ListPolicyVersionsResult.Versions.0.VersionId"), S("v3"),
		"the second page goes on");
	no("DeletePolicyVersion", version_input(arn, "v5"), 409, "DeleteConflict",
		"Cannot delete the default version of a policy.", "the default stays");
	yes("DeletePolicyVersion", version_input(arn, "v1"), "DeletePolicyVersion");
	yes("SetDefaultPolicyVersion", version_input(arn, "v2"), "SetDefaultPolicyVersion");
	reply = IAM("GetPolicy", arn_input(arn));
	is(text(&reply, "GetPolicyResult.Policy.DefaultVersionId"), S("v2"), "is the default now");
	reply = IAM("CreatePolicyVersion", version_new(arn, ALLOW_ACTION("s3:*"), false));
	is(text(&reply, "CreatePolicyVersionResult.PolicyVersion.VersionId"), S("v6"),
		"numbers are not used again");
	no("DeletePolicy", arn_input(arn), 409, "DeleteConflict",
		"This policy has more than one version. Before you delete a policy, you must "
		"delete the policy's versions. The default version is deleted with the policy.",
		"a policy with versions stays");
	for (int i = 3; i <= 6; i++)
		yes("DeletePolicyVersion", version_input(arn, json_of("v%d", i)), "away with it");
	yes("DeletePolicy", arn_input(arn), "DeletePolicy");
}

/* ---- AWS's own. */

static void test_aws_managed(void)
{
	static const char *const module[] = { "AmazonEKS_CNI_Policy",
		"AmazonEC2ContainerRegistryReadOnly", "AmazonEKSWorkerNodePolicy",
		"AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController" };
	struct reply reply;

	for (size_t i = 0; i < COUNT(module); i++) {
		reply = IAM("GetPolicy", arn_input(json_of(AWSS("%s"), module[i])));
		is(text(&reply, "GetPolicyResult.Policy.PolicyName"), str_of(module[i]),
			"AWS's %s is there", module[i]);
	}
	reply = IAM("GetPolicyVersion", version_input(AWSS("AmazonEKS_CNI_Policy"), "v6"));
	ok(str_find(text(&reply, "GetPolicyVersionResult.PolicyVersion.Document"),
		   S("ec2%3AAssignPrivateIpAddresses")) != SIZE_MAX,
		"with AWS's document");
	no("GetPolicy", arn_input(AWSS("NoSuchPolicy")), 404, "NoSuchEntity",
		"Policy " AWSS("NoSuchPolicy") " was not found.", "one that is not AWS's");
	reply = IAM("CreatePolicyVersion",
		version_new(AWSS("AmazonEKS_CNI_Policy"), ALLOW_ACTION("*"), true));
	is(reply.code, S("AccessDenied"), "nobody changes AWS's policies [S-138]");
	reply = IAM("DeletePolicy", arn_input(AWSS("AmazonEKS_CNI_Policy")));
	is(reply.code, S("AccessDenied"), "nor deletes them [S-138]");
	reply = IAM("TagPolicy", json_of("{\"PolicyArn\":\"%s\",\"Tags\":[{\"Key\":\"a\",\"Value\":"
					 "\"b\"}]}",
					 AWSS("AmazonEKS_CNI_Policy")));
	is(reply.code, S("AccessDenied"), "nor tags them [S-138]");
}

/* ---- attaching. */

static void test_attach(void)
{
	struct reply reply;

	IAM("CreateRole", role_input("holder", TRUST_EKS));
	IAM("CreatePolicy", policy_new("one", ALLOW_ACTION("s3:*")));
	yes("AttachRolePolicy", attach_input("Role", "holder", MINE("one")), "AttachRolePolicy");
	yes("AttachRolePolicy", attach_input("Role", "holder", MINE("one")), "twice is once");
	yes("AttachRolePolicy", attach_input("Role", "holder", AWSS("AmazonEKSClusterPolicy")),
		"one of AWS's");
	no("AttachRolePolicy", attach_input("Role", "holder", "holder-policy-of-a-name"), 400,
		"ValidationError", "Invalid ARN:  Could not be parsed!", "a name is no ARN");
	no("AttachRolePolicy", attach_input("Role", "holder", MINE("nobody")), 404, "NoSuchEntity",
		"Policy " MINE("nobody") " does not exist or is not attachable.", "an unknown one");
	no("AttachRolePolicy", attach_input("Role", "nobody", MINE("one")), 404, "NoSuchEntity",
		"The role with name nobody cannot be found.", "to nobody");
	no("AttachRolePolicy",
		attach_input("Role", "holder", AWSS("aws-service-role/AmazonEKSServiceRolePolicy")),
		400, "PolicyNotAttachable",
		"Cannot attach a Service Role Policy to a Customer Role.",
		"a service-linked role's");
	reply = IAM("ListAttachedRolePolicies", "{\"RoleName\":\"holder\"}");
	is(text(&reply, "ListAttachedRolePoliciesResult.AttachedPolicies.0.PolicyName"), S("one"),
		"ListAttachedRolePolicies");
	is(text(&reply, "ListAttachedRolePoliciesResult.AttachedPolicies.1.PolicyArn"),
		S(AWSS("AmazonEKSClusterPolicy")), "has both");
	reply = IAM("GetPolicy", arn_input(MINE("one")));
	is(text(&reply, "GetPolicyResult.Policy.AttachmentCount"), S("1"), "counted once");
	no("DeletePolicy", arn_input(MINE("one")), 409, "DeleteConflict",
		"Cannot delete a policy attached to entities.", "an attached policy stays");
	no("DeleteRole", "{\"RoleName\":\"holder\"}", 409, "DeleteConflict",
		"Cannot delete entity, must detach all policies first.", "and its role");
	reply = IAM("ListPolicies", "{\"OnlyAttached\":\"true\"}");
	ok(member(&reply, "ListPoliciesResult.Policies.1") &&
			!member(&reply, "ListPoliciesResult.Policies.2"),
		"ListPolicies, only those attached");
	reply = IAM("ListPolicies", "{\"Scope\":\"Local\"}");
	is(text(&reply, "ListPoliciesResult.Policies.0.PolicyName"), S("one"), "only one's own");
	ok(!member(&reply, "ListPoliciesResult.Policies.1"), "is one");
	reply = IAM("ListPolicies", "{\"Scope\":\"AWS\",\"PathPrefix\":\"/aws-service-role/\"}");
	is(text(&reply, "ListPoliciesResult.Policies.0.Path"), S("/aws-service-role/"),
		"AWS's, by path");
	reply = IAM("ListEntitiesForPolicy", arn_input(MINE("one")));
	is(text(&reply, "ListEntitiesForPolicyResult.PolicyRoles.0.RoleName"), S("holder"),
		"ListEntitiesForPolicy");
	ok(str_starts(text(&reply, "ListEntitiesForPolicyResult.PolicyRoles.0.RoleId"), S("AROA")),
		"with the role's id");
	reply = IAM("ListEntitiesForPolicy",
		json_of("{\"PolicyArn\":\"%s\",\"EntityFilter\":\"User\"}", MINE("one")));
	ok(!member(&reply, "ListEntitiesForPolicyResult.PolicyRoles.0"), "filtered");
	yes("DetachRolePolicy", attach_input("Role", "holder", MINE("one")), "DetachRolePolicy");
	no("DetachRolePolicy", attach_input("Role", "holder", MINE("one")), 404, "NoSuchEntity",
		"Policy " MINE("one") " was not found.", "not attached any more");
	yes("DetachRolePolicy", attach_input("Role", "holder", AWSS("AmazonEKSClusterPolicy")),
		"the other");
	yes("DeleteRole", "{\"RoleName\":\"holder\"}", "then the role goes");
	yes("DeletePolicy", arn_input(MINE("one")), "and the policy");
}

static void test_quota(void)
{
	IAM("CreateRole", role_input("full", TRUST_EKS));
	for (int i = 0; i < 11; i++)
		IAM("CreatePolicy", policy_new(json_of("q%d", i), ALLOW_ACTION("s3:*")));
	for (int i = 0; i < 10; i++)
		IAM("AttachRolePolicy", attach_input("Role", "full", json_of(MINE("q%d"), i)));
	no("AttachRolePolicy", attach_input("Role", "full", MINE("q10")), 409, "LimitExceeded",
		"Cannot exceed quota for PoliciesPerRole: 10", "ten at most");
}

static void test_pages(void)
{
	struct reply reply = IAM("ListPolicies", "{\"MaxItems\":\"7\"}");
	size_t n = 0, pages = 0;
	str marker = { 0 };

	do {
		reply = marker.n ? IAM("ListPolicies",
					   json_of("{\"MaxItems\":\"7\",\"Marker\":\"%.*s\"}",
						   STR(marker)))
				 : reply;
		n += member(&reply, "ListPoliciesResult.Policies")->count;
		marker = member(&reply, "ListPoliciesResult.Marker")
				 ? text(&reply, "ListPoliciesResult.Marker")
				 : (str){ 0 };
		pages++;
	} while (marker.n && pages < 20);
	reply = IAM("ListPolicies", "{}");
	ok(pages > 2 && n == member(&reply, "ListPoliciesResult.Policies")->count,
		"pages end, and have all: %zu in %zu", n, pages);
}

/* Whoever deletes what a page showed does not miss what comes behind it. */
static void test_version_pages(void)
{
	const char *arn = MINE("paged");
	struct reply reply;

	IAM("CreatePolicy", policy_new("paged", ALLOW_ACTION("s3:*")));
	IAM("CreatePolicyVersion", version_new(arn, ALLOW_ACTION("s3:*"), false));
	IAM("CreatePolicyVersion", version_new(arn, ALLOW_ACTION("s3:*"), false));
	reply = IAM("ListPolicyVersions",
		json_of("{\"PolicyArn\":\"%s\",\"MaxItems\":\"1\"}", arn));
	is(text(&reply, "ListPolicyVersionsResult.Versions.0.VersionId"), S("v3"), "the newest");
	IAM("DeletePolicyVersion", version_input(arn, "v3"));
	reply = IAM("ListPolicyVersions",
		json_of("{\"PolicyArn\":\"%s\",\"MaxItems\":\"1\",\"Marker\":\"%.*s\"}", arn,
			STR(text(&reply, "ListPolicyVersionsResult.Marker"))));
	is(text(&reply, "ListPolicyVersionsResult.Versions.0.VersionId"), S("v2"),
		"and when it is gone, the next");
}

/* A marker has 320 characters at most, which an ARN with a long path has not. */
static void test_attached_pages(void)
{
	const char *path = json_of("/%s/", repeat('p', 500));
	struct reply reply;
	str marker;

	IAM("CreateUser", "{\"UserName\":\"pat\"}");
	for (int i = 0; i < 3; i++) {
		IAM("CreatePolicy", json_of("{\"PolicyName\":\"long%d\",\"Path\":\"%s\","
					    "\"PolicyDocument\":%.*s}",
					    i, path, STR(quote(ALLOW_ACTION("s3:*")))));
		yes("AttachUserPolicy",
			attach_input("User", "pat",
				json_of("arn:aws:iam::" CUSTOMER ":policy%slong%d", path, i)),
			"a policy with a long path");
	}
	reply = IAM("ListAttachedUserPolicies", "{\"UserName\":\"pat\",\"MaxItems\":\"2\"}");
	marker = text(&reply, "ListAttachedUserPoliciesResult.Marker");
	ok(marker.n > 0 && marker.n <= 320, "a marker of %zu characters", marker.n);
	IAM("DetachUserPolicy", attach_input("User", "pat",
					json_of("arn:aws:iam::" CUSTOMER ":policy%slong0", path)));
	reply = IAM("ListAttachedUserPolicies",
		json_of("{\"UserName\":\"pat\",\"Marker\":\"%.*s\"}", STR(marker)));
	is(text(&reply, "ListAttachedUserPoliciesResult.AttachedPolicies.0.PolicyName"), S("long2"),
		"with which the list goes on, whatever was detached");
}

/* ---- what is attached counts. */

static str code_of(const struct credentials *keys, const char *operation, const char *input)
{
	struct reply reply = call(keys, "iam", operation, input);

	return reply.status == 200 ? S("fine") : reply.code;
}

static void test_counts(void)
{
	struct credentials keys = new_user_with(&customer, "carol", NULL);
	const char *arn = MINE("reader");
	struct reply reply;

	IAM("CreatePolicy", policy_new("reader", ALLOW_ACTION("iam:ListRoles")));
	is(code_of(&keys, "ListRoles", "{}"), S("AccessDenied"), "nothing is attached");
	reply = call(&keys, "iam", "ListPolicies", "{}");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER
		":user/carol is not authorized to perform: iam:ListPolicies on resource: policy "
		"path / because no identity-based policy allows the iam:ListPolicies action",
		"ListPolicies is denied on a path");
	reply = call(&keys, "iam", "ListInstanceProfiles", "{\"PathPrefix\":\"/karpenter/\"}");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER
		":user/carol is not authorized to perform: iam:ListInstanceProfiles on resource: "
		"arn:aws:iam::" CUSTOMER
		":instance-profile/karpenter/ because no identity-based policy allows the "
		"iam:ListInstanceProfiles action",
		"other lists on the prefix that was asked for");
	yes("AttachUserPolicy", attach_input("User", "carol", arn), "AttachUserPolicy");
	reply = IAM("ListAttachedUserPolicies", "{\"UserName\":\"carol\"}");
	is(text(&reply, "ListAttachedUserPoliciesResult.AttachedPolicies.0.PolicyName"),
		S("reader"), "ListAttachedUserPolicies");
	is(code_of(&keys, "ListRoles", "{}"), S("fine"), "what is attached counts at once");
	is(code_of(&keys, "ListUsers", "{}"), S("AccessDenied"), "and nothing more");
	IAM("CreatePolicyVersion", version_new(arn, ALLOW_ACTION("iam:ListUsers"), false));
	is(code_of(&keys, "ListUsers", "{}"), S("AccessDenied"),
		"a version that is not the default does not count");
	IAM("SetDefaultPolicyVersion", version_input(arn, "v2"));
	is(code_of(&keys, "ListUsers", "{}"), S("fine"), "as the default it does, at once");
	is(code_of(&keys, "ListRoles", "{}"), S("AccessDenied"), "and the old one no more");
	yes("DetachUserPolicy", attach_input("User", "carol", arn), "DetachUserPolicy");
	is(code_of(&keys, "ListUsers", "{}"), S("AccessDenied"), "detached is gone");

	IAM("CreateGroup", "{\"GroupName\":\"readers\"}");
	yes("AttachGroupPolicy", attach_input("Group", "readers", arn), "AttachGroupPolicy");
	reply = IAM("ListAttachedGroupPolicies", "{\"GroupName\":\"readers\"}");
	is(text(&reply, "ListAttachedGroupPoliciesResult.AttachedPolicies.0.PolicyArn"),
		str_of(arn), "ListAttachedGroupPolicies");
	is(code_of(&keys, "ListUsers", "{}"), S("AccessDenied"), "not a member yet");
	IAM("AddUserToGroup", "{\"GroupName\":\"readers\",\"UserName\":\"carol\"}");
	is(code_of(&keys, "ListUsers", "{}"), S("fine"), "a group's policies are its members'");
	IAM("PutGroupPolicy",
		policy_input("GroupName", "readers", "deny",
			"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
			"\"Deny\",\"Action\":\"iam:ListUsers\",\"Resource\":\"*\"}}"));
	is(code_of(&keys, "ListUsers", "{}"), S("AccessDenied"), "inline ones, too");
	IAM("DeleteGroupPolicy", "{\"GroupName\":\"readers\",\"PolicyName\":\"deny\"}");
	is(code_of(&keys, "ListUsers", "{}"), S("fine"), "until they are deleted");
	IAM("RemoveUserFromGroup", "{\"GroupName\":\"readers\",\"UserName\":\"carol\"}");
	is(code_of(&keys, "ListUsers", "{}"), S("AccessDenied"), "nobody's member any more");
	no("DeleteGroup", "{\"GroupName\":\"readers\"}", 409, "DeleteConflict",
		"Cannot delete entity, must detach all policies first.", "a group with policies");
	yes("DetachGroupPolicy", attach_input("Group", "readers", arn), "DetachGroupPolicy");
	yes("DeleteGroup", "{\"GroupName\":\"readers\"}", "then it goes");
}

/* A role with a managed policy, assumed. */
static void test_role_counts(void)
{
	struct credentials session,
		robot = new_user_with(&vendor, "robot", ALLOW_ACTION("sts:AssumeRole"));
	struct reply reply;

	IAM("CreateRole", role_input("managed", TRUST_VENDOR));
	IAM("AttachRolePolicy", attach_input("Role", "managed", AWSS("IAMFullAccess")));
	reply = assume(&robot, "arn:aws:iam::" CUSTOMER ":role/managed",
		",\"ExternalId\":\"cid-a\"");
	session = session_of(&reply);
	is(code_of(&session, "ListRoles", "{}"), S("fine"),
		"AWS's policy allows the session what it says");
	IAM("DetachRolePolicy", attach_input("Role", "managed", AWSS("IAMFullAccess")));
	is(code_of(&session, "ListRoles", "{}"), S("AccessDenied"),
		"detached, it ends for live sessions");
}

/* ---- boundaries. */

static void test_boundary_shape(void)
{
	struct reply reply;

	IAM("CreatePolicy", policy_new("edge", ALLOW_ACTION("iam:ListRoles")));
	reply = IAM("CreateRole", json_of("{\"RoleName\":\"edged\",\"PermissionsBoundary\":\"%s\","
					  "\"AssumeRolePolicyDocument\":%.*s}",
					  MINE("edge"), STR(quote(TRUST_EKS))));
	fine(&reply, "CreateRole with a boundary");
	reply = IAM("GetRole", "{\"RoleName\":\"edged\"}");
	is(text(&reply, "GetRoleResult.Role.PermissionsBoundary.PermissionsBoundaryArn"),
		S(MINE("edge")), "GetRole shows it");
	is(text(&reply, "GetRoleResult.Role.PermissionsBoundary.PermissionsBoundaryType"),
		S("Policy"), "as a policy");
	reply = IAM("ListRoles", "{}");
	ok(str_find(reply.body, S("PermissionsBoundary")) == SIZE_MAX, "ListRoles does not");
	reply = IAM("GetPolicy", arn_input(MINE("edge")));
	is(text(&reply, "GetPolicyResult.Policy.PermissionsBoundaryUsageCount"), S("1"),
		"its policy counts it");
	is(text(&reply, "GetPolicyResult.Policy.AttachmentCount"), S("0"), "not as attached");
	no("DeletePolicy", arn_input(MINE("edge")), 409, "DeleteConflict",
		"Cannot delete a policy attached to entities.", "a boundary's policy stays");
	reply = IAM("ListEntitiesForPolicy",
		json_of("{\"PolicyArn\":\"%s\",\"PolicyUsageFilter\":\"PermissionsBoundary\"}",
			MINE("edge")));
	is(text(&reply, "ListEntitiesForPolicyResult.PolicyRoles.0.RoleName"), S("edged"),
		"ListEntitiesForPolicy, as a boundary");
	no("PutRolePermissionsBoundary",
		json_of("{\"RoleName\":\"edged\",\"PermissionsBoundary\":\"%s\"}", MINE("nobody")),
		404, "NoSuchEntity",
		"Scope ARN: " MINE("nobody") " does not exist or is not attachable.",
		"an unknown boundary");
	no("CreateRole",
		json_of("{\"RoleName\":\"scoped\",\"PermissionsBoundary\":\"%s\","
			"\"AssumeRolePolicyDocument\":%.*s}",
			MINE("nobody"), STR(quote(TRUST_EKS))),
		404, "NoSuchEntity",
		"Scope ARN: " MINE("nobody") " does not exist or is not attachable.",
		"of a new role, too");
	yes("DeleteRolePermissionsBoundary", "{\"RoleName\":\"edged\"}",
		"DeleteRolePermissionsBoundary");
	reply = IAM("GetRole", "{\"RoleName\":\"edged\"}");
	ok(!member(&reply, "GetRoleResult.Role.PermissionsBoundary"), "is gone");
	yes("PutRolePermissionsBoundary",
		json_of("{\"RoleName\":\"edged\",\"PermissionsBoundary\":\"%s\"}", MINE("edge")),
		"PutRolePermissionsBoundary");
	yes("DeleteRole", "{\"RoleName\":\"edged\"}", "a boundary keeps no role");
}

static void test_boundary_limits(void)
{
	struct credentials keys = new_user_with(&customer, "dora", ALLOW_ACTION("iam:*"));
	struct reply reply;

	is(code_of(&keys, "ListUsers", "{}"), S("fine"), "without a boundary");
	yes("PutUserPermissionsBoundary",
		json_of("{\"UserName\":\"dora\",\"PermissionsBoundary\":\"%s\"}", MINE("edge")),
		"PutUserPermissionsBoundary");
	reply = call(&keys, "iam", "ListUsers", "{}");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER
		":user/dora is not authorized to perform: iam:ListUsers on resource: "
		"arn:aws:iam::" CUSTOMER
		":user/ because no permissions boundary allows the iam:ListUsers action",
		"what the boundary does not allow is denied [S-88]");
	is(code_of(&keys, "ListRoles", "{}"), S("fine"), "what both allow is allowed");
	IAM("CreatePolicyVersion",
		version_new(MINE("edge"),
			"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			"\"Action\":\"*\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":"
			"\"iam:ListRoles\",\"Resource\":\"*\"}]}",
			true));
	reply = call(&keys, "iam", "ListRoles", "{}");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER
		":user/dora is not authorized to perform: iam:ListRoles on resource: "
		"arn:aws:iam::" CUSTOMER ":role/ with an explicit deny in a permissions boundary",
		"and its deny wins [S-90]");
	yes("DeleteUserPermissionsBoundary", "{\"UserName\":\"dora\"}",
		"DeleteUserPermissionsBoundary");
	is(code_of(&keys, "ListRoles", "{}"), S("fine"), "without it all is as before");
}

/* ---- AWS's policies that are not there any more: they might have denied something [S-142]. */

static void test_forgotten(void)
{
	struct credentials keys = new_user_with(&customer, "olga", ALLOW_ACTION("iam:*"));
	struct credentials bounded = new_user_with(&customer, "oleg", ALLOW_ACTION("iam:*"));
	static const char policy[] =
		"{\"PolicyVersion\":{\"VersionId\":\"v1\",\"CreateDate\":\"2026-01-01T00:00:00Z\","
		"\"Document\":" ALLOW_ACTION("*") "}}";
	str folder;
	struct err err;

	if (!ok(dir_make_temp(&arena, S("deputy-managed"), &folder, &err) &&
			    file_write(arena_printf(&arena, "%.*s/Extra.json", STR(folder)),
				    str_of(policy), 0600, &err) &&
			    account_managed_policies(account, folder, &err),
		    "a policy from a folder"))
		return;
	IAM("AttachUserPolicy", attach_input("User", "olga", AWSS("Extra")));
	IAM("PutUserPermissionsBoundary",
		json_of("{\"UserName\":\"oleg\",\"PermissionsBoundary\":\"%s\"}", AWSS("Extra")));
	is(code_of(&keys, "ListUsers", "{}"), S("fine"), "is attached");
	is(code_of(&bounded, "ListUsers", "{}"), S("fine"), "and a boundary");
	account_close(account);
	if (!ok(account_open(dir, &account, &err), "started again without the folder"))
		exit(1);
	is(code_of(&keys, "ListUsers", "{}"), S("AccessDenied"),
		"whoever has it attached may do nothing");
	is(code_of(&bounded, "ListUsers", "{}"), S("AccessDenied"), "nor who is bounded by it");
	dir_remove(folder);
	yes("DetachUserPolicy", attach_input("User", "olga", AWSS("Extra")),
		"it can still be detached");
	is(code_of(&keys, "ListUsers", "{}"), S("fine"), "and then all is well");
}

/* ---- condition keys: who may give policies only under a boundary, and only some. */

static void test_condition_keys(void)
{
	struct credentials keys = new_user_with(&customer, "delegate",
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["
		"\"iam:CreateRole\",\"iam:PutRolePermissionsBoundary\",\"iam:PutRolePolicy\"],"
		"\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"iam:PermissionsBoundary\":"
		"\"" MINE(
			"edge") "\"}}},{\"Effect\":\"Allow\",\"Action\":[\"iam:AttachRolePolicy\","
				"\"iam:DetachRolePolicy\"],\"Resource\":\"*\",\"Condition\":{"
				"\"ArnEquals\":"
				"{\"iam:PolicyARN\":\"" AWSS(
					"AmazonS3ReadOnlyAccess") "\"}}},{\"Effect\":\"Allow\","
								  "\"Action\":\"iam:"
								  "CreateServiceLinkedRole\","
								  "\"Resource\":\"*\","
								  "\"Condition\":"
								  "{\"StringEquals\":{\"iam:"
								  "AWSServiceName\":\"batch."
								  "amazonaws.com\"}}}]}");
	const char *bounded = json_of("{\"RoleName\":\"made\",\"PermissionsBoundary\":\"%s\","
				      "\"AssumeRolePolicyDocument\":%.*s}",
		MINE("edge"), STR(quote(TRUST_EKS)));

	is(code_of(&keys, "CreateRole", role_input("made", TRUST_EKS)), S("AccessDenied"),
		"iam:PermissionsBoundary is absent without one");
	is(code_of(&keys, "CreateRole", bounded), S("fine"), "and is the one of the request");
	is(code_of(&keys, "PutRolePolicy",
		   policy_input("RoleName", "made", "p", ALLOW_ACTION("s3:*"))),
		S("fine"), "for PutRolePolicy it is the role's");
	IAM("CreateRole", role_input("free", TRUST_EKS));
	is(code_of(&keys, "PutRolePolicy",
		   policy_input("RoleName", "free", "p", ALLOW_ACTION("s3:*"))),
		S("AccessDenied"), "which a role without has not");
	is(code_of(&keys, "PutRolePermissionsBoundary",
		   json_of("{\"RoleName\":\"made\",\"PermissionsBoundary\":\"%s\"}",
			   AWSS("AdministratorAccess"))),
		S("AccessDenied"), "another boundary cannot be put in its place");
	is(code_of(&keys, "AttachRolePolicy",
		   attach_input("Role", "made", AWSS("AmazonS3ReadOnlyAccess"))),
		S("fine"), "iam:PolicyARN is the policy's");
	is(code_of(&keys, "AttachRolePolicy",
		   attach_input("Role", "made", AWSS("AdministratorAccess"))),
		S("AccessDenied"), "not any policy's");
	is(code_of(&keys, "CreateServiceLinkedRole",
		   "{\"AWSServiceName\":\"batch.amazonaws.com\"}"),
		S("fine"), "iam:AWSServiceName is the service");
	is(code_of(&keys, "CreateServiceLinkedRole", "{\"AWSServiceName\":\"eks.amazonaws.com\"}"),
		S("AccessDenied"), "not any service");
}

int main(void)
{
	accounts_open();
	test_create();
	test_create_errors();
	test_versions();
	test_aws_managed();
	test_attach();
	test_quota();
	test_pages();
	test_version_pages();
	test_attached_pages();
	test_counts();
	test_role_counts();
	test_boundary_shape();
	test_boundary_limits();
	test_condition_keys();
	test_forgotten();
	accounts_close();
	return tap_done();
}
