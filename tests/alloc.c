/*
 * alloc.c -- deciding takes no memory.
 *
 * The linker puts the four functions below in front of the C library's (see the Makefile), so
 * every call from Deputy's objects is counted. Programs are compiled from policies that use what
 * the language has: patterns that are slow on purpose, variables, every type of operator, sets,
 * principals, and all layers; then many requests are decided while the counter must stand still.
 */
#include "engine/engine.h"

#include "tap.h"

#include <stdlib.h>
#include <string.h>

static size_t calls;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

void *__wrap_malloc(size_t n)
{
	calls++;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	calls++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	calls++;
	return __real_realloc(p, n);
}

void __wrap_free(void *p)
{
	calls++;
	__real_free(p);
}

/* ---- policies */

#define ALLOW_ALL "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"

static const char identity[] =
	"{\"Effect\":\"Allow\",\"Action\":[\"s3:Get*\",\"s3:P?tObject\",\"iam:PassRole\","
	"\"sts:AssumeRole\"],\"Resource\":[\"arn:aws:s3:::*a*a*a*a*a*a*a*a*b*\","
	"\"arn:aws:s3:::home/${aws:username}/*\",\"arn:aws:s3:::bucket/${aws:PrincipalTag/team, "
	"'none'}/*?\",\"arn:aws:iam::*:role/*\",\"arn:aws:s3*\"],"
	"\"Condition\":{\"StringLike\":{\"aws:UserAgent\":[\"*x*y*z*\",\"*aws-cli*\"]},"
	"\"NumericLessThan\":{\"s3:max-keys\":\"1000\"},"
	"\"DateGreaterThan\":{\"aws:CurrentTime\":\"2026-01-01T00:00:00Z\"},"
	"\"Bool\":{\"aws:SecureTransport\":\"true\"},"
	"\"IpAddress\":{\"aws:SourceIp\":[\"10.0.0.0/8\",\"2001:db8::/32\"]},"
	"\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:s3:*:*:*${aws:username}*\"},"
	"\"BinaryEquals\":{\"x:key\":\"YQ==\"},"
	"\"Null\":{\"aws:userid\":\"false\"},"
	"\"StringEqualsIgnoreCase\":{\"aws:RequestedRegion\":\"US-EAST-1\"},"
	"\"ForAllValues:StringLike\":{\"aws:TagKeys\":[\"a*\",\"b?\"]}}},"
	"{\"Effect\":\"Deny\",\"NotAction\":[\"s3:*\",\"iam:*\",\"sts:*\"],"
	"\"NotResource\":\"arn:aws:s3:::${aws:username}\"}";

static const char resource[] =
	"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"arn:aws:iam::111122223333:root\","
	"\"arn:aws:iam::111122223333:role/app\"],\"Service\":\"ec2.amazonaws.com\"},"
	"\"Action\":\"*\",\"Resource\":\"*\"},"
	"{\"Effect\":\"Deny\",\"NotPrincipal\":{\"AWS\":\"arn:aws:iam::111122223333:user/ann\"},"
	"\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::*aaaaaaaaaaaaaaaaaaaaaaaab\"}";

static const char everyone[] = "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\","
			       "\"Resource\":\"*\"}";

static const struct program *program(struct arena *arena, const char *inside)
{
	struct document *document;
	struct err err;
	str text = arena_printf(arena, "{\"Version\":\"2012-10-17\",\"Statement\":[%s]}", inside);

	if (!policy_parse(arena, S("test"), text, &document, &err)) {
		ok(false, "policy: %s", err.text);
		exit(tap_done());
	}
	return program_compile(arena, (const struct document *const[]){ document }, 1);
}

/* ---- requests */

static const char *const callers[] = { "arn:aws:iam::111122223333:user/ann",
	"arn:aws:sts::111122223333:assumed-role/app/s", "arn:aws:iam::111122223333:role/app",
	"arn:aws:iam::444455556666:user/bob", "arn:aws:iam::111122223333:root", "ec2.amazonaws.com",
	"anonymous" };
static const char *const actions[] = { "s3:GetObject", "s3:PutObject", "iam:PassRole",
	"sts:AssumeRole", "ec2:RunInstances", "iam:CreateRole", "kms:CreateAlias" };
static const char *const resources[] = {
	"arn:aws:s3:::home/ann/x", "arn:aws:s3:::bucket/red/k",
	"arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/aws-reserved/x", "*",
	"no ARN", "arn:aws:kms:us-east-1:111122223333:alias/aws/s3",
	"arn:aws:s3:::"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
};

static const str tag_keys[] = { SC("alpha"), SC("be") };

#define KEY(name, text)                                                      \
	{                                                                    \
		.key = SC(name), .values = (const str[]){ SC(text) }, .n = 1 \
	}

static const struct context_key context[] = {
	KEY("aws:UserAgent", "aws-cli/2.9"),
	KEY("s3:max-keys", "10"),
	KEY("aws:CurrentTime", "2026-11-24T07:00:00Z"),
	KEY("aws:SecureTransport", "true"),
	KEY("aws:SourceIp", "10.1.2.3"),
	KEY("aws:SourceArn", "arn:aws:s3:::of-ann"),
	KEY("x:key", "a"),
	KEY("aws:userid", "AIDA1"),
	KEY("aws:RequestedRegion", "us-east-1"),
	KEY("aws:username", "ann"),
	KEY("aws:PrincipalTag/team", "red"),
	{ .key = SC("aws:TagKeys"), .values = tag_keys, .n = 2, .multi = true },
};

/* Every request in turn, with the first keys of the context; each effect is counted. */
static void decide_all(const struct layers *layers, size_t nkeys, size_t counts[3])
{
	for (size_t c = 0; c < COUNT(callers); c++)
		for (size_t a = 0; a < COUNT(actions); a++)
			for (size_t r = 0; r < COUNT(resources); r++) {
				struct request request = { .action = str_of(actions[a]),
					.resource = str_of(resources[r]),
					.context = context,
					.ncontext = nkeys };

				if (!caller_parse(str_of(callers[c]), &request.caller))
					abort();
				counts[decide(layers, &request).effect]++;
			}
}

int main(void)
{
	struct arena arena = { 0 };
	const struct level levels[] = { { S("r-root"), program(&arena, ALLOW_ALL) },
		{ S("ou"), program(&arena, ALLOW_ALL ",{\"Effect\":\"Deny\",\"Action\":\"ec2:*\","
						     "\"Resource\":\"*\"}") } };
	const struct level rcps[] = { { S("r-root"), program(&arena, everyone) } };
	struct layers layers = { .identity = program(&arena, identity) };
	size_t counts[3] = { 0 }, before;

	ok(calls > 0, "compiling takes memory, and is counted");
	before = calls;
	for (size_t n = 0; n <= COUNT(context); n++)
		decide_all(&layers, n, counts);
	ok(calls == before, "the identity's policy alone: %zu calls", calls - before);
	layers.boundary = program(&arena, identity);
	layers.session = program(&arena, ALLOW_ALL);
	layers.resource = program(&arena, resource);
	layers.endpoint = program(&arena, everyone);
	layers.scp = levels;
	layers.nscp = COUNT(levels);
	layers.rcp = rcps;
	layers.nrcp = COUNT(rcps);
	before = calls;
	for (size_t n = 0; n <= COUNT(context); n++)
		decide_all(&layers, n, counts);
	ok(calls == before, "all layers: %zu calls", calls - before);
	for (size_t i = 0; i < COUNT(counts); i++)
		ok(counts[i] > 100, "%zu times %s", counts[i], effect_name((enum effect)i));
	arena_free(&arena);
	return tap_done();
}
