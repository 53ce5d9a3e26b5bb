/*
 * eks_child.c -- what is made inside a cluster: node groups, add-ons, access entries, pod
 * identity associations, Fargate profiles.
 *
 * All are authorised on the cluster's ARN, whatever their own name; a policy that names
 * nodegroup/C/N/... does not limit their creation by itself. What does is eks:TagResource, which
 * tags in the request need on the new resource's own ARN. Then come the roles that are passed,
 * and, for a node group, what EKS does as the caller: it reads the node role, needs its own
 * service-linked role, and tries RunInstances with the launch template.
 */
#include "account/services.h"

#include <string.h>

struct child { /* what is being made */
	struct eks_item cluster, item;
	struct once once; /* its clientRequestToken */
	bool again;       /* the same request has made it before, and has its answer */
	struct json *tags;
	str role; /* that is passed, or {0} */
};

/* ---- common to all five */

/* The pair on the cluster, eks:TagResource on the new one. `name` has been checked. */
static bool open_child(struct call *call, enum eks_id id, str name, struct child *child)
{
	const struct eks_kind *kind = eks_kind(id);

	if (!eks_read_tags(call, &child->tags) ||
		!eks_on_cluster(call, child->tags, &child->cluster))
		return false;
	child->item = eks_find(call, kind, child->cluster.name, name);
	if (!child->item.value)
		child->item.arn =
			eks_arn(call, kind, child->cluster.name, name, random_uuid(call->arena));
	return eks_allow_tags(call, child->item.arn, child->tags);
}

/* When all that must be allowed is: has the same request come before? */
static bool once_child(struct call *call, struct child *child)
{
	return eks_once(call, child->item.kind, child->cluster.name, &child->once, &child->again);
}

static bool need_name(struct call *call, enum eks_id id, str *name)
{
	const struct eks_kind *kind = eks_kind(id);

	return need_str(call, kind->path, name) && eks_check_name(call, kind, *name);
}

static struct json *new_value(struct call *call, const struct child *child)
{
	const struct eks_kind *kind = child->item.kind;
	struct arena *arena = call->arena;
	struct json *value = json_new(arena, JSON_OBJECT);

	json_put_str(arena, value, S("clusterName"), child->cluster.name);
	json_put_str(arena, value, kind->name_member, child->item.name);
	json_put_str(arena, value, kind->arn_member, child->item.arn);
	json_put_int(arena, value, S("createdAt"), call->now_s);
	json_put_int(arena, value, S("modifiedAt"), call->now_s);
	json_put(value, S("tags"),
		child->tags ? json_clone(arena, child->tags) : json_new(arena, JSON_OBJECT));
	return value;
}

static void copy_given(struct call *call, struct json *value, const str *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct json *given = json_get(call->input, members[i]);

		if (given && !json_is(given, JSON_NULL))
			json_put(value, members[i], json_clone(call->arena, given));
	}
}

static bool finish(struct call *call, const struct child *child, struct json *value)
{
	const struct eks_kind *kind = child->item.kind;

	if (child->item.value)
		return refuse(call, FAULT_ENTITY_EXISTS,
			"%.*s already exists with name %.*s and cluster name %.*s", STR(kind->noun),
			STR(child->item.name), STR(child->cluster.name));
	once_note(call, &child->once, value);
	call_put(call, child->item.key, value);
	json_put(call->output, kind->answer, eks_answer(call, value, "CREATING"));
	return true;
}

/* ---- node groups */

struct template
{                           /* that a node group is made with */
	struct json *shown; /* the answer's {name, version, id}; NULL: none */
	bool has_image, has_type;
};

static bool check_subnets(struct call *call, const struct json *ids)
{
	if (!json_is(ids, JSON_ARRAY) || !ids->count)
		return refuse(call, FAULT_MISSING_PARAMETER, "subnets is required");
	JSON_EACH(id, ids)
	{
		struct ec2_item subnet = ec2_find(call, ec2_type_by_name(S("subnet")), id->text);

		if (!subnet.wire)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The subnet ID '%.*s' does not exist", STR(str_head(id->text, 64)));
	}
	return true;
}

/* What a launch template says is not said beside it; a key to log in with must be there. */
static bool check_access(struct call *call, bool has_template)
{
	const struct json *access = json_get(call->input, S("remoteAccess"));
	str key = json_str(access, S("ec2SshKey"));

	if (has_template && json_is(access, JSON_OBJECT))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Remote access configuration cannot be specified with a launch template.");
	if (has_template && json_get(call->input, S("diskSize")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Disk size must be specified within the launch template.");
	return !key.n || ec2_find(call, ec2_type_by_name(S("key-pair")), key).wire ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE, "KeyPair %.*s not found",
		       STR(str_head(key, 255)));
}

/* What EKS decides itself, or takes from one place only. */
static bool check_template(struct call *call, const struct ec2_item *template,
	const struct json *data)
{
	str type = get_str(call, S("amiType"));

	if (json_get(data, S("IamInstanceProfile")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Launch template %.*s should not specify an instance profile. The noderole "
			"in your request will be used to construct an instance profile.",
			STR(json_str(template->wire, S("launchTemplateName"))));
	if (json_get(data, S("InstanceType")) && json_get(call->input, S("instanceTypes")))
		return refuse(call, FAULT_EKS_REQUEST,
			"Cannot specify instance types in launch template and API request");
	return !json_get(data, S("ImageId")) || !type.n || str_eq(type, S("CUSTOM")) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "You cannot specify an AMI Type other than CUSTOM, when specifying an image "
		       "id in your Launch template");
}

/* With the dry run. */
static bool try_template(struct call *call, const struct json *subnets, struct template *used)
{
	const struct json *given = json_get(call->input, S("launchTemplate")), *data;
	str version = json_str(given, S("version"));
	struct ec2_item template;

	*used = (struct template){ 0 };
	if (!given || json_is(given, JSON_NULL))
		return true;
	if (!template_find(call, json_str(given, S("id")), json_str(given, S("name")), &template))
		return false;
	if (!allow_launch(call, template.id, version, subnets))
		return false;
	data = json_get(template_version(call, &template, version), S("data"));
	if (!check_template(call, &template, data))
		return false;
	used->has_image = json_get(data, S("ImageId")) != NULL;
	used->has_type = json_get(data, S("InstanceType")) != NULL;
	used->shown = json_new(call->arena, JSON_OBJECT);
	json_put_str(call->arena, used->shown, S("id"), template.id);
	json_put_str(call->arena, used->shown, S("name"),
		json_str(template.wire, S("launchTemplateName")));
	json_put_str(call->arena, used->shown, S("version"),
		version.n ? version : json_str(template.wire, S("defaultVersionNumber")));
	return true;
}

static struct json *default_scaling(struct arena *arena)
{
	struct json *scaling = json_new(arena, JSON_OBJECT);

	json_put_int(arena, scaling, S("minSize"), 1);
	json_put_int(arena, scaling, S("maxSize"), 2);
	json_put_int(arena, scaling, S("desiredSize"), 2);
	return scaling;
}

static bool check_scaling(struct call *call, const struct json *scaling)
{
	uint64_t min = 1, max = 2, desired = 1;
	str texts[] = { json_str(scaling, S("minSize")), json_str(scaling, S("maxSize")),
		json_str(scaling, S("desiredSize")) };
	uint64_t *numbers[] = { &min, &max, &desired };

	if (!scaling)
		return true;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].n && !str_u64(texts[i], 450, numbers[i]))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Sizes of a node group are between 0 and 450");
	if (!texts[2].n)
		desired = min;
	if (max && min <= desired && desired <= max)
		return true;
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		"Minimum capacity %zu and desired capacity %zu must be at most maximum capacity "
		"%zu, which must be at least 1",
		(size_t)min, (size_t)desired, (size_t)max);
}

static void put_resources(struct call *call, struct json *value, const struct child *child)
{
	struct arena *arena = call->arena;
	struct json *part = json_put(value, S("resources"), json_new(arena, JSON_OBJECT));
	str uuid = str_from(child->item.arn, child->item.arn.n - 36);

	part = json_put(part, S("autoScalingGroups"), json_new(arena, JSON_ARRAY));
	part = json_push(part, json_new(arena, JSON_OBJECT));
	json_put_str(arena, part, S("name"),
		arena_printf(arena, "eks-%.*s-%.*s", STR(child->item.name), STR(uuid)));
	part = json_put(value, S("health"), json_new(arena, JSON_OBJECT));
	json_put(part, S("issues"), json_new(arena, JSON_ARRAY));
}

static struct json *new_nodegroup(struct call *call, const struct child *child,
	const struct template *template)
{
	static const str as_given[] = { SC("scalingConfig"), SC("diskSize"), SC("subnets"),
		SC("instanceTypes"), SC("amiType"), SC("labels"), SC("taints"), SC("remoteAccess"),
		SC("updateConfig"), SC("nodeRepairConfig"), SC("capacityType"), SC("version"),
		SC("releaseVersion") };
	struct arena *arena = call->arena;
	struct json *value = new_value(call, child), *types;

	json_put_str(arena, value, S("status"), S("ACTIVE"));
	json_put_str(arena, value, S("version"), json_str(child->cluster.value, S("version")));
	json_put_str(arena, value, S("capacityType"), S("ON_DEMAND"));
	json_put_str(arena, value, S("amiType"),
		template->has_image ? S("CUSTOM") : S("AL2023_x86_64_STANDARD"));
	json_put(value, S("scalingConfig"), default_scaling(arena));
	json_put_str(arena, value, S("nodeRole"), child->role);
	copy_given(call, value, as_given, COUNT(as_given));
	if (!json_get(value, S("instanceTypes")) && !template->has_type) {
		types = json_put(value, S("instanceTypes"), json_new(arena, JSON_ARRAY));
		json_push(types, json_new_str(arena, S("t3.medium")));
	}
	if (template->shown)
		json_put(value, S("launchTemplate"), template->shown);
	put_resources(call, value, child);
	return value;
}

static bool allow_nodegroup(struct call *call, const struct child *child)
{
	return allow_pass_role(call, child->role, S("eks.amazonaws.com"), child->item.arn) &&
	       eks_allow_role_reads(call, child->role, true) && eks_need_nodegroup_role(call);
}

bool eks_create_nodegroup(struct call *call)
{
	static const str others[] = { SC("warmPoolConfig") };
	const struct json *subnets = json_get(call->input, S("subnets"));
	struct child child = { 0 };
	struct template template;
	str name;

	if (!lacks(call, others, COUNT(others)) || !need_name(call, EKS_NODEGROUP, &name) ||
		!need_str(call, S("nodeRole"), &child.role) ||
		!open_child(call, EKS_NODEGROUP, name, &child) || !allow_nodegroup(call, &child) ||
		!once_child(call, &child))
		return false;
	if (child.again)
		return true;
	if (!check_access(call, json_is(json_get(call->input, S("launchTemplate")), JSON_OBJECT)) ||
		!check_subnets(call, subnets) || !try_template(call, subnets, &template) ||
		!eks_check_trust(call, child.role, S("ec2.amazonaws.com"), (str){ 0 }) ||
		!check_scaling(call, json_get(call->input, S("scalingConfig"))))
		return false;
	return finish(call, &child, new_nodegroup(call, &child, &template));
}

/* ---- add-ons */

static bool pass_optional_role(struct call *call, str role, str service, str arn)
{
	return !role.n || allow_pass_role(call, role, service, arn);
}

static bool check_addon(struct call *call, str name, str *version)
{
	str wanted = get_str(call, S("addonVersion"));

	if (!eks_addon_version(name, version))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Addon specified is not supported");
	return !wanted.n || str_eq(wanted, *version) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "Addon version specified is not supported");
}

static struct json *new_addon(struct call *call, const struct child *child, str version)
{
	static const str as_given[] = { SC("configurationValues") };
	struct json *value = new_value(call, child), *health;

	json_put_str(call->arena, value, S("status"), S("ACTIVE"));
	json_put_str(call->arena, value, S("addonVersion"), version);
	health = json_put(value, S("health"), json_new(call->arena, JSON_OBJECT));
	json_put(health, S("issues"), json_new(call->arena, JSON_ARRAY));
	if (child->role.n)
		json_put_str(call->arena, value, S("serviceAccountRoleArn"), child->role);
	copy_given(call, value, as_given, COUNT(as_given));
	return value;
}

bool eks_create_addon(struct call *call)
{
	static const str others[] = { SC("namespaceConfig") };
	struct child child = { 0 };
	struct eks_pods pods;
	struct json *value;
	str name, version;

	child.role = get_str(call, S("serviceAccountRoleArn"));
	if (!lacks(call, others, COUNT(others)) || !need_name(call, EKS_ADDON, &name) ||
		!open_child(call, EKS_ADDON, name, &child) || !check_addon(call, name, &version) ||
		!pass_optional_role(call, child.role, S("eks.amazonaws.com"), child.item.arn) ||
		!eks_read_pods(call, &child.cluster, &child.item, &pods) ||
		!eks_allow_pods(call, &child.cluster, child.tags, &pods) ||
		!once_child(call, &child))
		return false;
	if (child.again)
		return true;
	if (!eks_check_pods(call, &pods))
		return false;
	value = new_addon(call, &child, version);
	eks_put_pods(call, child.item.arn, &pods, value);
	return finish(call, &child, value);
}

/* ---- access entries */

static const str entry_types[] = { SC("STANDARD"), SC("EC2_LINUX"), SC("EC2_WINDOWS"),
	SC("FARGATE_LINUX"), SC("EC2"), SC("HYBRID_LINUX"), SC("HYPERPOD_LINUX") };

struct json *eks_new_access_entry(struct call *call, str cluster, str principal, str uuid)
{
	const struct eks_kind *kind = eks_kind(EKS_ACCESS_ENTRY);
	struct child child = { .cluster.name = cluster, .item.kind = kind };
	struct json *value;

	child.item.name = principal;
	child.item.arn = eks_arn(call, kind, cluster, principal, uuid);
	value = new_value(call, &child);
	json_put(value, S("kubernetesGroups"), json_new(call->arena, JSON_ARRAY));
	json_put_str(call->arena, value, S("username"), principal);
	json_put_str(call->arena, value, S("type"), S("STANDARD"));
	return value;
}

static bool check_entry_type(struct call *call, str type)
{
	for (size_t i = 0; i < COUNT(entry_types); i++)
		if (!type.n || str_eq(type, entry_types[i]))
			return true;
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE, "The type parameter is not valid");
}

static bool check_entry_mode(struct call *call, const struct eks_item *cluster)
{
	str mode = json_str(json_get(cluster->value, S("accessConfig")), S("authenticationMode"));

	return !str_eq(mode, S("CONFIG_MAP")) ||
	       refuse(call, FAULT_EKS_REQUEST,
		       "The cluster's authentication mode must be set to one of [API, "
		       "API_AND_CONFIG_MAP] to perform this operation.");
}

static bool check_entry_principal(struct call *call, const struct child *child)
{
	if (str_find(child->item.name, S(":role/aws-service-role/")) != SIZE_MAX)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The caller is not allowed to modify access entries with a principalArn "
			"value of a Service Linked Role");
	return !child->item.value ||
	       refuse(call, FAULT_ENTITY_EXISTS,
		       "The specified access entry resource is already in use on this cluster.");
}

/* The node types are for roles of nodes, which are passed. */
bool eks_create_access_entry(struct call *call)
{
	static const str as_given[] = { SC("kubernetesGroups"), SC("username"), SC("type") };
	struct child child = { 0 };
	struct json *value;
	str principal, type = get_str(call, S("type"));
	bool standard = !type.n || str_eq(type, S("STANDARD"));

	if (!need_name(call, EKS_ACCESS_ENTRY, &principal) || !check_entry_type(call, type) ||
		!open_child(call, EKS_ACCESS_ENTRY, principal, &child) ||
		(!standard && !allow_pass_role(call, principal, S("eks.amazonaws.com"),
				      child.item.arn)) ||
		!once_child(call, &child))
		return false;
	if (child.again)
		return true;
	if (!check_entry_mode(call, &child.cluster) || !check_entry_principal(call, &child))
		return false;
	value = new_value(call, &child);
	json_put(value, S("kubernetesGroups"), json_new(call->arena, JSON_ARRAY));
	json_put_str(call->arena, value, S("username"), principal);
	json_put_str(call->arena, value, S("type"), S("STANDARD"));
	copy_given(call, value, as_given, COUNT(as_given));
	return finish(call, &child, value);
}

/* ---- pod identity associations */

bool eks_create_association(struct call *call)
{
	static const str as_given[] = { SC("disableSessionTags"), SC("targetRoleArn"),
		SC("policy") };
	struct child child = { 0 };
	struct eks_pod pod = { 0 };
	struct json *value;

	if (!need_str(call, S("namespace"), &pod.namespace) ||
		!need_str(call, S("serviceAccount"), &pod.service_account) ||
		!need_str(call, S("roleArn"), &pod.role) ||
		!open_child(call, EKS_ASSOCIATION, eks_new_pod_id(call->arena), &child))
		return false;
	pod.item = child.item;
	if (!eks_allow_pod_role(call, &pod) || !once_child(call, &child))
		return false;
	if (child.again)
		return true;
	value = new_value(call, &child);
	json_put_str(call->arena, value, S("namespace"), pod.namespace);
	json_put_str(call->arena, value, S("serviceAccount"), pod.service_account);
	json_put_str(call->arena, value, S("roleArn"), pod.role);
	copy_given(call, value, as_given, COUNT(as_given));
	return eks_check_association(call, &pod.item, value) && eks_check_free(call, &pod) &&
	       finish(call, &child, value);
}

/* ---- Fargate profiles */

bool eks_create_fargate_profile(struct call *call)
{
	static const str as_given[] = { SC("subnets"), SC("selectors") };
	struct child child = { 0 };
	struct json *value;
	str name;

	if (!need_name(call, EKS_FARGATE, &name) ||
		!need_str(call, S("podExecutionRoleArn"), &child.role) ||
		!open_child(call, EKS_FARGATE, name, &child) ||
		!allow_pass_role(call, child.role, S("eks-fargate-pods.amazonaws.com"),
			child.item.arn) ||
		!once_child(call, &child))
		return false;
	if (child.again)
		return true;
	if (!eks_check_trust(call, child.role, S("eks-fargate-pods.amazonaws.com"), child.item.arn))
		return false;
	value = new_value(call, &child);
	json_put_str(call->arena, value, S("status"), S("ACTIVE"));
	json_put_str(call->arena, value, S("podExecutionRoleArn"), child.role);
	copy_given(call, value, as_given, COUNT(as_given));
	return finish(call, &child, value);
}
