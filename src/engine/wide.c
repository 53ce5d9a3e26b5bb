/*
 * wide.c -- 64 bytes of text at a time; wide.h says how.
 *
 * Before the first byte the first state is reached, and so is every state that only stars lead
 * to. Behind the first 64 bytes the first state cannot be reached any more.
 */
#include "engine/wide.h"

#include <string.h>

static char folded(const struct wide *w, char byte)
{
	return w->nocase ? ascii_lower(byte) : byte;
}

void wide_start(struct wide *w, size_t nsymbols, str text, bool nocase)
{
	memset(w->where, 0, sizeof(w->where));
	memset(w->carried, 0, (nsymbols / 64 + 1) * sizeof(w->carried[0]));
	w->carried[0] = 1;
	w->nocase = nocase;
	w->text = (str){ text.p, 0 };
	w->rest = text;
	w->j = nsymbols;
}

bool wide_next(struct wide *w)
{
	if (w->rest.n == 0)
		return false;
	for (size_t i = 0; i < w->text.n; i++)
		w->where[(unsigned char)folded(w, w->text.p[i])] = 0;
	w->text = str_head(w->rest, 64);
	w->rest = str_from(w->rest, w->text.n);
	for (size_t i = 0; i < w->text.n; i++)
		w->where[(unsigned char)folded(w, w->text.p[i])] |= (uint64_t)1 << i;
	w->state = 0;
	w->j = 0;
	w->entered = w->carried[0] & 1;
	w->carried[0] &= ~(uint64_t)1;
	return true;
}

bool wide_matched(struct wide *w)
{
	return w->state >> (w->text.n - 1) & 1;
}

bool wide_match(str pattern, str text, bool nocase)
{
	struct wide w;

	wide_start(&w, pattern.n, text, nocase);
	while (wide_next(&w)) {
		for (size_t i = 0; i < pattern.n; i++) {
			char own = pattern.p[i];

			if (own == '*')
				wide_take(&w, SYMBOL_STAR, 0);
			else if (own == '?')
				wide_take(&w, SYMBOL_ANY, 0);
			else
				wide_take(&w, SYMBOL_BYTE, folded(&w, own));
		}
	}
	return wide_matched(&w);
}
