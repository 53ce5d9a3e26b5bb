/*
 * request.c -- any line of iam-eval/1: it is refused with a place inside it, or answered; and then
 * the answer is JSON, deciding twice gives the same, an explanation exists, and with a statement
 * beside it that denies everything, nothing is allowed.
 */
#include "engine/engine.h"

#include <stdlib.h>

static const char deny_all[] =
	"{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}";

static void check_answer(struct arena *arena, const struct eval_case *c, const struct json *answer)
{
	struct buf out = { .arena = arena }, story = { .arena = arena };
	struct json *again;
	struct err err;

	json_write(&out, answer);
	if (!json_parse(arena, buf_view(&out), SIZE_MAX, &again, &err) || !json_same(again, answer))
		abort();
	if (!str_eq(json_str(answer, S("decision")),
		    str_of(effect_name(decide(&c->layers, &c->request).effect))))
		abort();
	explain(&story, &c->request, &c->trace, false);
	if (!story.n)
		abort();
}

/* Who has identity policies at all is denied by one that denies everything. */
static void check_denied(struct arena *arena, const struct eval_case *c)
{
	const struct document *documents[1];
	struct layers layers = c->layers;
	struct document *document;
	struct err err;

	if (!policy_parse(arena, S("deny"), str_of(deny_all), &document, &err))
		abort();
	documents[0] = document;
	layers.identity = program_compile(arena, documents, 1);
	if (c->request.caller.type == CALLER_USER || c->request.caller.type == CALLER_SESSION)
		if (decide(&layers, &c->request).effect != DENY_EXPLICIT && c->request.action.n &&
			str_find(c->request.action, S(":")) != SIZE_MAX)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena arena = { 0 };
	str text = { (const char *)data, n };
	struct json *value, *answer;
	struct eval_case c = { 0 };
	struct err err = { 0 };

	if (json_parse(&arena, text, LIMIT_JSON_BYTES, &value, &err) &&
		eval_run(&arena, text, value, NULL, &c, &answer, &err)) {
		check_answer(&arena, &c, answer);
		check_denied(&arena, &c);
	} else if (err.at > n || err.text[0] == '\0') {
		abort();
	}
	arena_free(&arena);
	return 0;
}
