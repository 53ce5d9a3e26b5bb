/*
 * rule.c -- does one statement concern one request?
 *
 * Four questions: action, resource, principal, condition. decide() finds the
 * action by the program's index and asks the other three; a trace asks all.
 */
#include "base/word.h"
#include "engine/program.h"

bool resource_in_account(const struct query *query, str account)
{
	const struct request *request = query->request;

	if (request->resource_account.n)
		return str_same(account, request->resource_account);
	if (query->account.n == 0 || str_same(account, query->account))
		return true;
	return !is_account_id(query->account) || !str_starts(request->resource, S("arn:"));
}

/* Zeros where there are fewer. */
static uint64_t first_bytes(str text)
{
	uint64_t first = 0;

	if (text.n >= sizeof(first))
		return word_at(text.p);
	if (text.n)
		memcpy(&first, text.p, text.n);
	return first;
}

void query_start(struct query *query, const struct request *request, bool bounded)
{
	bool is_arn = arn_tail(request->resource, &query->account, &query->tail);

	query->request = request;
	query->bounded = bounded;
	query->action_hash = hash_action(request->action);
	query->is_arn = is_arn && !request->no_resource_types;
	if (!is_arn)
		query->account = query->tail = (str){ 0 };
	query->first = first_bytes(query->tail);
}

/* ---- actions */

bool action_matches(const struct action *action, str text)
{
	size_t head = action->head;

	if (!action->valid || action->any)
		return action->valid;
	if (action->literal)
		return str_same_nocase(action->pattern, text); /* [S-17] */
	if (text.n < head || ascii_lower(text.p[0]) != ascii_lower(action->pattern.p[0]) ||
		!bytes_same_nocase(action->pattern.p, text.p, head))
		return false;
	return action->prefix ||
	       pattern_match_nocase(str_from(action->pattern, head), str_from(text, head));
}

bool rule_action(const struct rule *rule, str text)
{
	bool some = rule->any_action || rule->letters & letter_bit(text);

	for (size_t i = 0; some && i < rule->nactions; i++)
		if (action_matches(&rule->actions[i], text))
			return !rule->not_action;
	return rule->not_action && rule->nactions > 0; /* [S-20] [S-21] */
}

/* ---- resources */

/* Where a short ARN may leave its tail open [S-28]. */
static bool layer_opens(enum layer layer)
{
	return layer == LAYER_IDENTITY || layer == LAYER_BOUNDARY || layer == LAYER_SESSION;
}

/* The segments that are neither plain nor any: wildcards in all of them [S-29, S-30, S-31, S-32]. */
static bool segments_match(const struct target *target, const struct query *query)
{
	str text = { target->text, target->n }, resource = query->request->resource;
	str segment, own;

	for (size_t i = 0; i < target->nsegments && str_cut(text, ':', &segment, &text) &&
			   str_cut(resource, ':', &own, &resource);
		i++)
		if (target->patterns >> i & 1 && !pattern_match(segment, own))
			return false;
	return true;
}

/* What the rest is held against: mostly all that is behind the fifth colon. Of a short ARN, what is
 * behind as many as it has; to the next one only, where it is open. */
static str behind_segments(const struct target *target, const struct query *query)
{
	str text = query->request->resource, segment;

	if (target->nsegments == 5)
		return query->tail;
	for (size_t i = 0; i < target->nsegments; i++)
		str_cut(text, ':', &segment, &text);
	if (target->open)
		str_cut(text, ':', &text, &segment);
	return text;
}

static bool rest_matches(const struct target *target, const struct query *query)
{
	str text = behind_segments(target, query);
	str rest = { target->text + target->rest_at, target->n - target->rest_at };
	size_t head = target->head;

	if (target->variables)
		return template_match(target->variables, query->request, text, MATCH_WILD);
	if (text.n < head || !bytes_same(rest.p, text.p, head))
		return false;
	if (target->prefix)
		return true;
	if (head == rest.n)
		return text.n == head;
	return pattern_match(str_from(rest, head), str_from(text, head));
}

/* Letter case counts [S-25, S-33]. */
static bool target_matches(const struct target *target, const struct query *query)
{
	str resource = query->request->resource;

	if (target->kind == TARGET_ANY)
		return true;
	if (target->kind != TARGET_ARN || !query->is_arn) /* [S-134] */
		return false;
	if ((query->first ^ target->first) & target->mask)
		return false;
	if (target->open && !layer_opens(query->layer))
		return false;
	if (resource.n < target->plain || !bytes_same(target->text, resource.p, target->plain))
		return false;
	return (!target->patterns || segments_match(target, query)) &&
	       rest_matches(target, query); /* [S-26] [S-27] */
}

/* An entry with a variable that has no value takes the statement away, NotResource too [S-37]. */
static bool has_unresolved(const struct rule *rule, const struct request *request)
{
	for (size_t i = 0; i < rule->ntargets; i++)
		if (rule->targets[i].kind == TARGET_UNRESOLVABLE ||
			(rule->targets[i].kind == TARGET_ARN && rule->targets[i].variables &&
				!template_resolves(rule->targets[i].variables, request)))
			return true;
	return false;
}

/* One that matches is enough; of NotResource none may [S-34, S-35, S-36, S-131]. */
bool rule_resource(const struct rule *rule, const struct query *query)
{
	if (!rule->has_resource) /* then it is the one the policy hangs on [S-10] */
		return query->layer == LAYER_RESOURCE;
	for (size_t i = 0; i < rule->ntargets; i++)
		if (target_matches(&rule->targets[i], query))
			return !rule->not_resource;
	return rule->not_resource && rule->ntargets > 0 && !has_unresolved(rule, query->request);
}

/* ---- principals */

/* Strongest of the principals listed; NotPrincipal turns it round [S-81, S-82, S-83, S-84]. */
enum principal_match rule_principal(const struct rule *rule, const struct query *query)
{
	const struct statement *s = rule->statement;
	enum principal_match best = MATCH_NO;

	if (!layer_has_principals(query->layer))
		return rule->has_principal ? MATCH_NO : MATCH_DIRECT;
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
