/*
 * wire.h -- what AWS puts on the wire: HTTP messages as values, Signature
 * Version 4, form parameters, and XML both ways.
 *
 * May include: base (with crypto).  No sockets and no clock: the time is an input.
 */
#ifndef DEPUTY_WIRE_H
#define DEPUTY_WIRE_H

#include "base/base.h"
#include "base/crypto.h"
#include "base/json.h"

/* ---- HTTP messages, shared by client and server. */

struct http_header {
	str name;  /* as sent; compare without case */
	str value; /* bytes as sent, without the spaces around it */
};

struct http_request {
	str method;
	str target; /* raw: path and query, still encoded */
	str path;   /* raw path */
	str query;  /* raw query without '?', or {0} */
	struct http_header *headers;
	size_t nheaders, cap_headers;
	str body;
	str peer;        /* the other end's IP address; {0} at the client */
	bool tls;        /* the server's: it came over TLS */
	str tls_version; /* "1.2", "1.3"; {0}: unknown, or no TLS */
};

struct http_response {
	unsigned status;
	struct http_header *headers;
	size_t nheaders, cap_headers;
	str body;
	bool waits; /* not final until the server settled (net.h) */
};

str http_get_header(const struct http_header *headers, size_t n, str name); /* first, or {0} */
void http_add_header(struct arena *arena, struct http_header **headers, size_t *n, size_t *cap,
	str name, str value);
void http_set_target(struct http_request *request, str target); /* and path and query */

/* ---- percent-encoding (RFC 3986: A-Za-z0-9-._~ stay). */

void uri_encode(struct buf *out, str text, bool keep_slash);
/* Decodes once. `plus` turns '+' into a space (forms). False: a broken %XX. */
MUST_USE bool uri_decode(struct arena *arena, str text, bool plus, str *out);

/* ---- Signature Version 4. Source: IAM User Guide, "Create a signed AWS API request". */

struct credentials {
	str access_key_id;
	str secret_access_key;
	str session_token; /* {0} for long-term keys */
};

/* Every intermediate value, for `deputy sign`, the vectors, and error messages; the last only of
 * what was signed here. */
struct sigv4_trace {
	str canonical_request, string_to_sign, signature, authorization;
};

/*
 * Signs a request: adds X-Amz-Date, X-Amz-Security-Token (if there is one),
 * X-Amz-Content-Sha256 (for s3), and Authorization. Host must be set by the caller.
 *
 *   service   "iam", "s3", …: s3 takes the path as sent, the others encode it again
 *   now_s     seconds since 1970 UTC
 */
void sigv4_sign(struct arena *arena, struct http_request *request,
	const struct credentials *credentials, str region, str service, int64_t now_s,
	struct sigv4_trace *trace);

enum sigv4_fault {
	SIGV4_FINE,
	SIGV4_MISSING,         /* not signed at all */
	SIGV4_INCOMPLETE,      /* a malformed header */
	SIGV4_SCOPE,           /* date, region, service, or terminator */
	SIGV4_UNSIGNED_HEADER, /* host or an x-amz- header is not signed */
	SIGV4_EXPIRED,         /* older than LIMIT_CLOCK_SKEW_S */
	SIGV4_NOT_YET,         /* newer than that */
	SIGV4_PAYLOAD,         /* x-amz-content-sha256 is not the body's */
	SIGV4_PAYLOAD_MISSING, /* S3 needs it, in the header form */
	SIGV4_PAYLOAD_FORM,    /* S3: it is neither a hash nor a known word */
	SIGV4_STREAMING,       /* S3: a body whose chunks are signed one by one: not read here */
	SIGV4_MISMATCH,
};

struct sigv4_claim { /* what a request says of its signature; all texts point into the request */
	str access_key_id, date, region, service; /* the credential scope */
	str signed_headers, signature;
	str session_token;
	str time; /* 20261124T070544Z */
	int64_t time_s;
	bool presigned;     /* in the query instead of the header */
	uint64_t expires_s; /* presigned only */
	str payload_hash;   /* the canonical request's last line */
};

/*
 * Reads what a request claims, and checks all that can be checked without the secret.
 *
 *   service   that this endpoint is for; {0} takes any
 *   why       AWS's sentence for the fault, in `arena`
 */
enum sigv4_fault sigv4_read(struct arena *arena, const struct http_request *request, str service,
	int64_t now_s, struct sigv4_claim *claim, str *why);

/* Compares in constant time. The trace is filled in for AWS's JSON services, whose message shows it. */
MUST_USE bool sigv4_matches(struct arena *arena, const struct http_request *request,
	const struct sigv4_claim *claim, str secret_access_key, struct sigv4_trace *trace);

/* The same in two steps, for a server that keeps signing keys: the key depends on the secret, and
 * of the claim on date, region and service only. */
void sigv4_signing_key(const struct sigv4_claim *claim, str secret_access_key,
	struct hmac_key *key);
MUST_USE bool sigv4_matches_key(struct arena *arena, const struct http_request *request,
	const struct sigv4_claim *claim, const struct hmac_key *key, struct sigv4_trace *trace);

/* 20261124T070544Z and nothing else. */
MUST_USE bool sigv4_time_parse(str text, int64_t *time_s);

/* ---- forms: Tags.member.1.Key=a&Tags.member.1.Value=b  <->  {"Tags":[{"Key":"a","Value":"b"}]} */

/*
 * Reads a form body or query string into an object. A numbered part makes a list, in order of
 * the numbers ("member" and "entry" before it are dropped); all values are strings.
 *
 *   errors   ERR_SYNTAX: a broken %XX, a name given twice, a part that is list and object at
 *            once; ERR_LIMIT: over LIMIT_PARAMS or LIMIT_PARAM_DEPTH
 */
MUST_USE bool form_parse(struct arena *arena, str text, struct json **object, struct err *err);

/* The inverse. `flat` is EC2's way (Tag.1.Key), else IAM's (Tags.member.1.Key). */
void form_write(struct buf *out, const struct json *object, bool flat);

/* ---- XML. */

void xml_escape(struct buf *out, str text);
/* The members of `object` as elements; list items become <item_name>. Strings, numbers and
 * booleans become text; an empty object or array an empty element; null is left out. */
void xml_write(struct buf *out, const struct json *object, str item_name);

/*
 * Reads a document (expat): an element with children becomes an object, repeated children or
 * children named member/item a list, text a string. Attributes and namespaces are dropped.
 *
 *   root_name  the outermost element's name
 *   errors     ERR_SYNTAX; a document type declaration is refused; ERR_LIMIT as for JSON
 */
MUST_USE bool xml_parse(struct arena *arena, str text, str *root_name, struct json **value,
	struct err *err);

#endif
