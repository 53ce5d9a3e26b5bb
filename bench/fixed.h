/*
 * fixed.h -- the bare HTTP library, which reads a request and gives the same answer to all.
 */
#ifndef DEPUTY_BENCH_FIXED_H
#define DEPUTY_BENCH_FIXED_H

#include <stddef.h>

/* Answers with a body of so many bytes; the port it listens on, or 0. */
unsigned fixed_start(size_t body_bytes);

#endif
