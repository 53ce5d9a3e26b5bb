/*
 * iam_details.c -- GetAccountAuthorizationDetails: everything about everybody, in pages.
 *
 * One page runs over groups, policies, roles and users in the byte order of their keys, and then
 * over those of AWS's policies that somebody here uses. The same details are what an account is
 * exported as (transfer.c), with documents as JSON in the place of text.
 */
#include "account/iam.h"

static void put_document(struct call *call, struct json *out, str name, str text, bool plain)
{
	struct json *document;
	struct err err;

	if (plain && json_parse(call->arena, text, LIMIT_POLICY_BYTES, &document, &err))
		json_put(out, name, document);
	else
		json_put_str(call->arena, out, name, plain ? text : percent(call, text));
}

/* "UserPolicyList" and so on */
static void put_inline(struct call *call, struct json *out, const struct entity *entity,
	const struct json *value, bool plain)
{
	str name = arena_printf(call->arena, "%.*sPolicyList", STR(entity->word));
	struct json *list = json_put(out, name, json_new(call->arena, JSON_ARRAY));

	JSON_EACH(policy, json_get(value, S("Policies")))
	{
		struct json *item = json_push(list, json_new(call->arena, JSON_OBJECT));

		json_put_str(call->arena, item, S("PolicyName"), policy->name);
		put_document(call, item, S("PolicyDocument"), policy->text, plain);
	}
}

static void put_tags(struct call *call, struct json *out, const struct json *value)
{
	json_put(out, S("Tags"), tag_list(call->arena, json_get(value, S("Tags"))));
}

static struct json *user_detail(struct call *call, const struct json *user, bool plain)
{
	struct json *out = user_summary(call, user), *groups;

	put_inline(call, out, entity(ENTITY_USER), user, plain);
	groups = json_put(out, S("GroupList"), json_new(call->arena, JSON_ARRAY));
	JSON_EACH(name, json_get(user, S("Groups")))
	json_push(groups, json_new_str(call->arena, name->text));
	json_put(out, S("AttachedManagedPolicies"), attached_list(call, user));
	show_boundary(call, out, user);
	put_tags(call, out, user);
	return out;
}

static struct json *group_detail(struct call *call, const struct json *group, bool plain)
{
	struct json *out = group_json(call, group);

	put_inline(call, out, entity(ENTITY_GROUP), group, plain);
	json_put(out, S("AttachedManagedPolicies"), attached_list(call, group));
	return out;
}

/* The role that a profile has stands in it whole, document and all. */
static void make_plain(struct call *call, struct json *profile)
{
	struct json *role = json_get(profile, S("Roles"))->first, *text;
	str decoded;

	text = json_get(role, S("AssumeRolePolicyDocument"));
	if (text && uri_decode(call->arena, text->text, false, &decoded))
		put_document(call, role, S("AssumeRolePolicyDocument"), decoded, true);
}

static void put_profiles(struct call *call, struct json *out, str role, bool plain)
{
	struct json *list =
		json_put(out, S("InstanceProfileList"), json_new(call->arena, JSON_ARRAY));
	const struct record *const *profiles;
	size_t n;

	profiles = entity_range(call, entity(ENTITY_PROFILE), &n);
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(json_str(profiles[i]->value, S("RoleName")), role))
			continue;
		json_push(list, profile_json(call, profiles[i]->value));
		if (plain)
			make_plain(call, list->last);
	}
}

/* AWS's details of a role lack two members, without which it would not come back the same. */
static struct json *role_detail(struct call *call, const struct json *role, bool plain)
{
	static const str others[] = { SC("Description"), SC("MaxSessionDuration") };
	static const str members[] = { SC("Path"), SC("RoleName"), SC("RoleId"), SC("Arn"),
		SC("CreateDate") };
	struct json *out = json_new(call->arena, JSON_OBJECT);

	copy_members(call, out, role, members, COUNT(members));
	put_document(call, out, S("AssumeRolePolicyDocument"),
		trust_text(call->arena, call->account, role), plain);
	put_profiles(call, out, json_str(role, S("RoleName")), plain);
	put_inline(call, out, entity(ENTITY_ROLE), role, plain);
	json_put(out, S("AttachedManagedPolicies"), attached_list(call, role));
	show_boundary(call, out, role);
	put_tags(call, out, role);
	json_put(out, S("RoleLastUsed"), role_last_used(call, role));
	if (plain)
		copy_members(call, out, role, others, COUNT(others));
	return out;
}

static struct json *policy_detail(struct call *call, const struct json *policy,
	const struct usage *usage, bool plain)
{
	static const str description[] = { SC("Description") };
	struct json *out = policy_summary(call, policy, usage);
	struct json *list =
		json_put(out, S("PolicyVersionList"), json_new(call->arena, JSON_ARRAY));
	str standard = json_str(policy, S("DefaultVersionId"));

	copy_members(call, out, policy, description, COUNT(description));
	JSON_EACH(version, json_get(policy, S("Versions")))
	{
		struct json *item = json_push(list, json_new(call->arena, JSON_OBJECT));
		str id = json_str(version, S("VersionId"));

		put_document(call, item, S("Document"), json_str(version, S("Document")), plain);
		json_put_str(call->arena, item, S("VersionId"), id);
		json_put_bool(call->arena, item, S("IsDefaultVersion"), str_eq(id, standard));
		json_put_str(call->arena, item, S("CreateDate"),
			json_str(version, S("CreateDate")));
	}
	return out;
}

struct json *entity_detail(struct call *call, const struct entity *entity, const struct json *value,
	const struct usage *usage, bool plain)
{
	switch (entity->id) {
	case ENTITY_USER:
		return user_detail(call, value, plain);
	case ENTITY_GROUP:
		return group_detail(call, value, plain);
	case ENTITY_ROLE:
		return role_detail(call, value, plain);
	case ENTITY_POLICY:
		return policy_detail(call, value, usage, plain);
	case ENTITY_PROFILE:
	case ENTITY_PROVIDER:
		break;
	}
	return NULL;
}

/* ---- the operation. */

struct details {
	struct words filter;
	struct usage usage;
	struct page page;
};

static bool is_wanted(const struct details *d, str name)
{
	for (size_t i = 0; i < d->filter.n; i++)
		if (str_eq(d->filter.item[i].text, name))
			return true;
	return d->filter.n == 0;
}

static bool check_filter(struct call *call, const struct details *d)
{
	static const str names[] = { SC("User"), SC("Role"), SC("Group"), SC("LocalManagedPolicy"),
		SC("AWSManagedPolicy") };

	for (size_t i = 0; i < d->filter.n; i++) {
		bool known = false;

		for (size_t k = 0; k < COUNT(names); k++)
			known = known || str_eq(d->filter.item[i].text, names[k]);
		if (!known)
			return refuse(call, FAULT_VALIDATION,
				"1 validation error detected: Value at 'filter' failed to satisfy "
				"constraint: Member must satisfy constraint: [Member must satisfy "
				"enum value set]");
	}
	return true;
}

static void add_all(struct call *call, struct details *d, const struct entity *kind, str filter,
	struct json *list)
{
	const struct record *const *records;
	size_t n;

	if (!is_wanted(d, filter))
		return;
	records = entity_range(call, kind, &n);
	for (size_t i = 0; i < n; i++)
		if (page_takes(&d->page, records[i]->key))
			json_push(list,
				entity_detail(call, kind, records[i]->value, &d->usage, false));
}

/* Only those that somebody in the account uses. */
static void add_managed(struct call *call, struct details *d, struct json *list)
{
	const struct record *const *policies;
	size_t n;

	if (!is_wanted(d, S("AWSManagedPolicy")))
		return;
	policies = record_range(call->account, S("/aws/iam/policy/"), &n);
	for (size_t i = 0; i < n; i++) {
		str arn = json_str(policies[i]->value, S("Arn"));

		if (!usage_of(d->usage.attached, d->usage.nattached, arn) &&
			!usage_of(d->usage.boundaries, d->usage.nboundaries, arn))
			continue;
		if (page_takes(&d->page, policies[i]->key))
			json_push(list, policy_detail(call, policies[i]->value, &d->usage, false));
	}
}

bool iam_get_account_authorization_details(struct call *call)
{
	static const str members[] = { SC("UserDetailList"), SC("GroupDetailList"),
		SC("RoleDetailList"), SC("Policies") };
	struct json *lists[COUNT(members)];
	struct details d = { 0 };

	if (!page_open(call, &d.page) || !get_list(call, S("Filter"), 5, &d.filter) ||
		!check_filter(call, &d) || !allow_account(call))
		return false;
	count_usage(call, &d.usage);
	for (size_t i = 0; i < COUNT(members); i++)
		lists[i] = json_put(call->output, members[i], json_new(call->arena, JSON_ARRAY));
	add_all(call, &d, entity(ENTITY_GROUP), S("Group"), lists[1]);
	add_all(call, &d, entity(ENTITY_POLICY), S("LocalManagedPolicy"), lists[3]);
	add_all(call, &d, entity(ENTITY_ROLE), S("Role"), lists[2]);
	add_all(call, &d, entity(ENTITY_USER), S("User"), lists[0]);
	add_managed(call, &d, lists[3]);
	page_close(call, &d.page);
	return true;
}
