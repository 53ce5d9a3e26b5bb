/*
 * managed.c -- the policies that AWS itself keeps: a few built in, more from a folder.
 *
 * They become records of an account called "aws", in memory only, of the same form as a
 * customer's policies, so that everything that reads those reads these. What makes them AWS's is
 * their ARN: nobody may change them [S-138].
 *
 * A file of the folder is what GetPolicyVersion answers; its name is the policy's. The path is
 * that of the sub-folder, else what our tables know of the name, else none.
 */
#include "account/account.h"

#include "base/os.h"

enum { MANAGED_FILE_BYTES = 1 << 20, FOLDER_DEPTH = 2 };

static const char built_in[] =
#include "gen/managed_policies.json.inc"
	;

/* AWS's ids are not published; ours depend on the ARN, so that they stay. */
static str policy_id(struct arena *arena, str arn)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char hash[SHA256_BYTES];
	char text[17];

	sha256(arn, hash);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = letters[hash[i] & 31];
	return arena_printf(arena, "ANPA%.17s", text);
}

static struct json *version_json(struct arena *arena, const struct json *given)
{
	struct json *version = json_new(arena, JSON_OBJECT);
	struct buf text = { .arena = arena };

	json_write(&text, json_get(given, S("Document")));
	json_put_str(arena, version, S("VersionId"), json_str(given, S("VersionId")));
	json_put_str(arena, version, S("CreateDate"), json_str(given, S("CreateDate")));
	json_put_str(arena, version, S("Document"), buf_view(&text));
	return version;
}

/* `given`: VersionId, CreateDate, Document. */
static bool add_policy(struct account *account, str path, str name, const struct json *given,
	struct err *err)
{
	struct arena arena = { 0 };
	struct json *policy = json_new(&arena, JSON_OBJECT);
	struct buf text = { .arena = &arena };
	str arn = arena_printf(&arena, "arn:aws:iam::aws:policy%.*s%.*s", STR(path), STR(name));
	bool good;

	json_put_str(&arena, policy, S("PolicyName"), name);
	json_put_str(&arena, policy, S("PolicyId"), policy_id(&arena, arn));
	json_put_str(&arena, policy, S("Arn"), arn);
	json_put_str(&arena, policy, S("Path"), path);
	json_put_str(&arena, policy, S("DefaultVersionId"), json_str(given, S("VersionId")));
	json_put_str(&arena, policy, S("CreateDate"), json_str(given, S("CreateDate")));
	json_put_str(&arena, policy, S("UpdateDate"), json_str(given, S("CreateDate")));
	json_push(json_put(policy, S("Versions"), json_new(&arena, JSON_ARRAY)),
		version_json(&arena, given));
	json_write(&text, policy);
	good = records_add(account, iam_key(&arena, S("aws"), "policy", name), buf_view(&text),
		err);
	arena_free(&arena);
	return good;
}

/* "aws-service-role/NAME" -> "/aws-service-role/" and NAME */
static void split(struct arena *arena, str key, str *path, str *name)
{
	str head = { 0 }, tail = key, before = { 0 };

	while (str_cut(tail, '/', &head, &tail))
		before = (str){ key.p, (size_t)(tail.p - key.p) };
	*name = tail;
	*path = arena_printf(arena, "/%.*s", STR(before));
}

bool managed_load(struct account *account, struct err *err)
{
	struct arena arena = { 0 };
	struct json *all;
	str text = { built_in, sizeof(built_in) - 1 }, path, name;
	bool good = json_parse(&arena, text, text.n, &all, err);

	JSON_EACH(policy, good ? all : NULL)
	{
		split(&arena, policy->name, &path, &name);
		good = good && add_policy(account, path, name, policy, err);
	}
	arena_free(&arena);
	return good;
}

/* ---- a folder. */

static const struct {
	str name, path;
} known[] = {
#define ROW(name, path) { SC(name), SC(path) },
#include "gen/managed_paths.inc"
#undef ROW
};

static const str linked[] = {
#define ROW(service, role, policy, suffix) SC(policy),
#include "gen/linked_roles.inc"
#undef ROW
};

static str known_path(str name)
{
	str path, last;

	for (size_t i = 0; i < COUNT(known); i++)
		if (str_eq(known[i].name, name))
			return known[i].path;
	for (size_t i = 0; i < COUNT(linked); i++)
		if (str_cut(linked[i], '/', &path, &last) && str_eq(last, name))
			return S("/aws-service-role/");
	return S("/");
}

static bool is_name(str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_alnum(name.p[i]) &&
			str_find(S("+=,.@_-"), (str){ name.p + i, 1 }) == SIZE_MAX)
			return false;
	return name.n >= 1 && name.n <= 128;
}

static bool add_file(struct account *account, struct arena *arena, str file, str path, str name,
	struct err *err)
{
	struct json *root, *version;
	str text;

	if (!file_read(arena, file, MANAGED_FILE_BYTES, &text, err))
		return false;
	err->name = file;
	err->source = text;
	if (!json_parse(arena, text, MANAGED_FILE_BYTES, &root, err))
		return false;
	version = json_get(root, S("PolicyVersion"));
	if (!json_is(json_get(version, S("Document")), JSON_OBJECT) ||
		!json_str(version, S("VersionId")).n)
		return fail(err, ERR_SYNTAX, 0,
			"not what GetPolicyVersion answers: a PolicyVersion with VersionId and "
			"Document is missing");
	if (!is_name(name))
		return fail(err, ERR_SYNTAX, 0, "the file's name is not a policy's");
	if (!add_policy(account, path.n > 1 ? path : known_path(name), name, version, err)) {
		err->source = (str){ 0 }; /* the position is in the document, not in the file */
		return false;
	}
	err->name = err->source = (str){ 0 };
	return true;
}

/* `err` points into the arena: it is the account's. */
static bool add_folder(struct account *account, str folder, str path, int depth, struct err *err)
{
	struct arena *arena = &account->arena;
	str *names, file;
	size_t n;

	if (!dir_list(arena, folder, &names, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		file = arena_printf(arena, "%.*s/%.*s", STR(folder), STR(names[i]));
		if (str_ends(names[i], S(".json"))) {
			if (!add_file(account, arena, file, path,
				    str_head(names[i], names[i].n - 5), err))
				return false;
		} else if (depth < FOLDER_DEPTH && dir_exists(file)) {
			if (!add_folder(account, file,
				    arena_printf(arena, "%.*s%.*s/", STR(path), STR(names[i])),
				    depth + 1, err))
				return false;
		}
	}
	return true;
}

bool account_managed_policies(struct account *account, str folder, struct err *err)
{
	return add_folder(account, folder, S("/"), 0, err);
}
