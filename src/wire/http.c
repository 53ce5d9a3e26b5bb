/*
 * http.c -- HTTP messages as values: looking headers up, adding them, and cutting a target
 * into path and query. Nothing is decoded here: signatures are over the bytes as sent.
 */
#include "wire/wire.h"

#include <string.h>

str http_get_header(const struct http_header *headers, size_t n, str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(headers[i].name, name))
			return headers[i].value;
	return (str){ 0 };
}

void http_add_header(struct arena *arena, struct http_header **headers, size_t *n, size_t *cap,
	str name, str value)
{
	if (*n == *cap) {
		size_t more = *cap ? *cap * 2 : 16;
		struct http_header *grown = NEWS(arena, struct http_header, more);

		if (*n)
			memcpy(grown, *headers, *n * sizeof(*grown));
		*headers = grown;
		*cap = more;
	}
	(*headers)[(*n)++] = (struct http_header){ name, value };
}

void http_set_target(struct http_request *request, str target)
{
	request->target = target;
	request->query = (str){ 0 };
	if (!str_cut(target, '?', &request->path, &request->query))
		request->path = target;
}
