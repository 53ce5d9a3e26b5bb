/*
 * iam.c -- what the IAM sections share: finding entities, asking, pages, and the words for
 * what is not there.
 *
 * Permission is asked before anything is told: a caller who may not read roles learns nothing
 * about which exist. Where an entity does not exist, the ARN it would have is asked about.
 */
#include "account/account.h"

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
	struct arena scratch = { 0 };
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

/* For what AWS lists without resource types: only Resource "*" allows it [S-134]. */
bool allow_list(struct call *call, const char *action, const char *what)
{
	struct target target = { .action = str_of(action),
		.resource = iam_arn(call->arena, call->account_id, str_of(what)),
		.no_resource_types = true };

	return allow(call, &target);
}

bool no_role(struct call *call, str name)
{
	return refuse(call, FAULT_NO_SUCH_ENTITY, "The role with name %.*s cannot be found.",
		STR(name));
}

bool need_role(struct call *call, const char *action, const struct record **role)
{
	str name, arn;

	if (!need_text(call, S("RoleName"), &name))
		return false;
	*role = find_role(call, name);
	arn = *role ? json_str((*role)->value, S("Arn"))
		    : role_arn(call->arena, call->account_id, S("/"), name);
	if (!allow_on(call, action, arn, *role ? json_get((*role)->value, S("Tags")) : NULL))
		return false;
	return *role || no_role(call, name);
}

bool need_user(struct call *call, const char *action, const struct record **user)
{
	str name, arn;

	if (!get_text(call, S("UserName"), &name))
		return false;
	if (!name.n)
		name = call->identity.user_name; /* the caller's own */
	if (!name.n)
		return refuse(call, FAULT_VALIDATION,
			"Must specify userName when calling with non-User credentials");
	*user = find_user(call, name);
	arn = *user ? json_str((*user)->value, S("Arn"))
		    : iam_arn(call->arena, call->account_id,
			      arena_printf(call->arena, "user/%.*s", STR(name)));
	if (!allow_on(call, action, arn, *user ? json_get((*user)->value, S("Tags")) : NULL))
		return false;
	return *user || refuse(call, FAULT_NO_SUCH_ENTITY,
				"The user with name %.*s cannot be found.", STR(name));
}

bool is_protected(const struct record *role)
{
	return str_starts(json_str(role->value, S("Path")), S("/aws-service-role/"));
}

bool refuse_protected(struct call *call, const struct record *role)
{
	if (!is_protected(role))
		return true;
	return refuse(call, FAULT_UNMODIFIABLE_ENTITY,
		"Cannot perform the operation on the protected role '%.*s' - this role is only "
		"modifiable by AWS",
		STR(json_str(role->value, S("RoleName"))));
}

/* ---- reading and writing. */

bool get_path(struct call *call, str *path)
{
	bool good;

	*path = get_str(call, S("Path"));
	if (!path->n)
		*path = S("/");
	good = path->n <= 512 && str_starts(*path, S("/")) && str_ends(*path, S("/"));
	for (size_t i = 0; i < path->n; i++)
		good = good && path->p[i] >= 0x21 && path->p[i] <= 0x7e;
	/* Only AWS makes roles there, by CreateServiceLinkedRole and for its own sign-on [S-139]. */
	good = good && !str_starts(*path, S("/aws-service-role/")) &&
	       !str_starts(*path, S("/aws-reserved/"));
	return good ||
	       refuse(call, FAULT_VALIDATION,
		       "The specified value for path is invalid. It must begin and end with "
		       "/ and contain only alphanumeric characters and/or / characters.");
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
			json_put(to, names[i], json_copy(call->arena, json_get(from, names[i])));
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
