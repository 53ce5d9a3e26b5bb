/*
 * iam_role.c -- roles: made, shown, listed, trusted, tagged, and deleted.
 *
 * Which members an answer has differs by operation, as recorded from AWS: CreateRole shows
 * neither Description nor MaxSessionDuration, GetRole always has RoleLastUsed, ListRoles has
 * neither tags nor that.
 */
#include "account/account.h"

#include "base/os.h"

enum { ROLES_PER_ACCOUNT = 1000 };

enum detail { DETAIL_CREATED, DETAIL_GOT, DETAIL_LISTED };

static struct json *role_json(struct call *call, const struct json *role, enum detail detail)
{
	static const str always[] = { SC("Path"), SC("RoleName"), SC("RoleId"), SC("Arn"),
		SC("CreateDate") };
	static const str later[] = { SC("Description"), SC("MaxSessionDuration") };
	struct arena *arena = call->arena;
	struct json *out = json_new(arena, JSON_OBJECT);
	const struct json *tags = json_get(role, S("Tags"));

	copy_members(call, out, role, always, COUNT(always));
	json_put_str(arena, out, S("AssumeRolePolicyDocument"),
		percent(call, trust_text(arena, call->account, role)));
	if (detail != DETAIL_CREATED)
		copy_members(call, out, role, later, COUNT(later));
	if (detail != DETAIL_LISTED && tags && tags->count)
		json_put(out, S("Tags"), tag_list(arena, tags));
	if (detail == DETAIL_GOT)
		json_put(out, S("RoleLastUsed"), json_new(arena, JSON_OBJECT));
	return out;
}

static bool check_quota(struct call *call)
{
	size_t n;

	record_range(call->account, iam_key(call->arena, call->account_id, "role", S("")), &n);
	return n < ROLES_PER_ACCOUNT ||
	       refuse(call, FAULT_LIMIT_EXCEEDED, "Cannot exceed quota for RolesPerAccount: %d",
		       ROLES_PER_ACCOUNT);
}

bool make_role(struct call *call, const struct new_role *new, struct json **value)
{
	struct arena *arena = call->arena;
	str key = iam_key(arena, call->account_id, "role", new->name);
	struct json *role = json_new(arena, JSON_OBJECT), *ids;

	if (record_get(call->account, key))
		return refuse(call, FAULT_ENTITY_EXISTS, "Role with name %.*s already exists.",
			STR(new->name));
	if (!check_quota(call) || !check_trust(call, new->trust, &ids))
		return false;
	json_put_str(arena, role, S("Path"), new->path);
	json_put_str(arena, role, S("RoleName"), new->name);
	json_put_str(arena, role, S("RoleId"), new_unique_id(arena, S("AROA")));
	json_put_str(arena, role, S("Arn"),
		role_arn(arena, call->account_id, new->path, new->name));
	json_put_str(arena, role, S("CreateDate"), time_iso(arena, call->now_s));
	json_put_str(arena, role, S("AssumeRolePolicyDocument"), new->trust);
	json_put(role, S("TrustIds"), ids);
	if (new->description.n)
		json_put_str(arena, role, S("Description"), new->description);
	json_put_int(arena, role, S("MaxSessionDuration"), new->max_session_s);
	if (new->tags)
		json_put(role, S("Tags"), json_copy(arena, new->tags));
	if (new->attached.n)
		json_put_str(arena, role, S("AttachedPolicy"), new->attached);
	call_put(call, key, role);
	*value = role;
	return true;
}

/* Tags at creation need the right to tag as well. */
static bool allow_create(struct call *call, const struct new_role *new)
{
	struct target target = { .action = S("iam:CreateRole"),
		.resource = role_arn(call->arena, call->account_id, new->path, new->name),
		.request_tags = new->tags };

	if (!allow(call, &target))
		return false;
	target.action = S("iam:TagRole");
	return !new->tags || allow(call, &target);
}

bool iam_create_role(struct call *call)
{
	static const str others[] = { SC("PermissionsBoundary") };
	struct new_role new = { .max_session_s = 3600 };
	struct json *role;

	if (!lacks(call, others, COUNT(others)) || !need_text(call, S("RoleName"), &new.name) ||
		!get_path(call, &new.path) ||
		!need_text(call, S("AssumeRolePolicyDocument"), &new.trust) ||
		!get_text(call, S("Description"), &new.description) ||
		!get_number(call, S("MaxSessionDuration"), 3600, 43200, &new.max_session_s) ||
		!read_tags(call, json_get(call->input, S("Tags")), &new.tags) ||
		!allow_create(call, &new) || !make_role(call, &new, &role))
		return false;
	json_put(call->output, S("Role"), role_json(call, role, DETAIL_CREATED));
	return true;
}

bool iam_get_role(struct call *call)
{
	const struct record *role;

	if (!need_role(call, "iam:GetRole", &role))
		return false;
	json_put(call->output, S("Role"), role_json(call, role->value, DETAIL_GOT));
	return true;
}

bool iam_list_roles(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	str prefix = get_str(call, S("PathPrefix"));
	const struct record *const *roles;
	struct page page;
	size_t n;

	if (!page_open(call, &page) || !allow_list(call, "iam:ListRoles", "role/"))
		return false;
	roles = record_range(call->account, iam_key(call->arena, call->account_id, "role", S("")),
		&n);
	for (size_t i = 0; i < n; i++)
		if (str_starts(json_str(roles[i]->value, S("Path")), prefix) &&
			page_takes(&page, roles[i]->key))
			json_push(list, role_json(call, roles[i]->value, DETAIL_LISTED));
	json_put(call->output, S("Roles"), list);
	page_close(call, &page);
	return true;
}

bool iam_delete_role(struct call *call)
{
	const struct record *role;
	const struct json *policies;

	call->output = NULL;
	if (!need_role(call, "iam:DeleteRole", &role) || !refuse_protected(call, role))
		return false;
	policies = json_get(role->value, S("Policies"));
	if (policies && policies->count)
		return refuse(call, FAULT_DELETE_CONFLICT,
			"Cannot delete entity, must delete policies first.");
	call_delete(call, role->key);
	return true;
}

bool iam_update_assume_role_policy(struct call *call)
{
	const struct record *role;
	struct json *value, *ids;
	str text;

	call->output = NULL;
	if (!need_text(call, S("PolicyDocument"), &text) ||
		!need_role(call, "iam:UpdateAssumeRolePolicy", &role) ||
		!refuse_protected(call, role) || !check_trust(call, text, &ids))
		return false;
	value = json_copy(call->arena, role->value);
	json_put_str(call->arena, value, S("AssumeRolePolicyDocument"), text);
	json_put(value, S("TrustIds"), ids);
	call_put(call, role->key, value);
	return true;
}

/* ---- tags. */

static bool need_role_for_tags(struct call *call, struct target *target, const struct record **role)
{
	str name;

	if (!need_text(call, S("RoleName"), &name))
		return false;
	*role = find_role(call, name);
	target->resource = *role ? json_str((*role)->value, S("Arn"))
				 : role_arn(call->arena, call->account_id, S("/"), name);
	target->resource_tags = *role ? json_get((*role)->value, S("Tags")) : NULL;
	return allow(call, target) && (*role || no_role(call, name));
}

bool iam_tag_role(struct call *call)
{
	struct target target = { .action = S("iam:TagRole") };
	const struct record *role;
	struct json *tags, *value;

	call->output = NULL;
	if (!read_tags(call, json_get(call->input, S("Tags")), &tags))
		return false;
	target.request_tags = tags;
	if (!need_role_for_tags(call, &target, &role))
		return false;
	value = json_copy(call->arena, role->value);
	if (!add_to_tags(call, value, tags))
		return false;
	call_put(call, role->key, value);
	return true;
}

/* The request has tag keys, but no tags: aws:TagKeys without aws:RequestTag/K. */
bool iam_untag_role(struct call *call)
{
	struct context_key tag_keys = { .key = S("aws:TagKeys"), .multi = true };
	struct target target = { .action = S("iam:UntagRole"), .extra = &tag_keys, .nextra = 1 };
	const struct record *role;
	struct words keys;
	struct json *value;
	str *names;

	call->output = NULL;
	if (!get_list(call, S("TagKeys"), LIMIT_TAGS, &keys))
		return false;
	names = NEWS(call->arena, str, keys.n);
	for (size_t i = 0; i < keys.n; i++)
		names[i] = keys.item[i].text;
	tag_keys.values = names;
	tag_keys.n = keys.n;
	if (!need_role_for_tags(call, &target, &role))
		return false;
	value = json_copy(call->arena, role->value);
	for (size_t i = 0; i < keys.n; i++)
		remove_tag(json_get(value, S("Tags")), keys.item[i].text);
	call_put(call, role->key, value);
	return true;
}

bool iam_list_role_tags(struct call *call)
{
	const struct record *role;

	if (!need_role(call, "iam:ListRoleTags", &role))
		return false;
	json_put(call->output, S("Tags"), tag_list(call->arena, json_get(role->value, S("Tags"))));
	json_put_bool(call->arena, call->output, S("IsTruncated"), false);
	return true;
}

/* ---- service-linked roles: only the service's table says what they are called. */

static const struct linked_row {
	str service, role, policy;
	bool suffix;
} linked[] = {
#define ROW(service, role, policy, suffix) { SC(service), SC(role), SC(policy), suffix },
#include "gen/linked_roles.inc"
#undef ROW
};

static const struct linked_row *find_linked(str service)
{
	for (size_t i = 0; i < COUNT(linked); i++)
		if (str_eq(linked[i].service, service))
			return &linked[i];
	return NULL;
}

static bool allow_linked(struct call *call, str service, str arn)
{
	str *name = NEW(call->arena, str);
	struct context_key key = { .key = S("iam:AWSServiceName"), .values = name, .n = 1 };
	struct target target = { .action = S("iam:CreateServiceLinkedRole"),
		.resource = arn,
		.extra = &key,
		.nextra = 1 };

	*name = service;
	return allow(call, &target);
}

static str linked_name(struct call *call, const struct linked_row *row, str suffix)
{
	return suffix.n ? arena_printf(call->arena, "%.*s_%.*s", STR(row->role), STR(suffix))
			: row->role;
}

static bool make_linked(struct call *call, const struct linked_row *row, struct new_role *new,
	struct json **role)
{
	str key = iam_key(call->arena, call->account_id, "role", new->name);

	if (record_get(call->account, key))
		return refuse(call, FAULT_INVALID_INPUT,
			"Service role name %.*s has been taken in this account, please try a "
			"different suffix.",
			STR(new->name));
	new->trust = arena_printf(call->arena,
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Action\":\"sts:AssumeRole\","
		"\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"%.*s\"}}]}",
		STR(row->service));
	new->attached = row->policy;
	return make_role(call, new, role);
}

bool iam_create_service_linked_role(struct call *call)
{
	struct new_role new = { .max_session_s = 3600 };
	const struct linked_row *row;
	struct json *role;
	str service, suffix;

	if (!need_text(call, S("AWSServiceName"), &service) ||
		!get_text(call, S("CustomSuffix"), &suffix) ||
		!get_text(call, S("Description"), &new.description))
		return false;
	row = find_linked(service);
	new.path = arena_printf(call->arena, "/aws-service-role/%.*s/", STR(service));
	new.name = row ? linked_name(call, row, suffix) : S("*");
	if (!allow_linked(call, service,
		    role_arn(call->arena, call->account_id, new.path, new.name)))
		return false;
	if (!row)
		return refuse(call, FAULT_INVALID_INPUT, "No service-linked role is known for %.*s",
			STR(service));
	if (suffix.n && !row->suffix)
		return refuse(call, FAULT_INVALID_INPUT, "Custom suffix is not allowed for %.*s",
			STR(service));
	if (!make_linked(call, row, &new, &role))
		return false;
	json_put(call->output, S("Role"), role_json(call, role, DETAIL_CREATED));
	return true;
}
