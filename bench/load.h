/*
 * load.h -- a load on a server: many connections, each of which sends its next request as soon
 * as the answer to the last one is there.
 */
#ifndef DEPUTY_BENCH_LOAD_H
#define DEPUTY_BENCH_LOAD_H

#include "base/base.h"

struct load {
	str address; /* "127.0.0.1:43210" */
	size_t connections;
	const str *requests; /* whole requests as bytes; taken in turn */
	size_t n;
	double seconds; /* stops then, or … */
	uint64_t max;   /* … when so many are answered; 0: no such bound */
};

struct load_result {
	double rate; /* answers a second */
	double p50_us, p99_us;
	uint64_t answered, refused; /* refused: another status than 200 */
	size_t reply_bytes;         /* of the last answer, head and body */
	size_t body_bytes;
};

/* The calling process stays on this processor, if there are so many: whoever asks on one, whoever
 * answers on another, so that they do not take turns. */
void load_pin(unsigned cpu);

/* False: no connection, or one was closed under way. */
MUST_USE bool load_run(const struct load *load, struct load_result *result, struct err *err);

#endif
