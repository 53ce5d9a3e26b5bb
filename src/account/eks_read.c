/*
 * eks_read.c -- tags of EKS's resources, and what EKS tells about itself.
 *
 * Add-ons and access policies are the same for everybody; the calls that list them have no
 * resource types, so only a statement whose Resource matches "*" allows them [S-134].
 */
#include "account/services.h"

enum { VERSION_MIN = 30, VERSION_MAX = 36 }; /* of Kubernetes, behind "1." */

static const struct {
	str name, type, version, service_account, policy;
} addons[] = {
#define ROW(name, type, version, service_account, policy) \
	{ SC(name), SC(type), SC(version), SC(service_account), SC(policy) },
#include "gen/eks_addons.inc"
#undef ROW
};

static const str policies[] = {
#define ROW(name, path) SC(name),
#include "gen/eks_access_policies.inc"
#undef ROW
};

/* ---- tags */

/* arn:aws:eks:REGION:ACCOUNT:KIND/CLUSTER[/…] of this region and account, taken apart. */
static bool split_arn(struct call *call, str arn, str *kind, str *cluster, str *rest)
{
	str prefix = service_arn(call, S("eks"), S("")), tail;

	if (!str_starts(arn, prefix) || !str_cut(str_from(arn, prefix.n), '/', kind, &tail))
		return false;
	*cluster = tail;
	*rest = (str){ 0 };
	str_cut(tail, '/', cluster, rest);
	return cluster->n != 0;
}

/* What the ARN names, or an item without value. A cluster's children are looked through, since
 * the ARN of an access entry does not hold the whole name. */
static struct eks_item item_by_arn(struct call *call, str arn)
{
	str kind_name, cluster, rest;
	struct eks_item item = { .kind = eks_kind(EKS_CLUSTER), .arn = arn, .name = arn };
	const struct record *const *records;
	size_t n;

	if (!split_arn(call, arn, &kind_name, &cluster, &rest) || !eks_kind_by_name(kind_name))
		return item;
	item.kind = eks_kind_by_name(kind_name);
	item.cluster = cluster;
	records = eks_range(call, item.kind, cluster, &n);
	for (size_t i = 0; i < n; i++)
		if (str_eq(json_str(records[i]->value, item.kind->arn_member), arn)) {
			item.key = records[i]->key;
			item.value = records[i]->value;
			item.name = json_str(item.value, item.kind->name_member);
		}
	return item;
}

static str account_of(str arn)
{
	str head = { 0 }, rest = arn;

	for (int i = 0; i < 5; i++)
		if (!str_cut(rest, ':', &head, &rest))
			return (str){ 0 };
	return head;
}

/* Another account's resource is that account's: the engine then wants its policy too. */
static bool open_tagged(struct call *call, const struct json *request_tags,
	const struct keys *extra, struct eks_item *item)
{
	struct target target = {
		.action = arena_printf(call->arena, "eks:%.*s", STR(call->route->operation)),
		.request_tags = request_tags,
		.extra = extra ? extra->list : NULL,
		.nextra = extra ? extra->n : 0,
	};
	str arn;

	if (!need_str(call, S("resourceArn"), &arn))
		return false;
	if (!str_starts(arn, S("arn:aws:eks:")) || account_of(arn).n != 12)
		return refuse(call, FAULT_EKS_BAD_REQUEST, "Invalid resource ARN: %.*s",
			STR(str_head(arn, 256)));
	*item = item_by_arn(call, arn);
	target.resource = arn;
	target.resource_account = account_of(arn);
	target.resource_tags = json_get(item->value, S("tags"));
	return allow(call, &target) &&
	       (item->value || refuse(call, FAULT_EKS_TAGGED_NOT_FOUND, "Resource not found: %.*s",
				       STR(str_head(arn, 256))));
}

bool eks_list_tags_for_resource(struct call *call)
{
	struct eks_item item;
	const struct json *tags;

	if (!open_tagged(call, NULL, NULL, &item))
		return false;
	tags = json_get(item.value, S("tags"));
	json_put(call->output, S("tags"),
		tags ? json_clone(call->arena, tags) : json_new(call->arena, JSON_OBJECT));
	return true;
}

bool eks_tag_resource(struct call *call)
{
	struct json *tags, *value, *all;
	struct eks_item item;

	if (!eks_read_tags(call, &tags))
		return false;
	if (!tags)
		return refuse(call, FAULT_MISSING_PARAMETER, "tags is required");
	if (!open_tagged(call, tags, NULL, &item))
		return false;
	value = json_clone(call->arena, item.value);
	all = json_get(value, S("tags"));
	if (!all)
		all = json_put(value, S("tags"), json_new(call->arena, JSON_OBJECT));
	JSON_EACH(tag, tags)
	json_put_str(call->arena, all, tag->name, tag->text);
	if (all->count > LIMIT_TAGS)
		return refuse(call, FAULT_EKS_BAD_REQUEST, "A resource has at most %d tags",
			LIMIT_TAGS);
	if (!tags_unambiguous(call, all))
		return false;
	call_put(call, item.key, value);
	return true;
}

/* Keys that go have no values: aws:TagKeys knows them, aws:RequestTag does not. */
bool eks_untag_resource(struct call *call)
{
	struct json *given = json_get(call->input, S("tagKeys"));
	struct json *names = json_new(call->arena, JSON_ARRAY), *value;
	struct keys keys = { .arena = call->arena };
	struct eks_item item;

	if (json_is(given, JSON_STRING))
		json_push(names, json_new_str(call->arena, given->text));
	else
		names = given;
	if (!json_is(names, JSON_ARRAY) || !names->count)
		return refuse(call, FAULT_MISSING_PARAMETER, "tagKeys is required");
	keys_add_list(&keys, S("aws:TagKeys"), names);
	if (!open_tagged(call, NULL, &keys, &item))
		return false;
	value = json_clone(call->arena, item.value);
	JSON_EACH(name, names)
	json_remove(json_get(value, S("tags")), name->text);
	call_put(call, item.key, value);
	return true;
}

/* ---- add-ons */

static bool allow_any(struct call *call)
{
	struct target target = {
		.action = arena_printf(call->arena, "eks:%.*s", STR(call->route->operation)),
		.resource = S("*"),
		.no_resource_types = true,
	};

	return allow(call, &target);
}

bool eks_addon_version(str name, str *version)
{
	for (size_t i = 0; i < COUNT(addons); i++)
		if (str_eq(addons[i].name, name)) {
			*version = addons[i].version;
			return true;
		}
	return false;
}

str eks_addon_service_account(str name)
{
	for (size_t i = 0; i < COUNT(addons); i++)
		if (str_eq(addons[i].name, name))
			return addons[i].service_account;
	return (str){ 0 };
}

/* Each add-on's one version goes with every version of Kubernetes that EKS supports. */
static struct json *compatibility(struct arena *arena, int minor)
{
	struct json *entry = json_new(arena, JSON_OBJECT), *platforms;

	json_put_str(arena, entry, S("clusterVersion"), arena_printf(arena, "1.%d", minor));
	platforms = json_put(entry, S("platformVersions"), json_new(arena, JSON_ARRAY));
	json_push(platforms, json_new_str(arena, S("*")));
	json_put_bool(arena, entry, S("defaultVersion"), true);
	return entry;
}

static struct json *addon_answer(struct arena *arena, size_t i)
{
	struct json *addon = json_new(arena, JSON_OBJECT), *list, *version;

	json_put_str(arena, addon, S("addonName"), addons[i].name);
	json_put_str(arena, addon, S("type"), addons[i].type);
	json_put_str(arena, addon, S("publisher"), S("eks"));
	json_put_str(arena, addon, S("owner"), S("aws"));
	list = json_put(addon, S("addonVersions"), json_new(arena, JSON_ARRAY));
	version = json_push(list, json_new(arena, JSON_OBJECT));
	json_put_str(arena, version, S("addonVersion"), addons[i].version);
	json_put_bool(arena, version, S("requiresIamPermissions"), addons[i].policy.n != 0);
	list = json_put(version, S("architecture"), json_new(arena, JSON_ARRAY));
	json_push(list, json_new_str(arena, S("amd64")));
	json_push(list, json_new_str(arena, S("arm64")));
	list = json_put(version, S("compatibilities"), json_new(arena, JSON_ARRAY));
	for (int minor = VERSION_MIN; minor <= VERSION_MAX; minor++)
		json_push(list, compatibility(arena, minor));
	return addon;
}

static bool goes_with(str kubernetes)
{
	uint64_t minor;

	return !kubernetes.n || (str_starts(kubernetes, S("1.")) &&
					str_u64(str_from(kubernetes, 2), VERSION_MAX, &minor) &&
					minor >= VERSION_MIN);
}

/* Of the lists in the query, each that is given has to name what the add-on is. */
static bool is_wanted(const struct json *addon, const struct words lists[3])
{
	static const str members[] = { SC("type"), SC("publisher"), SC("owner") };

	for (size_t i = 0; i < COUNT(members); i++) {
		bool found = !lists[i].n;

		for (size_t k = 0; k < lists[i].n; k++)
			found = found || str_eq(lists[i].item[k].text, json_str(addon, members[i]));
		if (!found)
			return false;
	}
	return true;
}

bool eks_describe_addon_versions(struct call *call)
{
	str name = get_str(call, S("addonName")), version;
	str kubernetes = get_str(call, S("kubernetesVersion"));
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct words lists[3];

	if (!get_list(call, S("types"), LIMIT_PARAMS, &lists[0]) ||
		!get_list(call, S("publishers"), LIMIT_PARAMS, &lists[1]) ||
		!get_list(call, S("owners"), LIMIT_PARAMS, &lists[2]) || !allow_any(call))
		return false;
	if (name.n && !eks_addon_version(name, &version))
		return refuse(call, FAULT_NO_SUCH_ENTITY, "Addon %.*s not found",
			STR(str_head(name, 64)));
	for (size_t i = 0; i < COUNT(addons); i++) {
		struct json *addon = addon_answer(call->arena, i);

		if ((!name.n || str_eq(name, addons[i].name)) && goes_with(kubernetes) &&
			is_wanted(addon, lists))
			json_push(list, addon);
	}
	json_put(call->output, S("addons"), list);
	return page_list(call, list, &eks_pages);
}

/* Whose pods need a role, and with which policy. */
static struct json *pod_configuration(struct arena *arena, str addon)
{
	struct json *list = json_new(arena, JSON_ARRAY), *entry, *policies_of;

	for (size_t i = 0; i < COUNT(addons); i++) {
		if (!str_eq(addons[i].name, addon) || !addons[i].policy.n)
			continue;
		entry = json_push(list, json_new(arena, JSON_OBJECT));
		json_put_str(arena, entry, S("serviceAccount"), addons[i].service_account);
		policies_of = json_put(entry, S("recommendedManagedPolicies"),
			json_new(arena, JSON_ARRAY));
		json_push(policies_of,
			json_new_str(arena,
				JOIN(arena, S("arn:aws:iam::aws:policy/"), addons[i].policy)));
	}
	return list;
}

bool eks_describe_addon_configuration(struct call *call)
{
	str name, wanted, version = { 0 };

	if (!need_str(call, S("addonName"), &name) || !need_str(call, S("addonVersion"), &wanted) ||
		!allow_any(call))
		return false;
	if (!eks_addon_version(name, &version) || !str_eq(version, wanted))
		return refuse(call, FAULT_NO_SUCH_ENTITY, "Addon %.*s with version %.*s not found",
			STR(str_head(name, 64)), STR(str_head(wanted, 64)));
	json_put_str(call->arena, call->output, S("addonName"), name);
	json_put_str(call->arena, call->output, S("addonVersion"), version);
	json_put_str(call->arena, call->output, S("configurationSchema"),
		S("{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"type\":\"object\"}"));
	json_put(call->output, S("podIdentityConfiguration"), pod_configuration(call->arena, name));
	return true;
}

/* ---- access policies */

#define POLICY_PREFIX "arn:aws:eks::aws:cluster-access-policy/"

str eks_policy_name(str policy_arn)
{
	for (size_t i = 0; i < COUNT(policies); i++)
		if (str_starts(policy_arn, S(POLICY_PREFIX)) &&
			str_eq(str_from(policy_arn, S(POLICY_PREFIX).n), policies[i]))
			return policies[i];
	return (str){ 0 };
}

bool eks_list_access_policies(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);

	if (!allow_any(call))
		return false;
	for (size_t i = 0; i < COUNT(policies); i++) {
		struct json *entry = json_push(list, json_new(call->arena, JSON_OBJECT));

		json_put_str(call->arena, entry, S("name"), policies[i]);
		json_put_str(call->arena, entry, S("arn"),
			arena_printf(call->arena, POLICY_PREFIX "%.*s", STR(policies[i])));
	}
	json_put(call->output, S("accessPolicies"), list);
	return page_list(call, list, &eks_pages);
}
