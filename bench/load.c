/*
 * load.c -- one thread, one epoll set, and as little work for each request as can be, so that
 * the server is what is measured: bytes made beforehand go out, and of an answer only the
 * status and the length are read.
 */
#define _GNU_SOURCE /* sched_setaffinity */
#include "load.h"

#include "base/os.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPLY_MAX = 65536, HEAD_MAX = 1024, EVENTS = 256, SAMPLES = 1 << 20 };

struct line { /* one connection */
	int fd;
	uint64_t sent_ns;
	size_t got;
	char *reply; /* [REPLY_MAX] */
};

struct run {
	const struct load *load;
	struct load_result *result;
	struct line *lines;
	uint32_t *samples; /* microseconds' tenths */
	uint64_t sent;
	int epoll;
	struct err *err;
};

void load_pin(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sysconf(_SC_NPROCESSORS_ONLN) > (long)cpu)
		sched_setaffinity(0, sizeof(set), &set);
}

static bool dial(struct run *run, struct line *line)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = line };
	str host, port_text = { 0 };
	uint64_t port = 0;
	int on = 1;

	line->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (str_cut(run->load->address, ':', &host, &port_text))
		str_u64(port_text, 65535, &port);
	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (line->fd < 0 || connect(line->fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
		setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
		epoll_ctl(run->epoll, EPOLL_CTL_ADD, line->fd, &event) < 0)
		return fail(run->err, ERR_IO, 0, "cannot connect to %.*s: %s",
			STR(run->load->address), strerror(errno));
	return true;
}

static bool send_next(struct run *run, struct line *line)
{
	str bytes = run->load->requests[run->sent % run->load->n];

	run->sent++;
	line->got = 0;
	line->sent_ns = monotonic_ns();
	return send(line->fd, bytes.p, bytes.n, MSG_NOSIGNAL) == (ssize_t)bytes.n ||
	       fail(run->err, ERR_IO, 0, "cannot send: %s", strerror(errno));
}

/* The whole answer's length, or 0: not all of its head is there. */
static size_t reply_length(str got, size_t *body)
{
	size_t head = str_find(str_head(got, HEAD_MAX), S("\r\n\r\n")), at, end;
	uint64_t n = 0;

	if (head == SIZE_MAX)
		return 0;
	at = str_find(str_head(got, head), S("Content-Length: "));
	if (at != SIZE_MAX && at < head) {
		str rest = str_from(got, at + 16);

		end = str_find(rest, S("\r"));
		str_u64(str_head(rest, end), REPLY_MAX, &n);
	}
	*body = (size_t)n;
	return head + 4 + (size_t)n;
}

static bool receive(struct run *run, struct line *line, bool *whole)
{
	ssize_t n = recv(line->fd, line->reply + line->got, REPLY_MAX - line->got, 0);
	struct load_result *result = run->result;
	size_t length, body;

	*whole = false;
	if (n <= 0)
		return fail(run->err, ERR_IO, 0, "the server closed a connection");
	line->got += (size_t)n;
	length = reply_length((str){ line->reply, line->got }, &body);
	if (!length || line->got < length)
		return true;
	*whole = true;
	if (result->answered < SAMPLES)
		run->samples[result->answered] = (uint32_t)((monotonic_ns() - line->sent_ns) / 100);
	result->answered++;
	result->refused += !str_starts((str){ line->reply, line->got }, S("HTTP/1.1 200"));
	result->reply_bytes = length;
	result->body_bytes = body;
	return true;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool loop(struct run *run)
{
	const struct load *load = run->load;
	struct load_result *result = run->result;
	struct epoll_event events[EVENTS];
	uint64_t start = monotonic_ns(), end = start + (uint64_t)(load->seconds * 1e9), now = start;

	for (size_t i = 0; i < load->connections; i++)
		if (!send_next(run, &run->lines[i]))
			return false;
	while (now < end && (!load->max || result->answered < load->max)) {
		/* It never sleeps: to wake it would be the server's work, and the more of it the
		 * less there is to do. */
		int n = epoll_wait(run->epoll, events, EVENTS, 0);

		for (int i = 0; i < n; i++) {
			struct line *line = events[i].data.ptr;
			bool whole;

			if (!receive(run, line, &whole))
				return false;
			if (whole && (!load->max || run->sent < load->max) && !send_next(run, line))
				return false;
		}
		now = monotonic_ns();
	}
	result->rate = (double)result->answered / ((double)(now - start) / 1e9);
	return true;
}

static void latencies(struct run *run)
{
	size_t n = run->result->answered < SAMPLES ? (size_t)run->result->answered : SAMPLES;

	qsort(run->samples, n, sizeof(*run->samples), by_value);
	if (!n)
		return;
	run->result->p50_us = run->samples[n / 2] / 10.0;
	run->result->p99_us = run->samples[n * 99 / 100] / 10.0;
}

bool load_run(const struct load *load, struct load_result *result, struct err *err)
{
	struct arena arena = { 0 };
	struct run run = { .load = load,
		.result = result,
		.lines = NEWS(&arena, struct line, load->connections),
		.samples = calloc(SAMPLES, sizeof(uint32_t)),
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.err = err };
	bool good = run.samples && run.epoll >= 0;

	*result = (struct load_result){ 0 };
	for (size_t i = 0; i < load->connections; i++)
		run.lines[i] = (struct line){ .fd = -1, .reply = NEWS(&arena, char, REPLY_MAX) };
	for (size_t i = 0; i < load->connections && good; i++)
		good = dial(&run, &run.lines[i]);
	good = good && loop(&run);
	for (size_t i = 0; i < load->connections; i++)
		if (run.lines[i].fd >= 0)
			close(run.lines[i].fd);
	if (good)
		latencies(&run);
	close(run.epoll);
	free(run.samples);
	arena_free(&arena);
	return good;
}
