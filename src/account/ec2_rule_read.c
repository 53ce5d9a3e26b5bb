/*
 * ec2_rule_read.c -- what a call asks about a security group's rules, read and checked.
 *
 * One permission names a protocol and ports, and as many peers as it likes: each is a rule.
 * Addresses become what AWS makes of them, so that one rule is not two for being written in two
 * ways. Whether a peer is there is asked last, of callers who may know.
 * (EC2 API Reference, IpPermission, IpRange, SecurityGroupRuleRequest, and "Error codes".)
 */
#include "account/services.h"

#include <string.h>

enum { PORT_MAX = 65535, ICMP_MAX = 255, DESCRIPTION_MAX = 255 };

/* ---- protocol and ports */

static str protocol_of(str given)
{
	static const struct {
		str other, name;
	} names[] = { { SC("6"), SC("tcp") }, { SC("17"), SC("udp") }, { SC("1"), SC("icmp") },
		{ SC("58"), SC("icmpv6") }, { SC("all"), SC("-1") } };
	uint64_t number;

	for (size_t i = 0; i < COUNT(names); i++)
		if (str_eq_nocase(given, names[i].other) || str_eq_nocase(given, names[i].name))
			return names[i].name;
	return str_u64(given, 255, &number) ? given : (str){ 0 };
}

static bool bad_range(struct call *call, const char *why)
{
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE, "Invalid value '%s' for portRange.",
		why);
}

static bool read_tcp(struct call *call, str from, str to, struct group_rule *rule)
{
	if (!from.n || !to.n)
		return bad_range(call, "Must specify both from and to ports with TCP/UDP.");
	if (port_read(from, &rule->from) && port_read(to, &rule->to) && rule->from >= 0 &&
		rule->from <= rule->to)
		return true;
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE, "Invalid TCP/UDP port range (%.*s:%.*s)",
		STR(str_head(from, 16)), STR(str_head(to, 16)));
}

/* ICMPv6 may say nothing: all types. All types have all codes. */
static bool read_icmp(struct call *call, str from, str to, struct group_rule *rule)
{
	if (str_eq(rule->protocol, S("icmpv6")) && !from.n && !to.n)
		return true;
	if (!from.n || !to.n)
		return bad_range(call, "Must specify both type and code with ICMP.");
	if (!port_read(from, &rule->from) || !port_read(to, &rule->to) || rule->from > ICMP_MAX ||
		rule->to > ICMP_MAX || (rule->from == -1 && rule->to != -1))
		return bad_range(call, "ICMP type and code must be -1, or up to 255; all types "
				       "have all codes.");
	return true;
}

static bool read_ports(struct call *call, const struct json *permission, struct group_rule *rule)
{
	str given = json_str(permission, S("IpProtocol"));
	str from = json_str(permission, S("FromPort")), to = json_str(permission, S("ToPort"));

	rule->from = rule->to = -1;
	rule->protocol = protocol_of(given);
	if (!given.n)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter ipProtocol");
	if (!rule->protocol.n)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Invalid value '%.*s' for IP protocol. Unknown protocol.",
			STR(str_head(given, 32)));
	if (rule_has_ports(rule))
		return read_tcp(call, from, to, rule);
	return !rule_is_icmp(rule) || read_icmp(call, from, to, rule);
}

/* ---- the peer and the description */

bool is_group_text(str text)
{
	static const char others[] = " ._-:/()#,@[]+=&;{}!$*";
	bool good = text.n <= DESCRIPTION_MAX;

	for (size_t i = 0; i < text.n && good; i++)
		good = ascii_alnum(text.p[i]) || memchr(others, text.p[i], sizeof(others) - 1);
	return good;
}

bool description_check(struct call *call, str description)
{
	return is_group_text(description) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "Invalid rule description. Valid descriptions are strings less than "
		       "256 characters from the following set:  a-zA-Z0-9. "
		       "_-:/()#,@[]+=&;{}!$*");
}

static bool check_peer(struct call *call, struct group_rule *rule)
{
	bool v6 = rule->sort == PEER_IPV6, is_v6;
	str canonical;

	switch (rule->sort) {
	case PEER_IPV4:
	case PEER_IPV6:
		if (!network_canonical(call->arena, rule->peer, &is_v6, &canonical) || v6 != is_v6)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"CIDR block %.*s is malformed", STR(str_head(rule->peer, 64)));
		rule->peer = canonical;
		break;
	case PEER_PREFIX_LIST:
		if (!ec2_is_id(S("pl-"), rule->peer))
			return refuse(call, FAULT_EC2_PREFIX_LIST_MALFORMED,
				"Invalid id: \"%.*s\" (expecting \"pl-...\")",
				STR(str_head(rule->peer, 64)));
		break;
	case PEER_GROUP:
		if (!rule->peer.n)
			return refuse(call, FAULT_MISSING_PARAMETER, "Source group ID missing.");
		break;
	case PEER_SORTS:
		break;
	}
	return description_check(call, rule->description);
}

/* Another account's group is none that could be reached. */
static bool peer_exists(struct call *call, const struct ec2_item *group, struct group_rule *rule)
{
	const struct ec2_type *type = ec2_type_by_name(S("security-group"));
	str vpc = json_str(group->wire, S("vpcId"));
	struct ec2_item peer;

	if (rule->sort != PEER_GROUP)
		return true;
	peer = rule->is_name ? group_called(call, rule->peer) : ec2_find(call, type, rule->peer);
	rule->peer = peer.id;
	if (!peer.wire)
		return ec2_missing(call, &peer);
	return str_eq(json_str(peer.wire, S("vpcId")), vpc) ||
	       refuse(call, FAULT_EC2_GROUP_NOT_FOUND,
		       "You have specified two resources that belong to different networks.");
}

bool rule_peers_exist(struct call *call, const struct ec2_item *group, struct group_rule *rules,
	size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!peer_exists(call, group, &rules[i]))
			return false;
		if (rule_place(rules, i, &rules[i]) != SIZE_MAX)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The same permission must not appear multiple times");
	}
	return true;
}

/* ---- permissions */

static size_t count_peers(const struct json *permissions)
{
	size_t n = 0;

	JSON_EACH(permission, permissions)
	for (enum peer_sort sort = 0; sort < PEER_SORTS; sort++) {
		const struct json *list = json_get(permission, peer_names(sort)->list);

		n += list ? list->count : 0;
	}
	return n;
}

/* The peer of a permission: of a group its id, or its name. */
static bool read_peer(struct call *call, const struct json *peer, struct group_rule *rule)
{
	str owner = json_str(peer, S("UserId"));

	rule->peer = json_str(peer, peer_names(rule->sort)->member);
	if (rule->sort == PEER_GROUP && !rule->peer.n) {
		rule->peer = json_str(peer, S("GroupName"));
		rule->is_name = true;
	}
	rule->description = json_str(peer, S("Description"));
	if (rule->sort == PEER_GROUP && owner.n && !str_eq(owner, call->account_id))
		return refuse(call, FAULT_EC2_GROUP_NOT_FOUND,
			"You have specified two resources that belong to different networks.");
	return check_peer(call, rule);
}

static bool read_permission(struct call *call, const struct json *permission, bool egress,
	struct group_rule *rules, size_t *n)
{
	struct group_rule rule = { .egress = egress };
	size_t before = *n;

	if (!read_ports(call, permission, &rule))
		return false;
	for (rule.sort = 0; rule.sort < PEER_SORTS; rule.sort++)
		JSON_EACH(peer, json_get(permission, peer_names(rule.sort)->list))
		{
			rules[*n] = rule;
			if (!read_peer(call, peer, &rules[*n]))
				return false;
			++*n;
		}
	return *n > before || refuse(call, FAULT_MISSING_PARAMETER,
				      "Missing source specification: include source security group "
				      "or CIDR information");
}

static struct json *flat_permission(struct arena *arena, struct json *list, str protocol, str from,
	str to)
{
	struct json *permission = json_push(list, json_new(arena, JSON_OBJECT));

	json_put_str(arena, permission, S("IpProtocol"), protocol);
	json_put_str(arena, permission, S("FromPort"), from);
	json_put_str(arena, permission, S("ToPort"), to);
	return permission;
}

static void flat_peer(struct arena *arena, struct json *permission, enum peer_sort sort, str member,
	str peer)
{
	struct json *list =
		json_put(permission, peer_names(sort)->list, json_new(arena, JSON_ARRAY));

	list = json_push(list, json_new(arena, JSON_OBJECT));
	json_put_str(arena, list, member, peer);
}

/* Parameters without a list: one range; or one group in the default VPC, with all of TCP, UDP and
 * ICMP. Of the way in only. */
static struct json *flat_permissions(struct call *call)
{
	static const struct {
		str protocol, from, to;
	} all[] = { { SC("tcp"), SC("0"), SC("65535") }, { SC("udp"), SC("0"), SC("65535") },
		{ SC("icmp"), SC("-1"), SC("-1") } };
	struct arena *arena = call->arena;
	struct json *list = json_new(arena, JSON_ARRAY), *permission;
	str cidr = get_str(call, S("CidrIp")), source = get_str(call, S("SourceSecurityGroupName"));

	for (size_t i = 0; source.n && i < COUNT(all); i++) {
		permission = flat_permission(arena, list, all[i].protocol, all[i].from, all[i].to);
		flat_peer(arena, permission, PEER_GROUP, S("GroupName"), source);
	}
	if (source.n)
		return list;
	permission = flat_permission(arena, list, get_str(call, S("IpProtocol")),
		get_str(call, S("FromPort")), get_str(call, S("ToPort")));
	if (cidr.n)
		flat_peer(arena, permission, PEER_IPV4, S("CidrIp"), cidr);
	return list;
}

static const str flat[] = { SC("IpProtocol"), SC("FromPort"), SC("ToPort"), SC("CidrIp"),
	SC("SourceSecurityGroupName"), SC("SourceSecurityGroupOwnerId") };

/* Which parameter without a list there is, or {0}. */
static str flat_given(const struct call *call)
{
	for (size_t i = 0; i < COUNT(flat); i++)
		if (get_str(call, flat[i]).n)
			return flat[i];
	return (str){ 0 };
}

static bool check_flat(struct call *call, bool egress, const struct json *list)
{
	str given = flat_given(call);
	str owner = get_str(call, S("SourceSecurityGroupOwnerId"));
	bool source = get_str(call, S("SourceSecurityGroupName")).n;

	if (given.n && egress)
		return refuse(call, FAULT_UNSUPPORTED,
			"The parameter %.*s is not supported. Use a set of IP permissions instead.",
			STR(given));
	if (given.n && list)
		return refuse(call, FAULT_EC2_COMBINATION,
			"The parameters IpPermissions and %.*s cannot be used together",
			STR(given));
	if (source && (get_str(call, S("CidrIp")).n || get_str(call, S("IpProtocol")).n))
		return refuse(call, FAULT_EC2_COMBINATION,
			"A source security group cannot be combined with a range, a protocol or "
			"ports");
	if (owner.n && !source)
		return refuse(call, FAULT_MISSING_PARAMETER, "Source group ID missing.");
	return !owner.n || str_eq(owner, call->account_id) ||
	       refuse(call, FAULT_EC2_GROUP_NOT_FOUND,
		       "You have specified two resources that belong to different networks.");
}

bool rules_read(struct call *call, bool egress, struct group_rule **rules, size_t *n)
{
	const struct json *list = json_get(call->input, S("IpPermissions"));

	*n = 0;
	if (list && !json_is(list, JSON_ARRAY))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"IpPermissions must be a numbered list");
	if (!check_flat(call, egress, list))
		return false;
	if (!list && flat_given(call).n)
		list = flat_permissions(call);
	if (!list || !list->count)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter IpPermissions");
	*rules = NEWS(call->arena, struct group_rule, count_peers(list));
	JSON_EACH(permission, list)
	if (!read_permission(call, permission, egress, *rules, n))
		return false;
	return true;
}

/* ---- one rule, as ModifySecurityGroupRules has it */

bool rule_read(struct call *call, const struct json *request, struct group_rule *rule)
{
	size_t given = 0;

	if (!read_ports(call, request, rule))
		return false;
	for (enum peer_sort sort = 0; sort < PEER_SORTS; sort++) {
		str peer = json_str(request, peer_names(sort)->parameter);

		if (!peer.n)
			continue;
		given++;
		rule->sort = sort;
		rule->peer = peer;
	}
	if (given != 1)
		return refuse(call, given ? FAULT_EC2_COMBINATION : FAULT_MISSING_PARAMETER,
			"Exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId "
			"must be specified");
	rule->description = json_str(request, S("Description"));
	return check_peer(call, rule);
}

/* ---- a rule in a sentence */

static str said_number(struct arena *arena, int number)
{
	return number == -1 ? S("ALL") : arena_printf(arena, "%d", number);
}

str rule_said(struct arena *arena, const struct group_rule *rule)
{
	struct buf name = { .arena = arena };

	for (size_t i = 0; i < rule->protocol.n; i++) {
		char c = rule->protocol.p[i];

		buf_char(&name, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
	}
	if (str_eq(rule->protocol, S("-1")))
		return arena_printf(arena, "peer: %.*s, ALL, ALLOW", STR(rule->peer));
	if (rule_is_icmp(rule))
		return arena_printf(arena, "peer: %.*s, %.*s, type: %.*s, code: %.*s, ALLOW",
			STR(rule->peer), STR(buf_view(&name)), STR(said_number(arena, rule->from)),
			STR(said_number(arena, rule->to)));
	if (!rule_has_ports(rule))
		return arena_printf(arena, "peer: %.*s, protocol: %.*s, ALLOW", STR(rule->peer),
			STR(rule->protocol));
	return arena_printf(arena, "peer: %.*s, %.*s, from port: %d, to port: %d, ALLOW",
		STR(rule->peer), STR(buf_view(&name)), rule->from, rule->to);
}
