/*
 * net.h -- the two ends of a connection: a signed call out (libcurl), and a
 * listener that hands whole requests in (libmicrohttpd).
 *
 * May include: base, wire.
 */
#ifndef DEPUTY_NET_H
#define DEPUTY_NET_H

#include "base/base.h"
#include "wire/wire.h"

/* ---- the client. One for a thread; it keeps connections open. */

struct client;

struct client_options {
	str endpoint; /* "http://127.0.0.1:5601", or {0}: AWS's own, from data/endpoints.tsv */
	str region;   /* "us-west-2" */
	unsigned timeout_ms; /* of a call; 0: 30,000 */
	str ca_file;         /* {0}: the system's */
};

struct client *client_open(const struct client_options *options);
void client_close(struct client *client);

/* What a call says. The protocol of the service decides how it is written. */
struct api_call {
	str service;              /* iam sts ec2 eks s3 */
	str operation;            /* "CreateRole"; eks and s3: for messages only */
	str method, target;       /* eks, s3: "POST", "/clusters"; else {0}: POST / */
	const struct json *input; /* iam, sts, ec2: parameters; eks: the body, or NULL */
	str body;                 /* s3: the body as it is */
};

struct api_answer {
	unsigned status;
	bool ok;             /* 2xx */
	struct json *output; /* iam, sts: the Result element; ec2: the response; eks: the body;
	                        s3: the document; NULL when there is none */
	str code, message;   /* of an error: AccessDenied, … */
	str request_id;
	str body; /* as it came */
};

/*
 * One signed call: writes, signs, sends, reads. Retries throttling and 5xx answers to calls
 * that are safe to repeat, at most twice.
 *
 *   credentials  NULL: unsigned (AssumeRoleWithWebIdentity)
 *   answer       also for a refusal: that AWS says no is an answer, not an error
 *   errors       ERR_NETWORK: no answer, or not one of AWS's
 */
MUST_USE bool client_call(struct arena *arena, struct client *client,
	const struct credentials *credentials, const struct api_call *call,
	struct api_answer *answer, struct err *err);

/* An unsigned GET of `target` ("/keys.json") at the client's endpoint; anything but a 200 is an
 * error. */
MUST_USE bool client_get(struct arena *arena, struct client *client, str target, str *body,
	struct err *err);

/* ---- the server. One thread answers, one request after another. */

struct server;

/* Fills in the response; everything in it must live in `arena`, which dies when it is sent. */
typedef void server_handler(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response);

/* Called after each round of requests in which an answer was left open (response->waits): when it
 * returns, they are final. The requests and arenas of all of them are alive until then. */
typedef void server_settler(void *context);

struct server_options {
	str listen; /* "127.0.0.1:5601"; port 0: any free one */
	server_handler *handler;
	server_settler *settle; /* NULL: no answer ever waits */
	void *context;
	unsigned request_ms;   /* for a whole request to arrive; 0: LIMIT_REQUEST_S */
	size_t connections;    /* at a time; 0: LIMIT_CONNECTIONS, or what the system allows */
	str tls_cert, tls_key; /* PEM texts, which must outlive the server; {0}: no TLS */
};

/*
 *   answer   listening; `address` is "127.0.0.1:43210", in `arena`
 *   errors   ERR_IO: the address is taken or not ours, or certificate and key are not a pair
 *            of PEM, in one sentence
 *
 * Requests over data/limits.tsv are answered with 413, 414 or 431 and never reach the handler;
 * so are ambiguous ones (two Content-Length or Host, Content-Length with Transfer-Encoding,
 * folded headers: 400). A request that has not arrived whole after LIMIT_REQUEST_S is cut off.
 */
MUST_USE bool server_open(struct arena *arena, const struct server_options *options,
	struct server **server, str *address, struct err *err);
void server_close(struct server *server); /* answers what is under way, then stops */

#endif
