/*
 * form.c -- fuzz target: what a form means is what is written from it again.
 */
#include "wire/wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct arena arena = { 0 };
	struct buf out = { .arena = &arena };
	struct json *first, *second;
	struct err err = { 0 };
	str text = { (const char *)data, n };

	if (form_parse(&arena, text, &first, &err)) {
		form_write(&out, first, false);
		if (!form_parse(&arena, buf_view(&out), &second, &err) || !json_same(first, second))
			abort();
	} else if (err.code != ERR_SYNTAX && err.code != ERR_LIMIT) {
		abort();
	} else if (err.at > n || err.text[0] == '\0') {
		abort();
	}
	arena_free(&arena);
	return 0;
}
