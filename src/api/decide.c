/*
 * decide.c -- a decision and its story, for programs and requests that are objects.
 *
 * Layers that cannot be used (no request, more levels than can be, levels that are promised and
 * not there) are a denial before the engine is asked: what is {0} in a decision is "no".
 */
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)DEPUTY_DENY_IMPLICIT == (int)DENY_IMPLICIT && (int)DEPUTY_ALLOW == (int)ALLOW &&
		       (int)DEPUTY_DENY_EXPLICIT == (int)DENY_EXPLICIT,
	"effects are numbered alike");
_Static_assert((int)DEPUTY_LAYER_NONE == (int)LAYER_NONE &&
		       (int)DEPUTY_LAYER_IDENTITY == (int)LAYER_IDENTITY &&
		       (int)DEPUTY_LAYER_RESOURCE == (int)LAYER_RESOURCE &&
		       (int)DEPUTY_LAYER_BOUNDARY == (int)LAYER_BOUNDARY &&
		       (int)DEPUTY_LAYER_SESSION == (int)LAYER_SESSION &&
		       (int)DEPUTY_LAYER_SCP == (int)LAYER_SCP &&
		       (int)DEPUTY_LAYER_RCP == (int)LAYER_RCP &&
		       (int)DEPUTY_LAYER_ENDPOINT == (int)LAYER_ENDPOINT &&
		       (int)DEPUTY_LAYER_SERVICE == (int)LAYER_SERVICE &&
		       (int)DEPUTY_LAYER_SERVICE + 1 == (int)LAYER_COUNT,
	"layers are numbered alike");

struct levels { /* room for what the engine wants as arrays, on the stack */
	struct level scp[DEPUTY_LEVELS_MAX], rcp[DEPUTY_LEVELS_MAX];
};

static const struct program *program_of(const struct deputy_program *program)
{
	return program ? program->program : NULL;
}

/* A level that is NULL has nothing attached, which allows nothing. */
static bool use_levels(const struct deputy_program *const *programs, size_t n, struct level *to)
{
	if (n > DEPUTY_LEVELS_MAX || (n && !programs))
		return false;
	for (size_t i = 0; i < n; i++)
		to[i] = (struct level){ .program = program_of(programs[i]) };
	return true;
}

static bool use_layers(const struct deputy_layers *from, struct levels *levels, struct layers *to)
{
	if (!from || !use_levels(from->scp, from->nscp, levels->scp) ||
		!use_levels(from->rcp, from->nrcp, levels->rcp))
		return false;
	*to = (struct layers){
		.identity = program_of(from->identity),
		.boundary = program_of(from->boundary),
		.session = program_of(from->session),
		.resource = program_of(from->resource),
		.endpoint = program_of(from->endpoint),
		.scp = levels->scp,
		.nscp = from->nscp,
		.rcp = levels->rcp,
		.nrcp = from->nrcp,
		.principal_in_management_account = from->principal_in_management_account,
		.resource_in_management_account = from->resource_in_management_account,
	};
	return true;
}

static struct deputy_decision public_decision(const struct decision *d)
{
	/* every document of a program is the first member of a source (policy.c) */
	const struct source *source = (const struct source *)(const void *)d->document;
	struct deputy_decision out = { .allowed = d->effect == ALLOW,
		.effect = (enum deputy_effect)d->effect,
		.layer = (enum deputy_layer)d->layer,
		.withheld = d->withheld,
		.same_account = d->same_account };

	if (source && d->statement) {
		const struct place *place = &source->places[d->statement->index];

		out.policy = source->document.name.p;
		out.sid = place->sid;
		out.statement = d->statement->index + 1;
		out.line = place->line;
		out.column = place->column;
	}
	return out;
}

struct deputy_decision deputy_decide(const struct deputy_layers *layers,
	const struct deputy_request *request)
{
	struct levels levels;
	struct layers own;
	struct decision decision;

	if (!request || !use_layers(layers, &levels, &own))
		return (struct deputy_decision){ 0 };
	decision = decide(&own, &request->request);
	return public_decision(&decision);
}

/* ---- why */

static void tell(struct buf *out, const struct deputy_layers *layers,
	const struct deputy_request *request, enum deputy_form form)
{
	struct levels levels;
	struct layers own;
	struct trace trace;

	if (!request || !use_layers(layers, &levels, &own)) {
		buf_str(out, request ? S("Denied: the layers cannot be used")
				     : S("Denied: there is no request that could be decided"));
		buf_str(out, form == DEPUTY_FORM_SENTENCE ? S("") : S(".\n"));
		return;
	}
	decide_trace(out->arena, &own, &request->request, &trace);
	if (form == DEPUTY_FORM_SENTENCE)
		buf_str(out, explain_short(out->arena, &request->request, &trace));
	else
		explain(out, &request->request, &trace, form == DEPUTY_FORM_COLOURED);
}

char *deputy_explain(const struct deputy_layers *layers, const struct deputy_request *request,
	enum deputy_form form)
{
	struct arena arena = { 0 };
	struct buf out = { .arena = &arena };
	char *text;

	tell(&out, layers, request, form);
	text = calloc(1, out.n + 1);
	if (!text)
		abort(); /* as in arena_alloc */
	if (out.n)
		memcpy(text, out.p, out.n);
	arena_free(&arena);
	return text;
}

void deputy_text_free(char *text)
{
	free(text);
}

const char *deputy_effect_name(enum deputy_effect effect)
{
	bool known = (unsigned)effect <= DEPUTY_DENY_EXPLICIT;

	return effect_name(known ? (enum effect)effect : DENY_IMPLICIT);
}

const char *deputy_layer_name(enum deputy_layer layer)
{
	bool known = (unsigned)layer <= DEPUTY_LAYER_SERVICE;

	return layer_name(known ? (enum layer)layer : LAYER_NONE);
}
