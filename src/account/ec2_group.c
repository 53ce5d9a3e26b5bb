/*
 * ec2_group.c -- security groups and what they hold: rules, each of which is a record of its own.
 *
 * A rule is one protocol, one range of ports and one peer, in one direction. Its record is what
 * DescribeSecurityGroupRules shows of it; the group's record has only the ids, in the order in
 * which they were made, and DescribeSecurityGroups puts the rules together by protocol and ports.
 *
 * Databases of before rules had ids have them inside of the groups. When they are opened, each
 * such rule gets an id that is made of what it says, so that an attempt that broke off and the
 * next one find the same; all of a group changes in one commit.
 */
#include "account/services.h"
#include "base/os.h"

/* ---- the sorts of peers, in a permission and in a rule */

static const struct peer_names peers[PEER_SORTS] = {
	[PEER_IPV4] = { SC("IpRanges"), SC("CidrIp"), SC("ipRanges"), SC("cidrIp"), SC("CidrIpv4"),
		SC("cidrIpv4") },
	[PEER_IPV6] = { SC("Ipv6Ranges"), SC("CidrIpv6"), SC("ipv6Ranges"), SC("cidrIpv6"),
		SC("CidrIpv6"), SC("cidrIpv6") },
	[PEER_GROUP] = { SC("Groups"), SC("GroupId"), SC("groups"), SC("groupId"),
		SC("ReferencedGroupId"), SC("referencedGroupInfo") },
	[PEER_PREFIX_LIST] = { SC("PrefixListIds"), SC("PrefixListId"), SC("prefixListIds"),
		SC("prefixListId"), SC("PrefixListId"), SC("prefixListId") },
};

const struct peer_names *peer_names(enum peer_sort sort)
{
	return &peers[sort];
}

bool rule_has_ports(const struct group_rule *rule)
{
	return str_eq(rule->protocol, S("tcp")) || str_eq(rule->protocol, S("udp"));
}

bool rule_is_icmp(const struct group_rule *rule)
{
	return str_eq(rule->protocol, S("icmp")) || str_eq(rule->protocol, S("icmpv6"));
}

static bool is_same(const struct group_rule *a, const struct group_rule *b)
{
	return a->egress == b->egress && str_eq(a->protocol, b->protocol) && a->from == b->from &&
	       a->to == b->to && a->sort == b->sort && str_eq(a->peer, b->peer);
}

size_t rule_place(const struct group_rule *rules, size_t n, const struct group_rule *rule)
{
	for (size_t i = 0; i < n; i++)
		if (is_same(&rules[i], rule))
			return i;
	return SIZE_MAX;
}

/* ---- a rule and its record */

struct json *rule_wire(struct arena *arena, const struct group_place *place,
	const struct group_rule *rule)
{
	struct json *wire = json_new(arena, JSON_OBJECT), *info;
	str member = peers[rule->sort].rule_member;

	json_put_str(arena, wire, S("securityGroupRuleId"), rule->id);
	json_put_str(arena, wire, S("groupId"), place->group_id);
	json_put_str(arena, wire, S("groupOwnerId"), place->account_id);
	json_put_bool(arena, wire, S("isEgress"), rule->egress);
	json_put_str(arena, wire, S("ipProtocol"), rule->protocol);
	json_put_int(arena, wire, S("fromPort"), rule->from);
	json_put_int(arena, wire, S("toPort"), rule->to);
	if (rule->sort == PEER_GROUP) {
		info = json_put(wire, member, json_new(arena, JSON_OBJECT));
		json_put_str(arena, info, S("groupId"), rule->peer);
		json_put_str(arena, info, S("userId"), place->account_id);
	} else {
		json_put_str(arena, wire, member, rule->peer);
	}
	if (rule->description.n)
		json_put_str(arena, wire, S("description"), rule->description);
	json_put_str(arena, wire, S("securityGroupRuleArn"),
		arena_printf(arena, "arn:aws:ec2:%.*s:%.*s:security-group-rule/%.*s",
			STR(place->region), STR(place->account_id), STR(rule->id)));
	return wire;
}

/* -1, or up to five digits. */
bool port_read(str text, int *port)
{
	uint64_t number = 0;
	bool all = str_eq(text, S("-1"));

	if (!all && (text.n > 5 || !str_u64(text, 65535, &number)))
		return false;
	*port = all ? -1 : (int)number;
	return true;
}

static struct group_rule read_rule(const struct ec2_item *item)
{
	struct group_rule rule = { .id = item->id,
		.from = -1,
		.to = -1,
		.egress = str_eq(json_str(item->wire, S("isEgress")), S("true")),
		.protocol = json_str(item->wire, S("ipProtocol")),
		.description = json_str(item->wire, S("description")),
		.tags = item->tags };

	if (!port_read(json_str(item->wire, S("fromPort")), &rule.from) ||
		!port_read(json_str(item->wire, S("toPort")), &rule.to))
		rule.from = rule.to = -1;
	for (enum peer_sort sort = 0; sort < PEER_SORTS; sort++) {
		const struct json *peer = json_get(item->wire, peers[sort].rule_member);

		if (!peer)
			continue;
		rule.sort = sort;
		rule.peer = sort == PEER_GROUP ? json_str(peer, S("groupId")) : peer->text;
	}
	return rule;
}

struct group_rule *group_rules(struct call *call, const struct ec2_item *group, size_t *n)
{
	const struct json *ids = json_get(group->wire, S("rules"));
	struct group_rule *rules = NEWS(call->arena, struct group_rule, ids ? ids->count : 0);

	*n = 0;
	JSON_EACH(id, ids)
	{
		struct ec2_item item =
			ec2_find(call, ec2_type_by_name(S("security-group-rule")), id->text);

		if (item.wire)
			rules[(*n)++] = read_rule(&item);
	}
	return rules;
}

void put_rule(struct call *call, const struct ec2_item *group, const struct group_rule *rule)
{
	struct group_place place = { call->account_id, call->region, group->id };
	struct ec2_item item = { .type = ec2_type_by_name(S("security-group-rule")),
		.id = rule->id };

	ec2_put(call, &item, rule_wire(call->arena, &place, rule), rule->tags);
}

/* ---- as permissions: rules of the same protocol and ports are one */

static struct json *permission_of(struct arena *arena, struct json *set,
	const struct group_rule *rule, str from, str to)
{
	struct json *entry;

	for (entry = set->first; entry; entry = entry->next)
		if (str_eq(json_str(entry, S("ipProtocol")), rule->protocol) &&
			str_eq(json_str(entry, S("fromPort")), from) &&
			str_eq(json_str(entry, S("toPort")), to))
			return entry;
	entry = json_push(set, json_new(arena, JSON_OBJECT));
	json_put_str(arena, entry, S("ipProtocol"), rule->protocol);
	if (from.n) {
		json_put_str(arena, entry, S("fromPort"), from);
		json_put_str(arena, entry, S("toPort"), to);
	}
	for (size_t i = 0; i < PEER_SORTS; i++)
		json_put(entry, peers[i].shown_list, json_new(arena, JSON_ARRAY));
	return entry;
}

void add_permission(struct arena *arena, struct json *set, const struct group_rule *rule,
	str account_id)
{
	bool ports = rule_has_ports(rule) || rule_is_icmp(rule);
	str from = ports ? arena_printf(arena, "%d", rule->from) : (str){ 0 };
	str to = ports ? arena_printf(arena, "%d", rule->to) : (str){ 0 };
	struct json *list =
		json_get(permission_of(arena, set, rule, from, to), peers[rule->sort].shown_list);
	struct json *peer = json_push(list, json_new(arena, JSON_OBJECT));

	json_put_str(arena, peer, peers[rule->sort].shown_member, rule->peer);
	if (rule->sort == PEER_GROUP)
		json_put_str(arena, peer, S("userId"), account_id);
	if (rule->description.n)
		json_put_str(arena, peer, S("description"), rule->description);
}

void group_show(struct call *call, const struct ec2_item *group, struct json *answer)
{
	size_t n;
	const struct group_rule *rules = group_rules(call, group, &n);
	struct json *sets[2]; /* in, out */

	json_remove(answer, S("rules"));
	json_put_str(call->arena, answer, S("securityGroupArn"),
		ec2_arn(call, S("security-group"), group->id));
	sets[0] = json_put(answer, S("ipPermissions"), json_new(call->arena, JSON_ARRAY));
	sets[1] = json_put(answer, S("ipPermissionsEgress"), json_new(call->arena, JSON_ARRAY));
	for (size_t i = 0; i < n; i++)
		add_permission(call->arena, sets[rules[i].egress], &rules[i], call->account_id);
}

/* ---- making and removing groups */

static str place_key(struct arena *arena, const struct group_place *place, const char *type, str id)
{
	return arena_printf(arena, "/%.*s/ec2/%.*s/%s/%.*s", STR(place->account_id),
		STR(place->region), type, STR(id));
}

static void sink_rule(struct arena *arena, const struct new_group *new, struct json *ids,
	struct group_rule *rule)
{
	struct json *value = json_new(arena, JSON_OBJECT);

	rule->id = new_resource_id(arena, S("sgr-"));
	json_push(ids, json_new_str(arena, rule->id));
	json_put(value, S("wire"), rule_wire(arena, &new->place, rule));
	new->put(new->context, place_key(arena, &new->place, "security-group-rule", rule->id),
		value);
}

/* Everything may leave, nothing may come in; the members of a VPC's own group reach one another. */
struct json *make_group(struct arena *arena, const struct new_group *new)
{
	const struct group_place *place = &new->place;
	struct group_rule out = { .egress = true, .protocol = S("-1"), .from = -1, .to = -1 };
	struct group_rule in = out;
	struct json *value = json_new(arena, JSON_OBJECT), *ids;
	struct json *wire = json_put(value, S("wire"), json_new(arena, JSON_OBJECT));

	json_put_str(arena, wire, S("ownerId"), place->account_id);
	json_put_str(arena, wire, S("groupId"), place->group_id);
	json_put_str(arena, wire, S("groupName"), new->name);
	json_put_str(arena, wire, S("groupDescription"), new->description);
	json_put_str(arena, wire, S("vpcId"), new->vpc_id);
	ids = json_put(wire, S("rules"), json_new(arena, JSON_ARRAY));
	if (new->reach_one_another) {
		in.egress = false;
		in.sort = PEER_GROUP;
		in.peer = place->group_id;
		sink_rule(arena, new, ids, &in);
	}
	out.peer = S("0.0.0.0/0");
	sink_rule(arena, new, ids, &out);
	if (new->tags && (new->tags->count > 0))
		json_put(value, S("tags"), json_clone(arena, new->tags));
	new->put(new->context, place_key(arena, place, "security-group", place->group_id), value);
	return wire;
}

void group_delete(struct call *call, str id)
{
	struct ec2_item group = ec2_find(call, ec2_type_by_name(S("security-group")), id);

	JSON_EACH(rule, json_get(group.wire, S("rules")))
	call_delete(call, ec2_key(call, S("security-group-rule"), rule->text));
	call_delete(call, ec2_key(call, S("security-group"), id));
}

/* ---- databases of before rules had ids */

struct upgrade {
	struct account *account;
	struct change_list list;
	struct group_place place;
	str key; /* of the group */
	struct json *ids;
	size_t groups;
};

enum { UPGRADE_BATCH = 200 }; /* changes in one commit */

/* /ACCOUNT/ec2/REGION/security-group/ID */
static bool is_group_key(str key, struct group_place *place)
{
	str rest, type;

	return key.n > 13 && str_starts(str_from(key, 13), S("/ec2/")) &&
	       str_cut(str_from(key, 18), '/', &place->region, &rest) &&
	       str_cut(rest, '/', &type, &place->group_id) && str_eq(type, S("security-group"));
}

/* What the rule says, and no chance. */
static str upgraded_id(struct arena *arena, str group_key, const struct group_rule *rule)
{
	unsigned char hash[SHA256_BYTES];

	sha256(arena_printf(arena, "%.*s %d %.*s %d %d %d %.*s", STR(group_key), rule->egress,
		       STR(rule->protocol), rule->from, rule->to, (int)rule->sort, STR(rule->peer)),
		hash);
	return JOIN(arena, S("sgr-"), str_head(hex_write(arena, hash, sizeof(hash)), 17));
}

static bool is_listed(const struct json *ids, str id)
{
	JSON_EACH(other, ids)
	if (str_eq(other->text, id))
		return true;
	return false;
}

static void upgrade_rule(struct upgrade *up, struct group_rule *rule)
{
	struct arena *arena = up->list.arena;
	struct json *value;
	bool v6;

	if (rule->sort == PEER_IPV4 || rule->sort == PEER_IPV6) {
		str canonical;

		if (network_canonical(arena, rule->peer, &v6, &canonical))
			rule->peer = canonical;
	}
	rule->id = upgraded_id(arena, up->key, rule);
	if (is_listed(up->ids, rule->id))
		return; /* the same rule, written in two ways */
	json_push(up->ids, json_new_str(arena, rule->id));
	value = json_new(arena, JSON_OBJECT);
	json_put(value, S("wire"), rule_wire(arena, &up->place, rule));
	change_put(&up->list, place_key(arena, &up->place, "security-group-rule", rule->id), value);
}

static void upgrade_permission(struct upgrade *up, const struct json *permission, bool egress)
{
	struct group_rule rule = { .egress = egress,
		.protocol = json_str(permission, S("ipProtocol")),
		.from = -1,
		.to = -1 };
	bool ports = rule_has_ports(&rule) || rule_is_icmp(&rule);

	if (!ports || !port_read(json_str(permission, S("fromPort")), &rule.from) ||
		!port_read(json_str(permission, S("toPort")), &rule.to))
		rule.from = rule.to = -1;
	for (rule.sort = 0; rule.sort < PEER_SORTS; rule.sort++)
		JSON_EACH(peer, json_get(permission, peers[rule.sort].shown_list))
		{
			rule.peer = json_str(peer, peers[rule.sort].shown_member);
			rule.description = json_str(peer, S("description"));
			upgrade_rule(up, &rule);
		}
}

static void upgrade_group(struct upgrade *up, const struct json *old)
{
	struct arena *arena = up->list.arena;
	struct json *value = json_clone(arena, old), *wire = json_get(value, S("wire"));

	up->ids = json_new(arena, JSON_ARRAY);
	JSON_EACH(permission, json_get(wire, S("ipPermissions")))
	upgrade_permission(up, permission, false);
	JSON_EACH(permission, json_get(wire, S("ipPermissionsEgress")))
	upgrade_permission(up, permission, true);
	json_remove(wire, S("ipPermissions"));
	json_remove(wire, S("ipPermissionsEgress"));
	json_put(wire, S("rules"), up->ids);
	change_put(&up->list, up->key, value);
	up->groups++;
}

static bool upgrade_commit(struct upgrade *up, struct err *err)
{
	bool good = records_commit(up->account, &up->list, err);

	records_release(up->account);
	up->list = (struct change_list){ .arena = up->list.arena };
	return good;
}

bool groups_upgrade(struct account *account, struct err *err)
{
	struct arena arena = { 0 };
	struct upgrade up = { .account = account, .list = { .arena = &arena } };
	str *keys = NEWS(&arena, str, account->n);
	size_t n = 0;
	bool good = true;

	for (size_t i = 0; i < account->n; i++)
		if (is_group_key(account->records[i]->key, &up.place))
			keys[n++] = arena_copy(&arena, account->records[i]->key);
	for (size_t i = 0; i < n && good; i++) {
		const struct json *value = record_get(account, keys[i])->value;
		const struct json *wire = json_get(value, S("wire"));

		if (!wire || json_get(wire, S("rules")))
			continue;
		up.key = keys[i];
		up.place.account_id = str_head(str_from(keys[i], 1), 12);
		is_group_key(keys[i], &up.place);
		upgrade_group(&up, value);
		if (up.list.n >= UPGRADE_BATCH)
			good = upgrade_commit(&up, err);
	}
	if (good && up.list.n)
		good = upgrade_commit(&up, err);
	if (good && up.groups)
		log_line(LOG_INFO, "rules have ids now", "groups=%zu", up.groups);
	arena_free(&arena);
	return good;
}
