/*
 * account.c -- the account server as a whole: signatures, default deny, and what is on the disk.
 *
 * Codes, statuses and sentences are AWS's (aws-wire.md 4.2, 4.5, 4.6).
 */
#include "account.h"

#include <signal.h>
#include <sys/resource.h>

/* ---- authentication. */

static void test_identity(void)
{
	struct reply reply = call(&customer, "sts", "GetCallerIdentity", "{}");

	fine(&reply, "GetCallerIdentity");
	is(reply.root_name, S("GetCallerIdentityResponse"), "its answer's name");
	is(text(&reply, "GetCallerIdentityResult.Arn"), S("arn:aws:iam::" CUSTOMER ":user/admin"),
		"ARN");
	is(text(&reply, "GetCallerIdentityResult.Account"), S(CUSTOMER), "account");
	ok(str_starts(text(&reply, "GetCallerIdentityResult.UserId"), S("AIDA")) &&
			text(&reply, "GetCallerIdentityResult.UserId").n == 21,
		"user id");
	ok(text(&reply, "ResponseMetadata.RequestId").n == 36, "request id");
	is(http_get_header(reply.headers, reply.nheaders, S("content-type")), S("text/xml"),
		"content type");
	ok(str_find(reply.body, S("xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"")) !=
			SIZE_MAX,
		"namespace");
}

enum { UNSIGNED, UNKNOWN, WRONG_SECRET, SKEWED, WITH_TOKEN };

static struct reply signed_badly(const char *service, const char *target, const char *body, int how)
{
	struct credentials keys = customer;
	int64_t now = now_s();
	struct http_request *http = request_new(body ? "POST" : "GET", str_of(target),
		body ? str_of(body) : (str){ 0 });
	struct reply reply;

	if (how == UNKNOWN)
		keys.access_key_id = S("AKIAIOSFODNN7EXAMPLE");
	if (how == WRONG_SECRET)
		keys.secret_access_key = S("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
	if (how == SKEWED)
		now -= 16 * 60;
	if (how == WITH_TOKEN)
		keys.session_token = S("IQoJb3JpZ2luX2VjEXAMPLE");
	if (how != UNSIGNED)
		sigv4_sign(&arena, http, &keys, S("us-west-2"), str_of(service), now, &trace);
	handle(http, &reply);
	return reply;
}

static str code_of(const struct reply *reply)
{
	return reply->code.n
		       ? reply->code
		       : http_get_header(reply->headers, reply->nheaders, S("x-amzn-errortype"));
}

static void test_authentication(void)
{
	static const struct {
		const char *service, *target, *body;
		int how;
		unsigned status;
		const char *code;
	} cases[] = {
		{ "iam", "/", IAM_BODY, UNSIGNED, 403, "MissingAuthenticationToken" },
		{ "iam", "/", IAM_BODY, UNKNOWN, 403, "InvalidClientTokenId" },
		{ "iam", "/", IAM_BODY, WRONG_SECRET, 403, "SignatureDoesNotMatch" },
		{ "iam", "/", IAM_BODY, SKEWED, 403, "SignatureDoesNotMatch" },
		{ "iam", "/", IAM_BODY, WITH_TOKEN, 403, "InvalidClientTokenId" },
		{ "sts", "/", STS_BODY, UNSIGNED, 403, "MissingAuthenticationToken" },
		{ "sts", "/", STS_BODY, UNKNOWN, 403, "InvalidClientTokenId" },
		{ "sts", "/", STS_BODY, WRONG_SECRET, 403, "SignatureDoesNotMatch" },
		{ "ec2", "/", EC2_BODY, UNKNOWN, 401, "AuthFailure" },
		{ "ec2", "/", EC2_BODY, WRONG_SECRET, 401, "AuthFailure" },
		{ "ec2", "/", EC2_BODY, SKEWED, 400, "RequestExpired" },
		{ "eks", "/clusters/x", NULL, UNKNOWN, 403, "UnrecognizedClientException" },
		{ "eks", "/clusters/x", NULL, WRONG_SECRET, 403, "InvalidSignatureException" },
		{ "s3", "/b?location", NULL, UNKNOWN, 403, "InvalidAccessKeyId" },
		{ "s3", "/b?location", NULL, WRONG_SECRET, 403, "SignatureDoesNotMatch" },
		{ "s3", "/b?location", NULL, SKEWED, 403, "RequestTimeTooSkewed" },
		{ "s3", "/b?location", NULL, UNSIGNED, 403, "AccessDenied" },
	};
	struct reply reply;

	for (size_t i = 0; i < COUNT(cases); i++) {
		reply = signed_badly(cases[i].service, cases[i].target, cases[i].body,
			cases[i].how);
		is(arena_printf(&arena, "%u %.*s", reply.status, STR(code_of(&reply))),
			arena_printf(&arena, "%u %s", cases[i].status, cases[i].code),
			"%s, badly signed (%d)", cases[i].service, cases[i].how);
	}
	reply = signed_badly("iam", "/", IAM_BODY, UNSIGNED);
	is(reply.message, S("Request is missing Authentication Token"), "unsigned: the sentence");
	reply = signed_badly("iam", "/", IAM_BODY, UNKNOWN);
	is(reply.message, S("The security token included in the request is invalid."),
		"unknown key: the sentence");
	reply = signed_badly("sts", "/", STS_BODY, WRONG_SECRET);
	is(reply.message,
		S("The request signature we calculated does not match the signature you provided. "
		  "Check your AWS Secret Access Key and signing method. Consult the service "
		  "documentation for details."),
		"wrong secret: the sentence");
	reply = signed_badly("iam", "/", IAM_BODY, SKEWED);
	ok(str_starts(reply.message, S("Signature expired: ")) &&
			str_ends(reply.message, S("- 15 min.)")),
		"an old signature: %.*s", STR(reply.message));
	reply = signed_badly("s3", "/b?location", NULL, UNKNOWN);
	is(reply.message, S("The AWS Access Key Id you provided does not exist in our records."),
		"S3's sentence for an unknown key");
	reply = signed_badly("ec2", "/", EC2_BODY, WRONG_SECRET);
	is(reply.message, S("AWS was not able to validate the provided access credentials"),
		"EC2's for a wrong secret");
}

/* A body that was changed after signing, a scope for another service, an unknown action. */
static void test_requests(void)
{
	struct http_request *http = request_new("POST", S("/"), S(IAM_BODY));
	struct reply reply;

	sigv4_sign(&arena, http, &customer, S("us-west-2"), S("iam"), now_s(), &trace);
	http->body = S("Action=ListUsers&Version=2010-05-08");
	handle(http, &reply);
	is(reply.code, S("SignatureDoesNotMatch"), "a body that was changed after signing");

	http = request_new("POST", S("/"), S(IAM_BODY));
	sigv4_sign(&arena, http, &customer, S("us-west-2"), S("lambda"), now_s(), &trace);
	handle(http, &reply);
	is(arena_printf(&arena, "%u %.*s", reply.status, STR(reply.code)),
		S("403 SignatureDoesNotMatch"), "a scope for a service that is not here");

	reply = call(&customer, "iam", "MakeCoffee", "{}");
	refused(&reply, 400, "InvalidAction",
		"Could not find operation MakeCoffee for version 2010-05-08", "an unknown action");
	reply = call(&customer, "sts", "CreateRole", "{}");
	refused(&reply, 400, "InvalidAction",
		"Could not find operation CreateRole for version 2011-06-15",
		"IAM's action at STS");
	reply = call(&customer, "ec2", "MakeCoffee", "{}");
	refused(&reply, 400, "InvalidAction",
		"The action MakeCoffee is not valid for this web service.", "EC2's sentence");

	http = request_new("POST", S("/"), S("Action=ListRoles&Version=2009-01-01"));
	sigv4_sign(&arena, http, &customer, S("eu-central-1"), S("iam"), now_s(), &trace);
	handle(http, &reply);
	is(reply.code, S("InvalidAction"), "an unknown version");

	http = request_new("GET", S("/?" STS_BODY), (str){ 0 });
	sigv4_sign(&arena, http, &customer, S("ap-southeast-1"), S("sts"), now_s(), &trace);
	handle(http, &reply);
	fine(&reply, "GET with everything in the query string, any region");
}

/* Nothing that was signed is passed over, wherever it stands. */
static void test_query_and_body(void)
{
	static const struct {
		const char *target, *body, *want;
	} rows[] = {
		{ "/?Action=ListRoles&Version=2010-05-08", "MaxItems=1", "200 " },
		{ "/?MaxItems=0", IAM_BODY, "400 ValidationError" },
		{ "/?Action=ListRoles", IAM_BODY, "400 MalformedQueryString" },
		{ "/?Version=2010-05-08", IAM_BODY, "400 MalformedQueryString" },
		{ "/?a=%zz", IAM_BODY, "400 MalformedQueryString" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_request *http =
			request_new("POST", str_of(rows[i].target), str_of(rows[i].body));
		struct reply reply;

		sigv4_sign(&arena, http, &customer, S("us-west-2"), S("iam"), now_s(), &trace);
		handle(http, &reply);
		is(arena_printf(&arena, "%u %.*s", reply.status, STR(reply.code)),
			str_of(rows[i].want), "%s and %s", rows[i].target, rows[i].body);
	}
}

static void test_root(void)
{
	struct credentials root = root_key();
	struct reply reply;

	reply = call(&root, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"), S("arn:aws:iam::" CUSTOMER ":root"),
		"is root");
	IAM("CreateRole", role_input("other", TRUST_VENDOR));
	reply = assume(&root, "arn:aws:iam::" CUSTOMER ":role/other", ",\"ExternalId\":\"cid-a\"");
	refused(&reply, 403, "AccessDenied", "Roles may not be assumed by root accounts.",
		"and assumes no role");
}

/* ---- laws. */

static str everything(void)
{
	struct buf out = { .arena = &arena };
	const struct record *const *records;
	size_t n;

	records = record_range(account, S(""), &n);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&out, "%.*s ", STR(records[i]->key));
		json_write(&out, records[i]->value);
		buf_char(&out, '\n');
	}
	return buf_view(&out);
}

/* A user without policies may do nothing but ask who he is, and changes nothing. */
static void test_default_deny(void)
{
	static const struct {
		const char *service, *operation;
	} operations[] = {
#define ROW(key, service, operation, method, path, function) { service, operation },
#define GET                                                  "GET"
#define HEAD                                                 "HEAD"
#define PUT                                                  "PUT"
#define POST                                                 "POST"
#define DELETE                                               "DELETE"
#include "gen/routes.inc"
#undef ROW
	};
	struct credentials mallory = new_user_with(&customer, "mallory", NULL);
	const char *input = json_of(
		"{\"RoleName\":\"other\",\"UserName\":\"ann\",\"PolicyName\":\"p\","
		"\"PolicyDocument\":"
		"%.*s,\"AssumeRolePolicyDocument\":%.*s,\"AccessKeyId\":\"AKIAIOSFODNN7EXAMPLE\","
		"\"Url\":\"https://a.example\",\"OpenIDConnectProviderArn\":"
		"\"arn:aws:iam::" CUSTOMER ":oidc-provider/a.example\",\"AWSServiceName\":"
		"\"eks.amazonaws.com\",\"RoleArn\":\"arn:aws:iam::" CUSTOMER
		":role/other\",\"RoleSessionName\":\"sess\",\"EncodedMessage\":\"AAAA\","
		"\"GroupName\":\"g\",\"InstanceProfileName\":\"i\",\"PolicyArn\":\"arn:aws:iam:"
		":" CUSTOMER ":policy/p\",\"PermissionsBoundary\":\"arn:aws:iam::" CUSTOMER
		":policy/p\",\"VersionId\":\"v1\",\"Status\":\"Inactive\",\"Description\":\"d\","
		"\"ClientID\":\"c\",\"ThumbprintList\":"
		"[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"],\"AccountAlias\":\"acme\","
		"\"DeletionTaskId\":\"task/aws-service-role/eks.amazonaws.com/"
		"AWSServiceRoleForAmazonEKS/01234567-89ab-cdef-0123-456789abcdef\","
		"\"PolicySourceArn\":\"arn:aws:iam::" CUSTOMER
		":role/other\",\"ActionNames\":[\"s3:GetObject\"],\"PolicyInputList\":[%.*s],"
		"\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],\"TagKeys\":[\"k\"],"
		"\"Arn\":\"arn:aws:iam::" CUSTOMER
		":role/other\",\"JobId\":\"01234567-89ab-cdef-0123-456789abcdef\","
		"\"ServiceNamespace\":\"s3\",\"ServiceNamespaces\":[\"s3\"],"
		"\"Name\":\"fed\",\"WebIdentityToken\":\"e30.e30.AAAA\"}",
		STR(quote(TRUST_EKS)), STR(quote(TRUST_EKS)), STR(quote(TRUST_EKS)));
	str before = everything();

	for (size_t i = 0; i < COUNT(operations); i++) {
		struct reply reply;

		if (strcmp(operations[i].service, "iam") != 0 &&
			strcmp(operations[i].service, "sts") != 0)
			continue;
		reply = call(&mallory, operations[i].service, operations[i].operation, input);
		if (strcmp(operations[i].operation, "GetCallerIdentity") == 0 ||
			strcmp(operations[i].operation, "GetSessionToken") == 0)
			fine(&reply, operations[i].operation); /* no policy controls them */
		else if (strcmp(operations[i].operation, "AssumeRoleWithWebIdentity") == 0)
			is(reply.code, S("InvalidIdentityToken"), "a token is its signature");
		else
			is(reply.code, S("AccessDenied"), "%s is denied by default",
				operations[i].operation);
	}
	ok(str_eq(everything(), before), "and nothing changed");
}

/* An action that has no resource types is allowed by Resource "*" only. */
static void test_lists(void)
{
	struct credentials keys = new_user_with(&customer, "lister",
		"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
		"\"iam:ListRoles\",\"Resource\":\"arn:aws:iam::" CUSTOMER ":role/*\"}}");
	struct reply reply = call(&keys, "iam", "ListRoles", "{}");

	is(reply.code, S("AccessDenied"), "an ARN does not allow ListRoles [S-134]");
	IAM("PutUserPolicy",
		policy_input("UserName", "lister", "p",
			"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
			"\"Action\":"
			"\"iam:ListRoles\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":"
			"{\"aws:SourceIp\":\"127.0.0.0/"
			"8\"},\"Bool\":{\"aws:SecureTransport\":\"false\"},"
			"\"StringEquals\":{\"aws:RequestedRegion\":\"us-east-1\"},\"Null\":"
			"{\"aws:MultiFactorAuthPresent\":\"true\",\"aws:TokenIssueTime\":\"true\"},"
			"\"ArnEquals\":{\"aws:PrincipalArn\":\"arn:aws:iam::" CUSTOMER
			":user/lister\"}}}}"));
	reply = call(&keys, "iam", "ListRoles", "{}");
	fine(&reply,
		"the context is what happened: address, transport, region, caller, no session");
}

static void test_ec2_denial(void)
{
	struct credentials keys = new_user_with(&customer, "vpcless", NULL);
	struct reply reply = call(&keys, "ec2", "DescribeVpcs", "{}");
	str at, decoded;

	refused(&reply, 403, "UnauthorizedOperation",
		"You are not authorized to perform this operation. User: arn:aws:iam::" CUSTOMER
		":user/vpcless is not authorized to perform: ec2:DescribeVpcs because no "
		"identity-based policy allows the ec2:DescribeVpcs action",
		"EC2's denial of a Describe names no resource");
	reply = call(&keys, "ec2", "CreateTags",
		"{\"ResourceId\":[\"vpc-1234567890abcdef0\"],\"Tag\":[{\"Key\":\"a\",\"Value\":"
		"\"b\"}]}");
	at = str_from(reply.message, str_find(reply.message, S("message: ")));
	if (!ok(at.n > 9, "others carry an encoded message"))
		return;
	reply = call(&customer, "sts", "DecodeAuthorizationMessage",
		json_of("{\"EncodedMessage\":\"%.*s\"}", STR(str_from(at, 9))));
	decoded = text(&reply, "DecodeAuthorizationMessageResult.DecodedMessage");
	ok(str_starts(decoded, S("{\"allowed\":false,\"explicitDeny\":false,\"matchedStatements\":"
				 "{\"items\":[]}")),
		"which the account's own may decode");
	reply = call(&vendor, "sts", "DecodeAuthorizationMessage",
		json_of("{\"EncodedMessage\":\"%.*s\"}", STR(str_from(at, 9))));
	is(reply.code, S("InvalidAuthorizationMessageException"), "and nobody else's");
}

/* ---- what is on the disk. */

static void test_restart(void)
{
	str before = everything();
	struct account *second = NULL;
	struct reply reply;
	struct err err = { 0 };

	ok(!account_open(dir, &second, &err) && err.code == ERR_IO, "one server at a time: %s",
		err.text);
	account_close(account);
	if (!ok(account_open(dir, &account, &err), "opened again"))
		exit(1);
	ok(str_eq(everything(), before), "everything is as it was");
	reply = call(&customer, "sts", "GetCallerIdentity", "{}");
	fine(&reply, "and the keys work");
}

static void test_full_disk(void)
{
	struct rlimit old, small;
	str before = everything();
	struct reply reply;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ .rlim_cur = 4096, .rlim_max = old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	reply = IAM("CreateRole", role_input("unlucky", TRUST_EKS));
	setrlimit(RLIMIT_FSIZE, &old);
	is(arena_printf(&arena, "%u %.*s", reply.status, STR(reply.code)), S("500 ServiceFailure"),
		"a full disk");
	ok(str_eq(everything(), before), "nothing is half-made");
	reply = IAM("CreateRole", role_input("unlucky", TRUST_EKS));
	fine(&reply, "and with room it works");
}

static void test_secrets(str log)
{
	static const char *const files[] = { "accounts.db", "accounts.db-wal", "admins" };
	str file;
	struct err err;

	for (size_t i = 0; i < COUNT(files); i++)
		if (file_read(&arena, arena_printf(&arena, "%.*s/%s", STR(dir), files[i]),
			    LIMIT_FILE_BYTES, &file, &err))
			ok(str_find(file, customer.secret_access_key) == SIZE_MAX &&
					str_find(file, vendor.secret_access_key) == SIZE_MAX,
				"no secret stands in %s", files[i]);
	if (!ok(file_read(&arena, log, LIMIT_FILE_BYTES, &file, &err) &&
			    str_find(file, S("operation=sts:AssumeRole")) != SIZE_MAX,
		    "the log has its lines"))
		return;
	ok(str_find(file, customer.secret_access_key) == SIZE_MAX, "but no secret");
	ok(str_find(file, S("Signature=")) == SIZE_MAX && str_find(file, S("cid-a")) == SIZE_MAX,
		"no signature, no External ID");
	ok(str_find(file, S("decision=deny")) != SIZE_MAX &&
			str_find(file, S("layer identity")) != SIZE_MAX,
		"and denials name their layer");
}

static void test_init_again(void)
{
	const str ids[] = { S(CUSTOMER) }, bad[] = { S("12345") };
	struct account_admin admins[1];
	struct err err = { 0 };
	str fresh = arena_printf(&arena, "%.*s/fresh", STR(dir));

	ok(!account_init(&arena, dir, ids, 1, S("us-west-2"), admins, &err) && err.code == ERR_IO,
		"a directory that holds accounts is left alone: %s", err.text);
	ok(!account_init(&arena, fresh, bad, 1, S("us-west-2"), admins, &err) &&
			!file_exists(fresh),
		"a wrong account ID makes nothing");
	ok(!account_init(&arena, S("/proc/none"), ids, 1, S("us-west-2"), admins, &err) &&
			err.code == ERR_IO,
		"nor does a directory that cannot be made: %s", err.text);
}

int main(void)
{
	struct account_admin *again;
	struct err err;
	size_t n;

	accounts_open();
	ok(account_admins(&arena, dir, &again, &n, &err) && n == 2 &&
			str_eq(again[1].credentials.secret_access_key, vendor.secret_access_key),
		"the administrators' keys can be had again");
	test_identity();
	test_authentication();
	test_requests();
	test_query_and_body();
	test_root();
	test_default_deny();
	test_lists();
	test_ec2_denial();
	test_restart();
	test_full_disk();
	test_secrets(arena_printf(&arena, "%.*s/log", STR(dir)));
	test_init_again();
	accounts_close();
	return tap_done();
}
