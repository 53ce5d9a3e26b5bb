/*
 * pattern.c -- wildcards, with and without policy variables.
 *
 * The stars cut a pattern into parts. The first part stands at the start of the
 * text and the last at its end; each of the others is looked for where the one
 * before it ended, and the first place will do, for it leaves the most to the
 * parts behind. That is O(pattern * text) and needs no stack. Patterns that
 * really take that long are rare and made on purpose: after a few steps for each
 * byte the walk is given up for wide.c, which takes 64 bytes of the text at a
 * time.
 *
 * With variables the pattern is a row of pieces, and a cursor goes over them as
 * if they were one text: a star takes nothing at first, and when the rest does
 * not fit, the last star takes one byte more. A variable's value is looked up
 * when the cursor enters it; what stands in it is never a wildcard [S-43].
 */
#include "base/word.h"
#include "engine/program.h"
#include "engine/wide.h"

static inline bool takes(char own, char byte, bool nocase)
{
	return own == '?' || own == byte || (nocase && ascii_lower(own) == ascii_lower(byte));
}

/* How much of a pattern is in front of its first star. */
static inline size_t part_length(str pattern)
{
	size_t n = 0;

	while (n < pattern.n && pattern.p[n] != '*')
		n++;
	return n;
}

/* Does the text start with this part of a pattern? It is long enough. */
static inline bool part_starts(str part, const char *text, bool nocase)
{
	for (size_t i = 0; i < part.n; i++)
		if (!takes(part.p[i], text[i], nocase))
			return false;
	return true;
}

/*
 * Where the part first stands in the text, or SIZE_MAX. Each place costs a step of the budget and
 * each comparison there one for each byte, so that the budget bounds the time.
 */
static inline size_t part_find(str part, str text, size_t *steps, bool nocase)
{
	for (size_t at = 0; at + part.n <= text.n; at++) {
		if (!takes(part.p[0], text.p[at], nocase))
			continue;
		if (part_starts(part, text.p + at, nocase))
			return at;
		if (*steps < part.n) {
			*steps = 0;
			return at;
		}
		*steps -= part.n;
	}
	return SIZE_MAX;
}

/* A pattern that starts with a star. */
static inline bool walk_star(str pattern, str text, bool nocase)
{
	size_t steps = pattern.n < WIDE_SYMBOLS ? 2 * (pattern.n + text.n) + 64 : SIZE_MAX;

	for (;;) {
		str behind = str_from(pattern, 1);
		str part = str_head(behind, part_length(behind));
		size_t at;

		if (part.n == behind.n) /* the last part stands at the end */
			return part.n == 0 ||
			       (text.n >= part.n &&
				       part_starts(part, text.p + (text.n - part.n), nocase));
		at = part.n ? part_find(part, text, &steps, nocase) : 0;
		if (at == SIZE_MAX)
			return false;
		if (steps == 0)
			return wide_match(pattern, str_from(text, at), nocase);
		pattern = str_from(behind, part.n);
		text = str_from(text, at + part.n);
	}
}

static inline bool walk(str pattern, str text, bool nocase)
{
	size_t n = part_length(pattern);

	if (n == pattern.n)
		return text.n == n && part_starts(pattern, text.p, nocase);
	return text.n >= n && part_starts(str_head(pattern, n), text.p, nocase) &&
	       walk_star(str_from(pattern, n), str_from(text, n), nocase);
}

bool pattern_match(str pattern, str text)
{
	return walk(pattern, text, false);
}

bool pattern_match_nocase(str pattern, str text)
{
	return walk(pattern, text, true);
}

size_t literal_head(str pattern)
{
	size_t n = 0;

	while (n < pattern.n && pattern.p[n] != '*' && pattern.p[n] != '?')
		n++;
	return n;
}

bool has_wildcard(str text)
{
	return literal_head(text) < text.n;
}

bool only_stars(str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '*')
			return false;
	return text.n > 0;
}

/* Fewer than eight bytes behind `at`: zeros for the rest. */
static uint64_t last_word(str text, size_t at)
{
	char bytes[8] = { 0 };

	if (text.n >= 8)
		return word_little(text.p + text.n - 8) >> 8 * (8 - (text.n - at));
	if (text.n > at)
		memcpy(bytes, text.p + at, text.n - at);
	return word_little(bytes);
}

static inline uint64_t colons_at(str text, size_t at)
{
	return word_find(at + 8 <= text.n ? word_little(text.p + at) : last_word(text, at), ':');
}

bool arn_segments(str text, str segments[6])
{
	size_t n = 0, from = 0;

	for (size_t at = 0; at < text.n; at += 8) {
		uint64_t found = colons_at(text, at);

		for (; found; found &= found - 1) {
			size_t end = at + word_first(found);

			segments[n++] = (str){ text.p + from, end - from };
			from = end + 1;
			if (n == 5) {
				segments[5] = (str){ text.p + from, text.n - from };
				return true;
			}
		}
	}
	return false;
}

/* Bit i for each colon at byte i of the first 48: nearly always enough, and no branch to guess. */
static uint64_t colon_bits(const char *p)
{
	uint64_t bits = 0;

	for (size_t at = 0; at < 48; at += 8)
		bits |= word_bits(word_find(word_little(p + at), ':')) << at;
	return bits;
}

bool arn_tail(str text, str *account, str *resource)
{
	str segments[6];
	uint64_t bits = text.n < 48 ? 0 : colon_bits(text.p);
	size_t from, end;

	for (size_t i = 0; i < 3; i++)
		bits &= bits - 1;
	if (bits & (bits - 1)) { /* the fourth and the fifth are there */
		from = lowest_bit(bits) + 1;
		end = lowest_bit(bits & (bits - 1));
		*account = (str){ text.p + from, end - from };
		*resource = (str){ text.p + end + 1, text.n - end - 1 };
		return true;
	}
	if (!arn_segments(text, segments))
		return false;
	*account = segments[4];
	*resource = segments[5];
	return true;
}

/* ---- taking a template apart */

static void add_piece(struct piece *pieces, size_t *n, enum piece_kind kind, str text, str fallback)
{
	if (text.n || kind == PIECE_VARIABLE)
		pieces[(*n)++] = (struct piece){ kind, text, fallback };
}

/* The end of the variable that opens at the start of s: behind its brace, or 0 if it has none. */
static size_t variable_end(str s)
{
	bool quoted = false;

	for (size_t i = 2; i < s.n; i++) {
		if (s.p[i] == '\'')
			quoted = !quoted;
		else if (s.p[i] == '}' && !quoted)
			return i + 1;
	}
	return 0;
}

/* What stands in the braces: a character to take literally, or a key with or without a default. */
static void add_variable(struct piece *pieces, size_t *n, str inside)
{
	str key = inside, tail = { 0 }, fallback = { 0 };

	if (inside.n == 1 && (*inside.p == '*' || *inside.p == '?' || *inside.p == '$')) {
		add_piece(pieces, n, PIECE_LITERAL, inside, fallback);
		return;
	}
	if (str_cut(inside, ',', &key, &tail)) {
		tail = str_trim(tail);
		if (tail.n >= 2 && tail.p[0] == '\'' && tail.p[tail.n - 1] == '\'')
			fallback = (str){ tail.p + 1, tail.n - 2 };
		else
			key = inside; /* not a default: then a key that nobody has */
	}
	add_piece(pieces, n, PIECE_VARIABLE, key, fallback);
}

void template_compile(struct arena *arena, str raw, bool variables, struct template *template)
{
	struct piece *pieces;
	size_t n = 0, start = 0, opened = 0;

	*template = (struct template){ .raw = raw, .head = (uint32_t)literal_head(raw) };
	template->prefix = only_stars(str_from(raw, template->head));
	if (!variables || str_find(raw, S("${")) == SIZE_MAX) /* [S-06] */
		return;
	for (size_t i = 0; i + 1 < raw.n; i++)
		opened += raw.p[i] == '$' && raw.p[i + 1] == '{';
	pieces = NEWS(arena, struct piece, opened * 2 + 1);
	for (size_t at = str_find(raw, S("${")); at != SIZE_MAX;) {
		size_t length = variable_end(str_from(raw, at)), next;

		if (!length)
			break; /* unclosed: literal text to the end [S-49] */
		add_piece(pieces, &n, PIECE_PATTERN, (str){ raw.p + start, at - start },
			(str){ 0 });
		add_variable(pieces, &n, (str){ raw.p + at + 2, length - 3 });
		start = at + length;
		next = str_find(str_from(raw, start), S("${"));
		at = next == SIZE_MAX ? SIZE_MAX : start + next;
	}
	if (n == 0)
		return;
	add_piece(pieces, &n, PIECE_PATTERN, str_from(raw, start), (str){ 0 });
	template->pieces = pieces;
	template->n = (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		template->variables |= pieces[i].kind == PIECE_VARIABLE;
}

/* ---- resolving, by name in any letter case [S-41]. Single-valued keys only [S-44]; an empty value is none [S-46]; never twice [S-45]. */

static str resolve(const struct piece *piece, const struct request *request)
{
	const struct context_key *key;

	if (piece->kind != PIECE_VARIABLE)
		return piece->text;
	key = context_find(request, piece->text);
	if (key && !key->multi && key->n == 1 && key->values[0].n > 0)
		return key->values[0];
	return piece->fallback;
}

bool template_resolves(const struct template *template, const struct request *request)
{
	if (!template->variables)
		return true;
	for (size_t i = 0; i < template->n; i++) {
		const struct piece *piece = &template->pieces[i];

		if (piece->kind == PIECE_VARIABLE && !resolve(piece, request).n &&
			!piece->fallback.p)
			return false;
	}
	return true;
}

/* ---- walking */

/* Moves on to the piece where the next byte is, if the cursor is behind its piece's last. */
static void cursor_settle(struct cursor *c)
{
	size_t n = c->template->n;

	while (c->piece < n && c->at == c->text.n) {
		c->at = 0;
		if (++c->piece < n) {
			c->text = resolve(&c->template->pieces[c->piece], c->request);
			c->literal = c->template->pieces[c->piece].kind != PIECE_PATTERN;
		}
	}
}

static struct cursor cursor_start(const struct template *template, const struct request *request)
{
	struct cursor c = { .template = template, .request = request };

	c.text = resolve(&template->pieces[0], request);
	c.literal = template->pieces[0].kind != PIECE_PATTERN;
	cursor_settle(&c);
	return c;
}

static struct cursor cursor_end(const struct template *template)
{
	return (struct cursor){ .template = template, .piece = template->n };
}

static bool cursor_same(const struct cursor *a, const struct cursor *b)
{
	return a->piece == b->piece && a->at == b->at;
}

static void cursor_step(struct cursor *c)
{
	c->at++;
	cursor_settle(c);
}

static bool cursor_is(const struct cursor *c, char wildcard, unsigned how)
{
	return (how & MATCH_WILD) && !c->literal && c->text.p[c->at] == wildcard;
}

static bool cursor_takes(const struct cursor *c, char byte, unsigned how)
{
	char own = c->text.p[c->at];

	if (how & MATCH_NOCASE)
		return ascii_lower(own) == ascii_lower(byte);
	return own == byte || cursor_is(c, '?', how);
}

/* How many bytes are between them. */
static size_t cursor_distance(struct cursor c, const struct cursor *end)
{
	size_t n = 0;

	for (; !cursor_same(&c, end); cursor_step(&c))
		n++;
	return n;
}

/* The same as cursor_match for what begins behind a star, 64 bytes of the text at a time. */
static bool cursor_match_wide(const struct cursor *from, const struct cursor *end, str text)
{
	struct wide w;

	wide_start(&w, cursor_distance(*from, end) + 1, text, false);
	while (wide_next(&w)) {
		wide_take(&w, SYMBOL_STAR, 0);
		for (struct cursor c = *from; !cursor_same(&c, end); cursor_step(&c)) {
			if (cursor_is(&c, '*', MATCH_WILD))
				wide_take(&w, SYMBOL_STAR, 0);
			else if (cursor_is(&c, '?', MATCH_WILD))
				wide_take(&w, SYMBOL_ANY, 0);
			else
				wide_take(&w, SYMBOL_BYTE, c.text.p[c.at]);
		}
	}
	return wide_matched(&w);
}

/* What is between two cursors, against all of `text`. */
static bool cursor_match(struct cursor c, const struct cursor *end, str text, unsigned how)
{
	struct cursor star;
	bool starred = false;
	size_t t = 0, retry = 0, steps = 4 * text.n + 256;

	while (t < text.n) {
		bool more = !cursor_same(&c, end);

		if (starred && steps-- == 0 && cursor_distance(star, end) < WIDE_SYMBOLS - 1)
			return cursor_match_wide(&star, end, str_from(text, retry));
		if (more && cursor_is(&c, '*', how)) {
			cursor_step(&c);
			star = c;
			starred = true;
			retry = t;
		} else if (more && cursor_takes(&c, text.p[t], how)) {
			cursor_step(&c);
			t++;
		} else if (starred) {
			c = star;
			t = ++retry;
		} else {
			return false;
		}
	}
	while (!cursor_same(&c, end) && cursor_is(&c, '*', how))
		cursor_step(&c);
	return cursor_same(&c, end);
}

/* Without variables: what is in front of the first wildcard, then mostly nothing or a star. */
static bool plain_match(const struct template *template, str text)
{
	size_t head = template->head;

	if (text.n < head || !bytes_same(template->raw.p, text.p, head))
		return false;
	if (template->prefix)
		return true;
	if (head == template->raw.n)
		return text.n == head;
	return pattern_match(str_from(template->raw, head), str_from(text, head));
}

bool template_match(const struct template *template, const struct request *request, str text,
	unsigned how)
{
	struct cursor end = cursor_end(template);

	if (template->n)
		return template_resolves(template, request) &&
		       cursor_match(cursor_start(template, request), &end, text, how);
	if (how & MATCH_WILD)
		return plain_match(template, text);
	return how & MATCH_NOCASE ? str_same_nocase(template->raw, text)
				  : str_same(template->raw, text);
}

/* The cursor's next colon, or the template's end. */
static struct cursor cursor_colon(struct cursor c, const struct cursor *end)
{
	while (!cursor_same(&c, end) && c.text.p[c.at] != ':')
		cursor_step(&c);
	return c;
}

/* Variables first, then colons: a value may bring colons of its own. */
bool template_match_arn(const struct template *template, const struct request *request,
	const str segments[6], bool *is_arn)
{
	struct cursor end = cursor_end(template), from[6], to[6];
	bool same = true;

	*is_arn = true;
	if (!template_resolves(template, request))
		return false;
	from[0] = cursor_start(template, request);
	for (size_t i = 0; i < 5; i++) {
		to[i] = cursor_colon(from[i], &end);
		if (cursor_same(&to[i], &end)) {
			*is_arn = false;
			return false;
		}
		from[i + 1] = to[i];
		cursor_step(&from[i + 1]);
	}
	to[5] = end;
	for (size_t i = 0; i < 6 && same; i++)
		same = cursor_match(from[i], &to[i], segments[i], MATCH_WILD);
	return same;
}
