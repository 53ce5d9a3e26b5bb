/*
 * account.c -- the account server's IAM and STS, driven by signed requests without sockets.
 *
 * What is expected comes from AWS: codes, statuses and sentences from recorded answers and the
 * API References (aws-wire.md 3.1, 3.4, 4.2 to 4.6), decisions from its rules of evaluation.
 */
#include "tap.h"

#include "account/account.h"
#include "base/os.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CUSTOMER "111122223333"
#define VENDOR   "965570967084"
#define TRUST_VENDOR                                                                               \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":" \
	"\"arn:aws:iam::" VENDOR ":root\"},\"Action\":\"sts:AssumeRole\",\"Condition\":"           \
	"{\"StringEquals\":{\"sts:ExternalId\":\"cid-a\"}}}]}"
#define TRUST_EKS                                                                         \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":" \
	"{\"Service\":\"eks.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"

static struct arena arena;
static str dir;
static struct account *account;
static struct sigv4_trace trace;            /* of the last signature */
static struct credentials customer, vendor; /* the administrators */

/* ---- one call. */

struct reply {
	unsigned status;
	str body, code, message;
	struct json *root; /* the document */
	str root_name;
	struct http_header *headers;
	size_t nheaders;
};

static str quote(const char *text)
{
	struct buf out = { .arena = &arena };

	json_write_str(&out, str_of(text));
	return buf_view(&out);
}

static str version_of(str service)
{
	return str_eq(service, S("iam"))   ? S("2010-05-08")
	       : str_eq(service, S("sts")) ? S("2011-06-15")
					   : S("2016-11-15");
}

static void handle(struct http_request *http, struct reply *reply)
{
	struct http_response response = { 0 };
	struct json *error;
	struct err err;

	*reply = (struct reply){ 0 };
	account_handle(account, &arena, http, &response);
	reply->status = response.status;
	reply->body = arena_copy(&arena, response.body);
	reply->headers = response.headers;
	reply->nheaders = response.nheaders;
	if (!response.body.n || response.body.p[0] != '<' ||
		!xml_parse(&arena, reply->body, &reply->root_name, &reply->root, &err))
		return;
	error = json_get(reply->root, S("Error"));
	if (!error)
		error = json_get(reply->root, S("Errors"));
	if (error && error->type == JSON_ARRAY)
		error = error->first;
	if (json_get(error, S("Error")))
		error = json_get(error, S("Error"));
	if (str_eq(reply->root_name, S("Error")))
		error = reply->root;
	reply->code = json_str(error, S("Code"));
	reply->message = json_str(error, S("Message"));
}

static struct http_request *request_new(const char *method, str target, str body)
{
	struct http_request *http = NEW(&arena, struct http_request);

	http->method = str_of(method);
	http_set_target(http, target);
	http->body = body;
	http->peer = S("127.0.0.1");
	http_add_header(&arena, &http->headers, &http->nheaders, &http->cap_headers, S("Host"),
		S("127.0.0.1:5601"));
	if (body.n)
		http_add_header(&arena, &http->headers, &http->nheaders, &http->cap_headers,
			S("Content-Type"), S("application/x-www-form-urlencoded; charset=utf-8"));
	return http;
}

/* An operation's form; `input` is a JSON object's text. */
static str form_of(str service, const char *operation, const char *input)
{
	struct buf body = { .arena = &arena };
	struct json *parameters;
	struct err err;

	if (!json_parse(&arena, arena_copy(&arena, str_of(input)), LIMIT_JSON_BYTES, &parameters,
		    &err)) {
		printf("# %s: %s\n", input, err.text);
		abort();
	}
	buf_printf(&body, "Action=%s&Version=%.*s", operation, STR(version_of(service)));
	if (parameters->count)
		buf_char(&body, '&');
	form_write(&body, parameters, str_eq(service, S("ec2")));
	return buf_view(&body);
}

static struct reply call(const struct credentials *who, const char *service, const char *operation,
	const char *input)
{
	str body = form_of(str_of(service), operation, input);
	struct http_request *http = request_new("POST", S("/"), body);
	struct reply reply;

	if (who)
		sigv4_sign(&arena, http, who, S("us-west-2"), str_of(service), now_s(), &trace);
	handle(http, &reply);
	return reply;
}

/* A member deep in the answer: "GetRoleResult.Role.Arn"; numbers are places in lists. */
static struct json *member(const struct reply *reply, const char *path)
{
	struct json *value = reply->root;
	str rest = str_of(path), part;
	uint64_t index;

	while (value && rest.n) {
		if (!str_cut(rest, '.', &part, &rest)) {
			part = rest;
			rest = (str){ 0 };
		}
		if (value->type == JSON_ARRAY && str_u64(part, 1000, &index))
			for (value = value->first; value && index; index--)
				value = value->next;
		else
			value = json_get(value, part);
	}
	return value;
}

static str text(const struct reply *reply, const char *path)
{
	struct json *value = member(reply, path);

	return value ? value->text : S("(absent)");
}

static void refused(const struct reply *reply, unsigned status, const char *code,
	const char *message, const char *what)
{
	str got = arena_printf(&arena, "%u %.*s: %.*s", reply->status, STR(reply->code),
		STR(reply->message));
	str want = arena_printf(&arena, "%u %s: %s", status, code, message);

	is(got, want, "%s", what);
}

static bool fine(const struct reply *reply, const char *what)
{
	bool good = ok(reply->status == 200, "%s", what);

	if (!good)
		printf("# %u %.*s: %.*s\n", reply->status, STR(reply->code), STR(reply->message));
	return good;
}

#define IAM(operation, input) call(&customer, "iam", operation, input)

enum { JSON_TEXT = 65536 };

static const char *json_of(const char *format, ...) PRINTF(1, 2);
static const char *json_of(const char *format, ...)
{
	char *out = NEWS(&arena, char, JSON_TEXT);
	va_list args;

	va_start(args, format);
	vsnprintf(out, JSON_TEXT, format, args);
	va_end(args);
	return out;
}

static const char *role_input(const char *name, const char *trust)
{
	return json_of("{\"RoleName\":\"%s\",\"AssumeRolePolicyDocument\":%.*s}", name,
		STR(quote(trust)));
}

static const char *policy_input(const char *kind, const char *name, const char *policy,
	const char *document)
{
	return json_of("{\"%s\":\"%s\",\"PolicyName\":\"%s\",\"PolicyDocument\":%.*s}", kind, name,
		policy, STR(quote(document)));
}

/* A user with one inline policy and a key. */
static struct credentials new_user_with(const struct credentials *admin, const char *name,
	const char *policy)
{
	struct credentials keys = { 0 };
	struct reply reply;

	call(admin, "iam", "CreateUser", json_of("{\"UserName\":\"%s\"}", name));
	if (policy)
		call(admin, "iam", "PutUserPolicy", policy_input("UserName", name, "p", policy));
	reply = call(admin, "iam", "CreateAccessKey", json_of("{\"UserName\":\"%s\"}", name));
	fine(&reply, "a user with a key");
	keys.access_key_id = text(&reply, "CreateAccessKeyResult.AccessKey.AccessKeyId");
	keys.secret_access_key = text(&reply, "CreateAccessKeyResult.AccessKey.SecretAccessKey");
	return keys;
}

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
#define IAM_BODY "Action=ListRoles&Version=2010-05-08"
#define STS_BODY "Action=GetCallerIdentity&Version=2011-06-15"
#define EC2_BODY "Action=DescribeVpcs&Version=2016-11-15"
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
	is(text(&reply, "ListRoleTagsResult.Tags.0.Value"), S("y"),
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

static const char *repeat(char c, size_t n)
{
	char *out = NEWS(&arena, char, n + 1);

	memset(out, c, n);
	return out;
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

/* ---- AssumeRole. */

#define ROLE_ARN "arn:aws:iam::" CUSTOMER ":role/zilliz-byoc-acme"

static struct reply assume(const struct credentials *who, const char *role, const char *more)
{
	return call(who, "sts", "AssumeRole",
		json_of("{\"RoleArn\":\"%s\",\"RoleSessionName\":\"sess\"%s}", role, more));
}

static struct credentials session_of(const struct reply *reply)
{
	return (struct credentials){
		.access_key_id = text(reply, "AssumeRoleResult.Credentials.AccessKeyId"),
		.secret_access_key = text(reply, "AssumeRoleResult.Credentials.SecretAccessKey"),
		.session_token = text(reply, "AssumeRoleResult.Credentials.SessionToken"),
	};
}

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

/* The root's key is made by nobody's call: here it is put where one would lie. */
static void test_root(void)
{
	struct change_list list = { .arena = &arena };
	struct json *key = json_new(&arena, JSON_OBJECT);
	struct credentials root = { .access_key_id =
					    new_access_key_id(&arena, S("AKIA"), S(CUSTOMER)),
		.secret_access_key = new_secret_key(&arena) };
	struct reply reply;
	struct err err;

	json_put_str(&arena, key, S("AccountId"), S(CUSTOMER));
	json_put_str(&arena, key, S("Status"), S("Active"));
	json_put_str(&arena, key, S("SealedSecret"),
		secret_seal(&arena, account->master, root.access_key_id, root.secret_access_key));
	change_put(&list, arena_printf(&arena, "/key/%.*s", STR(root.access_key_id)), key);
	ok(records_commit(account, &list, &err), "a root key");
	reply = call(&root, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"), S("arn:aws:iam::" CUSTOMER ":root"),
		"is root");
	reply = assume(&root, "arn:aws:iam::" CUSTOMER ":role/for-all", "");
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
		"\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],\"TagKeys\":[\"k\"]}",
		STR(quote(TRUST_EKS)), STR(quote(TRUST_EKS)));
	str before = everything();

	for (size_t i = 0; i < COUNT(operations); i++) {
		struct reply reply;

		if (strcmp(operations[i].service, "iam") != 0 &&
			strcmp(operations[i].service, "sts") != 0)
			continue;
		reply = call(&mallory, operations[i].service, operations[i].operation, input);
		if (strcmp(operations[i].operation, "GetCallerIdentity") == 0)
			fine(&reply, "who am I");
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
	const str ids[] = { S(CUSTOMER), S(VENDOR) };
	struct account_admin admins[2], *again;
	str log;
	size_t n;
	struct err err;

	if (!dir_make_temp(&arena, S("deputy-account"), &dir, &err))
		return 1;
	log = arena_printf(&arena, "%.*s/log", STR(dir));
	if (!freopen(log.p, "w", stderr)) /* the server's log */
		return 1;
	if (!ok(account_init(&arena, dir, ids, 2, S("us-west-2"), admins, &err), "init") ||
		!ok(account_open(dir, &account, &err), "open")) {
		printf("# %s\n", err.text);
		return 1;
	}
	customer = admins[0].credentials;
	vendor = admins[1].credentials;
	ok(account_admins(&arena, dir, &again, &n, &err) && n == 2 &&
			str_eq(again[1].credentials.secret_access_key, vendor.secret_access_key),
		"the administrators' keys can be had again");
	test_identity();
	test_authentication();
	test_requests();
	test_roles();
	test_role_changes();
	test_pages();
	test_role_errors();
	test_policies();
	test_users();
	test_providers();
	test_linked_roles();
	test_assume_role();
	test_same_account();
	test_vendor_role_recreated();
	test_chaining();
	test_root();
	test_default_deny();
	test_lists();
	test_ec2_denial();
	test_restart();
	test_full_disk();
	test_secrets(log);
	test_init_again();
	account_close(account);
	dir_remove(dir);
	arena_free(&arena);
	return tap_done();
}
