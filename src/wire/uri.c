/*
 * uri.c -- percent-encoding as RFC 3986 and AWS have it: letters, digits and "-._~" stay, every
 * other byte becomes %XX with upper-case digits. Decoding is done once, never twice.
 */
#include "wire/wire.h"

static bool stays(char c)
{
	return ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void uri_encode(struct buf *out, str text, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (stays(text.p[i]) || (keep_slash && c == '/'))
			continue;
		buf_str(out, str_head(str_from(text, from), i - from));
		buf_char(out, '%');
		buf_char(out, digits[c >> 4]);
		buf_char(out, digits[c & 15]);
		from = i + 1;
	}
	buf_str(out, str_from(text, from));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_escape(char c, bool plus)
{
	return c == '%' || (plus && c == '+');
}

bool uri_decode(struct arena *arena, str text, bool plus, str *out)
{
	size_t n = 0, from = 0, first = 0;
	char *p;

	while (first < text.n && !is_escape(text.p[first], plus))
		first++;
	*out = text;
	if (first == text.n)
		return true; /* the usual case: a view of the text, nothing copied */
	p = arena_alloc(arena, text.n, 1);
	for (size_t i = first; i < text.n; i++) {
		int high, low;

		if (!is_escape(text.p[i], plus))
			continue;
		memcpy(p + n, text.p + from, i - from);
		n += i - from;
		if (text.p[i] == '+') {
			p[n++] = ' ';
		} else {
			high = i + 2 < text.n ? hex_digit(text.p[i + 1]) : -1;
			low = high < 0 ? -1 : hex_digit(text.p[i + 2]);
			if (low < 0)
				return false;
			p[n++] = (char)(high * 16 + low);
			i += 2;
		}
		from = i + 1;
	}
	memcpy(p + n, text.p + from, text.n - from);
	*out = (str){ p, n + text.n - from };
	return true;
}
