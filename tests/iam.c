/*
 * iam.c -- the account server's IAM: roles, policies, users, providers, service-linked roles.
 *
 * Fields, codes and sentences are AWS's (recorded answers; aws-wire.md 3.1, 3.4, 4.3).
 */
#include "account.h"

/* ---- roles. */

static void test_roles(void)
{
	struct reply reply = IAM("CreateRole",
		json_of("{\"RoleName\":\"App\",\"Path\":\"/team/\",\"Description\":\"d\","
			"\"MaxSessionDuration\":\"7200\",\"Tags\":[{\"Key\":\"Vendor\",\"Value\":"
			"\"z\"}],"
			"\"AssumeRolePolicyDocument\":%.*s}",
			STR(quote(TRUST_EKS))));
	struct buf encoded = { .arena = &arena };
	str decoded;

	fine(&reply, "CreateRole");
	is(text(&reply, "CreateRoleResult.Role.Arn"), S("arn:aws:iam::" CUSTOMER ":role/team/App"),
		"its ARN has the path");
	ok(str_starts(text(&reply, "CreateRoleResult.Role.RoleId"), S("AROA")) &&
			text(&reply, "CreateRoleResult.Role.RoleId").n == 21,
		"its id");
	ok(!member(&reply, "CreateRoleResult.Role.MaxSessionDuration") &&
			!member(&reply, "CreateRoleResult.Role.Description"),
		"CreateRole shows neither MaxSessionDuration nor Description");
	is(text(&reply, "CreateRoleResult.Role.Tags.0.Key"), S("Vendor"), "but its tags");

	reply = IAM("GetRole", "{\"RoleName\":\"App\"}");
	fine(&reply, "GetRole");
	is(text(&reply, "GetRoleResult.Role.MaxSessionDuration"), S("7200"), "shows the duration");
	is(text(&reply, "GetRoleResult.Role.Description"), S("d"), "and the description");
	ok(member(&reply, "GetRoleResult.Role.RoleLastUsed") != NULL,
		"RoleLastUsed is always there");
	ok(uri_decode(&arena, text(&reply, "GetRoleResult.Role.AssumeRolePolicyDocument"), false,
		   &decoded) &&
			str_eq(decoded, S(TRUST_EKS)),
		"the trust policy comes back byte for byte, percent-encoded");
	uri_encode(&encoded, S(TRUST_EKS), false);
	is(text(&reply, "GetRoleResult.Role.AssumeRolePolicyDocument"), buf_view(&encoded),
		"as RFC 3986 says");
}

/* The same role, listed, tagged, trusted anew, deleted. */
static void test_role_changes(void)
{
	struct reply reply;
	str decoded;

	reply = IAM("CreateRole", role_input("APP", TRUST_EKS));
	refused(&reply, 409, "EntityAlreadyExists", "Role with name APP already exists.",
		"names are unique without case");
	reply = IAM("ListRoles", "{}");
	fine(&reply, "ListRoles");
	is(text(&reply, "ListRolesResult.Roles.0.RoleName"), S("App"), "has it");
	ok(!member(&reply, "ListRolesResult.Roles.0.RoleLastUsed") &&
			!member(&reply, "ListRolesResult.Roles.0.Tags"),
		"without tags and last use");
	is(text(&reply, "ListRolesResult.IsTruncated"), S("false"), "and is not truncated");

	reply = IAM("TagRole",
		"{\"RoleName\":\"App\",\"Tags\":[{\"Key\":\"vendor\",\"Value\":\"y\"},"
		"{\"Key\":\"a\",\"Value\":\"\"}]}");
	fine(&reply, "TagRole");
	ok(!member(&reply, "TagRoleResult"), "answers nothing but its metadata");
	reply = IAM("ListRoleTags", "{\"RoleName\":\"App\"}");
	is(text(&reply, "ListRoleTagsResult.Tags.1.Value"), S("y"),
		"a key is one whatever its case");
	reply = IAM("UntagRole", "{\"RoleName\":\"App\",\"TagKeys\":[\"Vendor\",\"A\"]}");
	fine(&reply, "UntagRole");
	reply = IAM("GetRole", "{\"RoleName\":\"App\"}");
	ok(!member(&reply, "GetRoleResult.Role.Tags"), "no tags are left");

	reply = IAM("UpdateAssumeRolePolicy",
		json_of("{\"RoleName\":\"App\",\"PolicyDocument\":%.*s}",
			STR(quote(TRUST_VENDOR))));
	fine(&reply, "UpdateAssumeRolePolicy");
	reply = IAM("GetRole", "{\"RoleName\":\"App\"}");
	ok(uri_decode(&arena, text(&reply, "GetRoleResult.Role.AssumeRolePolicyDocument"), false,
		   &decoded) &&
			str_eq(decoded, S(TRUST_VENDOR)),
		"the new trust policy is there");
	reply = IAM("DeleteRole", "{\"RoleName\":\"App\"}");
	fine(&reply, "DeleteRole");
	reply = IAM("GetRole", "{\"RoleName\":\"App\"}");
	refused(&reply, 404, "NoSuchEntity", "The role with name App cannot be found.", "is gone");
}

static void test_pages(void)
{
	struct reply reply;
	str marker, names = { 0 };

	for (int i = 0; i < 5; i++)
		IAM("CreateRole", role_input(json_of("page-%d", i), TRUST_EKS));
	reply = IAM("ListRoles", "{\"MaxItems\":\"2\"}");
	is(text(&reply, "ListRolesResult.IsTruncated"), S("true"), "a page of two is truncated");
	marker = text(&reply, "ListRolesResult.Marker");
	is(text(&reply, "ListRolesResult.Roles.1.RoleName"), S("page-1"), "has two");
	for (int i = 0; i < 5 && marker.n; i++) {
		reply = IAM("ListRoles",
			json_of("{\"MaxItems\":\"2\",\"Marker\":\"%.*s\"}", STR(marker)));
		names = arena_printf(&arena, "%.*s %.*s", STR(names),
			STR(text(&reply, "ListRolesResult.Roles.0.RoleName")));
		marker = member(&reply, "ListRolesResult.Marker")
				 ? text(&reply, "ListRolesResult.Marker")
				 : (str){ 0 };
	}
	is(names, S(" page-2 page-4"), "and the pages end");
	for (int i = 0; i < 5; i++)
		IAM("DeleteRole", json_of("{\"RoleName\":\"page-%d\"}", i));
}

static void role_refused(const char *operation, const char *input, unsigned status,
	const char *code, const char *message, const char *what)
{
	struct reply reply = IAM(operation, input);

	refused(&reply, status, code, message, what);
}

/* CreateRole with one more member. */
static const char *role_with(const char *member_text)
{
	return json_of("{\"RoleName\":\"x\",%s,\"AssumeRolePolicyDocument\":%.*s}", member_text,
		STR(quote(TRUST_EKS)));
}

static const char *role_trusting(const char *principal, const char *more)
{
	return role_input("x",
		json_of("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			"\"Principal\":{%s},%s}]}",
			principal, more));
}

#define ASSUME "\"Action\":\"sts:AssumeRole\""

static void test_wrong_trust(void)
{
	role_refused("CreateRole", "{\"RoleName\":\"x\"}", 400, "ValidationError",
		"1 validation error detected: Value null at 'assumeRolePolicyDocument' failed to "
		"satisfy constraint: Member must not be null",
		"no trust policy");
	role_refused("CreateRole", role_input("x", "{\"Version\":"), 400, "MalformedPolicyDocument",
		"This policy contains invalid Json", "a trust policy that is not JSON");
	role_refused("CreateRole",
		role_trusting("\"AWS\":\"arn:aws:iam::" CUSTOMER ":role/nobody\"", ASSUME), 400,
		"MalformedPolicyDocument",
		"Invalid principal in policy: \"AWS\":\"arn:aws:iam::" CUSTOMER ":role/nobody\"",
		"a principal that does not exist");
	role_refused("CreateRole",
		role_trusting("\"Service\":\"ec2.amazonaws.com\"", "\"Action\":\"s3:*\""), 400,
		"MalformedPolicyDocument",
		"AssumeRole policy may only specify STS AssumeRole actions.",
		"a trust policy for another action");
	role_refused("CreateRole",
		role_trusting("\"Service\":\"ec2.amazonaws.com\"",
			json_of(ASSUME ",\"Sid\":\"%s\"", repeat('a', 2048))),
		409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048",
		"a trust policy too long");
}

static void test_wrong_role(void)
{
	role_refused("GetRole", "{}", 400, "ValidationError",
		"1 validation error detected: Value null at 'roleName' failed to satisfy "
		"constraint: Member must not be null",
		"no name");
	role_refused("CreateRole", role_input("a b", TRUST_EKS), 400, "ValidationError",
		"The specified value for roleName is invalid. It must contain only alphanumeric "
		"characters and/or the following: +=,.@_-",
		"a space in the name");
	role_refused("CreateRole", role_input(repeat('n', 65), TRUST_EKS), 400, "ValidationError",
		json_of("1 validation error detected: Value '%s' at 'roleName' failed to satisfy "
			"constraint: Member must have length less than or equal to 64",
			repeat('n', 65)),
		"a name of 65");
	role_refused("CreateRole", role_with("\"Path\":\"team\""), 400, "ValidationError",
		"The specified value for path is invalid. It must begin and end with / and contain "
		"only alphanumeric characters and/or / characters.",
		"a path without slashes");
	role_refused("CreateRole", role_with("\"MaxSessionDuration\":\"3599\""), 400,
		"ValidationError",
		"1 validation error detected: Value '3599' at 'maxSessionDuration' failed to "
		"satisfy "
		"constraint: Member must have value greater than or equal to 3600",
		"a session of less than an hour");
	role_refused("CreateRole",
		role_with("\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"A\",\"Value\":"
			  "\"2\"}]"),
		400, "InvalidInput",
		"Duplicate tag keys found. Please note that Tag keys are case insensitive.",
		"two tags of one key");
	role_refused("GetRolePolicy", "{\"RoleName\":\"nobody\",\"PolicyName\":\"p\"}", 404,
		"NoSuchEntity", "The role with name nobody cannot be found.",
		"the policy of no role");
	role_refused("GetUser", "{\"UserName\":\"nobody\"}", 404, "NoSuchEntity",
		"The user with name nobody cannot be found.", "no such user");
}

static void test_role_errors(void)
{
	size_t before, after;

	record_range(account, S(""), &before);
	test_wrong_trust();
	test_wrong_role();
	record_range(account, S(""), &after);
	ok(before == after, "and nothing was made");
}

/* ---- inline policies. */

#define READ                                                                                \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:" \
	"GetBucketLocation\",\"Resource\":\"arn:aws:s3:::a%3Ab\"}]}"

static const char *big_policy(size_t n)
{
	return json_of("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		       "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::%s\"}]}",
		repeat('b', n));
}

static void test_policies(void)
{
	struct reply reply;
	str decoded;

	IAM("CreateRole", role_input("holder", TRUST_EKS));
	reply = IAM("PutRolePolicy", policy_input("RoleName", "holder", "zz", READ));
	fine(&reply, "PutRolePolicy");
	ok(!member(&reply, "PutRolePolicyResult"), "answers metadata only");
	reply = IAM("GetRolePolicy", "{\"RoleName\":\"holder\",\"PolicyName\":\"zz\"}");
	ok(uri_decode(&arena, text(&reply, "GetRolePolicyResult.PolicyDocument"), false,
		   &decoded) &&
			str_eq(decoded, S(READ)),
		"GetRolePolicy gives it back byte for byte, %%3A and all");
	is(text(&reply, "GetRolePolicyResult.RoleName"), S("holder"), "with the role's name");
	IAM("PutRolePolicy", policy_input("RoleName", "holder", "aa", READ));
	reply = IAM("ListRolePolicies", "{\"RoleName\":\"holder\"}");
	is(text(&reply, "ListRolePoliciesResult.PolicyNames.1"), S("zz"), "ListRolePolicies");
	reply = IAM("ListAttachedRolePolicies", "{\"RoleName\":\"holder\"}");
	fine(&reply, "ListAttachedRolePolicies");
	ok(!member(&reply, "ListAttachedRolePoliciesResult.AttachedPolicies.0"), "is empty");

	reply = IAM("PutRolePolicy", policy_input("RoleName", "holder", "big", big_policy(10100)));
	refused(&reply, 409, "LimitExceeded",
		"Maximum policy size of 10240 bytes exceeded for role holder",
		"all policies together may have 10,240 characters");
	reply = IAM("PutRolePolicy",
		policy_input("RoleName", "holder", "big",
			json_of("%s%s", repeat(' ', 12000), big_policy(9000))));
	fine(&reply, "white space does not count");
	reply = IAM("PutRolePolicy", policy_input("RoleName", "holder", "bad", "{"));
	refused(&reply, 400, "MalformedPolicyDocument", "Syntax errors in policy.", "not JSON");
	reply = IAM("PutRolePolicy", policy_input("RoleName", "holder", "bad",
					     "{\"Version\":\"2012-10-17\",\"Statement\":[{"
					     "\"Effect\":\"Allow\",\"Principal\":\"*\","
					     "\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"));
	refused(&reply, 400, "MalformedPolicyDocument",
		"Policy document should not specify a principal.",
		"an identity policy's principal");
	reply = IAM("GetRolePolicy", "{\"RoleName\":\"holder\",\"PolicyName\":\"bad\"}");
	refused(&reply, 404, "NoSuchEntity", "The role policy with name bad cannot be found.",
		"was not stored");
	reply = IAM("DeleteRole", "{\"RoleName\":\"holder\"}");
	refused(&reply, 409, "DeleteConflict", "Cannot delete entity, must delete policies first.",
		"a role with policies stays");
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "aa", "zz", "big" };

		reply = IAM("DeleteRolePolicy",
			json_of("{\"RoleName\":\"holder\",\"PolicyName\":\"%s\"}", names[i]));
		fine(&reply, "DeleteRolePolicy");
	}
	reply = IAM("DeleteRole", "{\"RoleName\":\"holder\"}");
	fine(&reply, "then it goes");
}

/* ---- users. */

static void test_users(void)
{
	struct reply reply = IAM("CreateUser", "{\"UserName\":\"eve\",\"Path\":\"/x/\"}");
	struct credentials keys;

	is(text(&reply, "CreateUserResult.User.Arn"), S("arn:aws:iam::" CUSTOMER ":user/x/eve"),
		"CreateUser");
	reply = IAM("CreateUser", "{\"UserName\":\"EVE\"}");
	refused(&reply, 409, "EntityAlreadyExists", "User with name EVE already exists.", "twice");
	reply = IAM("CreateAccessKey", "{\"UserName\":\"eve\"}");
	keys.access_key_id = text(&reply, "CreateAccessKeyResult.AccessKey.AccessKeyId");
	keys.secret_access_key = text(&reply, "CreateAccessKeyResult.AccessKey.SecretAccessKey");
	keys.session_token = (str){ 0 };
	ok(str_starts(keys.access_key_id, S("AKIA")) && keys.access_key_id.n == 20 &&
			keys.secret_access_key.n == 40,
		"CreateAccessKey");
	is(text(&reply, "CreateAccessKeyResult.AccessKey.Status"), S("Active"), "active");
	reply = call(&keys, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"), S("arn:aws:iam::" CUSTOMER ":user/x/eve"),
		"the key works");
	reply = call(&keys, "iam", "GetUser", "{}");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER
		":user/x/eve is not authorized to perform: iam:GetUser on resource: "
		"arn:aws:iam::" CUSTOMER
		":user/x/eve because no identity-based policy allows the iam:GetUser action",
		"and may nothing");
	reply = IAM("PutUserPolicy", policy_input("UserName", "eve", "self",
					     "{\"Version\":\"2012-10-17\",\"Statement\":{"
					     "\"Effect\":\"Allow\",\"Action\":"
					     "\"iam:GetUser\",\"Resource\":\"arn:aws:iam::*:user/x/"
					     "${aws:username}\"}}"));
	fine(&reply, "PutUserPolicy");
	reply = call(&keys, "iam", "GetUser", "{}");
	is(text(&reply, "GetUserResult.User.UserName"), S("eve"),
		"a policy with aws:username allows");
	reply = IAM("PutUserPolicy",
		policy_input("UserName", "eve", "self",
			"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":"
			"\"iam:GetUser\",\"Resource\":\"*\"}}"));
	reply = call(&keys, "iam", "GetUser", "{}");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER
		":user/x/eve is not authorized to perform: iam:GetUser on resource: "
		"arn:aws:iam::" CUSTOMER
		":user/x/eve with an explicit deny in an identity-based policy",
		"an explicit deny says so");
	IAM("CreateAccessKey", "{\"UserName\":\"eve\"}");
	reply = IAM("CreateAccessKey", "{\"UserName\":\"eve\"}");
	refused(&reply, 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2",
		"two keys at most");
	reply = IAM("ListAccessKeys", "{\"UserName\":\"eve\"}");
	ok(member(&reply, "ListAccessKeysResult.AccessKeyMetadata.1") &&
			str_find(reply.body, S("Secret")) == SIZE_MAX,
		"ListAccessKeys has both, without secrets");
	reply = IAM("ListAccessKeys", "{\"UserName\":\"eve\",\"MaxItems\":\"1\"}");
	is(text(&reply, "ListAccessKeysResult.IsTruncated"), S("true"), "or one at a time");
	reply = IAM("ListAccessKeys",
		json_of("{\"UserName\":\"eve\",\"MaxItems\":\"1\",\"Marker\":\"%.*s\"}",
			STR(text(&reply, "ListAccessKeysResult.Marker"))));
	ok(member(&reply, "ListAccessKeysResult.AccessKeyMetadata")->count == 1 &&
			str_eq(text(&reply, "ListAccessKeysResult.IsTruncated"), S("false")),
		"and then the other");
	reply = IAM("DeleteUser", "{\"UserName\":\"eve\"}");
	is(reply.code, S("DeleteConflict"), "a user with policies and keys stays");
	IAM("DeleteUserPolicy", "{\"UserName\":\"eve\",\"PolicyName\":\"self\"}");
	reply = IAM("DeleteAccessKey", json_of("{\"UserName\":\"eve\",\"AccessKeyId\":\"%.*s\"}",
					       STR(keys.access_key_id)));
	fine(&reply, "DeleteAccessKey");
	reply = call(&keys, "sts", "GetCallerIdentity", "{}");
	is(reply.code, S("InvalidClientTokenId"), "the deleted key is unknown");
	reply = IAM("ListAccessKeys", "{\"UserName\":\"eve\"}");
	IAM("DeleteAccessKey",
		json_of("{\"UserName\":\"eve\",\"AccessKeyId\":\"%.*s\"}",
			STR(text(&reply, "ListAccessKeysResult.AccessKeyMetadata.0.AccessKeyId"))));
	reply = IAM("DeleteUser", "{\"UserName\":\"eve\"}");
	fine(&reply, "DeleteUser");
}

/* ---- identity providers, service-linked roles. */

static void test_providers(void)
{
	const char *arn = "arn:aws:iam::" CUSTOMER ":oidc-provider/oidc.example.com/id/A1";
	struct credentials keys = new_user_with(&customer, "provider-maker",
		"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
		"\"iam:CreateOpenIDConnectProvider\",\"Resource\":\"*\"}}");
	const char *tagged =
		"{\"Url\":\"https://oidc.example.com/id/A1\",\"ClientIDList\":"
		"[\"sts.amazonaws.com\"],\"Tags\":[{\"Key\":\"Vendor\",\"Value\":\"z\"}]}";
	struct reply reply = call(&keys, "iam", "CreateOpenIDConnectProvider", tagged);

	ok(str_find(reply.message, S("iam:TagOpenIDConnectProvider")) != SIZE_MAX,
		"tags at creation need iam:TagOpenIDConnectProvider as well");
	reply = IAM("CreateOpenIDConnectProvider", tagged);
	is(text(&reply, "CreateOpenIDConnectProviderResult.OpenIDConnectProviderArn"), str_of(arn),
		"CreateOpenIDConnectProvider");
	reply = IAM("CreateOpenIDConnectProvider", tagged);
	refused(&reply, 409, "EntityAlreadyExists",
		"Provider with url https://oidc.example.com/id/A1 already exists.", "twice");
	reply = IAM("CreateOpenIDConnectProvider", "{\"Url\":\"http://oidc.example.com\"}");
	is(reply.code, S("ValidationError"), "not https");
	reply = IAM("GetOpenIDConnectProvider",
		json_of("{\"OpenIDConnectProviderArn\":\"%s\"}", arn));
	is(text(&reply, "GetOpenIDConnectProviderResult.Url"), S("oidc.example.com/id/A1"),
		"GetOpenIDConnectProvider, without the scheme");
	is(text(&reply, "GetOpenIDConnectProviderResult.ClientIDList.0"), S("sts.amazonaws.com"),
		"its client");
	reply = IAM("ListOpenIDConnectProviders", "{}");
	is(text(&reply, "ListOpenIDConnectProvidersResult.OpenIDConnectProviderList.0.Arn"),
		str_of(arn), "ListOpenIDConnectProviders");
	reply = IAM("DeleteOpenIDConnectProvider",
		json_of("{\"OpenIDConnectProviderArn\":\"%s\"}", arn));
	fine(&reply, "DeleteOpenIDConnectProvider");
	reply = IAM("GetOpenIDConnectProvider",
		json_of("{\"OpenIDConnectProviderArn\":\"%s\"}", arn));
	is(reply.code, S("NoSuchEntity"), "is gone");
}

static void test_linked_roles(void)
{
	struct reply reply = IAM("CreateServiceLinkedRole",
		"{\"AWSServiceName\":\"eks-nodegroup.amazonaws.com\"}");

	is(text(&reply, "CreateServiceLinkedRoleResult.Role.Arn"),
		S("arn:aws:iam::" CUSTOMER ":role/aws-service-role/eks-nodegroup.amazonaws.com/"
		  "AWSServiceRoleForAmazonEKSNodegroup"),
		"CreateServiceLinkedRole");
	reply = IAM("CreateServiceLinkedRole",
		"{\"AWSServiceName\":\"eks-nodegroup.amazonaws.com\"}");
	refused(&reply, 400, "InvalidInput",
		"Service role name AWSServiceRoleForAmazonEKSNodegroup has been taken in this "
		"account, "
		"please try a different suffix.",
		"twice");
	reply = IAM("CreateServiceLinkedRole",
		"{\"AWSServiceName\":\"eks.amazonaws.com\",\"CustomSuffix\":\"x\"}");
	refused(&reply, 400, "InvalidInput", "Custom suffix is not allowed for eks.amazonaws.com",
		"a suffix that EKS does not take");
	reply = IAM("ListAttachedRolePolicies",
		"{\"RoleName\":\"AWSServiceRoleForAmazonEKSNodegroup\"}");
	is(text(&reply, "ListAttachedRolePoliciesResult.AttachedPolicies.0.PolicyName"),
		S("AWSServiceRoleForAmazonEKSNodegroup"), "has its policy");
	reply = IAM("PutRolePolicy",
		policy_input("RoleName", "AWSServiceRoleForAmazonEKSNodegroup", "p", READ));
	refused(&reply, 400, "UnmodifiableEntity",
		"Cannot perform the operation on the protected role "
		"'AWSServiceRoleForAmazonEKSNodegroup' - this role is only modifiable by AWS",
		"is AWS's own");
	reply = IAM("CreateRole",
		json_of("{\"RoleName\":\"x\",\"Path\":\"/aws-service-role/eks.amazonaws.com/\","
			"\"AssumeRolePolicyDocument\":%.*s}",
			STR(quote(TRUST_EKS))));
	is(reply.code, S("ValidationError"), "nobody makes one by CreateRole");
}

int main(void)
{
	accounts_open();
	test_roles();
	test_role_changes();
	test_pages();
	test_role_errors();
	test_policies();
	test_users();
	test_providers();
	test_linked_roles();
	accounts_close();
	return tap_done();
}
