/*
 * sts_policy.c -- session policies: what a session may do at most.
 *
 * One policy in the call itself and up to ten managed ones, by ARN; any of them may allow, and
 * together they limit what the role or user may do [S-93, S-97]. A managed policy is looked up
 * again with each request: a new default version counts at once, and one that was deleted allows
 * nothing any more.
 *
 * AWS packs policies and tags into the token, in a form it does not publish, and says how full
 * that is. Ours is the length of their texts over 4,096 bytes: the same limit in spirit, not the
 * same number.
 */
#include "account/sts.h"

enum { PACKED_MAX_BYTES = 4096 };

/* ---- reading. */

/* PolicyArns.member.1.arn=... */
static bool read_arns(struct call *call, struct words *arns)
{
	const struct json *list = json_get(call->input, S("PolicyArns"));

	*arns = (struct words){ 0 };
	if (!list || (list->type == JSON_STRING && !list->text.n))
		return true;
	if (list->type != JSON_ARRAY || list->count > LIMIT_SESSION_POLICY_ARNS)
		return refuse(call, FAULT_VALIDATION,
			"1 validation error detected: Value at 'policyArns' failed to satisfy "
			"constraint: Member must have length less than or equal to %d",
			LIMIT_SESSION_POLICY_ARNS);
	arns->item = NEWS(call->arena, struct word, list->count);
	JSON_EACH(item, list)
	{
		str arn = json_str(item, S("arn"));

		if (arn.n < 20 || arn.n > 2048)
			return refuse(call, FAULT_VALIDATION,
				"1 validation error detected: Value '%.*s' at "
				"'policyArns.%zu.member.arn' failed to satisfy constraint: Member "
				"must have length %s than or equal to %d",
				STR(str_head(arn, 64)), arns->n + 1,
				arn.n < 20 ? "greater" : "less", arn.n < 20 ? 20 : 2048);
		arns->item[arns->n++].text = arn;
	}
	return true;
}

bool sts_read_policies(struct call *call, struct wanted *wanted)
{
	return get_text(call, S("Policy"), &wanted->policy) &&
	       read_arns(call, &wanted->policy_arns);
}

/* ---- checking. */

static size_t policy_bytes(const struct wanted *wanted)
{
	size_t n = wanted->policy.n;

	for (size_t i = 0; i < wanted->policy_arns.n; i++)
		n += wanted->policy_arns.item[i].text.n;
	return n;
}

static size_t tag_bytes(const struct wanted *wanted)
{
	size_t n = 0;

	JSON_EACH(tag, wanted->tags)
	n += tag->name.n + tag->text.n + 2;
	return n;
}

static unsigned percent_of(size_t bytes)
{
	return (unsigned)((bytes * 100 + PACKED_MAX_BYTES - 1) / PACKED_MAX_BYTES);
}

unsigned sts_packed_percent(const struct wanted *wanted)
{
	return percent_of(policy_bytes(wanted) + tag_bytes(wanted));
}

static bool check_size(struct call *call, const struct wanted *wanted)
{
	size_t policies = policy_bytes(wanted), tags = tag_bytes(wanted);

	if (policies > LIMIT_SESSION_POLICY_CHARS)
		return refuse(call, FAULT_PACKED_POLICY_TOO_LARGE,
			"Packed policy consumes %zu%% of allotted space, please use smaller "
			"policy.",
			(policies * 100 + LIMIT_SESSION_POLICY_CHARS - 1) /
				LIMIT_SESSION_POLICY_CHARS);
	if (policies + tags > PACKED_MAX_BYTES)
		return refuse(call, FAULT_PACKED_POLICY_TOO_LARGE,
			"Packed size of session tags consumes %u%% of allotted space.",
			percent_of(policies + tags));
	return true;
}

bool sts_check_policies(struct call *call, const struct wanted *wanted, str account_id)
{
	struct document *document;

	if (!check_size(call, wanted))
		return false;
	for (size_t i = 0; i < wanted->policy_arns.n; i++) {
		str arn = wanted->policy_arns.item[i].text;

		if (!find_policy(call->account, account_id, arn))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Policy %.*s does not exist or is not attachable.", STR(arn));
	}
	return !wanted->policy.n || read_document(call, POLICY_SESSION, wanted->policy, &document);
}

/* ---- what they allow. */

const struct program *everything_program(struct arena *arena)
{
	const struct document **list = NEWS(arena, const struct document *, 1);
	struct document *document;
	struct err err;

	if (!policy_parse(arena, S("everything"),
		    S("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		      "\"Action\":\"*\",\"Resource\":\"*\"}]}"),
		    &document, &err))
		return program_compile(arena, NULL, 0);
	list[0] = document;
	return program_compile(arena, list, 1);
}

static bool parse_own(struct call *call, str text, struct document **document)
{
	struct err err;

	return policy_parse(call->arena, S("session policy"), text, document, &err) ||
	       refuse(call, FAULT_INTERNAL, "The session policy could not be read.");
}

bool session_program(struct call *call, const struct session *session,
	const struct program **program)
{
	const struct words *arns = &session->policy_arns;
	const struct document **list = NEWS(call->arena, const struct document *, arns->n + 1);
	struct document *own;
	size_t n = 0;

	*program = NULL;
	if (!session->policy.n && !arns->n)
		return true;
	if (session->policy.n) {
		if (!parse_own(call, session->policy, &own))
			return false;
		list[n++] = own;
	}
	for (size_t i = 0; i < arns->n; i++) {
		const struct record *policy =
			find_policy(call->account, session->account_id, arns->item[i].text);

		if (policy && policy->ndocuments)
			list[n++] = policy->documents[0];
	}
	*program = program_compile(call->arena, list, n);
	return true;
}
