/*
 * ec2_instance.c -- instances: RunInstances and TerminateInstances.
 *
 * An instance is started when the call is answered: "pending" in the answer, "running" when it is
 * looked at. With it come a network interface and volumes as records, so that they can be tagged
 * and looked at too. A terminated one stays visible for an hour, as at AWS, and is swept away by
 * the next RunInstances.
 */
#include "account/services.h"

enum { INSTANCES_MAX = 100, TERMINATED_S = 3600 };

/* ---- the answers' elements */

static struct json *state(struct arena *arena, int code, const char *name)
{
	struct json *state = json_new(arena, JSON_OBJECT);

	json_put_int(arena, state, S("code"), code);
	json_put_str(arena, state, S("name"), str_of(name));
	return state;
}

static struct json *group_set(struct arena *arena, const struct launch *launch)
{
	struct json *set = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < launch->ngroups; i++) {
		struct json *group = json_push(set, json_new(arena, JSON_OBJECT));

		json_put_str(arena, group, S("groupId"), launch->groups[i].id);
		json_put_str(arena, group, S("groupName"),
			json_str(launch->groups[i].wire, S("groupName")));
	}
	return set;
}

/* Where the first subnet or the first interface stands. */
static const struct json *place(const struct launch *launch)
{
	return launch->nsubnets ? launch->subnets[0].wire : launch->interfaces[0].wire;
}

static void copy_texts(struct arena *arena, struct json *to, const struct json *from,
	const str *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_get(from, names[i]))
			json_put_str(arena, to, names[i], json_str(from, names[i]));
}

static void put_placement(struct arena *arena, struct json *wire, const struct launch *launch)
{
	struct json *placement = json_put(wire, S("placement"), json_new(arena, JSON_OBJECT));
	str tenancy = json_str(json_get(launch->params, S("Placement")), S("Tenancy"));
	str zone = json_str(place(launch), S("availabilityZone"));

	json_put_str(arena, placement, S("availabilityZone"), zone);
	json_put_str(arena, placement, S("availabilityZoneId"), ec2_zone_id(arena, zone));
	json_put_str(arena, placement, S("tenancy"), tenancy.n ? tenancy : S("default"));
	if (launch->placement_group.id.n)
		json_put_str(arena, placement, S("groupName"), launch->placement_group.id);
}

static void put_metadata_options(struct arena *arena, struct json *wire,
	const struct launch *launch)
{
	static const struct {
		str given, shown, otherwise;
	} options[] = {
		{ SC("HttpTokens"), SC("httpTokens"), SC("optional") },
		{ SC("HttpPutResponseHopLimit"), SC("httpPutResponseHopLimit"), SC("1") },
		{ SC("HttpEndpoint"), SC("httpEndpoint"), SC("enabled") },
		{ SC("HttpProtocolIpv6"), SC("httpProtocolIpv6"), SC("disabled") },
		{ SC("InstanceMetadataTags"), SC("instanceMetadataTags"), SC("disabled") },
	};
	const struct json *given = json_get(launch->params, S("MetadataOptions"));
	struct json *shown = json_put(wire, S("metadataOptions"), json_new(arena, JSON_OBJECT));

	json_put_str(arena, shown, S("state"), S("applied"));
	for (size_t i = 0; i < COUNT(options); i++) {
		str value = json_str(given, options[i].given);

		json_put_str(arena, shown, options[i].shown,
			value.n ? value : options[i].otherwise);
	}
}

static struct json *instance_wire(struct call *call, const struct launch *launch, str id,
	str reservation_id, uint64_t index)
{
	static const str of_image[] = { SC("imageId"), SC("architecture"), SC("rootDeviceType"),
		SC("rootDeviceName"), SC("virtualizationType") };
	static const str of_place[] = { SC("subnetId"), SC("vpcId") };
	struct arena *arena = call->arena;
	struct json *wire = json_new(arena, JSON_OBJECT);
	str type = json_str(launch->params, S("InstanceType"));

	json_put_str(arena, wire, S("reservationId"), reservation_id);
	json_put_str(arena, wire, S("instanceId"), id);
	json_put_str(arena, wire, S("amiLaunchIndex"), arena_printf(arena, "%u", (unsigned)index));
	copy_texts(arena, wire, launch->image.wire, of_image, COUNT(of_image));
	json_put(wire, S("instanceState"), state(arena, 16, "running"));
	json_put_str(arena, wire, S("instanceType"), type.n ? type : S(DEFAULT_INSTANCE_TYPE));
	json_put_str(arena, wire, S("launchTime"), ec2_time(call));
	if (get_str(call, S("ClientToken")).n)
		json_put_str(arena, wire, S("clientToken"), get_str(call, S("ClientToken")));
	if (launch->key_pair.id.n)
		json_put_str(arena, wire, S("keyName"), launch->key_pair.id);
	copy_texts(arena, wire, place(launch), of_place, COUNT(of_place));
	put_placement(arena, wire, launch);
	json_put_bool(arena, wire, S("ebsOptimized"),
		str_eq_nocase(json_str(launch->params, S("EbsOptimized")), S("true")));
	json_put(wire, S("groupSet"), group_set(arena, launch));
	if (launch->is_spot) {
		json_put_str(arena, wire, S("instanceLifecycle"), S("spot"));
		json_put_str(arena, wire, S("spotInstanceRequestId"),
			arena_printf(arena, "sir-%.*s",
				STR(random_text(arena, S("0123456789abcdefghijklmnopqrstuvwxyz"),
					8))));
	}
	if (launch->profile_name.n) {
		struct json *profile =
			json_put(wire, S("iamInstanceProfile"), json_new(arena, JSON_OBJECT));

		json_put_str(arena, profile, S("arn"), launch->profile_arn);
	}
	put_metadata_options(arena, wire, launch);
	return wire;
}

static void put_new(struct call *call, const char *type, str id, const struct json *wire,
	const struct json *tags)
{
	struct ec2_item item = { .type = ec2_type_by_name(str_of(type)), .id = id };

	ec2_put(call, &item, wire, tags);
}

static void put_interface(struct call *call, const struct launch *launch, str instance_id,
	const struct json *tags)
{
	static const str of_place[] = { SC("subnetId"), SC("vpcId"), SC("availabilityZone") };
	struct json *wire = json_new(call->arena, JSON_OBJECT);
	str id = new_resource_id(call->arena, S("eni-"));

	json_put_str(call->arena, wire, S("networkInterfaceId"), id);
	copy_texts(call->arena, wire, place(launch), of_place, COUNT(of_place));
	json_put_str(call->arena, wire, S("ownerId"), call->account_id);
	json_put_str(call->arena, wire, S("status"), S("in-use"));
	json_put(wire, S("groupSet"), group_set(call->arena, launch));
	json_put_str(call->arena, wire, S("attachedTo"), instance_id);
	put_new(call, "network-interface", id, wire, tags);
}

/* ---- RunInstances */

static bool need_count(struct call *call, const char *name, uint64_t *count)
{
	str text;

	if (!need_str(call, str_of(name), &text))
		return false;
	if (str_u64(text, INT32_MAX, count) && *count)
		return true;
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		"Value (%.*s) for parameter %s is invalid. Minimum value is 1.",
		STR(str_head(text, 32)), name);
}

/* Forgets instances terminated an hour ago; answers how many there are besides. */
static size_t sweep(struct call *call)
{
	size_t n, live = 0;
	const struct record *const *records = ec2_range(call, ec2_type_by_name(S("instance")), &n);

	for (size_t i = 0; i < n; i++) {
		str ended = json_str(json_get(records[i]->value, S("wire")), S("terminatedAt"));
		uint64_t ended_s = 0;

		if (ended.n && str_u64(ended, INT64_MAX, &ended_s) &&
			(int64_t)ended_s + TERMINATED_S < call->now_s)
			call_delete(call, records[i]->key);
		else
			live += !ended.n;
	}
	return live;
}

static struct json *put_reservation(struct call *call, str id)
{
	json_put_str(call->arena, call->output, S("reservationId"), id);
	json_put_str(call->arena, call->output, S("ownerId"), call->account_id);
	json_put(call->output, S("groupSet"), json_new(call->arena, JSON_ARRAY));
	return json_put(call->output, S("instancesSet"), json_new(call->arena, JSON_ARRAY));
}

static struct json *show(struct call *call, const struct ec2_item *item, struct json *set)
{
	struct json *shown = json_push(set, ec2_answer(call, item));

	json_remove(shown, S("reservationId"));
	return shown;
}

static bool start(struct call *call, const struct launch *launch, uint64_t count,
	const struct once *once)
{
	const struct json *specs = json_get(launch->params, S("TagSpecification"));
	str reservation_id = new_resource_id(call->arena, S("r-"));
	struct json *tags, *volume_tags, *interface_tags, *set, *ids, *wire;

	if (!ec2_spec_tags(call, specs, S("instance"), &tags) ||
		!ec2_spec_tags(call, specs, S("volume"), &volume_tags) ||
		!ec2_spec_tags(call, specs, S("network-interface"), &interface_tags))
		return false;
	set = put_reservation(call, reservation_id);
	ids = json_new(call->arena, JSON_ARRAY);
	for (uint64_t i = 0; i < count; i++) {
		str id = new_resource_id(call->arena, S("i-"));
		struct ec2_item item = { .type = ec2_type_by_name(S("instance")), .id = id };

		wire = instance_wire(call, launch, id, reservation_id, i);
		json_put(wire, S("blockDeviceMapping"),
			put_volumes(call, launch, json_str(place(launch), S("availabilityZone")),
				id, volume_tags));
		item.wire = wire;
		item.tags = tags;
		ec2_put(call, &item, wire, tags);
		if (!launch->ninterfaces)
			put_interface(call, launch, id, interface_tags);
		json_put(show(call, &item, set), S("instanceState"),
			state(call->arena, 0, "pending"));
		json_push(ids, json_new_str(call->arena, id));
	}
	ec2_once_done(call, once, ids);
	return true;
}

/* The instances that the same request started before. */
static bool started(struct call *call, const struct once *once)
{
	const struct ec2_type *type = ec2_type_by_name(S("instance"));
	struct json *set = NULL;

	JSON_EACH(id, once->made)
	{
		struct ec2_item item = ec2_find(call, type, id->text);

		if (!item.wire || json_get(item.wire, S("terminatedAt")))
			return refuse(call, FAULT_EC2_REPEATED_TERMINATED,
				"The client token you have provided is associated with a "
				"terminated instance. Please use a different client token.");
		if (!set)
			set = put_reservation(call, json_str(item.wire, S("reservationId")));
		show(call, &item, set);
	}
	return true;
}

/* Where the request says where, its token is that zone's alone. */
static str token_zone(const struct launch *launch)
{
	const struct json *params = launch->params;

	if (!json_get(params, S("SubnetId")) &&
		!json_get(json_get(params, S("Placement")), S("AvailabilityZone")))
		return (str){ 0 };
	return launch->nsubnets ? json_str(launch->subnets[0].wire, S("availabilityZone"))
				: (str){ 0 };
}

bool ec2_run_instances(struct call *call)
{
	uint64_t min, max;
	struct launch launch;
	struct once once;
	size_t live;

	if (!need_count(call, "MinCount", &min) || !need_count(call, "MaxCount", &max) ||
		!launch_read(call, call->input, NULL, &launch) || !launch_pairs(call, &launch))
		return false;
	for (size_t i = 0; i < launch.npairs; i++)
		if (!allow(call, &launch.pairs[i].target))
			return false;
	if (!ec2_once(call, 64, token_zone(&launch), &once))
		return false;
	if (once.made)
		return started(call, &once);
	if (!launch_exists(call, &launch))
		return false;
	if (min > max)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"MinCount may not be larger than MaxCount");
	live = sweep(call);
	if (live + max > INSTANCES_MAX)
		return refuse(call, FAULT_EC2_INSTANCE_LIMIT,
			"You have requested more instances (%zu) than your current instance limit "
			"of %d allows for the specified instance type.",
			live + (size_t)max, INSTANCES_MAX);
	if (launch.is_spot && !ec2_need_spot_role(call))
		return false;
	return ec2_go_ahead(call) && start(call, &launch, max, &once);
}

/* ---- TerminateInstances */

/* Its interface goes at once. */
static void drop_interface(struct call *call, str instance_id)
{
	size_t n;
	const struct record *const *records =
		ec2_range(call, ec2_type_by_name(S("network-interface")), &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(records[i]->value, S("wire"));

		if (str_eq(json_str(wire, S("attachedTo")), instance_id))
			call_delete(call, records[i]->key);
	}
}

static void terminate(struct call *call, const struct ec2_item *item, struct json *set)
{
	struct json *wire = json_clone(call->arena, item->wire);
	struct json *change = json_push(set, json_new(call->arena, JSON_OBJECT));

	json_put_str(call->arena, change, S("instanceId"), item->id);
	json_put(change, S("previousState"),
		json_clone(call->arena, json_get(item->wire, S("instanceState"))));
	if (json_get(wire, S("terminatedAt"))) {
		json_put(change, S("currentState"), state(call->arena, 48, "terminated"));
		return;
	}
	json_put(change, S("currentState"), state(call->arena, 32, "shutting-down"));
	json_put(wire, S("instanceState"), state(call->arena, 48, "terminated"));
	json_put_int(call->arena, wire, S("terminatedAt"), call->now_s);
	ec2_put(call, item, wire, item->tags);
	free_volumes(call, item->id);
	drop_interface(call, item->id);
}

bool ec2_terminate_instances(struct call *call)
{
	const struct json *ids = json_get(call->input, S("InstanceId"));
	const struct ec2_type *type = ec2_type_by_name(S("instance"));
	struct json *set;

	if (!json_is(ids, JSON_ARRAY) || !ids->count)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter InstanceId");
	JSON_EACH(id, ids)
	{
		struct ec2_item item = ec2_find(call, type, id->text);

		if (!ec2_allow(call, &item, NULL, NULL))
			return false;
	}
	set = json_put(call->output, S("instancesSet"), json_new(call->arena, JSON_ARRAY));
	JSON_EACH(id, ids)
	{
		struct ec2_item item = ec2_find(call, type, id->text);

		if (!item.wire)
			return ec2_missing(call, &item);
		terminate(call, &item, set);
	}
	return ec2_go_ahead(call);
}
