/*
 * value.c -- reading numbers, dates, addresses and bytes as AWS does.
 *
 * Nothing is rounded: numbers are compared digit by digit, dates in
 * nanoseconds, addresses bit by bit. A reader answers false for anything that
 * is not wholly of its type; the operator then never matches [S-58, S-59, S-60, S-61, S-62].
 */
#include "engine/program.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool all_digits(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return true;
}

/* ---- numbers [S-58] */

bool decimal_read(str text, struct decimal *value)
{
	str whole, fraction;

	*value = (struct decimal){ .negative = str_starts(text, S("-")) };
	whole = str_from(text, value->negative);
	if (!str_cut(whole, '.', &whole, &fraction))
		fraction = (str){ 0 };
	else if (fraction.n == 0)
		return false;
	if (whole.n == 0 || !all_digits(whole) || !all_digits(fraction))
		return false;
	while (whole.n && whole.p[0] == '0')
		whole = str_from(whole, 1);
	while (fraction.n && fraction.p[fraction.n - 1] == '0')
		fraction.n--;
	value->whole = whole;
	value->fraction = fraction;
	value->negative = value->negative && (whole.n || fraction.n); /* -0 is 0 */
	return true;
}

int decimal_cmp(const struct decimal *a, const struct decimal *b)
{
	int order;

	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	if (a->whole.n != b->whole.n)
		order = a->whole.n < b->whole.n ? -1 : 1;
	else
		order = str_cmp(a->whole, b->whole);
	if (order == 0)
		order = str_cmp(a->fraction, b->fraction);
	return a->negative ? -order : order;
}

/* ---- dates [S-59]: 2026-11-24T07:05:44.5+01:00 and shorter, or seconds since 1970 */

/* Exactly n digits at the front of *s, between low and high. */
static bool take_digits(str *s, size_t n, unsigned low, unsigned high, unsigned *value)
{
	uint64_t number;

	if (s->n < n || !str_u64(str_head(*s, n), high, &number) || number < low)
		return false;
	*value = (unsigned)number;
	*s = str_from(*s, n);
	return true;
}

static bool take(str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; years begin in March for this. */
static int64_t days_from(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? (int64_t)month - 3 : (int64_t)month + 9) + 2) / 5 +
			  (int64_t)day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (unsigned)(month == 2 && leap);
}

static bool take_date(str *s, int64_t *days)
{
	unsigned year, month = 1, day = 1;

	if (!take_digits(s, 4, 0, 9999, &year))
		return false;
	if (take(s, '-')) {
		if (!take_digits(s, 2, 1, 12, &month))
			return false;
		if (take(s, '-') && !take_digits(s, 2, 1, days_in(year, month), &day))
			return false;
	}
	*days = days_from(year, month, day);
	return true;
}

static bool take_fraction(str *s, uint32_t *ns)
{
	uint32_t unit = 100000000;
	size_t n = 0;

	for (; n < s->n && is_digit(s->p[n]); n++, unit /= 10)
		*ns += (uint32_t)(s->p[n] - '0') * unit;
	*s = str_from(*s, n);
	return n > 0;
}

/* Z, +01:00, -0530, or nothing, which is UTC. */
static bool take_zone(str *s, int64_t *offset_s)
{
	bool west = s->n && s->p[0] == '-';
	unsigned hours, minutes;

	*offset_s = 0;
	if (s->n == 0 || take(s, 'Z'))
		return true;
	if ((!take(s, '+') && !take(s, '-')) || !take_digits(s, 2, 0, 23, &hours))
		return false;
	take(s, ':');
	if (!take_digits(s, 2, 0, 59, &minutes))
		return false;
	*offset_s = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	if (west)
		*offset_s = -*offset_s;
	return true;
}

static bool take_time(str *s, struct instant *value)
{
	unsigned hour, minute, second = 0;

	if (!take_digits(s, 2, 0, 23, &hour) || !take(s, ':') || !take_digits(s, 2, 0, 59, &minute))
		return false;
	if (take(s, ':')) {
		if (!take_digits(s, 2, 0, 60, &second))
			return false;
		if (take(s, '.') && !take_fraction(s, &value->ns))
			return false;
	}
	value->s += (int64_t)hour * 3600 + (int64_t)minute * 60 + (int64_t)second;
	return true;
}

/* Seconds since 1970, with or without a fraction and a sign. Four digits are a year. */
static bool read_epoch(str text, struct instant *value)
{
	bool negative = str_starts(text, S("-"));
	str whole = str_from(text, negative), fraction = { 0 };
	uint64_t s;

	if (str_cut(whole, '.', &whole, &fraction) &&
		(!take_fraction(&fraction, &value->ns) || fraction.n))
		return false;
	if (!str_u64(whole, INT64_MAX, &s))
		return false;
	value->s = negative ? -(int64_t)s : (int64_t)s;
	if (negative && value->ns) {
		value->s--;
		value->ns = 1000000000 - value->ns;
	}
	return true;
}

bool instant_read(str text, struct instant *value)
{
	str rest = text;
	int64_t days, offset_s;

	*value = (struct instant){ 0 };
	if (text.n != 4 && read_epoch(text, value))
		return true;
	*value = (struct instant){ 0 };
	if (!take_date(&rest, &days))
		return false;
	value->s = days * 86400;
	if (rest.n == 0)
		return true;
	if (text.n - rest.n != 10 || (!take(&rest, 'T') && !take(&rest, 't')))
		return false;
	if (!take_time(&rest, value) || !take_zone(&rest, &offset_s) || rest.n)
		return false;
	value->s -= offset_s;
	return true;
}

int instant_cmp(const struct instant *a, const struct instant *b)
{
	if (a->s != b->s)
		return a->s < b->s ? -1 : 1;
	return (a->ns > b->ns) - (a->ns < b->ns);
}

/* ---- addresses and networks [S-62] */

static bool read_v4(str text, unsigned char address[4])
{
	for (size_t i = 0; i < 4; i++) {
		str part = text;
		uint64_t number;

		if (i < 3 && !str_cut(text, '.', &part, &text))
			return false;
		if (part.n == 0 || part.n > 3 || (part.n > 1 && part.p[0] == '0') ||
			!str_u64(part, 255, &number))
			return false;
		address[i] = (unsigned char)number;
	}
	return true;
}

static bool read_group(str text, unsigned char *out)
{
	unsigned value = 0;

	if (text.n == 0 || text.n > 4)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = ascii_lower(text.p[i]);

		if (!is_digit(c) && !(c >= 'a' && c <= 'f'))
			return false;
		value = value * 16 + (unsigned)(is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	out[0] = (unsigned char)(value >> 8);
	out[1] = (unsigned char)value;
	return true;
}

/* Groups between colons, the last of which may be a v4 address. Empty text is no groups. */
static bool read_groups(str text, unsigned char out[16], size_t *bytes)
{
	*bytes = 0;
	while (text.n) {
		str group = text, rest = { 0 };
		bool more = str_cut(text, ':', &group, &rest);

		if (more && rest.n == 0)
			return false;
		if (!more && str_find(group, S(".")) != SIZE_MAX) {
			if (*bytes > 12 || !read_v4(group, out + *bytes))
				return false;
			*bytes += 4;
		} else {
			if (*bytes > 14 || !read_group(group, out + *bytes))
				return false;
			*bytes += 2;
		}
		text = rest;
	}
	return true;
}

static bool read_v6(str text, unsigned char address[16])
{
	unsigned char head[16], tail[16];
	size_t gap = str_find(text, S("::")), nhead, ntail = 0;

	memset(address, 0, 16);
	if (!read_groups(gap == SIZE_MAX ? text : str_head(text, gap), head, &nhead))
		return false;
	if (gap != SIZE_MAX && !read_groups(str_from(text, gap + 2), tail, &ntail))
		return false;
	if (gap == SIZE_MAX ? nhead != 16 : nhead + ntail > 14)
		return false;
	memcpy(address, head, nhead);
	if (ntail)
		memcpy(address + 16 - ntail, tail, ntail);
	return true;
}

bool network_read(str text, bool prefix_allowed, struct network *value)
{
	str address = text, prefix = { 0 };
	bool has_prefix = str_cut(text, '/', &address, &prefix);
	unsigned width;
	uint64_t bits;

	*value = (struct network){ .v6 = str_find(address, S(":")) != SIZE_MAX };
	width = value->v6 ? 128 : 32;
	if (value->v6 ? !read_v6(address, value->address) : !read_v4(address, value->address))
		return false;
	value->bits = width;
	if (!has_prefix)
		return true;
	if (!prefix_allowed || prefix.n > 3 || !str_u64(prefix, width, &bits))
		return false;
	value->bits = (unsigned)bits;
	for (unsigned i = value->bits; i < width; i++) /* host bits do not count */
		value->address[i / 8] &= (unsigned char)~(0x80u >> i % 8);
	return true;
}

/* The longest run of at least two groups of zero, of the first if there are several. */
static void longest_gap(const unsigned char address[16], size_t *from, size_t *n)
{
	size_t run = 0;

	*from = 8;
	*n = 1;
	for (size_t i = 0; i < 8; i++) {
		run = address[2 * i] || address[2 * i + 1] ? 0 : run + 1;
		if (run > *n) {
			*n = run;
			*from = i + 1 - run;
		}
	}
}

/* RFC 5952. */
static void write_v6(struct buf *out, const unsigned char address[16])
{
	size_t gap, ngap;

	longest_gap(address, &gap, &ngap);
	for (size_t i = 0; i < 8; i++) {
		if (i == gap) {
			buf_str(out, S("::"));
			i += ngap - 1;
			continue;
		}
		buf_printf(out, "%s%x", i && i != gap + ngap ? ":" : "",
			(unsigned)address[2 * i] << 8 | address[2 * i + 1]);
	}
}

bool network_canonical(struct arena *arena, str text, bool *v6, str *canonical)
{
	struct buf out = { .arena = arena };
	struct network network;
	const unsigned char *a = network.address;

	if (str_find(text, S("/")) == SIZE_MAX || !network_read(text, true, &network))
		return false;
	*v6 = network.v6;
	if (network.v6)
		write_v6(&out, a);
	else
		buf_printf(&out, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
	buf_printf(&out, "/%u", network.bits);
	*canonical = buf_view(&out);
	return true;
}

/* Families are never inside each other. */
bool network_contains(const struct network *outer, const struct network *inner)
{
	unsigned whole = outer->bits / 8, rest = outer->bits % 8;
	unsigned mask = 0xFFu << (8 - rest);

	if (outer->v6 != inner->v6 || inner->bits < outer->bits)
		return false;
	if (memcmp(outer->address, inner->address, whole) != 0)
		return false;
	return rest == 0 || ((outer->address[whole] ^ inner->address[whole]) & mask & 0xFF) == 0;
}

/* ---- booleans [S-60] and bytes [S-61] */

bool bool_read(str text, bool *value)
{
	*value = str_eq_nocase(text, S("true"));
	return *value || str_eq_nocase(text, S("false"));
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_is(str base64, str bytes)
{
	unsigned held = 0, nheld = 0;
	size_t n = 0;

	if (base64.n % 4 != 0)
		return false;
	for (size_t pads = 0; pads < 2 && base64.n && base64.p[base64.n - 1] == '='; pads++)
		base64.n--;
	for (size_t i = 0; i < base64.n; i++) {
		int digit = base64_digit(base64.p[i]);

		if (digit < 0)
			return false;
		held = (held << 6 | (unsigned)digit) & 0xFFFF;
		nheld += 6;
		if (nheld < 8)
			continue;
		nheld -= 8;
		if (n == bytes.n || (unsigned char)bytes.p[n++] != (held >> nheld & 0xFF))
			return false;
	}
	return n == bytes.n;
}
