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
	str size, token; /* parameters: MaxResults, NextToken */
	str next;        /* the answer's member */
	size_t max_size;
	enum fault_id bad_size, bad_token;
	size_t min_size; /* 0: 1 */
	bool all;        /* if no size is given; else max_size of them */
};

MUST_USE bool page_list(struct call *call, struct json *list, const struct paging *paging);

/* ---- a request that is sent twice (once.c). */

struct once {
	str token;               /* {0}: none was sent */
	str request;             /* a hash of its other parameters */
	str key;                 /* EC2: of the token's record */
	const struct json *made; /* EC2: ids of what it made before; NULL: it is the first */
};

/* Reads the token in the parameter `name`. */
MUST_USE bool once_read(struct call *call, str name, size_t max, struct once *once);
/* Puts it into what the request makes. */
void once_note(struct call *call, const struct once *once, struct json *value);
/* Is `kept`, which has the token, of the same request? Else refuses as AWS does. */
MUST_USE bool once_is(struct call *call, const struct once *once, const struct json *kept);
/* That of the records which has the token, or NULL; refuses if it is of another request. */
MUST_USE bool once_find(struct call *call, const struct once *once,
	const struct record *const *records, size_t n, const struct json **before);
/* ClientToken, when the call has been allowed. A zone, or {0}, has tokens of its own. */
MUST_USE bool ec2_once(struct call *call, size_t max, str zone, struct once *once);
void ec2_once_done(struct call *call, const struct once *once, const struct json *made);

/* ---- EC2 (ec2.c). */

struct ec2_type { /* a row of data/ec2_resources.tsv */
	str name, prefix, id_member, parameter, list;
	enum fault_id fault;
	str before, behind, other;
	enum fault_id malformed; /* FAULT_NONE: as one that is missing */
};

const struct ec2_type *ec2_type_by_name(str name);
const struct ec2_type *ec2_type_of_id(str id); /* NULL: no id that we know */

struct ec2_item {
	const struct ec2_type *type;
	str id, arn;
	const struct json *wire; /* NULL: it does not exist */
	const struct json *tags; /* NULL: none */
	bool is_name;            /* of a security group: `id` is what it was called */
};

struct ec2_item ec2_find(struct call *call, const struct ec2_type *type, str id);
/* The same by the id that tags are put on, also where the record has a name. */
struct ec2_item ec2_find_id(struct call *call, str id);
bool ec2_missing(struct call *call, const struct ec2_item *item); /* refuses as not found */
bool ec2_is_id(str prefix, str id); /* the prefix and 8 or 17 hexadecimal digits */
/* Of what was allowed: it is there, and this is no dry run; else the call is refused. */
MUST_USE bool ec2_ready(struct call *call, const struct ec2_item *item);
/* The item of that type with the id, or with the id in `parameter`: allowed, there, and not for a dry
 * run; else the call is refused. */
MUST_USE bool ec2_open(struct call *call, const char *type, str id, struct ec2_item *item);
MUST_USE bool ec2_need(struct call *call, const char *type, str parameter, struct ec2_item *item);
bool ec2_remove(struct call *call, const struct ec2_item *item);
/* The id of a VPC's security group, or {0}. */
str ec2_group_named(struct call *call, str vpc_id, str name);
struct json *ec2_answer(struct call *call, const struct ec2_item *item); /* wire and tagSet */
str ec2_key(struct call *call, str type, str id);                        /* of the record */
str ec2_arn(struct call *call, str type, str id); /* images belong to no account */
void ec2_put(struct call *call, const struct ec2_item *item, const struct json *wire,
	const struct json *tags);
const struct record *const *ec2_range(struct call *call, const struct ec2_type *type, size_t *n);
void ec2_item_keys(struct keys *keys, struct call *call, const struct ec2_item *item);
str ec2_text(const struct json *wire, str member); /* a dot goes one level down */
str ec2_zone_id(struct arena *arena, str zone);    /* of us-west-2a: usw2-az1 */
str ec2_time(struct call *call);                   /* now: 2026-11-24T07:05:44.000Z */

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
/* The same of an item that has its ARN already. */
MUST_USE bool ec2_allow_new(struct call *call, const struct ec2_item *item, const struct json *tags,
	const struct keys *extra);
/* After authorisation: false for a dry run, which ends here. */
MUST_USE bool ec2_go_ahead(struct call *call);

enum { EC2_ZONES = 3 }; /* of each region: a to c */

/* The ID of the region's default VPC; empty if it has none. */
str ec2_default_vpc(struct call *call);

/* Refuses tags that a condition could not tell apart. Also for EKS. */
MUST_USE bool tags_unambiguous(struct call *call, const struct json *tags);

/* ---- key pairs as SSH has them (ssh_key.c). */

struct ssh_key {
	str type;                /* rsa, ed25519 */
	str material;            /* the private key as a file, or {0} */
	str public, fingerprint; /* "ssh-rsa AAAA…" */
};

/* `putty`: {0} for OpenSSH's file, else the comment in PuTTY's. */
void ssh_key_make_rsa(struct arena *arena, const struct rsa_pair *pair, str putty,
	struct ssh_key *key);
void ssh_key_make_ed25519(struct arena *arena, str putty, struct ssh_key *key);
/* Base64 of OpenSSH's line. False: it is no public key of these types. */
MUST_USE bool ssh_key_read(struct arena *arena, str material, struct ssh_key *key);

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

#define DEFAULT_INSTANCE_TYPE "m1.small"

struct launch {
	const struct json *request; /* parameters given directly: these override the template's */
	struct json *params;        /* both together */
	bool has_template, is_spot;
	struct ec2_item template;
	str template_name, version;
	const struct json *template_data; /* NULL: no such version */
	struct ec2_item image;
	struct ec2_item *subnets, *groups, *interfaces; /* interfaces: those that exist already */
	size_t nsubnets, ngroups, ninterfaces;
	struct ec2_item key_pair, placement_group; /* no id: none is asked for */
	struct ec2_item *snapshots;                /* devices' */
	size_t nsnapshots;
	str profile_name, profile_arn;                  /* of IamInstanceProfile, or {0} */
	str profile_role;                               /* its role's ARN */
	str host, host_group, capacity, capacity_group; /* ids and ARNs of what there is none of */
	struct pair *pairs;
	size_t npairs, cap_pairs;
};

/* The devices of a launch that are volumes: the image's root first (ec2_volume.c). */
struct device {
	str name;
	const struct json *ebs, *image_ebs; /* what the launch says, and the image; or NULL */
};

struct device *launch_devices(struct call *call, const struct launch *launch, size_t *n);
str device_value(const struct device *device, str launch_name, str image_name);
/* Their volumes; answers what the instance shows of them. */
struct json *put_volumes(struct call *call, const struct launch *launch, str zone, str instance_id,
	const struct json *tags);
/* Those of a terminated instance: gone, or free. */
void free_volumes(struct call *call, str instance_id);

/* Reads parameters; `subnet_ids` (EKS) replace those of the request. */
MUST_USE bool launch_read(struct call *call, const struct json *request,
	const struct json *subnet_ids, struct launch *launch);
MUST_USE bool launch_pairs(struct call *call, struct launch *launch);
/* Everything named is there; refuses as EC2 does. */
MUST_USE bool launch_exists(struct call *call, const struct launch *launch);
struct pair *launch_add(struct call *call, struct launch *launch, str action, str resource);

/* The pair for iam:PassRole. */
void pass_role_target(struct call *call, str role, str service, str associated, struct pair *pair);

/* ---- EKS: what it keeps (eks.c). */

enum eks_id {
#define ROW(id, kind, noun, nouns, path, answer, name_member, arn_member, list, before, behind) id,
#include "gen/eks_kinds.inc"
#undef ROW
};

struct eks_kind { /* a row of data/eks_kinds.tsv */
	enum eks_id id;
	str kind, noun, nouns, path, answer, name_member, arn_member, list, before, behind;
};

const struct eks_kind *eks_kind(enum eks_id id);
const struct eks_kind *eks_kind_by_name(str kind); /* as in an ARN; NULL: none */

struct eks_item {
	const struct eks_kind *kind;
	str cluster, name, key, arn;
	const struct json *value; /* NULL: it does not exist */
};

/* A cluster's own name is in `cluster` and in `name`. */
struct eks_item eks_find(struct call *call, const struct eks_kind *kind, str cluster, str name);
/* All of a kind in a cluster; in the account for clusters ({0}). */
const struct record *const *eks_range(struct call *call, const struct eks_kind *kind, str cluster,
	size_t *n);
bool eks_missing(struct call *call, const struct eks_item *item);
str eks_arn(struct call *call, const struct eks_kind *kind, str cluster, str name, str uuid);

MUST_USE bool eks_check_name(struct call *call, const struct eks_kind *kind, str name);
/* Asks for the call's own action on the item, with the keys of data/eks_keys.tsv. */
MUST_USE bool eks_allow(struct call *call, const struct eks_item *item,
	const struct json *request_tags);
/* eks:TagResource on a resource that is being made, if there are tags. */
MUST_USE bool eks_allow_tags(struct call *call, str arn, const struct json *tags);
MUST_USE bool eks_read_tags(struct call *call, struct json **tags);

/* The cluster of the path: authorised as one, and then there. */
MUST_USE bool eks_on_cluster(struct call *call, const struct json *request_tags,
	struct eks_item *cluster);
/* The child of the path: authorised as itself; then its cluster and it are there. */
MUST_USE bool eks_on_child(struct call *call, enum eks_id id, struct eks_item *item);

/* What Describe shows: without the members that are ours (they start with '_'). */
extern const struct paging eks_pages; /* maxResults and nextToken, up to 100 */
struct json *eks_answer(struct call *call, const struct json *value, const char *status);

/* An update, done when it is looked at; returns the answer's object (eks_update.c). */
struct json *eks_put_update(struct call *call, const struct eks_item *item, const struct once *once,
	const char *type);
/* What stands there; a dot goes one level down (eks.c). */
const struct json *eks_member(const struct json *object, str path);
/* clientRequestToken, when the call has been allowed. `again`: it was sent before, with the same
 * parameters, and the answer is what it made, or the update (eks_update.c). */
MUST_USE bool eks_once(struct call *call, const struct eks_kind *kind, str cluster,
	struct once *once, bool *again);
MUST_USE bool eks_once_updated(struct call *call, const struct eks_item *item, struct once *once,
	bool *again);
str eks_policy_name(str policy_arn);            /* of a known access policy, or {0} (eks_read.c) */
bool eks_addon_version(str name, str *version); /* false: no such add-on (eks_read.c) */
struct json *eks_new_access_entry(struct call *call, str cluster, str principal, str uuid);

str eks_addon_service_account(str name); /* whose pods need a role, or {0} (eks_read.c) */

/* ---- EKS: pod identity associations (eks_pod.c; their roles, eks_role.c). */

struct eks_pod {              /* one, as it is asked for */
	struct eks_item item; /* value NULL: it is new */
	str cluster_arn, namespace, service_account;
	str role;      /* {0}: the association goes */
	bool untagged; /* sessions without tags */
};

struct eks_pods { /* what becomes of an add-on's */
	bool given;
	struct eks_pod *list;
	size_t n;
};

str eks_new_pod_id(struct arena *arena);
/* What an association is going to be: its roles, and the policy of its sessions. */
MUST_USE bool eks_check_association(struct call *call, const struct eks_item *item,
	struct json *value);
/* Refuses a service account that has an association already. */
MUST_USE bool eks_check_free(struct call *call, const struct eks_pod *pod);
/* podIdentityAssociations of the add-on of that ARN, against those it owns. */
MUST_USE bool eks_read_pods(struct call *call, const struct eks_item *cluster,
	const struct eks_item *addon, struct eks_pods *pods);
/* Each change, as EKS makes it for the caller. */
MUST_USE bool eks_allow_pods(struct call *call, const struct eks_item *cluster,
	const struct json *request_tags, const struct eks_pods *pods);
MUST_USE bool eks_check_pods(struct call *call, const struct eks_pods *pods);
/* Makes, changes and removes them, and tells the add-on. */
void eks_put_pods(struct call *call, str owner, const struct eks_pods *pods, struct json *addon);

/* The role is passed to the service of pods, and read. */
MUST_USE bool eks_allow_pod_role(struct call *call, const struct eks_pod *pod);
/* It is there, and the service may assume it and tag the session. */
MUST_USE bool eks_check_pod_trust(struct call *call, const struct eks_pod *pod);

/* ---- EKS: on the caller's behalf (eks_role.c). */

/* The role exists and `service` may assume it for `source`, an ARN or {0}; refuses as EKS does. */
MUST_USE bool eks_check_trust(struct call *call, str role, str service, str source);
/* Makes the service-linked roles that are missing, if the caller may. */
MUST_USE bool eks_need_cluster_role(struct call *call);
MUST_USE bool eks_need_nodegroup_role(struct call *call);
/* The same for Spot Instances, in EC2's words. */
MUST_USE bool ec2_need_spot_role(struct call *call);
/* iam:GetRole and iam:ListAttachedRolePolicies, which EKS calls as the caller. */
MUST_USE bool eks_allow_role_reads(struct call *call, str role, bool policies);

/* ---- security groups and their rules (ec2_group.c). */

enum peer_sort { PEER_IPV4, PEER_IPV6, PEER_GROUP, PEER_PREFIX_LIST, PEER_SORTS };

struct peer_names {
	str list, member;             /* in IpPermissions */
	str shown_list, shown_member; /* in an answer's permissions */
	str parameter, rule_member;   /* of a rule */
};

struct group_rule {
	str id;
	bool egress;
	str protocol;
	int from, to; /* of tcp and udp; the type and code of icmp and icmpv6; -1: all */
	enum peer_sort sort;
	str peer, description;   /* peer: a CIDR block or an id */
	bool is_name;            /* of a group that is asked for: `peer` is what it is called */
	const struct json *tags; /* or NULL */
};

struct group_place {
	str account_id, region, group_id;
};

struct new_group {
	struct group_place place;
	str vpc_id, name, description;
	bool reach_one_another; /* its members do, as in a VPC's default group */
	const struct json *tags;
	record_sink *put;
	void *context;
};

const struct peer_names *peer_names(enum peer_sort sort);
bool rule_has_ports(const struct group_rule *rule); /* TCP, UDP */
bool rule_is_icmp(const struct group_rule *rule);   /* ICMP, ICMPv6 */
/* Where one that says the same is; SIZE_MAX: nowhere. */
size_t rule_place(const struct group_rule *rules, size_t n, const struct group_rule *rule);
MUST_USE bool port_read(str text, int *port); /* -1 to 65535 */
struct json *rule_wire(struct arena *arena, const struct group_place *place,
	const struct group_rule *rule);
/* A group's, in the order in which they were made: [*n]. */
struct group_rule *group_rules(struct call *call, const struct ec2_item *group, size_t *n);
void put_rule(struct call *call, const struct ec2_item *group, const struct group_rule *rule);
void add_permission(struct arena *arena, struct json *set, const struct group_rule *rule,
	str account_id);
/* Its rules as permissions, in what Describe shows of it. */
void group_show(struct call *call, const struct ec2_item *group, struct json *answer);
/* Puts a group and its first rules; answers what the group's record says of it. */
struct json *make_group(struct arena *arena, const struct new_group *new);
void group_delete(struct call *call, str id); /* with its rules */
/* The group of GroupId or GroupName; it may not exist, and nobody was asked (ec2_network.c). */
MUST_USE bool group_named(struct call *call, struct ec2_item *item);
/* The same, allowed, there, and not for a dry run. */
MUST_USE bool group_open(struct call *call, struct ec2_item *item);
/* The default VPC's of that name, or one that is not there. */
struct ec2_item group_called(struct call *call, str name);

/* What a call asks about rules, before it is known to be allowed (ec2_rule_read.c). */
MUST_USE bool rules_read(struct call *call, bool egress, struct group_rule **rules, size_t *n);
MUST_USE bool rule_read(struct call *call, const struct json *request, struct group_rule *rule);
MUST_USE bool description_check(struct call *call, str description);
bool is_group_text(str text); /* what a group's name and every description may be */
/* Afterwards: are the peers there? A group's name becomes its id. */
MUST_USE bool rule_peers_exist(struct call *call, const struct ec2_item *group,
	struct group_rule *rules, size_t n);
str rule_said(struct arena *arena, const struct group_rule *rule);

/* A security group that EKS makes for a cluster (ec2_vpc.c). */
str ec2_new_group(struct call *call, str vpc_id, str name, str description,
	const struct json *tags);

#endif
