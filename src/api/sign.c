/*
 * sign.c -- Signature Version 4 for messages that are values: made, and verified.
 *
 * Both read the message through the same checks, so that no header or target can hold a line
 * break and mean something else behind a signature. Verifying is one call on purpose: reading the
 * claim, finding the key, comparing signature and session token cannot be done by halves.
 */
#include "api/api.h"

#include "base/crypto.h"
#include "wire/wire.h"

#include <stdio.h>
#include <string.h>

enum { METHOD_MAX = 20, KEY_ID_MAX = 128, SECRET_MAX = 128, SCOPE_MAX = 32, TOKEN_MAX = 16384 };
static const int64_t year_10000_s = 253402300800;

static bool refuse_argument(struct deputy_error *error, const char *what)
{
	return api_refuse(error, DEPUTY_ERROR_ARGUMENT, "%s", what);
}

/* ---- texts that may stand where they do */

static bool only(str s, const char *others)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && !strchr(others, s.p[i]))
			return false;
	return s.n > 0;
}

static bool is_token(str s) /* of RFC 9110: methods and names of headers */
{
	return only(s, "!#$%&'*+-.^_`|~");
}

/* No controls but a tab; bytes above 127 may be UTF-8. */
static bool is_value(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 127)
			return false;
	return true;
}

static bool is_target(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 127 || s.p[i] == '#')
			return false;
	return s.n > 0 && s.p[0] == '/';
}

/* ---- the message */

static bool copy_headers(struct arena *arena, const struct deputy_message *message,
	struct http_request *request, struct deputy_error *error)
{
	size_t bytes = 0, hosts = 0;

	for (size_t i = 0; i < message->nheaders; i++) {
		str name = str_of(message->headers[i].name),
		    value = str_of(message->headers[i].value);

		bytes += name.n + value.n;
		if (bytes > LIMIT_HEADER_BYTES)
			return api_refuse(error, DEPUTY_ERROR_LIMIT,
				"the headers have more than %d bytes", LIMIT_HEADER_BYTES);
		if (!is_token(name) || !is_value(value))
			return refuse_argument(error, "a header's name or value has characters "
						      "that do not belong there");
		hosts += str_eq_nocase(name, S("Host")) && str_trim(value).n;
		http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers,
			arena_copy(arena, name), arena_copy(arena, str_trim(value)));
	}
	return hosts == 1 || refuse_argument(error, "a request has one Host header");
}

static bool copy_message(struct arena *arena, const struct deputy_message *message,
	struct http_request *request, struct deputy_error *error)
{
	str target;

	if (!message || (message->nheaders && !message->headers) ||
		(message->body_size && !message->body))
		return refuse_argument(error, "there is no message, or a part of it is NULL");
	request->method = str_of(message->method);
	target = str_of(message->target);
	request->body = (str){ message->body, message->body_size };
	if (target.n > LIMIT_TARGET_BYTES || message->nheaders > LIMIT_HEADERS)
		return api_refuse(error, DEPUTY_ERROR_LIMIT,
			"the target has more than %d bytes, or there are more than %d headers",
			LIMIT_TARGET_BYTES, LIMIT_HEADERS);
	if (request->method.n > METHOD_MAX || !is_token(request->method))
		return refuse_argument(error, "the method is not like GET");
	if (!is_target(target))
		return refuse_argument(error, "the target is not an encoded path that starts with "
					      "a slash");
	http_set_target(request, target);
	return copy_headers(arena, message, request, error);
}

/* ---- signing */

struct signed_message { /* a signature, and the arena that it is in */
	struct deputy_signature signature;
	struct arena arena;
};

static bool check_signer(const struct deputy_signer *signer, struct deputy_error *error)
{
	str id, secret, token, region, service;

	if (!signer)
		return refuse_argument(error, "there is no signer");
	id = str_of(signer->access_key_id);
	secret = str_of(signer->secret_access_key);
	token = str_of(signer->session_token);
	region = str_of(signer->region);
	service = str_of(signer->service);
	if (id.n > KEY_ID_MAX || !only(id, "_"))
		return refuse_argument(error, "access_key_id: 1 to 128 letters and digits");
	if (!secret.n || secret.n > SECRET_MAX)
		return refuse_argument(error, "secret_access_key: 1 to 128 characters");
	if (token.n > TOKEN_MAX || (signer->session_token && !token.n) || !is_value(token))
		return refuse_argument(error, "session_token: NULL, or up to 16384 characters");
	if (region.n > SCOPE_MAX || !only(region, "-") || service.n > SCOPE_MAX ||
		!only(service, "-"))
		return refuse_argument(error, "region and service: letters, digits and hyphens");
	if (signer->time_s < 0 || signer->time_s >= year_10000_s)
		return refuse_argument(error, "time_s: seconds since 1970, before the year 10000");
	return true;
}

static const struct deputy_header *headers_of(struct arena *arena,
	const struct http_request *request)
{
	struct deputy_header *headers = NEWS(arena, struct deputy_header, request->nheaders);

	for (size_t i = 0; i < request->nheaders; i++) {
		headers[i].name = arena_copy(arena, request->headers[i].name).p;
		headers[i].value = arena_copy(arena, request->headers[i].value).p;
	}
	return headers;
}

static void sign(struct arena *arena, struct http_request *request,
	const struct deputy_signer *signer, struct deputy_signature *signature)
{
	struct credentials credentials = {
		.access_key_id = str_of(signer->access_key_id),
		.secret_access_key = str_of(signer->secret_access_key),
		.session_token = str_of(signer->session_token),
	};
	struct sigv4_trace trace;

	sigv4_sign(arena, request, &credentials, str_of(signer->region), str_of(signer->service),
		signer->time_s, &trace);
	signature->headers = headers_of(arena, request);
	signature->nheaders = request->nheaders;
	signature->canonical_request = arena_copy(arena, trace.canonical_request).p;
	signature->string_to_sign = arena_copy(arena, trace.string_to_sign).p;
	signature->signature = arena_copy(arena, trace.signature).p;
}

const struct deputy_signature *deputy_sign(const struct deputy_message *message,
	const struct deputy_signer *signer, struct deputy_error *error)
{
	struct arena arena = { 0 };
	struct http_request request = { 0 };
	struct signed_message *result = NEW(&arena, struct signed_message);

	if (!copy_message(&arena, message, &request, error) || !check_signer(signer, error)) {
		arena_free(&arena);
		return NULL;
	}
	sign(&arena, &request, signer, &result->signature);
	result->arena = arena;
	return &result->signature;
}

void deputy_signature_free(const struct deputy_signature *signature)
{
	const struct signed_message *result = (const void *)signature; /* its first member */
	struct arena arena = result ? result->arena : (struct arena){ 0 };

	arena_free(&arena);
}

/* ---- verifying */

static enum deputy_fault fault_of(enum sigv4_fault fault)
{
	switch (fault) {
	case SIGV4_FINE:
		return DEPUTY_FAULT_NONE;
	case SIGV4_MISSING:
		return DEPUTY_FAULT_MISSING;
	case SIGV4_INCOMPLETE:
		return DEPUTY_FAULT_INCOMPLETE;
	case SIGV4_SCOPE:
		return DEPUTY_FAULT_SCOPE;
	case SIGV4_UNSIGNED_HEADER:
		return DEPUTY_FAULT_UNSIGNED_HEADER;
	case SIGV4_EXPIRED:
		return DEPUTY_FAULT_EXPIRED;
	case SIGV4_NOT_YET:
		return DEPUTY_FAULT_NOT_YET;
	case SIGV4_PAYLOAD:
	case SIGV4_PAYLOAD_MISSING:
	case SIGV4_PAYLOAD_FORM:
	case SIGV4_STREAMING:
		return DEPUTY_FAULT_PAYLOAD;
	case SIGV4_MISMATCH:
		return DEPUTY_FAULT_MISMATCH;
	}
	return DEPUTY_FAULT_UNKNOWN;
}

static bool refuse(struct deputy_verdict *verdict, enum deputy_fault fault, str sentence)
{
	*verdict = (struct deputy_verdict){ .fault = fault };
	snprintf(verdict->sentence, sizeof(verdict->sentence), "%.*s", STR(sentence));
	return false;
}

/* The key's secret, if there is such a key and the session token is the one issued with it. */
static bool find_secret(struct arena *arena, const struct deputy_verifier *verifier,
	const struct sigv4_claim *claim, str *secret)
{
	struct deputy_secret found = { 0 };
	struct deputy_claim asked = {
		.access_key_id = arena_copy(arena, claim->access_key_id).p,
		.session_token =
			claim->session_token.n ? arena_copy(arena, claim->session_token).p : NULL,
		.region = arena_copy(arena, claim->region).p,
		.time_s = claim->time_s,
		.presigned = claim->presigned,
	};

	if (!verifier->find(verifier->context, &asked, &found))
		return false;
	*secret = str_of(found.secret_access_key);
	return secret->n && secret_equal(str_of(found.session_token), claim->session_token);
}

static bool verify(struct arena *arena, const struct deputy_message *message,
	const struct deputy_verifier *verifier, struct deputy_verdict *verdict)
{
	struct http_request request = { 0 };
	struct deputy_error error = { 0 };
	struct sigv4_claim claim;
	enum sigv4_fault fault;
	str why, secret;

	if (!copy_message(arena, message, &request, &error))
		return refuse(verdict, DEPUTY_FAULT_MESSAGE, str_of(error.sentence));
	fault = sigv4_read(arena, &request, str_of(verifier->service), verifier->time_s, &claim,
		&why);
	if (fault)
		return refuse(verdict, fault_of(fault), why);
	if (!find_secret(arena, verifier, &claim, &secret))
		return refuse(verdict, DEPUTY_FAULT_KEY,
			S("The security token included in the request is invalid."));
	if (!sigv4_matches(arena, &request, &claim, secret, NULL))
		return refuse(verdict, DEPUTY_FAULT_MISMATCH,
			S("The request signature we calculated does not match the signature you "
			  "provided. Check your AWS Secret Access Key and signing method. Consult "
			  "the service documentation for details."));
	*verdict = (struct deputy_verdict){ .verified = true, .fault = DEPUTY_FAULT_NONE };
	snprintf(verdict->access_key_id, sizeof(verdict->access_key_id), "%.*s",
		STR(claim.access_key_id));
	snprintf(verdict->region, sizeof(verdict->region), "%.*s", STR(claim.region));
	return true;
}

bool deputy_verify(const struct deputy_message *message, const struct deputy_verifier *verifier,
	struct deputy_verdict *verdict)
{
	struct arena arena = { 0 };
	struct deputy_verdict own;
	bool verified;

	if (!verifier || !verifier->service || !*verifier->service || !verifier->find ||
		verifier->time_s < 0 || verifier->time_s >= year_10000_s)
		verified = refuse(&own, DEPUTY_FAULT_UNKNOWN,
			S("The verifier lacks its service, its time or its keys."));
	else
		verified = verify(&arena, message, verifier, &own);
	if (verdict)
		*verdict = own;
	arena_free(&arena);
	return verified;
}
