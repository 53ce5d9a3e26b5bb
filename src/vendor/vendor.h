/*
 * vendor.h -- the vendor's side: External IDs, proving a role, and the rehearsal.
 *
 * May include: base (with crypto), policy, engine, wire, net, grant.
 *
 *   external_id_new -> the customer makes the role -> vendor_verify -> vendor_rehearse
 */
#ifndef DEPUTY_VENDOR_H
#define DEPUTY_VENDOR_H

#include "base/base.h"
#include "engine/engine.h"
#include "net/net.h"

/*
 * A new External ID: "cid-" and 25 lower-case letters and digits, from the system's random
 * source. The vendor issues it, one for each project; a customer cannot choose one, or two
 * customers could choose the same.
 *
 *   source   IAM User Guide, "Access to AWS accounts owned by third parties"
 */
str external_id_new(struct arena *arena);

/* Where the vendor works from: a session of its own role. */
struct vendor {
	struct client *client;
	struct credentials session;
	str role_arn; /* the customer's role, as handed back */
	str external_id;
};

/* sts:AssumeRole. `external_id` {0}: not sent. A refusal is an answer; see client_call. */
MUST_USE bool vendor_assume(struct arena *arena, struct client *client,
	const struct credentials *caller, str role_arn, str session_name, str external_id,
	struct api_answer *answer, struct credentials *session, struct err *err);

/* ---- does the role work, and only as it should? */

struct attempt {
	const char *words; /* "with no External ID" */
	str external_id;
	bool may;          /* should AWS allow it? */
	bool malformed;    /* AWS refuses the value before the trust policy is asked */
	bool did;          /* did it? */
	str code, message; /* of the refusal */
};

enum { ATTEMPTS = 6 };

/*
 * Assumes the role with the right External ID, and tries to with none, a wrong one, one in
 * another letter case, one with a space behind it, and another project's.
 *
 *   answer    `session`: of the right one, for the rehearsal; `proven`: the first worked, the
 *             others were denied with the same text, but for the one with the space: a space
 *             is no character of an External ID, so AWS answers that with a ValidationError
 *   errors    ERR_NETWORK only
 *   source    STS API Reference, AssumeRole, ExternalId: [\w+=,.@:\/-]*
 */
MUST_USE bool vendor_verify(struct arena *arena, const struct vendor *vendor,
	str another_projects_id, struct attempt attempts[ATTEMPTS], struct credentials *session,
	bool *proven, struct err *err);

/* ---- the rehearsal: the vendor's bootstrap and its neighbours, call by call. */

struct rehearsal {
	const struct vendor *vendor;
	struct credentials session;       /* of the customer's role */
	struct credentials administrator; /* the customer's, for the rows that are theirs */
	str session_arn;
	str policy;         /* the role's permissions, as sent */
	struct json *facts; /* {"bucket":"…"}: stands for {bucket} in data/rehearsal.json; grows */
};

struct rehearsal_row { /* what one row of data/rehearsal.json came to */
	str phase;     /* set alone: a heading */
	bool by_customer;
	str statement;               /* the Sid that the row is about */
	str words, action, resource; /* of the pair that decides; the resource as AWS named it */
	enum effect expected;        /* what AWS does, from its documentation */
	enum effect decided;         /* what the endpoint did */
	enum effect engine;          /* what Deputy's engine says of the pair */
	str code, message;           /* of a refusal */
	str decided_by;              /* the Sid of the statement that settled it, or {0} */
	str reason;                  /* why nobody allowed it */
	str remark;                  /* what a reader should know about the policy; or {0} */
	bool as_aws; /* all three agree, and the refusal named this action and resource */
};

/* Called after each row; `context` is the caller's. */
typedef void rehearsal_sink(void *context, const struct rehearsal_row *row);

/*
 *   errors   ERR_NETWORK; ERR_REMOTE: a call of the customer's was refused; ERR_INTERNAL: the
 *            table has a placeholder that nothing filled
 */
MUST_USE bool vendor_rehearse(struct arena *arena, struct rehearsal *rehearsal,
	rehearsal_sink *sink, void *context, struct err *err);

#endif
