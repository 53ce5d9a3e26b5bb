/*
 * authenticate.c -- who signed this request? Every request is signed, and every check is made.
 *
 * The order is AWS's: a signature at all, its form, its scope, its clock; then the access key,
 * the session token, and last the signature itself. Each service has its own codes and words
 * for the same fault: data/faults.tsv has the codes, the table here the words.
 */
#include "account/account.h"

static const struct {
	enum fault_id id;
	const char *query, *ec2, *json, *s3; /* NULL: what the signature's reader says */
} words[] = {
#define INVALID "The security token included in the request is invalid."
#define EXPIRED "The security token included in the request is expired"
#define FAILURE "AWS was not able to validate the provided access credentials"
#define MISMATCH                                                                                \
	"The request signature we calculated does not match the signature you provided. Check " \
	"your AWS Secret Access Key and signing method. Consult the service documentation for " \
	"details."
	{ FAULT_MISSING_AUTHENTICATION, "Request is missing Authentication Token",
		"The request must contain the parameter AWSAccessKeyId",
		"Missing Authentication Token", "Access Denied" },
	{ FAULT_INCOMPLETE_SIGNATURE, NULL, FAILURE, NULL, NULL },
	{ FAULT_QUERY_SIGNATURE, NULL, FAILURE, NULL, NULL },
	{ FAULT_SIGNATURE_SCOPE, NULL, FAILURE, NULL, NULL },
	{ FAULT_UNSIGNED_HEADER, NULL, FAILURE, NULL,
		"There were headers present in the request which were not signed" },
	{ FAULT_REQUEST_TIME, NULL, "Request has expired.", NULL,
		"The difference between the request time and the current time is too large." },
	{ FAULT_PAYLOAD_MISMATCH, MISMATCH, FAILURE, MISMATCH,
		"The provided 'x-amz-content-sha256' header does not match what was computed." },
	{ FAULT_SIGNATURE_MISMATCH, MISMATCH, FAILURE, MISMATCH,
		"The request signature we calculated does not match the signature you provided. "
		"Check your key and signing method." },
	{ FAULT_UNKNOWN_KEY, INVALID, FAILURE, INVALID,
		"The AWS Access Key Id you provided does not exist in our records." },
	{ FAULT_BAD_TOKEN, INVALID, FAILURE, INVALID,
		"The provided token is malformed or otherwise invalid." },
	{ FAULT_EXPIRED_TOKEN, EXPIRED, "Request has expired.", EXPIRED,
		"The provided token has expired." },
};

static const char *words_of(enum protocol protocol, size_t row)
{
	switch (protocol) {
	case PROTOCOL_QUERY:
		return words[row].query;
	case PROTOCOL_EC2:
		return words[row].ec2;
	case PROTOCOL_JSON:
		return words[row].json;
	case PROTOCOL_S3:
		return words[row].s3;
	}
	return NULL;
}

static bool reject(struct call *call, enum fault_id fault, str why)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].id == fault && words_of(call->protocol, i))
			why = str_of(words_of(call->protocol, i));
	return refuse(call, fault, "%.*s", STR(why));
}

static enum fault_id fault_of(enum sigv4_fault fault)
{
	switch (fault) {
	case SIGV4_FINE:
		return FAULT_NONE;
	case SIGV4_MISSING:
		return FAULT_MISSING_AUTHENTICATION;
	case SIGV4_INCOMPLETE:
		return FAULT_INCOMPLETE_SIGNATURE;
	case SIGV4_SCOPE:
		return FAULT_SIGNATURE_SCOPE;
	case SIGV4_UNSIGNED_HEADER:
		return FAULT_UNSIGNED_HEADER;
	case SIGV4_EXPIRED:
	case SIGV4_NOT_YET:
		return FAULT_REQUEST_TIME;
	case SIGV4_PAYLOAD:
		return FAULT_PAYLOAD_MISMATCH;
	case SIGV4_PAYLOAD_MISSING:
		return FAULT_S3_REQUEST;
	case SIGV4_PAYLOAD_FORM:
		return FAULT_INVALID_INPUT;
	case SIGV4_STREAMING:
		return FAULT_S3_NOT_IMPLEMENTED;
	case SIGV4_MISMATCH:
		return FAULT_SIGNATURE_MISMATCH;
	}
	return FAULT_INTERNAL;
}

/* ---- long-term keys. */

static bool is_key_id(str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!ascii_alnum(id.p[i]))
			return false;
	return id.n >= 16 && id.n <= 128;
}

static void become_root(struct call *call)
{
	call->identity = (struct identity){
		.caller = { .type = CALLER_ROOT,
			.arn = iam_arn(call->arena, call->account_id, S("root")),
			.account = call->account_id,
			.unique_id = call->account_id },
		.user_id = call->account_id,
	};
}

static void become_user(struct call *call, const struct record *user)
{
	str id = json_str(user->value, S("UserId"));

	call->identity = (struct identity){
		.caller = { .type = CALLER_USER,
			.arn = json_str(user->value, S("Arn")),
			.account = call->account_id,
			.unique_id = id },
		.identity_program = identity_program(call->arena, call->account, user),
		.boundary_program = boundary_program(call->arena, call->account, user),
		.user_id = id,
		.user_name = json_str(user->value, S("UserName")),
		.tags = json_get(user->value, S("Tags")),
	};
}

/* A key without a user is its account's root's. */
static bool find_owner(struct call *call, const struct record *key)
{
	str name = json_str(key->value, S("UserName"));
	const struct record *user;

	call->account_id = json_str(key->value, S("AccountId"));
	if (!name.n) {
		become_root(call);
		return is_hosted(call->account, call->account_id);
	}
	user = record_get(call->account, iam_key(call->arena, call->account_id, "user", name));
	if (!user || !str_eq(json_str(user->value, S("UserId")), json_str(key->value, S("UserId"))))
		return false;
	become_user(call, user);
	return true;
}

/* The key that this must be signed with, from the secret if it is not among those in use. */
static const struct hmac_key *use_secret(struct call *call, const struct sigv4_claim *claim,
	str secret)
{
	struct hmac_key *key = NEW(call->arena, struct hmac_key); /* wiped with the call */

	sigv4_signing_key(claim, secret, key);
	signing_key_keep(call->account->keys, claim, key);
	return key;
}

static bool long_term(struct call *call, const struct sigv4_claim *claim,
	const struct hmac_key **key)
{
	struct keys *keys = call->account->keys;
	const struct record *record = NULL;
	str secret;

	if (is_key_id(claim->access_key_id))
		record = record_get(call->account,
			JOIN(call->arena, S("/key/"), claim->access_key_id));
	if (!record)
		return reject(call, FAULT_UNKNOWN_KEY, (str){ 0 });
	if (claim->session_token.n)
		return reject(call, FAULT_BAD_TOKEN, (str){ 0 });
	if (!find_owner(call, record) || !str_eq(json_str(record->value, S("Status")), S("Active")))
		return reject(call, FAULT_UNKNOWN_KEY, (str){ 0 });
	*key = signing_key_find(keys, claim);
	if (*key)
		return true;
	if (!secret_unseal(call->arena, keys, claim->access_key_id,
		    json_str(record->value, S("SealedSecret")), &secret))
		return refuse(call, FAULT_INTERNAL, "The access key could not be read.");
	*key = use_secret(call, claim, secret);
	return true;
}

/* ---- temporary keys. */

/* The role's or user's tags, and the session's in their place where both have a key. */
static struct json *session_tags(struct call *call, const struct json *own,
	const struct session *session)
{
	struct json *tags = json_new(call->arena, JSON_OBJECT);

	JSON_EACH(tag, own)
	json_put_str(call->arena, tags, tag->name, tag->text);
	JSON_EACH(tag, session->tags)
	{
		JSON_EACH(old, tags)
		if (str_eq_nocase(old->name, tag->name)) {
			json_remove(tags, old->name);
			break;
		}
		json_put_str(call->arena, tags, tag->name, tag->text);
	}
	return tags;
}

static bool become_session(struct call *call, const struct record *role,
	const struct session *session)
{
	str id = JOIN(call->arena, session->role_id, S(":"), session->name);

	call->identity = (struct identity){
		.caller = { .type = CALLER_SESSION,
			.arn = JOIN(call->arena, S("arn:aws:sts::"), session->account_id,
				S(":assumed-role/"), session->role_name, S("/"), session->name),
			.account = session->account_id,
			.role_arn = session->role_arn,
			.unique_id = id },
		.identity_program = identity_program(call->arena, call->account, role),
		.boundary_program = boundary_program(call->arena, call->account, role),
		.user_id = id,
		.tags = session_tags(call, json_get(role->value, S("Tags")), session),
	};
	return true;
}

/* Deleted and made again is another role: its sessions ended with it. */
static bool become_role_session(struct call *call, const struct session *session)
{
	const struct record *role = find_role(call, session->role_name);

	return role && str_eq(json_str(role->value, S("RoleId")), session->role_id) &&
	       become_session(call, role, session);
}

/* The user, or the account's root, as with the long-term key that GetSessionToken was called
 * with. Sessions of a user that was deleted ended with it. */
static bool become_user_session(struct call *call, const struct session *session)
{
	str key = iam_key(call->arena, session->account_id, "user", session->user_name);
	const struct record *user;

	if (!session->user_name.n) {
		become_root(call);
		return is_hosted(call->account, call->account_id);
	}
	user = record_get(call->account, key);
	if (!user || !str_eq(json_str(user->value, S("UserId")), session->user_id))
		user = find_user_by_id(call->arena, call->account, session->account_id,
			session->user_id); /* it has another name now */
	if (!user)
		return false;
	become_user(call, user);
	return true;
}

/* A federated user has the policies of the user behind it, within the session's [S-95]. */
static bool become_federated(struct call *call, const struct session *session)
{
	str arn = JOIN(call->arena, S("arn:aws:sts::"), session->account_id, S(":federated-user/"),
		session->name);
	str id = JOIN(call->arena, session->account_id, S(":"), session->name);
	struct identity *who = &call->identity;

	if (!become_user_session(call, session))
		return false;
	if (who->caller.type == CALLER_ROOT)
		who->identity_program = everything_program(call->arena);
	who->caller = (struct caller){ .type = CALLER_FEDERATED_USER,
		.arn = arn,
		.account = session->account_id,
		.user_arn = who->caller.arn,
		.unique_id = id };
	who->user_id = id;
	who->user_name = (str){ 0 };
	who->tags = session_tags(call, who->tags, session);
	return true;
}

static bool become(struct call *call, const struct session *session)
{
	switch (session->kind) {
	case SESSION_ROLE:
		return become_role_session(call, session);
	case SESSION_USER:
		return become_user_session(call, session);
	case SESSION_FEDERATED:
		return become_federated(call, session);
	}
	return false;
}

static bool temporary(struct call *call, const struct sigv4_claim *claim,
	const struct hmac_key **key)
{
	struct session session;

	if (!is_key_id(claim->access_key_id) || !claim->session_token.n ||
		!session_read(call->arena, call->account, claim->access_key_id,
			claim->session_token, &session))
		return reject(call, FAULT_BAD_TOKEN, (str){ 0 });
	if (call->now_s >= session.expires_s)
		return reject(call, FAULT_EXPIRED_TOKEN, (str){ 0 });
	call->account_id = session.account_id;
	if (!become(call, &session))
		return reject(call, FAULT_BAD_TOKEN, (str){ 0 });
	call->identity.is_session = true;
	call->identity.issued_s = session.issued_s;
	call->identity.expires_s = session.expires_s;
	call->identity.session = session;
	*key = signing_key_find(call->account->keys, claim);
	if (!*key)
		*key = use_secret(call, claim,
			session_secret(call->arena, call->account, claim->access_key_id,
				claim->session_token));
	return session_program(call, &session, &call->identity.session_program);
}

/* Without MFA, such a session gets nowhere in IAM, whatever policies say.
 * Source: IAM User Guide, "Compare AWS STS credentials" */
static bool may_use_service(struct call *call)
{
	const struct identity *who = &call->identity;

	return !who->is_session || who->session.kind == SESSION_ROLE ||
	       !str_eq(call->service, S("iam")) || reject(call, FAULT_BAD_TOKEN, (str){ 0 });
}

/* ---- the signature. */

static bool matches(struct call *call, const struct sigv4_claim *claim, const struct hmac_key *key)
{
	struct sigv4_trace trace = { 0 };

	if (sigv4_matches_key(call->arena, call->http, claim, key, &trace))
		return true;
	call->identity = (struct identity){ 0 };
	if (call->protocol != PROTOCOL_JSON)
		return reject(call, FAULT_SIGNATURE_MISMATCH, (str){ 0 });
	return refuse(call, FAULT_SIGNATURE_MISMATCH,
		MISMATCH "\n\nThe Canonical String for this request should have been\n'%.*s'"
			 "\n\nThe String-to-Sign should have been\n'%.*s'\n",
		STR(trace.canonical_request), STR(trace.string_to_sign));
}

/* S3 has codes of its own for signatures in the query. */
static bool reject_presigned(struct call *call, enum sigv4_fault fault, str why)
{
	if (fault == SIGV4_EXPIRED && call->protocol == PROTOCOL_S3)
		return refuse(call, FAULT_ACCESS_DENIED, "Request has expired");
	if (fault != SIGV4_INCOMPLETE && !(fault == SIGV4_SCOPE && call->protocol == PROTOCOL_S3))
		return reject(call, fault_of(fault), why);
	if (call->protocol == PROTOCOL_S3 && str_starts(why, S("AWS query-string parameters must")))
		why = S("Query-string authentication version 4 requires the X-Amz-Algorithm, "
			"X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
			"X-Amz-Expires parameters.");
	return reject(call, FAULT_QUERY_SIGNATURE, why);
}

static bool find_key(struct call *call, const struct sigv4_claim *claim,
	const struct hmac_key **key)
{
	return str_starts(claim->access_key_id, S("ASIA")) ? temporary(call, claim, key)
							   : long_term(call, claim, key);
}

/* One that stands in the query counts as much as one in the body: a session policy that was passed
 * over would leave more than was asked for. */
str call_form(const struct call *call)
{
	const struct http_request *http = call->http;

	if (!http->body.n || !http->query.n)
		return http->body.n ? http->body : http->query;
	return JOIN(call->arena, http->query, S("&"), http->body);
}

/* AssumeRoleWithWebIdentity, which no signature protects. The form is read as dispatch will read
 * it; a name given twice is an error there and here. */
bool is_web_identity_call(const struct call *call)
{
	struct json *form;
	struct err err;

	return str_eq(call->service, S("sts")) &&
	       form_parse(call->arena, call_form(call), &form, &err) &&
	       str_eq(json_str(form, S("Action")), S("AssumeRoleWithWebIdentity"));
}

bool authenticate(struct call *call)
{
	struct sigv4_claim claim = { 0 };
	const struct hmac_key *key = NULL;
	str why = { 0 };
	enum sigv4_fault fault =
		sigv4_read(call->arena, call->http, (str){ 0 }, call->now_s, &claim, &why);
	bool known = call_service(call, claim.service);

	if (!known)
		guess_service(call);
	if (fault == SIGV4_MISSING && is_web_identity_call(call)) {
		call->region = S("us-east-1"); /* of STS's global endpoint */
		return true;
	}
	call->region = claim.region;
	call->presigned = claim.presigned;
	call->signed_s = claim.time_s;
	call->access_key_id = is_key_id(claim.access_key_id) ? claim.access_key_id : (str){ 0 };
	if (fault != SIGV4_FINE)
		return claim.presigned ? reject_presigned(call, fault, why)
				       : reject(call, fault_of(fault), why);
	if (!known)
		return reject(call, FAULT_SIGNATURE_SCOPE,
			JOIN(call->arena, S("Credential should be scoped to correct service: '"),
				call->service, S("'. ")));
	if (!find_key(call, &claim, &key)) {
		call->identity = (struct identity){ 0 };
		return false;
	}
	return matches(call, &claim, key) && may_use_service(call);
}
