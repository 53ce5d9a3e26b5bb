/*
 * check.c -- what the administrator typed, looked at before anything is sent.
 *
 * The document warns "This is not the external ID you copied": the two boxes
 * stand side by side in AWS's console, and a role that trusts the wrong account
 * is an open door. So each value must look like what belongs there.
 */
#include "grant/grant.h"

#include "policy/policy.h"

#include <string.h>

static const str placeholder = SC("{bucketName}");

static bool is_external_id_char(char c)
{
	return ascii_alnum(c) || (c && strchr("_+=,.@:/-", c));
}

static bool check_account(str account, str external_id, struct err *err)
{
	if (is_account_id(account))
		return true;
	if (str_eq(account, external_id) || str_starts(account, S("cid-")))
		return fail(err, ERR_REFUSED, 0,
			"\"%.*s\" is an External ID, and the account ID belongs here: the vendor's "
			"account, 12 digits",
			STR(str_head(account, 64)));
	return fail(err, ERR_REFUSED, 0,
		"\"%.*s\" is not an account ID: the vendor's account has 12 digits, without dashes",
		STR(str_head(account, 64)));
}

static bool check_external_id(str id, struct err *err)
{
	if (is_account_id(id))
		return fail(err, ERR_REFUSED, 0,
			"\"%.*s\" is an account ID, and the External ID belongs here: the one that "
			"the "
			"vendor's console shows for your project",
			STR(id));
	if (id.n < LIMIT_EXTERNAL_ID_MIN || id.n > LIMIT_EXTERNAL_ID_MAX)
		return fail(err, ERR_REFUSED, 0,
			"the External ID has %zu characters; AWS takes %d to %d. Without one, "
			"every customer "
			"of the vendor could be reached through this role",
			id.n, LIMIT_EXTERNAL_ID_MIN, LIMIT_EXTERNAL_ID_MAX);
	for (size_t i = 0; i < id.n; i++)
		if (!is_external_id_char(id.p[i]))
			return fail(err, ERR_REFUSED, 0,
				"character %zu of the External ID is not one that AWS takes: "
				"letters, digits "
				"and _+=,.@:/- (was a space copied with it?)",
				i + 1);
	return true;
}

/* Of a role or a policy. */
static bool check_name(const char *what, str name, str prefix, size_t longest, struct err *err)
{
	if (name.n == 0 || name.n > longest)
		return fail(err, ERR_REFUSED, 0,
			"the %s's name has %zu characters; AWS takes 1 to %zu", what, name.n,
			longest);
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_alnum(name.p[i]) && !(name.p[i] && strchr("_+=,.@-", name.p[i])))
			return fail(err, ERR_REFUSED, 0,
				"character %zu of the %s's name is not one that AWS takes: "
				"letters, digits "
				"and _+=,.@-",
				i + 1, what);
	if (!str_starts(name, prefix))
		return fail(err, ERR_REFUSED, 0,
			"the %s's name \"%.*s\" must start with the prefix \"%.*s\": the policy "
			"lets the "
			"vendor work on roles of that prefix only",
			what, STR(name), STR(prefix));
	return true;
}

/* Amazon S3 User Guide, "Bucket naming rules", as far as they concern the characters. */
static bool check_bucket(str bucket, struct err *err)
{
	if (str_eq(bucket, placeholder))
		return fail(err, ERR_REFUSED, 0,
			"{bucketName} stands for your bucket's name: give that");
	if (bucket.n < 3 || bucket.n > 63)
		return fail(err, ERR_REFUSED, 0,
			"the bucket's name has %zu characters; S3 takes 3 to 63", bucket.n);
	for (size_t i = 0; i < bucket.n; i++) {
		char c = bucket.p[i];

		if (c != ascii_lower(c) || (!ascii_alnum(c) && c != '-' && c != '.'))
			return fail(err, ERR_REFUSED, 0,
				"character %zu of the bucket's name is not one that S3 takes: "
				"lower-case "
				"letters, digits, dots and hyphens",
				i + 1);
	}
	if (!ascii_alnum(bucket.p[0]) || !ascii_alnum(bucket.p[bucket.n - 1]))
		return fail(err, ERR_REFUSED, 0,
			"the bucket's name must start and end with a letter or digit");
	return true;
}

bool grant_check(const struct grant *grant, struct err *err)
{
	return check_account(grant->vendor_account, grant->external_id, err) &&
	       check_external_id(grant->external_id, err) &&
	       check_name("role", grant->role_name, grant->prefix, 64, err) &&
	       check_name("policy", grant->policy_name, grant->prefix, 128, err) &&
	       check_bucket(grant->bucket, err);
}

/* ---- the two documents */

str grant_trust_policy(struct arena *arena, const struct grant *grant)
{
	struct buf out = { .arena = arena };

	buf_printf(&out,
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		"\"Principal\":{\"AWS\":\"arn:aws:iam::%.*s:root\"},\"Action\":\"sts:AssumeRole\","
		"\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":",
		STR(grant->vendor_account));
	json_write_str(&out, grant->external_id);
	buf_str(&out, S("}}}]}"));
	return buf_view(&out);
}

static str replace_all(struct arena *arena, str text, str from, str to)
{
	struct buf out = { .arena = arena };
	size_t at;

	while ((at = str_find(text, from)) != SIZE_MAX) {
		buf_str(&out, str_head(text, at));
		buf_str(&out, to);
		text = str_from(text, at + from.n);
	}
	buf_str(&out, text);
	return buf_view(&out);
}

/* A "{word}" inside one of the policy's strings, which nobody replaced. Policy variables, "${…}",
 * are none. */
static bool find_placeholder(str text, size_t *at)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t end = i + 1;

		if (text.p[i] != '{' || (i && text.p[i - 1] == '$'))
			continue;
		while (end < text.n && (ascii_alnum(text.p[end]) || text.p[end] == '_'))
			end++;
		if (end > i + 1 && end < text.n && text.p[end] == '}') {
			*at = i;
			return true;
		}
	}
	return false;
}

bool grant_permissions(struct arena *arena, const struct grant *grant, str *text, struct err *err)
{
	struct document *document;
	size_t at;

	*text = replace_all(arena, grant->permissions, placeholder, grant->bucket);
	err->source = *text;
	if (find_placeholder(*text, &at))
		return fail(err, ERR_REFUSED, at,
			"a placeholder still stands in the policy: \"%.*s\"; replace it before the "
			"policy is "
			"added",
			STR(str_head(str_from(*text, at), 40)));
	return policy_parse(arena, grant->policy_name, *text, &document, err) &&
	       policy_check(document, POLICY_IDENTITY, err);
}
