/*
 * explain.c -- `deputy explain`: one decision as a story.
 *
 * The request is a case of iam-eval/1 in a file or on standard input, or is put
 * together from options. Either way it is decided by the same engine as the
 * account's requests.
 */
#include "base/os.h"
#include "cli/policies.h"

static const struct option_row options[] = {
	{ "principal", "ARN", "who asks: an ARN, a service, or \"anonymous\"" },
	{ "action", "ACTION", "what for: s3:GetObject" },
	{ "resource", "ARN", "on what; without it, \"*\"" },
	{ "resource-account", "ID", "whose it is, where its ARN does not say" },
	{ "context", "KEY=VALUE...", "a condition key; may be given again" },
	POLICY_OPTIONS,
	{ "json", NULL, "the answer as JSON" },
};

/* ---- the request from options */

/* KEY=VALUE, or KEY=["a","b"] for a multi-valued key. */
static bool read_key(struct arena *arena, str word, struct context_key *key, struct err *err)
{
	str value, *values;
	struct json *list;

	if (!str_cut(word, '=', &key->key, &value) || key->key.n == 0)
		return fail(err, ERR_USAGE, 0, "\"%.*s\" is no context key: KEY=VALUE was expected",
			STR(word));
	if (!str_starts(value, S("["))) {
		values = NEW(arena, str);
		*values = value;
		key->values = values;
		key->n = 1;
		return true;
	}
	if (!json_parse(arena, value, LIMIT_JSON_BYTES, &list, err))
		return fail(err, ERR_USAGE, 0,
			"%.*s: a value that begins with [ is a JSON list: %.*s", STR(key->key),
			STR(arena_printf(arena, "%s", err->text)));
	values = NEWS(arena, str, list->count);
	key->values = values;
	key->multi = true;
	JSON_EACH(item, list)
	{
		if (item->type != JSON_STRING)
			return fail(err, ERR_USAGE, 0, "%.*s: the values of a list are strings",
				STR(key->key));
		values[key->n++] = item->text;
	}
	return true;
}

/* The key is the request's last. Of two writings of one, one would silently count. */
static bool add_key(struct arena *arena, str word, struct request *request,
	struct context_key *keys, struct err *err)
{
	struct context_key key = { 0 };

	if (!read_key(arena, word, &key, err))
		return false;
	for (size_t i = 0; i < request->ncontext; i++)
		if (str_eq_nocase(keys[i].key, key.key))
			return fail(err, ERR_USAGE, 0, "the context key %.*s is given twice",
				STR(key.key));
	keys[request->ncontext++] = key;
	return true;
}

static bool read_context(struct arena *arena, const struct arguments *arguments,
	struct request *request, struct err *err)
{
	struct context_key *keys =
		NEWS(arena, struct context_key, arguments->ngiven + arguments->nwords + 1);
	str given;

	request->context = keys;
	for (size_t i = 0; (given = option_value_at(arguments, "context", i)).p; i++)
		if (!add_key(arena, given, request, keys, err))
			return false;
	for (size_t i = 0; i < arguments->nwords; i++)
		if (!add_key(arena, str_of(arguments->words[i]), request, keys, err))
			return false;
	return true;
}

static bool case_from_options(struct arena *arena, const struct arguments *arguments,
	const struct eval_shared *shared, struct eval_case *c, struct err *err)
{
	struct request *request = &c->request;
	str principal = option_value(arguments, "principal");

	if (!caller_parse(principal, &request->caller))
		return fail(err, ERR_USAGE, 0,
			"--principal: \"%.*s\" is not the ARN of a user, role, assumed role, "
			"federated user or root, not a service, and not \"anonymous\"",
			STR(principal));
	request->action = option_value(arguments, "action");
	request->resource = option_value(arguments, "resource");
	request->resource_account = option_value(arguments, "resource-account");
	if (request->resource.n == 0)
		request->resource = S("*");
	if (str_find(request->action, S(":")) == SIZE_MAX)
		return fail(err, ERR_USAGE, 0,
			"--action: expected an action such as s3:GetObject, found \"%.*s\"",
			STR(request->action));
	if (!read_context(arena, arguments, request, err))
		return false;
	context_derive(arena, request);
	c->layers = (struct layers){ .identity = shared->programs[LAYER_IDENTITY],
		.resource = shared->programs[LAYER_RESOURCE],
		.boundary = shared->programs[LAYER_BOUNDARY],
		.session = shared->programs[LAYER_SESSION],
		.endpoint = shared->programs[LAYER_ENDPOINT],
		.scp = shared->scp,
		.nscp = shared->nscp,
		.rcp = shared->rcp,
		.nrcp = shared->nrcp };
	decide_trace(arena, &c->layers, request, &c->trace);
	return true;
}

/* ---- the request from a case */

static bool case_from_file(struct arena *arena, const struct arguments *arguments,
	const struct eval_shared *shared, struct eval_case *c, struct err *err)
{
	str path = arguments->nwords ? str_of(arguments->words[0]) : S("-"), text;
	struct json *value, *answer;

	if (arguments->nwords > 1)
		return fail(err, ERR_USAGE, 0, "explain reads one case; eval reads many");
	if (!file_read(arena, path, LIMIT_JSON_BYTES, &text, err))
		return false;
	err->name = str_eq(path, S("-")) ? S("standard input") : path;
	err->source = text;
	return json_parse(arena, text, LIMIT_JSON_BYTES, &value, err) &&
	       eval_run(arena, text, value, shared, c, &answer, err);
}

/* ---- the answer */

static struct json *place(struct arena *arena, const struct document *document,
	const struct statement *statement)
{
	struct json *object = json_new(arena, JSON_OBJECT);
	size_t line, column;

	str_place(document->text, statement->at, &line, &column);
	json_put_str(arena, object, S("policy"), document->name);
	if (statement->sid.p)
		json_put_str(arena, object, S("sid"), statement->sid);
	json_put_int(arena, object, S("index"), (int64_t)statement->index);
	json_put_int(arena, object, S("line"), (int64_t)line);
	json_put_int(arena, object, S("column"), (int64_t)column);
	json_put_str(arena, object, S("text"),
		(str){ document->text.p + statement->at, statement->end - statement->at });
	return object;
}

static void print_json(struct arena *arena, const struct eval_case *c)
{
	struct buf out = { .arena = arena };
	const struct decision *d = &c->trace.decision;
	const struct finding *near = trace_nearest(&c->trace);
	struct json *answer = eval_answer(arena, c);

	json_remove(answer, S("id"));
	json_put_str(arena, answer, S("reason"), explain_short(arena, &c->request, &c->trace));
	if (d->statement)
		json_put(answer, S("statement"), place(arena, d->document, d->statement));
	else if (near)
		json_put(answer, S("nearest"), place(arena, near->document, near->statement));
	json_write_pretty(&out, answer);
	buf_char(&out, '\n');
	out_str(buf_view(&out));
}

static void print_story(struct arena *arena, const struct eval_case *c)
{
	struct buf out = { .arena = arena };

	explain(&out, &c->request, &c->trace, out_is_terminal() && env_get("NO_COLOR").n == 0);
	out_str(buf_view(&out));
}

static bool run(struct arena *arena, const struct arguments *arguments, struct err *err)
{
	bool by_options = option_given(arguments, "principal") || option_given(arguments, "action");
	struct eval_shared shared;
	struct eval_case c = { 0 };

	if (!policies_read(arena, arguments, &shared, err))
		return false;
	if (!(by_options ? case_from_options(arena, arguments, &shared, &c, err)
			 : case_from_file(arena, arguments, &shared, &c, err)))
		return false;
	if (option_given(arguments, "json"))
		print_json(arena, &c);
	else
		print_story(arena, &c);
	return true;
}

const struct command command_explain = {
	.name = "explain",
	.usage = "explain [OPTION]... [FILE | KEY=VALUE...]",
	.summary = "tell one decision as a story",
	.about =
		"Decides one request and tells why: which policies were asked, which statement "
		"settled\n"
		"it, and for a denial which statement came nearest and what would have to change.\n"
		"\n"
		"The request is a case of iam-eval/1 (deputy(5)) in FILE or on standard input, or "
		"it\n"
		"is made from --principal, --action, --resource and --context; then further words\n"
		"are context keys too. KEY=[\"a\",\"b\"] is a multi-valued key.",
	.example = "$ deputy explain --identity policy.json --action eks:CreateCluster \\\n"
		   "    --principal arn:aws:iam::111122223333:role/zilliz-byoc-app \\\n"
		   "    --resource arn:aws:eks:us-west-2:111122223333:cluster/zilliz-byoc-1 \\\n"
		   "    --context aws:RequestTag/Vendor=zilliz-byoc\n",
	.options = options,
	.noptions = COUNT(options),
	.run = run,
};
