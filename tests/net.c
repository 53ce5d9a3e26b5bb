/*
 * net.c -- the listener, over real sockets on the loopback interface.
 *
 * It is tried with raw bytes, since a well-behaved client cannot send what it must refuse.
 */
#include "sockets.h"

#include <pthread.h>

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
		{ SC("GET http://h/x?y=1 HTTP/1.1\r\n" H "\r\n"), SC("path=/x query=y=1 peer") },
		{ SC("GET HTTP://H HTTP/1.1\r\n" H "\r\n"), SC("path=/ query= peer") },
		{ SC("GET http://h?y HTTP/1.1\r\n" H "\r\n"), SC("path=/ query=y peer") },
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
		SC("GET http://g/x HTTP/1.1\r\n" H "\r\n"),
		SC("GET http://ha/x HTTP/1.1\r\n" H "\r\n"),
		SC("GET http://u@h/x HTTP/1.1\r\n" H "\r\n"),
		SC("GET http:///x HTTP/1.1\r\n" H "\r\n"),
		SC("GET http:///x HTTP/1.1\r\nHost:\r\n\r\n"),
		SC("GET https://h/x HTTP/1.1\r\n" H "\r\n"),
		SC("GET x HTTP/1.1\r\n" H "\r\n"),
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
	struct server *server = serve_with(arena, echo, 600, &address);
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

/* ---- the end: what has begun is answered, what has not is not begun. */

static void *close_it(void *server)
{
	server_close(server);
	return NULL;
}

static void test_graceful(struct arena *arena)
{
	static const str head = SC("POST / HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\nhello");
	str address, heard;
	struct server *server = serve_with(arena, echo, 0, &address);
	int begun = dial(address), idle = dial(address);
	uint64_t start;
	pthread_t thread;
	bool closed;

	say(begun, head);
	say(idle, S("GET / HTTP/1.1\r\n" H "\r\n"));
	hear(arena, idle, 2000, S("!"), &closed);
	if (!ok(pthread_create(&thread, NULL, close_it, server) == 0, "the server is closed"))
		return;
	poll(NULL, 0, 300);
	ok(dial(address) < 0, "and takes no new connection");
	say(begun, S("world"));
	heard = hear(arena, begun, 2000, S("!"), &closed);
	ok(status_of(heard) == 200 && str_find(heard, S("body=10:helloworld")) != SIZE_MAX,
		"but answers a request that was half sent");
	ok(str_find(heard, S("\r\nConnection: close\r\n")) != SIZE_MAX, "as the last one");
	pthread_join(thread, NULL);
	close(begun);
	close(idle);

	server = serve_with(arena, echo, 0, &address);
	begun = dial(address);
	say(begun, head);
	poll(NULL, 0, 100);
	start = monotonic_ns();
	server_close(server);
	ok(monotonic_ns() - start < UINT64_C(4000000000),
		"a half request cannot hold it up for long");
	close(begun);
}

static void test_server(struct arena *arena)
{
	str address;
	struct server *server = serve_with(arena, echo, 0, &address);

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

int main(void)
{
	struct arena arena = { 0 };

	test_server(&arena);
	test_graceful(&arena);
	test_slow_clients(&arena);
	test_many_connections(&arena);
	arena_free(&arena);
	return tap_done();
}
