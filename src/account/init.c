/*
 * init.c -- a directory of accounts: made, opened, closed.
 *
 *   DIR/accounts.db   the store
 *   DIR/master.key    32 random bytes, 0600: without them no secret in the store can be read
 *
 * Making it happens beside its place: the database is filled in a directory that is thrown away
 * and copied to accounts.db last, in one rename. Until then DIR holds no accounts.
 */
#include "account/account.h"

#include "base/os.h"

#include <string.h>

static str in_dir(struct arena *arena, str dir, const char *name)
{
	return arena_printf(arena, "%.*s/%s", STR(dir), name);
}

/* ---- what a new account holds. */

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

static void put_admin(struct change_list *list, const unsigned char master[MASTER_KEY_BYTES],
	str id, int64_t now, struct account_admin *admin)
{
	struct arena *arena = list->arena;
	struct json *user = new_user(arena, id, S("/"), S("admin"), now);
	struct json *policies = json_put(user, S("Policies"), json_new(arena, JSON_OBJECT));
	struct new_key key;

	json_put_str(arena, policies, S("AdministratorAccess"),
		S("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		  "\"Action\":\"*\",\"Resource\":\"*\"}]}"));
	new_access_key(arena, master, id, user, now, &key);
	change_put(list, key.key, key.record);
	change_put(list, iam_key(arena, id, "user", S("admin")), user);
	*admin = (struct account_admin){ .account_id = id, .credentials = key.credentials };
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

static bool make_files(struct arena *arena, str dir, const unsigned char master[MASTER_KEY_BYTES],
	const struct change_list *list, struct err *err)
{
	str scratch, database;
	bool good;

	if (!dir_make_temp(arena, in_dir(arena, dir, ".init-"), &scratch, err))
		return false;
	good = fill(in_dir(arena, scratch, "accounts.db"), list, err) &&
	       file_read(arena, in_dir(arena, scratch, "accounts.db"), LIMIT_FILE_BYTES, &database,
		       err) &&
	       file_write(in_dir(arena, dir, "master.key"),
		       (str){ (const char *)master, MASTER_KEY_BYTES }, 0600, err) &&
	       file_write(in_dir(arena, dir, "accounts.db"), database, 0600, err);
	dir_remove(scratch);
	return good;
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
	struct change_list list = { .arena = arena };
	unsigned char master[MASTER_KEY_BYTES];
	int64_t now = now_s();
	bool made = !file_exists(dir), good;

	if (!check_ids(ids, n, err))
		return false;
	if (file_exists(in_dir(arena, dir, "accounts.db")))
		return fail(err, ERR_IO, 0, "%.*s holds accounts already", STR(dir));
	random_bytes(master, sizeof(master));
	for (size_t i = 0; i < n; i++) {
		put_account(&list, ids[i], region, now);
		put_admin(&list, master, ids[i], now, &admins[i]);
		default_vpc(arena, ids[i], region, put_record, &list);
	}
	good = dir_make(dir, 0700, err) && make_files(arena, dir, master, &list, err);
	secret_wipe(master, sizeof(master));
	if (!good && made)
		dir_remove(dir);
	return good;
}

/* ---- opening. */

static bool read_master(struct account *account, str dir, struct err *err)
{
	struct arena scratch = { 0 };
	str path = in_dir(&scratch, dir, "master.key"), key;
	bool good = file_read(&scratch, path, MASTER_KEY_BYTES + 1, &key, err);

	if (good && key.n != MASTER_KEY_BYTES)
		good = fail(err, ERR_IO, 0, "%.*s is not a master key: it has %zu bytes, not %d",
			STR(path), key.n, MASTER_KEY_BYTES);
	if (good)
		memcpy(account->master, key.p, MASTER_KEY_BYTES);
	arena_free(&scratch);
	return good;
}

bool account_open(str dir, struct account **account, struct err *err)
{
	struct arena arena = { 0 };
	struct account *new = NEW(&arena, struct account);

	new->arena = arena;
	if (!store_open(in_dir(&new->arena, dir, "accounts.db"), false, &new->store, err) ||
		!read_master(new, dir, err) || !records_load(new, err)) {
		account_close(new);
		return false;
	}
	*account = new;
	return true;
}

void account_close(struct account *account)
{
	struct arena arena;

	if (!account)
		return;
	records_free(account);
	store_close(account->store);
	secret_wipe(account->master, sizeof(account->master));
	arena = account->arena;
	arena_free(&arena);
}
