/*
 * sts.c -- AssumeRole: who becomes a role, with which External ID, for how long, and what the
 * session may do.
 *
 * Decisions are those of AWS's rules of evaluation, sentences AWS's (aws-wire.md 3.1, 3.4).
 */
#include "account.h"

/* ---- AssumeRole. */

#define ROLE_ARN "arn:aws:iam::" CUSTOMER ":role/zilliz-byoc-acme"

static void test_external_id(const struct credentials *user)
{
	static const struct {
		const char *given, *what;
	} wrong[] = {
		{ "", "none" },
		{ ",\"ExternalId\":\"cid-b\"", "another project's" },
		{ ",\"ExternalId\":\"cid-A\"", "another letter case" },
		{ ",\"ExternalId\":\"cid-aa\"", "a longer one" },
		{ ",\"ExternalId\":\"cid\"", "a shorter one" },
		{ ",\"ExternalId\":\"*-a\"", "a pattern" },
	};
	struct reply reply = assume(user, ROLE_ARN, ",\"ExternalId\":\"cid-a\"");
	const char *same =
		"User: arn:aws:iam::" VENDOR
		":user/robot is not authorized to perform: sts:AssumeRole on resource: " ROLE_ARN;

	fine(&reply, "the right External ID");
	is(text(&reply, "AssumeRoleResult.AssumedRoleUser.Arn"),
		S("arn:aws:sts::" CUSTOMER ":assumed-role/zilliz-byoc-acme/sess"), "its ARN");
	ok(str_starts(text(&reply, "AssumeRoleResult.Credentials.AccessKeyId"), S("ASIA")),
		"temporary keys");
	ok(!member(&reply, "AssumeRoleResult.PackedPolicySize"),
		"no PackedPolicySize without policy and tags");
	for (size_t i = 0; i < COUNT(wrong); i++) {
		reply = assume(user, ROLE_ARN, wrong[i].given);
		if (strchr(wrong[i].given, '*'))
			is(reply.code, S("ValidationError"), "External ID: %s", wrong[i].what);
		else
			refused(&reply, 403, "AccessDenied", same,
				json_of("External ID: %s", wrong[i].what));
	}
	reply = assume(user, ROLE_ARN, ",\"ExternalId\":\"cid-a \"");
	refused(&reply, 400, "ValidationError",
		"1 validation error detected: Value 'cid-a ' at 'externalId' failed to satisfy "
		"constraint: Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*",
		"a space behind it");
	reply = assume(user, ROLE_ARN, ",\"ExternalId\":\"c\"");
	ok(str_ends(reply.message, S("Member must have length greater than or equal to 2")),
		"one character");
	reply = assume(user, ROLE_ARN, json_of(",\"ExternalId\":\"%s\"", repeat('c', 1225)));
	ok(str_ends(reply.message, S("Member must have length less than or equal to 1224")),
		"1,225 characters");
	reply = assume(user, ROLE_ARN, json_of(",\"ExternalId\":\"%s\"", repeat('c', 1224)));
	is(reply.code, S("AccessDenied"), "1,224 are well-formed");
	reply = assume(user, "arn:aws:iam::" CUSTOMER ":role/zilliz-byoc-nobody",
		",\"ExternalId\":\"cid-a\"");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" VENDOR
		":user/robot is not authorized to perform: sts:AssumeRole on resource: "
		"arn:aws:iam::" CUSTOMER ":role/zilliz-byoc-nobody",
		"an unknown role: the same text");
	reply = assume(user, "arn:aws:iam::" CUSTOMER ":role/other", ",\"ExternalId\":\"cid-a\"");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" VENDOR
		":user/robot is not authorized to perform: sts:AssumeRole on resource: "
		"arn:aws:iam::" CUSTOMER ":role/other",
		"a role that the caller's policy does not name: the same text");
	reply = assume(user, "nothing-valid-in-here-at-all", ",\"ExternalId\":\"cid-a\"");
	refused(&reply, 400, "ValidationError", "nothing-valid-in-here-at-all is invalid",
		"not an ARN");
}

static void test_parameters(const struct credentials *user)
{
	static const struct {
		const char *more, *code, *message;
	} cases[] = {
		{ ",\"DurationSeconds\":\"899\"", "ValidationError",
			"1 validation error detected: Value '899' at 'durationSeconds' failed to "
			"satisfy "
			"constraint: Member must have value greater than or equal to 900" },
		{ ",\"DurationSeconds\":\"3601\"", "ValidationError",
			"The requested DurationSeconds exceeds the MaxSessionDuration set for this "
			"role." },
		{ ",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]", "AccessDenied",
			"User: arn:aws:iam::" VENDOR ":user/robot is not authorized to perform: "
			"sts:TagSession on resource: " ROLE_ARN },
		{ ",\"SourceIdentity\":\"me\"", "AccessDenied",
			"User: arn:aws:iam::" VENDOR
			":user/robot is not authorized to perform: sts:SetSourceIdentity on "
			"resource: " ROLE_ARN },
		{ ",\"Policy\":\"{\"", "MalformedPolicyDocument", "Syntax errors in policy." },
		{ ",\"TransitiveTagKeys\":[\"k\"]", "InvalidParameterValue",
			"The specified transitive tag key must be included in the requested "
			"tags." },
	};
	struct reply reply;

	for (size_t i = 0; i < COUNT(cases); i++) {
		reply = assume(user, ROLE_ARN,
			json_of(",\"ExternalId\":\"cid-a\"%s", cases[i].more));
		is(reply.code, str_of(cases[i].code), "AssumeRole with%s", cases[i].more);
		is(reply.message, str_of(cases[i].message), "the sentence");
	}
	reply = call(user, "sts", "AssumeRole",
		"{\"RoleArn\":\"" ROLE_ARN "\",\"RoleSessionName\":\"Session1:2\"}");
	refused(&reply, 400, "ValidationError",
		"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to "
		"satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
		"a session name with a colon");
}

/* What a session may do: the role's policy, within the session's own. */
static void test_session(const struct credentials *user)
{
	struct reply reply = assume(user, ROLE_ARN, ",\"ExternalId\":\"cid-a\"");
	struct credentials session = session_of(&reply), changed;
	const char *who = "arn:aws:sts::" CUSTOMER ":assumed-role/zilliz-byoc-acme/sess";

	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"), str_of(who), "the session knows who it is");
	ok(str_ends(text(&reply, "GetCallerIdentityResult.UserId"), S(":sess")), "AROA...:sess");
	reply = call(&session, "iam", "GetRole", "{\"RoleName\":\"zilliz-byoc-acme\"}");
	fine(&reply, "does what the role may");
	reply = call(&session, "iam", "GetRole", "{\"RoleName\":\"other\"}");
	refused(&reply, 403, "AccessDenied",
		json_of("User: %s is not authorized to perform: iam:GetRole on resource: "
			"arn:aws:iam::" CUSTOMER ":role/other because no identity-based policy "
			"allows the iam:GetRole action",
			who),
		"and no more");

	changed = session;
	changed.session_token.n -= 4;
	reply = call(&changed, "sts", "GetCallerIdentity", "{}");
	refused(&reply, 403, "InvalidClientTokenId",
		"The security token included in the request is invalid.", "a token cut short");
	changed = session;
	changed.session_token = (str){ 0 };
	reply = call(&changed, "sts", "GetCallerIdentity", "{}");
	is(reply.code, S("InvalidClientTokenId"), "temporary keys without their token");
	reply = assume(user, ROLE_ARN, ",\"ExternalId\":\"cid-a\"");
	changed = session;
	changed.session_token = session_of(&reply).session_token;
	reply = call(&changed, "sts", "GetCallerIdentity", "{}");
	is(reply.code, S("InvalidClientTokenId"), "another session's token");
	changed = session;
	changed.secret_access_key = customer.secret_access_key;
	reply = call(&changed, "sts", "GetCallerIdentity", "{}");
	is(reply.code, S("SignatureDoesNotMatch"), "another secret");

	reply = assume(user, ROLE_ARN,
		json_of(",\"ExternalId\":\"cid-a\",\"Policy\":%.*s",
			STR(quote("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
				  "\"Action\":\"s3:*\",\"Resource\":\"*\"}}"))));
	ok(member(&reply, "AssumeRoleResult.PackedPolicySize") != NULL,
		"PackedPolicySize with a policy");
	session = session_of(&reply);
	reply = call(&session, "iam", "GetRole", "{\"RoleName\":\"zilliz-byoc-acme\"}");
	refused(&reply, 403, "AccessDenied",
		json_of("User: %s is not authorized to perform: iam:GetRole on resource: " ROLE_ARN
			" because no session policy allows the iam:GetRole action",
			who),
		"a session policy limits the role's");
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	fine(&reply, "GetCallerIdentity needs no permission [S-115]");
}

/* Sessions are short: time is given to the token, not waited for. */
static void test_expiry(void)
{
	const struct record *role = find_role_by_arn(account, S(ROLE_ARN));
	struct session session = {
		.account_id = S(CUSTOMER),
		.role_arn = S(ROLE_ARN),
		.role_name = S("zilliz-byoc-acme"),
		.name = S("sess"),
		.issued_s = now_s() - 3601,
		.expires_s = now_s() - 1,
	};
	static const struct {
		const char *service, *target, *body;
		unsigned status;
		const char *code, *message;
	} cases[] = {
		{ "iam", "/", IAM_BODY, 403, "ExpiredToken",
			"The security token included in the request is expired" },
		{ "sts", "/", STS_BODY, 403, "ExpiredToken",
			"The security token included in the request is expired" },
		{ "ec2", "/", EC2_BODY, 400, "RequestExpired", "Request has expired." },
		{ "s3", "/b?location", NULL, 400, "ExpiredToken",
			"The provided token has expired." },
	};
	struct credentials keys;
	struct reply reply;

	if (!ok(role != NULL, "the role is there"))
		return;
	session.role_id = json_str(role->value, S("RoleId"));
	session_issue(&arena, account, &session, &keys);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_request *http =
			request_new(cases[i].body ? "POST" : "GET", str_of(cases[i].target),
				cases[i].body ? str_of(cases[i].body) : (str){ 0 });

		sigv4_sign(&arena, http, &keys, S("us-west-2"), str_of(cases[i].service), now_s(),
			&trace);
		handle(http, &reply);
		refused(&reply, cases[i].status, cases[i].code, cases[i].message,
			json_of("an expired session at %s", cases[i].service));
	}
	session.expires_s = now_s() + 900;
	session_issue(&arena, account, &session, &keys);
	reply = call(&keys, "sts", "GetCallerIdentity", "{}");
	fine(&reply, "the same, not yet expired");
}

static void test_recreated(const struct credentials *user)
{
	struct reply reply = assume(user, ROLE_ARN, ",\"ExternalId\":\"cid-a\"");
	struct credentials old = session_of(&reply);

	IAM("DeleteRolePolicy", "{\"RoleName\":\"zilliz-byoc-acme\",\"PolicyName\":\"p\"}");
	reply = IAM("DeleteRole", "{\"RoleName\":\"zilliz-byoc-acme\"}");
	fine(&reply, "the role is deleted");
	reply = call(&old, "sts", "GetCallerIdentity", "{}");
	is(reply.code, S("InvalidClientTokenId"), "its sessions end");
	reply = IAM("CreateRole", role_input("zilliz-byoc-acme", TRUST_VENDOR));
	fine(&reply, "a role of the same name");
	reply = call(&old, "sts", "GetCallerIdentity", "{}");
	is(reply.code, S("InvalidClientTokenId"), "does not bring them back");
	reply = assume(user, ROLE_ARN, ",\"ExternalId\":\"cid-a\"");
	fine(&reply, "but has its own");
}

static void test_assume_role(void)
{
	struct credentials user = new_user_with(&vendor, "robot",
		"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
		"\"sts:AssumeRole\",\"Resource\":\"arn:aws:iam::*:role/zilliz-byoc*\"}}");
	struct credentials nobody = new_user_with(&vendor, "nobody", NULL);
	struct reply reply;

	IAM("CreateRole", role_input("zilliz-byoc-acme", TRUST_VENDOR));
	IAM("CreateRole", role_input("other", TRUST_VENDOR));
	IAM("PutRolePolicy", policy_input("RoleName", "zilliz-byoc-acme", "p",
				     "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
				     "\"Allow\",\"Action\":"
				     "\"iam:GetRole\",\"Resource\":\"" ROLE_ARN "\"}}"));
	test_external_id(&user);
	test_parameters(&user);
	test_session(&user);
	test_expiry();
	reply = assume(&nobody, ROLE_ARN, ",\"ExternalId\":\"cid-a\"");
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" VENDOR
		":user/nobody is not authorized to perform: sts:AssumeRole on resource: " ROLE_ARN,
		"trust alone is not enough across accounts [S-108]");
	reply = assume(&customer, ROLE_ARN, ",\"ExternalId\":\"cid-a\"");
	is(reply.code, S("AccessDenied"), "nor an identity policy without trust [S-105]");
	test_recreated(&user);
}

/* In one account, trust that names the caller is enough; trust in the account is not. */
static void test_same_account(void)
{
	struct credentials ann = new_user_with(&customer, "ann", NULL);
	struct reply reply;
	const char *trust = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			    "\"Principal\":{\"AWS\":\"%s\"},\"Action\":\"sts:AssumeRole\"}]}";
	const char *named = json_of(trust, "arn:aws:iam::" CUSTOMER ":user/ann");

	IAM("CreateRole", role_input("for-ann", named));
	IAM("CreateRole", role_input("for-all", json_of(trust, CUSTOMER)));
	reply = assume(&ann, "arn:aws:iam::" CUSTOMER ":role/for-ann", "");
	fine(&reply, "a trust policy that names the user is enough [S-106]");
	reply = assume(&ann, "arn:aws:iam::" CUSTOMER ":role/for-all", "");
	is(reply.code, S("AccessDenied"), "one that names the account is not [S-107]");
	reply = assume(&customer, "arn:aws:iam::" CUSTOMER ":role/for-all", "");
	fine(&reply, "but with an identity policy it is");

	/* ann goes, and another ann comes. */
	reply = IAM("ListAccessKeys", "{\"UserName\":\"ann\"}");
	IAM("DeleteAccessKey",
		json_of("{\"UserName\":\"ann\",\"AccessKeyId\":\"%.*s\"}",
			STR(text(&reply, "ListAccessKeysResult.AccessKeyMetadata.0.AccessKeyId"))));
	IAM("DeleteUser", "{\"UserName\":\"ann\"}");
	ann = new_user_with(&customer, "ann", NULL);
	reply = assume(&ann, "arn:aws:iam::" CUSTOMER ":role/for-ann", "");
	is(reply.code, S("AccessDenied"), "another user of the same name is not trusted [S-80]");
	reply = IAM("GetRole", "{\"RoleName\":\"for-ann\"}");
	ok(str_find(text(&reply, "GetRoleResult.Role.AssumeRolePolicyDocument"), S("%22AIDA")) !=
			SIZE_MAX,
		"GetRole shows the old one's id");
	IAM("UpdateAssumeRolePolicy",
		json_of("{\"RoleName\":\"for-ann\",\"PolicyDocument\":%.*s}", STR(quote(named))));
	reply = assume(&ann, "arn:aws:iam::" CUSTOMER ":role/for-ann", "");
	fine(&reply, "until the policy is written again");
	IAM("UpdateUser", "{\"UserName\":\"ann\",\"NewUserName\":\"anna\"}");
	reply = assume(&ann, "arn:aws:iam::" CUSTOMER ":role/for-ann", "");
	fine(&reply, "another name is the same user");
	reply = IAM("GetRole", "{\"RoleName\":\"for-ann\"}");
	ok(str_find(text(&reply, "GetRoleResult.Role.AssumeRolePolicyDocument"),
		   S("%3Auser%2Fanna%22")) != SIZE_MAX,
		"whose name the policy shows");
}

/* The vendor's role goes and another comes: customers who named it trust nobody [S-80]. */
static void test_vendor_role_recreated(void)
{
	const char *trust = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			    "\"Principal\":{\"AWS\":\"%s\"},\"Action\":\"sts:AssumeRole\"}]}";
	const char *caller = "arn:aws:iam::" VENDOR ":role/caller";
	const char *target = "arn:aws:iam::" CUSTOMER ":role/zilliz-byoc-bound";
	struct credentials session;
	struct reply reply;

	for (int round = 0; round < 2; round++) {
		call(&vendor, "iam", "CreateRole", role_input("caller", json_of(trust, VENDOR)));
		call(&vendor, "iam", "PutRolePolicy",
			policy_input("RoleName", "caller", "p",
				"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
				"\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}}"));
		if (round == 0)
			IAM("CreateRole", role_input("zilliz-byoc-bound", json_of(trust, caller)));
		reply = assume(&vendor, caller, "");
		session = session_of(&reply);
		reply = assume(&session, target, "");
		if (round == 0)
			fine(&reply, "the vendor's role is trusted");
		else
			is(reply.code, S("AccessDenied"), "another of its name is not");
		call(&vendor, "iam", "DeleteRolePolicy",
			"{\"RoleName\":\"caller\",\"PolicyName\":\"p\"}");
		call(&vendor, "iam", "DeleteRole", "{\"RoleName\":\"caller\"}");
	}
}

static void test_chaining(void)
{
	const char *trust = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			    "\"Principal\":{\"AWS\":\"arn:aws:iam::" CUSTOMER
			    ":role/%s\"},\"Action\":[\"sts:AssumeRole\",\"sts:TagSession\","
			    "\"sts:SetSourceIdentity\"]}]}";
	const char *first = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			    "\"Principal\":{\"AWS\":\"" CUSTOMER
			    "\"},\"Action\":[\"sts:AssumeRole\",\"sts:TagSession\","
			    "\"sts:SetSourceIdentity\"]}]}";
	struct credentials session;
	struct reply reply;

	IAM("CreateRole", role_input("first", first));
	IAM("CreateRole", json_of("{\"RoleName\":\"second\",\"MaxSessionDuration\":\"43200\","
				  "\"AssumeRolePolicyDocument\":%.*s}",
				  STR(quote(json_of(trust, "first")))));
	reply = assume(&customer, "arn:aws:iam::" CUSTOMER ":role/first",
		",\"SourceIdentity\":\"me\",\"Tags\":[{\"Key\":\"team\",\"Value\":\"blue\"}],"
		"\"TransitiveTagKeys\":[\"team\"]");
	fine(&reply, "a session with tags and a source identity");
	is(text(&reply, "AssumeRoleResult.SourceIdentity"), S("me"), "which is said");
	session = session_of(&reply);
	reply = assume(&session, "arn:aws:iam::" CUSTOMER ":role/second",
		",\"DurationSeconds\":\"3601\"");
	refused(&reply, 400, "ValidationError",
		"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
		"by "
		"role chaining.",
		"a chained session lasts an hour at most [S-114]");
	reply = assume(&session, "arn:aws:iam::" CUSTOMER ":role/second",
		",\"Tags\":[{\"Key\":\"Team\",\"Value\":\"red\"}]");
	is(reply.message,
		S("One of the specified transitive tag keys can't be set because it conflicts with "
		  "a "
		  "transitive tag key from the calling session."),
		"a transitive tag cannot be replaced");
	reply = assume(&session, "arn:aws:iam::" CUSTOMER ":role/second", "");
	fine(&reply, "a role of a role");
	is(text(&reply, "AssumeRoleResult.SourceIdentity"), S("me"), "keeps the source identity");
	reply = assume(&session, "arn:aws:iam::" CUSTOMER ":role/second",
		",\"SourceIdentity\":\"you\"");
	is(reply.code, S("AccessDenied"), "which cannot be changed");
}

/*
 * STS API Reference, ProvidedContext and AssumeRole's errors; Service Authorization Reference:
 * sts:SetContext on the role, with sts:RequestContextProviders.
 */
static void test_contexts(void)
{
#define CENTER "arn:aws:iam::aws:contextProvider/IdentityCenter"
#define GIVEN  "{\"ProviderArn\":\"" CENTER "\",\"ContextAssertion\":\"assertion\"}"
	const char *trust = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			    "\"Principal\":{\"AWS\":\"" CUSTOMER "\"},\"Action\":"
			    "\"sts:AssumeRole\"}%s]}";
	const char *more = ",{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" CUSTOMER
			   "\"},\"Action\":\"sts:SetContext\",\"Condition\":{"
			   "\"ForAllValues:ArnEquals\":{\"sts:RequestContextProviders\":\"" CENTER
			   "\"},\"Null\":{\"sts:RequestContextProviders\":\"false\"}}}";
	const char *own =
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		"\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"},{\"Effect\":"
		"\"Allow\",\"Action\":\"sts:SetContext\",\"Resource\":\"*\",\"Condition\":{"
		"\"ForAnyValue:ArnEquals\":{\"sts:RequestContextProviders\":\"%s\"}}}]}";
	const char *role = "arn:aws:iam::" CUSTOMER ":role/enhanced";
	const char *plain = "arn:aws:iam::" CUSTOMER ":role/plain";
	struct credentials cora = new_user_with(&customer, "cora", json_of(own, CENTER));
	struct credentials dora = new_user_with(&customer, "dora",
		json_of(own, "arn:aws:iam::aws:contextProvider/x"));
	const char *asked = ",\"ProvidedContexts\":[%s]";
	struct reply reply;

	IAM("CreateRole", role_input("enhanced", json_of(trust, more)));
	IAM("CreateRole", role_input("plain", json_of(trust, "")));
	reply = assume(&customer, role,
		json_of(asked, GIVEN "," GIVEN "," GIVEN "," GIVEN "," GIVEN "," GIVEN));
	is(reply.code, S("ValidationError"), "five contexts at most");
	ok(str_find(reply.message, S("Member must have length less than or equal to 5")) !=
			SIZE_MAX,
		"which is said");
	reply = assume(&customer, role, json_of(asked, "{\"ProviderArn\":\"" CENTER "\"}"));
	is(reply.code, S("ValidationError"), "one without an assertion");
	reply = assume(&customer, role,
		json_of(asked, "{\"ProviderArn\":\"" CENTER "\",\"ContextAssertion\":\"abc\"}"));
	ok(str_find(reply.message, S("Member must have length greater than or equal to 4")) !=
			SIZE_MAX,
		"one that is too short");
	reply = assume(&customer, role,
		json_of(asked, "{\"ProviderArn\":\"arn:aws:iam::aws:contextProvider/Other\","
			       "\"ContextAssertion\":\"assertion\"}"));
	is(reply.code, S("ValidationError"), "of a provider that there is not");
	reply = assume(&customer, plain, "");
	fine(&reply, "a role that is assumed without");
	reply = assume(&customer, plain, json_of(asked, GIVEN));
	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER ":user/admin is not authorized to perform: "
		"sts:SetContext on resource: arn:aws:iam::" CUSTOMER ":role/plain",
		"its trust policy knows no contexts");
	reply = assume(&dora, role, json_of(asked, GIVEN));
	is(reply.code, S("AccessDenied"), "nor may the caller set those of this provider");
	reply = assume(&cora, role, json_of(asked, GIVEN));
	refused(&reply, 400, "ExpiredTokenException",
		"The web identity token that was passed is expired or is not valid.",
		"who may is told that the assertion is not valid");
	reply = assume(&cora, role, "");
	fine(&reply, "without, the role is the caller's");
}

int main(void)
{
	accounts_open();
	test_assume_role();
	test_same_account();
	test_vendor_role_recreated();
	test_chaining();
	test_contexts();
	accounts_close();
	return tap_done();
}
