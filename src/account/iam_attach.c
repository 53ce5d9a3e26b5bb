/*
 * iam_attach.c -- managed policies attached to roles, users and groups, and boundaries.
 *
 * The record of whom a policy is attached to has its ARN; the policy knows nothing of it. What
 * such a policy allows is settled when somebody calls (effective.c). A boundary is one more ARN
 * in the record of a role or user.
 */
#include "account/iam.h"

#include <stdlib.h>

enum { ATTACHED_POLICIES = 10 };

bool need_policy_arn(struct call *call, str name, str *arn)
{
	struct arn parts;

	if (!need_text(call, name, arn))
		return false;
	return arn_parse(*arn, &parts) ||
	       refuse(call, FAULT_VALIDATION, "Invalid ARN:  Could not be parsed!");
}

/* Policies of service-linked roles are for these alone. */
bool check_attachable(struct call *call, str arn, const struct record **policy)
{
	*policy = find_policy(call->account, call->account_id, arn);
	if (!*policy)
		return refuse(call, FAULT_NO_SUCH_ENTITY,
			"Policy %.*s does not exist or is not attachable.", STR(arn));
	return !str_starts(json_str((*policy)->value, S("Path")), S("/aws-service-role/")) ||
	       refuse(call, FAULT_POLICY_NOT_ATTACHABLE,
		       "Cannot attach a Service Role Policy to a Customer Role.");
}

/* A boundary is called a scope there. */
bool check_boundary(struct call *call, str arn)
{
	const struct record *policy;

	return !arn.n || (find_policy(call->account, call->account_id, arn)
					 ? check_attachable(call, arn, &policy)
					 : refuse(call, FAULT_NO_SUCH_ENTITY,
						   "Scope ARN: %.*s does not exist or is not "
						   "attachable.",
						   STR(arn)));
}

/* ---- attaching. */

static bool need_holder(struct call *call, struct subject *subject, str *arn)
{
	struct context_key key;
	struct target target = { .extra = &key, .nextra = 1 };

	call->output = NULL;
	if (!need_policy_arn(call, S("PolicyArn"), arn) ||
		!read_subject(call, entity_of(call)->id, subject))
		return false;
	key = one_key(call, "iam:PolicyARN", *arn);
	return allow_subject(call, subject, &target) &&
	       (subject->record || no_subject(call, subject)) && refuse_protected(call, subject);
}

bool iam_attach_policy(struct call *call)
{
	const struct record *policy;
	const struct json *attached;
	struct subject subject;
	struct json *value;
	str arn;

	if (!need_holder(call, &subject, &arn) || !check_attachable(call, arn, &policy))
		return false;
	attached = json_get(subject.record->value, S("AttachedPolicies"));
	if (list_has(attached, arn))
		return true;
	if (attached && attached->count >= ATTACHED_POLICIES)
		return refuse(call, FAULT_LIMIT_EXCEEDED,
			"Cannot exceed quota for PoliciesPer%.*s: %d", STR(subject.entity->word),
			ATTACHED_POLICIES);
	value = json_clone(call->arena, subject.record->value);
	list_add(call->arena, value, S("AttachedPolicies"), arn);
	put_subject(call, &subject, value);
	return true;
}

bool iam_detach_policy(struct call *call)
{
	struct subject subject;
	struct json *value;
	str arn;

	if (!need_holder(call, &subject, &arn))
		return false;
	if (!list_has(json_get(subject.record->value, S("AttachedPolicies")), arn))
		return refuse(call, FAULT_NO_SUCH_ENTITY, "Policy %.*s was not found.", STR(arn));
	value = json_clone(call->arena, subject.record->value);
	list_drop(call->arena, value, S("AttachedPolicies"), arn);
	put_subject(call, &subject, value);
	return true;
}

/* arn:aws:iam::A:policy/team/app -> /team/ and app */
static void path_and_name(struct call *call, str arn, str *path, str *name)
{
	size_t at = str_find(arn, S(":policy"));
	str rest = str_from(arn, at == SIZE_MAX ? arn.n : at + sizeof(":policy") - 1);
	str head, tail = rest;

	while (str_cut(tail, '/', &head, &tail))
		continue;
	*path = arena_copy(call->arena, str_head(rest, rest.n - tail.n));
	*name = tail;
}

static struct json *attached_json(struct call *call, str arn, str name)
{
	struct json *item = json_new(call->arena, JSON_OBJECT);

	json_put_str(call->arena, item, S("PolicyName"), name);
	json_put_str(call->arena, item, S("PolicyArn"), arn);
	return item;
}

struct json *attached_list(struct call *call, const struct json *value)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	str path, name;

	JSON_EACH(arn, json_get(value, S("AttachedPolicies")))
	{
		path_and_name(call, arn->text, &path, &name);
		json_push(list, attached_json(call, arn->text, name));
	}
	return list;
}

/* ---- listing: the customer's before AWS's, by name. A marker has 320 characters at most, and an ARN
 * may have more. */

struct attached {
	str key, arn, path, name;
};

static int by_key(const void *a, const void *b)
{
	const struct attached *x = a, *y = b;

	return str_cmp(x->key, y->key);
}

static struct attached *sorted(struct call *call, const struct json *list, size_t *n)
{
	struct attached *all = NEWS(call->arena, struct attached, list ? list->count : 0);

	*n = 0;
	JSON_EACH(arn, list)
	{
		struct attached *one = &all[(*n)++];

		one->arn = arn->text;
		path_and_name(call, arn->text, &one->path, &one->name);
		one->key = JOIN(call->arena,
			str_starts(arn->text, S("arn:aws:iam::aws:")) ? S("aws ") : S(" "),
			one->name);
	}
	qsort(all, *n, sizeof(*all), by_key);
	return all;
}

bool iam_list_attached(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct subject subject;
	struct attached *all;
	struct page page;
	str prefix;
	size_t n;

	if (!page_open(call, &page) || !get_prefix(call, &prefix) ||
		!need_subject(call, entity_of(call)->id, &subject))
		return false;
	all = sorted(call, json_get(subject.record->value, S("AttachedPolicies")), &n);
	for (size_t i = 0; i < n; i++)
		if (str_starts(all[i].path, prefix) && page_takes(&page, all[i].key))
			json_push(list, attached_json(call, all[i].arn, all[i].name));
	json_put(call->output, S("AttachedPolicies"), list);
	page_close(call, &page);
	return true;
}

/* ---- boundaries. */

bool get_boundary(struct call *call, str *arn)
{
	*arn = (str){ 0 };
	return !get_str(call, S("PermissionsBoundary")).n ||
	       need_policy_arn(call, S("PermissionsBoundary"), arn);
}

void show_boundary(struct call *call, struct json *out, const struct json *value)
{
	str arn = json_str(value, S("PermissionsBoundary"));
	struct json *boundary;

	if (!arn.n)
		return;
	boundary = json_put(out, S("PermissionsBoundary"), json_new(call->arena, JSON_OBJECT));
	json_put_str(call->arena, boundary, S("PermissionsBoundaryType"), S("Policy"));
	json_put_str(call->arena, boundary, S("PermissionsBoundaryArn"), arn);
}

/* iam:PermissionsBoundary is the one that is being set. */
bool iam_put_boundary(struct call *call)
{
	struct context_key key;
	struct target target = { .extra = &key, .nextra = 1 };
	struct subject subject;
	struct json *value;
	str arn;

	call->output = NULL;
	if (!need_policy_arn(call, S("PermissionsBoundary"), &arn) ||
		!read_subject(call, entity_of(call)->id, &subject))
		return false;
	key = one_key(call, "iam:PermissionsBoundary", arn);
	if (!allow_subject(call, &subject, &target) ||
		!(subject.record || no_subject(call, &subject)) ||
		!refuse_protected(call, &subject) || !check_boundary(call, arn))
		return false;
	value = json_clone(call->arena, subject.record->value);
	json_put_str(call->arena, value, S("PermissionsBoundary"), arn);
	put_subject(call, &subject, value);
	return true;
}

bool iam_delete_boundary(struct call *call)
{
	struct subject subject;
	struct json *value;

	call->output = NULL;
	if (!need_subject(call, entity_of(call)->id, &subject) || !refuse_protected(call, &subject))
		return false;
	value = json_clone(call->arena, subject.record->value);
	if (json_remove(value, S("PermissionsBoundary")))
		put_subject(call, &subject, value);
	return true;
}

/* ---- who uses which policy. */

static int by_text(const void *a, const void *b)
{
	const str *x = a, *y = b;

	return str_cmp(*x, *y);
}

static void count_in(struct call *call, enum entity_id id, struct usage *usage, bool write)
{
	const struct record *const *records;
	size_t n;

	records = entity_range(call, entity(id), &n);
	for (size_t i = 0; i < n; i++) {
		str boundary = json_str(records[i]->value, S("PermissionsBoundary"));

		JSON_EACH(arn, json_get(records[i]->value, S("AttachedPolicies")))
		{
			if (write)
				usage->attached[usage->nattached] = arn->text;
			usage->nattached++;
		}
		if (write && boundary.n)
			usage->boundaries[usage->nboundaries] = boundary;
		usage->nboundaries += boundary.n != 0;
	}
}

void count_usage(struct call *call, struct usage *usage)
{
	static const enum entity_id holders[] = { ENTITY_ROLE, ENTITY_USER, ENTITY_GROUP };

	*usage = (struct usage){ 0 };
	for (size_t i = 0; i < COUNT(holders); i++)
		count_in(call, holders[i], usage, false);
	usage->attached = NEWS(call->arena, str, usage->nattached + 1);
	usage->boundaries = NEWS(call->arena, str, usage->nboundaries + 1);
	usage->nattached = usage->nboundaries = 0;
	for (size_t i = 0; i < COUNT(holders); i++)
		count_in(call, holders[i], usage, true);
	qsort(usage->attached, usage->nattached, sizeof(str), by_text);
	qsort(usage->boundaries, usage->nboundaries, sizeof(str), by_text);
}

size_t usage_of(const str *arns, size_t n, str arn)
{
	size_t low = 0, high = n, found = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp(arns[middle], arn) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + found < n && str_eq(arns[low + found], arn))
		found++;
	return found;
}
