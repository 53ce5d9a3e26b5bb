/*
 * presigned.c -- bad requests whose signature is in the query.
 */
#include "requests.h"

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
static void q_no_expires(struct trial *t)
{
	without(t, "X-Amz-Expires=");
}
static void q_signature_twice(struct trial *t)
{
	target(t, "&X-Amz-Signature=", "&X-Amz-Signature=00&X-Amz-Signature=");
}
static void q_encoded_twice(struct trial *t)
{
	target(t, "%2Fus-west-2%2F", "%252Fus-west-2%252F");
}
static void q_unsigned_header(struct trial *t)
{
	add_header(t->http, "X-Amz-Extra", S("1"));
}
static void q_both(struct trial *t)
{
	add_header(t->http, "Authorization", S("AWS4-HMAC-SHA256 Credential=a"));
}
static void q_terminator(struct trial *t)
{
	target(t, "%2Faws4_request", "%2Faws4-request");
}
static void q_host_not_signed(struct trial *t)
{
	target(t, "X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=date");
}
static void q_signature_in_capitals(struct trial *t)
{
	target(t, "X-Amz-Signature=", "X-Amz-Signature=A");
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
		{ "an inactive key", KEY, 0, inactive_key, NULL },
		{ "no X-Amz-Expires", MISMATCH, QUERY_INCOMPLETE, NULL, q_no_expires },
		{ "X-Amz-Signature twice", QUERY_INCOMPLETE, 0, NULL, q_signature_twice },
		{ "X-Amz-Credential encoded twice", QUERY_INCOMPLETE, 0, NULL, q_encoded_twice },
		{ "an x-amz header that is not signed", UNSIGNED, 0, NULL, q_unsigned_header },
		{ "Host not signed", UNSIGNED, 0, NULL, q_host_not_signed },
		{ "an Authorization header as well", INCOMPLETE, 0, NULL, q_both },
		{ "another terminator", SCOPE, QUERY_INCOMPLETE, NULL, q_terminator },
		{ "a signature of 65 letters", MISMATCH, 0, NULL, q_signature_in_capitals },
		{ "a token of 16 KiB", QUERY_INCOMPLETE, 0, token_too_long, NULL },
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
			judge(&reply, service,
				service == S3_ && queries[i].s3 ? queries[i].s3 : queries[i].class,
				queries[i].what);
		}
}

/* ---- what S3 tells a condition of the signature (S3 API Reference, "Signature Version 4
 * Authentication Specific Policy Keys"): its kind, and, in milliseconds, a presigned one's age. */

static void q_hidden_name(struct trial *t)
{
	target(t, "X-Amz-Signature=", "X-Amz-Signatur%65=");
}

static void q_hidden_date(struct trial *t)
{
	target(t, "X-Amz-Date=", "X-Amz-Dat%65=");
}

static void test_s3_keys(void)
{
	static const struct {
		const char *what, *condition;
		int64_t age_s;
		bool in_header;
		void (*after)(struct trial *);
		unsigned status;
	} rows[] = {
		{ "a signature of five minutes",
			"{\"NumericGreaterThan\":{\"s3:signatureAge\":\"600000\"}}", 300, false,
			NULL, 200 },
		{ "one of eleven", "{\"NumericGreaterThan\":{\"s3:signatureAge\":\"600000\"}}", 660,
			false, NULL, 403 },
		{ "one of eleven, with the date's name encoded",
			"{\"NumericGreaterThan\":{\"s3:signatureAge\":\"600000\"}}", 660, false,
			q_hidden_date, 403 },
		{ "one in the header has no age", "{\"Null\":{\"s3:signatureAge\":\"false\"}}", 0,
			true, NULL, 200 },
		{ "in the query", "{\"StringEquals\":{\"s3:authType\":\"REST-QUERY-STRING\"}}", 0,
			false, NULL, 403 },
		{ "in the query, with its name encoded",
			"{\"StringEquals\":{\"s3:authType\":\"REST-QUERY-STRING\"}}", 0, false,
			q_hidden_name, 403 },
		{ "in the header", "{\"StringEquals\":{\"s3:authType\":\"REST-QUERY-STRING\"}}", 0,
			true, NULL, 200 },
		{ "in the header, said", "{\"StringEquals\":{\"s3:authType\":\"REST-HEADER\"}}", 0,
			true, NULL, 403 },
		{ "Version 4", "{\"StringEquals\":{\"s3:signatureversion\":\"AWS4-HMAC-SHA256\"}}",
			0, false, NULL, 403 },
		{ "without TLS there is no version of it",
			"{\"Null\":{\"s3:TlsVersion\":\"false\"}}", 0, true, NULL, 200 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct trial t = { .http = request_new("GET", S("/"), (str){ 0 }),
			.service = "s3",
			.region = "us-west-2",
			.keys = customer,
			.now = now_s() - rows[i].age_s,
			.expires = 3600 };
		struct reply reply =
			IAM("PutUserPolicy", policy_input("UserName", "admin", "signatures",
						     json_of("{\"Version\":\"2012-10-17\","
							     "\"Statement\":[{\"Effect\":\"Deny\","
							     "\"Action\":\"s3:*\",\"Resource\":\"*"
							     "\",\"Condition\":%s}]}",
							     rows[i].condition)));

		fine(&reply, "a policy");
		if (rows[i].in_header)
			sigv4_sign(&arena, t.http, &t.keys, S("us-west-2"), S("s3"), t.now, &trace);
		else
			presign(&t);
		if (rows[i].after)
			rows[i].after(&t);
		handle(t.http, &reply);
		ok(reply.status == rows[i].status, "%s: %u", rows[i].what, reply.status);
	}
}

int main(void)
{
	accounts_open();
	make_keys();
	test_query_form();
	test_s3_keys();
	accounts_close();
	return tap_done();
}
