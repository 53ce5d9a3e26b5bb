/*
 * pattern.c -- wildcards, with and without policy variables.
 *
 * A pattern is matched greedily: a star takes nothing at first, and when the
 * rest does not fit, the last star takes one byte more. Only the last star
 * matters, so this is O(pattern * text) and needs no stack.
 *
 * With variables the pattern is a row of pieces, and the same walk goes over
 * them with a cursor, as if they were one text. A variable's value is looked
 * up when the cursor enters it; what stands in it is never a wildcard [S-43].
 */
#include "engine/program.h"

#include <string.h>

bool pattern_match(str pattern, str text)
{
	size_t p = 0, t = 0;
	size_t star = SIZE_MAX, retry = 0; /* behind the last star, and where it has eaten to */

	while (t < text.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = ++p;
			retry = t;
			if (p == pattern.n)
				return true;
		} else if (p < pattern.n && (pattern.p[p] == text.p[t] || pattern.p[p] == '?')) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star;
			t = ++retry;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

bool pattern_match_lower(str pattern, str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, retry = 0;

	while (t < text.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = ++p;
			retry = t;
		} else if (p < pattern.n &&
			   (pattern.p[p] == ascii_lower(text.p[t]) || pattern.p[p] == '?')) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star;
			t = ++retry;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

bool has_wildcard(str text)
{
	return text.n && (memchr(text.p, '*', text.n) || memchr(text.p, '?', text.n));
}

bool only_stars(str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '*')
			return false;
	return text.n > 0;
}

bool arn_segments(str text, str segments[6])
{
	for (size_t i = 0; i < 5; i++)
		if (!str_cut(text, ':', &segments[i], &text))
			return false;
	segments[5] = text;
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

	*template = (struct template){ .raw = raw };
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
	template->n = n;
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

/* What is between two cursors, against all of `text`. */
static bool cursor_match(struct cursor c, const struct cursor *end, str text, unsigned how)
{
	struct cursor star;
	bool starred = false;
	size_t t = 0, retry = 0;

	while (t < text.n) {
		bool more = !cursor_same(&c, end);

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

bool template_match(const struct template *template, const struct request *request, str text,
	unsigned how)
{
	struct cursor end = cursor_end(template);

	if (template->n)
		return template_resolves(template, request) &&
		       cursor_match(cursor_start(template, request), &end, text, how);
	if (how & MATCH_WILD)
		return pattern_match(template->raw, text);
	return how & MATCH_NOCASE ? str_eq_nocase(template->raw, text)
				  : str_eq(template->raw, text);
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
