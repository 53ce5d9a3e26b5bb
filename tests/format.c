/*
 * format.c -- what buf_printf writes is what the C library's snprintf writes, byte for byte.
 *
 * Common conversions are written by buf.c itself; the last rows are left to the library. Times
 * are text too, and the C library knows the calendar.
 */
#include "base/base.h"
#include "tap.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

/* A macro, so that the compiler checks each format against its arguments. */
#define SAME(...)                                                                               \
	do {                                                                                    \
		char want[512];                                                                 \
		int n = snprintf(want, sizeof(want), __VA_ARGS__);                              \
		str got = arena_printf(arena, __VA_ARGS__);                                     \
                                                                                                \
		is(got, str_head(str_of(want), (size_t)n), "%s", #__VA_ARGS__);                 \
		ok(!got.p || got.p[got.n] == '\0', "... and ends as the C library's texts do"); \
	} while (0)

static void texts(struct arena *arena)
{
	static const char nul[] = { 'a', 'b', '\0', 'c' };

	SAME("plain");
	SAME("100%%");
	SAME("%s", "text");
	SAME("%s%s", "", "b");
	SAME("a %.*s b", 3, "abcdef");
	SAME("%.*s", 0, "nothing of it");
	SAME("%.*s", -1, "all of it");
	SAME("%.*s|", 4, nul);
	SAME("%.8s-%.4s", "0123456789", "ab");
	SAME("%c%c", 'x', '\n');
}

static void numbers(struct arena *arena)
{
	SAME("%d %d %d", 0, INT_MAX, INT_MIN);
	SAME("%u", UINT_MAX);
	SAME("%ld %lu", LONG_MIN, ULONG_MAX);
	SAME("%lld %llu", LLONG_MIN, ULLONG_MAX);
	SAME("%zu %zx", SIZE_MAX, SIZE_MAX);
	SAME("%04lld-%02d-%02dT%02d", 2026LL, 1, 24, 0);
	SAME("%02x%02x", 10U, 255U);
	SAME("%5d|%5u|%3d", -12, 7U, 123456);
	SAME("%05d|%06lld", -12, -3LL);
	SAME("%012zu", (size_t)111122223333);
}

static void left_to_the_library(struct arena *arena)
{
	SAME("%.3f", 1.0 / 3);
	SAME("%-8s|%8s", "ab", "cd");
	SAME("%X %o %+d %.5d", 255U, 8U, 5, 42);
	SAME("%hhu %s", (unsigned char)7, "behind");
	SAME("%s %.2f %.*s", "mixed", 2.5, 2, "abc");
}

/* The C library's calendar is the oracle: every 13 hours of 800 years around 1970. */
static void times(struct arena *arena)
{
	const int64_t step = 13 * 3600 + 59;
	size_t wrong = 0;

	for (int64_t s = -400 * INT64_C(31556952); s < 400 * INT64_C(31556952); s += step) {
		struct arena scratch = { 0 };
		time_t t = (time_t)s;
		char want[64];
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		wrong += !str_eq(time_iso(&scratch, s), str_of(want));
		arena_free(&scratch);
	}
	ok(wrong == 0, "dates are the C library's (%zu are not)", wrong);
	is(time_basic(arena, 951782400), S("20000229T000000Z"), "a leap day");
	is(time_iso(arena, -1), S("1969-12-31T23:59:59Z"), "the second before 1970");
}

int main(void)
{
	struct arena arena = { 0 };

	texts(&arena);
	numbers(&arena);
	left_to_the_library(&arena);
	times(&arena);
	arena_free(&arena);
	return tap_done();
}
