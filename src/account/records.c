/*
 * records.c -- what an account holds: records, sorted by key, in memory as in the store.
 *
 * A change is staged first: it is in memory, and the next call sees it, but it is not on the
 * disk, and nobody may be told. Settling puts all that is staged into the store in one commit,
 * which costs about as much for forty calls as for one. If it fails, memory goes back to where
 * it was before the first of them.
 *
 * A record that was replaced stays alive until records_release(), since an answer may still
 * point into it.
 */
#include "account/account.h"

#include <string.h>

/* ---- finding. */

/* Where `key` is, or where it would be. */
static size_t place(const struct account *account, str key)
{
	size_t low = 0, high = account->n;

	if (high && str_cmp(account->records[high - 1]->key, key) < 0)
		return high; /* records are loaded in the order of their keys */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp(account->records[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct account *account, size_t at, str key)
{
	return at < account->n && str_eq(account->records[at]->key, key);
}

const struct record *record_get(const struct account *account, str key)
{
	size_t at = place(account, key);

	if (!is_at(account, at, key))
		return NULL;
	record_wake(account->records[at]);
	return account->records[at];
}

const struct record *const *record_range(const struct account *account, str prefix, size_t *n)
{
	size_t first = place(account, prefix), low = first, high = account->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_starts(account->records[middle]->key, prefix))
			low = middle + 1;
		else
			high = middle;
	}
	*n = low - first;
	for (size_t i = 0; i < *n; i++)
		record_wake(account->records[first + i]);
	return account->records + first;
}

bool is_hosted(const struct account *account, str account_id)
{
	char key[13] = "/";

	if (!is_account_id(account_id))
		return false;
	memcpy(key + 1, account_id.p, 12);
	return record_get(account, (str){ key, sizeof(key) }) != NULL;
}

/* ---- changes. */

static struct change *change_add(struct change_list *list, str key)
{
	size_t place = map_get(&list->places, key);
	struct change *bigger;

	if (place)
		return &list->items[place - 1];
	if (list->n == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 8;
		bigger = NEWS(list->arena, struct change, list->cap);
		if (list->n)
			memcpy(bigger, list->items, list->n * sizeof(*bigger));
		list->items = bigger;
	}
	key = arena_copy(list->arena, key);
	list->items[list->n++].key = key;
	list->places.arena = list->arena;
	*map_at(&list->places, key) = list->n;
	return &list->items[list->n - 1];
}

void change_put(struct change_list *list, str key, const struct json *value)
{
	struct change *change = change_add(list, key);
	struct buf text = { .arena = list->arena };

	json_write(&text, value);
	change->delete = false;
	change->value = buf_view(&text);
}

void change_delete(struct change_list *list, str key)
{
	struct change *change = change_add(list, key);

	change->delete = true;
	change->value = (str){ 0 };
}

/* ---- staging. */

/* Makes room for one more in a list of `size`-byte items; what was there is copied. */
static void *grown(struct arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
	void *bigger;

	if (n < *cap)
		return items;
	*cap = *cap ? *cap * 2 : 64;
	bigger = arena_alloc(arena, *cap, size);
	if (n)
		memcpy(bigger, items, n * size);
	return bigger;
}

static void retire(struct account *account, const struct record *record)
{
	account->retired = grown(&account->arena, account->retired, account->nretired,
		&account->cap_retired, sizeof(*account->retired));
	account->retired[account->nretired++] = record;
}

/* Puts `record` in its place; NULL takes away what is at `key`. Answers what was there. */
static const struct record *replace(struct account *account, str key, const struct record *record)
{
	size_t at = place(account, key);
	bool there = is_at(account, at, key);
	const struct record *old = there ? account->records[at] : NULL;

	if (there && record) {
		account->records[at] = record;
	} else if (there) {
		account->n--;
		memmove(&account->records[at], &account->records[at + 1],
			(account->n - at) * sizeof(*account->records));
	} else if (record) {
		account->records = grown(&account->arena, account->records, account->n,
			&account->cap, sizeof(*account->records));
		memmove(&account->records[at + 1], &account->records[at],
			(account->n - at) * sizeof(*account->records));
		account->records[at] = record;
		account->n++;
	}
	return old;
}

static bool read_all(const struct change_list *list, const struct record **records, struct err *err)
{
	bool good = true;

	for (size_t i = 0; i < list->n && good; i++) {
		const struct change *change = &list->items[i];

		good = change->delete || record_read(change->key, change->value, &records[i], err);
	}
	for (size_t i = 0; i < list->n && !good; i++)
		if (records[i])
			record_free(records[i]);
	return good;
}

static void stage(struct account *account, const struct change *change, const struct record *new)
{
	struct staged *staged;

	account->staged = grown(&account->arena, account->staged, account->nstaged,
		&account->cap_staged, sizeof(*account->staged));
	account->staged_changes = grown(&account->arena, account->staged_changes, account->nstaged,
		&account->cap_changes, sizeof(*account->staged_changes));
	account->staged_changes[account->nstaged] = *change;
	staged = &account->staged[account->nstaged++];
	staged->new = new;
	staged->old = replace(account, change->key, new);
}

bool records_stage(struct account *account, const struct change_list *list, struct err *err)
{
	const struct record **records = NEWS(list->arena, const struct record *, list->n);

	if (!read_all(list, records, err))
		return false;
	for (size_t i = 0; i < list->n; i++)
		stage(account, &list->items[i], records[i]);
	return true;
}

/* ---- settling. */

static void undo(struct account *account)
{
	for (size_t i = account->nstaged; i-- > 0;) {
		replace(account, account->staged_changes[i].key, account->staged[i].old);
		if (account->staged[i].new)
			record_free(account->staged[i].new);
	}
}

bool records_settle(struct account *account, struct err *err)
{
	bool good = !account->nstaged ||
		    store_commit(account->store, account->staged_changes, account->nstaged, err);

	if (account->nstaged)
		meter_store(account, good);
	if (!good)
		undo(account);
	for (size_t i = 0; i < account->nstaged && good; i++)
		if (account->staged[i].old)
			retire(account, account->staged[i].old);
	account->nstaged = 0;
	return good;
}

bool records_commit(struct account *account, const struct change_list *list, struct err *err)
{
	return records_stage(account, list, err) && records_settle(account, err);
}

void records_release(struct account *account)
{
	for (size_t i = 0; i < account->nretired; i++)
		record_free(account->retired[i]);
	account->nretired = 0;
}

bool records_add(struct account *account, str key, str text, struct err *err)
{
	const struct record *record, *old;

	if (!record_read(key, text, &record, err))
		return false;
	old = replace(account, key, record);
	if (old)
		retire(account, old);
	return true;
}

/* ---- all of them. */

static bool load_one(void *context, str key, str text, struct err *err)
{
	struct account *account = context;
	const struct record *record;
	struct err why;

	if (last_used_load(account, key, text))
		return true;
	if (!record_sleep(&account->arena, key, text, &record, &why))
		return fail(err, ERR_IO, 0, "the record %.*s is damaged: %.300s", STR(key),
			why.text);
	replace(account, record->key, record);
	return true;
}

bool records_load(struct account *account, struct err *err)
{
	return store_each(account->store, load_one, account, err);
}

void records_free(struct account *account)
{
	records_release(account);
	for (size_t i = 0; i < account->n; i++)
		record_free(account->records[i]);
	account->n = 0;
}
