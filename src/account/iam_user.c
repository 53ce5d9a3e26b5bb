/*
 * iam_user.c -- users and their access keys.
 *
 * An access key is a record of its own (/key/AKIA…), found by authentication without knowing
 * the account, and its id stands in the user's record. The secret leaves once, in the answer to
 * CreateAccessKey, and lies sealed from then on.
 */
#include "account/account.h"

#include "base/os.h"

enum { KEYS_PER_USER = 2, USERS_PER_ACCOUNT = 5000 };

static struct json *user_json(struct call *call, const struct json *user)
{
	static const str members[] = { SC("Path"), SC("UserName"), SC("UserId"), SC("Arn"),
		SC("CreateDate") };
	struct json *out = json_new(call->arena, JSON_OBJECT);
	const struct json *tags = json_get(user, S("Tags"));

	copy_members(call, out, user, members, COUNT(members));
	if (tags && tags->count)
		json_put(out, S("Tags"), tag_list(call->arena, tags));
	return out;
}

struct json *new_user(struct arena *arena, str account_id, str path, str name, int64_t now)
{
	struct json *user = json_new(arena, JSON_OBJECT);

	json_put_str(arena, user, S("Path"), path);
	json_put_str(arena, user, S("UserName"), name);
	json_put_str(arena, user, S("UserId"), new_unique_id(arena, S("AIDA")));
	json_put_str(arena, user, S("Arn"),
		iam_arn(arena, account_id,
			arena_printf(arena, "user%.*s%.*s", STR(path), STR(name))));
	json_put_str(arena, user, S("CreateDate"), time_iso(arena, now));
	return user;
}

static bool allow_create(struct call *call, str path, str name, const struct json *tags)
{
	struct target target = { .action = S("iam:CreateUser"),
		.resource = iam_arn(call->arena, call->account_id,
			arena_printf(call->arena, "user%.*s%.*s", STR(path), STR(name))),
		.request_tags = tags };

	if (!allow(call, &target))
		return false;
	target.action = S("iam:TagUser");
	return !tags || allow(call, &target);
}

static bool check_new(struct call *call, str key, str name)
{
	size_t n;

	if (record_get(call->account, key))
		return refuse(call, FAULT_ENTITY_EXISTS, "User with name %.*s already exists.",
			STR(name));
	record_range(call->account, iam_key(call->arena, call->account_id, "user", S("")), &n);
	return n < USERS_PER_ACCOUNT ||
	       refuse(call, FAULT_LIMIT_EXCEEDED, "Cannot exceed quota for UsersPerAccount: %d",
		       USERS_PER_ACCOUNT);
}

bool iam_create_user(struct call *call)
{
	static const str others[] = { SC("PermissionsBoundary") };
	struct json *user, *tags;
	str name, path, key;

	if (!lacks(call, others, COUNT(others)) || !need_text(call, S("UserName"), &name) ||
		!get_path(call, &path) ||
		!read_tags(call, json_get(call->input, S("Tags")), &tags) ||
		!allow_create(call, path, name, tags))
		return false;
	key = iam_key(call->arena, call->account_id, "user", name);
	if (!check_new(call, key, name))
		return false;
	user = new_user(call->arena, call->account_id, path, name, call->now_s);
	if (tags)
		json_put(user, S("Tags"), tags);
	call_put(call, key, user);
	json_put(call->output, S("User"), user_json(call, user));
	return true;
}

bool iam_get_user(struct call *call)
{
	const struct record *user;

	if (!need_user(call, "iam:GetUser", &user))
		return false;
	json_put(call->output, S("User"), user_json(call, user->value));
	return true;
}

bool iam_delete_user(struct call *call)
{
	const struct json *policies, *keys;
	const struct record *user;
	str name;

	call->output = NULL;
	if (!need_text(call, S("UserName"), &name) || !need_user(call, "iam:DeleteUser", &user))
		return false;
	policies = json_get(user->value, S("Policies"));
	keys = json_get(user->value, S("AccessKeys"));
	if (policies && policies->count)
		return refuse(call, FAULT_DELETE_CONFLICT,
			"Cannot delete entity, must delete policies first.");
	if (keys && keys->count)
		return refuse(call, FAULT_DELETE_CONFLICT,
			"Cannot delete entity, must remove referenced objects first.");
	call_delete(call, user->key);
	return true;
}

/* ---- access keys. */

static str key_of(struct arena *arena, str access_key_id)
{
	return arena_printf(arena, "/key/%.*s", STR(access_key_id));
}

void new_access_key(struct arena *arena, const unsigned char master[MASTER_KEY_BYTES],
	str account_id, struct json *user, int64_t now, struct new_key *key)
{
	struct json *record = json_new(arena, JSON_OBJECT);
	struct json *keys = json_get(user, S("AccessKeys"));

	key->credentials = (struct credentials){
		.access_key_id = new_access_key_id(arena, S("AKIA"), account_id),
		.secret_access_key = new_secret_key(arena),
	};
	key->key = key_of(arena, key->credentials.access_key_id);
	key->record = record;
	json_put_str(arena, record, S("AccountId"), account_id);
	json_put_str(arena, record, S("UserName"), json_str(user, S("UserName")));
	json_put_str(arena, record, S("UserId"), json_str(user, S("UserId")));
	json_put_str(arena, record, S("AccessKeyId"), key->credentials.access_key_id);
	json_put_str(arena, record, S("Status"), S("Active"));
	json_put_str(arena, record, S("CreateDate"), time_iso(arena, now));
	json_put_str(arena, record, S("SealedSecret"),
		secret_seal(arena, master, key->credentials.access_key_id,
			key->credentials.secret_access_key));
	if (!keys)
		keys = json_put(user, S("AccessKeys"), json_new(arena, JSON_ARRAY));
	json_push(keys, json_new_str(arena, key->credentials.access_key_id));
}

static struct json *key_json(struct call *call, const struct json *key)
{
	static const str members[] = { SC("UserName"), SC("AccessKeyId"), SC("Status"),
		SC("CreateDate") };
	struct json *out = json_new(call->arena, JSON_OBJECT);

	copy_members(call, out, key, members, COUNT(members));
	return out;
}

bool iam_create_access_key(struct call *call)
{
	const struct record *user;
	const struct json *keys;
	struct new_key key;
	struct json *value, *shown;

	if (!need_user(call, "iam:CreateAccessKey", &user))
		return false;
	keys = json_get(user->value, S("AccessKeys"));
	if (keys && keys->count >= KEYS_PER_USER)
		return refuse(call, FAULT_LIMIT_EXCEEDED,
			"Cannot exceed quota for AccessKeysPerUser: %d", KEYS_PER_USER);
	value = json_copy(call->arena, user->value);
	new_access_key(call->arena, call->account->master, call->account_id, value, call->now_s,
		&key);
	call_put(call, key.key, key.record);
	call_put(call, user->key, value);
	shown = json_put(call->output, S("AccessKey"), key_json(call, key.record));
	json_put_str(call->arena, shown, S("SecretAccessKey"), key.credentials.secret_access_key);
	return true;
}

bool iam_list_access_keys(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct record *user, *record;

	if (!need_user(call, "iam:ListAccessKeys", &user))
		return false;
	JSON_EACH(id, json_get(user->value, S("AccessKeys")))
	{
		record = record_get(call->account, key_of(call->arena, id->text));
		if (record)
			json_push(list, key_json(call, record->value));
	}
	json_put(call->output, S("AccessKeyMetadata"), list);
	json_put_bool(call->arena, call->output, S("IsTruncated"), false);
	return true;
}

bool iam_delete_access_key(struct call *call)
{
	struct json *value, *keys = json_new(call->arena, JSON_ARRAY);
	const struct record *user;
	bool found = false;
	str id;

	call->output = NULL;
	if (!need_text(call, S("AccessKeyId"), &id) ||
		!need_user(call, "iam:DeleteAccessKey", &user))
		return false;
	JSON_EACH(old, json_get(user->value, S("AccessKeys")))
	{
		if (str_eq(old->text, id))
			found = true;
		else
			json_push(keys, json_new_str(call->arena, old->text));
	}
	if (!found)
		return refuse(call, FAULT_NO_SUCH_ENTITY,
			"The Access Key with id %.*s cannot be found.", STR(id));
	value = json_copy(call->arena, user->value);
	json_put(value, S("AccessKeys"), keys);
	call_put(call, user->key, value);
	call_delete(call, key_of(call->arena, id));
	return true;
}
