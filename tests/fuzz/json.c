/* json.c -- any bytes: no crash, and what was read is written and read again as the same. */
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena arena = { 0 };
	str text = { (const char *)data, n };
	struct json *first, *second;
	struct buf plain = { .arena = &arena }, pretty = { .arena = &arena };
	struct err err;

	if (json_parse(&arena, text, LIMIT_JSON_BYTES, &first, &err)) {
		json_write(&plain, first);
		json_write_pretty(&pretty, first);
		if (!json_parse(&arena, buf_view(&plain), SIZE_MAX, &second, &err) ||
			!json_same(first, second))
			abort();
		if (!json_parse(&arena, buf_view(&pretty), SIZE_MAX, &second, &err) ||
			!json_same(first, second))
			abort();
	} else if (err.at > n || err.text[0] == '\0') {
		abort(); /* a mistake is somewhere, and has a sentence */
	}
	arena_free(&arena);
	return 0;
}
