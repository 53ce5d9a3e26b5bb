/*
 * engine.h -- what a set of policies decides about one request, and why.
 *
 * May include: base, policy.  Pure: no I/O, no clock, no globals.
 *
 *   documents --program_compile--> program (one for each place policies are attached)
 *   layers of programs + request --decide--> decision --explain--> text
 *
 * A program is immutable and may be shared between threads. A decision points
 * into the programs and the request, and lives no longer than either.
 */
#ifndef DEPUTY_ENGINE_H
#define DEPUTY_ENGINE_H

#include "base/base.h"
#include "base/json.h"
#include "policy/policy.h"

/* ---- patterns: `*` is any run of bytes (also ':' and '/'), `?` is one byte. */

/*
 * Does `pattern` match all of `text`?
 *
 *   pattern, text   bytes, compared as they are
 *   cost            O(pattern.n * text.n) time, no allocation, no recursion
 *   source          IAM User Guide, "IAM JSON policy elements: Resource"  [S-26]
 */
bool pattern_match(str pattern, str text);
bool pattern_match_nocase(str pattern, str text); /* ASCII only */

/* ---- programs: the documents attached at one place, ready to decide with. */

struct program;

/*
 *   documents  [n]; they and their texts must live as long as the program
 *   answer     in `arena`; n == 0 gives a program that allows nothing
 *   errors     none: what cannot match simply does not
 */
struct program *program_compile(struct arena *arena, const struct document *const *documents,
	size_t n);

/* ---- the request. */

enum caller_type { /* zero is nobody */
	CALLER_ANONYMOUS,
	CALLER_ROOT,    /* arn:aws:iam::A:root */
	CALLER_USER,    /* arn:aws:iam::A:user/PATH/NAME */
	CALLER_ROLE,    /* arn:aws:iam::A:role/PATH/NAME: evaluated as the role itself [S-92] */
	CALLER_SESSION, /* arn:aws:sts::A:assumed-role/NAME/SESSION */
	CALLER_FEDERATED_USER, /* arn:aws:sts::A:federated-user/NAME */
	CALLER_SERVICE,        /* eks.amazonaws.com */
	CALLER_FEDERATED,      /* somebody an identity provider vouches for: trust policies only */
};

struct caller {
	enum caller_type type;
	str arn;            /* as above; for CALLER_SERVICE the service's name */
	str account;        /* twelve digits; {0} for anonymous, service, federated */
	str role_arn;       /* CALLER_SESSION: the role, with its path; {0} if unknown: then guessed
	                  without a path */
	str user_arn;       /* CALLER_FEDERATED_USER: the user behind it, or {0} */
	str unique_id;      /* AIDA…, AROA…:SESSION, or {0} */
	str federated;      /* CALLER_FEDERATED: the provider's ARN or host */
	str canonical_user; /* S3's id, or {0} */
};

/* The caller that an ARN, service name, or "anonymous" names. False: none of these. */
MUST_USE bool caller_parse(str text, struct caller *caller);

struct context_key {
	str key; /* as AWS documents it; case does not matter */
	const str *values;
	size_t n;
	bool multi; /* multi-valued: a property of the key, not of n [S-67] */
};

struct request {
	struct caller caller;
	str action;           /* "s3:GetObject"; ASCII case is ignored */
	str resource;         /* a full ARN without wildcards, or "*"; a call that concerns several
	                           resources is as many requests [S-135] */
	str resource_account; /* {0}: the ARN's account, else the caller's [S-39] */
	bool no_resource_types; /* the action is not resource-level; resource is "*" [S-134] */
	const struct context_key *context;
	size_t ncontext;
};

/* Adds the aws:Principal* keys that follow from the caller, where the context lacks them. */
void context_derive(struct arena *arena, struct request *request);

/* ---- the layers that apply to it. NULL: nothing is attached there. */

struct level { /* of an organization, root first */
	str target;
	const struct program *program;
};

struct layers {
	const struct program *identity, *boundary, *session, *resource, *endpoint;
	const struct level *scp, *rcp; /* of the caller's path, and of the resource's [S-104] */
	size_t nscp, nrcp;
	bool principal_in_management_account, resource_in_management_account;
	bool no_service_guards; /* what AWS refuses of itself is not looked at (for eval only) */
};

/* ---- the decision. */

enum effect { DENY_IMPLICIT, ALLOW, DENY_EXPLICIT }; /* zero denies [S-02, S-142] */

enum layer {
	LAYER_NONE,
	LAYER_IDENTITY,
	LAYER_RESOURCE,
	LAYER_BOUNDARY,
	LAYER_SESSION,
	LAYER_SCP,
	LAYER_RCP,
	LAYER_ENDPOINT,
	LAYER_SERVICE, /* AWS's own guards: protected roles, managed policies */
	LAYER_COUNT,
};

enum principal_match { /* how a resource policy names the caller; stronger is larger */
	MATCH_NO,
	MATCH_ACCOUNT,
	MATCH_ANY,
	MATCH_ROLE_OF_SESSION,
	MATCH_DIRECT,
};

struct layer_result {
	bool applies;
	enum effect effect;
	const struct document *document;   /* that settled it, or NULL */
	const struct statement *statement; /* likewise */
	enum principal_match match;        /* LAYER_RESOURCE only */
};

struct decision {
	enum effect effect;
	enum layer layer;  /* that settled it: granted, denied, or (DENY_IMPLICIT) withheld */
	unsigned missing;  /* 1 << LAYER_…: granting layers that would have had to allow, too */
	unsigned withheld; /* likewise: all that stopped a request which somebody granted */
	bool same_account;
	const struct document *document;   /* the deciding statement's, or NULL */
	const struct statement *statement; /* NULL: no statement allowed it */
	struct layer_result layers[LAYER_COUNT];
};

/*
 * Decides one request. An explicit deny anywhere wins; then somebody must grant it, and no
 * limiting layer may withhold it.
 *
 *   answer   {0} is a denial
 *   errors   none
 *   cost     O(statements that could concern the action); no allocation
 *   source   IAM User Guide, "Policy evaluation logic"  [S-01]
 */
struct decision decide(const struct layers *layers, const struct request *request);

/* ---- why: the same evaluation again, with every statement's part recorded. */

enum miss { MISS_NONE, MISS_ACTION, MISS_RESOURCE, MISS_PRINCIPAL, MISS_CONDITION };

struct finding { /* one statement's part in a decision */
	enum layer layer;
	const struct document *document;
	const struct statement *statement;
	enum miss miss;                            /* MISS_NONE: it matched */
	const struct condition *condition;         /* MISS_CONDITION: the first that did not hold */
	const struct condition *const *conditions; /* [nconditions] all that did not hold */
	size_t nconditions;
	unsigned missed;  /* 1 << MISS_… */
	bool key_missing; /* the key of `condition` was not in the request */
	size_t misses;    /* elements that did not match: 1 is the nearest miss */
};

struct trace {
	struct decision decision;
	struct finding *findings; /* all statements of all layers that apply, in order */
	size_t n;
};

void decide_trace(struct arena *arena, const struct layers *layers, const struct request *request,
	struct trace *trace);

/* The statement that came closest to allowing a denied request, or NULL. */
const struct finding *trace_nearest(const struct trace *trace);

/*
 * A decision as a story for people: what was asked, which layers answered what, the deciding
 * statement with its policy, Sid, line and column and its own lines; for a denial the nearest
 * miss and what would have to change.
 *
 *   colour   with terminal escapes
 */
void explain(struct buf *out, const struct request *request, const struct trace *trace,
	bool colour);

/* One sentence of at most a line: "EKSCreate wants aws:RequestTag/Vendor; it was not sent". */
str explain_short(struct arena *arena, const struct request *request, const struct trace *trace);

/* ---- one case of the iam-eval/1 format, and its answer (docs/deputy.5). */

struct eval_shared { /* policies that apply to every case (from --identity and so on) */
	const struct document *const *documents[LAYER_COUNT];
	size_t n[LAYER_COUNT];
	const struct program *programs[LAYER_COUNT]; /* the same, compiled; NULL where n is 0 */
	const struct level *scp, *rcp;               /* in front of the case's own */
	size_t nscp, nrcp;
};

struct eval_case {
	struct request request;
	struct layers layers;
	struct trace trace;
};

/*
 *   text      what `value` was parsed from, for positions in errors
 *   shared    or NULL
 *   answer    the answer object, and the case with its decision
 *   errors    ERR_SYNTAX: the case is not in the format
 */
MUST_USE bool eval_run(struct arena *arena, str text, const struct json *value,
	const struct eval_shared *shared, struct eval_case *out, struct json **answer,
	struct err *err);

/* The answer to a case that was put together otherwise; its trace is already filled in. */
struct json *eval_answer(struct arena *arena, const struct eval_case *decided);

/* ---- an IP network as AWS shows it. */

/*
 * 100.68.0.18/18 is 100.68.0.0/18; IPv6 as RFC 5952 writes it. False: it is no address with a
 * prefix behind it.
 */
MUST_USE bool network_canonical(struct arena *arena, str text, bool *v6, str *canonical);

const char *effect_name(enum effect effect); /* Allow, ImplicitDeny, ExplicitDeny */
const char *layer_name(enum layer layer);    /* identity, resource, … */

#endif
