/*
 * wide.h -- a pattern against 64 bytes of text at a time, for patterns made to be slow.
 *
 * For engine/ only. State j of a pattern is "its first j symbols have been matched"; a word holds
 * for one state at which of the 64 bytes it is reached (bit k: behind byte k). From one state's
 * word follows the next one's in a few instructions:
 *
 *   a byte   those behind the last state, where that byte stands
 *   ?        all of those
 *   *        all places from the first one on
 *
 * What is reached behind the last byte is carried over to the next 64. So a match costs pattern *
 * text / 64 steps, whatever they look like.
 */
#ifndef DEPUTY_ENGINE_WIDE_H
#define DEPUTY_ENGINE_WIDE_H

#include "base/base.h"

enum { WIDE_SYMBOLS = LIMIT_POLICY_BYTES }; /* no pattern of a policy is longer */

enum symbol { SYMBOL_BYTE, SYMBOL_ANY, SYMBOL_STAR };

struct wide {
	uint64_t where[256];                     /* of each byte, where it stands in these 64 */
	uint64_t carried[WIDE_SYMBOLS / 64 + 1]; /* bit j: state j is reached behind the last 64 */
	uint64_t state;                          /* the word of state j */
	size_t j;
	bool entered; /* state j was carried over */
	bool nocase;
	str text, rest; /* these 64 bytes or fewer, and what is behind them */
};

void wide_start(struct wide *w, size_t nsymbols, str text, bool nocase);
bool wide_next(struct wide *w);    /* the next 64 bytes; false behind the last */
bool wide_matched(struct wide *w); /* after all symbols and the last bytes */
bool wide_match(str pattern, str text, bool nocase);

static inline void wide_take(struct wide *w, enum symbol symbol, char byte)
{
	uint64_t *word = &w->carried[(w->j + 1) / 64], bit = (uint64_t)1 << (w->j + 1) % 64;
	uint64_t behind = w->state << 1 | w->entered, next = behind;
	bool entered = (*word & bit) || (symbol == SYMBOL_STAR && w->entered);

	if (symbol == SYMBOL_BYTE)
		next &= w->where[(unsigned char)byte];
	else if (symbol == SYMBOL_STAR)
		next = entered ? UINT64_MAX : w->state | (0 - w->state);
	*word = next >> 63 ? *word | bit : *word & ~bit;
	w->state = next;
	w->entered = entered;
	w->j++;
}

#endif
