/*
 * iam_details.c -- GetAccountAuthorizationDetails, and a whole account exported and imported.
 *
 * The shape is the IAM API Reference's; the file that is imported is written by hand as AWS's
 * command line prints a real account.
 */
#include "account.h"

#define DETAILS "GetAccountAuthorizationDetailsResult."
#define MINE    "arn:aws:iam::" CUSTOMER
#define READ                                                                                     \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iam:*\"," \
	"\"Resource\":\"*\"}]}"

static void stage(void)
{
	IAM("CreatePolicy",
		json_of("{\"PolicyName\":\"reader\",\"PolicyDocument\":%.*s}", STR(quote(READ))));
	IAM("CreatePolicyVersion",
		json_of("{\"PolicyArn\":\"" MINE ":policy/reader\",\"PolicyDocument\":%.*s}",
			STR(quote(READ))));
	IAM("CreateGroup", "{\"GroupName\":\"devs\"}");
	IAM("PutGroupPolicy", policy_input("GroupName", "devs", "in", READ));
	IAM("CreateUser", "{\"UserName\":\"ann\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}");
	IAM("AddUserToGroup", "{\"GroupName\":\"devs\",\"UserName\":\"ann\"}");
	IAM("CreateRole", json_of("{\"Tags\":[{\"Key\":\"r\",\"Value\":\"s\"}],\"RoleName\":"
				  "\"app\",\"Path\":\"/t/\",\"Description\":\"d\","
				  "\"MaxSessionDuration\":\"7200\",\"PermissionsBoundary\":"
				  "\"" MINE ":policy/reader\",\"AssumeRolePolicyDocument\":%.*s}",
				  STR(quote(TRUST_VENDOR))));
	IAM("AttachRolePolicy", "{\"RoleName\":\"app\",\"PolicyArn\":\"" MINE ":policy/reader\"}");
	IAM("AttachRolePolicy", "{\"RoleName\":\"app\",\"PolicyArn\":"
				"\"arn:aws:iam::aws:policy/AmazonEKSClusterPolicy\"}");
	IAM("CreateInstanceProfile",
		"{\"InstanceProfileName\":\"node\",\"Tags\":[{\"Key\":\"n\",\"Value\":\"o\"}]}");
	IAM("AddRoleToInstanceProfile", "{\"InstanceProfileName\":\"node\",\"RoleName\":\"app\"}");
	IAM("CreateOpenIDConnectProvider",
		"{\"Url\":\"https://oidc.example.com/"
		"x\",\"ClientIDList\":[\"c\"],\"Tags\":[{\"Key\":\"p\",\"Value\":\"q\"}]}");
	IAM("CreateAccountAlias", "{\"AccountAlias\":\"acme\"}");
}

static void test_details(void)
{
	struct reply reply = IAM("GetAccountAuthorizationDetails", "{}");
	str decoded;

	fine(&reply, "GetAccountAuthorizationDetails");
	is(text(&reply, DETAILS "UserDetailList.1.UserName"), S("ann"), "users");
	is(text(&reply, DETAILS "UserDetailList.1.GroupList.0"), S("devs"), "with their groups");
	is(text(&reply, DETAILS "UserDetailList.1.Tags.0.Value"), S("b"), "and tags");
	is(text(&reply, DETAILS "UserDetailList.0.UserPolicyList.0.PolicyName"),
		S("AdministratorAccess"), "and inline policies");
	is(text(&reply, DETAILS "GroupDetailList.0.GroupPolicyList.0.PolicyName"), S("in"),
		"groups with theirs");
	is(text(&reply, DETAILS "RoleDetailList.0.RoleName"), S("app"), "roles");
	ok(uri_decode(&arena, text(&reply, DETAILS "RoleDetailList.0.AssumeRolePolicyDocument"),
		   false, &decoded) &&
			str_eq(decoded, S(TRUST_VENDOR)),
		"with their trust policies");
	is(text(&reply, DETAILS "RoleDetailList.0.InstanceProfileList.0.InstanceProfileName"),
		S("node"), "their instance profiles");
	is(text(&reply, DETAILS "RoleDetailList.0.AttachedManagedPolicies.0.PolicyName"),
		S("reader"), "what is attached");
	is(text(&reply, DETAILS "RoleDetailList.0.PermissionsBoundary.PermissionsBoundaryArn"),
		S(MINE ":policy/reader"), "and their boundaries");
	is(text(&reply, DETAILS "Policies.0.PolicyName"), S("reader"), "policies");
	is(text(&reply, DETAILS "Policies.0.PolicyVersionList.1.VersionId"), S("v2"),
		"with all versions");
	is(text(&reply, DETAILS "Policies.1.Arn"),
		S("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"), "AWS's that is used");
	ok(!member(&reply, DETAILS "Policies.2"), "and no other of AWS's");
	reply = IAM("GetAccountAuthorizationDetails", "{\"Filter\":[\"Role\",\"Group\"]}");
	ok(!member(&reply, DETAILS "UserDetailList.0") &&
			member(&reply, DETAILS "RoleDetailList.0"),
		"filtered");
	reply = IAM("GetAccountAuthorizationDetails", "{\"Filter\":[\"Everything\"]}");
	is(reply.code, S("ValidationError"), "an unknown filter");
}

static void test_detail_pages(void)
{
	static const char *const lists[] = { "UserDetailList", "GroupDetailList", "RoleDetailList",
		"Policies" };
	struct reply reply;
	size_t n = 0, pages = 0;
	str marker = { 0 };

	do {
		reply = IAM("GetAccountAuthorizationDetails",
			marker.n ? json_of("{\"MaxItems\":\"2\",\"Marker\":\"%.*s\"}", STR(marker))
				 : "{\"MaxItems\":\"2\"}");
		for (size_t i = 0; i < COUNT(lists); i++)
			n += member(&reply, json_of(DETAILS "%s", lists[i]))->count;
		marker = member(&reply, DETAILS "Marker") ? text(&reply, DETAILS "Marker")
							  : (str){ 0 };
		pages++;
	} while (marker.n && pages < 10);
	ok(n == 6 && pages == 3, "six entities in pages of two: %zu in %zu", n, pages);
}

/* ---- out and in. */

/* A second directory with the same account. */
static struct account *other(str *where, struct credentials *keys)
{
	const str ids[] = { S(CUSTOMER), S(VENDOR) };
	struct account_admin admins[2];
	struct account *opened = NULL;
	struct err err;

	if (!dir_make_temp(&arena, S("deputy-import"), where, &err) ||
		!account_init(&arena, *where, ids, 2, S("us-west-2"), admins, &err) ||
		!account_open(*where, &opened, &err))
		return NULL;
	*keys = admins[0].credentials;
	return opened;
}

static str exported(struct account *from)
{
	struct buf out = { .arena = &arena };
	struct json *root;
	struct err err;

	if (account_export(&arena, from, S(CUSTOMER), &root, &err))
		json_write_pretty(&out, root);
	return buf_view(&out);
}

/* Without user admin, who differs. */
static struct json *comparable(str text)
{
	struct json *root, *users = json_new(&arena, JSON_ARRAY);
	struct err err;

	if (!json_parse(&arena, text, LIMIT_JSON_BYTES, &root, &err))
		return NULL;
	JSON_EACH(user, json_get(root, S("UserDetailList")))
	{
		if (!str_eq(json_str(user, S("UserName")), S("admin")))
			json_push(users, json_clone(&arena, user));
	}
	json_put(root, S("UserDetailList"), users);
	return root;
}

static void test_round_trip(void)
{
	struct account *from = account;
	struct credentials keys, before = customer;
	struct account_imported counts;
	struct reply reply;
	struct err err = { 0 };
	str where, text_out = exported(from);
	struct account *to = other(&where, &keys);

	if (!ok(to != NULL, "a second directory"))
		return;
	ok(str_find(text_out, before.secret_access_key) == SIZE_MAX &&
			str_find(text_out, before.access_key_id) == SIZE_MAX,
		"an export has no keys");
	ok(account_import(&arena, to, S(CUSTOMER), text_out, &counts, &err), "import %s", err.text);
	ok(counts.entities == 6 && counts.administrator_stays, "user admin stays: %zu",
		counts.entities);
	ok(json_same(comparable(exported(to)), comparable(text_out)),
		"and is exported again the same");
	ok(!account_import(&arena, to, S(CUSTOMER), text_out, &counts, &err) &&
			err.code == ERR_REFUSED && strstr(err.text, "there already"),
		"nothing is replaced: %s", err.text);
	ok(!account_import(&arena, to, S(VENDOR), text_out, &counts, &err) &&
			err.code == ERR_REFUSED,
		"it is not another account's: %s", err.text);
	account = to;
	customer = keys;
	reply = IAM("GetRole", "{\"RoleName\":\"app\"}");
	is(text(&reply, "GetRoleResult.Role.MaxSessionDuration"), S("7200"), "the role is served");
	reply = IAM("GetPolicyVersion",
		"{\"PolicyArn\":\"" MINE ":policy/reader\",\"VersionId\":\"v2\"}");
	fine(&reply, "its policy");
	account_close(to);
	ok(account_open(where, &to, &err), "and what was imported is on the disk");
	account = to;
	reply = IAM("GetRole", "{\"RoleName\":\"app\"}");
	fine(&reply, "for good");
	account_close(to);
	dir_remove(where);
	account = from;
	customer = before;
}

/* As `aws iam get-account-authorization-details` prints it: an AWS-managed policy that is not
 * built in comes along, a user and a role of the account trust each other by ARN. */
static void test_real(void)
{
	static const char real[] =
		"{\"UserDetailList\":[{\"Path\":\"/\",\"UserName\":\"eve\",\"UserId\":"
		"\"AIDACKCEVSQ6C2EXAMPLE\",\"Arn\":\"" MINE ":user/eve\",\"CreateDate\":"
		"\"2015-10-09T20:14:00+00:00\",\"GroupList\":[],\"AttachedManagedPolicies\":"
		"[{\"PolicyName\":\"AWSDenyAll\",\"PolicyArn\":"
		"\"arn:aws:iam::aws:policy/AWSDenyAll\"}],\"Tags\":[]}],\"GroupDetailList\":[],"
		"\"RoleDetailList\":[{\"Path\":\"/\",\"RoleName\":\"real\",\"RoleId\":"
		"\"AROADBQP57FF2AEXAMPLE\",\"Arn\":\"" MINE ":role/real\",\"CreateDate\":"
		"\"2015-10-09T20:14:00+00:00\",\"AssumeRolePolicyDocument\":{\"Version\":"
		"\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
		"\"" MINE ":user/eve\"},\"Action\":\"sts:AssumeRole\"}]},"
		"\"InstanceProfileList\":[{\"Path\":\"/\",\"InstanceProfileName\":\"real\","
		"\"InstanceProfileId\":\"AIPACKCEVSQ6C2EXAMPLE\",\"Arn\":"
		"\"" MINE ":instance-profile/real\",\"CreateDate\":\"2015-10-09T20:14:00+00:00\","
		"\"Roles\":[]}],\"RolePolicyList\":[{\"PolicyName\":\"p\",\"PolicyDocument\":"
		"\"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%"
		"22Deny%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D\"}],"
		"\"AttachedManagedPolicies\":[],\"Tags\":[],\"RoleLastUsed\":{}}],\"Policies\":"
		"[{\"PolicyName\":\"AWSDenyAll\",\"PolicyId\":\"ANPAZKAPJZG4P43IUQ5E5\",\"Arn\":"
		"\"arn:aws:iam::aws:policy/AWSDenyAll\",\"Path\":\"/\",\"DefaultVersionId\":"
		"\"v1\",\"AttachmentCount\":1,\"PermissionsBoundaryUsageCount\":0,"
		"\"IsAttachable\":true,\"CreateDate\":\"2019-05-01T22:36:14+00:00\","
		"\"UpdateDate\":\"2019-05-01T22:36:14+00:00\",\"PolicyVersionList\":[{"
		"\"Document\":{\"Version\":\"2012-10-17\",\"Statement\":[{\"Action\":[\"*\"],"
		"\"Resource\":\"*\",\"Effect\":\"Deny\"}]},\"VersionId\":\"v1\","
		"\"IsDefaultVersion\":true,\"CreateDate\":\"2019-05-01T22:36:14+00:00\"}]}]}";
	struct account_imported counts;
	struct credentials eve;
	struct reply reply;
	struct err err = { 0 };

	ok(account_import(&arena, account, S(CUSTOMER), str_of(real), &counts, &err),
		"a real account's answer %s", err.text);
	reply = IAM("GetRole", "{\"RoleName\":\"real\"}");
	is(text(&reply, "GetRoleResult.Role.RoleId"), S("AROADBQP57FF2AEXAMPLE"), "keeps its ids");
	reply = IAM("ListInstanceProfilesForRole", "{\"RoleName\":\"real\"}");
	is(text(&reply, "ListInstanceProfilesForRoleResult.InstanceProfiles.0.InstanceProfileName"),
		S("real"), "and its profiles");
	reply = IAM("GetRolePolicy", "{\"RoleName\":\"real\",\"PolicyName\":\"p\"}");
	fine(&reply, "a document that was percent-encoded");
	IAM("PutUserPolicy", policy_input("UserName", "eve", "p",
				     "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
				     "\"Allow\",\"Action\":\"iam:*\",\"Resource\":\"*\"}}"));
	reply = IAM("CreateAccessKey", "{\"UserName\":\"eve\"}");
	eve.access_key_id = text(&reply, "CreateAccessKeyResult.AccessKey.AccessKeyId");
	eve.secret_access_key = text(&reply, "CreateAccessKeyResult.AccessKey.SecretAccessKey");
	eve.session_token = (str){ 0 };
	reply = call(&eve, "iam", "ListRoles", "{}");
	is(reply.code, S("AccessDenied"), "the AWS policy that came along denies");
	IAM("DetachUserPolicy", "{\"UserName\":\"eve\",\"PolicyArn\":"
				"\"arn:aws:iam::aws:policy/AWSDenyAll\"}");
	reply = assume(&eve, MINE ":role/real", "");
	fine(&reply, "without it eve assumes the role that trusts her");

	/* the user is not the one that the role trusts any more [S-80] */
	IAM("DeleteAccessKey",
		json_of("{\"UserName\":\"eve\",\"AccessKeyId\":\"%.*s\"}", STR(eve.access_key_id)));
	IAM("DeleteUserPolicy", "{\"UserName\":\"eve\",\"PolicyName\":\"p\"}");
	IAM("DeleteUser", "{\"UserName\":\"eve\"}");
	eve = new_user_with(&customer, "eve", NULL);
	reply = assume(&eve, MINE ":role/real", "");
	is(reply.code, S("AccessDenied"), "another eve does not");
}

static void test_bad_files(void)
{
	static const struct {
		const char *text, *what;
	} bad[] = {
		{ "{}", "not such a file" },
		{ "[1", "not JSON" },
		{ "{\"RoleDetailList\":[],\"IsTruncated\":true}", "one page of several" },
		{ "{\"RoleDetailList\":[{\"RoleName\":\"a/b\",\"Arn\":\"" MINE ":role/a/b\"}]}",
			"a name with a slash" },
		{ "{\"RoleDetailList\":[{\"RoleName\":\"a\",\"Arn\":\"arn:aws:iam::444455556666:"
		  "role/a\",\"Path\":\"/\"}]}",
			"another account's role" },
		{ "{\"RoleDetailList\":[{\"RoleName\":\"a\",\"Path\":\"/\",\"Arn\":\"" MINE
		  ":role/a\",\"AssumeRolePolicyDocument\":{\"Statement\":[{\"Effect\":1}]}}]}",
			"a trust policy that is none" },
		{ "{\"UserDetailList\":[{\"UserName\":\"a\",\"Path\":\"/\",\"Arn\":\"" MINE
		  ":user/a\",\"AttachedManagedPolicies\":[{\"PolicyArn\":"
		  "\"arn:aws:iam::aws:policy/Unknown\"}]}]}",
			"an attached policy that nobody knows" },
		{ "{\"UserDetailList\":[{\"UserName\":\"a\",\"Path\":\"/\",\"Arn\":\"" MINE
		  ":user/a\",\"GroupList\":[\"nowhere\"]}]}",
			"a group that nobody knows" },
		{ "{\"UserDetailList\":[{\"UserName\":\"a\",\"Path\":\"x\",\"Arn\":\"" MINE
		  ":userxa\"}]}",
			"a path without slashes" },
	};
	size_t before, after;
	struct account_imported counts;

	record_range(account, S(""), &before);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err err = { 0 };

		ok(!account_import(&arena, account, S(CUSTOMER), str_of(bad[i].text), &counts,
			   &err) &&
				err.text[0],
			"%s: %s", bad[i].what, err.text);
	}
	record_range(account, S(""), &after);
	ok(before == after, "and nothing was changed");
}

/* ---- what the API would refuse: each with the place in the file. */

#define HEAD "{\"RoleDetailList\":["
#define TAIL "]}"
#define TRUST                                                                             \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":" \
	"{\"Service\":\"eks.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"

static const char *role_detail(const char *name, const char *more)
{
	return json_of("{\"RoleName\":\"%s\",\"Path\":\"/\",\"Arn\":\"" MINE
		       ":role/%s\",\"AssumeRolePolicyDocument\":" TRUST "%s}",
		name, name, more);
}

static const char *inline_detail(const char *document)
{
	return json_of(",\"RolePolicyList\":[{\"PolicyName\":\"p\",\"PolicyDocument\":%s}]",
		document);
}

static const char *tag_details(size_t n)
{
	struct buf out = { .arena = &arena };

	buf_printf(&out, ",\"Tags\":[");
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s{\"Key\":\"k%zu\",\"Value\":\"v\"}", i ? "," : "", i);
	buf_printf(&out, "]");
	buf_char(&out, '\0');
	return buf_view(&out).p;
}

static const char *attached_details(size_t n)
{
	struct buf out = { .arena = &arena };
	static const char *const known[] = { "AdministratorAccess", "PowerUserAccess" };

	buf_printf(&out, ",\"AttachedManagedPolicies\":[");
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s{\"PolicyArn\":\"arn:aws:iam::aws:policy/%s\"}", i ? "," : "",
			known[i % COUNT(known)]);
	buf_printf(&out, "]");
	buf_char(&out, '\0');
	return buf_view(&out).p;
}

static void refused_at(const char *text, const char *path, const char *why)
{
	struct account_imported counts;
	struct err err = { 0 };
	str want = arena_printf(&arena, "%s: ", path);

	ok(!account_import(&arena, account, S(CUSTOMER), str_of(text), &counts, &err), "refused");
	ok(str_starts(str_of(err.text), want) &&
			str_find(str_of(err.text), str_of(why)) != SIZE_MAX,
		"at %s, since %s", path, why);
	if (!str_starts(str_of(err.text), want))
		printf("# %s\n", err.text);
}

static void test_rules(void)
{
	static const char allow[] =
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		"\"Action\":\"%s\",\"Resource\":\"*\"}]}";
	const char *two = role_detail("one", "");
	struct account_imported counts;
	struct err err = { 0 };

	refused_at(json_of(HEAD "%s,%s" TAIL, role_detail("fine", ""),
			   role_detail("tagged", tag_details(51))),
		"$.RoleDetailList[1]", "less than or equal to 50");
	refused_at(json_of(HEAD "%s" TAIL, role_detail(repeat('r', 65), "")), "$.RoleDetailList[0]",
		"Member must have length less than or equal to 64");
	refused_at(json_of(HEAD "%s" TAIL,
			   role_detail("d", json_of(",\"Description\":\"%s\"", repeat('d', 1001)))),
		"$.RoleDetailList[0]", "Member must have length less than or equal to 1000");
	refused_at(json_of(HEAD "%s" TAIL, role_detail("m", ",\"MaxSessionDuration\":60")),
		"$.RoleDetailList[0]", "between 3600 and 43200");
	refused_at(
		json_of(HEAD "%s" TAIL,
			role_detail("v", inline_detail("{\"Version\":\"2012-10-17\",\"Statement\":"
						       "[{\"Effect\":\"Allow\",\"Action\":"
						       "\"s3:*\",\"Principal\":\"*\","
						       "\"Resource\":\"*\"}]}"))),
		"$.RoleDetailList[0]", "Policy document should not specify a principal.");
	refused_at(json_of(HEAD "%s" TAIL,
			   role_detail("big", inline_detail(json_of(allow,
						      json_of("s3:%s", repeat('a', 10240)))))),
		"$.RoleDetailList[0]", "Maximum policy size of 10240 bytes exceeded for role big");
	refused_at(json_of(HEAD "%s,%s" TAIL, two, two), "$.RoleDetailList[1]", "twice");
	refused_at(json_of("{\"RoleDetailList\":[],\"Policies\":[{\"PolicyName\":\"p\",\"Path\":"
			   "\"/\",\"Arn\":\"" MINE ":policy/p\",\"DefaultVersionId\":\"v1\","
			   "\"PolicyVersionList\":[{\"VersionId\":\"v1\",\"Document\":%s}]}]}",
			   json_of(allow, json_of("s3:%s", repeat('a', 6144)))),
		"$.Policies[0]", "Cannot exceed quota for PolicySize: 6144");
	refused_at(json_of("{\"RoleDetailList\":[],\"OpenIDConnectProviders\":[{\"Url\":\"e.com\","
			   "\"Arn\":\"" MINE ":oidc-provider/e.com\",\"ThumbprintList\":"
			   "[\"abc\"]}]}"),
		"$.OpenIDConnectProviders[0]", "Thumbprint");
	ok(account_import(&arena, account, S(CUSTOMER),
		   str_of(json_of(HEAD "%s" TAIL, role_detail("fine", attached_details(2)))),
		   &counts, &err),
		"what the API would take is taken: %s", err.text);
}

/* ---- AWS-managed policies from a folder. */

static void test_folder(void)
{
	static const char policy[] =
		"{\"PolicyVersion\":{\"CreateDate\":\"2026-01-01T00:00:00Z\",\"VersionId\":\"v7\","
		"\"Document\":{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		"\"Action\":\"s3:Get*\",\"Resource\":\"*\"}]},\"IsDefaultVersion\":true}}";
	str folder, path;
	struct reply reply;
	struct err err = { 0 };

	if (!ok(dir_make_temp(&arena, S("deputy-managed"), &folder, &err), "a folder"))
		return;
	path = arena_printf(&arena, "%.*s/job-function", STR(folder));
	ok(dir_make(path, 0700, &err) &&
			file_write(arena_printf(&arena, "%.*s/Mine.json", STR(path)),
				str_of(policy), 0600, &err) &&
			file_write(arena_printf(&arena, "%.*s/AWSLambdaBasicExecutionRole.json",
					   STR(folder)),
				str_of(policy), 0600, &err),
		"with two policies");
	ok(account_managed_policies(account, folder, &err), "is read");
	reply = IAM("GetPolicy", "{\"PolicyArn\":\"arn:aws:iam::aws:policy/job-function/Mine\"}");
	is(text(&reply, "GetPolicyResult.Policy.DefaultVersionId"), S("v7"),
		"a folder is the policy's path");
	reply = IAM("GetPolicy", "{\"PolicyArn\":\"arn:aws:iam::aws:policy/service-role/"
				 "AWSLambdaBasicExecutionRole\"}");
	fine(&reply, "some paths are known");
	ok(file_write(arena_printf(&arena, "%.*s/Bad.json", STR(folder)), S("{\"Document\":{}}"),
		   0600, &err) &&
			!account_managed_policies(account, folder, &err) &&
			err.code == ERR_SYNTAX && str_ends(err.name, S("/Bad.json")),
		"a file that is none is named: %s", err.text);
	dir_remove(path);
	dir_remove(folder);
}

int main(void)
{
	accounts_open();
	stage();
	test_details();
	test_detail_pages();
	test_round_trip();
	test_bad_files();
	test_real();
	test_rules();
	test_folder();
	accounts_close();
	return tap_done();
}
