/*
 * scale.c -- what grows with the policies: deciding beside thousands of other statements,
 * compiling, loading, memory, and patterns made to be slow.
 *
 *   scale TRACE
 *
 * The 17 statements are put among 1,000 documents (17,000 statements) that do not concern the
 * trace's actions, in three ways: other services; the same services with other names; patterns
 * on the same services. The same decisions are timed with and without them, in turn.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS = 1000, ROLES = 10000, ROUNDS = 15 };

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "scale: %s\n", what);
	exit(1);
}

/* ---- 17 to 17,000 statements */

enum other { OTHER_SERVICES, OTHER_NAMES, OTHER_PATTERNS, OTHERS };

static const char *const other_keys[] = { "scale.services.ratio", "scale.names.ratio",
	"scale.patterns.ratio" };

/* "eks:CreateAddon" becomes one of "eks17:CreateAddon", "eks:17CreateAddon", "eks:17Create*". */
static str other_action(struct arena *arena, str action, enum other other, size_t number)
{
	str service, name;

	must(str_cut(action, ':', &service, &name), "an action without a colon");
	switch (other) {
	case OTHER_SERVICES:
		return arena_printf(arena, "%.*s%zu:%.*s", STR(service), number, STR(name));
	case OTHER_NAMES:
		return arena_printf(arena, "%.*s:%zu%.*s", STR(service), number, STR(name));
	case OTHER_PATTERNS:
		return arena_printf(arena, "%.*s:%zu%.*s*", STR(service), number,
			STR(str_head(name, 6)));
	case OTHERS:
		break;
	}
	return action;
}

static const struct program *crowd(struct arena *arena, str text, enum other other)
{
	static const struct document *documents[DOCUMENTS];

	for (size_t i = 0; i < DOCUMENTS; i++) {
		struct document *d = document_of(arena, text);

		documents[i] = d;
		for (size_t k = 0; k < d->nstatements && i != DOCUMENTS / 2; k++) {
			struct words *actions = &d->statements[k].actions;

			for (size_t a = 0; a < actions->n; a++)
				actions->item[a].text =
					other_action(arena, actions->item[a].text, other, i);
		}
	}
	return program_compile(arena, documents, DOCUMENTS);
}

static double trace_ns(const struct layers *layers, const struct trace_file *trace)
{
	double from = cpu_ns();

	for (size_t i = 0; i < trace->n; i++)
		must((decide(layers, &trace->items[i].request).effect == ALLOW) ==
				trace->items[i].want,
			"a verdict is wrong");
	return (cpu_ns() - from) / (double)trace->n;
}

static double measure_crowd(str text, const struct trace_file *trace, enum other other)
{
	struct arena arena = { 0 };
	struct layers few = { .identity = program_of(&arena, text) };
	struct layers many = { .identity = crowd(&arena, text, other) };
	double few_ns[ROUNDS], many_ns[ROUNDS], ratio;

	for (size_t i = 0; i < ROUNDS; i++) {
		few_ns[i] = trace_ns(&few, trace);
		many_ns[i] = trace_ns(&many, trace);
	}
	ratio = median(many_ns, ROUNDS) / median(few_ns, ROUNDS);
	say(other_keys[other], ratio);
	arena_free(&arena);
	return ratio;
}

static void measure_scale(str text, const struct trace_file *trace)
{
	double worst = 0;

	for (enum other other = OTHER_SERVICES; other < OTHERS; other++) {
		double ratio = measure_crowd(text, trace, other);

		worst = ratio > worst ? ratio : worst;
	}
	say("scale.ratio", worst);
}

/* ---- compiling and loading */

static void measure_compile(str text)
{
	double compile[2000], parse[2000];

	for (size_t i = 0; i < COUNT(compile); i++) {
		struct arena arena = { 0 };
		double start = cpu_ns(), parsed;
		const struct document *document = document_of(&arena, text);

		parsed = cpu_ns();
		program_compile(&arena, &document, 1);
		compile[i] = (cpu_ns() - parsed) / 1000;
		parse[i] = (parsed - start) / 1000;
		arena_free(&arena);
	}
	say("parse.us", median(parse, COUNT(parse)));
	say("compile.us", median(compile, COUNT(compile)));
}

/* Each role has its own copy of the text, its document and its program, all of them kept. */
static void measure_load(str text)
{
	double seconds[3], bytes[3];

	for (size_t round = 0; round < COUNT(seconds); round++) {
		struct arena arena = { 0 };
		double start = cpu_ns();
		size_t statements = 0;

		for (size_t i = 0; i < ROLES; i++) {
			const struct document *document =
				document_of(&arena, arena_copy(&arena, text));

			program_compile(&arena, &document, 1);
			statements += document->nstatements;
		}
		seconds[round] = (cpu_ns() - start) / 1e9;
		bytes[round] = (double)arena.bytes / (double)statements;
		arena_free(&arena);
	}
	say("load.roles", ROLES);
	say("load.s", median(seconds, COUNT(seconds)));
	say("load.bytes_per_statement", median(bytes, COUNT(bytes)));
}

/* ---- patterns made to be slow */

/* As long as AWS allows: a policy has 10,240 characters in all, an ARN 2,048. */
enum { PATTERN = 10000, TEXT = 2048 };

static const struct {
	const char *key, *unit; /* what is repeated to make the pattern */
	const char *end;
	bool star_first;
} worst[] = {
	{ "worst.literal", "a", "b*", true },   /* *aaa…ab* */
	{ "worst.questions", "?", "b*", true }, /* *???…?b* */
	{ "worst.mixed", "a?", "b*", true },    /* *a?a?…b* */
	{ "worst.stars", "*a", "b*", false },   /* *a*a…b* */
	{ "worst.pairs", "*a?", "b*", false },  /* *a?*a?…b* */
	{ "worst.groups", "*aaaaaaaaaaaaaaab", "*", false },
	{ "worst.anchored", "*a", "b", false }, /* the end alone says no */
};

static double worst_ns(str pattern, str text)
{
	double ns[5];

	for (size_t i = 0; i < COUNT(ns); i++) {
		double start = cpu_ns();

		must(!pattern_match(pattern, text), "a pattern matched");
		ns[i] = cpu_ns() - start;
	}
	return median(ns, COUNT(ns));
}

/* For several lengths, for a pattern longer than its text cannot be slow. */
static double measure_pattern(size_t row)
{
	static const size_t lengths[] = { 64, 256, 1024, 2000, PATTERN };
	double share = 0;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct arena arena = { 0 };
		struct buf pattern = { .arena = &arena }, text = { .arena = &arena };
		double part;

		buf_str(&pattern, worst[row].star_first ? S("*") : S(""));
		while (pattern.n + strlen(worst[row].unit) < lengths[i])
			buf_str(&pattern, str_of(worst[row].unit));
		buf_str(&pattern, str_of(worst[row].end));
		while (text.n < TEXT)
			buf_char(&text, 'a');
		part = worst_ns(buf_view(&pattern), buf_view(&text)) /
		       ((double)pattern.n * (double)text.n / 8);
		share = part > share ? part : share;
		arena_free(&arena);
	}
	say(worst[row].key, share);
	return share;
}

/* In nanoseconds for each pattern byte times text byte over eight: at most 1. */
static void measure_worst(void)
{
	double most = 0;

	for (size_t i = 0; i < COUNT(worst); i++) {
		double share = measure_pattern(i);

		most = share > most ? share : most;
	}
	say("worst.ratio", most);
}

int main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct trace_file trace;
	str text = policy_text(&arena);

	must(argc == 2, "usage: scale TRACE");
	trace_read(&arena, argv[1], &trace);
	measure_scale(text, &trace);
	measure_compile(text);
	measure_load(text);
	measure_worst();
	arena_free(&arena);
	return 0;
}
