/*
 * authorize.c -- may the caller do this? The engine's decide(), on what really happened.
 *
 * The context is made of what the server itself knows: who signed, from where, when, with which
 * tags in the request and on the resource. Nothing of it is taken on a caller's word but what
 * AWS takes too (aws:UserAgent). A key that does not apply is absent [S-68].
 *
 * A denial is worded as AWS words it: the layer that decided, and for EC2 the encoded message
 * that DecodeAuthorizationMessage opens.
 */
#include "account/account.h"

#include "base/os.h"

#include <string.h>

/* ---- the context. */

struct keys {
	struct arena *arena;
	struct context_key *items;
	size_t n, cap;
	size_t firm; /* so many of them stand, whatever comes after: what the section said about its
		      * own call, and tags; the other keys are all different */
};

static void add_values(struct keys *keys, str key, const str *values, size_t n, bool multi)
{
	for (size_t i = 0; i < keys->firm; i++)
		if (str_eq_nocase(keys->items[i].key, key))
			return;
	if (keys->n == keys->cap) {
		struct context_key *bigger;

		keys->cap = keys->cap ? keys->cap * 2 : 32;
		bigger = NEWS(keys->arena, struct context_key, keys->cap);
		if (keys->n)
			memcpy(bigger, keys->items, keys->n * sizeof(*bigger));
		keys->items = bigger;
	}
	keys->items[keys->n++] =
		(struct context_key){ .key = key, .values = values, .n = n, .multi = multi };
}

static void add(struct keys *keys, str key, str value)
{
	str *values;

	if (!value.n)
		return;
	values = NEW(keys->arena, str);
	*values = value;
	add_values(keys, key, values, 1, false);
}

static void add_tags(struct keys *keys, const char *prefix, const struct json *tags)
{
	JSON_EACH(tag, tags)
	{
		str *value = NEW(keys->arena, str);

		*value = tag->text;
		add_values(keys, JOIN(keys->arena, str_of(prefix), tag->name), value, 1, false);
		keys->firm = keys->n;
	}
}

static void add_tag_keys(struct keys *keys, const struct json *tags)
{
	str *names = NEWS(keys->arena, str, tags ? tags->count : 0);
	size_t n = 0;

	JSON_EACH(tag, tags)
	names[n++] = tag->name;
	if (n)
		add_values(keys, S("aws:TagKeys"), names, n, true);
}

static void add_caller(struct keys *keys, const struct call *call)
{
	const struct identity *who = &call->identity;

	add(keys, S("aws:userid"), who->user_id);
	add(keys, S("aws:username"), who->user_name);
	add_tags(keys, "aws:PrincipalTag/", who->tags);
	if (!who->is_session)
		return; /* absent for long-term keys */
	add(keys, S("aws:TokenIssueTime"), time_iso(keys->arena, who->issued_s));
	add(keys, S("aws:MultiFactorAuthPresent"), S("false"));
	add(keys, S("aws:SourceIdentity"), who->session.source_identity);
	add(keys, S("aws:FederatedProvider"), who->session.provider);
}

/* Both sides' places in the organization; absent for who is in none. */
static void add_member(struct keys *keys, const struct call *call, const struct member *member,
	str id_key, str paths_key)
{
	str *path;

	if (!member)
		return;
	path = NEW(keys->arena, str);
	*path = member->path;
	add(keys, id_key, organization_id(call->account));
	add_values(keys, paths_key, path, 1, true);
}

static void add_organization(struct keys *keys, const struct call *call,
	const struct request *request)
{
	const struct account *account = call->account;

	if (!request->no_resource_types)
		add(keys, S("aws:ResourceAccount"), request->resource_account);
	add_member(keys, call, find_member(account, request->caller.account),
		S("aws:PrincipalOrgID"), S("aws:PrincipalOrgPaths"));
	add_member(keys, call,
		request->no_resource_types ? NULL : find_member(account, request->resource_account),
		S("aws:ResourceOrgID"), S("aws:ResourceOrgPaths"));
}

static void add_request(struct keys *keys, const struct call *call)
{
	const struct http_request *http = call->http;

	add(keys, S("aws:SourceIp"), http->peer);
	add(keys, S("aws:CurrentTime"), time_iso(keys->arena, call->now_s));
	add(keys, S("aws:EpochTime"), arena_printf(keys->arena, "%lld", (long long)call->now_s));
	add(keys, S("aws:SecureTransport"), http->tls ? S("true") : S("false"));
	add(keys, S("aws:ViaAWSService"), S("false"));
	add(keys, S("aws:PrincipalIsAWSService"), S("false"));
	add(keys, S("aws:UserAgent"),
		http_get_header(http->headers, http->nheaders, S("user-agent")));
	add(keys, S("aws:Referer"), http_get_header(http->headers, http->nheaders, S("referer")));
	/* IAM is global and lives in us-east-1, wherever the request was signed for. */
	add(keys, S("aws:RequestedRegion"),
		str_eq(call->service, S("iam")) ? S("us-east-1") : call->region);
}

static bool is_of(str action, const char *service)
{
	str head, rest;

	return str_cut(action, ':', &head, &rest) && str_eq_nocase(head, str_of(service));
}

static void add_target(struct keys *keys, const struct call *call, const struct target *target)
{
	for (size_t i = 0; i < target->nextra; i++) {
		add_values(keys, target->extra[i].key, target->extra[i].values, target->extra[i].n,
			target->extra[i].multi);
		keys->firm = keys->n;
	}
	add_tags(keys, "aws:RequestTag/", target->request_tags);
	add_tag_keys(keys, target->request_tags);
	add_tags(keys, "aws:ResourceTag/", target->resource_tags);
	if (is_of(target->action, "ec2")) {
		add_tags(keys, "ec2:ResourceTag/", target->resource_tags);
		add(keys, S("ec2:Region"), call->region);
	}
	if (is_of(target->action, "iam") || is_of(target->action, "sts"))
		add_tags(keys, "iam:ResourceTag/", target->resource_tags);
}

static struct request request_of(struct call *call, const struct target *target)
{
	struct keys keys = { .arena = call->arena };
	struct request request = {
		.caller = call->identity.caller,
		.action = target->action,
		.resource = target->no_resource_types ? S("*") : target->resource,
		.resource_account =
			target->resource_account.n ? target->resource_account : call->account_id,
		.no_resource_types = target->no_resource_types,
	};

	add_target(&keys, call, target);
	add_caller(&keys, call);
	add_request(&keys, call);
	add_organization(&keys, call, &request);
	request.context = keys.items;
	request.ncontext = keys.n;
	context_derive(call->arena, &request);
	return request;
}

/* SCPs are those of the caller's place, RCPs those of the resource's [S-104]. */
void organization_layers(const struct call *call, const struct request *request,
	struct layers *layers)
{
	const struct member *principal = find_member(call->account, request->caller.account);
	const struct member *resource = find_member(call->account, request->resource_account);

	if (principal) {
		layers->scp = principal->scp;
		layers->nscp = principal->nscp;
		layers->principal_in_management_account = principal->manages;
	}
	if (resource) {
		layers->rcp = resource->rcp;
		layers->nrcp = resource->nrcp;
		layers->resource_in_management_account = resource->manages;
	}
}

struct decision ask(struct call *call, const struct target *target)
{
	struct layers layers = {
		.identity = call->identity.identity_program,
		.boundary = call->identity.boundary_program,
		.session = call->identity.session_program,
		.resource = target->resource_policy,
	};
	struct request request = request_of(call, target);

	organization_layers(call, &request, &layers);
	return decide(&layers, &request);
}

/* ---- the words. */

static const struct {
	const char *policy; /* "no … allows", "with an explicit deny in …" */
	const char *article;
} layer_words[LAYER_COUNT] = {
	[LAYER_NONE] = { "identity-based policy", "an" },
	[LAYER_IDENTITY] = { "identity-based policy", "an" },
	[LAYER_RESOURCE] = { "resource-based policy", "a" },
	[LAYER_BOUNDARY] = { "permissions boundary", "a" },
	[LAYER_SESSION] = { "session policy", "a" },
	[LAYER_SCP] = { "service control policy", "a" },
	[LAYER_RCP] = { "resource control policy", "a" },
	[LAYER_ENDPOINT] = { "VPC endpoint policy", "a" },
	[LAYER_SERVICE] = { "identity-based policy", "an" },
};

static str reason(struct call *call, const struct target *target, const struct decision *decision)
{
	const char *policy = layer_words[decision->layer].policy;

	if (decision->effect == DENY_EXPLICIT)
		return arena_printf(call->arena, "with an explicit deny in %s %s",
			layer_words[decision->layer].article, policy);
	return arena_printf(call->arena, "because no %s allows the %.*s action", policy,
		STR(target->action));
}

/* ---- what DecodeAuthorizationMessage shows: {"items":[…]} wherever there are several. */

static struct json *put_items(struct arena *arena, struct json *object, const char *name)
{
	struct json *list = json_put(object, str_of(name), json_new(arena, JSON_OBJECT));

	return json_put(list, S("items"), json_new(arena, JSON_ARRAY));
}

static void push_value(struct arena *arena, struct json *items, str value)
{
	json_put_str(arena, json_push(items, json_new(arena, JSON_OBJECT)), S("value"), value);
}

static void put_words(struct arena *arena, struct json *object, const char *name,
	const struct words *words)
{
	struct json *items = put_items(arena, object, name);

	for (size_t i = 0; i < words->n; i++)
		push_value(arena, items, words->item[i].text);
}

static void push_statement(struct call *call, struct json *matched,
	const struct statement *statement)
{
	struct arena *arena = call->arena;
	struct json *item = json_push(matched, json_new(arena, JSON_OBJECT)), *conditions;

	json_put_str(arena, item, S("statementId"), statement->sid);
	json_put_str(arena, item, S("effect"), statement->allow ? S("ALLOW") : S("DENY"));
	push_value(arena, put_items(arena, item, "principals"), call->identity.user_id);
	put_items(arena, item, "principalGroups");
	put_words(arena, item, "actions", &statement->actions);
	put_words(arena, item, "resources", &statement->resources);
	conditions = put_items(arena, item, "conditions");
	for (size_t i = 0; i < statement->nconditions; i++) {
		struct json *one = json_push(conditions, json_new(arena, JSON_OBJECT));

		json_put_str(arena, one, S("key"), statement->conditions[i].key);
		put_words(arena, one, "values", &statement->conditions[i].values);
	}
}

/* The keys that stand for the request itself, as AWS adds them. */
static void push_condition(struct arena *arena, struct json *items, str key, const str *values,
	size_t n)
{
	struct json *one = json_push(items, json_new(arena, JSON_OBJECT)), *list;

	json_put_str(arena, one, S("key"), key);
	list = put_items(arena, one, "values");
	for (size_t i = 0; i < n; i++)
		push_value(arena, list, values[i]);
}

static void push_resource(struct call *call, struct json *items, const struct request *request)
{
	struct arn arn;
	str type, name;

	if (!arn_parse(request->resource, &arn))
		return;
	type = arn.part[ARN_RESOURCE];
	str_cut(arn.part[ARN_RESOURCE], '/', &type, &name);
	push_condition(call->arena, items, S("aws:Region"),
		arn.part[ARN_REGION].n ? &arn.part[ARN_REGION] : &call->region, 1);
	push_condition(call->arena, items, S("aws:Service"), &arn.part[ARN_SERVICE], 1);
	push_condition(call->arena, items, S("aws:Resource"), &arn.part[ARN_RESOURCE], 1);
	push_condition(call->arena, items, S("aws:Type"), &type, 1);
	push_condition(call->arena, items, S("aws:Account"), &request->resource_account, 1);
	push_condition(call->arena, items, S("aws:ARN"), &request->resource, 1);
}

static struct json *message_context(struct call *call, const struct request *request,
	struct json **conditions)
{
	struct arena *arena = call->arena;
	struct json *context = json_new(arena, JSON_OBJECT);
	struct json *principal = json_put(context, S("principal"), json_new(arena, JSON_OBJECT));

	json_put_str(arena, principal, S("id"), call->identity.user_id);
	json_put_str(arena, principal, S("arn"), call->identity.caller.arn);
	json_put_str(arena, context, S("action"), request->action);
	json_put_str(arena, context, S("resource"), request->resource);
	*conditions = put_items(arena, context, "conditions");
	return context;
}

static size_t condition_bytes(const struct context_key *key)
{
	size_t n = key->key.n + 40;

	for (size_t i = 0; i < key->n; i++)
		n += key->values[i].n + 13;
	return n;
}

/* EncodedMessage takes 10,240 characters: what would not fit is left out, a statement's own lists
 * first, then conditions from the end. */
enum { MESSAGE_MAX_BYTES = 5000 };

static struct json *message_of(struct call *call, const struct request *request,
	const struct decision *decision)
{
	struct arena *arena = call->arena;
	struct json *message = json_new(arena, JSON_OBJECT), *matched, *conditions, *context;
	struct buf size = { .arena = arena };

	json_put_bool(arena, message, S("allowed"), false);
	json_put_bool(arena, message, S("explicitDeny"), decision->effect == DENY_EXPLICIT);
	matched = put_items(arena, message, "matchedStatements");
	if (decision->statement && decision->effect == DENY_EXPLICIT)
		push_statement(call, matched, decision->statement);
	put_items(arena, message, "failures");
	context = json_put(message, S("context"), message_context(call, request, &conditions));
	push_resource(call, conditions, request);
	json_write(&size, message);
	if (size.n > MESSAGE_MAX_BYTES) {
		json_put(message, S("matchedStatements"), json_new(arena, JSON_OBJECT));
		put_items(arena, message, "matchedStatements");
		size.n = 0;
		json_write(&size, context);
	}
	for (size_t i = 0; i < request->ncontext; i++) {
		const struct context_key *key = &request->context[i];

		size.n += condition_bytes(key);
		if (size.n > MESSAGE_MAX_BYTES)
			break;
		push_condition(arena, conditions, key->key, key->values, key->n);
	}
	return message;
}

/* Sealed for the account whose caller was denied. */
static str encoded_message(struct call *call, const struct target *target,
	const struct decision *decision)
{
	struct request request = request_of(call, target);
	struct buf text = { .arena = call->arena };
	unsigned char key[SHA256_BYTES];
	str sealed;

	json_write(&text, message_of(call, &request, decision));
	derive_key(call->account->master, S("authorization messages 1"), key);
	sealed = seal(call->arena, key, call->account_id, buf_view(&text));
	secret_wipe(key, sizeof(key));
	return base64_write(call->arena, sealed);
}

/* EC2 names no resource, and encodes nothing, where the action has no resource types. */
static str ec2_denial(struct call *call, const struct target *target,
	const struct decision *decision)
{
	str who = call->identity.caller.arn, why = reason(call, target, decision);

	if (target->no_resource_types)
		return arena_printf(call->arena,
			"You are not authorized to perform this operation. User: %.*s is not "
			"authorized to perform: %.*s %.*s",
			STR(who), STR(target->action), STR(why));
	return arena_printf(call->arena,
		"You are not authorized to perform this operation. User: %.*s is not authorized "
		"to perform: %.*s on resource: %.*s %.*s. Encoded authorization failure message: "
		"%.*s",
		STR(who), STR(target->action), STR(target->resource), STR(why),
		STR(encoded_message(call, target, decision)));
}

static bool in_one_organization(const struct call *call, const struct target *target)
{
	return find_member(call->account, call->account_id) &&
	       find_member(call->account, target->resource_account);
}

/* Why, S3 tells its own account and organization. */
static str s3_denial(struct call *call, const struct target *target,
	const struct decision *decision)
{
	if (!decision->same_account && !in_one_organization(call, target))
		return S("Access Denied");
	return arena_printf(call->arena,
		"User: %.*s is not authorized to perform: %.*s on resource: \"%.*s\" %.*s",
		STR(call->identity.caller.arn), STR(target->action), STR(target->resource),
		STR(reason(call, target, decision)));
}

str denial_text(struct call *call, const struct target *target, const struct decision *decision)
{
	switch (call->protocol) {
	case PROTOCOL_EC2:
		return ec2_denial(call, target, decision);
	case PROTOCOL_S3:
		return s3_denial(call, target, decision);
	case PROTOCOL_QUERY:
	case PROTOCOL_JSON:
		break;
	}
	return arena_printf(call->arena,
		"User: %.*s is not authorized to perform: %.*s on resource: %.*s %.*s",
		STR(call->identity.caller.arn), STR(target->action), STR(target->resource),
		STR(reason(call, target, decision)));
}

void note_denial(struct call *call, const struct target *target, const struct decision *decision)
{
	struct buf note = { .arena = call->arena };

	buf_printf(&note, "%s %.*s %.*s", effect_name(decision->effect), STR(target->action),
		STR(target->resource));
	buf_printf(&note, " layer %s", layer_name(decision->layer));
	if (decision->statement && decision->document)
		buf_printf(&note, " policy %.*s statement %zu %.*s", STR(decision->document->name),
			decision->statement->index, STR(decision->statement->sid));
	call->denied = buf_view(&note);
}

bool allow(struct call *call, const struct target *target)
{
	struct decision decision = ask(call, target);

	event_decision(call, target, &decision);
	if (decision.effect == ALLOW) {
		call->authorized = true;
		return true;
	}
	note_denial(call, target, &decision);
	return refuse(call, FAULT_ACCESS_DENIED, "%.*s", STR(denial_text(call, target, &decision)));
}
