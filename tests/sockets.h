/*
 * sockets.h -- raw connections on the loopback interface, and a server to try.
 */
#ifndef TESTS_SOCKETS_H
#define TESTS_SOCKETS_H

#include "tap.h"

#include "base/json.h"
#include "base/os.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static inline int dial(str address)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint64_t port = 0;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	str host, rest;

	if (str_cut(address, ':', &host, &rest))
		str_u64(rest, 65535, &port);
	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static inline bool say(int fd, str bytes)
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
static inline str hear(struct arena *arena, int fd, int quiet_ms, str enough, bool *closed)
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

static inline str exchange(struct arena *arena, str address, str bytes, bool *closed)
{
	int fd = dial(address);
	str heard;

	say(fd, bytes);
	heard = hear(arena, fd, 2000, S("!"), closed);
	close(fd);
	return heard;
}

static inline unsigned status_of(str response)
{
	uint64_t status = 0;

	if (str_starts(response, S("HTTP/1.1 ")))
		str_u64((str){ response.p + 9, 3 }, 999, &status);
	return (unsigned)status;
}
static inline struct server *serve_with(struct arena *arena, server_handler *handler,
	unsigned request_ms, str *address)
{
	struct server_options options = { .listen = S("127.0.0.1:0"),
		.handler = handler,
		.request_ms = request_ms };
	struct server *server = NULL;
	struct err err = { 0 };

	ok(server_open(arena, &options, &server, address, &err), "listens: %s", err.text);
	return server;
}

#endif
