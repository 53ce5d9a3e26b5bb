/*
 * ec2_exist.c -- is all there that a launch names? Asked when the caller may launch it.
 *
 * The sentences are EC2's. Some of what RunInstances can name there is none of here: hosts, capacity
 * reservations, resource groups; and some is no more at AWS.
 */
#include "account/services.h"

static bool first_missing(struct call *call, const struct ec2_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!items[i].wire)
			return ec2_missing(call, &items[i]);
	return true;
}

static bool template_exists(struct call *call, const struct launch *launch)
{
	if (!launch->has_template || launch->template_data)
		return true;
	if (!launch->template.wire)
		return template_missing(call, &launch->template, launch->template_name);
	return refuse(call, FAULT_EC2_TEMPLATE_VERSION_NOT_FOUND,
		"Could not find the specified version %.*s for the launch template with ID %.*s.",
		STR(str_head(launch->version, 32)), STR(launch->template.id));
}

static bool profile_exists(struct call *call, const struct launch *launch)
{
	str key = iam_key(call->arena, call->account_id, "instance-profile", launch->profile_name);
	str arn = json_str(json_get(launch->params, S("IamInstanceProfile")), S("Arn"));

	if (arn.n && (!record_get(call->account, key) || !str_eq(arn, launch->profile_arn)))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Value (%.*s) for parameter iamInstanceProfile.arn is invalid. Invalid IAM "
			"Instance Profile ARN",
			STR(str_head(arn, 256)));
	return !launch->profile_name.n || record_get(call->account, key) ||
	       refuse(call, FAULT_INVALID_PARAMETER_VALUE,
		       "Value (%.*s) for parameter iamInstanceProfile.name is invalid. Invalid IAM "
		       "Instance Profile name",
		       STR(str_head(launch->profile_name, 128)));
}

static bool rare_exist(struct call *call, const struct launch *launch)
{
	const struct json *gpus = json_get(launch->params, S("ElasticGpuSpecification"));
	const struct json *licences = json_get(launch->params, S("LicenseSpecification"));

	if (launch->capacity.n)
		return refuse(call, FAULT_EC2_CAPACITY_NOT_FOUND,
			"The capacity reservation ID '%.*s' does not exist",
			STR(str_head(launch->capacity, 64)));
	if (launch->host_group.n || launch->capacity_group.n)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The resource group does not exist");
	if (launch->host.n)
		return refuse(call, FAULT_EC2_HOST_NOT_FOUND,
			"The specified Dedicated Host ID '%.*s' does not exist",
			STR(str_head(launch->host, 64)));
	if (gpus && gpus->count)
		return refuse(call, FAULT_UNSUPPORTED, "Elastic GPUs are no longer available.");
	if (json_get(launch->params, S("ElasticInferenceAccelerator")))
		return refuse(call, FAULT_UNSUPPORTED, "Elastic Inference is no longer available.");
	if (json_get(launch->params, S("SecondaryInterface")))
		return refuse(call, FAULT_UNSUPPORTED,
			"SecondaryInterface is not supported by this account server");
	if (licences && licences->count)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The license configuration does not exist");
	return true;
}

static bool extras_exist(struct call *call, const struct launch *launch)
{
	if (launch->key_pair.id.n && !launch->key_pair.wire)
		return ec2_missing(call, &launch->key_pair);
	if (launch->placement_group.id.n && !launch->placement_group.wire)
		return ec2_missing(call, &launch->placement_group);
	return first_missing(call, launch->snapshots, launch->nsnapshots) &&
	       rare_exist(call, launch);
}

/* A family and a size: all that can be checked of types that are too many to list. */
static bool check_type(struct call *call, str type)
{
	str family, size;

	if (!type.n || (str_cut(type, '.', &family, &size) && family.n && size.n &&
			       str_find(size, S(".")) == SIZE_MAX))
		return true;
	return refuse(call, FAULT_INVALID_PARAMETER_VALUE, "Invalid value '%.*s' for InstanceType.",
		STR(str_head(type, 64)));
}

enum { INTERFACE_GROUPS_MAX = 5 };

/* A group stands in one VPC, and so does what it is for. */
static bool groups_fit(struct call *call, const struct launch *launch)
{
	const struct ec2_item *subnet = launch->subnets;

	if (launch->ngroups > INTERFACE_GROUPS_MAX)
		return refuse(call, FAULT_EC2_INTERFACE_GROUPS,
			"The maximum number of security groups per interface has been reached.");
	for (size_t i = 0; i < launch->ngroups && launch->nsubnets; i++)
		if (!str_eq(json_str(launch->groups[i].wire, S("vpcId")),
			    json_str(subnet->wire, S("vpcId"))))
			return refuse(call, FAULT_EC2_NETWORKS,
				"Security group %.*s and subnet %.*s belong to different networks.",
				STR(launch->groups[i].id), STR(subnet->id));
	return true;
}

bool launch_exists(struct call *call, const struct launch *launch)
{
	if (!template_exists(call, launch) ||
		!check_type(call, json_str(launch->params, S("InstanceType"))))
		return false;
	if (!launch->image.id.n)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter ImageId");
	if (!launch->image.wire)
		return ec2_missing(call, &launch->image);
	if (!launch->nsubnets && !launch->ninterfaces)
		return refuse(call, FAULT_EC2_NO_DEFAULT_VPC, "No default VPC for this user");
	return first_missing(call, launch->subnets, launch->nsubnets) &&
	       first_missing(call, launch->groups, launch->ngroups) &&
	       first_missing(call, launch->interfaces, launch->ninterfaces) &&
	       groups_fit(call, launch) && profile_exists(call, launch) &&
	       extras_exist(call, launch);
}
