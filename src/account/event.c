/*
 * event.c -- one call as an event in CloudTrail's shape, without a secret in it.
 *
 * Members are CloudTrail's, in its order; names of parameters begin with a small letter, as
 * CloudTrail writes them. Answers stand in events of calls that change something, and of those
 * that give credentials. What is secret by its name is replaced (secret_names); CloudTrail itself
 * keeps session tokens, this log does not. A message is cut at its first empty line, because
 * what follows in EKS's is the canonical request, with the token in it.
 *
 * Who becomes a role of another account is recorded twice, once for each account, with one
 * sharedEventID: refused attempts are the caller's account's alone, as on AWS.
 *
 * Deputy's own decision is in additionalEventData: for each pair that was asked, the effect, the
 * layer that decided, and the policy and statement.
 *
 * Source: CloudTrail User Guide, "CloudTrail record contents", "userIdentity element"; IAM User
 * Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail".
 */
#include "account/account.h"

enum { AGENT_MAX_BYTES = 1024, DECISIONS_MAX = 50 };
enum { LONG_TEXT_BYTES = 16384 }; /* more than any document has without its white space */

/* ---- parameters and answers. */

static bool is_secret_name(str name)
{
	static const str secret_names[] = { SC("SecretAccessKey"), SC("SessionToken"),
		SC("WebIdentityToken"), SC("ContextAssertion"), SC("SAMLAssertion"),
		SC("TokenCode"), SC("UserData"), SC("Password"), SC("OldPassword"),
		SC("NewPassword"), SC("KeyMaterial"), SC("EncodedMessage"), SC("DecodedMessage"),
		SC("Authorization") };

	if (str_eq_nocase(str_head(name, 6), S("X-Amz-")))
		return true;
	for (size_t i = 0; i < COUNT(secret_names); i++)
		if (str_eq_nocase(secret_names[i], name))
			return true;
	return false;
}

static str small_first(struct arena *arena, str name)
{
	str copy = arena_copy(arena, name);

	return arena_printf(arena, "%.*s%.*s", STR(arena_lower(arena, str_head(copy, 1))),
		STR(str_from(copy, 1)));
}

/* The form's texts that are numbers. */
static bool is_number(str name, str text)
{
	static const str numbers[] = { SC("DurationSeconds"), SC("MaxSessionDuration"),
		SC("MaxItems"), SC("MaxResults"), SC("MinCount"), SC("MaxCount") };
	uint64_t value;

	for (size_t i = 0; i < COUNT(numbers); i++)
		if (str_eq(numbers[i], name))
			return str_u64(text, UINT32_MAX, &value);
	return false;
}

/* A policy whose white space would push it out of its event is told without. */
static str without_padding(struct arena *arena, str text)
{
	struct buf out = { .arena = arena };
	struct json *document;
	struct err err;

	if (text.n <= LONG_TEXT_BYTES ||
		!json_parse(arena, text, LIMIT_POLICY_BYTES, &document, &err))
		return text;
	json_write(&out, document);
	return buf_view(&out);
}

static struct json *shown(struct arena *arena, const struct json *value)
{
	struct json *out;

	if (value->type != JSON_OBJECT && value->type != JSON_ARRAY) {
		out = json_clone(arena, value);
		out->text = without_padding(arena, out->text);
		if (is_number(value->name, value->text))
			out->type = JSON_NUMBER;
		return out;
	}
	out = json_new(arena, value->type);
	JSON_EACH(item, value)
	{
		if (value->type == JSON_ARRAY)
			json_push(out, shown(arena, item));
		else if (is_secret_name(item->name))
			json_put_str(arena, out, small_first(arena, item->name),
				S("HIDDEN_DUE_TO_SECURITY_REASONS"));
		else
			json_put(out, small_first(arena, item->name), shown(arena, item));
	}
	return out;
}

static struct json *parameters(struct call *call)
{
	struct json *out;

	if (!call->input)
		return json_new(call->arena, JSON_NULL);
	out = shown(call->arena, call->input);
	if (call->protocol == PROTOCOL_QUERY || call->protocol == PROTOCOL_EC2) {
		json_remove(out, S("action"));
		json_remove(out, S("version"));
	}
	return out->count ? out : json_new(call->arena, JSON_NULL);
}

static bool is_read_only(str operation)
{
	static const str heads[] = { SC("Get"), SC("List"), SC("Describe"), SC("Head"),
		SC("Simulate"), SC("Decode"), SC("AssumeRole"), SC("Generate") };

	for (size_t i = 0; i < COUNT(heads); i++)
		if (str_starts(operation, heads[i]))
			return true;
	return false;
}

static struct json *answered(struct call *call)
{
	bool credentials = call->fault == FAULT_NONE && json_get(call->output, S("Credentials"));

	if (call->fault == FAULT_NONE && call->output && call->output->count &&
		(credentials || !is_read_only(call->route->operation)))
		return shown(call->arena, call->output);
	return json_new(call->arena, JSON_NULL);
}

/* ---- who. */

static void put_text(struct call *call, struct json *object, const char *name, str value)
{
	if (value.n)
		json_put_str(call->arena, object, str_of(name), value);
}

static void put_issuer(struct call *call, struct json *context)
{
	const struct session *session = &call->identity.session;
	struct json *issuer =
		json_put(context, S("sessionIssuer"), json_new(call->arena, JSON_OBJECT));
	bool role = session->kind == SESSION_ROLE, root = !role && !session->user_name.n;

	put_text(call, issuer, "type", role ? S("Role") : root ? S("Root") : S("IAMUser"));
	put_text(call, issuer, "principalId", role ? session->role_id : session->user_id);
	put_text(call, issuer, "arn", role ? session->role_arn : call->identity.caller.user_arn);
	put_text(call, issuer, "accountId", session->account_id);
	put_text(call, issuer, "userName", role ? session->role_name : session->user_name);
}

static void put_session(struct call *call, struct json *who)
{
	const struct session *session = &call->identity.session;
	struct json *context =
		json_put(who, S("sessionContext"), json_new(call->arena, JSON_OBJECT));
	struct json *part;

	if (session->kind != SESSION_USER)
		put_issuer(call, context);
	if (session->provider.n) {
		part = json_put(context, S("webIdFederationData"),
			json_new(call->arena, JSON_OBJECT));
		put_text(call, part, "federatedProvider", session->provider);
		json_put(part, S("attributes"), json_new(call->arena, JSON_OBJECT));
	}
	part = json_put(context, S("attributes"), json_new(call->arena, JSON_OBJECT));
	put_text(call, part, "creationDate", time_iso(call->arena, call->identity.issued_s));
	put_text(call, part, "mfaAuthenticated", S("false"));
	put_text(call, context, "sourceIdentity", session->source_identity);
}

static const char *type_of(const struct caller *caller)
{
	switch (caller->type) {
	case CALLER_ROOT:
		return "Root";
	case CALLER_USER:
		return "IAMUser";
	case CALLER_ROLE:
	case CALLER_SESSION:
		return "AssumedRole";
	case CALLER_FEDERATED_USER:
		return "FederatedUser";
	case CALLER_FEDERATED:
		return "WebIdentityUser";
	case CALLER_SERVICE:
		return "AWSService";
	case CALLER_ANONYMOUS:
		break;
	}
	return "Unknown";
}

/* The root user is called as his account is. */
static str name_of(struct call *call)
{
	const struct record *settings;

	if (call->identity.caller.type != CALLER_ROOT)
		return call->identity.user_name;
	settings = record_get(call->account,
		iam_key(call->arena, call->account_id, "settings", S("account")));
	return settings ? json_str(settings->value, S("AccountAlias")) : (str){ 0 };
}

static struct json *identity(struct call *call)
{
	const struct identity *from = &call->identity;
	struct json *who = json_new(call->arena, JSON_OBJECT);

	put_text(call, who, "type", str_of(type_of(&from->caller)));
	put_text(call, who, "principalId", from->user_id);
	put_text(call, who, "arn", from->caller.arn);
	put_text(call, who, "accountId", from->caller.account);
	put_text(call, who, "accessKeyId", call->access_key_id);
	if (from->is_session)
		put_session(call, who);
	put_text(call, who, "userName", name_of(call));
	if (from->caller.type == CALLER_FEDERATED) {
		put_text(call, who, "userName", from->session.sub);
		put_text(call, who, "identityProvider", from->session.provider);
	}
	return who;
}

/* ---- what was decided. */

void event_decision(struct call *call, const struct target *target, const struct decision *decision)
{
	struct arena *arena = call->arena;
	struct json *one;

	if (!call->account->events)
		return;
	if (!call->decisions)
		call->decisions = json_new(arena, JSON_ARRAY);
	if (call->decisions->count == DECISIONS_MAX)
		return;
	one = json_push(call->decisions, json_new(arena, JSON_OBJECT));
	json_put_str(arena, one, S("action"), arena_copy(arena, target->action));
	json_put_str(arena, one, S("resource"),
		target->no_resource_types ? S("*") : arena_copy(arena, target->resource));
	json_put_str(arena, one, S("effect"), str_of(effect_name(decision->effect)));
	json_put_str(arena, one, S("layer"), str_of(layer_name(decision->layer)));
	if (!decision->statement)
		return;
	if (decision->document)
		json_put_str(arena, one, S("policy"), arena_copy(arena, decision->document->name));
	json_put_int(arena, one, S("statement"), (int64_t)decision->statement->index);
	if (decision->statement->sid.n)
		json_put_str(arena, one, S("sid"), arena_copy(arena, decision->statement->sid));
}

static struct json *additional(struct call *call, unsigned status)
{
	const char *decision = call->fault == FAULT_NONE            ? "Allow"
			       : call->fault == FAULT_ACCESS_DENIED ? "Deny"
			       : status >= 500                      ? "Failure"
								    : "Refusal";
	struct json *data = json_new(call->arena, JSON_OBJECT);

	json_put_str(call->arena, data, S("decision"), str_of(decision));
	if (call->decisions)
		json_put(data, S("decisions"), call->decisions);
	return data;
}

/* ---- the whole. */

static str operation_of(struct call *call)
{
	str action = call->input ? get_str(call, S("Action")) : (str){ 0 };

	if (call->route)
		return call->route->operation;
	return action.n ? str_head(action, 128) : S("Unknown");
}

/* IAM and STS answer with a short code; CloudTrail has the exception's whole name, which is in the
 * service's model: NoSuchEntity is the code of NoSuchEntityException. */
static bool is_short_code(str code)
{
	static const str codes[] = { SC("ConcurrentModification"), SC("DeleteConflict"),
		SC("EntityAlreadyExists"), SC("EntityTemporarilyUnmodifiable"),
		SC("IDPCommunicationError"), SC("IDPRejectedClaim"), SC("InvalidIdentityToken"),
		SC("InvalidInput"), SC("InvalidUserType"), SC("LimitExceeded"),
		SC("MalformedPolicyDocument"), SC("NoSuchEntity"), SC("PackedPolicyTooLarge"),
		SC("PasswordPolicyViolation"), SC("PolicyEvaluation"), SC("PolicyNotAttachable"),
		SC("ServiceFailure"), SC("UnmodifiableEntity") };

	for (size_t i = 0; i < COUNT(codes); i++)
		if (str_eq(codes[i], code))
			return true;
	return false;
}

/* EC2's codes say whose fault it is. */
static str error_code(struct call *call, unsigned status)
{
	const char *code = fault_code(call->protocol, call->fault);

	switch (call->protocol) {
	case PROTOCOL_QUERY:
		return arena_printf(call->arena, "%s%s", code,
			is_short_code(str_of(code)) ? "Exception" : "");
	case PROTOCOL_EC2:
		return arena_printf(call->arena, "%s.%s", status < 500 ? "Client" : "Server", code);
	case PROTOCOL_JSON:
	case PROTOCOL_S3:
		break;
	}
	return str_of(code);
}

static void put_error(struct call *call, struct json *event, unsigned status)
{
	str message = call->fault_message;
	size_t end = str_find(message, S("\n\n"));

	if (call->fault == FAULT_NONE)
		return;
	json_put_str(call->arena, event, S("errorCode"), error_code(call, status));
	put_text(call, event, "errorMessage", end == SIZE_MAX ? message : str_head(message, end));
}

static str recipient(struct call *call)
{
	str account_id;

	if (call->account_id.n)
		return call->account_id;
	if (access_key_account(call->arena, call->access_key_id, &account_id) &&
		is_hosted(call->account, account_id))
		return account_id;
	return S("000000000000");
}

/* The role that somebody became, or wanted to. */
static void put_role(struct call *call, struct json *event)
{
	struct json *list, *one;
	struct arn arn;
	str role = call->input ? get_str(call, S("RoleArn")) : (str){ 0 };

	if (!str_eq(call->service, S("sts")) || !arn_parse(role, &arn))
		return;
	list = json_put(event, S("resources"), json_new(call->arena, JSON_ARRAY));
	one = json_push(list, json_new(call->arena, JSON_OBJECT));
	put_text(call, one, "ARN", role);
	put_text(call, one, "accountId", arn.part[ARN_ACCOUNT]);
	put_text(call, one, "type", S("AWS::IAM::Role"));
}

static void put_tls(struct call *call, struct json *event)
{
	const struct http_request *http = call->http;
	struct json *details;

	if (!http->tls)
		return;
	details = json_put(event, S("tlsDetails"), json_new(call->arena, JSON_OBJECT));
	put_text(call, details, "clientProvidedHostHeader",
		http_get_header(http->headers, http->nheaders, S("host")));
}

static struct json *event_of(struct call *call, unsigned status)
{
	struct arena *arena = call->arena;
	const struct http_request *http = call->http;
	struct json *event = json_new(arena, JSON_OBJECT);
	str agent = http_get_header(http->headers, http->nheaders, S("user-agent"));
	str operation = operation_of(call);
	bool iam = str_eq(call->service, S("iam"));

	json_put_str(arena, event, S("eventVersion"), S("1.11"));
	json_put(event, S("userIdentity"), identity(call));
	json_put_str(arena, event, S("eventTime"), time_iso(arena, call->now_s));
	json_put_str(arena, event, S("eventSource"),
		arena_printf(arena, "%.*s.amazonaws.com", STR(call->service)));
	json_put_str(arena, event, S("eventName"), operation);
	json_put_str(arena, event, S("awsRegion"),
		iam || !call->region.n ? S("us-east-1") : call->region);
	json_put_str(arena, event, S("sourceIPAddress"), http->peer);
	json_put_str(arena, event, S("userAgent"), str_head(agent, AGENT_MAX_BYTES));
	put_error(call, event, status);
	json_put(event, S("requestParameters"), parameters(call));
	json_put(event, S("responseElements"), answered(call));
	json_put(event, S("additionalEventData"), additional(call, status));
	json_put_str(arena, event, S("requestID"), call->request_id);
	json_put_str(arena, event, S("eventID"), random_uuid(arena));
	json_put_bool(arena, event, S("readOnly"), is_read_only(operation));
	put_role(call, event);
	json_put_str(arena, event, S("eventType"), S("AwsApiCall"));
	json_put_bool(arena, event, S("managementEvent"), true);
	json_put_str(arena, event, S("recipientAccountId"), recipient(call));
	json_put_str(arena, event, S("eventCategory"), S("Management"));
	put_tls(call, event);
	return event;
}

/* Parameters and answers that are larger than CloudTrail's limit are left out, and said to be. */
static void bound_member(struct call *call, struct json *event, const char *member)
{
	struct buf text = { .arena = call->arena };
	struct json *left;

	json_write(&text, json_get(event, str_of(member)));
	if (text.n <= LIMIT_EVENT_PART_BYTES)
		return;
	left = json_put(event, str_of(member), json_new(call->arena, JSON_OBJECT));
	json_put_str(call->arena, left, S("reason"),
		arena_printf(call->arena, "%s too large", member));
	json_put_bool(call->arena, left, S("omitted"), true);
	json_put_int(call->arena, left, S("originalSize"), (int64_t)text.n);
}

static void write_event(struct call *call, struct json *event, struct buf *lines)
{
	size_t start = lines->n;

	json_write(lines, event);
	if (lines->n - start > LIMIT_EVENT_PART_BYTES) {
		bound_member(call, event, "requestParameters");
		bound_member(call, event, "responseElements");
		lines->n = start;
		json_write(lines, event);
	}
	buf_char(lines, '\n');
}

/* ---- the other account. */

/* Whose role somebody of another account became, or {0}. */
static str role_owner(struct call *call)
{
	struct arn arn;
	str role = call->input ? get_str(call, S("RoleArn")) : (str){ 0 };
	str from = call->identity.caller.account;

	if (call->fault != FAULT_NONE || !str_eq(call->service, S("sts")) || !from.n ||
		!arn_parse(role, &arn) || str_eq(arn.part[ARN_ACCOUNT], from))
		return (str){ 0 };
	return arn.part[ARN_ACCOUNT];
}

/* The owner is told who came, by account and unique id, and no more of him: neither his name nor
 * which policies let him. */
static void write_for_owner(struct call *call, struct json *event, str owner, struct buf *lines)
{
	struct json *who = json_new(call->arena, JSON_OBJECT);

	put_text(call, who, "type", S("AWSAccount"));
	put_text(call, who, "principalId", call->identity.user_id);
	put_text(call, who, "accountId", call->identity.caller.account);
	json_put(event, S("userIdentity"), who);
	json_put_str(call->arena, event, S("eventID"), random_uuid(call->arena));
	json_put_str(call->arena, event, S("recipientAccountId"), owner);
	json_remove(json_get(event, S("additionalEventData")), S("decisions"));
	write_event(call, event, lines);
}

void event_lines(struct call *call, unsigned status, struct buf *lines)
{
	struct json *event = event_of(call, status);
	str owner = role_owner(call);

	if (owner.n)
		json_put_str(call->arena, event, S("sharedEventID"), random_uuid(call->arena));
	write_event(call, event, lines);
	if (owner.n)
		write_for_owner(call, event, owner, lines);
}
