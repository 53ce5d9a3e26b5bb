/*
 * program.h -- the inside of a program: what compile.c makes and decide.c walks.
 *
 * For engine/ only; everybody else sees engine.h. A document's statements become
 * rules: of each pattern it is known how much of it is plain text, and condition
 * values are already read as the numbers, dates and networks they are. Text with
 * policy variables becomes a template, which is matched piece by piece: nothing
 * is ever put together in memory.
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
	uint32_t n;    /* 0: raw is all of it, as one PIECE_PATTERN */
	uint32_t head; /* how much of raw is in front of its first wildcard */
	bool prefix;   /* behind that, raw is stars only */
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

bool has_wildcard(str text);
size_t literal_head(str pattern); /* how much is in front of its first wildcard */
bool only_stars(str text);
bool arn_segments(str text, str segments[6]);         /* false: fewer than five colons */
bool arn_tail(str text, str *account, str *resource); /* likewise; only the last two */

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
	str key;
	struct operand *operands;
	uint32_t n;
	enum set set;
	bool if_exists;
	bool plain; /* texts are compared as they are: no variables, no wildcards */
};

void test_compile(struct arena *arena, const struct condition *source, bool variables,
	struct test *test);
bool test_holds(const struct test *test, const struct request *request);

const struct context_key *context_find(const struct request *request, str key);

/* ---- rules. */

struct action {
	str pattern;
	uint32_t head; /* how much of it is in front of its first wildcard */
	bool valid;    /* else it matches nothing [S-19] */
	bool any;      /* only stars */
	bool literal;
	bool prefix; /* behind its head, it is stars only */
};

enum target_kind { TARGET_NONE, TARGET_ANY, TARGET_ARN, TARGET_UNRESOLVABLE };

/*
 * One entry of Resource or NotResource: up to five segments, and the rest.
 *
 *   arn:aws:sqs:*:*:jobs-*
 *   \_ plain _/     \head/
 */
struct target {
	uint64_t first, mask; /* first bytes of `head`, for a quick no; mask 0: not known */
	const char *text;
	const struct template *variables; /* the rest, when it has policy variables; or NULL */
	uint32_t n;                       /* bytes of text */
	uint32_t plain;                   /* segments without wildcards that it starts with */
	uint32_t rest_at;
	uint32_t head;     /* of the rest, in front of its first wildcard */
	uint8_t kind;      /* enum target_kind */
	uint8_t nsegments; /* in front of the rest: 5, or fewer in a short ARN */
	uint8_t patterns;  /* 1 << i: segment i is behind `plain` and is not a lone star */
	bool prefix;       /* behind its head, the rest is stars only */
	bool open;         /* short without a star: what is missing counts as stars [S-28] */
};

struct rule {
	const struct document *document;
	const struct statement *statement;
	struct action *actions;
	struct target *targets;
	struct test *tests;
	uint32_t nactions, ntargets, ntests;
	bool allow, not_action, has_resource, not_resource, has_principal;
	bool any_action;   /* one of its actions is only stars */
	bool any_resource; /* likewise */
	uint32_t letters;  /* 1 << (c & 31): some action starts with the letter c */
};

struct entry {
	uint32_t hash; /* hash_action() of a name, hash_head() of a pattern */
	uint32_t rule;
	struct action action; /* a copy: what a decision looks at lies side by side */
};

enum { INDEXED_BYTES = 63 }; /* of what is in front of a wildcard: so many lengths there may be */

struct head { /* patterns with as many bytes in front of their first wildcard */
	uint32_t length;
	uint32_t letters; /* as of a rule */
};

struct program {
	struct rule *rules;
	struct entry *entries; /* bucket by bucket */
	uint32_t *buckets;     /* where each starts; one more than there are */
	uint32_t *everywhere;  /* rules that may concern any action: `*`, NotAction */
	struct head *heads;
	uint64_t filter; /* bit filter_bit() of each entry's hash */
	uint32_t nrules, nentries, mask, neverywhere, nheads;
	bool open; /* it is one rule, which allows everything, and names no principals */
};

/* Of all of an action, and of what an action starts with, letter case ignored. Never the same. */
uint32_t hash_action(str action);
uint32_t hash_head(str head);

static inline uint64_t filter_bit(uint32_t hash)
{
	return (uint64_t)1 << (hash >> 24 & 63);
}

/* As in `letters`; 0 for an empty text. */
static inline uint32_t letter_bit(str text)
{
	return text.n ? 1u << (text.p[0] & 31) : 0;
}

/* ---- deciding. */

struct query { /* a request, looked at once */
	const struct request *request;
	enum layer layer;
	bool bounded; /* the caller has a permissions boundary [S-84] */
	bool is_arn;  /* the action has a resource, and it is an ARN */
	uint32_t action_hash;
	uint64_t first;    /* bytes of `tail` */
	str account, tail; /* what is between the resource's fourth and fifth colon, and behind;
	                           empty where there are fewer */
};

void query_start(struct query *query, const struct request *request, bool bounded);
bool action_matches(const struct action *action, str text);
bool rule_action(const struct rule *rule, str action);
bool rule_resource(const struct rule *rule, const struct query *query);
enum principal_match rule_principal(const struct rule *rule, const struct query *query);
const struct test *rule_failed_test(const struct rule *rule, const struct request *request);

/* The caller's side never names principals; the resource's side always does [S-08]. */
static inline bool layer_has_principals(enum layer layer)
{
	return layer == LAYER_RESOURCE || layer == LAYER_RCP || layer == LAYER_ENDPOINT;
}

enum principal_match principal_matches(const struct principal *principal,
	const struct caller *caller);

/* One program in one layer. */
struct layer_result program_decide(const struct program *program, struct query *query,
	enum layer layer);

/* Whose resource it is: as the request says, as its ARN does, or else the caller's [S-39]. */
bool resource_in_account(const struct query *query, str account);

/* Does the layer apply to this caller and resource at all? */
bool layer_applies(const struct layers *layers, const struct request *request, enum layer layer);
bool is_service_linked(const struct caller *caller);

/* Does it name the action, and would it have helped a denied request? */
bool finding_is_near(const struct decision *decision, const struct finding *finding);

#endif
