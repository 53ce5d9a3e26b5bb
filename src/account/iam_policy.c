/*
 * iam_policy.c -- inline policies of roles and users, which differ in names and sizes only.
 *
 * A document is kept byte for byte and returned percent-encoded. Its size is counted as AWS
 * counts it, without white space, and over all policies of the entity.
 */
#include "account/account.h"

struct owner {
	bool is_role;
	const struct record *record;
	str name;
};

static bool need_owner(struct call *call, bool is_role, const char *action, struct owner *owner)
{
	owner->is_role = is_role;
	if (is_role ? !need_role(call, action, &owner->record)
		    : !need_user(call, action, &owner->record))
		return false;
	owner->name = json_str(owner->record->value, is_role ? S("RoleName") : S("UserName"));
	return true;
}

/* Policies are kept in byte order of their names, which is the order of pages. */
static struct json *put_in_order(struct arena *arena, const struct json *policies, str name,
	str text)
{
	struct json *out = json_new(arena, JSON_OBJECT);
	bool done = false;

	JSON_EACH(policy, policies)
	{
		if (!done && str_cmp(name, policy->name) <= 0) {
			json_put_str(arena, out, name, text);
			done = true;
		}
		if (!str_eq(policy->name, name))
			json_put_str(arena, out, policy->name, policy->text);
	}
	if (!done)
		json_put_str(arena, out, name, text);
	return out;
}

static bool check_size(struct call *call, const struct owner *owner, const struct json *policies)
{
	size_t max = owner->is_role ? LIMIT_POLICY_INLINE_CHARS : LIMIT_POLICY_USER_CHARS, n = 0;

	JSON_EACH(policy, policies)
	n += policy_size(policy->text);
	return n <= max || refuse(call, FAULT_LIMIT_EXCEEDED,
				   "Maximum policy size of %zu bytes exceeded for %s %.*s", max,
				   owner->is_role ? "role" : "user", STR(owner->name));
}

static bool put_policy(struct call *call, bool is_role, const char *action)
{
	struct document *document;
	struct owner owner;
	struct json *value, *policies;
	str name, text;

	call->output = NULL;
	if (!need_text(call, S("PolicyName"), &name) ||
		!need_text(call, S("PolicyDocument"), &text) ||
		!need_owner(call, is_role, action, &owner) ||
		(is_role && !refuse_protected(call, owner.record)) ||
		!read_document(call, POLICY_IDENTITY, text, &document))
		return false;
	value = json_copy(call->arena, owner.record->value);
	policies = put_in_order(call->arena, json_get(value, S("Policies")), name, text);
	if (!check_size(call, &owner, policies))
		return false;
	json_put(value, S("Policies"), policies);
	call_put(call, owner.record->key, value);
	return true;
}

static bool need_policy(struct call *call, const struct owner *owner, str name,
	const struct json **policy)
{
	*policy = json_get(json_get(owner->record->value, S("Policies")), name);
	return *policy ||
	       refuse(call, FAULT_NO_SUCH_ENTITY, "The %s policy with name %.*s cannot be found.",
		       owner->is_role ? "role" : "user", STR(name));
}

static bool get_policy(struct call *call, bool is_role, const char *action)
{
	const struct json *policy;
	struct owner owner;
	str name;

	if (!need_text(call, S("PolicyName"), &name) ||
		!need_owner(call, is_role, action, &owner) ||
		!need_policy(call, &owner, name, &policy))
		return false;
	json_put_str(call->arena, call->output, is_role ? S("RoleName") : S("UserName"),
		owner.name);
	json_put_str(call->arena, call->output, S("PolicyName"), policy->name);
	json_put_str(call->arena, call->output, S("PolicyDocument"), percent(call, policy->text));
	return true;
}

static bool list_policies(struct call *call, bool is_role, const char *action)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct owner owner;
	struct page page;

	if (!page_open(call, &page) || !need_owner(call, is_role, action, &owner))
		return false;
	JSON_EACH(policy, json_get(owner.record->value, S("Policies")))
	{
		if (page_takes(&page, policy->name))
			json_push(list, json_new_str(call->arena, policy->name));
	}
	json_put(call->output, S("PolicyNames"), list);
	page_close(call, &page);
	return true;
}

static bool delete_policy(struct call *call, bool is_role, const char *action)
{
	const struct json *policy;
	struct owner owner;
	struct json *value;
	str name;

	call->output = NULL;
	if (!need_text(call, S("PolicyName"), &name) ||
		!need_owner(call, is_role, action, &owner) ||
		(is_role && !refuse_protected(call, owner.record)) ||
		!need_policy(call, &owner, name, &policy))
		return false;
	value = json_copy(call->arena, owner.record->value);
	json_remove(json_get(value, S("Policies")), name);
	call_put(call, owner.record->key, value);
	return true;
}

bool iam_put_role_policy(struct call *call)
{
	return put_policy(call, true, "iam:PutRolePolicy");
}

bool iam_get_role_policy(struct call *call)
{
	return get_policy(call, true, "iam:GetRolePolicy");
}

bool iam_list_role_policies(struct call *call)
{
	return list_policies(call, true, "iam:ListRolePolicies");
}

bool iam_delete_role_policy(struct call *call)
{
	return delete_policy(call, true, "iam:DeleteRolePolicy");
}

bool iam_put_user_policy(struct call *call)
{
	str name;

	return need_text(call, S("UserName"), &name) &&
	       put_policy(call, false, "iam:PutUserPolicy");
}

bool iam_get_user_policy(struct call *call)
{
	str name;

	return need_text(call, S("UserName"), &name) &&
	       get_policy(call, false, "iam:GetUserPolicy");
}

bool iam_list_user_policies(struct call *call)
{
	str name;

	return need_text(call, S("UserName"), &name) &&
	       list_policies(call, false, "iam:ListUserPolicies");
}

bool iam_delete_user_policy(struct call *call)
{
	str name;

	return need_text(call, S("UserName"), &name) &&
	       delete_policy(call, false, "iam:DeleteUserPolicy");
}

/* Managed policies are for later; only service-linked roles have one, by birth. */
bool iam_list_attached_role_policies(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct record *role;
	str path, name, policy;

	if (!need_role(call, "iam:ListAttachedRolePolicies", &role))
		return false;
	policy = json_str(role->value, S("AttachedPolicy"));
	if (str_cut(policy, '/', &path, &name)) {
		struct json *item = json_push(list, json_new(call->arena, JSON_OBJECT));

		json_put_str(call->arena, item, S("PolicyName"), name);
		json_put_str(call->arena, item, S("PolicyArn"),
			iam_arn(call->arena, S("aws"),
				arena_printf(call->arena, "policy/%.*s", STR(policy))));
	}
	json_put(call->output, S("AttachedPolicies"), list);
	json_put_bool(call->arena, call->output, S("IsTruncated"), false);
	return true;
}
