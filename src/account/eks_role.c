/*
 * eks_role.c -- roles that a service is given, and what it checks as the caller.
 *
 * Giving a role to a service is iam:PassRole on the role, with the service's name and the resource
 * that it is for [S-140]. EKS also makes calls of its own with the caller's permissions: it looks
 * at the node role, and at the service-linked roles, which it makes if they are missing and the
 * caller may make them. When those fail it says so in sentences of its own.
 */
#include "account/services.h"

#include <string.h>

#define NODEGROUP_ROLE "AWSServiceRoleForAmazonEKSNodegroup"
#define PODS_SERVICE   "pods.eks.amazonaws.com"

/* ---- PassRole */

static str role_account(str arn)
{
	str head, rest = arn;

	for (int i = 0; i < 4; i++)
		if (!str_cut(rest, ':', &head, &rest))
			return (str){ 0 };
	return str_cut(rest, ':', &head, &rest) && str_starts(rest, S("role/")) ? head : (str){ 0 };
}

void pass_role_target(struct call *call, str role, str service, str associated, struct pair *pair)
{
	const struct record *record = find_role_by_arn(call->account, role);

	*pair = (struct pair){ .keys.arena = call->arena };
	pair->target.action = S("iam:PassRole");
	pair->target.resource = role;
	pair->target.resource_account = role_account(role);
	pair->target.resource_tags = record ? json_get(record->value, S("Tags")) : NULL;
	keys_add(&pair->keys, S("iam:PassedToService"), service);
	keys_add(&pair->keys, S("iam:AssociatedResourceArn"), associated);
	pair->target.extra = pair->keys.list;
	pair->target.nextra = pair->keys.n;
}

bool allow_pass_role(struct call *call, str role, str service, str associated_arn)
{
	struct pair pair;
	str owner = role_account(role);

	if (!owner.n || !str_starts(role, S("arn:aws:iam::")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The role ARN '%.*s' is not valid", STR(str_head(role, 256)));
	if (!str_eq(owner, call->account_id))
		return refuse(call, FAULT_ACCESS_DENIED, "Cross-account pass role is not allowed.");
	pass_role_target(call, role, service, associated_arn, &pair);
	return allow(call, &pair.target);
}

/* ---- is the role what the service needs? */

/* What the role's trust policy says to the service, which acts for the account's `source`. */
static bool trusts(struct call *call, const struct record *role, str service, str action,
	struct keys *keys)
{
	struct request request = {
		.caller = { .type = CALLER_SERVICE, .arn = service },
		.action = action,
		.resource = json_str(role->value, S("Arn")),
		.resource_account = call->account_id,
	};
	struct layers layers = {
		.resource = trust_program(call->arena, call->account, role),
	};

	keys_add(keys, S("aws:SourceAccount"), call->account_id);
	request.context = keys->list;
	request.ncontext = keys->n;
	context_derive(call->arena, &request);
	return decide(&layers, &request).effect == ALLOW;
}

bool eks_check_trust(struct call *call, str role, str service, str source)
{
	const struct record *record = find_role_by_arn(call->account, role);
	struct keys keys = { .arena = call->arena };

	keys_add(&keys, S("aws:SourceArn"), source);
	if (record && trusts(call, record, service, S("sts:AssumeRole"), &keys))
		return true;
	if (record && str_eq(service, S("ec2.amazonaws.com")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Following required service principals [%.*s] were not found in the trust "
			"relationships of nodeRole %.*s",
			STR(service), STR(role));
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		"Role with arn: %.*s, could not be assumed because it does not exist or the "
		"trusted entity is not correct",
		STR(role));
}

/* The session of a pod, but for the two tags that only a running pod has. */
static void add_session_tags(struct keys *keys, const struct eks_pod *pod)
{
	const struct {
		str name, value;
	} tags[] = {
		{ S("eks-cluster-arn"), pod->cluster_arn },
		{ S("eks-cluster-name"), pod->item.cluster },
		{ S("kubernetes-namespace"), pod->namespace },
		{ S("kubernetes-service-account"), pod->service_account },
	};
	struct json *names = json_new(keys->arena, JSON_ARRAY);

	for (size_t i = 0; i < COUNT(tags); i++) {
		keys_add(keys, JOIN(keys->arena, S("aws:RequestTag/"), tags[i].name),
			tags[i].value);
		json_push(names, json_new_str(keys->arena, tags[i].name));
	}
	keys_add_list(keys, S("aws:TagKeys"), names);
}

bool eks_check_pod_trust(struct call *call, const struct eks_pod *pod)
{
	static const str actions[] = { SC("sts:AssumeRole"), SC("sts:TagSession") };
	const struct record *record = find_role_by_arn(call->account, pod->role);

	if (!record)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Role provided in the request does not exist.");
	for (size_t i = 0; i < (pod->untagged ? 1 : COUNT(actions)); i++) {
		struct keys keys = { .arena = call->arena };

		keys_add(&keys, S("aws:SourceArn"), pod->cluster_arn);
		if (!pod->untagged)
			add_session_tags(&keys, pod);
		if (!trusts(call, record, S(PODS_SERVICE), actions[i], &keys))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Trust policy of the role provided is invalid.");
	}
	return true;
}

bool eks_allow_pod_role(struct call *call, const struct eks_pod *pod)
{
	return allow_pass_role(call, pod->role, S(PODS_SERVICE), pod->item.arn) &&
	       eks_allow_role_reads(call, pod->role, false);
}

bool eks_allow_role_reads(struct call *call, str role, bool policies)
{
	const struct record *record = find_role_by_arn(call->account, role);
	struct target target = {
		.action = S("iam:GetRole"),
		.resource = role,
		.resource_account = call->account_id,
		.resource_tags = record ? json_get(record->value, S("Tags")) : NULL,
	};

	if (!allow(call, &target))
		return false;
	target.action = S("iam:ListAttachedRolePolicies");
	return !policies || allow(call, &target);
}

/* ---- service-linked roles */

struct linked {
	str service, name, policy, arn;
};

static struct linked linked_role(struct call *call, str service, str name, str policy)
{
	str path = arena_printf(call->arena, "/aws-service-role/%.*s/", STR(service));

	return (struct linked){ service, name, policy,
		role_arn(call->arena, call->account_id, path, name) };
}

static struct target make_target(struct call *call, const struct linked *linked)
{
	struct keys keys = { .arena = call->arena };

	keys_add(&keys, S("iam:AWSServiceName"), linked->service);
	return (struct target){
		.action = S("iam:CreateServiceLinkedRole"),
		.resource = linked->arn,
		.resource_account = call->account_id,
		.extra = keys.list,
		.nextra = keys.n,
	};
}

static bool make_linked(struct call *call, const struct linked *linked)
{
	struct new_role new = {
		.name = linked->name,
		.path = arena_printf(call->arena, "/aws-service-role/%.*s/", STR(linked->service)),
		.max_session_s = 3600,
		.attached = linked->policy,
	};
	struct json *role;

	new.trust = arena_printf(call->arena,
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Action\":\"sts:AssumeRole\","
		"\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"%.*s\"}}]}",
		STR(linked->service));
	return make_role(call, &new, &role);
}

bool eks_need_cluster_role(struct call *call)
{
	struct linked linked = linked_role(call, S("eks.amazonaws.com"),
		S("AWSServiceRoleForAmazonEKS"), S("aws-service-role/AmazonEKSServiceRolePolicy"));
	struct target target = make_target(call, &linked);

	if (find_role(call, linked.name))
		return true;
	return allow(call, &target) && make_linked(call, &linked);
}

bool eks_need_nodegroup_role(struct call *call)
{
	struct linked linked = linked_role(call, S("eks-nodegroup.amazonaws.com"),
		S(NODEGROUP_ROLE), S("aws-service-role/" NODEGROUP_ROLE));
	struct target look = { .action = S("iam:GetRole"),
		.resource = linked.arn,
		.resource_account = call->account_id };
	struct target make = make_target(call, &linked);

	if (ask(call, &look).effect != ALLOW)
		return refuse(call, FAULT_EKS_REQUEST,
			"Failed to validate if SLR: " NODEGROUP_ROLE
			" already exists due to missing permissions for 'iam:GetRole'");
	if (find_role(call, linked.name))
		return true;
	if (ask(call, &make).effect != ALLOW)
		return refuse(call, FAULT_EKS_REQUEST,
			"Failed to create service linked role: " NODEGROUP_ROLE
			" due to missing permissions for 'iam:CreateServiceLinkedRole'");
	return make_linked(call, &linked);
}

bool ec2_need_spot_role(struct call *call)
{
	struct linked linked = linked_role(call, S("spot.amazonaws.com"),
		S("AWSServiceRoleForEC2Spot"), S("aws-service-role/AWSEC2SpotServiceRolePolicy"));
	struct target target = make_target(call, &linked);

	if (find_role(call, linked.name))
		return true;
	if (ask(call, &target).effect != ALLOW)
		return refuse(call, FAULT_EC2_SPOT_ROLE,
			"The provided credentials do not have permission to create the "
			"service-linked role for EC2 Spot Instances.");
	return make_linked(call, &linked);
}
