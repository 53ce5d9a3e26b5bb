/*
 * utf8.c -- UTF-8 (RFC 3629): where a character ends, and whether a text is made of characters.
 *
 * What comes in is checked with it, and what goes out: no reader of a JSON or XML text takes
 * anything else. Overlong forms and surrogates are no characters.
 */
#include "base/base.h"

size_t utf8_length(str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t n;

	if (text.n == 0 || (p[0] >= 0x80 && p[0] < 0xC2) || p[0] > 0xF4)
		return 0;
	n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (n > text.n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
		(p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

bool is_utf8(str text)
{
	for (size_t i = str_plain(text, 0), n; i < text.n; i = str_plain(text, i + n)) {
		n = utf8_length(str_from(text, i));
		if (n == 0 || text.p[i] == 0)
			return false;
	}
	return true;
}
