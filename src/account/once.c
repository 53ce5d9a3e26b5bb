/*
 * once.c -- a request that is sent twice is done once: ClientToken and clientRequestToken.
 *
 * What is compared is a hash of all parameters but the token, so that little is kept. EKS keeps
 * token and hash in what the request made, a cluster or an update, and forgets them with it. EC2
 * keeps them in records of their own, for a day and as long as the instances run, but never more
 * than CLIENT_TOKENS_MAX in a region: the oldest go first. They are records like all others, so a
 * restart forgets none.
 *
 * A repeated request is authorised like the first one. Its answer is what the first one made, as
 * it is now. With other parameters it is refused.
 * (EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests".)
 */
#include "account/services.h"

#include <stdlib.h>

enum { CLIENT_TOKENS_MAX = 1000, CLIENT_TOKEN_S = 86400 };

/* ---- the request, whatever the order of its parameters */

static int by_name(const void *a, const void *b)
{
	const struct json *const *left = a, *const *right = b;

	return str_cmp((*left)->name, (*right)->name);
}

static const struct json **sorted(struct arena *arena, const struct json *object)
{
	const struct json **members = NEWS(arena, const struct json *, object->count + 1);
	size_t n = 0;

	JSON_EACH(member, object)
	members[n++] = member;
	if (object->type == JSON_OBJECT)
		qsort(members, n, sizeof(*members), by_name);
	return members;
}

/* No deeper than LIMIT_JSON_DEPTH, since it was parsed. */
static void write_sorted(struct buf *buf, const struct json *value)
{
	const struct json **members;

	if (!json_is(value, JSON_OBJECT) && !json_is(value, JSON_ARRAY)) {
		json_write(buf, value);
		return;
	}
	members = sorted(buf->arena, value);
	buf_char(buf, json_is(value, JSON_OBJECT) ? '{' : '[');
	for (size_t i = 0; i < value->count; i++) {
		if (json_is(value, JSON_OBJECT))
			json_write_str(buf, members[i]->name);
		write_sorted(buf, members[i]);
		buf_char(buf, ',');
	}
	buf_char(buf, '.');
}

static str request_hash(struct call *call, str token_name)
{
	struct json *input = json_clone(call->arena, call->input);
	struct buf text = { .arena = call->arena };
	unsigned char hash[SHA256_BYTES];

	json_remove(input, token_name);
	json_remove(input, S("DryRun"));
	json_put_str(call->arena, input, S("Action"), call->route->operation);
	write_sorted(&text, input);
	sha256(buf_view(&text), hash);
	return hex_write(call->arena, hash, sizeof(hash));
}

bool once_read(struct call *call, str name, size_t max, struct once *once)
{
	*once = (struct once){ .token = get_str(call, name) };
	for (size_t i = 0; i < once->token.n; i++)
		if (once->token.n > max || (unsigned char)once->token.p[i] >= 0x80)
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"%.*s must be at most %zu ASCII characters", STR(name), max);
	if (once->token.n)
		once->request = request_hash(call, name);
	return true;
}

/* ---- comparing and keeping */

bool once_is(struct call *call, const struct once *once, const struct json *kept)
{
	return str_eq(once->request, json_str(kept, S("_request"))) ||
	       refuse(call, FAULT_REPEATED_OTHERWISE,
		       "Arguments on this idempotent request are inconsistent with arguments used "
		       "in previous request(s).");
}

void once_note(struct call *call, const struct once *once, struct json *value)
{
	if (!once->token.n)
		return;
	json_put_str(call->arena, value, S("_token"), once->token);
	json_put_str(call->arena, value, S("_request"), once->request);
}

bool once_find(struct call *call, const struct once *once, const struct record *const *records,
	size_t n, const struct json **before)
{
	*before = NULL;
	for (size_t i = 0; once->token.n && i < n; i++)
		if (str_eq(once->token, json_str(records[i]->value, S("_token")))) {
			*before = records[i]->value;
			return once_is(call, once, *before);
		}
	return true;
}

/* ---- EC2's records */

static str tokens_prefix(struct call *call)
{
	return ec2_key(call, S("client-token"), S(""));
}

/* A token is its operation's, and, where the zone is said, its zone's. It may hold anything. */
static str token_key(struct call *call, str token, str zone)
{
	unsigned char hash[SHA256_BYTES];
	str all = arena_printf(call->arena, "%.*s %.*s %.*s", STR(call->route->operation),
		STR(zone), STR(token));

	sha256(all, hash);
	return arena_printf(call->arena, "%.*s%.*s", STR(tokens_prefix(call)),
		STR(hex_write(call->arena, hash, sizeof(hash))));
}

bool ec2_once(struct call *call, size_t max, str zone, struct once *once)
{
	const struct record *record;

	if (!once_read(call, S("ClientToken"), max, once))
		return false;
	if (!once->token.n)
		return true;
	once->key = token_key(call, once->token, zone);
	record = record_get(call->account, once->key);
	if (!record || str_eq_nocase(get_str(call, S("DryRun")), S("true")))
		return true;
	once->made = json_get(record->value, S("made"));
	return once_is(call, once, record->value);
}

static bool is_running(struct call *call, const struct json *made)
{
	const struct ec2_type *type = ec2_type_by_name(S("instance"));

	JSON_EACH(id, made)
	{
		struct ec2_item item;

		if (!str_starts(id->text, type->prefix))
			return false;
		item = ec2_find(call, type, id->text);
		if (item.wire && !json_get(item.wire, S("terminatedAt")))
			return true;
	}
	return false;
}

static int64_t age_s(struct call *call, const struct record *record)
{
	uint64_t at = 0;

	if (is_running(call, json_get(record->value, S("made"))))
		return 0;
	return str_u64(json_str(record->value, S("at")), INT64_MAX, &at) ? call->now_s - (int64_t)at
									 : INT64_MAX;
}

/* Forgets those that have expired, and the oldest if there would be too many. */
static void make_room(struct call *call)
{
	size_t n, left;
	const struct record *const *records = record_range(call->account, tokens_prefix(call), &n);
	const struct record *oldest = NULL;
	int64_t oldest_s = -1;

	left = n;
	for (size_t i = 0; i < n; i++) {
		int64_t age = age_s(call, records[i]);

		if (age > CLIENT_TOKEN_S) {
			call_delete(call, records[i]->key);
			left--;
		} else if (age > oldest_s) {
			oldest = records[i];
			oldest_s = age;
		}
	}
	if (left >= CLIENT_TOKENS_MAX)
		call_delete(call, oldest->key);
}

void ec2_once_done(struct call *call, const struct once *once, const struct json *made)
{
	struct json *value = json_new(call->arena, JSON_OBJECT);

	if (!once->token.n)
		return;
	make_room(call);
	once_note(call, once, value);
	json_put_int(call->arena, value, S("at"), call->now_s);
	json_put(value, S("made"), json_clone(call->arena, made));
	call_put(call, once->key, value);
}
