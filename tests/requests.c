/*
 * requests.c -- bad requests: what each service answers to each thing that can be wrong with a
 * signature, in the header and in the query.
 *
 * A row changes a request that is good otherwise, before or after it is signed; it is tried at
 * all five services. What they answer is AWS's (aws-wire.md 3.1 and 4.5; the services' API
 * References, "Common errors"; Amazon S3 API Reference, "Error responses").
 */
#include "account.h"

enum { IAM_, STS_, EC2_, EKS_, S3_, SERVICES };

static const char *const names[SERVICES] = { "iam", "sts", "ec2", "eks", "s3" };

enum class {
	GOOD,
	MISSING,
	INCOMPLETE,
	QUERY_INCOMPLETE,
	SCOPE,
	UNSIGNED,
	TIME,
	QUERY_TIME,
	KEY,
	TOKEN,
	EXPIRED,
	MISMATCH,
	PAYLOAD,
	CLASSES
};

static const struct {
	unsigned status;
	const char *code;
} answers[CLASSES][SERVICES] = {
#define QUERY(status, code)  \
	{ status, code },    \
	{                    \
		status, code \
	}
#define AUTH_FAILURE               \
	{                          \
		401, "AuthFailure" \
	}
	[GOOD] = { { 200, "" }, { 200, "" }, { 200, "" }, { 200, "" }, { 200, "" } },
	[MISSING] = { QUERY(403, "MissingAuthenticationToken"), { 400, "MissingParameter" },
		{ 403, "MissingAuthenticationTokenException" }, { 403, "AccessDenied" } },
	[INCOMPLETE] = { QUERY(400, "IncompleteSignature"), AUTH_FAILURE,
		{ 400, "IncompleteSignatureException" }, { 400, "AuthorizationHeaderMalformed" } },
	[QUERY_INCOMPLETE] = { QUERY(400, "IncompleteSignature"), AUTH_FAILURE,
		{ 400, "IncompleteSignatureException" },
		{ 400, "AuthorizationQueryParametersError" } },
	[SCOPE] = { QUERY(403, "SignatureDoesNotMatch"), AUTH_FAILURE,
		{ 403, "InvalidSignatureException" }, { 400, "AuthorizationHeaderMalformed" } },
	[UNSIGNED] = { QUERY(403, "SignatureDoesNotMatch"), AUTH_FAILURE,
		{ 403, "InvalidSignatureException" }, { 403, "AccessDenied" } },
	[TIME] = { QUERY(403, "SignatureDoesNotMatch"), { 400, "RequestExpired" },
		{ 403, "InvalidSignatureException" }, { 403, "RequestTimeTooSkewed" } },
	[QUERY_TIME] = { QUERY(403, "SignatureDoesNotMatch"), { 400, "RequestExpired" },
		{ 403, "InvalidSignatureException" }, { 403, "AccessDenied" } },
	[KEY] = { QUERY(403, "InvalidClientTokenId"), AUTH_FAILURE,
		{ 403, "UnrecognizedClientException" }, { 403, "InvalidAccessKeyId" } },
	[TOKEN] = { QUERY(403, "InvalidClientTokenId"), AUTH_FAILURE,
		{ 403, "UnrecognizedClientException" }, { 400, "InvalidToken" } },
	[EXPIRED] = { QUERY(403, "ExpiredToken"), { 400, "RequestExpired" },
		{ 403, "ExpiredTokenException" }, { 400, "ExpiredToken" } },
	[MISMATCH] = { QUERY(403, "SignatureDoesNotMatch"), AUTH_FAILURE,
		{ 403, "InvalidSignatureException" }, { 403, "SignatureDoesNotMatch" } },
	[PAYLOAD] = { QUERY(403, "SignatureDoesNotMatch"), AUTH_FAILURE,
		{ 403, "InvalidSignatureException" }, { 400, "XAmzContentSHA256Mismatch" } },
};

/* ---- a request and what is done to it. */

struct trial {
	struct http_request *http;
	const char *service, *region;
	struct credentials keys;
	int64_t now;
	unsigned expires; /* presigned */
	str body;         /* presigned: part of the query */
};

static struct credentials session, expired, inactive;

static struct http_header *header_of(struct http_request *http, const char *name)
{
	for (size_t i = 0; i < http->nheaders; i++)
		if (str_eq_nocase(http->headers[i].name, str_of(name)))
			return &http->headers[i];
	return NULL;
}

static void add_header(struct http_request *http, const char *name, str value)
{
	http_add_header(&arena, &http->headers, &http->nheaders, &http->cap_headers, str_of(name),
		value);
}

static void drop_header(struct http_request *http, const char *name)
{
	struct http_header *header = header_of(http, name);

	if (header)
		*header = http->headers[--http->nheaders];
}

static str replaced(str in, const char *from, const char *to)
{
	size_t at = str_find(in, str_of(from));

	if (at == SIZE_MAX) {
		printf("# there is no %s in %.*s\n", from, STR(in));
		return in;
	}
	return arena_printf(&arena, "%.*s%s%.*s", STR(str_head(in, at)), to,
		STR(str_from(in, at + strlen(from))));
}

static void authorization(struct trial *t, const char *from, const char *to)
{
	struct http_header *header = header_of(t->http, "Authorization");

	header->value = replaced(header->value, from, to);
}

/* One part of the Authorization header, with its comma. */
static void without_part(struct trial *t, const char *name)
{
	struct http_header *header = header_of(t->http, "Authorization");
	size_t at = str_find(header->value, str_of(name));
	str rest = str_from(header->value, at), part;

	if (!str_cut(rest, ',', &part, &rest))
		rest = (str){ 0 };
	header->value =
		arena_printf(&arena, "%.*s%.*s", STR(str_head(header->value, at)), STR(rest));
}

static str signature_of(struct trial *t)
{
	str value = header_of(t->http, "Authorization")->value;

	return str_from(value, str_find(value, S("Signature=")) + 10);
}

static void set_signature(struct trial *t, str signature)
{
	struct http_header *header = header_of(t->http, "Authorization");
	size_t at = str_find(header->value, S("Signature="));

	header->value = arena_printf(&arena, "%.*sSignature=%.*s", STR(str_head(header->value, at)),
		STR(signature));
}

/* ---- before signing. */

static void slow_clock(struct trial *t)
{
	t->now -= 16 * 60;
}
static void fast_clock(struct trial *t)
{
	t->now += 16 * 60;
}
static void clock_in_time(struct trial *t)
{
	t->now -= 14 * 60;
}
static void wrong_secret(struct trial *t)
{
	t->keys.secret_access_key = vendor.secret_access_key;
}
static void unknown_key(struct trial *t)
{
	t->keys.access_key_id = S("AKIAIOSFODNN7EXAMPLE");
}
static void inactive_key(struct trial *t)
{
	t->keys = inactive;
}
static void session_key(struct trial *t)
{
	t->keys = session;
}
static void expired_key(struct trial *t)
{
	t->keys = expired;
}
static void no_token(struct trial *t)
{
	t->keys = session;
	t->keys.session_token = (str){ 0 };
}
static void token_of_another(struct trial *t)
{
	t->keys = session;
	t->keys.session_token = expired.session_token;
}
static void token_with_user_key(struct trial *t)
{
	t->keys.session_token = session.session_token;
}
static void token_cut(struct trial *t)
{
	t->keys = session;
	t->keys.session_token.n -= 4;
}
static void token_not_base64(struct trial *t)
{
	t->keys = session;
	t->keys.session_token = S("FwoGZXIvYXdz-_-");
}
static void token_too_long(struct trial *t)
{
	t->keys = session;
	t->keys.session_token = str_of(repeat('A', 16385));
}
static void user_key_as_session(struct trial *t)
{
	t->keys.access_key_id = replaced(t->keys.access_key_id, "AKIA", "ASIA");
}
static void session_key_as_user(struct trial *t)
{
	t->keys = session;
	t->keys.access_key_id = replaced(t->keys.access_key_id, "ASIA", "AKIA");
}
static void long_key_id(struct trial *t)
{
	t->keys.access_key_id = str_of(repeat('A', 129));
}
static void key_id_with_marks(struct trial *t)
{
	t->keys.access_key_id = S("AKIA-OSFODNN7.XAMPLE");
}
static void region_in_capitals(struct trial *t)
{
	t->region = "US-WEST-2";
}
static void any_region(struct trial *t)
{
	t->region = "ap-southeast-7";
}
static void more_headers(struct trial *t)
{
	add_header(t->http, "X-Amz-Meta", S("  two   spaces "));
	add_header(t->http, "Amz-Sdk-Request", S("attempt=1"));
}
static void a_header_to_change(struct trial *t)
{
	add_header(t->http, "X-Amz-Target", S("a"));
}
static void encoded_once(struct trial *t)
{
	http_set_target(t->http, arena_printf(&arena, "%.*s%cz=%%2F", STR(t->http->target),
					 t->http->query.n ? '&' : '?'));
}

/* ---- after signing. */

static void no_signature(struct trial *t)
{
	drop_header(t->http, "Authorization");
}
static void only_algorithm(struct trial *t)
{
	header_of(t->http, "Authorization")->value = S("AWS4-HMAC-SHA256");
}
static void basic(struct trial *t)
{
	header_of(t->http, "Authorization")->value = S("Basic dXNlcjpwYXNz");
}
static void another_algorithm(struct trial *t)
{
	authorization(t, "HMAC-SHA256", "HMAC-SHA1");
}
static void no_credential(struct trial *t)
{
	without_part(t, "Credential=");
}
static void no_signed_headers(struct trial *t)
{
	without_part(t, "SignedHeaders=");
}
static void no_signature_part(struct trial *t)
{
	without_part(t, "Signature=");
}
static void empty_signature(struct trial *t)
{
	set_signature(t, S(""));
}
static void four_parts(struct trial *t)
{
	authorization(t, "/aws4_request", "");
}
static void six_parts(struct trial *t)
{
	authorization(t, "/aws4_request", "/x/aws4_request");
}
static void empty_part(struct trial *t)
{
	authorization(t, "/us-west-2/", "//");
}
static void twice(struct trial *t)
{
	authorization(t, "Signature=", "Signature=00, Signature=");
}
static void unknown_part(struct trial *t)
{
	authorization(t, "Signature=", "Sig=00, Signature=");
}
static void no_equals(struct trial *t)
{
	authorization(t, "Signature=", "nonsense, Signature=");
}
static void no_date(struct trial *t)
{
	drop_header(t->http, "X-Amz-Date");
}
static void two_dates(struct trial *t)
{
	add_header(t->http, "X-Amz-Date", header_of(t->http, "X-Amz-Date")->value);
}
static void not_a_date(struct trial *t)
{
	header_of(t->http, "X-Amz-Date")->value = S("2026-11-24T07:05:44Z");
}
static void no_such_day(struct trial *t)
{
	header_of(t->http, "X-Amz-Date")->value = S("20260230T070544Z");
}
static void two_signatures(struct trial *t)
{
	add_header(t->http, "Authorization", header_of(t->http, "Authorization")->value);
}
static void two_hosts(struct trial *t)
{
	add_header(t->http, "Host", S("127.0.0.1:5601"));
}
static void two_tokens(struct trial *t)
{
	add_header(t->http, "X-Amz-Security-Token", session.session_token);
}
static void in_both_places(struct trial *t)
{
	http_set_target(t->http, arena_printf(&arena, "%.*s%cX-Amz-Signature=00",
					 STR(t->http->target), t->http->query.n ? '&' : '?'));
}
static void another_terminator(struct trial *t)
{
	authorization(t, "aws4_request", "aws4-request");
}
static void another_day(struct trial *t)
{
	authorization(t, json_of("/%.*s/", STR(str_head(time_basic(&arena, t->now), 8))),
		"/20150830/");
}
static void unsigned_header(struct trial *t)
{
	add_header(t->http, "X-Amz-Extra", S("1"));
}
static void unsigned_token(struct trial *t)
{
	drop_header(t->http, "X-Amz-Security-Token");
	add_header(t->http, "X-Amz-Security-Token", expired.session_token);
}
static void host_not_signed(struct trial *t)
{
	authorization(t, "host;", "");
}
static void unsorted(struct trial *t)
{
	authorization(t, "SignedHeaders=", "SignedHeaders=z;");
}
static void in_capitals(struct trial *t)
{
	authorization(t, "host;", "Host;");
}
static void header_not_sent(struct trial *t)
{
	authorization(t, "x-amz-date", "x-amz-date;x-b");
}
static void changed_letter(struct trial *t)
{
	str copy = arena_copy(&arena, signature_of(t));
	char *p = NEWS(&arena, char, copy.n + 1);

	memcpy(p, copy.p, copy.n);
	p[0] = p[0] == '0' ? '1' : '0';
	set_signature(t, (str){ p, copy.n });
}
static void last_letter(struct trial *t)
{
	str copy = signature_of(t);
	char *p = NEWS(&arena, char, copy.n + 1);

	memcpy(p, copy.p, copy.n);
	p[copy.n - 1] = p[copy.n - 1] == '0' ? '1' : '0';
	set_signature(t, (str){ p, copy.n });
}
static void capital_signature(struct trial *t)
{
	str copy = signature_of(t);
	char *p = NEWS(&arena, char, copy.n + 1);

	for (size_t i = 0; i < copy.n; i++)
		p[i] = copy.p[i] >= 'a' ? (char)(copy.p[i] - 'a' + 'A') : copy.p[i];
	set_signature(t, (str){ p, copy.n });
}
static void short_signature(struct trial *t)
{
	set_signature(t, str_head(signature_of(t), 63));
}
static void long_signature(struct trial *t)
{
	set_signature(t, arena_printf(&arena, "%.*s0", STR(signature_of(t))));
}
static void body_changed(struct trial *t)
{
	t->http->body = arena_printf(&arena, "%.*s&a=b", STR(t->http->body));
}
static void method_changed(struct trial *t)
{
	t->http->method = str_eq(t->http->method, S("GET")) ? S("HEAD") : S("PUT");
}
static void path_changed(struct trial *t)
{
	http_set_target(t->http, replaced(t->http->target, "/", "/x"));
}
static void query_added(struct trial *t)
{
	http_set_target(t->http, arena_printf(&arena, "%.*s%cz=1", STR(t->http->target),
					 t->http->query.n ? '&' : '?'));
}
static void encoded_twice(struct trial *t)
{
	http_set_target(t->http, replaced(t->http->target, "z=%2F", "z=%252F"));
}
static void host_changed(struct trial *t)
{
	header_of(t->http, "Host")->value = S("127.0.0.1:5602");
}
static void header_changed(struct trial *t)
{
	header_of(t->http, "X-Amz-Target")->value = S("b");
}
static void header_removed(struct trial *t)
{
	drop_header(t->http, "X-Amz-Target");
}
static void date_changed(struct trial *t)
{
	header_of(t->http, "X-Amz-Date")->value = time_basic(&arena, t->now - 1);
}
static void region_changed(struct trial *t)
{
	authorization(t, "/us-west-2/", "/us-west-1/");
}
static void date_header_too(struct trial *t)
{
	add_header(t->http, "Date", S("Tue, 24 Nov 2026 07:05:44 GMT"));
}

static const struct {
	const char *what;
	enum class class, s3; /* s3: GOOD, as the others */
	void (*before)(struct trial *), (*after)(struct trial *);
} rows[] = {
	{ "a good request", GOOD, 0, NULL, NULL },
	{ "a session's request", GOOD, 0, session_key, NULL },
	{ "any region", GOOD, 0, any_region, NULL },
	{ "a clock 14 minutes slow", GOOD, 0, clock_in_time, NULL },
	{ "more headers, with spaces", GOOD, 0, more_headers, NULL },
	{ "a Date header beside X-Amz-Date", GOOD, 0, NULL, date_header_too },

	{ "no signature", MISSING, 0, NULL, no_signature },
	{ "an algorithm and nothing else", INCOMPLETE, 0, NULL, only_algorithm },
	{ "basic authentication", INCOMPLETE, 0, NULL, basic },
	{ "another algorithm", INCOMPLETE, 0, NULL, another_algorithm },
	{ "no Credential", INCOMPLETE, 0, NULL, no_credential },
	{ "no SignedHeaders", INCOMPLETE, 0, NULL, no_signed_headers },
	{ "no Signature", INCOMPLETE, 0, NULL, no_signature_part },
	{ "an empty Signature", INCOMPLETE, 0, NULL, empty_signature },
	{ "a scope of four parts", INCOMPLETE, 0, NULL, four_parts },
	{ "a scope of six parts", INCOMPLETE, 0, NULL, six_parts },
	{ "a scope without region", INCOMPLETE, 0, NULL, empty_part },
	{ "Signature twice", INCOMPLETE, 0, NULL, twice },
	{ "an unknown part", INCOMPLETE, 0, NULL, unknown_part },
	{ "a part without =", INCOMPLETE, 0, NULL, no_equals },
	{ "no date", INCOMPLETE, 0, NULL, no_date },
	{ "two dates", INCOMPLETE, 0, NULL, two_dates },
	{ "a date in another format", INCOMPLETE, 0, NULL, not_a_date },
	{ "the 30th of February", INCOMPLETE, 0, NULL, no_such_day },
	{ "two Authorization headers", INCOMPLETE, 0, NULL, two_signatures },
	{ "two Host headers", INCOMPLETE, 0, NULL, two_hosts },
	{ "two tokens", INCOMPLETE, 0, session_key, two_tokens },
	{ "a signature in header and query", INCOMPLETE, 0, NULL, in_both_places },
	{ "an access key id of 129 letters", INCOMPLETE, 0, long_key_id, NULL },
	{ "an access key id with marks", INCOMPLETE, 0, key_id_with_marks, NULL },
	{ "a token of 16 KiB", INCOMPLETE, 0, token_too_long, NULL },
	{ "signed headers out of order", INCOMPLETE, 0, NULL, unsorted },
	{ "signed headers in capitals", INCOMPLETE, 0, NULL, in_capitals },

	{ "another terminator", SCOPE, 0, NULL, another_terminator },
	{ "another day's scope", SCOPE, 0, NULL, another_day },
	{ "a region in capitals", SCOPE, 0, region_in_capitals, NULL },

	{ "Host not signed", UNSIGNED, 0, NULL, host_not_signed },
	{ "an x-amz header not signed", UNSIGNED, 0, NULL, unsigned_header },
	{ "a token not signed", UNSIGNED, 0, NULL, unsigned_token },

	{ "a clock 16 minutes slow", TIME, 0, slow_clock, NULL },
	{ "a clock 16 minutes fast", TIME, 0, fast_clock, NULL },

	{ "an unknown key", KEY, 0, unknown_key, NULL },
	{ "an inactive key", KEY, 0, inactive_key, NULL },
	{ "a session's key taken for a user's", KEY, 0, session_key_as_user, NULL },

	{ "a session's key without its token", TOKEN, 0, no_token, NULL },
	{ "a session's key with another's token", TOKEN, 0, token_of_another, NULL },
	{ "a user's key with a token", TOKEN, 0, token_with_user_key, NULL },
	{ "a token cut short", TOKEN, 0, token_cut, NULL },
	{ "a token that is not base64", TOKEN, 0, token_not_base64, NULL },
	{ "a user's key taken for a session's", TOKEN, 0, user_key_as_session, NULL },
	{ "an expired token", EXPIRED, 0, expired_key, NULL },

	{ "another secret", MISMATCH, 0, wrong_secret, NULL },
	{ "a signature's first letter changed", MISMATCH, 0, NULL, changed_letter },
	{ "its last letter changed", MISMATCH, 0, NULL, last_letter },
	{ "a signature in capitals", MISMATCH, 0, NULL, capital_signature },
	{ "a signature cut short", MISMATCH, 0, NULL, short_signature },
	{ "a signature with more behind it", MISMATCH, 0, NULL, long_signature },
	{ "another body", MISMATCH, PAYLOAD, NULL, body_changed },
	{ "another method", MISMATCH, 0, NULL, method_changed },
	{ "another path", MISMATCH, 0, NULL, path_changed },
	{ "another query", MISMATCH, 0, NULL, query_added },
	{ "a query encoded twice", MISMATCH, 0, encoded_once, encoded_twice },
	{ "another host", MISMATCH, 0, NULL, host_changed },
	{ "a signed header changed", MISMATCH, 0, a_header_to_change, header_changed },
	{ "a signed header removed", MISMATCH, 0, a_header_to_change, header_removed },
	{ "a signed header that was not sent", MISMATCH, 0, NULL, header_not_sent },
	{ "another second", MISMATCH, 0, NULL, date_changed },
	{ "another region than was signed", MISMATCH, 0, NULL, region_changed },
};

/* ---- trying. */

static struct http_request *good_request(size_t service)
{
	static const struct {
		const char *method, *target, *body;
	} requests[SERVICES] = {
		[IAM_] = { "POST", "/", IAM_BODY },
		[STS_] = { "POST", "/", STS_BODY },
		[EC2_] = { "POST", "/", EC2_BODY },
		[EKS_] = { "GET", "/clusters", NULL },
		[S3_] = { "GET", "/", NULL },
	};

	return request_new(requests[service].method, str_of(requests[service].target),
		str_of(requests[service].body));
}

static str code_of(const struct reply *reply)
{
	return reply->code.n
		       ? reply->code
		       : http_get_header(reply->headers, reply->nheaders, S("x-amzn-ErrorType"));
}

static void judge(const struct reply *reply, size_t service, enum class class, const char *what)
{
	unsigned status = answers[class][service].status;
	str want = arena_printf(&arena, "%u %s", status, answers[class][service].code);
	str got = arena_printf(&arena, "%u %.*s", reply->status, STR(code_of(reply)));

	is(got, want, "%s: %s", names[service], what);
}

/* A HEAD's answer has no body: the status alone. */
static void judge_head(const struct reply *reply, size_t service, enum class class,
	const char *what)
{
	ok(reply->status == answers[class][service].status, "%s: %s", names[service], what);
}

static void test_header_form(void)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t service = 0; service < SERVICES; service++) {
			enum class class =
				service == S3_ && rows[i].s3 ? rows[i].s3 : rows[i].class;
			struct trial t = { .http = good_request(service),
				.service = names[service],
				.region = "us-west-2",
				.keys = customer,
				.now = now_s() };
			struct reply reply;

			if (rows[i].before)
				rows[i].before(&t);
			sigv4_sign(&arena, t.http, &t.keys, str_of(t.region), str_of(t.service),
				t.now, &trace);
			if (rows[i].after)
				rows[i].after(&t);
			handle(t.http, &reply);
			if (str_eq(t.http->method, S("HEAD")) && service == S3_)
				judge_head(&reply, service, class, rows[i].what);
			else
				judge(&reply, service, class, rows[i].what);
		}
}

/* ---- the query form, signed here as AWS describes it (IAM User Guide, "Create a signed AWS API
 * request", "Query string"). */

static str hex_hash(str text)
{
	unsigned char hash[SHA256_BYTES];

	sha256(text, hash);
	return hex_write(&arena, hash, sizeof(hash));
}

static str hmac(str key, str text)
{
	unsigned char *out = NEWS(&arena, unsigned char, SHA256_BYTES);

	hmac_sha256(key, text, out);
	return (str){ (char *)out, SHA256_BYTES };
}

static void presign(struct trial *t)
{
	str date = time_basic(&arena, t->now), day = str_head(date, 8);
	bool s3 = strcmp(t->service, "s3") == 0;
	str scope =
		arena_printf(&arena, "%.*s/%s/%s/aws4_request", STR(day), t->region, t->service);
	struct buf query = { .arena = &arena }, credential = { .arena = &arena };
	str canonical, string, key;

	buf_printf(&credential, "%.*s/%.*s", STR(t->keys.access_key_id), STR(scope));
	if (t->body.n)
		buf_printf(&query, "%.*s&", STR(t->body));
	buf_printf(&query, "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=");
	uri_encode(&query, buf_view(&credential), false);
	buf_printf(&query, "&X-Amz-Date=%.*s&X-Amz-Expires=%u", STR(date), t->expires);
	if (t->keys.session_token.n) {
		buf_printf(&query, "&X-Amz-Security-Token=");
		uri_encode(&query, t->keys.session_token, false);
	}
	buf_printf(&query, "&X-Amz-SignedHeaders=host");
	canonical = arena_printf(&arena, "GET\n%.*s\n%.*s\nhost:%.*s\n\nhost\n%.*s",
		STR(t->http->path), STR(buf_view(&query)), STR(header_of(t->http, "Host")->value),
		STR(s3 ? S("UNSIGNED-PAYLOAD") : hex_hash(S(""))));
	string = arena_printf(&arena, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n%.*s", STR(date), STR(scope),
		STR(hex_hash(canonical)));
	key = hmac(arena_printf(&arena, "AWS4%.*s", STR(t->keys.secret_access_key)), day);
	key = hmac(hmac(hmac(key, str_of(t->region)), str_of(t->service)), S("aws4_request"));
	string = hmac(key, string);
	http_set_target(t->http,
		arena_printf(&arena, "%.*s?%.*s&X-Amz-Signature=%.*s", STR(t->http->path),
			STR(buf_view(&query)),
			STR(hex_write(&arena, (const unsigned char *)string.p, SHA256_BYTES))));
}

static void target(struct trial *t, const char *from, const char *to)
{
	http_set_target(t->http, replaced(t->http->target, from, to));
}

static void without(struct trial *t, const char *name)
{
	str text = t->http->target, part, rest;
	size_t at = str_find(text, str_of(name));

	if (at == SIZE_MAX)
		return;
	rest = str_from(text, at);
	if (!str_cut(rest, '&', &part, &rest))
		rest = (str){ 0 };
	text = str_head(text, rest.n ? at : at - 1);
	http_set_target(t->http, arena_printf(&arena, "%.*s%.*s", STR(text), STR(rest)));
}

static void q_short(struct trial *t)
{
	t->expires = 1;
	t->now -= 2;
}
static void q_long_enough(struct trial *t)
{
	t->expires = 3600;
	t->now -= 3000;
}
static void q_zero(struct trial *t)
{
	t->expires = 0;
}
static void q_week(struct trial *t)
{
	t->expires = 604800;
}
static void q_more_than_a_week(struct trial *t)
{
	t->expires = 604801;
}
static void q_no_algorithm(struct trial *t)
{
	without(t, "X-Amz-Algorithm=");
}
static void q_no_credential(struct trial *t)
{
	without(t, "X-Amz-Credential=");
}
static void q_no_date(struct trial *t)
{
	without(t, "X-Amz-Date=");
}
static void q_no_signature(struct trial *t)
{
	without(t, "X-Amz-Signature=");
}
static void q_no_signed(struct trial *t)
{
	without(t, "X-Amz-SignedHeaders=");
}
static void q_date_twice(struct trial *t)
{
	target(t, "&X-Amz-Date=", "&X-Amz-Date=20261124T070544Z&X-Amz-Date=");
}
static void q_not_a_number(struct trial *t)
{
	target(t, "X-Amz-Expires=900", "X-Amz-Expires=9e2");
}
static void q_other_algorithm(struct trial *t)
{
	target(t, "HMAC-SHA256", "HMAC-SHA512");
}
static void q_longer(struct trial *t)
{
	target(t, "X-Amz-Expires=900", "X-Amz-Expires=901");
}
static void q_parameter(struct trial *t)
{
	target(t, "X-Amz-Algorithm", "z=1&X-Amz-Algorithm");
}
static void q_signature(struct trial *t)
{
	size_t at = str_find(t->http->target, S("X-Amz-Signature="));

	http_set_target(t->http, arena_printf(&arena, "%.*sX-Amz-Signature=%s",
					 STR(str_head(t->http->target, at)), repeat('0', 64)));
}
static void q_token_removed(struct trial *t)
{
	without(t, "X-Amz-Security-Token=");
}
static void q_host(struct trial *t)
{
	header_of(t->http, "Host")->value = S("127.0.0.1:1");
}
static void q_method(struct trial *t)
{
	t->http->method = S("POST");
}
static void q_broken(struct trial *t)
{
	target(t, "X-Amz-Date=", "X-Amz-Date=%2");
}

static void test_query_form(void)
{
	static const struct {
		const char *what;
		enum class class, s3;
		void (*before)(struct trial *), (*after)(struct trial *);
	} queries[] = {
		{ "a presigned request", GOOD, 0, NULL, NULL },
		{ "a session's presigned request", GOOD, 0, session_key, NULL },
		{ "one of an hour, after 50 minutes", GOOD, 0, q_long_enough, NULL },
		{ "one of a week", GOOD, 0, q_week, NULL },
		{ "one that has expired", QUERY_TIME, 0, q_short, NULL },
		{ "one from the future", TIME, 0, fast_clock, NULL },
		{ "no X-Amz-Algorithm", QUERY_INCOMPLETE, 0, NULL, q_no_algorithm },
		{ "no X-Amz-Credential", QUERY_INCOMPLETE, 0, NULL, q_no_credential },
		{ "no X-Amz-Date", QUERY_INCOMPLETE, 0, NULL, q_no_date },
		{ "no X-Amz-Signature", QUERY_INCOMPLETE, 0, NULL, q_no_signature },
		{ "no X-Amz-SignedHeaders", QUERY_INCOMPLETE, 0, NULL, q_no_signed },
		{ "X-Amz-Date twice", QUERY_INCOMPLETE, 0, NULL, q_date_twice },
		{ "a broken escape", QUERY_INCOMPLETE, 0, NULL, q_broken },
		{ "no time to live", QUERY_INCOMPLETE, 0, q_zero, NULL },
		{ "more than a week", QUERY_INCOMPLETE, 0, q_more_than_a_week, NULL },
		{ "a time to live that is no number", QUERY_INCOMPLETE, 0, NULL, q_not_a_number },
		{ "another algorithm", QUERY_INCOMPLETE, 0, NULL, q_other_algorithm },
		{ "a longer life than was signed", MISMATCH, 0, NULL, q_longer },
		{ "another parameter", MISMATCH, 0, NULL, q_parameter },
		{ "another signature", MISMATCH, 0, NULL, q_signature },
		{ "another host", MISMATCH, 0, NULL, q_host },
		{ "another method", MISMATCH, 0, NULL, q_method },
		{ "another secret", MISMATCH, 0, wrong_secret, NULL },
		{ "an unknown key", KEY, 0, unknown_key, NULL },
		{ "another session's token", TOKEN, 0, token_of_another, NULL },
		{ "a session without its token", TOKEN, 0, session_key, q_token_removed },
		{ "a user's key with a token", TOKEN, 0, token_with_user_key, NULL },
		{ "an expired token", EXPIRED, 0, expired_key, NULL },
	};

	for (size_t i = 0; i < COUNT(queries); i++)
		for (size_t service = 0; service < SERVICES; service++) {
			struct trial t = { .http = good_request(service),
				.service = names[service],
				.region = "us-west-2",
				.keys = customer,
				.now = now_s(),
				.expires = 900 };
			struct reply reply;

			t.body = t.http->body;
			t.http->body = (str){ 0 };
			t.http->method = S("GET");
			drop_header(t.http, "Content-Type");
			if (queries[i].before)
				queries[i].before(&t);
			presign(&t);
			if (queries[i].after)
				queries[i].after(&t);
			handle(t.http, &reply);
			judge(&reply, service, queries[i].class, queries[i].what);
		}
}

/* ---- EKS's paths: nothing in them may be tidied up by somebody on the way. */

static void test_paths(void)
{
	static const char *const bad[] = { "/clusters/", "//clusters", "/clusters//node-groups",
		"/clusters/a/../b", "/clusters/.", "/clusters/..", "/./clusters",
		"/clusters/a/node-groups/..", "/clusters/%2e%2e", "/clusters/%2E",
		"/clusters/a/." };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct http_request *http = request_new("GET", str_of(bad[i]), (str){ 0 });
		struct reply reply;

		sigv4_sign(&arena, http, &customer, S("us-west-2"), S("eks"), now_s(), &trace);
		handle(http, &reply);
		ok(reply.status == 400 || reply.status == 403, "%s is refused", bad[i]);
		ok(str_find(reply.body, S("The path is malformed")) != SIZE_MAX ||
				str_eq(code_of(&reply), S("InvalidSignatureException")),
			"as a path");
	}
}

/* Only EKS tells what it signed, and never a secret. */
static void test_messages(void)
{
	struct http_request *http = good_request(EKS_);
	struct credentials wrong = session;
	struct reply reply;

	wrong.secret_access_key = vendor.secret_access_key;
	sigv4_sign(&arena, http, &wrong, S("us-west-2"), S("eks"), now_s(), &trace);
	handle(http, &reply);
	ok(str_find(reply.body, S("The Canonical String for this request should have been")) !=
			SIZE_MAX,
		"EKS shows the canonical request");
	ok(str_find(reply.body, vendor.secret_access_key) == SIZE_MAX &&
			str_find(reply.body, session.secret_access_key) == SIZE_MAX,
		"without a secret key");
	http = good_request(S3_);
	http_set_target(http, S("/?X-Amz-Algorithm=AWS4-HMAC-SHA256"));
	handle(http, &reply);
	ok(str_starts(reply.message,
		   S("AWS query-string parameters must include 'X-Amz-Credential'.")) ||
			str_starts(reply.message,
				S("Query-string authentication version 4 requires")),
		"a query says what is missing");
}

/* ---- before. */

static void deactivate(str id)
{
	struct change_list list = { .arena = &arena };
	str key = arena_printf(&arena, "/key/%.*s", STR(id));
	struct json *value = json_clone(&arena, record_get(account, key)->value);
	struct err err;

	json_put_str(&arena, value, S("Status"), S("Inactive"));
	change_put(&list, key, value);
	ok(records_commit(account, &list, &err), "a key is made inactive");
}

static void make_keys(void)
{
	struct session old = { .account_id = S(CUSTOMER),
		.role_arn = S("arn:aws:iam::" CUSTOMER ":role/app"),
		.role_name = S("app"),
		.name = S("sess"),
		.issued_s = now_s() - 3601,
		.expires_s = now_s() - 1 };
	const struct record *role;
	struct reply reply;

	IAM("CreateRole",
		role_input("app", "{\"Version\":\"2012-10-17\",\"Statement\":[{"
				  "\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" CUSTOMER
				  "\"},\"Action\":\"sts:AssumeRole\"}]}"));
	IAM("PutRolePolicy",
		policy_input("RoleName", "app", "p",
			"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
			"\"Action\":\"*\",\"Resource\":\"*\"}}"));
	reply = assume(&customer, "arn:aws:iam::" CUSTOMER ":role/app", "");
	session = session_of(&reply);
	role = find_role_by_arn(account, S("arn:aws:iam::" CUSTOMER ":role/app"));
	old.role_id = json_str(role->value, S("RoleId"));
	session_issue(&arena, account, &old, &expired);
	inactive = new_user_with(&customer, "idle", NULL);
	deactivate(inactive.access_key_id);
}

int main(void)
{
	accounts_open();
	make_keys();
	test_header_form();
	test_query_form();
	test_paths();
	test_messages();
	accounts_close();
	return tap_done();
}
