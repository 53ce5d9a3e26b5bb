/*
 * ec2_network.c -- the stage taken down again: VPCs, subnets and security groups; and the zones.
 *
 * What something else stands on stays: instances stand in subnets and in groups by their network
 * interfaces, clusters by those of their control plane and node groups, groups in one another's
 * rules. A VPC's default group goes with the VPC, and not before.
 * (VPC User Guide, "Delete your VPC"; EC2 API Reference, "Error codes": DependencyViolation.)
 */
#include "account/services.h"

/* ---- who stands on what */

static bool names_id(const struct json *list, str member, str id)
{
	JSON_EACH(entry, list)
	if (str_eq(member.n ? json_str(entry, member) : entry->text, id))
		return true;
	return false;
}

/* Is there a record of that type with this member? */
static bool any_with(struct call *call, const char *type, str member, str id)
{
	size_t n;
	const struct record *const *records = ec2_range(call, ec2_type_by_name(str_of(type)), &n);

	for (size_t i = 0; i < n; i++)
		if (str_eq(json_str(json_get(records[i]->value, S("wire")), member), id))
			return true;
	return false;
}

static bool nodes_are_in(struct call *call, str cluster, str subnet)
{
	size_t n;
	const struct record *const *nodes = eks_range(call, eks_kind(EKS_NODEGROUP), cluster, &n);

	for (size_t i = 0; i < n; i++)
		if (names_id(json_get(nodes[i]->value, S("subnets")), (str){ 0 }, subnet))
			return true;
	return false;
}

/* A subnet or a group of one of the region's clusters. */
static bool cluster_uses(struct call *call, str id)
{
	size_t n;
	const struct record *const *clusters = eks_range(call, eks_kind(EKS_CLUSTER), S(""), &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *vpc = json_get(clusters[i]->value, S("resourcesVpcConfig"));

		if (names_id(json_get(vpc, S("subnetIds")), (str){ 0 }, id) ||
			names_id(json_get(vpc, S("securityGroupIds")), (str){ 0 }, id) ||
			str_eq(json_str(vpc, S("clusterSecurityGroupId")), id) ||
			nodes_are_in(call, json_str(clusters[i]->value, S("name")), id))
			return true;
	}
	return false;
}

/* Another group's. */
static bool rules_name(struct call *call, str id)
{
	size_t n;
	const struct record *const *rules =
		ec2_range(call, ec2_type_by_name(S("security-group-rule")), &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(rules[i]->value, S("wire"));

		if (str_eq(ec2_text(wire, S("referencedGroupInfo.groupId")), id) &&
			!str_eq(json_str(wire, S("groupId")), id))
			return true;
	}
	return false;
}

/* An interface has the group, or another group's rules name it. */
static bool group_is_used(struct call *call, str id)
{
	size_t n;
	const struct record *const *records =
		ec2_range(call, ec2_type_by_name(S("network-interface")), &n);

	for (size_t i = 0; i < n; i++)
		if (names_id(json_get(json_get(records[i]->value, S("wire")), S("groupSet")),
			    S("groupId"), id))
			return true;
	return rules_name(call, id) || cluster_uses(call, id);
}

/* The default group of a VPC, and whether there are others. */
static str default_group(struct call *call, str vpc_id, bool *others)
{
	size_t n;
	const struct record *const *groups =
		ec2_range(call, ec2_type_by_name(S("security-group")), &n);
	str id = { 0 };

	*others = false;
	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(groups[i]->value, S("wire"));

		if (!str_eq(json_str(wire, S("vpcId")), vpc_id))
			continue;
		if (str_eq(json_str(wire, S("groupName")), S("default")))
			id = json_str(wire, S("groupId"));
		else
			*others = true;
	}
	return id;
}

/* ---- deleting */

static bool stays(struct call *call, const struct ec2_item *item)
{
	return refuse(call, FAULT_DELETE_CONFLICT,
		"The %.*s '%.*s' has dependencies and cannot be deleted.", STR(item->type->name),
		STR(item->id));
}

bool ec2_delete_vpc(struct call *call)
{
	struct ec2_item item;
	bool others;
	str id, group;

	if (!ec2_need(call, "vpc", S("VpcId"), &item))
		return false;
	id = item.id;
	group = default_group(call, id, &others);
	if (others || any_with(call, "subnet", S("vpcId"), id) ||
		any_with(call, "network-interface", S("vpcId"), id))
		return stays(call, &item);
	if (group.n)
		group_delete(call, group);
	return ec2_remove(call, &item);
}

bool ec2_delete_subnet(struct call *call)
{
	struct ec2_item item;

	if (!ec2_need(call, "subnet", S("SubnetId"), &item))
		return false;
	if (any_with(call, "network-interface", S("subnetId"), item.id) ||
		cluster_uses(call, item.id))
		return stays(call, &item);
	return ec2_remove(call, &item);
}

struct ec2_item group_called(struct call *call, str name)
{
	str id = ec2_group_named(call, ec2_default_vpc(call), name);
	struct ec2_item item =
		ec2_find(call, ec2_type_by_name(S("security-group")), id.n ? id : name);

	item.is_name = !id.n;
	return item;
}

bool group_named(struct call *call, struct ec2_item *item)
{
	str id = get_str(call, S("GroupId")), name = get_str(call, S("GroupName"));

	if (!id.n && !name.n)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter GroupName or GroupId");
	*item = id.n ? ec2_find(call, ec2_type_by_name(S("security-group")), id)
		     : group_called(call, name);
	return true;
}

bool group_open(struct call *call, struct ec2_item *item)
{
	return group_named(call, item) && ec2_allow(call, item, NULL, NULL) &&
	       ec2_ready(call, item);
}

bool ec2_delete_security_group(struct call *call)
{
	struct ec2_item item;

	if (!group_open(call, &item))
		return false;
	if (str_eq(json_str(item.wire, S("groupName")), S("default")))
		return refuse(call, FAULT_EC2_CANNOT_DELETE,
			"the specified group: \"%.*s\" name: \"default\" cannot be deleted by a "
			"user",
			STR(item.id));
	if (group_is_used(call, item.id))
		return refuse(call, FAULT_DELETE_CONFLICT, "resource %.*s has a dependent object",
			STR(item.id));
	json_put_bool(call->arena, call->output, S("return"), true);
	json_put_str(call->arena, call->output, S("groupId"), item.id);
	group_delete(call, item.id);
	return true;
}

/* ---- DescribeAvailabilityZones */

static struct json *zone_answer(struct call *call, str zone)
{
	struct arena *arena = call->arena;
	struct json *entry = json_new(arena, JSON_OBJECT);

	json_put_str(arena, entry, S("optInStatus"), S("opt-in-not-required"));
	json_put_str(arena, entry, S("zoneState"), S("available"));
	json_put_str(arena, entry, S("regionName"), call->region);
	json_put(entry, S("messageSet"), json_new(arena, JSON_ARRAY));
	json_put_str(arena, entry, S("zoneName"), zone);
	json_put_str(arena, entry, S("zoneId"), ec2_zone_id(arena, zone));
	json_put_str(arena, entry, S("groupName"), call->region);
	json_put_str(arena, entry, S("networkBorderGroup"), call->region);
	json_put_str(arena, entry, S("zoneType"), S("availability-zone"));
	return entry;
}

static const struct {
	str filter, parameter, member;
} zone_filters[] = {
	{ SC("zone-name"), SC("ZoneName"), SC("zoneName") },
	{ SC("zone-id"), SC("ZoneId"), SC("zoneId") },
	{ SC("region-name"), { 0 }, SC("regionName") },
	{ SC("state"), { 0 }, SC("zoneState") },
	{ SC("group-name"), { 0 }, SC("groupName") },
	{ SC("zone-type"), { 0 }, SC("zoneType") },
	{ SC("opt-in-status"), { 0 }, SC("optInStatus") },
};

static str zone_member(str filter)
{
	for (size_t i = 0; i < COUNT(zone_filters); i++)
		if (str_eq(filter, zone_filters[i].filter))
			return zone_filters[i].member;
	return (str){ 0 };
}

static bool check_zone_filters(struct call *call, const struct json *filters)
{
	JSON_EACH(filter, filters)
	{
		str name = json_str(filter, S("Name"));

		if (!zone_member(name).n || !json_is(json_get(filter, S("Value")), JSON_ARRAY))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The filter '%.*s' is invalid", STR(str_head(name, 64)));
	}
	return true;
}

static bool zone_is_wanted(const struct call *call, const struct json *entry)
{
	for (size_t i = 0; i < COUNT(zone_filters); i++) {
		const struct json *wanted = json_get(call->input, zone_filters[i].parameter);

		if (zone_filters[i].parameter.n && wanted &&
			!names_id(wanted, (str){ 0 }, json_str(entry, zone_filters[i].member)))
			return false;
	}
	JSON_EACH(filter, json_get(call->input, S("Filter")))
	if (!names_id(json_get(filter, S("Value")), (str){ 0 },
		    json_str(entry, zone_member(json_str(filter, S("Name"))))))
		return false;
	return true;
}

bool ec2_describe_availability_zones(struct call *call)
{
	struct json *set = json_new(call->arena, JSON_ARRAY);

	if (!ec2_allow(call, NULL, NULL, NULL) || !ec2_go_ahead(call) ||
		!check_zone_filters(call, json_get(call->input, S("Filter"))))
		return false;
	for (int i = 0; i < EC2_ZONES; i++) {
		struct json *entry = zone_answer(call,
			arena_printf(call->arena, "%.*s%c", STR(call->region), 'a' + i));

		if (zone_is_wanted(call, entry))
			json_push(set, entry);
	}
	json_put(call->output, S("availabilityZoneInfo"), set);
	return true;
}
