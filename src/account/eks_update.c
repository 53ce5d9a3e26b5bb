/*
 * eks_update.c -- changes to what is in a cluster, and the updates that record them.
 *
 * An update is InProgress in the answer that makes it and Successful when it is looked at. Giving
 * another role, or another launch template, is asked for like giving the first one.
 */
#include "account/services.h"

#include <string.h>

enum { UPDATES_MAX = 500 }; /* of a cluster */
enum { TOKEN_MIN = 33, TOKEN_MAX = 126 };

/* ---- update records */

static str updates_prefix(struct call *call, str cluster)
{
	return arena_printf(call->arena, "/%.*s/eks/%.*s/update/%.*s/", STR(call->account_id),
		STR(call->region), STR(cluster));
}

static uint64_t created(const struct json *update)
{
	uint64_t at = 0;

	return str_u64(json_str(update, S("createdAt")), INT64_MAX, &at) ? at : 0;
}

/* The newest are kept; of each update that goes, only DescribeUpdate and ListUpdates know less. */
static void make_room(struct call *call, str cluster)
{
	size_t n;
	const struct record *const *records =
		record_range(call->account, updates_prefix(call, cluster), &n);
	const struct record *oldest = n ? records[0] : NULL;

	for (size_t i = 1; i < n; i++)
		if (created(records[i]->value) < created(oldest->value))
			oldest = records[i];
	if (n >= UPDATES_MAX)
		call_delete(call, oldest->key);
}

static const struct {
	str param, path;
} params[] = {
#define ROW(param, path) { SC(param), SC(path) },
#include "gen/eks_params.inc"
#undef ROW
};

static str param_text(struct arena *arena, const struct json *value)
{
	struct buf out = { .arena = arena };

	if (!json_is(value, JSON_OBJECT) && !json_is(value, JSON_ARRAY))
		return value->text;
	json_write(&out, value);
	return buf_view(&out);
}

/* What the call changes. */
static struct json *update_params(struct call *call)
{
	struct arena *arena = call->arena;
	struct json *list = json_new(arena, JSON_ARRAY), *entry;

	for (size_t i = 0; i < COUNT(params); i++) {
		const struct json *value = eks_member(call->input, params[i].path);
		str operation, type;

		if (!value || json_is(value, JSON_NULL) ||
			!str_cut(params[i].param, ':', &operation, &type) ||
			!str_eq(operation, call->route->operation))
			continue;
		entry = json_push(list, json_new(arena, JSON_OBJECT));
		json_put_str(arena, entry, S("type"), type);
		json_put_str(arena, entry, S("value"), param_text(arena, value));
	}
	return list;
}

struct json *eks_put_update(struct call *call, const struct eks_item *item, const struct once *once,
	const char *type)
{
	struct arena *arena = call->arena;
	struct json *update = json_new(arena, JSON_OBJECT), *answer;
	str id = random_uuid(arena);
	str key =
		arena_printf(arena, "%.*s%.*s", STR(updates_prefix(call, item->cluster)), STR(id));

	json_put_str(arena, update, S("id"), id);
	json_put_str(arena, update, S("status"), S("Successful"));
	json_put_str(arena, update, S("type"), str_of(type));
	json_put(update, S("params"), update_params(call));
	json_put_int(arena, update, S("createdAt"), call->now_s);
	json_put(update, S("errors"), json_new(arena, JSON_ARRAY));
	json_put_str(arena, update, S("_kind"), item->kind->kind);
	json_put_str(arena, update, S("_name"), item->name);
	once_note(call, once, update);
	make_room(call, item->cluster);
	call_put(call, key, update);
	answer = eks_answer(call, update, "InProgress");
	return answer;
}

/* The node group or add-on that an update's query names is a resource of the call as well. */
static bool allow_named(struct call *call, const struct eks_item *cluster, enum eks_id id,
	struct eks_item *subject)
{
	const struct eks_kind *kind = eks_kind(id);
	str name = get_str(call, kind->path);

	if (!name.n)
		return true;
	if (!eks_check_name(call, kind, name))
		return false;
	*subject = eks_find(call, kind, cluster->name, name);
	return eks_allow(call, subject, NULL) && (subject->value || eks_missing(call, subject));
}

/* Whose updates are asked for: the cluster's own, or those of what is named. */
static bool open_updates(struct call *call, struct eks_item *cluster, struct eks_item *subject)
{
	static const str others[] = { SC("capabilityName") };

	if (!lacks(call, others, COUNT(others)) || !eks_on_cluster(call, NULL, cluster))
		return false;
	*subject = *cluster;
	return allow_named(call, cluster, EKS_NODEGROUP, subject) &&
	       allow_named(call, cluster, EKS_ADDON, subject);
}

static bool is_of(const struct json *update, const struct eks_item *subject)
{
	return str_eq(json_str(update, S("_kind")), subject->kind->kind) &&
	       str_eq(json_str(update, S("_name")), subject->name);
}

bool eks_describe_update(struct call *call)
{
	struct eks_item cluster, subject;
	const struct record *record;
	str id;

	if (!need_str(call, S("updateId"), &id) || !open_updates(call, &cluster, &subject))
		return false;
	record = record_get(call->account,
		arena_printf(call->arena, "%.*s%.*s", STR(updates_prefix(call, cluster.name)),
			STR(id)));
	if (!record || !is_of(record->value, &subject))
		return refuse(call, FAULT_NO_SUCH_ENTITY, "No update found for ID: %.*s",
			STR(str_head(id, 64)));
	json_put(call->output, S("update"), eks_answer(call, record->value, NULL));
	return true;
}

bool eks_list_updates(struct call *call)
{
	struct eks_item cluster, subject;
	const struct record *const *records;
	struct json *out;
	size_t n;

	if (!open_updates(call, &cluster, &subject))
		return false;
	records = record_range(call->account, updates_prefix(call, cluster.name), &n);
	out = json_put(call->output, S("updateIds"), json_new(call->arena, JSON_ARRAY));
	for (size_t i = 0; i < n; i++)
		if (is_of(records[i]->value, &subject))
			json_push(out,
				json_new_str(call->arena, json_str(records[i]->value, S("id"))));
	return page_list(call, out, &eks_pages);
}

/* ---- a request that is sent twice */

static bool read_token(struct call *call, struct once *once)
{
	str token = get_str(call, S("clientRequestToken"));

	if (token.n && (token.n < TOKEN_MIN || token.n > TOKEN_MAX))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The client request token parameter must be between %d and %d characters.",
			TOKEN_MIN, TOKEN_MAX);
	return once_read(call, S("clientRequestToken"), TOKEN_MAX, once);
}

bool eks_once(struct call *call, const struct eks_kind *kind, str cluster, struct once *once,
	bool *again)
{
	const struct json *before;
	size_t n;
	const struct record *const *records = eks_range(call, kind, cluster, &n);

	if (!read_token(call, once) || !once_find(call, once, records, n, &before))
		return false;
	*again = before != NULL;
	if (before)
		json_put(call->output, kind->answer, eks_answer(call, before, NULL));
	return true;
}

bool eks_once_updated(struct call *call, const struct eks_item *item, struct once *once,
	bool *again)
{
	const struct json *before;
	size_t n;
	const struct record *const *records =
		record_range(call->account, updates_prefix(call, item->cluster), &n);

	if (!read_token(call, once) || !once_find(call, once, records, n, &before))
		return false;
	*again = before != NULL;
	if (before)
		json_put(call->output, S("update"), eks_answer(call, before, NULL));
	return true;
}

/* Where a change leaves no update, what was changed knows the last token. The same change once
 * more changes nothing; another one is refused. */
static bool once_changed(struct call *call, struct json *value)
{
	struct json *last = json_get(value, S("_changed"));
	struct once once;

	if (!read_token(call, &once))
		return false;
	if (once.token.n && str_eq(once.token, json_str(last, S("_token"))) &&
		!once_is(call, &once, last))
		return false;
	last = json_put(value, S("_changed"), json_new(call->arena, JSON_OBJECT));
	once_note(call, &once, last);
	return true;
}

/* ---- the changed record */

static struct json *changed(struct call *call, const struct eks_item *item)
{
	struct json *value = json_clone(call->arena, item->value);

	json_put_int(call->arena, value, S("modifiedAt"), call->now_s);
	return value;
}

static bool put_changed(struct call *call, const struct eks_item *item, const struct once *once,
	struct json *value, const char *type)
{
	call_put(call, item->key, value);
	json_put(call->output, S("update"), eks_put_update(call, item, once, type));
	return true;
}

static void replace(struct call *call, struct json *value, const str *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct json *given = json_get(call->input, members[i]);

		if (given && !json_is(given, JSON_NULL))
			json_put(value, members[i], json_clone(call->arena, given));
	}
}

/* ---- node groups */

static void change_labels(struct call *call, struct json *value)
{
	const struct json *change = json_get(call->input, S("labels"));
	struct json *labels = json_get(value, S("labels"));

	if (!json_is(change, JSON_OBJECT))
		return;
	if (!json_is(labels, JSON_OBJECT))
		labels = json_put(value, S("labels"), json_new(call->arena, JSON_OBJECT));
	JSON_EACH(name, json_get(change, S("removeLabels")))
	json_remove(labels, name->text);
	JSON_EACH(label, json_get(change, S("addOrUpdateLabels")))
	json_put_str(call->arena, labels, label->name, label->text);
}

static bool same_taint(const struct json *a, const struct json *b)
{
	return str_eq(json_str(a, S("key")), json_str(b, S("key"))) &&
	       str_eq(json_str(a, S("effect")), json_str(b, S("effect")));
}

static bool has_taint(const struct json *list, const struct json *taint)
{
	JSON_EACH(item, list)
	if (same_taint(item, taint))
		return true;
	return false;
}

static void change_taints(struct call *call, struct json *value)
{
	const struct json *change = json_get(call->input, S("taints"));
	const struct json *added = json_get(change, S("addOrUpdateTaints"));
	const struct json *removed = json_get(change, S("removeTaints"));
	struct json *taints = json_new(call->arena, JSON_ARRAY);

	if (!json_is(change, JSON_OBJECT))
		return;
	JSON_EACH(old, json_get(value, S("taints")))
	if (!has_taint(added, old) && !has_taint(removed, old))
		json_push(taints, json_clone(call->arena, old));
	JSON_EACH(taint, added)
	json_push(taints, json_clone(call->arena, taint));
	json_put(value, S("taints"), taints);
}

/* Sizes that are not given stay as they are; together they must be in order. */
static bool change_scaling(struct call *call, struct json *value)
{
	const struct json *given = json_get(call->input, S("scalingConfig"));
	struct json *scaling = json_get(value, S("scalingConfig"));
	uint64_t min, desired, max;

	if (!given)
		return true;
	if (!json_is(given, JSON_OBJECT) || !json_is(scaling, JSON_OBJECT))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE, "scalingConfig is not valid");
	JSON_EACH(size, given)
	json_put(scaling, size->name, json_clone(call->arena, size));
	if (str_u64(json_str(scaling, S("minSize")), 450, &min) &&
		str_u64(json_str(scaling, S("maxSize")), 450, &max) &&
		str_u64(json_str(scaling, S("desiredSize")), 450, &desired) && max &&
		min <= desired && desired <= max)
		return true;
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		"Minimum capacity must be at most desired capacity, and that at most maximum "
		"capacity");
}

bool eks_update_nodegroup_config(struct call *call)
{
	static const str members[] = { SC("updateConfig"), SC("nodeRepairConfig") };
	static const str others[] = { SC("warmPoolConfig") };
	struct eks_item item;
	struct json *value;
	struct once once;
	bool again;

	if (!lacks(call, others, COUNT(others)) || !eks_on_child(call, EKS_NODEGROUP, &item) ||
		!eks_once_updated(call, &item, &once, &again))
		return false;
	if (again)
		return true;
	value = changed(call, &item);
	if (!change_scaling(call, value))
		return false;
	change_labels(call, value);
	change_taints(call, value);
	replace(call, value, members, COUNT(members));
	return put_changed(call, &item, &once, value, "ConfigUpdate");
}

/* A launch template can only be replaced by a version of the same one. */
static bool change_template(struct call *call, struct json *value)
{
	const struct json *given = json_get(call->input, S("launchTemplate"));
	struct json *used = json_get(value, S("launchTemplate"));
	str id = json_str(given, S("id")), name = json_str(given, S("name"));
	str version = json_str(given, S("version"));
	struct ec2_item template;

	if (!given || json_is(given, JSON_NULL))
		return true;
	if (!template_find(call, id, name, &template))
		return false;
	if (!used || !str_eq(json_str(used, S("id")), template.id))
		return refuse(call, FAULT_EKS_REQUEST,
			"You can only update the version of the launch template that the node "
			"group was created with");
	if (!allow_launch(call, template.id, version, json_get(value, S("subnets"))))
		return false;
	if (version.n)
		json_put_str(call->arena, used, S("version"), version);
	return true;
}

bool eks_update_nodegroup_version(struct call *call)
{
	static const str members[] = { SC("version"), SC("releaseVersion") };
	struct eks_item item;
	struct json *value;
	struct once once;
	bool again;

	if (!eks_on_child(call, EKS_NODEGROUP, &item) ||
		!eks_once_updated(call, &item, &once, &again))
		return false;
	if (again)
		return true;
	value = changed(call, &item);
	if (!change_template(call, value))
		return false;
	replace(call, value, members, COUNT(members));
	return put_changed(call, &item, &once, value, "VersionUpdate");
}

/* ---- add-ons */

bool eks_update_addon(struct call *call)
{
	static const str members[] = { SC("serviceAccountRoleArn"), SC("configurationValues") };
	str role = get_str(call, S("serviceAccountRoleArn"));
	str wanted = get_str(call, S("addonVersion")), version;
	struct eks_item item, cluster;
	struct eks_pods pods;
	struct json *value;
	struct once once;
	bool again;

	if (!eks_on_child(call, EKS_ADDON, &item) ||
		(role.n && !allow_pass_role(call, role, S("eks.amazonaws.com"), item.arn)))
		return false;
	cluster = eks_find(call, eks_kind(EKS_CLUSTER), item.cluster, item.cluster);
	if (!eks_read_pods(call, &cluster, &item, &pods) ||
		!eks_allow_pods(call, &cluster, NULL, &pods) ||
		!eks_once_updated(call, &item, &once, &again))
		return false;
	if (again)
		return true;
	if (wanted.n && (!eks_addon_version(item.name, &version) || !str_eq(wanted, version)))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Addon version specified is not supported");
	if (!eks_check_pods(call, &pods))
		return false;
	value = changed(call, &item);
	replace(call, value, members, COUNT(members));
	eks_put_pods(call, item.arn, &pods, value);
	return put_changed(call, &item, &once, value, "AddonUpdate");
}

/* ---- access entries */

bool eks_update_access_entry(struct call *call)
{
	static const str members[] = { SC("kubernetesGroups"), SC("username") };
	struct eks_item item;
	struct json *value;

	if (!eks_on_child(call, EKS_ACCESS_ENTRY, &item))
		return false;
	if (!str_eq(json_str(item.value, S("type")), S("STANDARD")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"This operation can only be performed on Access Entries with a type of "
			"\"STANDARD\".");
	value = changed(call, &item);
	if (!once_changed(call, value))
		return false;
	replace(call, value, members, COUNT(members));
	call_put(call, item.key, value);
	json_put(call->output, S("accessEntry"), eks_answer(call, value, NULL));
	return true;
}

static bool read_scope(struct call *call, struct json **scope)
{
	const struct json *given = json_get(call->input, S("accessScope"));
	const struct json *namespaces = json_get(given, S("namespaces"));
	str type = json_str(given, S("type"));
	bool cluster = str_eq(type, S("cluster"));

	if (!json_is(given, JSON_OBJECT) || (!cluster && !str_eq(type, S("namespace"))) ||
		(namespaces && !json_is(namespaces, JSON_ARRAY)) ||
		(cluster ? namespaces && namespaces->count : !namespaces || !namespaces->count))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"accessScope has the type cluster, or namespace and then namespaces");
	*scope = json_new(call->arena, JSON_OBJECT);
	json_put_str(call->arena, *scope, S("type"), type);
	json_put(*scope, S("namespaces"),
		namespaces ? json_clone(call->arena, namespaces)
			   : json_new(call->arena, JSON_ARRAY));
	return true;
}

/* The entry's policies without `policy_arn`. */
static struct json *other_policies(struct call *call, const struct json *value, str policy_arn)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);

	JSON_EACH(policy, json_get(value, S("_policies")))
	if (!str_eq(json_str(policy, S("policyArn")), policy_arn))
		json_push(list, json_clone(call->arena, policy));
	return list;
}

static void put_entry_names(struct call *call, const struct eks_item *item)
{
	json_put_str(call->arena, call->output, S("clusterName"), item->cluster);
	json_put_str(call->arena, call->output, S("principalArn"), item->name);
}

bool eks_associate_access_policy(struct call *call)
{
	struct eks_item item;
	struct json *value, *scope = NULL, *policy, *list;
	str policy_arn;

	if (!need_str(call, S("policyArn"), &policy_arn) || !read_scope(call, &scope) ||
		!eks_on_child(call, EKS_ACCESS_ENTRY, &item))
		return false;
	if (!eks_policy_name(policy_arn).n)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The policyArn parameter format is not valid");
	if (!str_eq(json_str(item.value, S("type")), S("STANDARD")))
		return refuse(call, FAULT_EKS_REQUEST,
			"This operation can only be performed on Access Entries with a type of "
			"\"STANDARD\".");
	policy = json_new(call->arena, JSON_OBJECT);
	json_put_str(call->arena, policy, S("policyArn"), policy_arn);
	json_put(policy, S("accessScope"), scope);
	json_put_int(call->arena, policy, S("associatedAt"), call->now_s);
	json_put_int(call->arena, policy, S("modifiedAt"), call->now_s);
	value = changed(call, &item);
	list = json_put(value, S("_policies"), other_policies(call, item.value, policy_arn));
	json_push(list, policy);
	call_put(call, item.key, value);
	put_entry_names(call, &item);
	json_put(call->output, S("associatedAccessPolicy"), json_clone(call->arena, policy));
	return true;
}

bool eks_disassociate_access_policy(struct call *call)
{
	struct eks_item item;
	struct json *value, *list;
	str policy_arn;

	if (!need_str(call, S("policyArn"), &policy_arn) ||
		!eks_on_child(call, EKS_ACCESS_ENTRY, &item))
		return false;
	value = changed(call, &item);
	list = other_policies(call, item.value, policy_arn);
	if (!json_get(value, S("_policies")) ||
		list->count == json_get(value, S("_policies"))->count)
		return refuse(call, FAULT_NO_SUCH_ENTITY,
			"The specified policyArn could not be found: %.*s",
			STR(str_head(policy_arn, 256)));
	json_put(value, S("_policies"), list);
	call_put(call, item.key, value);
	return true;
}

bool eks_list_associated_access_policies(struct call *call)
{
	struct eks_item item;
	struct json *list;

	if (!eks_on_child(call, EKS_ACCESS_ENTRY, &item))
		return false;
	put_entry_names(call, &item);
	list = json_put(call->output, S("associatedAccessPolicies"),
		other_policies(call, item.value, (str){ 0 }));
	return page_list(call, list, &eks_pages);
}

/* ---- pod identity associations */

bool eks_update_association(struct call *call)
{
	static const str members[] = { SC("roleArn"), SC("disableSessionTags"), SC("targetRoleArn"),
		SC("policy") };
	struct eks_pod pod = { .role = get_str(call, S("roleArn")) };
	struct json *value;

	if (!eks_on_child(call, EKS_ASSOCIATION, &pod.item))
		return false;
	if (pod.role.n && !eks_allow_pod_role(call, &pod))
		return false;
	value = changed(call, &pod.item);
	if (!once_changed(call, value))
		return false;
	replace(call, value, members, COUNT(members));
	if (!eks_check_association(call, &pod.item, value))
		return false;
	call_put(call, pod.item.key, value);
	json_put(call->output, S("association"), eks_answer(call, value, NULL));
	return true;
}
