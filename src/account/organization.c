/*
 * organization.c -- accounts under one roof: a file that says which, and what limits them.
 *
 *   {"id": "o-example123",
 *    "managementAccount": "111111111111",
 *    "policies": {"no-leaving": {"Version": "2012-10-17", "Statement": […]}},
 *    "root": {"id": "r-ab12", "scps": ["FullAWSAccess", "no-leaving"], "rcps": [],
 *             "accounts": [{"id": "111111111111"}],
 *             "units": [{"id": "ou-ab12-11111111", "accounts": […], "units": […]}]}}
 *
 * Where "scps" is not given, FullAWSAccess is attached, as AWS attaches it; an SCP must allow at
 * the root, at every unit and at the account [S-124]. RCPFullAWSAccess is attached everywhere and
 * need not be named [S-127]. A policy is checked as AWS would check it when it is created.
 *
 * A name that is not known, a policy that is not one, an account in two places: all are errors
 * with their place in the file, and the accounts are not served.
 */
#include "account/account.h"

#include <string.h>

#define FULL_ACCESS                                                                          \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"," \
	"\"Resource\":\"*\"}]}"

enum { LEVELS_MAX = LIMIT_ORGANIZATION_DEPTH + 2 }; /* root, units, account */

struct organization {
	str id, management_account;
	struct member *members; /* sorted by account */
	size_t n, cap;
};

struct reader {
	struct arena *arena;
	struct organization *organization;
	str text;
	const struct json *policies; /* or NULL */
	const struct program *full;
	struct err *err;
	struct level scp[LEVELS_MAX], rcp[LEVELS_MAX]; /* of the place that is being read */
	size_t depth;
	str path;
};

/* ---- finding. */

static size_t place(const struct organization *organization, str account_id)
{
	size_t low = 0, high = organization->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp(organization->members[middle].account_id, account_id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct member *find(const struct organization *organization, str account_id)
{
	size_t at = place(organization, account_id);

	return at < organization->n && str_eq(organization->members[at].account_id, account_id)
		       ? &organization->members[at]
		       : NULL;
}

const struct member *find_member(const struct account *account, str account_id)
{
	return account->organization ? find(account->organization, account_id) : NULL;
}

str organization_id(const struct account *account)
{
	return account->organization ? account->organization->id : (str){ 0 };
}

/* ---- words of the file. */

static bool only_members(struct reader *r, const struct json *object, const char *names)
{
	JSON_EACH(member, object)
	{
		str quoted = arena_printf(r->arena, " %.*s ", STR(member->name));

		if (str_find(str_of(names), quoted) == SIZE_MAX)
			return fail(r->err, ERR_SYNTAX, member->name_at,
				"\"%.*s\" is not known here; there are:%s",
				STR(str_head(member->name, 64)), names);
	}
	return true;
}

static bool is_object(struct reader *r, const struct json *value, const char *what)
{
	return json_is(value, JSON_OBJECT) ||
	       fail(r->err, ERR_SYNTAX, value->at, "%s is an object, not %s", what,
		       json_type_name(value->type));
}

/* A text that is `head` and then small letters, digits and dashes. */
static bool read_id(struct reader *r, const struct json *object, const char *name, const char *head,
	str *id)
{
	const struct json *value = json_get(object, str_of(name));

	if (!json_is(value, JSON_STRING))
		return fail(r->err, ERR_SYNTAX, value ? value->at : object->at,
			"\"%s\" is missing: a text that begins with %s", name, head);
	*id = value->text;
	for (size_t i = 0; i < id->n; i++)
		if (ascii_lower(id->p[i]) != id->p[i] ||
			(!ascii_alnum(id->p[i]) && id->p[i] != '-'))
			return fail(r->err, ERR_SYNTAX, value->at,
				"an id has small letters, digits and dashes");
	return (str_starts(*id, str_of(head)) && id->n > strlen(head) && id->n <= 68) ||
	       fail(r->err, ERR_SYNTAX, value->at, "\"%.*s\" is not an id that begins with %s",
		       STR(str_head(*id, 64)), head);
}

static bool read_account_id(struct reader *r, const struct json *object, const char *name, str *id)
{
	const struct json *value = json_get(object, str_of(name));

	*id = json_is(value, JSON_STRING) ? value->text : (str){ 0 };
	return is_account_id(*id) || fail(r->err, ERR_SYNTAX, value ? value->at : object->at,
					     "\"%s\" is twelve digits, in quotation marks", name);
}

/* ---- policies. */

static bool read_policy(struct reader *r, const struct json *name, enum policy_kind kind,
	const struct document **document)
{
	bool scp = kind == POLICY_SCP;
	size_t max = scp ? LIMIT_SCP_CHARS : LIMIT_RCP_CHARS;
	const struct json *value = json_get(r->policies, name->text);
	struct document *read;
	str text;

	if (!value)
		return fail(r->err, ERR_SYNTAX, name->at, "there is no policy \"%.*s\"",
			STR(str_head(name->text, 64)));
	text = (str){ r->text.p + value->at, value->end - value->at };
	if (policy_size(text) > max)
		return fail(r->err, ERR_LIMIT, value->at,
			"\"%.*s\" has more than the %zu characters of a %s control policy",
			STR(name->text), max, scp ? "service" : "resource");
	if (!policy_from_json(r->arena, name->text, r->text, value, &read, r->err))
		return false;
	*document = read;
	if (policy_check(read, kind, r->err))
		return true;
	return fail(r->err, ERR_SYNTAX, r->err->at, "\"%.*s\" is not a %s: %.200s", STR(name->text),
		scp ? "service control policy" : "resource control policy",
		arena_copy(r->arena, str_of(r->err->text)).p);
}

static bool is_attached_before(const struct json *list, size_t n, str name)
{
	const struct json *before = list->first;

	for (size_t i = 0; i < n; i++, before = before->next)
		if (str_eq(before->text, name))
			return true;
	return false;
}

/* The list under "scps" or "rcps" of a root, unit or account, as one program. */
static bool read_attached(struct reader *r, const struct json *node, enum policy_kind kind,
	const struct program **program)
{
	bool scp = kind == POLICY_SCP;
	str full = scp ? S("FullAWSAccess") : S("RCPFullAWSAccess");
	const struct json *list = json_get(node, scp ? S("scps") : S("rcps"));
	const struct document *documents[LIMIT_ORGANIZATION_SCPS + LIMIT_ORGANIZATION_RCPS];
	const struct document **kept;
	size_t n = 0, max = scp ? LIMIT_ORGANIZATION_SCPS : LIMIT_ORGANIZATION_RCPS;
	bool allows_all = !list;
	size_t seen = 0;

	if (list && (!json_is(list, JSON_ARRAY) || list->count > max))
		return fail(r->err, ERR_SYNTAX, list->at,
			"at most %zu %s are attached to one place, as a list of their names", max,
			scp ? "SCPs" : "RCPs");
	if (scp && list && !list->count)
		return fail(r->err, ERR_SYNTAX, list->at,
			"one SCP at least is attached to every place: FullAWSAccess, if no other");
	JSON_EACH(name, list)
	{
		if (!json_is(name, JSON_STRING))
			return fail(r->err, ERR_SYNTAX, name->at, "a policy is given by its name");
		if (is_attached_before(list, seen++, name->text))
			return fail(r->err, ERR_SYNTAX, name->at,
				"\"%.*s\" is attached here already", STR(str_head(name->text, 64)));
		if (str_eq(name->text, full))
			allows_all = true;
		else if (!read_policy(r, name, kind, &documents[n]))
			return false;
		else
			n++;
	}
	if (!n) {
		*program = allows_all ? r->full : program_compile(r->arena, NULL, 0);
		return true;
	}
	kept = NEWS(r->arena, const struct document *, n + 1);
	memcpy(kept, documents, n * sizeof(*kept));
	if (allows_all && scp) {
		struct document *everything;

		if (!policy_parse(r->arena, full, S(FULL_ACCESS), &everything, r->err))
			return false;
		kept[n++] = everything;
	}
	*program = program_compile(r->arena, kept, n);
	return true;
}

static bool enter(struct reader *r, const struct json *node, str id)
{
	const struct program *scp, *rcp;

	if (!read_attached(r, node, POLICY_SCP, &scp) || !read_attached(r, node, POLICY_RCP, &rcp))
		return false;
	r->scp[r->depth] = (struct level){ .target = id, .program = scp };
	r->rcp[r->depth] = (struct level){ .target = id, .program = rcp };
	r->depth++;
	return true;
}

static const struct level *copy_levels(struct reader *r, const struct level *levels)
{
	struct level *copy = NEWS(r->arena, struct level, r->depth);

	memcpy(copy, levels, r->depth * sizeof(*copy));
	return copy;
}

/* ---- the tree. */

static void insert(struct reader *r, const struct member *member)
{
	struct organization *o = r->organization;
	size_t at = place(o, member->account_id);

	if (o->n == o->cap) {
		struct member *bigger;

		o->cap = o->cap ? o->cap * 2 : 64;
		bigger = NEWS(r->arena, struct member, o->cap);
		if (o->n)
			memcpy(bigger, o->members, o->n * sizeof(*bigger));
		o->members = bigger;
	}
	memmove(&o->members[at + 1], &o->members[at], (o->n - at) * sizeof(*o->members));
	o->members[at] = *member;
	o->n++;
}

static bool read_account(struct reader *r, const struct json *node)
{
	struct member member = { .path = r->path };

	if (!is_object(r, node, "an account") || !only_members(r, node, " id name scps rcps ") ||
		!read_account_id(r, node, "id", &member.account_id))
		return false;
	if (find(r->organization, member.account_id))
		return fail(r->err, ERR_SYNTAX, node->at, "account %.*s is there already",
			STR(member.account_id));
	member.manages = str_eq(member.account_id, r->organization->management_account);
	if (!enter(r, node, member.account_id))
		return false;
	member.scp = copy_levels(r, r->scp);
	member.rcp = copy_levels(r, r->rcp);
	member.nscp = member.nrcp = r->depth;
	r->depth--;
	insert(r, &member);
	return true;
}

static bool read_list(struct reader *r, const struct json *node, const char *name,
	const struct json **list)
{
	*list = json_get(node, str_of(name));
	return !*list || json_is(*list, JSON_ARRAY) ||
	       fail(r->err, ERR_SYNTAX, (*list)->at, "\"%s\" is a list", name);
}

/* A root (depth 0) or unit, and all that is in it; no deeper than AWS allows. */
static bool read_unit(struct reader *r, const struct json *node)
{
	const struct json *accounts, *units;
	bool root = r->depth == 0;
	str id, above = r->path;

	if (!is_object(r, node, root ? "the root" : "a unit") ||
		!only_members(r, node, " id name scps rcps accounts units ") ||
		!read_id(r, node, "id", root ? "r-" : "ou-", &id) ||
		!read_list(r, node, "accounts", &accounts) || !read_list(r, node, "units", &units))
		return false;
	if (r->depth > LIMIT_ORGANIZATION_DEPTH)
		return fail(r->err, ERR_LIMIT, node->at, "units are nested more than %d deep",
			LIMIT_ORGANIZATION_DEPTH);
	if (!enter(r, node, id))
		return false;
	r->path = arena_printf(r->arena, "%.*s%.*s/", STR(above), STR(id));
	JSON_EACH(account, accounts)
	{
		if (!read_account(r, account))
			return false;
	}
	JSON_EACH(unit, units)
	{
		if (!read_unit(r, unit))
			return false;
	}
	r->path = above;
	r->depth--;
	return true;
}

static bool read_all(struct reader *r, const struct json *root)
{
	struct organization *o = r->organization;
	const struct json *tree = json_get(root, S("root"));
	struct document *everything;
	const struct document *list[1];

	if (!policy_parse(r->arena, S("FullAWSAccess"), S(FULL_ACCESS), &everything, r->err))
		return false;
	list[0] = everything;
	r->full = program_compile(r->arena, list, 1);
	if (!is_object(r, root, "an organization") ||
		!only_members(r, root, " id managementAccount policies root ") ||
		!read_id(r, root, "id", "o-", &o->id) ||
		!read_account_id(r, root, "managementAccount", &o->management_account))
		return false;
	r->policies = json_get(root, S("policies"));
	if (r->policies && !is_object(r, r->policies, "\"policies\""))
		return false;
	if (!tree)
		return fail(r->err, ERR_SYNTAX, root->at, "\"root\" is missing");
	r->path = arena_printf(r->arena, "%.*s/", STR(o->id));
	if (!read_unit(r, tree))
		return false;
	return find(o, o->management_account) ||
	       fail(r->err, ERR_SYNTAX, json_get(root, S("managementAccount"))->at,
		       "the management account is not in the tree");
}

/* It lives as long as the account, in its arena: read once, at the start. */
bool account_join(struct account *account, str name, str text, struct err *err)
{
	struct arena *arena = &account->arena;
	struct organization *organization = NEW(arena, struct organization);
	struct reader r = { .arena = arena, .organization = organization, .err = err };
	struct json *root;

	r.text = arena_copy(arena, text);
	if (json_parse(arena, r.text, LIMIT_ORGANIZATION_BYTES, &root, err) && read_all(&r, root)) {
		account->organization = organization;
		return true;
	}
	err->source = text;
	err->name = name;
	return false;
}
