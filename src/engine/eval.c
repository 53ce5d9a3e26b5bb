/*
 * eval.c -- one case of the iam-eval/1 format: read, decided, answered.
 *
 * A case holds a request and all policies that bear on it; docs/deputy.5
 * describes it. Reading is strict about names and types, for a misspelt member
 * would silently change the answer; what the policies say is taken as it is.
 */
#include "engine/program.h"

struct reader {
	struct arena *arena;
	str text;
	const struct eval_shared *shared;
	struct eval_case *out;
	struct err *err;
};

static bool refuse(struct reader *r, const struct json *value, const char *expected)
{
	struct buf path = { .arena = r->arena };

	json_path(&path, value);
	return fail(r->err, ERR_SYNTAX, value->at, "%.*s: expected %s, found %s",
		STR(str_head(buf_view(&path), 120)), expected, json_type_name(value->type));
}

/* Only members of this list; the nearest is offered. */
static bool check_members(struct reader *r, const struct json *object, const str *names, size_t n)
{
	JSON_EACH(member, object)
	{
		size_t i = 0, best = 0;
		struct buf path = { .arena = r->arena };

		while (i < n && !str_eq(member->name, names[i]))
			i++;
		if (i < n)
			continue;
		for (i = 1; i < n; i++)
			if (str_distance(member->name, names[i]) <
				str_distance(member->name, names[best]))
				best = i;
		json_path(&path, member);
		return fail(r->err, ERR_SYNTAX, member->name_at,
			"%.*s: unknown member; did you mean %.*s?",
			STR(str_head(buf_view(&path), 120)), STR(names[best]));
	}
	return true;
}

static bool is_object(struct reader *r, const struct json *value, const char *expected)
{
	return json_is(value, JSON_OBJECT) || refuse(r, value, expected);
}

/* An optional string member: {0} if it is not there. */
static bool read_text(struct reader *r, const struct json *object, str name, str *text)
{
	const struct json *value = json_get(object, name);

	if (value && value->type != JSON_STRING)
		return refuse(r, value, "a string");
	*text = value ? value->text : (str){ 0 };
	return true;
}

static bool read_bool(struct reader *r, const struct json *object, str name, bool otherwise,
	bool *truth)
{
	const struct json *value = json_get(object, name);

	if (value && value->type != JSON_TRUE && value->type != JSON_FALSE)
		return refuse(r, value, "true or false");
	*truth = value ? value->type == JSON_TRUE : otherwise;
	return true;
}

static const struct json *required(struct reader *r, const struct json *object, str name)
{
	const struct json *value = json_get(object, name);

	if (!value)
		fail(r->err, ERR_SYNTAX, object->at, "the member \"%.*s\" is missing", STR(name));
	return value;
}

/* An optional account: {0} if it is not there. */
static bool read_account(struct reader *r, const struct json *object, str name, str *account)
{
	if (!read_text(r, object, name, account))
		return false;
	return !account->p || is_account_id(*account) ||
	       refuse(r, json_get(object, name), "twelve digits");
}

/* ---- the request */

static const char caller_forms[] =
	"the ARN of a user, role, assumed role, federated user or root, a service principal, or "
	"\"anonymous\"";

static bool read_long_principal(struct reader *r, const struct json *value)
{
	static const str names[] = { SC("arn"), SC("type"), SC("federated"), SC("canonicalUser"),
		SC("uniqueId"), SC("roleArn"), SC("userArn"), SC("account") };
	struct caller *caller = &r->out->request.caller;
	str arn = { 0 }, type = { 0 }, federated = { 0 }, account = { 0 };

	if (!check_members(r, value, names, COUNT(names)) || !read_text(r, value, S("arn"), &arn) ||
		!read_text(r, value, S("type"), &type) ||
		!read_text(r, value, S("federated"), &federated) ||
		!read_account(r, value, S("account"), &account))
		return false;
	if (arn.n && !caller_parse(arn, caller))
		return refuse(r, json_get(value, S("arn")), caller_forms);
	if (!arn.n && federated.n)
		caller->type = CALLER_FEDERATED;
	if (!arn.n && !federated.n && !str_eq(type, S("anonymous")))
		return refuse(r, value, "\"arn\" or \"federated\" in the principal");
	caller->federated = federated;
	if (account.n)
		caller->account = account;
	return read_text(r, value, S("canonicalUser"), &caller->canonical_user) &&
	       read_text(r, value, S("uniqueId"), &caller->unique_id) &&
	       read_text(r, value, S("roleArn"), &caller->role_arn) &&
	       read_text(r, value, S("userArn"), &caller->user_arn);
}

static bool read_principal(struct reader *r, const struct json *value)
{
	if (value->type == JSON_OBJECT)
		return read_long_principal(r, value);
	if (value->type != JSON_STRING || !caller_parse(value->text, &r->out->request.caller))
		return refuse(r, value, caller_forms);
	return true;
}

static bool is_scalar(const struct json *value)
{
	return value->type == JSON_STRING || value->type == JSON_NUMBER ||
	       value->type == JSON_TRUE || value->type == JSON_FALSE;
}

/* A string is single-valued, an array multi-valued, an empty array present without a value. */
static bool read_key(struct reader *r, const struct json *value, struct context_key *key)
{
	bool array = value->type == JSON_ARRAY;
	str *values = NEWS(r->arena, str, array ? value->count : 1);

	*key = (struct context_key){ .key = value->name, .values = values, .multi = array };
	for (const struct json *item = array ? value->first : value; item;
		item = array ? item->next : NULL) {
		if (!is_scalar(item))
			return refuse(r, item, "a string or an array of strings");
		values[key->n++] = item->text;
	}
	return true;
}

/* Two writings of one key would be two values, of which one would silently count [S-51]. */
static bool is_new_key(struct reader *r, const struct json *key)
{
	if (!context_find(&r->out->request, key->name))
		return true;
	return fail(r->err, ERR_SYNTAX, key->name_at,
		"the key \"%.*s\" is given twice: letter case does not matter",
		STR(str_head(key->name, 100)));
}

static bool read_context(struct reader *r, const struct json *value)
{
	struct request *request = &r->out->request;
	struct context_key *keys;

	if (!value)
		return true;
	if (!is_object(r, value, "an object of context keys"))
		return false;
	keys = NEWS(r->arena, struct context_key, value->count);
	request->context = keys;
	JSON_EACH(key, value)
	{
		if (json_is(key, JSON_NULL)) /* as if it were not there */
			continue;
		if (!is_new_key(r, key) || !read_key(r, key, &keys[request->ncontext]))
			return false;
		request->ncontext++;
	}
	return true;
}

static bool read_action(struct reader *r, const struct json *object)
{
	const struct json *value = required(r, object, S("action"));
	str service, name;

	if (!value)
		return false;
	if (value->type != JSON_STRING || !str_cut(value->text, ':', &service, &name))
		return refuse(r, value, "an action such as \"s3:GetObject\"");
	r->out->request.action = value->text;
	return true;
}

static bool read_resource(struct reader *r, const struct json *object)
{
	struct request *request = &r->out->request;
	const struct json *value = json_get(object, S("resource"));

	request->resource = S("*"); /* as AWS's simulator takes it [S-141] */
	if (value && value->type != JSON_STRING)
		return refuse(r, value, "an ARN or \"*\"");
	if (value)
		request->resource = value->text;
	if (!read_bool(r, object, S("noResourceTypes"), false, &request->no_resource_types))
		return false;
	if (request->no_resource_types && !str_eq(request->resource, S("*")))
		return refuse(r, value, "\"*\", for the action has no resource types");
	return read_account(r, object, S("resourceAccount"), &request->resource_account);
}

static bool read_request(struct reader *r, const struct json *root)
{
	static const str names[] = { SC("principal"), SC("action"), SC("resource"),
		SC("resourceAccount"), SC("noResourceTypes"), SC("context") };
	const struct json *value = required(r, root, S("request")), *principal;

	if (!value || !is_object(r, value, "a request, which is an object") ||
		!check_members(r, value, names, COUNT(names)))
		return false;
	principal = required(r, value, S("principal"));
	return principal && read_principal(r, principal) && read_action(r, value) &&
	       read_resource(r, value) && read_context(r, json_get(value, S("context")));
}

/* ---- the policies */

/* {"id": ..., "document": {...}}, or the document alone. */
static bool read_policy(struct reader *r, const struct json *value, struct document **document)
{
	static const str names[] = { SC("id"), SC("document") };
	const struct json *body = value;
	struct buf path = { .arena = r->arena };
	str id;

	if (!is_object(r, value, "a policy such as {\"id\": \"...\", \"document\": {...}}"))
		return false;
	json_path(&path, value);
	id = buf_view(&path);
	if (!json_get(value, S("Statement"))) {
		str given = { 0 };

		body = required(r, value, S("document"));
		if (!body || !check_members(r, value, names, COUNT(names)) ||
			!read_text(r, value, S("id"), &given))
			return false;
		id = given.p ? given : id;
	}
	return policy_from_json(r->arena, id, r->text, body, document, r->err);
}

/* The case's policies of one layer, behind those that are shared. */
static bool read_program(struct reader *r, const struct json *list, enum layer layer,
	const struct program **program)
{
	size_t n = r->shared ? r->shared->n[layer] : 0, i = n;
	const struct document **documents;
	struct document *document;

	if (list && list->type != JSON_ARRAY)
		return refuse(r, list, "an array of policies");
	if (!list || list->count == 0) { /* [S-91] */
		*program = r->shared ? r->shared->programs[layer] : NULL;
		return true;
	}
	documents = NEWS(r->arena, const struct document *, n + list->count);
	for (size_t k = 0; k < n; k++)
		documents[k] = r->shared->documents[layer][k];
	JSON_EACH(value, list)
	{
		if (!read_policy(r, value, &document))
			return false;
		documents[i++] = document;
	}
	*program = program_compile(r->arena, documents, i);
	return true;
}

/* *levels and *n are those that are shared; the case's own are below them. */
static bool read_levels(struct reader *r, const struct json *list, const struct level **levels,
	size_t *n)
{
	static const str names[] = { SC("target"), SC("policies") };
	struct reader own = *r;
	struct level *level;

	if (!list)
		return true;
	if (list->type != JSON_ARRAY)
		return refuse(r, list, "an array of levels, the root first");
	level = NEWS(r->arena, struct level, *n + list->count);
	for (size_t i = 0; i < *n; i++)
		level[i] = (*levels)[i];
	*levels = level;
	own.shared = NULL;
	JSON_EACH(value, list)
	{
		if (!is_object(r, value, "{\"target\": \"...\", \"policies\": [...]}") ||
			!check_members(r, value, names, COUNT(names)) ||
			!read_text(r, value, S("target"), &level[*n].target) ||
			!read_program(&own, json_get(value, S("policies")), LAYER_NONE,
				&level[*n].program))
			return false;
		(*n)++;
	}
	return true;
}

static bool read_policies(struct reader *r, const struct json *root)
{
	static const str names[] = { SC("identity"), SC("session"), SC("boundary"), SC("resource"),
		SC("endpoint"), SC("scp"), SC("rcp") };
	const struct json *p = json_get(root, S("policies"));
	struct layers *l = &r->out->layers;

	if (r->shared) {
		l->scp = r->shared->scp;
		l->nscp = r->shared->nscp;
		l->rcp = r->shared->rcp;
		l->nrcp = r->shared->nrcp;
	}
	if (p && (!is_object(r, p, "an object of policy kinds") ||
			 !check_members(r, p, names, COUNT(names))))
		return false;
	return read_program(r, json_get(p, S("identity")), LAYER_IDENTITY, &l->identity) &&
	       read_program(r, json_get(p, S("session")), LAYER_SESSION, &l->session) &&
	       read_program(r, json_get(p, S("boundary")), LAYER_BOUNDARY, &l->boundary) &&
	       read_program(r, json_get(p, S("resource")), LAYER_RESOURCE, &l->resource) &&
	       read_program(r, json_get(p, S("endpoint")), LAYER_ENDPOINT, &l->endpoint) &&
	       read_levels(r, json_get(p, S("scp")), &l->scp, &l->nscp) &&
	       read_levels(r, json_get(p, S("rcp")), &l->rcp, &l->nrcp);
}

/* ---- the rest of the case */

enum eval_trace { EVAL_TRACE_NONE, EVAL_TRACE_MATCHED, EVAL_TRACE_ALL };

static bool read_organization(struct reader *r, const struct json *value)
{
	static const str names[] = { SC("principalInManagementAccount"),
		SC("resourceInManagementAccount") };
	struct layers *l = &r->out->layers;

	if (!value)
		return true;
	return is_object(r, value, "an object") && check_members(r, value, names, COUNT(names)) &&
	       read_bool(r, value, names[0], false, &l->principal_in_management_account) &&
	       read_bool(r, value, names[1], false, &l->resource_in_management_account);
}

static bool read_trace(struct reader *r, const struct json *options, enum eval_trace *trace)
{
	static const str names[] = { SC("none"), SC("matched"), SC("all") };
	const struct json *value = json_get(options, S("trace"));

	*trace = EVAL_TRACE_MATCHED;
	for (size_t i = 0; value && i < COUNT(names); i++)
		if (json_is(value, JSON_STRING) && str_eq(value->text, names[i])) {
			*trace = (enum eval_trace)i;
			return true;
		}
	return !value || refuse(r, value, "\"none\", \"matched\" or \"all\"");
}

static bool read_options(struct reader *r, const struct json *value, enum eval_trace *trace)
{
	static const str names[] = { SC("derivePrincipalKeys"), SC("serviceGuards"), SC("trace") };
	bool derive = false, guards = true;

	if (value && (!is_object(r, value, "an object of options") ||
			     !check_members(r, value, names, COUNT(names))))
		return false;
	if (!read_bool(r, value, names[0], false, &derive) ||
		!read_bool(r, value, names[1], true, &guards) || !read_trace(r, value, trace))
		return false;
	r->out->layers.no_service_guards = !guards;
	if (derive)
		context_derive(r->arena, &r->out->request);
	return true;
}

static bool read_schema(struct reader *r, const struct json *root)
{
	const struct json *schema = json_get(root, S("schema"));

	if (schema && !str_eq(schema->text, S("iam-eval/1")))
		return fail(r->err, ERR_SYNTAX, schema->at,
			"$.schema: expected \"iam-eval/1\", found \"%.*s\"",
			STR(str_head(schema->text, 60)));
	return true;
}

/* ---- the answer */

static struct json *text_of(struct arena *arena, const char *z)
{
	return json_new_str(arena, str_of(z));
}

static const char *layer_answer(const struct layer_result *result)
{
	return result->applies ? effect_name(result->effect) : "NotApplicable";
}

static struct json *answer_resource(struct arena *arena, const struct layer_result *result)
{
	static const char *const names[] = { [MATCH_NO] = NULL,
		[MATCH_ACCOUNT] = "account",
		[MATCH_ANY] = "any",
		[MATCH_ROLE_OF_SESSION] = "role-of-session",
		[MATCH_DIRECT] = "direct" };
	struct json *object;

	if (!result->applies)
		return text_of(arena, "NotApplicable");
	object = json_new(arena, JSON_OBJECT);
	json_put(object, S("result"), text_of(arena, effect_name(result->effect)));
	if (names[result->match])
		json_put(object, S("principalMatch"), text_of(arena, names[result->match]));
	return object;
}

static struct json *answer_levels(struct arena *arena, const struct eval_case *c, enum layer layer,
	const struct level *levels, size_t n)
{
	struct json *array = json_new(arena, JSON_ARRAY);
	struct query query;

	query_start(&query, &c->request, layer_applies(&c->layers, &c->request, LAYER_BOUNDARY));
	for (size_t i = 0; i < n; i++) {
		struct json *level = json_push(array, json_new(arena, JSON_OBJECT));
		struct layer_result result = { 0 };

		result.applies = layer_applies(&c->layers, &c->request, layer);
		if (result.applies && levels[i].program)
			result = program_decide(levels[i].program, &query, layer);
		if (layer == LAYER_RCP && result.effect == DENY_IMPLICIT)
			result.effect = ALLOW; /* RCPFullAWSAccess [S-127] */
		json_put_str(arena, level, S("target"), levels[i].target);
		json_put(level, S("result"), text_of(arena, layer_answer(&result)));
	}
	return array;
}

static struct json *answer_layers(struct arena *arena, const struct eval_case *c)
{
	static const enum layer simple[] = { LAYER_IDENTITY, LAYER_SESSION, LAYER_BOUNDARY };
	const struct layer_result *results = c->trace.decision.layers;
	struct json *layers = json_new(arena, JSON_OBJECT);

	for (size_t i = 0; i < COUNT(simple); i++)
		json_put(layers, str_of(layer_name(simple[i])),
			text_of(arena, layer_answer(&results[simple[i]])));
	json_put(layers, S("resource"), answer_resource(arena, &results[LAYER_RESOURCE]));
	json_put(layers, S("scp"),
		answer_levels(arena, c, LAYER_SCP, c->layers.scp, c->layers.nscp));
	json_put(layers, S("rcp"),
		answer_levels(arena, c, LAYER_RCP, c->layers.rcp, c->layers.nrcp));
	json_put(layers, S("endpoint"), text_of(arena, layer_answer(&results[LAYER_ENDPOINT])));
	return layers;
}

static struct json *answer_blocked(struct arena *arena, const struct decision *d)
{
	struct json *array = json_new(arena, JSON_ARRAY);

	for (enum layer layer = LAYER_IDENTITY; layer < LAYER_COUNT; layer++)
		if (d->effect != ALLOW && d->withheld & 1u << layer)
			json_push(array, text_of(arena, layer_name(layer)));
	return array;
}

static struct json *answer_finding(struct arena *arena, const struct finding *f)
{
	struct json *object = json_new(arena, JSON_OBJECT);
	struct json *sid = f->statement->sid.p ? json_new_str(arena, f->statement->sid)
					       : json_new(arena, JSON_NULL);

	json_put(object, S("layer"), text_of(arena, layer_name(f->layer)));
	json_put_str(arena, object, S("policy"), f->document->name);
	json_put(object, S("sid"), sid);
	json_put_int(arena, object, S("index"), (int64_t)f->statement->index);
	return object;
}

static struct json *answer_matched(struct arena *arena, const struct trace *trace)
{
	struct json *array = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < trace->n; i++) {
		const struct finding *f = &trace->findings[i];

		if (f->miss == MISS_NONE)
			json_put(json_push(array, answer_finding(arena, f)), S("effect"),
				text_of(arena, f->statement->allow ? "Allow" : "Deny"));
	}
	return array;
}

static void put_failed(struct arena *arena, struct json *object, const struct finding *f)
{
	static const char *const names[] = { [MISS_NONE] = "nothing",
		[MISS_ACTION] = "action",
		[MISS_RESOURCE] = "resource",
		[MISS_PRINCIPAL] = "principal",
		[MISS_CONDITION] = "condition" };

	json_put(object, S("failed"), text_of(arena, names[f->miss]));
	if (f->miss != MISS_CONDITION)
		return;
	json_put_str(arena, object, S("operator"), f->condition->operator);
	json_put_str(arena, object, S("key"), f->condition->key);
	json_put(object, S("why"), text_of(arena, f->key_missing ? "missing" : "value"));
}

static struct json *answer_near(struct arena *arena, const struct trace *trace)
{
	struct json *array = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < trace->n; i++) {
		const struct finding *f = &trace->findings[i];

		if (f->misses == 1 && finding_is_near(&trace->decision, f))
			put_failed(arena, json_push(array, answer_finding(arena, f)), f);
	}
	return array;
}

static struct json *answer_all(struct arena *arena, const struct trace *trace)
{
	struct json *array = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < trace->n; i++) {
		const struct finding *f = &trace->findings[i];
		struct json *object = json_push(array, answer_finding(arena, f));

		json_put(object, S("effect"),
			text_of(arena, f->statement->allow ? "Allow" : "Deny"));
		put_failed(arena, object, f);
	}
	return array;
}

static void add_missing(struct arena *arena, struct json *array, const struct request *request,
	str key)
{
	if (context_find(request, key))
		return;
	JSON_EACH(known, array)
	if (str_eq_nocase(known->text, key))
		return;
	json_push(array, json_new_str(arena, key));
}

/* Keys that statements about this action and resource ask for and the request lacks [S-141]. */
static struct json *answer_missing(struct arena *arena, const struct eval_case *c)
{
	struct json *array = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < c->trace.n; i++) {
		const struct finding *f = &c->trace.findings[i];
		const struct statement *s = f->statement;

		if (f->miss != MISS_NONE && f->miss != MISS_CONDITION)
			continue;
		for (size_t k = 0; k < s->nconditions; k++)
			add_missing(arena, array, &c->request, s->conditions[k].key);
	}
	return array;
}

static struct json *answer_case(struct arena *arena, const struct json *id,
	const struct eval_case *c, enum eval_trace wish)
{
	const struct decision *d = &c->trace.decision;
	struct json *answer = json_new(arena, JSON_OBJECT);

	json_put(answer, S("id"), id ? json_clone(arena, id) : json_new(arena, JSON_NULL));
	json_put(answer, S("decision"), text_of(arena, effect_name(d->effect)));
	json_put_bool(arena, answer, S("sameAccount"), d->same_account);
	json_put(answer, S("blockedBy"), answer_blocked(arena, d));
	json_put(answer, S("layers"), answer_layers(arena, c));
	if (wish == EVAL_TRACE_NONE)
		return answer;
	json_put(answer, S("matched"), answer_matched(arena, &c->trace));
	json_put(answer, S("nearMiss"), answer_near(arena, &c->trace));
	json_put(answer, S("missingContextKeys"), answer_missing(arena, c));
	if (wish == EVAL_TRACE_ALL)
		json_put(answer, S("statements"), answer_all(arena, &c->trace));
	return answer;
}

struct json *eval_answer(struct arena *arena, const struct eval_case *c)
{
	return answer_case(arena, NULL, c, EVAL_TRACE_MATCHED);
}

bool eval_run(struct arena *arena, str text, const struct json *value,
	const struct eval_shared *shared, struct eval_case *out, struct json **answer,
	struct err *err)
{
	struct reader r = { arena, text, shared, out, err };
	enum eval_trace wish;

	*out = (struct eval_case){ 0 };
	err->source = text;
	if (!is_object(&r, value, "a case, which is an object") || !read_schema(&r, value) ||
		!read_request(&r, value) || !read_policies(&r, value) ||
		!read_organization(&r, json_get(value, S("organization"))) ||
		!read_options(&r, json_get(value, S("options")), &wish))
		return false;
	decide_trace(arena, &out->layers, &out->request, &out->trace);
	*answer = answer_case(arena, json_get(value, S("id")), out, wish);
	return true;
}
