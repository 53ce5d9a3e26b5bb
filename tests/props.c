/*
 * props.c -- what must hold for every policy and request, tried on many random ones.
 *
 *   the engine answers as naive.h does, and its trace as itself
 *   a deny more never allows; an allow more never denies what was allowed
 *   the order of statements and documents does not matter
 *
 * The generator draws from small pools that are made of edges, so that things meet. The seed is
 * fixed; DEPUTY_SEED and DEPUTY_ROUNDS choose others.
 */
#include "naive.h"
#include "tap.h"

static uint64_t seed = 20261124;

static size_t chance(size_t n) /* xorshift */
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 11) % n;
}

#define PICK(pool) (pool)[chance(COUNT(pool))]

/* ---- pools */

static const char *const actions[] = { "s3:GetObject", "s3:Get*", "S3:getobject", "s3:*", "*",
	"s3:Get?bject", "s*:GetObject", "s3:", "kms:Decrypt", "kms:*", "sts:AssumeRole",
	"sts:Assume*", "ec2:RunInstances", "s3:Get,Put", "**" };

static const char *const asked[] = { "s3:GetObject", "s3:PutObject", "kms:Decrypt",
	"sts:AssumeRole", "ec2:RunInstances", "S3:GETOBJECT" };

static const char *const resources[] = { "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b",
	"arn:aws:s3:::*", "arn:aws:s3*", "arn:*", "arn:aws:kms:us-west-2:111122223333:key/1",
	"arn:aws:kms:*:111122223333:key/*", "arn:aws:iam::111122223333:role/*",
	"arn:aws:s3:::b/${t}/*", "arn:aws:s3:::b/${t, 'd'}", "arn:aws:s3:::b/${m}",
	"arn:aws:s3:::${*}", "arn:aws:s3:${t}::b", "arn:aws:kms:us-west-2", "arn:aws:s3:::?/k",
	"b/*", "arn:aws:s3:::b/${t" };

static const char *const targets[] = { "arn:aws:s3:::b/k", "arn:aws:s3:::b", "arn:aws:s3:::b/x/k",
	"arn:aws:s3:::b/d", "arn:aws:s3:::*", "arn:aws:kms:us-west-2:111122223333:key/1",
	"arn:aws:iam::111122223333:role/R", "*", "arn:aws:s3:::b/*/k" };

static const char *const principals[] = { "\"*\"", "{\"AWS\":\"*\"}", "{\"AWS\":\"111122223333\"}",
	"{\"AWS\":\"arn:aws:iam::111122223333:root\"}",
	"{\"AWS\":\"arn:aws:iam::111122223333:user/a\"}",
	"{\"AWS\":\"arn:aws:iam::111122223333:role/p/A\"}",
	"{\"AWS\":\"arn:aws:sts::111122223333:assumed-role/A/s\"}",
	"{\"AWS\":[\"444455556666\",\"arn:aws:iam::111122223333:user/a\"]}",
	"{\"Service\":\"ec2.amazonaws.com\"}", "{\"Federated\":\"idp.example.com\"}",
	"{\"AWS\":\"arn:aws:sts::111122223333:federated-user/f\"}", "{}",
	"{\"AWS\":\"arn:aws:iam::111122223333:role/*\"}" };

static const char *const callers[] = { "anonymous", "arn:aws:iam::111122223333:root",
	"arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:role/p/A",
	"arn:aws:sts::111122223333:assumed-role/A/s", "arn:aws:sts::111122223333:federated-user/f",
	"ec2.amazonaws.com", "arn:aws:iam::444455556666:user/a" };

static const char *const sets[] = { "", "", "", "ForAllValues:", "ForAnyValue:" };

static const char *const operators[] = { "StringEquals", "StringNotEquals", "StringLike",
	"StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "NumericEquals",
	"NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
	"NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan",
	"DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "IpAddress",
	"NotIpAddress", "ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "Null", "Unknown",
	"stringequals" };

static const char *const keys[] = { "s", "t", "m", "n", "S", "missing", "empty" };

static const char *const values[] = { "x", "X", "x*", "*", "?", "${t}", "${missing}",
	"${missing, 'x'}", "${m}", "a${*}", "true", "False", "5", "5.0", "-3", "10", "5x",
	"2026-01-01", "2026-01-01T00:00:01Z", "1767225600", "2026-01-01T01:00:00+01:00",
	"10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "arn:aws:s3:::*", "arn:aws:s3:::x",
	"arn:aws:s3:::${t}", "arn:*:s3:::?", "" };

static const char *const sent[] = { "x", "X", "xyz", "*", "a*", "true", "FALSE", "5", "4.5", "-3.0",
	"10", "no", "2026-01-01", "2025-12-31T23:59:59.5Z", "10.1.2.3", "11.0.0.1", "2001:db8::1",
	"arn:aws:s3:::x", "arn:aws:s3:::xx", "" };

/* ---- drawing */

static void draw_list(struct buf *out, const char *const *pool, size_t n)
{
	size_t count = 1 + chance(5) / 3;

	if (count == 1 && chance(2)) {
		buf_printf(out, "\"%s\"", pool[chance(n)]);
		return;
	}
	buf_char(out, '[');
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s\"%s\"", i ? "," : "", pool[chance(n)]);
	buf_char(out, ']');
}

static void draw_condition(struct buf *out)
{
	const char *first = PICK(operators);

	buf_printf(out, ",\"Condition\":{\"%s%s%s\":{\"%s\":", PICK(sets), first,
		chance(4) ? "" : "IfExists", PICK(keys));
	draw_list(out, values, COUNT(values));
	buf_str(out, S("}}"));
}

static void draw_statement(struct buf *out, bool named)
{
	buf_printf(out, "{\"Effect\":\"%s\",\"%sAction\":", chance(5) ? "Allow" : "Deny",
		chance(6) ? "" : "Not");
	draw_list(out, actions, COUNT(actions));
	if (!named || chance(4)) {
		buf_printf(out, ",\"%sResource\":", chance(6) ? "" : "Not");
		draw_list(out, resources, COUNT(resources));
	}
	if (named ? chance(12) > 0 : chance(40) == 0)
		buf_printf(out, ",\"%sPrincipal\":%s", chance(6) ? "" : "Not", PICK(principals));
	if (chance(3) == 0)
		draw_condition(out);
	buf_char(out, '}');
}

static const struct document *draw_document(struct arena *arena, enum layer layer)
{
	bool named = layer == LAYER_RESOURCE || layer == LAYER_RCP || layer == LAYER_ENDPOINT;
	struct buf out = { .arena = arena };
	struct document *document;
	struct err err = { 0 };
	size_t n = 1 + chance(3);

	buf_printf(&out, "{%s\"Statement\":[", chance(8) ? "\"Version\":\"2012-10-17\"," : "");
	for (size_t i = 0; i < n; i++) {
		buf_str(&out, i ? S(",") : S(""));
		draw_statement(&out, named);
	}
	buf_str(&out, S("]}"));
	if (!policy_parse(arena, S("drawn"), buf_view(&out), &document, &err)) {
		printf("# %s\n# %.*s\n", err.text, STR(buf_view(&out)));
		exit(1);
	}
	return document;
}

static void draw_context(struct arena *arena, struct request *request)
{
	static const char *const names[] = { "s", "t", "m", "n", "empty" };
	struct context_key *context = NEWS(arena, struct context_key, COUNT(names));

	request->context = context;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct context_key *key = &context[request->ncontext];
		str *list = NEWS(arena, str, 3);

		if (chance(4) == 0)
			continue;
		request->ncontext++;
		*key = (struct context_key){ .key = str_of(names[i]), .values = list, .n = 1 };
		key->multi = names[i][0] == 'm' || names[i][0] == 'e';
		if (key->multi)
			key->n = names[i][0] == 'e' ? 0 : 1 + chance(3);
		for (size_t k = 0; k < key->n; k++)
			list[k] = str_of(PICK(sent));
	}
}

static void draw_request(struct arena *arena, struct request *request)
{
	*request = (struct request){ .action = str_of(PICK(asked)),
		.resource = str_of(PICK(targets)) };
	if (!caller_parse(str_of(PICK(callers)), &request->caller))
		abort();
	if (request->caller.type == CALLER_ANONYMOUS && chance(2)) {
		request->caller.type = CALLER_FEDERATED;
		request->caller.federated = S("idp.example.com");
	}
	if (request->caller.type == CALLER_SESSION && chance(2))
		request->caller.role_arn = chance(2) ? S("arn:aws:iam::111122223333:role/p/A")
						     : S("arn:aws:iam::111122223333:role/q/A");
	if (request->caller.type == CALLER_FEDERATED_USER && chance(2))
		request->caller.user_arn = S("arn:aws:iam::111122223333:user/a");
	if (chance(3) == 0)
		request->resource_account = chance(2) ? S("111122223333") : S("444455556666");
	draw_context(arena, request);
}

static void draw_case(struct arena *arena, struct naive_case *c)
{
	static const struct {
		enum layer layer;
		size_t one_in;
	} often[] = { { LAYER_IDENTITY, 1 }, { LAYER_RESOURCE, 2 }, { LAYER_BOUNDARY, 4 },
		{ LAYER_SESSION, 4 }, { LAYER_SCP, 6 }, { LAYER_RCP, 6 }, { LAYER_ENDPOINT, 8 } };

	*c = (struct naive_case){ .n = { 0 } };
	draw_request(arena, &c->request);
	for (size_t i = 0; i < COUNT(often); i++) {
		enum layer layer = often[i].layer;

		if (chance(often[i].one_in))
			continue;
		for (size_t n = 1 + chance(2); c->n[layer] < n;)
			c->documents[layer][c->n[layer]++] = draw_document(arena, layer);
	}
}

/* ---- the real engine on the same case */

static struct layers compile(struct arena *arena, const struct naive_case *c)
{
	struct layers l = { .nscp = c->n[LAYER_SCP], .nrcp = c->n[LAYER_RCP] };
	const struct program **slots[LAYER_COUNT] = { [LAYER_IDENTITY] = &l.identity,
		[LAYER_RESOURCE] = &l.resource,
		[LAYER_BOUNDARY] = &l.boundary,
		[LAYER_SESSION] = &l.session,
		[LAYER_ENDPOINT] = &l.endpoint };
	struct level *scp = NEWS(arena, struct level, l.nscp),
		     *rcp = NEWS(arena, struct level, l.nrcp);

	for (enum layer i = LAYER_IDENTITY; i < LAYER_SERVICE; i++)
		if (slots[i] && c->n[i])
			*slots[i] = program_compile(arena, c->documents[i], c->n[i]);
	for (size_t i = 0; i < l.nscp; i++)
		scp[i].program = program_compile(arena, &c->documents[LAYER_SCP][i], 1);
	for (size_t i = 0; i < l.nrcp; i++)
		rcp[i].program = program_compile(arena, &c->documents[LAYER_RCP][i], 1);
	l.scp = scp;
	l.rcp = rcp;
	return l;
}

static enum effect engine(struct arena *arena, const struct naive_case *c)
{
	struct layers layers = compile(arena, c);

	return decide(&layers, &c->request).effect;
}

static void show(const struct naive_case *c)
{
	const struct request *r = &c->request;

	printf("# %.*s on %.*s by %.*s (role %.*s) of %.*s\n", STR(r->action), STR(r->resource),
		STR(r->caller.arn), STR(r->caller.role_arn), STR(r->resource_account));
	for (size_t i = 0; i < r->ncontext; i++) {
		printf("#   %.*s%s", STR(r->context[i].key), r->context[i].multi ? " (multi)" : "");
		for (size_t k = 0; k < r->context[i].n; k++)
			printf(" \"%.*s\"", STR(r->context[i].values[k]));
		printf("\n");
	}
	for (enum layer l = LAYER_IDENTITY; l < LAYER_SERVICE; l++)
		for (size_t i = 0; i < c->n[l]; i++)
			printf("# %s %.*s\n", layer_name(l), STR(c->documents[l][i]->text));
}

/* ---- the properties */

static bool agrees(struct arena *arena, const struct naive_case *c)
{
	struct layers layers = compile(arena, c);
	struct decision d = decide(&layers, &c->request);
	enum effect naive = naive_decide(c);
	struct trace trace;

	decide_trace(arena, &layers, &c->request, &trace);
	if (d.effect == naive && trace.decision.effect == d.effect)
		return true;
	printf("# engine %s, naive %s\n", effect_name(d.effect), effect_name(naive));
	show(c);
	return false;
}

static const struct document *everything(struct arena *arena, const char *effect)
{
	struct document *document;
	struct err err;

	if (!policy_parse(arena, S("all"),
		    arena_printf(arena,
			    "{\"Statement\":{\"Effect\":\"%s\",\"Action\":\"*\",\"Resource\":\"*\"}"
			    "}",
			    effect),
		    &document, &err))
		abort();
	return document;
}

static bool is_monotone(struct arena *arena, const struct naive_case *c)
{
	struct naive_case more = *c;
	enum effect before = engine(arena, c), after;
	size_t n = more.n[LAYER_IDENTITY]++;

	more.documents[LAYER_IDENTITY][n] = everything(arena, "Allow");
	after = engine(arena, &more);
	if (before == ALLOW && after != ALLOW)
		return false;
	if ((before == DENY_EXPLICIT) != (after == DENY_EXPLICIT))
		return false;
	more.documents[LAYER_IDENTITY][n] = everything(arena, "Deny");
	after = engine(arena, &more);
	return before == ALLOW || after != ALLOW;
}

static bool ignores_order(struct arena *arena, const struct naive_case *c)
{
	struct naive_case turned = *c;

	for (enum layer l = LAYER_IDENTITY; l < LAYER_SERVICE; l++)
		for (size_t i = 0; i < c->n[l]; i++) {
			const struct document *from = c->documents[l][c->n[l] - 1 - i];
			struct document *to = NEW(arena, struct document);

			*to = *from;
			to->statements = NEWS(arena, struct statement, from->nstatements);
			for (size_t k = 0; k < from->nstatements; k++)
				to->statements[k] = from->statements[from->nstatements - 1 - k];
			turned.documents[l][i] = to;
		}
	return engine(arena, c) == engine(arena, &turned);
}

static size_t from_environment(const char *name, size_t otherwise)
{
	const char *text = getenv(name);

	return text ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

int main(void)
{
	size_t rounds = from_environment("DEPUTY_ROUNDS", 30000), differ = 0, jumps = 0,
	       ordered = 0;
	size_t seen[3] = { 0 };

	seed = from_environment("DEPUTY_SEED", 20261124);
	for (size_t i = 0; i < rounds && differ < 5; i++) {
		struct arena arena = { 0 };
		struct naive_case c;

		draw_case(&arena, &c);
		differ += !agrees(&arena, &c);
		jumps += !is_monotone(&arena, &c);
		ordered += !ignores_order(&arena, &c);
		seen[naive_decide(&c)]++;
		arena_free(&arena);
	}
	ok(differ == 0, "the engine answers as the naive one, %zu times", rounds);
	ok(jumps == 0, "an allow more never denies, a deny more never allows");
	ok(ordered == 0, "the order of documents and statements does not matter");
	ok(seen[ALLOW] > rounds / 20 && seen[DENY_IMPLICIT] > rounds / 20 &&
			seen[DENY_EXPLICIT] > rounds / 20,
		"all three answers came up: %zu allowed, %zu implicit, %zu explicit denials",
		seen[ALLOW], seen[DENY_IMPLICIT], seen[DENY_EXPLICIT]);
	return tap_done();
}
