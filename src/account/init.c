/*
 * init.c -- a directory of accounts: made, opened, closed.
 *
 *   DIR/accounts.db   the store
 *   DIR/master.key    32 random bytes, 0600: without them no secret in the store can be read
 *   DIR/admins        the administrators' first keys, sealed, for `account env`: the store itself
 *                     cannot be read while it is served
 *
 * The database is filled in DIR/.init and copied to accounts.db last, in one rename: until then
 * DIR holds no accounts, and what a broken attempt left is made anew by the next.
 */
#include "account/account.h"

#include "base/os.h"

#include <string.h>

static str in_dir(struct arena *arena, str dir, const char *name)
{
	return arena_printf(arena, "%.*s/%s", STR(dir), name);
}

static bool read_master(str dir, unsigned char master[MASTER_KEY_BYTES], struct err *err)
{
	struct arena scratch = { 0 };
	str path = in_dir(&scratch, dir, "master.key"), key;
	bool good = file_read(&scratch, path, MASTER_KEY_BYTES + 1, &key, err);

	if (good && key.n != MASTER_KEY_BYTES)
		good = fail(err, ERR_IO, 0, "%.*s is not a master key: it has %zu bytes, not %d",
			STR(path), key.n, MASTER_KEY_BYTES);
	if (good)
		memcpy(master, key.p, MASTER_KEY_BYTES);
	arena_free(&scratch);
	return good;
}

/* ---- what a new account holds. */

struct making {
	unsigned char master[MASTER_KEY_BYTES];
	struct change_list list;
	struct account_admin *admins;
	size_t n;
	int64_t now;
};

static void put_record(void *context, str key, struct json *value)
{
	change_put(context, key, value);
}

static void put_account(struct change_list *list, str id, str region, int64_t now)
{
	struct json *account = json_new(list->arena, JSON_OBJECT);

	json_put_str(list->arena, account, S("AccountId"), id);
	json_put_str(list->arena, account, S("Region"), region);
	json_put_str(list->arena, account, S("CreateDate"), time_iso(list->arena, now));
	change_put(list, arena_printf(list->arena, "/%.*s", STR(id)), account);
}

static void put_admin(struct making *making, str id, str region, struct account_admin *admin)
{
	struct change_list *list = &making->list;
	struct arena *arena = list->arena;
	struct json *user = new_user(arena, id, S("/"), S("admin"), making->now);
	struct json *policies = json_put(user, S("Policies"), json_new(arena, JSON_OBJECT));
	struct new_key key;

	json_put_str(arena, policies, S("AdministratorAccess"),
		S("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		  "\"Action\":\"*\",\"Resource\":\"*\"}]}"));
	new_access_key(arena, making->master, id, user, making->now, &key);
	change_put(list, key.key, key.record);
	change_put(list, iam_key(arena, id, "user", S("admin")), user);
	*admin = (struct account_admin){ .account_id = id,
		.region = region,
		.credentials = key.credentials };
}

/* ---- the administrators' keys, sealed. */

static void admins_key(const unsigned char master[MASTER_KEY_BYTES],
	unsigned char key[SHA256_BYTES])
{
	derive_key(master, S("administrators 1"), key);
}

static str seal_admins(struct arena *arena, const struct making *making)
{
	struct json *list = json_new(arena, JSON_ARRAY);
	struct buf text = { .arena = arena };
	unsigned char key[SHA256_BYTES];
	str sealed;

	for (size_t i = 0; i < making->n; i++) {
		const struct account_admin *admin = &making->admins[i];
		struct json *item = json_push(list, json_new(arena, JSON_OBJECT));

		json_put_str(arena, item, S("account"), admin->account_id);
		json_put_str(arena, item, S("region"), admin->region);
		json_put_str(arena, item, S("id"), admin->credentials.access_key_id);
		json_put_str(arena, item, S("secret"), admin->credentials.secret_access_key);
	}
	json_write(&text, list);
	admins_key(making->master, key);
	sealed = seal(arena, key, S("admins"), buf_view(&text));
	secret_wipe(key, sizeof(key));
	return sealed;
}

static void read_admins(struct arena *arena, const struct json *list, struct account_admin **admins,
	size_t *n)
{
	*admins = NEWS(arena, struct account_admin, list->count);
	*n = 0;
	JSON_EACH(item, list)
	(*admins)[(*n)++] = (struct account_admin){
		.account_id = json_str(item, S("account")),
		.region = json_str(item, S("region")),
		.credentials = { .access_key_id = json_str(item, S("id")),
			.secret_access_key = json_str(item, S("secret")) },
	};
}

bool account_admins(struct arena *arena, str dir, struct account_admin **admins, size_t *n,
	struct err *err)
{
	unsigned char master[MASTER_KEY_BYTES], key[SHA256_BYTES];
	str path = in_dir(arena, dir, "admins"), sealed, text;
	struct json *list;
	bool good;

	if (!read_master(dir, master, err) ||
		!file_read(arena, path, LIMIT_JSON_BYTES, &sealed, err))
		return false;
	admins_key(master, key);
	good = unseal(arena, key, S("admins"), sealed, &text) ||
	       fail(err, ERR_IO, 0, "%.*s does not belong to its master.key", STR(path));
	secret_wipe(key, sizeof(key));
	secret_wipe(master, sizeof(master));
	if (!good || !json_parse(arena, text, LIMIT_JSON_BYTES, &list, err))
		return false;
	read_admins(arena, list, admins, n);
	return true;
}

/* ---- making. */

static bool fill(str path, const struct change_list *list, struct err *err)
{
	struct store *store;
	bool good;

	if (!store_open(path, true, &store, err))
		return false;
	good = store_commit(store, list->items, list->n, err);
	store_close(store); /* the last one out writes the log back: one file is left */
	return good;
}

static bool make_database(struct arena *arena, str dir, const struct change_list *list,
	str *database, struct err *err)
{
	str scratch = in_dir(arena, dir, ".init"), path = in_dir(arena, scratch, "accounts.db");
	bool good;

	dir_remove(scratch);
	if (!dir_make(scratch, 0700, err))
		return false;
	good = fill(path, list, err) && file_read(arena, path, LIMIT_FILE_BYTES, database, err);
	dir_remove(scratch);
	return good;
}

static bool make_files(struct arena *arena, str dir, const struct making *making, struct err *err)
{
	str key = { (const char *)making->master, MASTER_KEY_BYTES }, database;

	return make_database(arena, dir, &making->list, &database, err) &&
	       file_write(in_dir(arena, dir, "master.key"), key, 0600, err) &&
	       file_write(in_dir(arena, dir, "admins"), seal_admins(arena, making), 0600, err) &&
	       file_write(in_dir(arena, dir, "accounts.db"), database, 0600, err);
}

static bool check_ids(const str *ids, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_account_id(ids[i]))
			return fail(err, ERR_USAGE, 0, "%.*s is not an account ID: twelve digits",
				STR(ids[i]));
		for (size_t k = 0; k < i; k++)
			if (str_eq(ids[i], ids[k]))
				return fail(err, ERR_USAGE, 0, "account %.*s is given twice",
					STR(ids[i]));
	}
	return n || fail(err, ERR_USAGE, 0, "at least one account ID is needed");
}

bool account_init(struct arena *arena, str dir, const str *ids, size_t n, str region,
	struct account_admin *admins, struct err *err)
{
	struct making making = { .list = { .arena = arena },
		.admins = admins,
		.n = n,
		.now = now_s() };
	bool made = !file_exists(dir), good;

	if (!check_ids(ids, n, err))
		return false;
	if (file_exists(in_dir(arena, dir, "accounts.db")))
		return fail(err, ERR_IO, 0, "%.*s holds accounts already", STR(dir));
	random_bytes(making.master, sizeof(making.master));
	for (size_t i = 0; i < n; i++) {
		put_account(&making.list, ids[i], region, making.now);
		put_admin(&making, ids[i], region, &admins[i]);
		default_vpc(arena, ids[i], region, put_record, &making.list);
	}
	good = dir_make(dir, 0700, err) && make_files(arena, dir, &making, err);
	secret_wipe(making.master, sizeof(making.master));
	if (!good && made)
		dir_remove(dir);
	return good;
}

/* ---- opening. */

bool account_open(str dir, struct account **account, struct err *err)
{
	struct arena arena = { 0 };
	struct account *new = NEW(&arena, struct account);

	new->arena = arena;
	operations_place(new);
	new->last_used = last_used_open(&new->arena);
	if (!read_master(dir, new->master,
		    err) || /* first: what it says of no directory is clear */
		!store_open(in_dir(&new->arena, dir, "accounts.db"), false, &new->store, err) ||
		!managed_load(new, err) || !records_load(new, err) || !groups_upgrade(new, err)) {
		account_close(new);
		return false;
	}
	new->keys = keys_open(new->master);
	new->meters.started_s = now_s();
	atomic_store(&new->meters.records, new->n);
	*account = new;
	return true;
}

void account_close(struct account *account)
{
	struct arena arena;
	struct err err;

	if (!account)
		return;
	if (account->keys && !last_used_write(account, &err))
		log_line(LOG_ERROR, "last used", "why=%.*s",
			STR(log_quote(&account->arena, str_of(err.text))));
	records_free(account);
	events_close(account->events);
	last_used_close(account->last_used);
	store_close(account->store);
	keys_close(account->keys);
	rsa_stock_close(account->rsa_stock);
	secret_wipe(account->master, sizeof(account->master));
	arena = account->arena;
	arena_free(&arena);
}
