/*
 * serving.h -- what the tests of a running account server share: the server as a process of its
 * own (this same program, started again), signed requests as bytes, and raw connections.
 *
 * A test's main() begins with `if (argc > 1) return serve_main(argc, argv);`.
 */
#ifndef TEST_SERVING_H
#define TEST_SERVING_H

#include "sockets.h"

#include "account/account.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

/* ---- the server: PROGRAM serve DIR [BYTES [UID]]: no file beyond BYTES, as nobody but UID */

static inline int serve_main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct server_options options = { .listen = S("127.0.0.1:0"),
		.handler = account_gather,
		.settle = account_settle,
		.request_ms = 60000 }; /* the machine may be busy; tests/net.c tries deadlines */
	struct account *account;
	struct server *server;
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	struct err err;
	str address;

	signal(SIGXFSZ, SIG_IGN);
	if (argc > 3 && strcmp(argv[3], "0") != 0) {
		limit.rlim_cur = strtoul(argv[3], NULL, 10);
		setrlimit(RLIMIT_FSIZE, &limit);
	}
	if (argc > 4 && setuid((uid_t)strtoul(argv[4], NULL, 10)) != 0)
		return 1;
	stop_watch();
	log_gather();
	if (!account_open(str_of(argv[2]), &account, &err)) {
		printf("refused: %s\n", err.text);
		return 1;
	}
	options.context = account;
	if (!server_open(&arena, &options, &server, &address, &err)) {
		printf("refused: %s\n", err.text);
		return 1;
	}
	printf("%.*s\n", STR(address));
	fflush(stdout);
	stop_wait();
	server_close(server);
	account_close(account);
	arena_free(&arena);
	return 0;
}

struct serving {
	struct process process;
	str address; /* or "refused: …" */
};

static inline struct serving serve(struct arena *arena, str dir, const char *bytes, const char *uid)
{
	const char *argv[] = { "test", "serve", arena_copy(arena, dir).p, bytes, uid, NULL };
	struct serving serving = { 0 };
	struct err err;

	if (!process_start_self(&serving.process, argv, arena_printf(arena, "%.*s.log", STR(dir)),
		    &err) ||
		!process_read_line(arena, &serving.process, 20000, &serving.address, &err)) {
		printf("Bail out! the server did not start: %s\n", err.text);
		exit(1); /* without one, each test would wait for it */
	}
	return serving;
}

/* ---- raw connections */

/* Is there a whole answer in `got`? Its status, and where it ends. */
static inline bool whole_answer(str got, unsigned *status, size_t *end)
{
	size_t head = str_find(got, S("\r\n\r\n")), at;
	uint64_t value = 0, length = 0;

	if (head == SIZE_MAX || !str_starts(got, S("HTTP/1.1 ")))
		return false;
	at = str_find(str_head(got, head), S("Content-Length: "));
	if (at != SIZE_MAX) {
		str rest = str_from(got, at + 16);

		str_u64(str_head(rest, str_find(rest, S("\r"))), UINT32_MAX, &length);
	}
	str_u64(str_head(str_from(got, 9), 3), 999, &value);
	*status = (unsigned)value;
	*end = head + 4 + (size_t)length;
	return got.n >= *end;
}

/* The next answer, or status 0: none came in `ms`. */
static inline str hear_answer(struct arena *arena, int fd, int ms, unsigned *status)
{
	struct buf got = { .arena = arena };
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char piece[65536];
	size_t end;

	*status = 0;
	while (poll(&wait, 1, ms) > 0) {
		ssize_t n = recv(fd, piece, sizeof(piece), 0);

		if (n <= 0)
			break;
		buf_str(&got, (str){ piece, (size_t)n });
		if (whole_answer(buf_view(&got), status, &end))
			return str_head(buf_view(&got), end);
	}
	*status = 0;
	return buf_view(&got);
}

/* ---- requests */

static inline str signed_request(struct arena *arena, str address, const struct credentials *who,
	const char *service, str body)
{
	struct http_request request = { .method = S("POST"), .body = body };
	struct sigv4_trace trace;
	struct buf out = { .arena = arena };

	http_set_target(&request, S("/"));
	http_add_header(arena, &request.headers, &request.nheaders, &request.cap_headers, S("Host"),
		address);
	sigv4_sign(arena, &request, who, S("us-west-2"), str_of(service), now_s(), &trace);
	buf_str(&out, S("POST / HTTP/1.1\r\n"));
	for (size_t i = 0; i < request.nheaders; i++)
		buf_printf(&out, "%.*s: %.*s\r\n", STR(request.headers[i].name),
			STR(request.headers[i].value));
	buf_printf(&out, "Content-Length: %zu\r\n\r\n", body.n);
	buf_str(&out, body);
	return buf_view(&out);
}

static inline str who_am_i(struct arena *arena, str address, const struct credentials *who)
{
	return signed_request(arena, address, who, "sts",
		S("Action=GetCallerIdentity&Version=2011-06-15"));
}

/* One call on a connection of its own. */
static inline unsigned call_once(struct arena *arena, str address, str request, str *answer)
{
	int fd = dial(address);
	unsigned status = 0;

	*answer = (str){ 0 };
	if (fd >= 0 && say(fd, request))
		*answer = hear_answer(arena, fd, 5000, &status);
	if (fd >= 0)
		close(fd);
	return status;
}

#endif
