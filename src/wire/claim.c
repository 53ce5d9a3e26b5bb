/*
 * claim.c -- reads what a request claims of its signature, and refuses what AWS refuses.
 *
 * The checks are a table in AWS's order; the first that fails decides fault and sentence. What
 * AWS leaves open is refused here: a part given twice, an unknown part, a list of signed headers
 * that is not sorted or names one that was not sent. No secret is needed for any of this; the
 * signature itself is compared by sigv4_matches.
 */
#include "base/crypto.h"
#include "wire/wire.h"

#include <stdio.h>
#include <string.h>

enum { KEY_ID_MAX = 128, REGION_MAX = 32, SIGNED_HEADERS_MAX = 4096, TOKEN_MAX = 16384 };
enum { EXPIRES_MAX_S = 604800 }; /* of a presigned request: seven days */
enum { QUOTE_MAX = 100 };        /* bytes of a bad part that a sentence repeats */

/* Headers that a signature is about. One that is given twice could be read differently by the next
 * reader. */
enum { AUTHORIZATION, HOST, X_AMZ_DATE, DATE, SECURITY_TOKEN, CONTENT_SHA256, KNOWN_HEADERS };

static const str known_headers[KNOWN_HEADERS] = {
	[AUTHORIZATION] = SC("Authorization"),
	[HOST] = SC("Host"),
	[X_AMZ_DATE] = SC("X-Amz-Date"),
	[DATE] = SC("Date"),
	[SECURITY_TOKEN] = SC("X-Amz-Security-Token"),
	[CONTENT_SHA256] = SC("X-Amz-Content-Sha256"),
};

struct reader {
	struct arena *arena;
	const struct http_request *request;
	str headers[KNOWN_HEADERS]; /* the first of each, or {0} */
	unsigned counts[KNOWN_HEADERS];
	str service;
	int64_t now_s;
	struct sigv4_claim *claim;
	str terminator;
	str *why;
};

static enum sigv4_fault refuse(struct reader *r, enum sigv4_fault fault, const char *format, ...)
	PRINTF(3, 4);

static enum sigv4_fault refuse(struct reader *r, enum sigv4_fault fault, const char *format, ...)
{
	char text[600];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	*r->why = arena_copy(r->arena, str_of(text));
	return fault;
}

static const char mismatch[] =
	"The request signature we calculated does not match the signature you provided. Check your "
	"AWS Secret Access Key and signing method. Consult the service documentation for details.";

static void find_headers(struct reader *r)
{
	for (size_t i = 0; i < r->request->nheaders; i++) {
		const struct http_header *header = &r->request->headers[i];

		for (size_t k = 0; k < KNOWN_HEADERS; k++)
			if (str_eq_nocase(header->name, known_headers[k]) && !r->counts[k]++)
				r->headers[k] = header->value;
	}
}

/* ---- the header form: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=… */

struct part {
	str name;
	str *value;
	bool seen;
};

static struct part *find_part(struct part *parts, size_t n, str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(parts[i].name, name))
			return &parts[i];
	return NULL;
}

/* The header itself may hold a signature that works: messages show its hash. */
static str header_hash(struct reader *r, str text)
{
	unsigned char hash[SHA256_BYTES];

	sha256(text, hash);
	return base64_write(r->arena, (str){ (const char *)hash, sizeof(hash) });
}

static enum sigv4_fault read_parts(struct reader *r, str text, struct part *parts, size_t n)
{
	for (str rest = text, piece; rest.n;) {
		struct part *part;
		str name, value;

		if (!str_cut(rest, ',', &piece, &rest)) {
			piece = rest;
			rest = (str){ 0 };
		}
		piece = str_trim(piece);
		if (!str_cut(piece, '=', &name, &value))
			return refuse(r, SIGV4_INCOMPLETE,
				"Invalid key=value pair (missing equal-sign) in Authorization "
				"header "
				"(hashed with SHA-256 and encoded with Base64): '%.*s'.",
				STR(header_hash(r, piece)));
		part = find_part(parts, n, name);
		if (!part || part->seen)
			return refuse(r, SIGV4_INCOMPLETE,
				"Authorization header has %s parameter '%.*s'.",
				part ? "more than one" : "an unknown",
				STR(str_head(name, QUOTE_MAX)));
		part->seen = true;
		*part->value = value;
	}
	return SIGV4_FINE;
}

static enum sigv4_fault read_header(struct reader *r, str *credential)
{
	struct sigv4_claim *claim = r->claim;
	struct part parts[] = {
		{ S("Credential"), credential, false },
		{ S("Signature"), &claim->signature, false },
		{ S("SignedHeaders"), &claim->signed_headers, false },
	};
	str value = r->headers[AUTHORIZATION], algorithm = value, rest = { 0 };
	struct buf missing = { .arena = r->arena };
	enum sigv4_fault fault;

	str_cut(value, ' ', &algorithm, &rest);
	if (!str_eq(algorithm, S("AWS4-HMAC-SHA256")))
		return refuse(r, SIGV4_INCOMPLETE, "Unsupported AWS 'algorithm': '%.*s'",
			STR(str_head(algorithm, 32)));
	fault = read_parts(r, rest, parts, COUNT(parts));
	if (fault)
		return fault;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (!parts[i].value->n)
			buf_printf(&missing, "Authorization header requires '%.*s' parameter. ",
				STR(parts[i].name));
	claim->time = r->headers[X_AMZ_DATE];
	if (!claim->time.n)
		claim->time = r->headers[DATE];
	if (!claim->time.n)
		buf_str(&missing, S("Authorization header requires existence of either a "
				    "'X-Amz-Date' or a 'Date' header. "));
	claim->session_token = r->headers[SECURITY_TOKEN];
	if (missing.n)
		return refuse(r, SIGV4_INCOMPLETE,
			"%.*s(Hashed with SHA-256 and encoded with Base64) Authorization=%.*s",
			STR(buf_view(&missing)), STR(header_hash(r, value)));
	return SIGV4_FINE;
}

/* ---- the query form, "presigned" */

/* Each X-Amz- parameter of the query, decoded. Other parameters are the call's. */
static enum sigv4_fault read_parameters(struct reader *r, struct part *parts, size_t n)
{
	for (str rest = r->request->query, piece; rest.n;) {
		struct part *part;
		str name, value = { 0 };

		if (!str_cut(rest, '&', &piece, &rest)) {
			piece = rest;
			rest = (str){ 0 };
		}
		if (!str_cut(piece, '=', &name, &value))
			name = piece;
		if (!uri_decode(r->arena, name, true, &name))
			continue;
		part = find_part(parts, n, name);
		if (!part)
			continue;
		if (part->seen || !uri_decode(r->arena, value, true, part->value))
			return refuse(r, SIGV4_INCOMPLETE,
				"AWS query-string parameter '%.*s' must be given once and be "
				"percent-encoded.",
				STR(part->name));
		part->seen = true;
	}
	return SIGV4_FINE;
}

static enum sigv4_fault read_query(struct reader *r, str *credential)
{
	struct sigv4_claim *claim = r->claim;
	str algorithm = { 0 }, expires = { 0 };
	struct part parts[] = {
		{ S("X-Amz-Algorithm"), &algorithm, false },
		{ S("X-Amz-Credential"), credential, false },
		{ S("X-Amz-Signature"), &claim->signature, false },
		{ S("X-Amz-SignedHeaders"), &claim->signed_headers, false },
		{ S("X-Amz-Date"), &claim->time, false },
		{ S("X-Amz-Expires"), &expires, false },
		{ S("X-Amz-Security-Token"), &claim->session_token, false },
	};
	enum sigv4_fault fault = read_parameters(r, parts, COUNT(parts));
	struct buf missing = { .arena = r->arena };

	claim->presigned = true;
	claim->expires_s = LIMIT_CLOCK_SKEW_S;
	if (fault)
		return fault;
	for (size_t i = 0; i < 5; i++)
		if (!parts[i].value->n)
			buf_printf(&missing, "AWS query-string parameters must include '%.*s'. ",
				STR(parts[i].name));
	if (missing.n && str_eq(r->service, S("s3")))
		return refuse(r, SIGV4_INCOMPLETE,
			"Query-string authentication version 4 requires the X-Amz-Algorithm, "
			"X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
			"X-Amz-Expires parameters.");
	if (missing.n)
		return refuse(r, SIGV4_INCOMPLETE, "%.*sRe-examine the query-string parameters.",
			STR(buf_view(&missing)));
	if (!str_eq(algorithm, S("AWS4-HMAC-SHA256")))
		return refuse(r, SIGV4_INCOMPLETE, "Unsupported AWS 'algorithm': '%.*s'",
			STR(str_head(algorithm, 32)));
	if (expires.n && (!str_u64(expires, EXPIRES_MAX_S, &claim->expires_s) || !claim->expires_s))
		return refuse(r, SIGV4_INCOMPLETE,
			"X-Amz-Expires must be between 1 and 604800 seconds.");
	return SIGV4_FINE;
}

/* ---- step 1: where the signature is, and its parts */

static enum sigv4_fault check_single(struct reader *r)
{
	for (size_t i = 0; i < KNOWN_HEADERS; i++)
		if (r->counts[i] > 1)
			return refuse(r, SIGV4_INCOMPLETE, "Header '%.*s' is given more than once.",
				STR(known_headers[i]));
	return SIGV4_FINE;
}

static bool all_of(str s, const char *more)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && (!s.p[i] || !strchr(more, s.p[i])))
			return false;
	return s.n > 0;
}

static enum sigv4_fault read_credential(struct reader *r, str credential)
{
	struct sigv4_claim *claim = r->claim;
	str *const parts[] = { &claim->access_key_id, &claim->date, &claim->region,
		&claim->service };
	str rest = credential;
	bool five = true;

	for (size_t i = 0; i < COUNT(parts) && five; i++)
		five = str_cut(rest, '/', parts[i], &rest) && parts[i]->n;
	r->terminator = rest;
	if (!five || !rest.n || str_find(rest, S("/")) != SIZE_MAX)
		return refuse(r, SIGV4_INCOMPLETE,
			"Credential must have exactly 5 slash-delimited elements, e.g. "
			"keyid/date/region/service/term, got '%.*s'",
			STR(str_head(credential, QUOTE_MAX)));
	if (claim->access_key_id.n > KEY_ID_MAX || !all_of(claim->access_key_id, "_"))
		return refuse(r, SIGV4_INCOMPLETE,
			"The access key ID in Credential must be 1 to %d letters and digits.",
			KEY_ID_MAX);
	if (claim->session_token.n > TOKEN_MAX)
		return refuse(r, SIGV4_INCOMPLETE, "X-Amz-Security-Token is too long.");
	return SIGV4_FINE;
}

/* Days from 1970-01-01; the year starts in March, so that a leap day is its last. */
static int64_t days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool two_digits(const char *p, int max, int *value)
{
	unsigned ten = (unsigned char)p[0] - (unsigned)'0';
	unsigned one = (unsigned char)p[1] - (unsigned)'0';

	*value = (int)(ten * 10 + one);
	return ten <= 9 && one <= 9 && *value <= max;
}

bool sigv4_time_parse(str text, int64_t *time_s)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	static const struct {
		size_t at;
		int max;
	} places[] = { { 0, 99 }, { 2, 99 }, { 4, 12 }, { 6, 31 }, { 9, 23 }, { 11, 59 },
		{ 13, 59 } };
	int part[COUNT(places)], year, month, day;

	if (text.n != 16 || text.p[8] != 'T' || text.p[15] != 'Z')
		return false;
	for (size_t i = 0; i < COUNT(places); i++)
		if (!two_digits(text.p + places[i].at, places[i].max, &part[i]))
			return false;
	year = part[0] * 100 + part[1];
	month = part[2];
	day = part[3];
	if (!month || !day || day > length[month - 1] + (month == 2 && leap(year)))
		return false;
	*time_s = days(year, month, day) * 86400 + part[4] * 3600 + part[5] * 60 + part[6];
	return true;
}

static enum sigv4_fault read_claim(struct reader *r)
{
	bool in_header, in_query = str_find(r->request->query, S("X-Amz-Algorithm=")) != SIZE_MAX ||
				   str_find(r->request->query, S("X-Amz-Signature=")) != SIZE_MAX;
	str credential = { 0 };
	enum sigv4_fault fault;

	find_headers(r);
	in_header = r->counts[AUTHORIZATION] > 0;
	if (!in_header && !in_query)
		return refuse(r, SIGV4_MISSING, "Request is missing Authentication Token");
	if (in_header && in_query)
		return refuse(r, SIGV4_INCOMPLETE,
			"Only one auth mechanism allowed; only the X-Amz-Algorithm query "
			"parameter, "
			"Signature query string parameter or the Authorization header should be "
			"specified");
	fault = check_single(r);
	if (!fault)
		fault = in_query ? read_query(r, &credential) : read_header(r, &credential);
	if (!fault)
		fault = read_credential(r, credential);
	if (!fault && !sigv4_time_parse(r->claim->time, &r->claim->time_s))
		return refuse(r, SIGV4_INCOMPLETE,
			"Date must be in ISO-8601 'basic format'. Got '%.*s'. See "
			"http://en.wikipedia.org/wiki/ISO_8601",
			STR(str_head(r->claim->time, QUOTE_MAX)));
	return fault;
}

/* ---- step 2: the scope. AWS says all that is wrong with it, one sentence after another. */

static bool is_region(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ascii_lower(s.p[i]))
			return false;
	return s.n <= REGION_MAX && all_of(s, "-") && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

/* A sentence on its own ends as AWS ends it: two of the four with a space. */
static void add_sentence(struct buf *out, str sentence)
{
	if (out->n && out->p[out->n - 1] != ' ')
		buf_char(out, ' ');
	buf_str(out, sentence);
}

static enum sigv4_fault check_scope(struct reader *r)
{
	const struct sigv4_claim *claim = r->claim;
	struct buf out = { .arena = r->arena };
	str day = str_head(claim->time, 8);

	if (!is_region(claim->region))
		add_sentence(&out, S("Credential should be scoped to a valid region. "));
	if (r->service.n && !str_eq(claim->service, r->service))
		add_sentence(&out,
			arena_printf(r->arena,
				"Credential should be scoped to correct service: '%.*s'. ",
				STR(r->service)));
	if (!str_eq(r->terminator, S("aws4_request")))
		add_sentence(&out, arena_printf(r->arena,
					   "Credential should be scoped with a valid terminator: "
					   "'aws4_request', not '%.*s'.",
					   STR(str_head(r->terminator, QUOTE_MAX))));
	if (!str_eq(claim->date, day))
		add_sentence(&out,
			arena_printf(r->arena,
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 "
				"version of date from HTTP: '%.*s' != '%.*s', from '%.*s'.",
				STR(str_head(claim->date, QUOTE_MAX)), STR(day), STR(claim->time)));
	if (!out.n)
		return SIGV4_FINE;
	*r->why = buf_view(&out);
	return SIGV4_SCOPE;
}

/* ---- step 3: what must be signed is signed, and what is signed was sent */

static bool is_signed(str list, str name)
{
	for (str rest = list, one; rest.n;) {
		if (!str_cut(rest, ';', &one, &rest)) {
			one = rest;
			rest = (str){ 0 };
		}
		if (str_eq_nocase(one, name))
			return true;
	}
	return false;
}

static bool is_sorted(str list)
{
	str before = { 0 };

	if (list.n > SIGNED_HEADERS_MAX || !all_of(list, "-_.;") || str_ends(list, S(";")))
		return false;
	for (str rest = list, one; rest.n; before = one) {
		if (!str_cut(rest, ';', &one, &rest)) {
			one = rest;
			rest = (str){ 0 };
		}
		if (str_cmp(before, one) >= 0) /* an empty name is not above {0} either */
			return false;
		for (size_t i = 0; i < one.n; i++)
			if (one.p[i] != ascii_lower(one.p[i]))
				return false;
	}
	return true;
}

static enum sigv4_fault check_signed(struct reader *r)
{
	str list = r->claim->signed_headers;

	if (!is_sorted(list))
		return refuse(r, SIGV4_INCOMPLETE,
			"SignedHeaders must be a sorted list of lower-case header names, each "
			"once, "
			"got '%.*s'",
			STR(str_head(list, QUOTE_MAX)));
	if (!is_signed(list, S("host")))
		return refuse(r, SIGV4_UNSIGNED_HEADER,
			"'Host' or ':authority' must be a 'SignedHeader' in the AWS "
			"Authorization.");
	for (size_t i = 0; i < r->request->nheaders; i++) {
		str name = r->request->headers[i].name;

		if (str_eq_nocase(str_head(name, 6), S("x-amz-")) && !is_signed(list, name))
			return refuse(r, SIGV4_UNSIGNED_HEADER,
				"There were headers present in the request which were not signed");
	}
	return SIGV4_FINE;
}

static bool was_sent(const struct reader *r, str name)
{
	for (size_t i = 0; i < r->request->nheaders; i++)
		if (str_eq_nocase(r->request->headers[i].name, name))
			return true;
	return false;
}

static enum sigv4_fault check_sent(struct reader *r)
{
	str signature = r->claim->signature;
	bool hex = signature.n == SHA256_HEX;

	for (size_t i = 0; i < signature.n && hex; i++)
		hex = (signature.p[i] >= '0' && signature.p[i] <= '9') ||
		      (signature.p[i] >= 'a' && signature.p[i] <= 'f');
	if (!hex)
		return refuse(r, SIGV4_MISMATCH, "%s", mismatch);
	for (str rest = r->claim->signed_headers, name; rest.n;) {
		if (!str_cut(rest, ';', &name, &rest)) {
			name = rest;
			rest = (str){ 0 };
		}
		if (!was_sent(r, name))
			return refuse(r, SIGV4_MISMATCH, "%s", mismatch);
	}
	return SIGV4_FINE;
}

/* ---- step 4: the clock */

static enum sigv4_fault check_time(struct reader *r)
{
	const struct sigv4_claim *claim = r->claim;
	const int64_t skew = LIMIT_CLOCK_SKEW_S;
	int64_t life = claim->presigned ? (int64_t)claim->expires_s : skew;

	if (claim->time_s > r->now_s + skew)
		return refuse(r, SIGV4_NOT_YET,
			"Signature not yet current: %.*s is still later than %.*s (%.*s + 15 min.)",
			STR(claim->time), STR(time_basic(r->arena, r->now_s + skew)),
			STR(time_basic(r->arena, r->now_s)));
	if (r->now_s - claim->time_s <= life)
		return SIGV4_FINE;
	if (claim->presigned)
		return refuse(r, SIGV4_EXPIRED, "Request has expired");
	return refuse(r, SIGV4_EXPIRED,
		"Signature expired: %.*s is now earlier than %.*s (%.*s - 15 min.)",
		STR(claim->time), STR(time_basic(r->arena, r->now_s - skew)),
		STR(time_basic(r->arena, r->now_s)));
}

/* ---- step 5: the payload. Only S3 lets a body go unsigned. */

static enum sigv4_fault check_payload(struct reader *r)
{
	struct sigv4_claim *claim = r->claim;
	bool s3 = str_eq(claim->service, S("s3"));
	str said = r->headers[CONTENT_SHA256];
	unsigned char hash[SHA256_BYTES];

	if (!said.n && s3 && claim->presigned)
		said = S("UNSIGNED-PAYLOAD");
	claim->payload_hash = said;
	if (s3 && str_eq(said, S("UNSIGNED-PAYLOAD")))
		return SIGV4_FINE;
	sha256(r->request->body, hash);
	claim->payload_hash = hex_write(r->arena, hash, sizeof(hash));
	if (said.n && !str_eq(said, claim->payload_hash))
		return refuse(r, SIGV4_PAYLOAD,
			"The provided 'x-amz-content-sha256' header does not match what was "
			"computed.");
	return SIGV4_FINE;
}

enum sigv4_fault sigv4_read(struct arena *arena, const struct http_request *request, str service,
	int64_t now_s, struct sigv4_claim *claim, str *why)
{
	static enum sigv4_fault (*const checks[])(struct reader *) = { read_claim, check_scope,
		check_signed, check_time, check_sent, check_payload };
	struct reader r = { .arena = arena,
		.request = request,
		.service = service,
		.now_s = now_s,
		.claim = claim,
		.why = why };
	enum sigv4_fault fault = SIGV4_FINE;

	*claim = (struct sigv4_claim){ 0 };
	*why = (str){ 0 };
	for (size_t i = 0; i < COUNT(checks) && !fault; i++)
		fault = checks[i](&r);
	return fault;
}
