/*
 * sigv4.c -- Signature Version 4: the canonical request, the string to sign, and the signature.
 *
 *   request + claim --canonical_request--> text --SHA-256--> string to sign --HMAC--> signature
 *
 * Signing and checking are one computation. A claim names the key, the scope, the time, the
 * signed headers and the payload's hash; a signer makes a claim up, a server reads it from the
 * request (claim.c), and both then compute the same signature from it.
 *
 * Source: IAM User Guide, "Create a signed AWS API request".
 */
#include "base/crypto.h"
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

/* ---- the canonical request */

/* A path as other services than S3 take it: empty and "." segments go, ".." takes one back,
 * and what is left is encoded once more, so that %2F becomes %252F. */
static void write_normal_path(struct arena *arena, struct buf *out, str path)
{
	str *segments = NEWS(arena, str, path.n + 1);
	bool folder = str_ends(path, S("/"));
	size_t n = 0;

	for (str rest = path, segment; rest.n;) {
		if (!str_cut(rest, '/', &segment, &rest)) {
			segment = rest;
			rest = (str){ 0 };
		}
		if (str_eq(segment, S("..")))
			n -= n > 0;
		else if (segment.n && !str_eq(segment, S(".")))
			segments[n++] = segment;
	}
	for (size_t i = 0; i < n; i++) {
		buf_char(out, '/');
		uri_encode(out, segments[i], false);
	}
	if (n == 0 || folder)
		buf_char(out, '/');
}

static void write_path(struct arena *arena, struct buf *out, str path, str service)
{
	if (path.n == 0)
		buf_char(out, '/');
	else if (path.n == 1 || str_eq(service, S("s3")))
		buf_str(out, path);
	else
		write_normal_path(arena, out, path);
}

struct pair {
	str name, value; /* encoded anew */
};

static int by_name_then_value(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = str_cmp(x->name, y->name);

	return order ? order : str_cmp(x->value, y->value);
}

/* Decoded and encoded again, so that two spellings of one text are one. Decoding is what
 * form_parse does: were '+' kept here, a signed a=%2B could be sent as a=+, which means a
 * space. What cannot be decoded has no meaning, and stays literal. */
static str encode_anew(struct arena *arena, str raw)
{
	struct buf out = { .arena = arena };
	str text;

	if (!uri_decode(arena, raw, true, &text))
		text = raw;
	uri_encode(&out, text, false);
	return buf_view(&out);
}

static void write_query(struct arena *arena, struct buf *out, const struct sigv4_claim *claim,
	str query)
{
	size_t n = 0, cap = 1;
	struct pair *pairs;

	for (size_t i = 0; i < query.n; i++)
		cap += query.p[i] == '&';
	pairs = NEWS(arena, struct pair, cap);
	for (str rest = query, part; rest.n;) {
		str name, value = { 0 };

		if (!str_cut(rest, '&', &part, &rest)) {
			part = rest;
			rest = (str){ 0 };
		}
		if (part.n == 0)
			continue;
		if (!str_cut(part, '=', &name, &value))
			name = part;
		name = encode_anew(arena, name);
		if (!claim->presigned || !str_eq(name, S("X-Amz-Signature")))
			pairs[n++] = (struct pair){ name, encode_anew(arena, value) };
	}
	qsort(pairs, n, sizeof(*pairs), by_name_then_value);
	for (size_t i = 0; i < n; i++)
		WRITE(out, str_of(i ? "&" : ""), pairs[i].name, S("="), pairs[i].value);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A header's value without the space around it and with one space for each run inside. */
static void write_collapsed(struct buf *out, str value)
{
	value = str_trim(value);
	for (size_t i = 0, word = 0; i < value.n;) {
		while (i < value.n && !is_blank(value.p[i]))
			i++;
		buf_str(out, (str){ value.p + word, i - word });
		if (i < value.n)
			buf_char(out, ' ');
		while (i < value.n && is_blank(value.p[i]))
			i++;
		word = i;
	}
}

static void write_headers(struct buf *out, const struct http_request *request, str signed_headers)
{
	for (str rest = signed_headers, name; rest.n;) {
		bool first = true;

		if (!str_cut(rest, ';', &name, &rest)) {
			name = rest;
			rest = (str){ 0 };
		}
		buf_str(out, name);
		buf_char(out, ':');
		for (size_t i = 0; i < request->nheaders; i++) {
			if (!str_eq_nocase(request->headers[i].name, name))
				continue;
			if (!first)
				buf_char(out, ',');
			first = false;
			write_collapsed(out, request->headers[i].value);
		}
		buf_char(out, '\n');
	}
}

enum { CANONICAL_BYTES = 512 }; /* more than most have */

static str canonical_request(struct arena *arena, const struct http_request *request,
	const struct sigv4_claim *claim)
{
	struct buf out = { .arena = arena };

	buf_grow(&out, CANONICAL_BYTES);
	buf_str(&out, request->method);
	buf_char(&out, '\n');
	write_path(arena, &out, request->path, claim->service);
	buf_char(&out, '\n');
	write_query(arena, &out, claim, request->query);
	buf_char(&out, '\n');
	write_headers(&out, request, claim->signed_headers);
	buf_char(&out, '\n');
	buf_str(&out, claim->signed_headers);
	buf_char(&out, '\n');
	buf_str(&out, claim->payload_hash);
	return buf_view(&out);
}

/* ---- the signature */

static str key_text(const unsigned char key[SHA256_BYTES])
{
	return (str){ (const char *)key, SHA256_BYTES };
}

void sigv4_signing_key(const struct sigv4_claim *claim, str secret, struct hmac_key *hmac_key)
{
	struct arena arena = { 0 };
	unsigned char key[SHA256_BYTES];
	str first = JOIN(&arena, S("AWS4"), secret);

	hmac_sha256(first, claim->date, key);
	hmac_sha256(key_text(key), claim->region, key);
	hmac_sha256(key_text(key), claim->service, key);
	hmac_sha256(key_text(key), S("aws4_request"), key);
	hmac_key_set(hmac_key, key_text(key));
	secret_wipe(key, sizeof(key));
	arena_wipe(&arena);
}

static str hex_sha256(struct arena *arena, str text)
{
	unsigned char hash[SHA256_BYTES];

	sha256(text, hash);
	return hex_write(arena, hash, sizeof(hash));
}

#define SCOPE(claim) \
	(claim)->date, S("/"), (claim)->region, S("/"), (claim)->service, S("/aws4_request")

static void compute(struct arena *arena, const struct http_request *request,
	const struct sigv4_claim *claim, const struct hmac_key *key, struct sigv4_trace *trace)
{
	unsigned char signature[SHA256_BYTES];

	trace->canonical_request = canonical_request(arena, request, claim);
	trace->string_to_sign = JOIN(arena, S("AWS4-HMAC-SHA256\n"), claim->time, S("\n"),
		SCOPE(claim), S("\n"), hex_sha256(arena, trace->canonical_request));
	hmac_with(key, trace->string_to_sign, signature);
	trace->signature = hex_write(arena, signature, sizeof(signature));
}

bool sigv4_matches_key(struct arena *arena, const struct http_request *request,
	const struct sigv4_claim *claim, const struct hmac_key *key, struct sigv4_trace *trace)
{
	struct sigv4_trace own = { 0 };

	compute(arena, request, claim, key, &own);
	if (trace)
		*trace = own;
	return secret_equal(own.signature, claim->signature);
}

bool sigv4_matches(struct arena *arena, const struct http_request *request,
	const struct sigv4_claim *claim, str secret_access_key, struct sigv4_trace *trace)
{
	struct hmac_key key;
	bool good;

	sigv4_signing_key(claim, secret_access_key, &key);
	good = sigv4_matches_key(arena, request, claim, &key, trace);
	secret_wipe(&key, sizeof(key));
	return good;
}

/* ---- signing */

static void drop_header(struct http_request *request, str name)
{
	size_t n = 0;

	for (size_t i = 0; i < request->nheaders; i++)
		if (!str_eq_nocase(request->headers[i].name, name))
			request->headers[n++] = request->headers[i];
	request->nheaders = n;
}

static void set_header(struct arena *arena, struct http_request *request, str name, str value)
{
	drop_header(request, name);
	http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers, name,
		value);
}

/* Those that a proxy or the HTTP library may change or take away on the way. */
static bool may_change(str name)
{
	static const str names[] = { SC("authorization"), SC("connection"), SC("expect"),
		SC("transfer-encoding"), SC("user-agent"), SC("x-amzn-trace-id") };

	for (size_t i = 0; i < COUNT(names); i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const str *)a, *(const str *)b);
}

static str all_headers(struct arena *arena, const struct http_request *request)
{
	str *names = NEWS(arena, str, request->nheaders + 1);
	struct buf out = { .arena = arena };
	size_t n = 0;

	for (size_t i = 0; i < request->nheaders; i++) {
		names[n] = arena_lower(arena, request->headers[i].name);
		n += !may_change(names[n]);
	}
	qsort(names, n, sizeof(*names), by_text);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !str_eq(names[i], names[i - 1]))
			WRITE(&out, str_of(i ? ";" : ""), names[i]);
	return buf_view(&out);
}

void sigv4_sign(struct arena *arena, struct http_request *request,
	const struct credentials *credentials, str region, str service, int64_t now_s,
	struct sigv4_trace *trace)
{
	struct hmac_key key;
	str time = time_basic(arena, now_s);
	struct sigv4_claim claim = {
		.access_key_id = credentials->access_key_id,
		.date = str_head(time, 8),
		.region = region,
		.service = service,
		.time = time,
	};

	drop_header(request, S("Authorization"));
	set_header(arena, request, S("X-Amz-Date"), time);
	drop_header(request, S("X-Amz-Security-Token"));
	if (credentials->session_token.n)
		set_header(arena, request, S("X-Amz-Security-Token"), credentials->session_token);
	claim.payload_hash =
		http_get_header(request->headers, request->nheaders, S("X-Amz-Content-Sha256"));
	if (!claim.payload_hash.n) {
		claim.payload_hash = hex_sha256(arena, request->body);
		if (str_eq(service, S("s3")))
			set_header(arena, request, S("X-Amz-Content-Sha256"), claim.payload_hash);
	}
	claim.signed_headers = all_headers(arena, request);
	sigv4_signing_key(&claim, credentials->secret_access_key, &key);
	compute(arena, request, &claim, &key, trace);
	secret_wipe(&key, sizeof(key));
	trace->authorization = JOIN(arena, S("AWS4-HMAC-SHA256 Credential="), claim.access_key_id,
		S("/"), SCOPE(&claim), S(", SignedHeaders="), claim.signed_headers,
		S(", Signature="), trace->signature);
	set_header(arena, request, S("Authorization"), trace->authorization);
}
