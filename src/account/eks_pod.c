/*
 * eks_pod.c -- pod identity associations: the role that the pods of a service account get.
 *
 * They are made one by one, or belong to an add-on: CreateAddon and UpdateAddon name service
 * accounts and roles, and EKS makes, changes and removes associations until those are all that the
 * add-on owns. It does so with the caller's permissions, who needs for each what a call of its own
 * would need, and the add-on's action on the association as well, which is one of its resource
 * types. Roles that stay as they are need nothing.
 *
 * The add-ons of data/eks_addons.tsv run in one namespace, and each has one service account at most
 * that takes a role.
 */
#include "account/services.h"

#define ADDON_NAMESPACE "kube-system"

str eks_new_pod_id(struct arena *arena)
{
	return arena_printf(arena, "a-%.*s",
		STR(random_text(arena, S("0123456789abcdefghijklmnopqrstuvwxyz"), 17)));
}

/* The target role may be anybody's: who it is for stands in the External ID that it can ask for. */
static bool set_target(struct call *call, const struct eks_item *item, struct json *value)
{
	const struct json *given = json_get(value, S("targetRoleArn"));
	struct arn arn;

	json_remove(value, S("externalId"));
	if (given && !given->text.n)
		json_remove(value, S("targetRoleArn"));
	if (!given || !given->text.n)
		return true;
	if (!json_is(given, JSON_STRING) || !arn_parse(given->text, &arn) ||
		!str_eq(arn.part[ARN_SERVICE], S("iam")) || arn.part[ARN_ACCOUNT].n != 12 ||
		!str_starts(arn.part[ARN_RESOURCE], S("role/")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The target role ARN '%.*s' is not valid", STR(str_head(given->text, 256)));
	json_put_str(call->arena, value, S("externalId"),
		JOIN(call->arena, call->region, S("/"), call->account_id, S("/"), item->cluster,
			S("/"), json_str(value, S("namespace")), S("/"),
			json_str(value, S("serviceAccount"))));
	return true;
}

/* It takes the room that the tags would have had. */
static bool check_session_policy(struct call *call, struct json *value)
{
	str text = json_str(value, S("policy"));
	struct document *document;

	if (!text.n) {
		json_remove(value, S("policy"));
		return true;
	}
	if (!json_is(json_get(value, S("disableSessionTags")), JSON_TRUE))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"disableSessionTags must be true when a policy is specified");
	return read_document(call, POLICY_SESSION, text, &document);
}

bool eks_check_association(struct call *call, const struct eks_item *item, struct json *value)
{
	struct eks_pod pod = {
		.item = *item,
		.cluster_arn =
			eks_arn(call, eks_kind(EKS_CLUSTER), item->cluster, item->cluster, S("")),
		.namespace = json_str(value, S("namespace")),
		.service_account = json_str(value, S("serviceAccount")),
		.role = json_str(value, S("roleArn")),
		.untagged = json_is(json_get(value, S("disableSessionTags")), JSON_TRUE),
	};

	return eks_check_pod_trust(call, &pod) && set_target(call, item, value) &&
	       check_session_policy(call, value);
}

bool eks_check_free(struct call *call, const struct eks_pod *pod)
{
	size_t n;
	const struct record *const *records =
		eks_range(call, eks_kind(EKS_ASSOCIATION), pod->item.cluster, &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *value = records[i]->value;

		if (str_eq(json_str(value, S("namespace")), pod->namespace) &&
			str_eq(json_str(value, S("serviceAccount")), pod->service_account))
			return refuse(call, FAULT_ENTITY_EXISTS, "Association already exists: %.*s",
				STR(json_str(value, S("associationId"))));
	}
	return true;
}

/* ---- what a request makes of an add-on's */

static bool check_entry(struct call *call, const struct json *entry, str addon)
{
	str account = json_str(entry, S("serviceAccount")), version = { 0 };
	str supported = eks_addon_service_account(addon);

	if (!account.n || !json_str(entry, S("roleArn")).n)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"podIdentityAssociations have a serviceAccount and a roleArn each");
	if (str_eq(account, supported))
		return true;
	eks_addon_version(addon, &version);
	if (!supported.n)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Pod Identity feature is not supported for addon version: %.*s",
			STR(version));
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		"Service account %.*s in pod identity configuration is not supported for addon "
		"%.*s",
		STR(str_head(account, 256)), STR(addon));
}

static struct eks_pod *find_pod(const struct eks_pods *pods, str service_account)
{
	for (size_t i = 0; i < pods->n; i++)
		if (str_eq(pods->list[i].service_account, service_account))
			return &pods->list[i];
	return NULL;
}

/* Those it owns, which go unless the request names them. */
static void owned_pods(struct call *call, const struct eks_item *addon, struct eks_pods *pods)
{
	const struct eks_kind *kind = eks_kind(EKS_ASSOCIATION);
	size_t n;
	const struct record *const *records = eks_range(call, kind, addon->cluster, &n);

	/* One more for each that an add-on can have. */
	pods->list = NEWS(call->arena, struct eks_pod, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct json *value = records[i]->value;

		if (!str_eq(json_str(value, S("ownerArn")), addon->arn))
			continue;
		pods->list[pods->n++] = (struct eks_pod){
			.item = eks_find(call, kind, addon->cluster,
				json_str(value, S("associationId"))),
			.cluster_arn = eks_arn(call, eks_kind(EKS_CLUSTER), addon->cluster,
				addon->cluster, S("")),
			.namespace = json_str(value, S("namespace")),
			.service_account = json_str(value, S("serviceAccount")),
		};
	}
}

static void new_pod(struct call *call, const struct eks_item *cluster, str service_account,
	struct eks_pods *pods)
{
	pods->list[pods->n++] = (struct eks_pod){
		.item = eks_find(call, eks_kind(EKS_ASSOCIATION), cluster->name,
			eks_new_pod_id(call->arena)),
		.cluster_arn = cluster->arn,
		.namespace = S(ADDON_NAMESPACE),
		.service_account = service_account,
	};
}

bool eks_read_pods(struct call *call, const struct eks_item *cluster, const struct eks_item *addon,
	struct eks_pods *pods)
{
	const struct json *given = json_get(call->input, S("podIdentityAssociations"));

	*pods = (struct eks_pods){ .given = given && !json_is(given, JSON_NULL) };
	if (!pods->given)
		return true;
	if (!json_is(given, JSON_ARRAY))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"podIdentityAssociations is not valid");
	owned_pods(call, addon, pods);
	JSON_EACH(entry, given)
	{
		str account = json_str(entry, S("serviceAccount"));
		struct eks_pod *pod = find_pod(pods, account);

		if (!check_entry(call, entry, addon->name))
			return false;
		if (pod && pod->role.n)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Service account %.*s is named more than once", STR(account));
		if (!pod)
			new_pod(call, cluster, account, pods);
		find_pod(pods, account)->role = json_str(entry, S("roleArn"));
	}
	return true;
}

static bool is_unchanged(const struct eks_pod *pod)
{
	return pod->item.value && str_eq(json_str(pod->item.value, S("roleArn")), pod->role);
}

static bool allow_pod(struct call *call, str action, const struct eks_item *on,
	const struct json *request_tags)
{
	struct target target = {
		.action = JOIN(call->arena, S("eks:"), action),
		.resource = on->arn,
		.resource_account = call->account_id,
		.request_tags = request_tags,
		.resource_tags = json_get(on->value, S("tags")),
	};

	return allow(call, &target);
}

static bool allow_change(struct call *call, const struct eks_item *cluster,
	const struct eks_pod *pod)
{
	if (!pod->item.value)
		return allow_pod(call, S("CreatePodIdentityAssociation"), cluster, NULL) &&
		       eks_allow_pod_role(call, pod);
	if (!pod->role.n)
		return allow_pod(call, S("DeletePodIdentityAssociation"), &pod->item, NULL);
	return allow_pod(call, S("UpdatePodIdentityAssociation"), &pod->item, NULL) &&
	       eks_allow_pod_role(call, pod);
}

bool eks_allow_pods(struct call *call, const struct eks_item *cluster,
	const struct json *request_tags, const struct eks_pods *pods)
{
	for (size_t i = 0; i < pods->n; i++) {
		const struct eks_pod *pod = &pods->list[i];

		if (!is_unchanged(pod) &&
			(!allow_pod(call, call->route->operation, &pod->item, request_tags) ||
				!allow_change(call, cluster, pod)))
			return false;
	}
	return true;
}

bool eks_check_pods(struct call *call, const struct eks_pods *pods)
{
	for (size_t i = 0; i < pods->n; i++) {
		const struct eks_pod *pod = &pods->list[i];

		if (pod->role.n && !is_unchanged(pod) && !eks_check_pod_trust(call, pod))
			return false;
		if (!pod->item.value && !eks_check_free(call, pod))
			return false;
	}
	return true;
}

/* ---- the records */

static struct json *new_association(struct call *call, str owner, const struct eks_pod *pod)
{
	struct arena *arena = call->arena;
	struct json *value = json_new(arena, JSON_OBJECT);

	json_put_str(arena, value, S("clusterName"), pod->item.cluster);
	json_put_str(arena, value, S("associationId"), pod->item.name);
	json_put_str(arena, value, S("associationArn"), pod->item.arn);
	json_put_int(arena, value, S("createdAt"), call->now_s);
	json_put(value, S("tags"), json_new(arena, JSON_OBJECT));
	json_put_str(arena, value, S("namespace"), pod->namespace);
	json_put_str(arena, value, S("serviceAccount"), pod->service_account);
	json_put_str(arena, value, S("ownerArn"), owner);
	return value;
}

void eks_put_pods(struct call *call, str owner, const struct eks_pods *pods, struct json *addon)
{
	struct json *list, *value;

	if (!pods->given)
		return;
	list = json_put(addon, S("podIdentityAssociations"), json_new(call->arena, JSON_ARRAY));
	for (size_t i = 0; i < pods->n; i++) {
		const struct eks_pod *pod = &pods->list[i];

		if (!pod->role.n) {
			call_delete(call, pod->item.key);
			continue;
		}
		json_push(list, json_new_str(call->arena, pod->item.arn));
		if (is_unchanged(pod))
			continue;
		value = pod->item.value ? json_clone(call->arena, pod->item.value)
					: new_association(call, owner, pod);
		json_put_int(call->arena, value, S("modifiedAt"), call->now_s);
		json_put_str(call->arena, value, S("roleArn"), pod->role);
		call_put(call, pod->item.key, value);
	}
}

/* ---- an add-on goes, and its associations with it, or without */

static void free_pod(struct call *call, const struct eks_pod *pod)
{
	struct json *value = json_clone(call->arena, pod->item.value);

	json_remove(value, S("ownerArn"));
	call_put(call, pod->item.key, value);
}

bool eks_delete_addon(struct call *call)
{
	bool preserve = str_eq(get_str(call, S("preserve")), S("true"));
	struct eks_pods pods = { 0 };
	struct eks_item item, cluster;

	if (!eks_on_child(call, EKS_ADDON, &item))
		return false;
	owned_pods(call, &item, &pods);
	cluster = eks_find(call, eks_kind(EKS_CLUSTER), item.cluster, item.cluster);
	if (!preserve && !eks_allow_pods(call, &cluster, NULL, &pods))
		return false;
	for (size_t i = 0; i < pods.n; i++)
		if (preserve)
			free_pod(call, &pods.list[i]);
		else
			call_delete(call, pods.list[i].item.key);
	call_delete(call, item.key);
	json_put(call->output, item.kind->answer, eks_answer(call, item.value, "DELETING"));
	return true;
}

/* ---- an association goes alone */

/* Its add-on, if it has one, knows it no more. */
static void tell_owner(struct call *call, const struct eks_item *item)
{
	str owner = json_str(item->value, S("ownerArn"));
	size_t n;
	const struct record *const *records =
		eks_range(call, eks_kind(EKS_ADDON), item->cluster, &n);

	for (size_t i = 0; i < n; i++) {
		struct json *value, *list;

		if (!str_eq(json_str(records[i]->value, S("addonArn")), owner))
			continue;
		value = json_clone(call->arena, records[i]->value);
		list = json_put(value, S("podIdentityAssociations"),
			json_new(call->arena, JSON_ARRAY));
		JSON_EACH(arn, json_get(records[i]->value, S("podIdentityAssociations")))
		if (!str_eq(arn->text, item->arn))
			json_push(list, json_new_str(call->arena, arn->text));
		call_put(call, records[i]->key, value);
	}
}

bool eks_delete_association(struct call *call)
{
	struct eks_item item;

	if (!eks_on_child(call, EKS_ASSOCIATION, &item))
		return false;
	if (json_get(item.value, S("ownerArn")))
		tell_owner(call, &item);
	call_delete(call, item.key);
	json_put(call->output, item.kind->answer, eks_answer(call, item.value, NULL));
	return true;
}
