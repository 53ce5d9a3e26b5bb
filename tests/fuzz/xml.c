/*
 * xml.c -- fuzz target: XML that is read and written again means the same; and whatever bytes
 * are escaped, the document around them is one that can be read.
 */
#include "wire/wire.h"

#include <stdlib.h>

static void must(bool good)
{
	if (!good)
		abort();
}

/* Names that are written as they are; others, which none of our tables has, are changed. */
static bool plain_names(const struct json *value)
{
	JSON_EACH(child, value)
	{
		for (size_t i = 0; i < child->name.n; i++) {
			char c = child->name.p[i];
			bool digit = c >= '0' && c <= '9';

			if (!ascii_alnum(c) && c != '_' && (i == 0 || (c != '-' && c != '.')))
				return false;
			if (digit && i == 0)
				return false;
		}
		if (!plain_names(child)) /* no deeper than LIMIT_JSON_DEPTH */
			return false;
	}
	return true;
}

static void test_reading(struct arena *arena, str text)
{
	struct json *value = NULL, *object, *again = NULL;
	struct buf out = { .arena = arena };
	struct err err = { 0 };
	str root;

	if (!xml_parse(arena, text, &root, &value, &err)) {
		must((err.code == ERR_SYNTAX || err.code == ERR_LIMIT) && err.text[0]);
		return;
	}
	object = json_new(arena, JSON_OBJECT);
	json_put(object, S("value"), value);
	if (!plain_names(object))
		return;
	buf_str(&out, S("<R>"));
	xml_write(&out, object, S("item"));
	buf_str(&out, S("</R>"));
	if (xml_parse(arena, buf_view(&out), &root, &again, &err))
		must(json_same(object, again));
	else
		must(err.code ==
			ERR_LIMIT); /* lists made of repeated elements are a level deeper */
}

static void test_escaping(struct arena *arena, str text)
{
	struct json *value = NULL;
	struct buf out = { .arena = arena }, again = { .arena = arena };
	struct err err = { 0 };
	str root;

	buf_str(&out, S("<a>"));
	xml_escape(&out, text);
	buf_str(&out, S("</a>"));
	must(xml_parse(arena, buf_view(&out), &root, &value, &err));
	must(json_is(value, JSON_STRING));
	if (str_find(buf_view(&out), S("\xEF\xBF\xBD")) == SIZE_MAX)
		must(str_eq(value->text, text));
	buf_str(&again, S("<a>"));
	xml_escape(&again, value->text);
	buf_str(&again, S("</a>"));
	must(str_eq(buf_view(&out), buf_view(&again)));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct arena arena = { 0 };
	str text = { (const char *)data, n };

	test_reading(&arena, text);
	test_escaping(&arena, text);
	arena_free(&arena);
	return 0;
}
