/*
 * policies.c -- reads the policies that options name, one program a layer.
 */
#include "cli/policies.h"

#include "base/os.h"

static const struct {
	const char *option;
	enum layer layer;
} options[] = {
	{ "identity", LAYER_IDENTITY },
	{ "trust", LAYER_RESOURCE },
	{ "resource-policy", LAYER_RESOURCE },
	{ "resource", LAYER_RESOURCE }, /* of eval */
	{ "boundary", LAYER_BOUNDARY },
	{ "session", LAYER_SESSION },
	{ "endpoint", LAYER_ENDPOINT },
};

static bool read_one(struct arena *arena, str path, const struct document **document,
	struct err *err)
{
	struct document *parsed;
	str text;

	if (!file_read(arena, path, LIMIT_POLICY_BYTES, &text, err))
		return false;
	err->name = path;
	if (!policy_parse(arena, path, text, &parsed, err))
		return false;
	err->name = err->source = (str){ 0 };
	*document = parsed;
	return true;
}

/* Given, and meant as a file here: explain's --resource is what is asked for. */
static bool is_given(const struct arguments *arguments, const char *option)
{
	for (size_t i = 0; i < arguments->nrows; i++)
		if (str_eq(str_of(arguments->rows[i].name), str_of(option)) &&
			!str_eq(str_of(arguments->rows[i].argument), S("FILE")))
			return false;
	return option_given(arguments, option);
}

/* Each file that `option` names is a level of the organization, the root's first. */
static bool read_levels(struct arena *arena, const struct arguments *arguments, const char *option,
	const struct level **levels, size_t *n, struct err *err)
{
	struct level *level = NEWS(arena, struct level, arguments->ngiven + 1);
	const struct document *document;
	str path;

	for (*n = 0; (path = option_value_at(arguments, option, *n)).p; (*n)++) {
		if (!read_one(arena, path, &document, err))
			return false;
		level[*n] = (struct level){ path, program_compile(arena, &document, 1) };
	}
	*levels = level;
	return true;
}

bool policies_read(struct arena *arena, const struct arguments *arguments,
	struct eval_shared *shared, struct err *err)
{
	*shared = (struct eval_shared){ 0 };
	for (size_t i = 0; i < COUNT(options); i++) {
		enum layer layer = options[i].layer;
		const struct document **list;

		if (!is_given(arguments, options[i].option))
			continue;
		if (shared->n[layer])
			return fail(err, ERR_USAGE, 0,
				"--trust and --resource-policy name the same place: give one of "
				"them");
		list = NEW(arena, const struct document *);
		if (!read_one(arena, option_value(arguments, options[i].option), list, err))
			return false;
		shared->documents[layer] = list;
		shared->n[layer] = 1;
		shared->programs[layer] = program_compile(arena, list, 1);
	}
	return read_levels(arena, arguments, "scp", &shared->scp, &shared->nscp, err) &&
	       read_levels(arena, arguments, "rcp", &shared->rcp, &shared->nrcp, err);
}
