/*
 * ec2_launch.c -- what RunInstances asks of IAM: every resource that a launch touches is a pair.
 *
 * A launch is the request's parameters over those of the launch template's version. From it comes
 * a list of pairs, in the order in which a denial is reported:
 *
 *   RunInstances on instance, network interfaces, security groups, subnets, image, volumes,
 *   launch template, key pair, snapshots, placement group; then CreateTags on each type that is
 *   tagged, wherever the tags come from; then PassRole for the instance profile's role.
 *
 * What the launch creates is "*" and has the request's tags; what exists is named and has its own.
 * RunInstances asks with allow(), EKS with ask(): both go through the same list [S-135].
 */
#include "account/services.h"

#include <string.h>

/* ---- reading the launch */

/* The template's tag specifications, then the request's, whose values win. */
static struct json *all_specs(struct arena *arena, const struct json *data,
	const struct json *request)
{
	const struct json *lists[] = { json_get(data, S("TagSpecification")),
		json_get(request, S("TagSpecification")) };
	struct json *all = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < COUNT(lists); i++)
		JSON_EACH(spec, lists[i])
	json_push(all, json_clone(arena, spec));
	return all;
}

static void merge_params(struct call *call, struct launch *launch)
{
	launch->params = json_clone(call->arena, launch->request);
	JSON_EACH(member, launch->template_data)
	if (!json_get(launch->params, member->name))
		json_put(launch->params, member->name, json_clone(call->arena, member));
	json_put(launch->params, S("TagSpecification"),
		all_specs(call->arena, launch->template_data, launch->request));
}

static bool read_template(struct call *call, struct launch *launch)
{
	const struct json *template = json_get(launch->request, S("LaunchTemplate"));

	if (!template)
		return true;
	launch->has_template = true;
	launch->version = json_str(template, S("Version"));
	launch->template_name = json_str(template, S("LaunchTemplateName"));
	if (!template_find(call, json_str(template, S("LaunchTemplateId")), launch->template_name,
		    &launch->template))
		return false;
	launch->template_data =
		json_get(template_version(call, &launch->template, launch->version), S("data"));
	return true;
}

static void add_item(struct call *call, struct ec2_item **list, size_t *n, const char *type, str id)
{
	struct ec2_item *bigger = NEWS(call->arena, struct ec2_item, *n + 1);

	for (size_t i = 0; i < *n; i++) {
		if (str_eq((*list)[i].id, id))
			return;
		bigger[i] = (*list)[i];
	}
	bigger[(*n)++] = ec2_find(call, ec2_type_by_name(str_of(type)), id);
	*list = bigger;
}

/* The first record of `type` whose members have these values; all must. */
static str first_with(struct call *call, const char *type, const str (*want)[2], size_t nwant)
{
	const struct ec2_type *row = ec2_type_by_name(str_of(type));
	size_t n;
	const struct record *const *records = ec2_range(call, row, &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(records[i]->value, S("wire"));
		bool good = true;

		for (size_t k = 0; good && k < nwant; k++)
			good = str_eq(json_str(wire, want[k][0]), want[k][1]);
		if (good)
			return json_str(wire, row->id_member);
	}
	return (str){ 0 };
}

static void read_subnets(struct call *call, struct launch *launch, const struct json *subnet_ids)
{
	str zone = json_str(json_get(launch->params, S("Placement")), S("AvailabilityZone"));
	const str want[][2] = { { S("defaultForAz"), S("true") }, { S("availabilityZone"), zone } };
	str id = json_str(launch->params, S("SubnetId"));

	JSON_EACH(item, subnet_ids)
	add_item(call, &launch->subnets, &launch->nsubnets, "subnet", item->text);
	if (launch->nsubnets)
		return;
	if (id.n)
		add_item(call, &launch->subnets, &launch->nsubnets, "subnet", id);
	JSON_EACH(interface, json_get(launch->params, S("NetworkInterface")))
	if (json_get(interface, S("SubnetId")))
		add_item(call, &launch->subnets, &launch->nsubnets, "subnet",
			json_str(interface, S("SubnetId")));
	if (!launch->nsubnets && !launch->ninterfaces)
		id = first_with(call, "subnet", want, zone.n ? 2 : 1);
	if (!launch->nsubnets && id.n)
		add_item(call, &launch->subnets, &launch->nsubnets, "subnet", id);
}

static str launch_vpc(const struct launch *launch)
{
	return launch->nsubnets ? json_str(launch->subnets[0].wire, S("vpcId")) : (str){ 0 };
}

static void add_groups(struct call *call, struct launch *launch, const struct json *ids)
{
	JSON_EACH(id, ids)
	add_item(call, &launch->groups, &launch->ngroups, "security-group", id->text);
}

/* Groups by id, by name in the subnet's VPC, or that VPC's default group. */
static void read_groups(struct call *call, struct launch *launch)
{
	str want[2][2] = { { S("vpcId"), launch_vpc(launch) }, { S("groupName"), S("default") } };
	str id;

	add_groups(call, launch, json_get(launch->params, S("SecurityGroupId")));
	JSON_EACH(interface, json_get(launch->params, S("NetworkInterface")))
	add_groups(call, launch, json_get(interface, S("SecurityGroupId")));
	JSON_EACH(name, json_get(launch->params, S("SecurityGroup")))
	{
		want[1][1] = name->text;
		id = first_with(call, "security-group", (const str(*)[2])want, 2);
		add_item(call, &launch->groups, &launch->ngroups, "security-group",
			id.n ? id : name->text);
	}
	if (launch->ngroups || launch->ninterfaces)
		return;
	id = first_with(call, "security-group", (const str(*)[2])want, 2);
	if (id.n)
		add_item(call, &launch->groups, &launch->ngroups, "security-group", id);
}

static void read_interfaces(struct call *call, struct launch *launch)
{
	JSON_EACH(interface, json_get(launch->params, S("NetworkInterface")))
	if (json_get(interface, S("NetworkInterfaceId")))
		add_item(call, &launch->interfaces, &launch->ninterfaces, "network-interface",
			json_str(interface, S("NetworkInterfaceId")));
}

/* The profile's role. A profile that is not there is taken to be called like its role, as the
 * console makes them, so that the question is still asked; afterwards the call is refused. */
static void read_profile(struct call *call, struct launch *launch)
{
	const struct json *profile = json_get(launch->params, S("IamInstanceProfile"));
	str name = json_str(profile, S("Name")), arn = json_str(profile, S("Arn")), head;
	const struct record *record;
	const struct record *role;

	while (!name.n && str_cut(arn, '/', &head, &arn))
		if (str_find(arn, S("/")) == SIZE_MAX)
			name = arn;
	if (!name.n)
		return;
	launch->profile_name = name;
	launch->profile_arn = arena_printf(call->arena, "arn:aws:iam::%.*s:instance-profile/%.*s",
		STR(call->account_id), STR(name));
	record = record_get(call->account,
		iam_key(call->arena, call->account_id, "instance-profile", name));
	if (record)
		launch->profile_arn = json_str(record->value, S("Arn"));
	role = find_role(call, record ? json_str(record->value, S("RoleName")) : name);
	launch->profile_role = role ? json_str(role->value, S("Arn"))
				    : role_arn(call->arena, call->account_id, S("/"), name);
}

static bool is_spot(const struct launch *launch)
{
	return str_eq(
		json_str(json_get(launch->params, S("InstanceMarketOptions")), S("MarketType")),
		S("spot"));
}

/* By its name or by its id. */
static void read_placement_group(struct call *call, struct launch *launch)
{
	const struct ec2_type *type = ec2_type_by_name(S("placement-group"));
	const struct json *placement = json_get(launch->params, S("Placement"));
	str name = json_str(placement, S("GroupName")), id = json_str(placement, S("GroupId"));

	if (name.n)
		launch->placement_group = ec2_find(call, type, name);
	else if (id.n && ec2_type_of_id(id) == type)
		launch->placement_group = ec2_find_id(call, id);
	else if (id.n)
		launch->placement_group = (struct ec2_item){ .type = type,
			.id = id,
			.arn = ec2_arn(call, type->name, S("*")) };
}

/* What is named and not made: a key pair, a placement group, the devices' snapshots. */
static void read_named(struct call *call, struct launch *launch)
{
	str key = json_str(launch->params, S("KeyName"));

	if (key.n)
		launch->key_pair = ec2_find(call, ec2_type_by_name(S("key-pair")), key);
	read_placement_group(call, launch);
	JSON_EACH(device, json_get(launch->params, S("BlockDeviceMapping")))
	{
		str snapshot = json_str(json_get(device, S("Ebs")), S("SnapshotId"));

		if (snapshot.n)
			add_item(call, &launch->snapshots, &launch->nsnapshots, "snapshot",
				snapshot);
	}
}

static bool check_lists(struct call *call, const struct launch *launch)
{
	static const str lists[] = { SC("SecurityGroupId"), SC("SecurityGroup"),
		SC("NetworkInterface"), SC("BlockDeviceMapping"), SC("ElasticGpuSpecification"),
		SC("LicenseSpecification") };

	for (size_t i = 0; i < COUNT(lists); i++) {
		const struct json *list = json_get(launch->params, lists[i]);

		if (list && !json_is(list, JSON_ARRAY))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"%.*s must be a numbered list", STR(lists[i]));
	}
	return ec2_spec_types(call, json_get(launch->params, S("TagSpecification")),
		S("instance volume network-interface spot-instances-request elastic-gpu"));
}

/* What there is none of here, but is asked for all the same. */
static void read_rare(struct launch *launch)
{
	const struct json *placement = json_get(launch->params, S("Placement"));
	const struct json *capacity =
		json_get(json_get(launch->params, S("CapacityReservationSpecification")),
			S("CapacityReservationTarget"));

	launch->host = json_str(placement, S("HostId"));
	launch->host_group = json_str(placement, S("HostResourceGroupArn"));
	launch->capacity = json_str(capacity, S("CapacityReservationId"));
	launch->capacity_group = json_str(capacity, S("CapacityReservationResourceGroupArn"));
}

bool launch_read(struct call *call, const struct json *request, const struct json *subnet_ids,
	struct launch *launch)
{
	*launch = (struct launch){ .request = request };
	if (!read_template(call, launch))
		return false;
	merge_params(call, launch);
	if (!check_lists(call, launch))
		return false;
	launch->image = ec2_find(call, ec2_type_by_name(S("image")),
		json_str(launch->params, S("ImageId")));
	launch->is_spot = is_spot(launch);
	read_named(call, launch);
	read_rare(launch);
	read_interfaces(call, launch);
	read_subnets(call, launch, subnet_ids);
	read_groups(call, launch);
	read_profile(call, launch);
	return true;
}

/* ---- pairs */

struct pair *launch_add(struct call *call, struct launch *launch, str action, str resource)
{
	struct pair *pair;

	if (launch->npairs == launch->cap_pairs) {
		struct pair *old = launch->pairs;

		launch->cap_pairs = launch->cap_pairs ? 2 * launch->cap_pairs : 16;
		launch->pairs = NEWS(call->arena, struct pair, launch->cap_pairs);
		if (old)
			memcpy(launch->pairs, old, launch->npairs * sizeof(*old));
	}
	pair = &launch->pairs[launch->npairs++];
	*pair = (struct pair){ .keys.arena = call->arena };
	pair->target.action = action;
	pair->target.resource = resource;
	pair->target.resource_account = call->account_id;
	if (!str_starts(action, S("ec2:")))
		return pair;
	keys_add(&pair->keys, S("ec2:Region"), call->region);
	if (launch->has_template)
		keys_add(&pair->keys, S("ec2:LaunchTemplate"), launch->template.arn);
	return pair;
}

/* Whether the template decided it: it is used, and the request does not say otherwise. */
static bool from_template(const struct launch *launch, str parameter)
{
	return launch->has_template && (!parameter.n || !json_get(launch->request, parameter));
}

static struct pair *run_pair(struct call *call, struct launch *launch, str resource, str parameter)
{
	struct pair *pair = launch_add(call, launch, S("ec2:RunInstances"), resource);

	keys_add_bool(&pair->keys, S("ec2:IsLaunchTemplateResource"),
		from_template(launch, parameter));
	return pair;
}

static struct pair *add_existing(struct call *call, struct launch *launch,
	const struct ec2_item *item, str parameter)
{
	struct pair *pair = run_pair(call, launch, item->arn, parameter);

	pair->target.resource_tags = item->tags;
	ec2_item_keys(&pair->keys, call, item);
	return pair;
}

/* What is created has the tags that the launch gives its type. Their form was checked by
 * launch_tags() before, so that no pair is asked without tags that will be put. */
static struct pair *add_new(struct call *call, struct launch *launch, const char *type,
	str parameter, const struct json *tags)
{
	struct pair *pair = run_pair(call, launch, ec2_arn(call, str_of(type), S("*")), parameter);

	pair->target.request_tags = tags;
	return pair;
}

static str launch_zone(const struct launch *launch)
{
	str zone = json_str(json_get(launch->params, S("Placement")), S("AvailabilityZone"));

	return launch->nsubnets && launch->subnets[0].wire
		       ? json_str(launch->subnets[0].wire, S("availabilityZone"))
		       : zone;
}

/* A zone has two names, and a condition may use either. */
static void zone_keys(const struct launch *launch, struct keys *keys)
{
	str zone = launch_zone(launch);

	keys_add(keys, S("ec2:AvailabilityZone"), zone);
	keys_add(keys, S("ec2:AvailabilityZoneId"), ec2_zone_id(keys->arena, zone));
}

/* What AWS fills in where nothing is said is seen in its encoded messages; the options of the
 * metadata service are not filled in. */
static const struct {
	str key, object, member; /* object {0}: a parameter itself */
	str otherwise;
} instance_keys[] = {
	{ SC("ec2:InstanceType"), { 0 }, SC("InstanceType"), SC(DEFAULT_INSTANCE_TYPE) },
	{ SC("ec2:EbsOptimized"), { 0 }, SC("EbsOptimized"), SC("false") },
	{ SC("ec2:Tenancy"), SC("Placement"), SC("Tenancy"), SC("default") },
	{ SC("ec2:MetadataHttpTokens"), SC("MetadataOptions"), SC("HttpTokens"), { 0 } },
	{ SC("ec2:MetadataHttpEndpoint"), SC("MetadataOptions"), SC("HttpEndpoint"), { 0 } },
	{ SC("ec2:MetadataHttpPutResponseHopLimit"), SC("MetadataOptions"),
		SC("HttpPutResponseHopLimit"), { 0 } },
	{ SC("ec2:InstanceMetadataTags"), SC("MetadataOptions"), SC("InstanceMetadataTags"),
		{ 0 } },
	{ SC("ec2:InstanceMarketType"), SC("InstanceMarketOptions"), SC("MarketType"),
		SC("on-demand") },
	{ SC("ec2:InstanceAutoRecovery"), SC("MaintenanceOptions"), SC("AutoRecovery"), { 0 } },
	{ SC("ec2:InstanceBandwidthWeighting"), SC("NetworkPerformanceOptions"),
		SC("BandwidthWeighting"), { 0 } },
	{ SC("ec2:CpuOptionsAmdSevSnp"), SC("CpuOptions"), SC("AmdSevSnp"), { 0 } },
};

static void instance_pair(struct call *call, struct launch *launch, const struct json *tags)
{
	struct pair *pair = add_new(call, launch, "instance", (str){ 0 }, tags);

	for (size_t i = 0; i < COUNT(instance_keys); i++) {
		const struct json *object = launch->params;
		str value;

		if (instance_keys[i].object.n)
			object = json_get(object, instance_keys[i].object);
		value = json_str(object, instance_keys[i].member);
		keys_add(&pair->keys, instance_keys[i].key,
			value.n ? value : instance_keys[i].otherwise);
	}
	keys_add(&pair->keys, S("ec2:InstanceID"), S("*"));
	zone_keys(launch, &pair->keys);
	keys_add(&pair->keys, S("ec2:RootDeviceType"),
		json_str(launch->image.wire, S("rootDeviceType")));
	keys_add(&pair->keys, S("ec2:PlacementGroup"), launch->placement_group.arn);
	keys_add(&pair->keys, S("ec2:InstanceProfile"), launch->profile_arn);
}

static void new_interface_pair(struct call *call, struct launch *launch,
	const struct json *interface, const struct json *tags)
{
	struct pair *pair = add_new(call, launch, "network-interface", S("NetworkInterface"), tags);
	str vpc = launch_vpc(launch);

	keys_add(&pair->keys, S("ec2:AvailabilityZone"), launch_zone(launch));
	keys_add(&pair->keys, S("ec2:NetworkInterfaceID"), S("*"));
	if (launch->nsubnets)
		keys_add(&pair->keys, S("ec2:Subnet"), launch->subnets[0].arn);
	if (vpc.n)
		keys_add(&pair->keys, S("ec2:Vpc"), ec2_arn(call, S("vpc"), vpc));
	keys_add(&pair->keys, S("ec2:AssociatePublicIpAddress"),
		json_str(interface, S("AssociatePublicIpAddress")));
}

static void interface_pairs(struct call *call, struct launch *launch, const struct json *tags)
{
	const struct json *list = json_get(launch->params, S("NetworkInterface"));

	JSON_EACH(interface, list)
	if (!json_get(interface, S("NetworkInterfaceId")))
		new_interface_pair(call, launch, interface, tags);
	if (!list || !list->count)
		new_interface_pair(call, launch, NULL, tags);
	for (size_t i = 0; i < launch->ninterfaces; i++)
		add_existing(call, launch, &launch->interfaces[i], S("NetworkInterface"));
}

static void volume_pair(struct call *call, struct launch *launch, const struct device *device,
	const struct json *tags)
{
	struct pair *pair = add_new(call, launch, "volume", S("BlockDeviceMapping"), tags);
	str encrypted = device_value(device, S("Encrypted"), S("encrypted"));
	str snapshot = json_str(device->ebs, S("SnapshotId"));

	keys_add(&pair->keys, S("ec2:VolumeSize"),
		device_value(device, S("VolumeSize"), S("volumeSize")));
	keys_add(&pair->keys, S("ec2:VolumeType"),
		device_value(device, S("VolumeType"), S("volumeType")));
	keys_add(&pair->keys, S("ec2:Encrypted"), encrypted.n ? encrypted : S("false"));
	keys_add(&pair->keys, S("ec2:VolumeIops"), json_str(device->ebs, S("Iops")));
	keys_add(&pair->keys, S("ec2:VolumeThroughput"), json_str(device->ebs, S("Throughput")));
	keys_add(&pair->keys, S("ec2:VolumeInitializationRate"),
		json_str(device->ebs, S("VolumeInitializationRate")));
	keys_add(&pair->keys, S("ec2:VolumeID"), S("*"));
	zone_keys(launch, &pair->keys);
	if (snapshot.n)
		keys_add(&pair->keys, S("ec2:ParentSnapshot"),
			ec2_arn(call, S("snapshot"), snapshot));
}

/* One for the image's root device and one for each further device that is a volume. */
static void volume_pairs(struct call *call, struct launch *launch, const struct json *tags)
{
	size_t n;
	const struct device *devices = launch_devices(call, launch, &n);

	for (size_t i = 0; i < n; i++)
		volume_pair(call, launch, &devices[i], tags);
}

/* One that is not there still has the name it is asked for by. */
static void other_pairs(struct call *call, struct launch *launch)
{
	const struct ec2_item *key = &launch->key_pair, *group = &launch->placement_group;
	struct pair *pair;

	if (launch->has_template)
		add_existing(call, launch, &launch->template, (str){ 0 });
	if (key->id.n) {
		pair = add_existing(call, launch, key, S("KeyName"));
		if (!key->wire)
			keys_add(&pair->keys, S("ec2:KeyPairName"), key->id);
	}
	for (size_t i = 0; i < launch->nsnapshots; i++) {
		pair = add_existing(call, launch, &launch->snapshots[i], S("BlockDeviceMapping"));
		if (!launch->snapshots[i].wire)
			keys_add(&pair->keys, S("ec2:SnapshotID"), launch->snapshots[i].id);
	}
	if (group->id.n) {
		pair = add_existing(call, launch, group, S("Placement"));
		if (!group->wire)
			keys_add(&pair->keys, S("ec2:PlacementGroupName"), group->id);
	}
}

static void accelerator_pair(struct call *call, struct launch *launch)
{
	const struct json *list = json_get(launch->params, S("ElasticInferenceAccelerator"));

	if (list && list->count)
		run_pair(call, launch,
			service_arn(call, S("elastic-inference"),
				S("elastic-inference-accelerator/*")),
			S("ElasticInferenceAccelerator"));
}

/* What else a launch may ask for. Only the request for Spot is made here; of the others there are
 * none, which whoever may ask is told afterwards. */
static void rare_pairs(struct call *call, struct launch *launch, const struct json *spot_tags,
	const struct json *gpu_tags)
{
	const struct json *gpus = json_get(launch->params, S("ElasticGpuSpecification"));
	const struct json *licences = json_get(launch->params, S("LicenseSpecification"));

	if (launch->capacity.n)
		run_pair(call, launch, ec2_arn(call, S("capacity-reservation"), launch->capacity),
			S("CapacityReservationSpecification"));
	if (launch->capacity_group.n)
		run_pair(call, launch, launch->capacity_group,
			S("CapacityReservationSpecification"));
	if (launch->host_group.n)
		run_pair(call, launch, launch->host_group, S("Placement"));
	accelerator_pair(call, launch);
	if (gpus && gpus->count)
		add_new(call, launch, "elastic-gpu", S("ElasticGpuSpecification"), gpu_tags);
	JSON_EACH(licence, licences)
	if (json_str(licence, S("LicenseConfigurationArn")).n)
		run_pair(call, launch, json_str(licence, S("LicenseConfigurationArn")),
			S("LicenseSpecification"));
	if (launch->is_spot)
		add_new(call, launch, "spot-instances-request", S("InstanceMarketOptions"),
			spot_tags);
}

static const str tagged_types[] = { SC("instance"), SC("volume"), SC("network-interface"),
	SC("spot-instances-request"), SC("elastic-gpu") };

static void tag_pairs(struct call *call, struct launch *launch, struct json *const *tags)
{
	for (size_t i = 0; i < COUNT(tagged_types); i++) {
		struct pair *pair;

		if (!tags[i])
			continue;
		pair = launch_add(call, launch, S("ec2:CreateTags"),
			ec2_arn(call, tagged_types[i], S("*")));
		pair->target.request_tags = tags[i];
		keys_add(&pair->keys, S("ec2:CreateAction"), S("RunInstances"));
	}
}

static void pass_role_pair(struct call *call, struct launch *launch)
{
	if (launch->profile_role.n)
		pass_role_target(call, launch->profile_role, S("ec2.amazonaws.com"), (str){ 0 },
			launch_add(call, launch, S("iam:PassRole"), launch->profile_role));
}

bool launch_pairs(struct call *call, struct launch *launch)
{
	const struct json *specs = json_get(launch->params, S("TagSpecification"));
	struct json *tags[COUNT(tagged_types)];

	for (size_t i = 0; i < COUNT(tagged_types); i++)
		if (!ec2_spec_tags(call, specs, tagged_types[i], &tags[i]))
			return false;
	instance_pair(call, launch, tags[0]);
	interface_pairs(call, launch, tags[2]);
	for (size_t i = 0; i < launch->ngroups; i++)
		add_existing(call, launch, &launch->groups[i], S("SecurityGroupId"));
	for (size_t i = 0; i < launch->nsubnets; i++)
		add_existing(call, launch, &launch->subnets[i], S("SubnetId"));
	if (launch->image.id.n)
		add_existing(call, launch, &launch->image, S("ImageId"));
	volume_pairs(call, launch, tags[1]);
	other_pairs(call, launch);
	rare_pairs(call, launch, tags[3], tags[4]);
	tag_pairs(call, launch, tags);
	pass_role_pair(call, launch);
	for (size_t i = 0; i < launch->npairs; i++) {
		struct pair *pair = &launch->pairs[i];

		pair->target.extra = pair->keys.list;
		pair->target.nextra = pair->keys.n;
	}
	return true;
}

/* ---- for EKS */

static str any_public_image(struct call *call)
{
	const str want[][2] = { { S("isPublic"), S("true") } };

	return first_with(call, "image", want, 1);
}

/* The encoded message, which only EC2's own sentence carries. */
static str encoded_denial(struct call *call, const struct target *target,
	const struct decision *decision)
{
	enum protocol protocol = call->protocol;
	str text;

	call->protocol = PROTOCOL_EC2;
	text = denial_text(call, target, decision);
	call->protocol = protocol;
	return str_from(text, str_find(text, S("Encoded authorization failure message: ")));
}

/*
 * A node group's template need not name an image: EKS then takes its own, which is public. Subnets
 * are the node group's. (The denial is EKS's; its encoded message is EC2's.)
 */
bool allow_launch(struct call *call, str template_id, str version, const struct json *subnet_ids)
{
	struct json *request = json_new(call->arena, JSON_OBJECT), *template;
	struct launch launch;

	template = json_put(request, S("LaunchTemplate"), json_new(call->arena, JSON_OBJECT));
	json_put_str(call->arena, template, S("LaunchTemplateId"), template_id);
	json_put_str(call->arena, template, S("Version"), version);
	if (!launch_read(call, request, subnet_ids, &launch))
		return false;
	if (!launch.image.id.n)
		launch.image = ec2_find(call, ec2_type_by_name(S("image")), any_public_image(call));
	if (!launch_pairs(call, &launch))
		return false;
	for (size_t i = 0; i < launch.npairs; i++) {
		struct decision decision = ask(call, &launch.pairs[i].target);

		if (decision.effect != ALLOW)
			return refuse(call, FAULT_EKS_REQUEST,
				"You are not authorized to launch instances with this launch "
				"template. %.*s",
				STR(encoded_denial(call, &launch.pairs[i].target, &decision)));
	}
	return launch_exists(call, &launch);
}
