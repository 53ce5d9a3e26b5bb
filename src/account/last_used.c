/*
 * last_used.c -- when roles, users and access keys were last used.
 *
 * What a request costs is a look into a hash table of unique ids (AROA…, AKIA…), or two; nothing is
 * written for it. Roles and users have an entry for each service that they used, under their id
 * with the service's digit behind it, and one for each tracked action, with the action's number
 * behind that. The service's entry knows the last operation: only another one, or another second,
 * costs a look at the action's. Every LAST_USED_WRITE_S seconds the entries that have changed go to
 * the store, and once more when the account is closed: what a kill takes away is the last minutes,
 * which at AWS may be hours late as well. At most LAST_USED_AT_ONCE go in one commit, as calls wait
 * for it; the others follow a second later. The store's keys are /used/ID, and /used/ID:OPERATION,
 * as numbers may change; they are no records.
 *
 * A role is used by its sessions' requests, a key and its user by its own, whether they are allowed
 * or not. An id is never given again, so a new role of an old name has not been used.
 * (IAM User Guide, "Find unused AWS credentials", "Refine permissions using last accessed
 * information".)
 */
#include "account/account.h"
#include "base/os.h"

#include <limits.h>
#include <string.h>

enum {
	LAST_USED_WRITE_S = 300,
	LAST_USED_AT_ONCE = 2000,
	TRACKED_S = 400 * 86400,
	SLOTS_MIN = 256,
	ACTIONS_MAX = 200000, /* entries: some 40 MB */
	ID_BYTES = 24
};

struct used { /* one slot; an id of zeros: free */
	uint64_t id[ID_BYTES / 8];
	int64_t at_s;
	const struct route *last; /* of a service: the operation that was noted last */
	char region[23];
	unsigned char service; /* of routes.tsv's five */
	unsigned char action;  /* a tracked one, counted from 1; 0: of a service, or of a key */
	bool changed, gone;
};

struct last_used {
	struct arena arena; /* of the slots alone: they are made anew when they grow */
	struct used *slots;
	size_t n, cap; /* cap: a power of two */
	size_t nactions;
	int64_t written_s;
};

static const char *const services[] = { "iam", "sts", "ec2", "eks", "s3" };

static const struct tracked tracked[] = {
#define ROW(key, service, operation, action) { SC(service), SC(operation), SC(action) },
#include "gen/tracked_actions.inc"
#undef ROW
};

_Static_assert(COUNT(tracked) <= UCHAR_MAX, "an action's number is one byte of its entry's id");

const struct tracked *tracked_actions(size_t *n)
{
	*n = COUNT(tracked);
	return tracked;
}

/* Its index; beyond the last: none of them. */
static unsigned char service_index(str name)
{
	unsigned char i = 0;

	while (i < COUNT(services) && !str_eq(name, str_of(services[i])))
		i++;
	return i;
}

/* The number of the operation's tracked action; 0: it is none. The table is sorted. */
static unsigned char action_number(str service, str operation)
{
	size_t from = 0, to = COUNT(tracked);

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = str_cmp(service, tracked[middle].service);

		if (!order)
			order = str_cmp(operation, tracked[middle].operation);
		if (!order)
			return (unsigned char)(middle + 1);
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return 0;
}

struct last_used *last_used_open(struct arena *arena)
{
	struct last_used *used = NEW(arena, struct last_used);

	used->cap = SLOTS_MIN;
	used->slots = NEWS(&used->arena, struct used, used->cap);
	used->written_s = now_s();
	return used;
}

void last_used_close(struct last_used *used)
{
	arena_free(&used->arena);
}

/* ---- the table */

static bool read_id(str text, uint64_t id[ID_BYTES / 8])
{
	memset(id, 0, ID_BYTES);
	if (!text.n || text.n > ID_BYTES)
		return false;
	memcpy(id, text.p, text.n);
	return true;
}

/* The entry of a role or user for one service. */
static bool read_service_id(str text, unsigned char service, uint64_t id[ID_BYTES / 8])
{
	if (text.n >= ID_BYTES || service >= COUNT(services) || !read_id(text, id))
		return false;
	((char *)id)[text.n] = (char)('0' + service);
	return true;
}

/* That of the service becomes that of one of its actions. */
static bool add_action(unsigned char action, uint64_t id[ID_BYTES / 8])
{
	char *text = (char *)id;
	size_t n = strnlen(text, ID_BYTES);

	if (!action || n >= ID_BYTES)
		return false;
	text[n] = (char)action;
	return true;
}

static size_t hash(const uint64_t id[ID_BYTES / 8])
{
	uint64_t h = (id[0] ^ id[1] * 0x9e3779b97f4a7c15u ^ id[2] * 0xc2b2ae3d27d4eb4fu) *
		     0xff51afd7ed558ccdu;

	return (size_t)(h ^ h >> 32);
}

/* Where the id is, or the free slot where it would be. */
static struct used *slot(const struct last_used *used, const uint64_t id[ID_BYTES / 8])
{
	for (size_t i = hash(id);; i++) {
		struct used *at = &used->slots[i & (used->cap - 1)];

		if (!at->id[0] || !memcmp(at->id, id, ID_BYTES))
			return at;
	}
}

/* Into new slots, without those that are gone. */
static void rebuild(struct last_used *used, size_t cap)
{
	struct last_used old = *used;

	used->arena = (struct arena){ 0 };
	used->slots = NEWS(&used->arena, struct used, cap);
	used->cap = cap;
	used->n = used->nactions = 0;
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].id[0] && !(old.slots[i].gone && !old.slots[i].changed)) {
			*slot(used, old.slots[i].id) = old.slots[i];
			used->n++;
			used->nactions += old.slots[i].action != 0;
		}
	arena_free(&old.arena);
}

static struct used *take(struct last_used *used, const uint64_t id[ID_BYTES / 8])
{
	struct used *at = slot(used, id);

	if (at->id[0])
		return at;
	used->n++;
	memcpy(at->id, id, ID_BYTES);
	if (2 * used->n > used->cap)
		rebuild(used, 2 * used->cap);
	return slot(used, id);
}

/* That of an action. NULL: it is new, and there are too many. */
static struct used *take_action(struct last_used *used, const uint64_t id[ID_BYTES / 8],
	unsigned char action)
{
	struct used *at = slot(used, id);

	if (at->id[0])
		return at;
	if (used->nactions >= ACTIONS_MAX)
		return NULL;
	at = take(used, id);
	at->action = action;
	used->nactions++;
	return at;
}

static void put(struct used *at, int64_t at_s, unsigned char service, str region)
{
	region = str_head(region, sizeof(at->region) - 1);
	at->at_s = at_s;
	at->service = service;
	memcpy(at->region, region.p, region.n);
	memset(at->region + region.n, 0, sizeof(at->region) - region.n);
}

/* ---- the store */

static str used_key(struct arena *arena, const struct used *at)
{
	const char *id = (const char *)at->id;
	int n = (int)strnlen(id, ID_BYTES);

	if (!at->action)
		return arena_printf(arena, "/used/%.*s", n, id);
	return arena_printf(arena, "/used/%.*s:%.*s", n - 1, id,
		STR(tracked[at->action - 1].operation));
}

static struct change change_of(struct arena *arena, const struct used *at)
{
	return (struct change){
		.key = used_key(arena, at),
		.delete = at->gone,
		.value = arena_printf(arena, "{\"at\":%lld,\"service\":\"%s\",\"region\":\"%.*s\"}",
			(long long)at->at_s, services[at->service], (int)sizeof(at->region),
			at->region),
	};
}

/* At most `max` of those that have changed, in one commit; `*n` were written. */
static bool write_some(struct account *account, size_t max, size_t *n, struct err *err)
{
	struct last_used *used = account->last_used;
	struct arena arena = { 0 };
	size_t room = max < used->n ? max : used->n;
	struct change *changes = NEWS(&arena, struct change, room);
	struct used **from = NEWS(&arena, struct used *, room);
	bool good, gone = false;

	*n = 0;
	for (size_t i = 0; i < used->cap && *n < max; i++)
		if (used->slots[i].changed) {
			from[*n] = &used->slots[i];
			changes[(*n)++] = change_of(&arena, &used->slots[i]);
		}
	good = !*n || store_commit(account->store, changes, *n, err);
	for (size_t i = 0; i < *n && good; i++) {
		from[i]->changed = false;
		gone |= from[i]->gone;
	}
	if (gone)
		rebuild(used, used->cap);
	arena_free(&arena);
	return good;
}

bool last_used_write(struct account *account, struct err *err)
{
	size_t n;

	return write_some(account, SIZE_MAX, &n, err);
}

/* The entry of what stands behind /used/; NULL: it is none, or of an action no more tracked. */
static struct used *take_stored(struct last_used *used, str text, str service)
{
	uint64_t id[ID_BYTES / 8];
	str head = text, operation = { 0 };
	bool is_action = str_cut(text, ':', &head, &operation);
	unsigned char number = is_action ? action_number(service, operation) : 0;

	if (!read_id(head, id) || (is_action && !add_action(number, id)))
		return NULL;
	return is_action ? take_action(used, id, number) : take(used, id);
}

bool last_used_load(struct account *account, str key, str text)
{
	struct arena arena = { 0 };
	uint64_t at_s = 0;
	struct json *value;
	struct err err;

	if (!str_starts(key, S("/used/")))
		return false;
	if (json_parse(&arena, text, LIMIT_RECORD_BYTES, &value, &err) &&
		str_u64(json_str(value, S("at")), INT64_MAX, &at_s)) {
		str name = json_str(value, S("service"));
		unsigned char service = service_index(name);
		struct used *at = NULL;

		if (service < COUNT(services))
			at = take_stored(account->last_used, str_from(key, S("/used/").n), name);
		if (at)
			put(at, (int64_t)at_s, service, json_str(value, S("region")));
	}
	arena_free(&arena);
	return true; /* one that cannot be read is forgotten: nothing depends on it */
}

/* ---- for calls */

static void write_now_and_then(struct call *call)
{
	struct last_used *used = call->account->last_used;
	struct err err;
	size_t n;

	if (call->now_s - used->written_s < LAST_USED_WRITE_S)
		return;
	used->written_s = call->now_s;
	if (!write_some(call->account, LAST_USED_AT_ONCE, &n, &err))
		log_line(LOG_ERROR, "last used", "why=%.*s",
			STR(log_quote(call->arena, str_of(err.text))));
	else if (n == LAST_USED_AT_ONCE)
		used->written_s -= LAST_USED_WRITE_S - 1;
}

static void note_at(struct call *call, unsigned char service, struct used *at)
{
	put(at, call->now_s, service,
		str_eq(call->service, S("iam")) ? S("us-east-1") : call->region);
	at->changed = true;
	at->gone = false;
}

/* False: the same was noted in this second. */
static bool note(struct call *call, unsigned char service, const uint64_t id[ID_BYTES / 8])
{
	struct used *at = take(call->account->last_used, id);

	if (at->at_s == call->now_s && at->last == call->route && at->service == service &&
		at->changed && !at->gone)
		return false;
	note_at(call, service, at);
	at->last = call->route;
	return true;
}

static void note_action(struct call *call, unsigned char service, uint64_t id[ID_BYTES / 8])
{
	unsigned char action =
		call->route ? action_number(call->service, call->route->operation) : 0;
	struct used *at;

	if (!add_action(action, id))
		return;
	at = take_action(call->account->last_used, id, action);
	if (at)
		note_at(call, service, at);
}

/* A federated user is nobody's use but its key's. */
void last_used_note(struct call *call)
{
	const struct identity *who = &call->identity;
	bool role = who->is_session && who->session.kind == SESSION_ROLE;
	unsigned char service = service_index(call->service);
	uint64_t id[ID_BYTES / 8];

	if ((role ? read_service_id(who->session.role_id, service, id)
		  : who->user_name.n && read_service_id(who->user_id, service, id)) &&
		note(call, service, id))
		note_action(call, service, id);
	if (!who->is_session && read_id(call->access_key_id, id))
		note(call, service, id);
	write_now_and_then(call);
}

/* What a role or user did is kept by service as well, what a key did is not. */
void last_used_put(struct account *account, str id_text, struct last_use use)
{
	unsigned char service = service_index(use.service);
	bool key = str_starts(id_text, S("AKIA"));
	uint64_t id[ID_BYTES / 8];
	struct used *at;

	if (service >= COUNT(services) ||
		(key ? !read_id(id_text, id) : !read_service_id(id_text, service, id)))
		return;
	at = take(account->last_used, id);
	put(at, use.at_s, service, use.region);
	at->changed = true;
	at->gone = false;
}

static void forget(struct account *account, const uint64_t id[ID_BYTES / 8])
{
	struct used *at = slot(account->last_used, id);

	if (at->id[0])
		at->gone = at->changed = true;
}

void last_used_forget(struct account *account, str id_text)
{
	uint64_t id[ID_BYTES / 8];

	if (read_id(id_text, id))
		forget(account, id);
	for (unsigned char i = 0; i < COUNT(services); i++)
		if (read_service_id(id_text, i, id))
			forget(account, id);
	for (unsigned char i = 0; i < COUNT(tracked); i++)
		if (read_service_id(id_text, service_index(tracked[i].service), id) &&
			add_action((unsigned char)(i + 1), id))
			forget(account, id);
}

static bool get(const struct account *account, const uint64_t id[ID_BYTES / 8],
	struct last_use *use)
{
	const struct used *at = slot(account->last_used, id);

	if (!at->id[0] || at->gone || now_s() - at->at_s > TRACKED_S)
		return false;
	use->at_s = at->at_s;
	use->service = str_of(services[at->service]);
	use->region = (str){ at->region, strnlen(at->region, sizeof(at->region)) };
	return true;
}

bool last_used_get(const struct account *account, str id_text, struct last_use *use)
{
	uint64_t id[ID_BYTES / 8];
	struct last_use one;
	bool found = read_id(id_text, id) && get(account, id, use);

	for (unsigned char i = 0; i < COUNT(services); i++) {
		if (!read_service_id(id_text, i, id) || !get(account, id, &one) ||
			(found && one.at_s <= use->at_s))
			continue;
		*use = one;
		found = true;
	}
	return found;
}

bool last_used_for(const struct account *account, str id_text, str service, struct last_use *use)
{
	uint64_t id[ID_BYTES / 8];

	return read_service_id(id_text, service_index(service), id) && get(account, id, use);
}

bool last_used_action(const struct account *account, str id_text, const struct tracked *action,
	struct last_use *use)
{
	uint64_t id[ID_BYTES / 8];

	return read_service_id(id_text, service_index(action->service), id) &&
	       add_action((unsigned char)(action - tracked + 1), id) && get(account, id, use);
}
