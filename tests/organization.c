/*
 * organization.c -- accounts in an organization: which SCPs and RCPs limit whom, the condition
 * keys that follow from it, and what a wrong file is told.
 *
 * Rules: Organizations User Guide, "SCP evaluation", "RCP evaluation" [S-104, S-123 to S-130];
 * sentences: IAM User Guide, "Troubleshoot access denied error messages".
 */
#include "account.h"

#define MANAGEMENT "999988887777"
#define DENY(action, more)                                                                \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"No\",\"Effect\":\"Deny\"," \
	"\"Action\":\"" action "\",\"Resource\":\"*\"" more "}]}"
#define ALLOW(action)                                                                         \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":" action \
	",\"Resource\":\"*\"}]}"

/* An organization with the customer in a unit of its own and the vendor under the root; `policies`
 * and the three places' attachments are JSON. */
static const char *file(const char *policies, const char *at_root, const char *at_unit,
	const char *at_customer)
{
	return json_of("{\"id\":\"o-example123\",\"managementAccount\":\"" MANAGEMENT
		       "\",\"policies\":{%s},\"root\":{\"id\":\"r-ab12\"%s,\"accounts\":[{\"id\":"
		       "\"" MANAGEMENT "\"}],\"units\":[{\"id\":\"ou-ab12-11111111\"%s,"
		       "\"accounts\":[{\"id\":\"" CUSTOMER "\"%s}]}]}}",
		policies, at_root, at_unit, at_customer);
}

static bool join(const char *text)
{
	struct err err = { 0 };

	if (account_join(account, S("org.json"), arena_copy(&arena, str_of(text)), &err))
		return true;
	printf("# %s\n", err.text);
	return false;
}

static struct reply list_roles(const struct credentials *who)
{
	return call(who, "iam", "ListRoles", "{}");
}

#define LIST_DENIED                                                   \
	"User: arn:aws:iam::" CUSTOMER                                \
	":user/admin is not authorized to perform: iam:ListRoles on " \
	"resource: arn:aws:iam::" CUSTOMER ":role/ "

/* ---- SCPs. */

static void test_scp_deny(void)
{
	static const struct {
		const char *root, *unit, *account, *where;
	} places[] = {
		{ ",\"scps\":[\"FullAWSAccess\",\"no\"]", "", "", "the root" },
		{ "", ",\"scps\":[\"FullAWSAccess\",\"no\"]", "", "the unit" },
		{ "", "", ",\"scps\":[\"FullAWSAccess\",\"no\"]", "the account" },
	};
	const char *policies = "\"no\":" DENY("iam:ListRoles", "");
	struct reply reply;

	for (size_t i = 0; i < COUNT(places); i++) {
		ok(join(file(policies, places[i].root, places[i].unit, places[i].account)),
			"an SCP at %s", places[i].where);
		reply = list_roles(&customer);
		refused(&reply, 403, "AccessDenied",
			LIST_DENIED "with an explicit deny in a service control policy",
			"denies [S-125]");
		reply = call(&customer, "iam", "ListOpenIDConnectProviders", "{}");
		fine(&reply, "but nothing else");
		reply = list_roles(&vendor);
		fine(&reply, "nor anybody outside the organization [S-126]");
		reply = call(&customer, "sts", "GetCallerIdentity", "{}");
		fine(&reply, "nor GetCallerIdentity");
	}
}

static void test_scp_allow(void)
{
	static const struct {
		const char *root, *unit, *account, *what;
		bool allowed;
	} cases[] = {
		{ "", "", "", "nothing is attached but what AWS attaches", true },
		{ ",\"scps\":[\"users\"]", "", "", "the root allows something else", false },
		{ "", ",\"scps\":[\"users\"]", "", "the unit does", false },
		{ "", "", ",\"scps\":[\"users\"]", "the account does", false },
		{ ",\"scps\":[\"roles\"]", ",\"scps\":[\"users\",\"roles\"]",
			",\"scps\":[\"roles\"]", "every level allows", true },
		{ ",\"scps\":[\"roles\"]", ",\"scps\":[\"users\"]", ",\"scps\":[\"roles\"]",
			"all levels but one", false },
	};
	const char *policies =
		"\"users\":" ALLOW("\"iam:ListUsers\"") ",\"roles\":" ALLOW("\"iam:*Roles\"");
	struct credentials nobody = new_user_with(&customer, "nobody", NULL);
	struct reply reply;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ok(join(file(policies, cases[i].root, cases[i].unit, cases[i].account)), "a file");
		reply = list_roles(&customer);
		if (cases[i].allowed)
			fine(&reply, cases[i].what);
		else
			refused(&reply, 403, "AccessDenied",
				LIST_DENIED
				"because no service control policy allows the iam:ListRoles action",
				json_of("%s [S-124]", cases[i].what));
	}
	/* An SCP grants nothing. */
	ok(join(file("", "", "", "")), "FullAWSAccess everywhere");
	reply = list_roles(&nobody);
	ok(str_ends(reply.message,
		   S("because no identity-based policy allows the iam:ListRoles action")),
		"grants nothing [S-125]");
}

static void test_management_account(void)
{
	const char *text =
		"{\"id\":\"o-example123\",\"managementAccount\":\"" CUSTOMER
		"\",\"policies\":{\"no\":" DENY("*",
			"") "},\"root\":{\"id\":\"r-ab12\","
			    "\"scps\":[\"no\"],\"accounts\":[{\"id\":\"" CUSTOMER "\",\"scps\":"
			    "[\"no\"]},{\"id\":\"" VENDOR "\"}]}}";
	struct reply reply;

	ok(join(text), "the customer manages, and SCPs deny everything");
	reply = list_roles(&customer);
	fine(&reply, "the management account is not limited [S-126]");
	reply = list_roles(&vendor);
	is(reply.code, S("AccessDenied"), "its members are");
}

/* SCPs limit roles' sessions and the caller's side of AssumeRole. */
static void test_scp_sessions(void)
{
	const char *arn = "arn:aws:iam::" CUSTOMER ":role/app";
	struct credentials session;
	struct reply reply;

	ok(join(file("\"no\":" DENY("iam:ListRoles", ""), "", "",
		   ",\"scps\":[\"FullAWSAccess\",\"no\"]")),
		"an SCP");
	reply = assume(&vendor, arn, ",\"ExternalId\":\"cid-a\"");
	fine(&reply, "a vendor outside becomes a role inside");
	session = session_of(&reply);
	reply = list_roles(&session);
	ok(str_ends(reply.message, S("with an explicit deny in a service control policy")),
		"and is limited there as the role is");
	ok(join(file("\"no\":" DENY("sts:AssumeRole", ""), "", "",
		   ",\"scps\":[\"FullAWSAccess\",\"no\"]")),
		"an SCP on AssumeRole");
	reply = assume(&vendor, arn, ",\"ExternalId\":\"cid-a\"");
	fine(&reply, "is the caller's account's, not the role's [S-104]");
	reply = assume(&customer, "arn:aws:iam::" CUSTOMER ":role/own", "");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER ":user/admin is not authorized to perform: "
		"sts:AssumeRole on resource: arn:aws:iam::" CUSTOMER ":role/own",
		"a caller inside: the same text as always");
}

/* ---- RCPs. */

#define RCP(action, condition)                                                                   \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Perimeter\",\"Effect\":\"Deny\"," \
	"\"Principal\":\"*\",\"Action\":\"" action "\",\"Resource\":\"*\"" condition "}]}"
#define PERIMETER                                                                                \
	",\"Condition\":{\"StringNotEqualsIfExists\":{\"aws:PrincipalOrgID\":\"o-example123\"}," \
	"\"BoolIfExists\":{\"aws:PrincipalIsAWSService\":\"false\"}}"

static void test_rcp(void)
{
	const char *arn = "arn:aws:iam::" CUSTOMER ":role/app";
	struct reply reply;
	struct http_request *http;

	ok(join(file("\"perimeter\":" RCP("sts:AssumeRole", PERIMETER), ",\"rcps\":[\"perimeter\"]",
		   "", "")),
		"a perimeter around the organization's roles");
	reply = assume(&vendor, arn, ",\"ExternalId\":\"cid-a\"");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" VENDOR
		":user/admin is not authorized to perform: sts:AssumeRole on resource: "
		"arn:aws:iam::" CUSTOMER ":role/app",
		"keeps the vendor out, right External ID and all [S-129]");
	reply = assume(&customer, "arn:aws:iam::" CUSTOMER ":role/own", "");
	fine(&reply, "members go on [S-130]");
	reply = list_roles(&customer);
	fine(&reply, "IAM is none of the services that RCPs are for [S-128]");

	ok(join(file("\"no-s3\":" RCP("s3:GetBucketLocation", ""), "", "",
		   ",\"rcps\":[\"no-s3\"]")),
		"an RCP on buckets");
	http = request_new("PUT", S("/org-bucket"), (str){ 0 });
	sigv4_sign(&arena, http, &customer, S("us-east-1"), S("s3"), now_s(), &trace);
	handle(http, &reply);
	ok(reply.status == 200, "a bucket");
	http = request_new("GET", S("/org-bucket?location"), (str){ 0 });
	sigv4_sign(&arena, http, &customer, S("us-east-1"), S("s3"), now_s(), &trace);
	handle(http, &reply);
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER
		":user/admin is not authorized to perform: s3:GetBucketLocation on resource: "
		"\"arn:aws:s3:::org-bucket\" with an explicit deny in a resource control policy",
		"its own administrator is denied");
}

/* ---- condition keys. */

static const char *trust_with(const char *condition)
{
	return json_of("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		       "\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{"
		       "%s}}]}",
		condition);
}

static void test_keys(void)
{
	static const struct {
		const char *name, *condition;
		bool customer, vendor;
	} cases[] = {
		{ "org", "\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-example123\"}", true,
			false },
		{ "other-org", "\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-example124\"}", false,
			false },
		{ "path",
			"\"ForAnyValue:StringEquals\":{\"aws:PrincipalOrgPaths\":"
			"\"o-example123/r-ab12/ou-ab12-11111111/\"}",
			true, false },
		{ "below",
			"\"ForAnyValue:StringLike\":{\"aws:PrincipalOrgPaths\":"
			"\"o-example123/r-ab12/*\"}",
			true, false },
		{ "resource-org", "\"StringEquals\":{\"aws:ResourceOrgID\":\"o-example123\"}", true,
			true },
		{ "resource-path",
			"\"ForAnyValue:StringLike\":{\"aws:ResourceOrgPaths\":"
			"\"o-example123/r-ab12/ou-ab12-11111111/*\"}",
			true, true },
		{ "resource-account", "\"StringEquals\":{\"aws:ResourceAccount\":\"" CUSTOMER "\"}",
			true, true },
		{ "no-org", "\"Null\":{\"aws:PrincipalOrgID\":\"true\"}", false, true },
	};
	struct reply reply;

	ok(join(file("", "", "", "")), "an organization");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *name = json_of("key-%s", cases[i].name);
		const char *arn = json_of("arn:aws:iam::" CUSTOMER ":role/%s", name);

		reply = IAM("CreateRole", role_input(name, trust_with(cases[i].condition)));
		fine(&reply, cases[i].condition);
		reply = assume(&customer, arn, "");
		ok((reply.status == 200) == cases[i].customer, "a member");
		reply = assume(&vendor, arn, "");
		ok((reply.status == 200) == cases[i].vendor, "somebody else");
	}
}

/* ---- files that are wrong. */

#define HEAD_ "{\n  \"id\": \"o-example123\",\n  \"managementAccount\": \"" MANAGEMENT "\",\n"
#define TREE_ "  \"root\": {\"id\": \"r-ab12\", \"accounts\": [{\"id\": \"" MANAGEMENT "\"}]}\n}\n"

static void test_wrong_files(void)
{
	static const struct {
		const char *text, *says;
		size_t line, column;
	} cases[] = {
		{ "{\n  \"id\": \"o-example123\",,\n}", "", 2, 24 },
		{ "[]", "an organization is an object", 1, 1 },
		{ "{}", "\"id\" is missing", 1, 1 },
		{ HEAD_ "  \"policies\": {}}", "\"root\" is missing", 1, 1 },
		{ "{\n  \"id\": \"example\"}", "is not an id that begins with o-", 2, 9 },
		{ "{\n  \"id\": \"o-Example\"}", "an id has small letters", 2, 9 },
		{ "{\n  \"id\": \"o-example123\",\n  \"managementAccount\": 999988887777}",
			"twelve digits", 3, 24 },
		{ HEAD_ "  \"rot\": 1,\n" TREE_, "\"rot\" is not known here", 4, 3 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\",\n    \"scps\": [\"nothing\"]}}",
			"there is no policy \"nothing\"", 5, 14 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\",\n    \"accounts\": [{\"id\": \"1\"}]}}",
			"twelve digits", 5, 25 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\", \"accounts\": [\n    {\"id\": "
			"\"111122223333\"},\n    {\"id\": \"111122223333\"}]}}",
			"is there already", 6, 5 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\", \"accounts\": []}}",
			"the management account is not in the tree", 3, 24 },
		{ HEAD_ "  \"policies\": {\n    \"p\": {\"Version\": \"2012-10-17\", "
			"\"Statement\": "
			"[\n      {\"Effect\": \"Perhaps\", \"Action\": \"*\", \"Resource\": "
			"\"*\"}]}},\n"
			"  \"root\": {\"id\": \"r-ab12\", \"scps\": [\"p\"]}}",
			"Effect", 6, 18 },
		{ HEAD_ "  \"policies\": {\n    \"p\": {\"Version\": \"2012-10-17\", "
			"\"Statement\": "
			"[\n      {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"*\", "
			"\"Resource\": \"*\"}]}},\n"
			"  \"root\": {\"id\": \"r-ab12\", \"scps\": [\"p\"]}}",
			"is not a service control policy", 6, 0 },
		{ HEAD_ "  \"policies\": {\n    \"p\": {\"Version\": \"2012-10-17\", "
			"\"Statement\": "
			"[\n      {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": "
			"\"s3:*\", "
			"\"Resource\": \"*\"}]}},\n"
			"  \"root\": {\"id\": \"r-ab12\", \"rcps\": [\"p\"]}}",
			"is not a resource control policy", 6, 0 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\",\n    \"rcps\": [\"a\",\"b\",\"c\",\"d\","
			"\"e\",\"f\"]}}",
			"at most 5 RCPs", 5, 13 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\",\n    \"scps\": [\"a\",\"b\",\"c\",\"d\","
			"\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\"]}}",
			"at most 10 SCPs", 5, 13 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\",\n    \"scps\": \"FullAWSAccess\"}}",
			"as a list of their names", 5, 13 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\", \"units\": [\n    {\"id\": "
			"\"r-ab12\"}]}}",
			"begins with ou-", 5, 12 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\",\n    \"scps\": []}}",
			"one SCP at least is attached", 5, 13 },
		{ HEAD_ "  \"root\": {\"id\": \"r-ab12\",\n    \"scps\": [\"FullAWSAccess\", "
			"\"FullAWSAccess\"]}}",
			"\"FullAWSAccess\" is attached here already", 5, 31 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct organization *before = account->organization;
		struct err err = { 0 };
		size_t line = 0, column = 0;
		str text = str_of(cases[i].text);

		ok(!account_join(account, S("org.json"), text, &err) &&
				account->organization == before,
			"refused, and what was there stays");
		str_place(err.source, err.at, &line, &column);
		if (!ok(str_find(str_of(err.text), str_of(cases[i].says)) != SIZE_MAX &&
				    line == cases[i].line &&
				    (column == cases[i].column || !cases[i].column) &&
				    str_eq(err.name, S("org.json")),
			    "with the place: %s", cases[i].says))
			printf("# %zu:%zu %s\n", line, column, err.text);
	}
}

static void test_depth(void)
{
	struct buf text = { .arena = &arena };

	for (int depth = 5; depth <= 6; depth++) {
		text.n = 0;
		buf_printf(&text, HEAD_
			"\"root\":{\"id\":\"r-ab12\",\"accounts\":[{\"id\":\"" MANAGEMENT "\"}]");
		for (int i = 0; i < depth; i++)
			buf_printf(&text, ",\"units\":[{\"id\":\"ou-ab12-%08d\"", i);
		for (int i = 0; i < depth; i++)
			buf_printf(&text, "}]");
		buf_printf(&text, "}}");
		ok(join(arena_copy(&arena, buf_view(&text)).p) == (depth == 5), "units %d deep",
			depth);
	}
}

/* Since May 2026: ten SCPs in one place, of 10,240 characters each. */
static void test_quotas(void)
{
	static const char *const head =
		HEAD_ "\"policies\":{\"p\":{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
		      "\"Deny\",%s\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::%s\"}]}},"
		      "\"root\":{\"id\":\"r-ab12\",\"%s\":[%s],\"accounts\":[{\"id\":\"" MANAGEMENT
		      "\"}]}}";
	const char *all = "\"Principal\":\"*\",";
	struct buf text = { .arena = &arena };

	for (int i = 0; i < 9; i++)
		buf_printf(&text,
			"%s\"p%d\":{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
			"\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}",
			i ? "," : HEAD_ "\"policies\":{", i);
	buf_printf(&text, "},\"root\":{\"id\":\"r-ab12\",\"scps\":[\"FullAWSAccess\"");
	for (int i = 0; i < 9; i++)
		buf_printf(&text, ",\"p%d\"", i);
	buf_printf(&text, "],\"accounts\":[{\"id\":\"" MANAGEMENT "\"}]}}");
	ok(join(arena_copy(&arena, buf_view(&text)).p), "ten SCPs in one place");
	ok(join(json_of(head, "", repeat('b', 10000), "scps", "\"p\"")),
		"an SCP of 10,000 characters");
	ok(!join(json_of(head, "", repeat('b', 10240), "scps", "\"p\"")), "none of 10,300");
	ok(join(json_of(head, all, repeat('b', 5000), "rcps", "\"p\"")),
		"an RCP of 5,000 characters");
	ok(!join(json_of(head, all, repeat('b', 5120), "rcps", "\"p\"")), "none of 5,200");
}

int main(void)
{
	accounts_open();
	IAM("CreateRole", role_input("app", TRUST_VENDOR));
	IAM("PutRolePolicy", policy_input("RoleName", "app", "p", ALLOW("\"iam:*\"")));
	IAM("CreateRole",
		role_input("own", "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
				  "\"Allow\",\"Principal\":{\"AWS\":\"" CUSTOMER
				  "\"},\"Action\":\"sts:AssumeRole\"}]}"));
	test_scp_deny();
	test_scp_allow();
	test_management_account();
	test_scp_sessions();
	test_rcp();
	test_keys();
	test_wrong_files();
	test_depth();
	test_quotas();
	accounts_close();
	return tap_done();
}
