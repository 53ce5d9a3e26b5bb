/*
 * ec2_key.c -- key pairs and placement groups: what RunInstances is asked about by name.
 *
 * A key that is made here is a real one: its private half is in the answer and nowhere else
 * (ssh_key.c has its forms, rsa_stock.c makes the slow ones ahead).
 */
#include "account/services.h"
#include "base/crypto.h"

enum { KEY_PAIRS_MAX = 5000, PLACEMENT_GROUPS_MAX = 500, NAME_MAX_CHARS = 255, PARTITIONS_MAX = 7 };

/* ---- by name */

static bool need_name(struct call *call, str parameter, str *name)
{
	if (!need_str(call, parameter, name))
		return false;
	for (size_t i = 0; i < name->n; i++)
		if (name->n > NAME_MAX_CHARS || name->p[i] < ' ' || name->p[i] > '~' ||
			name->p[i] == '/')
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Value (%.*s) for parameter %.*s is invalid.",
				STR(str_head(*name, 64)), STR(parameter));
	return true;
}

/* The item of that name, allowed to be made; it may be there already. */
static bool open_new(struct call *call, const char *type, str name, const struct keys *keys,
	struct json **tags, struct ec2_item *item)
{
	const struct json *specs = json_get(call->input, S("TagSpecification"));
	struct ec2_item wanted;

	*item = ec2_find(call, ec2_type_by_name(str_of(type)), name);
	wanted = *item;
	wanted.wire = wanted.tags = NULL;
	return ec2_spec_types(call, specs, str_of(type)) &&
	       ec2_spec_tags(call, specs, str_of(type), tags) &&
	       ec2_allow_new(call, &wanted, *tags, keys) && ec2_go_ahead(call);
}

static bool check_quota(struct call *call, const char *type, size_t max, enum fault_id fault)
{
	size_t n;

	ec2_range(call, ec2_type_by_name(str_of(type)), &n);
	return n < max || refuse(call, fault, "You have reached the limit of %zu %ss", max, type);
}

/* ---- key pairs */

static bool keep_key(struct call *call, struct ec2_item *item, const struct ssh_key *key,
	const struct json *tags)
{
	struct arena *arena = call->arena;
	struct json *wire = json_new(arena, JSON_OBJECT);

	if (item->wire)
		return refuse(call, FAULT_EC2_KEY_PAIR_DUPLICATE,
			"The keypair '%.*s' already exists.", STR(item->id));
	if (!check_quota(call, "key-pair", KEY_PAIRS_MAX, FAULT_EC2_KEY_PAIR_LIMIT))
		return false;
	json_put_str(arena, wire, S("keyPairId"), new_resource_id(arena, S("key-")));
	json_put_str(arena, wire, S("keyFingerprint"), key->fingerprint);
	json_put_str(arena, wire, S("keyName"), item->id);
	json_put_str(arena, wire, S("keyType"), key->type);
	json_put_str(arena, wire, S("publicKey"), key->public);
	json_put_str(arena, wire, S("createTime"), ec2_time(call));
	ec2_put(call, item, wire, tags);
	item->wire = wire;
	item->tags = tags;
	call->output = ec2_answer(call, item);
	json_remove(call->output, S("createTime"));
	json_remove(call->output, S("keyType"));
	if (key->material.n)
		json_put_str(arena, call->output, S("keyMaterial"), key->material);
	return true;
}

/* With its comment if it is for PuTTY. One that would take long now is for another moment: clients
 * try again by themselves. */
static bool make_key(struct call *call, bool rsa, str putty, struct ssh_key *key)
{
	struct rsa_pair pair;

	if (!rsa) {
		ssh_key_make_ed25519(call->arena, putty, key);
		return true;
	}
	if (!rsa_stock_take(call->arena, call->account->rsa_stock, &pair))
		return refuse(call, FAULT_EC2_THROTTLED, "Request limit exceeded.");
	ssh_key_make_rsa(call->arena, &pair, putty, key);
	return true;
}

bool ec2_create_key_pair(struct call *call)
{
	str name, type = get_str(call, S("KeyType")), format = get_str(call, S("KeyFormat"));
	bool putty = str_eq(format, S("ppk"));
	struct keys keys = { .arena = call->arena };
	struct ec2_item item;
	struct json *tags;
	struct ssh_key key;

	if (!need_name(call, S("KeyName"), &name))
		return false;
	if (!type.n)
		type = S("rsa");
	if (!str_eq(type, S("rsa")) && !str_eq(type, S("ed25519")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Value (%.*s) for parameter KeyType is invalid.", STR(str_head(type, 64)));
	if (format.n && !putty && !str_eq(format, S("pem")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Value (%.*s) for parameter KeyFormat is invalid.",
			STR(str_head(format, 64)));
	keys_add(&keys, S("ec2:KeyPairName"), name);
	keys_add(&keys, S("ec2:KeyPairType"), type);
	if (!open_new(call, "key-pair", name, &keys, &tags, &item))
		return false;
	if (item.wire)
		return keep_key(call, &item, NULL, NULL);
	return make_key(call, str_eq(type, S("rsa")), putty ? name : (str){ 0 }, &key) &&
	       keep_key(call, &item, &key, tags);
}

bool ec2_import_key_pair(struct call *call)
{
	struct keys keys = { .arena = call->arena };
	struct ec2_item item;
	struct json *tags;
	struct ssh_key key;
	str name, material;

	if (!need_name(call, S("KeyName"), &name) ||
		!need_str(call, S("PublicKeyMaterial"), &material))
		return false;
	if (!ssh_key_read(call->arena, material, &key))
		return refuse(call, FAULT_EC2_KEY_FORMAT,
			"Key is not in valid OpenSSH public key format");
	keys_add(&keys, S("ec2:KeyPairName"), name);
	keys_add(&keys, S("ec2:KeyPairType"), key.type);
	return open_new(call, "key-pair", name, &keys, &tags, &item) &&
	       keep_key(call, &item, &key, tags);
}

/* By name or by id. One that is not there is deleted as well. */
bool ec2_delete_key_pair(struct call *call)
{
	const struct ec2_type *type = ec2_type_by_name(S("key-pair"));
	str name = get_str(call, S("KeyName")), id = get_str(call, S("KeyPairId"));
	struct ec2_item item;

	if (!name.n && !id.n)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter KeyName or KeyPairId");
	if (!name.n && ec2_type_of_id(id) != type)
		return refuse(call, FAULT_EC2_ID, "The ID '%.*s' is not valid",
			STR(str_head(id, 64)));
	item = name.n ? ec2_find(call, type, name) : ec2_find_id(call, id);
	if (!ec2_allow(call, &item, NULL, NULL) || !ec2_go_ahead(call))
		return false;
	if (item.wire) {
		call_delete(call, ec2_key(call, type->name, item.id));
		json_put_str(call->arena, call->output, S("keyPairId"),
			json_str(item.wire, S("keyPairId")));
	}
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}

/* ---- placement groups */

static bool read_strategy(struct call *call, str *strategy, uint64_t *partitions)
{
	str count = get_str(call, S("PartitionCount"));

	*strategy = get_str(call, S("Strategy"));
	if (!strategy->n)
		*strategy = S("cluster");
	*partitions = str_eq(*strategy, S("partition")) ? 2 : 0;
	if (!str_eq(*strategy, S("cluster")) && !str_eq(*strategy, S("spread")) && !*partitions)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Value (%.*s) for parameter strategy is invalid.",
			STR(str_head(*strategy, 64)));
	if (count.n &&
		(!*partitions || !str_u64(count, PARTITIONS_MAX, partitions) || !*partitions))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"PartitionCount is between 1 and %d, for the strategy partition only",
			PARTITIONS_MAX);
	return true;
}

bool ec2_create_placement_group(struct call *call)
{
	struct arena *arena = call->arena;
	struct keys keys = { .arena = arena };
	struct json *tags, *wire = json_new(arena, JSON_OBJECT);
	struct ec2_item item;
	uint64_t partitions;
	str name, strategy;

	if (!need_name(call, S("GroupName"), &name) || !read_strategy(call, &strategy, &partitions))
		return false;
	keys_add(&keys, S("ec2:PlacementGroupName"), name);
	keys_add(&keys, S("ec2:PlacementGroupStrategy"), strategy);
	if (!open_new(call, "placement-group", name, &keys, &tags, &item))
		return false;
	if (item.wire)
		return refuse(call, FAULT_EC2_PLACEMENT_DUPLICATE,
			"The Placement Group '%.*s' already exists.", STR(name));
	if (!check_quota(call, "placement-group", PLACEMENT_GROUPS_MAX, FAULT_EC2_PLACEMENT_LIMIT))
		return false;
	json_put_str(arena, wire, S("groupName"), name);
	json_put_str(arena, wire, S("state"), S("available"));
	json_put_str(arena, wire, S("strategy"), strategy);
	if (partitions)
		json_put_int(arena, wire, S("partitionCount"), (int64_t)partitions);
	json_put_str(arena, wire, S("groupId"), new_resource_id(arena, S("pg-")));
	json_put_str(arena, wire, S("groupArn"), item.arn);
	ec2_put(call, &item, wire, tags);
	item.wire = wire;
	item.tags = tags;
	json_put(call->output, S("placementGroup"), ec2_answer(call, &item));
	return true;
}

static bool is_used(struct call *call, str group)
{
	size_t n;
	const struct record *const *records = ec2_range(call, ec2_type_by_name(S("instance")), &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(records[i]->value, S("wire"));

		if (!json_get(wire, S("terminatedAt")) &&
			str_eq(json_str(json_get(wire, S("placement")), S("groupName")), group))
			return true;
	}
	return false;
}

bool ec2_delete_placement_group(struct call *call)
{
	const struct ec2_type *type = ec2_type_by_name(S("placement-group"));
	struct ec2_item item;
	str name;

	if (!need_name(call, S("GroupName"), &name))
		return false;
	item = ec2_find(call, type, name);
	if (!ec2_allow(call, &item, NULL, NULL) || !ec2_go_ahead(call))
		return false;
	if (!item.wire)
		return ec2_missing(call, &item);
	if (is_used(call, name))
		return refuse(call, FAULT_EC2_PLACEMENT_IN_USE,
			"The placement group '%.*s' is in use and may not be deleted.", STR(name));
	call_delete(call, ec2_key(call, type->name, name));
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}
