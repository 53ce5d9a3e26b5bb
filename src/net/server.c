/*
 * server.c -- listens, reads, hands over, answers; the only file that knows libmicrohttpd.
 *
 * One thread runs everything: the library's epoll loop, the handler, and a sweep that cuts off
 * what takes too long (the library's own timeout counts silence only, so a client that sends a
 * byte now and then could stay for ever). Nothing is shared, so nothing is locked.
 *
 * A request is an exchange with an arena of its own. The library tells its parts one by one:
 *
 *   on_target   the request line: the raw target is copied before the library decodes it
 *   on_request  first call: all headers, which are checked; then the body piece by piece;
 *               last call, without a piece: the request is whole, and is answered
 *   on_done     the answer is sent or lost: the arena is freed
 *
 * An answer that waits for a disk does not hold up the others: its connection is suspended, and
 * when the round is over, all that wait are settled at once and resumed; the library then asks
 * once more for the answer.
 *
 * The library reads heads leniently: it joins folded lines, takes a bare line feed, stops at a
 * NUL. Whatever it made of a head, check_head() adds up the bytes that it understood; if they
 * are not all the bytes that came, two readers could disagree about the request: 400.
 */
#include "net/net.h"

#include "base/crypto.h"
#include "base/os.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	POOL_BYTES = LIMIT_HEADER_BYTES + 8192, /* the library's, of a connection: it clears all
						 * of them for each request */
	DISCARD_BYTES = 16 * LIMIT_BODY_BYTES,  /* read past the limit, so that the 413 arrives */
	SWEEP_MS = 200,
	SPARE_ARENAS = 64,       /* kept for the next requests … */
	SPARE_BYTES = 32 * 1024, /* … each with one block of at most so much */
	ANSWER_S = 60,           /* for the other side to take an answer */
	CLOSE_MS = 2000,         /* for what is under way, once we are closing */
	CROWDED_MS = 1000,       /* for a connection to say something, when few more can come */
	OTHER_FILES = 64,        /* that this process has open besides connections */
};

/* ---- what the library calls back with */

struct exchange {
	struct arena arena; /* holds the exchange itself */
	struct server *server;
	struct http_request request;
	struct http_response response;
	struct buf body;
	uint64_t length;  /* announced, of the body */
	size_t held;      /* bytes of the arena that server->held counts */
	unsigned refused; /* HTTP status, or 0 */
	bool begun, answered;
	struct MHD_Connection *mhd;    /* while it is suspended */
	struct exchange *next_waiting; /* likewise */
	size_t head_bytes;             /* of the headers that the library understood */
	size_t target_bytes;           /* as it was sent */
};

struct connection {
	struct connection *next, **link;
	int fd;
	uint64_t deadline_ns;
	bool answering;
	struct exchange *exchange;
	char peer[INET6_ADDRSTRLEN]; /* the other side's address */
};

struct server {
	struct MHD_Daemon *daemon;
	struct connection *connections;
	size_t nconnections, max_connections;
	size_t held; /* bytes of requests that are not whole yet */
	struct exchange *waiting;
	struct arena spare[SPARE_ARENAS];
	size_t nspare;
	int listener;
	server_handler *handler;
	server_settler *settle;
	void *context;
	uint64_t request_ns;
	bool tls;
	atomic_bool stop;
	pthread_t thread;
};

/* What an exchange takes counts until its request is whole. */
static void hold(struct exchange *exchange, size_t bytes)
{
	exchange->server->held += bytes - exchange->held;
	exchange->held = bytes;
}

static void exchange_free(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;

	connection->exchange = NULL;
	if (exchange) {
		struct server *server = exchange->server;
		struct arena arena = exchange->arena; /* secrets went through it */

		hold(exchange, 0);
		if (server->nspare == SPARE_ARENAS) {
			arena_wipe(&arena);
			return;
		}
		arena_renew(&arena, SPARE_BYTES);
		server->spare[server->nspare++] = arena;
	}
}

static void set_deadline(const struct server *server, struct connection *connection, bool answering)
{
	connection->answering = answering;
	connection->deadline_ns =
		coarse_ns() + (answering ? UINT64_C(1000000000) * ANSWER_S : server->request_ns);
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* ---- connections */

static void set_peer(struct connection *connection, struct MHD_Connection *mhd)
{
	const struct sockaddr *address =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	if (address->sa_family == AF_INET6) {
		memcpy(&six, address, sizeof(six));
		inet_ntop(AF_INET6, &six.sin6_addr, connection->peer, sizeof(connection->peer));
	} else {
		memcpy(&four, address, sizeof(four));
		inet_ntop(AF_INET, &four.sin_addr, connection->peer, sizeof(connection->peer));
	}
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **slot,
	enum MHD_ConnectionNotificationCode what)
{
	struct server *server = context;
	struct connection *connection = *slot;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		connection = calloc(1, sizeof(*connection));
		if (!connection)
			abort();
		connection->fd =
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		set_peer(connection, mhd);
		connection->next = server->connections;
		connection->link = &server->connections;
		if (connection->next)
			connection->next->link = &connection->next;
		server->connections = connection;
		server->nconnections++;
		set_deadline(server, connection, false);
		*slot = connection;
		return;
	}
	server->nconnections--;
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	exchange_free(connection);
	free(connection);
	*slot = NULL;
}

/* Has it had its time? Those that say nothing have less of it when few more can come. The library
 * sees the connection's end, and closes it. */
static bool is_over(const struct server *server, const struct connection *c, uint64_t now)
{
	bool crowded = server->nconnections > server->max_connections / 4 * 3;
	uint64_t less = server->request_ns - UINT64_C(1000000) * CROWDED_MS;

	if (crowded && !c->exchange && !c->answering &&
		server->request_ns > UINT64_C(1000000) * CROWDED_MS)
		return now > c->deadline_ns - less;
	return now > c->deadline_ns;
}

static void sweep(struct server *server)
{
	uint64_t now = coarse_ns();

	for (struct connection *c = server->connections; c; c = c->next)
		if (is_over(server, c, now))
			shutdown(c->fd, SHUT_RDWR);
}

/* ---- reading a request */

static void *on_target(void *context, const char *target, struct MHD_Connection *mhd)
{
	struct server *server = context;
	struct connection *connection = connection_of(mhd);
	struct arena arena = { 0 };
	struct exchange *exchange;

	exchange_free(connection);
	if (server->nspare)
		arena = server->spare[--server->nspare];
	exchange = NEW(&arena, struct exchange);
	exchange->arena = arena;
	exchange->server = server;
	http_set_target(&exchange->request, arena_copy(&exchange->arena, str_of(target)));
	connection->exchange = exchange;
	return exchange;
}

/* Names and values stay where the library has them: they live as long as the request does. */
static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name,
	size_t name_n, const char *value, size_t value_n)
{
	struct exchange *exchange = context;
	struct http_request *request = &exchange->request;
	str v = { value, value ? value_n : 0 };
	size_t between = 2; /* ": ", unless the value stands right behind its name */

	(void)kind;
	if (request->nheaders == LIMIT_HEADERS) {
		exchange->refused = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
		return MHD_NO;
	}
	if (value > name + name_n && value < name + name_n + LIMIT_HEADER_BYTES)
		between = (size_t)(value - name) - name_n;
	exchange->head_bytes += name_n + between + v.n + 2;
	http_add_header(&exchange->arena, &request->headers, &request->nheaders,
		&request->cap_headers, (str){ name, name_n }, str_trim(v));
	return MHD_YES;
}

static bool is_token(str s)
{
	static const bool marks[256] = { ['-'] = true,
		['_'] = true,
		['.'] = true,
		['!'] = true,
		['#'] = true,
		['$'] = true,
		['%'] = true,
		['&'] = true,
		['\''] = true,
		['*'] = true,
		['+'] = true,
		['^'] = true,
		['`'] = true,
		['|'] = true,
		['~'] = true };

	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && !marks[(unsigned char)s.p[i]])
			return false;
	return s.n > 0;
}

static bool is_target(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '#')
			return false;
	return str_starts(s, S("/"));
}

/* May `more` bytes be held of a body of `body_bytes`? Small ones always: their number is bounded by
 * that of connections, and those who send large ones slowly must not shut out everybody else. */
static bool has_room(const struct exchange *exchange, uint64_t body_bytes, uint64_t more)
{
	return body_bytes <= LIMIT_SMALL_BODY_BYTES ||
	       exchange->server->held + more <= LIMIT_HELD_BYTES;
}

/* "GET http://HOST/PATH" is what a proxy is asked, and servers take it as well (RFC 9112, 3.2.2).
 * Here HOST must be the Host header's, which is what was signed. */
static void take_absolute_form(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	str rest = request->target, scheme = str_head(rest, exchange->server->tls ? 8 : 7);
	str host = http_get_header(request->headers, request->nheaders, S("Host"));

	if (!str_eq_nocase(scheme, exchange->server->tls ? S("https://") : S("http://")))
		return;
	rest = str_from(rest, scheme.n);
	if (!host.n || !str_eq_nocase(str_head(rest, host.n), host))
		return;
	rest = str_from(rest, host.n);
	if (str_starts(rest, S("/")))
		http_set_target(request, rest);
	else if (!rest.n || str_starts(rest, S("?")))
		http_set_target(request, JOIN(&exchange->arena, S("/"), rest));
}

/* The headers that say where a request ends, and for whom it is. */
struct framing {
	size_t lengths, codings, hosts; /* how many */
	str length, coding;             /* the last */
};

static struct framing framing_of(const struct http_request *request)
{
	struct framing f = { 0 };

	for (size_t i = 0; i < request->nheaders; i++) {
		const struct http_header *header = &request->headers[i];

		if (str_eq_nocase(header->name, S("Host"))) {
			f.hosts++;
		} else if (str_eq_nocase(header->name, S("Content-Length"))) {
			f.lengths++;
			f.length = header->value;
		} else if (str_eq_nocase(header->name, S("Transfer-Encoding"))) {
			f.codings++;
			f.coding = header->value;
		}
	}
	return f;
}

/* 0, or the status that refuses the head. `head_bytes` is how many came. */
static unsigned check_head(struct exchange *exchange, str version, size_t head_bytes)
{
	const struct http_request *request = &exchange->request;
	size_t line = request->method.n + exchange->target_bytes + version.n + 4; /* spaces, CRLF */
	struct framing f = framing_of(request);

	if (exchange->target_bytes > LIMIT_TARGET_BYTES)
		return MHD_HTTP_URI_TOO_LONG;
	if (exchange->refused || head_bytes > LIMIT_HEADER_BYTES)
		return MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
	if (line + exchange->head_bytes + 2 != head_bytes)
		return MHD_HTTP_BAD_REQUEST;
	for (size_t i = 0; i < request->nheaders; i++)
		if (!is_token(request->headers[i].name) ||
			str_has_control(request->headers[i].value))
			return MHD_HTTP_BAD_REQUEST;
	if (!is_token(request->method) || !is_target(request->target))
		return MHD_HTTP_BAD_REQUEST;
	if (f.hosts > 1 || (f.hosts == 0 && !str_eq(version, S("HTTP/1.0"))))
		return MHD_HTTP_BAD_REQUEST;
	if (f.lengths + f.codings > 1)
		return MHD_HTTP_BAD_REQUEST;
	if (f.codings && !str_eq_nocase(f.coding, S("chunked")))
		return MHD_HTTP_BAD_REQUEST;
	if (f.lengths && !str_u64(f.length, UINT64_MAX, &exchange->length))
		return MHD_HTTP_BAD_REQUEST;
	if (exchange->length > LIMIT_BODY_BYTES)
		return MHD_HTTP_CONTENT_TOO_LARGE;
	if (!has_room(exchange, exchange->length, exchange->length))
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	return 0;
}

/* By GnuTLS's numbers, of which the header that has them need not be here. */
static str tls_version_of(struct MHD_Connection *mhd)
{
	static const str versions[] = { { 0 }, { 0 }, SC("1.0"), SC("1.1"), SC("1.2"), SC("1.3") };
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_PROTOCOL);

	return info && info->protocol > 0 && info->protocol < (int)COUNT(versions)
		       ? versions[info->protocol]
		       : (str){ 0 };
}

static void read_head(struct exchange *exchange, struct MHD_Connection *mhd, str method,
	str version)
{
	size_t bytes =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;

	exchange->request.method = arena_copy(&exchange->arena, method);
	exchange->request.peer = str_of(connection_of(mhd)->peer);
	exchange->request.tls = exchange->server->tls;
	if (exchange->request.tls)
		exchange->request.tls_version = tls_version_of(mhd);
	MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, on_header, exchange);
	exchange->target_bytes = exchange->request.target.n;
	if (!str_starts(exchange->request.target, S("/")))
		take_absolute_form(exchange);
	exchange->refused = check_head(exchange, version, bytes);
	exchange->body.arena = &exchange->arena;
}

/* ---- answering */

/* Refusals that happen before the service is known: a document that all of AWS's clients read. */
static void refuse(struct exchange *exchange, unsigned status, struct http_response *response)
{
	static const struct {
		unsigned status;
		const char *code, *message;
	} rows[] = {
		{ 400, "MalformedHttpRequestException", "The request is not valid HTTP." },
		{ 413, "RequestEntityTooLargeException", "The request's body is too large." },
		{ 414, "RequestURITooLong", "The request's target is too long." },
		{ 431, "RequestHeaderSectionTooLarge", "The request's headers are too large." },
		{ 503, "ServiceUnavailable", "Too many requests are under way." },
		{ 500, "InternalFailure", "The request could not be processed." },
	};
	struct arena *arena = &exchange->arena;
	size_t i = 0;

	while (i + 1 < COUNT(rows) && rows[i].status != status)
		i++;
	*response = (struct http_response){ .status = status };
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("Content-Type"), S("text/xml"));
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("x-amzn-ErrorType"), str_of(rows[i].code));
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("Connection"), S("close"));
	response->body = arena_printf(arena,
		"<ErrorResponse><Error><Type>%s</Type><Code>%s</Code><Message>%s</Message></Error>"
		"<RequestId>%.*s</RequestId></ErrorResponse>",
		status < 500 ? "Sender" : "Receiver", rows[i].code, rows[i].message,
		STR(random_uuid(arena)));
}

/* False: the response cannot be sent as it is. */
static bool queue(struct exchange *exchange, struct MHD_Connection *mhd,
	const struct http_response *response)
{
	void *body = (void *)(uintptr_t)response->body.p; /* it is only read */
	struct MHD_Response *mhd_response = MHD_create_response_from_buffer(response->body.n,
		response->body.n ? body : NULL, MHD_RESPMEM_PERSISTENT);
	bool good = mhd_response && response->status >= 200 && response->status <= 599;

	for (size_t i = 0; i < response->nheaders && good; i++) {
		str name = response->headers[i].name, value = response->headers[i].value;

		good = is_token(name) && !str_has_control(value) &&
		       MHD_add_response_header(mhd_response, arena_copy(&exchange->arena, name).p,
			       arena_copy(&exchange->arena, value).p) == MHD_YES;
	}
	if (good && atomic_load_explicit(&exchange->server->stop, memory_order_relaxed))
		(void)MHD_add_response_header(mhd_response, "Connection", "close");
	good = good && MHD_queue_response(mhd, response->status, mhd_response) == MHD_YES;
	if (mhd_response)
		MHD_destroy_response(mhd_response);
	return good;
}

static enum MHD_Result send_answer(struct exchange *exchange, struct MHD_Connection *mhd)
{
	if (queue(exchange, mhd, &exchange->response))
		return MHD_YES;
	log_line(LOG_ERROR, "response that HTTP cannot carry", "status=%u",
		exchange->response.status);
	refuse(exchange, MHD_HTTP_INTERNAL_SERVER_ERROR, &exchange->response);
	return queue(exchange, mhd, &exchange->response) ? MHD_YES : MHD_NO;
}

static enum MHD_Result answer(struct exchange *exchange, struct MHD_Connection *mhd)
{
	struct server *server = exchange->server;
	struct http_response *response = &exchange->response;

	exchange->answered = true;
	hold(exchange, 0);
	set_deadline(server, connection_of(mhd), true);
	exchange->request.body = buf_view(&exchange->body);
	if (exchange->refused)
		refuse(exchange, exchange->refused, response);
	else
		server->handler(server->context, &exchange->arena, &exchange->request, response);
	if (!response->waits || exchange->refused)
		return send_answer(exchange, mhd);
	exchange->mhd = mhd;
	exchange->next_waiting = server->waiting;
	server->waiting = exchange;
	MHD_suspend_connection(mhd);
	return MHD_YES;
}

static void settle(struct server *server)
{
	struct exchange *exchange = server->waiting, *next;

	if (!exchange)
		return;
	server->settle(server->context);
	server->waiting = NULL;
	for (; exchange; exchange = next) {
		next = exchange->next_waiting;
		MHD_resume_connection(exchange->mhd);
	}
}

/* A body that is a little too large is read to its end: closing a connection with unread bytes
 * in it would take the answer away from the other side. */
static bool worth_discarding(const struct exchange *exchange)
{
	return exchange->refused == MHD_HTTP_CONTENT_TOO_LARGE &&
	       exchange->length <= DISCARD_BYTES &&
	       !http_get_header(exchange->request.headers, exchange->request.nheaders, S("Expect"))
			.n;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *path,
	const char *method, const char *version, const char *piece, size_t *piece_n, void **slot)
{
	struct exchange *exchange = *slot;

	(void)context;
	(void)path;
	if (exchange->answered) /* resumed */
		return send_answer(exchange, mhd);
	if (!exchange->begun) {
		exchange->begun = true;
		read_head(exchange, mhd, str_of(method), str_of(version));
		hold(exchange, exchange->arena.bytes);
		return exchange->refused && !worth_discarding(exchange) ? answer(exchange, mhd)
									: MHD_YES;
	}
	if (*piece_n == 0)
		return answer(exchange, mhd);
	exchange->length += *piece_n; /* only a chunked body's matters from here on */
	if (!exchange->refused && exchange->body.n + *piece_n > LIMIT_BODY_BYTES)
		exchange->refused = MHD_HTTP_CONTENT_TOO_LARGE;
	if (!exchange->refused && !has_room(exchange, exchange->body.n + *piece_n, *piece_n))
		return MHD_NO; /* cut: the library cannot answer before the body's end */
	if (!exchange->refused)
		buf_str(&exchange->body, (str){ piece, *piece_n });
	hold(exchange, exchange->arena.bytes);
	if (exchange->length > 2 * DISCARD_BYTES)
		return MHD_NO; /* cut */
	*piece_n = 0;
	return MHD_YES;
}

static void on_done(void *context, struct MHD_Connection *mhd, void **slot,
	enum MHD_RequestTerminationCode why)
{
	struct connection *connection = connection_of(mhd);

	(void)why;
	*slot = NULL;
	if (connection) {
		exchange_free(connection);
		set_deadline(context, connection, false);
	}
}

/* The library would decode its copy of the path and arguments, which nobody reads. */
static size_t keep_escaped(void *context, struct MHD_Connection *mhd, char *text)
{
	(void)context;
	(void)mhd;
	return strlen(text);
}

/* ---- listening */

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static bool read_address(str text, union address *address, socklen_t *n, struct err *err)
{
	char host[INET6_ADDRSTRLEN] = "";
	str port_text = text, host_text = { 0 };
	uint64_t port = 0;
	bool six = str_starts(text, S("[")), good;

	*address = (union address){ 0 };
	for (str rest = text, piece; str_cut(rest, ':', &piece, &rest);)
		port_text = rest;
	if (port_text.n < text.n)
		host_text = str_head(text, text.n - port_text.n - 1);
	if (six)
		host_text = str_ends(host_text, S("]")) ? (str){ text.p + 1, host_text.n - 2 }
							: (str){ 0 };
	good = host_text.n && host_text.n < sizeof(host) && str_u64(port_text, 65535, &port);
	if (good)
		memcpy(host, host_text.p, host_text.n);
	if (six) {
		address->six.sin6_family = AF_INET6;
		address->six.sin6_port = htons((uint16_t)port);
		good = good && inet_pton(AF_INET6, host, &address->six.sin6_addr) == 1;
		*n = sizeof(address->six);
	} else {
		address->four.sin_family = AF_INET;
		address->four.sin_port = htons((uint16_t)port);
		good = good && inet_pton(AF_INET, host, &address->four.sin_addr) == 1;
		*n = sizeof(address->four);
	}
	return good || fail(err, ERR_USAGE, 0,
			       "'%.*s' is not an address: write 127.0.0.1:5601 or [::1]:5601",
			       STR(str_head(text, 100)));
}

static str address_text(struct arena *arena, const union address *address)
{
	char host[INET6_ADDRSTRLEN] = "";

	if (address->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &address->six.sin6_addr, host, sizeof(host));
		return arena_printf(arena, "[%s]:%u", host, ntohs(address->six.sin6_port));
	}
	inet_ntop(AF_INET, &address->four.sin_addr, host, sizeof(host));
	return arena_printf(arena, "%s:%u", host, ntohs(address->four.sin_port));
}

/* A socket that listens, or -1 with errno. */
static int listen_on(union address *address, socklen_t n)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, saved;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		bind(fd, &address->any, n) == 0 && listen(fd, SOMAXCONN) == 0 &&
		getsockname(fd, &address->any, &n) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* ---- the thread */

/* What has begun is answered, also a request that is not whole yet, if it gets whole in time. */
static bool requests_under_way(const struct server *server)
{
	for (const struct connection *c = server->connections; c; c = c->next)
		if (c->answering || c->exchange)
			return true;
	return false;
}

static void *run(void *context)
{
	struct server *server = context;
	uint64_t end;

	while (!atomic_load(&server->stop)) {
		MHD_run_wait(server->daemon, SWEEP_MS);
		settle(server);
		log_flush();
		sweep(server);
	}
	MHD_quiesce_daemon(server->daemon);
	end = monotonic_ns() + UINT64_C(1000000) * CLOSE_MS;
	while (requests_under_way(server) && monotonic_ns() < end) {
		MHD_run_wait(server->daemon, 10);
		settle(server);
	}
	log_flush();
	MHD_stop_daemon(server->daemon);
	while (server->nspare)
		arena_free(&server->spare[--server->nspare]);
	return NULL;
}

/* TLS 1.2 and later, with GnuTLS's own idea of what is good enough. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

static bool start(struct server *server, const struct server_options *options)
{
	void *cert = (void *)(uintptr_t)options->tls_cert.p; /* they are only read */
	void *key = (void *)(uintptr_t)options->tls_key.p;
	struct MHD_OptionItem more[] = { { MHD_OPTION_HTTPS_MEM_CERT, 0, cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
			 (server->tls ? (unsigned)MHD_USE_TLS : 0);

	server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, server,
		MHD_OPTION_LISTEN_SOCKET, server->listener, MHD_OPTION_URI_LOG_CALLBACK, on_target,
		server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
		MHD_OPTION_NOTIFY_COMPLETED, on_done, server, MHD_OPTION_UNESCAPE_CALLBACK,
		keep_escaped, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->max_connections, MHD_OPTION_ARRAY,
		server->tls ? more : more + COUNT(more) - 1, MHD_OPTION_END);
	return server->daemon != NULL;
}

/* As many connections as our limit says, or as many as there can be files. */
static size_t count_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return LIMIT_CONNECTIONS / 16;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur <= 2 * OTHER_FILES)
		return OTHER_FILES;
	return files.rlim_cur - OTHER_FILES < LIMIT_CONNECTIONS
		       ? (size_t)files.rlim_cur - OTHER_FILES
		       : LIMIT_CONNECTIONS;
}

/* Signals are the main thread's to wait for. */
static bool start_thread(struct server *server)
{
	sigset_t all, before;
	bool good;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	good = pthread_create(&server->thread, NULL, run, server) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return good;
}

bool server_open(struct arena *arena, const struct server_options *options, struct server **server,
	str *address, struct err *err)
{
	struct server *s;
	union address where;
	socklen_t n;
	int listener;

	if (!read_address(options->listen, &where, &n, err))
		return false;
	listener = listen_on(&where, n);
	if (listener < 0)
		return fail(err, ERR_IO, 0, "cannot listen on %.*s: %s", STR(options->listen),
			errno == EADDRINUSE ? "another program listens there" : strerror(errno));
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->listener = listener;
	s->max_connections = options->connections ? options->connections : count_files();
	s->handler = options->handler;
	s->settle = options->settle;
	s->context = options->context;
	s->request_ns = options->request_ms ? UINT64_C(1000000) * options->request_ms
					    : UINT64_C(1000000000) * LIMIT_REQUEST_S;
	s->tls = options->tls_cert.n != 0;
	if (!start(s, options) || !start_thread(s)) {
		if (s->daemon)
			MHD_stop_daemon(s->daemon);
		else
			close(listener);
		free(s);
		return fail(err, ERR_IO, 0, "cannot start the server on %.*s%s",
			STR(options->listen),
			options->tls_cert.n ? ": the certificate and the key must be a pair, in PEM"
					    : "");
	}
	*server = s;
	*address = address_text(arena, &where);
	return true;
}

void server_close(struct server *server)
{
	if (!server)
		return;
	atomic_store(&server->stop, true);
	shutdown(server->listener, SHUT_RDWR); /* wakes the thread */
	pthread_join(server->thread, NULL);
	close(server->listener);
	free(server);
}
