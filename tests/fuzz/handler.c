/*
 * handler.c -- fuzz target: the account's HTTP handler, from a request's bytes to its answer.
 *
 * The first byte says which service is meant and who signs; what follows is lines of method,
 * target and headers, an empty line, a body. Unsigned, a request must never be answered with
 * 2xx. Signed by an administrator it gets as far as it can: into the operations, with parameters
 * that nobody would send. Whatever comes: the answer has a status that data/faults.tsv knows, no
 * failure of ours (5xx) but "not implemented", a body that is well-formed XML or JSON, and
 * headers that HTTP can carry.
 *
 * Accounts fill up as the fuzzer makes things in them, so they are made anew now and then.
 */
#include "account/account.h"
#include "base/os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { RENEW = 20000, SERVICES = 5, SIGNERS = 4 };

static const str services[SERVICES] = { SC("iam"), SC("sts"), SC("ec2"), SC("eks"), SC("s3") };

static struct {
	struct arena arena;
	struct account *account;
	struct account_admin admins[2];
	size_t inputs;
} state;

static _Noreturn void stop(const char *what, str about)
{
	fprintf(stderr, "%s: %.*s\n", what, STR(about));
	abort();
}

/* ---- the accounts */

static void renew(void)
{
	str ids[] = { S("111122223333"), S("965570967084") }, dir;
	struct stat st;
	struct err err;

	account_close(state.account);
	arena_free(&state.arena);
	if (stat("/dev/shm", &st) == 0 && S_ISDIR(st.st_mode))
		setenv("TMPDIR", "/dev/shm", 1); /* commits need no disk here */
	if (!dir_make_temp(&state.arena, S("deputy-fuzz"), &dir, &err) ||
		!account_init(&state.arena, dir, ids, COUNT(ids), S("us-west-2"), state.admins,
			&err) ||
		!account_open(dir, &state.account, &err))
		stop("accounts", str_of(err.text));
	dir_remove(dir); /* the database lives on as long as it is open */
}

/* ---- the request */

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

static bool is_name(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return s.n > 0;
}

static bool is_visible(str s, unsigned char least, unsigned char most)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < least || s.p[i] == 0x7F || (unsigned char)s.p[i] > most)
			return false;
	return true;
}

/* False: the server's listener would have refused it. */
static bool read_request(struct arena *arena, str text, struct http_request *request)
{
	str line = { 0 }, name, value;

	next_line(&text, &request->method);
	next_line(&text, &line);
	http_set_target(request, line);
	request->peer = S("127.0.0.1");
	if (!is_name(request->method) || !str_starts(line, S("/")) || !is_visible(line, 0x21, 0x7E))
		return false;
	while (next_line(&text, &line) && line.n) {
		if (!str_cut(line, ':', &name, &value) || !is_name(name) ||
			!is_visible(value, 0x20, 0xFF))
			return false;
		http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers,
			name, str_trim(value));
	}
	request->body = text;
	return request->nheaders < LIMIT_HEADERS;
}

static void sign(struct arena *arena, struct http_request *request, unsigned how)
{
	const struct account_admin *admin = &state.admins[how / SERVICES % 2];
	struct sigv4_trace trace;

	if (!http_get_header(request->headers, request->nheaders, S("Host")).n)
		http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers,
			S("Host"), S("127.0.0.1"));
	sigv4_sign(arena, request, &admin->credentials, S("us-west-2"), services[how % SERVICES],
		now_s(), &trace);
}

/* ---- the answer */

static bool is_known(unsigned status)
{
	static const unsigned known[] = { 200, 201, 202, 204, 301, 304, 400, 401, 403, 404, 405,
		406, 409, 411, 412, 413, 415, 501 };

	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i] == status)
			return true;
	return false;
}

static void check_body(struct arena *arena, str body)
{
	struct json *value;
	struct err err;
	str root;

	if (!body.n)
		return;
	if (body.p[0] == '<' ? !xml_parse(arena, body, &root, &value, &err)
			     : !json_parse(arena, body, LIMIT_RESPONSE_BYTES, &value, &err))
		stop(err.text, body);
}

static void check(struct arena *arena, const struct http_response *response, bool is_signed)
{
	if (!is_known(response->status))
		stop("status",
			arena_printf(arena, "%u %.*s", response->status, STR(response->body)));
	if (!is_signed && response->status < 300)
		stop("nobody signed this", response->body);
	check_body(arena, response->body);
	for (size_t i = 0; i < response->nheaders; i++)
		if (!is_name(response->headers[i].name) ||
			!is_visible(response->headers[i].value, 0x20, 0xFF))
			stop("header", response->headers[i].value);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct http_request request = { 0 };
	struct http_response response = { 0 };
	struct arena arena = { 0 };
	unsigned how = n ? data[0] : 0;
	bool is_signed = how / SERVICES % SIGNERS != 0;

	if (state.inputs++ % RENEW == 0)
		renew();
	if (n && read_request(&arena, (str){ (const char *)data + 1, n - 1 }, &request)) {
		if (is_signed)
			sign(&arena, &request, how);
		account_handle(state.account, &arena, &request, &response);
		check(&arena, &response, is_signed);
	}
	arena_free(&arena);
	return 0;
}
