/*
 * iam_managed.c -- managed policies: made, read, listed, versioned, deleted.
 *
 * A policy's record has up to five versions, newest last, and says which is the default. Only
 * the customer's own can be changed: the engine's guards refuse the rest [S-138].
 */
#include "account/iam.h"

enum { VERSIONS_PER_POLICY = 5 };

/* ---- what is shown. */

struct json *policy_summary(struct call *call, const struct json *policy, const struct usage *usage)
{
	static const str members[] = { SC("PolicyName"), SC("PolicyId"), SC("Arn"), SC("Path"),
		SC("DefaultVersionId") };
	static const str dates[] = { SC("CreateDate"), SC("UpdateDate") };
	struct arena *arena = call->arena;
	struct json *out = json_new(arena, JSON_OBJECT);
	str arn = json_str(policy, S("Arn"));

	copy_members(call, out, policy, members, COUNT(members));
	json_put_int(arena, out, S("AttachmentCount"),
		(int64_t)usage_of(usage->attached, usage->nattached, arn));
	json_put_int(arena, out, S("PermissionsBoundaryUsageCount"),
		(int64_t)usage_of(usage->boundaries, usage->nboundaries, arn));
	json_put_bool(arena, out, S("IsAttachable"), true);
	copy_members(call, out, policy, dates, COUNT(dates));
	return out;
}

/* ListPolicyVersions and CreatePolicyVersion leave the document out. */
static struct json *version_json(struct call *call, const struct json *policy,
	const struct json *version, bool document)
{
	struct arena *arena = call->arena;
	struct json *out = json_new(arena, JSON_OBJECT);
	str id = json_str(version, S("VersionId"));

	if (document)
		json_put_str(arena, out, S("Document"),
			percent(call, json_str(version, S("Document"))));
	json_put_str(arena, out, S("VersionId"), id);
	json_put_bool(arena, out, S("IsDefaultVersion"),
		str_eq(id, json_str(policy, S("DefaultVersionId"))));
	json_put_str(arena, out, S("CreateDate"), json_str(version, S("CreateDate")));
	return out;
}

/* ---- making one. */

/* ((/[A-Za-z0-9\.,\+@=_-]+)*)/ : narrower than other paths. */
static bool check_policy_path(struct call *call, str path)
{
	for (size_t i = 0; i < path.n; i++)
		if (!ascii_alnum(path.p[i]) &&
			str_find(S("/.,+@=_-"), (str){ path.p + i, 1 }) == SIZE_MAX)
			return refuse(call, FAULT_VALIDATION,
				"The specified value for path is invalid. It must begin and end "
				"with / and contain only alphanumeric characters and/or / "
				"characters.");
	return true;
}

static bool check_document(struct call *call, str text)
{
	struct document *document;

	if (!read_document(call, POLICY_IDENTITY, text, &document))
		return false;
	return policy_size(text) <= LIMIT_POLICY_MANAGED_CHARS ||
	       refuse(call, FAULT_LIMIT_EXCEEDED, "Cannot exceed quota for PolicySize: %d",
		       LIMIT_POLICY_MANAGED_CHARS);
}

/* Adds a version with the next number, which is never used again. */
static struct json *add_version(struct call *call, struct json *policy, str text)
{
	struct arena *arena = call->arena;
	struct json *versions = json_get(policy, S("Versions"));
	struct json *version = json_new(arena, JSON_OBJECT);
	uint64_t number = 0;

	if (!str_u64(json_str(policy, S("LastVersion")), 1000000000, &number))
		number = 0;
	number++;
	json_put_int(arena, policy, S("LastVersion"), (int64_t)number);
	json_put_str(arena, version, S("VersionId"),
		arena_printf(arena, "v%llu", (unsigned long long)number));
	json_put_str(arena, version, S("CreateDate"), time_iso(arena, call->now_s));
	json_put_str(arena, version, S("Document"), text);
	if (!versions)
		versions = json_put(policy, S("Versions"), json_new(arena, JSON_ARRAY));
	return json_push(versions, version);
}

static struct json *new_policy(struct call *call, str path, str name, str text)
{
	struct json *policy = new_entity(call->arena, entity(ENTITY_POLICY), call->account_id, path,
		name, call->now_s);

	json_put_str(call->arena, policy, S("UpdateDate"), time_iso(call->arena, call->now_s));
	add_version(call, policy, text);
	json_put_str(call->arena, policy, S("DefaultVersionId"), S("v1"));
	return policy;
}

bool iam_create_policy(struct call *call)
{
	const struct entity *kind = entity(ENTITY_POLICY);
	struct usage usage = { 0 };
	struct json *policy, *tags, *shown;
	str name, path, text, description;

	if (!need_text(call, S("PolicyName"), &name) || !get_path(call, &path) ||
		!check_policy_path(call, path) || !need_text(call, S("PolicyDocument"), &text) ||
		!get_text(call, S("Description"), &description) ||
		!read_tags(call, json_get(call->input, S("Tags")), &tags) ||
		!allow_create(call, entity_arn(call->arena, kind, call->account_id, path, name),
			tags, NULL, 0) ||
		!check_new(call, kind, name) || !check_document(call, text))
		return false;
	policy = new_policy(call, path, name, text);
	if (description.n)
		json_put_str(call->arena, policy, S("Description"), description);
	if (tags)
		json_put(policy, S("Tags"), tags);
	call_put(call, entity_key(call, kind, name), policy);
	shown = json_put(call->output, S("Policy"), policy_summary(call, policy, &usage));
	if (tags)
		json_put(shown, S("Tags"), tag_list(call->arena, tags));
	return true;
}

bool iam_get_policy(struct call *call)
{
	static const str later[] = { SC("Description") };
	struct subject policy;
	struct usage usage;
	struct json *shown;

	if (!need_subject(call, ENTITY_POLICY, &policy))
		return false;
	count_usage(call, &usage);
	shown = json_put(call->output, S("Policy"),
		policy_summary(call, policy.record->value, &usage));
	copy_members(call, shown, policy.record->value, later, COUNT(later));
	json_put(shown, S("Tags"),
		tag_list(call->arena, json_get(policy.record->value, S("Tags"))));
	return true;
}

bool iam_delete_policy(struct call *call)
{
	struct subject policy;
	struct usage usage;
	str arn;

	call->output = NULL;
	if (!need_subject(call, ENTITY_POLICY, &policy))
		return false;
	count_usage(call, &usage);
	arn = policy.arn;
	if (usage_of(usage.attached, usage.nattached, arn) ||
		usage_of(usage.boundaries, usage.nboundaries, arn))
		return refuse(call, FAULT_DELETE_CONFLICT,
			"Cannot delete a policy attached to entities.");
	if (json_get(policy.record->value, S("Versions"))->count > 1)
		return refuse(call, FAULT_DELETE_CONFLICT,
			"This policy has more than one version. Before you delete a policy, you "
			"must delete the policy's versions. The default version is deleted with "
			"the policy.");
	call_delete(call, policy.record->key);
	return true;
}

/* ---- listing. */

struct listing {
	struct usage usage;
	struct page page;
	struct json *list;
	str prefix, used_as;
	bool only_attached;
};

static bool is_listed(const struct listing *l, const struct json *policy)
{
	str arn = json_str(policy, S("Arn"));
	size_t attached = usage_of(l->usage.attached, l->usage.nattached, arn);
	size_t boundaries = usage_of(l->usage.boundaries, l->usage.nboundaries, arn);

	if (!str_starts(json_str(policy, S("Path")), l->prefix))
		return false;
	if (str_eq(l->used_as, S("PermissionsPolicy")) && !attached)
		return false;
	if (str_eq(l->used_as, S("PermissionsBoundary")) && !boundaries)
		return false;
	return !l->only_attached || attached;
}

static void list_range(struct call *call, struct listing *l, str account_id)
{
	const struct record *const *policies;
	size_t n;

	policies =
		record_range(call->account, iam_key(call->arena, account_id, "policy", S("")), &n);
	for (size_t i = 0; i < n; i++)
		if (is_listed(l, policies[i]->value) && page_takes(&l->page, policies[i]->key))
			json_push(l->list, policy_summary(call, policies[i]->value, &l->usage));
}

bool iam_list_policies(struct call *call)
{
	static const str scopes[] = { SC("All"), SC("AWS"), SC("Local") };
	static const str uses[] = { SC("PermissionsPolicy"), SC("PermissionsBoundary") };
	struct listing l = { .list = json_new(call->arena, JSON_ARRAY) };
	str scope;

	if (!page_open(call, &l.page) || !get_prefix(call, &l.prefix) ||
		!get_choice(call, S("Scope"), scopes, COUNT(scopes), &scope) ||
		!get_choice(call, S("PolicyUsageFilter"), uses, COUNT(uses), &l.used_as) ||
		!get_bool(call, S("OnlyAttached"), &l.only_attached) ||
		!allow_listing(call, ENTITY_POLICY, l.prefix))
		return false;
	count_usage(call, &l.usage);
	if (!str_eq(scope, S("AWS")))
		list_range(call, &l, call->account_id);
	if (!str_eq(scope, S("Local"))) /* behind the customer's own in byte order, too */
		list_range(call, &l, S("aws"));
	json_put(call->output, S("Policies"), l.list);
	page_close(call, &l.page);
	return true;
}

/* ---- versions. */

static const struct json *find_version(const struct json *policy, str id)
{
	JSON_EACH(version, json_get(policy, S("Versions")))
	{
		if (str_eq(json_str(version, S("VersionId")), id))
			return version;
	}
	return NULL;
}

static bool need_version(struct call *call, struct subject *policy, const struct json **version)
{
	str id;

	if (!need_text(call, S("VersionId"), &id) || !need_subject(call, ENTITY_POLICY, policy))
		return false;
	*version = find_version(policy->record->value, id);
	return *version || refuse(call, FAULT_NO_SUCH_ENTITY,
				   "Policy %.*s version %.*s does not exist or is not attachable.",
				   STR(policy->arn), STR(id));
}

bool iam_get_policy_version(struct call *call)
{
	const struct json *version;
	struct subject policy;

	if (!need_version(call, &policy, &version))
		return false;
	json_put(call->output, S("PolicyVersion"),
		version_json(call, policy.record->value, version, true));
	return true;
}

/* Its place in the list, newest first, which stays when others go. */
static str version_place(struct call *call, const struct json *version)
{
	str id = json_str(version, S("VersionId")), number = str_from(id, 1), rest;
	uint64_t value = 0;

	str_cut(number, '.', &number, &rest);
	if (!str_u64(number, UINT32_MAX, &value))
		value = 0;
	return arena_printf(call->arena, "%010llu", (unsigned long long)(UINT32_MAX - value));
}

/* Newest first. */
bool iam_list_policy_versions(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY), *backwards;
	const struct json *versions;
	struct subject policy;
	struct page page;

	if (!page_open(call, &page) || !need_subject(call, ENTITY_POLICY, &policy))
		return false;
	versions = json_get(policy.record->value, S("Versions"));
	for (size_t want = versions->count; want > 0; want--) {
		const struct json *version = versions->first;

		for (size_t i = 1; i < want; i++)
			version = version->next;
		backwards = version_json(call, policy.record->value, version, false);
		if (page_takes(&page, version_place(call, version)))
			json_push(list, backwards);
	}
	json_put(call->output, S("Versions"), list);
	page_close(call, &page);
	return true;
}

static void set_default(struct call *call, struct json *policy, str id)
{
	json_put_str(call->arena, policy, S("DefaultVersionId"), id);
	json_put_str(call->arena, policy, S("UpdateDate"), time_iso(call->arena, call->now_s));
}

bool iam_create_policy_version(struct call *call)
{
	bool as_default = false;
	struct subject policy;
	struct json *value, *version;
	str text;

	if (!need_text(call, S("PolicyDocument"), &text) ||
		!get_bool(call, S("SetAsDefault"), &as_default) ||
		!need_subject(call, ENTITY_POLICY, &policy) || !check_document(call, text))
		return false;
	value = json_clone(call->arena, policy.record->value);
	if (json_get(value, S("Versions"))->count >= VERSIONS_PER_POLICY)
		return refuse(call, FAULT_LIMIT_EXCEEDED,
			"A managed policy can have up to %d versions. Before you create a new "
			"version, you must delete an existing version.",
			VERSIONS_PER_POLICY);
	version = add_version(call, value, text);
	json_put_str(call->arena, value, S("UpdateDate"), time_iso(call->arena, call->now_s));
	if (as_default)
		set_default(call, value, json_str(version, S("VersionId")));
	put_subject(call, &policy, value);
	json_put(call->output, S("PolicyVersion"), version_json(call, value, version, false));
	return true;
}

bool iam_set_default_policy_version(struct call *call)
{
	const struct json *version;
	struct subject policy;
	struct json *value;

	call->output = NULL;
	if (!need_version(call, &policy, &version))
		return false;
	value = json_clone(call->arena, policy.record->value);
	set_default(call, value, json_str(version, S("VersionId")));
	put_subject(call, &policy, value);
	return true;
}

bool iam_delete_policy_version(struct call *call)
{
	const struct json *version;
	struct json *value, *kept = json_new(call->arena, JSON_ARRAY);
	struct subject policy;

	call->output = NULL;
	if (!need_version(call, &policy, &version))
		return false;
	if (str_eq(json_str(version, S("VersionId")),
		    json_str(policy.record->value, S("DefaultVersionId"))))
		return refuse(call, FAULT_DELETE_CONFLICT,
			"Cannot delete the default version of a policy.");
	JSON_EACH(other, json_get(policy.record->value, S("Versions")))
	{
		if (other != version)
			json_push(kept, json_clone(call->arena, other));
	}
	value = json_clone(call->arena, policy.record->value);
	json_put(value, S("Versions"), kept);
	put_subject(call, &policy, value);
	return true;
}

/* ---- who has it. */

struct holders {
	struct page page;
	str arn, filter, used_as, prefix;
};

static bool holds(const struct holders *h, const struct json *value)
{
	bool attached = list_has(json_get(value, S("AttachedPolicies")), h->arn);
	bool boundary = str_eq(json_str(value, S("PermissionsBoundary")), h->arn);

	if (!str_starts(json_str(value, S("Path")), h->prefix))
		return false;
	if (str_eq(h->used_as, S("PermissionsPolicy")))
		return attached;
	if (str_eq(h->used_as, S("PermissionsBoundary")))
		return boundary;
	return attached || boundary;
}

static void list_holders(struct call *call, struct holders *h, enum entity_id id, str member)
{
	const struct entity *kind = entity(id);
	struct json *list = json_put(call->output, member, json_new(call->arena, JSON_ARRAY));
	const str members[] = { kind->name, kind->unique };
	const struct record *const *records;
	size_t n;

	if (h->filter.n && !str_eq(h->filter, kind->word))
		return;
	records = entity_range(call, kind, &n);
	for (size_t i = 0; i < n; i++)
		if (holds(h, records[i]->value) && page_takes(&h->page, records[i]->key))
			copy_members(call, json_push(list, json_new(call->arena, JSON_OBJECT)),
				records[i]->value, members, COUNT(members));
}

bool iam_list_entities_for_policy(struct call *call)
{
	static const str filters[] = { SC("User"), SC("Role"), SC("Group"),
		SC("LocalManagedPolicy"), SC("AWSManagedPolicy") };
	static const str uses[] = { SC("PermissionsPolicy"), SC("PermissionsBoundary") };
	struct subject policy;
	struct holders h;

	if (!page_open(call, &h.page) || !get_prefix(call, &h.prefix) ||
		!get_choice(call, S("EntityFilter"), filters, COUNT(filters), &h.filter) ||
		!get_choice(call, S("PolicyUsageFilter"), uses, COUNT(uses), &h.used_as) ||
		!need_subject(call, ENTITY_POLICY, &policy))
		return false;
	h.arn = policy.arn;
	list_holders(call, &h, ENTITY_GROUP, S("PolicyGroups")); /* in the order of their keys */
	list_holders(call, &h, ENTITY_ROLE, S("PolicyRoles"));
	list_holders(call, &h, ENTITY_USER, S("PolicyUsers"));
	page_close(call, &h.page);
	return true;
}
