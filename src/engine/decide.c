/*
 * decide.c -- what the layers together answer.
 *
 * Each layer that applies is asked on its own: explicit deny, allow, or
 * nothing. Then:
 *
 *   1. an explicit deny anywhere ends it                              [S-01]
 *   2. somebody must grant: in the caller's own account the resource's policy
 *      or the identity's; across accounts both; a role's trust policy and a
 *      key's policy always have a say                      [S-87] [S-99] [S-105]
 *   3. every limiting layer must allow what was granted         [S-88] [S-101]
 *
 * `withheld` collects the layers that did not allow. The mask that decides is
 * the mask that explains.
 */
#include "engine/program.h"

#define BIT(layer) (1u << (layer))

/* ---- one program */

struct verdict {
	const struct rule *deny, *allow;
	enum principal_match match; /* of `allow` */
	unsigned matches;           /* 1 << MATCH_...: of all rules that allow */
};

/* Could this rule still change the verdict? The first of its kind settles it, but in a resource's
 * policy a later one may name the caller better. */
static bool matters(const struct verdict *v, const struct rule *rule, enum layer layer)
{
	if (!rule->statement->allow)
		return !v->deny || rule < v->deny;
	return !v->allow || rule < v->allow || layer == LAYER_RESOURCE;
}

static void consider(struct verdict *v, const struct rule *rule, const struct query *query)
{
	enum principal_match match;

	if (!matters(v, rule, query->layer) || !rule_resource(rule, query))
		return;
	match = rule_principal(rule, query);
	if (match == MATCH_NO || rule_failed_test(rule, query->request))
		return;
	if (!rule->statement->allow) {
		v->deny = rule;
		return;
	}
	v->matches |= 1u << match;
	if (!v->allow || match > v->match || (match == v->match && rule < v->allow)) {
		v->allow = rule;
		v->match = match;
	}
}

static const struct entry *next_entry(const struct program *program, uint32_t index)
{
	return index ? &program->entries[index - 1] : NULL;
}

static void scan(const struct program *program, const struct query *query, struct verdict *v)
{
	str action = query->request->action;
	const struct entry *e;

	for (e = next_entry(program, program->heads[query->action_hash & program->mask]); e;
		e = next_entry(program, e->next))
		if (e->hash == query->action_hash && e->action->literal &&
			str_eq_nocase(e->action->pattern, action))
			consider(v, &program->rules[e->rule], query);
	for (e = next_entry(program, program->heads[query->service_hash & program->mask]); e;
		e = next_entry(program, e->next))
		if (e->hash == query->service_hash && !e->action->literal &&
			pattern_match_lower(e->action->pattern, action))
			consider(v, &program->rules[e->rule], query);
	for (size_t i = 0; i < program->neverywhere; i++) {
		const struct rule *rule = &program->rules[program->everywhere[i]];

		if (rule_action(rule, action))
			consider(v, rule, query);
	}
}

struct layer_result program_decide(const struct program *program, struct query *query,
	enum layer layer, unsigned *matches)
{
	struct layer_result result = { .applies = true };
	struct verdict v = { 0 };
	const struct rule *rule;

	query->layer = layer;
	scan(program, query, &v);
	rule = v.deny ? v.deny : v.allow;
	*matches = v.matches;
	if (!rule)
		return result;
	result.effect = v.deny ? DENY_EXPLICIT : ALLOW;
	result.document = rule->document;
	result.statement = rule->statement;
	if (layer == LAYER_RESOURCE)
		result.match = v.deny ? rule_principal(rule, query) : v.match;
	return result;
}

/* ---- which layers apply */

static bool is_iam_principal(const struct caller *caller)
{
	switch (caller->type) {
	case CALLER_USER:
	case CALLER_ROLE:
	case CALLER_SESSION:
	case CALLER_FEDERATED_USER:
		return true;
	case CALLER_ROOT: /* has no policies of its own [S-98] */
	case CALLER_ANONYMOUS:
	case CALLER_SERVICE:
	case CALLER_FEDERATED:
		break;
	}
	return false;
}

static bool service_is(const struct request *request, str service)
{
	str own, name;

	return str_cut(request->action, ':', &own, &name) && str_eq_nocase(own, service);
}

/* [S-128] [S-129] */
static bool rcp_service(const struct request *request)
{
	static const str services[] = {
#define ROW(service, since) SC(service),
#include "gen/rcp.inc"
#undef ROW
	};

	if (str_eq_nocase(request->action, S("kms:RetireGrant")))
		return false;
	for (size_t i = 0; i < COUNT(services); i++)
		if (service_is(request, services[i]))
			return true;
	return false;
}

bool layer_applies(const struct layers *layers, const struct request *request, enum layer layer)
{
	const struct caller *caller = &request->caller;

	switch (layer) {
	case LAYER_IDENTITY:
		return is_iam_principal(caller);
	case LAYER_BOUNDARY: /* [S-91] [S-133] */
		return layers->boundary && is_iam_principal(caller);
	case LAYER_SESSION: /* several are one program [S-97]; a federated user has what its session policy says, or nothing [S-95] */
		return (layers->session || caller->type == CALLER_FEDERATED_USER) &&
		       is_iam_principal(caller);
	case LAYER_RESOURCE:
		return layers->resource != NULL;
	case LAYER_ENDPOINT: /* for everybody [S-132] */
		return layers->endpoint != NULL;
	case LAYER_SCP: /* members' own principals only [S-123] [S-126] */
		return layers->nscp && caller->account.n && !is_service_linked(caller) &&
		       !layers->principal_in_management_account;
	case LAYER_RCP:
		return layers->nrcp && rcp_service(request) && !is_service_linked(caller) &&
		       !layers->resource_in_management_account;
	case LAYER_SERVICE:
		return !layers->no_service_guards;
	case LAYER_NONE:
	case LAYER_COUNT:
		break;
	}
	return false;
}

/* ---- asking each layer */

struct asking {
	const struct layers *layers;
	const struct request *request;
	struct query query;
	unsigned matches; /* how the resource's policy names the caller, as a mask */
	struct decision d;
};

static void ask(struct asking *a, enum layer layer, const struct program *program)
{
	unsigned matches = 0;

	if (!layer_applies(a->layers, a->request, layer))
		return;
	a->d.layers[layer].applies = true;
	if (program)
		a->d.layers[layer] = program_decide(program, &a->query, layer, &matches);
	if (layer == LAYER_RESOURCE)
		a->matches = matches;
}

/* Every level must allow, and none may deny [S-124] [S-125]. An RCP's level allows by itself [S-127]. */
static void ask_levels(struct asking *a, enum layer layer, const struct level *levels, size_t n)
{
	struct layer_result *result = &a->d.layers[layer];
	unsigned matches;

	if (!layer_applies(a->layers, a->request, layer))
		return;
	*result = (struct layer_result){ .applies = true, .effect = ALLOW };
	for (size_t i = 0; i < n && result->effect != DENY_EXPLICIT; i++) {
		struct layer_result one = { .applies = true };

		if (levels[i].program)
			one = program_decide(levels[i].program, &a->query, layer, &matches);
		if (layer == LAYER_RCP && one.effect != DENY_EXPLICIT)
			continue;
		if (one.effect == DENY_EXPLICIT || (result->effect == ALLOW && one.effect != ALLOW))
			*result = one;
	}
}

/* ---- AWS's own guards */

static bool guard_refuses(const struct request *request)
{
	static const struct {
		str action, resource;
	} guards[] = {
#define ROW(action, resource, rule) { SC(action), SC(resource) },
#include "gen/guards.inc"
#undef ROW
	};

	for (size_t i = 0; i < COUNT(guards); i++) /* [S-122] [S-138] [S-139] */
		if (str_eq_nocase(guards[i].action, request->action))
			return pattern_match(guards[i].resource, request->resource);
	return false;
}

static void ask_service(struct asking *a)
{
	struct layer_result *result = &a->d.layers[LAYER_SERVICE];

	result->applies = layer_applies(a->layers, a->request, LAYER_SERVICE);
	if (result->applies)
		result->effect = guard_refuses(a->request) ? DENY_IMPLICIT : ALLOW;
}

/* ---- combining */

static bool allows(const struct asking *a, enum layer layer)
{
	return a->d.layers[layer].effect == ALLOW;
}

static bool withholds(const struct asking *a, enum layer layer)
{
	return a->d.layers[layer].applies && !allows(a, layer);
}

/* Roles and keys: their own policy must have a say, whatever identities are allowed
 * [S-105, S-113, S-119]. What concerns no role goes by the default rule [S-116]. */
static bool resource_must_speak(const struct request *request)
{
	struct arn arn;

	if (!arn_parse(request->resource, &arn))
		return false;
	if (service_is(request, S("sts")))
		return str_eq(arn.part[ARN_SERVICE], S("iam")) &&
		       str_starts(arn.part[ARN_RESOURCE], S("role/"));
	return service_is(request, S("kms")) && str_eq(arn.part[ARN_SERVICE], S("kms")) &&
	       str_starts(arn.part[ARN_RESOURCE], S("key/")); /* not aliases [S-121] */
}

/* The root user may do all that its account may [S-98]. */
static bool identity_grants(const struct asking *a)
{
	return a->request->caller.type == CALLER_ROOT || allows(a, LAYER_IDENTITY);
}

/* Was the caller named in a way that needs nothing from its own account's policies? An account
 * as principal only lets that account decide [S-72]. */
static bool resource_grants(const struct asking *a)
{
	return allows(a, LAYER_RESOURCE) && (a->matches & ~(1u << MATCH_ACCOUNT));
}

/* A user, a session or everyone, but not a role: neither boundary nor session policy limits
 * such a grant in the same account [S-89] [S-92] [S-93] [S-96]. */
static bool resource_grants_freely(const struct asking *a)
{
	bool direct = a->matches & 1u << MATCH_DIRECT && a->request->caller.type != CALLER_ROLE;

	return allows(a, LAYER_RESOURCE) && (direct || a->matches & 1u << MATCH_ANY);
}

/* The layers without which there is no grant, or 0 when there is one. */
static unsigned missing_grant(const struct asking *a)
{
	unsigned missing = 0;

	if (!is_iam_principal(&a->request->caller) && a->request->caller.type != CALLER_ROOT)
		return resource_grants(a) ? 0 : BIT(LAYER_RESOURCE); /* [S-78] [S-111] [S-133] */
	if (a->d.same_account && resource_grants(a))                 /* [S-87] [S-106] [S-120] */
		return 0;
	if (!identity_grants(a)) /* [S-107] [S-108] */
		missing |= BIT(LAYER_IDENTITY);
	if (a->d.same_account && !resource_must_speak(a->request))
		return missing;
	if (!allows(a, LAYER_RESOURCE)) /* however it names the caller [S-99, S-100, S-102] */
		missing |= BIT(LAYER_RESOURCE);
	return missing;
}

/* The limiting layers that stop what was granted. */
static unsigned withheld(const struct asking *a)
{
	static const enum layer always[] = { LAYER_SCP, LAYER_RCP, LAYER_ENDPOINT, LAYER_SERVICE };
	static const enum layer own[] = { LAYER_BOUNDARY, LAYER_SESSION };
	bool free =
		a->d.same_account && resource_grants_freely(a); /* never across accounts [S-101] */
	unsigned mask = 0;

	for (size_t i = 0; i < COUNT(always); i++)
		if (withholds(a, always[i]))
			mask |= BIT(always[i]);
	for (size_t i = 0; i < COUNT(own) && !free; i++)
		if (withholds(a, own[i]))
			mask |= BIT(own[i]);
	return mask;
}

static void settle(struct asking *a, enum effect effect, enum layer layer)
{
	struct decision *d = &a->d;

	d->effect = effect;
	d->layer = layer;
	if (effect == DENY_IMPLICIT)
		return;
	d->document = d->layers[layer].document;
	d->statement = d->layers[layer].statement;
}

/* AWS names one layer of several; in this order [S-143]. */
static const enum layer order[] = { LAYER_RCP, LAYER_SCP, LAYER_RESOURCE, LAYER_IDENTITY,
	LAYER_BOUNDARY, LAYER_SESSION, LAYER_ENDPOINT, LAYER_SERVICE };

/* In any layer, whatever bypasses its silence [S-90, S-94, S-103, S-117]. */
static unsigned denying(const struct asking *a)
{
	unsigned mask = 0;

	for (size_t i = 0; i < COUNT(order); i++)
		if (a->d.layers[order[i]].effect == DENY_EXPLICIT)
			mask |= BIT(order[i]);
	return mask;
}

static enum layer first_of(unsigned mask)
{
	for (size_t i = 0; i < COUNT(order); i++)
		if (mask & BIT(order[i]))
			return order[i];
	return LAYER_NONE;
}

static enum layer granting_layer(const struct asking *a)
{
	bool by_resource = !is_iam_principal(&a->request->caller) || resource_grants(a);

	if (by_resource && allows(a, LAYER_RESOURCE))
		return LAYER_RESOURCE;
	return LAYER_IDENTITY;
}

/* The grant's side that is missing names itself; identity first, but where a role's or key's own
 * policy is silent, that. */
static enum layer missing_layer(const struct asking *a, unsigned missing)
{
	if (missing & BIT(LAYER_RESOURCE) &&
		(!(missing & BIT(LAYER_IDENTITY)) || resource_must_speak(a->request)))
		return LAYER_RESOURCE;
	return LAYER_IDENTITY;
}

static void combine(struct asking *a)
{
	unsigned missing = missing_grant(a), limits = withheld(a), denies = denying(a);

	a->d.missing = missing;
	/* something granted it, or would have: then these alone stand in the way */
	if (identity_grants(a) || allows(a, LAYER_RESOURCE))
		a->d.withheld = missing | limits | denies;
	if (denies)
		settle(a, DENY_EXPLICIT, first_of(denies));
	else if (missing)
		settle(a, DENY_IMPLICIT, missing_layer(a, missing));
	else if (limits)
		settle(a, DENY_IMPLICIT, first_of(limits));
	else
		settle(a, ALLOW, granting_layer(a));
}

struct decision decide(const struct layers *layers, const struct request *request)
{
	struct asking a = { .layers = layers, .request = request };
	str account = request->caller.account;

	query_start(&a.query, request, layer_applies(layers, request, LAYER_BOUNDARY));
	a.d.same_account = account.n && str_eq(account, resource_account(request));
	ask_levels(&a, LAYER_SCP, layers->scp, layers->nscp);
	ask_levels(&a, LAYER_RCP, layers->rcp, layers->nrcp);
	ask(&a, LAYER_ENDPOINT, layers->endpoint);
	ask(&a, LAYER_RESOURCE, layers->resource);
	ask(&a, LAYER_IDENTITY, layers->identity);
	ask(&a, LAYER_BOUNDARY, layers->boundary);
	ask(&a, LAYER_SESSION, layers->session);
	ask_service(&a);
	combine(&a);
	return a.d;
}
