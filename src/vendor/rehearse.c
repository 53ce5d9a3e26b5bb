/*
 * rehearse.c -- the vendor's bootstrap and its neighbours, through the customer's role.
 *
 * data/rehearsal.json has a row for each call: what is sent, the (action,
 * resource) pair that decides, and what AWS does, with the page that says so.
 * Three answers must agree for each: that expectation, what the endpoint did,
 * and what our engine says of the pair. A refusal must also name that pair.
 */
#include "policy/policy.h"
#include "vendor/vendor.h"

#include <string.h>

static const char table[] =
#include "gen/rehearsal.json.inc"
	;

/* ---- placeholders: {name} becomes facts.name in every string of a row */

static bool fill(struct arena *arena, const struct json *facts, str text, str *out, struct err *err)
{
	struct buf filled = { .arena = arena };
	str before, rest, name, after;
	const struct json *fact;

	while (str_cut(text, '{', &before, &rest) && str_cut(rest, '}', &name, &after)) {
		fact = json_get(facts, name);
		if (!fact)
			return fail(err, ERR_INTERNAL, 0,
				"data/rehearsal.json: nothing fills {%.*s}", STR(name));
		buf_str(&filled, before);
		buf_str(&filled, fact->text);
		text = after;
	}
	buf_str(&filled, text);
	*out = buf_view(&filled);
	return true;
}

/* What follows `value` in a walk over the tree under `root`. */
static struct json *next_in_tree(const struct json *root, struct json *value)
{
	if (value->first)
		return value->first;
	while (value != root && !value->next)
		value = value->parent;
	return value == root ? NULL : value->next;
}

static bool fill_tree(struct arena *arena, const struct json *facts, struct json *root,
	struct err *err)
{
	for (struct json *value = root; value; value = next_in_tree(root, value))
		if (value->type == JSON_STRING &&
			!fill(arena, facts, value->text, &value->text, err))
			return false;
	return true;
}

/* ---- one call */

static bool send(struct arena *arena, const struct rehearsal *r, const struct json *row,
	struct api_answer *answer, struct err *err)
{
	bool customer = json_get(row, S("by")) != NULL;
	struct api_call call = {
		.method = json_str(row, S("method")),
		.target = json_str(row, S("target")),
		.input = json_get(row, S("input")),
	};

	if (!str_cut(json_str(row, S("call")), ' ', &call.service, &call.operation))
		return fail(err, ERR_INTERNAL, 0, "data/rehearsal.json: a call needs two words");
	return client_call(arena, r->vendor->client, customer ? &r->administrator : &r->session,
		&call, answer, err);
}

/* Keeps values of the answer for later rows: {"template":"launchTemplate.launchTemplateId"}. */
static bool save(struct arena *arena, struct json *facts, const struct json *row,
	const struct json *output, struct err *err)
{
	JSON_EACH(wanted, json_get(row, S("save")))
	{
		const struct json *value = output;
		str rest = wanted->text, name;

		while (str_cut(rest, '.', &name, &rest))
			value = json_get(value, name);
		value = json_get(value, rest);
		if (!value)
			return fail(err, ERR_REMOTE, 0, "%.*s answered without %.*s",
				STR(json_str(row, S("call"))), STR(wanted->text));
		json_put_str(arena, facts, wanted->name, value->text);
	}
	return true;
}

/* ---- what it came to */

static enum effect effect_of(str word)
{
	return str_eq(word, S("Allow"))          ? ALLOW
	       : str_eq(word, S("ExplicitDeny")) ? DENY_EXPLICIT
						 : DENY_IMPLICIT;
}

/* Did the endpoint refuse for lack of permission, as each service says it? */
static bool is_denial(const struct api_answer *answer)
{
	static const str codes[] = { SC("AccessDenied"), SC("AccessDeniedException"),
		SC("UnauthorizedOperation") };

	for (size_t i = 0; i < COUNT(codes); i++)
		if (str_eq(answer->code, codes[i]))
			return true;
	return answer->status == 403 && answer->body.n == 0; /* HEAD has no body to say it in */
}

static bool is_dry_run(const struct api_answer *answer)
{
	return str_eq(answer->code, S("DryRunOperation"));
}

/* What stands in `text` between `before` and the next space or the end; {0}: no `before`. */
static str word_after(str text, str before)
{
	size_t at = str_find(text, before);
	str word, rest;

	if (at == SIZE_MAX)
		return (str){ 0 };
	text = str_from(text, at + before.n);
	if (!str_cut(text, ' ', &word, &rest))
		word = text;
	while (word.n && strchr("\".", word.p[word.n - 1]))
		word.n--;
	return word.n && word.p[0] == '"' ? str_from(word, 1) : word;
}

/* Does AWS's sentence name the pair that the row says decides? EC2 names no resource where
 * there is only "*", and an answer to HEAD names nothing. Leaves row->resource as AWS named it. */
static bool names_pair(const struct api_answer *answer, struct rehearsal_row *row)
{
	str action = word_after(answer->message, S("not authorized to perform: "));
	str resource = word_after(answer->message, S("on resource: "));

	if (answer->body.n == 0)
		return true;
	if (!str_eq(action, row->action))
		return false;
	if (resource.n == 0)
		return str_eq(row->resource, S("*"));
	if (!pattern_match(row->resource, resource))
		return false;
	row->resource = resource;
	return true;
}

static struct context_key *read_context(struct arena *arena, const struct json *context, size_t *n)
{
	struct context_key *keys =
		NEWS(arena, struct context_key, context ? context->count + 1 : 1);

	*n = 0;
	JSON_EACH(member, context)
	{
		bool multi = member->type == JSON_ARRAY;
		str *values = NEWS(arena, str, multi ? member->count + 1 : 1);
		size_t count = 0;

		if (!multi)
			values[count++] = member->text;
		JSON_EACH(item, member)
		values[count++] = item->text;
		keys[(*n)++] = (struct context_key){ .key = member->name,
			.values = values,
			.n = count,
			.multi = multi };
	}
	return keys;
}

/* The engine's own decision of the pair, and its words. */
static bool ask_engine(struct arena *arena, const struct rehearsal *r,
	const struct program *program, const struct json *json_row, struct rehearsal_row *row,
	struct err *err)
{
	struct layers layers = { .identity = program };
	struct request request = {
		.action = row->action,
		.resource = row->resource,
		.no_resource_types = str_eq(row->resource, S("*")),
	};
	struct trace trace;

	if (!caller_parse(r->session_arn, &request.caller))
		return fail(err, ERR_INTERNAL, 0, "\"%.*s\" is no session", STR(r->session_arn));
	request.context = read_context(arena, json_get(json_row, S("context")), &request.ncontext);
	request.resource_account = request.caller.account;
	context_derive(arena, &request);
	decide_trace(arena, &layers, &request, &trace);
	row->engine = trace.decision.effect;
	if (trace.decision.statement)
		row->decided_by = trace.decision.statement->sid;
	else
		row->reason = explain_short(arena, &request, &trace);
	return true;
}

static bool judge(struct arena *arena, const struct rehearsal *r, const struct program *program,
	const struct json *json_row, const struct api_answer *answer, struct rehearsal_row *row,
	struct err *err)
{
	bool named;

	row->statement = json_str(json_row, S("statement"));
	row->action = json_str(json_row, S("action"));
	row->resource = json_str(json_row, S("resource"));
	row->remark = json_str(json_row, S("remark"));
	row->expected = effect_of(json_str(json_row, S("expect")));
	row->code = answer->code;
	row->message = answer->message;
	row->decided = answer->ok || is_dry_run(answer) ? ALLOW : DENY_IMPLICIT;
	if (str_find(answer->message, S("explicit deny")) != SIZE_MAX)
		row->decided = DENY_EXPLICIT;
	named = row->decided == ALLOW || (is_denial(answer) && names_pair(answer, row));
	if (!ask_engine(arena, r, program, json_row, row, err))
		return false;
	row->as_aws = named && row->decided == row->expected && row->engine == row->expected;
	return true;
}

static bool rehearse_row(struct arena *arena, struct rehearsal *r, const struct program *program,
	struct json *json_row, struct rehearsal_row *row, struct err *err)
{
	struct api_answer answer;

	row->phase = json_str(json_row, S("phase"));
	if (row->phase.n)
		return true;
	row->words = json_str(json_row, S("words"));
	row->by_customer = json_get(json_row, S("by")) != NULL;
	if (!fill_tree(arena, r->facts, json_row, err) || !send(arena, r, json_row, &answer, err))
		return false;
	if (answer.ok && !save(arena, r->facts, json_row, answer.output, err))
		return false;
	if (!row->by_customer)
		return judge(arena, r, program, json_row, &answer, row, err);
	row->as_aws = true;
	if (!answer.ok)
		return fail(err, ERR_REMOTE, 0, "the customer's %.*s was refused: %.*s: %.*s",
			STR(json_str(json_row, S("call"))), STR(answer.code), STR(answer.message));
	return true;
}

bool vendor_rehearse(struct arena *arena, struct rehearsal *rehearsal, rehearsal_sink *sink,
	void *context, struct err *err)
{
	const struct document *documents[1];
	struct document *document;
	struct program *program;
	struct json *rows;

	if (!policy_parse(arena, S("the role's policy"), rehearsal->policy, &document, err) ||
		!json_parse(arena, (str){ table, sizeof(table) - 1 }, LIMIT_JSON_BYTES, &rows, err))
		return false;
	documents[0] = document;
	program = program_compile(arena, documents, 1);
	for (struct json *json_row = rows->first; json_row; json_row = json_row->next) {
		struct rehearsal_row row = { 0 };

		if (!rehearse_row(arena, rehearsal, program, json_row, &row, err))
			return false;
		sink(context, &row);
	}
	return true;
}
