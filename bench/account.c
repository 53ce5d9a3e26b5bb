/*
 * account.c -- the account server beside the bare HTTP library, over the same connections.
 *
 *   account           all of it; prints lines `key value` (and how it goes on standard error)
 *   account serve D   what it starts: the server as `deputy account serve` runs it
 *   account fixed N   likewise: a fixed reply of N bytes (fixed.c)
 *   account floor N   likewise, by Deputy's server, with the cryptography of an AssumeRole and
 *                     nothing else of it: how near to the fixed reply anything could come
 *
 * Both get the same bytes of the same requests, which were signed beforehand, and answer bodies
 * of the same size. They run in turns, in short rounds, and a round's ratio is of neighbours in
 * time: the medians of these ratios are what counts, as the machine is never quiet.
 *
 * The large directory has 100,000 roles in 1,000 accounts: in each account one with the document's
 * policy, as a customer would have it, and 99 ordinary ones with a trust policy and a small policy
 * of their own. AssumeRole goes to ten of them in turn, in ten accounts, as it does in the small
 * directory; and then to 512 of them, which do not fit into the processor's caches.
 *
 * BENCH_REQUESTS=10000000 makes the measurement of memory that long.
 */
#include "fixed.h"
#include "load.h"

#include "account/account.h"
#include "base/crypto.h"
#include "base/os.h"
#include "net/net.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CUSTOMER      "111122223333"
#define VENDOR        "965570967084"
#define DOCUMENT_ROLE "byoc-role-000000"
#define SMALL_ROLE    "byoc-role-000001"
#define ROLE_FORMAT   "byoc-role-%06zu"

enum {
	CONNECTIONS = 32,
	ROUNDS = 7,
	SIGNED = 512,      /* different requests of one kind */
	WRITERS = 16,      /* accounts that roles are made in, as each takes 1,000 */
	ACCOUNTS = 1000,   /* of the large directory … */
	PER_ACCOUNT = 100, /* … and roles in each */
	FEW = 10,          /* roles of the small one */
	MEMORY_REQUESTS = 1000000
};

static const double round_s = 0.5;

static const char trust[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
	"\"arn:aws:iam::" VENDOR ":root\"},\"Action\":\"sts:AssumeRole\",\"Condition\":"
	"{\"StringEquals\":{\"sts:ExternalId\":\"cid-0123456789abcdef\"}}}]}";
static const char may_assume[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Roles\",\"Effect\":\"Allow\","
	"\"Action\":\"sts:AssumeRole\",\"Resource\":\"arn:aws:iam::*:role/byoc-*\"},"
	"{\"Sid\":\"Network\",\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
	"\"Condition\":{\"NotIpAddress\":{\"aws:SourceIp\":[\"127.0.0.0/8\",\"10.0.0.0/8\"]}}}]}";

static const char small_policy[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Read\",\"Effect\":\"Allow\","
	"\"Action\":"
	"[\"s3:GetObject\",\"s3:ListBucket\"],\"Resource\":[\"arn:aws:s3:::app-data\","
	"\"arn:aws:s3:::app-data/"
	"*\"]},{\"Effect\":\"Allow\",\"Action\":\"logs:*\",\"Resource\":\"*\"}]}";

static void say(const char *key, double value)
{
	printf("%s %.6g\n", key, value);
	fflush(stdout);
}

static _Noreturn void stop(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

/* ---- the programs that are measured */

static void serve_with(const struct server_options *options, uint64_t start)
{
	struct arena arena = { 0 };
	struct server *server;
	struct err err;
	str address;

	if (!server_open(&arena, options, &server, &address, &err))
		stop("serve", err.text);
	printf("%.*s %" PRIu64 "\n", STR(address), start ? monotonic_ns() - start : 0);
	fflush(stdout);
	stop_wait();
	server_close(server);
	arena_free(&arena);
}

static int serve(const char *dir)
{
	uint64_t start = monotonic_ns();
	struct account *account;
	struct err err;

	load_pin(1);
	stop_watch();
	log_gather();
	if (!account_open(str_of(dir), &account, &err))
		stop("serve", err.text);
	serve_with(&(struct server_options){ .listen = S("127.0.0.1:0"),
			   .handler = account_gather,
			   .settle = account_settle,
			   .context = account },
		start);
	account_close(account);
	return 0;
}

struct floor {
	struct hmac_key key;
	struct sealer *sealer;
	str body;
};

/* The payload's hash, the canonical request's, the signature; the sealed token and its secret. */
static void floor_handle(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response)
{
	enum { CANONICAL_BYTES = 330, TO_SIGN_BYTES = 140, SESSION_BYTES = 230 };
	struct floor *floor = context;
	unsigned char hash[SHA256_BYTES];
	str token;

	sha256(request->body, hash);
	sha256(str_head(floor->body, CANONICAL_BYTES), hash);
	hmac_with(&floor->key, str_head(floor->body, TO_SIGN_BYTES), hash);
	token = base64_write(arena, sealer_seal(arena, floor->sealer, S("ASIA0000000000000000"),
					    str_head(floor->body, SESSION_BYTES)));
	hmac_with(&floor->key, token, hash);
	*response = (struct http_response){ .status = 200, .body = floor->body };
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("Content-Type"), S("text/xml"));
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("x-amzn-RequestId"), S("00000000-0000-4000-8000-000000000000"));
}

static int floor_serve(const char *bytes)
{
	unsigned char key[SEAL_KEY_BYTES] = { 0 };
	struct floor floor = { .sealer = sealer_open(key) };
	struct arena arena = { 0 };
	uint64_t n;

	load_pin(1);
	stop_watch();
	if (!str_u64(str_of(bytes), 1 << 20, &n))
		stop("floor", "cannot be started");
	hmac_key_set(&floor.key, S("key"));
	floor.body = (str){ NEWS(&arena, char, n), n };
	serve_with(&(struct server_options){ .listen = S("127.0.0.1:0"),
			   .handler = floor_handle,
			   .context = &floor },
		0);
	sealer_close(floor.sealer);
	arena_free(&arena);
	return 0;
}

static int fixed(const char *bytes)
{
	uint64_t n;
	unsigned port;

	load_pin(1);
	stop_watch();
	port = str_u64(str_of(bytes), 1 << 20, &n) ? fixed_start((size_t)n) : 0;
	if (!port)
		stop("fixed", "cannot be started");
	printf("127.0.0.1:%u 0\n", port);
	fflush(stdout);
	stop_wait();
	return 0;
}

struct child {
	struct process process;
	str address;
	double start_s;
};

static void start(struct arena *arena, struct child *child, str dir, const char *what, str argument)
{
	const char *argv[] = { "account", what, arena_copy(arena, argument).p, NULL };
	str log = arena_printf(arena, "%.*s.log", STR(dir)), line, ns;
	uint64_t value = 0;
	struct err err;

	if (!process_start_self(&child->process, argv, log, &err) ||
		!process_read_line(arena, &child->process, 60000, &line, &err))
		stop(what, err.text);
	if (!str_cut(line, ' ', &child->address, &ns) || !str_u64(ns, UINT64_MAX, &value))
		stop(what, "said something else");
	child->start_s = (double)value / 1e9;
}

static double cpu_s(const struct child *child)
{
	struct timespec t = { 0 };
	clockid_t clock;

	if (clock_getcpuclockid(child->process.pid, &clock) == 0)
		clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident_bytes(struct arena *arena, const struct child *child)
{
	str text, path = arena_printf(arena, "/proc/%d/status", child->process.pid), number;
	uint64_t kilobytes = 0;
	struct err err;
	size_t at;

	if (!file_read(arena, path, 65536, &text, &err))
		return 0;
	at = str_find(text, S("VmRSS:"));
	number = str_trim(str_from(text, at + 6));
	str_u64(str_head(number, str_find(number, S(" "))), UINT64_MAX, &kilobytes);
	return (double)kilobytes * 1024;
}

/* ---- setting the stage */

static struct json *object(struct arena *arena, const char *text)
{
	struct json *json;
	struct err err;

	if (!json_parse(arena, arena_copy(arena, str_of(text)), LIMIT_JSON_BYTES, &json, &err))
		stop(text, err.text);
	return json;
}

static struct json *ask_api(struct arena *arena, str address, const struct credentials *who,
	const char *service, const char *operation, const struct json *input)
{
	struct client_options options = { .endpoint =
						  arena_printf(arena, "http://%.*s", STR(address)),
		.region = S("us-west-2") };
	struct client *client = client_open(&options);
	struct api_call call = { .service = str_of(service),
		.operation = str_of(operation),
		.input = input };
	struct api_answer answer;
	struct err err;

	if (!client_call(arena, client, who, &call, &answer, &err))
		stop(operation, err.text);
	if (!answer.ok)
		stop(operation, arena_copy(arena, answer.message).p);
	client_close(client);
	return answer.output;
}

static void put_text(struct arena *arena, struct json *input, const char *name, const char *text)
{
	json_put_str(arena, input, str_of(name), str_of(text));
}

static void create_role(struct arena *arena, str address, const struct credentials *who,
	const char *name, str policy)
{
	struct json *role = json_new(arena, JSON_OBJECT);

	put_text(arena, role, "RoleName", name);
	put_text(arena, role, "AssumeRolePolicyDocument", trust);
	ask_api(arena, address, who, "iam", "CreateRole", role);
	role = object(arena, "{\"PolicyName\":\"own\"}");
	put_text(arena, role, "RoleName", name);
	json_put_str(arena, role, S("PolicyDocument"), policy);
	ask_api(arena, address, who, "iam", "PutRolePolicy", role);
}

/* The document's policy without white space, as Terraform and the SDKs send it. */
static str document_policy(struct arena *arena)
{
	struct buf out = { .arena = arena };
	struct json *json;
	struct err err;
	str text;

	if (!file_read(arena, S("data/zilliz-byoc-cross-account.json"), LIMIT_POLICY_BYTES, &text,
		    &err) ||
		!json_parse(arena, text, LIMIT_JSON_BYTES, &json, &err))
		stop("policy", err.text);
	json_write(&out, json);
	return buf_view(&out);
}

/* Roles that trust the vendor, and the vendor's user who may become them. */
static struct credentials set_stage(struct arena *arena, str address,
	const struct account_admin *admins)
{
	const struct credentials *vendor = &admins[1].credentials;
	struct json *user = object(arena, "{\"UserName\":\"worker\",\"PolicyName\":\"assume\"}"),
		    *key;

	create_role(arena, address, &admins[0].credentials, DOCUMENT_ROLE, document_policy(arena));
	for (size_t i = 1; i < FEW; i++)
		create_role(arena, address, &admins[0].credentials,
			arena_printf(arena, ROLE_FORMAT, i).p, str_of(small_policy));
	ask_api(arena, address, vendor, "iam", "CreateUser",
		object(arena, "{\"UserName\":\"worker\"}"));
	put_text(arena, user, "PolicyDocument", may_assume);
	ask_api(arena, address, vendor, "iam", "PutUserPolicy", user);
	key = json_get(ask_api(arena, address, vendor, "iam", "CreateAccessKey",
			       object(arena, "{\"UserName\":\"worker\"}")),
		S("AccessKey"));
	return (struct credentials){ .access_key_id = json_str(key, S("AccessKeyId")),
		.secret_access_key = json_str(key, S("SecretAccessKey")) };
}

static void add_header(struct arena *arena, struct http_request *request, str name, str value)
{
	http_add_header(arena, &request->headers, &request->nheaders, &request->cap_headers, name,
		value);
}

/* A signed request as bytes, with the headers that AWS's own command line sends. */
static str signed_bytes(struct arena *arena, str address, const struct credentials *who,
	const char *service, str body)
{
	struct http_request request = { .method = S("POST"), .body = body };
	struct sigv4_trace trace;
	struct buf out = { .arena = arena };

	http_set_target(&request, S("/"));
	add_header(arena, &request, S("Host"), address);
	add_header(arena, &request, S("Accept-Encoding"), S("identity"));
	add_header(arena, &request, S("Content-Type"),
		S("application/x-www-form-urlencoded; charset=utf-8"));
	add_header(arena, &request, S("User-Agent"),
		S("aws-cli/2.9.19 Python/3.11.2 Linux/6.1.0-18-amd64 source/x86_64.debian.12 "
		  "prompt/off command/sts.assume-role"));
	sigv4_sign(arena, &request, who, S("us-west-2"), str_of(service), now_s(), &trace);
	buf_str(&out, S("POST / HTTP/1.1\r\n"));
	for (size_t i = 0; i < request.nheaders; i++)
		buf_printf(&out, "%.*s: %.*s\r\n", STR(request.headers[i].name),
			STR(request.headers[i].value));
	buf_printf(&out, "Content-Length: %zu\r\n\r\n%.*s", body.n, STR(body));
	return buf_view(&out);
}

/* For so many roles in turn: in the small directory all are in one account, in the large one each
 * is in another. */
static str *assume_requests(struct arena *arena, str address, const struct credentials *who,
	bool large, size_t roles)
{
	str *list = NEWS(arena, str, SIGNED);

	for (size_t i = 0; i < SIGNED; i++) {
		size_t nth = i % roles;
		size_t role =
			large ? nth * (ACCOUNTS / roles) * PER_ACCOUNT + nth % PER_ACCOUNT : nth;
		str account =
			large ? arena_printf(arena, "%012zu", 200000000000 + role / PER_ACCOUNT)
			      : S(CUSTOMER);

		list[i] = signed_bytes(arena, address, who, "sts",
			arena_printf(arena,
				"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%%3Aaws%%3Aiam%%3A"
				"%%3A%.*s%%3Arole%%2F" ROLE_FORMAT "&RoleSessionName=session-%06zu"
				"&ExternalId=cid-0123456789abcdef&DurationSeconds=3600",
				STR(account), role % PER_ACCOUNT, i));
	}
	return list;
}

static str *identity_requests(struct arena *arena, str address, const struct credentials *who)
{
	str *list = NEWS(arena, str, SIGNED);

	for (size_t i = 0; i < SIGNED; i++)
		list[i] = signed_bytes(arena, address, who, "sts",
			arena_printf(arena, "Action=GetCallerIdentity&Version=2011-06-15"));
	return list;
}

/* ---- measuring */

static double median(double *values, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k && values[k - 1] > values[k]; k--) {
			double swap = values[k];

			values[k] = values[k - 1];
			values[k - 1] = swap;
		}
	return values[n / 2];
}

struct measured {
	struct load_result load;
	double cpu_us; /* of the server, for one request */
};

static struct measured measure(const struct child *child, const str *requests, size_t n,
	size_t connections, double seconds, uint64_t max)
{
	struct load load = { .address = child->address,
		.connections = connections,
		.requests = requests,
		.n = n,
		.seconds = seconds,
		.max = max };
	struct measured measured;
	double before = cpu_s(child);
	struct err err;

	if (!load_run(&load, &measured.load, &err))
		stop("load", err.text);
	if (measured.load.refused)
		stop("load", "a request was refused");
	measured.cpu_us = (cpu_s(child) - before) * 1e6 / (double)measured.load.answered;
	return measured;
}

/* Two servers in turns; `key` is account.assume_role or the like. */
static void compare(struct arena *arena, const char *key, const struct child *child,
	const str *requests, const struct child *other, const str *others, const char *ratio_name)
{
	double rate[ROUNDS], p99[ROUNDS], tail[ROUNDS], ratio[ROUNDS], cpu[ROUNDS], cpus[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		struct measured b = measure(other, others, SIGNED, CONNECTIONS, round_s, 0);
		struct measured a = measure(child, requests, SIGNED, CONNECTIONS, round_s, 0);

		rate[i] = a.load.rate;
		ratio[i] = a.load.rate / b.load.rate;
		p99[i] = a.load.p99_us;
		tail[i] = a.load.p99_us / b.load.p99_us;
		cpu[i] = a.cpu_us;
		cpus[i] = a.cpu_us / b.cpu_us;
	}
	say(arena_printf(arena, "%s.rate", key).p, median(rate, ROUNDS));
	say(arena_printf(arena, "%s.cpu_us", key).p, median(cpu, ROUNDS));
	say(arena_printf(arena, "%s.cpu_times", key).p, median(cpus, ROUNDS));
	say(arena_printf(arena, "%s.p99_us", key).p, median(p99, ROUNDS));
	say(arena_printf(arena, "%s.p99_times", key).p, median(tail, ROUNDS));
	say(arena_printf(arena, "%s.%s", key, ratio_name).p, median(ratio, ROUNDS));
}

static void beside_fixed(struct arena *arena, const char *key, str dir, const struct child *child,
	const str *requests)
{
	struct measured first = measure(child, requests, SIGNED, 1, 1, 100);
	struct child other;

	start(arena, &other, dir, "fixed", arena_printf(arena, "%zu", first.load.body_bytes));
	compare(arena, key, child, requests, &other, requests, "ratio_to_fixed_reply");
	process_stop(&other.process);
}

/* CreateRole, each on the disk before it is answered. */
static void writes(struct arena *arena, const struct child *child,
	const struct account_admin *admins)
{
	enum { EACH = 900, ALL = EACH * WRITERS };
	str *list = NEWS(arena, str, ALL);
	struct buf text = { .arena = arena };
	struct measured m;

	uri_encode(&text, str_of(trust), false);
	for (size_t i = 0; i < ALL; i++)
		list[i] = signed_bytes(arena, child->address, &admins[2 + i % WRITERS].credentials,
			"iam",
			arena_printf(arena,
				"Action=CreateRole&Version=2010-05-08&RoleName=made-%06zu"
				"&AssumeRolePolicyDocument=%.*s",
				i, STR(buf_view(&text))));
	m = measure(child, list, ALL, CONNECTIONS, 60, ALL);
	say("account.create_role.rate", m.load.rate);
	say("account.create_role.cpu_us", m.cpu_us);
	say("account.create_role.p99_us", m.load.p99_us);
}

/* ---- 100,000 roles */

static str replaced(struct arena *arena, str text, str from, str to)
{
	struct buf out = { .arena = arena };
	size_t at;

	while ((at = str_find(text, from)) != SIZE_MAX) {
		buf_str(&out, str_head(text, at));
		buf_str(&out, to);
		text = str_from(text, at + from.n);
	}
	buf_str(&out, text);
	return buf_view(&out);
}

struct seen {
	struct arena *arena;
	str roles[2];
};

static bool find_texts(void *context, str key, str value, struct err *err)
{
	static const str keys[] = { SC("/" CUSTOMER "/iam/role/" DOCUMENT_ROLE),
		SC("/" CUSTOMER "/iam/role/" SMALL_ROLE) };
	struct seen *seen = context;

	(void)err;
	for (size_t i = 0; i < COUNT(keys); i++)
		if (str_eq(key, keys[i]))
			seen->roles[i] = arena_copy(seen->arena, value);
	return true;
}

static void put_account(struct store *store, const struct seen *seen, size_t account)
{
	static const str names[] = { SC(DOCUMENT_ROLE), SC(SMALL_ROLE) };
	struct arena arena = { 0 };
	struct change *changes = NEWS(&arena, struct change, PER_ACCOUNT + 1);
	str id = arena_printf(&arena, "%012zu", 200000000000 + account);
	struct err err;

	changes[PER_ACCOUNT] = (struct change){ .key = arena_printf(&arena, "/%.*s", STR(id)),
		.value = arena_printf(&arena, "{\"AccountId\":\"%.*s\",\"Region\":\"us-west-2\"}",
			STR(id)) };
	for (size_t i = 0; i < PER_ACCOUNT; i++) {
		str name = arena_printf(&arena, ROLE_FORMAT, i);
		str text = replaced(&arena, seen->roles[i != 0], S(CUSTOMER), id);

		changes[i].key = arena_printf(&arena, "/%.*s/iam/role/%.*s", STR(id), STR(name));
		changes[i].value = replaced(&arena, text, names[i != 0], name);
	}
	if (!store_commit(store, changes, PER_ACCOUNT + 1, &err))
		stop("fill", err.text);
	arena_free(&arena);
}

/* The directory has the accounts of the stage; the others are put beside them. */
static void fill(struct arena *arena, str dir)
{
	struct seen seen = { .arena = arena };
	struct store *store;
	struct err err;

	if (!store_open(arena_printf(arena, "%.*s/accounts.db", STR(dir)), false, &store, &err) ||
		!store_each(store, find_texts, &seen, &err))
		stop("fill", err.text);
	for (size_t i = 0; i < ACCOUNTS; i++)
		put_account(store, &seen, i);
	store_close(store);
}

/* A directory of its own, served, and who may become its roles. */
struct stage {
	struct child child;
	struct account_admin admins[2 + WRITERS];
	struct credentials worker;
};

static void open_stage(struct arena *arena, str dir, struct stage *stage)
{
	str ids[2 + WRITERS] = { S(CUSTOMER), S(VENDOR) };
	struct err err;

	for (size_t i = 0; i < WRITERS; i++)
		ids[2 + i] = arena_printf(arena, "3000000000%02zu", i);
	if (!account_init(arena, dir, ids, COUNT(ids), S("us-west-2"), stage->admins, &err))
		stop("init", err.text);
	start(arena, &stage->child, dir, "serve", dir);
	stage->worker = set_stage(arena, stage->child.address, stage->admins);
}

static void scale(struct arena *arena, str dir, const struct child *few, const str *few_requests)
{
	struct stage stage;
	double start_s[3];

	open_stage(arena, dir, &stage);
	process_stop(&stage.child.process);
	fill(arena, dir);
	for (size_t i = 0; i < COUNT(start_s); i++) {
		start(arena, &stage.child, dir, "serve", dir);
		start_s[i] = stage.child.start_s;
		if (i + 1 < COUNT(start_s))
			process_stop(&stage.child.process);
	}
	say("account.scale.start_s", median(start_s, COUNT(start_s)));
	say("account.scale.resident_mb", resident_bytes(arena, &stage.child) / 1e6);
	compare(arena, "account.scale.assume_role", &stage.child,
		assume_requests(arena, stage.child.address, &stage.worker, true, FEW), few,
		few_requests, "ratio_to_few_roles");
	compare(arena, "account.scale.assume_512_roles", &stage.child,
		assume_requests(arena, stage.child.address, &stage.worker, true, SIGNED), few,
		few_requests, "ratio_to_few_roles");
	process_stop(&stage.child.process);
}

/* In portions, each signed anew: a signature is good for 15 minutes. */
static void memory(struct arena *arena, const struct stage *stage)
{
	enum { PORTION = 500000 };
	const char *wanted = getenv("BENCH_REQUESTS");
	uint64_t n = wanted ? strtoull(wanted, NULL, 10) : MEMORY_REQUESTS;
	double before = resident_bytes(arena, &stage->child);

	for (uint64_t done = 0; done < n; done += PORTION) {
		struct arena scratch = { 0 };

		measure(&stage->child,
			assume_requests(&scratch, stage->child.address, &stage->worker, false, FEW),
			SIGNED, CONNECTIONS, 600, n - done < PORTION ? n - done : PORTION);
		arena_free(&scratch);
	}
	say("account.memory.requests", (double)n);
	say("account.memory.growth_mb", (resident_bytes(arena, &stage->child) - before) / 1e6);
}

/* ---- all of it */

static void run(struct arena *arena, str dir)
{
	str small = arena_printf(arena, "%.*s/small", STR(dir));
	str large = arena_printf(arena, "%.*s/large", STR(dir));
	struct stage stage;
	struct child other;
	str *assume, *identity;

	open_stage(arena, small, &stage);
	assume = assume_requests(arena, stage.child.address, &stage.worker, false, FEW);
	identity = identity_requests(arena, stage.child.address, &stage.worker);
	beside_fixed(arena, "account.assume_role", small, &stage.child, assume);
	start(arena, &other, small, "floor", S("1270"));
	beside_fixed(arena, "account.floor", small, &other, assume);
	process_stop(&other.process);
	beside_fixed(arena, "account.caller_identity", small, &stage.child, identity);
	scale(arena, large, &stage.child, assume);
	memory(arena, &stage);
	writes(arena, &stage.child, stage.admins);
	process_stop(&stage.child.process);
	dir_remove(small);
	dir_remove(large);
	unlink(arena_printf(arena, "%.*s.log", STR(small)).p);
	unlink(arena_printf(arena, "%.*s.log", STR(large)).p);
	dir_remove(dir);
}

int main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct err err;
	str dir;

	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2]);
	if (argc == 3 && strcmp(argv[1], "fixed") == 0)
		return fixed(argv[2]);
	if (argc == 3 && strcmp(argv[1], "floor") == 0)
		return floor_serve(argv[2]);
	if (!dir_make_temp(&arena, S("deputy-bench"), &dir, &err))
		stop("directory", err.text);
	load_pin(0);
	run(&arena, dir);
	arena_free(&arena);
	return 0;
}
