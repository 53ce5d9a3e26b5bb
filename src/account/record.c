/*
 * record.c -- what an account holds: records, sorted by key, in memory as in the store.
 *
 * A record is what its text in the store parses to, and nothing else: a change is a new text,
 * which goes to the store first and is then read back into a new record with an arena of its
 * own, which takes the place of the old one. So what a restarted server knows is what this one
 * knows, and a text that would not load is noticed before it is stored.
 *
 * A record that was replaced stays alive until the answer is written (records_release), since
 * the answer may still point into it.
 */
#include "account/account.h"

#include "base/os.h"

#include <string.h>

/* ---- reading one record. */

static bool is_role(str key)
{
	return str_starts(str_from(key, 13), S("/iam/role/"));
}

static bool is_user(str key)
{
	return str_starts(str_from(key, 13), S("/iam/user/"));
}

static bool is_group(str key)
{
	return str_starts(str_from(key, 13), S("/iam/group/"));
}

static bool is_policy(str key)
{
	return str_starts(str_from(key, 13), S("/iam/policy/")) ||
	       str_starts(key, S("/aws/iam/policy/"));
}

/* The inline policies of a user, role or group: {"NAME":"document's text"}. */
static bool read_inline(struct record *record, const struct json *policies, struct err *err)
{
	struct arena *arena = &record->arena;
	const struct document **documents =
		NEWS(arena, const struct document *, policies ? policies->count : 0);

	record->documents = documents;
	JSON_EACH(policy, policies)
	{
		struct document *document;

		if (!policy_parse(arena, policy->name, policy->text, &document, err))
			return false;
		documents[record->ndocuments++] = document;
	}
	return true;
}

/* A managed policy: the version that counts. */
static bool read_managed(struct record *record, struct err *err)
{
	const struct document **documents = NEW(&record->arena, const struct document *);
	struct document *document;

	if (!policy_parse(&record->arena, json_str(record->value, S("Arn")),
		    policy_text(record->value), &document, err))
		return false;
	documents[0] = document;
	record->documents = documents;
	record->ndocuments = 1;
	return true;
}

static bool compile_trust(struct arena *arena, str text, const struct program **program,
	struct err *err)
{
	struct document *document;
	const struct document *list[1];

	if (!policy_parse(arena, S("trust policy"), text, &document, err))
		return false;
	list[0] = document;
	*program = program_compile(arena, list, 1);
	return true;
}

static bool fill(struct record *record, str key, str text, struct err *err)
{
	struct arena *arena = &record->arena;
	struct json *value;

	record->key = arena_copy(arena, key);
	if (!json_parse(arena, arena_copy(arena, text), LIMIT_RECORD_BYTES, &value, err))
		return false;
	record->value = value;
	if (is_policy(key))
		return read_managed(record, err);
	if (!is_role(key) && !is_user(key) && !is_group(key))
		return true;
	if (!read_inline(record, json_get(value, S("Policies")), err))
		return false;
	if (is_group(key))
		return true;
	record->identity = program_compile(arena, record->documents, record->ndocuments);
	return is_user(key) || compile_trust(arena, json_str(value, S("AssumeRolePolicyDocument")),
				       &record->trust, err);
}

static void record_free(const struct record *record)
{
	struct arena arena = record->arena; /* the record lies in its own arena */

	arena_free(&arena);
}

static bool record_read(str key, str text, const struct record **record, struct err *err)
{
	struct arena arena = { 0 };
	struct record *new = NEW(&arena, struct record);

	new->arena = arena;
	if (!fill(new, key, text, err)) {
		record_free(new);
		return false;
	}
	*record = new;
	return true;
}

/* ---- finding. */

/* Where `key` is, or where it would be. */
static size_t place(const struct account *account, str key)
{
	size_t low = 0, high = account->n;

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

	return is_at(account, at, key) ? account->records[at] : NULL;
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

/* ---- changing. */

static void list_grow(struct arena *arena, const struct record ***items, size_t n, size_t *cap)
{
	const struct record **bigger;

	if (n < *cap)
		return;
	*cap = *cap ? *cap * 2 : 64;
	bigger = NEWS(arena, const struct record *, *cap);
	if (n)
		memcpy(bigger, *items, n * sizeof(*bigger));
	*items = bigger;
}

static void retire(struct account *account, const struct record *record)
{
	list_grow(&account->arena, &account->retired, account->nretired, &account->cap_retired);
	account->retired[account->nretired++] = record;
}

/* Puts `record` in its place; NULL takes away what is at `key`. */
static void replace(struct account *account, str key, const struct record *record)
{
	size_t at = place(account, key);
	bool there = is_at(account, at, key);

	if (there)
		retire(account, account->records[at]);
	if (there && record) {
		account->records[at] = record;
	} else if (there) {
		account->n--;
		memmove(&account->records[at], &account->records[at + 1],
			(account->n - at) * sizeof(*account->records));
	} else if (record) {
		list_grow(&account->arena, &account->records, account->n, &account->cap);
		memmove(&account->records[at + 1], &account->records[at],
			(account->n - at) * sizeof(*account->records));
		account->records[at] = record;
		account->n++;
	}
}

static struct change *change_add(struct change_list *list, str key)
{
	struct change *bigger;

	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->items[i].key, key))
			return &list->items[i];
	if (list->n == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 8;
		bigger = NEWS(list->arena, struct change, list->cap);
		if (list->n)
			memcpy(bigger, list->items, list->n * sizeof(*bigger));
		list->items = bigger;
	}
	list->items[list->n].key = arena_copy(list->arena, key);
	return &list->items[list->n++];
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

static bool read_all(const struct change_list *list, const struct record **records, size_t *n,
	struct err *err)
{
	for (*n = 0; *n < list->n; ++*n) {
		const struct change *change = &list->items[*n];

		records[*n] = NULL;
		if (!change->delete &&!record_read(change->key, change->value, &records[*n], err))
			return false;
	}
	return true;
}

bool records_commit(struct account *account, const struct change_list *list, struct err *err)
{
	const struct record **records;
	size_t n;
	bool good;

	if (!list->n)
		return true;
	records = NEWS(list->arena, const struct record *, list->n);
	good = read_all(list, records, &n, err) &&
	       store_commit(account->store, list->items, list->n, err);
	for (size_t i = 0; i < n; i++) {
		if (good)
			replace(account, list->items[i].key, records[i]);
		else if (records[i])
			record_free(records[i]);
	}
	return good;
}

bool records_add(struct account *account, str key, str text, struct err *err)
{
	const struct record *record;

	if (!record_read(key, text, &record, err))
		return false;
	replace(account, key, record);
	return true;
}

void records_release(struct account *account)
{
	for (size_t i = 0; i < account->nretired; i++)
		record_free(account->retired[i]);
	account->nretired = 0;
}

/* ---- all of them. */

static bool load_one(void *context, str key, str text, struct err *err)
{
	const struct record *record;
	struct err why;

	if (!record_read(key, text, &record, &why))
		return fail(err, ERR_IO, 0, "the record %.*s is damaged: %.300s", STR(key),
			why.text);
	replace(context, key, record);
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
