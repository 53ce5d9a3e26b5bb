/*
 * policy.h -- the IAM policy language: a JSON text becomes a document.
 *
 * May include: base.  Pure: no I/O, no clock, no globals.
 *
 *   policy text --policy_parse--> document --policy_check--> what AWS would say at creation
 *
 * policy_parse is strict about structure (JSON, element names, types, limits)
 * and lenient about content: an action without a colon, or no action at all, is
 * kept and matches nothing. policy_check is where AWS's refusals live. A document points into
 * its text and its arena and lives no longer than either.
 */
#ifndef DEPUTY_POLICY_H
#define DEPUTY_POLICY_H

#include "base/base.h"
#include "base/json.h"

/* What a document is used as; decides which elements it must and must not have. */
enum policy_kind {
	POLICY_IDENTITY,
	POLICY_RESOURCE,
	POLICY_TRUST,
	POLICY_BOUNDARY,
	POLICY_SESSION,
	POLICY_SCP,
	POLICY_RCP,
	POLICY_ENDPOINT,
};

/* ---- ARNs. */

enum arn_part { ARN_PARTITION, ARN_SERVICE, ARN_REGION, ARN_ACCOUNT, ARN_RESOURCE, ARN_PARTS };

struct arn {
	str part[ARN_PARTS]; /* the resource part keeps all further colons */
};

bool arn_parse(str text, struct arn *arn); /* "arn:" and five more colons; nothing else checked */
bool is_account_id(str text);              /* twelve digits */

/* ---- a document. */

struct word { /* one string of the policy and where it stands */
	str text;
	size_t at;
};

struct words {
	struct word *item;
	size_t n;
};

enum principal_type {
	PRINCIPAL_NONE,
	PRINCIPAL_ANY, /* "*" or {"AWS":"*"} */
	PRINCIPAL_AWS,
	PRINCIPAL_SERVICE,
	PRINCIPAL_FEDERATED,
	PRINCIPAL_CANONICAL_USER,
};

struct principal {
	enum principal_type type;
	bool bare_any; /* written "*", not {"AWS":"*"} */
	str text;
	size_t at;
};

struct condition {
	str operator; /* as written, with prefix and suffix */
	size_t operator_at;
	str key;
	size_t key_at;
	struct words values; /* booleans and numbers in their text form [S-12] */
};

struct statement {
	str sid;                                  /* {0} when there is none */
	size_t sid_at, resource_at, principal_at; /* 0 when there is none */
	bool allow;
	bool not_action, not_resource, not_principal;
	bool has_action, has_resource, has_principal;
	struct words actions, resources;
	struct principal *principals;
	size_t nprincipals;
	struct condition *conditions;
	size_t nconditions;
	size_t at, end; /* of the statement's object in the text */
	size_t index;   /* from 0, within the document */
};

struct document {
	str name; /* of the policy: a file name, "inline/NAME", an ARN; for explanations */
	str text;
	bool version_2012; /* variables are resolved [S-06] */
	struct statement *statements;
	size_t nstatements;
};

/*
 * Reads one policy document.
 *
 *   name      kept for explanations; not copied
 *   text      kept: it must live as long as the document
 *   errors    ERR_SYNTAX with `at`: JSON, duplicate member, unknown element, wrong type,
 *             Effect not Allow or Deny, both of a pair (Action and NotAction);
 *             ERR_LIMIT: over LIMIT_POLICY_BYTES, _STATEMENTS, _VALUES.
 *             A statement without Action, Resource or Principal is kept (has_... says so)
 *   source    IAM User Guide, "Grammar of the IAM JSON policy language"  [S-03, S-04, S-05, S-06, S-07]
 */
MUST_USE bool policy_parse(struct arena *arena, str name, str text, struct document **document,
	struct err *err);

/* The same from an already parsed JSON value; `text` is what its positions point into. */
MUST_USE bool policy_from_json(struct arena *arena, str name, str text, const struct json *root,
	struct document **document, struct err *err);

/*
 * Would AWS accept this document when it is created as a `kind` policy?
 *
 *   errors    ERR_REFUSED, `at`, and in err->text AWS's own sentence (what MalformedPolicyDocument
 *             carries). Principals' existence is not this function's to know.
 *   source    IAM User Guide, "Grammar of the IAM JSON policy language"  [S-05, S-08, S-10, S-11, S-13, S-14, S-15]
 */
MUST_USE bool policy_check(const struct document *document, enum policy_kind kind, struct err *err);

/* ---- the name of a condition operator, taken apart: ForAllValues:StringLikeIfExists. */

enum set { SET_NONE, SET_ALL, SET_ANY };

struct operator_name {
	enum set set;
	bool if_exists;
	size_t row; /* of data/operators.tsv, as generated: sorted by name */
};

/* Letter case does not matter [S-52]. False: not an operator (NullIfExists is none either). */
MUST_USE bool operator_parse(str text, struct operator_name *name);

/* The characters that AWS counts against its quotas: all but white space outside strings. */
size_t policy_size(str text);

#endif
