/*
 * ec2_template.c -- launch templates and their versions.
 *
 * A template is a record of its own; each version is another, whose data is kept as the request
 * gave it, so that RunInstances can lay its own parameters over it, and is put into the answer's
 * names only when somebody reads it. What decides about creating a template are the tags of the
 * top-level TagSpecification; nothing inside LaunchTemplateData is authorised before it is used
 * (EC2 User Guide, "Control access to launch templates").
 */
#include "account/services.h"

#include <string.h>

enum {
	TEMPLATE_NAME_MIN = 3,
	TEMPLATE_NAME_MAX = 128,
	TEMPLATE_VERSIONS_MAX = 5000,
	TEMPLATE_TOKEN_MAX = 128
};

/* ---- records */

static const struct ec2_type *template_type(void)
{
	return ec2_type_by_name(S("launch-template"));
}

static str name_key(struct call *call, str name)
{
	return ec2_key(call, S("launch-template-name"), name);
}

static str version_key(struct call *call, str id, uint64_t version)
{
	return ec2_key(call, S("launch-template-version"),
		arena_printf(call->arena, "%.*s/%010u", STR(id), (unsigned)version));
}

static uint64_t number_of(const struct json *wire, str member)
{
	uint64_t number = 0;

	return str_u64(json_str(wire, member), UINT32_MAX, &number) ? number : 0;
}

static const struct json *version_at(struct call *call, str id, uint64_t version)
{
	const struct record *record = record_get(call->account, version_key(call, id, version));

	return record ? record->value : NULL;
}

const struct json *template_version(struct call *call, const struct ec2_item *item, str version)
{
	uint64_t number = 0;

	if (!item->wire)
		return NULL;
	if (!version.n || str_eq(version, S("$Default")))
		number = number_of(item->wire, S("defaultVersionNumber"));
	else if (str_eq(version, S("$Latest")))
		number = number_of(item->wire, S("latestVersionNumber"));
	else if (!str_u64(version, UINT32_MAX, &number))
		return NULL;
	return version_at(call, item->id, number);
}

bool template_find(struct call *call, str id, str name, struct ec2_item *item)
{
	const struct record *record;

	if (id.n && name.n)
		return refuse(call, FAULT_EC2_COMBINATION,
			"Either 'launch template ID' or 'launch template name' must be provided, "
			"but not both");
	if (!id.n && !name.n)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"Either 'launch template ID' or 'launch template name' must be provided");
	if (name.n) {
		record = record_get(call->account, name_key(call, name));
		id = record ? json_str(record->value, S("id")) : S("*");
	}
	*item = ec2_find(call, template_type(), id);
	return true;
}

bool template_missing(struct call *call, const struct ec2_item *item, str name)
{
	if (!name.n)
		return ec2_missing(call, item);
	return refuse(call, FAULT_EC2_TEMPLATE_NAME_NOT_FOUND,
		"The specified launch template, with template name %.*s, does not exist.",
		STR(str_head(name, TEMPLATE_NAME_MAX)));
}

/* ---- the data, from the request's names to the answer's */

/* Lists whose answer is not called like the request with "Set" behind. */
static const struct {
	str request, answer;
} list_names[] = {
	{ SC("LicenseSpecification"), SC("licenseSet") },
	{ SC("PrivateIpAddresses"), SC("privateIpAddressesSet") },
	{ SC("Ipv6Addresses"), SC("ipv6AddressesSet") },
};

static str answer_name(struct arena *arena, str name, bool list, bool in_interface)
{
	if (in_interface && list && str_eq(name, S("SecurityGroupId")))
		return S("groupSet");
	for (size_t i = 0; list && i < COUNT(list_names); i++)
		if (str_eq(name, list_names[i].request))
			return list_names[i].answer;
	if (!name.n)
		return S("_");
	return arena_printf(arena, "%c%.*s%s", ascii_lower(name.p[0]), STR(str_from(name, 1)),
		list ? "Set" : "");
}

/* Recursion as deep as LIMIT_PARAM_DEPTH lets a parameter's name be. */
static struct json *data_answer(struct arena *arena, const struct json *data, bool in_interface)
{
	struct json *out = json_new(arena, data->type);

	if (!data->first) {
		out->text = data->text;
		return out;
	}
	JSON_EACH(member, data)
	{
		bool list = json_is(member, JSON_ARRAY);
		bool interface = in_interface || str_eq(member->name, S("NetworkInterface"));
		struct json *value = data_answer(arena, member, interface);

		if (json_is(data, JSON_ARRAY))
			json_push(out, value);
		else
			json_put(out, answer_name(arena, member->name, list, in_interface), value);
	}
	return out;
}

static struct json *version_answer(struct call *call, const struct ec2_item *item,
	const struct json *version)
{
	struct json *out = json_clone(call->arena, version);
	bool is_default = number_of(version, S("versionNumber")) ==
			  number_of(item->wire, S("defaultVersionNumber"));

	json_remove(out, S("data"));
	json_put_bool(call->arena, out, S("defaultVersion"), is_default);
	json_put(out, S("launchTemplateData"),
		data_answer(call->arena, json_get(version, S("data")), false));
	return out;
}

static struct json *put_version(struct call *call, str id, str name, uint64_t number,
	const struct json *data)
{
	struct json *version = json_new(call->arena, JSON_OBJECT);
	str description = get_str(call, S("VersionDescription"));

	json_put_str(call->arena, version, S("launchTemplateId"), id);
	json_put_str(call->arena, version, S("launchTemplateName"), name);
	json_put_int(call->arena, version, S("versionNumber"), (int64_t)number);
	if (description.n)
		json_put_str(call->arena, version, S("versionDescription"), description);
	json_put_str(call->arena, version, S("createTime"), ec2_time(call));
	json_put_str(call->arena, version, S("createdBy"), call->identity.caller.arn);
	json_put(version, S("data"), json_clone(call->arena, data));
	call_put(call, version_key(call, id, number), version);
	return version;
}

/* ---- CreateLaunchTemplate */

static bool check_name(struct call *call, str name)
{
	bool good = name.n >= TEMPLATE_NAME_MIN && name.n <= TEMPLATE_NAME_MAX;

	for (size_t i = 0; good && i < name.n; i++)
		good = ascii_alnum(name.p[i]) || memchr("().-/_", name.p[i], 6);
	return good ||
	       refuse(call, FAULT_EC2_TEMPLATE_NAME_MALFORMED,
		       "Launch template name must be between 3 and 128 characters, and may "
		       "contain letters, numbers, and the following characters: - ( ) . / _");
}

static bool need_data(struct call *call, const struct json **data)
{
	*data = json_get(call->input, S("LaunchTemplateData"));
	if (json_is(*data, JSON_OBJECT) && (*data)->count)
		return true;
	return refuse(call, FAULT_MISSING_PARAMETER,
		"The request must contain the parameter LaunchTemplateData");
}

static struct json *new_template(struct call *call, str id, str name)
{
	struct json *wire = json_new(call->arena, JSON_OBJECT);

	json_put_str(call->arena, wire, S("launchTemplateId"), id);
	json_put_str(call->arena, wire, S("launchTemplateName"), name);
	json_put_str(call->arena, wire, S("createTime"), ec2_time(call));
	json_put_str(call->arena, wire, S("createdBy"), call->identity.caller.arn);
	json_put_int(call->arena, wire, S("defaultVersionNumber"), 1);
	json_put_int(call->arena, wire, S("latestVersionNumber"), 1);
	return wire;
}

static bool allow_new_template(struct call *call, struct json **tags)
{
	const struct json *specs = json_get(call->input, S("TagSpecification"));

	return ec2_spec_types(call, specs, S("launch-template")) &&
	       ec2_spec_tags(call, specs, S("launch-template"), tags) &&
	       ec2_allow_create(call, S("launch-template"), *tags, NULL) && ec2_go_ahead(call);
}

/* What the same request made before, if it is still there: [id, or id and version]. */
static bool made_before(struct call *call, const struct once *once, struct ec2_item *item)
{
	*item = (struct ec2_item){ 0 };
	if (once->made && once->made->first)
		*item = ec2_find(call, template_type(), once->made->first->text);
	return item->wire != NULL;
}

static void note_made(struct call *call, const struct once *once, str id, uint64_t version)
{
	struct json *made = json_new(call->arena, JSON_ARRAY);

	json_push(made, json_new_str(call->arena, id));
	json_push(made, json_new_int(call->arena, (int64_t)version));
	ec2_once_done(call, once, made);
}

bool ec2_create_launch_template(struct call *call)
{
	const struct json *data;
	struct json *tags, *index;
	struct ec2_item item;
	struct once once;
	str name, id;

	if (!need_str(call, S("LaunchTemplateName"), &name) || !check_name(call, name) ||
		!need_data(call, &data) || !allow_new_template(call, &tags) ||
		!ec2_once(call, TEMPLATE_TOKEN_MAX, (str){ 0 }, &once))
		return false;
	if (made_before(call, &once, &item)) {
		json_put(call->output, S("launchTemplate"), ec2_answer(call, &item));
		return true;
	}
	if (record_get(call->account, name_key(call, name)))
		return refuse(call, FAULT_EC2_TEMPLATE_NAME_EXISTS,
			"Launch template name already in use.");
	id = new_resource_id(call->arena, S("lt-"));
	item = ec2_find(call, template_type(), id);
	item.wire = new_template(call, id, name);
	item.tags = tags;
	index = json_new(call->arena, JSON_OBJECT);
	json_put_str(call->arena, index, S("id"), id);
	ec2_put(call, &item, item.wire, tags);
	call_put(call, name_key(call, name), index);
	put_version(call, id, name, 1, data);
	note_made(call, &once, id, 1);
	json_put(call->output, S("launchTemplate"), ec2_answer(call, &item));
	return true;
}

/* ---- CreateLaunchTemplateVersion, DeleteLaunchTemplate */

static bool named_template(struct call *call, struct ec2_item *item)
{
	str id = get_str(call, S("LaunchTemplateId"));
	str name = get_str(call, S("LaunchTemplateName"));

	if (!template_find(call, id, name, item) || !ec2_allow(call, item, NULL, NULL))
		return false;
	if (!item->wire)
		return template_missing(call, item, name);
	return ec2_go_ahead(call);
}

/* The new version's data: what the request gives, and from the source version what it does not. */
static bool version_data(struct call *call, const struct ec2_item *item, struct json **data)
{
	str source = get_str(call, S("SourceVersion"));
	const struct json *given, *version;

	if (!need_data(call, &given))
		return false;
	*data = json_clone(call->arena, given);
	if (!source.n)
		return true;
	version = template_version(call, item, source);
	if (!version)
		return refuse(call, FAULT_EC2_TEMPLATE_VERSION_NOT_FOUND,
			"Could not find the specified version %.*s for the launch template with "
			"ID %.*s.",
			STR(str_head(source, 32)), STR(item->id));
	JSON_EACH(member, json_get(version, S("data")))
	if (!json_get(*data, member->name))
		json_put(*data, member->name, json_clone(call->arena, member));
	return true;
}

static bool version_made_before(struct call *call, const struct once *once)
{
	const struct json *version = NULL;
	struct ec2_item item;

	if (made_before(call, once, &item))
		version = template_version(call, &item, once->made->last->text);
	if (version)
		json_put(call->output, S("launchTemplateVersion"),
			version_answer(call, &item, version));
	return version != NULL;
}

bool ec2_create_launch_template_version(struct call *call)
{
	struct json *data, *wire, *version;
	struct ec2_item item;
	struct once once;
	uint64_t number;

	if (!named_template(call, &item) || !ec2_once(call, TEMPLATE_TOKEN_MAX, (str){ 0 }, &once))
		return false;
	if (version_made_before(call, &once))
		return true;
	if (!version_data(call, &item, &data))
		return false;
	number = number_of(item.wire, S("latestVersionNumber")) + 1;
	if (number > TEMPLATE_VERSIONS_MAX)
		return refuse(call, FAULT_EC2_TEMPLATE_VERSION_LIMIT,
			"A launch template can have at most %d versions", TEMPLATE_VERSIONS_MAX);
	wire = json_clone(call->arena, item.wire);
	json_put_int(call->arena, wire, S("latestVersionNumber"), (int64_t)number);
	ec2_put(call, &item, wire, item.tags);
	version = put_version(call, item.id, json_str(item.wire, S("launchTemplateName")), number,
		data);
	note_made(call, &once, item.id, number);
	json_put(call->output, S("launchTemplateVersion"), version_answer(call, &item, version));
	return true;
}

bool ec2_delete_launch_template(struct call *call)
{
	struct ec2_item item;
	const struct record *const *versions;
	size_t n;

	if (!named_template(call, &item))
		return false;
	versions = record_range(call->account,
		ec2_key(call, S("launch-template-version"),
			arena_printf(call->arena, "%.*s/", STR(item.id))),
		&n);
	for (size_t i = 0; i < n; i++)
		call_delete(call, versions[i]->key);
	call_delete(call, name_key(call, json_str(item.wire, S("launchTemplateName"))));
	call_delete(call, ec2_key(call, S("launch-template"), item.id));
	json_put(call->output, S("launchTemplate"), ec2_answer(call, &item));
	return true;
}

/* ---- DescribeLaunchTemplateVersions */

static const struct paging version_pages = {
	.size = SC("MaxResults"),
	.token = SC("NextToken"),
	.next = SC("nextToken"),
	.max_size = 200,
	.bad_size = FAULT_INVALID_PARAMETER_VALUE,
	.bad_token = FAULT_EC2_TOKEN,
};

static bool in_bounds(struct call *call, const struct json *version)
{
	uint64_t number = number_of(version, S("versionNumber")), low = 0, high = UINT32_MAX;
	str min = get_str(call, S("MinVersion")), max = get_str(call, S("MaxVersion"));

	return (!min.n || (str_u64(min, UINT32_MAX, &low) && number >= low)) &&
	       (!max.n || (str_u64(max, UINT32_MAX, &high) && number <= high));
}

/* All versions of one template that MinVersion and MaxVersion let through, newest first. */
static void all_versions(struct call *call, const struct ec2_item *item, struct json *out)
{
	size_t n;
	const struct record *const *versions = record_range(call->account,
		ec2_key(call, S("launch-template-version"),
			arena_printf(call->arena, "%.*s/", STR(item->id))),
		&n);

	while (n--)
		if (in_bounds(call, versions[n]->value))
			json_push(out, version_answer(call, item, versions[n]->value));
}

static bool one_template(struct call *call, str id, str name, const struct json *wanted,
	struct json *out)
{
	struct ec2_item item;

	if (!template_find(call, id, name, &item))
		return false;
	if (!item.wire)
		return template_missing(call, &item, name);
	if (!wanted)
		all_versions(call, &item, out);
	JSON_EACH(text, wanted)
	{
		const struct json *version = template_version(call, &item, text->text);

		if (!version)
			return refuse(call, FAULT_EC2_TEMPLATE_VERSION_NOT_FOUND,
				"Could not find the specified version %.*s for the launch template "
				"with ID %.*s.",
				STR(str_head(text->text, 32)), STR(item.id));
		json_push(out, version_answer(call, &item, version));
	}
	return true;
}

/* Without a template: $Latest and $Default of all. */
static void every_template(struct call *call, const struct json *wanted, struct json *out)
{
	size_t n;
	const struct record *const *records = ec2_range(call, template_type(), &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(records[i]->value, S("wire"));
		struct ec2_item item =
			ec2_find(call, template_type(), json_str(wire, S("launchTemplateId")));

		JSON_EACH(text, wanted)
		{
			const struct json *version = template_version(call, &item, text->text);

			if (version && str_starts(text->text, S("$")))
				json_push(out, version_answer(call, &item, version));
		}
	}
}

bool ec2_describe_launch_template_versions(struct call *call)
{
	str id = get_str(call, S("LaunchTemplateId"));
	str name = get_str(call, S("LaunchTemplateName"));
	const struct json *wanted = json_get(call->input, S("LaunchTemplateVersion"));
	struct json *out = json_new(call->arena, JSON_ARRAY);

	if (!ec2_allow(call, NULL, NULL, NULL) || !ec2_go_ahead(call))
		return false;
	if (!id.n && !name.n && wanted)
		every_template(call, wanted, out);
	else if (!one_template(call, id, name, wanted, out))
		return false;
	json_put(call->output, S("launchTemplateVersionSet"), out);
	return page_list(call, out, &version_pages);
}
