/*
 * iam_oidc.c -- OpenID Connect providers: whose tokens an account believes.
 *
 * A provider is its URL without the scheme; that is its ARN and the key of its record.
 */
#include "account/iam.h"

#include "base/os.h"

enum { PROVIDERS_PER_ACCOUNT = 100, CLIENT_IDS = 100, THUMBPRINTS = 5 };

static str provider_arn(struct call *call, str host_and_path)
{
	return iam_arn(call->arena, call->account_id,
		arena_printf(call->arena, "oidc-provider/%.*s", STR(host_and_path)));
}

static str provider_key(struct call *call, str host_and_path)
{
	return arena_printf(call->arena, "/%.*s/iam/oidc/%.*s", STR(call->account_id),
		STR(host_and_path));
}

/* ---- parameters. */

/* https://host/path, without port, query or fragment -> host/path */
static bool need_url(struct call *call, str *host_and_path)
{
	str url;

	if (!need_text(call, S("Url"), &url))
		return false;
	*host_and_path = str_from(url, sizeof("https://") - 1);
	if (!str_starts(url, S("https://")) || !host_and_path->n || host_and_path->p[0] == '/')
		return refuse(call, FAULT_VALIDATION, "Invalid Open ID Connect Provider URL");
	for (size_t i = 0; i < host_and_path->n; i++) {
		char c = host_and_path->p[i];

		if (!ascii_alnum(c) && c != '.' && c != '-' && c != '_' && c != '/' && c != '~')
			return refuse(call, FAULT_VALIDATION,
				"Invalid Open ID Connect Provider URL");
	}
	if (str_ends(*host_and_path, S("/")))
		host_and_path->n--;
	return true;
}

static bool get_thumbprints(struct call *call, struct words *list)
{
	return get_list(call, S("ThumbprintList"), LIMIT_PARAMS, list) &&
	       (list->n <= THUMBPRINTS ||
		       refuse(call, FAULT_INVALID_INPUT,
			       "Thumbprint list must contain fewer than %d entries.", THUMBPRINTS));
}

static bool too_many_client_ids(struct call *call)
{
	return refuse(call, FAULT_LIMIT_EXCEEDED,
		"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d", CLIENT_IDS);
}

static bool get_client_ids(struct call *call, struct words *list)
{
	return get_list(call, S("ClientIDList"), LIMIT_PARAMS, list) &&
	       (list->n <= CLIENT_IDS || too_many_client_ids(call));
}

static struct json *text_list(struct arena *arena, const struct words *words)
{
	struct json *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < words->n; i++)
		json_push(list, json_new_str(arena, words->item[i].text));
	return list;
}

/* ---- operations. */

static bool check_url(struct call *call, str key, str url)
{
	size_t n;

	if (record_get(call->account, key))
		return refuse(call, FAULT_ENTITY_EXISTS,
			"Provider with url https://%.*s already exists.", STR(url));
	record_range(call->account, provider_key(call, S("")), &n);
	return n < PROVIDERS_PER_ACCOUNT ||
	       refuse(call, FAULT_LIMIT_EXCEEDED,
		       "Cannot exceed quota for OpenIdConnectProvidersPerAccount: %d",
		       PROVIDERS_PER_ACCOUNT);
}

bool iam_create_oidc_provider(struct call *call)
{
	struct words clients, thumbprints;
	struct json *provider, *tags;
	str url, arn, key;

	if (!need_url(call, &url) || !get_client_ids(call, &clients) ||
		!get_thumbprints(call, &thumbprints) ||
		!read_tags(call, json_get(call->input, S("Tags")), &tags))
		return false;
	arn = provider_arn(call, url);
	key = provider_key(call, url);
	if (!allow_create(call, arn, tags, NULL, 0) || !check_url(call, key, url))
		return false;
	provider = json_new(call->arena, JSON_OBJECT);
	json_put_str(call->arena, provider, S("Arn"), arn);
	json_put_str(call->arena, provider, S("Url"), url);
	json_put(provider, S("ClientIDList"), text_list(call->arena, &clients));
	json_put(provider, S("ThumbprintList"), text_list(call->arena, &thumbprints));
	json_put_str(call->arena, provider, S("CreateDate"), time_iso(call->arena, call->now_s));
	if (tags)
		json_put(provider, S("Tags"), tags);
	call_put(call, key, provider);
	json_put_str(call->arena, call->output, S("OpenIDConnectProviderArn"), arn);
	if (tags)
		json_put(call->output, S("Tags"), tag_list(call->arena, tags));
	return true;
}

bool iam_get_oidc_provider(struct call *call)
{
	static const str members[] = { SC("Url"), SC("ClientIDList"), SC("ThumbprintList"),
		SC("CreateDate") };
	struct subject provider;
	const struct json *tags;

	if (!need_subject(call, ENTITY_PROVIDER, &provider))
		return false;
	copy_members(call, call->output, provider.record->value, members, COUNT(members));
	tags = json_get(provider.record->value, S("Tags"));
	if (tags && tags->count)
		json_put(call->output, S("Tags"), tag_list(call->arena, tags));
	return true;
}

/* AWS does not mind one that is not there. */
bool iam_delete_oidc_provider(struct call *call)
{
	struct subject provider;

	call->output = NULL;
	if (!read_subject(call, ENTITY_PROVIDER, &provider) ||
		!allow_subject(call, &provider, NULL))
		return false;
	if (provider.record)
		call_delete(call, provider.record->key);
	return true;
}

bool iam_list_oidc_providers(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct record *const *providers;
	size_t n;

	if (!allow_list(call, "iam:ListOpenIDConnectProviders", "oidc-provider/"))
		return false;
	providers = record_range(call->account, provider_key(call, S("")), &n);
	for (size_t i = 0; i < n; i++)
		json_put_str(call->arena, json_push(list, json_new(call->arena, JSON_OBJECT)),
			S("Arn"), json_str(providers[i]->value, S("Arn")));
	json_put(call->output, S("OpenIDConnectProviderList"), list);
	return true;
}

/* ---- changes. */

bool iam_update_oidc_thumbprint(struct call *call)
{
	struct subject provider;
	struct words thumbprints;
	struct json *value;

	call->output = NULL;
	if (!get_thumbprints(call, &thumbprints) || !need_subject(call, ENTITY_PROVIDER, &provider))
		return false;
	value = json_clone(call->arena, provider.record->value);
	json_put(value, S("ThumbprintList"), text_list(call->arena, &thumbprints));
	put_subject(call, &provider, value);
	return true;
}

/* One that is there already is no error. */
bool iam_add_client_id(struct call *call)
{
	struct subject provider;
	const struct json *ids;
	struct json *value;
	str id;

	call->output = NULL;
	if (!need_text(call, S("ClientID"), &id) || !need_subject(call, ENTITY_PROVIDER, &provider))
		return false;
	ids = json_get(provider.record->value, S("ClientIDList"));
	if (list_has(ids, id))
		return true;
	if (ids && ids->count >= CLIENT_IDS)
		return too_many_client_ids(call);
	value = json_clone(call->arena, provider.record->value);
	json_push(json_get(value, S("ClientIDList")), json_new_str(call->arena, id));
	put_subject(call, &provider, value);
	return true;
}

/* Nor is one that is not there. */
bool iam_remove_client_id(struct call *call)
{
	struct subject provider;
	struct json *value;
	str id;

	call->output = NULL;
	if (!need_text(call, S("ClientID"), &id) || !need_subject(call, ENTITY_PROVIDER, &provider))
		return false;
	value = json_clone(call->arena, provider.record->value);
	list_drop(call->arena, value, S("ClientIDList"), id);
	put_subject(call, &provider, value);
	return true;
}
