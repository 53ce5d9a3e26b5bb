/*
 * sts_token.c -- temporary credentials of users, session policies by ARN, what a denial's encoded
 * message says, and when sessions end.
 *
 * Rules and sentences: STS API Reference; IAM User Guide, "Compare AWS STS credentials",
 * "Permissions for GetFederationToken", "Revoke IAM role temporary security credentials".
 */
#include "account.h"

#define ALLOW(action, resource)                                                               \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":" action \
	",\"Resource\":\"" resource "\"}]}"
#define ROLE "arn:aws:iam::" CUSTOMER ":role/app"

static struct credentials keys_in(const struct reply *reply, const char *operation)
{
	return (struct credentials){
		.access_key_id =
			text(reply, json_of("%sResult.Credentials.AccessKeyId", operation)),
		.secret_access_key =
			text(reply, json_of("%sResult.Credentials.SecretAccessKey", operation)),
		.session_token =
			text(reply, json_of("%sResult.Credentials.SessionToken", operation)),
	};
}

/* ---- GetSessionToken. */

static void test_session_token(void)
{
	struct credentials user = new_user_with(&customer, "ann",
		ALLOW("[\"iam:GetUser\",\"s3:*\",\"sts:AssumeRole\"]", "*"));
	struct credentials nobody = new_user_with(&customer, "nobody",
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\","
		"\"Resource\":\"*\"}]}");
	struct credentials session;
	struct reply reply = call(&nobody, "sts", "GetSessionToken", "{}");
	struct http_request *http;

	fine(&reply, "no policy controls GetSessionToken");
	reply = call(&user, "sts", "GetSessionToken", "{\"DurationSeconds\":\"900\"}");
	if (!fine(&reply, "a session of 15 minutes"))
		return;
	is(text(&reply, "GetSessionTokenResult.Credentials.Expiration"),
		time_iso(&arena, now_s() + 900), "which it says");
	ok(!member(&reply, "GetSessionTokenResult.AssumedRoleUser"), "and nobody new");
	session = keys_in(&reply, "GetSessionToken");
	ok(str_starts(session.access_key_id, S("ASIA")), "a temporary key");
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"), S("arn:aws:iam::" CUSTOMER ":user/ann"),
		"is the user itself");
	IAM("UpdateUser", "{\"UserName\":\"ann\",\"NewUserName\":\"anna\"}");
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"), S("arn:aws:iam::" CUSTOMER ":user/anna"),
		"also when it has another name");
	IAM("UpdateUser", "{\"UserName\":\"anna\",\"NewUserName\":\"ann\"}");
	http = request_new("GET", S("/"), (str){ 0 });
	sigv4_sign(&arena, http, &session, S("us-west-2"), S("s3"), now_s(), &trace);
	handle(http, &reply);
	ok(reply.status == 200, "may do what the user may, in S3");
	reply = call(&session, "iam", "GetUser", "{\"UserName\":\"ann\"}");
	refused(&reply, 403, "InvalidClientTokenId",
		"The security token included in the request is invalid.",
		"but calls nothing of IAM's without MFA");
	reply = call(&session, "sts", "GetSessionToken", "{}");
	refused(&reply, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials",
		"nor GetSessionToken");
	reply = call(&session, "sts", "GetFederationToken", "{\"Name\":\"bob\"}");
	refused(&reply, 403, "AccessDenied",
		"Cannot call GetFederationToken with session credentials",
		"nor GetFederationToken");
	reply = call(&session, "sts", "DecodeAuthorizationMessage", "{\"EncodedMessage\":\"A\"}");
	is(reply.code, S("AccessDenied"), "nor anything of STS's");
	reply = assume(&session, ROLE, ",\"DurationSeconds\":\"7200\"");
	fine(&reply, "but AssumeRole, and no chaining limits it [S-114]");

	reply = call(&user, "sts", "GetSessionToken", "{\"DurationSeconds\":\"129601\"}");
	refused(&reply, 400, "ValidationError",
		"1 validation error detected: Value '129601' at 'durationSeconds' failed to "
		"satisfy "
		"constraint: Member must have value less than or equal to 129600",
		"36 hours at most");
	reply = call(&user, "sts", "GetSessionToken",
		"{\"SerialNumber\":\"arn:aws:iam::" CUSTOMER
		":mfa/ann\",\"TokenCode\":\"123456\"}");
	refused(&reply, 403, "AccessDenied",
		"MultiFactorAuthentication failed with invalid MFA one time pass code.",
		"a code of a device that is not there");
	reply = IAM("ListAccessKeys", "{\"UserName\":\"ann\"}");
	IAM("DeleteAccessKey",
		json_of("{\"UserName\":\"ann\",\"AccessKeyId\":\"%.*s\"}",
			STR(text(&reply, "ListAccessKeysResult.AccessKeyMetadata.0.AccessKeyId"))));
	IAM("DeleteUserPolicy", "{\"UserName\":\"ann\",\"PolicyName\":\"p\"}");
	IAM("DeleteUser", "{\"UserName\":\"ann\"}");
	new_user_with(&customer, "ann", ALLOW("\"*\"", "*"));
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	is(reply.code, S("InvalidClientTokenId"),
		"a user's sessions end with it, whoever takes the name");
}

/* ---- GetFederationToken. */

static struct reply federate(const struct credentials *who, const char *more)
{
	return call(who, "sts", "GetFederationToken", json_of("{\"Name\":\"bob\"%s}", more));
}

static void test_federation_token(void)
{
	struct credentials proxy = new_user_with(&customer, "proxy",
		ALLOW("[\"sts:GetFederationToken\",\"s3:*\"]", "*"));
	struct credentials plain = new_user_with(&customer, "plain", NULL);
	struct credentials session;
	struct reply reply = federate(&plain, "");
	struct http_request *http;

	refused(&reply, 403, "AccessDenied",
		"User: arn:aws:iam::" CUSTOMER
		":user/plain is not authorized to perform: sts:GetFederationToken on resource: "
		"arn:aws:sts::" CUSTOMER
		":federated-user/bob because no identity-based policy allows the "
		"sts:GetFederationToken action",
		"needs permission [S-116]");
	reply = federate(&proxy, "");
	if (!fine(&reply, "without a policy"))
		return;
	is(text(&reply, "GetFederationTokenResult.FederatedUser.Arn"),
		S("arn:aws:sts::" CUSTOMER ":federated-user/bob"), "its ARN");
	is(text(&reply, "GetFederationTokenResult.FederatedUser.FederatedUserId"),
		S(CUSTOMER ":bob"), "its id");
	is(text(&reply, "GetFederationTokenResult.PackedPolicySize"), S("0"), "nothing packed");
	session = keys_in(&reply, "GetFederationToken");
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"),
		S("arn:aws:sts::" CUSTOMER ":federated-user/bob"), "who it is");
	is(text(&reply, "GetCallerIdentityResult.UserId"), S(CUSTOMER ":bob"), "its user id");
	http = request_new("GET", S("/"), (str){ 0 });
	sigv4_sign(&arena, http, &session, S("us-west-2"), S("s3"), now_s(), &trace);
	handle(http, &reply);
	ok(str_eq(reply.code, S("AccessDenied")) &&
			str_ends(reply.message, S(" because no session policy allows the "
						  "s3:ListAllMyBuckets action")),
		"may do nothing without a session policy [S-95]");
	reply = federate(&proxy,
		json_of(",\"Policy\":%.*s", STR(quote(ALLOW("[\"s3:List*\",\"ec2:*\"]", "*")))));
	fine(&reply, "with one");
	session = keys_in(&reply, "GetFederationToken");
	http = request_new("GET", S("/"), (str){ 0 });
	sigv4_sign(&arena, http, &session, S("us-west-2"), S("s3"), now_s(), &trace);
	handle(http, &reply);
	ok(reply.status == 200, "what both allow");
	reply = call(&session, "ec2", "DescribeVpcs", "{}");
	is(reply.code, S("UnauthorizedOperation"), "not what the user may not");
	reply = call(&session, "iam", "ListRoles", "{}");
	is(reply.code, S("InvalidClientTokenId"), "nothing of IAM's");
	reply = assume(&session, ROLE, "");
	is(reply.code, S("AccessDenied"), "no role");
	reply = federate(&proxy, ",\"Tags\":[{\"Key\":\"team\",\"Value\":\"blue\"}]");
	is(reply.code, S("AccessDenied"), "tags need sts:TagSession [S-113]");
	reply = call(&proxy, "sts", "GetFederationToken", "{\"Name\":\"b\"}");
	is(reply.code, S("ValidationError"), "a name of one letter");
	reply = call(&proxy, "sts", "GetFederationToken",
		json_of("{\"Name\":\"%s\"}", repeat('b', 33)));
	is(reply.code, S("ValidationError"), "a name of 33");
}

/* ---- the root user. */

static void test_root(void)
{
	struct credentials root = root_key();
	struct credentials session;
	struct reply reply;

	reply = call(&root, "sts", "GetSessionToken", "{\"DurationSeconds\":\"43200\"}");
	is(text(&reply, "GetSessionTokenResult.Credentials.Expiration"),
		time_iso(&arena, now_s() + 3600), "the root user's sessions last an hour");
	session = keys_in(&reply, "GetSessionToken");
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"), S("arn:aws:iam::" CUSTOMER ":root"),
		"and are root's");
	reply = federate(&root, json_of(",\"Policy\":%.*s", STR(quote(ALLOW("\"ec2:*\"", "*")))));
	session = keys_in(&reply, "GetFederationToken");
	reply = call(&session, "ec2", "DescribeVpcs", "{}");
	fine(&reply, "whom root vouches for, may what the session policy allows");
}

/* ---- GetAccessKeyInfo. */

static void test_access_key_info(void)
{
	struct credentials user =
		new_user_with(&vendor, "auditor", ALLOW("\"sts:GetAccessKeyInfo\"", "*"));
	struct reply reply = call(&user, "sts", "GetAccessKeyInfo",
		json_of("{\"AccessKeyId\":\"%.*s\"}", STR(customer.access_key_id)));

	is(text(&reply, "GetAccessKeyInfoResult.Account"), S(CUSTOMER), "whose a key is");
	/* A key of AWS's own making: Tal Be'ery, "A short note on AWS KEY ID". */
	reply = call(&user, "sts", "GetAccessKeyInfo",
		"{\"AccessKeyId\":\"ASIAQNZGKIQY56JQ7WML\"}");
	is(text(&reply, "GetAccessKeyInfoResult.Account"), S("029608264753"),
		"an account that is not here");
	reply = call(&user, "sts", "GetAccessKeyInfo",
		"{\"AccessKeyId\":\"AKIA00000000000000000\"}");
	is(reply.code, S("ValidationError"), "no access key");
	reply = call(&vendor, "sts", "GetAccessKeyInfo", "{\"AccessKeyId\":\"A\"}");
	is(reply.code, S("ValidationError"), "too short");
}

/* ---- session policies by ARN. */

static const char *arns(const char *one, const char *two)
{
	return two ? json_of(",\"PolicyArns\":[{\"arn\":\"%s\"},{\"arn\":\"%s\"}]", one, two)
		   : json_of(",\"PolicyArns\":[{\"arn\":\"%s\"}]", one);
}

/* A managed policy as the account keeps it; NULL takes it away. */
static void put_policy(const char *name, const char *document)
{
	struct change_list list = { .arena = &arena };
	str key = iam_key(&arena, S(CUSTOMER), "policy", str_of(name));
	struct json *policy;
	struct err err;

	if (!json_parse(&arena,
		    str_of(json_of("{\"Arn\":\"arn:aws:iam::" CUSTOMER
				   ":policy/%s\",\"PolicyName\":\"%s\",\"DefaultVersionId\":\"v1\","
				   "\"Versions\":[{\"VersionId\":\"v1\",\"Document\":%.*s}]}",
			    name, name, STR(quote(document ? document : "{}")))),
		    LIMIT_JSON_BYTES, &policy, &err))
		abort();
	if (document)
		change_put(&list, key, policy);
	else
		change_delete(&list, key);
	ok(records_commit(account, &list, &err), "the policy %s", name);
}

static void test_policy_arns(void)
{
	const char *own = "arn:aws:iam::" CUSTOMER ":policy/only-get-role";
	const char *list = "arn:aws:iam::" CUSTOMER ":policy/only-list";
	struct credentials session;
	struct reply reply;
	struct buf many = { .arena = &arena };

	put_policy("only-get-role", ALLOW("\"iam:GetRole\"", "*"));
	put_policy("only-list", ALLOW("\"iam:ListRoles\"", "*"));
	reply = assume(&customer, ROLE, arns(own, NULL));
	if (!fine(&reply, "AssumeRole with a policy's ARN"))
		return;
	ok(member(&reply, "AssumeRoleResult.PackedPolicySize") != NULL, "is packed");
	session = session_of(&reply);
	reply = call(&session, "iam", "GetRole", "{\"RoleName\":\"app\"}");
	fine(&reply, "what role and policy allow");
	reply = call(&session, "iam", "ListRoles", "{}");
	ok(str_ends(reply.message, S("because no session policy allows the iam:ListRoles action")),
		"and no more");
	reply = assume(&customer, ROLE, arns(own, list));
	session = session_of(&reply);
	reply = call(&session, "iam", "ListRoles", "{}");
	fine(&reply, "of several, any may allow [S-97]");
	reply = assume(&customer, ROLE,
		json_of("%s,\"Policy\":%.*s", arns(own, NULL),
			STR(quote(ALLOW("\"iam:ListRoles\"", "*")))));
	session = session_of(&reply);
	reply = call(&session, "iam", "ListRoles", "{}");
	fine(&reply, "or the one in the call");
	reply = call(&session, "iam", "GetRole", "{\"RoleName\":\"app\"}");
	fine(&reply, "or both");

	reply = assume(&customer, ROLE, arns("arn:aws:iam::" CUSTOMER ":policy/none", NULL));
	ok(reply.status == 400, "a policy that is not there");
	reply = assume(&customer, ROLE, arns("arn:aws:iam::" VENDOR ":policy/only-list", NULL));
	ok(reply.status == 400, "one of another account");
	reply = assume(&customer, ROLE,
		arns("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy", NULL));
	fine(&reply, "one of AWS's");
	for (int i = 0; i < 11; i++)
		buf_printf(&many, "%s{\"arn\":\"%s\"}", i ? "," : "", own);
	reply = assume(&customer, ROLE, json_of(",\"PolicyArns\":[%.*s]", STR(buf_view(&many))));
	ok(reply.status == 400 && str_ends(reply.message,
					  S("Member must have length less than or equal to 10")),
		"eleven are too many");

	reply = assume(&customer, ROLE, arns(list, NULL));
	session = session_of(&reply);
	put_policy("only-list", NULL);
	reply = call(&session, "iam", "ListRoles", "{}");
	is(reply.code, S("AccessDenied"), "a deleted one allows nothing from the next request on");
}

/* ---- DecodeAuthorizationMessage. */

static str condition_value(const struct json *message, const char *key)
{
	const struct json *items =
		json_get(json_get(json_get(message, S("context")), S("conditions")), S("items"));

	JSON_EACH(item, items)
	{
		if (str_eq(json_str(item, S("key")), str_of(key)))
			return json_str(json_get(json_get(item, S("values")), S("items"))->first,
				S("value"));
	}
	return S("(absent)");
}

static void test_decode(void)
{
	struct credentials user = new_user_with(&customer, "tester",
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"NoTags\",\"Effect\":"
		"\"Deny\","
		"\"Action\":\"ec2:CreateTags\",\"Resource\":\"arn:aws:ec2:*:*:vpc/*\","
		"\"Condition\":{\"StringEquals\":{\"aws:RequestTag/team\":\"blue\"}}}]}");
	struct reply reply = call(&user, "ec2", "CreateTags",
		"{\"ResourceId\":[\"vpc-0123456789abcdef0\"],\"Tag\":[{\"Key\":\"team\",\"Value\":"
		"\"blue\"}]}");
	size_t at = str_find(reply.message, S("Encoded authorization failure message: "));
	const struct json *matched, *context;
	struct json *message;
	struct err err;
	str encoded;

	if (!ok(at != SIZE_MAX, "a denial with an encoded message"))
		return;
	encoded = str_from(reply.message, at + 39);
	reply = call(&vendor, "sts", "DecodeAuthorizationMessage",
		json_of("{\"EncodedMessage\":\"%.*s\"}", STR(encoded)));
	is(reply.code, S("InvalidAuthorizationMessageException"), "another account cannot read it");
	reply = call(&user, "sts", "DecodeAuthorizationMessage",
		json_of("{\"EncodedMessage\":\"%.*s\"}", STR(encoded)));
	is(reply.code, S("AccessDenied"), "nor may somebody without permission");
	reply = call(&customer, "sts", "DecodeAuthorizationMessage",
		json_of("{\"EncodedMessage\":\"%.*s\"}", STR(encoded)));
	if (!fine(&reply, "the account's administrator may") ||
		!ok(json_parse(&arena,
			    text(&reply, "DecodeAuthorizationMessageResult.DecodedMessage"),
			    LIMIT_JSON_BYTES, &message, &err),
			"it is JSON"))
		return;
	is(json_str(message, S("explicitDeny")), S("true"), "an explicit deny");
	matched = json_get(json_get(message, S("matchedStatements")), S("items"));
	ok(matched && matched->count == 1, "one statement");
	is(json_str(matched->first, S("statementId")), S("NoTags"), "its Sid");
	is(json_str(json_get(json_get(matched->first, S("actions")), S("items"))->first,
		   S("value")),
		S("ec2:CreateTags"), "its actions");
	is(json_str(json_get(json_get(matched->first, S("conditions")), S("items"))->first,
		   S("key")),
		S("aws:RequestTag/team"), "its conditions");
	context = json_get(message, S("context"));
	is(json_str(json_get(context, S("principal")), S("arn")),
		S("arn:aws:iam::" CUSTOMER ":user/tester"), "the principal");
	is(json_str(context, S("action")), S("ec2:CreateTags"), "the action");
	is(condition_value(message, "aws:RequestTag/team"), S("blue"), "the request's tag");
	is(condition_value(message, "aws:TagKeys"), S("team"), "its keys");
	is(condition_value(message, "ec2:Region"), S("us-west-2"), "the region");
	is(condition_value(message, "aws:Region"), S("us-west-2"), "aws:Region");
	is(condition_value(message, "aws:Service"), S("ec2"), "aws:Service");
	is(condition_value(message, "aws:Account"), S(CUSTOMER), "aws:Account");
	is(condition_value(message, "aws:ARN"),
		S("arn:aws:ec2:us-west-2:" CUSTOMER ":vpc/vpc-0123456789abcdef0"), "aws:ARN");
	is(condition_value(message, "aws:Type"), S("vpc"), "aws:Type");
	reply = call(&customer, "sts", "DecodeAuthorizationMessage",
		json_of("{\"EncodedMessage\":\"%.*s\"}", STR(str_head(encoded, encoded.n - 4))));
	refused(&reply, 400, "InvalidAuthorizationMessageException",
		"The encoded authorization message is invalid.", "a message cut short");
}

/* However much a request says, its message can be sent back. */
static void test_decode_long(void)
{
	struct credentials user = new_user_with(&customer, "tester2", NULL);
	struct buf tags = { .arena = &arena };
	struct reply reply;
	size_t at;

	for (int i = 0; i < 50; i++)
		buf_printf(&tags, "%s{\"Key\":\"key-%d\",\"Value\":\"%s\"}", i ? "," : "", i,
			repeat('v', 200));
	reply = call(&user, "ec2", "CreateTags",
		json_of("{\"ResourceId\":[\"vpc-0123456789abcdef0\"],\"Tag\":[%.*s]}",
			STR(buf_view(&tags))));
	at = str_find(reply.message, S("failure message: "));
	if (!ok(at != SIZE_MAX, "50 tags"))
		return;
	reply = call(&customer, "sts", "DecodeAuthorizationMessage",
		json_of("{\"EncodedMessage\":\"%.*s\"}", STR(str_from(reply.message, at + 17))));
	fine(&reply, "are decoded as well");
}

/* ---- the end of sessions. */

/* What the console attaches: AWSRevokeOlderSessions. */
static void test_revoke(void)
{
	struct reply reply = assume(&customer, ROLE, "");
	struct credentials old = session_of(&reply), new;
	const char *revoke =
		json_of("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
			"\"Action\":[\"*\"],\"Resource\":[\"*\"],\"Condition\":{\"DateLessThan\":"
			"{\"aws:TokenIssueTime\":\"%.*s\"}}}]}",
			STR(time_iso(&arena, now_s() + 1)));

	reply = call(&old, "iam", "ListRoles", "{}");
	fine(&reply, "a session works");
	reply = IAM("PutRolePolicy",
		policy_input("RoleName", "app", "AWSRevokeOlderSessions", revoke));
	fine(&reply, "the role's sessions are revoked");
	reply = call(&old, "iam", "ListRoles", "{}");
	refused(&reply, 403, "AccessDenied",
		json_of("User: arn:aws:sts::" CUSTOMER
			":assumed-role/app/sess is not authorized to perform: iam:ListRoles on "
			"resource: arn:aws:iam::" CUSTOMER
			":role/ with an explicit deny in an identity-based policy"),
		"the next request is refused");
	IAM("PutRolePolicy",
		policy_input("RoleName", "app", "AWSRevokeOlderSessions",
			json_of("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
				"\"Action\":[\"*\"],\"Resource\":[\"*\"],\"Condition\":{"
				"\"DateLessThan\":{\"aws:TokenIssueTime\":\"%.*s\"}}}]}",
				STR(time_iso(&arena, now_s() - 60)))));
	reply = assume(&customer, ROLE, "");
	new = session_of(&reply);
	reply = call(&new, "iam", "ListRoles", "{}");
	fine(&reply, "a session that began later works");
}

/* The same accounts, made again: another master key. */
static void test_other_deployment(void)
{
	const str ids[] = { S(CUSTOMER), S(VENDOR) };
	struct account_admin admins[2];
	struct account *here = account;
	struct credentials session;
	struct reply reply = assume(&customer, ROLE, "");
	struct err err;
	str other;

	session = session_of(&reply);
	if (!ok(dir_make_temp(&arena, S("deputy-other"), &other, &err) &&
			    account_init(&arena, other, ids, 2, S("us-west-2"), admins, &err) &&
			    account_open(other, &account, &err),
		    "another deployment"))
		return;
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	refused(&reply, 403, "InvalidClientTokenId",
		"The security token included in the request is invalid.",
		"takes no token of this one");
	reply = call(&customer, "sts", "GetCallerIdentity", "{}");
	is(reply.code, S("InvalidClientTokenId"), "nor its keys");
	account_close(account);
	dir_remove(other);
	account = here;
}

/* Every byte of a token counts. */
static void test_tampering(void)
{
	struct reply reply = assume(&customer, ROLE, "");
	struct credentials session = session_of(&reply), changed = session;
	char *p = NEWS(&arena, char, session.session_token.n + 1);
	size_t accepted = 0;

	for (size_t i = 0; i < session.session_token.n; i++) {
		memcpy(p, session.session_token.p, session.session_token.n);
		p[i] = p[i] == 'A' ? 'B' : 'A';
		changed.session_token = (str){ p, session.session_token.n };
		reply = call(&changed, "sts", "GetCallerIdentity", "{}");
		accepted += !str_eq(reply.code, S("InvalidClientTokenId"));
	}
	ok(accepted == 0, "a token with any one letter changed is refused");
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	fine(&reply, "and unchanged it is not");
}

static void test_mfa(void)
{
	struct reply reply = assume(&customer, ROLE,
		",\"SerialNumber\":\"arn:aws:iam::" CUSTOMER ":mfa/me\",\"TokenCode\":\"123456\"");

	refused(&reply, 403, "AccessDenied",
		"MultiFactorAuthentication failed, unable to validate MFA code. Please verify your "
		"MFA serial number is valid and associated with this user.",
		"AssumeRole with a device that is not there");
}

int main(void)
{
	accounts_open();
	IAM("CreateRole",
		json_of("{\"RoleName\":\"app\",\"MaxSessionDuration\":\"43200\","
			"\"AssumeRolePolicyDocument\":%.*s}",
			STR(quote("{\"Version\":\"2012-10-17\",\"Statement\":[{"
				  "\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
				  "\"" CUSTOMER "\"},\"Action\":\"sts:AssumeRole\"}]}"))));
	IAM("PutRolePolicy", policy_input("RoleName", "app", "p", ALLOW("\"iam:*\"", "*")));
	test_session_token();
	test_federation_token();
	test_root();
	test_access_key_info();
	test_policy_arns();
	test_decode();
	test_decode_long();
	test_tampering();
	test_mfa();
	test_other_deployment();
	test_revoke();
	accounts_close();
	return tap_done();
}
