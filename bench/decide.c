/*
 * decide.c -- how long one decision takes.
 *
 *   decide TRACE VERDICTS
 *
 * Programs are compiled beforehand. The trace, shuffled when it was made, is walked through again
 * and again, and each decision is timed on its own; so between two decisions on one request lie
 * ten thousand others, as in a server, and the branch predictor does not know what comes. Before a
 * decision its request is read once: whoever asks has just put it together, so it is in the
 * cache. (`cold` is without that: requests that nobody has touched for megabytes.)
 *
 * A request's time is the median of its readings, which takes out the interrupts; the median and
 * the percentile are those of all requests. Two more figures keep this honest:
 *
 *   p99_reading  the 99th percentile of the single readings, interrupts and all
 *   mean         the time for the whole trace, cold, no clock in between, for each decision
 *
 * The verdicts are compared with what must come out, and written for the peers' to be compared.
 */
#include "bench.h"

#include "base/os.h"

#include <stdio.h>
#include <stdlib.h>

enum { PASSES = 31 };

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "decide: %s\n", what);
	exit(1);
}

/* One line for each request. */
static void verdicts_write(struct arena *arena, const char *path, const struct layers *layers,
	const struct trace_file *trace)
{
	struct buf out = { .arena = arena };
	struct err err;

	for (size_t i = 0; i < trace->n; i++) {
		const struct item *item = &trace->items[i];
		bool allowed = decide(layers, &item->request).effect == ALLOW;

		if (allowed != item->want)
			fprintf(stderr, "decide: request %zu (%.*s): %.*s on %.*s\n", i + 1,
				STR(item->why), STR(item->request.action),
				STR(item->request.resource));
		must(allowed == item->want, "a verdict is wrong");
		buf_str(&out, allowed ? S("allow\n") : S("deny\n"));
	}
	must(file_write(str_of(path), buf_view(&out), 0644, &err), "verdicts cannot be written");
}

static bool agrees(const struct layers *layers, const struct trace_file *trace)
{
	for (size_t i = 0; i < trace->n; i++)
		if ((decide(layers, &trace->items[i].request).effect == ALLOW) !=
			trace->items[i].want)
			return false;
	return true;
}

/* ---- measuring */

struct readings {
	uint64_t cost;
	double ns;
	double *each;    /* [n * PASSES], request by request */
	double *request; /* [n] medians */
};

/* Reads all of it, as if it had just been written. */
static unsigned touch(const struct request *request)
{
	unsigned sum =
		(unsigned char)request->action.p[0] + (unsigned char)request->caller.arn.p[0];

	for (size_t i = 0; i < request->resource.n; i++)
		sum += (unsigned char)request->resource.p[i];
	for (size_t i = 0; i < request->ncontext; i++)
		for (size_t k = 0; k < request->context[i].n; k++)
			for (size_t at = 0; at < request->context[i].values[k].n; at += 16)
				sum += (unsigned char)request->context[i].values[k].p[at];
	return sum;
}

static void take(struct readings *r, const struct layers *layers, const struct trace_file *trace,
	bool cold)
{
	volatile unsigned effects = 0;

	for (size_t pass = 0; pass < PASSES; pass++)
		for (size_t i = 0; i < trace->n; i++) {
			const struct request *request = &trace->items[i].request;
			uint64_t from, passed;

			effects += cold ? 0 : touch(request);
			from = ticks();
			effects += decide(layers, request).effect;
			passed = ticks() - from;
			passed = passed > r->cost ? passed - r->cost : 0;
			r->each[i * PASSES + pass] = (double)passed * r->ns;
		}
}

static double mean_ns(const struct layers *layers, const struct trace_file *trace)
{
	double each[PASSES];
	volatile unsigned effects = 0;

	for (size_t pass = 0; pass < PASSES; pass++) {
		double from = cpu_ns();

		for (size_t i = 0; i < trace->n; i++)
			effects += decide(layers, &trace->items[i].request).effect;
		each[pass] = (cpu_ns() - from) / (double)trace->n;
	}
	return median(each, PASSES);
}

static void say_as(const char *name, const char *figure, double value)
{
	char key[80];

	snprintf(key, sizeof(key), "%s.%s", name, figure);
	say(key, value);
}

static void measure(struct readings *r, const char *name, const struct layers *layers,
	const struct trace_file *trace)
{
	take(r, layers, trace, true);
	for (size_t i = 0; i < trace->n; i++)
		r->request[i] = median(&r->each[i * PASSES], PASSES);
	say_as(name, "cold.median_ns", median(r->request, trace->n));
	say_as(name, "cold.p99_ns", percentile(r->request, trace->n, 0.99));
	take(r, layers, trace, false);
	for (size_t i = 0; i < trace->n; i++)
		r->request[i] = median(&r->each[i * PASSES], PASSES);
	say_as(name, "median_ns", median(r->request, trace->n));
	say_as(name, "p99_ns", percentile(r->request, trace->n, 0.99));
	say_as(name, "max_ns", percentile(r->request, trace->n, 1));
	say_as(name, "p99_reading_ns", percentile(r->each, trace->n * PASSES, 0.99));
	say_as(name, "mean_ns", mean_ns(layers, trace));
}

/* ---- assuming the role: the trust policy decides */

static const struct {
	const char *principal, *external_id;
	bool want;
} assumptions[] = {
	{ "arn:aws:sts::444455556666:assumed-role/byoc-manager/job-1", "zilliz-4f1d9c2e", true },
	{ "arn:aws:iam::444455556666:user/operator", "zilliz-4f1d9c2e", true },
	{ "arn:aws:sts::444455556666:assumed-role/byoc-manager/job-1", "zilliz-4f1d9c2f", false },
	{ "arn:aws:sts::777788889999:assumed-role/byoc-manager/job-1", "zilliz-4f1d9c2e", false },
	{ "arn:aws:sts::444455556666:assumed-role/byoc-manager/job-1", NULL, false },
};

/* The same context as in the trace, with the external ID before it. */
static void assumption_make(struct arena *arena, size_t row, const struct item *like,
	struct item *item)
{
	struct request *request = &item->request;
	size_t extra = assumptions[row].external_id != NULL;
	struct context_key *keys = NEWS(arena, struct context_key, like->request.ncontext + extra);
	str *value = NEW(arena, str);

	*item = (struct item){ .want = assumptions[row].want };
	must(caller_parse(str_of(assumptions[row].principal), &request->caller), "no caller");
	request->action = S("sts:AssumeRole");
	request->resource = S("arn:aws:iam::111122223333:role/zilliz-byoc-cross-account");
	*value = str_of(assumptions[row].external_id);
	if (extra)
		keys[0] = (struct context_key){ S("sts:ExternalId"), value, 1, false };
	for (size_t i = 0; i < like->request.ncontext; i++)
		keys[extra + i] = like->request.context[i];
	request->context = keys;
	request->ncontext = like->request.ncontext + extra;
}

static void measure_trust(struct arena *arena, struct readings *r, const struct layers *around,
	const struct trace_file *trace)
{
	struct trace_file own = { NEWS(arena, struct item, trace->n), trace->n };
	struct layers layers = { .resource = around->resource,
		.identity =
			program_of(arena, S("{\"Version\":\"2012-10-17\",\"Statement\":{"
					    "\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\","
					    "\"Resource\":\"*\"}}")) };

	for (size_t i = 0; i < own.n; i++)
		assumption_make(arena, i % COUNT(assumptions), &trace->items[i], &own.items[i]);
	must(agrees(&layers, &own), "a verdict on sts:AssumeRole is wrong");
	measure(r, "decide.trust", &layers, &own);
}

int main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct trace_file trace;
	struct layers identity = { 0 }, all;
	struct readings r = { .cost = tick_cost(), .ns = tick_ns() };

	must(argc == 3, "usage: decide TRACE VERDICTS");
	trace_read(&arena, argv[1], &trace);
	identity.identity = program_of(&arena, policy_text(&arena));
	all = layers_around(&arena, identity.identity);
	verdicts_write(&arena, argv[2], &identity, &trace);
	must(agrees(&all, &trace), "a verdict with all layers is wrong");
	r.each = NEWS(&arena, double, trace.n *PASSES);
	r.request = NEWS(&arena, double, trace.n);
	say("clock.cost_ns", (double)r.cost * r.ns);
	say("trace.requests", (double)trace.n);
	measure(&r, "decide", &identity, &trace);
	measure(&r, "decide.layers", &all, &trace);
	measure_trust(&arena, &r, &all, &trace);
	arena_free(&arena);
	return 0;
}
