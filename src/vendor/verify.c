/*
 * verify.c -- External IDs, and the proof that a role asks for the right one.
 *
 * A role that lets the vendor in with the right External ID proves nothing: it
 * would also do so if the customer forgot the condition. So the attempts that
 * must fail matter most, and that they fail alike: a text that differed would
 * tell a stranger how close the guess was.
 */
#include "base/crypto.h"
#include "vendor/vendor.h"

#include <string.h>

str external_id_new(struct arena *arena)
{
	str letters = S("abcdefghijklmnopqrstuvwxyz0123456789");

	return arena_printf(arena, "cid-%s", random_text(arena, letters, 25).p);
}

bool vendor_assume(struct arena *arena, struct client *client, const struct credentials *caller,
	str role_arn, str session_name, str external_id, struct api_answer *answer,
	struct credentials *session, struct err *err)
{
	struct json *input = json_new(arena, JSON_OBJECT);
	struct api_call call = { .service = S("sts"),
		.operation = S("AssumeRole"),
		.input = input };
	const struct json *given;

	json_put_str(arena, input, S("RoleArn"), role_arn);
	json_put_str(arena, input, S("RoleSessionName"), session_name);
	if (external_id.p)
		json_put_str(arena, input, S("ExternalId"), external_id);
	if (!client_call(arena, client, caller, &call, answer, err))
		return false;
	given = json_get(answer->output, S("Credentials"));
	*session = (struct credentials){
		.access_key_id = json_str(given, S("AccessKeyId")),
		.secret_access_key = json_str(given, S("SecretAccessKey")),
		.session_token = json_str(given, S("SessionToken")),
	};
	if (answer->ok && session->session_token.n == 0)
		return fail(err, ERR_NETWORK, 0, "AssumeRole answered without credentials");
	return true;
}

/* The same text with its first letter in the other case. */
static str other_case(struct arena *arena, str id)
{
	str copy = arena_copy(arena, id);
	char *p = NEWS(arena, char, id.n + 1);

	memcpy(p, copy.p, copy.n);
	for (size_t i = 0; i < id.n; i++) {
		if (p[i] < 'a' || p[i] > 'z')
			continue;
		p[i] = (char)(p[i] - 'a' + 'A');
		break;
	}
	return (str){ p, id.n };
}

static bool is_proof(const struct attempt *attempt, str denial)
{
	if (attempt->may != attempt->did)
		return false;
	if (attempt->may)
		return true;
	if (attempt->malformed)
		return str_eq(attempt->code, S("ValidationError"));
	return str_eq(attempt->code, S("AccessDenied")) && str_eq(attempt->message, denial);
}

static bool all_prove(const struct attempt attempts[ATTEMPTS])
{
	for (size_t i = 0; i < ATTEMPTS; i++)
		if (!is_proof(&attempts[i], attempts[1].message))
			return false;
	return true;
}

bool vendor_verify(struct arena *arena, const struct vendor *vendor, str another_projects_id,
	struct attempt attempts[ATTEMPTS], struct credentials *session, bool *proven,
	struct err *err)
{
	str id = vendor->external_id;
	const struct attempt plan[ATTEMPTS] = {
		{ .words = "with the right External ID", .external_id = id, .may = true },
		{ .words = "with no External ID" },
		{ .words = "with a wrong one", .external_id = external_id_new(arena) },
		{ .words = "with one in another letter case",
			.external_id = other_case(arena, id) },
		{ .words = "with a space behind it",
			.external_id = arena_printf(arena, "%.*s ", STR(id)),
			.malformed = true },
		{ .words = "with another project's", .external_id = another_projects_id },
	};

	for (size_t i = 0; i < ATTEMPTS; i++) {
		struct credentials unused = { 0 }, *got = i == 0 ? session : &unused;
		struct api_answer answer;

		attempts[i] = plan[i];
		if (!vendor_assume(arena, vendor->client, &vendor->session, vendor->role_arn,
			    S("zilliz-byoc-verify"), plan[i].external_id, &answer, got, err))
			return false;
		attempts[i].did = answer.ok;
		attempts[i].code = answer.code;
		attempts[i].message = answer.message;
	}
	*proven = all_prove(attempts);
	return true;
}
