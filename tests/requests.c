/*
 * requests.c -- bad requests whose signature is in the header, and paths that must stay as they are.
 */
#include "requests.h"

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
static void credential_encoded(struct trial *t)
{
	authorization(t, "/us-west-2/", "%2Fus-west-2%2F");
}
static void long_list(struct trial *t)
{
	authorization(t, "SignedHeaders=", json_of("SignedHeaders=%s;", repeat('a', 4096)));
}
/* Only S3's signers send it. */
static void no_hash(struct trial *t)
{
	if (!str_eq_nocase(str_of(t->service), S("s3")))
		return;
	authorization(t, "x-amz-content-sha256;", "");
	drop_header(t->http, "X-Amz-Content-Sha256");
}
static void bad_hash(struct trial *t)
{
	add_header(t->http, "X-Amz-Content-Sha256", S("abc"));
}
static void hash_of_another(struct trial *t)
{
	add_header(t->http, "X-Amz-Content-Sha256", str_of(repeat('0', 64)));
}
static void streamed(struct trial *t)
{
	add_header(t->http, "X-Amz-Content-Sha256", S("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
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
	{ "signed headers of more than 4 KiB", INCOMPLETE, 0, NULL, long_list },
	{ "a credential with encoded slashes", INCOMPLETE, 0, NULL, credential_encoded },
	{ "no payload hash", GOOD, NO_HASH, NULL, no_hash },
	{ "a payload hash that is none", PAYLOAD, BAD_HASH, bad_hash, NULL },
	{ "another payload's hash", PAYLOAD, 0, hash_of_another, NULL },
	{ "a payload that is signed chunk by chunk", PAYLOAD, STREAMED, streamed, NULL },

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

/* ---- the scope's service decides who answers: what was signed for one is nothing to another. */

static void test_other_services(void)
{
	for (size_t service = 0; service < SERVICES; service++)
		for (size_t other = 0; other < SERVICES; other++) {
			struct trial t = { .http = good_request(service) };
			struct reply reply;

			if (service == other)
				continue;
			sigv4_sign(&arena, t.http, &customer, S("us-west-2"), str_of(names[other]),
				now_s(), &trace);
			handle(t.http, &reply);
			ok(reply.status >= 400 && reply.status < 500,
				"%s's request signed for %s: %u", names[service], names[other],
				reply.status);
			t.http = good_request(service);
			sigv4_sign(&arena, t.http, &customer, S("us-west-2"),
				str_of(names[service]), now_s(), &trace);
			authorization(&t, json_of("/%s/", names[service]),
				json_of("/%s/", names[other]));
			if (other == S3_)
				continue; /* which then misses a header */
			handle(t.http, &reply);
			judge(&reply, other, MISMATCH, "a scope that was not signed");
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

int main(void)
{
	accounts_open();
	make_keys();
	test_header_form();
	test_other_services();
	test_paths();
	test_messages();
	accounts_close();
	return tap_done();
}
