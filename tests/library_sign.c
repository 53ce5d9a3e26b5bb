/*
 * library_sign.c -- deputy_sign and deputy_verify, linked as a user links them.
 *
 * Facts: the signatures that AWS publishes: IAM User Guide, "Create a signed AWS API request"
 * (ListUsers), and Amazon S3 API Reference, "Authenticating Requests" (GET Object, in the header
 * and in the query); that a signature is good for 15 minutes, and a presigned URL for its own time.
 */
#include "tap.h"

#include <deputy.h>
#include <string.h>

static bool contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* ---- signing */

static const struct deputy_header list_users_headers[] = {
	{ "Content-Type", "application/x-www-form-urlencoded; charset=utf-8" },
	{ "Host", "iam.amazonaws.com" },
};
static const struct deputy_message list_users = { .method = "GET",
	.target = "/?Action=ListUsers&Version=2010-05-08",
	.headers = list_users_headers,
	.nheaders = 2 };
static const struct deputy_signer iam_signer = { .access_key_id = "AKIDEXAMPLE",
	.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	.region = "us-east-1",
	.service = "iam",
	.time_s = 1440938160 }; /* 2015-08-30 12:36:00 */

static const char *header(const struct deputy_signature *s, const char *name)
{
	for (size_t i = 0; i < s->nheaders; i++)
		if (!strcmp(s->headers[i].name, name))
			return s->headers[i].value;
	return "";
}

static void signs_list_users(void)
{
	const struct deputy_signature *s = deputy_sign(&list_users, &iam_signer, NULL);

	is(str_of(s->signature),
		S("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
		"AWS's ListUsers example: the signature");
	ok(contains(s->string_to_sign,
		   "\nf536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"),
		"... the hash of the canonical request");
	is(str_of(header(s, "Authorization")),
		S("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
		  "SignedHeaders=content-type;host;x-amz-date, Signature="
		  "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
		"... the header");
	is(str_of(header(s, "X-Amz-Date")), S("20150830T123600Z"), "... the date");
	deputy_signature_free(s);
}

static void signs_get_object(void)
{
	const struct deputy_header headers[] = { { "Host", "examplebucket.s3.amazonaws.com" },
		{ "Range", "bytes=0-9" } };
	struct deputy_message message = { "GET", "/test.txt", headers, 2, NULL, 0 };
	struct deputy_signer signer = { .access_key_id = "AKIAIOSFODNN7EXAMPLE",
		.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		.region = "us-east-1",
		.service = "s3",
		.time_s = 1369353600 }; /* 2013-05-24 */
	const struct deputy_signature *s = deputy_sign(&message, &signer, NULL);

	is(str_of(s->signature),
		S("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
		"S3's GET Object example: the signature");
	deputy_signature_free(s);
	signer.time_s = 951782400; /* 2000 was a leap year */
	s = deputy_sign(&message, &signer, NULL);
	is(str_of(header(s, "X-Amz-Date")), S("20000229T000000Z"), "the 29th of February");
	deputy_signature_free(s);
}

static void cannot_sign(struct deputy_message message, struct deputy_signer signer,
	const char *sentence)
{
	struct deputy_error error = { 0 };
	const struct deputy_signature *s = deputy_sign(&message, &signer, &error);

	ok(!s && error.code && contains(error.sentence, sentence), "not signed: %s",
		error.sentence);
	deputy_signature_free(s);
}

#define UNSIGNABLE(what, value, sentence)                   \
	do {                                                \
		struct deputy_message message = list_users; \
		struct deputy_signer signer = iam_signer;   \
		what = (value);                             \
		cannot_sign(message, signer, sentence);     \
	} while (0)

static void refuses_to_sign(void)
{
	const struct deputy_header injected[] = { { "Host", "h" }, { "A", "b\r\nHost: other" } };
	const struct deputy_header two[] = { { "Host", "h" }, { "host", "other" } };

	UNSIGNABLE(message.method, "GET /", "method");
	UNSIGNABLE(message.method, NULL, "method");
	UNSIGNABLE(message.target, "Action=ListUsers", "target");
	UNSIGNABLE(message.target, "/ HTTP/1.1\r\nHost: other", "target");
	UNSIGNABLE(message.nheaders, 1, "Host");
	UNSIGNABLE(message.nheaders, 101, "headers");
	UNSIGNABLE(message.headers, NULL, "NULL");
	UNSIGNABLE(message.headers, injected, "header");
	UNSIGNABLE(message.headers, two, "one Host");
	UNSIGNABLE(message.body_size, 1, "NULL");
	UNSIGNABLE(signer.access_key_id, "AKID/20150830", "access_key_id");
	UNSIGNABLE(signer.secret_access_key, "", "secret_access_key");
	UNSIGNABLE(signer.region, "us/east", "region");
	UNSIGNABLE(signer.service, NULL, "service");
	UNSIGNABLE(signer.session_token, "a\nb", "session_token");
	UNSIGNABLE(signer.time_s, -1, "time_s");
	UNSIGNABLE(signer.time_s, INT64_MAX, "time_s");
	ok(!deputy_sign(NULL, &iam_signer, NULL) && !deputy_sign(&list_users, NULL, NULL),
		"nothing is not signed");
}

/* ---- verifying */

struct keys {
	const char *id, *secret, *token;
	int asked;
};

static bool find_key(void *context, const struct deputy_claim *claim, struct deputy_secret *secret)
{
	struct keys *keys = context;

	keys->asked++;
	*secret = (struct deputy_secret){ keys->secret, keys->token };
	return !strcmp(claim->access_key_id, keys->id);
}

static struct deputy_verdict verify(const struct deputy_message *message, struct keys *keys,
	const char *service, int64_t time_s)
{
	struct deputy_verifier verifier = { service, time_s, find_key, keys };
	struct deputy_verdict verdict;
	bool verified = deputy_verify(message, &verifier, &verdict);

	if (verified != verdict.verified || verified != (verdict.fault == DEPUTY_FAULT_NONE) ||
		verified != (verdict.sentence[0] == '\0'))
		ok(false, "answer and verdict differ");
	return verdict;
}

static void faulty(const struct deputy_message *message, struct keys keys, int64_t time_s,
	enum deputy_fault fault, const char *what)
{
	struct deputy_verdict verdict;

	keys.asked = 0;
	verdict = verify(message, &keys, "iam", time_s);
	ok(verdict.fault == fault && !verdict.access_key_id[0], "%s: %s", what, verdict.sentence);
	ok(keys.asked == (fault == DEPUTY_FAULT_KEY || fault == DEPUTY_FAULT_MISMATCH),
		"... and the key is asked for only where it matters");
}

static const struct keys good_keys = { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	NULL, 0 };

static void verifies_times(const struct deputy_message *message)
{
	int64_t now = iam_signer.time_s;
	struct keys keys = good_keys;

	ok(verify(message, &keys, "iam", now + 900).verified, "valid for 15 minutes");
	ok(verify(message, &keys, "iam", now - 900).verified, "by clocks that are 15 minutes late");
	faulty(message, good_keys, now + 901, DEPUTY_FAULT_EXPIRED, "a second more");
	faulty(message, good_keys, now - 901, DEPUTY_FAULT_NOT_YET, "a second earlier");
	ok(!verify(message, &keys, "iam", INT64_MAX).verified, "no clock is that late");
	ok(!verify(message, &keys, NULL, now).verified, "no service, no verdict");
	ok(verify(message, &keys, "sts", now).fault == DEPUTY_FAULT_SCOPE, "another service");
	ok(!deputy_verify(message, NULL, NULL), "no verifier");
}

static void verifies_changes(const struct deputy_message *message)
{
	int64_t now = iam_signer.time_s;
	struct keys keys = good_keys;
	struct deputy_message changed = *message;

	changed.target = "/?Action=ListRoles&Version=2010-05-08";
	faulty(&changed, good_keys, now, DEPUTY_FAULT_MISMATCH, "another target");
	changed = *message;
	changed.method = "POST";
	faulty(&changed, good_keys, now, DEPUTY_FAULT_MISMATCH, "another method");
	changed = *message;
	changed.body = "x";
	changed.body_size = 1;
	faulty(&changed, good_keys, now, DEPUTY_FAULT_MISMATCH, "another body");
	keys.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEz";
	faulty(message, keys, now, DEPUTY_FAULT_MISMATCH, "another secret");
	keys = good_keys;
	keys.id = "AKIDOTHER";
	faulty(message, keys, now, DEPUTY_FAULT_KEY, "another key");
	keys = good_keys;
	keys.secret = NULL;
	faulty(message, keys, now, DEPUTY_FAULT_KEY, "a key without a secret");
	keys = good_keys;
	keys.token = "issued";
	faulty(message, keys, now, DEPUTY_FAULT_KEY, "a temporary key without its token");
	faulty(&list_users, good_keys, now, DEPUTY_FAULT_MISSING, "not signed");
	changed = *message;
	changed.target = "no path";
	faulty(&changed, good_keys, now, DEPUTY_FAULT_MESSAGE, "no HTTP request");
}

static void verifies(void)
{
	const struct deputy_signature *s = deputy_sign(&list_users, &iam_signer, NULL);
	struct deputy_message message = list_users;
	struct keys keys = good_keys;
	struct deputy_verdict verdict = { 0 };

	ok(!verdict.verified && verdict.fault != DEPUTY_FAULT_NONE, "{0} of a verdict is no");
	message.headers = s->headers;
	message.nheaders = s->nheaders;
	verdict = verify(&message, &keys, "iam", iam_signer.time_s);
	ok(verdict.verified, "what was signed is verified %s", verdict.sentence);
	is(str_of(verdict.access_key_id), S("AKIDEXAMPLE"), "... and who signed it is known");
	is(str_of(verdict.region), S("us-east-1"), "... and for which region");
	verifies_times(&message);
	verifies_changes(&message);
	deputy_signature_free(s);
}

static void verifies_tokens(void)
{
	struct deputy_signer signer = iam_signer;
	const struct deputy_signature *s;
	struct deputy_message message = list_users;
	struct keys keys = good_keys;

	signer.session_token = "issued";
	s = deputy_sign(&list_users, &signer, NULL);
	message.headers = s->headers;
	message.nheaders = s->nheaders;
	keys.token = "issued";
	ok(verify(&message, &keys, "iam", signer.time_s).verified,
		"a temporary key with its token");
	keys.token = "issueD";
	faulty(&message, keys, signer.time_s, DEPUTY_FAULT_KEY, "with another token");
	keys.token = NULL;
	faulty(&message, keys, signer.time_s, DEPUTY_FAULT_KEY, "a long-term key with a token");
	deputy_signature_free(s);
}

/* S3's example of a presigned URL, which lives for a day. */
static void verifies_presigned(void)
{
	const struct deputy_header host = { "Host", "examplebucket.s3.amazonaws.com" };
	struct deputy_message message = { .method = "GET",
		.target =
			"/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
			"AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&"
			"X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
			"X-Amz-Signature="
			"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
		.headers = &host,
		.nheaders = 1 };
	struct keys keys = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		NULL, 0 };

	ok(verify(&message, &keys, "s3", 1369353600 + 86400).verified,
		"S3's presigned example is verified on its last second");
	ok(verify(&message, &keys, "s3", 1369353600 + 86401).fault == DEPUTY_FAULT_EXPIRED,
		"and has expired on the next");
	message.method = "PUT";
	ok(verify(&message, &keys, "s3", 1369353600).fault == DEPUTY_FAULT_MISMATCH,
		"it is for GET only");
}

int main(void)
{
	signs_list_users();
	signs_get_object();
	refuses_to_sign();
	verifies();
	verifies_tokens();
	verifies_presigned();
	return tap_done();
}
