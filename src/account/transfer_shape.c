/*
 * transfer_shape.c -- is a file that is imported made of what it should be made of?
 *
 * Looked at before anything of it is used. A member of another type would else be read as if it
 * were not there, and what is not there may be a boundary, or a policy that denies. So every
 * member of a known name must have its type, wherever it stands; documents are left to the
 * policy's own parser. Unknown members are AWS's to add. Here are unique ids and times, too.
 *
 * Source: IAM API Reference, GetAccountAuthorizationDetails and its data types.
 */
#include "account/iam.h"
#include "wire/wire.h"

#include <stdlib.h>

static const struct {
	str member;
	enum json_type type;
	enum json_type items; /* of an ARRAY */
} shapes[] = {
	{ SC("UserDetailList"), JSON_ARRAY, JSON_OBJECT },
	{ SC("GroupDetailList"), JSON_ARRAY, JSON_OBJECT },
	{ SC("RoleDetailList"), JSON_ARRAY, JSON_OBJECT },
	{ SC("Policies"), JSON_ARRAY, JSON_OBJECT },
	{ SC("InstanceProfiles"), JSON_ARRAY, JSON_OBJECT },
	{ SC("OpenIDConnectProviders"), JSON_ARRAY, JSON_OBJECT },
	{ SC("UserPolicyList"), JSON_ARRAY, JSON_OBJECT },
	{ SC("GroupPolicyList"), JSON_ARRAY, JSON_OBJECT },
	{ SC("RolePolicyList"), JSON_ARRAY, JSON_OBJECT },
	{ SC("PolicyVersionList"), JSON_ARRAY, JSON_OBJECT },
	{ SC("InstanceProfileList"), JSON_ARRAY, JSON_OBJECT },
	{ SC("AttachedManagedPolicies"), JSON_ARRAY, JSON_OBJECT },
	{ SC("GroupList"), JSON_ARRAY, JSON_STRING },
	{ SC("ClientIDList"), JSON_ARRAY, JSON_STRING },
	{ SC("ThumbprintList"), JSON_ARRAY, JSON_STRING },
	{ SC("PermissionsBoundary"), JSON_OBJECT, JSON_NULL },
	{ SC("RoleLastUsed"), JSON_OBJECT, JSON_NULL },
	{ SC("PasswordPolicy"), JSON_OBJECT, JSON_NULL },
	{ SC("PermissionsBoundaryArn"), JSON_STRING, JSON_NULL },
	{ SC("Path"), JSON_STRING, JSON_NULL },
	{ SC("Arn"), JSON_STRING, JSON_NULL },
	{ SC("PolicyArn"), JSON_STRING, JSON_NULL },
	{ SC("Description"), JSON_STRING, JSON_NULL },
	{ SC("CreateDate"), JSON_STRING, JSON_NULL },
	{ SC("UpdateDate"), JSON_STRING, JSON_NULL },
	{ SC("LastUsedDate"), JSON_STRING, JSON_NULL },
	{ SC("Region"), JSON_STRING, JSON_NULL },
	{ SC("UserName"), JSON_STRING, JSON_NULL },
	{ SC("GroupName"), JSON_STRING, JSON_NULL },
	{ SC("RoleName"), JSON_STRING, JSON_NULL },
	{ SC("PolicyName"), JSON_STRING, JSON_NULL },
	{ SC("InstanceProfileName"), JSON_STRING, JSON_NULL },
	{ SC("UserId"), JSON_STRING, JSON_NULL },
	{ SC("GroupId"), JSON_STRING, JSON_NULL },
	{ SC("RoleId"), JSON_STRING, JSON_NULL },
	{ SC("PolicyId"), JSON_STRING, JSON_NULL },
	{ SC("InstanceProfileId"), JSON_STRING, JSON_NULL },
	{ SC("DefaultVersionId"), JSON_STRING, JSON_NULL },
	{ SC("VersionId"), JSON_STRING, JSON_NULL },
	{ SC("Url"), JSON_STRING, JSON_NULL },
	{ SC("AccountAlias"), JSON_STRING, JSON_NULL },
};

/* A policy document, or its text. */
static bool is_document(const struct json *value)
{
	static const str names[] = { SC("AssumeRolePolicyDocument"), SC("PolicyDocument"),
		SC("Document") };

	for (size_t i = 0; i < COUNT(names); i++)
		if (str_eq(value->name, names[i]))
			return true;
	return false;
}

static const struct json *wrong_type(const struct json *value, enum json_type type,
	const char **why)
{
	static const char *const needs[] = { [JSON_STRING] = "this must be a string",
		[JSON_ARRAY] = "this must be a list",
		[JSON_OBJECT] = "this must be an object" };

	if (json_is(value, type))
		return NULL;
	*why = needs[type];
	return value;
}

/* A list of keys and values, as AWS has them, or the object that our own records have. */
static const struct json *wrong_tags(const struct json *tags, const char **why)
{
	const struct json *bad =
		json_is(tags, JSON_OBJECT) ? NULL : wrong_type(tags, JSON_ARRAY, why);

	JSON_EACH(tag, bad ? NULL : tags)
	{
		if (json_is(tags, JSON_OBJECT)) {
			bad = bad ? bad : wrong_type(tag, JSON_STRING, why);
		} else if (!bad && (!json_is(json_get(tag, S("Key")), JSON_STRING) ||
					   !json_is(json_get(tag, S("Value")), JSON_STRING))) {
			*why = "a tag has a Key and a Value";
			bad = tag;
		}
	}
	return bad;
}

static const struct json *wrong_member(const struct json *value, const char **why)
{
	const struct json *bad = NULL;

	if (str_eq(value->name, S("Tags")))
		return wrong_tags(value, why);
	/* One that stands there without its list, as in the examples of AWS's command line. */
	if (str_eq(value->name, S("AttachedManagedPolicies")) && json_is(value, JSON_OBJECT))
		return NULL;
	if (str_eq(value->name, S("PermissionsBoundary")) && json_is(value, JSON_OBJECT) &&
		!json_str(value, S("PermissionsBoundaryArn")).n) {
		*why = "a boundary has a PermissionsBoundaryArn";
		return value;
	}
	for (size_t i = 0; i < COUNT(shapes); i++) {
		if (!str_eq(value->name, shapes[i].member))
			continue;
		bad = wrong_type(value, shapes[i].type, why);
		JSON_EACH(item, bad || shapes[i].type != JSON_ARRAY ? NULL : value)
		bad = bad ? bad : wrong_type(item, shapes[i].items, why);
	}
	return bad;
}

/* The next value of the tree, parents first; what is in a document or in tags is passed over. */
static const struct json *next_value(const struct json *value)
{
	if (value->first && !is_document(value) && !str_eq(value->name, S("Tags")))
		return value->first;
	while (value && !value->next)
		value = value->parent;
	return value ? value->next : NULL;
}

const struct json *import_misshapen(const struct json *root, const char **why)
{
	const struct json *bad = NULL;

	for (const struct json *value = root->first; value && !bad; value = next_value(value))
		if (value->name.n)
			bad = wrong_member(value, why);
	return bad;
}

/* ---- unique ids: two users or roles with one would be trusted in each other's place [S-80].
 * AWS's own examples have such: those in doubt, and what is no id, are given anew. */

struct unique {
	str id, arn;
	const struct json *from; /* in the file; NULL: of what is there already */
};

static int by_id(const void *a, const void *b)
{
	const struct unique *x = a, *y = b;

	return str_cmp(x->id, y->id);
}

enum { UNIQUE_ID_CHARS = 21 };

/* A prefix that tells the kind, and letters and digits. (IAM User Guide, "Unique identifiers") */
bool import_is_id(const struct entity *kind, str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!(id.p[i] >= 'A' && id.p[i] <= 'Z') && !(id.p[i] >= '0' && id.p[i] <= '9'))
			return false;
	return id.n == UNIQUE_ID_CHARS && str_starts(id, kind->prefix);
}

static bool is_shared(const struct unique *all, size_t n, size_t i)
{
	return (i && str_eq(all[i].id, all[i - 1].id) && !str_eq(all[i].arn, all[i - 1].arn)) ||
	       (i + 1 < n && str_eq(all[i].id, all[i + 1].id) &&
		       !str_eq(all[i].arn, all[i + 1].arn));
}

static void make_room(struct arena *arena, struct import_ids *ids, size_t more)
{
	str *bigger = NEWS(arena, str, ids->n + more);

	if (ids->n)
		memcpy(bigger, ids->list, ids->n * sizeof(*bigger));
	ids->list = bigger;
}

static void put_id(struct import_ids *ids, str arn, str id)
{
	ids->list[ids->n++] = id;
	*map_at(&ids->places, arn) = ids->n;
}

str import_id(const struct import_ids *ids, str arn)
{
	size_t place = map_get(&ids->places, arn);

	return place ? ids->list[place - 1] : (str){ 0 };
}

size_t import_ids(struct call *call, const struct entity *kind, const struct json *list,
	struct import_ids *ids)
{
	size_t there, n = 0, anew = 0;
	const struct record *const *records = entity_range(call, kind, &there);
	struct unique *all = NEWS(call->arena, struct unique, there + (list ? list->count : 0) + 1);

	for (size_t i = 0; i < there; i++)
		all[n++] = (struct unique){ json_str(records[i]->value, kind->unique),
			json_str(records[i]->value, S("Arn")), NULL };
	JSON_EACH(from, list)
	all[n++] = (struct unique){ json_str(from, kind->unique), json_str(from, S("Arn")), from };
	qsort(all, n, sizeof(*all), by_id);
	make_room(call->arena, ids, list ? list->count : 0);
	for (size_t i = 0; i < n; i++) {
		bool good = import_is_id(kind, all[i].id) && !is_shared(all, n, i);

		if (!all[i].from)
			continue;
		anew += !good && all[i].id.n;
		put_id(ids, all[i].arn,
			good ? all[i].id : new_unique_id(call->arena, kind->prefix));
	}
	return anew;
}

/* ---- times, as AWS's clients write them: 2015-10-09T20:14:00Z, with a fraction or an offset. */

/* "+05:30" */
static bool read_offset(str text, int64_t *offset_s)
{
	uint64_t hours, minutes;

	if (text.n != 6 || (text.p[0] != '+' && text.p[0] != '-') || text.p[3] != ':' ||
		!str_u64((str){ text.p + 1, 2 }, 23, &hours) ||
		!str_u64((str){ text.p + 4, 2 }, 59, &minutes))
		return false;
	*offset_s = (int64_t)(hours * 3600 + minutes * 60) * (text.p[0] == '-' ? -1 : 1);
	return true;
}

bool import_time(struct arena *arena, str text, int64_t *time_s)
{
	str basic, rest;
	int64_t offset_s = 0;

	if (text.n < 20 || text.p[4] != '-' || text.p[7] != '-' || text.p[10] != 'T' ||
		text.p[13] != ':' || text.p[16] != ':')
		return false;
	basic = arena_printf(arena, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", text.p, text.p + 5, text.p + 8,
		text.p + 11, text.p + 14, text.p + 17);
	rest = str_from(text, 19);
	if (rest.p[0] == '.')
		for (rest = str_from(rest, 1); rest.n && rest.p[0] >= '0' && rest.p[0] <= '9';)
			rest = str_from(rest, 1);
	if (!sigv4_time_parse(basic, time_s) ||
		(!str_eq(rest, S("Z")) && !read_offset(rest, &offset_s)))
		return false;
	*time_s -= offset_s;
	return true;
}
