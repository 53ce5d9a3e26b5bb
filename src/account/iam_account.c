/*
 * iam_account.c -- what belongs to the account as a whole: its alias, its password policy, its
 * numbers; and the lists of things that users have at AWS and cannot have here, all empty.
 *
 * Alias and password policy are one record, /A/iam/settings/account.
 */
#include "account/iam.h"

#include <string.h>

static str settings_key(struct call *call, str account_id)
{
	return iam_key(call->arena, account_id, "settings", S("account"));
}

/* A copy to change; empty if nothing was ever set. */
static struct json *settings(struct call *call)
{
	const struct record *record =
		record_get(call->account, settings_key(call, call->account_id));

	return record ? json_clone(call->arena, record->value) : json_new(call->arena, JSON_OBJECT);
}

static void put_settings(struct call *call, const struct json *value)
{
	call_put(call, settings_key(call, call->account_id), value);
}

/* ---- the alias. */

/* Aliases are one name space for all accounts. */
static bool alias_taken(struct call *call, str alias)
{
	const struct record *const *records;
	size_t n;

	records = record_range(call->account, S("/"), &n);
	for (size_t i = 0; i < n; i++)
		if (str_ends(records[i]->key, S("/iam/settings/account")) &&
			str_eq(json_str(records[i]->value, S("AccountAlias")), alias))
			return true;
	return false;
}

bool iam_create_account_alias(struct call *call)
{
	struct json *value;
	str alias;

	call->output = NULL;
	if (!need_text(call, S("AccountAlias"), &alias) || !allow_account(call))
		return false;
	if (alias_taken(call, alias))
		return refuse(call, FAULT_ENTITY_EXISTS, "The account alias %.*s already exists.",
			STR(alias));
	value = settings(call);
	json_put_str(call->arena, value, S("AccountAlias"), alias);
	put_settings(call, value);
	return true;
}

bool iam_delete_account_alias(struct call *call)
{
	struct json *value;
	str alias;

	call->output = NULL;
	if (!need_text(call, S("AccountAlias"), &alias) || !allow_account(call))
		return false;
	value = settings(call);
	if (!str_eq(json_str(value, S("AccountAlias")), alias))
		return refuse(call, FAULT_NO_SUCH_ENTITY, "The account alias %.*s cannot be found.",
			STR(alias));
	json_remove(value, S("AccountAlias"));
	put_settings(call, value);
	return true;
}

bool iam_list_account_aliases(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct page page;
	str alias;

	if (!page_open(call, &page) || !allow_account(call))
		return false;
	alias = json_str(settings(call), S("AccountAlias"));
	if (alias.n)
		json_push(list, json_new_str(call->arena, alias));
	json_put(call->output, S("AccountAliases"), list);
	json_put_bool(call->arena, call->output, S("IsTruncated"), false);
	return true;
}

/* ---- the password policy. What is not given goes back to its default. */

static bool no_password_policy(struct call *call)
{
	return refuse(call, FAULT_NO_SUCH_ENTITY,
		"The Password Policy with domain name %.*s cannot be found.",
		STR(call->account_id));
}

static bool read_flags(struct call *call, struct json *policy)
{
	static const str flags[] = { SC("RequireSymbols"), SC("RequireNumbers"),
		SC("RequireUppercaseCharacters"), SC("RequireLowercaseCharacters"),
		SC("AllowUsersToChangePassword"), SC("HardExpiry") };

	for (size_t i = 0; i < COUNT(flags); i++) {
		bool value = false;

		if (!get_bool(call, flags[i], &value))
			return false;
		json_put_bool(call->arena, policy, flags[i], value);
	}
	return true;
}

static bool read_numbers(struct call *call, struct json *policy)
{
	unsigned length = 6, age = 0, reuse = 0;

	if (!get_number(call, S("MinimumPasswordLength"), 6, 128, &length) ||
		!get_number(call, S("MaxPasswordAge"), 1, 1095, &age) ||
		!get_number(call, S("PasswordReusePrevention"), 1, 24, &reuse))
		return false;
	json_put_int(call->arena, policy, S("MinimumPasswordLength"), length);
	json_put_bool(call->arena, policy, S("ExpirePasswords"), age != 0);
	if (age)
		json_put_int(call->arena, policy, S("MaxPasswordAge"), age);
	if (reuse)
		json_put_int(call->arena, policy, S("PasswordReusePrevention"), reuse);
	return true;
}

bool iam_update_password_policy(struct call *call)
{
	struct json *value, *policy = json_new(call->arena, JSON_OBJECT);

	call->output = NULL;
	if (!read_numbers(call, policy) || !read_flags(call, policy) || !allow_account(call))
		return false;
	value = settings(call);
	json_put(value, S("PasswordPolicy"), policy);
	put_settings(call, value);
	return true;
}

bool iam_get_password_policy(struct call *call)
{
	const struct json *policy;

	if (!allow_account(call))
		return false;
	policy = json_get(settings(call), S("PasswordPolicy"));
	if (!policy)
		return no_password_policy(call);
	json_put(call->output, S("PasswordPolicy"), json_clone(call->arena, policy));
	return true;
}

bool iam_delete_password_policy(struct call *call)
{
	struct json *value;

	call->output = NULL;
	if (!allow_account(call))
		return false;
	value = settings(call);
	if (!json_remove(value, S("PasswordPolicy")))
		return no_password_policy(call);
	put_settings(call, value);
	return true;
}

/* ---- numbers. */

static void add_entry(struct call *call, struct json *map, str key, size_t value)
{
	map_add(call, map, key, arena_printf(call->arena, "%zu", value));
}

static size_t count_kind(struct call *call, enum entity_id id)
{
	size_t n;

	entity_range(call, entity(id), &n);
	return n;
}

static size_t policy_versions(struct call *call)
{
	const struct record *const *policies;
	size_t n, versions = 0;

	policies = entity_range(call, entity(ENTITY_POLICY), &n);
	for (size_t i = 0; i < n; i++)
		versions += json_get(policies[i]->value, S("Versions"))->count;
	return versions;
}

bool iam_get_account_summary(struct call *call)
{
	const struct {
		str key;
		size_t value;
	} fixed[] = {
		{ S("UsersQuota"), entity(ENTITY_USER)->quota },
		{ S("GroupsQuota"), entity(ENTITY_GROUP)->quota },
		{ S("RolesQuota"), entity(ENTITY_ROLE)->quota },
		{ S("PoliciesQuota"), entity(ENTITY_POLICY)->quota },
		{ S("InstanceProfilesQuota"), entity(ENTITY_PROFILE)->quota },
		{ S("UserPolicySizeQuota"), LIMIT_POLICY_USER_CHARS },
		{ S("GroupPolicySizeQuota"), LIMIT_POLICY_GROUP_CHARS },
		{ S("RolePolicySizeQuota"), LIMIT_POLICY_INLINE_CHARS },
		{ S("PolicySizeQuota"), LIMIT_POLICY_MANAGED_CHARS },
		{ S("AssumeRolePolicySizeQuota"), LIMIT_TRUST_CHARS },
		{ S("VersionsPerPolicyQuota"), 5 },
		{ S("PolicyVersionsInUseQuota"), 10000 },
		{ S("AttachedPoliciesPerUserQuota"), 10 },
		{ S("AttachedPoliciesPerGroupQuota"), 10 },
		{ S("AttachedPoliciesPerRoleQuota"), 10 },
		{ S("GroupsPerUserQuota"), 10 },
		{ S("AccessKeysPerUserQuota"), 2 },
		{ S("SigningCertificatesPerUserQuota"), 2 },
		{ S("ServerCertificatesQuota"), 20 },
		{ S("GlobalEndpointTokenVersion"), 1 },
		{ S("ServerCertificates"), 0 },
		{ S("MFADevices"), 0 },
		{ S("MFADevicesInUse"), 0 },
		{ S("AccountMFAEnabled"), 0 },
		{ S("AccountAccessKeysPresent"), 0 },
		{ S("AccountPasswordPresent"), 0 },
		{ S("AccountSigningCertificatesPresent"), 0 },
	};
	static const struct {
		str key;
		enum entity_id id;
	} counted[] = {
		{ SC("Users"), ENTITY_USER },
		{ SC("Groups"), ENTITY_GROUP },
		{ SC("Roles"), ENTITY_ROLE },
		{ SC("Policies"), ENTITY_POLICY },
		{ SC("InstanceProfiles"), ENTITY_PROFILE },
		{ SC("Providers"), ENTITY_PROVIDER },
	};
	struct json *map;

	if (!allow_account(call))
		return false;
	map = json_put(call->output, S("SummaryMap"), json_new(call->arena, JSON_OBJECT));
	for (size_t i = 0; i < COUNT(counted); i++)
		add_entry(call, map, counted[i].key, count_kind(call, counted[i].id));
	add_entry(call, map, S("PolicyVersionsInUse"), policy_versions(call));
	for (size_t i = 0; i < COUNT(fixed); i++)
		add_entry(call, map, fixed[i].key, fixed[i].value);
	return true;
}

/* ---- what nobody has here. */

bool iam_list_nothing(struct call *call)
{
	static const struct {
		str operation, member;
		bool pages;
	} lists[] = {
		{ SC("ListMFADevices"), SC("MFADevices"), true },
		{ SC("ListSSHPublicKeys"), SC("SSHPublicKeys"), true },
		{ SC("ListSigningCertificates"), SC("Certificates"), true },
		{ SC("ListServiceSpecificCredentials"), SC("ServiceSpecificCredentials"), false },
	};
	struct subject user;

	if (!need_own_user(call, &user))
		return false;
	for (size_t i = 0; i < COUNT(lists); i++) {
		if (!str_eq(lists[i].operation, call->route->operation))
			continue;
		json_put(call->output, lists[i].member, json_new(call->arena, JSON_ARRAY));
		if (lists[i].pages)
			json_put_bool(call->arena, call->output, S("IsTruncated"), false);
	}
	return true;
}

bool iam_list_no_virtual_mfa(struct call *call)
{
	if (!allow_list(call, "iam:ListVirtualMFADevices", "mfa/"))
		return false;
	json_put(call->output, S("VirtualMFADevices"), json_new(call->arena, JSON_ARRAY));
	json_put_bool(call->arena, call->output, S("IsTruncated"), false);
	return true;
}

bool iam_no_login_profile(struct call *call)
{
	struct subject user;

	return need_own_user(call, &user) &&
	       refuse(call, FAULT_NO_SUCH_ENTITY, "Login Profile for User %.*s cannot be found.",
		       STR(user.name));
}
