/*
 * error.c -- the core's failures as the library tells them: a code of five, line and column
 * instead of an offset alone, and a sentence that is one line.
 */
#include "api/api.h"

#include <stdio.h>
#include <string.h>

/* A sentence may repeat what it complains about; controls in it must not reach a terminal. */
static void set_sentence(struct deputy_error *error, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof(error->sentence))
		n = sizeof(error->sentence) - 1;
	memset(error->sentence, 0, sizeof(error->sentence));
	for (size_t i = 0; i < n; i++)
		error->sentence[i] = (unsigned char)text[i] < ' ' || text[i] == 127 ? ' ' : text[i];
}

bool api_refuse(struct deputy_error *error, enum deputy_error_code code, const char *format, ...)
{
	char text[sizeof(error->sentence)];
	va_list args;

	if (!error)
		return false;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	*error = (struct deputy_error){ .code = code };
	set_sentence(error, text);
	return false;
}

static enum deputy_error_code code_of(enum err_code code)
{
	switch (code) {
	case ERR_LIMIT:
		return DEPUTY_ERROR_LIMIT;
	case ERR_REFUSED:
		return DEPUTY_ERROR_REFUSED;
	case ERR_NONE:
	case ERR_SYNTAX:
	case ERR_DENIED:
	case ERR_USAGE:
	case ERR_IO:
	case ERR_NETWORK:
	case ERR_REMOTE:
	case ERR_INTERNAL:
		break;
	}
	return DEPUTY_ERROR_SYNTAX; /* the pure code has no other failures */
}

bool api_refuse_text(struct deputy_error *error, const struct err *err, str text)
{
	if (!error)
		return false;
	*error = (struct deputy_error){ .code = code_of(err->code), .at = err->at };
	str_place(text, err->at, &error->line, &error->column);
	set_sentence(error, err->text);
	return false;
}
