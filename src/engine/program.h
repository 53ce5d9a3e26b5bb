/*
 * program.h -- the inside of a program: what compile.c makes and decide.c walks.
 *
 * For engine/ only; everybody else sees engine.h. A document's statements become
 * rules: actions in lower case, ARNs cut into their segments, condition values
 * already read as the numbers, dates and networks they are. Text with policy
 * variables becomes a template, which is matched piece by piece: nothing is
 * ever put together in memory.
 */
#ifndef DEPUTY_ENGINE_PROGRAM_H
#define DEPUTY_ENGINE_PROGRAM_H

#include "engine/engine.h"

/* ---- templates: text with wildcards and variables. */

enum piece_kind {
	PIECE_PATTERN,  /* `*` and `?` are wildcards where the operator takes them */
	PIECE_LITERAL,  /* from ${*} ${?} ${$}: never wildcards [S-40] */
	PIECE_VARIABLE, /* text is the key */
};

struct piece {
	enum piece_kind kind;
	str text;
	str fallback; /* ${key, 'fallback'}; p is NULL when there is none [S-42] */
};

struct template
{
	str raw;
	const struct piece *pieces;
	size_t n; /* 0: raw is all of it, as one PIECE_PATTERN */
	bool variables;
};

/* A place in a template, while it is matched for one request. */
struct cursor {
	const struct template *template;
	const struct request *request;
	size_t piece, at;
	str text;     /* of the piece, resolved */
	bool literal; /* its stars are stars */
};

void template_compile(struct arena *arena, str raw, bool variables, struct template *template);
bool template_resolves(const struct template *template, const struct request *request);

enum match_how { MATCH_WILD = 1, MATCH_NOCASE = 2 };

/* All of `template` against all of `text`. An unresolvable template matches nothing. */
bool template_match(const struct template *template, const struct request *request, str text,
	unsigned how);

/* The same for ARNs, segment by segment [S-63]. *is_arn: what the template gives is one, or has no
 * value. */
bool template_match_arn(const struct template *template, const struct request *request,
	const str segments[6], bool *is_arn);

bool pattern_match_lower(str lower_pattern, str text); /* text is lowered on the way */
bool has_wildcard(str text);
bool only_stars(str text);
bool arn_segments(str text, str segments[6]); /* false: fewer than five colons */

/* ---- values that are more than text. */

struct decimal { /* any number of digits, exactly */
	bool negative;
	str whole, fraction; /* without the zeros that mean nothing */
};

struct instant {
	int64_t s; /* since 1970 UTC */
	uint32_t ns;
};

struct network {
	bool v6;
	unsigned char address[16]; /* v4 in the first four; the bits behind `bits` are zero */
	unsigned bits;
};

MUST_USE bool decimal_read(str text, struct decimal *value);
int decimal_cmp(const struct decimal *a, const struct decimal *b);
MUST_USE bool instant_read(str text, struct instant *value);
int instant_cmp(const struct instant *a, const struct instant *b);
MUST_USE bool network_read(str text, bool prefix_allowed, struct network *value);
bool network_contains(const struct network *outer, const struct network *inner);
MUST_USE bool bool_read(str text, bool *value);
bool base64_is(str base64, str bytes); /* does the one encode the other? */

/* ---- conditions. */

union value {
	struct decimal number;
	struct instant date;
	struct network network;
	bool truth;
	str arn[6];
};

struct operand { /* one value of the policy */
	struct template text;
	bool valid; /* it is of the operator's type; true for text */
	union value value;
};

struct test { /* one operator, one key, its values */
	const struct condition *source;
	const struct operation *operation; /* NULL: unknown, never holds [S-52] */
	enum set set;
	bool if_exists;
	struct operand *operands;
	size_t n;
};

void test_compile(struct arena *arena, const struct condition *source, bool variables,
	struct test *test);
bool test_holds(const struct test *test, const struct request *request);

const struct context_key *context_find(const struct request *request, str key);

/* ---- rules. */

struct action {
	str pattern; /* in lower case */
	bool valid;  /* else it matches nothing [S-19] */
	bool any;    /* only stars */
	bool literal;
};

enum target_kind { TARGET_NONE, TARGET_ANY, TARGET_ARN, TARGET_UNRESOLVABLE };

struct target { /* one entry of Resource or NotResource */
	enum target_kind kind;
	str segment[5];
	size_t nsegments;     /* before `rest`: 5, or fewer in a short ARN */
	bool open;            /* short without a star: what is missing counts as stars [S-28] */
	struct template rest; /* against all that is behind those segments */
};

struct rule {
	const struct document *document;
	const struct statement *statement;
	struct action *actions;
	struct target *targets;
	struct test *tests;
	size_t nactions, ntargets, ntests;
};

struct entry { /* of a hash chain, in the order of the rules */
	uint32_t hash;
	uint32_t next; /* index + 1; 0 ends the chain */
	uint32_t rule;
	const struct action *action;
};

struct program {
	struct rule *rules;
	size_t nrules;
	struct entry *entries;
	size_t nentries;
	uint32_t *heads; /* index + 1 of each chain's first entry */
	size_t mask;
	uint32_t *everywhere; /* rules that may concern any action: `*`, NotAction */
	size_t neverywhere;
};

uint32_t hash_lower(str text);

/* ---- deciding. */

struct query { /* a request, looked at once */
	const struct request *request;
	enum layer layer;
	bool bounded; /* the caller has a permissions boundary [S-84] */
	uint32_t action_hash, service_hash;
	str service;
	bool is_arn;
	str segments[6];
};

void query_start(struct query *query, const struct request *request, bool bounded);
bool rule_action(const struct rule *rule, str action);
bool rule_resource(const struct rule *rule, const struct query *query);
enum principal_match rule_principal(const struct rule *rule, const struct query *query);
const struct test *rule_failed_test(const struct rule *rule, const struct request *request);
bool layer_has_principals(enum layer layer);

enum principal_match principal_matches(const struct principal *principal,
	const struct caller *caller);

/* One program in one layer. */
struct layer_result program_decide(const struct program *program, struct query *query,
	enum layer layer, unsigned *matches);

/* Does the layer apply to this caller and resource at all? */
bool layer_applies(const struct layers *layers, const struct request *request, enum layer layer);
str resource_account(const struct request *request);
bool is_service_linked(const struct caller *caller);

/* Does it name the action, and would it have helped a denied request? */
bool finding_is_near(const struct decision *decision, const struct finding *finding);

#endif
