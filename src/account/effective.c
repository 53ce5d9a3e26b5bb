/*
 * effective.c -- which policies count for a user or role.
 *
 * Its own inline policies, the managed policies attached to it, and of each of its groups the
 * same two. Records keep documents parsed; a principal with nothing but inline policies has its
 * program ready, all others have one put together for the call. So what is attached, and which
 * version of a policy is the default, counts from the next request on, without anything to
 * forget.
 *
 * An attached policy that is not known (AWS's own, from a folder that is no longer given) might
 * have denied something: then everything is denied [S-142]. The same goes for a boundary.
 */
#include "account/account.h"

#include <stdlib.h>
#include <string.h>

struct collected {
	struct arena *arena;
	const struct account *account;
	str account_id;
	const struct document **items;
	size_t n, cap;
};

static void collect(struct collected *all, const struct document *document)
{
	const struct document **bigger;

	if (all->n == all->cap) {
		all->cap = all->cap ? all->cap * 2 : 16;
		bigger = NEWS(all->arena, const struct document *, all->cap);
		if (all->n)
			memcpy(bigger, all->items, all->n * sizeof(*bigger));
		all->items = bigger;
	}
	all->items[all->n++] = document;
}

static void collect_policy(struct collected *all, str arn)
{
	collect(all, managed_document(all->arena, all->account, all->account_id, arn));
}

static void collect_record(struct collected *all, const struct record *record)
{
	for (size_t i = 0; i < record->ndocuments; i++)
		collect(all, record->documents[i]);
	JSON_EACH(arn, json_get(record->value, S("AttachedPolicies")))
	collect_policy(all, arn->text);
}

static str account_of(const struct record *record)
{
	return str_head(str_from(record->key, 1), 12);
}

const struct program *identity_program(struct arena *arena, const struct account *account,
	const struct record *principal)
{
	struct collected all = { .arena = arena,
		.account = account,
		.account_id = account_of(principal) };
	const struct json *attached = json_get(principal->value, S("AttachedPolicies"));
	const struct json *groups = json_get(principal->value, S("Groups"));
	const struct record *group;

	if (!(attached && attached->count) && !(groups && groups->count))
		return principal->identity;
	collect_record(&all, principal);
	JSON_EACH(name, groups)
	{
		group = record_get(account, iam_key(arena, all.account_id, "group", name->text));
		if (group)
			collect_record(&all, group);
	}
	return program_compile(arena, all.items, all.n);
}

const struct program *boundary_program(struct arena *arena, const struct account *account,
	const struct record *principal)
{
	struct collected all = { .arena = arena,
		.account = account,
		.account_id = account_of(principal) };
	str arn = json_str(principal->value, S("PermissionsBoundary"));

	if (!arn.n)
		return NULL;
	collect_policy(&all, arn);
	return program_compile(arena, all.items, all.n);
}

/* ---- managed policies. */

str policy_text(const struct json *policy)
{
	str wanted = json_str(policy, S("DefaultVersionId"));

	JSON_EACH(version, json_get(policy, S("Versions")))
	{
		if (str_eq(json_str(version, S("VersionId")), wanted))
			return json_str(version, S("Document"));
	}
	return (str){ 0 };
}

static str last_segment(str path)
{
	str head, tail;

	while (str_cut(path, '/', &head, &tail))
		path = tail;
	return path;
}

const struct document *managed_document(struct arena *arena, const struct account *account,
	str account_id, str arn)
{
	static const str deny = SC("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
				   "\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}");
	const struct record *policy = find_policy(account, account_id, arn);
	struct document *document;
	struct err err;

	if (policy && policy->ndocuments)
		return policy->documents[0];
	if (!policy_parse(arena, arn, deny, &document, &err))
		abort(); /* a constant */
	return document;
}

const struct record *find_policy(const struct account *account, str account_id, str arn)
{
	SMALL_ARENA(scratch, 256);
	const struct record *record = NULL;
	struct arn parts;

	if (arn_parse(arn, &parts) && str_starts(parts.part[ARN_RESOURCE], S("policy/")) &&
		(str_eq(parts.part[ARN_ACCOUNT], account_id) ||
			str_eq(parts.part[ARN_ACCOUNT], S("aws"))))
		record = record_get(account, iam_key(&scratch, parts.part[ARN_ACCOUNT], "policy",
						     last_segment(parts.part[ARN_RESOURCE])));
	arena_free(&scratch);
	return record && str_eq(json_str(record->value, S("Arn")), arn) ? record : NULL;
}
