/*
 * iam_role.c -- roles: made, shown, listed, trusted, tagged, and deleted.
 *
 * Which members an answer has differs by operation, as recorded from AWS: CreateRole shows
 * neither Description nor MaxSessionDuration, GetRole always has RoleLastUsed, ListRoles has
 * neither tags nor that, nor the boundary.
 */
#include "account/iam.h"

#include "base/os.h"

enum detail { DETAIL_CREATED, DETAIL_GOT, DETAIL_LISTED };

struct json *role_last_used(struct call *call, const struct json *role)
{
	struct json *out = json_new(call->arena, JSON_OBJECT);
	struct last_use use;

	if (!last_used_get(call->account, json_str(role, S("RoleId")), &use))
		return out;
	json_put_str(call->arena, out, S("LastUsedDate"), time_iso(call->arena, use.at_s));
	json_put_str(call->arena, out, S("Region"), use.region);
	return out;
}

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
	if (detail != DETAIL_LISTED)
		show_boundary(call, out, role);
	if (detail != DETAIL_LISTED && tags && tags->count)
		json_put(out, S("Tags"), tag_list(arena, tags));
	if (detail == DETAIL_GOT)
		json_put(out, S("RoleLastUsed"), role_last_used(call, role));
	return out;
}

struct json *role_summary(struct call *call, const struct json *role)
{
	return role_json(call, role, DETAIL_LISTED);
}

bool make_role(struct call *call, const struct new_role *new, struct json **value)
{
	const struct entity *kind = entity(ENTITY_ROLE);
	struct arena *arena = call->arena;
	struct json *role, *ids;

	if (!check_new(call, kind, new->name) || !check_trust(call, new->trust, &ids))
		return false;
	role = new_entity(arena, kind, call->account_id, new->path, new->name, call->now_s);
	json_put_str(arena, role, S("AssumeRolePolicyDocument"), new->trust);
	json_put(role, S("TrustIds"), ids);
	if (new->description.n)
		json_put_str(arena, role, S("Description"), new->description);
	json_put_int(arena, role, S("MaxSessionDuration"), new->max_session_s);
	if (new->tags)
		json_put(role, S("Tags"), json_clone(arena, new->tags));
	if (new->boundary.n)
		json_put_str(arena, role, S("PermissionsBoundary"), new->boundary);
	if (new->attached.n)
		list_add(arena, role, S("AttachedPolicies"),
			iam_arn(arena, S("aws"),
				arena_printf(arena, "policy/%.*s", STR(new->attached))));
	call_put(call, entity_key(call, kind, new->name), role);
	*value = role;
	return true;
}

bool iam_create_role(struct call *call)
{
	struct new_role new = { .max_session_s = 3600 };
	struct context_key key;
	struct json *role;
	str arn;

	if (!need_text(call, S("RoleName"), &new.name) || !get_path(call, &new.path) ||
		!need_text(call, S("AssumeRolePolicyDocument"), &new.trust) ||
		!get_text(call, S("Description"), &new.description) ||
		!get_number(call, S("MaxSessionDuration"), 3600, 43200, &new.max_session_s) ||
		!get_boundary(call, &new.boundary) ||
		!read_tags(call, json_get(call->input, S("Tags")), &new.tags))
		return false;
	key = one_key(call, "iam:PermissionsBoundary", new.boundary);
	arn = role_arn(call->arena, call->account_id, new.path, new.name);
	if (!allow_create(call, arn, new.tags, &key, new.boundary.n ? 1 : 0) ||
		!check_boundary(call, new.boundary) || !make_role(call, &new, &role))
		return false;
	json_put(call->output, S("Role"), role_json(call, role, DETAIL_CREATED));
	return true;
}

bool iam_get_role(struct call *call)
{
	struct subject role;

	if (!need_subject(call, ENTITY_ROLE, &role))
		return false;
	json_put(call->output, S("Role"), role_json(call, role.record->value, DETAIL_GOT));
	return true;
}

bool iam_list_roles(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct record *const *roles;
	struct page page;
	str prefix;
	size_t n;

	if (!page_open(call, &page) || !get_prefix(call, &prefix) ||
		!allow_listing(call, ENTITY_ROLE, prefix))
		return false;
	roles = entity_range(call, entity(ENTITY_ROLE), &n);
	for (size_t i = 0; i < n; i++)
		if (str_starts(json_str(roles[i]->value, S("Path")), prefix) &&
			page_takes(&page, roles[i]->key))
			json_push(list, role_json(call, roles[i]->value, DETAIL_LISTED));
	json_put(call->output, S("Roles"), list);
	page_close(call, &page);
	return true;
}

/* Is the role in an instance profile? */
static bool is_in_profile(struct call *call, str name)
{
	const struct record *const *profiles;
	size_t n;

	profiles = entity_range(call, entity(ENTITY_PROFILE), &n);
	for (size_t i = 0; i < n; i++)
		if (str_eq(json_str(profiles[i]->value, S("RoleName")), name))
			return true;
	return false;
}

bool iam_delete_role(struct call *call)
{
	struct subject role;

	call->output = NULL;
	if (!need_subject(call, ENTITY_ROLE, &role) || !refuse_protected(call, &role))
		return false;
	if (is_in_profile(call, role.name))
		return refuse(call, FAULT_DELETE_CONFLICT,
			"Cannot delete entity, must remove roles from instance profile first.");
	if (!refuse_holder(call, &role))
		return false;
	last_used_forget(call->account, json_str(role.record->value, S("RoleId")));
	call_delete(call, role.record->key);
	return true;
}

bool iam_update_assume_role_policy(struct call *call)
{
	struct subject role;
	struct json *value, *ids;
	str text;

	call->output = NULL;
	if (!need_text(call, S("PolicyDocument"), &text) ||
		!need_subject(call, ENTITY_ROLE, &role) || !refuse_protected(call, &role) ||
		!check_trust(call, text, &ids))
		return false;
	value = json_clone(call->arena, role.record->value);
	json_put_str(call->arena, value, S("AssumeRolePolicyDocument"), text);
	json_put(value, S("TrustIds"), ids);
	put_subject(call, &role, value);
	return true;
}

/* What is not given stays. The description of a service-linked role may be changed. */
bool iam_update_role(struct call *call)
{
	struct subject role;
	unsigned max_session_s = 0;
	struct json *value;
	str description;

	if (!get_text(call, S("Description"), &description) ||
		!get_number(call, S("MaxSessionDuration"), 3600, 43200, &max_session_s) ||
		!need_subject(call, ENTITY_ROLE, &role) ||
		(max_session_s && !refuse_protected(call, &role)))
		return false;
	value = json_clone(call->arena, role.record->value);
	if (json_get(call->input, S("Description")))
		json_put_str(call->arena, value, S("Description"), description);
	if (max_session_s)
		json_put_int(call->arena, value, S("MaxSessionDuration"), max_session_s);
	put_subject(call, &role, value);
	return true;
}

bool iam_update_role_description(struct call *call)
{
	struct subject role;
	struct json *value;
	str description;

	if (!need_text(call, S("Description"), &description) ||
		!need_subject(call, ENTITY_ROLE, &role))
		return false;
	value = json_clone(call->arena, role.record->value);
	json_put_str(call->arena, value, S("Description"), description);
	put_subject(call, &role, value);
	json_put(call->output, S("Role"), role_json(call, value, DETAIL_GOT));
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
