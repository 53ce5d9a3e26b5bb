/*
 * services.h -- what the sections of EC2, EKS and S3 say to one another.
 *
 * May include: as account.h. Other sections use account.h alone.
 *
 * A resource of EC2 is a record {"wire": the answer's element, "tags": {…}}; one of EKS is the
 * answer's object itself, tags and status included. A thing that is not there is authorised all
 * the same, by the ARN it would have and without tags, before anybody hears that it is missing.
 */
#ifndef DEPUTY_ACCOUNT_SERVICES_H
#define DEPUTY_ACCOUNT_SERVICES_H

#include "account/account.h"

/* ---- condition keys of one pair, being collected (ec2.c). */

struct keys {
	struct arena *arena;
	struct context_key *list;
	size_t n, cap;
};

void keys_add(struct keys *keys, str key, str value); /* nothing if the value is empty */
void keys_add_bool(struct keys *keys, str key, bool value);
void keys_add_list(struct keys *keys, str key, const struct json *strings); /* multi-valued */

/* ---- pages of a list (ec2.c). Leaves in `list` the part that was asked for. */

struct paging {
	str size, token;  /* parameters: MaxResults, NextToken */
	str next;         /* the answer's member */
	size_t max_size;
	enum fault_id bad_size, bad_token;
};

MUST_USE bool page_list(struct call *call, struct json *list, const struct paging *paging);

/* ---- EC2 (ec2.c). */

struct ec2_type { /* a row of data/ec2_resources.tsv */
	str name, prefix, id_member, parameter, list;
	enum fault_id fault;
	str before, behind;
};

const struct ec2_type *ec2_type_by_name(str name);
const struct ec2_type *ec2_type_of_id(str id); /* NULL: no id that we know */

struct ec2_item {
	const struct ec2_type *type;
	str id, arn;
	const struct json *wire; /* NULL: it does not exist */
	const struct json *tags; /* NULL: none */
};

struct ec2_item ec2_find(struct call *call, const struct ec2_type *type, str id);
bool ec2_missing(struct call *call, const struct ec2_item *item); /* refuses as not found */
struct json *ec2_answer(struct call *call, const struct ec2_item *item); /* wire and tagSet */
str ec2_key(struct call *call, str type, str id); /* of the record */
str ec2_arn(struct call *call, str type, str id); /* images belong to no account */
void ec2_put(struct call *call, const struct ec2_item *item, const struct json *wire,
	const struct json *tags);
const struct record *const *ec2_range(struct call *call, const struct ec2_type *type, size_t *n);
void ec2_item_keys(struct keys *keys, struct call *call, const struct ec2_item *item);
str ec2_time(struct call *call); /* now: 2026-11-24T07:05:44.000Z */

/* The tags that TagSpecifications give resources of `type`; NULL if they give none. */
MUST_USE bool ec2_spec_tags(struct call *call, const struct json *specs, str type,
	struct json **tags);
/* Refuses specifications for other types than these, separated by spaces. */
MUST_USE bool ec2_spec_types(struct call *call, const struct json *specs, str types);

/* Asks for the call's own action. `item` NULL: a Describe, which has no resources. */
MUST_USE bool ec2_allow(struct call *call, const struct ec2_item *item,
	const struct json *request_tags, const struct keys *extra);
/* Creating `type` with `tags`: the action itself, and CreateTags if there are any. */
MUST_USE bool ec2_allow_create(struct call *call, str type, const struct json *tags,
	const struct keys *extra);
/* After authorisation: false for a dry run, which ends here. */
MUST_USE bool ec2_go_ahead(struct call *call);

/* Refuses tags that a condition could not tell apart. Also for EKS. */
MUST_USE bool tags_unambiguous(struct call *call, const struct json *tags);

/* ---- launch templates (ec2_template.c). */

/* By id or by name, one of which must be given; the item may not exist. */
MUST_USE bool template_find(struct call *call, str id, str name, struct ec2_item *item);
bool template_missing(struct call *call, const struct ec2_item *item, str name);
/* The record of a version ("3", "$Latest", "$Default", or empty), or NULL. */
const struct json *template_version(struct call *call, const struct ec2_item *item, str version);

/* ---- RunInstances: all that it asks for, pair by pair (ec2_launch.c). */

struct pair {
	struct target target;
	struct keys keys;
};

struct launch {
	const struct json *request; /* parameters given directly: these override the template's */
	struct json *params;        /* both together */
	bool has_template;
	struct ec2_item template;
	str template_name, version;
	const struct json *template_data; /* NULL: no such version */
	struct ec2_item image;
	struct ec2_item *subnets, *groups, *interfaces; /* interfaces: those that exist already */
	size_t nsubnets, ngroups, ninterfaces;
	str snapshot;     /* a device's, or {0}: there are none here, so it is missing */
	str profile_name; /* of IamInstanceProfile, or {0} */
	str profile_role; /* its role's ARN */
	struct pair *pairs;
	size_t npairs, cap_pairs;
};

/* Reads parameters; `subnet_ids` (EKS) replace those of the request. */
MUST_USE bool launch_read(struct call *call, const struct json *request,
	const struct json *subnet_ids, struct launch *launch);
MUST_USE bool launch_pairs(struct call *call, struct launch *launch);
/* Everything named is there; refuses as EC2 does. */
MUST_USE bool launch_exists(struct call *call, const struct launch *launch);
struct pair *launch_add(struct call *call, struct launch *launch, str action, str resource);

/* The pair for iam:PassRole. */
void pass_role_target(struct call *call, str role, str service, str associated, struct pair *pair);

/* ---- EKS: roles and what EKS does on the caller's behalf (eks_role.c). */

/* The role exists and `service` may assume it; refuses as EKS does. */
MUST_USE bool eks_check_trust(struct call *call, str role, str service, const char *sentence);

/* ---- EKS: clusters and their children (eks.c). */

struct eks_kind { /* a row of data/eks_kinds.tsv */
	str name;        /* in ARNs and records */
	str path;        /* the path parameter that names it */
	str answer;      /* the member of the answer that holds it */
	str name_member; /* and in it: its name */
	str arn_member;
	str list;        /* the member of List…'s answer */
	str missing;     /* AWS's sentence, before the name */
};

extern const struct eks_kind eks_cluster, eks_nodegroup, eks_addon, eks_access_entry,
	eks_association, eks_fargate;

struct eks_item {
	const struct eks_kind *kind;
	str cluster, name, key, arn;
	const struct json *value; /* NULL: it does not exist */
};

#endif
