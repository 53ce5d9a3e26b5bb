/*
 * time.c -- a time as text: seconds since 1970-01-01 UTC become a date that people and AWS read.
 *
 * Whole blocks of 400 years all have the same number of days; within one, the calendar is
 * arithmetic. No clock and no time zone is asked, so that the pure
 * code and the signer can write times; the clock itself is in os.c.
 */
#include "base/base.h"

enum { DAY_S = 86400, DAYS_400_YEARS = 146097 };

struct date {
	int64_t year;
	int month, day;  /* from 1 */
	unsigned second; /* of the day */
};

/* The date of a day, counted in years that begin in March: a leap day is then the last of its
 * year, and the months before it have the same lengths in each. */
static void set_date(struct date *date, int64_t days)
{
	int64_t since = days + 719468; /* 0000-03-01 */
	int64_t blocks = since / DAYS_400_YEARS - (since % DAYS_400_YEARS < 0);
	int64_t day = since - blocks * DAYS_400_YEARS;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153; /* from March */
	date->day = (int)(day - (153 * month + 2) / 5 + 1);
	date->month = (int)(month < 10 ? month + 3 : month - 9);
	date->year = year + 400 * blocks + (date->month <= 2);
}

static struct date date_of(int64_t s)
{
	struct date date = { 0 };
	int64_t days = s / DAY_S, second = s % DAY_S;

	if (second < 0) { /* C rounds towards zero, calendars towards the past */
		second += DAY_S;
		days--;
	}
	date.second = (unsigned)second;
	set_date(&date, days);
	return date;
}

/* A number of two digits and a mark behind it, or none. Times are written with each request, and
 * printf takes longer. */
static char *write_two(char *at, unsigned number, const char *mark)
{
	at[0] = (char)('0' + number / 10 % 10);
	at[1] = (char)('0' + number % 10);
	at[2] = *mark;
	return at + (*mark ? 3 : 2);
}

/* With such marks between the parts of the date and of the time, or none. */
static str write_time(struct arena *arena, int64_t s, const char *dash, const char *colon)
{
	struct date d = date_of(s);
	char *start = NEWS(arena, char, sizeof("2026-11-24T07:05:44Z")), *at = start;

	at = write_two(at, (unsigned)d.year / 100, "");
	at = write_two(at, (unsigned)d.year, dash);
	at = write_two(at, (unsigned)d.month, dash);
	at = write_two(at, (unsigned)d.day, "T");
	at = write_two(at, d.second / 3600, colon);
	at = write_two(at, d.second / 60 % 60, colon);
	at = write_two(at, d.second % 60, "Z");
	return (str){ start, (size_t)(at - start) };
}

str time_iso(struct arena *arena, int64_t s)
{
	return write_time(arena, s, "-", ":");
}

str time_basic(struct arena *arena, int64_t s)
{
	return write_time(arena, s, "", "");
}
