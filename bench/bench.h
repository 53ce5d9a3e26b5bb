/*
 * bench.h -- what the measuring programs share: the trace, the policies, a clock, and how a
 * result is said.
 *
 * Every program here, and every peer, says its results as lines `key value` on standard output;
 * bench.sh runs them all several times in turn and takes the medians.
 */
#ifndef DEPUTY_BENCH_H
#define DEPUTY_BENCH_H

#include "base/base.h"
#include "engine/engine.h"

/* ---- the trace */

struct item {
	struct request request;
	bool want; /* is it to be allowed? Known from how the request was made (trace.c) */
	str why;
};

struct trace_file {
	struct item *items;
	size_t n;
};

/* A file that cannot be read, or a line that is none, ends the program. */
void trace_read(struct arena *arena, const char *path, struct trace_file *trace);

/* ---- policies */

/* A program of one document. A text that is no policy ends the program. */
const struct program *program_of(struct arena *arena, str text);
struct document *document_of(struct arena *arena, str text);

/* The document's policy, its bucket filled in. */
str policy_text(struct arena *arena);

/* What surrounds the policy in the measurement of all layers; all of it allows the trace. */
struct layers layers_around(struct arena *arena, const struct program *identity);

/* ---- the clock */

/* The processor's own, where it has one that only counts up and never changes its speed. */
uint64_t ticks(void);
double tick_ns(void); /* measured once against CLOCK_MONOTONIC */

double cpu_ns(void); /* spent by this process, for what takes long enough to be interrupted */

/* What a reading itself takes: the smallest of many, in ticks. */
uint64_t tick_cost(void);

/* ---- results */

double median(double *values, size_t n); /* sorts them */
double percentile(double *values, size_t n, double part);
void say(const char *key, double value);

#endif
