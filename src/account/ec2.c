/*
 * ec2.c -- EC2's resources as records, their tags, and who may touch them.
 *
 * All of EC2's types are rows of data/ec2_resources.tsv: what an id looks like, where it stands in
 * an answer, how a missing one is reported. Each call of EC2 asks one pair for each resource; the
 * keys of a pair come from the resource itself, from the tags of the request and from the call.
 * Images are kept outside of accounts, since everybody sees them; the tags that an account puts
 * on one are its own, or one account's tags would decide in another.
 */
#include "account/services.h"
#include "base/os.h"

#include <string.h>

static const struct ec2_type types[] = {
#define ROW(type, prefix, id_member, parameter, list, fault, before, behind, other, malformed) \
	{ SC(type), SC(prefix), SC(id_member), SC(parameter), SC(list), fault, SC(before),     \
		SC(behind), SC(other), malformed },
#include "gen/ec2_resources.inc"
#undef ROW
};

/* ---- condition keys */

static struct context_key *keys_next(struct keys *keys, str key)
{
	if (keys->n == keys->cap) {
		struct context_key *old = keys->list;

		keys->cap = keys->cap ? 2 * keys->cap : 16;
		keys->list = NEWS(keys->arena, struct context_key, keys->cap);
		if (old)
			memcpy(keys->list, old, keys->n * sizeof(*old));
	}
	keys->list[keys->n].key = key;
	return &keys->list[keys->n++];
}

void keys_add(struct keys *keys, str key, str value)
{
	struct context_key *next;
	str *copy;

	if (!value.n)
		return;
	copy = NEW(keys->arena, str);
	*copy = value;
	next = keys_next(keys, key);
	next->values = copy;
	next->n = 1;
}

void keys_add_bool(struct keys *keys, str key, bool value)
{
	keys_add(keys, key, value ? S("true") : S("false"));
}

void keys_add_list(struct keys *keys, str key, const struct json *strings)
{
	struct context_key *next;
	str *values;
	size_t n = 0;

	if (!strings || !strings->count)
		return;
	values = NEWS(keys->arena, str, strings->count);
	JSON_EACH(item, strings)
	values[n++] = item->text;
	next = keys_next(keys, key);
	next->values = values;
	next->n = n;
	next->multi = true;
}

/* ---- pages */

bool page_list(struct call *call, struct json *list, const struct paging *paging)
{
	str size_text = get_str(call, paging->size), token = get_str(call, paging->token);
	size_t min = paging->min_size ? paging->min_size : 1;
	uint64_t size = paging->all ? SIZE_MAX : paging->max_size, from = 0;
	struct json *item = list->first;

	if (size_text.n && (!str_u64(size_text, paging->max_size, &size) || size < min))
		return refuse(call, paging->bad_size, "%.*s must be between %zu and %zu.",
			STR(paging->size), min, paging->max_size);
	if (token.n && !str_u64(token, list->count, &from))
		return refuse(call, paging->bad_token, "The token '%.*s' is invalid",
			STR(str_head(token, 64)));
	if (list->count - from > size)
		json_put_str(call->arena, call->output, paging->next,
			arena_printf(call->arena, "%zu", (size_t)(from + size)));
	for (uint64_t i = 0; i < from; i++)
		item = item->next;
	list->first = item;
	list->count -= from;
	if (list->count > size) {
		for (uint64_t i = 1; i < size; i++)
			item = item->next;
		item->next = NULL;
		list->count = size;
	}
	list->last = item;
	return true;
}

/* ---- types, ids, ARNs, records */

const struct ec2_type *ec2_type_by_name(str name)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (str_eq(types[i].name, name))
			return &types[i];
	return NULL;
}

const struct ec2_type *ec2_type_of_id(str id)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (str_starts(id, types[i].prefix) && id.n > types[i].prefix.n)
			return &types[i];
	return NULL;
}

static bool is_image(str type)
{
	return str_eq(type, S("image"));
}

str ec2_arn(struct call *call, str type, str id)
{
	bool nobody = is_image(type) || str_eq(type, S("snapshot"));
	str owner = nobody ? S("") : call->account_id;

	return arena_printf(call->arena, "arn:aws:ec2:%.*s:%.*s:%.*s/%.*s", STR(call->region),
		STR(owner), STR(type), STR(id));
}

str ec2_key(struct call *call, str type, str id)
{
	return arena_printf(call->arena, "/%.*s/ec2/%.*s/%.*s/%.*s", STR(call->account_id),
		STR(call->region), STR(type), STR(id));
}

static str image_key(struct call *call, str id)
{
	return arena_printf(call->arena, "/ec2/%.*s/image/%.*s", STR(call->region), STR(id));
}

/* What the account itself wrote on an image: its tags. */
static str image_tags_key(struct call *call, str id)
{
	return ec2_key(call, S("image-tags"), id);
}

static const struct json *record_member(struct call *call, str key, str member)
{
	const struct record *record = record_get(call->account, key);

	return record ? json_get(record->value, member) : NULL;
}

struct ec2_item ec2_find(struct call *call, const struct ec2_type *type, str id)
{
	struct ec2_item item = { .type = type, .id = id, .arn = ec2_arn(call, type->name, id) };
	bool image = is_image(type->name);
	str key = image ? image_key(call, id) : ec2_key(call, type->name, id);

	item.wire = record_member(call, key, S("wire"));
	item.tags = record_member(call, image ? image_tags_key(call, id) : key, S("tags"));
	return item;
}

struct ec2_item ec2_find_id(struct call *call, str id)
{
	const struct ec2_type *type = ec2_type_of_id(id);
	size_t n = 0;
	const struct record *const *records = type->other.n ? ec2_range(call, type, &n) : NULL;

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(records[i]->value, S("wire"));

		if (str_eq(json_str(wire, type->other), id))
			return ec2_find(call, type, json_str(wire, type->id_member));
	}
	if (!type->other.n)
		return ec2_find(call, type, id);
	return (struct ec2_item){ .type = type,
		.id = id,
		.arn = ec2_arn(call, type->name, S("*")) };
}

bool ec2_is_id(str prefix, str id)
{
	str digits = str_from(id, prefix.n);

	for (size_t i = 0; i < digits.n; i++)
		if (!memchr("0123456789abcdef", digits.p[i], 16))
			return false;
	return str_starts(id, prefix) && (digits.n == 8 || digits.n == 17);
}

bool ec2_missing(struct call *call, const struct ec2_item *item)
{
	str vpc = item->is_name ? ec2_default_vpc(call) : (str){ 0 };

	if (item->is_name)
		return refuse(call, item->type->fault, "%.*s%.*s%.*s in default VPC '%.*s'",
			STR(item->type->before), STR(str_head(item->id, 255)),
			STR(item->type->behind), STR(vpc.n ? vpc : S("none")));
	if (item->type->malformed != FAULT_NONE && !ec2_is_id(item->type->prefix, item->id))
		return refuse(call, item->type->malformed,
			"Invalid id: \"%.*s\" (expecting \"%.*s...\")",
			STR(str_head(item->id, 128)), STR(item->type->prefix));
	return refuse(call, item->type->fault, "%.*s%.*s%.*s", STR(item->type->before),
		STR(item->id), STR(item->type->behind));
}

const struct record *const *ec2_range(struct call *call, const struct ec2_type *type, size_t *n)
{
	return record_range(call->account,
		is_image(type->name) ? image_key(call, S("")) : ec2_key(call, type->name, S("")),
		n);
}

void ec2_put(struct call *call, const struct ec2_item *item, const struct json *wire,
	const struct json *tags)
{
	struct json *value = json_new(call->arena, JSON_OBJECT);
	bool image = is_image(item->type->name);

	if (wire && !image)
		json_put(value, S("wire"), json_clone(call->arena, wire));
	if (tags && tags->count)
		json_put(value, S("tags"), json_clone(call->arena, tags));
	call_put(call,
		image ? image_tags_key(call, item->id) : ec2_key(call, item->type->name, item->id),
		value);
}

static struct json *tag_set(struct arena *arena, const struct json *tags)
{
	struct json *set = json_new(arena, JSON_ARRAY);

	JSON_EACH(tag, tags)
	{
		struct json *entry = json_push(set, json_new(arena, JSON_OBJECT));

		json_put_str(arena, entry, S("key"), tag->name);
		json_put_str(arena, entry, S("value"), tag->text);
	}
	return set;
}

struct json *ec2_answer(struct call *call, const struct ec2_item *item)
{
	static const str internal[] = { SC("terminatedAt"), SC("attachedTo"),
		SC("enableDnsSupport"), SC("enableDnsHostnames"),
		SC("enableNetworkAddressUsageMetrics") };
	struct json *answer = json_clone(call->arena, item->wire);

	for (size_t i = 0; i < COUNT(internal); i++)
		json_remove(answer, internal[i]);
	if (!str_eq_nocase(get_str(call, S("IncludePublicKey")), S("true")))
		json_remove(answer, S("publicKey"));
	if (str_eq(item->type->name, S("security-group")))
		group_show(call, item, answer);
	if ((item->tags && item->tags->count) ||
		str_eq(item->type->name, S("security-group-rule"))) /* which shows an empty set */
		json_put(answer, S("tagSet"), tag_set(call->arena, item->tags));
	return answer;
}

str ec2_time(struct call *call)
{
	str time = time_iso(call->arena, call->now_s);

	return arena_printf(call->arena, "%.*s.000Z", STR(str_head(time, time.n - 1)));
}

/* us-west-2a is usw2-az1. Which letter is which number differs between AWS's older accounts; here
 * the first is the first. (AWS User Guide, "Availability Zone IDs".) */
str ec2_zone_id(struct arena *arena, str zone)
{
	struct buf out = { .arena = arena };
	str rest = str_head(zone, zone.n - (zone.n != 0)), part;

	for (bool first = true, more = rest.n != 0; more; first = false) {
		more = str_cut(rest, '-', &part, &rest);
		if (!more)
			part = rest;
		if (first || !part.n || part.p[0] <= '9')
			buf_str(&out, part);
		else if (part.n == S("northeast").n)
			buf_printf(&out, "%c%c", part.p[0], part.p[S("north").n]);
		else
			buf_char(&out, part.p[0]);
	}
	if (out.n)
		buf_printf(&out, "-az%d", zone.p[zone.n - 1] - 'a' + 1);
	return buf_view(&out);
}

/* ---- the keys that a resource itself brings along */

static const struct {
	str type, key, member;
	str arn_type; /* the value is the ARN of that type */
} item_keys[] = {
	{ SC("image"), SC("ec2:ImageID"), SC("imageId"), { 0 } },
	{ SC("image"), SC("ec2:ImageType"), SC("imageType"), { 0 } },
	{ SC("image"), SC("ec2:Owner"), SC("imageOwnerAlias"), { 0 } },
	{ SC("image"), SC("ec2:Public"), SC("isPublic"), { 0 } },
	{ SC("image"), SC("ec2:RootDeviceType"), SC("rootDeviceType"), { 0 } },
	{ SC("instance"), SC("ec2:AvailabilityZone"), SC("placement.availabilityZone"), { 0 } },
	{ SC("instance"), SC("ec2:EbsOptimized"), SC("ebsOptimized"), { 0 } },
	{ SC("instance"), SC("ec2:InstanceID"), SC("instanceId"), { 0 } },
	{ SC("instance"), SC("ec2:InstanceProfile"), SC("iamInstanceProfile.arn"), { 0 } },
	{ SC("instance"), SC("ec2:InstanceType"), SC("instanceType"), { 0 } },
	{ SC("instance"), SC("ec2:MetadataHttpEndpoint"), SC("metadataOptions.httpEndpoint"),
		{ 0 } },
	{ SC("instance"), SC("ec2:MetadataHttpPutResponseHopLimit"),
		SC("metadataOptions.httpPutResponseHopLimit"), { 0 } },
	{ SC("instance"), SC("ec2:MetadataHttpTokens"), SC("metadataOptions.httpTokens"), { 0 } },
	{ SC("instance"), SC("ec2:InstanceMetadataTags"),
		SC("metadataOptions.instanceMetadataTags"), { 0 } },
	{ SC("instance"), SC("ec2:PlacementGroup"), SC("placement.groupName"),
		SC("placement-group") },
	{ SC("instance"), SC("ec2:RootDeviceType"), SC("rootDeviceType"), { 0 } },
	{ SC("instance"), SC("ec2:Tenancy"), SC("placement.tenancy"), { 0 } },
	{ SC("key-pair"), SC("ec2:KeyPairName"), SC("keyName"), { 0 } },
	{ SC("key-pair"), SC("ec2:KeyPairType"), SC("keyType"), { 0 } },
	{ SC("network-interface"), SC("ec2:AvailabilityZone"), SC("availabilityZone"), { 0 } },
	{ SC("network-interface"), SC("ec2:NetworkInterfaceID"), SC("networkInterfaceId"), { 0 } },
	{ SC("network-interface"), SC("ec2:Subnet"), SC("subnetId"), SC("subnet") },
	{ SC("network-interface"), SC("ec2:Vpc"), SC("vpcId"), SC("vpc") },
	{ SC("placement-group"), SC("ec2:PlacementGroupName"), SC("groupName"), { 0 } },
	{ SC("placement-group"), SC("ec2:PlacementGroupStrategy"), SC("strategy"), { 0 } },
	{ SC("security-group"), SC("ec2:SecurityGroupID"), SC("groupId"), { 0 } },
	{ SC("security-group"), SC("ec2:Vpc"), SC("vpcId"), SC("vpc") },
	{ SC("snapshot"), SC("ec2:Encrypted"), SC("encrypted"), { 0 } },
	{ SC("snapshot"), SC("ec2:Owner"), SC("ownerId"), { 0 } },
	{ SC("snapshot"), SC("ec2:ParentVolume"), SC("volumeId"), SC("volume") },
	{ SC("snapshot"), SC("ec2:SnapshotID"), SC("snapshotId"), { 0 } },
	{ SC("snapshot"), SC("ec2:SnapshotTime"), SC("startTime"), { 0 } },
	{ SC("snapshot"), SC("ec2:VolumeSize"), SC("volumeSize"), { 0 } },
	{ SC("subnet"), SC("ec2:AvailabilityZone"), SC("availabilityZone"), { 0 } },
	{ SC("subnet"), SC("ec2:SubnetID"), SC("subnetId"), { 0 } },
	{ SC("subnet"), SC("ec2:Vpc"), SC("vpcId"), SC("vpc") },
	{ SC("volume"), SC("ec2:AvailabilityZone"), SC("availabilityZone"), { 0 } },
	{ SC("volume"), SC("ec2:Encrypted"), SC("encrypted"), { 0 } },
	{ SC("volume"), SC("ec2:ParentSnapshot"), SC("snapshotId"), SC("snapshot") },
	{ SC("volume"), SC("ec2:VolumeIops"), SC("iops"), { 0 } },
	{ SC("volume"), SC("ec2:VolumeThroughput"), SC("throughput"), { 0 } },
	{ SC("volume"), SC("ec2:VolumeID"), SC("volumeId"), { 0 } },
	{ SC("volume"), SC("ec2:VolumeSize"), SC("size"), { 0 } },
	{ SC("volume"), SC("ec2:VolumeType"), SC("volumeType"), { 0 } },
	{ SC("vpc"), SC("ec2:Tenancy"), SC("instanceTenancy"), { 0 } },
	{ SC("vpc"), SC("ec2:VpcID"), SC("vpcId"), { 0 } },
};

str ec2_text(const struct json *wire, str member)
{
	str head, tail;

	return str_cut(member, '.', &head, &tail) ? json_str(json_get(wire, head), tail)
						  : json_str(wire, member);
}

/* What lies in a zone is known by both of the zone's names, but for network interfaces. */
static void add_zone_id(struct keys *keys, const struct ec2_item *item)
{
	str zone = ec2_text(item->wire, str_eq(item->type->name, S("instance"))
						? S("placement.availabilityZone")
						: S("availabilityZone"));

	if (!str_eq(item->type->name, S("network-interface")))
		keys_add(keys, S("ec2:AvailabilityZoneId"), ec2_zone_id(keys->arena, zone));
}

void ec2_item_keys(struct keys *keys, struct call *call, const struct ec2_item *item)
{
	if (item->wire)
		add_zone_id(keys, item);
	if (item->wire && str_eq(item->type->name, S("instance")))
		keys_add(keys, S("ec2:InstanceMarketType"),
			json_get(item->wire, S("instanceLifecycle")) ? S("spot") : S("on-demand"));
	for (size_t i = 0; item->wire && i < COUNT(item_keys); i++) {
		str value = ec2_text(item->wire, item_keys[i].member);

		if (!value.n || !str_eq(item_keys[i].type, item->type->name))
			continue;
		if (item_keys[i].arn_type.n)
			value = ec2_arn(call, item_keys[i].arn_type, value);
		keys_add(keys, item_keys[i].key, value);
	}
}

/* ---- authorisation */

bool ec2_allow(struct call *call, const struct ec2_item *item, const struct json *request_tags,
	const struct keys *extra)
{
	struct keys keys = { .arena = call->arena };
	struct target target = {
		.action = arena_printf(call->arena, "ec2:%.*s", STR(call->route->operation)),
		.resource = item ? item->arn : S("*"),
		.resource_account = call->account_id,
		.no_resource_types = !item,
		.request_tags = request_tags,
		.resource_tags = item ? item->tags : NULL,
	};

	keys_add(&keys, S("ec2:Region"), call->region);
	if (item)
		ec2_item_keys(&keys, call, item);
	for (size_t i = 0; extra && i < extra->n; i++)
		*keys_next(&keys, extra->list[i].key) = extra->list[i];
	target.extra = keys.list;
	target.nextra = keys.n;
	return allow(call, &target);
}

bool ec2_allow_create(struct call *call, str type, const struct json *tags,
	const struct keys *extra)
{
	struct ec2_item item = { .type = ec2_type_by_name(type),
		.arn = ec2_arn(call, type, S("*")) };

	return ec2_allow_new(call, &item, tags, extra);
}

bool ec2_allow_new(struct call *call, const struct ec2_item *item, const struct json *tags,
	const struct keys *extra)
{
	struct keys keys = { .arena = call->arena };
	struct target target = {
		.action = S("ec2:CreateTags"),
		.resource = item->arn,
		.resource_account = call->account_id,
		.request_tags = tags,
	};

	if (!ec2_allow(call, item, tags, extra))
		return false;
	if (!tags || !tags->count)
		return true;
	keys_add(&keys, S("ec2:Region"), call->region);
	keys_add(&keys, S("ec2:CreateAction"), call->route->operation);
	target.extra = keys.list;
	target.nextra = keys.n;
	return allow(call, &target);
}

bool ec2_go_ahead(struct call *call)
{
	str dry_run = get_str(call, S("DryRun"));

	rsa_stock_want(call->account->rsa_stock);
	if (!dry_run.n || str_eq_nocase(dry_run, S("false")))
		return true;
	if (!str_eq_nocase(dry_run, S("true")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Invalid value '%.*s' for boolean DryRun", STR(str_head(dry_run, 64)));
	return refuse(call, FAULT_EC2_DRY_RUN,
		"Request would have succeeded, but DryRun flag is set.");
}

/* ---- tags */

/*
 * To EC2 and EKS, Vendor and vendor are two tags; to a condition they are one key, and AWS says
 * only that it "matches either, but not both". Nobody needs both, and a tag set that can be read
 * in two ways must not decide anything: it is refused.
 */
bool tags_unambiguous(struct call *call, const struct json *tags)
{
	JSON_EACH(tag, tags)
	for (const struct json *other = tag->next; other; other = other->next)
		if (str_eq_nocase(tag->name, other->name))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Tag keys that differ only in case cannot be told apart by "
				"policies: '%.*s' and '%.*s'",
				STR(tag->name), STR(other->name));
	return true;
}

static bool is_one_of(str word, str words)
{
	str head, tail = words;

	while (str_cut(tail, ' ', &head, &tail))
		if (str_eq(word, head))
			return true;
	return str_eq(word, tail);
}

bool ec2_spec_types(struct call *call, const struct json *specs, str allowed)
{
	if (specs && !json_is(specs, JSON_ARRAY))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"TagSpecification must be a numbered list");
	JSON_EACH(spec, specs)
	{
		str type = json_str(spec, S("ResourceType"));

		if (!type.n)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Tag specification resource type must have a value");
		if (!is_one_of(type, allowed))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"'%.*s' is not a valid taggable resource type for this operation.",
				STR(str_head(type, 64)));
		if (!json_get(spec, S("Tag")))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Tag specification must have at least one tag");
	}
	return true;
}

bool ec2_spec_tags(struct call *call, const struct json *specs, str type, struct json **tags)
{
	*tags = NULL;
	JSON_EACH(spec, specs)
	{
		struct json *some;

		if (!str_eq(json_str(spec, S("ResourceType")), type))
			continue;
		if (!read_tags(call, json_get(spec, S("Tag")), &some))
			return false;
		if (!*tags)
			*tags = json_new(call->arena, JSON_OBJECT);
		JSON_EACH(tag, some)
		json_put_str(call->arena, *tags, tag->name, tag->text);
	}
	return tags_unambiguous(call, *tags);
}

/* The ids of CreateTags and DeleteTags, each authorised with the tags it had before. */
static bool allow_tagging(struct call *call, const struct json *ids, const struct json *tags)
{
	if (!json_is(ids, JSON_ARRAY) || !ids->count)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter ResourceId");
	JSON_EACH(id, ids)
	if (!ec2_type_of_id(id->text))
		return refuse(call, FAULT_EC2_ID, "The ID '%.*s' is not valid",
			STR(str_head(id->text, 64)));
	JSON_EACH(id, ids)
	{
		struct ec2_item item = ec2_find_id(call, id->text);

		if (!ec2_allow(call, &item, tags, NULL))
			return false;
	}
	JSON_EACH(id, ids)
	{
		struct ec2_item item = ec2_find_id(call, id->text);

		if (!item.wire)
			return ec2_missing(call, &item);
	}
	return ec2_go_ahead(call);
}

/* Those that AWS itself put on are not counted, and stay. */
static bool is_aws_tag(str key)
{
	return str_starts(key, S("aws:"));
}

static size_t count_tags(const struct json *tags)
{
	size_t n = 0;

	JSON_EACH(tag, tags)
	n += !is_aws_tag(tag->name);
	return n;
}

static struct json *aws_tags(struct call *call, const struct json *tags)
{
	struct json *left = json_new(call->arena, JSON_OBJECT);

	JSON_EACH(tag, tags)
	if (is_aws_tag(tag->name))
		json_put_str(call->arena, left, tag->name, tag->text);
	return left;
}

bool ec2_create_tags(struct call *call)
{
	const struct json *ids = json_get(call->input, S("ResourceId"));
	const struct json *list = json_get(call->input, S("Tag"));
	struct json *tags;

	if (!list)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter Tag");
	if (!read_tags(call, list, &tags) || !allow_tagging(call, ids, tags))
		return false;
	JSON_EACH(id, ids)
	{
		struct ec2_item item = ec2_find_id(call, id->text);
		struct json *all = item.tags ? json_clone(call->arena, item.tags)
					     : json_new(call->arena, JSON_OBJECT);

		JSON_EACH(tag, tags)
		json_put_str(call->arena, all, tag->name, tag->text);
		if (count_tags(all) > LIMIT_TAGS)
			return refuse(call, FAULT_EC2_TAG_LIMIT,
				"The maximum number of Tags for a resource has been reached.");
		if (!tags_unambiguous(call, all))
			return false;
		ec2_put(call, &item, item.wire, all);
	}
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}

/* A tag is removed by its key, or only if it has the value that was given too. */
static void remove_tags(struct json *all, const struct json *list)
{
	JSON_EACH(tag, list)
	{
		str key = json_str(tag, S("Key"));
		const struct json *value = json_get(tag, S("Value"));

		if (!value || str_eq(value->text, json_str(all, key)))
			json_remove(all, key);
	}
}

bool ec2_delete_tags(struct call *call)
{
	const struct json *ids = json_get(call->input, S("ResourceId"));
	const struct json *list = json_get(call->input, S("Tag"));
	struct json *named = json_new(call->arena, JSON_OBJECT);

	JSON_EACH(tag, list)
	{
		if (is_aws_tag(json_str(tag, S("Key"))))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Tag keys starting with 'aws:' are reserved for internal use");
		json_put_str(call->arena, named, json_str(tag, S("Key")),
			json_str(tag, S("Value")));
	}
	if (!allow_tagging(call, ids, named))
		return false;
	JSON_EACH(id, ids)
	{
		struct ec2_item item = ec2_find_id(call, id->text);
		struct json *all = aws_tags(call, item.tags);

		if (list && item.tags)
			all = json_clone(call->arena, item.tags);
		remove_tags(all, list);
		ec2_put(call, &item, item.wire, all);
	}
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}

/* ---- one that a call is about. */

bool ec2_ready(struct call *call, const struct ec2_item *item)
{
	return item->wire ? ec2_go_ahead(call) : ec2_missing(call, item);
}

bool ec2_open(struct call *call, const char *type, str id, struct ec2_item *item)
{
	*item = ec2_find(call, ec2_type_by_name(str_of(type)), id);
	return ec2_allow(call, item, NULL, NULL) && ec2_ready(call, item);
}

bool ec2_need(struct call *call, const char *type, str parameter, struct ec2_item *item)
{
	str id;

	return need_str(call, parameter, &id) && ec2_open(call, type, id, item);
}

bool ec2_remove(struct call *call, const struct ec2_item *item)
{
	call_delete(call, ec2_key(call, item->type->name, item->id));
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}
