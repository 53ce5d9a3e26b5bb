/*
 * ec2_read.c -- EC2's Describe operations.
 *
 * They have no resources: one pair with the resource "*" decides, and what is shown is not
 * filtered by policy. A type's Describe is one function for all types: the records, less what the
 * ids, the names and the filters leave out. A filter is a row of data/ec2_filters.tsv; its values
 * may hold * and ?.
 */
#include "account/services.h"

static const struct {
	str filter, member;
} filters[] = {
#define ROW(filter, member) { SC(filter), SC(member) },
#include "gen/ec2_filters.inc"
#undef ROW
};

static const struct operation_row {
	str operation, type;
	size_t min, max; /* of MaxResults; 0: it has none */
	bool all;        /* without it everything is answered, and not as much as a page may have */
	bool no_ids;     /* it cannot be used with ids */
	str names, name_member; /* a list of names that selects too */
} operations[] = {
	{ SC("DescribeImages"), SC("image"), 1, 1000, false, false, { 0 }, { 0 } },
	{ SC("DescribeInstances"), SC("instance"), 5, 1000, false, true, { 0 }, { 0 } },
	{ SC("DescribeKeyPairs"), SC("key-pair"), 0, 0, true, false, SC("KeyPairId"),
		SC("keyPairId") },
	{ SC("DescribeLaunchTemplates"), SC("launch-template"), 1, 200, false, false,
		SC("LaunchTemplateName"), SC("launchTemplateName") },
	{ SC("DescribeNetworkInterfaces"), SC("network-interface"), 5, 1000, false, true, { 0 },
		{ 0 } },
	{ SC("DescribePlacementGroups"), SC("placement-group"), 0, 0, true, false, SC("GroupId"),
		SC("groupId") },
	{ SC("DescribeSecurityGroupRules"), SC("security-group-rule"), 5, 1000, true, false, { 0 },
		{ 0 } },
	{ SC("DescribeSecurityGroups"), SC("security-group"), 5, 1000, true, false, SC("GroupName"),
		SC("groupName") },
	{ SC("DescribeSnapshots"), SC("snapshot"), 5, 1000, false, false, { 0 }, { 0 } },
	{ SC("DescribeSubnets"), SC("subnet"), 5, 1000, false, false, { 0 }, { 0 } },
	{ SC("DescribeVolumes"), SC("volume"), 5, 1000, false, false, { 0 }, { 0 } },
	{ SC("DescribeVpcs"), SC("vpc"), 5, 1000, false, false, { 0 }, { 0 } },
};

static bool page(struct call *call, struct json *list, const struct operation_row *row)
{
	if (!row->max && get_str(call, S("MaxResults")).n)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"The parameter MaxResults is not recognized");
	return page_list(call, list,
		&(struct paging){
			.size = S("MaxResults"),
			.token = S("NextToken"),
			.next = S("nextToken"),
			.min_size = row->min,
			.max_size = row->max,
			.all = row->all,
			.bad_size = FAULT_INVALID_PARAMETER_VALUE,
			.bad_token = FAULT_EC2_TOKEN,
		});
}

struct query { /* what one Describe asks for */
	const struct operation_row *row;
	const struct ec2_type *type;
	const struct json *ids, *names, *filters, *owners;
	str name_member;
};

/* ---- filters */

static str filter_member(const struct ec2_type *type, str name)
{
	for (size_t i = 0; i < COUNT(filters); i++) {
		str row_type, row_name;

		if (str_cut(filters[i].filter, ':', &row_type, &row_name) &&
			str_eq(row_type, type->name) && str_eq(row_name, name))
			return filters[i].member;
	}
	return (str){ 0 };
}

static bool is_tag_filter(str name)
{
	return str_starts(name, S("tag:")) || str_eq(name, S("tag-key"));
}

static bool check_filters(struct call *call, const struct query *query)
{
	if (query->filters && !json_is(query->filters, JSON_ARRAY))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Filter must be a numbered list");
	JSON_EACH(filter, query->filters)
	{
		str name = json_str(filter, S("Name"));

		if (!json_is(json_get(filter, S("Value")), JSON_ARRAY))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The filter '%.*s' has no values", STR(str_head(name, 64)));
		if (!is_tag_filter(name) && !filter_member(query->type, name).n)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The filter '%.*s' is invalid", STR(str_head(name, 64)));
	}
	return true;
}

static bool any_value(const struct json *values, str text)
{
	JSON_EACH(value, values)
	if (pattern_match(value->text, text))
		return true;
	return false;
}

static bool tag_filter(str name, const struct json *values, const struct json *tags)
{
	str key = str_from(name, S("tag:").n);

	if (str_starts(name, S("tag:")))
		return json_get(tags, key) && any_value(values, json_str(tags, key));
	JSON_EACH(tag, tags)
	if (any_value(values, tag->name))
		return true;
	return false;
}

/* What stands at the path, in whichever entry of the lists on the way. */
static bool member_filter(const struct json *here, str path, const struct json *values)
{
	str head = path, rest = { 0 };

	if (json_is(here, JSON_ARRAY)) {
		JSON_EACH(entry, here)
		if (member_filter(entry, path, values))
			return true;
		return false;
	}
	if (!path.n)
		return here && any_value(values, here->text);
	str_cut(path, '.', &head, &rest);
	return member_filter(json_get(here, head), rest, values);
}

static bool asks_for_rules(const struct query *query)
{
	JSON_EACH(filter, query->filters)
	if (str_starts(filter_member(query->type, json_str(filter, S("Name"))), S("ipPermissions")))
		return true;
	return false;
}

/* A group's rules are in what is shown of it, not in its record. */
static const struct json *filtered(struct call *call, const struct query *query,
	const struct ec2_item *item)
{
	return asks_for_rules(query) ? ec2_answer(call, item) : item->wire;
}

static bool passes_filters(struct call *call, const struct query *query,
	const struct ec2_item *item)
{
	const struct json *shown = filtered(call, query, item);

	JSON_EACH(filter, query->filters)
	{
		str name = json_str(filter, S("Name"));
		const struct json *values = json_get(filter, S("Value"));

		if (is_tag_filter(name)
				? !tag_filter(name, values, item->tags)
				: !member_filter(shown, filter_member(query->type, name), values))
			return false;
	}
	return true;
}

/* ---- ids, names, owners */

static bool in_list(const struct json *list, str text)
{
	JSON_EACH(item, list)
	if (str_eq(item->text, text))
		return true;
	return false;
}

static bool owned(const struct call *call, const struct query *query, const struct json *wire)
{
	str owner = json_str(wire, S("imageOwnerId"));

	if (!owner.n)
		owner = json_str(wire, S("ownerId"));

	return !query->owners || in_list(query->owners, owner) ||
	       in_list(query->owners, json_str(wire, S("imageOwnerAlias"))) ||
	       (in_list(query->owners, S("self")) && str_eq(owner, call->account_id));
}

/* Groups have names in the default VPC only: elsewhere they are found by a filter. */
static bool is_named(struct call *call, const struct query *query, const struct ec2_item *item)
{
	if (!query->names)
		return true;
	return in_list(query->names, json_str(item->wire, query->name_member)) &&
	       (!str_eq(query->type->name, S("security-group")) ||
		       str_eq(json_str(item->wire, S("vpcId")), ec2_default_vpc(call)));
}

static bool selected(struct call *call, const struct query *query, const struct ec2_item *item)
{
	return (!query->ids || in_list(query->ids, item->id)) && is_named(call, query, item) &&
	       owned(call, query, item->wire) && passes_filters(call, query, item);
}

static bool check_ids(struct call *call, const struct query *query)
{
	JSON_EACH(id, query->ids)
	{
		struct ec2_item item = ec2_find(call, query->type, id->text);

		if (!item.wire)
			return ec2_missing(call, &item);
	}
	return true;
}

/* Every name that was asked for must be there, whatever the filters leave of it. */
static bool check_names(struct call *call, const struct query *query)
{
	size_t n;
	const struct record *const *records = ec2_range(call, query->type, &n);

	JSON_EACH(name, query->names)
	{
		bool found = false;
		struct ec2_item item = { .type = query->type, .id = name->text };

		item.is_name = str_eq(query->type->name, S("security-group"));
		if (item.is_name)
			found = group_called(call, name->text).wire;
		for (size_t i = 0; !item.is_name && !found && i < n; i++)
			found = str_eq(name->text, json_str(json_get(records[i]->value, S("wire")),
							   query->name_member));
		if (!found)
			return str_eq(query->type->name, S("launch-template"))
				       ? template_missing(call, &item, name->text)
				       : ec2_missing(call, &item);
	}
	return true;
}

static bool read_query(struct call *call, struct query *query)
{
	for (size_t i = 0; i < COUNT(operations); i++) {
		if (!str_eq(operations[i].operation, call->route->operation))
			continue;
		query->row = &operations[i];
		query->type = ec2_type_by_name(operations[i].type);
		query->names = json_get(call->input, operations[i].names);
		query->name_member = operations[i].name_member;
	}
	if (!query->type)
		return refuse(call, FAULT_INTERNAL, "%.*s has no type",
			STR(call->route->operation));
	query->ids = json_get(call->input, query->type->parameter);
	query->filters = json_get(call->input, S("Filter"));
	query->owners = json_get(call->input, S("Owner"));
	if (query->row->no_ids && query->ids && get_str(call, S("MaxResults")).n)
		return refuse(call, FAULT_EC2_COMBINATION,
			"The parameter %.*s cannot be used with the parameter maxResults",
			STR(query->type->parameter));
	return check_filters(call, query) && ec2_allow(call, NULL, NULL, NULL) &&
	       ec2_go_ahead(call) && check_ids(call, query) && check_names(call, query);
}

static struct json *run_query(struct call *call, const struct query *query)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	size_t n;
	const struct record *const *records = ec2_range(call, query->type, &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(records[i]->value, S("wire"));
		struct ec2_item item =
			ec2_find(call, query->type, json_str(wire, query->type->id_member));

		if (item.wire && selected(call, query, &item))
			json_push(list, ec2_answer(call, &item));
	}
	return list;
}

bool ec2_describe(struct call *call)
{
	struct query query = { 0 };
	struct json *list;

	if (!read_query(call, &query))
		return false;
	list = json_put(call->output, query.type->list, run_query(call, &query));
	return page(call, list, query.row);
}

/* ---- instances come in reservations: those that one request started */

static struct json *reservation(struct call *call, struct json *all, str id)
{
	struct json *entry;

	for (entry = all->first; entry; entry = entry->next)
		if (str_eq(json_str(entry, S("reservationId")), id))
			return json_get(entry, S("instancesSet"));
	entry = json_push(all, json_new(call->arena, JSON_OBJECT));
	json_put_str(call->arena, entry, S("reservationId"), id);
	json_put_str(call->arena, entry, S("ownerId"), call->account_id);
	json_put(entry, S("groupSet"), json_new(call->arena, JSON_ARRAY));
	return json_put(entry, S("instancesSet"), json_new(call->arena, JSON_ARRAY));
}

bool ec2_describe_instances(struct call *call)
{
	struct query query = { 0 };
	struct json *list, *all;

	if (!read_query(call, &query))
		return false;
	list = run_query(call, &query);
	if (!page(call, list, query.row))
		return false;
	all = json_put(call->output, S("reservationSet"), json_new(call->arena, JSON_ARRAY));
	JSON_EACH(instance, list)
	{
		struct json *entry = json_clone(call->arena, instance);

		json_remove(entry, S("reservationId"));
		json_push(reservation(call, all, json_str(instance, S("reservationId"))), entry);
	}
	return true;
}

/* ---- DescribeTags */

static bool tag_passes(const struct json *asked, str key, str value, str type, str id)
{
	JSON_EACH(filter, asked)
	{
		str name = json_str(filter, S("Name"));
		bool of_key = str_starts(name, S("tag:"));
		str text = of_key                             ? value
			   : str_eq(name, S("key"))           ? key
			   : str_eq(name, S("value"))         ? value
			   : str_eq(name, S("resource-id"))   ? id
			   : str_eq(name, S("resource-type")) ? type
							      : (str){ 0 };

		if (of_key && !str_eq(str_from(name, S("tag:").n), key))
			return false;
		if (!any_value(json_get(filter, S("Value")), text))
			return false;
	}
	return true;
}

static bool check_tag_filters(struct call *call, const struct json *asked)
{
	JSON_EACH(filter, asked)
	{
		str name = json_str(filter, S("Name"));

		if (!str_eq(name, S("key")) && !str_eq(name, S("value")) &&
			!str_eq(name, S("resource-id")) && !str_eq(name, S("resource-type")) &&
			!str_starts(name, S("tag:")))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The filter '%.*s' is invalid", STR(str_head(name, 64)));
	}
	return true;
}

static void list_tags(struct call *call, const struct ec2_item *item, const struct json *asked,
	struct json *out)
{
	str other = item->type->other;
	str id = other.n ? json_str(item->wire, other) : item->id;

	JSON_EACH(tag, item->tags)
	{
		struct json *entry;

		if (!tag_passes(asked, tag->name, tag->text, item->type->name, id))
			continue;
		entry = json_push(out, json_new(call->arena, JSON_OBJECT));
		json_put_str(call->arena, entry, S("resourceId"), id);
		json_put_str(call->arena, entry, S("resourceType"), item->type->name);
		json_put_str(call->arena, entry, S("key"), tag->name);
		json_put_str(call->arena, entry, S("value"), tag->text);
	}
}

bool ec2_describe_tags(struct call *call)
{
	const struct json *asked = json_get(call->input, S("Filter"));
	struct json *out = json_new(call->arena, JSON_ARRAY);

	if (!check_tag_filters(call, asked) || !ec2_allow(call, NULL, NULL, NULL) ||
		!ec2_go_ahead(call))
		return false;
	for (size_t t = 0; t < COUNT(operations); t++) {
		const struct ec2_type *type = ec2_type_by_name(operations[t].type);
		size_t n;
		const struct record *const *records = ec2_range(call, type, &n);

		for (size_t i = 0; i < n; i++) {
			const struct json *wire = json_get(records[i]->value, S("wire"));
			struct ec2_item item =
				ec2_find(call, type, json_str(wire, type->id_member));

			list_tags(call, &item, asked, out);
		}
	}
	json_put(call->output, S("tagSet"), out);
	return page(call, out, &(struct operation_row){ .min = 5, .max = 1000 });
}

/* ---- DescribeAccountAttributes */

str ec2_default_vpc(struct call *call)
{
	size_t n;
	const struct record *const *vpcs = ec2_range(call, ec2_type_by_name(S("vpc")), &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(vpcs[i]->value, S("wire"));

		if (str_eq(json_str(wire, S("isDefault")), S("true")))
			return json_str(wire, S("vpcId"));
	}
	return (str){ 0 };
}

static const struct {
	str name, value; /* {0}: the default VPC's id */
} attributes[] = {
	{ SC("supported-platforms"), SC("VPC") },
	{ SC("vpc-max-security-groups-per-interface"), SC("5") },
	{ SC("max-elastic-ips"), SC("5") },
	{ SC("max-instances"), SC("20") },
	{ SC("vpc-max-elastic-ips"), SC("5") },
	{ SC("default-vpc"), { 0 } },
};

bool ec2_describe_account_attributes(struct call *call)
{
	const struct json *names = json_get(call->input, S("AttributeName"));
	struct json *set;

	if (!ec2_allow(call, NULL, NULL, NULL) || !ec2_go_ahead(call))
		return false;
	set = json_put(call->output, S("accountAttributeSet"), json_new(call->arena, JSON_ARRAY));
	for (size_t i = 0; i < COUNT(attributes); i++) {
		struct json *entry, *values;
		str value = attributes[i].value;

		if (names && !in_list(names, attributes[i].name))
			continue;
		entry = json_push(set, json_new(call->arena, JSON_OBJECT));
		json_put_str(call->arena, entry, S("attributeName"), attributes[i].name);
		values = json_put(entry, S("attributeValueSet"), json_new(call->arena, JSON_ARRAY));
		values = json_push(values, json_new(call->arena, JSON_OBJECT));
		if (!value.n)
			value = ec2_default_vpc(call);
		json_put_str(call->arena, values, S("attributeValue"), value.n ? value : S("none"));
	}
	return true;
}

/* ---- DescribeInstanceTypes */

static const struct {
	str name;
	int vcpus, memory_mib;
	str architecture;
} instance_types[] = {
#define ROW(type, vcpus, memory_mib, architecture) \
	{ SC(type), vcpus, memory_mib, SC(architecture) },
#include "gen/ec2_instance_types.inc"
#undef ROW
};

static bool check_instance_types(struct call *call, const struct json *names)
{
	JSON_EACH(name, names)
	{
		bool found = false;

		for (size_t i = 0; !found && i < COUNT(instance_types); i++)
			found = str_eq(name->text, instance_types[i].name);
		if (!found)
			return refuse(call, FAULT_EC2_INSTANCE_TYPE,
				"The following supplied instance types do not exist: [%.*s]",
				STR(str_head(name->text, 64)));
	}
	return true;
}

static struct json *instance_type_answer(struct arena *arena, size_t i)
{
	struct json *type = json_new(arena, JSON_OBJECT), *info;

	json_put_str(arena, type, S("instanceType"), instance_types[i].name);
	json_put_bool(arena, type, S("currentGeneration"), true);
	info = json_put(type, S("processorInfo"), json_new(arena, JSON_OBJECT));
	info = json_put(info, S("supportedArchitectures"), json_new(arena, JSON_ARRAY));
	json_push(info, json_new_str(arena, instance_types[i].architecture));
	info = json_put(type, S("vCpuInfo"), json_new(arena, JSON_OBJECT));
	json_put_int(arena, info, S("defaultVCpus"), instance_types[i].vcpus);
	info = json_put(type, S("memoryInfo"), json_new(arena, JSON_OBJECT));
	json_put_int(arena, info, S("sizeInMiB"), instance_types[i].memory_mib);
	return type;
}

bool ec2_describe_instance_types(struct call *call)
{
	const struct json *names = json_get(call->input, S("InstanceType"));
	struct json *set = json_new(call->arena, JSON_ARRAY);

	if (!ec2_allow(call, NULL, NULL, NULL) || !ec2_go_ahead(call) ||
		!check_instance_types(call, names))
		return false;
	if (json_get(call->input, S("Filter")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Filters of DescribeInstanceTypes are not offered here");
	for (size_t i = 0; i < COUNT(instance_types); i++)
		if (!names || in_list(names, instance_types[i].name))
			json_push(set, instance_type_answer(call->arena, i));
	json_put(call->output, S("instanceTypeSet"), set);
	return page(call, set, &(struct operation_row){ .min = 5, .max = 100 });
}
