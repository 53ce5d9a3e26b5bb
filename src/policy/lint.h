/*
 * lint.h -- what the files of `policy_lint` share; nobody else includes it.
 *
 * lint.c runs them in this order: lint_form.c reports what is not a policy at all and
 * mends it, so that the rest can be read; then lint_statement.c, lint_resource.c,
 * lint_condition.c and lint_principal.c look at each statement. Each finding is one call of
 * lint_add() with the row of data/findings.tsv, the place, and what to fill in.
 */
#ifndef DEPUTY_LINT_H
#define DEPUTY_LINT_H

#include "policy/policy.h"

/* A resource of the policy, ready to be compared: its variables are stars. */
struct resource_pattern {
	str text;
	bool stars; /* nothing but */
	bool whole; /* has all fields: `arn` */
	struct arn arn;
};

struct lint {
	struct arena *arena;
	str text;
	struct json *root;           /* mended by lint_form() */
	const struct json *original; /* as written: where paths are read off; NULL: not JSON */
	const struct document *document;
	struct resource_pattern **patterns; /* by statement, then as its resources */
	enum policy_kind kind;
	str account;
	struct policy_findings *out;
};

void lint_add(struct lint *l, enum finding_id id, size_t at, str a, str b);
bool lint_found_between(const struct lint *l, size_t at, size_t end, bool errors_only);

void lint_form(struct lint *l); /* of l->root, which it mends */
void lint_statement(struct lint *l, const struct statement *s);
void lint_coverage(struct lint *l);
void lint_resources(struct lint *l, const struct statement *s);
void lint_conditions(struct lint *l, const struct statement *s);
void lint_audience(struct lint *l, const struct statement *s);
void lint_condition_values(struct lint *l, const struct condition *c);
void lint_principals(struct lint *l, const struct statement *s);
void lint_trust(struct lint *l, const struct statement *s);
void lint_variables(struct lint *l, const struct word *word, bool allowed);
void lint_placeholder(struct lint *l, const struct word *word);

/* ---- small questions (lint_text.c) */

bool is_stars(str s); /* nothing but asterisks, one at least */
bool is_wild(str s);  /* has * or ? */
bool ends_nocase(str s, str end);
bool starts_nocase(str s, str start);
bool has_variable(str s);
str without_variables(struct arena *arena, str s); /* each ${...} becomes a star */
const struct condition *condition_on(const struct statement *s, str key); /* NULL: none */
bool condition_says(const struct statement *s, str key, str value); /* whatever the operator */
/* Must the key be there and have one of some values? Not so with IfExists, ForAllValues, a negation. */
bool is_held_to(const struct statement *s, str key);
bool names_action(const struct statement *s, str action); /* literally, in Action */
bool allows_action(const struct statement *s,
	str action);                   /* Action matches, or NotAction does not */
bool can_grant(enum policy_kind kind); /* its Allow gives something */
bool is_iam_kind(enum policy_kind kind);

/* Does pattern `a` match everything that pattern `b` does? No means: not shown. */
bool glob_covers(str a, str b);
bool glob_matches(str pattern, str text); /* ignoring letter case */
/* Can a text match both? `b` is of limited length; in it GLOB_NO_SLASH is a run without '/'. */
bool globs_meet(str a, str b);
enum { GLOB_NO_SLASH = 1, GLOB_MEET_MAX = 400 };

/* ---- operators, as lint reads data/operators.tsv */

enum operator_type {
	TYPE_ARN,
	TYPE_BINARY,
	TYPE_BOOL,
	TYPE_DATE,
	TYPE_IP,
	TYPE_NULL,
	TYPE_NUMBER,
	TYPE_STRING,
};

struct operator_facts {
	str name;
	enum operator_type type;
	bool like, negated, variables;
	bool greater, less; /* the value of the request must be */
	enum set set;
	bool if_exists;
};

MUST_USE bool operator_facts(str text, struct operator_facts *facts);

/* ---- resources (lint_resource.c) */

/* Fills in l->patterns. */
void lint_prepare(struct lint *l);
str action_service(str action); /* what is in front of the colon */

/* ---- values (lint_value.c) */

struct ip_range {
	unsigned char bytes[16];
	size_t nbytes; /* 4 or 16 */
	unsigned bits; /* of the mask */
};

bool is_number(str s, double *value);
bool is_date(str s);
bool is_base64(str s);
MUST_USE bool ip_range_parse(str s, struct ip_range *range);
bool ip_range_mask(struct ip_range *range); /* clears bits behind the mask; were there any? */
bool ip_range_is_private(const struct ip_range *range);
void ip_range_write(struct buf *out, const struct ip_range *range);

#endif
