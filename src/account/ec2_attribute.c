/*
 * ec2_attribute.c -- the attributes of VPCs and subnets that are set one at a time.
 *
 * A subnet shows them all; a VPC's names in DNS are asked for one by one. They change nothing here,
 * since there are no machines; they are kept, so that who sets them finds them.
 * (EC2 API Reference, ModifyVpcAttribute, DescribeVpcAttribute, ModifySubnetAttribute.)
 */
#include "account/services.h"

/* The parameter, the member, and whether the default VPC has it, and any other one. */
static const struct attribute {
	str parameter, member;
	bool of_default, of_others;
} vpc_attributes[] = {
	{ SC("EnableDnsSupport"), SC("enableDnsSupport"), true, true },
	{ SC("EnableDnsHostnames"), SC("enableDnsHostnames"), true, false },
	{ SC("EnableNetworkAddressUsageMetrics"), SC("enableNetworkAddressUsageMetrics"), false,
		false },
};

static const struct attribute subnet_attributes[] = {
	{ SC("MapPublicIpOnLaunch"), SC("mapPublicIpOnLaunch"), true, false },
};

static const struct owner { /* of attributes */
	const char *type;
	str parameter;
	const struct attribute *attributes;
	size_t n;
} a_vpc = { "vpc", SC("VpcId"), vpc_attributes, COUNT(vpc_attributes) },
  a_subnet = { "subnet", SC("SubnetId"), subnet_attributes, COUNT(subnet_attributes) };

/* Whoever asks, asks for the attributes that are given. */
static bool open_to_modify(struct call *call, const struct owner *owner, struct ec2_item *item)
{
	struct keys keys = { .arena = call->arena };
	str id;

	if (!need_str(call, owner->parameter, &id))
		return false;
	for (size_t i = 0; i < owner->n; i++) {
		str name = owner->attributes[i].parameter;
		const struct json *given = json_get(call->input, name);

		if (!given)
			continue;
		keys_add(&keys, S("ec2:Attribute"), name);
		keys_add(&keys, JOIN(call->arena, S("ec2:Attribute/"), name),
			json_str(given, S("Value")));
	}
	*item = ec2_find(call, ec2_type_by_name(str_of(owner->type)), id);
	return ec2_allow(call, item, NULL, &keys) && ec2_ready(call, item);
}

/* Exactly one attribute with its Value. */
static bool modify(struct call *call, const struct owner *owner)
{
	struct ec2_item item;
	struct json *wire;
	size_t given = 0;

	if (!open_to_modify(call, owner, &item))
		return false;
	wire = json_clone(call->arena, item.wire);
	for (size_t i = 0; i < owner->n; i++) {
		str name = owner->attributes[i].parameter;
		const struct json *attribute = json_get(call->input, name);
		str value = json_str(attribute, S("Value"));

		if (!attribute)
			continue;
		if (!str_eq(value, S("true")) && !str_eq(value, S("false")))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Value (%.*s) for parameter %.*s is invalid.",
				STR(str_head(value, 64)), STR(name));
		json_put_bool(call->arena, wire, owner->attributes[i].member,
			str_eq(value, S("true")));
		given++;
	}
	if (given != 1)
		return refuse(call, given ? FAULT_EC2_COMBINATION : FAULT_MISSING_PARAMETER,
			given ? "Only one attribute can be modified at a time"
			      : "The request must contain one attribute of those that are offered "
				"here");
	ec2_put(call, &item, wire, item.tags);
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}

bool ec2_modify_vpc_attribute(struct call *call)
{
	return modify(call, &a_vpc);
}

bool ec2_modify_subnet_attribute(struct call *call)
{
	return modify(call, &a_subnet);
}

static bool value_of(const struct ec2_item *vpc, const struct attribute *attribute)
{
	const struct json *value = json_get(vpc->wire, attribute->member);
	bool is_default = json_is(json_get(vpc->wire, S("isDefault")), JSON_TRUE);

	if (value)
		return json_is(value, JSON_TRUE);
	return is_default ? attribute->of_default : attribute->of_others;
}

bool ec2_describe_vpc_attribute(struct call *call)
{
	struct ec2_item item;
	struct json *shown;
	str name;

	if (!need_str(call, S("Attribute"), &name) || !ec2_need(call, "vpc", S("VpcId"), &item))
		return false;
	json_put_str(call->arena, call->output, S("vpcId"), item.id);
	for (size_t i = 0; i < COUNT(vpc_attributes); i++)
		if (str_eq(name, vpc_attributes[i].member)) {
			shown = json_put(call->output, name, json_new(call->arena, JSON_OBJECT));
			json_put_bool(call->arena, shown, S("value"),
				value_of(&item, &vpc_attributes[i]));
			return true;
		}
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		"Value (%.*s) for parameter attribute is invalid.", STR(str_head(name, 64)));
}
