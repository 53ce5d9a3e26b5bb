/*
 * json.c -- our reader of JSON against jansson's: the same verdict and the same tree, on a
 * corpus and on many thousand seeded mutations of it.
 *
 * We are stricter on purpose, and only so: NUL characters (also as \u0000), members given twice,
 * more than LIMIT_JSON_DEPTH levels or LIMIT_JSON_MEMBERS members. jansson is asked to refuse
 * duplicates too. It refuses numbers that are no double; we keep them as they are written.
 */
#include "base/json.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

/* Both libraries have these names; jansson's are not called. */
#define json_type   jansson_type
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY  JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_TRUE   JANSSON_TRUE
#define JSON_FALSE  JANSSON_FALSE
#define JSON_NULL   JANSSON_NULL
#include <jansson.h>
#undef json_type
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL

static const char *const corpus[] = {
	"{}",
	"[]",
	"null",
	"\"\"",
	"-0",
	" [ 1 , 2.5 , -3e2 , 0.0E-1 , 1E+2 ] ",
	"{\"a\":{\"b\":[true,false,null,\"x\"]},\"c\":\"d\"}",
	("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"A\",\"Effect\":\"Allow\","
	 "\"Action\":[\"s3:Get*\"],\"Resource\":\"*\",\"Condition\":{\"StringEquals\":"
	 "{\"aws:RequestTag/Vendor\":\"zilliz-byoc\"}}}]}"),
	("[\"\\u0041\\n\\t\\\"\\\\\\/"
	 "\\b\\f\\r\",\"\\ud83d\\ude00\",\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"]"),
	"[[[[[[[[[[1]]]]]]]]]]",
	"{\"\":1,\" \":2,\"a b\":3}",
	"[01]",
	"[1.]",
	"[.5]",
	"[+1]",
	"[1,]",
	"{\"a\":1,}",
	"{\"a\" 1}",
	"{a:1}",
	"['a']",
	"[\"\x01\"]",
	"[\"\\x\"]",
	"[\"\\ud800\"]",
	"[\"\\udc00\\ud800\"]",
	"[\"\\u12\"]",
	"[\"\xff\"]",
	"[\"\xc0\x80\"]",
	"[\"\xed\xa0\x80\"]",
	"[\"\xf4\x90\x80\x80\"]",
	"{\"a\":1,\"a\":2}",
	"tru",
	"nulll",
	"[1 2]",
	"[",
	"]",
	"{\"a\"",
	"\"abc",
	"",
	" ",
	"1 1",
	"[1e999]",
	"[123456789012345678901234567890]",
};

/* ---- the same tree? */

static bool same(const struct json *ours, json_t *theirs);

static bool same_number(const struct json *ours, const json_t *theirs)
{
	char text[400];
	double value;

	if (ours->text.n >= sizeof(text))
		return false;
	memcpy(text, ours->text.p, ours->text.n);
	text[ours->text.n] = '\0';
	value = strtod(text, NULL);
	return !(value < json_real_value(theirs)) && !(value > json_real_value(theirs));
}

static bool same_object(const struct json *ours, json_t *theirs)
{
	if (ours->count != json_object_size(theirs))
		return false;
	JSON_EACH(member, ours)
	{
		json_t *value = json_object_getn(theirs, member->name.n ? member->name.p : "",
			member->name.n);

		if (!value || !same(member, value))
			return false;
	}
	return true;
}

static bool same_array(const struct json *ours, json_t *theirs)
{
	size_t i = 0;

	if (ours->count != json_array_size(theirs))
		return false;
	JSON_EACH(item, ours)
	if (!same(item, json_array_get(theirs, i++)))
		return false;
	return true;
}

static bool same(const struct json *ours, json_t *theirs)
{
	switch (ours->type) {
	case JSON_OBJECT:
		return theirs->type == JANSSON_OBJECT && same_object(ours, theirs);
	case JSON_ARRAY:
		return theirs->type == JANSSON_ARRAY && same_array(ours, theirs);
	case JSON_STRING:
		return theirs->type == JANSSON_STRING &&
		       str_eq(ours->text,
			       (str){ json_string_value(theirs), json_string_length(theirs) });
	case JSON_NUMBER:
		return theirs->type == JSON_REAL && same_number(ours, theirs);
	case JSON_TRUE:
		return theirs->type == JANSSON_TRUE;
	case JSON_FALSE:
		return theirs->type == JANSSON_FALSE;
	case JSON_NULL:
		return theirs->type == JANSSON_NULL;
	}
	return false;
}

/* ---- the same verdict? */

static bool agree(str text, bool *accepted)
{
	struct arena arena = { 0 };
	struct json *ours;
	struct err err = { 0 };
	json_error_t error;
	json_t *theirs = json_loadb(text.n ? text.p : "", text.n,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
	bool good = json_parse(&arena, text, LIMIT_JSON_BYTES, &ours, &err), equal;

	*accepted = good;
	if (good && theirs)
		equal = same(ours, theirs);
	else if (good)
		equal = json_error_code(&error) == json_error_numeric_overflow;
	else
		equal = !theirs || err.code == ERR_LIMIT;
	if (good && equal) { /* what we write, we read again as the same */
		struct buf out = { .arena = &arena };
		struct json *again;

		json_write(&out, ours);
		equal = json_parse(&arena, buf_view(&out), SIZE_MAX, &again, &err) &&
			json_same(ours, again);
	}
	json_decref(theirs);
	arena_free(&arena);
	return equal;
}

/* ---- mutations, the same ones every time */

static uint64_t seed = 20261124;

static size_t chance(size_t n) /* xorshift */
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed % n);
}

enum { TEXT_MAX = 4096 };

static size_t mutate_once(char *text, size_t n)
{
	static const char letters[] = "{}[]\",:\\0123456789eE+-.tfnul \t\nu\x01\x80\xc3\xff/a";
	char letter = letters[chance(sizeof(letters) - 1)];
	size_t at = chance(n + 1), length;

	switch (chance(4)) {
	case 0: /* put in */
		if (n + 1 >= TEXT_MAX)
			return n;
		memmove(text + at + 1, text + at, n - at);
		text[at] = letter;
		return n + 1;
	case 1: /* take out */
		if (at == n)
			return n;
		memmove(text + at, text + at + 1, n - at - 1);
		return n - 1;
	case 2: /* replace */
		if (at < n)
			text[at] = letter;
		return n;
	default: /* repeat a part */
		length = chance(n - at + 1);
		if (n + length >= TEXT_MAX)
			return n;
		memmove(text + at + length, text + at, n - at);
		return n + length;
	}
}

static void test_mutations(const char *what, str start, size_t rounds)
{
	char text[TEXT_MAX];
	size_t accepted = 0, bad = 0;

	for (size_t i = 0; i < rounds; i++) {
		size_t n = start.n < TEXT_MAX ? start.n : TEXT_MAX - 1;
		bool good;

		memcpy(text, start.p, n);
		for (size_t k = 1 + chance(4); k > 0; k--)
			n = mutate_once(text, n);
		if (!agree((str){ text, n }, &good)) {
			bad++;
			printf("# disagree on: %.*s\n", (int)n, text);
		}
		accepted += good;
	}
	ok(bad == 0, "%s, mutated %zu times (%zu still JSON)", what, rounds, accepted);
}

static void test_limits(void)
{
	struct arena arena = { 0 };
	struct buf deep = { .arena = &arena };
	struct json *root;
	struct err err;

	for (int i = 0; i < LIMIT_JSON_DEPTH; i++)
		buf_char(&deep, '[');
	for (int i = 0; i < LIMIT_JSON_DEPTH; i++)
		buf_char(&deep, ']');
	ok(json_parse(&arena, buf_view(&deep), SIZE_MAX, &root, &err), "the deepest allowed");
	buf_char(&deep, ']');
	deep.p[0] = '[';
	ok(!json_parse(&arena, arena_printf(&arena, "[%.*s", STR(buf_view(&deep))), SIZE_MAX, &root,
		   &err) &&
			err.code == ERR_LIMIT,
		"one level more");
	ok(!json_parse(&arena, S("[1]"), 2, &root, &err) && err.code == ERR_LIMIT,
		"a byte more than allowed");
	arena_free(&arena);
}

/* A continuation byte begins no character, however many follow it (RFC 3629, 4). */
static void test_continuations(void)
{
	static const unsigned char first[] = { 0x80, 0xBF, 0xC0, 0xC1, 0xF5, 0xFF };
	char text[32];

	for (size_t i = 0; i < COUNT(first); i++) {
		size_t taken = 0;

		for (size_t n = 1; n < 20; n++) {
			struct arena arena = { 0 };
			struct json *root;
			struct err err;

			memset(text, 0x80, sizeof(text));
			text[0] = text[n + 1] = '"';
			text[1] = (char)first[i];
			taken += json_parse(&arena, (str){ text, n + 2 }, SIZE_MAX, &root, &err);
			arena_free(&arena);
		}
		ok(taken == 0, "0x%02X and continuation bytes are no text", first[i]);
	}
}

/* Unicode 15, 3.9: what is no UTF-8 becomes U+FFFD; jansson, which takes only UTF-8, reads it. */
static void test_bytes(void)
{
	struct arena arena = { 0 };
	struct buf out = { .arena = &arena };
	size_t bad = 0;

	json_write_str(&out, S("a\xff"
			       "b\xc3\xa9\xe2\x82"));
	ok(str_eq(buf_view(&out), S("\"a\xEF\xBF\xBD"
				    "b\xc3\xa9\xEF\xBF\xBD\xEF\xBF\xBD\"")),
		"bytes that are no character are replaced, the others stay");
	for (size_t i = 0; i < 20000; i++) {
		char bytes[12];
		json_error_t error;
		json_t *theirs;

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (char)(chance(3) ? 0x80 + chance(128) : 1 + chance(127));
		out.n = 0;
		json_write_str(&out, (str){ bytes, sizeof(bytes) });
		theirs = json_loadb(out.p, out.n, JSON_DECODE_ANY, &error);
		bad += !theirs;
		json_decref(theirs);
	}
	ok(bad == 0, "whatever the bytes, the string can be read");
	arena_free(&arena);
}

int main(void)
{
	bool good;

	for (size_t i = 0; i < COUNT(corpus); i++) {
		bool same = agree(str_of(corpus[i]), &good);

		ok(same, "corpus %zu, %s", i, good ? "JSON" : "not JSON");
	}
	for (size_t i = 0; i < COUNT(corpus); i++)
		if (strlen(corpus[i]) > 15)
			test_mutations("corpus", str_of(corpus[i]), 4000);
	test_mutations("a string", S("[\"\\u00e4 \xc3\xa4 \\ud83d\\ude00\",1]"), 20000);
	test_limits();
	test_continuations();
	test_bytes();
	return tap_done();
}
