/*
 * sign.c -- `deputy sign`: how a request is signed, step by step, for finding out why a
 * signature does not match.
 *
 * A request is put together from a URL and options, or read from a file as it was sent. One that
 * carries an Authorization header is checked, any other is signed: by the same code as the
 * client's and the account's. The secret key comes from the environment only, so that it stands
 * neither in a process list nor in a shell's history.
 */
#include "base/os.h"
#include "cli/cli.h"
#include "wire/wire.h"

#include <string.h>

static const struct option_row options[] = {
	{ "request", "FILE",
		"the request as it is sent: request line, headers, an empty line, body" },
	{ "method", "METHOD", "GET, or POST where there is a body" },
	{ "header", "NAME:VALUE...", "a header; may be given again" },
	{ "body", "FILE", "the body" },
	{ "service", "NAME", "that the signature names; else the host's first part" },
	{ "region", "NAME", "likewise; else the host's second part, AWS_REGION, us-east-1" },
	{ "time", "TIME", "20261124T070544Z; else now, and for a check that of the request" },
	{ "compare", "FILE", "another canonical request: say which line differs" },
};

/* ---- the request */

static bool not_a_header(str line, struct err *err)
{
	return fail(err, ERR_USAGE, 0, "\"%.*s\" is no header: NAME:VALUE was expected",
		STR(str_head(line, 60)));
}

static bool add_header(struct arena *arena, struct http_request *request, str line, struct err *err)
{
	str name, value;

	if (!str_cut(line, ':', &name, &value) || name.n == 0)
		return not_a_header(line, err);
	http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers, name,
		str_trim(value));
	return true;
}

static bool next_line(str *text, str *line)
{
	if (!text->n)
		return false;
	if (!str_cut(*text, '\n', line, text)) {
		*line = *text;
		*text = (str){ 0 };
	}
	if (str_ends(*line, S("\r")))
		line->n--;
	return true;
}

/* METHOD TARGET HTTP/1.1, headers, an empty line, the body. Files may end lines with LF alone. */
static bool parse_request(struct arena *arena, str text, struct http_request *request,
	struct err *err)
{
	str line = { 0 }, target, version;

	if (!next_line(&text, &line) || !str_cut(line, ' ', &request->method, &target))
		return fail(err, ERR_SYNTAX, 0, "\"METHOD TARGET HTTP/1.1\" was expected");
	if (str_cut(target, ' ', &target, &version) && !str_starts(version, S("HTTP/")))
		return fail(err, ERR_SYNTAX, 0, "\"METHOD TARGET HTTP/1.1\" was expected");
	if (!str_starts(target, S("/")))
		return fail(err, ERR_SYNTAX, 0, "the target must begin with a slash");
	http_set_target(request, target);
	while (next_line(&text, &line) && line.n)
		if (!add_header(arena, request, line, err))
			return false;
	request->body = text;
	return true;
}

/* scheme://host[:port][/path][?query]; the port that the scheme has anyway is not sent. */
static bool parse_url(struct arena *arena, str url, struct http_request *request, struct err *err)
{
	size_t at = str_find(url, S("://")), end;
	str scheme = str_head(url, at), rest, host;

	if (!str_eq(scheme, S("https")) && !str_eq(scheme, S("http")))
		return fail(err, ERR_USAGE, 0, "\"%.*s\" is no URL: https://HOST/PATH was expected",
			STR(str_head(url, 60)));
	rest = str_from(url, at + 3);
	for (end = 0; end < rest.n && rest.p[end] != '/' && rest.p[end] != '?';)
		end++;
	host = str_head(rest, end);
	if (str_ends(host, str_eq(scheme, S("https")) ? S(":443") : S(":80")))
		host.n -= strlen(str_eq(scheme, S("https")) ? ":443" : ":80");
	if (host.n == 0)
		return fail(err, ERR_USAGE, 0, "the URL has no host");
	rest = str_from(rest, end);
	http_set_target(request,
		str_starts(rest, S("/")) ? rest : arena_printf(arena, "/%.*s", STR(rest)));
	http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers,
		S("Host"), host);
	return true;
}

static bool read_request(struct arena *arena, const struct arguments *arguments,
	struct http_request *request, struct err *err)
{
	str path = option_value(arguments, "request"), body = option_value(arguments, "body"), text;

	if ((path.n != 0) == (arguments->nwords != 0) || arguments->nwords > 1)
		return fail(err, ERR_USAGE, 0, "a URL or --request FILE is needed, and not both");
	if (body.n && !file_read(arena, body, LIMIT_BODY_BYTES, &request->body, err))
		return false;
	if (path.n && !file_read(arena, path, LIMIT_BODY_BYTES + LIMIT_HEADER_BYTES, &text, err))
		return false;
	if (path.n ? !parse_request(arena, text, request, err)
		   : !parse_url(arena, str_of(arguments->words[0]), request, err))
		return false;
	for (size_t i = 0; option_value_at(arguments, "header", i).p; i++)
		if (!add_header(arena, request, option_value_at(arguments, "header", i), err))
			return false;
	if (option_given(arguments, "method"))
		request->method = option_value(arguments, "method");
	else if (!request->method.n)
		request->method = request->body.n ? S("POST") : S("GET");
	if (!http_get_header(request->headers, request->nheaders, S("Host")).n)
		return fail(err, ERR_USAGE, 0, "the request has no Host header");
	return true;
}

/* ---- what else a signature needs */

/* sts.us-west-2.amazonaws.com is service and region; iam.amazonaws.com has no region, and
 * bucket.s3.us-west-2.amazonaws.com has a bucket in front. */
static void scope_of_host(str host, str *service, str *region)
{
	size_t s3 = str_find(host, S(".s3."));
	str rest;

	*service = *region = (str){ 0 };
	if (s3 != SIZE_MAX)
		host = str_from(host, s3 + 1);
	if (str_find(host, S(".amazonaws.com")) == SIZE_MAX)
		return;
	if (str_cut(host, '.', service, &rest) && !str_starts(rest, S("amazonaws.com")))
		str_cut(rest, '.', region, &rest);
}

static bool find_scope(const struct arguments *arguments, const struct http_request *request,
	str *service, str *region, struct err *err)
{
	scope_of_host(http_get_header(request->headers, request->nheaders, S("Host")), service,
		region);
	if (option_given(arguments, "service"))
		*service = option_value(arguments, "service");
	if (option_given(arguments, "region"))
		*region = option_value(arguments, "region");
	if (!region->n)
		*region = env_get("AWS_REGION");
	if (!region->n)
		*region = S("us-east-1");
	return service->n ||
	       fail(err, ERR_USAGE, 0, "--service is needed: the host does not say it");
}

static bool find_secret(struct credentials *credentials, struct err *err)
{
	credentials->access_key_id = env_get("AWS_ACCESS_KEY_ID");
	credentials->secret_access_key = env_get("AWS_SECRET_ACCESS_KEY");
	credentials->session_token = env_get("AWS_SESSION_TOKEN");
	return credentials->secret_access_key.n ||
	       fail(err, ERR_USAGE, 0,
		       "the secret key is read from the environment: set AWS_SECRET_ACCESS_KEY");
}

static bool find_time(const struct arguments *arguments, int64_t *time_s, struct err *err)
{
	str time = option_value(arguments, "time");

	*time_s = now_s();
	return !time.n || sigv4_time_parse(time, time_s) ||
	       fail(err, ERR_USAGE, 0, "--time: \"%.*s\" is not like 20261124T070544Z",
		       STR(str_head(time, 40)));
}

/* ---- output */

static void print_trace(struct arena *arena, const struct sigv4_trace *trace)
{
	struct buf out = { .arena = arena };

	buf_printf(&out, "Canonical request:\n%.*s\n\nString to sign:\n%.*s\n\nSignature:\n%.*s\n",
		STR(trace->canonical_request), STR(trace->string_to_sign), STR(trace->signature));
	out_str(buf_view(&out));
}

static bool compare(struct arena *arena, str own, str path, struct err *err)
{
	str other, a, b;
	bool more_a, more_b;

	if (!file_read(arena, path, LIMIT_BODY_BYTES, &other, err))
		return false;
	other = str_trim(other);
	for (size_t line = 1;; line++) {
		a = b = (str){ 0 };
		more_a = next_line(&own, &a);
		more_b = next_line(&other, &b);
		if (!more_a && !more_b)
			break;
		if (str_eq(a, b) && more_a == more_b)
			continue;
		return fail(err, ERR_DENIED, 0, "line %zu differs: here \"%.*s\", there \"%.*s\"",
			line, STR(str_head(a, 120)), STR(str_head(b, 120)));
	}
	out_str(S("\nThe canonical requests are the same.\n"));
	return true;
}

static bool print_signed(struct arena *arena, const struct arguments *arguments,
	struct http_request *request, struct err *err)
{
	struct credentials credentials;
	struct sigv4_trace trace;
	str service, region;
	int64_t time_s;

	if (!find_secret(&credentials, err) || !find_time(arguments, &time_s, err) ||
		!find_scope(arguments, request, &service, &region, err))
		return false;
	if (!credentials.access_key_id.n)
		return fail(err, ERR_USAGE, 0, "set AWS_ACCESS_KEY_ID in the environment");
	sigv4_sign(arena, request, &credentials, region, service, time_s, &trace);
	print_trace(arena, &trace);
	out_str(S("\nHeaders:\n"));
	for (size_t i = 0; i < request->nheaders; i++)
		out_str(arena_printf(arena, "%.*s: %.*s\n", STR(request->headers[i].name),
			STR(request->headers[i].value)));
	return !option_given(arguments, "compare") ||
	       compare(arena, trace.canonical_request, option_value(arguments, "compare"), err);
}

/* An old request is read as of its own time, after saying that it is old. */
static bool read_claim(struct arena *arena, const struct arguments *arguments,
	const struct http_request *request, struct sigv4_claim *claim, struct err *err)
{
	enum sigv4_fault fault;
	int64_t time_s;
	str why;

	if (!find_time(arguments, &time_s, err))
		return false;
	fault = sigv4_read(arena, request, option_value(arguments, "service"), time_s, claim, &why);
	if ((fault == SIGV4_EXPIRED || fault == SIGV4_NOT_YET) &&
		!option_given(arguments, "time")) {
		out_str(arena_printf(arena, "Note: %.*s\n\n", STR(why)));
		time_s = claim->time_s;
		fault = sigv4_read(arena, request, option_value(arguments, "service"), time_s,
			claim, &why);
	}
	return !fault || fail(err, ERR_DENIED, 0, "%.*s", STR(why));
}

static bool print_checked(struct arena *arena, const struct arguments *arguments,
	const struct http_request *request, struct err *err)
{
	struct credentials credentials;
	struct sigv4_claim claim;
	struct sigv4_trace trace;
	bool good;

	if (!find_secret(&credentials, err) || !read_claim(arena, arguments, request, &claim, err))
		return false;
	good = sigv4_matches(arena, request, &claim, credentials.secret_access_key, &trace);
	print_trace(arena, &trace);
	if (option_given(arguments, "compare") &&
		!compare(arena, trace.canonical_request, option_value(arguments, "compare"), err))
		return false;
	if (good) {
		out_str(S("\nThe request's signature is good.\n"));
		return true;
	}
	return fail(err, ERR_DENIED, 0,
		"the request's signature is another: %.*s. The secret key is not the signer's, or "
		"the "
		"request was signed differently (--compare with its canonical request says where)",
		STR(claim.signature));
}

static bool run(struct arena *arena, const struct arguments *arguments, struct err *err)
{
	struct http_request request = { 0 };

	if (!read_request(arena, arguments, &request, err))
		return false;
	if (http_get_header(request.headers, request.nheaders, S("Authorization")).n ||
		str_find(request.query, S("X-Amz-Signature=")) != SIZE_MAX)
		return print_checked(arena, arguments, &request, err);
	return print_signed(arena, arguments, &request, err);
}

const struct command command_sign = {
	.name = "sign",
	.usage = "sign [OPTION]... URL | --request FILE",
	.summary = "show how a request is signed, or why its signature does not match",
	.about =
		"Prints the canonical request, the string to sign, the signature and the headers "
		"of a\n"
		"request signed with Signature Version 4. A request that has an Authorization "
		"header\n"
		"or is presigned is checked instead: exit status 1 when AWS would refuse it.\n"
		"\n"
		"The keys come from the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and\n"
		"AWS_SESSION_TOKEN. The secret key is never printed; a session token is, since it "
		"is\n"
		"one of the signed headers.",
	.example = "$ export AWS_ACCESS_KEY_ID=AKIDEXAMPLE\n"
		   "$ export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n"
		   "$ deputy sign --time 20150830T123600Z \\\n"
		   "    --header 'Content-Type:application/x-www-form-urlencoded; charset=utf-8' "
		   "\\\n"
		   "    'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'\n"
		   "...\n"
		   "Signature:\n"
		   "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7\n",
	.options = options,
	.noptions = COUNT(options),
	.run = run,
};
