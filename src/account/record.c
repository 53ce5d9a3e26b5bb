/*
 * record.c -- one record: a JSON object, and the compiled policies of whoever it is.
 *
 * A record is what its text in the store parses to, and nothing else: a change is a new text,
 * which is read into a new record with an arena of its own, which takes the place of the old
 * one. So what a restarted server knows is what this one knows, and a text that would not load
 * is noticed before it is stored.
 *
 * Most of 100,000 roles are not asked for today. When an account is opened, its records are only
 * checked to be JSON, and sleep as texts, all in one arena; the first who looks for one wakes it.
 */
#include "account/account.h"

#include "base/os.h"

#include <stdlib.h>
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

/* The policies of a record whose value is there. */
static bool compile(struct record *record, struct err *err)
{
	struct arena *arena = &record->arena;
	str key = record->key;

	if (is_policy(key))
		return read_managed(record, err);
	if (!is_role(key) && !is_user(key) && !is_group(key))
		return true;
	if (!read_inline(record, json_get(record->value, S("Policies")), err))
		return false;
	if (is_group(key))
		return true;
	record->identity = program_compile(arena, record->documents, record->ndocuments);
	return is_user(key) ||
	       compile_trust(arena, json_str(record->value, S("AssumeRolePolicyDocument")),
		       &record->trust, err);
}

static bool read_text(struct record *record, str text, struct err *err)
{
	return json_parse(&record->arena, text, LIMIT_RECORD_BYTES, &record->value, err) &&
	       compile(record, err);
}

void record_free(const struct record *record)
{
	struct arena arena = record->arena; /* the record lies in its own arena, or in nobody's */

	arena_free(&arena);
}

bool record_read(str key, str text, const struct record **record, struct err *err)
{
	struct arena arena = { 0 };
	struct record *new = NEW(&arena, struct record);

	new->key = arena_copy(&arena, key);
	text = arena_copy(&arena, text);
	new->arena = arena;
	if (!read_text(new, text, err)) {
		record_free(new);
		return false;
	}
	*record = new;
	return true;
}

/* ---- sleeping records. */

/* One piece of memory: the record, its key and its text. */
bool record_sleep(struct arena *arena, str key, str text, const struct record **record,
	struct err *err)
{
	struct arena scratch = { 0 };
	struct record *new = arena_alloc(arena, 1, sizeof(*new) + key.n + text.n);
	char *p = (char *)(new + 1);
	struct json *value;
	bool good = json_parse(&scratch, text, LIMIT_RECORD_BYTES, &value, err);

	arena_free(&scratch);
	memcpy(p, key.p, key.n);
	memcpy(p + key.n, text.p, text.n);
	new->key = (str){ p, key.n };
	new->text = (str){ p + key.n, text.n };
	*record = new;
	return good;
}

/* Deny everything to and by whoever it is: a policy that cannot be read is no reason to allow. */
static void deny_all(struct record *record)
{
	static const str text = SC("{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\","
				   "\"Resource\":\"*\"}}");
	const struct document **list = NEW(&record->arena, const struct document *);
	struct document *document;
	struct err err;

	if (!policy_parse(&record->arena, S("unreadable"), text, &document, &err))
		abort();
	list[0] = document;
	record->documents = list;
	record->ndocuments = 1;
	record->identity = program_compile(&record->arena, list, 1);
	record->trust = program_compile(&record->arena, NULL, 0);
}

void record_wake(const struct record *record)
{
	struct record *r = (struct record *)(uintptr_t)record; /* nobody sees it asleep */
	struct err err;

	if (r->value)
		return;
	if (read_text(r, r->text, &err))
		return;
	log_line(LOG_ERROR, "damaged record", "key=%.*s why=%.*s",
		STR(log_quote(&r->arena, r->key)), STR(log_quote(&r->arena, str_of(err.text))));
	if (!r->value)
		r->value = json_new(&r->arena, JSON_OBJECT);
	deny_all(r);
}
