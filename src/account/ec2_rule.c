/*
 * ec2_rule.c -- a security group's rules: allowed, revoked, changed and described.
 *
 * Every operation is asked on the group; a rule is a resource to ask about where it is made with
 * tags, and where it is changed. Each works on the group's rules in memory and puts what is new of
 * them; an operation does all that it was asked to, or nothing.
 * (EC2 API Reference, AuthorizeSecurityGroupIngress and the operations beside it; Service
 * Authorization Reference, "Amazon EC2"; VPC User Guide, "Amazon VPC quotas" and "Security group
 * rules".)
 */
#include "account/services.h"

enum { RULES_MAX = 60 }; /* in one direction, of IPv4 and of IPv6 */

static const struct ec2_type *rule_type(void)
{
	return ec2_type_by_name(S("security-group-rule"));
}

/* ---- what a group may hold */

static bool is_at_once_both(const struct group_rule *rule)
{
	return rule->sort == PEER_GROUP || rule->sort == PEER_PREFIX_LIST;
}

/* A rule that names a group or a prefix list counts for both families. */
static size_t count_family(const struct group_rule *rules, size_t n, bool egress,
	enum peer_sort family)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += rules[i].egress == egress &&
			 (rules[i].sort == family || is_at_once_both(&rules[i]));
	return count;
}

static bool check_limit(struct call *call, const struct group_rule *rules, size_t n, bool egress)
{
	return (count_family(rules, n, egress, PEER_IPV4) <= RULES_MAX &&
		       count_family(rules, n, egress, PEER_IPV6) <= RULES_MAX) ||
	       refuse(call, FAULT_EC2_RULE_LIMIT,
		       "The maximum number of rules per security group has been reached.");
}

static size_t place_of_id(const struct group_rule *rules, size_t n, str id)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rules[i].id, id))
			return i;
	return SIZE_MAX;
}

static bool already_there(struct call *call, const struct group_rule *rule)
{
	return refuse(call, FAULT_EC2_RULE_DUPLICATE, "the specified rule \"%.*s\" already exists",
		STR(rule_said(call->arena, rule)));
}

static bool id_missing(struct call *call, str id)
{
	struct ec2_item item = { .type = rule_type(), .id = id };

	return ec2_missing(call, &item);
}

static bool rule_missing(struct call *call)
{
	return refuse(call, FAULT_EC2_RULE_NOT_FOUND,
		"The specified rule does not exist in this security group.");
}

/* The group with these rules and no others. */
static void put_ids(struct call *call, const struct ec2_item *group, const struct group_rule *rules,
	size_t n)
{
	struct json *wire = json_clone(call->arena, group->wire);
	struct json *ids = json_put(wire, S("rules"), json_new(call->arena, JSON_ARRAY));

	for (size_t i = 0; i < n; i++)
		json_push(ids, json_new_str(call->arena, rules[i].id));
	ec2_put(call, group, wire, group->tags);
}

static bool done(struct call *call)
{
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}

/* ---- AuthorizeSecurityGroupIngress, -Egress */

static struct json *rule_answer(struct call *call, const struct ec2_item *group,
	const struct group_rule *rule)
{
	struct group_place place = { call->account_id, call->region, group->id };
	struct ec2_item item = { .type = rule_type(),
		.wire = rule_wire(call->arena, &place, rule),
		.tags = rule->tags };
	struct json *answer = ec2_answer(call, &item);

	if (!rule->tags)
		json_remove(answer, S("tagSet"));
	return answer;
}

static bool may_authorize(struct call *call, struct ec2_item *group, struct json **tags)
{
	const struct json *specs = json_get(call->input, S("TagSpecification"));

	if (!ec2_spec_types(call, specs, S("security-group-rule")) ||
		!ec2_spec_tags(call, specs, S("security-group-rule"), tags) ||
		!group_named(call, group) || !ec2_allow(call, group, NULL, NULL))
		return false;
	return (!*tags || ec2_allow_create(call, S("security-group-rule"), *tags, NULL)) &&
	       ec2_ready(call, group);
}

/* Those that are there already and the new ones, in one. */
static struct group_rule *together(struct call *call, const struct ec2_item *group,
	const struct group_rule *new, size_t nnew, size_t *n)
{
	size_t nold;
	const struct group_rule *old = group_rules(call, group, &nold);
	struct group_rule *all = NEWS(call->arena, struct group_rule, nold + nnew);

	for (size_t i = 0; i < nold; i++)
		all[i] = old[i];
	for (size_t i = 0; i < nnew; i++)
		all[nold + i] = new[i];
	*n = nold + nnew;
	return all;
}

static bool authorize(struct call *call, bool egress)
{
	struct group_rule *new, *all;
	struct ec2_item group;
	struct json *tags, *set;
	size_t nnew, n;

	if (!rules_read(call, egress, &new, &nnew) || !may_authorize(call, &group, &tags) ||
		!rule_peers_exist(call, &group, new, nnew))
		return false;
	all = together(call, &group, new, nnew, &n);
	for (size_t i = n - nnew; i < n; i++)
		if (rule_place(all, i, &all[i]) != SIZE_MAX)
			return already_there(call, &all[i]);
	if (!check_limit(call, all, n, egress))
		return false;
	set = json_new(call->arena, JSON_ARRAY);
	for (size_t i = n - nnew; i < n; i++) {
		all[i].id = new_resource_id(call->arena, rule_type()->prefix);
		all[i].tags = tags;
		put_rule(call, &group, &all[i]);
		json_push(set, rule_answer(call, &group, &all[i]));
	}
	put_ids(call, &group, all, n);
	done(call);
	json_put(call->output, S("securityGroupRuleSet"), set);
	return true;
}

bool ec2_authorize_ingress(struct call *call)
{
	return authorize(call, false);
}

bool ec2_authorize_egress(struct call *call)
{
	return authorize(call, true);
}

/* ---- RevokeSecurityGroupIngress, -Egress */

struct revoking {
	bool egress;
	const struct json *ids;    /* or NULL: */
	struct group_rule *wanted; /* [nwanted] */
	size_t nwanted;
	struct group_rule *rules; /* the group's: [n]; one without an id is revoked */
	size_t n;
	struct json *revoked, *unknown;
};

static bool read_revoking(struct call *call, struct revoking *revoking)
{
	const struct json *permissions = json_get(call->input, S("IpPermissions"));

	revoking->ids = json_get(call->input, S("SecurityGroupRuleId"));
	if (!revoking->ids && !permissions && !get_str(call, S("IpProtocol")).n &&
		!get_str(call, S("SourceSecurityGroupName")).n)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"Either 'ipPermissions' or 'securityGroupRuleIds' should be provided.");
	if (!revoking->ids)
		return rules_read(call, revoking->egress, &revoking->wanted, &revoking->nwanted);
	if (permissions)
		return refuse(call, FAULT_EC2_COMBINATION,
			"The parameters ipPermissions and securityGroupRuleIds cannot be used "
			"together");
	return json_is(revoking->ids, JSON_ARRAY) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "SecurityGroupRuleId must be a numbered list");
}

static struct json *revoked_answer(struct call *call, const struct ec2_item *group,
	const struct group_rule *rule)
{
	struct group_place place = { call->account_id, call->region, group->id };
	struct json *answer = rule_wire(call->arena, &place, rule);

	json_remove(answer, S("groupOwnerId"));
	json_remove(answer, S("securityGroupRuleArn"));
	if (json_remove(answer, S("referencedGroupInfo")))
		json_put_str(call->arena, answer, S("referencedGroupId"), rule->peer);
	return answer;
}

static void revoke_one(struct call *call, const struct ec2_item *group, struct revoking *revoking,
	size_t at)
{
	struct group_rule *rule = &revoking->rules[at];

	json_push(revoking->revoked, revoked_answer(call, group, rule));
	call_delete(call, ec2_key(call, rule_type()->name, rule->id));
	for (revoking->n--; at < revoking->n; at++)
		revoking->rules[at] = revoking->rules[at + 1];
}

static bool revoke_ids(struct call *call, const struct ec2_item *group, struct revoking *revoking)
{
	JSON_EACH(id, revoking->ids)
	{
		size_t at = place_of_id(revoking->rules, revoking->n, id->text);

		if (at == SIZE_MAX || revoking->rules[at].egress != revoking->egress)
			return id_missing(call, id->text);
		revoke_one(call, group, revoking, at);
	}
	return true;
}

/* What is not there is an error, but in a default VPC only told. */
static bool revoke_wanted(struct call *call, const struct ec2_item *group,
	struct revoking *revoking)
{
	bool is_default = str_eq(json_str(group->wire, S("vpcId")), ec2_default_vpc(call));

	if (!rule_peers_exist(call, group, revoking->wanted, revoking->nwanted))
		return false;
	for (size_t i = 0; i < revoking->nwanted; i++) {
		const struct group_rule *wanted = &revoking->wanted[i];
		size_t at = rule_place(revoking->rules, revoking->n, wanted);

		if (at != SIZE_MAX)
			revoke_one(call, group, revoking, at);
		else if (is_default)
			add_permission(call->arena, revoking->unknown, wanted, call->account_id);
		else
			return rule_missing(call);
	}
	return true;
}

static bool revoke(struct call *call, bool egress)
{
	struct revoking revoking = { .egress = egress,
		.revoked = json_new(call->arena, JSON_ARRAY),
		.unknown = json_new(call->arena, JSON_ARRAY) };
	struct ec2_item group;

	if (!read_revoking(call, &revoking) || !group_open(call, &group))
		return false;
	revoking.rules = group_rules(call, &group, &revoking.n);
	if (revoking.ids ? !revoke_ids(call, &group, &revoking)
			 : !revoke_wanted(call, &group, &revoking))
		return false;
	put_ids(call, &group, revoking.rules, revoking.n);
	done(call);
	if (revoking.unknown->count)
		json_put(call->output, S("unknownIpPermissionSet"), revoking.unknown);
	json_put(call->output, S("revokedSecurityGroupRuleSet"), revoking.revoked);
	return true;
}

bool ec2_revoke_ingress(struct call *call)
{
	return revoke(call, false);
}

bool ec2_revoke_egress(struct call *call)
{
	return revoke(call, true);
}

/* ---- ModifySecurityGroupRules */

static bool read_update(struct call *call, const struct json *update, struct group_rule *rule)
{
	const struct json *request = json_get(update, S("SecurityGroupRule"));

	*rule = (struct group_rule){ .id = json_str(update, S("SecurityGroupRuleId")) };
	if (!rule->id.n)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter SecurityGroupRuleId");
	if (!json_is(request, JSON_OBJECT))
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter SecurityGroupRule");
	return rule_read(call, request, rule);
}

static bool read_updates(struct call *call, struct group_rule **updates, size_t *n)
{
	const struct json *list = json_get(call->input, S("SecurityGroupRule"));

	if (!json_is(list, JSON_ARRAY) || !list->count)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter SecurityGroupRule");
	*updates = NEWS(call->arena, struct group_rule, list->count);
	*n = 0;
	JSON_EACH(update, list)
	{
		if (!read_update(call, update, &(*updates)[*n]))
			return false;
		if (place_of_id(*updates, *n, (*updates)[*n].id) != SIZE_MAX)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The same security group rule must not appear multiple times");
		++*n;
	}
	return true;
}

/* The group, each rule, and each prefix list that one is to name. */
static bool may_modify(struct call *call, const struct ec2_item *group,
	const struct group_rule *updates, size_t n)
{
	if (!ec2_allow(call, group, NULL, NULL))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct ec2_item item = ec2_find(call, rule_type(), updates[i].id);
		struct ec2_item list = { .type = rule_type(),
			.arn = ec2_arn(call, S("prefix-list"), updates[i].peer) };

		if (!ec2_allow(call, &item, NULL, NULL))
			return false;
		if (updates[i].sort == PEER_PREFIX_LIST && !ec2_allow(call, &list, NULL, NULL))
			return false;
	}
	return ec2_ready(call, group);
}

static bool modify_one(struct call *call, struct group_rule *rules, size_t n,
	const struct group_rule *update)
{
	size_t at = place_of_id(rules, n, update->id);
	struct group_rule old;

	if (at == SIZE_MAX)
		return id_missing(call, update->id);
	old = rules[at];
	if (old.sort != update->sort)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The type of the security group rule '%.*s' cannot be changed",
			STR(update->id));
	rules[at] = *update;
	rules[at].egress = old.egress;
	rules[at].tags = old.tags;
	return true;
}

/* Are all of them different? Two may have changed places. */
static bool check_different(struct call *call, const struct group_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rule_place(rules, i, &rules[i]) != SIZE_MAX)
			return already_there(call, &rules[i]);
	return true;
}

static bool peers_of_updates(struct call *call, const struct ec2_item *group,
	struct group_rule *updates, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!rule_peers_exist(call, group, &updates[i], 1))
			return false;
	return true;
}

bool ec2_modify_rules(struct call *call)
{
	struct group_rule *updates = NULL, *rules;
	struct ec2_item group;
	size_t nupdates = 0, n;
	str id;

	if (!need_str(call, S("GroupId"), &id) || !read_updates(call, &updates, &nupdates))
		return false;
	group = ec2_find(call, ec2_type_by_name(S("security-group")), id);
	if (!may_modify(call, &group, updates, nupdates))
		return false;
	rules = group_rules(call, &group, &n);
	if (!peers_of_updates(call, &group, updates, nupdates))
		return false;
	for (size_t i = 0; i < nupdates; i++)
		if (!modify_one(call, rules, n, &updates[i]))
			return false;
	if (!check_different(call, rules, n))
		return false;
	for (size_t i = 0; i < nupdates; i++)
		put_rule(call, &group, &rules[place_of_id(rules, n, updates[i].id)]);
	return done(call);
}

/* ---- UpdateSecurityGroupRuleDescriptionsIngress, -Egress */

/* By id: {"SecurityGroupRuleId", "Description"}; one that is left out is taken away. */
static bool read_descriptions(struct call *call, bool egress, struct group_rule **rules, size_t *n)
{
	const struct json *list = json_get(call->input, S("SecurityGroupRuleDescription"));

	if (!list && !json_get(call->input, S("IpPermissions")))
		return refuse(call, FAULT_MISSING_PARAMETER,
			"Either 'ipPermissions' or 'securityGroupRuleDescriptions' should be "
			"provided.");
	if (!list)
		return rules_read(call, egress, rules, n);
	if (json_get(call->input, S("IpPermissions")))
		return refuse(call, FAULT_EC2_COMBINATION,
			"The parameters ipPermissions and securityGroupRuleDescriptions cannot be "
			"used together");
	*rules = NEWS(call->arena, struct group_rule, list->count);
	*n = 0;
	JSON_EACH(item, list)
	{
		struct group_rule *rule = &(*rules)[(*n)++];

		rule->id = json_str(item, S("SecurityGroupRuleId"));
		rule->egress = egress;
		rule->description = json_str(item, S("Description"));
		if (!rule->id.n)
			return refuse(call, FAULT_MISSING_PARAMETER,
				"The request must contain the parameter SecurityGroupRuleId");
		if (!description_check(call, rule->description))
			return false;
	}
	return true;
}

static bool find_wanted(struct call *call, const struct group_rule *rules, size_t n,
	const struct group_rule *wanted, size_t *at)
{
	*at = wanted->id.n ? place_of_id(rules, n, wanted->id) : rule_place(rules, n, wanted);
	if (wanted->id.n && (*at == SIZE_MAX || rules[*at].egress != wanted->egress))
		return id_missing(call, wanted->id);
	return *at != SIZE_MAX || rule_missing(call);
}

static bool update_descriptions(struct call *call, bool egress)
{
	struct group_rule *wanted, *rules;
	struct ec2_item group;
	size_t nwanted, n, at;

	if (!read_descriptions(call, egress, &wanted, &nwanted) || !group_open(call, &group))
		return false;
	if (nwanted && !wanted[0].id.n && !rule_peers_exist(call, &group, wanted, nwanted))
		return false;
	rules = group_rules(call, &group, &n);
	for (size_t i = 0; i < nwanted; i++) {
		if (!find_wanted(call, rules, n, &wanted[i], &at))
			return false;
		rules[at].description = wanted[i].description;
		put_rule(call, &group, &rules[at]);
	}
	return done(call);
}

bool ec2_update_ingress_descriptions(struct call *call)
{
	return update_descriptions(call, false);
}

bool ec2_update_egress_descriptions(struct call *call)
{
	return update_descriptions(call, true);
}
