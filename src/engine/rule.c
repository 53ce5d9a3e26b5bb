/*
 * rule.c -- does one statement concern one request?
 *
 * Four questions: action, resource, principal, condition. decide() finds the
 * action by the program's index and asks the other three; a trace asks all.
 */
#include "engine/program.h"

/* The caller's side never names principals; the resource's side always does [S-08]. */
bool layer_has_principals(enum layer layer)
{
	return layer == LAYER_RESOURCE || layer == LAYER_RCP || layer == LAYER_ENDPOINT;
}

str resource_account(const struct request *request)
{
	struct arn arn;

	if (request->resource_account.n)
		return request->resource_account;
	if (arn_parse(request->resource, &arn) && is_account_id(arn.part[ARN_ACCOUNT]))
		return arn.part[ARN_ACCOUNT];
	return request->caller.account; /* [S-39] */
}

void query_start(struct query *query, const struct request *request, bool bounded)
{
	str name;

	*query = (struct query){ .request = request, .bounded = bounded };
	query->action_hash = hash_lower(request->action);
	if (str_cut(request->action, ':', &query->service, &name))
		query->service.n++; /* with its colon, as in the index */
	query->service_hash = hash_lower(query->service);
	query->is_arn =
		!request->no_resource_types && arn_segments(request->resource, query->segments);
}

/* ---- actions */

static bool action_matches(const struct action *action, str text)
{
	if (!action->valid)
		return false;
	if (action->any)
		return true;
	return action->literal ? str_eq_nocase(action->pattern, text) /* [S-17] */
			       : pattern_match_lower(action->pattern, text);
}

bool rule_action(const struct rule *rule, str text)
{
	for (size_t i = 0; i < rule->nactions; i++)
		if (action_matches(&rule->actions[i], text))
			return !rule->statement->not_action;
	return rule->statement->not_action && rule->nactions > 0; /* [S-20] [S-21] */
}

/* ---- resources */

/* From segment i to the end, colons and all. */
static str segments_from(const struct query *query, size_t i)
{
	str resource = query->request->resource, segment = query->segments[i];

	return (str){ segment.p, (size_t)(resource.p + resource.n - segment.p) };
}

/* Where a short ARN may leave its tail open [S-28]. */
static bool layer_opens(enum layer layer)
{
	return layer == LAYER_IDENTITY || layer == LAYER_BOUNDARY || layer == LAYER_SESSION;
}

static bool target_matches(const struct target *target, const struct query *query)
{
	str rest;

	if (target->kind == TARGET_ANY)
		return true;
	if (target->kind != TARGET_ARN || !query->is_arn) /* [S-134] */
		return false;
	if (target->open && !layer_opens(query->layer))
		return false;
	/* wildcards in all of them, letter case counts [S-25, S-29, S-30, S-31, S-32, S-33] */
	for (size_t i = 0; i < target->nsegments; i++)
		if (!pattern_match(target->segment[i], query->segments[i]))
			return false;
	rest = target->open ? query->segments[target->nsegments]
			    : segments_from(query, target->nsegments);
	return template_match(&target->rest, query->request, rest, MATCH_WILD); /* [S-26] [S-27] */
}

/* An entry with a variable that has no value takes the statement away, NotResource too [S-37]. */
static bool has_unresolved(const struct rule *rule, const struct request *request)
{
	for (size_t i = 0; i < rule->ntargets; i++)
		if (rule->targets[i].kind == TARGET_UNRESOLVABLE ||
			(rule->targets[i].kind == TARGET_ARN &&
				!template_resolves(&rule->targets[i].rest, request)))
			return true;
	return false;
}

/* One that matches is enough; of NotResource none may [S-34, S-35, S-36, S-131]. */
bool rule_resource(const struct rule *rule, const struct query *query)
{
	const struct statement *s = rule->statement;

	if (!s->has_resource) /* then it is the one the policy hangs on [S-10] */
		return query->layer == LAYER_RESOURCE;
	for (size_t i = 0; i < rule->ntargets; i++)
		if (target_matches(&rule->targets[i], query))
			return !s->not_resource;
	return s->not_resource && rule->ntargets > 0 && !has_unresolved(rule, query->request);
}

/* ---- principals */

/* Strongest of the principals listed; NotPrincipal turns it round [S-81, S-82, S-83, S-84]. */
enum principal_match rule_principal(const struct rule *rule, const struct query *query)
{
	const struct statement *s = rule->statement;
	enum principal_match best = MATCH_NO;

	if (!layer_has_principals(query->layer))
		return s->has_principal ? MATCH_NO : MATCH_DIRECT;
	if (s->nprincipals == 0) /* [S-09] */
		return MATCH_NO;
	for (size_t i = 0; i < s->nprincipals; i++) {
		enum principal_match match =
			principal_matches(&s->principals[i], &query->request->caller);

		best = match > best ? match : best;
	}
	if (!s->not_principal)
		return best;
	if (!s->allow && query->bounded)
		return MATCH_ANY;
	return best == MATCH_NO ? MATCH_ANY : MATCH_NO;
}

/* ---- conditions: all must hold [S-04] */

const struct test *rule_failed_test(const struct rule *rule, const struct request *request)
{
	for (size_t i = 0; i < rule->ntests; i++)
		if (!test_holds(&rule->tests[i], request))
			return &rule->tests[i];
	return NULL;
}
