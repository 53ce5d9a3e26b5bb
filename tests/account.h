/*
 * account.h -- what the tests of the account server share: a directory of two accounts, and
 * signed calls handed to it without sockets.
 */
#ifndef TEST_ACCOUNT_H
#define TEST_ACCOUNT_H

#include "tap.h"

#include "account/account.h"
#include "base/os.h"

#include <stdlib.h>
#include <string.h>

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

static inline str quote(const char *text)
{
	struct buf out = { .arena = &arena };

	json_write_str(&out, str_of(text));
	return buf_view(&out);
}

static inline str version_of(str service)
{
	return str_eq(service, S("iam"))   ? S("2010-05-08")
	       : str_eq(service, S("sts")) ? S("2011-06-15")
					   : S("2016-11-15");
}

static inline void handle(struct http_request *http, struct reply *reply)
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

static inline struct http_request *request_new(const char *method, str target, str body)
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
static inline str form_of(str service, const char *operation, const char *input)
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

static inline struct reply call(const struct credentials *who, const char *service,
	const char *operation, const char *input)
{
	str body = form_of(str_of(service), operation, input);
	struct http_request *http = request_new("POST", S("/"), body);
	struct reply reply;

	if (who)
		sigv4_sign(&arena, http, who, S("us-west-2"), str_of(service), now_s(), &trace);
	handle(http, &reply);
	return reply;
}

/* A member deep in a value: "userIdentity.arn"; numbers are places in lists. */
static inline struct json *member_at(struct json *value, const char *path)
{
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

/* The same of an answer: "GetRoleResult.Role.Arn". */
static inline struct json *member(const struct reply *reply, const char *path)
{
	return member_at(reply->root, path);
}

static inline str text(const struct reply *reply, const char *path)
{
	struct json *value = member(reply, path);

	return value ? value->text : S("(absent)");
}

static inline void refused(const struct reply *reply, unsigned status, const char *code,
	const char *message, const char *what)
{
	str got = arena_printf(&arena, "%u %.*s: %.*s", reply->status, STR(reply->code),
		STR(reply->message));
	str want = arena_printf(&arena, "%u %s: %s", status, code, message);

	is(got, want, "%s", what);
}

static inline bool fine(const struct reply *reply, const char *what)
{
	bool good = ok(reply->status == 200, "%s", what);

	if (!good)
		printf("# %u %.*s: %.*s\n", reply->status, STR(reply->code), STR(reply->message));
	return good;
}

#define IAM(operation, input) call(&customer, "iam", operation, input)

enum { JSON_TEXT = 65536 };

static inline const char *json_of(const char *format, ...) PRINTF(1, 2);
static inline const char *json_of(const char *format, ...)
{
	char *out = NEWS(&arena, char, JSON_TEXT);
	va_list args;

	va_start(args, format);
	vsnprintf(out, JSON_TEXT, format, args);
	va_end(args);
	return out;
}

static inline const char *role_input(const char *name, const char *trust)
{
	return json_of("{\"RoleName\":\"%s\",\"AssumeRolePolicyDocument\":%.*s}", name,
		STR(quote(trust)));
}

static inline const char *policy_input(const char *kind, const char *name, const char *policy,
	const char *document)
{
	return json_of("{\"%s\":\"%s\",\"PolicyName\":\"%s\",\"PolicyDocument\":%.*s}", kind, name,
		policy, STR(quote(document)));
}

/* A user with one inline policy and a key. */
static inline struct credentials new_user_with(const struct credentials *admin, const char *name,
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

static inline const char *repeat(char c, size_t n)
{
	char *out = NEWS(&arena, char, n + 1);

	memset(out, c, n);
	return out;
}

#define IAM_BODY "Action=ListRoles&Version=2010-05-08"
#define STS_BODY "Action=GetCallerIdentity&Version=2011-06-15"
#define EC2_BODY "Action=DescribeVpcs&Version=2016-11-15"

static inline struct reply assume(const struct credentials *who, const char *role, const char *more)
{
	return call(who, "sts", "AssumeRole",
		json_of("{\"RoleArn\":\"%s\",\"RoleSessionName\":\"sess\"%s}", role, more));
}

static inline struct credentials session_of(const struct reply *reply)
{
	return (struct credentials){
		.access_key_id = text(reply, "AssumeRoleResult.Credentials.AccessKeyId"),
		.secret_access_key = text(reply, "AssumeRoleResult.Credentials.SecretAccessKey"),
		.session_token = text(reply, "AssumeRoleResult.Credentials.SessionToken"),
	};
}

/* ---- before and after. */

static inline void accounts_open(void)
{
	const str ids[] = { S(CUSTOMER), S(VENDOR) };
	struct account_admin admins[2];
	struct err err;

	if (!dir_make_temp(&arena, S("deputy-account"), &dir, &err) ||
		!freopen(arena_printf(&arena, "%.*s/log", STR(dir)).p, "w", stderr) ||
		!ok(account_init(&arena, dir, ids, 2, S("us-west-2"), admins, &err), "init") ||
		!ok(account_open(dir, &account, &err), "open"))
		exit(1);
	customer = admins[0].credentials;
	vendor = admins[1].credentials;
}

static inline void accounts_close(void)
{
	account_close(account);
	dir_remove(dir);
	arena_free(&arena);
}

/* A key of the customer's root user. Nobody's call makes one: it is put where it would lie. */
static inline struct credentials root_key(void)
{
	struct change_list list = { .arena = &arena };
	struct json *key = json_new(&arena, JSON_OBJECT);
	struct credentials root = { .access_key_id =
					    new_access_key_id(&arena, S("AKIA"), S(CUSTOMER)),
		.secret_access_key = new_secret_key(&arena) };
	struct err err;

	json_put_str(&arena, key, S("AccountId"), S(CUSTOMER));
	json_put_str(&arena, key, S("Status"), S("Active"));
	json_put_str(&arena, key, S("SealedSecret"),
		secret_seal(&arena, account->master, root.access_key_id, root.secret_access_key));
	change_put(&list, arena_printf(&arena, "/key/%.*s", STR(root.access_key_id)), key);
	ok(records_commit(account, &list, &err), "a root key");
	return root;
}

#endif
