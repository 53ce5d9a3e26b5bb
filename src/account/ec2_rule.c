/*
 * ec2_rule.c -- a security group's rules: allowed and revoked.
 *
 * A rule is one protocol, one range of ports and one peer. A group's record has them as its
 * Describe shows them: peers under their protocol and ports. Rules have no ids of their own here,
 * and no tags.
 * (EC2 API Reference, AuthorizeSecurityGroupIngress, IpPermission, and "Error codes".)
 */
#include "account/services.h"

enum { RULES_MAX = 60, PORT_MAX = 65535 };

/* The four sorts of peers: the parameter's list and its member, the answer's. */
static const struct sort {
	str given, given_member, kept, kept_member;
} sorts[] = {
	{ SC("IpRanges"), SC("CidrIp"), SC("ipRanges"), SC("cidrIp") },
	{ SC("Ipv6Ranges"), SC("CidrIpv6"), SC("ipv6Ranges"), SC("cidrIpv6") },
	{ SC("Groups"), SC("GroupId"), SC("groups"), SC("groupId") },
	{ SC("PrefixListIds"), SC("PrefixListId"), SC("prefixListIds"), SC("prefixListId") },
};

struct rule {
	str protocol, from, to; /* no ports: {0} */
	const struct sort *sort;
	str peer, description;
};

/* ---- reading */

static str protocol_of(str given)
{
	static const struct {
		str number, name;
	} names[] = { { SC("6"), SC("tcp") }, { SC("17"), SC("udp") }, { SC("1"), SC("icmp") },
		{ SC("58"), SC("icmpv6") }, { SC("-1"), SC("-1") } };
	uint64_t number;

	for (size_t i = 0; i < COUNT(names); i++)
		if (str_eq(given, names[i].number) || str_eq_nocase(given, names[i].name))
			return names[i].name;
	return str_u64(given, 255, &number) ? given : (str){ 0 };
}

static bool has_ports(str protocol)
{
	return str_eq(protocol, S("tcp")) || str_eq(protocol, S("udp"));
}

static bool read_ports(struct call *call, const struct json *permission, struct rule *rule)
{
	str given = json_str(permission, S("IpProtocol"));
	uint64_t from, to;

	rule->protocol = protocol_of(given);
	if (!rule->protocol.n)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Invalid value '%.*s' for IP protocol. Unknown protocol.",
			STR(str_head(given, 32)));
	if (str_eq(rule->protocol, S("-1")))
		return true;
	rule->from = json_str(permission, S("FromPort"));
	rule->to = json_str(permission, S("ToPort"));
	if (!has_ports(rule->protocol))
		return true;
	if (!rule->from.n || !rule->to.n)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Invalid value 'Must specify both from and to ports with TCP/UDP.' for "
			"portRange.");
	return (str_u64(rule->from, PORT_MAX, &from) && str_u64(rule->to, PORT_MAX, &to) &&
		       from <= to) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "Invalid value for portRange. Must specify both from and to ports with "
		       "TCP/UDP.");
}

static bool check_peer(struct call *call, const struct rule *rule)
{
	struct ec2_item group;

	if (str_eq(rule->sort->kept, S("ipRanges")) && !ec2_is_cidr(rule->peer))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE, "CIDR block %.*s is malformed",
			STR(str_head(rule->peer, 64)));
	if (!str_eq(rule->sort->kept, S("groups")))
		return true;
	group = ec2_find(call, ec2_type_by_name(S("security-group")), rule->peer);
	return group.wire || ec2_missing(call, &group);
}

/* One rule for each peer that a permission names. */
static bool read_permission(struct call *call, const struct json *permission, struct rule *rules,
	size_t *n)
{
	struct rule rule = { 0 };

	if (!read_ports(call, permission, &rule))
		return false;
	for (size_t i = 0; i < COUNT(sorts); i++)
		JSON_EACH(peer, json_get(permission, sorts[i].given))
		{
			rule.sort = &sorts[i];
			rule.peer = json_str(peer, sorts[i].given_member);
			rule.description = json_str(peer, S("Description"));
			if (*n == RULES_MAX)
				return refuse(call, FAULT_EC2_RULE_LIMIT,
					"The maximum number of rules per security group has been "
					"reached.");
			if (!check_peer(call, &rule))
				return false;
			rules[(*n)++] = rule;
		}
	return true;
}

/* Parameters without a list are one permission with one range. */
static const struct json *flat_permission(struct call *call)
{
	struct json *permission = json_clone(call->arena, call->input);
	struct json *peers = json_put(permission, S("IpRanges"), json_new(call->arena, JSON_ARRAY));

	peers = json_push(peers, json_new(call->arena, JSON_OBJECT));
	json_put_str(call->arena, peers, S("CidrIp"), get_str(call, S("CidrIp")));
	return permission;
}

static bool read_rules(struct call *call, struct rule *rules, size_t *n)
{
	static const str others[] = { SC("SourceSecurityGroupName"),
		SC("SourceSecurityGroupOwnerId"), SC("SecurityGroupRuleId"),
		SC("TagSpecification") };
	const struct json *list = json_get(call->input, S("IpPermissions"));

	*n = 0;
	if (!lacks(call, others, COUNT(others)))
		return false;
	if (!list && get_str(call, S("IpProtocol")).n)
		return read_permission(call, flat_permission(call), rules, n);
	JSON_EACH(permission, list)
	if (!read_permission(call, permission, rules, n))
		return false;
	return *n || refuse(call, FAULT_MISSING_PARAMETER,
			     "The request must contain the parameter IpPermissions");
}

/* ---- the record */

static struct json *find_permission(const struct json *list, const struct rule *rule)
{
	for (struct json *entry = list->first; entry; entry = entry->next)
		if (str_eq(json_str(entry, S("ipProtocol")), rule->protocol) &&
			str_eq(json_str(entry, S("fromPort")), rule->from) &&
			str_eq(json_str(entry, S("toPort")), rule->to))
			return entry;
	return NULL;
}

static bool has_peer(const struct json *permission, const struct rule *rule)
{
	JSON_EACH(peer, json_get(permission, rule->sort->kept))
	if (str_eq(json_str(peer, rule->sort->kept_member), rule->peer))
		return true;
	return false;
}

static void add_rule(struct call *call, struct json *list, const struct rule *rule)
{
	struct arena *arena = call->arena;
	struct json *permission = find_permission(list, rule), *peers;

	if (!permission) {
		permission = json_push(list, json_new(arena, JSON_OBJECT));
		json_put_str(arena, permission, S("ipProtocol"), rule->protocol);
		if (rule->from.n)
			json_put_str(arena, permission, S("fromPort"), rule->from);
		if (rule->to.n)
			json_put_str(arena, permission, S("toPort"), rule->to);
	}
	peers = json_get(permission, rule->sort->kept);
	if (!peers)
		peers = json_put(permission, rule->sort->kept, json_new(arena, JSON_ARRAY));
	peers = json_push(peers, json_new(arena, JSON_OBJECT));
	json_put_str(arena, peers, rule->sort->kept_member, rule->peer);
	if (str_eq(rule->sort->kept, S("groups")))
		json_put_str(arena, peers, S("userId"), call->account_id);
	if (rule->description.n)
		json_put_str(arena, peers, S("description"), rule->description);
}

static size_t count_peers(const struct json *permission)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(sorts); i++)
		if (json_get(permission, sorts[i].kept))
			n += json_get(permission, sorts[i].kept)->count;
	return n;
}

/* Without one peer, and without a permission that had no other. */
static void remove_rule(struct call *call, struct json *wire, str direction,
	const struct rule *rule)
{
	struct arena *arena = call->arena;
	const struct json *list = json_get(wire, direction);
	struct json *permission = find_permission(list, rule);
	struct json *left = json_new(arena, JSON_ARRAY);

	JSON_EACH(peer, json_get(permission, rule->sort->kept))
	if (!str_eq(json_str(peer, rule->sort->kept_member), rule->peer))
		json_push(left, json_clone(arena, peer));
	json_put(permission, rule->sort->kept, left);
	left = json_new(arena, JSON_ARRAY);
	JSON_EACH(other, list)
	if (count_peers(other))
		json_push(left, json_clone(arena, other));
	json_put(wire, direction, left);
}

static str said(struct arena *arena, const struct rule *rule)
{
	struct buf name = { .arena = arena };

	for (size_t i = 0; i < rule->protocol.n; i++) {
		char c = rule->protocol.p[i];

		buf_char(&name, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
	}
	if (str_eq(rule->protocol, S("-1")))
		return arena_printf(arena, "peer: %.*s, ALL, ALLOW", STR(rule->peer));
	return arena_printf(arena, "peer: %.*s, %.*s, from port: %.*s, to port: %.*s, ALLOW",
		STR(rule->peer), STR(buf_view(&name)), STR(rule->from), STR(rule->to));
}

/* ---- the operations */

static bool change_rules(struct call *call, str direction, bool add)
{
	struct rule rules[RULES_MAX];
	struct ec2_item item;
	struct json *wire, *list;
	size_t n;

	if (!read_rules(call, rules, &n) || !ec2_open_group(call, &item))
		return false;
	wire = json_clone(call->arena, item.wire);
	for (size_t i = 0; i < n; i++) {
		const struct json *permission;

		list = json_get(wire, direction);
		permission = find_permission(list, &rules[i]);
		if (add && permission && has_peer(permission, &rules[i]))
			return refuse(call, FAULT_EC2_RULE_DUPLICATE,
				"the specified rule \"%.*s\" already exists",
				STR(said(call->arena, &rules[i])));
		if (!add && (!permission || !has_peer(permission, &rules[i])))
			return refuse(call, FAULT_EC2_RULE_NOT_FOUND,
				"The specified rule does not exist in this security group.");
		if (add)
			add_rule(call, list, &rules[i]);
		else
			remove_rule(call, wire, direction, &rules[i]);
	}
	if (json_get(wire, direction)->count > RULES_MAX)
		return refuse(call, FAULT_EC2_RULE_LIMIT,
			"The maximum number of rules per security group has been reached.");
	ec2_put(call, &item, wire, item.tags);
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}

bool ec2_authorize_ingress(struct call *call)
{
	return change_rules(call, S("ipPermissions"), true);
}

bool ec2_authorize_egress(struct call *call)
{
	return change_rules(call, S("ipPermissionsEgress"), true);
}

bool ec2_revoke_ingress(struct call *call)
{
	return change_rules(call, S("ipPermissions"), false);
}

bool ec2_revoke_egress(struct call *call)
{
	return change_rules(call, S("ipPermissionsEgress"), false);
}
