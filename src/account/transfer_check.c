/*
 * transfer_check.c -- what the API refuses, an import refuses as well, in the same words.
 *
 * Checked is the record that has been made of the file: names, paths, descriptions, tags, the
 * grammar and the size of documents, and how many of everything there may be. Where AWS raises a
 * quota on request, the raised one counts, or a real account's export might not load; what comes
 * afterwards by the API is held to the quota of a new account.
 * (IAM User Guide, "IAM and AWS STS quotas".)
 */
#include "account/iam.h"

enum { POLICIES_ATTACHED_MAX = 20, TRUST_CHARS_MAX = 4096, VERSIONS_MAX = 5, GROUPS_MAX = 10 };
enum { CLIENT_IDS_MAX = 100, THUMBPRINTS_MAX = 5, THUMBPRINT_CHARS = 40 };

static const struct {
	enum entity_id id;
	unsigned max; /* of an account, the highest that AWS grants */
} most[] = {
	{ ENTITY_GROUP, 500 },
	{ ENTITY_POLICY, 5000 },
	{ ENTITY_PROFILE, 5000 },
	{ ENTITY_PROVIDER, 700 },
	{ ENTITY_ROLE, 5000 },
	{ ENTITY_USER, 5000 },
};

static bool quota(struct call *call, const char *name, size_t n, size_t max)
{
	return n <= max ||
	       refuse(call, FAULT_LIMIT_EXCEEDED, "Cannot exceed quota for %s: %zu", name, max);
}

static size_t count_of(const struct json *value, const char *member)
{
	const struct json *list = json_get(value, str_of(member));

	return list ? list->count : 0;
}

static const struct {
	enum entity_id id;
	enum shape_id name, description;
} shapes[] = {
	{ ENTITY_GROUP, SHAPE_GROUP_NAME, SHAPE_ROLE_DESCRIPTION },
	{ ENTITY_POLICY, SHAPE_POLICY_NAME, SHAPE_POLICY_DESCRIPTION },
	{ ENTITY_PROFILE, SHAPE_INSTANCE_PROFILE_NAME, SHAPE_ROLE_DESCRIPTION },
	{ ENTITY_ROLE, SHAPE_ROLE_NAME, SHAPE_ROLE_DESCRIPTION },
	{ ENTITY_USER, SHAPE_USER_NAME, SHAPE_ROLE_DESCRIPTION },
};

static bool check_texts(struct call *call, const struct entity *kind, const struct json *value)
{
	str description = json_str(value, S("Description"));

	for (size_t i = 0; i < COUNT(shapes); i++)
		if (shapes[i].id == kind->id)
			return check_text(call, shapes[i].name, kind->name,
				       json_str(value, kind->name)) &&
			       check_text(call, shapes[i].description, S("Description"),
				       description);
	return false;
}

static bool check_path(struct call *call, str path)
{
	bool good = path.n <= 512;

	for (size_t i = 0; good && i < path.n; i++)
		good = path.p[i] >= '!' && path.p[i] <= '~';
	return good || refuse(call, FAULT_VALIDATION,
			       "The specified value for path is invalid. It must begin and end "
			       "with / and contain only alphanumeric characters and/or / "
			       "characters.");
}

static bool check_tags(struct call *call, const struct json *value)
{
	struct json *tags;

	return read_tags(call, tag_list(call->arena, json_get(value, S("Tags"))), &tags);
}

static bool check_inline(struct call *call, const struct entity *kind, const struct json *value)
{
	size_t max = kind->id == ENTITY_ROLE   ? LIMIT_POLICY_INLINE_CHARS
		     : kind->id == ENTITY_USER ? LIMIT_POLICY_USER_CHARS
					       : LIMIT_POLICY_GROUP_CHARS,
	       n = 0;
	struct document *document;

	JSON_EACH(policy, json_get(value, S("Policies")))
	{
		if (!check_text(call, SHAPE_POLICY_NAME, S("PolicyName"), policy->name) ||
			!read_document(call, POLICY_IDENTITY, policy->text, &document))
			return false;
		n += policy_size(policy->text);
	}
	return n <= max || refuse(call, FAULT_LIMIT_EXCEEDED,
				   "Maximum policy size of %zu bytes exceeded for %.*s %.*s", max,
				   STR(kind->noun), STR(json_str(value, kind->name)));
}

/* Whom it names is not looked at: AWS keeps trust policies whose principals are gone. */
static bool check_role(struct call *call, const struct json *role)
{
	str text = json_str(role, S("AssumeRolePolicyDocument"));
	struct document *document;

	return read_document(call, POLICY_TRUST, text, &document) &&
	       quota(call, "ACLSizePerRole", policy_size(text), TRUST_CHARS_MAX);
}

static bool check_policy(struct call *call, const struct json *policy)
{
	struct document *document;

	JSON_EACH(version, json_get(policy, S("Versions")))
	{
		str text = json_str(version, S("Document"));

		if (!read_document(call, POLICY_IDENTITY, text, &document) ||
			!quota(call, "PolicySize", policy_size(text), LIMIT_POLICY_MANAGED_CHARS))
			return false;
	}
	return quota(call, "VersionsPerPolicy", count_of(policy, "Versions"), VERSIONS_MAX);
}

static bool check_provider(struct call *call, const struct json *provider)
{
	JSON_EACH(id, json_get(provider, S("ClientIDList")))
	{
		if (!check_text(call, SHAPE_CLIENT_ID, S("ClientID"), id->text))
			return false;
	}
	JSON_EACH(thumbprint, json_get(provider, S("ThumbprintList")))
	{
		if (thumbprint->text.n != THUMBPRINT_CHARS)
			return refuse(call, FAULT_INVALID_INPUT,
				"Thumbprint must be exactly %d characters", THUMBPRINT_CHARS);
	}
	return quota(call, "ClientIdsPerOpenIdConnectProvider", count_of(provider, "ClientIDList"),
		       CLIENT_IDS_MAX) &&
	       quota(call, "ThumbprintsPerOpenIdConnectProvider",
		       count_of(provider, "ThumbprintList"), THUMBPRINTS_MAX);
}

bool import_check(struct call *call, const struct entity *kind, const struct json *value)
{
	if (kind->id == ENTITY_PROVIDER)
		return check_provider(call, value) && check_tags(call, value);
	if (!check_texts(call, kind, value) || !check_path(call, json_str(value, S("Path"))) ||
		!check_tags(call, value))
		return false;
	if (kind->id == ENTITY_POLICY)
		return check_policy(call, value);
	if (kind->id == ENTITY_PROFILE)
		return true;
	return check_inline(call, kind, value) &&
	       quota(call, "ManagedPoliciesPerEntity", count_of(value, "AttachedPolicies"),
		       POLICIES_ATTACHED_MAX) &&
	       quota(call, "GroupsPerUser", count_of(value, "Groups"), GROUPS_MAX) &&
	       (kind->id != ENTITY_ROLE || check_role(call, value));
}

bool import_quota(struct call *call, const struct entity *kind, size_t more)
{
	size_t n;

	entity_range(call, kind, &n);
	for (size_t i = 0; i < COUNT(most); i++)
		if (most[i].id == kind->id && n + more > most[i].max)
			return refuse(call, FAULT_LIMIT_EXCEEDED,
				"Cannot exceed quota for %.*s: %u", STR(kind->quota_name),
				most[i].max);
	return true;
}
