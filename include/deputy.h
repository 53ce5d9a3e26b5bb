/*
 * deputy.h -- what AWS would say: policies parsed, checked and decided, requests signed and verified.
 *
 *   policy text ---deputy_policy_lint--> findings: what is wrong with it, all at once
 *   policy text ---deputy_policy_parse--> policy ---deputy_compile--> program
 *   who, what, on what --deputy_request_new--> request
 *   layers of programs + request ---deputy_decide--> decision, ---deputy_explain--> a story
 *
 *   HTTP message + credentials ---deputy_sign--> headers to send
 *   HTTP message + your keys ---deputy_verify--> who sent it, or why it cannot be known
 *
 * What can go wrong is meant to end in a denial:
 *   - Zero denies. A decision, verdict or effect that is {0} is the answer "no".
 *   - NULL denies. What could not be parsed is NULL, and may be passed on: a program made from it
 *     denies everything, and a decision about it is a denial.
 *   - A denial is an answer, not an error. Parsing may fail; deciding cannot.
 *
 * Texts are NUL-terminated UTF-8, unless a size in bytes stands beside them. What a function is
 * given is copied where it is kept, so it may be freed or changed as soon as the function returns.
 *
 * Objects are const, made by one call and freed by one call; freeing NULL is fine. There are no
 * globals and no locks: policies, programs and requests do not change once made, and any number
 * of threads may use one at the same time. The library reads no file, clock, network or
 * environment; the time is an argument.
 *
 * Memory comes from calloc() and goes back through free(); an application that wants another
 * allocator links its own two functions. How large an input may be is checked before memory is
 * taken for it, so running out of memory means that the host is in trouble: the library then
 * calls abort().
 *
 * Compile and link with `pkg-config --cflags --libs deputy`. C99 and later, and C++11 and later.
 */
#ifndef DEPUTY_H
#define DEPUTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEPUTY_VERSION "0.1.0"

#if defined(__GNUC__)
#define DEPUTY_API      __attribute__((visibility("default")))
#define DEPUTY_MUST_USE __attribute__((visibility("default"), warn_unused_result))
#else
#define DEPUTY_API
#define DEPUTY_MUST_USE
#endif

/*
 * The version of the library that is linked, which may be newer than this header.
 *
 *   answer   "0.1.0"; never freed
 *   errors   none
 *   cost     none
 *   source   Semantic Versioning 2.0.0: before 1.0, a new minor version may change this file
 */
DEPUTY_API const char *deputy_version(void);

/* ---- why something could not be done. A value: nothing in it is freed. */

enum deputy_error_code {
	DEPUTY_ERROR_NONE,
	DEPUTY_ERROR_SYNTAX,   /* a text is not in its language */
	DEPUTY_ERROR_LIMIT,    /* too large, too deep, too many */
	DEPUTY_ERROR_REFUSED,  /* AWS would refuse it */
	DEPUTY_ERROR_ARGUMENT, /* an argument that cannot mean anything */
};

struct deputy_error {
	enum deputy_error_code code;
	size_t at;          /* bytes from the start of the text that was read */
	size_t line;        /* from 1; 0 when the error is not in a text */
	size_t column;      /* in characters, from 1; likewise */
	char sentence[400]; /* for people; NUL-terminated, without a newline */
};

/* ---- policies. */

struct deputy_policy;

enum deputy_kind { /* what a policy is used as */
	DEPUTY_KIND_IDENTITY,
	DEPUTY_KIND_RESOURCE,
	DEPUTY_KIND_TRUST, /* of a role: who may assume it */
	DEPUTY_KIND_BOUNDARY,
	DEPUTY_KIND_SESSION,
	DEPUTY_KIND_SCP, /* of an organization: service control policy */
	DEPUTY_KIND_RCP, /* and resource control policy */
	DEPUTY_KIND_ENDPOINT,
};

/*
 * Reads one policy document.
 *
 *   name     of the policy, for explanations: a file's name, an ARN; NULL is "policy"
 *   text     [size] bytes of JSON, not NUL-terminated
 *   error    filled in when the answer is NULL, else left alone; may be NULL
 *   answer   the policy, to be freed with deputy_policy_free; NULL when it cannot be read
 *   errors   SYNTAX: not JSON, a member given twice, an unknown element, a wrong type, Effect
 *            neither Allow nor Deny, Action beside NotAction; the place is that of the mistake.
 *            LIMIT: over 131072 bytes, 1000 statements, 20000 values, 64 levels.
 *            A statement that lacks something is read, and then matches nothing
 *   cost     O(size)
 *   source   IAM User Guide, "Grammar of the IAM JSON policy language"
 */
DEPUTY_MUST_USE const struct deputy_policy *deputy_policy_parse(const char *name, const char *text,
	size_t size, struct deputy_error *error);
DEPUTY_API void deputy_policy_free(const struct deputy_policy *policy);

/*
 * Would AWS accept this policy when it is created?
 *
 *   policy   NULL is not accepted
 *   kind     what it would be used as
 *   error    filled in when the answer is false, else left alone; may be NULL
 *   answer   true: accepted. Whether principals exist, and quotas, are the account's to know
 *   errors   REFUSED, with AWS's own sentence and the place in the text; ARGUMENT: NULL, no kind
 *   cost     O(statements * statements) for unique Sids, else O(values)
 *   source   IAM User Guide, "Grammar of the IAM JSON policy language"; AWS Organizations User
 *            Guide, "SCP syntax" and "RCP syntax"
 */
DEPUTY_MUST_USE bool deputy_policy_check(const struct deputy_policy *policy, enum deputy_kind kind,
	struct deputy_error *error);

/* ---- findings: all that a reviewer should know about a policy. */

enum deputy_severity { /* as IAM Access Analyzer names them */
	DEPUTY_SEVERITY_ERROR,
	DEPUTY_SEVERITY_SECURITY_WARNING,
	DEPUTY_SEVERITY_WARNING,
	DEPUTY_SEVERITY_SUGGESTION,
};

struct deputy_finding {
	enum deputy_severity severity;
	const char *code;     /* "INVALID_ACTION": the rule, a row of data/findings.tsv */
	size_t at;            /* bytes from the start of the text */
	size_t line, column;  /* from 1; the column in characters */
	const char *path;     /* "$.Statement[0].Action[1]"; "" when the text is not JSON */
	const char *sentence; /* what was found */
	const char *fix;      /* what would be right */
	const char *source;   /* the page that says so */
};

struct deputy_findings {
	const struct deputy_finding *item; /* [n], by place in the text */
	size_t n;
	bool errors;         /* at least one is an error */
	bool unreadable;     /* the text is not JSON; the one finding says where */
	bool cut;            /* there were more; these are the first 2000 that were found */
	const char *refusal; /* AWS's own sentence, if it would not create the policy; else NULL */
};

/*
 * Everything that AWS would refuse, and IAM Access Analyzer find, in one policy document.
 *
 *   text     [size] bytes, as for deputy_policy_parse; it need not be a policy, nor JSON
 *   kind     what it would be used as
 *   account  twelve digits of the account that it will be in: its own principals are no strangers;
 *            NULL: not known
 *   error    filled in when the answer is NULL, else left alone; may be NULL
 *   answer   to be freed with deputy_findings_free; its texts live as long
 *   errors   ARGUMENT: no kind, or an account that is not twelve digits. What is wrong with the
 *            text is a finding
 *   cost     O(values * (actions of their service + resources)), statements compared in pairs
 *   source   IAM User Guide, "Access Analyzer policy check reference"; each finding names its own
 */
DEPUTY_MUST_USE const struct deputy_findings *deputy_policy_lint(const char *text, size_t size,
	enum deputy_kind kind, const char *account, struct deputy_error *error);
DEPUTY_API void deputy_findings_free(const struct deputy_findings *findings);

/*
 * The name of a severity.
 *
 *   answer   "error", "security_warning", "warning", "suggestion"; never freed, and for a number
 *            that is none of the enumerators "error"
 *   errors   none
 *   cost     none
 *   source   IAM Access Analyzer API Reference, "ValidatePolicyFinding"
 */
DEPUTY_API const char *deputy_severity_name(enum deputy_severity severity);

/*
 * How long AWS takes the policy to be when it compares with a quota.
 *
 *   policy   NULL has no characters
 *   answer   characters of the text, white space outside strings not counted
 *   errors   none
 *   cost     O(size)
 *   source   IAM User Guide, "IAM and AWS STS quotas, name requirements, and character limits"
 */
DEPUTY_API size_t deputy_policy_size(const struct deputy_policy *policy);

/* ---- programs: all policies that are attached at one place, ready to decide with. */

struct deputy_program;

/*
 * Compiles policies.
 *
 *   policies [n], in the order in which they are looked at; they may be freed afterwards
 *   answer   the program, to be freed with deputy_program_free; never NULL. With n == 0 it allows
 *            nothing. If one of the policies is NULL, it denies everything
 *   errors   none
 *   cost     O(size of the policies)
 *   source   IAM User Guide, "Policy evaluation logic"
 */
DEPUTY_MUST_USE const struct deputy_program *deputy_compile(
	const struct deputy_policy *const *policies, size_t n);
DEPUTY_API void deputy_program_free(const struct deputy_program *program);

/* ---- requests. */

struct deputy_request;

/* A condition key and what the request has for it. Set `value` for a key that AWS documents as
 * single-valued, `values` for a multivalued one, even when it has one value or none. With neither
 * the key counts as not sent. */
struct deputy_key {
	const char *key; /* "aws:SourceIp"; letter case does not matter */
	const char *value;
	const char *const *values;
	size_t nvalues;
};

struct deputy_call {
	const char *principal; /* who: the ARN of a user, role, session (assumed-role), federated
	                                 user or account root, "eks.amazonaws.com", or "anonymous" */
	const char *behind;    /* of a session or federated user: the role's ARN, or the user's;
	                                 NULL: a role without a path is assumed */
	const char *unique_id; /* "AIDA...", "AROA...:SESSION"; NULL: unknown */
	const char *provider;  /* instead of principal: the identity provider that vouches for
	                                 whoever asks, as trust policies name it */
	const char *canonical_user;       /* S3's id of the caller's account; NULL: unknown */
	const char *action;               /* "s3:GetObject", without wildcards */
	const char *resource;             /* a full ARN, or "*" */
	const char *resource_account;     /* twelve digits; NULL: the ARN's, else the caller's */
	bool no_resource_types;           /* the action knows no resources; `resource` is "*" */
	const struct deputy_key *context; /* [ncontext], each key once */
	size_t ncontext;
};

/*
 * Prepares a request to be decided, as often as wanted. The keys that follow from the caller
 * (aws:PrincipalArn, aws:PrincipalAccount, aws:userid and so on) are added where they were not
 * given. To ask whether a role may be assumed: action "sts:AssumeRole", resource the role's ARN,
 * the trust policy as the layer `resource`, and the key sts:ExternalId if one was sent.
 *
 *   call     copied
 *   error    filled in when the answer is NULL, else left alone; may be NULL
 *   answer   the request, to be freed with deputy_request_free; NULL when it means nothing
 *   errors   ARGUMENT: principal, action, resource or account not as above, a key given twice;
 *            LIMIT: over 2000 keys, over 2000 values of one, over 1 MiB of text
 *   cost     O(text + keys * keys)
 *   source   IAM User Guide, "AWS global condition context keys"; Service Authorization Reference
 */
DEPUTY_MUST_USE const struct deputy_request *deputy_request_new(const struct deputy_call *call,
	struct deputy_error *error);
DEPUTY_API void deputy_request_free(const struct deputy_request *request);

/* ---- decisions. */

enum deputy_effect { /* zero denies */
	DEPUTY_DENY_IMPLICIT,
	DEPUTY_ALLOW,
	DEPUTY_DENY_EXPLICIT,
};

enum deputy_layer {
	DEPUTY_LAYER_NONE,
	DEPUTY_LAYER_IDENTITY,
	DEPUTY_LAYER_RESOURCE, /* a trust policy and a key policy too */
	DEPUTY_LAYER_BOUNDARY,
	DEPUTY_LAYER_SESSION,
	DEPUTY_LAYER_SCP,
	DEPUTY_LAYER_RCP,
	DEPUTY_LAYER_ENDPOINT,
	DEPUTY_LAYER_SERVICE, /* what AWS does not let anybody do */
};

enum { DEPUTY_LEVELS_MAX = 16 }; /* AWS has seven: a root, five units, an account */

/* What applies to a request. NULL: nothing is attached there. {0} allows nobody but the root user
 * of the resource's account. A program that was made from a policy that could not be read is not
 * NULL: it denies. */
struct deputy_layers {
	const struct deputy_program *identity; /* of the caller */
	const struct deputy_program *boundary; /* its permissions boundary */
	const struct deputy_program *session;  /* the session policies */
	const struct deputy_program *resource; /* the resource's own policy, or the role's trust */
	const struct deputy_program *endpoint; /* of the VPC endpoint that the call came through */
	const struct deputy_program *const *scp; /* [nscp]: a program for each level, root first */
	size_t nscp;                             /* at most DEPUTY_LEVELS_MAX, else all is denied */
	const struct deputy_program *const *rcp;
	size_t nrcp;
	bool principal_in_management_account; /* of the organization: SCPs do not apply */
	bool resource_in_management_account;  /* RCPs do not apply */
};

/* Its texts belong to the programs and live as long as they do. */
struct deputy_decision {
	bool allowed; /* the same as effect == DEPUTY_ALLOW */
	enum deputy_effect effect;
	enum deputy_layer layer; /* that granted, denied, or did not allow it */
	unsigned withheld;       /* 1u << DEPUTY_LAYER_...: all layers that stood in the way of a
	                            request that another one granted */
	bool same_account;       /* the caller is in the resource's account */
	const char *policy;      /* the name of the policy that settled it; NULL: none did */
	const char *sid;         /* of the statement in it; NULL: it has none */
	size_t statement;        /* its number in the policy, from 1; 0: none */
	size_t line, column;     /* where it stands, from 1; 0: none */
};

/*
 * Decides one request. An explicit deny anywhere wins; then somebody must grant it, and no
 * limiting layer may withhold it.
 *
 *   layers   what applies; NULL is a denial
 *   request  NULL is a denial
 *   answer   {0} is a denial
 *   errors   none
 *   cost     O(statements that could concern the action); no memory is taken
 *   source   IAM User Guide, "Policy evaluation logic"
 */
DEPUTY_MUST_USE struct deputy_decision deputy_decide(const struct deputy_layers *layers,
	const struct deputy_request *request);

enum deputy_form {
	DEPUTY_FORM_STORY,    /* many lines: each layer's answer, the statement, what to change */
	DEPUTY_FORM_COLOURED, /* the same for a terminal */
	DEPUTY_FORM_SENTENCE, /* one line without its newline */
};

/*
 * Why deputy_decide answers what it answers, for a person.
 *
 *   layers, request   as for deputy_decide
 *   form              how long
 *   answer            UTF-8, NUL-terminated, to be freed with deputy_text_free; never NULL
 *   errors            none
 *   cost              O(all statements of the layers that apply)
 *   source            IAM User Guide, "Troubleshoot access denied error messages"
 */
DEPUTY_MUST_USE char *deputy_explain(const struct deputy_layers *layers,
	const struct deputy_request *request, enum deputy_form form);
DEPUTY_API void deputy_text_free(char *text);

/*
 * The names of effects and layers, as deputy's commands and files write them.
 *
 *   answer   "Allow", "ImplicitDeny", "ExplicitDeny"; "identity", "scp", ...; never freed, and
 *            for a number that is none of the enumerators that of zero
 *   errors   none
 *   cost     none
 *   source   IAM API Reference, "EvaluationResult"
 */
DEPUTY_API const char *deputy_effect_name(enum deputy_effect effect);
DEPUTY_API const char *deputy_layer_name(enum deputy_layer layer);

/* ---- Signature Version 4. These two need libcrypto; a program that is linked statically and
 *      does not call them does not. */

struct deputy_header {
	const char *name;
	const char *value; /* without CR, LF and other controls */
};

struct deputy_message { /* an HTTP request */
	const char *method;
	const char *target; /* path and query as they are sent: "/?Action=ListUsers" */
	const struct deputy_header *headers; /* [nheaders], Host among them */
	size_t nheaders;
	const void *body; /* [body_size] bytes; NULL: empty */
	size_t body_size;
};

struct deputy_signer {
	const char *access_key_id;
	const char *secret_access_key; /* not copied */
	const char *session_token;     /* NULL: a long-term key */
	const char *region;            /* "us-east-1" */
	const char *service;           /* "iam"; "s3" takes paths as they are */
	int64_t time_s;                /* seconds since 1970 UTC */
};

struct deputy_signature {
	const struct deputy_header *headers; /* [nheaders]: send these instead of the message's */
	size_t nheaders;
	const char *canonical_request, *string_to_sign; /* to compare with what AWS computed */
	const char *signature;                          /* 64 hexadecimal digits */
};

/*
 * Signs a request: adds X-Amz-Date, X-Amz-Security-Token if there is one, X-Amz-Content-Sha256 for
 * S3, and Authorization; those of the message are replaced.
 *
 *   message  copied
 *   signer   who signs, for what, when
 *   error    filled in when the answer is NULL, else left alone; may be NULL
 *   answer   to be freed with deputy_signature_free; NULL when it cannot be signed
 *   errors   ARGUMENT: no Host or two, a text that is empty or has characters that do not belong
 *            there, a time before 1970 or after 9999; LIMIT: over 100 headers or 32 KiB of them,
 *            a target over 16 KiB
 *   cost     O(message)
 *   source   IAM User Guide, "Create a signed AWS API request"
 */
DEPUTY_MUST_USE const struct deputy_signature *deputy_sign(const struct deputy_message *message,
	const struct deputy_signer *signer, struct deputy_error *error);
DEPUTY_API void deputy_signature_free(const struct deputy_signature *signature);

struct deputy_claim { /* what a request says of itself; its texts live during the call only */
	const char *access_key_id;
	const char *session_token; /* NULL: none was sent */
	const char *region;
	int64_t time_s;
	bool presigned;
};

struct deputy_secret { /* what belongs to a key; must live until deputy_verify returns */
	const char *secret_access_key;
	const char *session_token; /* that was issued with it; NULL for a long-term key */
};

struct deputy_verifier {
	const char *service; /* that this endpoint is */
	int64_t time_s;      /* now: seconds since 1970 UTC */
	/* Looks a key up. False: there is no such key. Both the secret and the session token are
	 * compared here, in constant time; find() must not compare them. */
	bool (*find)(void *context, const struct deputy_claim *claim, struct deputy_secret *secret);
	void *context;
};

enum deputy_fault { /* zero is not verified */
	DEPUTY_FAULT_UNKNOWN,
	DEPUTY_FAULT_NONE,            /* verified */
	DEPUTY_FAULT_MESSAGE,         /* no HTTP request, or too large */
	DEPUTY_FAULT_MISSING,         /* not signed at all */
	DEPUTY_FAULT_INCOMPLETE,      /* a malformed signature */
	DEPUTY_FAULT_SCOPE,           /* date, region, service or terminator */
	DEPUTY_FAULT_UNSIGNED_HEADER, /* Host or an X-Amz- header is not signed */
	DEPUTY_FAULT_EXPIRED,         /* more than 15 minutes old, or past a presigned URL's life */
	DEPUTY_FAULT_NOT_YET,         /* more than 15 minutes in the future */
	DEPUTY_FAULT_PAYLOAD,         /* X-Amz-Content-Sha256 is not the body's, or S3 misses it */
	DEPUTY_FAULT_KEY,             /* no such key, or not the session token that belongs to it */
	DEPUTY_FAULT_MISMATCH,        /* the signature is wrong */
};

struct deputy_verdict { /* a value: nothing in it is freed */
	bool verified;  /* the same as fault == DEPUTY_FAULT_NONE */
	enum deputy_fault fault;
	char access_key_id[129]; /* only when verified; else "" */
	char region[33];         /* likewise: that the request was signed for */
	char sentence[600];      /* AWS's own, when not verified; else "" */
};

/*
 * Verifies who sent a request: in its Authorization header, or presigned in its query. A
 * signature can be sent again while it is valid, here as at AWS.
 *
 *   message  as received: the target not decoded, the headers not merged
 *   verifier find is called at most once, and not for a request that is refused without its key
 *   verdict  always filled in; may be NULL
 *   answer   true: verified
 *   errors   none; the verdict says what is wrong
 *   cost     O(message)
 *   source   IAM User Guide, "Create a signed AWS API request"; Amazon S3 API Reference,
 *            "Authenticating Requests: Using Query Parameters"
 */
DEPUTY_MUST_USE bool deputy_verify(const struct deputy_message *message,
	const struct deputy_verifier *verifier, struct deputy_verdict *verdict);

#ifdef __cplusplus
}
#endif

#endif
