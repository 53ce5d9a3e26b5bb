/*
 * iam_entities.c -- groups, instance profiles, users and their keys, role updates, identity
 * providers, service-linked roles, the account's settings, and the lists that are empty.
 *
 * Fields, codes and sentences are AWS's (recorded answers; aws-wire.md 3.1, 3.4, 4.3, 4.4).
 */
#include "account.h"

#define READ                                                                                    \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\"," \
	"\"Resource\":\"*\"}]}"
#define PROVIDER "arn:aws:iam::" CUSTOMER ":oidc-provider/oidc.example.com/id/A1"

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

/* What stands at `path` of an answer. */
static void has(const char *operation, const char *input, const char *path, const char *want,
	const char *what)
{
	struct reply reply = IAM(operation, input);

	is(text(&reply, path), str_of(want), "%s", what);
}

/* ---- groups. */

static void test_groups(void)
{
	struct reply reply = IAM("CreateGroup", "{\"GroupName\":\"Devs\",\"Path\":\"/t/\"}");

	is(text(&reply, "CreateGroupResult.Group.Arn"), S("arn:aws:iam::" CUSTOMER ":group/t/Devs"),
		"CreateGroup");
	ok(str_starts(text(&reply, "CreateGroupResult.Group.GroupId"), S("AGPA")), "its id");
	no("CreateGroup", "{\"GroupName\":\"devs\"}", 409, "EntityAlreadyExists",
		"Group with name devs already exists.", "names are unique without case");
	no("GetGroup", "{\"GroupName\":\"nobody\"}", 404, "NoSuchEntity",
		"The group with name nobody cannot be found.", "no such group");
	no("CreateGroup", "{\"GroupName\":\"a b\"}", 400, "ValidationError",
		"The specified value for groupName is invalid. It must contain only alphanumeric "
		"characters and/or the following: +=,.@_-",
		"a space in the name");
	IAM("CreateUser", "{\"UserName\":\"ann\"}");
	IAM("CreateUser", "{\"UserName\":\"bob\"}");
	yes("AddUserToGroup", "{\"GroupName\":\"Devs\",\"UserName\":\"bob\"}", "AddUserToGroup");
	yes("AddUserToGroup", "{\"GroupName\":\"Devs\",\"UserName\":\"ann\"}", "another");
	yes("AddUserToGroup", "{\"GroupName\":\"Devs\",\"UserName\":\"ann\"}", "twice is once");
	no("AddUserToGroup", "{\"GroupName\":\"Devs\",\"UserName\":\"nobody\"}", 404,
		"NoSuchEntity", "The user with name nobody cannot be found.", "nobody");
	reply = IAM("GetGroup", "{\"GroupName\":\"Devs\",\"MaxItems\":\"1\"}");
	is(text(&reply, "GetGroupResult.Users.0.UserName"), S("ann"), "GetGroup, a page of one");
	is(text(&reply, "GetGroupResult.IsTruncated"), S("true"), "truncated");
	reply = IAM("GetGroup", json_of("{\"GroupName\":\"Devs\",\"Marker\":\"%.*s\"}",
					STR(text(&reply, "GetGroupResult.Marker"))));
	is(text(&reply, "GetGroupResult.Users.0.UserName"), S("bob"), "the next page");
	has("ListGroupsForUser", "{\"UserName\":\"ann\"}",
		"ListGroupsForUserResult.Groups.0.GroupName", "Devs", "ListGroupsForUser");
	has("ListGroups", "{\"PathPrefix\":\"/t/\"}", "ListGroupsResult.Groups.0.GroupName", "Devs",
		"ListGroups");
	yes("PutGroupPolicy", policy_input("GroupName", "Devs", "p", READ), "PutGroupPolicy");
	no("PutGroupPolicy",
		policy_input("GroupName", "Devs", "q",
			json_of("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
				"\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::%s\"}]}",
				repeat('b', 5120))),
		409, "LimitExceeded", "Maximum policy size of 5120 bytes exceeded for group Devs",
		"5,120 characters at most");
	has("GetGroupPolicy", "{\"GroupName\":\"Devs\",\"PolicyName\":\"p\"}",
		"GetGroupPolicyResult.GroupName", "Devs", "GetGroupPolicy");
	no("GetGroupPolicy", "{\"GroupName\":\"Devs\",\"PolicyName\":\"x\"}", 404, "NoSuchEntity",
		"The group policy with name x cannot be found.", "no such policy");
	has("ListGroupPolicies", "{\"GroupName\":\"Devs\"}",
		"ListGroupPoliciesResult.PolicyNames.0", "p", "ListGroupPolicies");
}

static void test_group_changes(void)
{
	yes("UpdateGroup", "{\"GroupName\":\"Devs\",\"NewGroupName\":\"Ops\",\"NewPath\":\"/\"}",
		"UpdateGroup");
	has("GetGroup", "{\"GroupName\":\"Ops\"}", "GetGroupResult.Group.Arn",
		"arn:aws:iam::" CUSTOMER ":group/Ops", "has a new ARN");
	has("GetGroup", "{\"GroupName\":\"Ops\"}", "GetGroupResult.Users.1.UserName", "bob",
		"and its members");
	no("GetGroup", "{\"GroupName\":\"Devs\"}", 404, "NoSuchEntity",
		"The group with name Devs cannot be found.", "the old name is free");
	no("DeleteGroup", "{\"GroupName\":\"Ops\"}", 409, "DeleteConflict",
		"Cannot delete entity, must remove users from group first.",
		"a group with members stays");
	no("DeleteUser", "{\"UserName\":\"ann\"}", 409, "DeleteConflict",
		"Cannot delete entity, must remove users from group first.", "and its members");
	yes("RemoveUserFromGroup", "{\"GroupName\":\"Ops\",\"UserName\":\"ann\"}",
		"RemoveUserFromGroup");
	yes("RemoveUserFromGroup", "{\"GroupName\":\"Ops\",\"UserName\":\"bob\"}", "the other");
	ok(str_eq(IAM("RemoveUserFromGroup", "{\"GroupName\":\"Ops\",\"UserName\":\"bob\"}").code,
		   S("NoSuchEntity")),
		"nobody is removed twice");
	no("DeleteGroup", "{\"GroupName\":\"Ops\"}", 409, "DeleteConflict",
		"Cannot delete entity, must delete policies first.", "a group with policies stays");
	yes("DeleteGroupPolicy", "{\"GroupName\":\"Ops\",\"PolicyName\":\"p\"}",
		"DeleteGroupPolicy");
	yes("DeleteGroup", "{\"GroupName\":\"Ops\"}", "DeleteGroup");
	for (int i = 0; i < 11; i++)
		IAM("CreateGroup", json_of("{\"GroupName\":\"g%d\"}", i));
	for (int i = 0; i < 10; i++)
		IAM("AddUserToGroup", json_of("{\"GroupName\":\"g%d\",\"UserName\":\"ann\"}", i));
	no("AddUserToGroup", "{\"GroupName\":\"g10\",\"UserName\":\"ann\"}", 409, "LimitExceeded",
		"Cannot exceed quota for GroupsPerUser: 10", "ten groups at most");
}

/* ---- instance profiles. */

static void test_profiles(void)
{
	struct reply reply = IAM("CreateInstanceProfile",
		"{\"InstanceProfileName\":\"Node\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}");

	is(text(&reply, "CreateInstanceProfileResult.InstanceProfile.Arn"),
		S("arn:aws:iam::" CUSTOMER ":instance-profile/Node"), "CreateInstanceProfile");
	ok(str_starts(text(&reply, "CreateInstanceProfileResult.InstanceProfile.InstanceProfileId"),
		   S("AIPA")),
		"its id");
	no("CreateInstanceProfile", "{\"InstanceProfileName\":\"node\"}", 409,
		"EntityAlreadyExists", "Instance Profile node already exists.", "twice");
	no("GetInstanceProfile", "{\"InstanceProfileName\":\"x\"}", 404, "NoSuchEntity",
		"Instance Profile x cannot be found.", "no such profile");
	IAM("CreateRole", role_input("noderole", TRUST_EKS));
	yes("AddRoleToInstanceProfile",
		"{\"InstanceProfileName\":\"Node\",\"RoleName\":\"noderole\"}",
		"AddRoleToInstanceProfile");
	no("AddRoleToInstanceProfile",
		"{\"InstanceProfileName\":\"Node\",\"RoleName\":\"noderole\"}", 409,
		"LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
		"one role at most");
	reply = IAM("GetInstanceProfile", "{\"InstanceProfileName\":\"Node\"}");
	is(text(&reply, "GetInstanceProfileResult.InstanceProfile.Roles.0.RoleName"), S("noderole"),
		"GetInstanceProfile shows it");
	is(text(&reply, "GetInstanceProfileResult.InstanceProfile.Tags.0.Value"), S("b"),
		"and tags");
	has("ListInstanceProfilesForRole", "{\"RoleName\":\"noderole\"}",
		"ListInstanceProfilesForRoleResult.InstanceProfiles.0.InstanceProfileName", "Node",
		"ListInstanceProfilesForRole");
	has("ListInstanceProfiles", "{}",
		"ListInstanceProfilesResult.InstanceProfiles.0.InstanceProfileName", "Node",
		"ListInstanceProfiles");
	no("DeleteRole", "{\"RoleName\":\"noderole\"}", 409, "DeleteConflict",
		"Cannot delete entity, must remove roles from instance profile first.",
		"a role in a profile stays");
	no("DeleteInstanceProfile", "{\"InstanceProfileName\":\"Node\"}", 409, "DeleteConflict",
		"Cannot delete entity, must remove roles from instance profile first.",
		"and the profile");
	yes("TagInstanceProfile",
		"{\"InstanceProfileName\":\"Node\",\"Tags\":[{\"Key\":\"c\",\"Value\":\"d\"}]}",
		"TagInstanceProfile");
	yes("UntagInstanceProfile", "{\"InstanceProfileName\":\"Node\",\"TagKeys\":[\"a\"]}",
		"UntagInstanceProfile");
	has("ListInstanceProfileTags", "{\"InstanceProfileName\":\"Node\"}",
		"ListInstanceProfileTagsResult.Tags.0.Key", "c", "ListInstanceProfileTags");
	yes("RemoveRoleFromInstanceProfile",
		"{\"InstanceProfileName\":\"Node\",\"RoleName\":\"noderole\"}",
		"RemoveRoleFromInstanceProfile");
	no("RemoveRoleFromInstanceProfile",
		"{\"InstanceProfileName\":\"Node\",\"RoleName\":\"noderole\"}", 404, "NoSuchEntity",
		"The role with name noderole cannot be found.", "it has none any more");
	yes("DeleteInstanceProfile", "{\"InstanceProfileName\":\"Node\"}", "DeleteInstanceProfile");
	yes("DeleteRole", "{\"RoleName\":\"noderole\"}", "and the role goes");
}

/* A role goes into a profile with iam:PassRole for EC2 only [S-140]. */
static void test_pass_role(void)
{
	struct credentials keys = new_user_with(&customer, "packer",
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
		"\"iam:AddRoleToInstanceProfile\",\"Resource\":\"*\"},{\"Effect\":\"Allow\","
		"\"Action\":\"iam:PassRole\",\"Resource\":\"arn:aws:iam::" CUSTOMER
		":role/ok\",\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":"
		"\"ec2.amazonaws.com\"}}}]}");
	struct reply reply;

	IAM("CreateRole", role_input("ok", TRUST_EKS));
	IAM("CreateRole", role_input("other", TRUST_EKS));
	IAM("CreateInstanceProfile", "{\"InstanceProfileName\":\"p\"}");
	reply = call(&keys, "iam", "AddRoleToInstanceProfile",
		"{\"InstanceProfileName\":\"p\",\"RoleName\":\"other\"}");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER
		":user/packer is not authorized to perform: iam:PassRole on resource: "
		"arn:aws:iam::" CUSTOMER
		":role/other because no identity-based policy allows the iam:PassRole action",
		"a role that may not be passed");
	reply = call(&keys, "iam", "AddRoleToInstanceProfile",
		"{\"InstanceProfileName\":\"p\",\"RoleName\":\"ok\"}");
	fine(&reply, "one that may be passed to EC2");
}

/* ---- users. */

static void test_users(void)
{
	struct credentials keys = new_user_with(&customer, "zoe", NULL);
	struct reply reply;

	reply = IAM("ListUsers", "{\"MaxItems\":\"1\"}");
	is(text(&reply, "ListUsersResult.Users.0.UserName"), S("admin"), "ListUsers, by page");
	is(text(&reply, "ListUsersResult.IsTruncated"), S("true"), "truncated");
	yes("TagUser", "{\"UserName\":\"zoe\",\"Tags\":[{\"Key\":\"team\",\"Value\":\"x\"}]}",
		"TagUser");
	has("ListUserTags", "{\"UserName\":\"zoe\"}", "ListUserTagsResult.Tags.0.Value", "x",
		"ListUserTags");
	has("GetUser", "{\"UserName\":\"zoe\"}", "GetUserResult.User.Tags.0.Key", "team",
		"GetUser shows tags");
	yes("PutUserPolicy", policy_input("UserName", "zoe", "p", READ), "PutUserPolicy");
	has("ListUserPolicies", "{\"UserName\":\"zoe\"}", "ListUserPoliciesResult.PolicyNames.0",
		"p", "ListUserPolicies");
	has("GetUserPolicy", "{\"UserName\":\"zoe\",\"PolicyName\":\"p\"}",
		"GetUserPolicyResult.UserName", "zoe", "GetUserPolicy");
	yes("UntagUser", "{\"UserName\":\"zoe\",\"TagKeys\":[\"team\"]}", "UntagUser");
	yes("UpdateUser", "{\"UserName\":\"zoe\",\"NewUserName\":\"Zora\",\"NewPath\":\"/n/\"}",
		"UpdateUser");
	reply = call(&keys, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"), S("arn:aws:iam::" CUSTOMER ":user/n/Zora"),
		"the key goes with the new name");
	no("GetUser", "{\"UserName\":\"zoe\"}", 404, "NoSuchEntity",
		"The user with name zoe cannot be found.", "the old one is free");
	no("UpdateUser", "{\"UserName\":\"Zora\",\"NewUserName\":\"ADMIN\"}", 409,
		"EntityAlreadyExists", "User with name ADMIN already exists.",
		"another's name is taken");
}

static void test_keys(void)
{
	struct credentials keys = new_user_with(&customer, "kim", NULL);
	const char *id = arena_copy(&arena, keys.access_key_id).p;
	struct reply reply;

	has("GetAccessKeyLastUsed", json_of("{\"AccessKeyId\":\"%s\"}", id),
		"GetAccessKeyLastUsedResult.AccessKeyLastUsed.ServiceName", "N/A",
		"GetAccessKeyLastUsed of one that was not used");
	has("GetAccessKeyLastUsed", json_of("{\"AccessKeyId\":\"%s\"}", id),
		"GetAccessKeyLastUsedResult.UserName", "kim", "says whose it is");
	yes("UpdateAccessKey",
		json_of("{\"UserName\":\"kim\",\"AccessKeyId\":\"%s\",\"Status\":\"Inactive\"}",
			id),
		"UpdateAccessKey");
	reply = call(&keys, "sts", "GetCallerIdentity", "{}");
	refused(&reply, 403, "InvalidClientTokenId",
		"The security token included in the request is invalid.",
		"an inactive key is none");
	has("ListAccessKeys", "{\"UserName\":\"kim\"}",
		"ListAccessKeysResult.AccessKeyMetadata.0.Status", "Inactive", "listed as such");
	yes("UpdateAccessKey",
		json_of("{\"UserName\":\"kim\",\"AccessKeyId\":\"%s\",\"Status\":\"Active\"}", id),
		"active again");
	reply = call(&keys, "sts", "GetCallerIdentity", "{}");
	fine(&reply, "works again");
	no("UpdateAccessKey",
		json_of("{\"UserName\":\"kim\",\"AccessKeyId\":\"%s\",\"Status\":\"Gone\"}", id),
		400, "ValidationError",
		"1 validation error detected: Value 'Gone' at 'status' failed to satisfy "
		"constraint: Member must satisfy enum value set",
		"no such status");
	no("UpdateAccessKey",
		json_of("{\"UserName\":\"admin\",\"AccessKeyId\":\"%s\",\"Status\":\"Active\"}",
			id),
		404, "NoSuchEntity", json_of("The Access Key with id %s cannot be found.", id),
		"another's key");
}

/* ---- roles. */

static void test_update_role(void)
{
	struct reply reply;

	IAM("CreateRole", role_input("up", TRUST_EKS));
	reply = IAM("UpdateRole", "{\"RoleName\":\"up\",\"MaxSessionDuration\":\"7200\"}");
	ok(member(&reply, "UpdateRoleResult") != NULL, "UpdateRole has an empty result");
	reply = IAM("UpdateRoleDescription", "{\"RoleName\":\"up\",\"Description\":\"new\"}");
	is(text(&reply, "UpdateRoleDescriptionResult.Role.Description"), S("new"),
		"UpdateRoleDescription answers the role");
	has("GetRole", "{\"RoleName\":\"up\"}", "GetRoleResult.Role.MaxSessionDuration", "7200",
		"and keeps the duration");
	yes("DeleteRole", "{\"RoleName\":\"up\"}", "away");
}

/* Of every service that the account knows: the role has its policy, and the policy a document that
 * allows that service something. */
static void test_every_linked_role(void)
{
	static const struct {
		const char *service, *role, *policy;
	} rows[] = {
#define ROW(service, role, policy, suffix) { service, role, policy },
#include "gen/linked_roles.inc"
#undef ROW
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *arn =
			json_of("{\"PolicyArn\":\"arn:aws:iam::aws:policy/%s\"}", rows[i].policy);
		struct reply reply = IAM("CreateServiceLinkedRole",
			json_of("{\"AWSServiceName\":\"%s\"}", rows[i].service));
		str version;

		is(text(&reply, "CreateServiceLinkedRoleResult.Role.RoleName"),
			str_of(rows[i].role), "%s has its role", rows[i].service);
		reply = IAM("GetPolicy", arn);
		version = text(&reply, "GetPolicyResult.Policy.DefaultVersionId");
		is(text(&reply, "GetPolicyResult.Policy.Path"), S("/aws-service-role/"),
			"and its policy");
		reply = IAM("GetPolicyVersion",
			json_of("{\"PolicyArn\":\"arn:aws:iam::aws:policy/%s\",\"VersionId\":"
				"\"%.*s\"}",
				rows[i].policy, STR(version)));
		ok(str_find(text(&reply, "GetPolicyVersionResult.PolicyVersion.Document"),
			   S("%22Allow%22")) != SIZE_MAX,
			"which allows something");
		IAM("DeleteServiceLinkedRole", json_of("{\"RoleName\":\"%s\"}", rows[i].role));
	}
}

/* AWS Managed Policy Reference, as of March 2026: single facts of the documents. */
static void test_linked_documents(void)
{
	static const struct {
		const char *policy, *version, *part;
	} rows[] = {
		{ "AWSServiceRoleForAmazonEKSNodegroup", "v11", "eks%3Anodegroup-name" },
		{ "AWSEC2SpotServiceRolePolicy", "v4", "ec2%3ARunInstances" },
		{ "AmazonLexBotPolicy", "v1", "polly%3ASynthesizeSpeech" },
		{ "AWSElasticLoadBalancingServiceRolePolicy", "v14", "ec2%3ADescribeAddresses" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reply reply = IAM("GetPolicyVersion",
			json_of("{\"PolicyArn\":\"arn:aws:iam::aws:policy/aws-service-role/%s\","
				"\"VersionId\":\"%s\"}",
				rows[i].policy, rows[i].version));

		ok(str_find(text(&reply, "GetPolicyVersionResult.PolicyVersion.Document"),
			   str_of(rows[i].part)) != SIZE_MAX,
			"%s has %s", rows[i].policy, rows[i].part);
	}
}

static void test_linked_roles(void)
{
	struct reply reply;
	str task;

	IAM("CreateServiceLinkedRole", "{\"AWSServiceName\":\"autoscaling.amazonaws.com\"}");
	has("ListAttachedRolePolicies", "{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}",
		"ListAttachedRolePoliciesResult.AttachedPolicies.0.PolicyArn",
		"arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy",
		"a service-linked role has its policy");
	no("DetachRolePolicy",
		"{\"RoleName\":\"AWSServiceRoleForAutoScaling\",\"PolicyArn\":"
		"\"arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy\"}",
		400, "UnmodifiableEntity",
		"Cannot perform the operation on the protected role "
		"'AWSServiceRoleForAutoScaling' - this role is only modifiable by AWS",
		"for good");
	no("DeleteRole", "{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}", 400,
		"UnmodifiableEntity",
		"Cannot perform the operation on the protected role "
		"'AWSServiceRoleForAutoScaling' - this role is only modifiable by AWS",
		"DeleteRole does not take it away");
	reply = IAM("DeleteServiceLinkedRole", "{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}");
	task = text(&reply, "DeleteServiceLinkedRoleResult.DeletionTaskId");
	ok(str_starts(task, S("task/aws-service-role/autoscaling.amazonaws.com/"
			      "AWSServiceRoleForAutoScaling/")),
		"DeleteServiceLinkedRole answers a task");
	has("GetServiceLinkedRoleDeletionStatus",
		json_of("{\"DeletionTaskId\":\"%.*s\"}", STR(task)),
		"GetServiceLinkedRoleDeletionStatusResult.Status", "SUCCEEDED", "that is done");
	no("GetRole", "{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}", 404, "NoSuchEntity",
		"The role with name AWSServiceRoleForAutoScaling cannot be found.", "is gone");
	reply = IAM("GetServiceLinkedRoleDeletionStatus",
		"{\"DeletionTaskId\":\"task/aws-service-role/eks.amazonaws.com/"
		"AWSServiceRoleForAmazonEKS/01234567-89ab-cdef-0123-456789abcdef\"}");
	is(reply.code, S("NoSuchEntity"), "a task that nobody was given");
}

/* API Reference: lists of tags are sorted by key. */
static void test_tag_order(void)
{
	struct reply reply;

	IAM("CreateUser", "{\"UserName\":\"tess\",\"Tags\":[{\"Key\":\"c\",\"Value\":\"3\"},"
			  "{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":\"2\"}]}");
	reply = IAM("ListUserTags", "{\"UserName\":\"tess\",\"MaxItems\":\"2\"}");
	is(text(&reply, "ListUserTagsResult.Tags.0.Key"), S("a"), "the first");
	is(text(&reply, "ListUserTagsResult.Tags.1.Key"), S("b"), "the second");
	IAM("UntagUser", "{\"UserName\":\"tess\",\"TagKeys\":[\"a\"]}");
	has("ListUserTags",
		json_of("{\"UserName\":\"tess\",\"Marker\":\"%.*s\"}",
			STR(text(&reply, "ListUserTagsResult.Marker"))),
		"ListUserTagsResult.Tags.0.Key", "c", "and the rest, whatever went meanwhile");
}

/* AddRoleToInstanceProfile's iam:AssociatedResourceArn is all of the account's instances. */
static void test_profile_pass(void)
{
	struct credentials keys = new_user_with(&customer, "passer",
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
		"\"iam:AddRoleToInstanceProfile\",\"Resource\":\"*\"},{\"Effect\":\"Allow\","
		"\"Action\":\"iam:PassRole\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{"
		"\"iam:AssociatedResourceArn\":\"arn:aws:ec2:*:" CUSTOMER ":instance/*\"}}}]}");
	struct reply reply;

	IAM("CreateRole", role_input("passed", TRUST_EKS));
	IAM("CreateInstanceProfile", "{\"InstanceProfileName\":\"passed\"}");
	reply = call(&keys, "iam", "AddRoleToInstanceProfile",
		"{\"InstanceProfileName\":\"passed\",\"RoleName\":\"passed\"}");
	fine(&reply, "a role is passed to all instances");
}

/* ---- identity providers. */

static void test_providers(void)
{
	const char *arn = "\"OpenIDConnectProviderArn\":\"" PROVIDER "\"";
	struct buf ids = { .arena = &arena };

	IAM("CreateOpenIDConnectProvider",
		"{\"Url\":\"https://oidc.example.com/id/A1\",\"ClientIDList\":[\"one\"],"
		"\"ThumbprintList\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}");
	no("CreateOpenIDConnectProvider",
		json_of("{\"Url\":\"https://b.example.com\",\"ThumbprintList\":[\"%s\",\"%s\","
			"\"%s\",\"%s\",\"%s\",\"%s\"]}",
			repeat('1', 40), repeat('2', 40), repeat('3', 40), repeat('4', 40),
			repeat('5', 40), repeat('6', 40)),
		400, "InvalidInput", "Thumbprint list must contain fewer than 5 entries.",
		"six thumbprints");
	for (int i = 0; i < 101; i++)
		buf_printf(&ids, "%s\"c%d\"", i ? "," : "", i);
	no("CreateOpenIDConnectProvider",
		json_of("{\"Url\":\"https://b.example.com\",\"ClientIDList\":[%.*s]}",
			STR(buf_view(&ids))),
		409, "LimitExceeded",
		"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100", "101 client ids");
	yes("AddClientIDToOpenIDConnectProvider", json_of("{%s,\"ClientID\":\"two\"}", arn),
		"AddClientIDToOpenIDConnectProvider");
	has("GetOpenIDConnectProvider", json_of("{%s}", arn),
		"GetOpenIDConnectProviderResult.ClientIDList.1", "two", "added");
	yes("RemoveClientIDFromOpenIDConnectProvider", json_of("{%s,\"ClientID\":\"one\"}", arn),
		"RemoveClientIDFromOpenIDConnectProvider");
	yes("RemoveClientIDFromOpenIDConnectProvider", json_of("{%s,\"ClientID\":\"one\"}", arn),
		"one that is not there is no error");
	has("GetOpenIDConnectProvider", json_of("{%s}", arn),
		"GetOpenIDConnectProviderResult.ClientIDList.0", "two", "removed");
	yes("UpdateOpenIDConnectProviderThumbprint",
		json_of("{%s,\"ThumbprintList\":[\"%s\"]}", arn, repeat('b', 40)),
		"UpdateOpenIDConnectProviderThumbprint");
	has("GetOpenIDConnectProvider", json_of("{%s}", arn),
		"GetOpenIDConnectProviderResult.ThumbprintList.0", repeat('b', 40), "updated");
	yes("TagOpenIDConnectProvider",
		json_of("{%s,\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}", arn),
		"TagOpenIDConnectProvider");
	has("ListOpenIDConnectProviderTags", json_of("{%s}", arn),
		"ListOpenIDConnectProviderTagsResult.Tags.0.Key", "a",
		"ListOpenIDConnectProviderTags");
	yes("UntagOpenIDConnectProvider", json_of("{%s,\"TagKeys\":[\"a\"]}", arn),
		"UntagOpenIDConnectProvider");
	no("AddClientIDToOpenIDConnectProvider",
		"{\"OpenIDConnectProviderArn\":\"arn:aws:iam::" CUSTOMER
		":oidc-provider/x.example\",\"ClientID\":\"c\"}",
		404, "NoSuchEntity",
		"OpenIDConnect Provider not found for arn arn:aws:iam::" CUSTOMER
		":oidc-provider/x.example",
		"no such provider");
}

/* ---- the account. */

static str summary(const char *key)
{
	struct reply reply = IAM("GetAccountSummary", "{}");

	JSON_EACH(entry, member(&reply, "GetAccountSummaryResult.SummaryMap.entry"))
	{
		if (str_eq(json_str(entry, S("key")), str_of(key)))
			return json_str(entry, S("value"));
	}
	return S("(absent)");
}

static void test_account(void)
{
	struct reply reply;

	no("GetAccountPasswordPolicy", "{}", 404, "NoSuchEntity",
		"The Password Policy with domain name " CUSTOMER " cannot be found.",
		"no password policy at first");
	yes("UpdateAccountPasswordPolicy",
		"{\"MinimumPasswordLength\":\"14\",\"RequireSymbols\":\"true\",\"MaxPasswordAge\":"
		"\"90\"}",
		"UpdateAccountPasswordPolicy");
	reply = IAM("GetAccountPasswordPolicy", "{}");
	is(text(&reply, "GetAccountPasswordPolicyResult.PasswordPolicy.MinimumPasswordLength"),
		S("14"), "its length");
	is(text(&reply, "GetAccountPasswordPolicyResult.PasswordPolicy.ExpirePasswords"), S("true"),
		"passwords expire");
	is(text(&reply, "GetAccountPasswordPolicyResult.PasswordPolicy.RequireNumbers"), S("false"),
		"what is not given is the default");
	no("UpdateAccountPasswordPolicy", "{\"MinimumPasswordLength\":\"5\"}", 400,
		"ValidationError",
		"1 validation error detected: Value '5' at 'minimumPasswordLength' failed to "
		"satisfy constraint: Member must have value greater than or equal to 6",
		"six at least");
	yes("DeleteAccountPasswordPolicy", "{}", "DeleteAccountPasswordPolicy");
	ok(str_eq(IAM("DeleteAccountPasswordPolicy", "{}").code, S("NoSuchEntity")), "once");
	yes("CreateAccountAlias", "{\"AccountAlias\":\"acme\"}", "CreateAccountAlias");
	has("ListAccountAliases", "{}", "ListAccountAliasesResult.AccountAliases.0", "acme",
		"ListAccountAliases");
	reply = call(&vendor, "iam", "CreateAccountAlias", "{\"AccountAlias\":\"acme\"}");
	refused(&reply, 409, "EntityAlreadyExists", "The account alias acme already exists.",
		"aliases are unique among all accounts");
	no("CreateAccountAlias", "{\"AccountAlias\":\"Acme\"}", 400, "ValidationError",
		"1 validation error detected: Value 'Acme' at 'accountAlias' failed to satisfy "
		"constraint: Member must satisfy regular expression pattern: "
		"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
		"capitals are none");
	yes("DeleteAccountAlias", "{\"AccountAlias\":\"acme\"}", "DeleteAccountAlias");
	reply = IAM("ListAccountAliases", "{}");
	ok(!member(&reply, "ListAccountAliasesResult.AccountAliases.0"), "is gone");
	is(summary("Groups"), S("11"), "GetAccountSummary counts groups");
	is(summary("UsersQuota"), S("5000"), "and has quotas");
	is(summary("AssumeRolePolicySizeQuota"), S("2048"), "of sizes, too");
}

/* What `terraform destroy` of a user asks for. */
static void test_nothing(void)
{
	static const struct {
		const char *operation, *list;
	} lists[] = {
		{ "ListSSHPublicKeys", "SSHPublicKeys" },
		{ "ListMFADevices", "MFADevices" },
		{ "ListSigningCertificates", "Certificates" },
		{ "ListServiceSpecificCredentials", "ServiceSpecificCredentials" },
		{ "ListVirtualMFADevices", "VirtualMFADevices" },
	};

	for (size_t i = 0; i < COUNT(lists); i++) {
		struct reply reply = IAM(lists[i].operation, "{\"UserName\":\"ann\"}");

		ok(reply.status == 200 && member(&reply, json_of("%sResult.%s", lists[i].operation,
								 lists[i].list)) != NULL,
			"%s is empty", lists[i].operation);
	}
	no("ListSSHPublicKeys", "{\"UserName\":\"nobody\"}", 404, "NoSuchEntity",
		"The user with name nobody cannot be found.", "of nobody");
	no("GetLoginProfile", "{\"UserName\":\"ann\"}", 404, "NoSuchEntity",
		"Login Profile for User ann cannot be found.", "GetLoginProfile");
	no("DeleteLoginProfile", "{\"UserName\":\"ann\"}", 404, "NoSuchEntity",
		"Login Profile for User ann cannot be found.", "there are no login profiles");
}

/* One quota of each account, as an example of all: they are checked in one place. */
static void test_quota(void)
{
	struct reply reply = { 0 };

	for (int i = 0; i < 300; i++)
		reply = call(&vendor, "iam", "CreateGroup", json_of("{\"GroupName\":\"n%d\"}", i));
	fine(&reply, "300 groups");
	reply = call(&vendor, "iam", "CreateGroup", "{\"GroupName\":\"n300\"}");
	refused(&reply, 409, "LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 300",
		"and no more");
	no("UpdateUser", "{\"UserName\":\"ann\",\"NewPath\":\"/aws-reserved/\"}", 400,
		"ValidationError",
		"The specified value for path is invalid. It must begin and end with / and contain "
		"only alphanumeric characters and/or / characters.",
		"a path of AWS's [S-139]");
}

int main(void)
{
	accounts_open();
	test_groups();
	test_group_changes();
	test_profiles();
	test_pass_role();
	test_users();
	test_keys();
	test_update_role();
	test_linked_roles();
	test_every_linked_role();
	test_linked_documents();
	test_providers();
	test_account();
	test_nothing();
	test_quota();
	test_tag_order();
	test_profile_pass();
	accounts_close();
	return tap_done();
}
