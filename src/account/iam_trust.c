/*
 * iam_trust.c -- trust policies: who may become a role.
 *
 * A principal that names a role or user means the one that exists when the policy is written:
 * AWS keeps its unique id, so that somebody who deletes it and makes another of the same name
 * gets nothing [S-80]. We keep the text as it was given and, beside it, the unique id of each
 * role and user that it names (TrustIds). When an ARN no longer belongs to its id, the id takes
 * the ARN's place in the text, as AWS shows it, and that text is what decides.
 *
 * Principals of accounts that are not hosted here cannot be looked up and are taken as given.
 */
#include "account/iam.h"

static bool malformed(struct call *call, const char *sentence)
{
	return refuse(call, FAULT_MALFORMED_POLICY, "%s", sentence);
}

bool read_document(struct call *call, enum policy_kind kind, str text, struct document **document)
{
	const char *no_json = kind == POLICY_TRUST ? "This policy contains invalid Json"
						   : "Syntax errors in policy.";
	struct json *root;
	struct err err;

	if (!json_parse(call->arena, text, LIMIT_POLICY_BYTES, &root, &err))
		return malformed(call, no_json);
	if (!policy_from_json(call->arena, S("policy"), text, root, document, &err))
		return malformed(call, "Syntax errors in policy.");
	return policy_check(*document, kind, &err) || malformed(call, err.text);
}

/* ---- principals. */

str principal_id(const struct account *account, str arn)
{
	const struct record *record = find_by_arn(account, "role", arn);

	if (record)
		return json_str(record->value, S("RoleId"));
	record = find_by_arn(account, "user", arn);
	return record ? json_str(record->value, S("UserId")) : (str){ 0 };
}

/* arn:aws:sts::A:assumed-role/NAME/SESSION: is there such a role? */
static bool has_role_of_session(const struct account *account, str account_id, str resource)
{
	SMALL_ARENA(scratch, 256);
	str type, name, session;
	bool found = str_cut(resource, '/', &type, &name) && str_cut(name, '/', &name, &session) &&
		     record_get(account, iam_key(&scratch, account_id, "role", name)) != NULL;

	arena_free(&scratch);
	return found;
}

static bool is_known(const struct account *account, str text, str *id)
{
	struct arn arn;
	str resource, account_id;

	*id = (str){ 0 };
	if (is_account_id(text))
		return true;
	if (!arn_parse(text, &arn) || !is_account_id(arn.part[ARN_ACCOUNT]) ||
		!str_eq(arn.part[ARN_PARTITION], S("aws")) ||
		!(str_eq(arn.part[ARN_SERVICE], S("iam")) ||
			str_eq(arn.part[ARN_SERVICE], S("sts"))))
		return false;
	resource = arn.part[ARN_RESOURCE];
	account_id = arn.part[ARN_ACCOUNT];
	if (str_eq(resource, S("root")) || !is_hosted(account, account_id) ||
		str_starts(resource, S("federated-user/")))
		return true;
	if (str_starts(resource, S("assumed-role/")))
		return has_role_of_session(account, account_id, resource);
	*id = principal_id(account, text);
	return id->n != 0;
}

static bool check_principals(struct call *call, const struct statement *statement, struct json *ids)
{
	for (size_t i = 0; i < statement->nprincipals; i++) {
		const struct principal *principal = &statement->principals[i];
		str id;

		if (principal->type != PRINCIPAL_AWS)
			continue;
		if (!is_known(call->account, principal->text, &id))
			return refuse(call, FAULT_MALFORMED_POLICY,
				"Invalid principal in policy: \"AWS\":\"%.*s\"",
				STR(principal->text));
		if (id.n)
			json_put_str(call->arena, ids, principal->text, id);
	}
	return true;
}

bool check_trust(struct call *call, str text, struct json **ids)
{
	struct document *document;

	*ids = json_new(call->arena, JSON_OBJECT);
	if (!read_document(call, POLICY_TRUST, text, &document))
		return false;
	for (size_t i = 0; i < document->nstatements; i++)
		if (!check_principals(call, &document->statements[i], *ids))
			return false;
	if (policy_size(text) > LIMIT_TRUST_CHARS)
		return refuse(call, FAULT_LIMIT_EXCEEDED,
			"Cannot exceed quota for ACLSizePerRole: %d", LIMIT_TRUST_CHARS);
	return true;
}

/* ---- what a trust policy means today. */

/* Behind the closing quote of the JSON string that starts at `at`. */
static size_t string_end(str text, size_t at)
{
	for (at++; at < text.n && text.p[at] != '"'; at++)
		if (text.p[at] == '\\')
			at++;
	return at + 1;
}

static str replaced(struct arena *arena, str text, const struct document *document,
	const struct json *stale)
{
	struct buf out = { .arena = arena };
	size_t done = 0;

	for (size_t i = 0; i < document->nstatements; i++) {
		const struct statement *statement = &document->statements[i];

		for (size_t k = 0; k < statement->nprincipals; k++) {
			const struct principal *principal = &statement->principals[k];
			str id = json_str(stale, principal->text);

			if (!id.n || principal->at < done)
				continue;
			buf_str(&out, (str){ text.p + done, principal->at - done });
			json_write_str(&out, id);
			done = string_end(text, principal->at);
		}
	}
	buf_str(&out, str_from(text, done));
	return buf_view(&out);
}

str trust_text(struct arena *arena, const struct account *account, const struct json *role)
{
	str text = json_str(role, S("AssumeRolePolicyDocument"));
	struct json *stale = json_new(arena, JSON_OBJECT);
	struct document *document;
	struct err err;

	JSON_EACH(id, json_get(role, S("TrustIds")))
	{
		if (!str_eq(principal_id(account, id->name), id->text))
			json_put_str(arena, stale, id->name, id->text);
	}
	if (!stale->count || !policy_parse(arena, S("trust policy"), text, &document, &err))
		return text;
	return replaced(arena, text, document, stale);
}

const struct program *trust_program(struct arena *arena, const struct account *account,
	const struct record *role)
{
	str text = trust_text(arena, account, role->value);
	const struct document **list = NEWS(arena, const struct document *, 1);
	struct document *document;
	struct err err;

	if (text.p == json_str(role->value, S("AssumeRolePolicyDocument")).p)
		return role->trust;
	if (!policy_parse(arena, S("trust policy"), text, &document, &err))
		return program_compile(arena, NULL, 0); /* it trusts nobody */
	list[0] = document;
	return program_compile(arena, list, 1);
}
