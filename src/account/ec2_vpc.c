/*
 * ec2_vpc.c -- networks: what a new account holds, and making more of it (ec2_network.c: less).
 *
 * A new account has what AWS gives it: the default VPC 172.31.0.0/16 with a /20 subnet in each of
 * three zones and a default security group; besides them one public image, which belongs to
 * Amazon's account for EKS images and is kept outside of all accounts.
 */
#include "account/services.h"

enum { SUBNET_BITS_MIN = 16, SUBNET_BITS_MAX = 28, GROUPS_MAX = 2500 };

#define IMAGE_OWNER "602401143452" /* EKS User Guide: the owner of EKS's optimised images */

/* ---- IPv4 ranges */

struct range {
	uint32_t address;
	unsigned bits;
};

static bool read_cidr(str text, struct range *range)
{
	uint64_t part, bits;
	str head, tail;

	*range = (struct range){ 0 };
	if (!str_cut(text, '/', &head, &tail) || !str_u64(tail, 32, &bits))
		return false;
	for (int i = 0; i < 4; i++) {
		str digits = head;

		if (i < 3 && !str_cut(head, '.', &digits, &head))
			return false;
		if (!str_u64(digits, 255, &part))
			return false;
		range->address = range->address << 8 | (uint32_t)part;
	}
	range->bits = (unsigned)bits;
	return true;
}

static bool read_range(str text, struct range *range)
{
	return read_cidr(text, range) && range->bits >= SUBNET_BITS_MIN &&
	       range->bits <= SUBNET_BITS_MAX && !(range->address & (UINT32_MAX >> range->bits));
}

static bool contains(const struct range *outer, const struct range *inner)
{
	uint32_t mask = ~(UINT32_MAX >> outer->bits);

	return outer->bits <= inner->bits && outer->address == (inner->address & mask);
}

/* ---- the answers' elements */

static struct json *vpc_wire(struct arena *arena, str id, str owner, str cidr, str tenancy)
{
	struct json *wire = json_new(arena, JSON_OBJECT);

	json_put_str(arena, wire, S("vpcId"), id);
	json_put_str(arena, wire, S("ownerId"), owner);
	json_put_str(arena, wire, S("state"), S("available"));
	json_put_str(arena, wire, S("cidrBlock"), cidr);
	json_put_str(arena, wire, S("dhcpOptionsId"), S("default"));
	json_put_str(arena, wire, S("instanceTenancy"), tenancy);
	json_put_bool(arena, wire, S("isDefault"), false);
	return wire;
}

static struct json *subnet_wire(struct arena *arena, str id, str owner, str vpc_id, str cidr,
	str zone)
{
	str region = str_head(zone, zone.n - 1);
	struct json *wire = json_new(arena, JSON_OBJECT);
	struct range range;
	uint32_t addresses = read_range(cidr, &range) ? UINT32_MAX >> range.bits : 0;

	json_put_str(arena, wire, S("subnetId"), id);
	json_put_str(arena, wire, S("subnetArn"),
		arena_printf(arena, "arn:aws:ec2:%.*s:%.*s:subnet/%.*s", STR(region), STR(owner),
			STR(id)));
	json_put_str(arena, wire, S("ownerId"), owner);
	json_put_str(arena, wire, S("state"), S("available"));
	json_put_str(arena, wire, S("vpcId"), vpc_id);
	json_put_str(arena, wire, S("cidrBlock"), cidr);
	/* AWS keeps five addresses of each subnet; the mask's own is one short of the count. */
	json_put_int(arena, wire, S("availableIpAddressCount"), (int64_t)addresses + 1 - 5);
	json_put_str(arena, wire, S("availabilityZone"), zone);
	json_put_str(arena, wire, S("availabilityZoneId"), ec2_zone_id(arena, zone));
	json_put_bool(arena, wire, S("defaultForAz"), false);
	json_put_bool(arena, wire, S("mapPublicIpOnLaunch"), false);
	return wire;
}

static struct json *image_wire(struct arena *arena, str id)
{
	struct json *wire = json_new(arena, JSON_OBJECT), *mapping, *ebs;

	json_put_str(arena, wire, S("imageId"), id);
	json_put_str(arena, wire, S("name"), S("amazon-eks-node-al2023-x86_64-standard-1.33"));
	json_put_str(arena, wire, S("imageState"), S("available"));
	json_put_str(arena, wire, S("imageOwnerId"), S(IMAGE_OWNER));
	json_put_str(arena, wire, S("imageOwnerAlias"), S("amazon"));
	json_put_bool(arena, wire, S("isPublic"), true);
	json_put_str(arena, wire, S("architecture"), S("x86_64"));
	json_put_str(arena, wire, S("imageType"), S("machine"));
	json_put_str(arena, wire, S("rootDeviceType"), S("ebs"));
	json_put_str(arena, wire, S("rootDeviceName"), S("/dev/xvda"));
	json_put_str(arena, wire, S("virtualizationType"), S("hvm"));
	mapping = json_put(wire, S("blockDeviceMapping"), json_new(arena, JSON_ARRAY));
	mapping = json_push(mapping, json_new(arena, JSON_OBJECT));
	json_put_str(arena, mapping, S("deviceName"), S("/dev/xvda"));
	ebs = json_put(mapping, S("ebs"), json_new(arena, JSON_OBJECT));
	json_put_int(arena, ebs, S("volumeSize"), 20);
	json_put_str(arena, ebs, S("volumeType"), S("gp3"));
	return wire;
}

/* ---- what a new account holds */

/* A VPC's own group. */
static const struct new_group own_group = {
	.name = SC("default"),
	.description = SC("default VPC security group"),
	.reach_one_another = true,
};

struct sink {
	struct arena *arena;
	str account_id, region;
	record_sink *put;
	void *context;
};

static void sink_put(const struct sink *sink, const char *type, str id, struct json *wire)
{
	struct json *value = json_new(sink->arena, JSON_OBJECT);

	json_put(value, S("wire"), wire);
	sink->put(sink->context,
		arena_printf(sink->arena, "/%.*s/ec2/%.*s/%s/%.*s", STR(sink->account_id),
			STR(sink->region), type, STR(id)),
		value);
}

static void default_subnet(const struct sink *sink, str vpc_id, unsigned i)
{
	struct arena *arena = sink->arena;
	str id = new_resource_id(arena, S("subnet-"));
	str cidr = arena_printf(arena, "172.31.%u.0/20", 16 * i);
	str zone = arena_printf(arena, "%.*s%c", STR(sink->region), (char)('a' + i));
	struct json *wire = subnet_wire(arena, id, sink->account_id, vpc_id, cidr, zone);

	json_put_bool(arena, wire, S("defaultForAz"), true);
	json_put_bool(arena, wire, S("mapPublicIpOnLaunch"), true);
	sink_put(sink, "subnet", id, wire);
}

void default_vpc(struct arena *arena, str account_id, str region, record_sink *put, void *context)
{
	struct sink sink = { arena, account_id, region, put, context };
	str vpc_id = new_resource_id(arena, S("vpc-"));
	str image_id = new_resource_id(arena, S("ami-"));
	struct json *image = json_new(arena, JSON_OBJECT), *vpc;
	struct new_group group = own_group;

	group.place = (struct group_place){ .account_id = account_id, .region = region };
	group.put = put;
	group.context = context;
	vpc = vpc_wire(arena, vpc_id, account_id, S("172.31.0.0/16"), S("default"));
	json_put_bool(arena, vpc, S("isDefault"), true);
	sink_put(&sink, "vpc", vpc_id, vpc);
	for (unsigned i = 0; i < EC2_ZONES; i++)
		default_subnet(&sink, vpc_id, i);
	group.place.group_id = new_resource_id(arena, S("sg-"));
	group.vpc_id = vpc_id;
	make_group(arena, &group);
	json_put(image, S("wire"), image_wire(arena, image_id));
	put(context, arena_printf(arena, "/ec2/%.*s/image/%.*s", STR(region), STR(image_id)),
		image);
}

/* ---- making more */

static struct ec2_item new_item(struct call *call, const char *type, str id, struct json *wire,
	const struct json *tags)
{
	struct ec2_item item = { .type = ec2_type_by_name(str_of(type)), .id = id };

	item.wire = wire;
	item.tags = tags;
	ec2_put(call, &item, wire, tags);
	return item;
}

static void put_of_call(void *context, str key, struct json *value)
{
	call_put(context, key, value);
}

static struct ec2_item put_group(struct call *call, struct new_group new)
{
	struct ec2_item item = { .type = ec2_type_by_name(S("security-group")),
		.id = new_resource_id(call->arena, S("sg-")),
		.tags = new.tags };

	new.place = (struct group_place){ call->account_id, call->region, item.id };
	new.put = put_of_call;
	new.context = call;
	item.wire = make_group(call->arena, &new);
	return item;
}

str ec2_new_group(struct call *call, str vpc_id, str name, str description, const struct json *tags)
{
	struct new_group new = { .vpc_id = vpc_id,
		.name = name,
		.description = description,
		.reach_one_another = true,
		.tags = tags };

	return put_group(call, new).id;
}

static bool spec_tags(struct call *call, const char *type, struct json **tags)
{
	const struct json *specs = json_get(call->input, S("TagSpecification"));

	return ec2_spec_types(call, specs, str_of(type)) &&
	       ec2_spec_tags(call, specs, str_of(type), tags);
}

/* In canonical form, whatever was given. */
static bool need_range(struct call *call, enum fault_id bad_size, str *cidr, struct range *range)
{
	str given;
	bool v6;

	if (!need_str(call, S("CidrBlock"), &given))
		return false;
	*cidr = given;
	if (network_canonical(call->arena, given, &v6, cidr) && !v6)
		return read_range(*cidr, range) ||
		       refuse(call, bad_size, "The CIDR '%.*s' is invalid.", STR(*cidr));
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		"Value (%.*s) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
		STR(str_head(given, 64)));
}

/* Parameters for what there is none of here; false is fine. */
static bool offered(struct call *call, const str *others, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!str_eq_nocase(get_str(call, others[i]), S("false")) &&
			!lacks(call, &others[i], 1))
			return false;
	return true;
}

static bool read_tenancy(struct call *call, str *tenancy)
{
	*tenancy = get_str(call, S("InstanceTenancy"));
	if (!tenancy->n)
		*tenancy = S("default");
	return str_eq(*tenancy, S("default")) || str_eq(*tenancy, S("dedicated")) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "Value (%.*s) for parameter instanceTenancy is invalid.",
		       STR(str_head(*tenancy, 64)));
}

bool ec2_create_vpc(struct call *call)
{
	static const str others[] = { SC("AmazonProvidedIpv6CidrBlock"), SC("Ipv6Pool"),
		SC("Ipv6CidrBlock"), SC("Ipv4IpamPoolId"), SC("Ipv4NetmaskLength"),
		SC("Ipv6IpamPoolId"), SC("Ipv6NetmaskLength"),
		SC("Ipv6CidrBlockNetworkBorderGroup"), SC("VpcEncryptionControl") };
	struct keys keys = { .arena = call->arena };
	struct new_group group = own_group;
	struct range range;
	struct ec2_item item;
	struct json *tags;
	str cidr, id, tenancy;

	if (!offered(call, others, COUNT(others)) || !read_tenancy(call, &tenancy) ||
		!need_range(call, FAULT_EC2_VPC_RANGE, &cidr, &range) ||
		!spec_tags(call, "vpc", &tags))
		return false;
	keys_add(&keys, S("ec2:Tenancy"), tenancy);
	if (!ec2_allow_create(call, S("vpc"), tags, &keys) || !ec2_go_ahead(call))
		return false;
	id = new_resource_id(call->arena, S("vpc-"));
	item = new_item(call, "vpc", id, vpc_wire(call->arena, id, call->account_id, cidr, tenancy),
		tags);
	group.vpc_id = item.id;
	put_group(call, group);
	json_put(call->output, S("vpc"), ec2_answer(call, &item));
	return true;
}

static bool check_free(struct call *call, const struct ec2_item *vpc, str cidr,
	const struct range *range)
{
	size_t n;
	const struct record *const *subnets = ec2_range(call, ec2_type_by_name(S("subnet")), &n);
	struct range other;

	if (!read_range(json_str(vpc->wire, S("cidrBlock")), &other) || !contains(&other, range))
		return refuse(call, FAULT_EC2_SUBNET_RANGE, "The CIDR '%.*s' is invalid.",
			STR(cidr));
	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(subnets[i]->value, S("wire"));

		if (!str_eq(json_str(wire, S("vpcId")), vpc->id) ||
			!read_range(json_str(wire, S("cidrBlock")), &other))
			continue;
		if (contains(&other, range) || contains(range, &other))
			return refuse(call, FAULT_EC2_SUBNET_CONFLICT,
				"The CIDR '%.*s' conflicts with another subnet", STR(cidr));
	}
	return true;
}

/* By its name or by its id, which is one of the region's first letters. */
static str zone_of(struct call *call)
{
	str zone = get_str(call, S("AvailabilityZone")),
	    id = get_str(call, S("AvailabilityZoneId"));

	if (zone.n || !id.n)
		return zone;
	for (char letter = 'a'; letter <= 'z'; letter++) {
		zone = arena_printf(call->arena, "%.*s%c", STR(call->region), letter);
		if (str_eq(ec2_zone_id(call->arena, zone), id))
			return zone;
	}
	return id;
}

static bool check_zone(struct call *call, str zone)
{
	struct buf zones = { .arena = call->arena };

	for (int i = 0; i < EC2_ZONES; i++) {
		str other = arena_printf(call->arena, "%.*s%c", STR(call->region), 'a' + i);

		if (str_eq(zone, other))
			return true;
		WRITE(&zones, i ? S(", ") : S(""), other);
	}
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		"Value (%.*s) for parameter availabilityZone is invalid. Subnets can currently "
		"only be created in the following availability zones: %.*s.",
		STR(str_head(zone, 64)), STR(buf_view(&zones)));
}

bool ec2_create_subnet(struct call *call)
{
	static const str others[] = { SC("Ipv6CidrBlock"), SC("OutpostArn"), SC("Ipv6Native"),
		SC("Ipv4IpamPoolId"), SC("Ipv4NetmaskLength"), SC("Ipv6IpamPoolId"),
		SC("Ipv6NetmaskLength") };
	struct keys keys = { .arena = call->arena };
	struct range range;
	struct ec2_item vpc, item;
	struct json *tags, *wire;
	str cidr, id, zone = zone_of(call);

	if (!offered(call, others, COUNT(others)) || !need_str(call, S("VpcId"), &id) ||
		!need_range(call, FAULT_EC2_SUBNET_RANGE, &cidr, &range) ||
		!spec_tags(call, "subnet", &tags))
		return false;
	if (!zone.n)
		zone = arena_printf(call->arena, "%.*sa", STR(call->region));
	if (!check_zone(call, zone))
		return false;
	vpc = ec2_find(call, ec2_type_by_name(S("vpc")), id);
	keys_add(&keys, S("ec2:AvailabilityZone"), zone);
	keys_add(&keys, S("ec2:AvailabilityZoneId"), ec2_zone_id(call->arena, zone));
	keys_add(&keys, S("ec2:Vpc"), vpc.arn);
	if (!ec2_allow_create(call, S("subnet"), tags, &keys) || !ec2_allow(call, &vpc, NULL, NULL))
		return false;
	if (!vpc.wire)
		return ec2_missing(call, &vpc);
	if (!ec2_go_ahead(call) || !check_free(call, &vpc, cidr, &range))
		return false;
	id = new_resource_id(call->arena, S("subnet-"));
	wire = subnet_wire(call->arena, id, call->account_id, vpc.id, cidr, zone);
	item = new_item(call, "subnet", id, wire, tags);
	json_put(call->output, S("subnet"), ec2_answer(call, &item));
	return true;
}

str ec2_group_named(struct call *call, str vpc_id, str name)
{
	size_t n;
	const struct record *const *groups =
		ec2_range(call, ec2_type_by_name(S("security-group")), &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(groups[i]->value, S("wire"));

		if (str_eq(json_str(wire, S("vpcId")), vpc_id) &&
			str_eq_nocase(json_str(wire, S("groupName")), name))
			return json_str(wire, S("groupId"));
	}
	return (str){ 0 };
}

static bool need_group_texts(struct call *call, str *name, str *description)
{
	static const char set[] = "are strings less than 256 characters from the following set:  "
				  "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";

	if (!need_str(call, S("GroupName"), name) ||
		!need_str(call, S("GroupDescription"), description))
		return false;
	if (str_starts(*name, S("sg-")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Value (%.*s) for parameter GroupName is invalid. Group names may not be "
			"in the format sg-*.",
			STR(str_head(*name, 64)));
	if (str_eq_nocase(*name, own_group.name))
		return refuse(call, FAULT_EC2_GROUP_RESERVED,
			"The name 'default' is reserved, and cannot be used to create a new "
			"security group.");
	if (!is_group_text(*name))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Invalid security group name. Valid names %s", set);
	return is_group_text(*description) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "Invalid security group description. Valid descriptions %s", set);
}

/* The group's own pair knows the VPC; a VPC that is not there is authorised as well. */
static bool may_create_group(struct call *call, const struct json *tags, struct ec2_item *vpc)
{
	struct keys keys = { .arena = call->arena };
	str id = get_str(call, S("VpcId"));

	if (!id.n)
		id = ec2_default_vpc(call);
	*vpc = ec2_find(call, ec2_type_by_name(S("vpc")), id);
	if (id.n)
		keys_add(&keys, S("ec2:Vpc"), vpc->arn);
	if (!ec2_allow_create(call, S("security-group"), tags, &keys))
		return false;
	if (!id.n)
		return refuse(call, FAULT_EC2_NO_DEFAULT_VPC, "No default VPC for this user");
	return ec2_allow(call, vpc, NULL, NULL) && ec2_ready(call, vpc);
}

static bool room_for_group(struct call *call, const struct ec2_item *vpc, str name)
{
	size_t n;

	if (ec2_group_named(call, vpc->id, name).n)
		return refuse(call, FAULT_EC2_GROUP_DUPLICATE,
			"The security group '%.*s' already exists for VPC '%.*s'", STR(name),
			STR(vpc->id));
	ec2_range(call, ec2_type_by_name(S("security-group")), &n);
	return n < GROUPS_MAX || refuse(call, FAULT_EC2_GROUP_LIMIT,
					 "The maximum number of security groups has been reached.");
}

/* Without VpcId it is for the default VPC, if the region has one. */
bool ec2_create_security_group(struct call *call)
{
	struct ec2_item vpc, item;
	struct json *tags, *answer;
	str name, description;

	if (!need_group_texts(call, &name, &description) ||
		!spec_tags(call, "security-group", &tags) || !may_create_group(call, tags, &vpc) ||
		!room_for_group(call, &vpc, name))
		return false;
	item = put_group(call, (struct new_group){ .vpc_id = vpc.id,
				       .name = name,
				       .description = description,
				       .tags = tags });
	json_put_bool(call->arena, call->output, S("return"), true);
	json_put_str(call->arena, call->output, S("groupId"), item.id);
	answer = ec2_answer(call, &item);
	json_put_str(call->arena, call->output, S("securityGroupArn"),
		json_str(answer, S("securityGroupArn")));
	if (json_get(answer, S("tagSet")))
		json_put(call->output, S("tagSet"),
			json_clone(call->arena, json_get(answer, S("tagSet"))));
	return true;
}
