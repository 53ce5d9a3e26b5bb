/*
 * iam_group.c -- groups of users. A user's record has the names of its groups; a group's record
 * has its policies and nothing about its members.
 */
#include "account/iam.h"

enum { GROUPS_PER_USER = 10 };

struct json *group_json(struct call *call, const struct json *group)
{
	static const str members[] = { SC("Path"), SC("GroupName"), SC("GroupId"), SC("Arn"),
		SC("CreateDate") };
	struct json *out = json_new(call->arena, JSON_OBJECT);

	copy_members(call, out, group, members, COUNT(members));
	return out;
}

bool iam_create_group(struct call *call)
{
	const struct entity *kind = entity(ENTITY_GROUP);
	struct json *group;
	str name, path;

	if (!need_text(call, S("GroupName"), &name) || !get_path(call, &path) ||
		!allow_create(call, entity_arn(call->arena, kind, call->account_id, path, name),
			NULL, NULL, 0) ||
		!check_new(call, kind, name))
		return false;
	group = new_entity(call->arena, kind, call->account_id, path, name, call->now_s);
	call_put(call, entity_key(call, kind, name), group);
	json_put(call->output, S("Group"), group_json(call, group));
	return true;
}

static bool is_member(const struct record *user, str group)
{
	return list_has(json_get(user->value, S("Groups")), group);
}

bool iam_get_group(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct record *const *users;
	struct subject group;
	struct page page;
	size_t n;

	if (!page_open(call, &page) || !need_subject(call, ENTITY_GROUP, &group))
		return false;
	users = entity_range(call, entity(ENTITY_USER), &n);
	for (size_t i = 0; i < n; i++)
		if (is_member(users[i], group.name) && page_takes(&page, users[i]->key))
			json_push(list, user_summary(call, users[i]->value));
	json_put(call->output, S("Group"), group_json(call, group.record->value));
	json_put(call->output, S("Users"), list);
	page_close(call, &page);
	return true;
}

bool iam_list_groups(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct record *const *groups;
	struct page page;
	str prefix;
	size_t n;

	if (!page_open(call, &page) || !get_prefix(call, &prefix) ||
		!allow_listing(call, ENTITY_GROUP, prefix))
		return false;
	groups = entity_range(call, entity(ENTITY_GROUP), &n);
	for (size_t i = 0; i < n; i++)
		if (str_starts(json_str(groups[i]->value, S("Path")), prefix) &&
			page_takes(&page, groups[i]->key))
			json_push(list, group_json(call, groups[i]->value));
	json_put(call->output, S("Groups"), list);
	page_close(call, &page);
	return true;
}

bool iam_list_groups_for_user(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct record *group;
	struct subject user;
	struct page page;

	if (!page_open(call, &page) || !need_subject(call, ENTITY_USER, &user))
		return false;
	JSON_EACH(name, json_get(user.record->value, S("Groups")))
	{
		group = record_get(call->account,
			entity_key(call, entity(ENTITY_GROUP), name->text));
		if (group && page_takes(&page, name->text))
			json_push(list, group_json(call, group->value));
	}
	json_put(call->output, S("Groups"), list);
	page_close(call, &page);
	return true;
}

static bool has_members(struct call *call, str name)
{
	const struct record *const *users;
	size_t n;

	users = entity_range(call, entity(ENTITY_USER), &n);
	for (size_t i = 0; i < n; i++)
		if (is_member(users[i], name))
			return true;
	return false;
}

bool iam_delete_group(struct call *call)
{
	struct subject group;

	call->output = NULL;
	if (!need_subject(call, ENTITY_GROUP, &group))
		return false;
	if (has_members(call, group.name))
		return refuse(call, FAULT_DELETE_CONFLICT,
			"Cannot delete entity, must remove users from group first.");
	if (!refuse_holder(call, &group))
		return false;
	call_delete(call, group.record->key);
	return true;
}

/* ---- members. */

/* The group is what is authorised; the user only has to be there. */
static bool need_membership(struct call *call, struct subject *group, struct subject *user)
{
	call->output = NULL;
	return read_subject(call, ENTITY_USER, user) && need_subject(call, ENTITY_GROUP, group) &&
	       (user->record || no_subject(call, user));
}

bool iam_add_user_to_group(struct call *call)
{
	struct subject group, user;
	const struct json *groups;
	struct json *value;

	if (!need_membership(call, &group, &user))
		return false;
	if (is_member(user.record, group.name))
		return true;
	groups = json_get(user.record->value, S("Groups"));
	if (groups && groups->count >= GROUPS_PER_USER)
		return refuse(call, FAULT_LIMIT_EXCEEDED,
			"Cannot exceed quota for GroupsPerUser: %d", GROUPS_PER_USER);
	value = json_clone(call->arena, user.record->value);
	list_add(call->arena, value, S("Groups"), group.name);
	put_subject(call, &user, value);
	return true;
}

bool iam_remove_user_from_group(struct call *call)
{
	struct subject group, user;
	struct json *value;

	if (!need_membership(call, &group, &user))
		return false;
	if (!is_member(user.record, group.name))
		return refuse(call, FAULT_NO_SUCH_ENTITY, "User %.*s is not in group %.*s.",
			STR(user.name), STR(group.name));
	value = json_clone(call->arena, user.record->value);
	list_drop(call->arena, value, S("Groups"), group.name);
	put_subject(call, &user, value);
	return true;
}

/* ---- another name or path. */

static void rename_in_users(struct call *call, str old, str name)
{
	const struct record *const *users;
	struct json *value;
	size_t n;

	users = entity_range(call, entity(ENTITY_USER), &n);
	for (size_t i = 0; i < n; i++) {
		if (!is_member(users[i], old) || str_eq(old, name))
			continue;
		value = json_clone(call->arena, users[i]->value);
		list_drop(call->arena, value, S("Groups"), old);
		list_add(call->arena, value, S("Groups"), name);
		call_put(call, users[i]->key, value);
	}
}

/* Both ARNs are asked about: the group's today, and the one it will have. */
bool iam_update_group(struct call *call)
{
	const struct entity *kind = entity(ENTITY_GROUP);
	struct subject group;
	struct json *value;
	str name, path, key, arn;

	call->output = NULL;
	if (!get_text(call, S("NewGroupName"), &name) || !get_new_path(call, &path) ||
		!need_subject(call, ENTITY_GROUP, &group))
		return false;
	name = name.n ? name : group.name;
	path = path.n ? path : json_str(group.record->value, S("Path"));
	key = entity_key(call, kind, name);
	arn = entity_arn(call->arena, kind, call->account_id, path, name);
	if (!allow_on(call, "iam:UpdateGroup", arn, NULL) ||
		(!str_eq(key, group.record->key) && !check_new(call, kind, name)))
		return false;
	value = json_clone(call->arena, group.record->value);
	json_put_str(call->arena, value, S("GroupName"), name);
	json_put_str(call->arena, value, S("Path"), path);
	json_put_str(call->arena, value, S("Arn"), arn);
	call_delete(call, group.record->key);
	call_put(call, key, value);
	rename_in_users(call, group.name, name);
	return true;
}
