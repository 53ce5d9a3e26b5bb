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

bool policies_read(struct arena *arena, const struct arguments *arguments,
	struct eval_shared *shared, struct err *err)
{
	*shared = (struct eval_shared){ 0 };
	for (size_t i = 0; i < COUNT(options); i++) {
		enum layer layer = options[i].layer;
		const struct document **list;

		if (!option_given(arguments, options[i].option))
			continue;
		if (shared->n[layer])
			return fail(err, ERR_USAGE, 0,
				"--trust and --resource-policy name the same thing: give one");
		list = NEW(arena, const struct document *);
		if (!read_one(arena, option_value(arguments, options[i].option), list, err))
			return false;
		shared->documents[layer] = list;
		shared->n[layer] = 1;
		shared->programs[layer] = program_compile(arena, list, 1);
	}
	return true;
}
