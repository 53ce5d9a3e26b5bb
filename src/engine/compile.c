/*
 * compile.c -- documents become one immutable program.
 *
 * Each statement is a rule. Rules are found by the action asked for: a hash
 * table has an entry for each action that is named in full ("iam:passrole") and
 * one for each pattern, under what is in front of its first wildcard
 * ("ec2:describe" for "ec2:Describe*"); what may concern any action (a star,
 * NotAction) is in a list of its own. A request looks itself up once in full and
 * once for each length of such beginnings, and at that list, whatever else the
 * program holds.
 */
#include "base/word.h"
#include "engine/program.h"

static uint64_t mixed(const char *p, uint64_t factor)
{
	return word_lower(word_at(p)) * factor;
}

/*
 * Up to 32 bytes are four words, the last two of which overlap the first, so that most actions
 * take the same way. What stands between, if there is more, is mixed in as it comes.
 */
static uint32_t hash_lower(str text)
{
	const char *p = text.p, *end = text.p + text.n;
	uint64_t hash = text.n;

	if (text.n < 8) {
		hash += word_lower(word_short(p, text.n)) * 0x9e3779b97f4a7c15;
		return (uint32_t)(hash ^ hash >> 32);
	}
	hash += mixed(p, 0x9e3779b97f4a7c15) + mixed(end - 8, 0xd1b54a32d192ed03);
	if (text.n > 16)
		hash ^= mixed(p + 8, 0xaef17502108ef2d9) + mixed(end - 16, 0xf1357aea2e62a9c5);
	for (size_t i = 16; i + 16 < text.n; i += 8)
		hash = (hash ^ hash >> 29) * 0x9e3779b97f4a7c15 + word_lower(word_at(p + i));
	hash ^= hash >> 32;
	return (uint32_t)(hash * 0x9e3779b97f4a7c15 >> 32);
}

/* A bit that takes no part in choosing the bucket of a small table tells them apart. */
uint32_t hash_action(str action)
{
	return hash_lower(action) | 1u << 31;
}

uint32_t hash_head(str head)
{
	return hash_lower(head) & ~(1u << 31);
}

/* ---- actions */

static bool has_space_or_comma(str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == ',')
			return true;
	return false;
}

/* Wildcards are all that is special, no variables [S-22, S-23]. */
static void action_compile(str text, struct action *action)
{
	str service, name;

	*action = (struct action){ .pattern = text, .head = (uint32_t)literal_head(text) };
	action->any = only_stars(text);
	if (action->any) { /* [S-16] */
		action->valid = true;
		return;
	}
	if (!str_cut(text, ':', &service, &name))
		return;
	/* no wildcard in the service [S-18]; a name, one, without spaces [S-19] */
	action->valid =
		service.n && name.n && action->head > service.n && !has_space_or_comma(text);
	action->literal = action->head == text.n;
	action->prefix = only_stars(str_from(text, action->head));
}

/* ---- resources */

/* Where the segment that starts at `at` ends: at a colon, or at the end of the text. */
static size_t segment_end(str text, size_t at)
{
	while (at < text.n && text.p[at] != ':')
		at++;
	return at;
}

/* Segment `i` is from `at` to `end`. Plain ones are compared at once, a lone star not at all. */
static void segment_compile(struct target *target, size_t i, size_t at, size_t end)
{
	str segment = { target->text + at, end - at };

	if (target->plain == at && literal_head(segment) == segment.n)
		target->plain = (uint32_t)end + 1;
	else if (!only_stars(segment))
		target->patterns |= (uint8_t)(1u << i);
}

static void rest_compile(struct arena *arena, bool variables, struct target *target)
{
	str rest = str_from((str){ target->text, target->n }, target->rest_at);
	struct template template;
	size_t known;

	template_compile(arena, rest, variables, &template);
	target->head = template.head;
	target->prefix = template.prefix;
	if (template.n) {
		struct template *kept = NEW(arena, struct template);

		*kept = template;
		target->variables = kept;
		return;
	}
	known = target->head < 8 ? target->head : 8;
	if (target->nsegments < 5)
		return;
	memcpy(&target->first, rest.p, known);
	memset(&target->mask, 0xff, known);
}

/*
 * "arn:aws:s3:::bucket/..." is five segments and the rest. A short ARN is fewer: with a star at
 * its end, that segment takes all that follows [S-27]; without, what is missing is open [S-28].
 */
static void target_compile(struct arena *arena, str text, bool variables, struct target *target)
{
	size_t at = 0, end = 0, dollar = variables ? str_find(text, S("${")) : SIZE_MAX;

	*target = (struct target){ .text = text.p, .n = (uint32_t)text.n };
	if (only_stars(text)) { /* [S-24] */
		target->kind = TARGET_ANY;
		return;
	}
	if (!str_starts(text, S("arn:")))
		return;
	target->kind = TARGET_ARN;
	while (target->nsegments < 5 && (end = segment_end(text, at)) < text.n) {
		segment_compile(target, target->nsegments++, at, end);
		at = end + 1;
	}
	target->rest_at = (uint32_t)at;
	if (dollar < at || (dollar != SIZE_MAX && target->nsegments < 5))
		target->kind = TARGET_UNRESOLVABLE; /* only behind the fifth colon [S-38] */
	target->open = target->nsegments < 5 && !str_ends(text, S("*"));
	rest_compile(arena, variables, target);
}

/* ---- rules */

static void rule_compile(struct arena *arena, const struct document *d, const struct statement *s,
	struct rule *rule)
{
	*rule = (struct rule){ .document = d,
		.statement = s,
		.nactions = (uint32_t)s->actions.n,
		.ntargets = (uint32_t)s->resources.n,
		.ntests = (uint32_t)s->nconditions,
		.allow = s->allow,
		.not_action = s->not_action,
		.has_resource = s->has_resource,
		.not_resource = s->not_resource,
		.has_principal = s->has_principal };
	rule->actions = NEWS(arena, struct action, rule->nactions);
	rule->targets = NEWS(arena, struct target, rule->ntargets);
	rule->tests = NEWS(arena, struct test, rule->ntests);
	for (size_t i = 0; i < rule->nactions; i++) {
		action_compile(s->actions.item[i].text, &rule->actions[i]);
		rule->any_action |= rule->actions[i].any;
		rule->letters |= letter_bit(rule->actions[i].pattern);
	}
	for (size_t i = 0; i < rule->ntargets; i++) {
		target_compile(arena, s->resources.item[i].text, d->version_2012,
			&rule->targets[i]);
		rule->any_resource |= rule->targets[i].kind == TARGET_ANY && !s->not_resource;
	}
	for (size_t i = 0; i < rule->ntests; i++)
		test_compile(arena, &s->conditions[i], d->version_2012, &rule->tests[i]);
}

/* ---- the index */

static void note_head(struct program *program, uint32_t length, uint32_t letter)
{
	size_t i = 0;

	while (i < program->nheads && program->heads[i].length != length)
		i++;
	if (i == program->nheads)
		program->heads[program->nheads++].length = length;
	program->heads[i].letters |= letter;
}

static void index_action(struct program *program, uint32_t rule, const struct action *action)
{
	size_t head = action->head < INDEXED_BYTES ? action->head : INDEXED_BYTES;
	struct entry *entry = &program->entries[program->nentries];

	if (!action->valid)
		return;
	program->nentries++;
	*entry = (struct entry){ .rule = rule, .action = *action };
	entry->hash = action->literal ? hash_action(action->pattern)
				      : hash_head(str_head(action->pattern, head));
	program->filter |= filter_bit(entry->hash);
	if (!action->literal)
		note_head(program, (uint32_t)head, letter_bit(action->pattern));
}

static void index_rule(struct program *program, uint32_t number)
{
	const struct rule *rule = &program->rules[number];

	if (rule->not_action || rule->any_action) {
		program->everywhere[program->neverywhere++] = number;
		return;
	}
	for (size_t i = 0; i < rule->nactions; i++)
		index_action(program, number, &rule->actions[i]);
}

/* Puts the entries in the order of their buckets: counted first, then each to its place. */
static void fill_buckets(struct arena *arena, struct program *program)
{
	struct entry *sorted = NEWS(arena, struct entry, program->nentries);
	size_t size = 4;

	while (size < (size_t)program->nentries * 2)
		size *= 2;
	program->mask = (uint32_t)size - 1;
	program->buckets = NEWS(arena, uint32_t, size + 1);
	for (size_t i = 0; i < program->nentries; i++)
		program->buckets[program->entries[i].hash & program->mask]++;
	for (size_t i = 1; i <= size; i++)
		program->buckets[i] += program->buckets[i - 1];
	for (size_t i = program->nentries; i-- > 0;) {
		const struct entry *entry = &program->entries[i];

		sorted[--program->buckets[entry->hash & program->mask]] = *entry;
	}
	program->entries = sorted;
}

static void keep_heads(struct arena *arena, struct program *program)
{
	struct head *kept = NEWS(arena, struct head, program->nheads);

	memcpy(kept, program->heads, program->nheads * sizeof(*kept));
	program->heads = kept;
}

/* FullAWSAccess and its like, which hang nearly everywhere. */
static bool is_open(const struct program *program)
{
	const struct rule *rule = program->rules;

	return program->nrules == 1 && rule->allow && rule->any_action && !rule->not_action &&
	       rule->any_resource && rule->ntests == 0 && !rule->has_principal;
}

static size_t add_rules(struct arena *arena, struct program *program, const struct document *d)
{
	size_t nactions = 0;

	for (size_t i = 0; i < d->nstatements; i++) {
		struct rule *rule = &program->rules[program->nrules++];

		rule_compile(arena, d, &d->statements[i], rule);
		nactions += rule->nactions;
	}
	return nactions;
}

struct program *program_compile(struct arena *arena, const struct document *const *documents,
	size_t n)
{
	struct program *program = NEW(arena, struct program);
	struct arena scratch = { 0 };
	size_t nrules = 0, nactions = 0;

	for (size_t i = 0; i < n; i++)
		nrules += documents[i]->nstatements;
	program->rules = NEWS(arena, struct rule, nrules);
	for (size_t i = 0; i < n; i++)
		nactions += add_rules(arena, program, documents[i]);
	program->entries = NEWS(&scratch, struct entry, nactions);
	program->everywhere = NEWS(arena, uint32_t, nrules);
	program->heads = NEWS(&scratch, struct head, INDEXED_BYTES + 1);
	for (size_t i = 0; i < nrules; i++)
		index_rule(program, (uint32_t)i);
	keep_heads(arena, program);
	fill_buckets(arena, program);
	program->open = is_open(program);
	arena_free(&scratch);
	return program;
}
