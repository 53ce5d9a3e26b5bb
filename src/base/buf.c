/*
 * buf.c -- text being written, and printf for it.
 *
 * Nearly all that Deputy writes is made of %.*s, %s and whole numbers, and vsnprintf spends more
 * time on finding its way than on copying: an answer of the account server is a hundred such
 * conversions. So a format that has no others is written here, in one pass over it; any other
 * goes to vsnprintf as it is. Both ways write the same bytes (tests/base.c).
 */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

void buf_grow(struct buf *buf, size_t more)
{
	size_t cap = buf->cap ? buf->cap : 64;
	char *p;

	while (cap - buf->n < more)
		cap *= 2;
	if (!arena_extend(buf->arena, buf->p, buf->cap, cap)) {
		p = arena_alloc(buf->arena, cap, 1);
		if (buf->n)
			memcpy(p, buf->p, buf->n);
		buf->p = p;
	}
	buf->cap = cap;
}

void buf_join(struct buf *buf, const str *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_str(buf, parts[i]);
}

/* ---- conversions */

enum length { LENGTH_INT, LENGTH_LONG, LENGTH_LONG_LONG, LENGTH_SIZE };

struct conversion { /* %[0][WIDTH][.* or .PRECISION][l, ll or z]KIND */
	bool zero, star;
	size_t width, precision; /* SIZE_MAX: none */
	enum length length;
	char kind; /* s d u x c % */
};

static const char *read_digits(const char *p, size_t *value)
{
	for (*value = 0; *p >= '0' && *p <= '9' && *value < 1000; p++)
		*value = *value * 10 + (size_t)(*p - '0');
	return p;
}

/* Reads what stands behind a '%'. Answers what is behind that, or NULL: not one of ours. */
static const char *read_conversion(const char *p, struct conversion *c)
{
	bool number;

	*c = (struct conversion){ .precision = SIZE_MAX, .kind = 's' };
	if (*p == 's')
		return p + 1;
	c->star = p[0] == '.' && p[1] == '*';
	if (c->star && p[2] == 's')
		return p + 3;
	c->zero = *p == '0';
	p = read_digits(p, &c->width);
	if (c->star) {
		p += 2;
	} else if (p[0] == '.') {
		p = read_digits(p + 1, &c->precision);
	}
	if (*p == 'z' || *p == 'l') {
		c->length = *p == 'z' ? LENGTH_SIZE : p[1] == 'l' ? LENGTH_LONG_LONG : LENGTH_LONG;
		p += c->length == LENGTH_LONG_LONG ? 2 : 1;
	}
	c->kind = *p;
	number = *p == 'd' || *p == 'u' || *p == 'x';
	if (number ? c->star || c->precision != SIZE_MAX : c->width || c->length)
		return NULL;
	if (c->kind == 'd' && c->length == LENGTH_SIZE)
		return NULL;
	return number || *p == 's' || *p == 'c' || *p == '%' ? p + 1 : NULL;
}

/* As printf does, up to a NUL, and to the precision if there is one. */
static void write_text(struct buf *buf, const char *text, size_t precision)
{
	const char *end;

	if (precision == SIZE_MAX) {
		buf_str(buf, str_of(text));
		return;
	}
	end = precision ? memchr(text, '\0', precision) : text;
	buf_str(buf, (str){ text, end ? (size_t)(end - text) : precision });
}

static void write_number(struct buf *buf, const struct conversion *c, unsigned long long value,
	bool negative)
{
	const unsigned base = c->kind == 'x' ? 16 : 10;
	char digits[24];
	size_t at = sizeof(digits), used;

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	used = sizeof(digits) - at + negative;
	for (; !c->zero && used < c->width; used++)
		buf_char(buf, ' ');
	if (negative)
		buf_char(buf, '-');
	for (; used < c->width; used++)
		buf_char(buf, '0');
	buf_str(buf, (str){ digits + at, sizeof(digits) - at });
}

static unsigned long long next_unsigned(va_list *args, enum length length)
{
	switch (length) {
	case LENGTH_INT:
		return va_arg(*args, unsigned);
	case LENGTH_LONG:
		return va_arg(*args, unsigned long);
	case LENGTH_LONG_LONG:
		return va_arg(*args, unsigned long long);
	case LENGTH_SIZE:
		return va_arg(*args, size_t);
	}
	return 0;
}

static long long next_signed(va_list *args, enum length length)
{
	return length == LENGTH_INT    ? va_arg(*args, int)
	       : length == LENGTH_LONG ? va_arg(*args, long)
				       : va_arg(*args, long long);
}

static void write_conversion(struct buf *buf, struct conversion *c, va_list *args)
{
	long long value;

	if (c->star) {
		int n = va_arg(*args, int);

		c->precision = n < 0 ? SIZE_MAX : (size_t)n;
	}
	if (c->kind == '%') {
		buf_char(buf, '%');
	} else if (c->kind == 'c') {
		buf_char(buf, (char)va_arg(*args, int));
	} else if (c->kind == 's') {
		write_text(buf, va_arg(*args, const char *), c->precision);
	} else if (c->kind == 'd') {
		value = next_signed(args, c->length);
		write_number(buf, c,
			value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value,
			value < 0);
	} else {
		write_number(buf, c, next_unsigned(args, c->length), false);
	}
}

/* ---- formats */

/* False: there is a conversion that is not one of ours; what is written by then is for nothing. */
static bool write_known(struct buf *buf, const char *format, va_list *args)
{
	struct conversion c;
	str rest = str_of(format), plain;

	while (str_cut(rest, '%', &plain, &rest)) {
		const char *end = read_conversion(rest.p, &c);

		if (!end)
			return false;
		buf_str(buf, plain);
		write_conversion(buf, &c, args);
		rest = str_from(rest, (size_t)(end - rest.p));
	}
	buf_str(buf, rest);
	buf_char(buf, '\0'); /* as vsnprintf does */
	buf->n--;
	return true;
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	size_t start = buf->n;
	va_list again;
	bool known;
	int n;

	va_copy(again, args);
	known = write_known(buf, format, &again);
	va_end(again);
	if (known)
		return;
	buf->n = start;
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n <= 0)
		return;
	if (buf->cap - buf->n <= (size_t)n)
		buf_grow(buf, (size_t)n + 1);
	vsnprintf(buf->p + buf->n, (size_t)n + 1, format, args);
	buf->n += (size_t)n;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

str arena_printf(struct arena *arena, const char *format, ...)
{
	struct buf buf = { .arena = arena };
	va_list args;

	va_start(args, format);
	buf_vprintf(&buf, format, args);
	va_end(args);
	return buf_view(&buf);
}
