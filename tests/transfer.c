/*
 * transfer.c -- an account's export comes back as it was, and a file that is not what it should
 * be is refused at its place, whatever stands around it.
 *
 * Shapes are those of the IAM API Reference, GetAccountAuthorizationDetails: what has another type
 * there could be a boundary or a denying policy, and reading on without it would open a door.
 */
#include "account.h"

#define MINE "arn:aws:iam::" CUSTOMER
#define TRUST(principal)                                                                   \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{" \
	"\"AWS\":\"" principal "\"},\"Action\":\"sts:AssumeRole\"}]}"
#define READ                                                                                    \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\"," \
	"\"Resource\":\"*\"}]}"

static size_t count_records(void)
{
	size_t n;

	record_range(account, S(""), &n);
	return n;
}

static bool import(str text, struct err *err)
{
	struct account_imported counts;

	*err = (struct err){ 0 };
	return account_import(&arena, account, S(CUSTOMER), text, &counts, err);
}

/* ---- a whole account, and back into a new directory. */

static void populate(void)
{
	struct credentials session;
	struct reply reply;

	IAM("CreateRole", role_input("used", TRUST(MINE ":user/admin")));
	IAM("CreateInstanceProfile", "{\"InstanceProfileName\":\"node\"}");
	IAM("AddRoleToInstanceProfile", "{\"InstanceProfileName\":\"node\",\"RoleName\":\"used\"}");
	reply = assume(&customer, MINE ":role/used", "");
	session = session_of(&reply);
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	fine(&reply, "the role is used");
}

static struct json *exported(void)
{
	struct json *root = NULL, *read = NULL;
	struct buf out = { .arena = &arena };
	struct err err = { 0 };

	if (account_export(&arena, account, S(CUSTOMER), &root, &err))
		json_write_pretty(&out, root);
	if (!json_parse(&arena, buf_view(&out), LIMIT_JSON_BYTES, &read, &err))
		printf("# %s\n", err.text);
	return read;
}

static str text_of(const struct json *value)
{
	struct buf out = { .arena = &arena };

	json_write(&out, value);
	return buf_view(&out);
}

static void test_round_trip(void)
{
	struct account *from = account;
	struct credentials before = customer;
	struct account_admin admin;
	struct json *first, *second;
	const str id = S(CUSTOMER);
	struct reply reply;
	struct err err = { 0 };
	str where;

	populate();
	first = exported();
	ok(member_at(first, "RoleDetailList.0.RoleLastUsed.LastUsedDate") != NULL,
		"an export tells when a role was used");
	ok(json_is(member_at(first, "RoleDetailList.0.InstanceProfileList.0.Roles.0."
				    "AssumeRolePolicyDocument.Statement"),
		   JSON_ARRAY),
		"documents are JSON wherever they stand, as AWS's command line prints them");
	if (!ok(dir_make_temp(&arena, S("deputy-transfer"), &where, &err) &&
			    account_init(&arena, where, &id, 1, S("us-west-2"), &admin, &err) &&
			    account_open(where, &account, &err),
		    "a second directory %s", err.text))
		return;
	customer = admin.credentials;
	ok(import(text_of(first), &err), "takes it %s", err.text);
	second = exported();
	ok(json_same(member_at(first, "RoleDetailList"), member_at(second, "RoleDetailList")),
		"roles are the same, with their last use");
	reply = assume(&customer, MINE ":role/used", "");
	fine(&reply, "a role that trusts user admin trusts the one who stayed");
	account_close(account);
	ok(account_open(where, &account, &err), "on the disk as well");
	ok(json_same(member_at(exported(), "RoleDetailList"), member_at(first, "RoleDetailList")),
		"all of it");
	account_close(account);
	dir_remove(where);
	account = from;
	customer = before;
}

/* ---- files as AWS has them. */

static const char *role_with(const char *more)
{
	return json_of("{\"RoleDetailList\":[{\"RoleName\":\"r\",\"Path\":\"/\",\"RoleId\":"
		       "\"AROAEXAMPLE0123456789\",\"Arn\":\"" MINE ":role/r\","
		       "\"AssumeRolePolicyDocument\":" TRUST("965570967084") "%s}]}",
		more);
}

static const char *user_with(const char *more)
{
	return json_of("{\"UserDetailList\":[{\"UserName\":\"u\",\"Path\":\"/\",\"Arn\":\"" MINE
		       ":user/u\"%s}]}",
		more);
}

static const char *policy_with(const char *versions)
{
	return json_of("{\"RoleDetailList\":[],\"Policies\":[{\"PolicyName\":\"p\",\"Path\":\"/\","
		       "\"Arn\":\"" MINE ":policy/p\",\"DefaultVersionId\":\"v1\","
		       "\"PolicyVersionList\":%s}]}",
		versions);
}

/* The service answers documents percent-encoded (RFC 3986), with the space that was in front. */
static void test_encoded(void)
{
	struct reply reply;
	struct err err;

	ok(import(str_of("{\"RoleDetailList\":[{\"RoleName\":\"enc\",\"Path\":\"/\",\"Arn\":\"" MINE
			 ":role/enc\",\"CreateDate\":\"2015-10-09T22:14:00.250+02:00\","
			 "\"AssumeRolePolicyDocument\":"
			 "\"%0A%20%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22"
			 "Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22"
			 "965570967084%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D\"}]}"),
		   &err),
		"a document with space in front of it %s", err.text);
	reply = IAM("GetRole", "{\"RoleName\":\"enc\"}");
	is(text(&reply, "GetRoleResult.Role.CreateDate"), S("2015-10-09T20:14:00Z"),
		"a time with an offset is told as AWS tells times");
}

/* The example of AWS's command line has one policy without its list. */
static void test_one_attached(void)
{
	struct reply reply;
	struct err err;

	ok(import(str_of(json_of(
			  "{\"UserDetailList\":[{\"UserName\":\"solo\",\"Path\":\"/\",\"Arn\":"
			  "\"" MINE ":user/solo\",\"AttachedManagedPolicies\":{\"PolicyName\":"
			  "\"PowerUserAccess\",\"PolicyArn\":"
			  "\"arn:aws:iam::aws:policy/PowerUserAccess\"}}]}")),
		   &err),
		"one attached policy: %s", err.text);
	reply = IAM("ListAttachedUserPolicies", "{\"UserName\":\"solo\"}");
	is(text(&reply, "ListAttachedUserPoliciesResult.AttachedPolicies.0.PolicyName"),
		S("PowerUserAccess"), "is attached");
}

/* ---- what is wrong, and where. */

static void test_shapes(void)
{
	static const char *const fine_tags = ",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]";
	const struct {
		const char *file, *want;
	} rows[] = {
		{ "{\"RoleDetailList\":[\"r\"]}", "$.RoleDetailList[0]: this must be an object" },
		{ "{\"RoleDetailList\":[],\"UserDetailList\":{}}",
			"$.UserDetailList: this must be a list" },
		{ "{\"RoleDetailList\":[],\"Policies\":null}", "$.Policies: this must be a list" },
		{ role_with(",\"PermissionsBoundary\":\"" MINE ":policy/none\""),
			"$.RoleDetailList[0].PermissionsBoundary: this must be an object" },
		{ role_with(",\"PermissionsBoundary\":{\"PermissionsBoundaryType\":\"Policy\"}"),
			"$.RoleDetailList[0].PermissionsBoundary: a boundary has" },
		{ role_with(",\"AttachedManagedPolicies\":\"arn:aws:iam::aws:policy/AWSDenyAll\""),
			"$.RoleDetailList[0].AttachedManagedPolicies: this must be a list" },
		{ role_with(
			  ",\"AttachedManagedPolicies\":[\"arn:aws:iam::aws:policy/AWSDenyAll\"]"),
			"$.RoleDetailList[0].AttachedManagedPolicies[0]: this must be an object" },
		{ role_with(
			  ",\"RolePolicyList\":{\"PolicyName\":\"p\",\"PolicyDocument\":" READ "}"),
			"$.RoleDetailList[0].RolePolicyList: this must be a list" },
		{ role_with(",\"RolePolicyList\":[{\"PolicyName\":\"p\",\"PolicyDocument\":" READ
			    "},{\"PolicyName\":\"p\",\"PolicyDocument\":" READ "}]"),
			"$.RoleDetailList[0]: " MINE ":role/r: two inline policies have one name" },
		{ role_with(",\"Tags\":\"k=v\""), "$.RoleDetailList[0].Tags: this must be a list" },
		{ role_with(",\"Tags\":[{\"Value\":\"v\"}]"),
			"$.RoleDetailList[0].Tags[0]: a tag has a Key and a Value" },
		{ role_with(",\"Tags\":{\"k\":1}"),
			"$.RoleDetailList[0].Tags.k: this must be a string" },
		{ role_with(",\"Description\":null"),
			"$.RoleDetailList[0].Description: this must be a string" },
		{ role_with(",\"CreateDate\":\"yesterday\""),
			"$.RoleDetailList[0].CreateDate: yesterday: a time is written as in" },
		{ role_with(",\"CreateDate\":\"2015-02-30T00:00:00Z\""),
			"$.RoleDetailList[0].CreateDate: " },
		{ role_with(",\"CreateDate\":\"2015-10-09T20:14:00\""),
			"$.RoleDetailList[0].CreateDate: " },
		{ role_with(",\"RoleLastUsed\":{\"LastUsedDate\":\"2015-10-09T20:14:00Z\","
			    "\"Region\":\"a\\\"b\"}"),
			"$.RoleDetailList[0].RoleLastUsed: " },
		{ role_with(",\"AttachedManagedPolicies\":[{\"PolicyArn\":"
			    "\"arn:aws:iam::aws:policy/Unheard\"}]"),
			"$.RoleDetailList[0].AttachedManagedPolicies[0]: "
			"arn:aws:iam::aws:policy/Unheard: this policy is neither in the file nor" },
		{ role_with(",\"PermissionsBoundary\":{\"PermissionsBoundaryArn\":\"" MINE
			    ":policy/none\"}"),
			"$.RoleDetailList[0].PermissionsBoundary: " MINE
			":policy/none: this policy" },
		{ user_with(",\"GroupList\":[\"devs\"]"),
			"$.UserDetailList[0].GroupList[0]: devs: this group is neither" },
		{ user_with(",\"GroupList\":\"devs\""),
			"$.UserDetailList[0].GroupList: this must be a list" },
		{ user_with(",\"GroupList\":[{\"GroupName\":\"devs\"}]"),
			"$.UserDetailList[0].GroupList[0]: this must be a string" },
		{ policy_with("[{\"VersionId\":\"v1\",\"Document\":" READ
			      "},{\"VersionId\":\"v1\",\"Document\":" READ "}]"),
			"$.Policies[0]: " MINE ":policy/p: versions are v1, v2 and so on" },
		{ policy_with("[{\"VersionId\":\"x1\",\"Document\":" READ "}]"),
			"$.Policies[0]: " MINE ":policy/p: versions are v1, v2 and so on" },
		{ "{\"RoleDetailList\":[],\"AccountAlias\":\"No Alias\"}", "$.AccountAlias: " },
	};
	size_t before = count_records();
	struct err err;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool good = import(str_of(rows[i].file), &err);

		ok(!good && err.code == ERR_REFUSED, "refused");
		is(str_head(str_of(err.text), strlen(rows[i].want)), str_of(rows[i].want), "%s",
			rows[i].want);
	}
	ok(count_records() == before, "and nothing was written");
	ok(import(str_of(role_with(fine_tags)), &err), "the same file without a fault %s",
		err.text);
}

/* Whom a trust policy means is settled by unique id, so two must not have one. The examples of AWS's
 * command line have such (all users are AIDA1234567890EXAMPLE): they load, with ids of their own. */
static str unique_id(const char *operation, const char *input, const char *where)
{
	struct reply reply = IAM(operation, input);

	return arena_copy(&arena, text(&reply, where));
}

static void test_ids(void)
{
	str used = unique_id("GetRole", "{\"RoleName\":\"used\"}", "GetRoleResult.Role.RoleId");
	struct account_imported counts;
	struct credentials bob = { 0 };
	struct reply reply;
	struct err err = { 0 };
	str one, two;

	ok(account_import(&arena, account, S(CUSTOMER),
		   str_of(json_of(
			   "{\"UserDetailList\":["
			   "{\"UserName\":\"bob\",\"Path\":\"/"
			   "\",\"UserId\":\"AIDA1234567890EXAMPLE\","
			   "\"Arn\":\"" MINE ":user/bob\"},"
			   "{\"UserName\":\"eve\",\"Path\":\"/"
			   "\",\"UserId\":\"AIDA1234567890EXAMPLE\","
			   "\"Arn\":\"" MINE ":user/eve\"},"
			   "{\"UserName\":\"ida\",\"Path\":\"/"
			   "\",\"UserId\":\"AIDA1234567890EXAMPLF\","
			   "\"Arn\":\"" MINE ":user/ida\"}],"
			   "\"RoleDetailList\":[{\"RoleName\":\"thief\",\"Path\":\"/\",\"RoleId\":"
			   "\"%.*s\",\"Arn\":\"" MINE ":role/thief\","
			   "\"AssumeRolePolicyDocument\":" TRUST(MINE ":user/bob") "}]}",
			   STR(used))),
		   &counts, &err),
		"ids that belong to several: %s", err.text);
	ok(counts.ids_anew == 3, "three are given anew: %zu", counts.ids_anew);
	one = unique_id("GetUser", "{\"UserName\":\"bob\"}", "GetUserResult.User.UserId");
	two = unique_id("GetUser", "{\"UserName\":\"eve\"}", "GetUserResult.User.UserId");
	ok(str_starts(one, S("AIDA")) && !str_eq(one, two), "two users, two ids");
	is(unique_id("GetUser", "{\"UserName\":\"ida\"}", "GetUserResult.User.UserId"),
		S("AIDA1234567890EXAMPLF"), "one that nobody else has stays");
	ok(!str_eq(used,
		   unique_id("GetRole", "{\"RoleName\":\"thief\"}", "GetRoleResult.Role.RoleId")),
		"a role does not get that of one that is there");
	is(unique_id("GetRole", "{\"RoleName\":\"used\"}", "GetRoleResult.Role.RoleId"), used,
		"which keeps it");
	reply = IAM("CreateAccessKey", "{\"UserName\":\"bob\"}");
	bob.access_key_id = text(&reply, "CreateAccessKeyResult.AccessKey.AccessKeyId");
	bob.secret_access_key = text(&reply, "CreateAccessKeyResult.AccessKey.SecretAccessKey");
	reply = assume(&bob, MINE ":role/thief", "");
	fine(&reply, "who is trusted by his ARN is trusted with his new id");
}

int main(void)
{
	accounts_open();
	test_round_trip();
	test_encoded();
	test_one_attached();
	test_shapes();
	test_ids();
	accounts_close();
	return tap_done();
}
