/*
 * trace.c -- every statement's part in a decision.
 *
 * The decision itself is decide()'s; here each statement of each layer that
 * applies is asked all four questions again, and how many it answered with no
 * is kept. A statement that names the action and fails in one thing only is
 * what the author most likely meant: the nearest miss.
 */
#include "engine/program.h"

struct tracing {
	struct arena *arena;
	const struct request *request;
	struct query query;
	struct trace *trace;
};

static void find_miss(struct finding *f, enum miss miss)
{
	f->missed |= 1u << miss;
	if (f->misses++ == 0)
		f->miss = miss;
}

static void find_conditions(struct tracing *t, const struct rule *rule, struct finding *f)
{
	const struct condition **failed = NEWS(t->arena, const struct condition *, rule->ntests);

	f->conditions = failed;
	for (size_t i = 0; i < rule->ntests; i++) {
		if (test_holds(&rule->tests[i], t->request))
			continue;
		find_miss(f, MISS_CONDITION);
		failed[f->nconditions++] = rule->tests[i].source;
	}
	if (f->nconditions == 0)
		return;
	f->condition = failed[0];
	f->key_missing = !context_find(t->request, failed[0]->key);
}

static void trace_program(struct tracing *t, enum layer layer, const struct program *program)
{
	t->query.layer = layer;
	for (size_t i = 0; program && i < program->nrules; i++) {
		const struct rule *rule = &program->rules[i];
		struct finding *f = &t->trace->findings[t->trace->n++];

		*f = (struct finding){ .layer = layer,
			.document = rule->document,
			.statement = rule->statement };
		if (!rule_action(rule, t->request->action))
			find_miss(f, MISS_ACTION);
		if (!rule_resource(rule, &t->query))
			find_miss(f, MISS_RESOURCE);
		if (rule_principal(rule, &t->query) == MATCH_NO)
			find_miss(f, MISS_PRINCIPAL);
		find_conditions(t, rule, f);
	}
}

static size_t count_rules(const struct layers *layers)
{
	const struct program *one[] = { layers->identity, layers->resource, layers->boundary,
		layers->session, layers->endpoint };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(one); i++)
		n += one[i] ? one[i]->nrules : 0;
	for (size_t i = 0; i < layers->nscp; i++)
		n += layers->scp[i].program ? layers->scp[i].program->nrules : 0;
	for (size_t i = 0; i < layers->nrcp; i++)
		n += layers->rcp[i].program ? layers->rcp[i].program->nrules : 0;
	return n;
}

void decide_trace(struct arena *arena, const struct layers *layers, const struct request *request,
	struct trace *trace)
{
	struct tracing t = { .arena = arena, .request = request, .trace = trace };
	const struct program *one[LAYER_COUNT] = { [LAYER_IDENTITY] = layers->identity,
		[LAYER_RESOURCE] = layers->resource,
		[LAYER_BOUNDARY] = layers->boundary,
		[LAYER_SESSION] = layers->session,
		[LAYER_ENDPOINT] = layers->endpoint };

	*trace = (struct trace){ .decision = decide(layers, request) };
	trace->findings = NEWS(arena, struct finding, count_rules(layers));
	query_start(&t.query, request, layer_applies(layers, request, LAYER_BOUNDARY));
	for (enum layer layer = LAYER_NONE; layer < LAYER_COUNT; layer++) {
		if (!layer_applies(layers, request, layer))
			continue;
		trace_program(&t, layer, one[layer]);
		for (size_t i = 0; layer == LAYER_SCP && i < layers->nscp; i++)
			trace_program(&t, layer, layers->scp[i].program);
		for (size_t i = 0; layer == LAYER_RCP && i < layers->nrcp; i++)
			trace_program(&t, layer, layers->rcp[i].program);
	}
}

/* Could an Allow in this layer have changed the answer? */
static bool could_help(const struct decision *d, enum layer layer)
{
	bool grants = layer == LAYER_IDENTITY || layer == LAYER_RESOURCE;

	if (layer == d->layer)
		return true;
	return grants && d->layer == LAYER_IDENTITY && d->same_account;
}

bool finding_is_near(const struct decision *d, const struct finding *f)
{
	return d->effect == DENY_IMPLICIT && f->statement->allow && f->misses > 0 &&
	       f->miss != MISS_ACTION && could_help(d, f->layer);
}

const struct finding *trace_nearest(const struct trace *trace)
{
	const struct finding *best = NULL;

	for (size_t i = 0; i < trace->n; i++) {
		const struct finding *f = &trace->findings[i];

		if (!finding_is_near(&trace->decision, f))
			continue;
		if (!best || f->misses < best->misses ||
			(f->misses == best->misses && f->miss > best->miss))
			best = f;
	}
	return best;
}
