/*
 * request.c -- what is asked, checked and copied once, so that deciding needs no memory.
 *
 * A call that cannot mean anything is refused here: the engine would find no statement for it and
 * deny, and nobody would learn that the ARN was misspelt. That includes a key given twice, of
 * which an allow could read one value and a deny the other.
 */
#include "api/api.h"

struct reader {
	struct arena *arena;
	const struct deputy_call *call;
	struct request *request;
	struct deputy_error *error;
	size_t bytes; /* of text so far */
};

static str quoted(const char *text)
{
	return text ? str_head(str_of(text), 100) : S("NULL");
}

static bool copy(struct reader *r, const char *text, str *to)
{
	str from = str_of(text);

	r->bytes += from.n;
	if (r->bytes > LIMIT_JSON_BYTES)
		return api_refuse(r->error, DEPUTY_ERROR_LIMIT,
			"the request has more than %d bytes of text", LIMIT_JSON_BYTES);
	*to = arena_copy(r->arena, from);
	return true;
}

/* ---- who */

static bool read_behind(struct reader *r, struct caller *caller)
{
	str *behind = caller->type == CALLER_SESSION          ? &caller->role_arn
		      : caller->type == CALLER_FEDERATED_USER ? &caller->user_arn
							      : NULL;
	enum caller_type wanted = caller->type == CALLER_SESSION ? CALLER_ROLE : CALLER_USER;
	struct caller other;

	if (!r->call->behind)
		return true;
	if (!behind || !copy(r, r->call->behind, behind) || !caller_parse(*behind, &other) ||
		other.type != wanted || !str_eq(other.account, caller->account))
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
			"behind: %.*s is no role of a session, or user of a federated user, in "
			"the principal's account",
			STR(quoted(r->call->behind)));
	return true;
}

static bool read_principal(struct reader *r)
{
	struct caller *caller = &r->request->caller;
	str text;

	if (!r->call->principal || !*r->call->principal)
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
			"principal: there is none; who is not known is \"anonymous\"");
	if (!copy(r, r->call->principal, &text))
		return false;
	if (!caller_parse(text, caller))
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
			"principal: %.*s is no ARN of a user, role, session or root user, no "
			"service and not \"anonymous\"",
			STR(quoted(r->call->principal)));
	return read_behind(r, caller);
}

static bool read_caller(struct reader *r)
{
	struct caller *caller = &r->request->caller;
	const struct deputy_call *call = r->call;

	if (call->provider && call->principal)
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
			"provider: whoever has a principal is not only a provider's");
	if (call->provider) {
		*caller = (struct caller){ .type = CALLER_FEDERATED };
		if (!copy(r, call->provider, &caller->federated))
			return false;
		if (!caller->federated.n)
			return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT, "provider: is empty");
	} else if (!read_principal(r)) {
		return false;
	}
	return copy(r, call->unique_id, &caller->unique_id) &&
	       copy(r, call->canonical_user, &caller->canonical_user);
}

/* ---- what, and on what */

static bool has_wildcard(str text)
{
	return str_find(text, S("*")) != SIZE_MAX || str_find(text, S("?")) != SIZE_MAX;
}

static bool read_action(struct reader *r)
{
	str *action = &r->request->action, service, name;

	if (!copy(r, r->call->action, action))
		return false;
	if (!str_cut(*action, ':', &service, &name) || !service.n || !name.n ||
		str_find(name, S(":")) != SIZE_MAX || has_wildcard(*action))
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
			"action: %.*s is not like s3:GetObject", STR(quoted(r->call->action)));
	return true;
}

/* Stars are letters here: S3 has keys with stars in them. */
static bool read_resource(struct reader *r)
{
	struct request *request = r->request;
	struct arn arn;

	if (!copy(r, r->call->resource, &request->resource) ||
		!copy(r, r->call->resource_account, &request->resource_account))
		return false;
	if (!str_eq(request->resource, S("*")) && !arn_parse(request->resource, &arn))
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
			"resource: %.*s is neither an ARN nor \"*\"",
			STR(quoted(r->call->resource)));
	if (request->resource_account.n && !is_account_id(request->resource_account))
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
			"resource_account: %.*s is not twelve digits",
			STR(quoted(r->call->resource_account)));
	request->no_resource_types = r->call->no_resource_types;
	if (request->no_resource_types && !str_eq(request->resource, S("*")))
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
			"resource: is \"*\" for an action that knows no resources");
	return true;
}

/* ---- the context */

static bool read_values(struct reader *r, const struct deputy_key *key, struct context_key *to)
{
	const char *const *values = key->values ? key->values : &key->value;
	size_t n = key->values ? key->nvalues : 1;
	str *copies;

	if (n > LIMIT_JSON_MEMBERS)
		return api_refuse(r->error, DEPUTY_ERROR_LIMIT, "%.*s has more than %d values",
			STR(quoted(key->key)), LIMIT_JSON_MEMBERS);
	copies = NEWS(r->arena, str, n);
	for (size_t i = 0; i < n; i++) {
		if (!values[i])
			return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
				"%.*s: one of its values is NULL", STR(quoted(key->key)));
		if (!copy(r, values[i], &copies[i]))
			return false;
	}
	to->values = copies;
	to->n = n;
	to->multi = key->values != NULL; /* what AWS documents, not how many there are [S-67] */
	return true;
}

static bool read_key(struct reader *r, const struct deputy_key *key, struct context_key *to)
{
	if (!key->key || !*key->key)
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT, "a context key has no name");
	if (key->value && key->values)
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT,
			"%.*s has both a value and values", STR(quoted(key->key)));
	if (!copy(r, key->key, &to->key))
		return false;
	for (size_t i = 0; i < r->request->ncontext; i++)
		if (str_eq_nocase(r->request->context[i].key, to->key))
			return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT, "%.*s is given twice",
				STR(quoted(key->key)));
	return read_values(r, key, to);
}

static bool read_context(struct reader *r)
{
	const struct deputy_call *call = r->call;
	struct context_key *keys;

	if (call->ncontext > LIMIT_JSON_MEMBERS)
		return api_refuse(r->error, DEPUTY_ERROR_LIMIT,
			"the request has more than %d context keys", LIMIT_JSON_MEMBERS);
	if (call->ncontext && !call->context)
		return api_refuse(r->error, DEPUTY_ERROR_ARGUMENT, "the context is NULL");
	r->request->context = keys = NEWS(r->arena, struct context_key, call->ncontext);
	for (size_t i = 0; i < call->ncontext; i++) {
		const struct deputy_key *key = &call->context[i];

		if (!key->value && !key->values)
			continue; /* not sent */
		if (!read_key(r, key, &keys[r->request->ncontext]))
			return false;
		r->request->ncontext++;
	}
	return true;
}

const struct deputy_request *deputy_request_new(const struct deputy_call *call,
	struct deputy_error *error)
{
	struct arena arena = { 0 };
	struct deputy_request *request = NEW(&arena, struct deputy_request);
	struct reader r = { .arena = &arena,
		.call = call,
		.request = &request->request,
		.error = error };

	if (!call) {
		api_refuse(error, DEPUTY_ERROR_ARGUMENT, "there is no call");
	} else if (read_caller(&r) && read_action(&r) && read_resource(&r) && read_context(&r)) {
		context_derive(&arena, &request->request);
		request->arena = arena;
		return request;
	}
	arena_free(&arena);
	return NULL;
}

void deputy_request_free(const struct deputy_request *request)
{
	struct arena arena = request ? request->arena : (struct arena){ 0 };

	arena_free(&arena);
}
