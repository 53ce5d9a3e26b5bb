/*
 * net_load.c -- the server among clients that mean no good, or are just many: ten thousand that
 * say nothing, hundreds that say half of a request, bodies that never end, requests sent without
 * waiting for answers. Each time others are served in good time, and memory stays bounded.
 */
#include "serving.h"

#include <fcntl.h>

enum {
	IDLE = 10000,
	HALVES = 500,
	BODIES = 320,     /* of a megabyte less one byte: more than LIMIT_HELD_BYTES together */
	PART = 1 << 17,   /* bytes of one: a few fill the room that a whole one does not find */
	PIPELINED = 300,  /* requests on one connection */
	REQUESTS = 30000, /* in ten rounds, of which some must leave memory as it was */
	ROUNDS = 10,
	GOOD_MS = 2000, /* generous: the machine may be busy */
};

static struct arena arena;
static str dir;
static struct account_admin admin;
static struct serving serving;
static int fds[IDLE];

static double resident_mb(void)
{
	struct arena scratch = { 0 };
	uint64_t kilobytes = 0;
	struct err err;
	str text, rest;

	if (file_read(&scratch, arena_printf(&scratch, "/proc/%d/status", serving.process.pid),
		    65536, &text, &err)) {
		rest = str_trim(str_from(text, str_find(text, S("VmRSS:")) + 6));
		str_u64(str_head(rest, str_find(rest, S(" "))), UINT64_MAX, &kilobytes);
	}
	arena_free(&scratch);
	return (double)kilobytes / 1024;
}

/* Are others served? The slowest of ten new connections, in ms; 0: one was not served. */
static unsigned slowest_ms(void)
{
	uint64_t slowest = 1;

	for (int i = 0; i < 10; i++) {
		struct arena scratch = { 0 };
		uint64_t start = monotonic_ns(), took;
		str answer;
		unsigned status = call_once(&scratch, serving.address,
			who_am_i(&scratch, serving.address, &admin.credentials), &answer);

		took = (monotonic_ns() - start) / 1000000;
		arena_free(&scratch);
		if (status != 200)
			return 0;
		if (took > slowest)
			slowest = took;
	}
	return (unsigned)slowest;
}

static void others_are_served(const char *among)
{
	unsigned ms = slowest_ms();

	ok(ms && ms < GOOD_MS, "others are served among %s: %u ms at most", among, ms);
}

static size_t open_many(size_t n, str bytes)
{
	size_t opened = 0;

	for (; opened < n; opened++) {
		fds[opened] = dial(serving.address);
		if (fds[opened] < 0 || !say(fds[opened], bytes))
			break;
	}
	return opened;
}

static void close_many(size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* ---- one kind of client after the other */

static void test_idle(void)
{
	double before = resident_mb();
	size_t opened = open_many(IDLE, (str){ 0 });

	ok(opened == IDLE, "%zu connections that say nothing", opened);
	others_are_served("them");
	ok(resident_mb() - before < 200, "they take %.0f MB", resident_mb() - before);
	close_many(opened);
}

static void test_halves(void)
{
	static const struct {
		const char *what;
		str bytes;
	} rows[] = {
		{ "half request lines", SC("POST /") },
		{ "half headers", SC("POST / HTTP/1.1\r\nHost: a\r\nX-Slow: 1") },
		{ "half bodies",
			SC("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nAction=") },
		{ "half chunks", SC("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
				    "chunked\r\n\r\n5\r\nAc") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t opened = open_many(HALVES, rows[i].bytes);

		ok(opened == HALVES, "%zu %s", opened, rows[i].what);
		others_are_served(rows[i].what);
		close_many(opened);
	}
}

/* Sends without ever waiting for room: a client that is refused does not read either. */
static void pour(int fd, str bytes)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (bytes.n) {
		struct pollfd wait = { .fd = fd, .events = POLLOUT };
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (n > 0)
			bytes = str_from(bytes, (size_t)n);
		else if (errno != EAGAIN || poll(&wait, 1, 200) <= 0)
			return;
	}
}

/* What a client is told that announces one body more; 0: nothing in that time, so it may send it. */
static unsigned one_more(str head, int wait_ms)
{
	int fd = dial(serving.address);
	unsigned status;

	say(fd, head);
	hear_answer(&arena, fd, wait_ms, &status);
	close(fd);
	return status;
}

/* Asked between the bodies and not after them: on a slow machine the first ones are cut off, and
 * their bytes given back, before the last ones are sent. Once there are too many the answer is
 * waited for: it comes after all that the server has to read before.
 *
 * A body that finds no room is cut off, and what it held is room again: up to a whole body's. So the
 * last ones are sent in part only, and fill that. */
static void test_bodies(void)
{
	str head = arena_printf(&arena, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n",
		LIMIT_BODY_BYTES);
	str body = { arena_alloc(&arena, LIMIT_BODY_BYTES, 1), LIMIT_BODY_BYTES - 1 };
	double before = resident_mb(), most;
	size_t opened = open_many(BODIES, head);
	const size_t too_many = LIMIT_HELD_BYTES / LIMIT_BODY_BYTES;
	unsigned status = 0;

	for (size_t i = 0; i < opened; i++) {
		pour(fds[i], i < too_many ? body : str_head(body, PART));
		if (i % 8 == 7 && status == 0)
			status = one_more(head, i < too_many ? 100 : 3000);
	}
	most = resident_mb() - before;
	ok(most < 2.5 * LIMIT_HELD_BYTES / 1048576, "bodies that do not end take %.0f MB", most);
	ok(status == 503, "one more that is as long is answered with %u", status);
	others_are_served("bodies that do not end");
	close_many(opened);
	others_are_served("what is left of them");
}

static void test_oversized(void)
{
	static const struct {
		const char *what, *head;
		size_t n;
		unsigned status;
	} rows[] = {
		{ "a header over the limit",
			"POST / HTTP/1.1\r\nHost: a\r\nX-Long: ", LIMIT_HEADER_BYTES, 431 },
		{ "a body over the limit",
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 1048577,
			413 },
		{ "a target over the limit", "GET /", LIMIT_TARGET_BYTES, 414 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *filler = arena_alloc(&arena, rows[i].n, 1);
		int fd = dial(serving.address);
		unsigned status;

		memset(filler, 'a', rows[i].n);
		say(fd, str_of(rows[i].head));
		pour(fd, (str){ filler, rows[i].n });
		if (rows[i].status == 414)
			pour(fd, S(" HTTP/1.1\r\nHost: a"));
		pour(fd, S("\r\n\r\n"));
		hear_answer(&arena, fd, 5000, &status);
		ok(status == rows[i].status, "%s: %u", rows[i].what, status);
		close(fd);
	}
	others_are_served("them");
}

/* Answers come in order, one for each. */
static void test_pipelining(void)
{
	str request = who_am_i(&arena, serving.address, &admin.credentials), got;
	struct buf all = { .arena = &arena }, heard = { .arena = &arena };
	struct pollfd wait = { .events = POLLIN };
	int fd = dial(serving.address);
	size_t answers = 0, end;
	char piece[65536];
	unsigned status = 0;
	ssize_t n;

	for (size_t i = 0; i < PIPELINED; i++)
		buf_str(&all, request);
	say(fd, buf_view(&all));
	wait.fd = fd;
	while (answers < PIPELINED && poll(&wait, 1, 5000) > 0 &&
		(n = recv(fd, piece, sizeof(piece), 0)) > 0) {
		buf_str(&heard, (str){ piece, (size_t)n });
		for (got = buf_view(&heard); whole_answer(got, &status, &end) && status == 200;
			answers++)
			got = str_from(got, end);
		heard.n = 0;
		memmove(heard.p, got.p, got.n);
		heard.n = got.n;
	}
	ok(answers == PIPELINED, "%zu requests sent at once have as many answers (%u)", answers,
		status);
	close(fd);
}

/*
 * Memory after many requests is what it was after a few. A leak shows in every round, what an
 * allocator or a sanitizer fetches for itself in one or two: the round that grew least counts.
 */
static void test_memory(void)
{
	str request = who_am_i(&arena, serving.address, &admin.credentials);
	int fd = dial(serving.address);
	double first = 0, before = 0, least = 1e9;
	size_t good = 0;

	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < REQUESTS / ROUNDS; i++) {
			struct arena scratch = { 0 };
			unsigned status;

			say(fd, request);
			hear_answer(&scratch, fd, 5000, &status);
			good += status == 200;
			arena_free(&scratch);
		}
		if (round && resident_mb() - before < least)
			least = resident_mb() - before;
		before = resident_mb();
		if (!round)
			first = before;
	}
	ok(good == REQUESTS, "%zu requests are answered", good);
	ok(least < 0.05 && before - first < 1,
		"and take no memory: %.3f MB in the best of %d rounds, %.2f in all", least, ROUNDS,
		before - first);
	close(fd);
}

int main(int argc, char **argv)
{
	str id = S("111122223333"), base;
	struct rlimit files;
	struct err err = { 0 };

	if (argc > 1)
		return serve_main(argc, argv);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (!dir_make_temp(&arena, S("deputy-load"), &base, &err))
		return 1;
	dir = arena_printf(&arena, "%.*s/accounts", STR(base));
	if (!ok(account_init(&arena, dir, &id, 1, S("us-west-2"), &admin, &err), "init: %s",
		    err.text))
		return tap_done();
	/* What is freed there counts, so nothing of it is kept in quarantine. */
	setenv("ASAN_OPTIONS", "quarantine_size_mb=0:thread_local_quarantine_size_kb=0", 1);
	serving = serve(&arena, dir, "0", NULL);
	others_are_served("nobody");
	if (files.rlim_max < IDLE + 200)
		ok(true, "10,000 idle connections # SKIP only %llu files may be open",
			(unsigned long long)files.rlim_max);
	else
		test_idle();
	test_memory();
	test_pipelining();
	test_oversized();
	test_halves();
	test_bodies();
	process_stop(&serving.process);
	dir_remove(dir);
	unlink(arena_printf(&arena, "%.*s.log", STR(dir)).p);
	dir_remove(base);
	arena_free(&arena);
	return tap_done();
}
