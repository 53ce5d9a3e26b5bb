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

/* ---- the catalogue: what the services of AWS have (data/actions.tsv and its neighbours). */

enum access_level { ACCESS_LIST, ACCESS_READ, ACCESS_WRITE, ACCESS_TAGGING, ACCESS_PERMISSIONS };

struct catalog_action {
	str name; /* "eks:CreateCluster", in AWS's letter case */
	enum access_level level;
	str resources; /* joined by commas; a star behind those that AWS requires: "cluster*,addon" */
	str keys;      /* condition keys besides those of its resource types, joined by commas */
	str dependents; /* actions that AWS checks along with it, joined by commas */
};

struct catalog_resource {
	str type; /* "eks:cluster" */
	str arn;  /* "arn:${Partition}:eks:${Region}:${Account}:cluster/${ClusterName}" */
	str keys; /* joined by commas */
};

enum key_type { KEY_STRING, KEY_ARN, KEY_BOOL, KEY_NUMBER, KEY_DATE, KEY_IP };
enum key_trait { TRAIT_NONE, TRAIT_SENSITIVE, TRAIT_FORGEABLE };

struct catalog_key {
	str name; /* as documented, "aws:RequestTag/${TagKey}" for every tag */
	enum key_type type;
	bool multi; /* a request can carry several values [S-67] */
	bool global;
	enum key_trait trait;
};

/*
 * Lookups ignore letter case [S-17] [S-51].
 *
 *   answer    false, or {0}: not documented; AWS adds some every week
 *   cost      a binary search; the nearest names of a service: its actions
 *   source    Service Authorization Reference, as of the version named in data/actions.tsv
 */
bool catalog_service(str prefix);
MUST_USE bool catalog_action(str name, struct catalog_action *action);
bool catalog_any_action(str pattern); /* does "ec2:Describe*" mean any? The service is literal */
MUST_USE bool catalog_resource(str service, str type, struct catalog_resource *resource);
MUST_USE bool catalog_key(str name, struct catalog_key *key);
bool catalog_key_service(str key, str service); /* false: documented for other services only */
bool catalog_region(str name);
bool catalog_partition(str name);
str catalog_near_action(str name); /* {0} when nothing is near */
str catalog_near_service(str prefix);
str catalog_near_key(str name);
str catalog_near_region(str name);

/* The next resource type whose ARNs are of `service`, from *row on, which starts as 0. */
MUST_USE bool catalog_next_resource(size_t *row, str service, struct catalog_resource *resource);

/* Each word of a list that is joined by commas: str word; while (list_next(&list, &word)) ... */
bool list_next(str *list, str *word);

/* ---- findings: what a reviewer should know about a document (data/findings.tsv). */

enum severity { SEVERITY_ERROR, SEVERITY_SECURITY_WARNING, SEVERITY_WARNING, SEVERITY_SUGGESTION };

enum finding_id {
#define ROW(id, severity, sentence, fix, source) FINDING_##id,
#include "gen/findings.inc"
#undef ROW
	FINDING_COUNT,
};

struct finding_rule {
	str id; /* "INVALID_ACTION" */
	enum severity severity;
	str sentence, fix; /* with {a} and {b} where a finding's texts belong */
	str source;
};

struct policy_finding {
	enum finding_id id;
	size_t at; /* byte offset in the text */
	str path;  /* "$.Statement[0].Action" */
	str a, b;
};

struct policy_findings {
	struct policy_finding *item; /* by place in the text */
	size_t n;
	bool cut;        /* there were more than LIMIT_FINDINGS */
	bool unreadable; /* not JSON; the one finding says where */
	bool errors;     /* at least one of SEVERITY_ERROR */
	str refused;     /* what AWS answers when the document is created; {0}: it takes it */
	size_t refused_at;
};

/*
 * Everything `deputy check` says of a document.
 *
 *   text      kept: findings point into it
 *   kind      what it is used as
 *   account   twelve digits of the account that it will be in, or {0} when not known
 *   answer    *findings, whose memory is the arena's; malformed JSON is a finding, too
 *   errors    none
 *   source    data/findings.tsv, each with its page
 */
void policy_lint(struct arena *arena, str text, enum policy_kind kind, str account,
	struct policy_findings *findings);

/* The kind that the document looks like: trust, resource, or, without principals, identity.
 * False: the text is not JSON, or no policy. */
MUST_USE bool policy_guess(struct arena *arena, str text, enum policy_kind *kind);

const struct finding_rule *finding_rule(enum finding_id id);
void finding_sentence(struct buf *out, const struct policy_finding *finding);
void finding_fix(struct buf *out, const struct policy_finding *finding);
const char *severity_name(enum severity severity);   /* "security_warning" */
const char *policy_kind_name(enum policy_kind kind); /* "trust" */
MUST_USE bool policy_kind_parse(str name, enum policy_kind *kind);

#endif
