/*
 * account.h -- AWS accounts that really enforce: AWS's front ends over store and engine.
 *
 * May include: base, policy, engine, wire, net, store.
 *
 *   request -> route -> authenticate -> read parameters -> handler -> answer
 *                                            |
 *                                            +-- allow(): the engine's decide(), once for
 *                                                each (action, resource) pair of the call
 *                                            +-- call_put(), call_delete(): changes, which
 *                                                dispatch commits after the handler said yes
 *
 * Parameters and answers are JSON objects whatever the protocol: dispatch reads IAM's and EC2's
 * forms into them and writes IAM's, EC2's and S3's XML from them. A handler is therefore a
 * function from one object to another, and looks the same in all five services.
 *
 * State is records: JSON objects under paths. What is in memory is what the store's text parses
 * to, and a change is a new text: the loader is the only way in. A record of a principal or a
 * role also holds its compiled policies.
 *
 * Nothing is allowed by accident: a handler that returns true without allow() having said yes
 * is answered with 500, and its changes are dropped. Only GetCallerIdentity and GetSessionToken,
 * which AWS lets no policy control, may call call_needs_no_permission().
 */
#ifndef DEPUTY_ACCOUNT_H
#define DEPUTY_ACCOUNT_H

#include "base/base.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/map.h"
#include "engine/engine.h"
#include "policy/policy.h"
#include "store/store.h"
#include "wire/wire.h"

#include <stdatomic.h>

/* ---- for the outside. */

struct account; /* all accounts of one directory */

struct account_admin { /* what init makes for each account; shown once */
	str account_id, region;
	struct credentials credentials;
};

/*
 * Makes `dir` with a database and a master key (0600), and in each account an administrator
 * (user/admin with AdministratorAccess's document inline), the default VPC with its security
 * group and three subnets, and one public image.
 *
 *   region   of the VPC
 *   admins   [n], in the order of `ids`
 *   errors   ERR_IO: `dir` holds accounts already, or is not writable; nothing is half-made
 */
MUST_USE bool account_init(struct arena *arena, str dir, const str *ids, size_t n, str region,
	struct account_admin *admins, struct err *err);

/* The same once more, from the directory: for `account env`. Also while it is served. */
MUST_USE bool account_admins(struct arena *arena, str dir, struct account_admin **admins, size_t *n,
	struct err *err);

MUST_USE bool account_open(str dir, struct account **account, struct err *err);
/* More AWS-managed policies: NAME.json, in the form that GetPolicyVersion answers, in `folder` or
 * in a folder of it that is their path (job-function/ViewOnlyAccess.json). */
MUST_USE bool account_managed_policies(struct account *account, str folder, struct err *err);
void account_close(struct account *account);

/* The accounts that it holds: [answer] of them, in order. */
size_t account_ids(struct arena *arena, const struct account *account, str **ids);

/*
 * One account's IAM as JSON: what GetAccountAuthorizationDetails answers to AWS's command line,
 * and some members more. Without access keys.
 *
 *   errors   ERR_USAGE: no such account
 */
MUST_USE bool account_export(struct arena *arena, const struct account *account, str account_id,
	struct json **out, struct err *err);

struct account_imported {
	size_t entities;
	size_t ids_anew; /* unique ids of the file's that were none, or belonged to several */
	bool administrator_stays; /* the file has a user admin; the one that is there was kept */
};

/*
 * The same into an account, all or nothing.
 *
 *   text     of a real account, too, if it is this one (its ARNs have its number)
 *   errors   ERR_SYNTAX, ERR_LIMIT: not such a file; ERR_REFUSED: of another account, something
 *            is there already, or a policy that is attached is unknown; ERR_IO
 */
MUST_USE bool account_import(struct arena *arena, struct account *account, str account_id, str text,
	struct account_imported *counts, struct err *err);

/*
 * What an account is served with; all of it before the first call.
 *
 *   issuer   https://HOST/PATH of an OpenID Connect provider; `jwks` its keys (RFC 7517)
 *   text     the organization's file (docs/deputy.5); `name` of it, for errors
 *   path     of the event log, which is made, or continued; beyond `max_bytes` it becomes PATH.1
 *   errors   ERR_SYNTAX with the place in the text; ERR_IO
 */
MUST_USE bool account_trust_issuer(struct account *account, str issuer, str jwks, struct err *err);
MUST_USE bool account_join(struct account *account, str name, str text, struct err *err);
MUST_USE bool account_record(struct account *account, str path, uint64_t max_bytes,
	struct err *err);

/* For a server whose calls must not wait for one another: RSA keys are made ahead of CreateKeyPair,
 * by a thread that runs until account_close(), from the first call to EC2 on. Without it, each is
 * made when it is asked for. */
void account_make_ahead(struct account *account);

/* A server_handler for the operator's own address: GET /health and GET /metrics. */
void account_monitor(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response);

/* A server_handler: `context` is the struct account. */
void account_handle(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response);

/* The same for a server that answers many at a time: what must be on the disk first waits
 * (http_response.waits) until account_settle() writes for all in one commit. */
void account_gather(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response);
void account_settle(void *context);

/* ---- when roles, users and access keys were last used (last_used.c). */

struct call;

struct last_use {
	int64_t at_s;
	str service, region;
};

struct last_used *last_used_open(struct arena *arena);
void last_used_close(struct last_used *used);
/* Takes what the store has of it; false: the key is a record's. */
bool last_used_load(struct account *account, str key, str text);
MUST_USE bool last_used_write(struct account *account, struct err *err);
/* The caller's key and user, or the role of its session, are used now, for the call's route. */
void last_used_note(struct call *call);
/* Somebody else knows: `use` has one of the five services. */
void last_used_put(struct account *account, str id, struct last_use use);
void last_used_forget(struct account *account, str id);
/* By the id of a role, a user or an access key; false: never, or not in 400 days. */
bool last_used_get(const struct account *account, str id, struct last_use *use);
/* A role or user, for that one service. */
bool last_used_for(const struct account *account, str id, str service, struct last_use *use);

/* The actions that are tracked by themselves, of all services. */
struct tracked { /* a row of data/tracked_actions.tsv */
	str service, operation, action;
};

const struct tracked *tracked_actions(size_t *n);
/* A role or user, for one of them. */
bool last_used_action(const struct account *account, str id, const struct tracked *action,
	struct last_use *use);

/* ---- records (record.c, records.c). */

struct record {
	str key;
	struct json *value;
	const struct program *identity; /* users and roles: their inline policies, compiled */
	const struct program *trust;    /* roles */
	/* Users, roles and groups: their inline policies; managed policies: the default version. */
	const struct document *const *documents;
	size_t ndocuments;
	str text;           /* of a record that sleeps (record.c); else {0} */
	struct arena arena; /* of all of the above, and of this struct unless it slept */
};

/* A change in memory that is not on the disk. */
struct staged {
	const struct record *old, *new; /* NULL: none */
};

enum { MASTER_KEY_BYTES = SHA256_BYTES };

/* What has been counted since the start (monitor.c). Written by the thread that answers calls, read
 * by the monitor's. */
enum outcome { OUTCOME_ALLOWED, OUTCOME_DENIED, OUTCOME_REFUSED, OUTCOME_FAILED, OUTCOMES };
enum { METER_SERVICES = 5, METER_BUCKETS = 12 };

struct meters {
	atomic_uint_fast64_t calls[METER_SERVICES][OUTCOMES];
	atomic_uint_fast64_t slower[METER_BUCKETS]; /* calls by the first bound they do not pass */
	atomic_uint_fast64_t call_ns, records, store_failures, event_failures;
	atomic_bool store_failing, events_failing; /* the last write failed */
	int64_t started_s;
};

/* An operation of IAM, STS or EC2 as it is looked up by name (dispatch.c). */
struct operation {
	const struct route *route;          /* NULL: a free place */
	const struct parameter *parameters; /* [nparameters] of IAM's and STS's */
	size_t nparameters;
};

enum { OPERATION_PLACES = 512 };

struct account { /* the sections' business only; from outside it is closed */
	struct store *store;
	unsigned char master[MASTER_KEY_BYTES];
	struct keys *keys;
	const struct record **records; /* sorted by key */
	size_t n, cap;
	const struct record **retired; /* replaced; answers under way may point into them */
	size_t nretired, cap_retired;
	struct staged *staged; /* [nstaged], and what the store will be told */
	struct change *staged_changes;
	size_t nstaged, cap_staged, cap_changes;
	struct call *waiting, **last_waiting; /* calls whose answers wait for it */
	struct arena arena;                   /* of this struct and the arrays */

	struct operation operations[OPERATION_PLACES]; /* by operation (dispatch.c) */
	const struct organization *organization;       /* NULL: the accounts are in none */
	const struct issuer *issuers;                  /* of web identities, a list */
	struct events *events;                         /* NULL: nobody asked for a log */
	struct last_used *last_used;
	struct rsa_stock *rsa_stock; /* NULL: keys are not made ahead */
	struct meters meters;
};

/* rsa_stock.c: some may be asked for; NULL is fine. */
void rsa_stock_want(struct rsa_stock *stock);
/* One that is ready, or the very first; false: there is none now. */
MUST_USE bool rsa_stock_take(struct arena *arena, struct rsa_stock *stock, struct rsa_pair *pair);
void rsa_stock_close(struct rsa_stock *stock);

/*
 * Keys. Names that AWS compares without case stand in lower case.
 *
 *   /A/iam/role/NAME  /A/iam/user/NAME  /A/iam/group/NAME  /A/iam/policy/NAME
 *   /A/iam/instance-profile/NAME  /A/iam/oidc/HOST/PATH  /A/iam/settings/account
 *   /A/iam/deletion-task/ROLE (the last that failed)
 *   /aws/iam/policy/NAME (AWS's own; not stored, but for those that were imported)
 *   /A/ec2/R/TYPE/ID  (of key pairs and placement groups: NAME)  /A/ec2/R/client-token/HASH
 *   /A/eks/R/cluster/C  /A/eks/R/nodegroup/C/N …  /s3/bucket/NAME  /key/AKIA…  /A (the account)
 */
const struct record *record_get(const struct account *account, str key);
/* The records whose keys start with `prefix`, in byte order: [*n] pointers. */
const struct record *const *record_range(const struct account *account, str prefix, size_t *n);
bool is_hosted(const struct account *account, str account_id);

struct change_list {
	struct arena *arena;
	struct change *items; /* of different keys */
	size_t n, cap;
	struct map places; /* of the keys, counted from 1 */
};

void change_put(struct change_list *list, str key, const struct json *value);
void change_delete(struct change_list *list, str key);

/* Loads everything from the store: at open only. */
MUST_USE bool records_load(struct account *account, struct err *err);
/* Into memory only: later calls see it. ERR_SYNTAX and so on: a text that would not load. The
 * list's texts must live until it is settled. */
MUST_USE bool records_stage(struct account *account, const struct change_list *list,
	struct err *err);
/* All that is staged to the store, in one commit. ERR_IO: nothing of it was changed, here or
 * there. What was replaced stays readable until records_release(). */
MUST_USE bool records_settle(struct account *account, struct err *err);
/* Both, for one list. */
MUST_USE bool records_commit(struct account *account, const struct change_list *list,
	struct err *err);
/* In memory only: what every account knows without having stored it. */
MUST_USE bool records_add(struct account *account, str key, str text, struct err *err);
void records_release(struct account *account);
void records_free(struct account *account);

/* record.c: one of them. A sleeping one lies in `arena` and is read when it is first wanted. */
MUST_USE bool record_read(str key, str text, const struct record **record, struct err *err);
MUST_USE bool record_sleep(struct arena *arena, str key, str text, const struct record **record,
	struct err *err);
void record_wake(const struct record *record);
void record_free(const struct record *record);

/* ---- one call (dispatch.c). */

/* How a call is refused. One row of data/faults.tsv each: HTTP status and AWS's code in the
 * query, EC2, JSON and S3 protocols. */
enum fault_id {
	FAULT_NONE,
#define ROW(id, status, query_code, ec2_status, ec2_code, json_status, json_code, s3_status, \
	s3_code)                                                                             \
	id,
#include "gen/faults.inc"
#undef ROW
};

struct call;
typedef bool handler(struct call *call);

/* Every handler of data/routes.tsv, declared here once. */
#define ROW(key, service, operation, method, path, function) handler function;
#include "gen/routes.inc"
#undef ROW

enum protocol { PROTOCOL_QUERY, PROTOCOL_EC2, PROTOCOL_JSON, PROTOCOL_S3 };

struct route { /* a row of data/routes.tsv */
	str service, operation;
	str method, path; /* JSON and S3: "POST", "/clusters/{name}/node-groups"; else {0} */
	handler *run;
};

enum session_kind {
	SESSION_ROLE,      /* AssumeRole, AssumeRoleWithWebIdentity */
	SESSION_USER,      /* GetSessionToken */
	SESSION_FEDERATED, /* GetFederationToken */
};

/* What a session token carries. AssumeRole stores nothing: the token is sealed with a key
 * derived from the master key and bound to the access key id; the secret is derived from both. */
struct session {
	enum session_kind kind;
	str account_id;
	str role_arn, role_name, role_id; /* of SESSION_ROLE */
	str user_name, user_id;           /* of the others; no name: the account's root */
	str name;                         /* of the session, or the federated user */
	int64_t issued_s, expires_s;
	str policy;                /* {0}: none */
	struct words policy_arns;  /* managed session policies */
	str provider, issuer, sub; /* of a web identity, or {0} */
	struct json *tags;         /* the session's own, or NULL */
	struct words transitive_keys;
	str source_identity; /* {0}: none */
};

/* Who calls: what authentication found out. */
struct identity {
	struct caller caller;
	const struct program *identity_program, *session_program; /* NULL: none attached */
	const struct program *boundary_program;                   /* likewise */
	str user_id;                 /* AIDA…, AROA…:SESSION, or the account id for root */
	bool is_session;             /* temporary credentials */
	int64_t issued_s, expires_s; /* sessions */
	str user_name;               /* users: aws:username */
	const struct json *tags;     /* {"key":"value"}: aws:PrincipalTag/…, or NULL */
	struct session session;      /* is_session: what its token says */
};

struct call {
	struct arena *arena; /* dies when the answer is sent */
	struct call *next;   /* of those that wait */
	struct http_response *response;
	uint64_t started_ns;
	bool gathers; /* changes are staged, and settled by who gathers */
	struct account *account;
	const struct http_request *http;
	const struct route *route;
	enum protocol protocol;
	str service, region; /* of the credential scope */
	str account_id;      /* the caller's */
	struct identity identity;
	int64_t now_s;
	str request_id; /* a UUID */

	const struct parameter *parameters; /* [nparameters] of an operation of IAM or STS */
	size_t nparameters;
	struct json *input; /* parameters; path parameters of JSON and S3 routes among them */
	/* An empty object to fill. NULL: IAM and STS leave out the result element, S3 sends no body.
	 * S3: {"LocationConstraint":"us-west-2"}: one member, the document's root element. */
	struct json *output;
	unsigned status;             /* of a success; 0: 200 */
	struct http_header *headers; /* of the answer, besides its own: call_header() */
	size_t nheaders, cap_headers;

	enum fault_id fault;
	str fault_message;
	struct json *fault_members; /* JSON and S3: clusterName, BucketName and so on, or NULL */
	bool authorized;
	struct change_list changes;
	str denied; /* for the log: the layer and statement that denied, or {0} */

	str access_key_id;      /* that the signature names, whether it was right or not */
	bool presigned;         /* the signature is in the query */
	int64_t signed_s;       /* its time */
	struct json *decisions; /* for the event log: every allow()'s, or NULL */
};

void operations_place(struct account *account); /* at open */
void call_header(struct call *call, str name, str value);

/* Refuses the call: returns false, so that refusing is one line. */
bool refuse(struct call *call, enum fault_id fault, const char *format, ...) PRINTF(3, 4);

/* One (action, resource) pair that a call needs. */
struct target {
	str action;
	str resource;
	str resource_account; /* {0}: the caller's */
	bool no_resource_types;
	const struct json
		*request_tags; /* {"Vendor":"zilliz-byoc"}: aws:RequestTag/K, aws:TagKeys */
	const struct json
		*resource_tags; /* aws:ResourceTag/K; of ec2 and iam also SERVICE:ResourceTag/K */
	const struct context_key *extra; /* further keys of this pair */
	size_t nextra;
	const struct program *resource_policy; /* the resource's own, or NULL */
};

/*
 * May the caller do this? True and noted, or refused with AWS's sentence for the service.
 * Every pair of a call is asked on its own [S-135].
 */
MUST_USE bool allow(struct call *call, const struct target *target);

/* The same question without a word about it: for checks whose failure has a sentence of its own.
 * Its yes does not count as the call's permission; some allow() must say yes as well. */
struct decision ask(struct call *call, const struct target *target);

/* The SCPs and RCPs that apply to it (authorize.c). */
void organization_layers(const struct call *call, const struct request *request,
	struct layers *layers);

/* AWS's sentence for a denial: "User: … is not authorized to perform: …". */
str denial_text(struct call *call, const struct target *target, const struct decision *decision);

void call_needs_no_permission(struct call *call);

/* Changes take effect together, after the handler returned true. Later calls see them. */
void call_put(struct call *call, str key, const struct json *value);
void call_delete(struct call *call, str key);

/* ---- parameters. All refuse with AWS's ValidationError (or the protocol's own) and return
 * false when a value is missing or breaks the constraint. */

MUST_USE bool need_str(struct call *call, str name, str *value); /* there and not empty */
str get_str(const struct call *call, str name);                  /* {0} if not given */
/* The same of IAM and STS, where check_parameters() has looked at it already; may be empty only if
 * its shape may. The operation must have it in data/parameters.tsv. */
MUST_USE bool need_text(struct call *call, str name, str *value);
MUST_USE bool get_text(struct call *call, str name, str *value); /* {0} if not given */
/* An integer parameter between min and max; `value` stays as it is if it is not given. */
MUST_USE bool get_number(struct call *call, str name, unsigned min, unsigned max, unsigned *value);
/* The list under `name`, as texts; one text is a list of one. */
MUST_USE bool get_list(struct call *call, str name, size_t max, struct words *list);
/* Refuses parameters that AWS has and this server does not: never ignored in silence. */
MUST_USE bool lacks(struct call *call, const str *names, size_t n);
/* "tags" in all three shapes (IAM's Tags list, EC2's TagSpecification, EKS's object) -> one
 * object {"key":"value"}; checks count, length, duplicates without case. NULL object: none given. */
MUST_USE bool read_tags(struct call *call, const struct json *list, struct json **tags);

str member_name(struct call *call, str name);  /* RoleName -> roleName */
str shown_value(struct call *call, str value); /* Value 'x', as sentences have it */
size_t characters(str text);
bool is_text_value(const struct json *value); /* neither an object nor a list */

/* ---- the service models of IAM and STS (parameters.c). */

enum shape_id {
#define ROW(id, min, max, form, pattern, allowed) id,
#include "gen/shapes.inc"
#undef ROW
};

enum form {
	FORM_ANY,
	FORM_SECRET, /* the same, and not repeated */
	FORM_NAME,
	FORM_PATTERN,
	FORM_CHOICE,
	FORM_DESCRIPTION,
	FORM_DOCUMENT,
	FORM_LINE,
	FORM_XML,
	FORM_TAG,
	FORM_DIGITS,
	FORM_ALIAS,
	FORM_VERSION,
	FORM_NUMBER,
	FORM_LIST,
};

struct shape { /* a row of data/shapes.tsv */
	uint32_t min, max;
	enum form form;
	str pattern, allowed;
};

struct parameter { /* a row of data/parameters.tsv */
	str operation, list, member;
	bool required;
	enum shape_id shape;
};

/* All parameters of the call against its operation's model; refuses with ValidationError. */
MUST_USE bool check_parameters(struct call *call);
/* Those of one operation; NULL: it has none. */
const struct parameter *find_parameters(str operation, size_t *n);
MUST_USE bool check_text(struct call *call, enum shape_id shape, str member, str value);
bool has_parameter(const struct call *call, str name);
bool is_tag_text(str text);

/* ---- names and ids (names.c). */

str new_unique_id(struct arena *arena, str prefix);   /* AROA + 17 of A-Z2-7 */
str new_resource_id(struct arena *arena, str prefix); /* "lt-" + 17 hexadecimal digits */
/* "AKIA" or "ASIA" and 16 letters, which carry the account as AWS's do. */
str new_access_key_id(struct arena *arena, str prefix, str account_id);
str access_key_id(struct arena *arena, str prefix, str account_id, uint64_t random);
/* The account that such an id carries. False: it is not one. */
MUST_USE bool access_key_account(struct arena *arena, str id, str *account_id);
str new_secret_key(struct arena *arena);                                      /* 40 characters */
str iam_key(struct arena *arena, str account_id, const char *kind, str name); /* of a record */
str role_arn(struct arena *arena, str account_id, str path, str name);
str iam_arn(struct arena *arena, str account_id, str rest); /* arn:aws:iam::ACCOUNT:rest */
str service_arn(struct call *call, str service, str rest); /* arn:aws:SERVICE:REGION:ACCOUNT:rest */

/* ---- the way of a call (authenticate.c, authorize.c, answer.c, session.c). */

/* Is this the one operation that comes without a signature? A token is its signature. */
bool is_web_identity_call(const struct call *call);
/* The form's parameters wherever they were sent: in the query, the body, or both. */
str call_form(const struct call *call);

/* Who signed this? Fills in service, region, account_id and identity, or refuses as the service
 * does. Without a scope to read, `call->protocol` and `call->service` are guesses. */
MUST_USE bool authenticate(struct call *call);
/* Takes the service and its protocol from the credential scope; false: not one of ours. */
bool call_service(struct call *call, str service);
/* The same by what the request looks like, for the wording of a refusal. */
void guess_service(struct call *call);

/* The whole answer: of a success when call->fault is FAULT_NONE, else of the fault. */
void answer(struct call *call, struct http_response *response);
const char *fault_code(enum protocol protocol, enum fault_id fault);

/* ---- organizations (organization.c). NULL: the account is in none. */

struct member {
	str account_id;
	bool manages;                  /* the management account */
	str path;                      /* o-ID/r-ID/ou-ID/…/ */
	const struct level *scp, *rcp; /* [nscp], [nrcp], root first */
	size_t nscp, nrcp;
};

const struct member *find_member(const struct account *account, str account_id);
str organization_id(const struct account *account);

/* ---- the event log (events.c) and what is counted (monitor.c). */

/* Notes one decision of the call for its event; does nothing without a log. */
void event_decision(struct call *call, const struct target *target,
	const struct decision *decision);
/* May something be changed? Not while events cannot be written: refuses with 500. */
MUST_USE bool event_log_ready(struct call *call);
void event_write(struct call *call, unsigned status);
/* event.c: the text, with a second line for the other account if a role of it was assumed. */
void event_lines(struct call *call, unsigned status, struct buf *lines);
void events_close(struct events *events);
void meter_call(struct call *call, uint64_t ns);
void meter_store(struct account *account, bool good);

/* Notes a denial for the log. */
void note_denial(struct call *call, const struct target *target, const struct decision *decision);

void session_issue(struct arena *arena, const struct account *account,
	const struct session *session, struct credentials *credentials);
MUST_USE bool session_read(struct arena *arena, const struct account *account, str access_key_id,
	str token, struct session *session);
str session_secret(struct arena *arena, const struct account *account, str access_key_id,
	str token);

/* What the session's own policies allow: NULL if it has none. sts_policy.c */
MUST_USE bool session_program(struct call *call, const struct session *session,
	const struct program **program);
const struct program *everything_program(struct arena *arena); /* allows all */

/* keys.c: the keys that calls need all the time, derived once; and signing keys in use. */
enum sealer_purpose { SEALER_SESSIONS, SEALER_SECRETS, SEALER_COUNT };

struct keys *keys_open(const unsigned char master[MASTER_KEY_BYTES]);
void keys_close(struct keys *keys); /* wipes them; NULL is fine */
struct sealer *keys_sealer(const struct keys *keys, enum sealer_purpose purpose);
struct random *keys_random(struct keys *keys); /* for what calls need: ids */
void keys_session_mac(const struct keys *keys, str text, unsigned char mac[SHA256_BYTES]);
const struct hmac_key *signing_key_find(struct keys *keys, const struct sigv4_claim *claim);
void signing_key_keep(struct keys *keys, const struct sigv4_claim *claim,
	const struct hmac_key *key);

/* A key for one purpose, derived from the master key. */
void derive_key(const unsigned char master[MASTER_KEY_BYTES], str purpose,
	unsigned char key[SHA256_BYTES]);
/* An access key's secret as it lies in the /key/ record, and back. */
str secret_seal(struct arena *arena, const unsigned char master[MASTER_KEY_BYTES],
	str access_key_id, str secret);
MUST_USE bool secret_unseal(struct arena *arena, const struct keys *keys, str access_key_id,
	str sealed, str *secret);

/* ---- what the sections offer one another. */

/* effective.c: what counts for a user or role: its inline policies, those attached to it, and all
 * of its groups'. In `arena`; lives no longer than the records. */
const struct program *identity_program(struct arena *arena, const struct account *account,
	const struct record *principal);
/* Its permissions boundary; NULL if it has none. */
const struct program *boundary_program(struct arena *arena, const struct account *account,
	const struct record *principal);
/* The managed policy of that ARN, if `account_id` can see it: its own, or AWS's. NULL: none. */
const struct record *find_policy(const struct account *account, str account_id, str arn);
str policy_text(const struct json *policy); /* its default version's document */
/* The document that counts for that ARN; of a policy that is not known, one that denies all. */
const struct document *managed_document(struct arena *arena, const struct account *account,
	str account_id, str arn);

/* managed.c: AWS-managed policies that are built in. */
MUST_USE bool managed_load(struct account *account, struct err *err);

/* iam.c: what the IAM sections share; iam.h has more of it. */
MUST_USE bool allow_on(struct call *call, const char *action, str resource,
	const struct json *resource_tags);
MUST_USE bool allow_list(struct call *call, const char *action, const char *what);
const struct record *find_user(const struct call *call, str name);
const struct record *find_by_arn(const struct account *account, const char *kind, str arn);
MUST_USE bool get_path(struct call *call, str *path);
str percent(struct call *call, str text);
struct json *tag_list(struct arena *arena, const struct json *tags);
void copy_members(struct call *call, struct json *to, const struct json *from, const str *names,
	size_t n);
MUST_USE bool add_to_tags(struct call *call, struct json *value, const struct json *more);
void remove_tag(struct json *tags, str key);

struct page { /* Marker and MaxItems, over names in byte order */
	unsigned max, n;
	str after, last;
	bool truncated;
};

MUST_USE bool page_open(struct call *call, struct page *page);
bool page_takes(struct page *page, str name);
void page_close(struct call *call, const struct page *page);

struct new_role {
	str name, path, trust, description;
	unsigned max_session_s;
	struct json *tags; /* or NULL */
	str attached;      /* AWS-managed policy of a service-linked role, or {0} */
	str boundary;      /* ARN, or {0} */
};

/* iam_role.c: puts the role, without asking anybody. EKS makes its service-linked roles so. */
MUST_USE bool make_role(struct call *call, const struct new_role *new, struct json **value);

/* iam_user.c: a user's record, and an access key for one: its record, and its id added to the
 * user's. The secret is in `credentials` only. */
struct new_key {
	struct credentials credentials;
	str key;
	struct json *record;
};

struct json *new_user(struct arena *arena, str account_id, str path, str name, int64_t now);
void new_access_key(struct arena *arena, const unsigned char master[MASTER_KEY_BYTES],
	str account_id, struct json *user, int64_t now, struct new_key *key);

/* iam_trust.c. `ids`: the unique ids of the roles and users that the policy names. */
MUST_USE bool read_document(struct call *call, enum policy_kind kind, str text,
	struct document **document);
MUST_USE bool check_trust(struct call *call, str text, struct json **ids);
/* Whatever its name is now. Looks at all users. */
const struct record *find_user_by_id(struct arena *arena, const struct account *account,
	str account_id, str id);
str principal_id(const struct account *account, str arn); /* of a role or user; {0}: none */
str trust_text(struct arena *arena, const struct account *account, const struct json *role);
const struct program *trust_program(struct arena *arena, const struct account *account,
	const struct record *role);

/* iam.c: the caller's account's role by name or by ARN; NULL if there is none. */
const struct record *find_role(const struct call *call, str name);
const struct record *find_role_by_arn(const struct account *account, str arn);

/* eks.c and ec2.c: iam:PassRole, as the service asks it [S-140]. */
MUST_USE bool allow_pass_role(struct call *call, str role_arn, str service, str associated_arn);

/* ec2.c: what a new account holds: its default VPC, three subnets in three zones, the default
 * security group, and one public image. `put` is called with each record. */
typedef void record_sink(void *context, str key, struct json *value);
void default_vpc(struct arena *arena, str account_id, str region, record_sink *put, void *context);

/* ec2_group.c: security groups from before their rules had ids; at open. ERR_IO: nothing of the
 * group that could not be written was changed. */
MUST_USE bool groups_upgrade(struct account *account, struct err *err);

/* ec2.c: would RunInstances with this launch template be allowed to the caller? What EKS asks
 * before it makes a node group. Refuses as EKS does. */
MUST_USE bool allow_launch(struct call *call, str template_id, str version,
	const struct json *subnet_ids);

#endif
