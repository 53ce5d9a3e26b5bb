/*
 * iam_policy.c -- inline policies of roles, users and groups, which differ in size only.
 *
 * A document is kept byte for byte and returned percent-encoded. Its size is counted as AWS
 * counts it, without white space, and over all policies of the entity.
 */
#include "account/iam.h"

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

static bool check_size(struct call *call, const struct subject *owner, const struct json *policies)
{
	size_t max = owner->entity->id == ENTITY_ROLE   ? LIMIT_POLICY_INLINE_CHARS
		     : owner->entity->id == ENTITY_USER ? LIMIT_POLICY_USER_CHARS
							: LIMIT_POLICY_GROUP_CHARS,
	       n = 0;

	JSON_EACH(policy, policies)
	n += policy_size(policy->text);
	return n <= max || refuse(call, FAULT_LIMIT_EXCEEDED,
				   "Maximum policy size of %zu bytes exceeded for %.*s %.*s", max,
				   STR(owner->entity->noun), STR(owner->name));
}

bool iam_put_policy(struct call *call)
{
	struct document *document;
	struct subject owner;
	struct json *value, *policies;
	str name, text;

	call->output = NULL;
	if (!need_text(call, S("PolicyName"), &name) ||
		!need_text(call, S("PolicyDocument"), &text) ||
		!need_subject(call, entity_of(call)->id, &owner) ||
		!refuse_protected(call, &owner) ||
		!read_document(call, POLICY_IDENTITY, text, &document))
		return false;
	value = json_clone(call->arena, owner.record->value);
	policies = put_in_order(call->arena, json_get(value, S("Policies")), name, text);
	if (!check_size(call, &owner, policies))
		return false;
	json_put(value, S("Policies"), policies);
	put_subject(call, &owner, value);
	return true;
}

static bool need_policy(struct call *call, const struct subject *owner, str name,
	const struct json **policy)
{
	*policy = json_get(json_get(owner->record->value, S("Policies")), name);
	return *policy ||
	       refuse(call, FAULT_NO_SUCH_ENTITY, "The %.*s policy with name %.*s cannot be found.",
		       STR(owner->entity->noun), STR(name));
}

bool iam_get_inline_policy(struct call *call)
{
	const struct json *policy;
	struct subject owner;
	str name;

	if (!need_text(call, S("PolicyName"), &name) ||
		!need_subject(call, entity_of(call)->id, &owner) ||
		!need_policy(call, &owner, name, &policy))
		return false;
	json_put_str(call->arena, call->output, owner.entity->name, owner.name);
	json_put_str(call->arena, call->output, S("PolicyName"), policy->name);
	json_put_str(call->arena, call->output, S("PolicyDocument"), percent(call, policy->text));
	return true;
}

bool iam_list_inline_policies(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct subject owner;
	struct page page;

	if (!page_open(call, &page) || !need_subject(call, entity_of(call)->id, &owner))
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

bool iam_delete_inline_policy(struct call *call)
{
	const struct json *policy;
	struct subject owner;
	struct json *value;
	str name;

	call->output = NULL;
	if (!need_text(call, S("PolicyName"), &name) ||
		!need_subject(call, entity_of(call)->id, &owner) ||
		!refuse_protected(call, &owner) || !need_policy(call, &owner, name, &policy))
		return false;
	value = json_clone(call->arena, owner.record->value);
	json_remove(json_get(value, S("Policies")), name);
	put_subject(call, &owner, value);
	return true;
}
