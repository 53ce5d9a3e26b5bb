/*
 * grant.h -- the customer's side: the role that lets a vendor in, as the document asks for it.
 *
 * May include: base, policy, engine, wire, net. It never includes account: it speaks HTTP to an
 * endpoint, so the same code makes the role on AWS and on our own server.
 *
 *   what the administrator types --grant_check--> a grant --grant_apply--> the role's ARN
 */
#ifndef DEPUTY_GRANT_H
#define DEPUTY_GRANT_H

#include "base/base.h"
#include "net/net.h"

struct grant {
	str vendor_account;         /* whom to trust: twelve digits */
	str external_id;            /* for whom: what the vendor's console showed */
	str role_name, policy_name; /* both start with `prefix` */
	str prefix;                 /* "zilliz-byoc" */
	str bucket;                 /* stands for {bucketName} */
	str permissions;            /* the policy's text, with {bucketName} in it */
};

/*
 * Refuses what would make an unsafe or useless role, before anything is sent: an External ID
 * where the account ID belongs and the reverse, a missing prefix, a bucket name that S3 would
 * not take (which could also widen the policy), a policy without or with another placeholder.
 *
 *   errors   ERR_REFUSED, in a sentence that says what belongs there
 *   source   the vendor's document, "Create Cross-Account IAM Role", steps 1 and 2
 */
MUST_USE bool grant_check(const struct grant *grant, struct err *err);

/* The trust policy that "Another AWS account" with "Require external ID" makes. */
str grant_trust_policy(struct arena *arena, const struct grant *grant);

/*
 * The permissions with {bucketName} replaced, all other bytes as they are.
 *
 *   errors   ERR_REFUSED: a {placeholder} still stands, or AWS would refuse the document
 */
MUST_USE bool grant_permissions(struct arena *arena, const struct grant *grant, str *text,
	struct err *err);

/*
 * Step 1: CreateRole, without permissions.
 *
 *   answer   the role's ARN
 *   errors   as grant_check; ERR_REMOTE with AWS's code and sentence; ERR_NETWORK
 */
MUST_USE bool grant_create_role(struct arena *arena, struct client *client,
	const struct credentials *administrator, const struct grant *grant, str *role_arn,
	struct err *err);

/* Step 2: PutRolePolicy. Errors as above, and grant_permissions'. */
MUST_USE bool grant_put_policy(struct arena *arena, struct client *client,
	const struct credentials *administrator, const struct grant *grant, struct err *err);

#endif
