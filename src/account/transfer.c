/*
 * transfer.c -- a whole account as JSON, and back.
 *
 * The form is that of GetAccountAuthorizationDetails, as AWS's command line prints it (documents
 * are JSON), so that a real account's answer can be loaded. Ours has some members more:
 * instance profiles, identity providers, alias and password policy. Access keys are not part of
 * it: their secrets belong to one directory's master key.
 *
 * Loading is all or nothing, and replaces nothing: what is there already is an error, but for
 * the administrator, who stays as he is. Unique ids are kept, so that trust policies go on
 * meaning whom they meant [S-80].
 */
#include "account/iam.h"

#include "base/os.h"

enum { TRANSFER_BYTES = LIMIT_FILE_BYTES };

static const struct kind_row {
	enum entity_id id;
	str member;
} kinds[] = {
	{ ENTITY_USER, SC("UserDetailList") },
	{ ENTITY_GROUP, SC("GroupDetailList") },
	{ ENTITY_ROLE, SC("RoleDetailList") },
	{ ENTITY_POLICY, SC("Policies") },
};

/* ---- out. */

static void export_kind(struct call *call, const struct kind_row *row, const struct usage *usage,
	struct json *out)
{
	struct json *list = json_put(out, row->member, json_new(call->arena, JSON_ARRAY));
	const struct record *const *records;
	size_t n;

	records = entity_range(call, entity(row->id), &n);
	for (size_t i = 0; i < n; i++)
		json_push(list,
			entity_detail(call, entity(row->id), records[i]->value, usage, true));
}

static void export_managed(struct call *call, const struct usage *usage, struct json *list)
{
	const struct record *const *records;
	size_t n;

	records = record_range(call->account, S("/aws/iam/policy/"), &n);
	for (size_t i = 0; i < n; i++) {
		str arn = json_str(records[i]->value, S("Arn"));

		if (usage_of(usage->attached, usage->nattached, arn) ||
			usage_of(usage->boundaries, usage->nboundaries, arn))
			json_push(list, entity_detail(call, entity(ENTITY_POLICY),
						records[i]->value, usage, true));
	}
}

/* Records as they are. */
static void export_records(struct call *call, const struct entity *kind, const char *member,
	struct json *out)
{
	struct json *list = json_put(out, str_of(member), json_new(call->arena, JSON_ARRAY));
	const struct record *const *records;
	size_t n;

	records = entity_range(call, kind, &n);
	for (size_t i = 0; i < n; i++)
		json_push(list, json_clone(call->arena, records[i]->value));
}

static str settings_key(struct arena *arena, str account_id)
{
	return iam_key(arena, account_id, "settings", S("account"));
}

static const str settings_members[] = { SC("AccountAlias"), SC("PasswordPolicy") };

bool account_export(struct arena *arena, const struct account *account, str account_id,
	struct json **out, struct err *err)
{
	struct account *same =
		(struct account *)(uintptr_t)account; /* a call may write; we do not */
	struct call call = { .arena = arena, .account = same, .account_id = account_id };
	const struct record *settings;
	struct usage usage;

	if (!is_hosted(account, account_id))
		return fail(err, ERR_USAGE, 0, "account %.*s is not one of these", STR(account_id));
	*out = json_new(arena, JSON_OBJECT);
	count_usage(&call, &usage);
	for (size_t i = 0; i < COUNT(kinds); i++)
		export_kind(&call, &kinds[i], &usage, *out);
	export_managed(&call, &usage, json_get(*out, S("Policies")));
	json_put_bool(arena, *out, S("IsTruncated"), false);
	export_records(&call, entity(ENTITY_PROFILE), "InstanceProfiles", *out);
	export_records(&call, entity(ENTITY_PROVIDER), "OpenIDConnectProviders", *out);
	settings = record_get(account, settings_key(arena, account_id));
	if (settings)
		copy_members(&call, *out, settings->value, settings_members,
			COUNT(settings_members));
	return true;
}

/* ---- in. */

enum { ENTITY_KINDS = ENTITY_USER + 1 }; /* the table is in the order of the alphabet */

struct importing {
	struct arena *arena;
	const struct account *account;
	str account_id;
	const struct json *root;
	struct import_ids ids;
	struct json *roles; /* those that were used: {"at":…,"region":…,"id":…} */
	struct change_list changes;
	struct account_imported *counts;
	struct call call;      /* nobody's: for what is checked as the API checks it */
	const struct json *at; /* where in the file */
	size_t made[ENTITY_KINDS];
	struct err *err;
};

/* Names the place, as a path into the file and by its offset. */
static bool refuse_file(struct importing *in, str name, const char *why)
{
	struct buf path = { .arena = in->arena };

	if (!in->at)
		return fail(in->err, ERR_REFUSED, 0, "%.*s: %s", STR(str_head(name, 200)), why);
	json_path(&path, in->at);
	return fail(in->err, ERR_REFUSED, in->at->at, "%.*s: %.*s%s%s", STR(buf_view(&path)),
		STR(str_head(name, 120)), name.n ? ": " : "", why);
}

static bool refuse_checked(struct importing *in, str name)
{
	return refuse_file(in, name, arena_copy(in->arena, in->call.fault_message).p);
}

/* A name becomes part of a key. */
static bool is_name(str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_alnum(name.p[i]) &&
			str_find(S("+=,.@_-"), (str){ name.p + i, 1 }) == SIZE_MAX)
			return false;
	return name.n >= 1 && name.n <= 128;
}

/* An object, its text, or its text percent-encoded. */
static bool read_text(struct importing *in, str owner, const struct json *value, str *text)
{
	struct buf out = { .arena = in->arena };
	struct document *document;
	struct err why = { 0 };

	if (json_is(value, JSON_OBJECT)) {
		json_write(&out, value);
		*text = buf_view(&out);
	} else if (json_is(value, JSON_STRING)) {
		*text = value->text;
		if (str_starts(*text, S("%")) && !uri_decode(in->arena, *text, false, text))
			return refuse_file(in, owner, "a document is encoded wrongly");
	} else {
		return refuse_file(in, owner, "a policy document is missing");
	}
	if (!policy_parse(in->arena, owner, *text, &document, &why))
		return refuse_file(in, owner, why.text);
	return true;
}

static bool read_inline(struct importing *in, const struct entity *kind, str owner,
	const struct json *from, struct json *value)
{
	str member = arena_printf(in->arena, "%.*sPolicyList", STR(kind->word)), name, text;
	struct json *policies = json_new(in->arena, JSON_OBJECT);

	JSON_EACH(policy, json_get(from, member))
	{
		name = json_str(policy, S("PolicyName"));
		if (!is_name(name))
			return refuse_file(in, owner, "an inline policy has no proper name");
		if (json_get(policies, name))
			return refuse_file(in, owner, "two inline policies have one name");
		if (!read_text(in, owner, json_get(policy, S("PolicyDocument")), &text))
			return false;
		json_put_str(in->arena, policies, name, text);
	}
	if (policies->count)
		json_put(value, S("Policies"), policies);
	return true;
}

/* Is it in the file, or known here? */
static bool is_policy_known(const struct importing *in, str arn)
{
	if (find_policy(in->account, in->account_id, arn))
		return true;
	JSON_EACH(policy, json_get(in->root, S("Policies")))
	{
		if (str_eq(json_str(policy, S("Arn")), arn))
			return true;
	}
	return false;
}

static bool attach(struct importing *in, const struct json *item, struct json *value)
{
	str arn = json_str(item, S("PolicyArn"));

	if (!is_policy_known(in, arn)) {
		in->at = item;
		return refuse_file(in, arn, "this policy is neither in the file nor known");
	}
	list_add(in->arena, value, S("AttachedPolicies"), arn);
	return true;
}

static bool read_attached(struct importing *in, const struct json *from, struct json *value)
{
	str boundary =
		json_str(json_get(from, S("PermissionsBoundary")), S("PermissionsBoundaryArn"));
	const struct json *attached = json_get(from, S("AttachedManagedPolicies"));

	if (json_is(attached, JSON_OBJECT) && !attach(in, attached, value))
		return false;
	JSON_EACH(item, json_is(attached, JSON_ARRAY) ? attached : NULL)
	{
		if (!attach(in, item, value))
			return false;
	}
	if (!boundary.n)
		return true;
	if (!is_policy_known(in, boundary)) {
		in->at = json_get(from, S("PermissionsBoundary"));
		return refuse_file(in, boundary, "this policy is neither in the file nor known");
	}
	json_put_str(in->arena, value, S("PermissionsBoundary"), boundary);
	return true;
}

/* AWS's list of keys and values, or the object that our own records have. */
static void read_tags_into(struct importing *in, const struct json *from, struct json *value)
{
	const struct json *given = json_get(from, S("Tags"));
	struct json *tags = json_new(in->arena, JSON_OBJECT);
	bool object = json_is(given, JSON_OBJECT);

	JSON_EACH(tag, object || json_is(given, JSON_ARRAY) ? given : NULL)
	{
		str key = object ? tag->name : json_str(tag, S("Key"));

		if (key.n)
			json_put_str(in->arena, tags, key,
				object ? tag->text : json_str(tag, S("Value")));
	}
	if (tags->count)
		json_put(value, S("Tags"), tags);
}

/* ---- one entity. */

/* As AWS writes it, however the file has it. */
static bool read_date(struct importing *in, const struct json *from, str member, struct json *value)
{
	str text = json_str(from, member);
	int64_t time_s;

	if (!text.n)
		return true;
	if (!import_time(in->arena, text, &time_s)) {
		in->at = json_get(from, member);
		return refuse_file(in, text, "a time is written as in 2015-10-09T20:14:00Z");
	}
	json_put_str(in->arena, value, member, time_iso(in->arena, time_s));
	return true;
}

static bool read_entity(struct importing *in, const struct entity *kind, const struct json *from,
	str name, struct json **value)
{
	str description = json_str(from, S("Description"));
	str arn = json_str(from, S("Arn")), id = import_id(&in->ids, arn);
	str path = json_str(from, S("Path"));

	path = path.n ? path : S("/");
	if (!is_name(name))
		return refuse_file(in, arn, "the name is not one");
	if (!str_starts(path, S("/")) || !str_ends(path, S("/")) || path.n > 512)
		return refuse_file(in, arn, "the path is not one");
	if (!str_eq(arn, entity_arn(in->arena, kind, in->account_id, path, name)))
		return refuse_file(in, arn, "the ARN is not what it would be in this account");
	*value = new_entity(in->arena, kind, in->account_id, path, name, now_s());
	if (!id.n && import_is_id(kind, json_str(from, kind->unique)))
		id = json_str(from, kind->unique); /* a profile's, which nobody trusts */
	if (id.n)
		json_put_str(in->arena, *value, kind->unique, id);
	if (description.n)
		json_put_str(in->arena, *value, S("Description"), description);
	read_tags_into(in, from, *value);
	return read_date(in, from, S("CreateDate"), *value);
}

/* AWS's own policies are not held to the quotas of customers'. */
static bool put_checked(struct importing *in, const struct entity *kind, str key,
	const struct json *value)
{
	str arn = json_str(value, S("Arn"));
	bool aws = str_eq(in->account_id, S("aws"));

	if (map_get(&in->changes.places, key))
		return refuse_file(in, arn, "it is in the file twice");
	if (!aws && (!import_check(&in->call, kind, value) ||
			    !import_quota(&in->call, kind, in->made[kind->id] + 1)))
		return refuse_checked(in, arn);
	in->made[kind->id] += !aws;
	change_put(&in->changes, key, value);
	in->counts->entities++;
	return true;
}

static bool put_new(struct importing *in, const struct entity *kind, str name,
	const struct json *value)
{
	str key = iam_key(in->arena, in->account_id, kind->kind.p, name);

	if (record_get(in->account, key))
		return refuse_file(in, json_str(value, S("Arn")), "it is there already");
	return put_checked(in, kind, key, value);
}

/* The one that is there, and stays. */
static bool is_administrator(const struct importing *in, const struct entity *kind, str name)
{
	return kind->id == ENTITY_USER && str_eq(name, S("admin")) &&
	       record_get(in->account, iam_key(in->arena, in->account_id, "user", S("admin"))) !=
		       NULL;
}

/* Whom the trust policy names, by unique id. */
static void read_trust_ids(struct importing *in, str text, struct json *role)
{
	struct json *ids = json_put(role, S("TrustIds"), json_new(in->arena, JSON_OBJECT));
	struct document *document;
	struct err why;

	if (!policy_parse(in->arena, S("trust policy"), text, &document, &why))
		return;
	for (size_t i = 0; i < document->nstatements; i++)
		for (size_t k = 0; k < document->statements[i].nprincipals; k++) {
			str arn = document->statements[i].principals[k].text;
			str id = import_id(&in->ids, arn);

			if (!id.n)
				id = principal_id(in->account, arn);
			if (id.n)
				json_put_str(in->arena, ids, arn, id);
		}
}

/* It goes where the others are, once the role is there. */
static bool read_last_used(struct importing *in, const struct json *from, const struct json *role)
{
	str date = json_str(from, S("LastUsedDate")), region = json_str(from, S("Region"));
	int64_t at_s;
	struct json *used;

	if (!date.n && !region.n)
		return true;
	for (size_t i = 0; i < region.n; i++)
		if (!ascii_alnum(region.p[i]) && region.p[i] != '-')
			region = (str){ 0 };
	if (!import_time(in->arena, date, &at_s) || !region.n || region.n > 22) {
		in->at = from;
		return refuse_file(in, json_str(role, S("Arn")),
			"a last use has a time and a Region");
	}
	used = json_push(in->roles, json_new(in->arena, JSON_OBJECT));
	json_put_int(in->arena, used, S("at"), at_s);
	json_put_str(in->arena, used, S("region"), region);
	json_put_str(in->arena, used, S("id"), json_str(role, S("RoleId")));
	return true;
}

static void keep_last_used(struct importing *in, struct account *account)
{
	uint64_t at_s = 0;

	JSON_EACH(used, in->roles)
	if (str_u64(json_str(used, S("at")), INT64_MAX, &at_s))
		last_used_put(account, json_str(used, S("id")),
			(struct last_use){ (int64_t)at_s, S("sts"), json_str(used, S("region")) });
}

static bool read_role(struct importing *in, const struct json *from, struct json *role)
{
	uint64_t max_session_s = 3600;
	str text, arn = json_str(role, S("Arn"));

	if (!read_text(in, arn, json_get(from, S("AssumeRolePolicyDocument")), &text))
		return false;
	json_put_str(in->arena, role, S("AssumeRolePolicyDocument"), text);
	read_trust_ids(in, text, role);
	if (json_get(from, S("MaxSessionDuration")) &&
		(!str_u64(json_str(from, S("MaxSessionDuration")), 43200, &max_session_s) ||
			max_session_s < 3600))
		return refuse_file(in, arn, "MaxSessionDuration is between 3600 and 43200");
	json_put_int(in->arena, role, S("MaxSessionDuration"), (int64_t)max_session_s);
	return read_last_used(in, json_get(from, S("RoleLastUsed")), role);
}

/* A group that is missing might have denied something. */
static bool is_group_known(const struct importing *in, str name)
{
	JSON_EACH(group, json_get(in->root, S("GroupDetailList")))
	{
		if (str_eq(json_str(group, S("GroupName")), name))
			return true;
	}
	return record_get(in->account, iam_key(in->arena, in->account_id, "group", name)) != NULL;
}

static bool read_groups(struct importing *in, const struct json *from, struct json *user)
{
	JSON_EACH(name, json_get(from, S("GroupList")))
	{
		if (!is_group_known(in, name->text)) {
			in->at = name;
			return refuse_file(in, name->text,
				"this group is neither in the file nor there");
		}
		list_add(in->arena, user, S("Groups"), name->text);
	}
	return true;
}

static bool import_holder(struct importing *in, const struct entity *kind, const struct json *from)
{
	str name = json_str(from, kind->name);
	struct json *value;

	in->at = from;
	if (is_administrator(in, kind, name)) {
		in->counts->administrator_stays = true;
		return true;
	}
	if (!read_entity(in, kind, from, name, &value) ||
		!read_inline(in, kind, json_str(value, S("Arn")), from, value) ||
		!read_attached(in, from, value) ||
		(kind->id == ENTITY_ROLE && !read_role(in, from, value)) ||
		(kind->id == ENTITY_USER && !read_groups(in, from, value)))
		return false;
	return put_new(in, kind, name, value);
}

/* ---- managed policies. */

static bool has_version(const struct json *versions, str id)
{
	JSON_EACH(version, versions)
	{
		if (str_eq(json_str(version, S("VersionId")), id))
			return true;
	}
	return false;
}

static bool read_versions(struct importing *in, const struct json *from, struct json *policy)
{
	struct json *versions = json_put(policy, S("Versions"), json_new(in->arena, JSON_ARRAY));
	str wanted = json_str(from, S("DefaultVersionId")), arn = json_str(policy, S("Arn")), text;
	uint64_t last = 0, number;
	bool found = false;

	JSON_EACH(version, json_get(from, S("PolicyVersionList")))
	{
		struct json *item = json_push(versions, json_new(in->arena, JSON_OBJECT));
		str id = json_str(version, S("VersionId"));

		if (!str_starts(id, S("v")) || !str_u64(str_from(id, 1), 1000000000, &number) ||
			!number || has_version(versions, id))
			return refuse_file(in, arn,
				"versions are v1, v2 and so on, each of them once");
		json_put_str(in->arena, item, S("CreateDate"), json_str(policy, S("CreateDate")));
		if (!read_text(in, arn, json_get(version, S("Document")), &text) ||
			!read_date(in, version, S("CreateDate"), item))
			return false;
		last = number > last ? number : last;
		found = found || str_eq(id, wanted);
		json_put_str(in->arena, item, S("VersionId"), id);
		json_put_str(in->arena, item, S("Document"), text);
	}
	json_put_str(in->arena, policy, S("DefaultVersionId"), wanted);
	json_put_int(in->arena, policy, S("LastVersion"), (int64_t)last);
	return found || refuse_file(in, arn, "the default version's document is missing");
}

/* AWS's own are taken over where they are not known. */
static bool import_policy(struct importing *in, const struct json *from)
{
	const struct entity *kind = entity(ENTITY_POLICY);
	str arn = json_str(from, S("Arn")), name = json_str(from, S("PolicyName"));
	bool managed = str_starts(arn, S("arn:aws:iam::aws:policy/"));
	str account_id = in->account_id;
	struct json *policy;
	bool good;

	in->at = from;
	if (managed && find_policy(in->account, in->account_id, arn))
		return true;
	if (managed)
		in->account_id = S("aws");
	good = read_entity(in, kind, from, name, &policy) && read_versions(in, from, policy) &&
	       read_date(in, from, S("UpdateDate"), policy);
	if (good && !json_get(policy, S("UpdateDate")))
		json_put_str(in->arena, policy, S("UpdateDate"), json_str(policy, S("CreateDate")));
	good = good && put_new(in, kind, name, policy);
	in->account_id = account_id;
	return good;
}

/* ---- profiles, providers, settings. */

static bool import_profile(struct importing *in, const struct json *from, str role)
{
	const struct entity *kind = entity(ENTITY_PROFILE);
	str name = json_str(from, kind->name);
	struct json *profile;

	in->at = from;
	if (!read_entity(in, kind, from, name, &profile))
		return false;
	if (role.n)
		json_put_str(in->arena, profile, S("RoleName"), role);
	return put_new(in, kind, name, profile);
}

/* Those with a role stand in the role's details, as AWS has them; ours stand by themselves, too. */
static bool import_profiles(struct importing *in)
{
	const struct json *own = json_get(in->root, S("InstanceProfiles"));

	JSON_EACH(profile, own)
	{
		if (!import_profile(in, profile, json_str(profile, S("RoleName"))))
			return false;
	}
	JSON_EACH(role, own ? NULL : json_get(in->root, S("RoleDetailList")))
	{
		JSON_EACH(profile, json_get(role, S("InstanceProfileList")))
		{
			if (!import_profile(in, profile, json_str(role, S("RoleName"))))
				return false;
		}
	}
	return true;
}

static void copy_texts(struct importing *in, const struct json *from, str member, struct json *to)
{
	struct json *list = json_put(to, member, json_new(in->arena, JSON_ARRAY));

	JSON_EACH(item, json_is(json_get(from, member), JSON_ARRAY) ? json_get(from, member) : NULL)
	json_push(list, json_new_str(in->arena, item->text));
}

static bool import_provider(struct importing *in, const struct json *from)
{
	str url = json_str(from, S("Url"));
	str arn = iam_arn(in->arena, in->account_id,
		arena_printf(in->arena, "oidc-provider/%.*s", STR(url)));
	str key = arena_printf(in->arena, "/%.*s/iam/oidc/%.*s", STR(in->account_id), STR(url));
	struct json *provider = json_new(in->arena, JSON_OBJECT);

	in->at = from;
	if (!url.n || url.n > 255 || !str_eq(json_str(from, S("Arn")), arn))
		return refuse_file(in, arn, "the ARN is not that of its URL");
	if (record_get(in->account, key))
		return refuse_file(in, arn, "it is there already");
	json_put_str(in->arena, provider, S("Arn"), arn);
	json_put_str(in->arena, provider, S("Url"), url);
	copy_texts(in, from, S("ClientIDList"), provider);
	copy_texts(in, from, S("ThumbprintList"), provider);
	json_put_str(in->arena, provider, S("CreateDate"), time_iso(in->arena, now_s()));
	if (!read_date(in, from, S("CreateDate"), provider))
		return false;
	read_tags_into(in, from, provider);
	return put_checked(in, entity(ENTITY_PROVIDER), key, provider);
}

static bool import_providers(struct importing *in)
{
	JSON_EACH(provider, json_get(in->root, S("OpenIDConnectProviders")))
	{
		if (!import_provider(in, provider))
			return false;
	}
	return true;
}

static bool import_settings(struct importing *in)
{
	struct json *settings = json_new(in->arena, JSON_OBJECT);
	const struct json *alias = json_get(in->root, S("AccountAlias"));

	in->at = alias;
	if (alias && !check_text(&in->call, SHAPE_ACCOUNT_ALIAS, S("AccountAlias"), alias->text))
		return refuse_checked(in, alias->text);

	for (size_t i = 0; i < COUNT(settings_members); i++)
		if (json_get(in->root, settings_members[i]))
			json_put(settings, settings_members[i],
				json_clone(in->arena, json_get(in->root, settings_members[i])));
	if (settings->count && !record_get(in->account, settings_key(in->arena, in->account_id)))
		change_put(&in->changes, settings_key(in->arena, in->account_id), settings);
	return true;
}

/* ---- the whole. */

/* The ids that the file gives, which trust policies hold on to; whoever trusts user admin goes on
 * with the one who stays. */
static void collect_ids(struct importing *in)
{
	in->ids.places.arena = in->arena;
	for (size_t i = 0; i < COUNT(kinds); i++)
		in->counts->ids_anew += import_ids(&in->call, entity(kinds[i].id),
			json_get(in->root, kinds[i].member), &in->ids);
	if (is_administrator(in, entity(ENTITY_USER), S("admin")))
		*map_at(&in->ids.places, iam_arn(in->arena, in->account_id, S("user/admin"))) = 0;
}

static bool check_shapes(struct importing *in)
{
	const char *why;

	in->at = import_misshapen(in->root, &why);
	return !in->at || refuse_file(in, (str){ 0 }, why);
}

static bool import_all(struct importing *in)
{
	in->roles = json_new(in->arena, JSON_ARRAY);
	if (!check_shapes(in))
		return false;
	collect_ids(in);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		JSON_EACH(from, json_get(in->root, kinds[i].member))
		{
			if (kinds[i].id == ENTITY_POLICY
					? !import_policy(in, from)
					: !import_holder(in, entity(kinds[i].id), from))
				return false;
		}
	}
	return import_settings(in) && import_profiles(in) && import_providers(in);
}

bool account_import(struct arena *arena, struct account *account, str account_id, str text,
	struct account_imported *counts, struct err *err)
{
	struct importing in = { .arena = arena,
		.account = account,
		.account_id = account_id,
		.changes = { .arena = arena },
		.counts = counts,
		.call = { .arena = arena, .account = account, .account_id = account_id },
		.err = err };
	struct json *root;

	*counts = (struct account_imported){ 0 };
	err->text[0] = '\0';
	if (!is_hosted(account, account_id))
		return fail(err, ERR_USAGE, 0, "account %.*s is not one of these", STR(account_id));
	if (!json_parse(arena, text, TRANSFER_BYTES, &root, err))
		return false;
	if (!json_is(json_get(root, S("RoleDetailList")), JSON_ARRAY) &&
		!json_is(json_get(root, S("UserDetailList")), JSON_ARRAY))
		return fail(err, ERR_SYNTAX, 0,
			"not what GetAccountAuthorizationDetails answers: it has no "
			"RoleDetailList");
	if (str_eq(json_str(root, S("IsTruncated")), S("true")))
		return fail(err, ERR_REFUSED, 0, "one page of several: IsTruncated is true");
	in.root = root;
	if (!import_all(&in) || !records_commit(account, &in.changes, err))
		return false;
	records_release(account);
	keep_last_used(&in, account);
	return true;
}

size_t account_ids(struct arena *arena, const struct account *account, str **ids)
{
	const struct record *const *records;
	size_t n, found = 0;

	records = record_range(account, S("/"), &n);
	*ids = NEWS(arena, str, n);
	for (size_t i = 0; i < n; i++)
		if (is_account_id(str_from(records[i]->key, 1)))
			(*ids)[found++] = str_from(records[i]->key, 1);
	return found;
}
