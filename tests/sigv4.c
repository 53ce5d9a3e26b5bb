/*
 * sigv4.c -- signatures, against values recorded from botocore and published by AWS
 * (tests/cases/sigv4/, tests/oracle/sigv4.py).
 *
 * Each recorded case is signed, which must give every recorded value; read, which must accept
 * it; and read again with each thing that a signature covers changed, which must not.
 */
#include "tap.h"

#include "base/os.h"
#include "wire/wire.h"

#include <string.h>

#define CASES "tests/cases/sigv4/"

struct vector {
	str title, service, region, time;
	struct credentials credentials;
	struct http_request request;
	str canonical, string, signature, authorization;
};

/* ---- reading cases: `name value` lines, and blocks of lines that begin with "  |" */

static bool next_line(str *text, str *line)
{
	if (!text->n)
		return false;
	if (!str_cut(*text, '\n', line, text)) {
		*line = *text;
		*text = (str){ 0 };
	}
	return true;
}

static str read_block(struct arena *arena, str *text)
{
	struct buf out = { .arena = arena };
	str line, rest = *text;

	for (bool first = true; next_line(&rest, &line) && str_starts(line, S("  |"));
		first = false) {
		if (!first)
			buf_char(&out, '\n');
		buf_str(&out, str_from(line, 3));
		*text = rest;
	}
	return buf_view(&out);
}

static void add_header(struct arena *arena, struct http_request *request, str line)
{
	str name, value;

	if (str_cut(line, ':', &name, &value))
		http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers,
			name, value);
}

/* 20261124T070544Z, with the C library's help: not our own reader of times. */
static int64_t seconds(str time)
{
	static const int months[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	int part[6], at = 0;
	static const int width[] = { 4, 2, 2, 2, 2, 2 };
	int64_t days = 0;

	for (int i = 0; i < 6; i++) {
		part[i] = 0;
		for (int j = 0; j < width[i]; j++)
			part[i] = part[i] * 10 + (time.p[at++] - '0');
		at += i == 2;
	}
	for (int year = 1970; year < part[0]; year++)
		days += year % 4 ? 365 : 366; /* 2000 is a leap year, 2100 is far */
	days += months[part[1] - 1] + part[2] - 1 + (part[1] > 2 && part[0] % 4 == 0);
	return days * 86400 + part[3] * 3600 + part[4] * 60 + part[5];
}

static void read_field(struct arena *arena, struct vector *v, str name, str value, str *text)
{
	if (str_eq(name, S("service")))
		v->service = value;
	else if (str_eq(name, S("region")))
		v->region = value;
	else if (str_eq(name, S("key")))
		v->credentials.access_key_id = value;
	else if (str_eq(name, S("secret")))
		v->credentials.secret_access_key = value;
	else if (str_eq(name, S("token")))
		v->credentials.session_token = value;
	else if (str_eq(name, S("time")))
		v->time = value;
	else if (str_eq(name, S("method")))
		v->request.method = value;
	else if (str_eq(name, S("target")))
		http_set_target(&v->request, value);
	else if (str_eq(name, S("header")))
		add_header(arena, &v->request, value);
	else if (str_eq(name, S("body")))
		v->request.body = read_block(arena, text);
	else if (str_eq(name, S("canonical")))
		v->canonical = read_block(arena, text);
	else if (str_eq(name, S("string")))
		v->string = read_block(arena, text);
	else if (str_eq(name, S("signature")))
		v->signature = value;
	else if (str_eq(name, S("authorization")))
		v->authorization = value;
	else
		ok(false, "unknown field '%.*s'", STR(name));
}

static bool next_vector(struct arena *arena, str *text, struct vector *v)
{
	str line, name, value;

	*v = (struct vector){ 0 };
	while (next_line(text, &line)) {
		if (line.n == 0) {
			if (v->signature.n)
				return true;
			continue;
		}
		name = line;
		value = (str){ 0 };
		str_cut(line, ' ', &name, &value);
		if (str_eq(name, S("#")))
			v->title = value;
		else
			read_field(arena, v, name, value, text);
	}
	return v->signature.n > 0;
}

/* ---- the recorded cases */

static struct http_request copy_request(struct arena *arena, const struct http_request *request)
{
	struct http_request copy = *request;

	copy.headers = NULL;
	copy.nheaders = copy.cap_headers = 0;
	for (size_t i = 0; i < request->nheaders; i++)
		http_add_header(arena, &copy.headers, &copy.nheaders, &copy.cap_headers,
			request->headers[i].name, request->headers[i].value);
	return copy;
}

static bool accepted(struct arena *arena, const struct http_request *request, str service,
	str secret, int64_t now)
{
	struct sigv4_claim claim;
	str why;

	return sigv4_read(arena, request, service, now, &claim, &why) == SIGV4_FINE &&
	       sigv4_matches(arena, request, &claim, secret, NULL);
}

static void test_signing(struct arena *arena, const struct vector *v, struct http_request *request)
{
	struct sigv4_trace trace;

	sigv4_sign(arena, request, &v->credentials, v->region, v->service, seconds(v->time),
		&trace);
	is(trace.canonical_request, v->canonical, "%.*s: canonical request", STR(v->title));
	is(trace.string_to_sign, v->string, "%.*s: string to sign", STR(v->title));
	is(trace.signature, v->signature, "%.*s: signature", STR(v->title));
	is(trace.authorization, v->authorization, "%.*s: Authorization", STR(v->title));
	is(http_get_header(request->headers, request->nheaders, S("authorization")),
		v->authorization, "%.*s: the header is there", STR(v->title));
}

static void test_reading(struct arena *arena, const struct vector *v,
	const struct http_request *request)
{
	struct sigv4_claim claim;
	struct sigv4_trace trace = { 0 };
	enum sigv4_fault fault;
	str why;

	fault = sigv4_read(arena, request, v->service, seconds(v->time), &claim, &why);
	ok(fault == SIGV4_FINE, "%.*s: is read: %.*s", STR(v->title), STR(why));
	is(claim.access_key_id, v->credentials.access_key_id, "%.*s: key id", STR(v->title));
	is(claim.session_token, v->credentials.session_token, "%.*s: token", STR(v->title));
	is(claim.region, v->region, "%.*s: region", STR(v->title));
	ok(claim.time_s == seconds(v->time), "%.*s: time", STR(v->title));
	ok(sigv4_matches(arena, request, &claim, v->credentials.secret_access_key, &trace),
		"%.*s: is accepted", STR(v->title));
	is(trace.canonical_request, v->canonical, "%.*s: the server's canonical request",
		STR(v->title));
	is(trace.string_to_sign, v->string, "%.*s: the server's string to sign", STR(v->title));
	ok(sigv4_read(arena, request, (str){ 0 }, seconds(v->time), &claim, &why) == SIGV4_FINE,
		"%.*s: is read by an endpoint for all services", STR(v->title));
}

/* A copy with one byte in the middle changed for another of its kind. */
static str spoil(struct arena *arena, str s)
{
	char *p;

	if (!s.n)
		return S("x");
	s = arena_copy(arena, s);
	p = arena_alloc(arena, s.n, 1);
	memcpy(p, s.p, s.n);
	p[s.n / 2] = p[s.n / 2] == '7' ? '8' : '7';
	return (str){ p, s.n };
}

static void test_header_changes(struct arena *arena, const struct vector *v,
	const struct http_request *request)
{
	str secret = v->credentials.secret_access_key, list;
	int64_t now = seconds(v->time);
	struct sigv4_claim claim;
	str why;

	if (sigv4_read(arena, request, v->service, now, &claim, &why))
		return;
	list = arena_printf(arena, ";%.*s;", STR(claim.signed_headers));
	for (size_t i = 0; i < request->nheaders; i++) {
		struct http_request copy = copy_request(arena, request);
		struct http_header *header = &copy.headers[i];
		str name = arena_lower(arena, header->name);

		if (str_find(list, arena_printf(arena, ";%.*s;", STR(name))) == SIZE_MAX)
			continue;
		header->value = spoil(arena, header->value);
		ok(!accepted(arena, &copy, v->service, secret, now), "%.*s: not with another %.*s",
			STR(v->title), STR(name));
		*header = copy.headers[copy.nheaders - 1];
		copy.nheaders--;
		ok(!accepted(arena, &copy, v->service, secret, now), "%.*s: not without %.*s",
			STR(v->title), STR(name));
	}
}

static void test_changes(struct arena *arena, const struct vector *v,
	const struct http_request *request)
{
	str secret = v->credentials.secret_access_key;
	int64_t now = seconds(v->time);
	struct http_request copy = copy_request(arena, request);

	copy.method = S("PATCH");
	ok(!accepted(arena, &copy, v->service, secret, now), "%.*s: not by another method",
		STR(v->title));
	copy = *request;
	copy.path = arena_printf(arena, "%.*s/more", STR(copy.path));
	ok(!accepted(arena, &copy, v->service, secret, now), "%.*s: not at another path",
		STR(v->title));
	copy = *request;
	copy.query = arena_printf(arena, "%.*s&Extra=1", STR(copy.query));
	ok(!accepted(arena, &copy, v->service, secret, now), "%.*s: not with another parameter",
		STR(v->title));
	copy = *request;
	copy.body = arena_printf(arena, "%.*s ", STR(copy.body));
	ok(accepted(arena, &copy, v->service, secret, now) ==
			(str_find(v->canonical, S("UNSIGNED-PAYLOAD")) != SIZE_MAX),
		"%.*s: not with another body, unless it is unsigned", STR(v->title));
	ok(!accepted(arena, request, v->service, spoil(arena, secret), now),
		"%.*s: not with another secret", STR(v->title));
	ok(!accepted(arena, request, v->service, (str){ 0 }, now), "%.*s: not without a secret",
		STR(v->title));
	ok(!accepted(arena, request, S("other"), secret, now), "%.*s: not by another service",
		STR(v->title));
	test_header_changes(arena, v, request);
}

static size_t test_file(struct arena *arena, str name)
{
	str path = arena_printf(arena, CASES "%.*s.case", STR(name)), text;
	struct vector v;
	struct err err;
	size_t n = 0;

	if (!ok(file_read(arena, path, 1 << 20, &text, &err), "%.*s is read", STR(path)))
		return 0;
	for (; next_vector(arena, &text, &v); n++) {
		struct http_request request = copy_request(arena, &v.request);

		if (v.authorization.n)
			test_signing(arena, &v, &request);
		test_reading(arena, &v, &request);
		test_changes(arena, &v, &request);
	}
	return n;
}

static void test_vectors(struct arena *arena)
{
	static const str files[] = { SC("aws"), SC("iam"), SC("sts"), SC("ec2"), SC("eks"),
		SC("s3"), SC("presigned") };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(files); i++)
		n += test_file(arena, files[i]);
	ok(n == 65, "%zu recorded cases", n);
}

/* ---- refused.case: one good request, and what is done to it */

static const struct {
	str name;
	enum sigv4_fault fault;
} faults[] = {
	{ SC("FINE"), SIGV4_FINE },
	{ SC("MISSING"), SIGV4_MISSING },
	{ SC("INCOMPLETE"), SIGV4_INCOMPLETE },
	{ SC("SCOPE"), SIGV4_SCOPE },
	{ SC("UNSIGNED_HEADER"), SIGV4_UNSIGNED_HEADER },
	{ SC("EXPIRED"), SIGV4_EXPIRED },
	{ SC("NOT_YET"), SIGV4_NOT_YET },
	{ SC("PAYLOAD"), SIGV4_PAYLOAD },
	{ SC("PAYLOAD_MISSING"), SIGV4_PAYLOAD_MISSING },
	{ SC("PAYLOAD_FORM"), SIGV4_PAYLOAD_FORM },
	{ SC("STREAMING"), SIGV4_STREAMING },
	{ SC("MISMATCH"), SIGV4_MISMATCH },
};

struct attempt {
	struct vector v;
	struct http_request request;
	str service;
	int64_t now;
	str title;
};

static void drop_header(struct http_request *request, str name)
{
	size_t n = 0;

	for (size_t i = 0; i < request->nheaders; i++)
		if (!str_eq_nocase(request->headers[i].name, name))
			request->headers[n++] = request->headers[i];
	request->nheaders = n;
}

/* Replaces OLD by NEW in the Authorization header: `edit OLD -> NEW`. */
static void edit(struct arena *arena, struct attempt *a, str change)
{
	size_t arrow = str_find(change, S(" -> "));
	str old = str_head(change, arrow), new = str_from(change, arrow + 4);

	for (size_t i = 0; i < a->request.nheaders; i++) {
		struct http_header *header = &a->request.headers[i];
		size_t at = str_find(header->value, old);

		if (!str_eq(header->name, S("Authorization")))
			continue;
		if (!ok(at != SIZE_MAX, "%.*s: there is a '%.*s'", STR(a->title), STR(old)))
			return;
		header->value =
			arena_printf(arena, "%.*s%.*s%.*s", STR(str_head(header->value, at)),
				STR(new), STR(str_from(header->value, at + old.n)));
	}
}

static void change(struct arena *arena, struct attempt *a, str name, str value)
{
	str header = value, rest;

	str_cut(value, ':', &header, &rest);
	if (str_eq(name, S("edit")))
		edit(arena, a, value);
	if (str_eq(name, S("drop")) || str_eq(name, S("header")))
		drop_header(&a->request, header);
	if (str_eq(name, S("header")) || str_eq(name, S("add")))
		add_header(arena, &a->request, value);
	if (str_eq(name, S("target")))
		http_set_target(&a->request, value);
	if (str_eq(name, S("body")))
		a->request.body = value;
	if (str_eq(name, S("service")))
		a->service = value;
	if (str_eq(name, S("now")))
		a->now = seconds(value);
	if (str_eq(name, S("long"))) /* a header of that many bytes */
		http_add_header(arena, &a->request.headers, &a->request.nheaders,
			&a->request.cap_headers, S("X-Amz-Security-Token"),
			(str){ arena_alloc(arena, 20000, 1), 20000 });
}

static void expect(struct arena *arena, const struct attempt *a, str name, str sentence)
{
	struct sigv4_claim claim;
	enum sigv4_fault want = SIGV4_FINE, got;
	bool forged = str_eq(name, S("FORGED")), known = forged;
	str why;

	for (size_t i = 0; i < COUNT(faults); i++)
		if (str_eq(faults[i].name, name)) {
			want = faults[i].fault;
			known = true;
		}
	got = sigv4_read(arena, &a->request, a->service, a->now, &claim, &why);
	if (ok(known && got == want, "%.*s: %.*s (%d)", STR(a->title), STR(name), (int)got))
		is(why, sentence, "%.*s: AWS's sentence", STR(a->title));
	if (got == SIGV4_FINE)
		ok(sigv4_matches(arena, &a->request, &claim, a->v.credentials.secret_access_key,
			   NULL) == !forged,
			"%.*s: the signature %s", STR(a->title), forged ? "differs" : "is good");
}

static bool base_attempt(struct arena *arena, struct attempt *a)
{
	struct sigv4_trace trace;
	struct err err;
	str text;

	*a = (struct attempt){ 0 };
	if (!file_read(arena, S(CASES "iam.case"), 1 << 20, &text, &err) ||
		!next_vector(arena, &text, &a->v))
		return false;
	a->request = copy_request(arena, &a->v.request);
	a->service = a->v.service;
	a->now = seconds(a->v.time);
	sigv4_sign(arena, &a->request, &a->v.credentials, a->v.region, a->v.service, a->now,
		&trace);
	return true;
}

static void test_refused(struct arena *arena)
{
	struct attempt a;
	struct err err;
	size_t n = 0;
	str text, line, name, value;

	if (!ok(file_read(arena, S(CASES "refused.case"), 1 << 20, &text, &err), "refused.case"))
		return;
	base_attempt(arena, &a);
	while (next_line(&text, &line)) {
		name = line;
		value = (str){ 0 };
		str_cut(line, ' ', &name, &value);
		if (str_eq(name, S("#"))) {
			base_attempt(arena, &a);
			a.title = value;
		} else if (str_eq(name, S("="))) {
			name = value;
			value = (str){ 0 };
			str_cut(name, ' ', &name, &value);
			expect(arena, &a, name, value);
			n++;
		} else {
			change(arena, &a, name, value);
		}
	}
	ok(n == 100, "%zu changed requests", n);
}

int main(void)
{
	struct arena arena = { 0 };

	test_vectors(&arena);
	test_refused(&arena);
	arena_free(&arena);
	return tap_done();
}
