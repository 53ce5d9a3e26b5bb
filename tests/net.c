/*
 * net.c -- the listener and the signed call, over real sockets on the loopback interface.
 *
 * The listener is tried with raw bytes, since a well-behaved client cannot send what it must
 * refuse; the client with answers in the words of AWS's four protocols (API References of IAM,
 * STS, EC2, EKS and S3, "Common errors"). The server of the second half checks signatures.
 */
#include "tap.h"

#include "base/json.h"
#include "base/os.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- raw connections */

static int dial(str address)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint64_t port = 0;
	str host, rest;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (str_cut(address, ':', &host, &rest))
		str_u64(rest, 65535, &port);
	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	return fd;
}

static bool say(int fd, str bytes)
{
	while (bytes.n) {
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes = str_from(bytes, (size_t)n);
	}
	return true;
}

/* What comes until the other side closes, `quiet_ms` pass in silence, or `enough` was heard. */
static str hear(struct arena *arena, int fd, int quiet_ms, str enough, bool *closed)
{
	struct buf out = { .arena = arena };
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char piece[65536];

	*closed = false;
	while (poll(&wait, 1, quiet_ms) > 0) {
		ssize_t n = recv(fd, piece, sizeof(piece), 0);

		*closed = n <= 0;
		if (*closed)
			break;
		buf_str(&out, (str){ piece, (size_t)n });
		if (enough.n && str_find(buf_view(&out), enough) != SIZE_MAX)
			break;
	}
	return buf_view(&out);
}

static str exchange(struct arena *arena, str address, str bytes, bool *closed)
{
	int fd = dial(address);
	str heard;

	say(fd, bytes);
	heard = hear(arena, fd, 2000, S("!"), closed);
	close(fd);
	return heard;
}

static unsigned status_of(str response)
{
	uint64_t status = 0;

	if (str_starts(response, S("HTTP/1.1 ")))
		str_u64((str){ response.p + 9, 3 }, 999, &status);
	return (unsigned)status;
}

/* ---- a server that says what it was given; every body ends with '!' */

static atomic_uint handled;

static void echo(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response)
{
	struct buf out = { .arena = arena };

	(void)context;
	atomic_fetch_add(&handled, 1);
	buf_printf(&out, "method=%.*s path=%.*s query=%.*s peer=%.*s body=%zu:%.*s",
		STR(request->method), STR(request->path), STR(request->query), STR(request->peer),
		request->body.n, STR(str_head(request->body, 20)));
	for (size_t i = 0; i < request->nheaders && i < 8; i++)
		buf_printf(&out, " [%.*s=%.*s]", STR(str_head(request->headers[i].name, 30)),
			STR(str_head(request->headers[i].value, 60)));
	buf_char(&out, '!');
	response->status = 200;
	response->body = buf_view(&out);
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("X-Seen"), S("yes"));
	if (str_eq(request->path, S("/bad-header")))
		http_add_header(arena, &response->headers, &response->nheaders,
			&response->cap_headers, S("X-Bad"), S("a\r\nSet-Cookie: b"));
	if (str_eq(request->path, S("/bad-status")))
		response->status = 0;
	if (str_eq(request->path, S("/huge")))
		response->body = (str){ arena_alloc(arena, LIMIT_RESPONSE_BYTES + 1, 1),
			LIMIT_RESPONSE_BYTES + 1 };
}

static struct server *serve(struct arena *arena, server_handler *handler, unsigned request_ms,
	str *address)
{
	struct server_options options = { .listen = S("127.0.0.1:0"),
		.handler = handler,
		.request_ms = request_ms };
	struct server *server = NULL;
	struct err err = { 0 };

	ok(server_open(arena, &options, &server, address, &err), "listens: %s", err.text);
	return server;
}

#define H "Host: h\r\n"

static void test_requests(struct arena *arena, str address)
{
	static const struct {
		str sent, heard;
	} rows[] = {
		{ SC("GET / HTTP/1.1\r\n" H "\r\n"),
			SC("method=GET path=/ query= peer=127.0.0.1 body=0: [Host=h]!") },
		{ SC("GET /a%2Fb%zz?x=%41+&y HTTP/1.1\r\n" H "\r\n"),
			SC("path=/a%2Fb%zz query=x=%41+&y peer") },
		{ SC("GET //a/./../b/? HTTP/1.1\r\n" H "\r\n"),
			SC("path=//a/./../b/ query= peer") },
		{ SC("GET / HTTP/1.1\r\nhost:h\r\nA:   b  c \t\r\nB:\r\nC: \r\n\r\n"),
			SC("[host=h] [A=b  c] [B=] [C=]!") },
		{ SC("GET / HTTP/1.1\r\n" H "X: 1\r\nx: 2\r\n\r\n"), SC("[X=1] [x=2]!") },
		{ SC("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello"),
			SC("body=5:hello [") },
		{ SC("POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n"), SC("body=0: [") },
		{ SC("POST / HTTP/1.1\r\n" H
		     "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n"
		     "0\r\n\r\n"),
			SC("body=5:hello [") },
		{ SC("DELETE /x HTTP/1.1\r\n" H "\r\n"), SC("method=DELETE path=/x") },
		{ SC("GET / HTTP/1.0\r\n\r\n"), SC("method=GET") },
		{ SC("GET / HTTP/1.1\r\n" H "Cookie: a=%%; b\r\n\r\n"), SC("[Cookie=a=%%; b]!") },
		{ SC("GET / HTTP/1.1\r\n" H "N: Z\xC3\xBCrich\r\n\r\n"), SC("[N=Z\xC3\xBCrich]!") },
	};
	bool closed;

	for (size_t i = 0; i < COUNT(rows); i++) {
		str heard = exchange(arena, address, rows[i].sent, &closed);

		ok(status_of(heard) == 200, "request %zu: 200", i);
		ok(str_find(heard, rows[i].heard) != SIZE_MAX, "request %zu: %.*s", i,
			STR(rows[i].heard));
		ok(str_find(heard, S("\r\nX-Seen: yes\r\n")) != SIZE_MAX, "request %zu: header", i);
	}
}

/* RFC 9112: 3 (request line), 5.1 (no space before the colon), 5.2 (no folding), 6.1 and 6.3
 * (one way to say how long a body is), 3.2 (one Host), 2.2 (no bare CR). */
static void test_refused_requests(struct arena *arena, str address)
{
	static const str rows[] = {
		SC("GET / HTTP/1.1\r\n" H "A: one\r\n two\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H "A:\r\n two\r\nB: x\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H "A: x\r\n \r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H "A: x\r\n\ttwo\r\n\tthree\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H H "\r\n"),
		SC("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n\r\n"),
		SC("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 3\r\n\r\nhello"),
		SC("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello"),
		SC("POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\nhello"),
		SC("POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\nhello"),
		SC("POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n"),
		SC("POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\nhello"),
		SC("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "5\r\nhello\r\n0\r\n\r\n"),
		SC("POST / HTTP/1.1\r\n" H
		   "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
		   "\r\n5\r\nhello\r\n0\r\n\r\n"),
		SC("POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"),
		SC("POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n"),
		SC("POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
		SC("GET / HTTP/1.1\nHost: h\n\n"),
		SC("GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H "A: b\0c\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H "A: b\x01"
		   "c\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H "A : b\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H "A(): b\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H "no colon\r\n\r\n"),
		SC("GET / HTTP/1.1\r\n" H ": b\r\n\r\n"),
		SC("GET http://h/x HTTP/1.1\r\n" H "\r\n"),
		SC("OPTIONS * HTTP/1.1\r\n" H "\r\n"),
		SC("CONNECT h:1 HTTP/1.1\r\n" H "\r\n"),
		SC("GET /a b HTTP/1.1\r\n" H "\r\n"),
		SC("GET  /a HTTP/1.1\r\n" H "\r\n"),
		SC("GET /a  HTTP/1.1\r\n" H "\r\n"),
		SC("GET /a#b HTTP/1.1\r\n" H "\r\n"),
		SC("GET /\xC3\xBC HTTP/1.1\r\n" H "\r\n"),
		SC("GET /a\0b HTTP/1.1\r\n" H "\r\n"),
		SC("GET /a\x7F HTTP/1.1\r\n" H "\r\n"),
		SC("G@T(); / HTTP/1.1\r\n" H "\r\n"),
		SC("GET /\r\n\r\n"),
		SC("POST / HTTP/1.1\r\n" H
		   "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"),
	};
	unsigned before = atomic_load(&handled);
	bool closed;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd = dial(address);
		str heard;

		say(fd, rows[i]);
		heard = hear(arena, fd, 2000, (str){ 0 }, &closed);
		close(fd);
		ok(status_of(heard) == 400, "refused request %zu: 400, got %u", i,
			status_of(heard));
		ok(closed, "refused request %zu: and no more on this connection", i);
		ok(str_find(str_from(heard, 9), S("HTTP/1.1 4")) == SIZE_MAX ||
				str_find(heard, S("<html>")) != SIZE_MAX,
			"refused request %zu: one answer (the library's own has two heads)", i);
	}
	ok(atomic_load(&handled) == before, "the handler saw none of them");
}

static str filled(struct arena *arena, size_t n)
{
	char *p = arena_alloc(arena, n + 1, 1);

	memset(p, 'x', n);
	return (str){ p, n };
}

static str head_of(struct arena *arena, size_t n)
{
	static const char format[] = "GET / HTTP/1.1\r\n" H "X: %.*s\r\n\r\n";
	size_t own = sizeof(format) - 1 - strlen("%.*s");

	return arena_printf(arena, format, STR(filled(arena, n - own)));
}

static void test_limits(struct arena *arena, str address)
{
	struct buf many = { .arena = arena };
	struct {
		str sent;
		unsigned status;
		const char *what;
	} rows[] = {
		{ arena_printf(arena, "GET /%.*s HTTP/1.1\r\n" H "\r\n",
			  STR(filled(arena, LIMIT_TARGET_BYTES - 1))),
			200, "the longest target" },
		{ arena_printf(arena, "GET /%.*s HTTP/1.1\r\n" H "\r\n",
			  STR(filled(arena, LIMIT_TARGET_BYTES))),
			414, "a longer target" },
		{ arena_printf(arena, "GET /%.*s HTTP/1.1\r\n" H "\r\n",
			  STR(filled(arena, 100000))),
			414, "a far longer target" },
		{ head_of(arena, LIMIT_HEADER_BYTES), 200, "the longest head" },
		{ head_of(arena, LIMIT_HEADER_BYTES + 1), 431, "a longer head" },
		{ head_of(arena, 100000), 431, "a far longer head" },
		{ { 0 }, 200, "as many headers as allowed" },
		{ { 0 }, 431, "one header more" },
		{ arena_printf(arena, "POST / HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n%.*s",
			  LIMIT_BODY_BYTES, STR(filled(arena, LIMIT_BODY_BYTES))),
			200, "the largest body" },
		{ arena_printf(arena, "POST / HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n%.*s",
			  LIMIT_BODY_BYTES + 1, STR(filled(arena, LIMIT_BODY_BYTES + 1))),
			413, "a larger body" },
		{ arena_printf(arena,
			  "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n%x\r\n%.*s\r\n"
			  "0\r\n\r\n",
			  LIMIT_BODY_BYTES + 1, STR(filled(arena, LIMIT_BODY_BYTES + 1))),
			413, "a larger body in chunks" },
		{ S("POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551615\r\n\r\n"), 413,
			"the largest number" },
		{ S("POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999999\r\n\r\n"), 413,
			"a number that is no number of ours" },
		{ S("POST / HTTP/1.1\r\n" H
		    "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n"),
			413, "a larger body, asked for first" },
	};
	bool closed;

	buf_str(&many, S("GET / HTTP/1.1\r\n" H));
	for (size_t i = 1; i < LIMIT_HEADERS; i++)
		buf_printf(&many, "X: %zu\r\n", i);
	rows[6].sent = arena_printf(arena, "%.*s\r\n", STR(buf_view(&many)));
	rows[7].sent = arena_printf(arena, "%.*sX: y\r\n\r\n", STR(buf_view(&many)));
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned before = atomic_load(&handled), status;
		str heard = exchange(arena, address, rows[i].sent, &closed);

		status = status_of(heard);
		ok(status == rows[i].status, "%s: %u, got %u", rows[i].what, rows[i].status,
			status);
		ok(atomic_load(&handled) == before + (status == 200), "%s: the handler",
			rows[i].what);
		if (status != 200)
			ok(str_find(heard, S("Connection: close")) != SIZE_MAX, "%s: and closes",
				rows[i].what);
	}
}

/* AWS's clients must be able to read what they get before a service is known. */
static void test_refusal_document(struct arena *arena, str address)
{
	str heard, root, head, body;
	struct json *value = NULL;
	struct err err = { 0 };
	bool closed;
	size_t at;

	heard = exchange(arena, address, S("GET / HTTP/1.1\r\n" H H "\r\n"), &closed);
	at = str_find(heard, S("\r\n\r\n"));
	head = str_head(heard, at);
	body = str_from(heard, at + 4);
	ok(str_find(head, S("x-amzn-ErrorType: MalformedHttpRequestException")) != SIZE_MAX,
		"the code for JSON services");
	ok(xml_parse(arena, body, &root, &value, &err), "a document: %s", err.text);
	is(root, S("ErrorResponse"), "of IAM's kind");
	is(json_str(json_get(value, S("Error")), S("Code")), S("MalformedHttpRequestException"),
		"the code for the others");
	ok(json_str(value, S("RequestId")).n == 36, "a request id");
}

static void test_one_connection(struct arena *arena, str address)
{
	int fd = dial(address);
	bool closed;
	str heard;

	say(fd, S("GET /1 HTTP/1.1\r\n" H "\r\nPOST /2 HTTP/1.1\r\n" H
		  "Content-Length: 3\r\n\r\nabc"
		  "GET /3 HTTP/1.1\r\n" H "\r\n"));
	heard = hear(arena, fd, 2000, S("path=/3"), &closed);
	ok(str_find(heard, S("path=/1 ")) < str_find(heard, S("path=/2 ")), "pipelined: in order");
	ok(str_find(heard, S("path=/2 ")) < str_find(heard, S("path=/3 ")), "pipelined: all three");
	ok(str_find(heard, S("body=3:abc")) != SIZE_MAX, "pipelined: the body between");
	say(fd, S("HEAD /4 HTTP/1.1\r\n" H "\r\n"));
	heard = hear(arena, fd, 300, (str){ 0 }, &closed);
	ok(status_of(heard) == 200 && !closed, "kept alive");
	ok(str_ends(heard, S("\r\n\r\n")), "HEAD has no body");
	say(fd, S("GET /5 HTTP/1.1\r\n" H "Connection: close\r\n\r\n"));
	heard = hear(arena, fd, 2000, (str){ 0 }, &closed);
	ok(str_find(heard, S("path=/5 ")) != SIZE_MAX && closed, "closed when asked to");
	close(fd);
	fd = dial(address);
	say(fd, S("POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
	heard = hear(arena, fd, 2000, S("\r\n\r\n"), &closed);
	ok(status_of(heard) == 100, "100 Continue");
	say(fd, S("ok"));
	ok(str_find(hear(arena, fd, 2000, S("!"), &closed), S("body=2:ok")) != SIZE_MAX, "and on");
	close(fd);
}

static void test_bad_responses(struct arena *arena, str address)
{
	bool closed;
	str heard;

	heard = exchange(arena, address, S("GET /bad-header HTTP/1.1\r\n" H "\r\n"), &closed);
	ok(status_of(heard) == 500, "a header that would be two: 500");
	ok(str_find(heard, S("Set-Cookie")) == SIZE_MAX, "and nothing of it goes out");
	heard = exchange(arena, address, S("GET /bad-status HTTP/1.1\r\n" H "\r\n"), &closed);
	ok(status_of(heard) == 500, "no status: 500");
}

/* ---- time */

static const struct {
	const char *what;
	str at_once, slowly;
} drips[] = {
	{ "a request line, byte by byte", SC(""), SC("GET /aaaaaaaaaaaaaaaaaaaa") },
	{ "headers, byte by byte", SC("GET / HTTP/1.1\r\n" H), SC("A: b\r\n") },
	{ "a body, byte by byte", SC("POST / HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\n"),
		SC("x") },
	{ "a large body, byte by byte",
		SC("POST / HTTP/1.1\r\n" H "Content-Length: 2000000\r\n\r\n"), SC("x") },
	{ "chunks, byte by byte", SC("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"),
		SC("1\r\nx\r\n") },
	{ "silence", SC(""), SC("") },
	{ "silence behind an answer", SC("GET / HTTP/1.1\r\n" H "\r\n"), SC("") },
};

/* All of them at once: a byte every 50 ms until the other side has had enough. */
static void test_slow_clients(struct arena *arena)
{
	struct pollfd waits[COUNT(drips)];
	unsigned cut_ms[COUNT(drips)] = { 0 };
	str address;
	struct server *server = serve(arena, echo, 600, &address);
	uint64_t start = monotonic_ns();
	char piece[4096];
	bool closed;

	for (size_t i = 0; i < COUNT(drips); i++) {
		waits[i] = (struct pollfd){ .fd = dial(address), .events = POLLIN };
		say(waits[i].fd, drips[i].at_once);
	}
	for (size_t tick = 0; tick < 24; tick++) {
		poll(NULL, 0, 50);
		for (size_t i = 0; i < COUNT(drips); i++) {
			str slowly = drips[i].slowly;

			if (cut_ms[i])
				continue;
			if ((slowly.n &&
				    !say(waits[i].fd, (str){ &slowly.p[tick % slowly.n], 1 })) ||
				(poll(&waits[i], 1, 0) > 0 &&
					recv(waits[i].fd, piece, sizeof(piece), 0) <= 0))
				cut_ms[i] = (unsigned)((monotonic_ns() - start) / 1000000);
		}
	}
	for (size_t i = 0; i < COUNT(drips); i++) {
		ok(cut_ms[i] >= 550 && cut_ms[i] < 1300, "%s: cut off after %u ms", drips[i].what,
			cut_ms[i]);
		close(waits[i].fd);
	}
	ok(status_of(exchange(arena, address, S("GET / HTTP/1.1\r\n" H "\r\n"), &closed)) == 200,
		"others are served");
	server_close(server);
}

static void test_many_connections(struct arena *arena)
{
	enum { CONNECTIONS = 1000 };
	struct server_options options = { .listen = S("127.0.0.1:0"),
		.handler = echo,
		.connections = CONNECTIONS };
	struct rlimit limit;
	str address;
	struct server *server;
	static int fds[CONNECTIONS];
	struct err err = { 0 };
	bool closed;
	int extra;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < 4096) {
		ok(true, "as many connections as allowed # SKIP few file descriptors");
		return;
	}
	limit.rlim_cur = 4096;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (!ok(server_open(arena, &options, &server, &address, &err), "listens: %s", err.text))
		return;
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = dial(address);
	say(fds[COUNT(fds) - 1], S("GET / HTTP/1.1\r\n" H "\r\n"));
	ok(status_of(hear(arena, fds[COUNT(fds) - 1], 5000, S("!"), &closed)) == 200,
		"the last one allowed is served");
	extra = dial(address);
	say(extra, S("GET / HTTP/1.1\r\n" H "\r\n"));
	ok(hear(arena, extra, 300, S("!"), &closed).n == 0, "one more is not");
	close(extra);
	close(fds[0]);
	poll(NULL, 0, 100);
	extra = dial(address);
	say(extra, S("GET / HTTP/1.1\r\n" H "\r\n"));
	ok(status_of(hear(arena, extra, 5000, S("!"), &closed)) == 200,
		"when one has gone, another is served");
	close(extra);
	for (size_t i = 1; i < COUNT(fds); i++)
		close(fds[i]);
	server_close(server);
}

/* ---- addresses */

static void test_addresses(struct arena *arena, str taken)
{
	static const str bad[] = { SC(""), SC("127.0.0.1"), SC(":0"), SC("localhost:0"),
		SC("::1:0"), SC("[::1"), SC("[::1]"), SC("[::1]0"), SC("[127.0.0.1]:0"),
		SC("127.0.0.1:65536"), SC("127.0.0.1:-1"), SC("127.0.0.1:8x"), SC("256.0.0.1:0") };
	struct server_options options = { .listen = taken, .handler = echo };
	struct server *server = NULL;
	struct err err = { 0 };
	str address;

	ok(!server_open(arena, &options, &server, &address, &err) && err.code == ERR_IO,
		"a port that is taken: %s", err.text);
	ok(str_find(str_of(err.text), taken) != SIZE_MAX, "the sentence names it");
	options.listen = S("192.0.2.1:0"); /* RFC 5737: nobody's */
	ok(!server_open(arena, &options, &server, &address, &err) && err.code == ERR_IO,
		"an address that is not ours: %s", err.text);
	for (size_t i = 0; i < COUNT(bad); i++) {
		options.listen = bad[i];
		ok(!server_open(arena, &options, &server, &address, &err) && err.code == ERR_USAGE,
			"'%.*s' is no address", STR(bad[i]));
	}
	options.listen = S("[::1]:0");
	if (server_open(arena, &options, &server, &address, &err)) {
		ok(str_starts(address, S("[::1]:")) && !str_ends(address, S(":0")), "%.*s",
			STR(address));
		server_close(server);
	} else {
		ok(true, "IPv6 # SKIP %s", err.text);
	}
}

/* ---- the client, against a server that speaks AWS's protocols and checks signatures */

static const struct credentials keys = { SC("ASIAIOSFODNN7EXAMPLE"),
	SC("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), SC("FwoGZXIvYXdzTOKEN//+==") };

static const struct reply {
	str key; /* Action, or method and target */
	unsigned status;
	str type, error_type, body;
} replies[] = {
	{ SC("GetRole"), 200, SC("text/xml"), SC(""),
		SC("<GetRoleResponse "
		   "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult>"
		   "<Role><RoleName>r</RoleName></Role></"
		   "GetRoleResult><ResponseMetadata><RequestId>id-1"
		   "</RequestId></ResponseMetadata></GetRoleResponse>") },
	{ SC("DeleteRole"), 200, SC("text/xml"), SC(""),
		SC("<DeleteRoleResponse><ResponseMetadata><RequestId>id-2</RequestId></"
		   "ResponseMetadata>"
		   "</DeleteRoleResponse>") },
	{ SC("UpdateRole"), 200, SC("text/xml"), SC(""),
		SC("<UpdateRoleResponse><UpdateRoleResult/><ResponseMetadata><RequestId>id-3</"
		   "RequestId>"
		   "</ResponseMetadata></UpdateRoleResponse>") },
	{ SC("CreateRole"), 409, SC("text/xml"), SC(""),
		SC("<ErrorResponse "
		   "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender"
		   "</Type><Code>EntityAlreadyExists</Code><Message>Role with name r already "
		   "exists."
		   "</Message></Error><RequestId>id-4</RequestId></ErrorResponse>") },
	{ SC("CreateTags"), 200, SC("text/xml"), SC(""),
		SC("<CreateTagsResponse "
		   "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>id-5"
		   "</requestId><return>true</return></CreateTagsResponse>") },
	{ SC("RunInstances"), 403, SC("text/xml"), SC(""),
		SC("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>"
		   "UnauthorizedOperation</Code><Message>You are not "
		   "authorized.</Message></Error></Errors>"
		   "<RequestID>id-6</RequestID></Response>") },
	{ SC("GET /clusters/c"), 200, SC("application/json"), SC(""),
		SC("{\"cluster\":{\"name\":\"c\",\"createdAt\":1.5}}") },
	{ SC("GET /clusters/none"), 404, SC("application/json"),
		SC("ResourceNotFoundException:http://internal.amazon.com/coral/com.amazonaws.eks/"),
		SC("{\"message\":\"No cluster found for name: none.\",\"clusterName\":\"none\"}") },
	{ SC("GET /clusters/type"), 403, SC("application/json"), SC(""),
		SC("{\"__type\":\"com.amazonaws.eks#AccessDeniedException\",\"Message\":\"no\"}") },
	{ SC("POST /clusters"), 200, SC("application/json"), SC(""), SC("{\"cluster\":{}}") },
	{ SC("GET /b?location"), 200, SC("application/xml"), SC(""),
		SC("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">us-west-2"
		   "</LocationConstraint>") },
	{ SC("GET /none?location"), 404, SC("application/xml"), SC(""),
		SC("<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>The specified "
		   "bucket "
		   "does not "
		   "exist</Message><BucketName>none</BucketName><RequestId>id-7</RequestId>"
		   "</Error>") },
	{ SC("HEAD /none"), 404, SC("application/xml"), SC(""), SC("") },
	{ SC("PUT /b/k"), 200, SC(""), SC(""), SC("") },
	{ SC("GET /b/k"), 200, SC("text/plain"), SC(""), SC("{not xml") },
	{ SC("DELETE /b/k"), 204, SC(""), SC(""), SC("") },
	{ SC("GetPolicy"), 200, SC("text/xml"), SC(""), SC("<GetPolicyResponse>") },
	{ SC("GET /clusters/broken"), 200, SC("application/json"), SC(""), SC("{\"cluster\":") },
	{ SC("GET /moved?location"), 307, SC(""), SC(""), SC("") },
};

static atomic_uint calls, failures_left;

static void respond(struct arena *arena, struct http_response *response, unsigned status, str type,
	str error_type, str body)
{
	response->status = status;
	response->body = body;
	if (type.n)
		http_add_header(arena, &response->headers, &response->nheaders,
			&response->cap_headers, S("Content-Type"), type);
	if (error_type.n)
		http_add_header(arena, &response->headers, &response->nheaders,
			&response->cap_headers, S("x-amzn-ErrorType"), error_type);
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("x-amzn-RequestId"), S("from-header"));
	if (status == 307)
		http_add_header(arena, &response->headers, &response->nheaders,
			&response->cap_headers, S("Location"), S("/b?location"));
}

static bool check_signature(struct arena *arena, const struct http_request *request)
{
	struct sigv4_claim claim;
	str why;

	return sigv4_read(arena, request, (str){ 0 }, now_s(), &claim, &why) == SIGV4_FINE &&
	       sigv4_matches(arena, request, &claim, keys.secret_access_key, NULL) &&
	       str_eq(claim.session_token, keys.session_token) &&
	       str_eq(claim.region, S("us-west-2"));
}

static void aws(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response)
{
	str key = arena_printf(arena, "%.*s %.*s", STR(request->method), STR(request->target));
	struct json *form = NULL;
	struct err err;

	(void)context;
	atomic_fetch_add(&calls, 1);
	if (str_eq(request->target, S("/")) && form_parse(arena, request->body, &form, &err))
		key = json_str(form, S("Action"));
	if (str_eq(key, S("AssumeRoleWithWebIdentity"))) {
		bool bare =
			!http_get_header(request->headers, request->nheaders, S("Authorization")).p;

		respond(arena, response, bare ? 200 : 400, S("text/xml"), (str){ 0 },
			S("<R><AResult><ok>yes</ok></AResult></R>"));
		return;
	}
	if (!check_signature(arena, request)) {
		respond(arena, response, 403, S("text/plain"), S("SignatureDoesNotMatch"),
			(str){ 0 });
		return;
	}
	if (atomic_load(&failures_left)) {
		atomic_fetch_sub(&failures_left, 1);
		if (str_starts(key, S("GetCaller")))
			respond(arena, response, 400, S("text/xml"), (str){ 0 },
				S("<ErrorResponse><Error><Code>Throttling</Code><Message>Rate "
				  "exceeded"
				  "</Message></Error></ErrorResponse>"));
		else
			respond(arena, response, 502, S("text/html"), (str){ 0 },
				S("<html><br>Bad Gateway</html>"));
		return;
	}
	for (size_t i = 0; i < COUNT(replies); i++)
		if (str_eq(replies[i].key, key)) {
			respond(arena, response, replies[i].status, replies[i].type,
				replies[i].error_type, replies[i].body);
			return;
		}
	respond(arena, response, 200, S("text/xml"), (str){ 0 },
		arena_printf(arena, "<R><AnyResult><Body><![CDATA[%.*s]]></Body></AnyResult></R>",
			STR(request->body)));
}

static struct client *client_for(struct arena *arena, str address)
{
	struct client_options options = { .endpoint =
						  arena_printf(arena, "http://%.*s", STR(address)),
		.region = S("us-west-2") };

	return client_open(&options);
}

struct expected {
	struct api_call call;
	unsigned status;
	const char *output; /* JSON; NULL: none */
	str code, message, request_id;
};

static void test_call(struct arena *arena, struct client *client, const struct expected *row)
{
	struct api_answer answer = { 0 };
	struct buf output = { .arena = arena };
	struct err err = { 0 };
	str what = row->call.operation;

	if (!ok(client_call(arena, client, &keys, &row->call, &answer, &err), "%.*s: %s", STR(what),
		    err.text))
		return;
	ok(answer.status == row->status, "%.*s: status %u", STR(what), answer.status);
	ok(answer.ok == (row->status / 100 == 2), "%.*s: ok", STR(what));
	is(answer.code, row->code, "%.*s: code", STR(what));
	is(answer.message, row->message, "%.*s: message", STR(what));
	is(answer.request_id, row->request_id, "%.*s: request id", STR(what));
	if (answer.ok && answer.output)
		json_write(&output, answer.output);
	is(buf_view(&output), str_of(row->output), "%.*s: output", STR(what));
}

static void test_protocols(struct arena *arena, struct client *client)
{
	const struct json *input = json_new(arena, JSON_OBJECT);
	static const str id = SC("from-header");
	const struct expected rows[] = {
		{ { .service = S("iam"), .operation = S("GetRole"), .input = input }, 200,
			"{\"Role\":{\"RoleName\":\"r\"}}", { 0 }, { 0 }, S("id-1") },
		{ { .service = S("iam"), .operation = S("DeleteRole") }, 200, NULL, { 0 }, { 0 },
			S("id-2") },
		{ { .service = S("iam"), .operation = S("UpdateRole") }, 200, "{}", { 0 }, { 0 },
			S("id-3") },
		{ { .service = S("iam"), .operation = S("CreateRole") }, 409, NULL,
			S("EntityAlreadyExists"), S("Role with name r already exists."),
			S("id-4") },
		{ { .service = S("ec2"), .operation = S("CreateTags") }, 200,
			"{\"requestId\":\"id-5\",\"return\":\"true\"}", { 0 }, { 0 }, S("id-5") },
		{ { .service = S("ec2"), .operation = S("RunInstances") }, 403, NULL,
			S("UnauthorizedOperation"), S("You are not authorized."), S("id-6") },
		{ { .service = S("eks"),
			  .operation = S("DescribeCluster"),
			  .method = S("GET"),
			  .target = S("/clusters/c") },
			200, "{\"cluster\":{\"name\":\"c\",\"createdAt\":1.5}}", { 0 }, { 0 }, id },
		{ { .service = S("eks"),
			  .operation = S("DescribeCluster"),
			  .method = S("GET"),
			  .target = S("/clusters/none") },
			404, NULL, S("ResourceNotFoundException"),
			S("No cluster found for name: none."), id },
		{ { .service = S("eks"),
			  .operation = S("DescribeCluster"),
			  .method = S("GET"),
			  .target = S("/clusters/type") },
			403, NULL, S("AccessDeniedException"), S("no"), id },
		{ { .service = S("eks"),
			  .operation = S("CreateCluster"),
			  .method = S("POST"),
			  .target = S("/clusters"),
			  .input = input },
			200, "{\"cluster\":{}}", { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("GetBucketLocation"),
			  .method = S("GET"),
			  .target = S("/b?location") },
			200, "\"us-west-2\"", { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("GetBucketLocation"),
			  .method = S("GET"),
			  .target = S("/none?location") },
			404, NULL, S("NoSuchBucket"), S("The specified bucket does not exist"),
			S("id-7") },
		{ { .service = S("s3"),
			  .operation = S("HeadBucket"),
			  .method = S("HEAD"),
			  .target = S("/none") },
			404, NULL, S("404"), { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("PutObject"),
			  .method = S("PUT"),
			  .target = S("/b/k"),
			  .body = S("hello") },
			200, NULL, { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("GetObject"),
			  .method = S("GET"),
			  .target = S("/b/k") },
			200, NULL, { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("DeleteObject"),
			  .method = S("DELETE"),
			  .target = S("/b/k") },
			204, NULL, { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("redirect"),
			  .method = S("GET"),
			  .target = S("/moved?location") },
			307, NULL, S("307"), { 0 }, id },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		test_call(arena, client, &rows[i]);
}

/* Targets that libcurl would tidy up, and sign differently. */
static void test_targets(struct arena *arena, struct client *client)
{
	static const struct {
		str service, method, target;
	} rows[] = {
		{ SC("eks"), SC("GET"),
			SC("/clusters/c/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx") },
		{ SC("eks"), SC("GET"), SC("/addons/supported-versions?b=2&a=1&a=0&c") },
		{ SC("eks"), SC("DELETE"), SC("/tags/arn:aws:eks?tagKeys=a%20b&tagKeys=%2F") },
		{ SC("eks"), SC("GET"), SC("/a/../b/./c//d/") },
		{ SC("s3"), SC("GET"), SC("/b/a/../b/./c//d/") },
		{ SC("s3"), SC("GET"), SC("/b/%E2%82%AC%20x?versionId=1&acl") },
		{ SC("s3"), SC("GET"), SC("/") },
	};
	struct api_answer answer;
	struct err err = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct api_call call = { .service = rows[i].service,
			.operation = S("x"),
			.method = rows[i].method,
			.target = rows[i].target };

		/* eks answers are JSON, and this one is not: the call was accepted if it came so far */
		if (!client_call(arena, client, &keys, &call, &answer, &err))
			ok(str_find(str_of(err.text), S("status 200")) != SIZE_MAX, "%.*s: %s",
				STR(rows[i].target), err.text);
		else
			ok(answer.status == 200, "%.*s: signed as sent", STR(rows[i].target));
	}
}

static void test_written(struct arena *arena, struct client *client)
{
	struct json *input = json_new(arena, JSON_OBJECT), *list = json_new(arena, JSON_ARRAY);
	struct api_call call = { .service = S("iam"), .operation = S("ListX"), .input = input };
	struct api_answer answer = { 0 };
	struct err err;

	json_put_str(arena, input, S("Path"), S("/a b/"));
	json_put(input, S("Tags"), list);
	json_push(list, json_new_str(arena, S("\xC3\xBC&")));
	ok(client_call(arena, client, &keys, &call, &answer, &err), "iam");
	is(json_str(answer.output, S("Body")),
		S("Action=ListX&Version=2010-05-08&Path=%2Fa%20b%2F&Tags.member.1=%C3%BC%26"),
		"IAM's form");
	call.service = S("sts");
	ok(client_call(arena, client, &keys, &call, &answer, &err), "sts");
	ok(str_starts(json_str(answer.output, S("Body")), S("Action=ListX&Version=2011-06-15&")),
		"STS's version");
	call.service = S("ec2");
	ok(client_call(arena, client, &keys, &call, &answer, &err), "ec2");
	is(json_str(json_get(answer.output, S("AnyResult")), S("Body")),
		S("Action=ListX&Version=2016-11-15&Path=%2Fa%20b%2F&Tags.1=%C3%BC%26"),
		"EC2's form");
}

static void test_retries(struct arena *arena, struct client *client)
{
	static const struct {
		const char *what;
		struct api_call call;
		unsigned failures, calls;
		bool good, fine;
	} rows[] = {
		{ "two gateways", { .service = SC("iam"), .operation = SC("GetRole") }, 2, 3, true,
			true },
		{ "three gateways", { .service = SC("iam"), .operation = SC("GetRole") }, 3, 3,
			false, false },
		{ "throttled once", { .service = SC("sts"), .operation = SC("GetCallerIdentity") },
			1, 2, true, true },
		{ "throttled always",
			{ .service = SC("sts"), .operation = SC("GetCallerIdentity") }, 9, 3, true,
			false },
		{ "not to be repeated", { .service = SC("iam"), .operation = SC("DeleteRole") }, 1,
			1, false, false },
		{ "a GET",
			{ .service = SC("s3"),
				.operation = SC("x"),
				.method = SC("GET"),
				.target = SC("/b?location") },
			1, 2, true, true },
		{ "a PUT",
			{ .service = SC("s3"),
				.operation = SC("GetIt"),
				.method = SC("PUT"),
				.target = SC("/b/k") },
			1, 1, true, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct api_answer answer = { 0 };
		struct err err = { 0 };
		bool good;

		atomic_store(&calls, 0);
		atomic_store(&failures_left, rows[i].failures);
		good = client_call(arena, client, &keys, &rows[i].call, &answer, &err);
		atomic_store(&failures_left, 0);
		ok(atomic_load(&calls) == rows[i].calls, "%s: tried %u times", rows[i].what,
			atomic_load(&calls));
		ok(good ? answer.ok == rows[i].fine : !rows[i].fine, "%s: the end: %u %s",
			rows[i].what, answer.status, err.text);
	}
}

static void expect_error(struct arena *arena, struct client *client,
	const struct credentials *credentials, const struct api_call *call, enum err_code code,
	const char *what)
{
	struct api_answer answer;
	struct err err = { 0 };

	ok(!client_call(arena, client, credentials, call, &answer, &err) && err.code == code,
		"%s: %s", what, err.text);
	ok(str_find(str_of(err.text), keys.secret_access_key) == SIZE_MAX &&
			str_find(str_of(err.text), keys.session_token) == SIZE_MAX,
		"%s: no secret in the sentence", what);
}

static void test_client_errors(struct arena *arena, str address)
{
	static const struct api_call get = { .service = SC("iam"), .operation = SC("GetRole") };
	struct api_call call = get;
	struct credentials crooked = keys;
	struct client *client = client_for(arena, address);
	static const str endpoints[] = { SC("ftp://127.0.0.1"), SC("127.0.0.1:80"), SC("http://"),
		SC("http://a/b"), SC("http://u:p@h"), SC("http://a b"), SC("file:///etc/passwd"),
		SC("http://h\r\nX: y") };

	crooked.session_token = S("a\r\nX-Evil: b");
	expect_error(arena, client, &crooked, &get, ERR_USAGE, "a token of two lines");
	call = (struct api_call){ .service = S("s3"), .method = S("GET"), .target = S("/a b") };
	expect_error(arena, client, &keys, &call, ERR_USAGE, "a target with a space");
	call.target = S("/a\r\nX-Evil: b");
	expect_error(arena, client, &keys, &call, ERR_USAGE, "a target of two lines");
	call.target = S("@evil.example/");
	expect_error(arena, client, &keys, &call, ERR_USAGE, "a target that is a host");
	call.service = S("lambda");
	expect_error(arena, client, &keys, &call, ERR_USAGE, "an unknown service");
	call = get;
	call.operation = S("GetPolicy");
	expect_error(arena, client, &keys, &call, ERR_NETWORK, "half an XML document");
	call = (struct api_call){ .service = S("eks"),
		.method = S("GET"),
		.target = S("/clusters/broken") };
	expect_error(arena, client, &keys, &call, ERR_NETWORK, "half a JSON document");
	client_close(client);
	client = client_for(arena, S("127.0.0.1:1"));
	expect_error(arena, client, &keys, &get, ERR_NETWORK, "nobody listens");
	client_close(client);
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		client = client_open(&(struct client_options){ .endpoint = endpoints[i],
			.region = S("us-west-2") });
		expect_error(arena, client, &keys, &get, ERR_USAGE, "no endpoint");
		client_close(client);
	}
	client = client_open(&(struct client_options){ .region = S("us-west-2.evil.example/") });
	expect_error(arena, client, &keys, &get, ERR_USAGE, "no region");
	client_close(client);
}

static void test_unsigned(struct arena *arena, struct client *client)
{
	struct api_call call = { .service = S("sts"), .operation = S("AssumeRoleWithWebIdentity") };
	struct credentials wrong = keys;
	struct api_answer answer = { 0 };
	struct err err;

	ok(client_call(arena, client, NULL, &call, &answer, &err) && answer.ok, "unsigned");
	call.operation = S("GetRole");
	wrong.secret_access_key = S("wrong");
	ok(client_call(arena, client, &wrong, &call, &answer, &err) && answer.status == 403,
		"a wrong secret is an answer");
	is(answer.code, S("SignatureDoesNotMatch"), "its code");
}

static void test_sizes(struct arena *arena)
{
	str address;
	struct server *server = serve(arena, echo, 0, &address);
	struct client *client = client_for(arena, address);
	struct api_call call = { .service = S("s3"), .method = S("GET"), .target = S("/huge") };

	expect_error(arena, client, &keys, &call, ERR_NETWORK, "an answer over the limit");
	client_close(client);
	server_close(server);
}

/* A listener that hears nothing but says nothing either. */
static void test_timeout(struct arena *arena)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct client *client;
	static const struct api_call call = { .service = SC("iam"), .operation = SC("DeleteRole") };
	uint64_t start = monotonic_ns();

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 1) == 0 &&
			getsockname(fd, (struct sockaddr *)&at, &n) == 0,
		"a deaf listener");
	client = client_open(&(struct client_options){
		.endpoint = arena_printf(arena, "http://127.0.0.1:%u", ntohs(at.sin_port)),
		.region = S("us-west-2"),
		.timeout_ms = 300 });
	expect_error(arena, client, &keys, &call, ERR_NETWORK, "no answer in time");
	ok(monotonic_ns() - start < UINT64_C(3000000000), "within three seconds");
	client_close(client);
	close(fd);
}

/* ---- AWS's own endpoints, seen by a proxy that lets nobody through */

struct proxy {
	int fd;
	char heard[4096];
};

static void *proxy_run(void *context)
{
	struct proxy *proxy = context;
	int fd = accept(proxy->fd, NULL, NULL);
	ssize_t n = recv(fd, proxy->heard, sizeof(proxy->heard) - 1, 0);

	proxy->heard[n > 0 ? n : 0] = '\0';
	say(fd, S("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"));
	close(fd);
	return NULL;
}

/* Hosts: AWS General Reference, "Service endpoints". */
static void test_endpoints(struct arena *arena, str address)
{
	static const struct {
		str service, region, line;
	} rows[] = {
		{ SC("iam"), SC("us-west-2"), SC("CONNECT iam.amazonaws.com:443 ") },
		{ SC("sts"), SC("us-west-2"), SC("CONNECT sts.us-west-2.amazonaws.com:443 ") },
		{ SC("ec2"), SC("eu-central-1"),
			SC("CONNECT ec2.eu-central-1.amazonaws.com:443 ") },
		{ SC("eks"), SC("us-west-2"), SC("CONNECT eks.us-west-2.amazonaws.com:443 ") },
		{ SC("s3"), SC("us-west-2"), SC("CONNECT s3.us-west-2.amazonaws.com:443 ") },
		{ SC("iam"), SC("cn-north-1"), SC("CONNECT iam.cn-north-1.amazonaws.com.cn:443 ") },
		{ SC("sts"), SC("us-gov-west-1"),
			SC("CONNECT sts.us-gov-west-1.amazonaws.com:443 ") },
	};
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct proxy proxy = { .fd = socket(AF_INET, SOCK_STREAM, 0) };
	socklen_t n = sizeof(at);
	struct client *client;
	pthread_t thread;
	str url;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!ok(bind(proxy.fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
			    listen(proxy.fd, 1) == 0 &&
			    getsockname(proxy.fd, (struct sockaddr *)&at, &n) == 0,
		    "a proxy"))
		return;
	url = arena_printf(arena, "http://127.0.0.1:%u", ntohs(at.sin_port));
	setenv("https_proxy", url.p, 1);
	setenv("http_proxy", url.p, 1);
	setenv("all_proxy", url.p, 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct api_call call = { .service = rows[i].service,
			.operation = S("DeleteX"),
			.method = str_eq(rows[i].service, S("s3")) ? S("PUT") : S("POST") };

		client = client_open(&(struct client_options){ .region = rows[i].region });
		pthread_create(&thread, NULL, proxy_run, &proxy);
		expect_error(arena, client, &keys, &call, ERR_NETWORK, "behind a proxy");
		pthread_join(thread, NULL);
		is(str_head(str_of(proxy.heard), rows[i].line.n), rows[i].line, "%.*s in %.*s",
			STR(rows[i].service), STR(rows[i].region));
		client_close(client);
	}
	client = client_for(arena, address);
	test_unsigned(arena, client); /* loopback needs no proxy, and tells it nothing */
	client_close(client);
	close(proxy.fd);
}

static void test_server(struct arena *arena)
{
	str address;
	struct server *server = serve(arena, echo, 0, &address);

	test_requests(arena, address);
	test_refused_requests(arena, address);
	test_limits(arena, address);
	test_refusal_document(arena, address);
	test_one_connection(arena, address);
	test_bad_responses(arena, address);
	test_addresses(arena, address);
	server_close(server);
	ok(dial(address) < 0, "closed is closed");
	server_close(NULL);
}

static void test_client(struct arena *arena)
{
	str address;
	struct server *server = serve(arena, aws, 0, &address);
	struct client *client = client_for(arena, address);

	test_protocols(arena, client);
	test_targets(arena, client);
	test_written(arena, client);
	test_retries(arena, client);
	test_unsigned(arena, client);
	test_client_errors(arena, address);
	client_close(client);
	test_endpoints(arena, address);
	server_close(server);
}

int main(void)
{
	struct arena arena = { 0 };

	test_server(&arena);
	test_slow_clients(&arena);
	test_many_connections(&arena);
	test_client(&arena);
	test_sizes(&arena);
	test_timeout(&arena);
	arena_free(&arena);
	return tap_done();
}
