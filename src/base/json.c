/*
 * json.c -- reading JSON with positions.
 *
 * One loop over the text with a pointer to the innermost open value: no
 * recursion, so depth costs a counter and not the stack. Every message says
 * what was expected at the byte where it stands. Building and writing are in
 * json_write.c.
 */
#include "base/json.h"

#include <string.h>

struct reader {
	struct arena *arena;
	str text;
	size_t at;
	size_t depth;
	struct json *open; /* the innermost array or object; NULL outside all */
	struct err *err;
};

static bool at_end(const struct reader *r)
{
	return r->at >= r->text.n;
}

static char peek(const struct reader *r)
{
	return at_end(r) ? '\0' : r->text.p[r->at];
}

static void skip_space(struct reader *r)
{
	while (!at_end(r) &&
		(peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\n' || peek(r) == '\r'))
		r->at++;
}

/* "expected X, found Y", where Y is a character or the end of the text. */
static bool expected(struct reader *r, const char *what)
{
	unsigned char c = (unsigned char)peek(r);

	if (at_end(r))
		return fail(r->err, ERR_SYNTAX, r->at, "expected %s, but the text ends here", what);
	if (c > ' ' && c < 0x7F)
		return fail(r->err, ERR_SYNTAX, r->at, "expected %s, found '%c'", what, c);
	return fail(r->err, ERR_SYNTAX, r->at, "expected %s, found byte 0x%02X", what, c);
}

/* ---- strings */

static void put_utf8(struct buf *out, unsigned c)
{
	if (c < 0x80) {
		buf_char(out, (char)c);
	} else if (c < 0x800) {
		buf_char(out, (char)(0xC0 | c >> 6));
		buf_char(out, (char)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		buf_char(out, (char)(0xE0 | c >> 12));
		buf_char(out, (char)(0x80 | (c >> 6 & 0x3F)));
		buf_char(out, (char)(0x80 | (c & 0x3F)));
	} else {
		buf_char(out, (char)(0xF0 | c >> 18));
		buf_char(out, (char)(0x80 | (c >> 12 & 0x3F)));
		buf_char(out, (char)(0x80 | (c >> 6 & 0x3F)));
		buf_char(out, (char)(0x80 | (c & 0x3F)));
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of a \u escape; r->at stands on the first. */
static bool read_hex4(struct reader *r, unsigned *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++, r->at++) {
		int digit = at_end(r) ? -1 : hex_digit(peek(r));

		if (digit < 0)
			return expected(r, "four hexadecimal digits after \\u");
		*value = *value * 16 + (unsigned)digit;
	}
	return true;
}

/* A \u escape, or the pair of them that a character beyond U+FFFF takes. */
static bool read_unicode(struct reader *r, struct buf *out)
{
	size_t start = r->at - 2;
	unsigned c, low;

	if (!read_hex4(r, &c))
		return false;
	if (c == 0)
		return fail(r->err, ERR_SYNTAX, start, "\\u0000 is not allowed in a string");
	if (c >= 0xDC00 && c <= 0xDFFF)
		return fail(r->err, ERR_SYNTAX, start, "the low surrogate \\u%04X has no high one",
			c);
	if (c >= 0xD800 && c <= 0xDBFF) {
		bool pair = r->at + 1 < r->text.n && peek(r) == '\\' && r->text.p[r->at + 1] == 'u';

		r->at += pair ? 2 : 0;
		if (pair && !read_hex4(r, &low))
			return false;
		if (!pair || low < 0xDC00 || low > 0xDFFF)
			return fail(r->err, ERR_SYNTAX, start,
				"the high surrogate \\u%04X has no low one behind it", c);
		c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
	}
	put_utf8(out, c);
	return true;
}

static bool read_escape(struct reader *r, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	r->at++;
	if (peek(r) == 'u' && !at_end(r)) {
		r->at++;
		return read_unicode(r, out);
	}
	found = at_end(r) ? NULL : memchr(from, peek(r), sizeof(from) - 1);
	if (!found)
		return expected(r, "one of \" \\ / b f n r t u after a backslash");
	buf_char(out, to[found - from]);
	r->at++;
	return true;
}

/* What stands between here and the next quote, backslash or mistake. */
static bool skip_plain(struct reader *r)
{
	size_t n;

	for (;; r->at += n) {
		r->at = str_plain(r->text, r->at);
		if (at_end(r) || peek(r) == '"' || peek(r) == '\\')
			return true;
		if ((unsigned char)peek(r) < 0x20)
			return expected(r, "a character (control characters are escaped, as \\n)");
		n = utf8_length(str_from(r->text, r->at));
		if (n == 0)
			return fail(r->err, ERR_SYNTAX, r->at, "the text is not valid UTF-8 here");
	}
}

static bool read_string(struct reader *r, str *value)
{
	struct buf out = { .arena = r->arena };
	size_t start = r->at + 1;
	bool escaped = false;

	for (r->at++;; escaped = true) {
		size_t plain = r->at;

		if (!skip_plain(r))
			return false;
		if (at_end(r))
			return fail(r->err, ERR_SYNTAX, start - 1,
				"this string has no closing quote");
		if (peek(r) == '"' && !escaped)
			break; /* the usual case: a view of the text, nothing copied */
		buf_str(&out, (str){ r->text.p + plain, r->at - plain });
		if (peek(r) == '"')
			break;
		if (!escaped) {
			out.n = 0;
			buf_str(&out, (str){ r->text.p + start, r->at - start });
		}
		if (!read_escape(r, &out))
			return false;
	}
	*value = escaped ? buf_view(&out) : (str){ r->text.p + start, r->at - start };
	r->at++;
	return true;
}

/* ---- numbers and words */

static size_t skip_digits(struct reader *r)
{
	size_t start = r->at;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->at++;
	return r->at - start;
}

static bool read_number(struct reader *r, str *value)
{
	size_t start = r->at;

	if (peek(r) == '-')
		r->at++;
	if (peek(r) == '0')
		r->at++;
	else if (skip_digits(r) == 0)
		return expected(r, "a digit");
	if (peek(r) == '.') {
		r->at++;
		if (skip_digits(r) == 0)
			return expected(r, "a digit after the point");
	}
	if (peek(r) == 'e' || peek(r) == 'E') {
		r->at++;
		if (peek(r) == '+' || peek(r) == '-')
			r->at++;
		if (skip_digits(r) == 0)
			return expected(r, "a digit of the exponent");
	}
	*value = (str){ r->text.p + start, r->at - start };
	return true;
}

static bool read_word(struct reader *r, struct json *value)
{
	static const struct {
		str text;
		enum json_type type;
	} words[] = { { SC("true"), JSON_TRUE }, { SC("false"), JSON_FALSE },
		{ SC("null"), JSON_NULL } };

	for (size_t i = 0; i < COUNT(words); i++) {
		if (!str_starts(str_from(r->text, r->at), words[i].text))
			continue;
		value->type = words[i].type;
		value->text = words[i].text;
		r->at += words[i].text.n;
		return true;
	}
	return expected(r, "a value");
}

/* ---- structure */

/* A member's name and its colon; r->at stands where the name should. */
static bool read_name(struct reader *r, struct json *value)
{
	value->name_at = r->at;
	if (peek(r) != '"' || at_end(r))
		return expected(r, "a member's name in double quotes");
	if (!read_string(r, &value->name))
		return false;
	if (json_get(r->open, value->name))
		return fail(r->err, ERR_SYNTAX, value->name_at,
			"the member \"%.*s\" is given twice", STR(str_head(value->name, 100)));
	if (r->open->count == LIMIT_JSON_MEMBERS)
		return fail(r->err, ERR_LIMIT, value->name_at, "an object has more than %d members",
			LIMIT_JSON_MEMBERS);
	skip_space(r);
	if (peek(r) != ':' || at_end(r))
		return expected(r, "':' after the member's name");
	r->at++;
	skip_space(r);
	return true;
}

static bool read_start(struct reader *r, struct json *value)
{
	value->at = r->at;
	switch (at_end(r) ? '\0' : peek(r)) {
	case '{':
		value->type = JSON_OBJECT;
		r->at++;
		return true;
	case '[':
		value->type = JSON_ARRAY;
		r->at++;
		return true;
	case '"':
		value->type = JSON_STRING;
		return read_string(r, &value->text);
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		value->type = JSON_NUMBER;
		return read_number(r, &value->text);
	default:
		return read_word(r, value);
	}
}

static bool is_open(const struct json *value)
{
	return value->type == JSON_ARRAY || value->type == JSON_OBJECT;
}

static char closer(const struct json *value)
{
	return value->type == JSON_OBJECT ? '}' : ']';
}

/* One value; an array or object becomes the innermost open one. */
static bool read_value(struct reader *r, struct json **root)
{
	struct json *value = NEW(r->arena, struct json);

	if (r->open && r->open->type == JSON_OBJECT && !read_name(r, value))
		return false;
	if (!read_start(r, value))
		return false;
	value->end = r->at;
	if (r->open)
		json_push(r->open, value);
	else
		*root = value;
	if (is_open(value)) {
		value->parent = r->open;
		r->open = value;
		if (++r->depth > LIMIT_JSON_DEPTH)
			return fail(r->err, ERR_LIMIT, value->at, "more than %d levels of nesting",
				LIMIT_JSON_DEPTH);
	}
	return true;
}

/* Closes what ends here. Leaves *more true when another element must follow. */
static bool read_ends(struct reader *r, bool *more)
{
	for (*more = false; r->open; r->depth--) {
		skip_space(r);
		if (!at_end(r) && peek(r) == closer(r->open)) {
			r->open->end = ++r->at;
			r->open = r->open->parent;
			continue;
		}
		if (r->open->count == 0) {
			*more = true; /* just opened: its first element */
			return true;
		}
		if (at_end(r) || peek(r) != ',')
			return expected(r,
				r->open->type == JSON_OBJECT ? "',' or '}'" : "',' or ']'");
		r->at++;
		skip_space(r);
		*more = true;
		return true;
	}
	return true;
}

bool json_parse(struct arena *arena, str text, size_t max_bytes, struct json **root,
	struct err *err)
{
	struct reader r = { .arena = arena, .text = text, .err = err };
	bool more;

	err->source = text;
	if (text.n > max_bytes)
		return fail(err, ERR_LIMIT, 0, "%zu bytes are over the limit of %zu", text.n,
			max_bytes);
	skip_space(&r);
	do {
		if (!read_value(&r, root) || !read_ends(&r, &more))
			return false;
	} while (more);
	skip_space(&r);
	if (!at_end(&r))
		return expected(&r, "the end of the text");
	return true;
}
