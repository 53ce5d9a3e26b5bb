/*
 * iam_user.c -- users and their access keys.
 *
 * An access key is a record of its own (/key/AKIA…), found by authentication without knowing
 * the account, and its id stands in the user's record. The secret leaves once, in the answer to
 * CreateAccessKey, and lies sealed from then on.
 */
#include "account/iam.h"

#include "base/os.h"

#include <stdlib.h>

enum { KEYS_PER_USER = 2 };

struct json *user_summary(struct call *call, const struct json *user)
{
	static const str members[] = { SC("Path"), SC("UserName"), SC("UserId"), SC("Arn"),
		SC("CreateDate") };
	struct json *out = json_new(call->arena, JSON_OBJECT);

	copy_members(call, out, user, members, COUNT(members));
	return out;
}

/* Lists have neither tags nor boundaries. */
static struct json *user_json(struct call *call, const struct json *user)
{
	struct json *out = user_summary(call, user);
	const struct json *tags = json_get(user, S("Tags"));

	show_boundary(call, out, user);
	if (tags && tags->count)
		json_put(out, S("Tags"), tag_list(call->arena, tags));
	return out;
}

struct json *new_user(struct arena *arena, str account_id, str path, str name, int64_t now)
{
	return new_entity(arena, entity(ENTITY_USER), account_id, path, name, now);
}

bool iam_create_user(struct call *call)
{
	const struct entity *kind = entity(ENTITY_USER);
	struct context_key key;
	struct json *user, *tags;
	str name, path, boundary;

	if (!need_text(call, S("UserName"), &name) || !get_path(call, &path) ||
		!get_boundary(call, &boundary) ||
		!read_tags(call, json_get(call->input, S("Tags")), &tags))
		return false;
	key = one_key(call, "iam:PermissionsBoundary", boundary);
	if (!allow_create(call, entity_arn(call->arena, kind, call->account_id, path, name), tags,
		    &key, boundary.n ? 1 : 0) ||
		!check_boundary(call, boundary) || !check_new(call, kind, name))
		return false;
	user = new_user(call->arena, call->account_id, path, name, call->now_s);
	if (tags)
		json_put(user, S("Tags"), tags);
	if (boundary.n)
		json_put_str(call->arena, user, S("PermissionsBoundary"), boundary);
	call_put(call, entity_key(call, kind, name), user);
	json_put(call->output, S("User"), user_json(call, user));
	return true;
}

bool iam_get_user(struct call *call)
{
	struct subject user;

	if (!need_own_user(call, &user))
		return false;
	json_put(call->output, S("User"), user_json(call, user.record->value));
	return true;
}

bool iam_list_users(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct record *const *users;
	struct page page;
	str prefix;
	size_t n;

	if (!page_open(call, &page) || !get_prefix(call, &prefix) ||
		!allow_listing(call, ENTITY_USER, prefix))
		return false;
	users = entity_range(call, entity(ENTITY_USER), &n);
	for (size_t i = 0; i < n; i++)
		if (str_starts(json_str(users[i]->value, S("Path")), prefix) &&
			page_takes(&page, users[i]->key))
			json_push(list, user_summary(call, users[i]->value));
	json_put(call->output, S("Users"), list);
	page_close(call, &page);
	return true;
}

bool iam_delete_user(struct call *call)
{
	struct subject user;

	call->output = NULL;
	if (!need_subject(call, ENTITY_USER, &user))
		return false;
	if (!refuse_holder(call, &user))
		return false;
	last_used_forget(call->account, json_str(user.record->value, S("UserId")));
	call_delete(call, user.record->key);
	return true;
}

/* ---- another name or path. The id stays, and with it what trusts the user. */

static str key_of(struct arena *arena, str access_key_id)
{
	return arena_printf(arena, "/key/%.*s", STR(access_key_id));
}

static void rename_keys(struct call *call, const struct json *user, str name)
{
	JSON_EACH(id, json_get(user, S("AccessKeys")))
	{
		str key = key_of(call->arena, id->text);
		const struct record *record = record_get(call->account, key);
		struct json *value;

		if (!record)
			continue;
		value = json_clone(call->arena, record->value);
		json_put_str(call->arena, value, S("UserName"), name);
		call_put(call, key, value);
	}
}

/* Both ARNs are asked about: the user's today, and the one it will have. */
bool iam_update_user(struct call *call)
{
	const struct entity *kind = entity(ENTITY_USER);
	struct subject user;
	struct json *value;
	str name, path, key, arn;

	call->output = NULL;
	if (!get_text(call, S("NewUserName"), &name) || !get_new_path(call, &path) ||
		!need_subject(call, ENTITY_USER, &user))
		return false;
	name = name.n ? name : user.name;
	path = path.n ? path : json_str(user.record->value, S("Path"));
	key = entity_key(call, kind, name);
	arn = entity_arn(call->arena, kind, call->account_id, path, name);
	if (!allow_on(call, "iam:UpdateUser", arn, json_get(user.record->value, S("Tags"))) ||
		(!str_eq(key, user.record->key) && !check_new(call, kind, name)))
		return false;
	value = json_clone(call->arena, user.record->value);
	json_put_str(call->arena, value, S("UserName"), name);
	json_put_str(call->arena, value, S("Path"), path);
	json_put_str(call->arena, value, S("Arn"), arn);
	call_delete(call, user.record->key);
	call_put(call, key, value);
	rename_keys(call, value, name);
	return true;
}

/* ---- access keys. */

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
	struct subject user;
	const struct json *keys;
	struct new_key key;
	struct json *value, *shown;

	if (!need_own_user(call, &user))
		return false;
	keys = json_get(user.record->value, S("AccessKeys"));
	if (keys && keys->count >= KEYS_PER_USER)
		return refuse(call, FAULT_LIMIT_EXCEEDED,
			"Cannot exceed quota for AccessKeysPerUser: %d", KEYS_PER_USER);
	value = json_clone(call->arena, user.record->value);
	new_access_key(call->arena, call->account->master, call->account_id, value, call->now_s,
		&key);
	call_put(call, key.key, key.record);
	put_subject(call, &user, value);
	shown = json_put(call->output, S("AccessKey"), key_json(call, key.record));
	json_put_str(call->arena, shown, S("SecretAccessKey"), key.credentials.secret_access_key);
	return true;
}

struct listed_key {
	str place; /* when it was made, and its id */
	const struct record *record;
};

static int by_place(const void *a, const void *b)
{
	const struct listed_key *x = a, *y = b;

	return str_cmp(x->place, y->place);
}

bool iam_list_access_keys(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	const struct json *ids;
	struct listed_key *keys;
	struct subject user;
	struct page page;
	size_t n = 0;

	if (!page_open(call, &page) || !need_own_user(call, &user))
		return false;
	ids = json_get(user.record->value, S("AccessKeys"));
	keys = NEWS(call->arena, struct listed_key, ids ? ids->count : 0);
	JSON_EACH(id, ids)
	{
		const struct record *record =
			record_get(call->account, key_of(call->arena, id->text));

		if (record)
			keys[n++] = (struct listed_key){ .record = record,
				.place = JOIN(call->arena, json_str(record->value, S("CreateDate")),
					id->text) };
	}
	qsort(keys, n, sizeof(*keys), by_place);
	for (size_t i = 0; i < n; i++)
		if (page_takes(&page, keys[i].place))
			json_push(list, key_json(call, keys[i].record->value));
	json_put(call->output, S("AccessKeyMetadata"), list);
	page_close(call, &page);
	return true;
}

static bool no_key(struct call *call, str id)
{
	return refuse(call, FAULT_NO_SUCH_ENTITY, "The Access Key with id %.*s cannot be found.",
		STR(id));
}

bool iam_update_access_key(struct call *call)
{
	static const str states[] = { SC("Active"), SC("Inactive") };
	const struct record *record;
	struct subject user;
	struct json *value;
	str id, status, key;

	call->output = NULL;
	if (!need_text(call, S("AccessKeyId"), &id) || !need_str(call, S("Status"), &status) ||
		!get_choice(call, S("Status"), states, COUNT(states), &status) ||
		!need_own_user(call, &user))
		return false;
	key = key_of(call->arena, id);
	record = record_get(call->account, key);
	if (!record || !list_has(json_get(user.record->value, S("AccessKeys")), id))
		return no_key(call, id);
	value = json_clone(call->arena, record->value);
	json_put_str(call->arena, value, S("Status"), status);
	call_put(call, key, value);
	return true;
}

bool iam_delete_access_key(struct call *call)
{
	struct subject user;
	struct json *value;
	str id;

	call->output = NULL;
	if (!need_text(call, S("AccessKeyId"), &id) || !need_own_user(call, &user))
		return false;
	if (!list_has(json_get(user.record->value, S("AccessKeys")), id))
		return no_key(call, id);
	value = json_clone(call->arena, user.record->value);
	list_drop(call->arena, value, S("AccessKeys"), id);
	put_subject(call, &user, value);
	last_used_forget(call->account, id);
	call_delete(call, key_of(call->arena, id));
	return true;
}

bool iam_get_access_key_last_used(struct call *call)
{
	struct subject user = { .entity = entity(ENTITY_USER) };
	const struct record *record;
	struct json *used;
	struct last_use use = { .service = S("N/A"), .region = S("N/A") };
	str id;

	if (!need_text(call, S("AccessKeyId"), &id))
		return false;
	record = record_get(call->account, key_of(call->arena, id));
	if (record && !str_eq(json_str(record->value, S("AccountId")), call->account_id))
		record = NULL;
	user.name = record ? json_str(record->value, S("UserName")) : S("*");
	user.record = record ? find_user(call, user.name) : NULL;
	user.arn = user.record ? json_str(user.record->value, S("Arn"))
			       : iam_arn(call->arena, call->account_id, S("user/*"));
	if (!allow_subject(call, &user, NULL))
		return false;
	if (!user.record)
		return no_key(call, id);
	json_put_str(call->arena, call->output, S("UserName"), user.name);
	used = json_put(call->output, S("AccessKeyLastUsed"), json_new(call->arena, JSON_OBJECT));
	if (last_used_get(call->account, id, &use))
		json_put_str(call->arena, used, S("LastUsedDate"), time_iso(call->arena, use.at_s));
	json_put_str(call->arena, used, S("ServiceName"), use.service);
	json_put_str(call->arena, used, S("Region"), use.region);
	return true;
}
