/*
 * iam_oidc.c -- OpenID Connect providers: whose tokens an account believes.
 *
 * A provider is its URL without the scheme; that is its ARN and the key of its record.
 */
#include "account/account.h"

#include "base/os.h"

enum { PROVIDERS_PER_ACCOUNT = 100, CLIENT_IDS = 100, THUMBPRINTS = 5, THUMBPRINT_CHARS = 40 };

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
	if (!get_list(call, S("ThumbprintList"), THUMBPRINTS, list))
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (list->item[i].text.n != THUMBPRINT_CHARS)
			return refuse(call, FAULT_VALIDATION,
				"1 validation error detected: Value at 'thumbprintList' failed to "
				"satisfy constraint: Member must satisfy constraint: [Member must "
				"have length less than or equal to 40, Member must have length "
				"greater than or equal to 40]");
	return true;
}

static bool get_client_ids(struct call *call, struct words *list)
{
	if (!get_list(call, S("ClientIDList"), CLIENT_IDS, list))
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (!list->item[i].text.n || list->item[i].text.n > 255)
			return refuse(call, FAULT_VALIDATION,
				"1 validation error detected: Value at 'clientIDList' failed to "
				"satisfy constraint: Member must satisfy constraint: [Member must "
				"have length less than or equal to 255, Member must have length "
				"greater than or equal to 1]");
	return true;
}

static struct json *text_list(struct arena *arena, const struct words *words)
{
	struct json *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < words->n; i++)
		json_push(list, json_new_str(arena, words->item[i].text));
	return list;
}

/* The provider that OpenIDConnectProviderArn names, after `action` on it was allowed. */
static bool need_provider(struct call *call, const char *action, const struct json *tags,
	const struct record **provider, str *arn)
{
	str prefix = provider_arn(call, S(""));
	struct target target = { .action = str_of(action), .request_tags = tags };

	if (!need_text(call, S("OpenIDConnectProviderArn"), arn))
		return false;
	*provider = str_starts(*arn, prefix) ? record_get(call->account,
						       provider_key(call, str_from(*arn, prefix.n)))
					     : NULL;
	target.resource = *arn;
	target.resource_tags = *provider ? json_get((*provider)->value, S("Tags")) : NULL;
	return allow(call, &target);
}

static bool not_found(struct call *call, str arn)
{
	return refuse(call, FAULT_NO_SUCH_ENTITY, "OpenIDConnect Provider not found for arn %.*s",
		STR(arn));
}

/* ---- operations. */

static bool allow_create(struct call *call, str arn, const struct json *tags)
{
	struct target target = { .action = S("iam:CreateOpenIDConnectProvider"),
		.resource = arn,
		.request_tags = tags };

	if (!allow(call, &target))
		return false;
	target.action = S("iam:TagOpenIDConnectProvider");
	return !tags || allow(call, &target);
}

static bool check_new(struct call *call, str key, str url)
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
	if (!allow_create(call, arn, tags) || !check_new(call, key, url))
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
	const struct record *provider;
	const struct json *tags;
	str arn;

	if (!need_provider(call, "iam:GetOpenIDConnectProvider", NULL, &provider, &arn))
		return false;
	if (!provider)
		return not_found(call, arn);
	copy_members(call, call->output, provider->value, members, COUNT(members));
	tags = json_get(provider->value, S("Tags"));
	if (tags && tags->count)
		json_put(call->output, S("Tags"), tag_list(call->arena, tags));
	return true;
}

/* AWS does not mind one that is not there. */
bool iam_delete_oidc_provider(struct call *call)
{
	const struct record *provider;
	str arn;

	call->output = NULL;
	if (!need_provider(call, "iam:DeleteOpenIDConnectProvider", NULL, &provider, &arn))
		return false;
	if (provider)
		call_delete(call, provider->key);
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

bool iam_tag_oidc_provider(struct call *call)
{
	const struct record *provider;
	struct json *tags, *value;
	str arn;

	call->output = NULL;
	if (!read_tags(call, json_get(call->input, S("Tags")), &tags) ||
		!need_provider(call, "iam:TagOpenIDConnectProvider", tags, &provider, &arn))
		return false;
	if (!provider)
		return not_found(call, arn);
	value = json_copy(call->arena, provider->value);
	if (!add_to_tags(call, value, tags))
		return false;
	call_put(call, provider->key, value);
	return true;
}
