/*
 * time.c -- a time as text: seconds since 1970-01-01 UTC become a date that people and AWS read.
 *
 * The calendar is counted out, year by year and month by month, from whole blocks of 400 years,
 * which all have the same number of days. No clock and no time zone is asked, so that the pure
 * code and the signer can write times; the clock itself is in os.c.
 */
#include "base/base.h"

enum { DAY_S = 86400, DAYS_400_YEARS = 146097 };

struct date {
	int64_t year;
	int month, day; /* from 1 */
	int64_t second; /* of the day */
};

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int64_t year, int month)
{
	static const signed char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

static struct date date_of(int64_t s)
{
	struct date date = { .year = 1970, .month = 1, .day = 1 };
	int64_t days = s / DAY_S, blocks;

	date.second = s % DAY_S;
	if (date.second < 0) { /* C rounds towards zero, calendars towards the past */
		date.second += DAY_S;
		days--;
	}
	blocks = days / DAYS_400_YEARS - (days % DAYS_400_YEARS < 0);
	date.year += 400 * blocks;
	days -= DAYS_400_YEARS * blocks;
	for (; days >= 365 + is_leap(date.year); date.year++)
		days -= 365 + is_leap(date.year);
	for (; days >= days_of_month(date.year, date.month); date.month++)
		days -= days_of_month(date.year, date.month);
	date.day += (int)days;
	return date;
}

str time_iso(struct arena *arena, int64_t s)
{
	struct date d = date_of(s);
	int time = (int)d.second;

	return arena_printf(arena, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)d.year, d.month,
		d.day, time / 3600, time / 60 % 60, time % 60);
}

str time_basic(struct arena *arena, int64_t s)
{
	struct date d = date_of(s);
	int time = (int)d.second;

	return arena_printf(arena, "%04lld%02d%02dT%02d%02d%02dZ", (long long)d.year, d.month,
		d.day, time / 3600, time / 60 % 60, time % 60);
}
