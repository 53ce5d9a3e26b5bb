/*
 * base.c -- text, JSON and crypto against published values: RFC 8259 and 3629 for JSON,
 * FIPS 180-2 and RFC 4231 for hashes, RFC 4648 for base64.
 */
#include "base/base.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/map.h"
#include "base/os.h"
#include "tap.h"

#include <string.h>

/* Every byte at every place of texts that are looked at many bytes at a time. */
static void scan_tests(void)
{
	enum { LONGEST = 50 };
	char text[LONGEST];
	size_t wrong = 0;

	for (size_t n = 0; n <= sizeof(text); n++)
		for (size_t at = 0; at < n; at++)
			for (unsigned c = 0; c < 256; c++) {
				bool control = (c < 0x20 && c != '\t') || c == 0x7F;
				bool special = c < 0x20 || c >= 0x7F || strchr("\"&<>\\", (int)c);

				memset(text, 'a', sizeof(text));
				text[at] = (char)c;
				wrong += str_plain((str){ text, n }, 0) != (special ? at : n);
				wrong += str_plain((str){ text, n }, at + 1) != n;
				wrong += str_has_control((str){ text, n }) != control;
			}
	ok(wrong == 0, "special and control characters are found wherever they are");
	wrong = 0;
	for (size_t n = 1; n <= sizeof(text); n++)
		for (size_t at = 0; at < n; at++)
			for (unsigned c = 0; c < 256; c++) {
				char other[LONGEST];

				memset(text, 'k', sizeof(text));
				memset(other, 'K', sizeof(other));
				other[at] = (char)c;
				wrong += str_eq_nocase((str){ text, n }, (str){ other, n }) !=
					 (c == 'k' || c == 'K');
			}
	ok(wrong == 0, "and so is the one letter in which two names differ");
}

/* Names of all lengths, of which many have one hash's place. */
static void map_tests(void)
{
	enum { NAMES = 5000 };
	struct arena arena = { 0 };
	struct map map = { .arena = &arena }, none = { .arena = &arena };
	size_t wrong = 0;

	for (size_t i = 0; i < NAMES; i++) {
		str name = arena_printf(&arena, "%zu", i * i);

		wrong += map_get(&map, name) != 0;
		wrong += *map_at(&map, name) != 0;
		*map_at(&map, name) = i + 1;
	}
	for (size_t i = 0; i < NAMES; i++)
		wrong += map_get(&map, arena_printf(&arena, "%zu", i * i)) != i + 1;
	for (size_t i = 0; i < NAMES; i++)
		wrong += map_get(&map, arena_printf(&arena, "%zu ", i * i)) != 0;
	*map_at(&map, S("")) = 7;
	ok(wrong == 0 && map.n == NAMES + 1 && map_get(&map, (str){ 0 }) == 7 &&
			map_get(&none, S("1")) == 0,
		"5,000 names keep their numbers, and others have none (%zu wrong)", wrong);
	arena_free(&arena);
}

static void arena_tests(void)
{
	struct arena empty = { 0 };
	SMALL_ARENA(small, 64);
	struct buf text = { .arena = &small };
	bool aligned = true, zeroed = true;

	ok(arena_alloc(&empty, 0, 1) && NEWS(&empty, str, 0), "nothing is somewhere, too");
	arena_free(&empty);
	for (size_t n = 0; n < 5000; n += 7) {
		const char *p = arena_alloc(&small, n, 1);

		aligned = aligned && (uintptr_t)p % _Alignof(max_align_t) == 0;
		for (size_t i = 0; i < n; i++)
			zeroed = zeroed && p[i] == 0;
	}
	ok(aligned && zeroed, "an arena that began on the stack gives aligned zeros");
	for (size_t i = 0; i < 1000; i++)
		buf_printf(&text, "%zu ", i);
	ok(text.n == 3890 && str_ends(buf_view(&text), S("998 999 ")),
		"and a text grows out of it");
	arena_renew(&small, 32768);
	for (size_t n = 1; n < 20000; n *= 3) {
		const char *p = arena_alloc(&small, n, 1);

		for (size_t i = 0; i < n; i++)
			zeroed = zeroed && p[i] == 0;
	}
	ok(zeroed, "what was kept of it is zeros again");
	arena_wipe(&small);
}

static void text_tests(struct arena *arena)
{
	str text = S("ab\n\xC3\xA9"
		     "cd"),
	    head, tail;
	size_t line, column;
	uint64_t v;

	str_place(text, 6, &line, &column);
	ok(line == 2 && column == 3, "a column counts characters, not bytes");
	str_place(text, 0, &line, &column);
	ok(line == 1 && column == 1, "the first byte is 1:1");
	ok(str_cmp_nocase(S("Role"), S("rOLE")) == 0 && str_cmp_nocase(S("a"), S("B")) < 0,
		"names compare without case");
	ok(!str_u64(S("18446744073709551616"), UINT64_MAX, &v), "2^64 does not fit");
	ok(str_u64(S("18446744073709551615"), UINT64_MAX, &v) && v == UINT64_MAX, "2^64-1 does");
	ok(!str_u64(S(""), 9, &v) && !str_u64(S("1a"), 99, &v) && !str_u64(S("-1"), 9, &v),
		"a number is digits only");
	ok(str_u64(S("5"), 5, &v) && !str_u64(S("6"), 5, &v) && !str_u64(S("10"), 5, &v),
		"the maximum is kept");
	ok(str_distance(S("kitten"), S("sitting")) == 3, "Levenshtein's own example");
	ok(str_cut(S("a=b=c"), '=', &head, &tail) && str_eq(tail, S("b=c")), "cut at the first");
	ok(str_find(S("abcabd"), S("abd")) == 3 && str_find(S("ab"), S("abc")) == SIZE_MAX, "find");
	is(str_trim(S(" \t a b\r\n")), S("a b"), "trim");
	is(arena_printf(arena, "%s-%d", "x", 7), S("x-7"), "printf into an arena");
}

static void bad_json(struct arena *arena, str text, size_t at, str message)
{
	struct err err = { 0 };
	struct json *root;
	bool good = json_parse(arena, text, LIMIT_JSON_BYTES, &root, &err);

	ok(!good && err.at == at, "refused at byte %zu: %.*s (at %zu)", at,
		STR(log_quote(arena, text)), err.at);
	ok(str_find(str_of(err.text), message) != SIZE_MAX, "... saying \"%.*s\" (%s)",
		STR(message), err.text);
}

static void json_refusals(struct arena *arena)
{
	static const struct {
		str text;
		size_t at;
		str message;
	} rows[] = {
		{ SC(""), 0, SC("the text ends here") },
		{ SC("{\"a\":1,}"), 7, SC("member's name") },
		{ SC("[1,]"), 3, SC("a value") },
		{ SC("[1 2]"), 3, SC("',' or ']'") },
		{ SC("{\"a\" 1}"), 5, SC("':'") },
		{ SC("{\"a\":1 \"b\":2}"), 7, SC("',' or '}'") },
		{ SC("{\"a\":1,\"\\u0061\":2}"), 7, SC("given twice") },
		{ SC("\"abc"), 0, SC("no closing quote") },
		{ SC("\"a\nb\""), 2, SC("control characters") },
		{ SC("\"\\x\""), 2, SC("after a backslash") },
		{ SC("\"\\uD800\""), 1, SC("no low one") },
		{ SC("\"\\uD800\\u0041\""), 1, SC("no low one") },
		{ SC("\"\\uDC00\""), 1, SC("no high one") },
		{ SC("\"\\u0000\""), 1, SC("\\u0000") },
		{ SC("\"\\u12G4\""), 5, SC("hexadecimal") },
		{ SC("\"\xC0\x80\""), 1, SC("UTF-8") },
		{ SC("\"\xED\xA0\x80\""), 1, SC("UTF-8") },
		{ SC("\"\xF4\x90\x80\x80\""), 1, SC("UTF-8") },
		{ SC("01"), 1, SC("end of the text") },
		{ SC("-"), 1, SC("digit") },
		{ SC("1."), 2, SC("digit after the point") },
		{ SC("1e+"), 3, SC("exponent") },
		{ SC("True"), 0, SC("a value") },
		{ SC("{} {}"), 3, SC("end of the text") },
		{ SC("{'a':1}"), 1, SC("double quotes") },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		bad_json(arena, rows[i].text, rows[i].at, rows[i].message);
}

static void json_limits(struct arena *arena)
{
	char deep[200];
	struct err err = { 0 };
	struct json *root;

	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	ok(!json_parse(arena, (str){ deep, 200 }, 1000, &root, &err) && err.code == ERR_LIMIT,
		"a hundred levels are too many");
	ok(json_parse(arena, (str){ deep + 100 - 64, 128 }, 1000, &root, &err),
		"64 levels are fine");
	ok(!json_parse(arena, S("[1,2,3]"), 6, &root, &err) && err.code == ERR_LIMIT,
		"a text over the limit is refused");
}

static void json_values(struct arena *arena)
{
	str text = S("{ \"a\" : [1, {\"b\": \"x\\u00e9\\ud83d\\ude00\\n\"}, true, null], "
		     "\"c\":-0.5e2 }");
	struct buf out = { .arena = arena }, path = { .arena = arena }, pretty = { .arena = arena };
	struct err err = { 0 };
	struct json *root, *b, *again;

	if (!ok(json_parse(arena, text, LIMIT_JSON_BYTES, &root, &err),
		    "a text with everything in it"))
		return;
	b = json_get(json_get(root, S("a"))->first->next, S("b"));
	is(b->text, S("x\xC3\xA9\xF0\x9F\x98\x80\n"), "escapes, also a pair of surrogates");
	is(str_head(str_from(text, b->at), b->end - b->at), S("\"x\\u00e9\\ud83d\\ude00\\n\""),
		"a span");
	json_path(&path, b);
	is(buf_view(&path), S("$.a[1].b"), "a path");
	is(json_str(root, S("c")), S("-0.5e2"), "numbers stay as written");
	json_write(&out, root);
	is(buf_view(&out),
		S("{\"a\":[1,{\"b\":\"x\xC3\xA9\xF0\x9F\x98\x80\\n\"},true,null],\"c\":-0.5e2}"),
		"written without spaces");
	json_write_pretty(&pretty, root);
	ok(json_parse(arena, buf_view(&pretty), LIMIT_JSON_BYTES, &again, &err) &&
			json_same(root, again) && json_same(again, json_clone(arena, root)),
		"pretty text and a copy are equal to the original");
	json_put_str(arena, json_get(again, S("a"))->first->next, S("b"), S("y"));
	ok(!json_same(root, again), "and no longer after a change");
}

static void json_building(struct arena *arena)
{
	struct json *object = json_new(arena, JSON_OBJECT), *list;
	struct buf out = { .arena = arena };

	json_put_str(arena, object, S("x"), S("1"));
	list = json_put(object, S("l"), json_new(arena, JSON_ARRAY));
	json_push(list, json_new_int(arena, -3));
	json_push(list, json_new(arena, JSON_OBJECT));
	json_put_bool(arena, object, S("t"), true);
	json_put_str(arena, object, S("x"), S("2"));
	ok(json_remove(object, S("t")) && !json_remove(object, S("t")), "a member removed once");
	json_put_int(arena, object, S("z"), 5);
	json_write(&out, object);
	is(buf_view(&out), S("{\"x\":\"2\",\"l\":[-3,{}],\"z\":5}"), "built, replaced in place");
}

static void crypto_tests(struct arena *arena)
{
	unsigned char hash[SHA256_BYTES], key[SEAL_KEY_BYTES] = { 1 };
	str plain = { 0 }, sealed, bytes;
	char *tampered;

	sha256(S("abc"), hash);
	is(hex_write(arena, hash, sizeof(hash)),
		S("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
		"FIPS 180-2 B.1");
	hmac_sha256(S("Jefe"), S("what do ya want for nothing?"), hash);
	is(hex_write(arena, hash, sizeof(hash)),
		S("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
		"RFC 4231, case 2");
	sealed = seal(arena, key, S("about"), S("secret"));
	ok(unseal(arena, key, S("about"), sealed, &plain) && str_eq(plain, S("secret")),
		"unsealed");
	ok(!unseal(arena, key, S("other"), sealed, &plain), "... not as something else");
	for (size_t i = 0; i < sealed.n; i++) {
		tampered = NEWS(arena, char, sealed.n);
		memcpy(tampered, sealed.p, sealed.n);
		tampered[i] ^= 1;
		if (unseal(arena, key, S("about"), (str){ tampered, sealed.n }, &plain))
			ok(false, "... nor with byte %zu changed", i);
	}
	ok(!unseal(arena, key, S("about"), str_head(sealed, 20), &plain), "... nor cut short");
	is(base64_write(arena, S("fooba")), S("Zm9vYmE="), "RFC 4648, section 10");
	ok(base64_read(arena, S("Zm9vYg=="), &bytes) && str_eq(bytes, S("foob")), "and back");
	ok(!base64_read(arena, S("Zm9vYh=="), &bytes) && !base64_read(arena, S("Zm9v\n"), &bytes) &&
			!base64_read(arena, S("Z==="), &bytes) &&
			!base64_read(arena, S("Zm=v"), &bytes),
		"base64 has one text for a value");
	ok(secret_equal(S("abc"), S("abc")) && !secret_equal(S("abc"), S("abd")), "secret_equal");
	ok(random_text(arena, S("ab"), 40).n == 40 &&
			!str_eq(random_uuid(arena), random_uuid(arena)),
		"randomness");
}

static void os_tests(struct arena *arena)
{
	struct err err = { 0 };
	str dir, path, text;

	is(time_iso(arena, 1440938160), S("2015-08-30T12:36:00Z"),
		"a time of AWS's signing examples");
	is(time_basic(arena, 1440938160), S("20150830T123600Z"), "the same, basic");
	if (!ok(dir_make_temp(arena, S("deputy-test"), &dir, &err), "a temporary directory"))
		return;
	path = arena_printf(arena, "%.*s/f", STR(dir));
	ok(file_write(path, S("one"), 0600, &err) && file_write(path, S("two"), 0600, &err) &&
			file_read(arena, path, 10, &text, &err) && str_eq(text, S("two")),
		"a file replaced");
	ok(!file_read(arena, path, 2, &text, &err) && err.code == ERR_LIMIT, "a file too large");
	dir_remove(dir);
	ok(!file_exists(path) && !file_exists(dir), "and all removed");
	ok(!file_write(path, S("x"), 0600, &err) && err.code == ERR_IO, "no directory, no file");
	is(log_quote(arena, S("a b\n\"")), S("\"a b\\x0a\\\"\""), "log values are quoted");
}

int main(void)
{
	struct arena arena = { 0 };

	scan_tests();
	arena_tests();
	map_tests();
	text_tests(&arena);
	json_refusals(&arena);
	json_limits(&arena);
	json_values(&arena);
	json_building(&arena);
	crypto_tests(&arena);
	os_tests(&arena);
	arena_free(&arena);
	return tap_done();
}
