/*
 * compile.c -- documents become one immutable program.
 *
 * Each statement is a rule. Rules are found by the action asked for: a hash
 * table has a chain for each action that is named in full ("iam:passrole") and
 * one for each service of a pattern ("ec2:describe*" under "ec2:"); what may
 * concern any action (a star, NotAction) is in a list of its own. A request
 * looks at two chains and that list, whatever else the program holds.
 */
#include "engine/program.h"

#include <string.h>

uint32_t hash_lower(str text)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ (unsigned char)ascii_lower(text.p[i])) * 16777619u;
	return hash;
}

/* ---- actions */

static bool has_space_or_comma(str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == ',')
			return true;
	return false;
}

static void action_compile(struct arena *arena, str text, struct action *action)
{
	str service, name;

	/* wildcards are all that is special, no variables [S-22, S-23] */
	*action = (struct action){ .pattern = arena_lower(arena, text), .any = only_stars(text) };
	if (action->any) { /* [S-16] */
		action->valid = true;
		return;
	}
	if (!str_cut(action->pattern, ':', &service, &name))
		return;
	/* no wildcard in the service [S-18]; a name, one, without spaces [S-19] */
	action->valid = service.n && name.n && !has_wildcard(service) && !has_space_or_comma(text);
	action->literal = !has_wildcard(name);
}

/* ---- resources */

/* Where the segment that starts at `at` ends: at a colon, or at the end of the text. */
static size_t segment_end(str text, size_t at)
{
	size_t n = str_find(str_from(text, at), S(":"));

	return n == SIZE_MAX ? text.n : at + n;
}

/*
 * "arn:aws:s3:::bucket/..." is five segments and the rest. A short ARN is fewer: with a star at
 * its end, that segment takes all that follows [S-27]; without, what is missing is open [S-28].
 */
static void target_compile(struct arena *arena, str text, bool variables, struct target *target)
{
	size_t at = 0, end = 0, dollar = variables ? str_find(text, S("${")) : SIZE_MAX;

	*target = (struct target){ .kind = TARGET_NONE };
	if (only_stars(text)) { /* [S-24] */
		target->kind = TARGET_ANY;
		return;
	}
	if (!str_starts(text, S("arn:")))
		return;
	target->kind = TARGET_ARN;
	while (target->nsegments < 5 && (end = segment_end(text, at)) < text.n) {
		target->segment[target->nsegments++] = (str){ text.p + at, end - at };
		at = end + 1;
	}
	if (dollar < at || (dollar != SIZE_MAX && target->nsegments < 5))
		target->kind = TARGET_UNRESOLVABLE; /* only behind the fifth colon [S-38] */
	target->open = target->nsegments < 5 && !str_ends(text, S("*"));
	template_compile(arena, str_from(text, at), variables, &target->rest);
}

/* ---- rules */

static void rule_compile(struct arena *arena, const struct document *d, const struct statement *s,
	struct rule *rule)
{
	*rule = (struct rule){ .document = d,
		.statement = s,
		.nactions = s->actions.n,
		.ntargets = s->resources.n,
		.ntests = s->nconditions };
	rule->actions = NEWS(arena, struct action, rule->nactions);
	rule->targets = NEWS(arena, struct target, rule->ntargets);
	rule->tests = NEWS(arena, struct test, rule->ntests);
	for (size_t i = 0; i < rule->nactions; i++)
		action_compile(arena, s->actions.item[i].text, &rule->actions[i]);
	for (size_t i = 0; i < rule->ntargets; i++)
		target_compile(arena, s->resources.item[i].text, d->version_2012,
			&rule->targets[i]);
	for (size_t i = 0; i < rule->ntests; i++)
		test_compile(arena, &s->conditions[i], d->version_2012, &rule->tests[i]);
}

/* ---- the index */

static str service_of(str pattern)
{
	return str_head(pattern, str_find(pattern, S(":")) + 1);
}

static void index_action(struct program *program, uint32_t rule, const struct action *action)
{
	struct entry *entry;

	if (!action->valid || action->any)
		return;
	entry = &program->entries[program->nentries++];
	*entry = (struct entry){ .rule = rule, .action = action };
	entry->hash = hash_lower(action->literal ? action->pattern : service_of(action->pattern));
}

static void index_rule(struct program *program, uint32_t number)
{
	const struct rule *rule = &program->rules[number];
	bool anywhere = rule->statement->not_action;

	for (size_t i = 0; i < rule->nactions; i++)
		anywhere |= rule->actions[i].any;
	if (anywhere)
		program->everywhere[program->neverywhere++] = number;
	for (size_t i = 0; i < rule->nactions && !anywhere; i++)
		index_action(program, number, &rule->actions[i]);
}

/* Chains are built from their ends, so that they are in the order of the rules. */
static void link_entries(struct arena *arena, struct program *program)
{
	size_t size = 4;

	while (size < program->nentries * 2)
		size *= 2;
	program->heads = NEWS(arena, uint32_t, size);
	program->mask = size - 1;
	for (size_t i = program->nentries; i-- > 0;) {
		uint32_t *head = &program->heads[program->entries[i].hash & program->mask];

		program->entries[i].next = *head;
		*head = (uint32_t)i + 1;
	}
}

struct program *program_compile(struct arena *arena, const struct document *const *documents,
	size_t n)
{
	struct program *program = NEW(arena, struct program);
	size_t nactions = 0;

	for (size_t i = 0; i < n; i++)
		program->nrules += documents[i]->nstatements;
	program->rules = NEWS(arena, struct rule, program->nrules);
	program->nrules = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < documents[i]->nstatements; k++) {
			struct rule *rule = &program->rules[program->nrules++];

			rule_compile(arena, documents[i], &documents[i]->statements[k], rule);
			nactions += rule->nactions;
		}
	program->entries = NEWS(arena, struct entry, nactions);
	program->everywhere = NEWS(arena, uint32_t, program->nrules);
	for (size_t i = 0; i < program->nrules; i++)
		index_rule(program, (uint32_t)i);
	link_entries(arena, program);
	return program;
}
