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
#include "base/word.h"
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
	if (!rule->allow)
		return !v->deny || rule < v->deny;
	return !v->allow || rule < v->allow || layer == LAYER_RESOURCE;
}

static enum principal_match match_caller(const struct rule *rule, const struct query *query)
{
	if (layer_has_principals(query->layer))
		return rule_principal(rule, query);
	return rule->has_principal ? MATCH_NO : MATCH_DIRECT;
}

static void consider(struct verdict *v, const struct rule *rule, const struct query *query)
{
	enum principal_match match;

	if (!matters(v, rule, query->layer) || !(rule->any_resource || rule_resource(rule, query)))
		return;
	match = match_caller(rule, query);
	if (match == MATCH_NO || (rule->ntests && rule_failed_test(rule, query->request)))
		return;
	if (!rule->allow) {
		v->deny = rule;
		return;
	}
	v->matches |= 1u << match;
	if (!v->allow || match > v->match || (match == v->match && rule < v->allow)) {
		v->allow = rule;
		v->match = match;
	}
}

/* Considers what is found under the action, or under a beginning of it. */
static inline void look_up(struct verdict *v, const struct program *program,
	const struct query *query, uint32_t hash)
{
	uint32_t bucket = hash & program->mask;

	if (!(program->filter & filter_bit(hash)))
		return;
	for (uint32_t i = program->buckets[bucket]; i < program->buckets[bucket + 1]; i++) {
		const struct entry *e = &program->entries[i];

		if (e->hash == hash && action_matches(&e->action, query->request->action))
			consider(v, &program->rules[e->rule], query);
	}
}

static void scan(const struct program *program, const struct query *query, struct verdict *v)
{
	str action = query->request->action;
	uint32_t letter = letter_bit(action);

	look_up(v, program, query, query->action_hash);
	for (size_t i = 0; i < program->nheads; i++) {
		const struct head *head = &program->heads[i];

		if (head->letters & letter && head->length <= action.n)
			look_up(v, program, query, hash_head(str_head(action, head->length)));
	}
	for (size_t i = 0; i < program->neverywhere; i++) {
		const struct rule *rule = &program->rules[program->everywhere[i]];

		if (rule_action(rule, action))
			consider(v, rule, query);
	}
}

/* Filled in where it is: to copy a verdict would be to wait for what was just written. */
static void run(struct verdict *v, const struct program *program, struct query *query,
	enum layer layer)
{
	*v = (struct verdict){ 0 };
	query->layer = layer;
	if (!program->open || layer_has_principals(layer)) {
		scan(program, query, v);
		return;
	}
	v->allow = program->rules;
	v->match = MATCH_DIRECT;
	v->matches = 1u << MATCH_DIRECT;
}

/* How the rule that settled it names the caller. */
static enum principal_match match_of(const struct verdict *v, const struct query *query)
{
	if (query->layer != LAYER_RESOURCE)
		return MATCH_NO;
	return v->deny ? rule_principal(v->deny, query) : v->match;
}

struct layer_result program_decide(const struct program *program, struct query *query,
	enum layer layer)
{
	struct layer_result result = { .applies = true };
	const struct rule *rule;
	struct verdict v;

	run(&v, program, query, layer);
	rule = v.deny ? v.deny : v.allow;
	if (!rule)
		return result;
	result.effect = v.deny ? DENY_EXPLICIT : ALLOW;
	result.document = rule->document;
	result.statement = rule->statement;
	result.match = match_of(&v, query);
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

/* `service` is in lower case. */
static inline bool service_is(const struct request *request, str service)
{
	str action = request->action;

	return action.n > service.n && ascii_lower(action.p[0]) == service.p[0] &&
	       action.p[service.n] == ':' && bytes_same_nocase(action.p, service.p, service.n);
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

static unsigned bit_if(enum layer layer, bool applies)
{
	return applies ? BIT(layer) : 0;
}

/* 1 << LAYER_…: all that apply to this caller and resource. */
static unsigned applying(const struct layers *l, const struct request *request)
{
	const struct caller *caller = &request->caller;
	bool iam = is_iam_principal(caller);
	bool linked = (caller->type == CALLER_ROLE || caller->role_arn.n) && (l->nscp || l->nrcp) &&
		      is_service_linked(caller);
	unsigned mask = bit_if(LAYER_IDENTITY, iam);

	/* several session policies are one program [S-97]; a federated user has what its session
	 * policy says, or nothing [S-95] */
	mask |= bit_if(LAYER_SESSION, iam && (l->session || caller->type == CALLER_FEDERATED_USER));
	mask |= bit_if(LAYER_BOUNDARY, iam && l->boundary); /* [S-91] [S-133] */
	mask |= bit_if(LAYER_RESOURCE, l->resource);
	mask |= bit_if(LAYER_ENDPOINT, l->endpoint); /* for everybody [S-132] */
	mask |= bit_if(LAYER_SERVICE, !l->no_service_guards);
	/* members' own principals only [S-123] [S-126] */
	mask |= bit_if(LAYER_SCP,
		l->nscp && caller->account.n && !linked && !l->principal_in_management_account);
	mask |= bit_if(LAYER_RCP,
		l->nrcp && rcp_service(request) && !linked && !l->resource_in_management_account);
	return mask;
}

bool layer_applies(const struct layers *layers, const struct request *request, enum layer layer)
{
	return applying(layers, request) & BIT(layer);
}

/* ---- asking each layer */

struct asking {
	const struct layers *layers;
	const struct request *request;
	unsigned applies, allow, deny; /* 1 << LAYER_…: who is asked, and answered what */
	unsigned matches;              /* how the resource's policy names the caller, as a mask */
	enum principal_match match;    /* of the rule that settled it there */
	bool same_account;
	enum effect effects[LAYER_COUNT];
	const struct rule *rules[LAYER_COUNT]; /* that settled it; `nobody` where none did */
	struct query query;
};

static const struct rule nobody;

static void note(struct asking *a, enum layer layer, enum effect effect)
{
	a->effects[layer] = effect;
	a->allow |= bit_if(layer, effect == ALLOW);
	a->deny |= bit_if(layer, effect == DENY_EXPLICIT);
}

static void ask(struct asking *a, enum layer layer, const struct program *program)
{
	struct verdict v;

	if (!(a->applies & BIT(layer)))
		return;
	run(&v, program, &a->query, layer);
	if (v.deny || v.allow) {
		a->rules[layer] = v.deny ? v.deny : v.allow;
		note(a, layer, v.deny ? DENY_EXPLICIT : ALLOW);
	}
	if (layer != LAYER_RESOURCE)
		return;
	a->matches = v.matches;
	a->match = v.deny || v.allow ? match_of(&v, &a->query) : MATCH_NO;
}

/* Every level must allow, and none may deny [S-124] [S-125]. An RCP's level allows by itself [S-127]. */
static void ask_levels(struct asking *a, enum layer layer, const struct level *levels, size_t n)
{
	bool allowed = true;

	if (!(a->applies & BIT(layer)))
		return;
	for (size_t i = 0; i < n; i++) {
		struct verdict v = { 0 };

		if (levels[i].program)
			run(&v, levels[i].program, &a->query, layer);
		if (v.deny) {
			a->rules[layer] = v.deny;
			note(a, layer, DENY_EXPLICIT);
			return;
		}
		allowed &= v.allow || layer == LAYER_RCP;
	}
	if (allowed) /* and no level alone settled it */
		note(a, layer, ALLOW);
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

	/* what their names begin with and how long they are: mostly this says no */
	const unsigned letters = 0
#define ROW(action, resource, rule) | 1u << (action[0] & 31)
#include "gen/guards.inc"
#undef ROW
		;
	const uint64_t lengths = 0
#define ROW(action, resource, rule) | (uint64_t)1 << (sizeof(action) - 1)
#include "gen/guards.inc"
#undef ROW
		;
	str action = request->action;

	if (action.n == 0 || !(letters >> (action.p[0] & 31) & 1) || action.n > 63 ||
		!(lengths >> action.n & 1))
		return false;
	for (size_t i = 0; i < COUNT(guards); i++) /* [S-122] [S-138] [S-139] */
		if (str_same_nocase(guards[i].action, action))
			return pattern_match(guards[i].resource, request->resource);
	return false;
}

static void ask_service(struct asking *a)
{
	if (a->applies & BIT(LAYER_SERVICE) && !guard_refuses(a->request))
		note(a, LAYER_SERVICE, ALLOW);
}

/* ---- combining */

static bool allows(const struct asking *a, enum layer layer)
{
	return a->allow & BIT(layer);
}

/* Roles and keys: their own policy must have a say, whatever identities are allowed
 * [S-105, S-113, S-119]. What concerns no role goes by the default rule [S-116]. */
static bool resource_must_speak(const struct asking *a)
{
	struct arn arn;

	if (service_is(a->request, S("sts")))
		return arn_parse(a->request->resource, &arn) &&
		       str_eq(arn.part[ARN_SERVICE], S("iam")) &&
		       str_starts(arn.part[ARN_RESOURCE], S("role/"));
	return service_is(a->request, S("kms")) && arn_parse(a->request->resource, &arn) &&
	       str_eq(arn.part[ARN_SERVICE], S("kms")) &&
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
	if (a->same_account && resource_grants(a))                   /* [S-87] [S-106] [S-120] */
		return 0;
	if (!identity_grants(a)) /* [S-107] [S-108] */
		missing |= BIT(LAYER_IDENTITY);
	if (a->same_account && !resource_must_speak(a))
		return missing;
	if (!allows(a, LAYER_RESOURCE)) /* however it names the caller [S-99, S-100, S-102] */
		missing |= BIT(LAYER_RESOURCE);
	return missing;
}

/* The limiting layers that stop what was granted; the caller's own never stop a grant that is
 * free of them, but across accounts nothing is [S-101]. */
static unsigned withheld(const struct asking *a)
{
	const unsigned always =
		BIT(LAYER_SCP) | BIT(LAYER_RCP) | BIT(LAYER_ENDPOINT) | BIT(LAYER_SERVICE);
	const unsigned own = BIT(LAYER_BOUNDARY) | BIT(LAYER_SESSION);
	bool free = a->same_account && resource_grants_freely(a);

	return a->applies & ~a->allow & (free ? always : always | own);
}

/* AWS names one layer of several; in this order [S-143]. */
static const enum layer order[] = { LAYER_RCP, LAYER_SCP, LAYER_RESOURCE, LAYER_IDENTITY,
	LAYER_BOUNDARY, LAYER_SESSION, LAYER_ENDPOINT, LAYER_SERVICE };

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
		(!(missing & BIT(LAYER_IDENTITY)) || resource_must_speak(a)))
		return LAYER_RESOURCE;
	return LAYER_IDENTITY;
}

/* What one layer answered. */
static inline struct layer_result answer_of(const struct asking *a, enum layer layer)
{
	return (struct layer_result){ .applies = a->applies >> layer & 1,
		.effect = a->effects[layer],
		.document = a->rules[layer]->document,
		.statement = a->rules[layer]->statement,
		.match = layer == LAYER_RESOURCE ? a->match : MATCH_NO };
}

static struct decision settle(const struct asking *a, unsigned missing, unsigned limits,
	enum effect effect, enum layer layer)
{
	const struct rule *rule = effect == DENY_IMPLICIT ? &nobody : a->rules[layer];
	/* something granted it, or would have: then these alone stand in the way */
	bool granted = identity_grants(a) || allows(a, LAYER_RESOURCE);

	/* one expression, every field named: so it is written where the caller wants it, at once */
	return (struct decision){ .effect = effect,
		.layer = layer,
		.missing = missing,
		.withheld = granted ? missing | limits | a->deny : 0,
		.same_account = a->same_account,
		.document = rule->document,
		.statement = rule->statement,
		.layers = { [LAYER_NONE] = answer_of(a, LAYER_NONE),
			[LAYER_IDENTITY] = answer_of(a, LAYER_IDENTITY),
			[LAYER_RESOURCE] = answer_of(a, LAYER_RESOURCE),
			[LAYER_BOUNDARY] = answer_of(a, LAYER_BOUNDARY),
			[LAYER_SESSION] = answer_of(a, LAYER_SESSION),
			[LAYER_SCP] = answer_of(a, LAYER_SCP),
			[LAYER_RCP] = answer_of(a, LAYER_RCP),
			[LAYER_ENDPOINT] = answer_of(a, LAYER_ENDPOINT),
			[LAYER_SERVICE] = answer_of(a, LAYER_SERVICE) } };
}

static struct decision combine(const struct asking *a)
{
	unsigned missing = missing_grant(a), limits = withheld(a);
	enum effect effect = a->deny ? DENY_EXPLICIT : missing | limits ? DENY_IMPLICIT : ALLOW;
	enum layer layer;

	if (a->deny) /* whatever bypasses a layer's silence [S-90, S-94, S-103, S-117] */
		layer = first_of(a->deny);
	else if (missing)
		layer = missing_layer(a, missing);
	else
		layer = limits ? first_of(limits) : granting_layer(a);
	return settle(a, missing, limits, effect, layer);
}

struct decision decide(const struct layers *layers, const struct request *request)
{
	struct asking a; /* not zeroed: its query is large, and filled in by query_start() */
	str account = request->caller.account;

	a.layers = layers;
	a.request = request;
	a.applies = applying(layers, request);
	a.allow = a.deny = a.matches = 0;
	a.match = MATCH_NO;
	for (size_t i = 0; i < LAYER_COUNT; i++) {
		a.effects[i] = DENY_IMPLICIT;
		a.rules[i] = &nobody;
	}
	query_start(&a.query, request, a.applies & BIT(LAYER_BOUNDARY));
	a.same_account = account.n && resource_in_account(&a.query, account);
	ask_levels(&a, LAYER_SCP, layers->scp, layers->nscp);
	ask_levels(&a, LAYER_RCP, layers->rcp, layers->nrcp);
	if (layers->endpoint)
		ask(&a, LAYER_ENDPOINT, layers->endpoint);
	if (layers->resource)
		ask(&a, LAYER_RESOURCE, layers->resource);
	if (layers->identity)
		ask(&a, LAYER_IDENTITY, layers->identity);
	if (layers->boundary)
		ask(&a, LAYER_BOUNDARY, layers->boundary);
	if (layers->session)
		ask(&a, LAYER_SESSION, layers->session);
	ask_service(&a);
	return combine(&a);
}
