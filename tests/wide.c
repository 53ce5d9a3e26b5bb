/*
 * wide.c -- every way of matching a pattern gives the answer of the plainest one.
 *
 * `table` below fills in the textbook's table of which beginnings match which. The engine's
 * pattern_match(), its other half wide_match(), and patterns that a policy variable is put
 * into must agree with it: on all short patterns and texts, and on long random ones that are
 * made of few letters, so that a pattern nearly fits in many places.
 */
#include "engine/wide.h"
#include "engine/program.h"

#include "tap.h"

#include <string.h>

enum { LONGEST = 300 };

static uint64_t seed = 20261124;

static size_t chance(size_t n) /* xorshift */
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 11) % n;
}

/* row[t]: the pattern so far matches the first t bytes. */
static bool table(str pattern, str text)
{
	bool row[LONGEST + 1] = { true };

	for (size_t p = 0; p < pattern.n; p++) {
		bool before = row[0];

		row[0] = before && pattern.p[p] == '*';
		for (size_t t = 1; t <= text.n; t++) {
			bool here = row[t];

			if (pattern.p[p] == '*')
				row[t] = here || row[t - 1];
			else
				row[t] = before &&
					 (pattern.p[p] == '?' || pattern.p[p] == text.p[t - 1]);
			before = here;
		}
	}
	return row[text.n];
}

/* The number's digits, in the letters' base, as text. */
static str spelt(size_t number, size_t n, const char *letters, char *out)
{
	for (size_t i = 0; i < n; i++, number /= strlen(letters))
		out[i] = letters[number % strlen(letters)];
	return (str){ out, n };
}

static size_t power(size_t base, size_t n)
{
	return n ? base * power(base, n - 1) : 1;
}

static void all_short(void)
{
	size_t wrong = 0, tried = 0;
	char a[8], b[8];

	for (size_t pn = 0; pn <= 5; pn++)
		for (size_t i = 0; i < power(4, pn); i++)
			for (size_t tn = 0; tn <= 5; tn++)
				for (size_t k = 0; k < power(2, tn); k++, tried++) {
					str pattern = spelt(i, pn, "ab*?", a);
					str text = spelt(k, tn, "ab", b);
					bool want = table(pattern, text);

					wrong += pattern_match(pattern, text) != want;
					wrong += tn && wide_match(pattern, text, false) != want;
				}
	ok(wrong == 0, "%zu short patterns and texts: %zu wrong", tried, wrong);
}

static str random_text(char *out, size_t n, const char *letters)
{
	for (size_t i = 0; i < n; i++)
		out[i] = letters[chance(strlen(letters))];
	return (str){ out, n };
}

/* A text that the pattern fits, but for a byte now and then. */
static str fitted(str pattern, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < pattern.n && n < LONGEST - 8; i++) {
		if (pattern.p[i] == '*')
			n += random_text(out + n, chance(8), "ab").n;
		else
			out[n++] = pattern.p[i] == '?' ? "ab"[chance(2)] : pattern.p[i];
	}
	if (n && chance(2))
		out[chance(n)] = 'b';
	return (str){ out, n };
}

static str raised(str text, char *out)
{
	for (size_t i = 0; i < text.n; i++)
		out[i] = text.p[i] >= 'a' && text.p[i] <= 'z' && chance(2)
				 ? (char)(text.p[i] - 'a' + 'A')
				 : text.p[i];
	return (str){ out, text.n };
}

/* The pattern with its middle in a variable; where that holds wildcards, they are no more so. */
static bool by_variable(struct arena *arena, str pattern, str text)
{
	size_t from = chance(pattern.n), to = from;
	struct template template;
	struct request request = { 0 };
	struct context_key key = { .key = S("t"), .n = 1 };
	str value;

	while (to < pattern.n && pattern.p[to] != '*' && pattern.p[to] != '?')
		to++;
	if (to == from)
		return table(pattern, text);
	value = (str){ pattern.p + from, to - from };
	key.values = &value;
	request.context = &key;
	request.ncontext = 1;
	template_compile(arena,
		arena_printf(arena, "%.*s${t}%.*s", (int)from, pattern.p,
			STR(str_from(pattern, to))),
		true, &template);
	return template_match(&template, &request, text, MATCH_WILD);
}

static void many_long(void)
{
	static const char *const letters[] = { "aaaaaaaaaaab*?", "ab*", "aaaaa?*", "a*", "ab?",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*" };
	size_t wrong[4] = { 0 }, matched = 0, tried = 50000;
	char a[LONGEST], b[LONGEST], c[LONGEST], d[LONGEST];

	for (size_t i = 0; i < tried; i++) {
		struct arena arena = { 0 };
		str pattern = random_text(a, 1 + chance(90), letters[chance(COUNT(letters))]);
		str text = chance(3) ? fitted(pattern, b)
				     : random_text(b, chance(LONGEST), "aaaaaaaab");
		bool want = table(pattern, text);

		matched += want;
		wrong[0] += pattern_match(pattern, text) != want;
		wrong[1] += text.n && wide_match(pattern, text, false) != want;
		wrong[2] += pattern_match_nocase(raised(pattern, c), raised(text, d)) != want;
		wrong[3] += by_variable(&arena, pattern, text) != want;
		arena_free(&arena);
	}
	ok(matched > tried / 10 && matched < tried, "%zu of %zu fit", matched, tried);
	ok(wrong[0] == 0, "pattern_match: %zu wrong", wrong[0]);
	ok(wrong[1] == 0, "wide_match: %zu wrong", wrong[1]);
	ok(wrong[2] == 0, "pattern_match_nocase, letters of any case: %zu wrong", wrong[2]);
	ok(wrong[3] == 0, "with a variable: %zu wrong", wrong[3]);
}

int main(void)
{
	all_short();
	many_long();
	return tap_done();
}
