/*
 * bench.c -- what the measuring programs share.
 *
 * One decision takes about as long as reading CLOCK_MONOTONIC does, so single decisions are
 * timed with the processor's time stamp counter, fenced on both sides so that nothing is counted
 * that was not done; what an empty measurement takes is subtracted. Where there is no such
 * counter, CLOCK_MONOTONIC must do.
 */
#include "bench.h"

#include "base/json.h"
#include "base/os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void stop(const char *what, const struct err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err->text);
	exit(1);
}

/* ---- the trace */

/* Names of keys are there once, as in a server, where they are constants. */
static str key_name(struct arena *arena, str name)
{
	static str names[64];
	size_t i = 0;

	while (i < COUNT(names) && names[i].n && !str_eq(names[i], name))
		i++;
	if (i == COUNT(names))
		return arena_copy(arena, name);
	if (!names[i].n)
		names[i] = arena_copy(arena, name);
	return names[i];
}

static void context_read(struct arena *arena, const struct json *object, struct request *request)
{
	struct context_key *keys = NEWS(arena, struct context_key, object ? object->count : 0);
	size_t n = 0;

	JSON_EACH(member, object)
	{
		bool multi = json_is(member, JSON_ARRAY);
		str *values = NEWS(arena, str, multi ? member->count : 1);
		size_t nvalues = 0;

		JSON_EACH(value, multi ? member : NULL)
		values[nvalues++] = arena_copy(arena, value->text);
		if (!multi)
			values[nvalues++] = arena_copy(arena, member->text);
		keys[n++] = (struct context_key){ .key = key_name(arena, member->name),
			.values = values,
			.n = nvalues,
			.multi = multi };
	}
	request->context = keys;
	request->ncontext = n;
}

static void item_read(struct arena *arena, const struct json *line, struct item *item)
{
	struct request *request = &item->request;

	if (!caller_parse(arena_copy(arena, json_str(line, S("principal"))), &request->caller))
		abort();
	request->action = arena_copy(arena, json_str(line, S("action")));
	request->resource = arena_copy(arena, json_str(line, S("resource")));
	request->no_resource_types = str_eq(request->resource, S("*"));
	context_read(arena, json_get(line, S("context")), request);
	item->want = str_eq(json_str(line, S("want")), S("allow"));
	item->why = arena_copy(arena, json_str(line, S("why")));
}

void trace_read(struct arena *arena, const char *path, struct trace_file *trace)
{
	struct arena file = { 0 };
	struct json *json;
	struct err err;
	str text, rest, line;

	if (!file_read(&file, str_of(path), LIMIT_FILE_BYTES, &text, &err))
		stop(path, &err);
	*trace = (struct trace_file){ 0 };
	for (rest = text; str_cut(rest, '\n', &line, &rest);)
		trace->n++;
	trace->items = NEWS(arena, struct item, trace->n);
	rest = text;
	for (size_t i = 0; str_cut(rest, '\n', &line, &rest); i++) {
		struct arena scratch = { 0 };

		if (!json_parse(&scratch, line, LIMIT_JSON_BYTES, &json, &err))
			stop(path, &err);
		item_read(arena, json, &trace->items[i]);
		arena_free(&scratch);
	}
	arena_free(&file);
}

/* ---- policies */

struct document *document_of(struct arena *arena, str text)
{
	struct document *document;
	struct err err;

	if (!policy_parse(arena, S("bench"), text, &document, &err))
		stop("policy", &err);
	return document;
}

const struct program *program_of(struct arena *arena, str text)
{
	const struct document *document = document_of(arena, text);

	return program_compile(arena, &document, 1);
}

str policy_text(struct arena *arena)
{
	static const str placeholder = SC("{bucketName}");
	struct buf out = { .arena = arena };
	struct err err;
	size_t at;
	str text;

	if (!file_read(arena, S("data/zilliz-byoc-cross-account.json"), LIMIT_POLICY_BYTES, &text,
		    &err))
		stop("policy", &err);
	at = str_find(text, placeholder);
	buf_str(&out, str_head(text, at));
	buf_str(&out, S("acme-zilliz-byoc"));
	buf_str(&out, str_from(text, at + placeholder.n));
	return buf_view(&out);
}

static str statements(struct arena *arena, const char *inside)
{
	return arena_printf(arena, "{\"Version\":\"2012-10-17\",\"Statement\":[%s]}", inside);
}

#define FULL_ACCESS "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"

/* The organization's root allows everything; the unit under it denies what units usually deny. */
static const char unit[] =
	FULL_ACCESS ",{\"Sid\":\"Stay\",\"Effect\":\"Deny\",\"Resource\":\"*\","
		    "\"Action\":\"organizations:LeaveOrganization\"},"
		    "{\"Sid\":\"Regions\",\"Effect\":\"Deny\",\"Resource\":\"*\","
		    "\"NotAction\":[\"iam:*\",\"organizations:*\",\"route53:*\",\"support:*\"],"
		    "\"Condition\":{\"StringNotEquals\":{\"aws:RequestedRegion\":[\"us-west-2\","
		    "\"us-east-1\",\"eu-central-1\",\"ap-southeast-1\"]}}},"
		    "{\"Sid\":\"Trail\",\"Effect\":\"Deny\",\"Resource\":\"*\","
		    "\"Action\":[\"cloudtrail:StopLogging\",\"cloudtrail:DeleteTrail\"]}";

static const char boundary[] =
	"{\"Effect\":\"Allow\",\"Action\":[\"ec2:*\",\"eks:*\",\"iam:*\",\"s3:*\","
	"\"logs:*\",\"autoscaling:*\"],\"Resource\":\"*\"},"
	"{\"Effect\":\"Deny\",\"Action\":[\"iam:CreateUser\",\"iam:CreateAccessKey\"],"
	"\"Resource\":\"*\"}";

static const char trust[] =
	"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"},"
	"\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":"
	"{\"sts:ExternalId\":\"zilliz-4f1d9c2e\"}}}";

struct layers layers_around(struct arena *arena, const struct program *identity)
{
	struct level *scp = NEWS(arena, struct level, 2);

	scp[0] = (struct level){ S("r-root"), program_of(arena, statements(arena, FULL_ACCESS)) };
	scp[1] = (struct level){ S("ou-workloads"), program_of(arena, statements(arena, unit)) };
	return (struct layers){
		.identity = identity,
		.boundary = program_of(arena, statements(arena, boundary)),
		.session = program_of(arena, statements(arena, FULL_ACCESS)),
		.resource = program_of(arena, statements(arena, trust)),
		.scp = scp,
		.nscp = 2,
	};
}

/* ---- the clock */

#if defined(__x86_64__)
uint64_t ticks(void)
{
	uint64_t now;

	__builtin_ia32_lfence();
	now = __builtin_ia32_rdtsc();
	__builtin_ia32_lfence();
	return now;
}
#else
uint64_t ticks(void)
{
	return monotonic_ns();
}
#endif

double tick_ns(void)
{
	uint64_t ns = monotonic_ns(), from = ticks(), passed;

	while ((passed = monotonic_ns() - ns) < 50 * 1000 * 1000)
		;
	return (double)passed / (double)(ticks() - from);
}

uint64_t tick_cost(void)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < 100000; i++) {
		uint64_t from = ticks(), cost = ticks() - from;

		least = cost < least ? cost : least;
	}
	return least;
}

double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- results */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double percentile(double *values, size_t n, double part)
{
	qsort(values, n, sizeof(*values), by_value);
	return values[(size_t)((double)(n - 1) * part)];
}

double median(double *values, size_t n)
{
	return percentile(values, n, 0.5);
}

void say(const char *key, double value)
{
	printf("%s %.6g\n", key, value);
}
