/*
 * apply.c -- the document's two steps, as the administrator's API calls.
 *
 * Each checks everything first and then sends one call; what AWS refuses is
 * told with AWS's code and sentence.
 */
#include "grant/grant.h"

#include <string.h>

static bool call(struct arena *arena, struct client *client, const struct credentials *credentials,
	const struct api_call *what, struct api_answer *answer, struct err *err)
{
	if (!client_call(arena, client, credentials, what, answer, err))
		return false;
	if (!answer->ok)
		return fail(err, ERR_REMOTE, 0, "%.*s was refused: %.*s: %.*s",
			STR(what->operation), STR(answer->code), STR(answer->message));
	return true;
}

bool grant_create_role(struct arena *arena, struct client *client,
	const struct credentials *administrator, const struct grant *grant, str *role_arn,
	struct err *err)
{
	struct json *input = json_new(arena, JSON_OBJECT);
	struct api_call create = { .service = S("iam"),
		.operation = S("CreateRole"),
		.input = input };
	struct api_answer answer;

	if (!grant_check(grant, err))
		return false;
	json_put_str(arena, input, S("RoleName"), grant->role_name);
	json_put_str(arena, input, S("AssumeRolePolicyDocument"), grant_trust_policy(arena, grant));
	if (!call(arena, client, administrator, &create, &answer, err))
		return false;
	*role_arn = json_str(json_get(answer.output, S("Role")), S("Arn"));
	if (role_arn->n == 0)
		return fail(err, ERR_REMOTE, 0, "CreateRole answered without the role's ARN");
	return true;
}

bool grant_put_policy(struct arena *arena, struct client *client,
	const struct credentials *administrator, const struct grant *grant, struct err *err)
{
	struct json *input = json_new(arena, JSON_OBJECT);
	struct api_call put = { .service = S("iam"),
		.operation = S("PutRolePolicy"),
		.input = input };
	struct api_answer answer;
	str text;

	if (!grant_check(grant, err) || !grant_permissions(arena, grant, &text, err))
		return false;
	json_put_str(arena, input, S("RoleName"), grant->role_name);
	json_put_str(arena, input, S("PolicyName"), grant->policy_name);
	json_put_str(arena, input, S("PolicyDocument"), text);
	return call(arena, client, administrator, &put, &answer, err);
}
