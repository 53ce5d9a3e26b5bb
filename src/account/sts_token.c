/*
 * sts_token.c -- temporary credentials of a user: GetSessionToken, GetFederationToken; and what
 * STS tells: who one is, whose an access key is, why a call was denied.
 *
 * Both take long-term credentials only. A session of GetSessionToken is the user itself; one of
 * GetFederationToken is somebody whom the user vouches for, with no more than the session
 * policies allow of what the user may do, and nothing without one [S-95].
 * Source: STS API Reference; IAM User Guide, "Compare AWS STS credentials".
 */
#include "account/sts.h"

enum { DURATION_MIN_S = 900, DURATION_MAX_S = 129600, DURATION_DEFAULT_S = 43200 };
enum { DURATION_ROOT_S = 3600 };

static bool not_with_a_session(struct call *call)
{
	return refuse(call, FAULT_ACCESS_DENIED, "Cannot call %.*s with session credentials",
		STR(call->route->operation));
}

static bool need_long_term(struct call *call)
{
	return !call->identity.is_session || not_with_a_session(call);
}

/* Sessions that are no role's may call AssumeRole and GetCallerIdentity alone. */
static bool need_role_or_user(struct call *call)
{
	return !call->identity.is_session || call->identity.session.kind == SESSION_ROLE ||
	       not_with_a_session(call);
}

/* The root user's sessions last an hour at most, whatever was asked for. */
static bool read_duration(struct call *call, unsigned *seconds)
{
	*seconds = DURATION_DEFAULT_S;
	if (!get_number(call, S("DurationSeconds"), DURATION_MIN_S, DURATION_MAX_S, seconds))
		return false;
	if (call->identity.caller.type == CALLER_ROOT && *seconds > DURATION_ROOT_S)
		*seconds = DURATION_ROOT_S;
	return true;
}

static struct session session_of_caller(struct call *call, enum session_kind kind, unsigned seconds)
{
	return (struct session){ .kind = kind,
		.account_id = call->account_id,
		.user_name = call->identity.user_name,
		.user_id = call->identity.user_id,
		.issued_s = call->now_s,
		.expires_s = call->now_s + seconds };
}

/* ---- GetSessionToken. It proves who one is, which no policy controls. */

bool sts_get_session_token(struct call *call)
{
	struct credentials credentials = { 0 };
	struct session session;
	str serial, code;
	unsigned seconds;

	if (!get_text(call, S("SerialNumber"), &serial) || !get_text(call, S("TokenCode"), &code) ||
		!read_duration(call, &seconds) || !need_long_term(call))
		return false;
	if (serial.n || code.n) /* there are no MFA devices here */
		return refuse(call, FAULT_ACCESS_DENIED,
			"MultiFactorAuthentication failed with invalid MFA one time pass code.");
	call_needs_no_permission(call);
	session = session_of_caller(call, SESSION_USER, seconds);
	session_issue(call->arena, call->account, &session, &credentials);
	sts_tell_credentials(call, &session, &credentials);
	return true;
}

/* ---- GetFederationToken. */

static bool read_wanted(struct call *call, struct wanted *wanted)
{
	*wanted = (struct wanted){ 0 };
	if (!need_text(call, S("Name"), &wanted->name) || !sts_read_policies(call, wanted) ||
		!read_duration(call, &wanted->duration_s) ||
		!read_tags(call, json_get(call->input, S("Tags")), &wanted->tags))
		return false;
	wanted->arn = arena_printf(call->arena, "arn:aws:sts::%.*s:federated-user/%.*s",
		STR(call->account_id), STR(wanted->name));
	return true;
}

static bool allow_federation(struct call *call, const struct wanted *wanted)
{
	struct target target = { .action = S("sts:GetFederationToken"),
		.resource = wanted->arn,
		.request_tags = wanted->tags };

	if (!allow(call, &target))
		return false;
	target.action = S("sts:TagSession");
	return !wanted->tags || allow(call, &target);
}

bool sts_get_federation_token(struct call *call)
{
	struct arena *arena = call->arena;
	struct credentials credentials = { 0 };
	struct session session;
	struct wanted wanted;
	struct json *who;

	if (!read_wanted(call, &wanted) || !need_long_term(call) ||
		!allow_federation(call, &wanted) ||
		!sts_check_policies(call, &wanted, call->account_id))
		return false;
	session = session_of_caller(call, SESSION_FEDERATED, wanted.duration_s);
	session.name = wanted.name;
	session.policy = wanted.policy;
	session.policy_arns = wanted.policy_arns;
	session.tags = wanted.tags;
	session_issue(arena, call->account, &session, &credentials);
	sts_tell_credentials(call, &session, &credentials);
	who = json_put(call->output, S("FederatedUser"), json_new(arena, JSON_OBJECT));
	json_put_str(arena, who, S("FederatedUserId"),
		arena_printf(arena, "%.*s:%.*s", STR(call->account_id), STR(wanted.name)));
	json_put_str(arena, who, S("Arn"), wanted.arn);
	json_put_int(arena, call->output, S("PackedPolicySize"), sts_packed_percent(&wanted));
	return true;
}

/* ---- GetAccessKeyInfo: the account stands in the key's own letters. */

bool sts_get_access_key_info(struct call *call)
{
	struct target target = { .action = S("sts:GetAccessKeyInfo"),
		.resource = S("*"),
		.no_resource_types = true };
	str id, account_id;

	if (!need_text(call, S("AccessKeyId"), &id) || !need_role_or_user(call) ||
		!allow(call, &target))
		return false;
	if (!access_key_account(call->arena, id, &account_id))
		return refuse(call, FAULT_VALIDATION, "Invalid access key: %.*s",
			STR(str_head(id, 128)));
	json_put_str(call->arena, call->output, S("Account"), account_id);
	return true;
}

/* ---- GetCallerIdentity: whoever can sign may know who he is, whatever denies it [S-115]. */

bool sts_get_caller_identity(struct call *call)
{
	call_needs_no_permission(call);
	json_put_str(call->arena, call->output, S("UserId"), call->identity.user_id);
	json_put_str(call->arena, call->output, S("Account"), call->account_id);
	json_put_str(call->arena, call->output, S("Arn"), call->identity.caller.arn);
	return true;
}

/* ---- DecodeAuthorizationMessage, only for the account whose caller was denied: the message is
 * sealed for it. */

bool sts_decode_authorization_message(struct call *call)
{
	struct target target = { .action = S("sts:DecodeAuthorizationMessage"),
		.resource = S("*"),
		.no_resource_types = true };
	unsigned char key[SHA256_BYTES];
	str text, sealed, message;
	bool good;

	if (!need_text(call, S("EncodedMessage"), &text) || !need_role_or_user(call) ||
		!allow(call, &target))
		return false;
	derive_key(call->account->master, S("authorization messages 1"), key);
	good = base64_read(call->arena, text, &sealed) &&
	       unseal(call->arena, key, call->account_id, sealed, &message);
	secret_wipe(key, sizeof(key));
	if (!good)
		return refuse(call, FAULT_INVALID_AUTHORIZATION_MESSAGE,
			"The encoded authorization message is invalid.");
	json_put_str(call->arena, call->output, S("DecodedMessage"), message);
	return true;
}
