/*
 * policy.c -- policies and programs as objects.
 *
 * A policy owns a copy of its text and the document read from it. A program reads the texts of
 * its policies once more into its own arena: so neither needs the other to live, and nothing is
 * counted or locked. A policy that could not be read, NULL, becomes one that denies everything.
 */
#include "api/api.h"

#include <stdlib.h>

const char *deputy_version(void)
{
	return DEPUTY_VERSION;
}

struct deputy_policy {
	struct arena arena; /* this object is in it */
	const struct document *document;
};

/* Twice, since a policy of an identity must not have a principal and one of a resource must. */
static const char deny_all[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":["
	"{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"},"
	"{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}";

const struct deputy_policy *deputy_policy_parse(const char *name, const char *text, size_t size,
	struct deputy_error *error)
{
	struct arena arena = { 0 };
	str given = { text, text ? size : 0 }, own = given;
	struct deputy_policy *policy = NEW(&arena, struct deputy_policy);
	struct document *document;
	struct err err = { 0 };

	if (given.n <= LIMIT_POLICY_BYTES) /* else it is refused, and need not be copied */
		own = arena_copy(&arena, given);
	if (!policy_parse(&arena, arena_copy(&arena, str_of(name ? name : "policy")), own,
		    &document, &err)) {
		api_refuse_text(error, &err, given);
		arena_free(&arena);
		return NULL;
	}
	policy->document = document;
	policy->arena = arena;
	return policy;
}

void deputy_policy_free(const struct deputy_policy *policy)
{
	struct arena arena = policy ? policy->arena : (struct arena){ 0 };

	arena_free(&arena);
}

_Static_assert((int)DEPUTY_KIND_IDENTITY == (int)POLICY_IDENTITY &&
		       (int)DEPUTY_KIND_RESOURCE == (int)POLICY_RESOURCE &&
		       (int)DEPUTY_KIND_TRUST == (int)POLICY_TRUST &&
		       (int)DEPUTY_KIND_BOUNDARY == (int)POLICY_BOUNDARY &&
		       (int)DEPUTY_KIND_SESSION == (int)POLICY_SESSION &&
		       (int)DEPUTY_KIND_SCP == (int)POLICY_SCP &&
		       (int)DEPUTY_KIND_RCP == (int)POLICY_RCP &&
		       (int)DEPUTY_KIND_ENDPOINT == (int)POLICY_ENDPOINT,
	"kinds are numbered alike");

bool deputy_policy_check(const struct deputy_policy *policy, enum deputy_kind kind,
	struct deputy_error *error)
{
	struct err err = { 0 };

	if (!policy)
		return api_refuse(error, DEPUTY_ERROR_ARGUMENT, "there is no policy");
	if ((unsigned)kind > DEPUTY_KIND_ENDPOINT)
		return api_refuse(error, DEPUTY_ERROR_ARGUMENT, "%u is no kind of policy",
			(unsigned)kind);
	return policy_check(policy->document, (enum policy_kind)kind, &err) ||
	       api_refuse_text(error, &err, policy->document->text);
}

size_t deputy_policy_size(const struct deputy_policy *policy)
{
	return policy ? policy_size(policy->document->text) : 0;
}

/* ---- programs */

/* What a decision will say of each statement, worked out once. The core's Sids are views; here
 * they end with a NUL. */
static void note_statements(struct arena *arena, struct source *source)
{
	const struct document *d = &source->document;

	source->places = NEWS(arena, struct place, d->nstatements);
	for (size_t i = 0; i < d->nstatements; i++) {
		const struct statement *s = &d->statements[i];
		struct place *place = &source->places[i];

		str_place(d->text, s->at, &place->line, &place->column);
		place->sid = s->sid.n ? arena_copy(arena, s->sid).p : NULL;
	}
}

static const struct document *read_again(struct arena *arena, const struct deputy_policy *policy)
{
	str name = policy ? policy->document->name : S("(a policy that could not be read)");
	str text = policy ? policy->document->text : str_of(deny_all);
	struct source *source = NEW(arena, struct source);
	struct document *document;
	struct err err;

	if (!policy_parse(arena, arena_copy(arena, name), arena_copy(arena, text), &document, &err))
		abort(); /* it was read before */
	source->document = *document;
	note_statements(arena, source);
	return &source->document;
}

const struct deputy_program *deputy_compile(const struct deputy_policy *const *policies, size_t n)
{
	struct arena arena = { 0 };
	struct deputy_program *program = NEW(&arena, struct deputy_program);
	const struct document **documents;

	if (!policies && n)
		n = 1; /* they are missing, and the answer is as for one that is */
	documents = NEWS(&arena, const struct document *, n);
	for (size_t i = 0; i < n; i++)
		documents[i] = read_again(&arena, policies ? policies[i] : NULL);
	program->program = program_compile(&arena, documents, n);
	program->arena = arena;
	return program;
}

void deputy_program_free(const struct deputy_program *program)
{
	struct arena arena = program ? program->arena : (struct arena){ 0 };

	arena_free(&arena);
}
