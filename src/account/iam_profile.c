/*
 * iam_profile.c -- instance profiles: what EC2 is given instead of a role. One role at most.
 *
 * Putting a role into a profile hands it to EC2, so it needs iam:PassRole as well [S-140].
 */
#include "account/iam.h"

struct json *profile_json(struct call *call, const struct json *profile)
{
	static const str members[] = { SC("Path"), SC("InstanceProfileName"),
		SC("InstanceProfileId"), SC("Arn"), SC("CreateDate") };
	struct json *out = json_new(call->arena, JSON_OBJECT), *roles;
	const struct record *role = find_role(call, json_str(profile, S("RoleName")));

	copy_members(call, out, profile, members, COUNT(members));
	roles = json_put(out, S("Roles"), json_new(call->arena, JSON_ARRAY));
	if (role)
		json_push(roles, role_summary(call, role->value));
	return out;
}

static struct json *profile_with_tags(struct call *call, const struct json *profile)
{
	struct json *out = profile_json(call, profile);
	const struct json *tags = json_get(profile, S("Tags"));

	if (tags && tags->count)
		json_put(out, S("Tags"), tag_list(call->arena, tags));
	return out;
}

bool iam_create_instance_profile(struct call *call)
{
	const struct entity *kind = entity(ENTITY_PROFILE);
	struct json *profile, *tags;
	str name, path;

	if (!need_text(call, kind->name, &name) || !get_path(call, &path) ||
		!read_tags(call, json_get(call->input, S("Tags")), &tags) ||
		!allow_create(call, entity_arn(call->arena, kind, call->account_id, path, name),
			tags, NULL, 0) ||
		!check_new(call, kind, name))
		return false;
	profile = new_entity(call->arena, kind, call->account_id, path, name, call->now_s);
	if (tags)
		json_put(profile, S("Tags"), tags);
	call_put(call, entity_key(call, kind, name), profile);
	json_put(call->output, S("InstanceProfile"), profile_with_tags(call, profile));
	return true;
}

bool iam_get_instance_profile(struct call *call)
{
	struct subject profile;

	if (!need_subject(call, ENTITY_PROFILE, &profile))
		return false;
	json_put(call->output, S("InstanceProfile"),
		profile_with_tags(call, profile.record->value));
	return true;
}

bool iam_delete_instance_profile(struct call *call)
{
	struct subject profile;

	call->output = NULL;
	if (!need_subject(call, ENTITY_PROFILE, &profile))
		return false;
	if (json_str(profile.record->value, S("RoleName")).n)
		return refuse(call, FAULT_DELETE_CONFLICT,
			"Cannot delete entity, must remove roles from instance profile first.");
	call_delete(call, profile.record->key);
	return true;
}

/* Those under `prefix`, or ({0}) those with `role`. */
static void list_profiles(struct call *call, struct page *page, str prefix, str role)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct record *const *profiles;
	size_t n;

	profiles = entity_range(call, entity(ENTITY_PROFILE), &n);
	for (size_t i = 0; i < n; i++) {
		const struct json *profile = profiles[i]->value;

		if (prefix.n ? !str_starts(json_str(profile, S("Path")), prefix)
			     : !str_eq(json_str(profile, S("RoleName")), role))
			continue;
		if (page_takes(page, profiles[i]->key))
			json_push(list, profile_json(call, profile));
	}
	json_put(call->output, S("InstanceProfiles"), list);
	page_close(call, page);
}

bool iam_list_instance_profiles(struct call *call)
{
	struct page page;
	str prefix;

	if (!page_open(call, &page) || !get_prefix(call, &prefix) ||
		!allow_listing(call, ENTITY_PROFILE, prefix))
		return false;
	list_profiles(call, &page, prefix, (str){ 0 });
	return true;
}

bool iam_list_instance_profiles_for_role(struct call *call)
{
	struct subject role;
	struct page page;

	if (!page_open(call, &page) || !need_subject(call, ENTITY_ROLE, &role))
		return false;
	list_profiles(call, &page, (str){ 0 }, role.name);
	return true;
}

/* ---- its role. */

/* No instance is known yet: iam:AssociatedResourceArn is all of the account's, in all regions. */
static str any_instance(struct call *call)
{
	return arena_printf(call->arena, "arn:aws:ec2:*:%.*s:instance/*", STR(call->account_id));
}

bool iam_add_role_to_instance_profile(struct call *call)
{
	struct subject profile, role;
	struct json *value;

	call->output = NULL;
	if (!read_subject(call, ENTITY_ROLE, &role) ||
		!need_subject(call, ENTITY_PROFILE, &profile) ||
		!allow_pass_role(call, role.arn, S("ec2.amazonaws.com"), any_instance(call)))
		return false;
	if (!role.record)
		return no_subject(call, &role);
	if (!refuse_protected(call, &role))
		return false;
	if (json_str(profile.record->value, S("RoleName")).n)
		return refuse(call, FAULT_LIMIT_EXCEEDED,
			"Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
	value = json_clone(call->arena, profile.record->value);
	json_put_str(call->arena, value, S("RoleName"), role.name);
	put_subject(call, &profile, value);
	return true;
}

bool iam_remove_role_from_instance_profile(struct call *call)
{
	struct subject profile, role;
	struct json *value;

	call->output = NULL;
	if (!read_subject(call, ENTITY_ROLE, &role) ||
		!need_subject(call, ENTITY_PROFILE, &profile))
		return false;
	if (!str_eq(json_str(profile.record->value, S("RoleName")), role.name))
		return no_subject(call, &role);
	value = json_clone(call->arena, profile.record->value);
	json_remove(value, S("RoleName"));
	put_subject(call, &profile, value);
	return true;
}
