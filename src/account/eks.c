/*
 * eks.c -- what EKS keeps, and how a call finds it and asks for it.
 *
 * Clusters and the five kinds of things in them are rows of data/eks_kinds.tsv; describing,
 * listing and deleting are one function each for all of them. A record is the answer's own object.
 *
 * A call is authorised before anybody hears whether its resource exists. The ARN of one that does
 * not is computed; where a random id belongs at its end, there stands "*", which a policy's
 * wildcards match and nothing narrower does.
 *
 * Creating is done at once: the answer says CREATING, the record ACTIVE. So is deleting: the
 * answer says DELETING, and the next look finds nothing.
 */
#include "account/services.h"

#include <string.h>

enum { ASSOCIATION_ID_CHARS = 19 };

static const struct eks_kind kinds[] = {
#define ROW(id, kind, noun, nouns, path, answer, name_member, arn_member, list, before, behind) \
	{ id, SC(kind), SC(noun), SC(nouns), SC(path), SC(answer), SC(name_member),             \
		SC(arn_member), SC(list), SC(before), SC(behind) },
#include "gen/eks_kinds.inc"
#undef ROW
};

static const struct {
	str key, path;
} request_keys[] = {
#define ROW(key, path) { SC(key), SC(path) },
#include "gen/eks_keys.inc"
#undef ROW
};

const struct eks_kind *eks_kind(enum eks_id id)
{
	return &kinds[id];
}

const struct eks_kind *eks_kind_by_name(str kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(kinds[i].kind, kind))
			return &kinds[i];
	return NULL;
}

/* DescribeNodegroup, DeleteNodegroup, ListNodegroups -> nodegroup. */
static const struct eks_kind *kind_of_operation(const struct call *call)
{
	str operation = call->route->operation;

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(str_from(operation, S("Describe").n), kinds[i].noun) ||
			str_eq(str_from(operation, S("Delete").n), kinds[i].noun) ||
			str_eq(str_from(operation, S("List").n), kinds[i].nouns))
			return &kinds[i];
	return &kinds[EKS_CLUSTER];
}

/* ---- names, ARNs, records */

static bool is_cluster(const struct eks_kind *kind)
{
	return kind->id == EKS_CLUSTER;
}

/* arn:aws:iam::ACCOUNT:role/PATH/NAME -> "role/ACCOUNT/NAME"; {0}: no user and no role. */
static str entry_part(struct arena *arena, str principal)
{
	str parts[6], rest = principal, type, name, head;

	for (int i = 0; i < 5; i++)
		if (!str_cut(rest, ':', &parts[i], &rest))
			return (str){ 0 };
	if (!str_eq(parts[0], S("arn")) || !str_eq(parts[1], S("aws")) ||
		!str_eq(parts[2], S("iam")) || parts[3].n || parts[4].n != 12 ||
		!str_cut(rest, '/', &type, &name) || !name.n ||
		(!str_eq(type, S("role")) && !str_eq(type, S("user"))))
		return (str){ 0 };
	while (str_cut(name, '/', &head, &name))
		;
	return arena_printf(arena, "%.*s/%.*s/%.*s", STR(type), STR(parts[4]), STR(name));
}

bool eks_check_name(struct call *call, const struct eks_kind *kind, str name)
{
	size_t max = is_cluster(kind) || kind->id == EKS_FARGATE ? 100 : 63;
	bool good = name.n && name.n <= max && (ascii_alnum(name.p[0]));

	if (kind->id == EKS_ASSOCIATION && name.n != ASSOCIATION_ID_CHARS)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The parameter associationId should be %d characters long.",
			ASSOCIATION_ID_CHARS);
	if (kind->id == EKS_ACCESS_ENTRY)
		good = name.n <= 2048 && entry_part(call->arena, name).n;
	else
		for (size_t i = 0; good && i < name.n; i++)
			good = ascii_alnum(name.p[i]) || name.p[i] == '-' || name.p[i] == '_';
	return good ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE, "The %.*s parameter format is not valid",
		       STR(is_cluster(kind) ? S("clusterName") : kind->path));
}

str eks_arn(struct call *call, const struct eks_kind *kind, str cluster, str name, str uuid)
{
	struct arena *arena = call->arena;
	str rest = arena_printf(arena, "%.*s/%.*s", STR(kind->kind), STR(cluster));

	if (kind->id == EKS_ACCESS_ENTRY)
		name = entry_part(arena, name);
	if (!is_cluster(kind))
		rest = arena_printf(arena, "%.*s/%.*s", STR(rest), STR(name));
	if (!is_cluster(kind) && kind->id != EKS_ASSOCIATION)
		rest = arena_printf(arena, "%.*s/%.*s", STR(rest), STR(uuid));
	return service_arn(call, S("eks"), rest);
}

static str prefix_of(struct call *call, const struct eks_kind *kind, str cluster)
{
	return arena_printf(call->arena, "/%.*s/eks/%.*s/%.*s/%.*s%s", STR(call->account_id),
		STR(call->region), STR(kind->kind), STR(cluster), is_cluster(kind) ? "" : "/");
}

struct eks_item eks_find(struct call *call, const struct eks_kind *kind, str cluster, str name)
{
	struct eks_item item = { .kind = kind, .cluster = cluster, .name = name };
	str prefix = prefix_of(call, kind, cluster);
	const struct record *record;

	item.key = is_cluster(kind) ? prefix
				    : arena_printf(call->arena, "%.*s%.*s", STR(prefix), STR(name));
	record = record_get(call->account, item.key);
	item.value = record ? record->value : NULL;
	item.arn = item.value ? json_str(item.value, kind->arn_member)
			      : eks_arn(call, kind, cluster, name, S("*"));
	return item;
}

const struct record *const *eks_range(struct call *call, const struct eks_kind *kind, str cluster,
	size_t *n)
{
	return record_range(call->account, prefix_of(call, kind, cluster), n);
}

bool eks_missing(struct call *call, const struct eks_item *item)
{
	struct json *members = json_new(call->arena, JSON_OBJECT);

	json_put_str(call->arena, members, S("clusterName"), item->cluster);
	if (item->kind->id == EKS_NODEGROUP || item->kind->id == EKS_ADDON)
		json_put_str(call->arena, members, item->kind->name_member, item->name);
	call->fault_members = members;
	return refuse(call, FAULT_NO_SUCH_ENTITY, "%.*s%.*s%.*s", STR(item->kind->before),
		STR(item->name), STR(item->kind->behind));
}

/* ---- authorisation */

const struct json *eks_member(const struct json *object, str path)
{
	str head;

	while (str_cut(path, '.', &head, &path))
		object = json_get(object, head);
	return json_get(object, path);
}

static void add_value(struct keys *keys, str key, const struct json *value)
{
	if (json_is(value, JSON_ARRAY))
		keys_add_list(keys, key, value);
	else if (value && !json_is(value, JSON_OBJECT) && !json_is(value, JSON_NULL))
		keys_add(keys, key, value->text);
}

/* eks:loggingType/api and so on, each true or false. */
static void add_logging(struct keys *keys, const struct json *input)
{
	JSON_EACH(setup, json_get(json_get(input, S("logging")), S("clusterLogging")))
	JSON_EACH(type, json_get(setup, S("types")))
	keys_add(keys, arena_printf(keys->arena, "eks:loggingType/%.*s", STR(type->text)),
		json_str(setup, S("enabled")));
}

static void add_encryption(struct keys *keys, const struct json *input)
{
	struct json *arns = json_new(keys->arena, JSON_ARRAY);

	JSON_EACH(config, json_get(input, S("encryptionConfig")))
	{
		str arn = json_str(json_get(config, S("provider")), S("keyArn"));

		if (arn.n)
			json_push(arns, json_new_str(keys->arena, arn));
	}
	keys_add_list(keys, S("eks:encryptionConfigProviderKeyArns"), arns);
}

/* Whether the control plane's components are set up: there or not is all that a condition sees. */
static void add_components(struct keys *keys, const struct json *input)
{
	static const str components[] = { SC("kubeApiServerConfig"),
		SC("kubeControllerManagerConfig"), SC("kubeSchedulerConfig") };

	for (size_t i = 0; i < COUNT(components); i++)
		keys_add_bool(keys, JOIN(keys->arena, S("eks:"), components[i]),
			json_is(json_get(input, components[i]), JSON_OBJECT));
}

static void add_request_keys(struct keys *keys, const struct call *call)
{
	str operation = call->route->operation;

	for (size_t i = 0; i < COUNT(request_keys); i++) {
		str of, key;

		if (str_cut(request_keys[i].key, ':', &of, &key) && str_eq(of, operation))
			add_value(keys, key, eks_member(call->input, request_keys[i].path));
	}
	if (str_eq(operation, S("CreateCluster")) || str_eq(operation, S("UpdateClusterConfig"))) {
		add_logging(keys, call->input);
		add_components(keys, call->input);
	}
	if (str_eq(operation, S("CreateCluster")))
		add_encryption(keys, call->input);
}

static void add_entry_keys(struct keys *keys, const struct eks_item *item)
{
	keys_add(keys, S("eks:clusterName"), item->cluster);
	keys_add(keys, S("eks:principalArn"), item->name);
	add_value(keys, S("eks:accessEntryType"), json_get(item->value, S("type")));
	add_value(keys, S("eks:username"), json_get(item->value, S("username")));
	add_value(keys, S("eks:kubernetesGroups"), json_get(item->value, S("kubernetesGroups")));
}

/* DisassociateAccessPolicy: the scope that the policy has, which goes with it. */
static void add_scope_keys(struct keys *keys, const struct call *call, const struct eks_item *item)
{
	if (!str_eq(call->route->operation, S("DisassociateAccessPolicy")))
		return;
	JSON_EACH(policy, json_get(item->value, S("_policies")))
	{
		const struct json *scope = json_get(policy, S("accessScope"));

		if (!str_eq(json_str(policy, S("policyArn")), get_str(call, S("policyArn"))))
			continue;
		add_value(keys, S("eks:accessScope"), json_get(scope, S("type")));
		add_value(keys, S("eks:namespaces"), json_get(scope, S("namespaces")));
	}
}

bool eks_allow(struct call *call, const struct eks_item *item, const struct json *request_tags)
{
	struct keys keys = { .arena = call->arena };
	struct target target = {
		.action = arena_printf(call->arena, "eks:%.*s", STR(call->route->operation)),
		.resource = item->arn,
		.resource_account = call->account_id,
		.request_tags = request_tags,
		.resource_tags = json_get(item->value, S("tags")),
	};

	add_request_keys(&keys, call);
	if (item->kind->id == EKS_ACCESS_ENTRY)
		add_entry_keys(&keys, item);
	add_scope_keys(&keys, call, item);
	target.extra = keys.list;
	target.nextra = keys.n;
	return allow(call, &target);
}

bool eks_allow_tags(struct call *call, str arn, const struct json *tags)
{
	struct target target = {
		.action = S("eks:TagResource"),
		.resource = arn,
		.resource_account = call->account_id,
		.request_tags = tags,
	};

	return !tags || !tags->count || allow(call, &target);
}

bool eks_read_tags(struct call *call, struct json **tags)
{
	return read_tags(call, json_get(call->input, S("tags")), tags) &&
	       tags_unambiguous(call, *tags);
}

static bool cluster_name(struct call *call, str *name)
{
	return need_str(call, S("name"), name) && eks_check_name(call, &kinds[EKS_CLUSTER], *name);
}

bool eks_on_cluster(struct call *call, const struct json *request_tags, struct eks_item *cluster)
{
	str name;

	if (!cluster_name(call, &name))
		return false;
	*cluster = eks_find(call, &kinds[EKS_CLUSTER], name, name);
	return eks_allow(call, cluster, request_tags) &&
	       (cluster->value || eks_missing(call, cluster));
}

bool eks_on_child(struct call *call, enum eks_id id, struct eks_item *item)
{
	const struct eks_kind *kind = &kinds[id];
	struct eks_item cluster;
	str cluster_part, name;

	if (!cluster_name(call, &cluster_part) || !need_str(call, kind->path, &name) ||
		!eks_check_name(call, kind, name))
		return false;
	*item = eks_find(call, kind, cluster_part, name);
	if (!eks_allow(call, item, NULL))
		return false;
	cluster = eks_find(call, &kinds[EKS_CLUSTER], cluster_part, cluster_part);
	if (!cluster.value)
		return eks_missing(call, &cluster);
	return item->value || eks_missing(call, item);
}

/* ---- describing, listing, deleting */

struct json *eks_answer(struct call *call, const struct json *value, const char *status)
{
	struct json *answer = json_clone(call->arena, value);
	struct json *member = answer->first, *next;

	for (; member; member = next) {
		next = member->next;
		if (str_starts(member->name, S("_")))
			json_remove(answer, member->name);
	}
	if (status && json_get(answer, S("status")))
		json_put_str(call->arena, answer, S("status"), str_of(status));
	return answer;
}

bool eks_describe(struct call *call)
{
	const struct eks_kind *kind = kind_of_operation(call);
	struct eks_item item;

	if (is_cluster(kind) ? !eks_on_cluster(call, NULL, &item)
			     : !eks_on_child(call, kind->id, &item))
		return false;
	json_put(call->output, kind->answer, eks_answer(call, item.value, NULL));
	return true;
}

const struct paging eks_pages = {
	.size = SC("maxResults"),
	.token = SC("nextToken"),
	.next = SC("nextToken"),
	.max_size = 100,
	.bad_size = FAULT_INVALID_PARAMETER_VALUE,
	.bad_token = FAULT_INVALID_PARAMETER_VALUE,
};

static bool has_policy(const struct json *value, str policy_arn)
{
	JSON_EACH(policy, json_get(value, S("_policies")))
	if (str_eq(json_str(policy, S("policyArn")), policy_arn))
		return true;
	return false;
}

/* What the query parameters of a List leave out. */
static bool listed(const struct call *call, const struct json *value)
{
	static const str members[] = { SC("namespace"), SC("serviceAccount") };
	str policy = get_str(call, S("associatedPolicyArn"));

	for (size_t i = 0; i < COUNT(members); i++) {
		str wanted = get_str(call, members[i]);

		if (wanted.n && !str_eq(wanted, json_str(value, members[i])))
			return false;
	}
	return !policy.n || has_policy(value, policy);
}

/* Associations are listed as objects, less what only their Describe shows; all else by name. */
static struct json *list_entry(struct call *call, const struct eks_kind *kind,
	const struct json *value)
{
	static const str summary[] = { SC("clusterName"), SC("namespace"), SC("serviceAccount"),
		SC("associationArn"), SC("associationId"), SC("ownerArn") };
	struct json *entry;

	if (kind->id != EKS_ASSOCIATION)
		return json_new_str(call->arena, json_str(value, kind->name_member));
	entry = json_new(call->arena, JSON_OBJECT);
	for (size_t i = 0; i < COUNT(summary); i++)
		if (json_get(value, summary[i]))
			json_put_str(call->arena, entry, summary[i], json_str(value, summary[i]));
	return entry;
}

static bool list(struct call *call, const struct eks_kind *kind, str cluster)
{
	size_t n;
	const struct record *const *records = eks_range(call, kind, cluster, &n);
	struct json *out = json_put(call->output, kind->list, json_new(call->arena, JSON_ARRAY));

	for (size_t i = 0; i < n; i++)
		if (listed(call, records[i]->value))
			json_push(out, list_entry(call, kind, records[i]->value));
	return page_list(call, out, &eks_pages);
}

bool eks_list(struct call *call)
{
	struct eks_item cluster;

	return eks_on_cluster(call, NULL, &cluster) &&
	       list(call, kind_of_operation(call), cluster.name);
}

/* No resource types; a denial names cluster/ and a star all the same, as AWS's does. */
bool eks_list_clusters(struct call *call)
{
	struct target target = {
		.action = S("eks:ListClusters"),
		.resource = service_arn(call, S("eks"), S("cluster/*")),
		.no_resource_types = true,
	};

	return allow(call, &target) && list(call, &kinds[EKS_CLUSTER], (str){ 0 });
}

bool eks_delete(struct call *call)
{
	const struct eks_kind *kind = kind_of_operation(call);
	struct eks_item item;

	if (!eks_on_child(call, kind->id, &item))
		return false;
	call_delete(call, item.key);
	if (kind->id != EKS_ACCESS_ENTRY)
		json_put(call->output, kind->answer, eks_answer(call, item.value, "DELETING"));
	return true;
}
