/*
 * tap.h -- what a test program needs: `ok` and `is` say one result each in TAP, `tap_done`
 * says how many there were. tools/test.sh counts them.
 */
#ifndef DEPUTY_TAP_H
#define DEPUTY_TAP_H

#include "base/base.h"

#include <stdio.h>

static unsigned tap_run, tap_failed;

/* One result. Returns it, so that a test can stop where going on makes no sense. */
#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)
/* The same for two texts, both shown when they differ. */
#define is(got, want, ...) tap_is((got), (want), __FILE__, __LINE__, __VA_ARGS__)

static inline bool tap_ok(bool good, const char *file, int line, const char *format, ...)
	PRINTF(4, 5);
static inline bool tap_is(str got, str want, const char *file, int line, const char *format, ...)
	PRINTF(5, 6);

static inline void tap_say(bool good, const char *file, int line, const char *format, va_list args)
{
	tap_run++;
	tap_failed += !good;
	printf("%sok %u - ", good ? "" : "not ", tap_run);
	vprintf(format, args);
	if (!good)
		printf(" (%s:%d)", file, line);
	printf("\n");
}

static inline bool tap_ok(bool good, const char *file, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tap_say(good, file, line, format, args);
	va_end(args);
	return good;
}

static inline bool tap_is(str got, str want, const char *file, int line, const char *format, ...)
{
	bool good = str_eq(got, want);
	va_list args;

	va_start(args, format);
	tap_say(good, file, line, format, args);
	va_end(args);
	if (!good)
		printf("#  got: %.*s\n# want: %.*s\n", STR(got), STR(want));
	return good;
}

static inline int tap_done(void)
{
	printf("1..%u\n", tap_run);
	return tap_failed != 0;
}

#endif
