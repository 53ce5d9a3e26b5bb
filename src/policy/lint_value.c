/*
 * lint_value.c -- is this text a number, a date, base64, an address? And what of the address?
 */
#include "policy/lint.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at the start of *s, at most `max` of them, and their value; false: none. */
static bool take_number(str *s, size_t max, unsigned *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < s->n && n < max && is_digit(s->p[n]); n++)
		*value = *value * 10 + (unsigned)(s->p[n] - '0');
	*s = str_from(*s, n);
	return n > 0;
}

static bool take(str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* Digits with an optional sign and fraction. */
bool is_number(str s, double *value)
{
	bool minus = take(&s, '-');
	double scale = 1;
	size_t digits = 0;

	if (!minus)
		take(&s, '+');
	*value = 0;
	for (; s.n && is_digit(s.p[0]); s = str_from(s, 1), digits++)
		*value = *value * 10 + (s.p[0] - '0');
	if (digits && take(&s, '.'))
		for (; s.n && is_digit(s.p[0]); s = str_from(s, 1))
			*value += (s.p[0] - '0') * (scale /= 10);
	if (minus)
		*value = -*value;
	return digits > 0 && s.n == 0;
}

/* ---- dates: YYYY, YYYY-MM, YYYY-MM-DD, then Thh:mm, :ss, a fraction, and Z or +hh:mm. */

static bool take_range(str *s, size_t digits, unsigned low, unsigned high)
{
	size_t before = s->n;
	unsigned value;

	return take_number(s, digits, &value) && before - s->n == digits && value >= low &&
	       value <= high;
}

static bool is_zone(str s)
{
	if (take(&s, 'Z') || take(&s, 'z'))
		return s.n == 0;
	if (!take(&s, '+') && !take(&s, '-'))
		return false;
	if (!take_range(&s, 2, 0, 23))
		return false;
	take(&s, ':');
	return take_range(&s, 2, 0, 59) && s.n == 0;
}

bool is_date(str s)
{
	unsigned fraction;

	if (!take_range(&s, 4, 0, 9999))
		return false;
	if (s.n == 0)
		return true;
	if (!take(&s, '-') || !take_range(&s, 2, 1, 12))
		return false;
	if (s.n == 0)
		return true;
	if (!take(&s, '-') || !take_range(&s, 2, 1, 31))
		return false;
	if (s.n == 0)
		return true;
	if (!take(&s, 'T') || !take_range(&s, 2, 0, 24) || !take(&s, ':') ||
		!take_range(&s, 2, 0, 59))
		return false;
	if (take(&s, ':') && !take_range(&s, 2, 0, 60))
		return false;
	if (take(&s, '.') && !take_number(&s, 9, &fraction))
		return false;
	return is_zone(s);
}

bool is_base64(str s)
{
	size_t n = s.n;

	while (n > 0 && s.n - n < 2 && s.p[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '+' && s.p[i] != '/')
			return false;
	return s.n % 4 == 0;
}

/* ---- addresses */

static bool parse_v4(str s, unsigned char *bytes)
{
	for (size_t i = 0; i < 4; i++) {
		unsigned value;

		if ((i > 0 && !take(&s, '.')) || !take_number(&s, 3, &value) || value > 255)
			return false;
		bytes[i] = (unsigned char)value;
	}
	return s.n == 0;
}

static int hex_value(char c)
{
	c = ascii_lower(c);
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hex digits. */
static bool take_group(str *s, unsigned *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < s->n && n < 4 && hex_value(s->p[n]) >= 0; n++)
		*value = *value * 16 + (unsigned)hex_value(s->p[n]);
	*s = str_from(*s, n);
	return n > 0;
}

/* Groups with one "::" for a run of zeros; no embedded IPv4. */
static bool parse_v6(str s, unsigned char *bytes)
{
	unsigned groups[8] = { 0 }, value;
	size_t n = 0, gap = SIZE_MAX;

	if (str_starts(s, S("::"))) {
		gap = 0;
		s = str_from(s, 2);
	}
	while (s.n) {
		if (n == 8 || !take_group(&s, &value))
			return false;
		groups[n++] = value;
		if (s.n == 0)
			break;
		if (!take(&s, ':'))
			return false;
		if (take(&s, ':')) {
			if (gap != SIZE_MAX)
				return false;
			gap = n;
		} else if (s.n == 0) {
			return false;
		}
	}
	if (gap == SIZE_MAX ? n != 8 : n > 7)
		return false;
	for (size_t i = 0; i < 8; i++) {
		size_t behind = gap == SIZE_MAX ? 0 : 8 - (n - gap); /* where the tail starts */
		unsigned group = 0;

		if (gap == SIZE_MAX || i < gap)
			group = groups[i];
		else if (i >= behind)
			group = groups[gap + (i - behind)];
		bytes[2 * i] = (unsigned char)(group >> 8);
		bytes[2 * i + 1] = (unsigned char)(group & 255);
	}
	return true;
}

bool ip_range_parse(str s, struct ip_range *range)
{
	str address = s, mask = { 0 };
	unsigned bits;
	bool masked = str_cut(s, '/', &address, &mask);

	*range = (struct ip_range){ 0 };
	range->nbytes = str_find(address, S(":")) == SIZE_MAX ? 4 : 16;
	if (range->nbytes == 4 ? !parse_v4(address, range->bytes)
			       : !parse_v6(address, range->bytes))
		return false;
	range->bits = (unsigned)range->nbytes * 8;
	if (!masked)
		return true;
	if (!take_number(&mask, 3, &bits) || mask.n || bits > range->bits)
		return false;
	range->bits = bits;
	return true;
}

bool ip_range_mask(struct ip_range *range)
{
	bool any = false;

	for (size_t i = 0; i < range->nbytes; i++) {
		unsigned kept = range->bits > 8 * i ? range->bits - 8 * (unsigned)i : 0;
		unsigned mask = kept >= 8 ? 0xFFu : 0xFF00u >> kept & 0xFFu;

		any |= (range->bytes[i] & ~mask & 0xFF) != 0;
		range->bytes[i] = (unsigned char)(range->bytes[i] & mask);
	}
	return any;
}

/* RFC 1918 and RFC 4193: addresses that never reach AWS from the Internet. */
bool ip_range_is_private(const struct ip_range *range)
{
	const unsigned char *b = range->bytes;

	if (range->nbytes == 16)
		return range->bits >= 7 && (b[0] & 0xFE) == 0xFC;
	return (range->bits >= 8 && b[0] == 10) ||
	       (range->bits >= 12 && b[0] == 172 && (b[1] & 0xF0) == 16) ||
	       (range->bits >= 16 && b[0] == 192 && b[1] == 168);
}

void ip_range_write(struct buf *out, const struct ip_range *range)
{
	const unsigned char *b = range->bytes;

	if (range->nbytes == 4)
		buf_printf(out, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	for (size_t i = 0; range->nbytes == 16 && i < 8; i++)
		buf_printf(out, "%s%x", i ? ":" : "", (unsigned)b[2 * i] << 8 | b[2 * i + 1]);
	buf_printf(out, "/%u", range->bits);
}
