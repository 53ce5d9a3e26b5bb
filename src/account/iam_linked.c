/*
 * iam_linked.c -- service-linked roles go: as a task, which fails while the service needs the role.
 *
 * DeleteServiceLinkedRole never says no to a role that is in use: it answers a task, and the task
 * has FAILED when it is looked at, with the resources that must go first. Which these are is each
 * service's own business; `uses` is what is known of it, and is looked for in every region.
 *
 * A task is done at once. Nothing is kept of one that succeeded: its number is made of the role's
 * name, and of a key, so that none is known that was not given. The last one that failed is kept
 * for each role, as it ended, since what was in the way may be gone when somebody asks.
 */
#include "account/iam.h"

#include "base/os.h"

enum { RESOURCES_MAX = 100 };

/* Sources: EKS User Guide, "Using roles for Amazon EKS clusters", "… node groups", "… Fargate":
 * those go before the role does. */
static const struct use {
	str service, of, kind; /* in records' keys: /A/eks/R/cluster/… */
	str arn;               /* the record's member; {0}: an instance of the Spot market */
} uses[] = {
	{ SC("eks.amazonaws.com"), SC("eks"), SC("cluster"), SC("arn") },
	{ SC("eks-nodegroup.amazonaws.com"), SC("eks"), SC("nodegroup"), SC("nodegroupArn") },
	{ SC("eks-fargate.amazonaws.com"), SC("eks"), SC("fargateprofile"),
		SC("fargateProfileArn") },
	{ SC("spot.amazonaws.com"), SC("ec2"), SC("instance"), { 0 } },
};

/* ---- who still uses it? */

static str spot_arn(struct call *call, const struct json *wire, str region)
{
	if (!json_get(wire, S("instanceLifecycle")) || json_get(wire, S("terminatedAt")))
		return (str){ 0 };
	return JOIN(call->arena, S("arn:aws:ec2:"), region, S(":"), call->account_id,
		S(":instance/"), json_str(wire, S("instanceId")));
}

/* One region's, at the end of the list: records come region by region. */
static struct json *resources_of(struct arena *arena, struct json *list, str region)
{
	struct json *usage = list->last;

	if (!usage || !str_eq(json_str(usage, S("Region")), region)) {
		usage = json_new(arena, JSON_OBJECT);
		json_put_str(arena, usage, S("Region"), region);
		json_put(usage, S("Resources"), json_new(arena, JSON_ARRAY));
		json_push(list, usage);
	}
	return json_get(usage, S("Resources"));
}

static struct json *list_usage(struct call *call, const struct use *use)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	str prefix = JOIN(call->arena, S("/"), call->account_id, S("/"), use->of, S("/"));
	size_t n, found = 0;
	const struct record *const *records = record_range(call->account, prefix, &n);

	for (size_t i = 0; i < n && found < RESOURCES_MAX; i++) {
		const struct json *value = records[i]->value;
		str region, kind, rest, arn;

		if (!str_cut(str_from(records[i]->key, prefix.n), '/', &region, &rest) ||
			!str_cut(rest, '/', &kind, &rest) || !str_eq(kind, use->kind))
			continue;
		arn = use->arn.n ? json_str(value, use->arn)
				 : spot_arn(call, json_get(value, S("wire")), region);
		if (!arn.n)
			continue;
		json_push(resources_of(call->arena, list, region), json_new_str(call->arena, arn));
		found++;
	}
	return list;
}

/* RoleUsageList, or NULL: nobody uses it. */
static struct json *usage_list(struct call *call, str service)
{
	for (size_t i = 0; i < COUNT(uses); i++) {
		struct json *list;

		if (!str_eq(uses[i].service, service))
			continue;
		list = list_usage(call, &uses[i]);
		return list->count ? list : NULL;
	}
	return NULL;
}

/* ---- tasks */

/* Of one that succeeded. */
static str task_number(struct call *call, str service, str role)
{
	unsigned char key[SHA256_BYTES], mac[SHA256_BYTES];

	derive_key(call->account->master, S("deletion tasks 1"), key);
	hmac_sha256((str){ (const char *)key, sizeof(key) },
		JOIN(call->arena, call->account_id, S("/"), service, S("/"), role), mac);
	secret_wipe(key, sizeof(key));
	return uuid_write(call->arena, mac);
}

static str fail_task(struct call *call, str service, str role, struct json *usage)
{
	struct json *task = json_new(call->arena, JSON_OBJECT), *reason;
	unsigned char bytes[UUID_BYTES];
	str number;

	random_take(keys_random(call->account->keys), bytes, sizeof(bytes));
	number = uuid_write(call->arena, bytes);
	json_put_str(call->arena, task, S("Service"), service);
	json_put_str(call->arena, task, S("Number"), number);
	reason = json_put(task, S("Reason"), json_new(call->arena, JSON_OBJECT));
	json_put_str(call->arena, reason, S("Reason"),
		JOIN(call->arena, S("The role "), role, S(" is still used by resources of "),
			service, S(".")));
	json_put(reason, S("RoleUsageList"), usage);
	call_put(call, iam_key(call->arena, call->account_id, "deletion-task", role), task);
	return number;
}

static str delete_linked(struct call *call, str service, const struct subject *role)
{
	struct json *usage = usage_list(call, service);

	if (usage)
		return fail_task(call, service, role->name, usage);
	last_used_forget(call->account, json_str(role->record->value, S("RoleId")));
	call_delete(call, role->record->key);
	return task_number(call, service, role->name);
}

bool iam_delete_service_linked_role(struct call *call)
{
	struct subject role;
	str service;

	if (!need_subject(call, ENTITY_ROLE, &role))
		return false;
	if (!is_protected(role.record))
		return refuse(call, FAULT_INVALID_INPUT, "Role %.*s is not a service linked role",
			STR(role.name));
	service =
		str_from(json_str(role.record->value, S("Path")), sizeof("/aws-service-role/") - 1);
	service.n--; /* its slash */
	json_put_str(call->arena, call->output, S("DeletionTaskId"),
		JOIN(call->arena, S("task/aws-service-role/"), service, S("/"), role.name, S("/"),
			delete_linked(call, service, &role)));
	return true;
}

/* task/aws-service-role/SERVICE/ROLE/UUID */
static bool read_task(str task, str *service, str *role, str *number)
{
	str rest = str_from(task, sizeof("task/aws-service-role/") - 1);

	return str_starts(task, S("task/aws-service-role/")) &&
	       str_cut(rest, '/', service, &rest) && str_cut(rest, '/', role, number) &&
	       number->n == 36;
}

/* The last task for that role that failed, if it is this one; else NULL. */
static const struct json *failed_task(struct call *call, str service, str role, str number)
{
	const struct record *record = record_get(call->account,
		iam_key(call->arena, call->account_id, "deletion-task", role));

	return record && secret_equal(json_str(record->value, S("Number")), number) &&
			       str_eq(json_str(record->value, S("Service")), service)
		       ? record->value
		       : NULL;
}

bool iam_get_linked_deletion_status(struct call *call)
{
	str task, service, role, number, path;
	const struct json *failed;

	if (!need_text(call, S("DeletionTaskId"), &task))
		return false;
	if (!read_task(task, &service, &role, &number))
		return refuse(call, FAULT_INVALID_INPUT, "The deletion task ID is not valid.");
	path = arena_printf(call->arena, "/aws-service-role/%.*s/", STR(service));
	if (!allow_on(call, "iam:GetServiceLinkedRoleDeletionStatus",
		    role_arn(call->arena, call->account_id, path, role), NULL))
		return false;
	failed = failed_task(call, service, role, number);
	if (!failed && !secret_equal(number, task_number(call, service, role)))
		return refuse(call, FAULT_NO_SUCH_ENTITY,
			"The deletion task with ID %.*s cannot be found.", STR(task));
	json_put_str(call->arena, call->output, S("Status"), failed ? S("FAILED") : S("SUCCEEDED"));
	if (failed)
		json_put(call->output, S("Reason"),
			json_clone(call->arena, json_get(failed, S("Reason"))));
	return true;
}
