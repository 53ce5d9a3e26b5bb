/*
 * policy.c -- any policy, in every layer: no crash, and laws hold.
 *
 * The decision is the trace's; a statement's place is inside the text; a policy written anew
 * decides the same; and with a deny of everything beside it, nothing is allowed.
 */
#include "engine/engine.h"

#include <stdlib.h>

static const char deny_all[] =
	"{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}";

static void check(struct arena *arena, const struct layers *layers, const struct request *request,
	const struct document *document)
{
	struct decision d = decide(layers, request);
	struct trace trace;
	struct buf out = { .arena = arena };

	decide_trace(arena, layers, request, &trace);
	if (trace.decision.effect != d.effect || trace.decision.statement != d.statement)
		abort();
	if (d.statement &&
		(d.statement->at >= d.statement->end || d.statement->end > document->text.n))
		abort();
	explain(&out, request, &trace, false);
	if (explain_short(arena, request, &trace).n == 0)
		abort();
}

static struct layers layers_with(size_t i, const struct program *program)
{
	struct layers layers = { 0 };
	const struct program **slots[] = { &layers.identity, &layers.resource, &layers.boundary,
		&layers.session, &layers.endpoint };

	*slots[i] = program;
	return layers;
}

static void compare(struct arena *arena, const struct document *document,
	const struct request *request)
{
	const struct document *list[2] = { document };
	struct document *again, *deny;
	struct json *root;
	struct buf out = { .arena = arena };
	struct err err;
	struct program *one = program_compile(arena, list, 1), *two, *denied;

	if (!json_parse(arena, document->text, SIZE_MAX, &root, &err))
		abort();
	json_write(&out, root);
	if (buf_view(&out).n > LIMIT_POLICY_BYTES)
		return;
	if (!policy_parse(arena, S("again"), buf_view(&out), &again, &err) ||
		!policy_parse(arena, S("deny"), str_of(deny_all), &deny, &err))
		abort();
	list[0] = again;
	two = program_compile(arena, list, 1);
	list[1] = deny;
	denied = program_compile(arena, list, 2);
	for (size_t i = 0; i < 5; i++) {
		struct layers a = layers_with(i, one), b = layers_with(i, two),
			      c = layers_with(i, denied);

		check(arena, &a, request, document);
		if (decide(&a, request).effect != decide(&b, request).effect)
			abort();
		if (i == 0 && decide(&c, request).effect != DENY_EXPLICIT)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const str one[] = { SC("zilliz-byoc") }, ip[] = { SC("10.0.0.1") },
			 date[] = { SC("2026-11-24T07:05:44Z") }, yes[] = { SC("true") },
			 many[] = { SC("a"), SC("b") };
	static const struct context_key context[] = { { SC("aws:RequestTag/Vendor"), one, 1,
							      false },
		{ SC("aws:SourceIp"), ip, 1, false }, { SC("aws:CurrentTime"), date, 1, false },
		{ SC("aws:SecureTransport"), yes, 1, false }, { SC("aws:TagKeys"), many, 2, true },
		{ SC("empty"), NULL, 0, true } };
	struct arena arena = { 0 };
	struct document *document;
	struct err err;
	struct request request = { .action = S("s3:GetObject"),
		.resource = S("arn:aws:s3:::bucket/key"),
		.context = context,
		.ncontext = COUNT(context) };

	if (policy_parse(&arena, S("fuzz"), (str){ (const char *)data, n }, &document, &err)) {
		for (int kind = POLICY_IDENTITY; kind <= POLICY_ENDPOINT; kind++)
			if (!policy_check(document, (enum policy_kind)kind, &err) && err.at > n)
				abort();
		if (!caller_parse(S("arn:aws:sts::111122223333:assumed-role/R/s"), &request.caller))
			abort();
		compare(&arena, document, &request);
	} else if (err.at > n || err.text[0] == '\0') {
		abort();
	}
	arena_free(&arena);
	return 0;
}
