/*
 * last_used.c -- GetRole's RoleLastUsed and GetAccessKeyLastUsed, across restarts.
 *
 * IAM API Reference, RoleLastUsed and AccessKeyLastUsed: a role that was not used has neither date
 * nor region; of a key that was not used, service and region are "N/A" and there is no date. IAM
 * is in us-east-1, wherever it is called from.
 */
#include "account.h"

#define ROLE "arn:aws:iam::" CUSTOMER ":role/worker"
#define USED "GetRoleResult.Role.RoleLastUsed"
#define KEY  "GetAccessKeyLastUsedResult.AccessKeyLastUsed"

static void role_used(const char *region, const char *what)
{
	struct reply reply = IAM("GetRole", "{\"RoleName\":\"worker\"}");
	str date = text(&reply, USED ".LastUsedDate"), now = time_iso(&arena, now_s());

	is(text(&reply, USED ".Region"), str_of(region), "%s: the region", what);
	if (!strcmp(region, "(absent)"))
		ok(!member(&reply, USED ".LastUsedDate"), "and no date");
	else
		ok(str_eq(str_head(date, 13), str_head(now, 13)), "and the date: %.*s", STR(date));
}

static struct reply key_used(const struct credentials *keys)
{
	return IAM("GetAccessKeyLastUsed",
		json_of("{\"AccessKeyId\":\"%.*s\"}", STR(keys->access_key_id)));
}

static void again(void)
{
	struct err err;

	account_close(account);
	if (!ok(account_open(dir, &account, &err), "closed and opened again"))
		exit(1);
}

static void make_worker(void)
{
	IAM("CreateRole", role_input("worker",
				  "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
				  "\"Principal\":{\"AWS\":\"" CUSTOMER
				  "\"},\"Action\":\"sts:AssumeRole\"}}"));
}

static void test_role(void)
{
	struct credentials session;
	struct reply reply;

	make_worker();
	role_used("(absent)", "a new role");
	reply = assume(&customer, ROLE, "");
	session = session_of(&reply);
	role_used("(absent)", "one that was assumed and not used");
	reply = call(&session, "ec2", "DescribeVpcs", "{}");
	ok(reply.status == 403, "its session is denied");
	role_used("us-west-2", "a denied request is a use");
	again();
	role_used("us-west-2", "it stays");
	reply = call(&session, "iam", "ListRoles", "{}");
	role_used("us-east-1", "IAM's region");
	reply = IAM("GetAccountAuthorizationDetails", "{\"Filter\":[\"Role\"]}");
	is(text(&reply,
		   "GetAccountAuthorizationDetailsResult.RoleDetailList.0.RoleLastUsed.Region"),
		S("us-east-1"), "GetAccountAuthorizationDetails has it");
	reply = IAM("DeleteRole", "{\"RoleName\":\"worker\"}");
	fine(&reply, "the role goes");
	make_worker();
	role_used("(absent)", "a new role of its name");
	again();
	role_used("(absent)", "nor later");
}

static void test_key(void)
{
	struct credentials keys = new_user_with(&customer, "ann", NULL);
	struct reply reply = key_used(&keys);

	is(text(&reply, KEY ".ServiceName"), S("N/A"), "a new key: no service");
	is(text(&reply, KEY ".Region"), S("N/A"), "no region");
	ok(!member(&reply, KEY ".LastUsedDate"), "no date");
	call(&keys, "sts", "GetCallerIdentity", "{}");
	reply = key_used(&keys);
	is(text(&reply, KEY ".ServiceName"), S("sts"), "used");
	is(text(&reply, KEY ".Region"), S("us-west-2"), "where");
	ok(member(&reply, KEY ".LastUsedDate") != NULL, "and when");
	call(&keys, "ec2", "DescribeVpcs", "{}");
	again();
	reply = key_used(&keys);
	is(text(&reply, KEY ".ServiceName"), S("ec2"), "the last use counts, also later");
	keys.secret_access_key = S("wrong");
	call(&keys, "s3", "ListBuckets", "{}");
	reply = key_used(&keys);
	is(text(&reply, KEY ".ServiceName"), S("ec2"), "a wrong signature is no use");
}

/* More ids than the table starts with, and some that go. */
static void test_many(void)
{
	struct credentials keys[300];
	struct reply reply;

	for (size_t i = 0; i < COUNT(keys); i++) {
		keys[i] = new_user_with(&customer, json_of("u%zu", i), NULL);
		call(&keys[i], "sts", "GetCallerIdentity", "{}");
	}
	for (size_t i = 0; i < 100; i++)
		IAM("DeleteAccessKey", json_of("{\"UserName\":\"u%zu\",\"AccessKeyId\":\"%.*s\"}",
					       i, STR(keys[i].access_key_id)));
	again();
	for (size_t i = 100; i < COUNT(keys); i += 50) {
		reply = key_used(&keys[i]);
		is(text(&reply, KEY ".ServiceName"), S("sts"), "key %zu", i);
	}
}

int main(void)
{
	accounts_open();
	test_role();
	test_key();
	test_many();
	accounts_close();
	return tap_done();
}
