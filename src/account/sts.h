/*
 * sts.h -- what the sections of STS say to one another.
 *
 * May include: as account.h. Other sections use account.h alone.
 */
#ifndef DEPUTY_ACCOUNT_STS_H
#define DEPUTY_ACCOUNT_STS_H

#include "account/account.h"

/* ---- what a call asks for: a session of a role, or of a federated user. */

struct wanted {
	str arn, name, external_id, policy, source_identity;
	struct arn parts;
	struct words policy_arns;
	unsigned duration_s;
	struct json *tags;         /* of the request and inherited; NULL: none */
	struct words transitive;   /* keys of tags, likewise */
	struct words providers;    /* of ProvidedContexts */
	const struct record *role; /* NULL: there is none */
};

/* sts.c: RoleArn, RoleSessionName, DurationSeconds; the role itself may not exist. */
MUST_USE bool sts_read_role(struct call *call, struct wanted *wanted);
MUST_USE bool sts_check_duration(struct call *call, const struct wanted *wanted);
/* sts:ExternalId and the others are there only if they were sent [S-109]. At most
 * STS_EXTRA_KEYS are added behind the [n] that are there. */
enum { STS_EXTRA_KEYS = 4 };
size_t sts_extra_keys(struct call *call, const struct wanted *wanted, struct context_key *extra,
	size_t n);
/* Does the role, which is there, trust whoever calls to do this? Noted either way, not told. */
bool sts_trusted(struct call *call, const char *action, const struct wanted *wanted,
	const struct context_key *extra, size_t nextra);
bool sts_has_tag(const struct json *tags, str key); /* letter case does not matter */

/* ---- session policies and the size of what is packed into a token (sts_policy.c). */

MUST_USE bool sts_read_policies(struct call *call, struct wanted *wanted);
MUST_USE bool sts_check_policies(struct call *call, const struct wanted *wanted, str account_id);
/* PackedPolicySize; 0: nothing was packed. */
unsigned sts_packed_percent(const struct wanted *wanted);

/* ---- the answer (sts.c). */

void sts_tell_credentials(struct call *call, const struct session *session,
	const struct credentials *credentials);
/* Makes the role's session, and says so. */
void sts_begin_role(struct call *call, const struct wanted *wanted, const struct session *more);

/* ---- web identities (oidc.c): a token that a registered provider signed. */

struct web_identity {
	str issuer;            /* https://HOST/PATH */
	str host;              /* HOST/PATH: the prefix of its condition keys */
	str audience;          /* the token's, or its authorised party's where it names one */
	str original_audience; /* where it does not say the same; else {0} */
	str subject;
	struct words methods; /* amr */
	const struct json *claims;
};

/* The provider's keys sign it, and it is not expired. Refuses with InvalidIdentityToken and its
 * kin. Audience and trust are the caller's to check. */
MUST_USE bool oidc_verify(struct call *call, str token, struct web_identity *identity);
/* The issuer that a token claims, unverified: {0} if it is no token. */
str oidc_claimed_issuer(struct call *call, str token);

#endif
