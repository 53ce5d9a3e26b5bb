/*
 * iam.h -- what the sections of IAM say to one another.
 *
 * May include: as account.h. Other sections use account.h alone.
 *
 * Most operations concern one entity: they name it, are authorised on its ARN, and refuse with
 * NoSuchEntity only then. The kind of entity, and the action to ask for, follow from the
 * operation's name, so that one handler serves PutRolePolicy, PutUserPolicy and PutGroupPolicy.
 */
#ifndef DEPUTY_ACCOUNT_IAM_H
#define DEPUTY_ACCOUNT_IAM_H

#include "account/account.h"

enum entity_id {
#define ROW(id, word, kind, noun, name, unique, prefix, answer, list, quota, quota_name) id,
#include "gen/iam_entities.inc"
#undef ROW
};

struct entity { /* a row of data/iam_entities.tsv */
	enum entity_id id;
	str word, kind, noun, name, unique, prefix, answer, list;
	unsigned quota;
	str quota_name;
};

const struct entity *entity(enum entity_id id);
const struct entity *entity_of(const struct call *call); /* the first in the operation's name */

/* ---- the entity that a call concerns (iam.c). */

struct subject {
	const struct entity *entity;
	const struct record *record; /* NULL: it does not exist */
	str name, arn;
};

/* Reads the name (of policies and providers: the ARN) and looks. */
MUST_USE bool read_subject(struct call *call, enum entity_id id, struct subject *subject);
/* The same of a user; without UserName the caller itself. */
MUST_USE bool read_user(struct call *call, struct subject *subject);
/* The route's action on it. `more`: request tags and further keys, or NULL. */
MUST_USE bool allow_subject(struct call *call, const struct subject *subject,
	const struct target *more);
bool no_subject(struct call *call, const struct subject *subject); /* refuses: not there */
/* All three: read, allowed, and there. */
MUST_USE bool need_subject(struct call *call, enum entity_id id, struct subject *subject);
MUST_USE bool need_own_user(struct call *call, struct subject *subject);
bool is_protected(const struct record *role); /* a service-linked one */
/* Refuses roles that only AWS may change. */
MUST_USE bool refuse_protected(struct call *call, const struct subject *subject);
/* Refuses to delete what still has policies, groups or keys. */
MUST_USE bool refuse_holder(struct call *call, const struct subject *subject);
void put_subject(struct call *call, const struct subject *subject, const struct json *value);

/* A List… of all that are under `prefix`; only Resource "*" allows it [S-134]. */
MUST_USE bool allow_listing(struct call *call, enum entity_id id, str prefix);
/* For what has no resource types and is denied on "*". */
MUST_USE bool allow_account(struct call *call);

struct context_key one_key(struct call *call, const char *key, str value);

/* ---- making one. */

/* Free, and within the account's quota. */
MUST_USE bool check_new(struct call *call, const struct entity *entity, str name);
/* Path, name, id, ARN and CreateDate. */
struct json *new_entity(struct arena *arena, const struct entity *entity, str account_id, str path,
	str name, int64_t now);
str entity_arn(struct arena *arena, const struct entity *entity, str account_id, str path,
	str name);
str entity_key(const struct call *call, const struct entity *entity, str name);
const struct record *const *entity_range(const struct call *call, const struct entity *entity,
	size_t *n);
/* Create… on `arn` with these tags, which need the right to tag as well. */
MUST_USE bool allow_create(struct call *call, str arn, const struct json *tags,
	const struct context_key *extra, size_t nextra);

/* ---- lists of texts inside records: in byte order, each once. */

bool list_has(const struct json *list, str text);
void list_add(struct arena *arena, struct json *object, str member, str text);
void list_drop(struct arena *arena, struct json *object, str member, str text);

/* A map is written as elements that are all called "entry", which an object cannot have. */
void map_add(struct call *call, struct json *map, str key, str value);

MUST_USE bool get_bool(struct call *call, str name, bool *value); /* stays if not given */
MUST_USE bool get_new_path(struct call *call, str *path);         /* NewPath; {0} if not given */
MUST_USE bool get_prefix(struct call *call, str *prefix);         /* PathPrefix; else "/" */
/* One of `values`; {0} if not given. */
MUST_USE bool get_choice(struct call *call, str name, const str *values, size_t n, str *value);

/* ---- managed policies and boundaries (iam_attach.c). */

MUST_USE bool need_policy_arn(struct call *call, str name, str *arn);
MUST_USE bool get_boundary(struct call *call, str *arn); /* of a Create… */
MUST_USE bool check_attachable(struct call *call, str arn, const struct record **policy);
MUST_USE bool check_boundary(struct call *call, str arn); /* may be one; {0} is fine */
void show_boundary(struct call *call, struct json *out, const struct json *value);
struct json *attached_list(struct call *call, const struct json *value);

/* How often policies are used: the ARNs of all attachments, and of all boundaries, sorted. */
struct usage {
	str *attached, *boundaries;
	size_t nattached, nboundaries;
};

void count_usage(struct call *call, struct usage *usage);
size_t usage_of(const str *arns, size_t n, str arn);

/* ---- what answers show of an entity. */

struct json *role_last_used(struct call *call, const struct json *role);
struct json *role_summary(struct call *call, const struct json *role); /* as in lists */
struct json *user_summary(struct call *call, const struct json *user);
struct json *policy_summary(struct call *call, const struct json *policy,
	const struct usage *usage);
struct json *profile_json(struct call *call, const struct json *profile);
struct json *group_json(struct call *call, const struct json *group);

/* ---- what an import is held to (transfer_check.c). Refuses as the API does. */

MUST_USE bool import_check(struct call *call, const struct entity *kind, const struct json *value);
/* May there be so many more? */
MUST_USE bool import_quota(struct call *call, const struct entity *kind, size_t more);

/* ---- what an import's file is made of (transfer_shape.c). */

/* The first value of a wrong type and why it is wrong, or NULL. */
const struct json *import_misshapen(const struct json *root, const char **why);
bool import_is_id(const struct entity *kind, str id);

struct import_ids {        /* of what the file brings, by ARN */
	struct map places; /* in the list, counted from 1 */
	str *list;
	size_t n;
};

/* Puts the unique ids of all in `list` into `ids`: the file's, or new ones where it has none or one
 * that somebody else has as well. Answers how many of the file's are not taken over. */
size_t import_ids(struct call *call, const struct entity *kind, const struct json *list,
	struct import_ids *ids);
/* Empty: the file brings none for it. */
str import_id(const struct import_ids *ids, str arn);
MUST_USE bool import_time(struct arena *arena, str text, int64_t *time_s);

/* ---- GetAccountAuthorizationDetails (iam_details.c): one entity with all that it has.
 * `plain`: documents as JSON, not as percent-encoded text. */
struct json *entity_detail(struct call *call, const struct entity *entity, const struct json *value,
	const struct usage *usage, bool plain);

#endif
