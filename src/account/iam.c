/*
 * iam.c -- what the IAM sections share: finding entities, asking, pages, and the words for
 * what is not there.
 *
 * Permission is asked before anything is told: a caller who may not read roles learns nothing
 * about which exist. Where an entity does not exist, the ARN it would have is asked about.
 */
#include "account/iam.h"

const struct record *find_role(const struct call *call, str name)
{
	const struct record *role =
		record_get(call->account, iam_key(call->arena, call->account_id, "role", name));

	/* AppRole and approle cannot both be there, but only one of them is this role's name. */
	return role && str_eq(json_str(role->value, S("RoleName")), name) ? role : NULL;
}

const struct record *find_user(const struct call *call, str name)
{
	const struct record *user =
		record_get(call->account, iam_key(call->arena, call->account_id, "user", name));

	return user && str_eq(json_str(user->value, S("UserName")), name) ? user : NULL;
}

/* Behind the last slash: role/team/app -> app. */
static str last_segment(str path)
{
	str head, tail;

	while (str_cut(path, '/', &head, &tail))
		path = tail;
	return path;
}

const struct record *find_by_arn(const struct account *account, const char *kind, str arn)
{
	SMALL_ARENA(scratch, 256);
	const struct record *record = NULL;
	struct arn parts;
	str type, rest;

	if (arn_parse(arn, &parts) && str_cut(parts.part[ARN_RESOURCE], '/', &type, &rest) &&
		str_eq(type, str_of(kind)) && is_account_id(parts.part[ARN_ACCOUNT]))
		record = record_get(account,
			iam_key(&scratch, parts.part[ARN_ACCOUNT], kind, last_segment(rest)));
	arena_free(&scratch);
	return record && str_eq(json_str(record->value, S("Arn")), arn) ? record : NULL;
}

const struct record *find_role_by_arn(const struct account *account, str arn)
{
	return find_by_arn(account, "role", arn);
}

/* ---- asking. */

bool allow_on(struct call *call, const char *action, str resource, const struct json *resource_tags)
{
	struct target target = { .action = str_of(action),
		.resource = resource,
		.resource_tags = resource_tags };

	return allow(call, &target);
}

/* For what AWS lists without resource types: only Resource "*" allows it [S-134]. The denial names
 * what was to be listed. */
bool allow_list(struct call *call, const char *action, const char *what)
{
	struct target target = { .action = str_of(action),
		.resource = iam_arn(call->arena, call->account_id, str_of(what)),
		.no_resource_types = true };

	return allow(call, &target);
}

bool allow_listing(struct call *call, enum entity_id id, str prefix)
{
	struct target target = {
		.action = arena_printf(call->arena, "iam:%.*s", STR(call->route->operation)),
		.resource = entity_arn(call->arena, entity(id), call->account_id, prefix, S("")),
		.no_resource_types = true,
	};

	if (id == ENTITY_POLICY)
		target.resource = arena_printf(call->arena, "policy path %.*s", STR(prefix));
	return allow(call, &target);
}

bool allow_account(struct call *call)
{
	struct target target = {
		.action = arena_printf(call->arena, "iam:%.*s", STR(call->route->operation)),
		.resource = S("*"),
		.no_resource_types = true,
	};

	return allow(call, &target);
}

/* ---- kinds. */

static const struct entity entities[] = {
#define ROW(id, word, kind, noun, name, unique, prefix, answer, list, quota, quota_name)         \
	[id] = { id, SC(word), SC(kind), SC(noun), SC(name), SC(unique), SC(prefix), SC(answer), \
		SC(list), quota, SC(quota_name) },
#include "gen/iam_entities.inc"
#undef ROW
};

const struct entity *entity(enum entity_id id)
{
	return &entities[id];
}

/* DetachRolePolicy is about a role. */
const struct entity *entity_of(const struct call *call)
{
	const struct entity *first = NULL;
	size_t at = SIZE_MAX;

	for (size_t i = 0; i < COUNT(entities); i++) {
		size_t here = str_find(call->route->operation, entities[i].word);

		if (here < at) {
			at = here;
			first = &entities[i];
		}
	}
	return first;
}

str entity_key(const struct call *call, const struct entity *entity, str name)
{
	return iam_key(call->arena, call->account_id, entity->kind.p, name);
}

const struct record *const *entity_range(const struct call *call, const struct entity *entity,
	size_t *n)
{
	return record_range(call->account, entity_key(call, entity, S("")), n);
}

str entity_arn(struct arena *arena, const struct entity *entity, str account_id, str path, str name)
{
	return iam_arn(arena, account_id,
		arena_printf(arena, "%.*s%.*s%.*s", STR(entity->kind), STR(path), STR(name)));
}

/* ---- the entity of a call. */

static void find_named(struct call *call, struct subject *subject)
{
	const struct entity *entity = subject->entity;

	subject->record = record_get(call->account, entity_key(call, entity, subject->name));
	/* AppRole and approle cannot both be there, but only one of them is this role's name. */
	if (subject->record &&
		!str_eq(json_str(subject->record->value, entity->name), subject->name))
		subject->record = NULL;
	subject->arn = subject->record ? json_str(subject->record->value, S("Arn"))
				       : entity_arn(call->arena, entity, call->account_id, S("/"),
						 subject->name);
}

static void find_provider(struct call *call, struct subject *subject)
{
	str prefix = iam_arn(call->arena, call->account_id, S("oidc-provider/"));

	if (str_starts(subject->arn, prefix))
		subject->record = record_get(call->account,
			arena_printf(call->arena, "/%.*s/iam/oidc/%.*s", STR(call->account_id),
				STR(str_from(subject->arn, prefix.n))));
}

bool read_subject(struct call *call, enum entity_id id, struct subject *subject)
{
	*subject = (struct subject){ .entity = entity(id) };
	if (id == ENTITY_PROVIDER) {
		if (!need_text(call, S("OpenIDConnectProviderArn"), &subject->arn))
			return false;
		find_provider(call, subject);
		return true;
	}
	if (id == ENTITY_POLICY) {
		if (!need_policy_arn(call, S("PolicyArn"), &subject->arn))
			return false;
		subject->record = find_policy(call->account, call->account_id, subject->arn);
		return true;
	}
	if (!need_text(call, subject->entity->name, &subject->name))
		return false;
	find_named(call, subject);
	return true;
}

bool read_user(struct call *call, struct subject *subject)
{
	*subject = (struct subject){ .entity = entity(ENTITY_USER) };
	if (!get_text(call, S("UserName"), &subject->name))
		return false;
	if (!subject->name.n)
		subject->name = call->identity.user_name;
	if (!subject->name.n)
		return refuse(call, FAULT_VALIDATION,
			"Must specify userName when calling with non-User credentials");
	find_named(call, subject);
	return true;
}

/* ---- asking about it. */

static bool has_boundary_key(str operation)
{
	static const str operations[] = {
#define ROW(operation) SC(operation),
#include "gen/iam_boundary_keys.inc"
#undef ROW
	};

	for (size_t i = 0; i < COUNT(operations); i++)
		if (str_eq(operations[i], operation))
			return true;
	return false;
}

struct context_key one_key(struct call *call, const char *key, str value)
{
	str *values = NEW(call->arena, str);

	*values = value;
	return (struct context_key){ .key = str_of(key), .values = values, .n = value.n != 0 };
}

/* The boundary that it has goes behind the keys of the request, which win. */
static void add_boundary_key(struct call *call, struct target *target, str boundary)
{
	struct context_key *keys = NEWS(call->arena, struct context_key, target->nextra + 1);

	for (size_t i = 0; i < target->nextra; i++)
		keys[i] = target->extra[i];
	keys[target->nextra] = one_key(call, "iam:PermissionsBoundary", boundary);
	target->extra = keys;
	target->nextra++;
}

bool allow_subject(struct call *call, const struct subject *subject, const struct target *more)
{
	struct target target = more ? *more : (struct target){ 0 };
	str operation = call->route->operation, boundary;

	target.action = arena_printf(call->arena, "iam:%.*s", STR(operation));
	target.resource = subject->arn;
	if (subject->record) {
		target.resource_tags = json_get(subject->record->value, S("Tags"));
		boundary = json_str(subject->record->value, S("PermissionsBoundary"));
		if (boundary.n && has_boundary_key(operation))
			add_boundary_key(call, &target, boundary);
	}
	return allow(call, &target);
}

bool no_subject(struct call *call, const struct subject *subject)
{
	switch (subject->entity->id) {
	case ENTITY_POLICY:
		return refuse(call, FAULT_NO_SUCH_ENTITY, "Policy %.*s was not found.",
			STR(subject->arn));
	case ENTITY_PROVIDER:
		return refuse(call, FAULT_NO_SUCH_ENTITY,
			"OpenIDConnect Provider not found for arn %.*s", STR(subject->arn));
	case ENTITY_PROFILE:
		return refuse(call, FAULT_NO_SUCH_ENTITY, "Instance Profile %.*s cannot be found.",
			STR(subject->name));
	case ENTITY_ROLE:
	case ENTITY_USER:
	case ENTITY_GROUP:
		break;
	}
	return refuse(call, FAULT_NO_SUCH_ENTITY, "The %.*s with name %.*s cannot be found.",
		STR(subject->entity->noun), STR(subject->name));
}

bool need_subject(struct call *call, enum entity_id id, struct subject *subject)
{
	return read_subject(call, id, subject) && allow_subject(call, subject, NULL) &&
	       (subject->record || no_subject(call, subject));
}

bool need_own_user(struct call *call, struct subject *subject)
{
	return read_user(call, subject) && allow_subject(call, subject, NULL) &&
	       (subject->record || no_subject(call, subject));
}

void put_subject(struct call *call, const struct subject *subject, const struct json *value)
{
	call_put(call, subject->record->key, value);
}

bool is_protected(const struct record *role)
{
	return str_starts(json_str(role->value, S("Path")), S("/aws-service-role/"));
}

bool refuse_protected(struct call *call, const struct subject *subject)
{
	if (subject->entity->id != ENTITY_ROLE || !is_protected(subject->record))
		return true;
	return refuse(call, FAULT_UNMODIFIABLE_ENTITY,
		"Cannot perform the operation on the protected role '%.*s' - this role is only "
		"modifiable by AWS",
		STR(subject->name));
}

bool refuse_holder(struct call *call, const struct subject *subject)
{
	static const struct {
		str member;
		const char *sentence;
	} first[] = {
		{ SC("AttachedPolicies"), "must detach all policies first." },
		{ SC("Policies"), "must delete policies first." },
		{ SC("Groups"), "must remove users from group first." },
		{ SC("AccessKeys"), "must remove referenced objects first." },
	};

	for (size_t i = 0; i < COUNT(first); i++) {
		const struct json *list = json_get(subject->record->value, first[i].member);

		if (list && list->count)
			return refuse(call, FAULT_DELETE_CONFLICT, "Cannot delete entity, %s",
				first[i].sentence);
	}
	return true;
}

/* ---- making one. */

static bool exists_already(struct call *call, const struct entity *entity, str name)
{
	str word = entity->word;

	if (entity->id == ENTITY_POLICY)
		return refuse(call, FAULT_ENTITY_EXISTS,
			"A policy called %.*s already exists. Duplicate names are not allowed.",
			STR(name));
	if (entity->id == ENTITY_PROFILE)
		return refuse(call, FAULT_ENTITY_EXISTS, "Instance Profile %.*s already exists.",
			STR(name));
	return refuse(call, FAULT_ENTITY_EXISTS, "%.*s with name %.*s already exists.", STR(word),
		STR(name));
}

bool check_new(struct call *call, const struct entity *entity, str name)
{
	size_t n;

	if (record_get(call->account, entity_key(call, entity, name)))
		return exists_already(call, entity, name);
	entity_range(call, entity, &n);
	return n < entity->quota ||
	       refuse(call, FAULT_LIMIT_EXCEEDED, "Cannot exceed quota for %.*s: %u",
		       STR(entity->quota_name), entity->quota);
}

struct json *new_entity(struct arena *arena, const struct entity *entity, str account_id, str path,
	str name, int64_t now)
{
	struct json *value = json_new(arena, JSON_OBJECT);

	json_put_str(arena, value, S("Path"), path);
	json_put_str(arena, value, entity->name, name);
	json_put_str(arena, value, entity->unique, new_unique_id(arena, entity->prefix));
	json_put_str(arena, value, S("Arn"), entity_arn(arena, entity, account_id, path, name));
	json_put_str(arena, value, S("CreateDate"), time_iso(arena, now));
	return value;
}

bool allow_create(struct call *call, str arn, const struct json *tags,
	const struct context_key *extra, size_t nextra)
{
	struct target target = {
		.action = arena_printf(call->arena, "iam:%.*s", STR(call->route->operation)),
		.resource = arn,
		.request_tags = tags,
		.extra = extra,
		.nextra = nextra,
	};

	if (!allow(call, &target))
		return false;
	target.action = arena_printf(call->arena, "iam:Tag%.*s", STR(entity_of(call)->word));
	target.extra = NULL;
	target.nextra = 0;
	return !tags || allow(call, &target);
}

/* ---- lists of texts. */

bool list_has(const struct json *list, str text)
{
	JSON_EACH(item, list)
	{
		if (str_eq(item->text, text))
			return true;
	}
	return false;
}

void list_add(struct arena *arena, struct json *object, str member, str text)
{
	const struct json *old = json_get(object, member);
	struct json *list = json_new(arena, JSON_ARRAY);
	bool done = false;

	JSON_EACH(item, old)
	{
		int order = str_cmp(text, item->text);

		if (!done && order <= 0) {
			json_push(list, json_new_str(arena, text));
			done = true;
		}
		if (order != 0)
			json_push(list, json_new_str(arena, item->text));
	}
	if (!done)
		json_push(list, json_new_str(arena, text));
	json_put(object, member, list);
}

void list_drop(struct arena *arena, struct json *object, str member, str text)
{
	const struct json *old = json_get(object, member);
	struct json *list = json_new(arena, JSON_ARRAY);

	JSON_EACH(item, old)
	{
		if (!str_eq(item->text, text))
			json_push(list, json_new_str(arena, item->text));
	}
	json_put(object, member, list);
}

/* ---- reading and writing. */

static bool is_path(str path)
{
	bool good = path.n <= 512 && str_starts(path, S("/")) && str_ends(path, S("/"));

	for (size_t i = 0; i < path.n; i++)
		good = good && path.p[i] >= 0x21 && path.p[i] <= 0x7e;
	/* Only AWS makes entities there, by CreateServiceLinkedRole and for its sign-on [S-139]. */
	return good && !str_starts(path, S("/aws-service-role/")) &&
	       !str_starts(path, S("/aws-reserved/"));
}

static bool bad_path(struct call *call)
{
	return refuse(call, FAULT_VALIDATION,
		"The specified value for path is invalid. It must begin and end with / and contain "
		"only alphanumeric characters and/or / characters.");
}

bool get_path(struct call *call, str *path)
{
	*path = get_str(call, S("Path"));
	if (!path->n)
		*path = S("/");
	return is_path(*path) || bad_path(call);
}

bool get_new_path(struct call *call, str *path)
{
	*path = get_str(call, S("NewPath"));
	return !path->n || is_path(*path) || bad_path(call);
}

bool get_prefix(struct call *call, str *prefix)
{
	*prefix = get_str(call, S("PathPrefix"));
	if (!prefix->n)
		*prefix = S("/");
	return (prefix->n <= 512 && str_starts(*prefix, S("/"))) ||
	       refuse(call, FAULT_VALIDATION,
		       "The specified value for pathPrefix is invalid. It must begin with / and "
		       "contain only alphanumeric characters and/or / characters.");
}

bool get_bool(struct call *call, str name, bool *value)
{
	str text = get_str(call, name);

	if (!json_get(call->input, name))
		return true;
	*value = str_eq(text, S("true"));
	return *value || str_eq(text, S("false")) ||
	       refuse(call, FAULT_VALIDATION, "%.*s must be true or false", STR(name));
}

bool get_choice(struct call *call, str name, const str *values, size_t n, str *value)
{
	str first = arena_lower(call->arena, str_head(name, 1));

	*value = get_str(call, name);
	if (!value->n)
		return true;
	for (size_t i = 0; i < n; i++)
		if (str_eq(values[i], *value))
			return true;
	return refuse(call, FAULT_VALIDATION,
		"1 validation error detected: Value '%.*s' at '%.*s%.*s' failed to satisfy "
		"constraint: Member must satisfy enum value set",
		STR(str_head(*value, 64)), STR(first), STR(str_from(name, 1)));
}

str percent(struct call *call, str text)
{
	struct buf out = { .arena = call->arena };

	uri_encode(&out, text, false);
	return buf_view(&out);
}

struct json *tag_list(struct arena *arena, const struct json *tags)
{
	struct json *list = json_new(arena, JSON_ARRAY);

	JSON_EACH(tag, tags)
	{
		struct json *item = json_push(list, json_new(arena, JSON_OBJECT));

		json_put_str(arena, item, S("Key"), tag->name);
		json_put_str(arena, item, S("Value"), tag->text);
	}
	return list;
}

void copy_members(struct call *call, struct json *to, const struct json *from, const str *names,
	size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_get(from, names[i]))
			json_put(to, names[i], json_clone(call->arena, json_get(from, names[i])));
}

/* The tags of `value` with `more` put over them; a key keeps its first spelling's place. */
bool add_to_tags(struct call *call, struct json *value, const struct json *more)
{
	struct json *tags = json_get(value, S("Tags"));

	if (!tags)
		tags = json_put(value, S("Tags"), json_new(call->arena, JSON_OBJECT));
	JSON_EACH(tag, more)
	{
		remove_tag(tags, tag->name);
		json_put_str(call->arena, tags, tag->name, tag->text);
	}
	if (tags->count <= LIMIT_TAGS)
		return true;
	return refuse(call, FAULT_LIMIT_EXCEEDED, "Cannot exceed quota for TagsPerResource: %d",
		LIMIT_TAGS);
}

void remove_tag(struct json *tags, str key)
{
	JSON_EACH(tag, tags)
	{
		if (str_eq_nocase(tag->name, key)) {
			json_remove(tags, tag->name);
			return;
		}
	}
}

/* ---- pages: Marker and MaxItems. The marker is the last name that was shown. */

bool page_open(struct call *call, struct page *page)
{
	str marker = get_str(call, S("Marker"));

	*page = (struct page){ .max = 100 };
	if (!get_number(call, S("MaxItems"), 1, 1000, &page->max))
		return false;
	if (!marker.n)
		return true;
	return (marker.n <= 320 && base64_read(call->arena, marker, &page->after) &&
		       is_utf8(page->after)) ||
	       refuse(call, FAULT_VALIDATION, "Invalid Marker.");
}

bool page_takes(struct page *page, str name)
{
	if (page->truncated || str_cmp(name, page->after) <= 0)
		return false;
	if (page->n == page->max) {
		page->truncated = true;
		return false;
	}
	page->n++;
	page->last = name;
	return true;
}

void page_close(struct call *call, const struct page *page)
{
	json_put_bool(call->arena, call->output, S("IsTruncated"), page->truncated);
	if (page->truncated)
		json_put_str(call->arena, call->output, S("Marker"),
			base64_write(call->arena, page->last));
}
