/*
 * grant.c -- what the customer types, and what must be refused before anything is sent.
 *
 * Facts: the document ("This is not the external ID you copied"; the prefix; {bucketName}), the
 * STS API Reference (ExternalId, 2 to 1224 characters of [\w+=,.@:\/-]), the Amazon S3 User Guide
 * ("Bucket naming rules").
 */
#include "grant/grant.h"

#include "tap.h"
#include "vendor/vendor.h"

#include <string.h>

static const char permissions[] =
#include "gen/zilliz-byoc-cross-account.json.inc"
	;

static struct grant good_grant(void)
{
	return (struct grant){
		.vendor_account = S("965570967084"),
		.external_id = S("cid-0123456789abcdefghijklmno"),
		.role_name = S("zilliz-byoc-cross-account"),
		.policy_name = S("zilliz-byoc-bootstrap"),
		.prefix = S("zilliz-byoc"),
		.bucket = S("acme-milvus"),
		.permissions = { permissions, sizeof(permissions) - 1 },
	};
}

static void refused(struct grant grant, const char *words, const char *sentence)
{
	struct err err = { 0 };
	bool good = grant_check(&grant, &err);

	ok(!good && err.code == ERR_REFUSED, "%s is refused", words);
	ok(str_find(str_of(err.text), str_of(sentence)) != SIZE_MAX, "... saying \"%s\" (%s)",
		sentence, err.text);
}

#define REFUSED(member, value, words, sentence)      \
	do {                                         \
		struct grant changed = good_grant(); \
		changed.member = (value);            \
		refused(changed, words, sentence);   \
	} while (0)

static void mistakes(struct arena *arena)
{
	struct grant grant = good_grant();
	struct err err = { 0 };
	char *longest = NEWS(arena, char, 1300);

	memset(longest, 'a', 1299);
	ok(grant_check(&grant, &err), "the document's values are fine: %s", err.text);
	REFUSED(vendor_account, grant.external_id, "the External ID as account ID",
		"the account ID belongs here");
	REFUSED(external_id, grant.vendor_account, "the account ID as External ID",
		"the External ID belongs here");
	REFUSED(vendor_account, S("9655-7096-7084"), "an account ID with dashes", "12 digits");
	REFUSED(vendor_account, S("*"), "everybody as account", "12 digits");
	REFUSED(vendor_account, S(""), "no account", "12 digits");
	REFUSED(external_id, S(""), "no External ID", "Without one");
	REFUSED(external_id, S("x"), "an External ID of one character", "AWS takes 2 to 1224");
	REFUSED(external_id, str_head((str){ longest, 1299 }, 1225), "one of 1225", "2 to 1224");
	REFUSED(external_id, S("cid-0123456789abcdefghijklmno "), "a space behind it",
		"character 30");
	REFUSED(external_id, S("cid-\"},{"), "JSON in it", "character 5");
	REFUSED(role_name, S("cross-account"), "a role without the prefix",
		"must start with the prefix");
	REFUSED(role_name, S("Zilliz-BYOC-role"), "the prefix in another case", "must start with");
	REFUSED(role_name, S("zilliz-byoc/role"), "a slash in the name", "character 12");
	REFUSED(policy_name, S("bootstrap"), "a policy without the prefix",
		"must start with the prefix");
	REFUSED(bucket, S("{bucketName}"), "the placeholder as bucket", "your bucket's name");
	REFUSED(bucket, S("*"), "every bucket", "3 to 63");
	REFUSED(bucket, S("acme*"), "a pattern of buckets", "character 5");
	REFUSED(bucket, S("Acme"), "a bucket in capitals", "character 1");
	REFUSED(bucket, S("acme/key"), "an object", "character 5");
	REFUSED(bucket, S("-acme"), "a hyphen in front", "start and end");
}

/* Exactly what "Another AWS account" with "Require external ID" makes in AWS's console (IAM User
 * Guide, "Access to AWS accounts owned by third parties"). */
static void trust_policy(struct arena *arena)
{
	struct grant grant = good_grant();
	struct err err = { 0 };
	struct json *got = NULL, *want = NULL;

	ok(json_parse(arena, grant_trust_policy(arena, &grant), LIMIT_POLICY_BYTES, &got, &err) &&
			json_parse(arena,
				S("{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": "
				  "\"Allow\","
				  "\"Action\": \"sts:AssumeRole\", \"Principal\": {\"AWS\": "
				  "\"arn:aws:iam::965570967084:root\"}, \"Condition\": "
				  "{\"StringEquals\": "
				  "{\"sts:ExternalId\": \"cid-0123456789abcdefghijklmno\"}}}]}"),
				LIMIT_POLICY_BYTES, &want, &err) &&
			json_same(got, want),
		"Another AWS account, with Require external ID");
}

/* Byte for byte the document's policy, but for the bucket's name. */
static void policy_text(struct arena *arena)
{
	struct grant grant = good_grant();
	str original = { permissions, sizeof(permissions) - 1 }, text, before, after;
	size_t at = str_find(original, S("{bucketName}"));
	struct err err = { 0 };

	if (!ok(grant_permissions(arena, &grant, &text, &err), "the document's policy: %s",
		    err.text))
		return;
	before = str_head(original, at);
	after = str_from(original, at + S("{bucketName}").n);
	is(str_head(text, at), before, "what stands before the name is unchanged");
	ok(str_starts(str_from(text, at), S("acme-milvus\"")), "the name is filled in");
	is(str_from(text, at + grant.bucket.n), after, "what stands behind it is unchanged");

	grant.permissions = S("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
			      "\"Resource\":\"arn:aws:s3:::{otherName}/*\"}}");
	ok(!grant_permissions(arena, &grant, &text, &err) && err.code == ERR_REFUSED,
		"another placeholder is refused");
	is(str_head(str_from(err.source, err.at), 11), S("{otherName}"), "... where it stands");
	grant.permissions = S("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
			      "\"Resource\":\"arn:aws:s3:::b/${aws:username}\"}}");
	ok(grant_permissions(arena, &grant, &text, &err), "a policy variable is none");
}

static void external_ids(struct arena *arena)
{
	str a = external_id_new(arena), b = external_id_new(arena);
	bool alphabet = true;

	for (size_t i = 4; i < a.n; i++)
		alphabet = alphabet && ascii_alnum(a.p[i]) && a.p[i] == ascii_lower(a.p[i]);
	ok(a.n == 29 && str_starts(a, S("cid-")) && alphabet,
		"cid- and 25 lower-case letters or digits");
	ok(!str_eq(a, b), "and never the same twice");
}

int main(void)
{
	struct arena arena = { 0 };

	mistakes(&arena);
	trust_policy(&arena);
	policy_text(&arena);
	external_ids(&arena);
	arena_free(&arena);
	return tap_done();
}
