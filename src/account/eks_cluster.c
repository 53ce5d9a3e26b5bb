/*
 * eks_cluster.c -- clusters: made, changed, deleted.
 *
 * CreateCluster asks, in this order: eks:CreateCluster on the cluster's ARN-to-be, eks:TagResource
 * if there are tags, iam:PassRole for the cluster's role, and, in an account that has none yet,
 * iam:CreateServiceLinkedRole for EKS's own role. EKS makes a security group of its own, and gives
 * the creator an access entry unless it is told not to.
 */
#include "account/services.h"

#include <string.h>

#define DEFAULT_VERSION "1.33"
#define AUTO_MODE       "AutoModeUpdate"

enum { CLUSTERS_MAX = 100 };

struct cluster { /* what a CreateCluster call asks for */
	str name, role, version, mode, vpc_id;
	const struct json *vpc; /* resourcesVpcConfig */
	struct json *tags;
	bool creator_is_admin;
};

/* ---- reading */

static bool is_version(str version)
{
	uint64_t minor;

	return str_starts(version, S("1.")) && str_u64(str_from(version, 2), 99, &minor);
}

static bool read_access(struct call *call, struct cluster *cluster)
{
	const struct json *access = json_get(call->input, S("accessConfig"));
	const struct json *admin = json_get(access, S("bootstrapClusterCreatorAdminPermissions"));
	str mode = json_str(access, S("authenticationMode"));

	cluster->mode = mode.n ? mode : S("CONFIG_MAP");
	cluster->creator_is_admin = !json_is(admin, JSON_FALSE);
	return str_eq(cluster->mode, S("API")) || str_eq(cluster->mode, S("CONFIG_MAP")) ||
	       str_eq(cluster->mode, S("API_AND_CONFIG_MAP")) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "authenticationMode must be API, API_AND_CONFIG_MAP or CONFIG_MAP");
}

static bool read_cluster(struct call *call, struct cluster *cluster)
{
	static const str others[] = { SC("outpostConfig") };

	*cluster = (struct cluster){ .vpc = json_get(call->input, S("resourcesVpcConfig")) };
	if (!lacks(call, others, COUNT(others)) || !need_str(call, S("name"), &cluster->name) ||
		!eks_check_name(call, eks_kind(EKS_CLUSTER), cluster->name) ||
		!need_str(call, S("roleArn"), &cluster->role) ||
		!eks_read_tags(call, &cluster->tags) || !read_access(call, cluster))
		return false;
	cluster->version = get_str(call, S("version"));
	if (!cluster->version.n)
		cluster->version = S(DEFAULT_VERSION);
	if (!is_version(cluster->version))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"unsupported Kubernetes version");
	return json_is(cluster->vpc, JSON_OBJECT) ||
	       refuse(call, FAULT_MISSING_PARAMETER, "resourcesVpcConfig is required");
}

/* ---- EKS Auto Mode: three settings that are on or off together */

static bool auto_part(const struct json *input, str member, str inner)
{
	const struct json *part = json_get(input, member);

	return json_is(json_get(inner.n ? json_get(part, inner) : part, S("enabled")), JSON_TRUE);
}

static bool check_auto_mode(struct call *call)
{
	bool nodes = auto_part(call->input, S("computeConfig"), (str){ 0 });
	bool volumes = auto_part(call->input, S("storageConfig"), S("blockStorage"));
	bool balancers =
		auto_part(call->input, S("kubernetesNetworkConfig"), S("elasticLoadBalancing"));

	return (nodes == volumes && nodes == balancers) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "For EKS Auto Mode, please ensure that all required configs, including "
		       "computeConfig, kubernetesNetworkConfig, and blockStorage are all either "
		       "fully enabled or fully disabled.");
}

/* ---- its network */

static bool check_groups(struct call *call, const struct json *ids)
{
	JSON_EACH(id, ids)
	{
		struct ec2_item group =
			ec2_find(call, ec2_type_by_name(S("security-group")), id->text);

		if (!group.wire)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The security group '%.*s' does not exist",
				STR(str_head(id->text, 64)));
	}
	return true;
}

static bool check_subnets(struct call *call, struct cluster *cluster)
{
	const struct json *ids = json_get(cluster->vpc, S("subnetIds"));
	str zone = { 0 };
	bool two_zones = false;

	JSON_EACH(id, ids)
	{
		struct ec2_item subnet = ec2_find(call, ec2_type_by_name(S("subnet")), id->text);
		str other = json_str(subnet.wire, S("availabilityZone"));
		str vpc = json_str(subnet.wire, S("vpcId"));

		if (!subnet.wire)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The subnet ID '%.*s' does not exist", STR(str_head(id->text, 64)));
		if (cluster->vpc_id.n && !str_eq(vpc, cluster->vpc_id))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Subnets specified must belong to the same VPC");
		two_zones |= zone.n && !str_eq(zone, other);
		zone = other;
		cluster->vpc_id = vpc;
	}
	return two_zones || refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				    "Subnets specified must be in at least two different AZs");
}

/* Its members reach one another. (EKS User Guide, "View Amazon EKS security group requirements for
 * clusters".) */
static str own_group(struct call *call, const struct cluster *cluster)
{
	struct arena *arena = call->arena;
	struct json *tags = json_new(arena, JSON_OBJECT);
	str name = arena_printf(arena, "eks-cluster-sg-%.*s-%.*s", STR(cluster->name),
		STR(random_text(arena, S("0123456789"), 10)));

	json_put_str(arena, tags, S("Name"), name);
	json_put_str(arena, tags, S("aws:eks:cluster-name"), cluster->name);
	json_put_str(arena, tags, JOIN(arena, S("kubernetes.io/cluster/"), cluster->name),
		S("owned"));
	return ec2_new_group(call, cluster->vpc_id, name,
		S("EKS created security group applied to ENI that is attached to EKS Control Plane "
		  "master nodes, as well as any managed workloads."),
		tags);
}

static struct json *network(struct call *call, const struct cluster *cluster)
{
	struct arena *arena = call->arena;
	struct json *vpc = json_clone(arena, cluster->vpc), *cidrs;

	if (!json_get(vpc, S("securityGroupIds")))
		json_put(vpc, S("securityGroupIds"), json_new(arena, JSON_ARRAY));
	if (!json_get(vpc, S("endpointPublicAccess")))
		json_put_bool(arena, vpc, S("endpointPublicAccess"), true);
	if (!json_get(vpc, S("endpointPrivateAccess")))
		json_put_bool(arena, vpc, S("endpointPrivateAccess"), false);
	if (!json_get(vpc, S("publicAccessCidrs"))) {
		cidrs = json_put(vpc, S("publicAccessCidrs"), json_new(arena, JSON_ARRAY));
		json_push(cidrs, json_new_str(arena, S("0.0.0.0/0")));
	}
	json_put_str(arena, vpc, S("vpcId"), cluster->vpc_id);
	json_put_str(arena, vpc, S("clusterSecurityGroupId"), own_group(call, cluster));
	return vpc;
}

/* ---- the record */

/* 32 hexadecimal digits in capitals, as in an issuer. */
static str issuer_id(struct arena *arena)
{
	return random_text(arena, S("0123456789ABCDEF"), 32);
}

static void put_addresses(struct call *call, struct json *value)
{
	struct arena *arena = call->arena;
	str id = issuer_id(arena);
	struct json *part;

	json_put_str(arena, value, S("endpoint"),
		arena_printf(arena, "https://%.*s.gr7.%.*s.eks.amazonaws.com", STR(id),
			STR(call->region)));
	part = json_put(value, S("identity"), json_new(arena, JSON_OBJECT));
	part = json_put(part, S("oidc"), json_new(arena, JSON_OBJECT));
	json_put_str(arena, part, S("issuer"),
		arena_printf(arena, "https://oidc.eks.%.*s.amazonaws.com/id/%.*s",
			STR(call->region), STR(id)));
	part = json_put(value, S("certificateAuthority"), json_new(arena, JSON_OBJECT));
	json_put_str(arena, part, S("data"),
		base64_write(arena, S("-----BEGIN CERTIFICATE-----\n")));
}

static void put_config(struct call *call, struct json *value, const struct cluster *cluster)
{
	static const str as_given[] = { SC("kubernetesNetworkConfig"), SC("logging"),
		SC("encryptionConfig"), SC("upgradePolicy"), SC("deletionProtection"),
		SC("zonalShiftConfig"), SC("computeConfig"), SC("storageConfig"),
		SC("remoteNetworkConfig"), SC("controlPlaneScalingConfig"),
		SC("kubeApiServerConfig"), SC("kubeSchedulerConfig"),
		SC("kubeControllerManagerConfig") };
	struct arena *arena = call->arena;
	struct json *access;

	for (size_t i = 0; i < COUNT(as_given); i++)
		if (json_get(call->input, as_given[i]))
			json_put(value, as_given[i],
				json_clone(arena, json_get(call->input, as_given[i])));
	access = json_put(value, S("accessConfig"), json_new(arena, JSON_OBJECT));
	json_put_str(arena, access, S("authenticationMode"), cluster->mode);
	json_put_bool(arena, access, S("bootstrapClusterCreatorAdminPermissions"),
		cluster->creator_is_admin);
}

static bool names_log(const struct json *cluster, str type)
{
	JSON_EACH(setup, json_get(json_get(cluster, S("logging")), S("clusterLogging")))
	JSON_EACH(name, json_get(setup, S("types")))
	if (str_eq(name->text, type))
		return true;
	return false;
}

static bool is_logged(const struct json *cluster, str type)
{
	JSON_EACH(setup, json_get(json_get(cluster, S("logging")), S("clusterLogging")))
	JSON_EACH(name, json_get(setup, S("types")))
	if (str_eq(name->text, type))
		return json_is(json_get(setup, S("enabled")), JSON_TRUE);
	return false;
}

/* A log that is not named stays as it is. */
static void merge_logging(struct call *call, const struct json *before, struct json *after)
{
	static const str types[] = { SC("api"), SC("audit"), SC("authenticator"),
		SC("controllerManager"), SC("scheduler") };
	struct arena *arena = call->arena;
	struct json *setups = json_new(arena, JSON_ARRAY), *logging;
	struct json *lists[2] = { json_new(arena, JSON_ARRAY), json_new(arena, JSON_ARRAY) };

	for (size_t i = 0; i < COUNT(types); i++) {
		bool on = names_log(after, types[i]) ? is_logged(after, types[i])
						     : is_logged(before, types[i]);

		json_push(lists[on], json_new_str(arena, types[i]));
	}
	for (int on = 1; on >= 0; on--) {
		struct json *setup;

		if (!lists[on]->count)
			continue;
		setup = json_push(setups, json_new(arena, JSON_OBJECT));
		json_put(setup, S("types"), lists[on]);
		json_put_bool(arena, setup, S("enabled"), on);
	}
	logging = json_put(after, S("logging"), json_new(arena, JSON_OBJECT));
	json_put(logging, S("clusterLogging"), setups);
}

/* What EKS fills in where nothing is said. Services have addresses that are not the VPC's. */
static void put_defaults(struct call *call, struct json *value, const struct cluster *cluster)
{
	struct arena *arena = call->arena;
	struct ec2_item vpc = ec2_find(call, ec2_type_by_name(S("vpc")), cluster->vpc_id);
	struct json *network = json_get(value, S("kubernetesNetworkConfig")), *part;

	if (!json_is(network, JSON_OBJECT))
		network =
			json_put(value, S("kubernetesNetworkConfig"), json_new(arena, JSON_OBJECT));
	if (!json_get(network, S("ipFamily")))
		json_put_str(arena, network, S("ipFamily"), S("ipv4"));
	if (!json_get(network, S("serviceIpv4Cidr")))
		json_put_str(arena, network, S("serviceIpv4Cidr"),
			str_starts(json_str(vpc.wire, S("cidrBlock")), S("10."))
				? S("172.20.0.0/16")
				: S("10.100.0.0/16"));
	if (!json_get(network, S("elasticLoadBalancing"))) {
		part = json_put(network, S("elasticLoadBalancing"), json_new(arena, JSON_OBJECT));
		json_put_bool(arena, part, S("enabled"), false);
	}
	merge_logging(call, NULL, value);
	if (!json_get(value, S("upgradePolicy"))) {
		part = json_put(value, S("upgradePolicy"), json_new(arena, JSON_OBJECT));
		json_put_str(arena, part, S("supportType"), S("EXTENDED"));
	}
	if (!json_get(value, S("deletionProtection")))
		json_put_bool(arena, value, S("deletionProtection"), false);
	part = json_put(value, S("health"), json_new(arena, JSON_OBJECT));
	json_put(part, S("issues"), json_new(arena, JSON_ARRAY));
}

static struct json *new_cluster(struct call *call, const struct eks_item *item,
	const struct cluster *cluster)
{
	struct arena *arena = call->arena;
	struct json *value = json_new(arena, JSON_OBJECT);

	json_put_str(arena, value, S("name"), cluster->name);
	json_put_str(arena, value, S("arn"), item->arn);
	json_put_int(arena, value, S("createdAt"), call->now_s);
	json_put_str(arena, value, S("version"), cluster->version);
	json_put_str(arena, value, S("roleArn"), cluster->role);
	json_put(value, S("resourcesVpcConfig"), network(call, cluster));
	json_put_str(arena, value, S("status"), S("ACTIVE"));
	json_put_str(arena, value, S("platformVersion"), S("eks.1"));
	put_addresses(call, value);
	put_config(call, value, cluster);
	put_defaults(call, value, cluster);
	json_put(value, S("tags"),
		cluster->tags ? json_clone(arena, cluster->tags) : json_new(arena, JSON_OBJECT));
	return value;
}

/* The creator's access entry: for a session, its role's. */
static void admit_creator(struct call *call, const struct cluster *cluster)
{
	const struct caller *caller = &call->identity.caller;
	str principal = caller->type == CALLER_SESSION ? caller->role_arn : caller->arn;
	struct json *entry, *policy;

	if (!cluster->creator_is_admin || str_eq(cluster->mode, S("CONFIG_MAP")) ||
		caller->type == CALLER_ROOT)
		return;
	entry = eks_new_access_entry(call, cluster->name, principal, random_uuid(call->arena));
	policy = json_put(entry, S("_policies"), json_new(call->arena, JSON_ARRAY));
	policy = json_push(policy, json_new(call->arena, JSON_OBJECT));
	json_put_str(call->arena, policy, S("policyArn"),
		S("arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"));
	policy = json_put(policy, S("accessScope"), json_new(call->arena, JSON_OBJECT));
	json_put_str(call->arena, policy, S("type"), S("cluster"));
	json_put(policy, S("namespaces"), json_new(call->arena, JSON_ARRAY));
	call_put(call, eks_find(call, eks_kind(EKS_ACCESS_ENTRY), cluster->name, principal).key,
		entry);
}

/* ---- CreateCluster */

static bool allow_cluster(struct call *call, const struct cluster *cluster,
	const struct eks_item *item)
{
	/* A cluster of the same name, if there is one, has no say in this: the ARN is the same,
	 * but its tags are not those of what is asked for. */
	struct eks_item wanted = *item;

	wanted.value = NULL;
	return eks_allow(call, &wanted, cluster->tags) &&
	       eks_allow_tags(call, item->arn, cluster->tags) &&
	       allow_pass_role(call, cluster->role, S("eks.amazonaws.com"), item->arn) &&
	       eks_need_cluster_role(call);
}

static bool check_quota(struct call *call)
{
	size_t n;

	eks_range(call, eks_kind(EKS_CLUSTER), S(""), &n);
	return n < CLUSTERS_MAX ||
	       refuse(call, FAULT_LIMIT_EXCEEDED, "You have reached the limit of %d clusters",
		       CLUSTERS_MAX);
}

bool eks_create_cluster(struct call *call)
{
	struct cluster cluster;
	struct eks_item item;
	struct json *value;
	struct once once;
	bool again;

	if (!read_cluster(call, &cluster))
		return false;
	item = eks_find(call, eks_kind(EKS_CLUSTER), cluster.name, cluster.name);
	if (!allow_cluster(call, &cluster, &item) ||
		!eks_once(call, eks_kind(EKS_CLUSTER), S(""), &once, &again))
		return false;
	if (again)
		return true;
	if (item.value)
		return refuse(call, FAULT_ENTITY_EXISTS, "Cluster already exists with name: %.*s",
			STR(cluster.name));
	if (!check_quota(call) || !check_auto_mode(call) ||
		!eks_check_trust(call, cluster.role, S("eks.amazonaws.com"), item.arn) ||
		!check_subnets(call, &cluster) ||
		!check_groups(call, json_get(cluster.vpc, S("securityGroupIds"))))
		return false;
	value = new_cluster(call, &item, &cluster);
	once_note(call, &once, value);
	call_put(call, item.key, value);
	admit_creator(call, &cluster);
	json_put(call->output, S("cluster"), eks_answer(call, value, "CREATING"));
	return true;
}

/* ---- DeleteCluster: what keeps it, and what goes with it */

static size_t count(struct call *call, enum eks_id id, str cluster)
{
	size_t n;

	eks_range(call, eks_kind(id), cluster, &n);
	return n;
}

static void drop(struct call *call, enum eks_id id, str cluster)
{
	size_t n;
	const struct record *const *records = eks_range(call, eks_kind(id), cluster, &n);

	for (size_t i = 0; i < n; i++)
		call_delete(call, records[i]->key);
}

static void drop_updates(struct call *call, str cluster)
{
	size_t n;
	const struct record *const *records = record_range(call->account,
		arena_printf(call->arena, "/%.*s/eks/%.*s/update/%.*s/", STR(call->account_id),
			STR(call->region), STR(cluster)),
		&n);

	for (size_t i = 0; i < n; i++)
		call_delete(call, records[i]->key);
}

bool eks_delete_cluster(struct call *call)
{
	struct eks_item item;
	const struct json *vpc;

	if (!eks_on_cluster(call, NULL, &item))
		return false;
	if (json_is(json_get(item.value, S("deletionProtection")), JSON_TRUE))
		return refuse(call, FAULT_EKS_REQUEST,
			"Cluster deletion protection is enabled for cluster: %.*s", STR(item.name));
	if (count(call, EKS_NODEGROUP, item.name))
		return refuse(call, FAULT_ENTITY_EXISTS, "Cluster has nodegroups attached");
	if (count(call, EKS_FARGATE, item.name))
		return refuse(call, FAULT_ENTITY_EXISTS, "Cluster has fargate profiles attached");
	drop(call, EKS_ADDON, item.name);
	drop(call, EKS_ACCESS_ENTRY, item.name);
	drop(call, EKS_ASSOCIATION, item.name);
	drop_updates(call, item.name);
	vpc = json_get(item.value, S("resourcesVpcConfig"));
	group_delete(call, json_str(vpc, S("clusterSecurityGroupId")));
	call_delete(call, item.key);
	json_put(call->output, S("cluster"), eks_answer(call, item.value, "DELETING"));
	return true;
}

/* ---- UpdateClusterConfig, UpdateClusterVersion */

/* Members of the request over those that are there; one level of objects is merged. */
static void merge(struct arena *arena, struct json *into, const struct json *from)
{
	JSON_EACH(member, from)
	{
		struct json *old = json_get(into, member->name);

		if (json_is(member, JSON_OBJECT) && json_is(old, JSON_OBJECT))
			JSON_EACH(inner, member)
		json_put(old, inner->name, json_clone(arena, inner));
		else json_put(into, member->name, json_clone(arena, member));
	}
}

static const struct update {
	str member;
	enum json_type type;
	const char *name;
} updates[] = {
	{ SC("resourcesVpcConfig"), JSON_OBJECT, "EndpointAccessUpdate" },
	{ SC("logging"), JSON_OBJECT, "LoggingUpdate" },
	{ SC("accessConfig"), JSON_OBJECT, "AccessConfigUpdate" },
	{ SC("upgradePolicy"), JSON_OBJECT, "UpgradePolicyUpdate" },
	{ SC("zonalShiftConfig"), JSON_OBJECT, "ZonalShiftConfigUpdate" },
	{ SC("computeConfig"), JSON_OBJECT, AUTO_MODE },
	{ SC("storageConfig"), JSON_OBJECT, AUTO_MODE },
	{ SC("kubernetesNetworkConfig"), JSON_OBJECT, AUTO_MODE },
	{ SC("remoteNetworkConfig"), JSON_OBJECT, "RemoteNetworkConfigUpdate" },
	{ SC("deletionProtection"), JSON_TRUE, "DeletionProtectionUpdate" },
	{ SC("controlPlaneScalingConfig"), JSON_OBJECT, "ControlPlaneScalingConfigUpdate" },
	{ SC("kubeApiServerConfig"), JSON_OBJECT, "ControlPlaneComponentConfigUpdate" },
	{ SC("kubeSchedulerConfig"), JSON_OBJECT, "ControlPlaneComponentConfigUpdate" },
	{ SC("kubeControllerManagerConfig"), JSON_OBJECT, "ControlPlaneComponentConfigUpdate" },
};

/* Of the network's settings, each sort has a name of its own. */
static const char *network_update(const struct json *vpc, const char *otherwise)
{
	return json_get(vpc, S("controlPlaneEgressMode")) ? "ControlPlaneEgressUpdate"
	       : json_get(vpc, S("subnetIds")) || json_get(vpc, S("securityGroupIds"))
		       ? "VpcConfigUpdate"
		       : otherwise;
}

/* What is asked for, which must be one thing; of Auto Mode, all three settings. What EKS itself decides is not taken from anybody:
 * the cluster's security group goes when the cluster goes. */
static bool read_update(struct call *call, struct json *given, const char **name)
{
	for (size_t i = 0; i < COUNT(updates); i++) {
		const struct json *part = json_get(call->input, updates[i].member);
		const char *type = network_update(part, updates[i].name);
		struct json *copy;

		if (!part)
			continue;
		if (part->type != updates[i].type &&
			!(updates[i].type == JSON_TRUE && part->type == JSON_FALSE))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE, "%.*s is not valid",
				STR(updates[i].member));
		if (*name && strcmp(*name, type))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Only one type of update can be allowed.");
		*name = type;
		copy = json_put(given, updates[i].member, json_clone(call->arena, part));
		json_remove(copy, S("clusterSecurityGroupId"));
		json_remove(copy, S("vpcId"));
	}
	if (*name && !strcmp(*name, AUTO_MODE) && given->count == 3)
		return check_auto_mode(call);
	return (*name && strcmp(*name, AUTO_MODE)) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "The type for cluster update was not provided.");
}

static bool check_network(struct call *call, const struct eks_item *item, const struct json *given)
{
	const struct json *vpc = json_get(given, S("resourcesVpcConfig"));
	struct cluster cluster = { .vpc = vpc };

	cluster.vpc_id = json_str(json_get(item->value, S("resourcesVpcConfig")), S("vpcId"));
	return (!json_get(vpc, S("subnetIds")) || check_subnets(call, &cluster)) &&
	       check_groups(call, json_get(vpc, S("securityGroupIds")));
}

/* An update that would change nothing is refused, of the endpoint's settings and of the logs. */
static bool changes_endpoint(struct call *call, const struct json *before, const struct json *after)
{
	struct buf from = { .arena = call->arena }, to = { .arena = call->arena }, cidrs = to;
	const struct json *vpc = json_get(before, S("resourcesVpcConfig"));

	json_write(&from, vpc);
	json_write(&to, json_get(after, S("resourcesVpcConfig")));
	if (!str_eq(buf_view(&from), buf_view(&to)))
		return true;
	JSON_EACH(cidr, json_get(vpc, S("publicAccessCidrs")))
	buf_printf(&cidrs, "%s%.*s", cidrs.n ? ", " : "", STR(cidr->text));
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		"Cluster is already at the desired configuration with endpointPrivateAccess: %.*s "
		", "
		"endpointPublicAccess: %.*s, and Public Endpoint Restrictions: [%.*s]",
		STR(json_str(vpc, S("endpointPrivateAccess"))),
		STR(json_str(vpc, S("endpointPublicAccess"))), STR(buf_view(&cidrs)));
}

static bool changes_logging(struct call *call, const struct json *before, const struct json *after)
{
	struct buf from = { .arena = call->arena }, to = { .arena = call->arena };

	json_write(&from, json_get(before, S("logging")));
	json_write(&to, json_get(after, S("logging")));
	return !str_eq(buf_view(&from), buf_view(&to)) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "No changes needed for the logging config provided");
}

static bool changes_something(struct call *call, const struct json *before, struct json *after,
	const char *type)
{
	if (!strcmp(type, "EndpointAccessUpdate"))
		return changes_endpoint(call, before, after);
	if (strcmp(type, "LoggingUpdate"))
		return true;
	merge_logging(call, before, after);
	return changes_logging(call, before, after);
}

bool eks_update_cluster_config(struct call *call)
{
	struct json *value, *given = json_new(call->arena, JSON_OBJECT);
	struct eks_item item;
	const char *type = NULL;
	struct once once;
	bool again;

	if (!eks_on_cluster(call, NULL, &item) || !eks_once_updated(call, &item, &once, &again))
		return false;
	if (again)
		return true;
	if (!read_update(call, given, &type) || !check_network(call, &item, given))
		return false;
	value = json_clone(call->arena, item.value);
	merge(call->arena, value, given);
	if (!changes_something(call, item.value, value, type))
		return false;
	call_put(call, item.key, value);
	json_put(call->output, S("update"), eks_put_update(call, &item, &once, type));
	return true;
}

bool eks_update_cluster_version(struct call *call)
{
	struct eks_item item;
	struct json *value;
	struct once once;
	uint64_t from = 0, to = 0;
	str version, old;
	bool again;

	if (!need_str(call, S("version"), &version) || !eks_on_cluster(call, NULL, &item) ||
		!eks_once_updated(call, &item, &once, &again))
		return false;
	if (again)
		return true;
	old = json_str(item.value, S("version"));
	if (!is_version(version) || !is_version(old) || !str_u64(str_from(old, 2), 99, &from) ||
		!str_u64(str_from(version, 2), 99, &to) || to != from + 1)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Unsupported Kubernetes minor version update from %.*s to %.*s", STR(old),
			STR(str_head(version, 16)));
	value = json_clone(call->arena, item.value);
	json_put_str(call->arena, value, S("version"), version);
	call_put(call, item.key, value);
	json_put(call->output, S("update"), eks_put_update(call, &item, &once, "VersionUpdate"));
	return true;
}
