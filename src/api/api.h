/*
 * api.h -- what the files behind include/deputy.h share.
 *
 * May include: base policy engine wire.
 *
 * They turn public values into the core's and back, and own the objects: each lives in its own
 * arena, so that one call frees it. Nothing is decided here. error.c, policy.c, lint.c,
 * request.c and decide.c need only the pure code; sign.c also needs wire and libcrypto.
 */
#ifndef DEPUTY_API_H
#define DEPUTY_API_H

#include "base/base.h"
#include "engine/engine.h"

#include <deputy.h>

/* Fills in *error, if there is one, for what is not in a text. Always false. */
bool api_refuse(struct deputy_error *error, enum deputy_error_code code, const char *format, ...)
	PRINTF(3, 4);

/* The same for a failure of the core, whose place is in `text`. */
bool api_refuse_text(struct deputy_error *error, const struct err *err, str text);

struct place {           /* what a decision says of a statement, worked out when it is compiled */
	const char *sid; /* NULL: none */
	size_t line, column;
};

struct source { /* a document of a program; the engine points at its first member */
	struct document document;
	struct place *places; /* [document.nstatements] */
};

struct deputy_program {
	struct arena arena; /* this object is in it */
	const struct program *program;
};

struct deputy_request {
	struct arena arena; /* this object is in it */
	struct request request;
};

#endif
