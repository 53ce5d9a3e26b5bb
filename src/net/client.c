/*
 * client.c -- the one signed-request path: every call of every party to a service goes through
 * client_call(). The only file that knows libcurl, which is the transport and nothing else: it
 * gets the target, the headers and the signature as they are to be sent.
 *
 *   call --write_request--> request --sigv4_sign--> send --read_answer--> answer
 *                               ^                     |
 *                               +---- try again ------+
 */
#include "net/net.h"

#include "base/os.h"

#include <curl/curl.h>
#include <string.h>
#include <time.h>

enum { TRIES = 3, TIMEOUT_MS = 30000, CONNECT_MS = 10000, BACKOFF_MS = 50 };

enum protocol { QUERY, EC2, JSON, S3 };

struct service {
	str name;
	enum protocol protocol;
};

static const struct service services[] = {
	{ SC("iam"), QUERY },
	{ SC("sts"), QUERY },
	{ SC("ec2"), EC2 },
	{ SC("eks"), JSON },
	{ SC("s3"), S3 },
};

struct endpoint {
	const char *key, *host, *signing, *version;
};

static const struct endpoint endpoints[] = {
#define ROW(key, host, signing, version) { key, host, signing, version },
#include "gen/endpoints.inc"
#undef ROW
};

struct client {
	struct arena arena; /* holds the client itself */
	str endpoint, region, ca_file;
	unsigned timeout_ms;
	CURL *curl;
};

struct client *client_open(const struct client_options *options)
{
	struct arena arena = { 0 };
	struct client *client = NEW(&arena, struct client);

	client->arena = arena;
	client->endpoint = arena_copy(&client->arena, options->endpoint);
	if (str_ends(client->endpoint, S("/")))
		client->endpoint.n--;
	client->region = arena_copy(&client->arena, options->region);
	client->ca_file = arena_copy(&client->arena, options->ca_file);
	client->timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	client->curl = curl_easy_init();
	return client;
}

void client_close(struct client *client)
{
	struct arena arena;

	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	curl_global_cleanup();
	arena = client->arena;
	arena_free(&arena);
}

/* ---- where to */

struct place {
	str url;    /* scheme, host and port */
	str host;   /* as the Host header has it */
	str region; /* that the signature names */
	bool loopback;
};

static str partition_of(str region)
{
	return str_starts(region, S("cn-"))       ? S("aws-cn")
	       : str_starts(region, S("us-gov-")) ? S("aws-us-gov")
						  : S("aws");
}

static const struct endpoint *find_endpoint(struct arena *arena, str service, str region)
{
	str key = arena_printf(arena, "%.*s/%.*s", STR(service), STR(partition_of(region)));

	for (size_t i = 0; i < COUNT(endpoints); i++)
		if (str_eq(str_of(endpoints[i].key), key))
			return &endpoints[i];
	return NULL;
}

static str with_region(struct arena *arena, const char *template, str region)
{
	str text = str_of(template);
	size_t at = str_find(text, S("{region}"));

	if (at == SIZE_MAX)
		return text;
	return arena_printf(arena, "%.*s%.*s%.*s", STR(str_head(text, at)), STR(region),
		STR(str_from(text, at + strlen("{region}"))));
}

/* A region becomes part of a host name: nothing but a region may be in it. */
static bool is_region(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= 32;
}

static bool is_loopback(str host)
{
	return str_starts(host, S("127.")) || str_starts(host, S("localhost")) ||
	       str_starts(host, S("[::1]"));
}

static bool is_host(str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!ascii_alnum(host.p[i]) &&
			str_find(S("-._:[]"), (str){ &host.p[i], 1 }) == SIZE_MAX)
			return false;
	return host.n > 0;
}

static bool find_place(struct arena *arena, const struct client *client,
	const struct endpoint *endpoint, struct place *place, struct err *err)
{
	if (!is_region(client->region))
		return fail(err, ERR_USAGE, 0, "'%.*s' is not a region",
			STR(str_head(client->region, 40)));
	place->region = client->region;
	place->url = client->endpoint;
	if (!client->endpoint.n) {
		place->host = with_region(arena, endpoint->host, client->region);
		place->url = arena_printf(arena, "https://%.*s", STR(place->host));
		place->region = with_region(arena, endpoint->signing, client->region);
	} else if (str_starts(client->endpoint, S("http://"))) {
		place->host = str_from(client->endpoint, strlen("http://"));
	} else if (str_starts(client->endpoint, S("https://"))) {
		place->host = str_from(client->endpoint, strlen("https://"));
	}
	place->loopback = is_loopback(place->host);
	return is_host(place->host) ||
	       fail(err, ERR_USAGE, 0,
		       "'%.*s' is not an endpoint: write http://HOST:PORT or https://HOST:PORT",
		       STR(str_head(client->endpoint, 100)));
}

/* ---- what to send */

static void add(struct arena *arena, struct http_request *request, str name, str value)
{
	http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers, name,
		value);
}

static str write_form(struct arena *arena, const struct api_call *call,
	const struct endpoint *endpoint, bool flat)
{
	struct buf out = { .arena = arena };

	buf_printf(&out, "Action=%.*s&Version=%s", STR(call->operation), endpoint->version);
	if (call->input)
		form_write(&out, call->input, flat);
	return buf_view(&out);
}

static str write_json(struct arena *arena, const struct json *input)
{
	struct buf out = { .arena = arena };

	if (input)
		json_write(&out, input);
	return buf_view(&out);
}

/* All of a request but what signing adds. */
static struct http_request write_request(struct arena *arena, const struct api_call *call,
	enum protocol protocol, const struct endpoint *endpoint, str host)
{
	struct http_request request = { .method = call->method, .body = call->body };
	str type = { 0 };

	switch (protocol) {
	case QUERY:
	case EC2:
		request.method = S("POST");
		request.body = write_form(arena, call, endpoint, protocol == EC2);
		type = S("application/x-www-form-urlencoded; charset=utf-8");
		break;
	case JSON:
		request.body = write_json(arena, call->input);
		type = request.body.n ? S("application/json") : type;
		break;
	case S3:
		break;
	}
	http_set_target(&request, call->target.n ? call->target : S("/"));
	add(arena, &request, S("Host"), host);
	if (type.n)
		add(arena, &request, S("Content-Type"), type);
	return request;
}

static bool is_plain(str s, bool space)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < (space ? 0x20 : 0x21) || s.p[i] == 0x7F)
			return false;
	return true;
}

/* Nothing that a caller passes in may end a line of the head and start another. */
static bool check_request(const struct http_request *request, struct err *err)
{
	bool good = is_plain(request->method, false) && request->method.n &&
		    is_plain(request->target, false) && str_starts(request->target, S("/"));

	for (size_t i = 0; i < request->nheaders; i++)
		good = good && is_plain(request->headers[i].name, false) &&
		       is_plain(request->headers[i].value, true);
	return good || fail(err, ERR_USAGE, 0,
			       "the call's method, target, region or credentials contain "
			       "what a line of HTTP cannot carry");
}

/* ---- sending */

struct receiving {
	struct arena *arena;
	struct http_response response;
	struct buf body;
	size_t head_bytes;
	bool too_large;
};

static size_t on_body(char *p, size_t size, size_t n, void *context)
{
	struct receiving *r = context;

	r->too_large = r->body.n + size * n > LIMIT_RESPONSE_BYTES;
	if (r->too_large)
		return 0;
	buf_str(&r->body, (str){ p, size * n });
	return size * n;
}

static size_t on_header(char *p, size_t size, size_t n, void *context)
{
	struct receiving *r = context;
	str line = { p, size * n }, name, value;

	r->head_bytes += line.n;
	r->too_large = r->head_bytes > LIMIT_HEADER_BYTES;
	if (r->too_large)
		return 0;
	if (str_starts(line, S("HTTP/")))
		r->response.nheaders = 0; /* of a 100 Continue before */
	else if (str_cut(line, ':', &name, &value))
		http_add_header(r->arena, &r->response.headers, &r->response.nheaders,
			&r->response.cap_headers, arena_copy(r->arena, name),
			arena_copy(r->arena, str_trim(value)));
	return line.n;
}

static struct curl_slist *header_list(struct arena *arena, const struct http_request *request)
{
	/* libcurl's own headers, taken away */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	list = curl_slist_append(list, "Accept:");
	if (!http_get_header(request->headers, request->nheaders, S("Content-Type")).n)
		list = curl_slist_append(list, "Content-Type:");
	for (size_t i = 0; i < request->nheaders; i++)
		list = curl_slist_append(list,
			arena_printf(arena, "%.*s: %.*s", STR(request->headers[i].name),
				STR(request->headers[i].value))
				.p);
	return list;
}

static void set_method(CURL *curl, struct arena *arena, const struct http_request *request)
{
	bool head = str_eq(request->method, S("HEAD"));
	bool get = str_eq(request->method, S("GET"));

	if (head)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else if (get && !request->body.n)
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	if (head || (get && !request->body.n))
		return;
	if (request->body.n || !str_eq(request->method, S("DELETE"))) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.n ? request->body.p : "");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, arena_copy(arena, request->method).p);
}

static void set_options(const struct client *client, struct arena *arena, const struct place *place,
	const struct http_request *request, struct receiving *receiving)
{
	CURL *curl = client->curl;

	curl_easy_reset(curl); /* keeps the connections */
	curl_easy_setopt(curl, CURLOPT_URL, arena_printf(arena, "%.*s/", STR(place->url)).p);
	curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET, arena_copy(arena, request->target).p);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)client->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "deputy");
	if (client->ca_file.n)
		curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca_file.p);
	if (place->loopback)
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, receiving);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, receiving);
	set_method(curl, arena, request);
}

/* libcurl's sentences name hosts and ports, never headers. */
static bool send_request(struct arena *arena, const struct client *client,
	const struct place *place, const struct http_request *request,
	struct http_response *response, struct err *err)
{
	struct receiving receiving = { .arena = arena, .body = { .arena = arena } };
	struct curl_slist *list = header_list(arena, request);
	char why[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURLcode code;

	set_options(client, arena, place, request, &receiving);
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, why);
	code = curl_easy_perform(client->curl);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(list);
	if (receiving.too_large)
		return fail(err, ERR_NETWORK, 0, "%.*s: the answer is too large", STR(place->url));
	if (code != CURLE_OK)
		return fail(err, ERR_NETWORK, 0, "%.*s: %s", STR(place->url),
			why[0] ? why : curl_easy_strerror(code));
	*response = receiving.response;
	response->status = (unsigned)status;
	response->body = buf_view(&receiving.body);
	return true;
}

/* ---- reading the answer */

static str response_header(const struct http_response *response, str name)
{
	return http_get_header(response->headers, response->nheaders, name);
}

/* "com.amazonaws.eks#ResourceNotFoundException:http://…" names ResourceNotFoundException. */
static str bare_code(str code)
{
	str head, tail;

	if (str_cut(code, ':', &head, &tail))
		code = head;
	if (str_cut(code, '#', &head, &tail))
		code = tail;
	return code;
}

static str first_of(str a, str b)
{
	return a.n ? a : b;
}

static void read_json_error(const struct http_response *response, struct api_answer *answer)
{
	const struct json *body = answer->output;

	answer->code = first_of(response_header(response, S("x-amzn-ErrorType")),
		first_of(json_str(body, S("__type")), json_str(body, S("code"))));
	answer->code = bare_code(answer->code);
	answer->message = first_of(json_str(body, S("message")), json_str(body, S("Message")));
}

/* ErrorResponse/Error of IAM and STS, Response/Errors/Error of EC2, Error of S3. */
static void read_xml_error(str root_name, const struct json *root, struct api_answer *answer)
{
	const struct json *error = json_get(root, S("Error"));

	if (json_get(root, S("Errors")))
		error = json_get(json_get(root, S("Errors")), S("Error"));
	if (json_is(error, JSON_ARRAY))
		error = error->first;
	if (str_eq(root_name, S("Error")))
		error = root;
	answer->code = json_str(error, S("Code"));
	answer->message = json_str(error, S("Message"));
	answer->request_id = first_of(json_str(root, S("RequestId")),
		first_of(json_str(root, S("RequestID")), answer->request_id));
}

/* The element named …Result; EC2 and S3 have none. */
static struct json *find_result(struct arena *arena, struct json *root)
{
	for (struct json *child = json_is(root, JSON_OBJECT) ? root->first : NULL; child;
		child = child->next)
		if (str_ends(child->name, S("Result")))
			return json_is(child, JSON_STRING) ? json_new(arena, JSON_OBJECT) : child;
	return NULL;
}

static bool read_xml(struct arena *arena, enum protocol protocol, struct api_answer *answer,
	struct err *err)
{
	struct json *root = NULL;
	struct err why = { 0 };
	str root_name;

	if (!answer->body.n)
		return true;
	if (!xml_parse(arena, answer->body, &root_name, &root, &why))
		return fail(err, ERR_NETWORK, 0, "the answer (status %u) is not AWS's: %s",
			answer->status, why.text);
	if (!answer->ok) {
		read_xml_error(root_name, root, answer);
		return true;
	}
	answer->output = protocol == QUERY ? find_result(arena, root) : root;
	answer->request_id =
		first_of(json_str(json_get(root, S("ResponseMetadata")), S("RequestId")),
			first_of(json_str(root, S("requestId")), answer->request_id));
	return true;
}

static bool read_json(struct arena *arena, const struct http_response *response,
	struct api_answer *answer, struct err *err)
{
	struct err why = { 0 };

	if (answer->body.n &&
		!json_parse(arena, answer->body, LIMIT_RESPONSE_BYTES, &answer->output, &why) &&
		answer->ok)
		return fail(err, ERR_NETWORK, 0, "the answer (status %u) is not AWS's: %s",
			answer->status, why.text);
	if (!answer->ok)
		read_json_error(response, answer);
	return true;
}

static bool is_xml(const struct http_response *response)
{
	str type = response_header(response, S("Content-Type"));

	return str_find(type, S("xml")) != SIZE_MAX || str_starts(response->body, S("<"));
}

static bool read_answer(struct arena *arena, enum protocol protocol,
	const struct http_response *response, struct api_answer *answer, struct err *err)
{
	bool good = true;

	*answer = (struct api_answer){
		.status = response->status,
		.ok = response->status / 100 == 2,
		.body = response->body,
		.request_id = first_of(response_header(response, S("x-amzn-RequestId")),
			response_header(response, S("x-amz-request-id"))),
	};
	if (protocol == JSON)
		good = read_json(arena, response, answer, err);
	else if (protocol != S3 || is_xml(response))
		good = read_xml(arena, protocol, answer, err);
	if (!good)
		return false;
	if (!answer->ok && !answer->code.n)
		answer->code = bare_code(response_header(response, S("x-amzn-ErrorType")));
	if (!answer->ok && !answer->code.n) /* HEAD has no body to say more */
		answer->code = arena_printf(arena, "%u", answer->status);
	return true;
}

/* ---- trying again */

/* Calls that change nothing, or (AssumeRole) nothing but what they hand out. */
static bool is_repeatable(const struct api_call *call)
{
	static const str prefixes[] = { SC("Get"), SC("List"), SC("Describe"), SC("Head"),
		SC("Simulate"), SC("AssumeRole") };

	if (str_eq(call->method, S("GET")) || str_eq(call->method, S("HEAD")))
		return true;
	for (size_t i = 0; i < COUNT(prefixes) && !call->method.n; i++)
		if (str_starts(call->operation, prefixes[i]))
			return true;
	return false;
}

static bool is_passing(unsigned status, str code)
{
	static const str codes[] = { SC("Throttling"), SC("ThrottlingException"),
		SC("ThrottledException"), SC("RequestThrottled"), SC("RequestLimitExceeded"),
		SC("TooManyRequestsException"), SC("SlowDown") };

	for (size_t i = 0; i < COUNT(codes); i++)
		if (str_eq(code, codes[i]))
			return true;
	return status == 429 || status >= 500;
}

static void wait_ms(unsigned ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

static const struct service *find_service(str name)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (str_eq(services[i].name, name))
			return &services[i];
	return NULL;
}

bool client_call(struct arena *arena, struct client *client, const struct credentials *credentials,
	const struct api_call *call, struct api_answer *answer, struct err *err)
{
	const struct service *service = find_service(call->service);
	const struct endpoint *endpoint = find_endpoint(arena, call->service, client->region);
	struct http_request request;
	struct http_response response = { 0 };
	struct sigv4_trace trace;
	struct place place = { 0 };
	bool good = false;

	if (!service || !endpoint)
		return fail(err, ERR_USAGE, 0, "no such service: '%.*s'",
			STR(str_head(call->service, 40)));
	if (!find_place(arena, client, endpoint, &place, err))
		return false;
	for (unsigned i = 0; i < TRIES; i++) {
		if (i)
			wait_ms((unsigned)BACKOFF_MS << (2 * (i - 1)));
		request = write_request(arena, call, service->protocol, endpoint, place.host);
		if (credentials)
			sigv4_sign(arena, &request, credentials, place.region, call->service,
				now_s(), &trace);
		if (!check_request(&request, err) ||
			!send_request(arena, client, &place, &request, &response, err))
			return false;
		good = read_answer(arena, service->protocol, &response, answer, err);
		if (!is_repeatable(call) || !is_passing(answer->status, answer->code))
			break;
	}
	return good;
}

bool client_get(struct arena *arena, struct client *client, str target, str *body, struct err *err)
{
	struct http_request request = { .method = S("GET") };
	struct http_response response = { 0 };
	struct place place = { 0 };

	if (!find_place(arena, client, NULL, &place, err))
		return false;
	http_set_target(&request, target);
	add(arena, &request, S("Host"), place.host);
	if (!check_request(&request, err) ||
		!send_request(arena, client, &place, &request, &response, err))
		return false;
	*body = response.body;
	return response.status == 200 || fail(err, ERR_NETWORK, 0, "%.*s%.*s answered %u",
						 STR(place.url), STR(target), response.status);
}
