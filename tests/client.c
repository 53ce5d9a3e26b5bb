/*
 * client.c -- the signed call, over real sockets on the loopback interface.
 *
 * It gets answers in the words of AWS's four protocols (API References of IAM, STS, EC2, EKS and
 * S3, "Common errors"), from a server that checks signatures.
 */
#include "sockets.h"

#include <pthread.h>

/* ---- the client, against a server that speaks AWS's protocols and checks signatures */

static const struct credentials keys = { SC("ASIAIOSFODNN7EXAMPLE"),
	SC("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), SC("FwoGZXIvYXdzTOKEN//+==") };

static const struct reply {
	str key; /* Action, or method and target */
	unsigned status;
	str type, error_type, body;
} replies[] = {
	{ SC("GetRole"), 200, SC("text/xml"), SC(""),
		SC("<GetRoleResponse "
		   "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult>"
		   "<Role><RoleName>r</RoleName></Role></"
		   "GetRoleResult><ResponseMetadata><RequestId>id-1"
		   "</RequestId></ResponseMetadata></GetRoleResponse>") },
	{ SC("DeleteRole"), 200, SC("text/xml"), SC(""),
		SC("<DeleteRoleResponse><ResponseMetadata><RequestId>id-2</RequestId></"
		   "ResponseMetadata>"
		   "</DeleteRoleResponse>") },
	{ SC("UpdateRole"), 200, SC("text/xml"), SC(""),
		SC("<UpdateRoleResponse><UpdateRoleResult/><ResponseMetadata><RequestId>id-3</"
		   "RequestId>"
		   "</ResponseMetadata></UpdateRoleResponse>") },
	{ SC("CreateRole"), 409, SC("text/xml"), SC(""),
		SC("<ErrorResponse "
		   "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender"
		   "</Type><Code>EntityAlreadyExists</Code><Message>Role with name r already "
		   "exists."
		   "</Message></Error><RequestId>id-4</RequestId></ErrorResponse>") },
	{ SC("CreateTags"), 200, SC("text/xml"), SC(""),
		SC("<CreateTagsResponse "
		   "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>id-5"
		   "</requestId><return>true</return></CreateTagsResponse>") },
	{ SC("RunInstances"), 403, SC("text/xml"), SC(""),
		SC("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>"
		   "UnauthorizedOperation</Code><Message>You are not "
		   "authorized.</Message></Error></Errors>"
		   "<RequestID>id-6</RequestID></Response>") },
	{ SC("GET /clusters/c"), 200, SC("application/json"), SC(""),
		SC("{\"cluster\":{\"name\":\"c\",\"createdAt\":1.5}}") },
	{ SC("GET /clusters/none"), 404, SC("application/json"),
		SC("ResourceNotFoundException:http://internal.amazon.com/coral/com.amazonaws.eks/"),
		SC("{\"message\":\"No cluster found for name: none.\",\"clusterName\":\"none\"}") },
	{ SC("GET /clusters/type"), 403, SC("application/json"), SC(""),
		SC("{\"__type\":\"com.amazonaws.eks#AccessDeniedException\",\"Message\":\"no\"}") },
	{ SC("POST /clusters"), 200, SC("application/json"), SC(""), SC("{\"cluster\":{}}") },
	{ SC("GET /b?location"), 200, SC("application/xml"), SC(""),
		SC("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">us-west-2"
		   "</LocationConstraint>") },
	{ SC("GET /none?location"), 404, SC("application/xml"), SC(""),
		SC("<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>The specified "
		   "bucket "
		   "does not "
		   "exist</Message><BucketName>none</BucketName><RequestId>id-7</RequestId>"
		   "</Error>") },
	{ SC("HEAD /none"), 404, SC("application/xml"), SC(""), SC("") },
	{ SC("PUT /b/k"), 200, SC(""), SC(""), SC("") },
	{ SC("GET /b/k"), 200, SC("text/plain"), SC(""), SC("{not xml") },
	{ SC("DELETE /b/k"), 204, SC(""), SC(""), SC("") },
	{ SC("GetPolicy"), 200, SC("text/xml"), SC(""), SC("<GetPolicyResponse>") },
	{ SC("GET /clusters/broken"), 200, SC("application/json"), SC(""), SC("{\"cluster\":") },
	{ SC("GET /moved?location"), 307, SC(""), SC(""), SC("") },
};

static atomic_uint calls, failures_left;

static void respond(struct arena *arena, struct http_response *response, unsigned status, str type,
	str error_type, str body)
{
	response->status = status;
	response->body = body;
	if (type.n)
		http_add_header(arena, &response->headers, &response->nheaders,
			&response->cap_headers, S("Content-Type"), type);
	if (error_type.n)
		http_add_header(arena, &response->headers, &response->nheaders,
			&response->cap_headers, S("x-amzn-ErrorType"), error_type);
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("x-amzn-RequestId"), S("from-header"));
	if (status == 307)
		http_add_header(arena, &response->headers, &response->nheaders,
			&response->cap_headers, S("Location"), S("/b?location"));
}

static bool check_signature(struct arena *arena, const struct http_request *request)
{
	struct sigv4_claim claim;
	str why;

	return sigv4_read(arena, request, (str){ 0 }, now_s(), &claim, &why) == SIGV4_FINE &&
	       sigv4_matches(arena, request, &claim, keys.secret_access_key, NULL) &&
	       str_eq(claim.session_token, keys.session_token) &&
	       str_eq(claim.region, S("us-west-2"));
}

static void aws(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response)
{
	str key = arena_printf(arena, "%.*s %.*s", STR(request->method), STR(request->target));
	struct json *form = NULL;
	struct err err;

	(void)context;
	atomic_fetch_add(&calls, 1);
	if (str_eq(request->target, S("/")) && form_parse(arena, request->body, &form, &err))
		key = json_str(form, S("Action"));
	if (str_eq(key, S("AssumeRoleWithWebIdentity"))) {
		bool bare =
			!http_get_header(request->headers, request->nheaders, S("Authorization")).p;

		respond(arena, response, bare ? 200 : 400, S("text/xml"), (str){ 0 },
			S("<R><AResult><ok>yes</ok></AResult></R>"));
		return;
	}
	if (!check_signature(arena, request)) {
		respond(arena, response, 403, S("text/plain"), S("SignatureDoesNotMatch"),
			(str){ 0 });
		return;
	}
	if (atomic_load(&failures_left)) {
		atomic_fetch_sub(&failures_left, 1);
		if (str_starts(key, S("GetCaller")))
			respond(arena, response, 400, S("text/xml"), (str){ 0 },
				S("<ErrorResponse><Error><Code>Throttling</Code><Message>Rate "
				  "exceeded"
				  "</Message></Error></ErrorResponse>"));
		else
			respond(arena, response, 502, S("text/html"), (str){ 0 },
				S("<html><br>Bad Gateway</html>"));
		return;
	}
	for (size_t i = 0; i < COUNT(replies); i++)
		if (str_eq(replies[i].key, key)) {
			respond(arena, response, replies[i].status, replies[i].type,
				replies[i].error_type, replies[i].body);
			return;
		}
	respond(arena, response, 200, S("text/xml"), (str){ 0 },
		arena_printf(arena, "<R><AnyResult><Body><![CDATA[%.*s]]></Body></AnyResult></R>",
			STR(request->body)));
}

static struct client *client_for(struct arena *arena, str address)
{
	struct client_options options = { .endpoint =
						  arena_printf(arena, "http://%.*s", STR(address)),
		.region = S("us-west-2") };

	return client_open(&options);
}

struct expected {
	struct api_call call;
	unsigned status;
	const char *output; /* JSON; NULL: none */
	str code, message, request_id;
};

static void test_call(struct arena *arena, struct client *client, const struct expected *row)
{
	struct api_answer answer = { 0 };
	struct buf output = { .arena = arena };
	struct err err = { 0 };
	str what = row->call.operation;

	if (!ok(client_call(arena, client, &keys, &row->call, &answer, &err), "%.*s: %s", STR(what),
		    err.text))
		return;
	ok(answer.status == row->status, "%.*s: status %u", STR(what), answer.status);
	ok(answer.ok == (row->status / 100 == 2), "%.*s: ok", STR(what));
	is(answer.code, row->code, "%.*s: code", STR(what));
	is(answer.message, row->message, "%.*s: message", STR(what));
	is(answer.request_id, row->request_id, "%.*s: request id", STR(what));
	if (answer.ok && answer.output)
		json_write(&output, answer.output);
	is(buf_view(&output), str_of(row->output), "%.*s: output", STR(what));
}

static void test_protocols(struct arena *arena, struct client *client)
{
	const struct json *input = json_new(arena, JSON_OBJECT);
	static const str id = SC("from-header");
	const struct expected rows[] = {
		{ { .service = S("iam"), .operation = S("GetRole"), .input = input }, 200,
			"{\"Role\":{\"RoleName\":\"r\"}}", { 0 }, { 0 }, S("id-1") },
		{ { .service = S("iam"), .operation = S("DeleteRole") }, 200, NULL, { 0 }, { 0 },
			S("id-2") },
		{ { .service = S("iam"), .operation = S("UpdateRole") }, 200, "{}", { 0 }, { 0 },
			S("id-3") },
		{ { .service = S("iam"), .operation = S("CreateRole") }, 409, NULL,
			S("EntityAlreadyExists"), S("Role with name r already exists."),
			S("id-4") },
		{ { .service = S("ec2"), .operation = S("CreateTags") }, 200,
			"{\"requestId\":\"id-5\",\"return\":\"true\"}", { 0 }, { 0 }, S("id-5") },
		{ { .service = S("ec2"), .operation = S("RunInstances") }, 403, NULL,
			S("UnauthorizedOperation"), S("You are not authorized."), S("id-6") },
		{ { .service = S("eks"),
			  .operation = S("DescribeCluster"),
			  .method = S("GET"),
			  .target = S("/clusters/c") },
			200, "{\"cluster\":{\"name\":\"c\",\"createdAt\":1.5}}", { 0 }, { 0 }, id },
		{ { .service = S("eks"),
			  .operation = S("DescribeCluster"),
			  .method = S("GET"),
			  .target = S("/clusters/none") },
			404, NULL, S("ResourceNotFoundException"),
			S("No cluster found for name: none."), id },
		{ { .service = S("eks"),
			  .operation = S("DescribeCluster"),
			  .method = S("GET"),
			  .target = S("/clusters/type") },
			403, NULL, S("AccessDeniedException"), S("no"), id },
		{ { .service = S("eks"),
			  .operation = S("CreateCluster"),
			  .method = S("POST"),
			  .target = S("/clusters"),
			  .input = input },
			200, "{\"cluster\":{}}", { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("GetBucketLocation"),
			  .method = S("GET"),
			  .target = S("/b?location") },
			200, "\"us-west-2\"", { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("GetBucketLocation"),
			  .method = S("GET"),
			  .target = S("/none?location") },
			404, NULL, S("NoSuchBucket"), S("The specified bucket does not exist"),
			S("id-7") },
		{ { .service = S("s3"),
			  .operation = S("HeadBucket"),
			  .method = S("HEAD"),
			  .target = S("/none") },
			404, NULL, S("404"), { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("PutObject"),
			  .method = S("PUT"),
			  .target = S("/b/k"),
			  .body = S("hello") },
			200, NULL, { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("GetObject"),
			  .method = S("GET"),
			  .target = S("/b/k") },
			200, NULL, { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("DeleteObject"),
			  .method = S("DELETE"),
			  .target = S("/b/k") },
			204, NULL, { 0 }, { 0 }, id },
		{ { .service = S("s3"),
			  .operation = S("redirect"),
			  .method = S("GET"),
			  .target = S("/moved?location") },
			307, NULL, S("307"), { 0 }, id },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		test_call(arena, client, &rows[i]);
}

/* Targets that libcurl would tidy up, and sign differently. */
static void test_targets(struct arena *arena, struct client *client)
{
	static const struct {
		str service, method, target;
	} rows[] = {
		{ SC("eks"), SC("GET"),
			SC("/clusters/c/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx") },
		{ SC("eks"), SC("GET"), SC("/addons/supported-versions?b=2&a=1&a=0&c") },
		{ SC("eks"), SC("DELETE"), SC("/tags/arn:aws:eks?tagKeys=a%20b&tagKeys=%2F") },
		{ SC("eks"), SC("GET"), SC("/a/../b/./c//d/") },
		{ SC("s3"), SC("GET"), SC("/b/a/../b/./c//d/") },
		{ SC("s3"), SC("GET"), SC("/b/%E2%82%AC%20x?versionId=1&acl") },
		{ SC("s3"), SC("GET"), SC("/") },
	};
	struct api_answer answer;
	struct err err = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct api_call call = { .service = rows[i].service,
			.operation = S("x"),
			.method = rows[i].method,
			.target = rows[i].target };

		/* eks answers are JSON, and this one is not: the call was accepted if it came so far */
		if (!client_call(arena, client, &keys, &call, &answer, &err))
			ok(str_find(str_of(err.text), S("status 200")) != SIZE_MAX, "%.*s: %s",
				STR(rows[i].target), err.text);
		else
			ok(answer.status == 200, "%.*s: signed as sent", STR(rows[i].target));
	}
}

static void test_written(struct arena *arena, struct client *client)
{
	struct json *input = json_new(arena, JSON_OBJECT), *list = json_new(arena, JSON_ARRAY);
	struct api_call call = { .service = S("iam"), .operation = S("ListX"), .input = input };
	struct api_answer answer = { 0 };
	struct err err;

	json_put_str(arena, input, S("Path"), S("/a b/"));
	json_put(input, S("Tags"), list);
	json_push(list, json_new_str(arena, S("\xC3\xBC&")));
	ok(client_call(arena, client, &keys, &call, &answer, &err), "iam");
	is(json_str(answer.output, S("Body")),
		S("Action=ListX&Version=2010-05-08&Path=%2Fa%20b%2F&Tags.member.1=%C3%BC%26"),
		"IAM's form");
	call.service = S("sts");
	ok(client_call(arena, client, &keys, &call, &answer, &err), "sts");
	ok(str_starts(json_str(answer.output, S("Body")), S("Action=ListX&Version=2011-06-15&")),
		"STS's version");
	call.service = S("ec2");
	ok(client_call(arena, client, &keys, &call, &answer, &err), "ec2");
	is(json_str(json_get(answer.output, S("AnyResult")), S("Body")),
		S("Action=ListX&Version=2016-11-15&Path=%2Fa%20b%2F&Tags.1=%C3%BC%26"),
		"EC2's form");
}

static void test_retries(struct arena *arena, struct client *client)
{
	static const struct {
		const char *what;
		struct api_call call;
		unsigned failures, calls;
		bool good, fine;
	} rows[] = {
		{ "two gateways", { .service = SC("iam"), .operation = SC("GetRole") }, 2, 3, true,
			true },
		{ "three gateways", { .service = SC("iam"), .operation = SC("GetRole") }, 3, 3,
			false, false },
		{ "throttled once", { .service = SC("sts"), .operation = SC("GetCallerIdentity") },
			1, 2, true, true },
		{ "throttled always",
			{ .service = SC("sts"), .operation = SC("GetCallerIdentity") }, 9, 3, true,
			false },
		{ "not to be repeated", { .service = SC("iam"), .operation = SC("DeleteRole") }, 1,
			1, false, false },
		{ "a GET",
			{ .service = SC("s3"),
				.operation = SC("x"),
				.method = SC("GET"),
				.target = SC("/b?location") },
			1, 2, true, true },
		{ "a PUT",
			{ .service = SC("s3"),
				.operation = SC("GetIt"),
				.method = SC("PUT"),
				.target = SC("/b/k") },
			1, 1, true, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct api_answer answer = { 0 };
		struct err err = { 0 };
		bool good;

		atomic_store(&calls, 0);
		atomic_store(&failures_left, rows[i].failures);
		good = client_call(arena, client, &keys, &rows[i].call, &answer, &err);
		atomic_store(&failures_left, 0);
		ok(atomic_load(&calls) == rows[i].calls, "%s: tried %u times", rows[i].what,
			atomic_load(&calls));
		ok(good ? answer.ok == rows[i].fine : !rows[i].fine, "%s: the end: %u %s",
			rows[i].what, answer.status, err.text);
	}
}

static void expect_error(struct arena *arena, struct client *client,
	const struct credentials *credentials, const struct api_call *call, enum err_code code,
	const char *what)
{
	struct api_answer answer;
	struct err err = { 0 };

	ok(!client_call(arena, client, credentials, call, &answer, &err) && err.code == code,
		"%s: %s", what, err.text);
	ok(str_find(str_of(err.text), keys.secret_access_key) == SIZE_MAX &&
			str_find(str_of(err.text), keys.session_token) == SIZE_MAX,
		"%s: no secret in the sentence", what);
}

static void test_client_errors(struct arena *arena, str address)
{
	static const struct api_call get = { .service = SC("iam"), .operation = SC("GetRole") };
	struct api_call call = get;
	struct credentials crooked = keys;
	struct client *client = client_for(arena, address);
	static const str endpoints[] = { SC("ftp://127.0.0.1"), SC("127.0.0.1:80"), SC("http://"),
		SC("http://a/b"), SC("http://u:p@h"), SC("http://a b"), SC("file:///etc/passwd"),
		SC("http://h\r\nX: y") };

	crooked.session_token = S("a\r\nX-Evil: b");
	expect_error(arena, client, &crooked, &get, ERR_USAGE, "a token of two lines");
	call = (struct api_call){ .service = S("s3"), .method = S("GET"), .target = S("/a b") };
	expect_error(arena, client, &keys, &call, ERR_USAGE, "a target with a space");
	call.target = S("/a\r\nX-Evil: b");
	expect_error(arena, client, &keys, &call, ERR_USAGE, "a target of two lines");
	call.target = S("@evil.example/");
	expect_error(arena, client, &keys, &call, ERR_USAGE, "a target that is a host");
	call.service = S("lambda");
	expect_error(arena, client, &keys, &call, ERR_USAGE, "an unknown service");
	call = get;
	call.operation = S("GetPolicy");
	expect_error(arena, client, &keys, &call, ERR_NETWORK, "half an XML document");
	call = (struct api_call){ .service = S("eks"),
		.method = S("GET"),
		.target = S("/clusters/broken") };
	expect_error(arena, client, &keys, &call, ERR_NETWORK, "half a JSON document");
	client_close(client);
	client = client_for(arena, S("127.0.0.1:1"));
	expect_error(arena, client, &keys, &get, ERR_NETWORK, "nobody listens");
	client_close(client);
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		client = client_open(&(struct client_options){ .endpoint = endpoints[i],
			.region = S("us-west-2") });
		expect_error(arena, client, &keys, &get, ERR_USAGE, "no endpoint");
		client_close(client);
	}
	client = client_open(&(struct client_options){ .region = S("us-west-2.evil.example/") });
	expect_error(arena, client, &keys, &get, ERR_USAGE, "no region");
	client_close(client);
}

static void test_unsigned(struct arena *arena, struct client *client)
{
	struct api_call call = { .service = S("sts"), .operation = S("AssumeRoleWithWebIdentity") };
	struct credentials wrong = keys;
	struct api_answer answer = { 0 };
	struct err err;

	ok(client_call(arena, client, NULL, &call, &answer, &err) && answer.ok, "unsigned");
	call.operation = S("GetRole");
	wrong.secret_access_key = S("wrong");
	ok(client_call(arena, client, &wrong, &call, &answer, &err) && answer.status == 403,
		"a wrong secret is an answer");
	is(answer.code, S("SignatureDoesNotMatch"), "its code");
}

static void huge(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response)
{
	(void)context;
	(void)request;
	response->status = 200;
	response->body =
		(str){ arena_alloc(arena, LIMIT_RESPONSE_BYTES + 1, 1), LIMIT_RESPONSE_BYTES + 1 };
}

static void test_sizes(struct arena *arena)
{
	str address;
	struct server *server = serve_with(arena, huge, 0, &address);
	struct client *client = client_for(arena, address);
	struct api_call call = { .service = S("s3"), .method = S("GET"), .target = S("/") };

	expect_error(arena, client, &keys, &call, ERR_NETWORK, "an answer over the limit");
	client_close(client);
	server_close(server);
}

/* A listener that hears nothing but says nothing either. */
static void test_timeout(struct arena *arena)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct client *client;
	static const struct api_call call = { .service = SC("iam"), .operation = SC("DeleteRole") };
	uint64_t start = monotonic_ns();

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 1) == 0 &&
			getsockname(fd, (struct sockaddr *)&at, &n) == 0,
		"a deaf listener");
	client = client_open(&(struct client_options){
		.endpoint = arena_printf(arena, "http://127.0.0.1:%u", ntohs(at.sin_port)),
		.region = S("us-west-2"),
		.timeout_ms = 300 });
	expect_error(arena, client, &keys, &call, ERR_NETWORK, "no answer in time");
	ok(monotonic_ns() - start < UINT64_C(3000000000), "within three seconds");
	client_close(client);
	close(fd);
}

/* ---- AWS's own endpoints, seen by a proxy that lets nobody through */

struct proxy {
	int fd;
	char heard[4096];
};

static void *proxy_run(void *context)
{
	struct proxy *proxy = context;
	int fd = accept(proxy->fd, NULL, NULL);
	ssize_t n = recv(fd, proxy->heard, sizeof(proxy->heard) - 1, 0);

	proxy->heard[n > 0 ? n : 0] = '\0';
	say(fd, S("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"));
	close(fd);
	return NULL;
}

/* Hosts: AWS General Reference, "Service endpoints". */
static void test_endpoints(struct arena *arena, str address)
{
	static const struct {
		str service, region, line;
	} rows[] = {
		{ SC("iam"), SC("us-west-2"), SC("CONNECT iam.amazonaws.com:443 ") },
		{ SC("sts"), SC("us-west-2"), SC("CONNECT sts.us-west-2.amazonaws.com:443 ") },
		{ SC("ec2"), SC("eu-central-1"),
			SC("CONNECT ec2.eu-central-1.amazonaws.com:443 ") },
		{ SC("eks"), SC("us-west-2"), SC("CONNECT eks.us-west-2.amazonaws.com:443 ") },
		{ SC("s3"), SC("us-west-2"), SC("CONNECT s3.us-west-2.amazonaws.com:443 ") },
		{ SC("iam"), SC("cn-north-1"), SC("CONNECT iam.cn-north-1.amazonaws.com.cn:443 ") },
		{ SC("sts"), SC("us-gov-west-1"),
			SC("CONNECT sts.us-gov-west-1.amazonaws.com:443 ") },
	};
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct proxy proxy = { .fd = socket(AF_INET, SOCK_STREAM, 0) };
	socklen_t n = sizeof(at);
	struct client *client;
	pthread_t thread;
	str url;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!ok(bind(proxy.fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
			    listen(proxy.fd, 1) == 0 &&
			    getsockname(proxy.fd, (struct sockaddr *)&at, &n) == 0,
		    "a proxy"))
		return;
	url = arena_printf(arena, "http://127.0.0.1:%u", ntohs(at.sin_port));
	setenv("https_proxy", url.p, 1);
	setenv("http_proxy", url.p, 1);
	setenv("all_proxy", url.p, 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct api_call call = { .service = rows[i].service,
			.operation = S("DeleteX"),
			.method = str_eq(rows[i].service, S("s3")) ? S("PUT") : S("POST") };

		client = client_open(&(struct client_options){ .region = rows[i].region });
		pthread_create(&thread, NULL, proxy_run, &proxy);
		expect_error(arena, client, &keys, &call, ERR_NETWORK, "behind a proxy");
		pthread_join(thread, NULL);
		is(str_head(str_of(proxy.heard), rows[i].line.n), rows[i].line, "%.*s in %.*s",
			STR(rows[i].service), STR(rows[i].region));
		client_close(client);
	}
	client = client_for(arena, address);
	test_unsigned(arena, client); /* loopback needs no proxy, and tells it nothing */
	client_close(client);
	close(proxy.fd);
}

static void test_client(struct arena *arena)
{
	str address;
	struct server *server = serve_with(arena, aws, 0, &address);
	struct client *client = client_for(arena, address);

	test_protocols(arena, client);
	test_targets(arena, client);
	test_written(arena, client);
	test_retries(arena, client);
	test_unsigned(arena, client);
	test_client_errors(arena, address);
	client_close(client);
	test_endpoints(arena, address);
	server_close(server);
}

int main(void)
{
	struct arena arena = { 0 };

	test_client(&arena);
	test_sizes(&arena);
	test_timeout(&arena);
	arena_free(&arena);
	return tap_done();
}
