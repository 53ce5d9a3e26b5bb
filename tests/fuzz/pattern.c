/*
 * pattern.c -- any pattern against any text: pattern_match answers as the table does that every
 * textbook fills in, row by row. The first line of the input is the pattern.
 */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 1024 };

/* may[j]: the pattern up to here matches the first j bytes of the text. */
static bool table_match(str pattern, str text)
{
	bool may[LONGEST + 1] = { true };

	for (size_t i = 0; i < pattern.n; i++) {
		bool next[LONGEST + 1] = { false };
		char c = pattern.p[i];

		next[0] = c == '*' && may[0];
		for (size_t j = 1; j <= text.n; j++)
			next[j] = c == '*' ? may[j] || next[j - 1]
					   : may[j - 1] && (c == '?' || c == text.p[j - 1]);
		memcpy(may, next, sizeof(may));
	}
	return may[text.n];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	str pattern, text;

	if (n > LONGEST || !str_cut((str){ (const char *)data, n }, '\n', &pattern, &text))
		return 0;
	if (pattern_match(pattern, text) != table_match(pattern, text))
		abort();
	return 0;
}
