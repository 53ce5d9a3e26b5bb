/*
 * dispatch.c -- the one way every call takes.
 *
 *   whose protocol? -> who signed? -> what is asked? -> the handler -> commit -> answer -> log
 *
 * The credential scope names the service, and the service its protocol. IAM, STS and EC2 name
 * the operation in the form, EKS and S3 by method and path. Path segments are taken apart while
 * still encoded and decoded once, so that an encoded slash stays inside its segment.
 *
 * A handler only says what should change. It is committed here, and only if the handler said
 * yes and some allow() said yes: forgetting to ask is an internal error, never an open door.
 */
#include "account/account.h"

#include "base/os.h"

#include <stdio.h>
#include <string.h>

#define GET    "GET"
#define HEAD   "HEAD"
#define PUT    "PUT"
#define POST   "POST"
#define DELETE "DELETE"

static const struct route routes[] = {
#define ROW(key, service, operation, method, path, function) \
	{ SC(service), SC(operation), SC(method), SC(path), function },
#include "gen/routes.inc"
#undef ROW
};

static const struct service {
	str name;
	enum protocol protocol;
	str version; /* of its API; {0}: any */
} services[] = {
	{ SC("iam"), PROTOCOL_QUERY, SC("2010-05-08") },
	{ SC("sts"), PROTOCOL_QUERY, SC("2011-06-15") },
	{ SC("ec2"), PROTOCOL_EC2, SC("2016-11-15") },
	{ SC("eks"), PROTOCOL_JSON, { 0 } },
	{ SC("s3"), PROTOCOL_S3, { 0 } },
};

static const struct service *find_service(str name)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (str_eq(services[i].name, name))
			return &services[i];
	return NULL;
}

bool call_service(struct call *call, str service)
{
	const struct service *found = find_service(service);

	if (!found)
		return false;
	call->service = found->name;
	call->protocol = found->protocol;
	return true;
}

/* Before a signature says so, by the host's first part (iam.amazonaws.com), the form's API
 * version, and the path. It decides only how a refusal is worded. */
void guess_service(struct call *call)
{
	const struct http_request *http = call->http;
	str host = http_get_header(http->headers, http->nheaders, S("host")), first = host, rest;

	call_service(call, S("iam"));
	str_cut(host, '.', &first, &rest);
	if (call_service(call, first))
		return;
	for (size_t i = 0; i < COUNT(services); i++) {
		str version = services[i].version;

		if (version.n && (str_find(http->body, version) != SIZE_MAX ||
					 str_find(http->query, version) != SIZE_MAX)) {
			call_service(call, services[i].name);
			return;
		}
	}
	if (str_starts(http->path, S("/clusters")) || str_starts(http->path, S("/addons")))
		call_service(call, S("eks"));
	else if (!str_eq(http->path, S("/")) ||
		 (str_eq(http->method, S("GET")) &&
			 str_find(http->query, S("Action=")) == SIZE_MAX))
		call_service(call, S("s3")); /* GET / lists buckets */
}

/* A sentence repeats what was sent, up to a number of bytes: a character that was cut there would
 * make the answer no JSON at all. */
static str whole_characters(struct arena *arena, str text)
{
	struct buf out = { .arena = arena };
	size_t n;

	if (is_utf8(text))
		return arena_copy(arena, text);
	for (size_t i = 0; i < text.n; i += n) {
		for (n = 1; n < 4 && n < text.n - i && !is_utf8((str){ text.p + i, n }); n++)
			continue;
		if (is_utf8((str){ text.p + i, n })) {
			buf_str(&out, (str){ text.p + i, n });
			continue;
		}
		buf_str(&out, S("\xEF\xBF\xBD")); /* U+FFFD */
		n = 1;
	}
	return buf_view(&out);
}

bool refuse(struct call *call, enum fault_id fault, const char *format, ...)
{
	char text[8192]; /* JSON services repeat the whole canonical request */
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(text))
		n = (int)sizeof(text) - 1;
	call->fault = fault;
	call->fault_message = whole_characters(call->arena, (str){ text, (size_t)n });
	return false;
}

/* ---- parameters. */

static bool read_form(struct call *call)
{
	static const str signing[] = { SC("X-Amz-Algorithm"), SC("X-Amz-Credential"),
		SC("X-Amz-Date"), SC("X-Amz-Expires"), SC("X-Amz-SignedHeaders"),
		SC("X-Amz-Security-Token"), SC("X-Amz-Signature") };
	struct err err;

	if (!form_parse(call->arena, call_form(call), &call->input, &err))
		return refuse(call, FAULT_MALFORMED_QUERY, "%s", err.text);
	for (size_t i = 0; i < COUNT(signing) && call->http->query.n; i++)
		json_remove(call->input, signing[i]);
	return true;
}

/* One "name=value" of a query string; a name given again makes a list. */
static bool read_query_part(struct call *call, str part)
{
	str name = part, value = { 0 };
	struct json *before, *list, *text;

	str_cut(part, '=', &name, &value);
	if (!uri_decode(call->arena, name, false, &name) ||
		!uri_decode(call->arena, value, true, &value) || !is_utf8(name) || !is_utf8(value))
		return refuse(call, FAULT_MALFORMED_QUERY, "The query string is malformed");
	text = json_new_str(call->arena, value);
	before = json_get(call->input, name);
	if (!before) {
		json_put(call->input, name, text);
	} else if (before->type == JSON_ARRAY) {
		json_push(before, text);
	} else {
		list = json_new(call->arena, JSON_ARRAY);
		json_push(list, json_new_str(call->arena, before->text));
		json_push(list, text);
		json_put(call->input, name, list);
	}
	return true;
}

static bool read_query(struct call *call)
{
	str rest = call->http->query, part;

	for (size_t n = 0; rest.n; n++) {
		if (n == LIMIT_PARAMS)
			return refuse(call, FAULT_MALFORMED_QUERY, "The query string is too long");
		if (!str_cut(rest, '&', &part, &rest)) {
			part = rest;
			rest = (str){ 0 };
		}
		if (part.n && !str_starts(part, S("X-Amz-")) && !read_query_part(call, part))
			return false;
	}
	return true;
}

/* The body's members win over the query's, and the path's over both. */
static bool read_json(struct call *call)
{
	struct json *body, *member;
	struct err err;

	call->input = json_new(call->arena, JSON_OBJECT);
	if (!read_query(call))
		return false;
	if (call->protocol != PROTOCOL_JSON || !call->http->body.n)
		return true;
	if (!json_parse(call->arena, call->http->body, LIMIT_JSON_BYTES, &body, &err))
		return refuse(call, FAULT_MALFORMED_QUERY, "%s", err.text);
	if (body->type != JSON_OBJECT)
		return refuse(call, FAULT_MALFORMED_QUERY, "The body is not a JSON object");
	while ((member = body->first)) {
		str name = member->name;
		struct json *copy = json_clone(call->arena, member);

		json_remove(body, name);
		json_put(call->input, name, copy);
	}
	return true;
}

/* ---- routes by path. */

/* Takes the first segment off a path. */
static bool next_segment(str *path, str *segment)
{
	str rest;

	if (!path->n || path->p[0] != '/')
		return false;
	rest = str_from(*path, 1);
	*segment = rest;
	if (str_cut(rest, '/', segment, &rest))
		*path = (str){ rest.p - 1, rest.n + 1 };
	else
		*path = (str){ 0 };
	return true;
}

static bool is_parameter(str segment)
{
	return segment.n > 2 && segment.p[0] == '{';
}

static bool path_fits(str template, str path)
{
	str want, got;

	while (template.n) {
		if (!next_segment(&template, &want) || !next_segment(&path, &got))
			return false;
		if (is_parameter(want) ? !got.n : !str_eq(want, got))
			return false;
	}
	return !path.n;
}

static bool bind_path(struct call *call, str template, str path)
{
	str want, got, value;

	while (next_segment(&template, &want) && next_segment(&path, &got)) {
		if (!is_parameter(want))
			continue;
		if (!uri_decode(call->arena, got, false, &value) || !is_utf8(value))
			return refuse(call, FAULT_MALFORMED_QUERY, "The path is malformed");
		json_put_str(call->arena, call->input, (str){ want.p + 1, want.n - 2 }, value);
	}
	return true;
}

/* S3's "?location" asks for that parameter; without one, there must be none at all: a PUT of
 * ?policy is not the making of a bucket. SDKs add x-id, which says nothing. */
static bool query_fits(const struct call *call, str wanted)
{
	if (call->protocol != PROTOCOL_S3)
		return true;
	if (wanted.n)
		return json_get(call->input, wanted) != NULL;
	JSON_EACH(given, call->input)
	{
		if (!str_eq(given->name, S("x-id")))
			return false;
	}
	return true;
}

static const struct route *route_by_path(struct call *call, str *template)
{
	str path = call->http->path;

	if (call->protocol == PROTOCOL_S3 && path.n > 1 && str_ends(path, S("/")))
		path.n--; /* JavaScript's SDK writes /bucket/?location= */
	for (size_t i = 0; i < COUNT(routes); i++) {
		str wanted = { 0 };

		*template = routes[i].path;
		str_cut(routes[i].path, '?', template, &wanted);
		if (str_eq(routes[i].service, call->service) &&
			str_eq(routes[i].method, call->http->method) &&
			path_fits(*template, path) && query_fits(call, wanted))
			return &routes[i];
	}
	return NULL;
}

/* A path with an empty segment, "." or ".." means something else to whoever tidies it up first:
 * it is refused before it means anything here. S3's keys may hold such segments. */
static bool check_segments(struct call *call)
{
	str path = call->http->path, segment;

	while (call->protocol == PROTOCOL_JSON && next_segment(&path, &segment)) {
		if (!uri_decode(call->arena, segment, false, &segment) || !segment.n ||
			str_eq(segment, S(".")) || str_eq(segment, S("..")))
			return refuse(call, FAULT_MALFORMED_QUERY, "The path is malformed");
	}
	return true;
}

static bool find_by_path(struct call *call)
{
	str path = call->http->path, template;

	if (!check_segments(call) || !read_json(call))
		return false;
	call->route = route_by_path(call, &template);
	if (!call->route && call->protocol == PROTOCOL_S3)
		return refuse(call, FAULT_INVALID_ACTION,
			"The specified method is not allowed against this resource.");
	if (!call->route)
		return refuse(call, FAULT_INVALID_ACTION, "No operation answers %.*s %.*s",
			STR(call->http->method), STR(str_head(path, 256)));
	return bind_path(call, template, path);
}

/* ---- routes by the form's Action. */

/* Where to look for an operation first; the next places are for those that found it taken. */
static size_t operation_place(str operation)
{
	return str_hash(operation) % OPERATION_PLACES;
}

_Static_assert(COUNT(routes) <= OPERATION_PLACES / 2, "half of the places stay free");

void operations_place(struct account *account)
{
	for (size_t i = 0; i < COUNT(routes); i++) {
		size_t at = operation_place(routes[i].operation);
		struct operation *operation;

		while (account->operations[at].route)
			at = (at + 1) % OPERATION_PLACES;
		operation = &account->operations[at];
		operation->route = &routes[i];
		if (find_service(routes[i].service)->protocol == PROTOCOL_QUERY)
			operation->parameters =
				find_parameters(routes[i].operation, &operation->nparameters);
	}
}

static void find_operation(struct call *call, str action)
{
	const struct operation *places = call->account->operations;
	size_t at = operation_place(action);

	for (; places[at].route; at = (at + 1) % OPERATION_PLACES) {
		if (!str_eq(places[at].route->operation, action) ||
			!str_eq(places[at].route->service, call->service))
			continue;
		call->route = places[at].route;
		call->parameters = places[at].parameters;
		call->nparameters = places[at].nparameters;
		return;
	}
}

static bool find_by_action(struct call *call)
{
	str action, version;

	if (!read_form(call))
		return false;
	action = str_head(get_str(call, S("Action")), 128);
	version = str_head(get_str(call, S("Version")), 32);
	if (str_eq(call->http->path, S("/")) &&
		(str_eq(call->http->method, S("POST")) || str_eq(call->http->method, S("GET"))) &&
		str_eq(version, find_service(call->service)->version))
		find_operation(call, action);
	if (call->route)
		return true;
	if (call->protocol == PROTOCOL_EC2)
		return refuse(call, FAULT_INVALID_ACTION,
			"The action %.*s is not valid for this web service.", STR(action));
	return refuse(call, FAULT_INVALID_ACTION, "Could not find operation %.*s for version %.*s",
		STR(action), STR(version));
}

/* ---- the call. */

void call_header(struct call *call, str name, str value)
{
	/* A copy: the value may lie in a record, and records_release comes before the sending. */
	http_add_header(call->arena, &call->headers, &call->nheaders, &call->cap_headers, name,
		arena_copy(call->arena, value));
}

void call_put(struct call *call, str key, const struct json *value)
{
	change_put(&call->changes, key, value);
}

void call_delete(struct call *call, str key)
{
	change_delete(&call->changes, key);
}

void call_needs_no_permission(struct call *call)
{
	call->authorized = true;
}

static bool find_route(struct call *call)
{
	return call->protocol == PROTOCOL_JSON || call->protocol == PROTOCOL_S3
		       ? find_by_path(call)
		       : find_by_action(call);
}

/* A call without a signature gets to the one operation that takes none, and nowhere else. */
static bool may_be_unsigned(struct call *call)
{
	return call->identity.caller.type != CALLER_ANONYMOUS ||
	       call->route->run == sts_assume_role_with_web_identity ||
	       refuse(call, FAULT_MISSING_AUTHENTICATION,
		       "Request is missing Authentication Token");
}

static bool run_handler(struct call *call)
{
	call->output = json_new(call->arena, JSON_OBJECT);
	if (call->protocol == PROTOCOL_QUERY && !check_parameters(call))
		return false;
	if (!call->route->run(call) || call->fault != FAULT_NONE) {
		if (call->fault == FAULT_NONE)
			refuse(call, FAULT_INTERNAL, "The request was refused without a reason.");
		return false;
	}
	return call->authorized ||
	       refuse(call, FAULT_INTERNAL, "The request was not authorized by anybody.");
}

static bool not_stored(struct call *call, const struct err *err)
{
	log_line(LOG_ERROR, "commit", "why=%.*s", STR(log_quote(call->arena, str_of(err->text))));
	if (err->code == ERR_LIMIT)
		return refuse(call, FAULT_LIMIT_EXCEEDED,
			"The entity would be larger than this server keeps.");
	return refuse(call, FAULT_INTERNAL, "The change could not be stored.");
}

static bool commit(struct call *call)
{
	struct err err;

	if (call->changes.n && !event_log_ready(call))
		return false;
	return (call->gathers ? records_stage(call->account, &call->changes, &err)
			      : records_commit(call->account, &call->changes, &err)) ||
	       not_stored(call, &err);
}

static void log_call(struct call *call, unsigned status, uint64_t ns)
{
	struct arena *arena = call->arena;
	str operation = call->route ? call->route->operation : S("?");
	str caller = call->identity.caller.arn;
	const char *decision = call->fault == FAULT_NONE            ? "allow"
			       : call->fault == FAULT_ACCESS_DENIED ? "deny"
								    : "refuse";
	struct buf more = { .arena = arena };

	if (call->fault != FAULT_NONE)
		WRITE(&more, S(" code="), str_of(fault_code(call->protocol, call->fault)));
	if (call->denied.n)
		WRITE(&more, S(" by="), log_quote(arena, call->denied));
	LOG(LOG_INFO, "call", S("operation="), call->service, S(":"), operation, S(" caller="),
		caller.n ? log_quote(arena, caller) : S("-"), S(" decision="), str_of(decision),
		arena_printf(arena, " status=%u ms=%u.%03u", status, (unsigned)(ns / 1000000),
			(unsigned)(ns / 1000 % 1000)),
		buf_view(&more), S(" id="), call->request_id);
}

static str new_request_id(struct call *call)
{
	unsigned char bytes[UUID_BYTES];

	random_take(keys_random(call->account->keys), bytes, sizeof(bytes));
	return uuid_write(call->arena, bytes);
}

/* Who asks, and for what. A request that is signed right is a use, also one for an operation that
 * there is not. */
static bool identify(struct call *call)
{
	bool found;

	if (!authenticate(call))
		return false;
	found = find_route(call);
	last_used_note(call);
	return found;
}

static void run(struct call *call)
{
	call->now_s = now_s();
	call->request_id = new_request_id(call);
	call->changes.arena = call->arena;
	*call->response = (struct http_response){ 0 };
	if (identify(call) && may_be_unsigned(call) && run_handler(call))
		commit(call);
	answer(call, call->response);
}

/* Once more, with nothing left of the first time. */
static void run_again(struct call *call)
{
	*call = (struct call){
		.arena = call->arena,
		.account = call->account,
		.http = call->http,
		.response = call->response,
		.started_ns = call->started_ns,
	};
	run(call);
}

static void finish(struct call *call)
{
	uint64_t ns = monotonic_ns() - call->started_ns;

	log_call(call, call->response->status, ns);
	event_write(call, call->response->status);
	meter_call(call, ns);
}

static struct call *call_new(struct account *account, struct arena *arena,
	const struct http_request *request, struct http_response *response)
{
	struct call *call = NEW(arena, struct call);

	call->arena = arena;
	call->account = account;
	call->http = request;
	call->response = response;
	call->started_ns = monotonic_ns();
	return call;
}

void account_handle(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response)
{
	struct call *call = call_new(context, arena, request, response);

	run(call);
	finish(call);
	records_release(call->account);
}

/* ---- many calls, one commit. */

/* Whoever saw a change that is not on the disk waits as well: he may not tell of it either. */
void account_gather(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response)
{
	struct account *account = context;
	struct call *call = call_new(account, arena, request, response);

	call->gathers = true;
	run(call);
	if (!account->nstaged) {
		finish(call);
		return;
	}
	response->waits = true;
	if (!account->waiting)
		account->last_waiting = &account->waiting;
	*account->last_waiting = call;
	account->last_waiting = &call->next;
}

/* Together or, if that fails, one by one: a change that the disk refuses is then refused to the
 * one who asked for it, and those who only read are answered from what is stored. */
void account_settle(void *context)
{
	struct account *account = context;
	struct call *waiting = account->waiting, *next;
	struct err err;
	bool good;

	records_release(account);
	good = records_settle(account, &err);
	account->waiting = NULL;
	for (struct call *call = waiting; call; call = next) {
		next = call->next;
		if (!good)
			run_again(call);
		finish(call);
	}
}
