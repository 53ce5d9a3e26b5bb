/*
 * sigv4.c -- fuzz target: requests and their signatures.
 *
 * The input is a request: lines of method, target and headers, an empty line, a body. As it is,
 * it must never be accepted, since nobody who knows the secret signed it. Signed by us it must be
 * accepted, when its headers are such as a client may send, and not with any digit of the
 * signature changed.
 */
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

enum { NOW_S = 1795503944 }; /* 20261124T070544Z */

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

static void read_request(struct arena *arena, str text, struct http_request *request)
{
	str line = { 0 }, name, value;

	next_line(&text, &request->method);
	next_line(&text, &line);
	http_set_target(request, line);
	while (next_line(&text, &line) && line.n)
		if (str_cut(line, ':', &name, &value))
			http_add_header(arena, &request->headers, &request->nheaders,
				&request->cap_headers, name, str_trim(value));
	request->body = text;
}

static bool accepted(struct arena *arena, const struct http_request *request)
{
	struct sigv4_claim claim;
	struct sigv4_trace trace;
	str why;

	return sigv4_read(arena, request, (str){ 0 }, NOW_S, &claim, &why) == SIGV4_FINE &&
	       sigv4_matches(arena, request, &claim, S("a secret of the fuzzer's"), &trace);
}

static bool is_name(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return s.n > 0;
}

/* Leaves the headers that a client may send next to those that signing adds. */
static void make_sendable(struct arena *arena, struct http_request *request)
{
	size_t n = 0;

	for (size_t i = 0; i < request->nheaders && n < 20; i++) {
		str name = request->headers[i].name;
		bool own = str_eq_nocase(name, S("host")) || str_eq_nocase(name, S("date")) ||
			   str_eq_nocase(name, S("x-amz-content-sha256")) || name.n > 100;

		if (is_name(name) && !own)
			request->headers[n++] = request->headers[i];
	}
	request->nheaders = n;
	http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers,
		S("Host"), S("h"));
	if (str_find(request->query, S("X-Amz-")) != SIZE_MAX)
		http_set_target(request, request->path);
}

static void must(bool good)
{
	if (!good)
		abort();
}

static void test_signed(struct arena *arena, struct http_request *request, str service)
{
	static const struct credentials keys = { SC("AKIDEXAMPLE"), SC("a secret of the fuzzer's"),
		SC("") };
	struct sigv4_trace trace;
	struct http_header *header;
	char *p;

	sigv4_sign(arena, request, &keys, S("us-west-2"), service, NOW_S, &trace);
	must(accepted(arena, request));
	header = &request->headers[request->nheaders - 1];
	must(str_eq(header->name, S("Authorization")));
	p = arena_alloc(arena, header->value.n, 1);
	memcpy(p, header->value.p, header->value.n);
	header->value.p = p;
	for (size_t i = 1; i <= 64; i += 7) {
		char *digit = &p[header->value.n - i], before = *digit;

		*digit = before == '0' ? '1' : '0';
		must(!accepted(arena, request));
		*digit = before;
	}
	must(accepted(arena, request));
	request->body = arena_printf(arena, "%.*s.", STR(str_head(request->body, 4096)));
	must(!accepted(arena, request));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct arena arena = { 0 };
	struct http_request request = { 0 };
	str text = { (const char *)data, n };

	read_request(&arena, text, &request);
	must(!accepted(&arena, &request));
	make_sendable(&arena, &request);
	test_signed(&arena, &request, n % 2 ? S("s3") : S("eks"));
	arena_free(&arena);
	return 0;
}
