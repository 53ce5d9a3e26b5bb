/*
 * events.c -- the event log: CloudTrail's shape, no secret, rotation, a disk that is full; and
 * what the monitor says meanwhile.
 *
 * Members and values: CloudTrail User Guide, "CloudTrail record contents", "CloudTrail userIdentity
 * element", and its examples of IAM and STS events.
 */
#include "account.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define ROLE "arn:aws:iam::" CUSTOMER ":role/app"

static str path;

/* ---- reading the log. */

static str whole(str from)
{
	struct err err;
	str text = { 0 };

	return file_read(&arena, from, LIMIT_FILE_BYTES, &text, &err) ? text : (str){ 0 };
}

static size_t lines_of(str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

/* The last line, or one before it, as JSON. */
static struct json *event_before(size_t later)
{
	str text = str_trim(whole(path));
	struct json *event = NULL;
	struct err err;
	size_t at;

	for (;; later--) {
		for (at = text.n; at && text.p[at - 1] != '\n';)
			at--;
		if (!later)
			break;
		text = str_trim(str_head(text, at));
	}
	if (!json_parse(&arena, str_from(text, at), LIMIT_JSON_BYTES, &event, &err))
		printf("# %s\n", err.text);
	return event;
}

static struct json *last_event(void)
{
	return event_before(0);
}

static void has(struct json *event, const char *where, const char *want)
{
	const struct json *value = member_at(event, where);

	is(value ? value->text : S("(absent)"), str_of(want), "%s", where);
}

static bool is_null(struct json *event, const char *where)
{
	return json_is(member_at(event, where), JSON_NULL);
}

/* Every event has these, whatever happened. */
static void check_shape(struct json *event)
{
	static const char *const members[] = { "eventVersion", "userIdentity", "eventTime",
		"eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent",
		"requestParameters", "responseElements", "additionalEventData", "requestID",
		"eventID", "readOnly", "eventType", "managementEvent", "recipientAccountId",
		"eventCategory" };
	bool all = true;

	for (size_t i = 0; i < COUNT(members); i++)
		all = all && json_get(event, str_of(members[i]));
	ok(all, "every member of a record");
	ok(json_is(member_at(event, "userIdentity.type"), JSON_STRING) &&
			json_is(member_at(event, "additionalEventData.decision"), JSON_STRING),
		"who, and what was decided");
}

/* ---- what is written. */

static void test_create_role(void)
{
	struct reply reply = IAM("CreateRole",
		role_input("app",
			"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			"\"Principal\":{\"AWS\":\"" CUSTOMER
			"\"},\"Action\":[\"sts:AssumeRole\",\"sts:TagSession\","
			"\"sts:SetSourceIdentity\"]}]}"));
	struct json *event = last_event();

	fine(&reply, "CreateRole");
	check_shape(event);
	has(event, "eventSource", "iam.amazonaws.com");
	has(event, "eventName", "CreateRole");
	has(event, "awsRegion", "us-east-1");
	has(event, "sourceIPAddress", "127.0.0.1");
	has(event, "readOnly", "false");
	has(event, "eventType", "AwsApiCall");
	has(event, "recipientAccountId", CUSTOMER);
	has(event, "userIdentity.type", "IAMUser");
	has(event, "userIdentity.arn", "arn:aws:iam::" CUSTOMER ":user/admin");
	has(event, "userIdentity.accountId", CUSTOMER);
	has(event, "userIdentity.userName", "admin");
	is(member_at(event, "userIdentity.accessKeyId")->text, customer.access_key_id,
		"its access key");
	ok(!member_at(event, "userIdentity.sessionContext"), "no session");
	has(event, "requestParameters.roleName", "app");
	ok(!member_at(event, "requestParameters.action") &&
			!member_at(event, "requestParameters.version"),
		"parameters without Action and Version");
	has(event, "responseElements.role.arn", ROLE);
	ok(!member_at(event, "errorCode"), "no error");
	is(text(&reply, "ResponseMetadata.RequestId"), member_at(event, "requestID")->text,
		"the request id that the caller got");
	has(event, "additionalEventData.decision", "Allow");
	has(event, "additionalEventData.decisions.0.action", "iam:CreateRole");
	has(event, "additionalEventData.decisions.0.resource", ROLE);
	has(event, "additionalEventData.decisions.0.effect", "Allow");
	has(event, "additionalEventData.decisions.0.layer", "identity");
	has(event, "additionalEventData.decisions.0.policy", "AdministratorAccess");
	has(event, "additionalEventData.decisions.0.statement", "0");
}

/* The owner of a role is told who came from elsewhere, by account and unique id only. Source: IAM
 * User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail", AssumeRole in other accounts;
 * CloudTrail User Guide, "Example sharedEventID". */
static void test_other_account(void)
{
	size_t lines = lines_of(whole(path));
	struct json *mine, *theirs;
	struct reply reply;

	IAM("CreateRole", role_input("shared", TRUST_VENDOR));
	reply = assume(&vendor, "arn:aws:iam::" CUSTOMER ":role/shared",
		",\"ExternalId\":\"cid-a\"");
	fine(&reply, "AssumeRole");
	ok(lines_of(whole(path)) == lines + 3, "two events of one call, and one of another");
	mine = event_before(1);
	theirs = event_before(0);
	check_shape(mine);
	check_shape(theirs);
	has(mine, "recipientAccountId", VENDOR);
	has(mine, "userIdentity.type", "IAMUser");
	has(mine, "userIdentity.arn", "arn:aws:iam::" VENDOR ":user/admin");
	has(theirs, "recipientAccountId", CUSTOMER);
	has(theirs, "userIdentity.type", "AWSAccount");
	has(theirs, "userIdentity.accountId", VENDOR);
	is(member_at(theirs, "userIdentity.principalId")->text,
		member_at(mine, "userIdentity.principalId")->text, "a unique id");
	ok(!member_at(theirs, "userIdentity.arn") && !member_at(theirs, "userIdentity.accessKeyId"),
		"no name and no key");
	ok(!member_at(theirs, "additionalEventData.decisions"), "nor the caller's policies");
	is(member_at(theirs, "sharedEventID")->text, member_at(mine, "sharedEventID")->text,
		"one shared id");
	ok(!str_eq(member_at(theirs, "eventID")->text, member_at(mine, "eventID")->text),
		"two events");
	is(member_at(theirs, "requestID")->text, member_at(mine, "requestID")->text, "one request");
	has(theirs, "requestParameters.externalId", "cid-a");
	has(theirs, "resources.0.accountId", CUSTOMER);
	assume(&vendor, "arn:aws:iam::" CUSTOMER ":role/shared", ",\"ExternalId\":\"cid-b\"");
	ok(lines_of(whole(path)) == lines + 4 && !member_at(last_event(), "sharedEventID"),
		"a refusal is the caller's account's alone");
	has(last_event(), "recipientAccountId", VENDOR);
}

static struct credentials test_assume_role(void)
{
	struct reply reply = assume(&customer, ROLE,
		",\"DurationSeconds\":\"900\",\"ExternalId\":\"cid-a\",\"SourceIdentity\":\"me\","
		"\"Tags\":[{\"Key\":\"team\",\"Value\":\"blue\"}]");
	struct json *event = last_event();

	fine(&reply, "AssumeRole");
	check_shape(event);
	has(event, "eventSource", "sts.amazonaws.com");
	has(event, "awsRegion", "us-west-2");
	has(event, "readOnly", "true");
	has(event, "requestParameters.roleArn", ROLE);
	has(event, "requestParameters.roleSessionName", "sess");
	has(event, "requestParameters.externalId", "cid-a");
	has(event, "requestParameters.durationSeconds", "900");
	ok(json_is(member_at(event, "requestParameters.durationSeconds"), JSON_NUMBER),
		"as a number");
	has(event, "requestParameters.tags.0.key", "team");
	is(member_at(event, "responseElements.credentials.accessKeyId")->text,
		text(&reply, "AssumeRoleResult.Credentials.AccessKeyId"), "whose key was given");
	has(event, "responseElements.credentials.secretAccessKey",
		"HIDDEN_DUE_TO_SECURITY_REASONS");
	has(event, "responseElements.credentials.sessionToken", "HIDDEN_DUE_TO_SECURITY_REASONS");
	has(event, "responseElements.assumedRoleUser.arn",
		"arn:aws:sts::" CUSTOMER ":assumed-role/app/sess");
	has(event, "resources.0.ARN", ROLE);
	has(event, "resources.0.type", "AWS::IAM::Role");
	has(event, "resources.0.accountId", CUSTOMER);
	has(event, "additionalEventData.decisions.0.layer", "identity");
	has(event, "additionalEventData.decisions.1.action", "sts:TagSession");
	has(event, "additionalEventData.decisions.2.action", "sts:SetSourceIdentity");
	return session_of(&reply);
}

static void test_session_events(const struct credentials *session)
{
	struct reply reply = call(session, "ec2", "RunInstances",
		"{\"ImageId\":\"ami-1\",\"MinCount\":\"1\",\"MaxCount\":\"1\",\"UserData\":"
		"\"dGhlLXBhc3N3b3JkLWlzLWh1bnRlcjI=\"}");
	struct json *event = last_event();

	ok(reply.status == 403, "a session's call is denied");
	check_shape(event);
	has(event, "errorCode", "Client.UnauthorizedOperation");
	ok(str_starts(member_at(event, "errorMessage")->text,
		   S("You are not authorized to perform this operation.")),
		"the message");
	has(event, "userIdentity.type", "AssumedRole");
	has(event, "userIdentity.arn", "arn:aws:sts::" CUSTOMER ":assumed-role/app/sess");
	has(event, "userIdentity.sessionContext.sessionIssuer.type", "Role");
	has(event, "userIdentity.sessionContext.sessionIssuer.arn", ROLE);
	has(event, "userIdentity.sessionContext.sessionIssuer.userName", "app");
	has(event, "userIdentity.sessionContext.sourceIdentity", "me");
	has(event, "userIdentity.sessionContext.attributes.mfaAuthenticated", "false");
	ok(member_at(event, "userIdentity.sessionContext.attributes.creationDate") != NULL,
		"when the session began");
	has(event, "requestParameters.userData", "HIDDEN_DUE_TO_SECURITY_REASONS");
	ok(is_null(event, "responseElements"), "no answer");
	has(event, "additionalEventData.decision", "Deny");
	has(event, "additionalEventData.decisions.0.effect", "ImplicitDeny");
}

/* EKS's answer to a wrong signature repeats the headers that were signed: the token as well. */
static void test_bad_signature(const struct credentials *session)
{
	struct credentials wrong = *session;
	struct http_request *http = request_new("GET", S("/clusters"), (str){ 0 });
	struct reply reply;
	struct json *event;

	wrong.secret_access_key = S("another-secret");
	sigv4_sign(&arena, http, &wrong, S("us-west-2"), S("eks"), now_s(), &trace);
	handle(http, &reply);
	ok(str_find(reply.body, session->session_token) != SIZE_MAX,
		"an answer that repeats the caller's token");
	event = last_event();
	check_shape(event);
	has(event, "errorCode", "InvalidSignatureException");
	has(event, "userIdentity.type", "Unknown");
	is(member_at(event, "userIdentity.accessKeyId")->text, session->access_key_id,
		"the key that was claimed");
	has(event, "recipientAccountId", CUSTOMER);
	has(event, "additionalEventData.decision", "Refusal");
}

static void test_reads(void)
{
	struct json *event;

	IAM("GetRole", "{\"RoleName\":\"app\"}");
	event = last_event();
	has(event, "readOnly", "true");
	has(event, "requestParameters.roleName", "app");
	ok(is_null(event, "responseElements"), "a read's answer is not kept");
	IAM("NoSuchOperation", "{}");
	event = last_event();
	check_shape(event);
	has(event, "eventName", "NoSuchOperation");
	has(event, "errorCode", "InvalidAction");
	call(&customer, "sts", "GetFederationToken", "{\"Name\":\"bob\"}");
	event = last_event();
	has(event, "responseElements.federatedUser.federatedUserId", CUSTOMER ":bob");
}

/* The names of exceptions are those of the services' models: NoSuchEntity on the wire is
 * NoSuchEntityException in an event. */
static void test_error_codes(void)
{
	static const struct {
		const char *service, *operation, *input, *code;
	} rows[] = {
		{ "iam", "GetRole", "{\"RoleName\":\"nobody\"}", "NoSuchEntityException" },
		{ "iam", "CreateUser", "{\"UserName\":\"admin\"}", "EntityAlreadyExistsException" },
		{ "iam", "DeleteUser", "{\"UserName\":\"admin\"}", "DeleteConflictException" },
		{ "iam", "CreateUser", "{\"UserName\":\"a/b\"}", "ValidationError" },
		{ "sts", "AssumeRole",
			"{\"RoleArn\":\"arn:aws:iam::111122223333:role/none\",\"RoleSessionName\":"
			"\"sess\"}",
			"AccessDenied" },
		{ "sts", "GetFederationToken", "{\"Name\":\"bob\",\"Policy\":\"{\"}",
			"MalformedPolicyDocumentException" },
		{ "ec2", "DescribeSubnets", "{\"SubnetId\":[\"subnet-0123456789abcdef0\"]}",
			"Client.InvalidSubnetID.NotFound" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		call(&customer, rows[i].service, rows[i].operation, rows[i].input);
		has(last_event(), "errorCode", rows[i].code);
	}
}

static struct credentials credentials_of(const struct reply *reply, const char *operation)
{
	const char *at = json_of("%sResult.Credentials", operation);

	return (struct credentials){
		.access_key_id = text(reply, json_of("%s.AccessKeyId", at)),
		.secret_access_key = text(reply, json_of("%s.SecretAccessKey", at)),
		.session_token = text(reply, json_of("%s.SessionToken", at)),
	};
}

/* CloudTrail User Guide, "CloudTrail userIdentity element". */
static void test_principals(void)
{
	struct credentials root = root_key(), session;
	struct json *event;
	struct reply reply;

	call(&root, "iam", "CreateAccountAlias", "{\"AccountAlias\":\"acme\"}");
	call(&root, "sts", "GetCallerIdentity", "{}");
	event = last_event();
	has(event, "userIdentity.type", "Root");
	has(event, "userIdentity.principalId", CUSTOMER);
	has(event, "userIdentity.arn", "arn:aws:iam::" CUSTOMER ":root");
	has(event, "userIdentity.userName", "acme");
	reply = call(&customer, "sts", "GetSessionToken", "{}");
	session = credentials_of(&reply, "GetSessionToken");
	call(&session, "sts", "GetCallerIdentity", "{}");
	event = last_event();
	has(event, "userIdentity.type", "IAMUser");
	has(event, "userIdentity.userName", "admin");
	has(event, "userIdentity.sessionContext.attributes.mfaAuthenticated", "false");
	ok(!member_at(event, "userIdentity.sessionContext.sessionIssuer"), "nobody issued it");
	reply = call(&customer, "sts", "GetFederationToken", "{\"Name\":\"bob\"}");
	session = credentials_of(&reply, "GetFederationToken");
	call(&session, "sts", "GetCallerIdentity", "{}");
	event = last_event();
	has(event, "userIdentity.type", "FederatedUser");
	has(event, "userIdentity.principalId", CUSTOMER ":bob");
	has(event, "userIdentity.arn", "arn:aws:sts::" CUSTOMER ":federated-user/bob");
	has(event, "userIdentity.sessionContext.sessionIssuer.type", "IAMUser");
	has(event, "userIdentity.sessionContext.sessionIssuer.userName", "admin");
	call(&root, "iam", "DeleteAccountAlias", "{\"AccountAlias\":\"acme\"}");
	call(NULL, "sts", "AssumeRoleWithWebIdentity",
		"{\"RoleArn\":\"" ROLE
		"\",\"RoleSessionName\":\"pod\",\"WebIdentityToken\":\"x.y.z\"}");
	has(last_event(), "userIdentity.type", "Unknown");
	assume(&root, ROLE,
		",\"ProvidedContexts\":[{\"ProviderArn\":\"arn:aws:iam::aws:contextProvider/"
		"IdentityCenter\",\"ContextAssertion\":\"assertion\"}]");
	has(last_event(), "requestParameters.providedContexts.0.contextAssertion",
		"HIDDEN_DUE_TO_SECURITY_REASONS");
}

/* White space does not count in a policy's size: a policy padded beyond what an event holds must
 * not go unseen. What is too large all the same is said to be left out, as CloudTrail says it. */
static struct json *event_of_policy(char filler, const char *document, unsigned status)
{
	enum { FILLER = 130000 };
	char *padding = NEWS(&arena, char, FILLER + 1);
	struct reply reply;
	str input;

	memset(padding, filler, FILLER);
	input = arena_printf(&arena,
		"{\"RoleName\":\"app\",\"PolicyName\":\"p\",\"PolicyDocument\":%.*s}",
		STR(quote(arena_printf(&arena, "%s%s", padding, document).p)));
	reply = IAM("PutRolePolicy", input.p);
	ok(reply.status == status, "PutRolePolicy: %u", reply.status);
	return last_event();
}

static void test_padding(void)
{
	struct json *event = event_of_policy('\n',
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Hidden\",\"Effect\":"
		"\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
		200);
	const struct json *document = member_at(event, "requestParameters.policyDocument");

	check_shape(event);
	has(event, "requestParameters.roleName", "app");
	ok(document && str_find(document->text, S("\"Sid\":\"Hidden\"")) != SIZE_MAX,
		"a policy with much white space is told without it");
	IAM("DeleteRolePolicy", "{\"RoleName\":\"app\",\"PolicyName\":\"p\"}");
	event = event_of_policy('x', "", 400);
	check_shape(event);
	has(event, "requestParameters.omitted", "true");
	has(event, "requestParameters.reason", "requestParameters too large");
	ok(json_is(member_at(event, "requestParameters.originalSize"), JSON_NUMBER), "how large");
}

/* ---- secrets. */

static void hidden(str secret, const char *what)
{
	ok(secret.n >= 8 && str_find(whole(path), secret) == SIZE_MAX, "not in the log: %s", what);
}

static void test_secrets(const struct credentials *session)
{
	struct reply reply;
	struct http_request *http;
	struct credentials keys;

	IAM("CreateUser", "{\"UserName\":\"keyed\"}");
	reply = IAM("CreateAccessKey", "{\"UserName\":\"keyed\"}");
	keys.secret_access_key = text(&reply, "CreateAccessKeyResult.AccessKey.SecretAccessKey");
	has(last_event(), "responseElements.accessKey.userName", "keyed");
	reply = call(&customer, "sts", "GetSessionToken", "{}");
	keys.session_token = text(&reply, "GetSessionTokenResult.Credentials.SessionToken");
	call(NULL, "sts", "AssumeRoleWithWebIdentity",
		"{\"RoleArn\":\"" ROLE "\",\"RoleSessionName\":\"pod\",\"WebIdentityToken\":"
		"\"eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl\"}");
	has(last_event(), "requestParameters.webIdentityToken", "HIDDEN_DUE_TO_SECURITY_REASONS");
	/* A presigned request, and one whose parameter's name is not quite right. */
	http = request_new("GET",
		arena_printf(&arena, "/b?x-amz-security-token=%.*s", STR(session->session_token)),
		(str){ 0 });
	sigv4_sign(&arena, http, &customer, S("us-west-2"), S("s3"), now_s(), &trace);
	handle(http, &reply);

	hidden(customer.secret_access_key, "the administrator's secret key");
	hidden(vendor.secret_access_key, "the other's");
	hidden(session->secret_access_key, "a session's secret key");
	hidden(session->session_token, "its token");
	hidden(keys.secret_access_key, "a new access key's secret");
	hidden(keys.session_token, "a user session's token");
	hidden(S("c2lnbmF0dXJl"), "a web identity token");
	hidden(S("dGhlLXBhc3N3b3JkLWlzLWh1bnRlcjI="), "an instance's user data");
	hidden(trace.signature, "a signature");
}

/* ---- rotation. */

static void reopen(str log, uint64_t max)
{
	struct err err;

	events_close(account->events);
	account->events = NULL;
	ok(account_record(account, log, max, &err), "a log");
}

static void test_rotation(void)
{
	str log = arena_printf(&arena, "%.*s/rotated", STR(dir));
	size_t lines = 0, files = 0, largest = 0;

	reopen(log, 4000);
	for (int i = 0; i < 60; i++)
		IAM("GetRole", "{\"RoleName\":\"app\"}");
	for (int i = 0; i <= LIMIT_EVENT_LOGS + 1; i++) {
		str text = whole(i ? arena_printf(&arena, "%.*s.%d", STR(log), i) : log);

		files += text.n != 0;
		lines += lines_of(text);
		largest = text.n > largest ? text.n : largest;
		ok(!text.n || (text.p[0] == '{' && str_ends(text, S("}\n"))),
			"a file of whole lines");
	}
	ok(files == LIMIT_EVENT_LOGS + 1, "the log and the nine before it");
	ok(largest <= 4000, "none larger than it may be");
	ok(lines < 60 && lines >= 20, "what is older is gone");
	reopen(log, 1 << 20);
	IAM("GetRole", "{\"RoleName\":\"app\"}");
	ok(lines_of(whole(log)) >= 2, "a log is continued");
}

/* ---- a disk that is full. */

static struct http_response ask_monitor(const char *target)
{
	struct http_request *http = request_new("GET", str_of(target), (str){ 0 });
	struct http_response response = { 0 };

	account_monitor(account, &arena, http, &response);
	return response;
}

static bool says(const char *target, const char *what)
{
	return str_find(ask_monitor(target).body, str_of(what)) != SIZE_MAX;
}

static void test_full_disk(void)
{
	str log = arena_printf(&arena, "%.*s/full", STR(dir));
	str good = arena_printf(&arena, "%.*s/good", STR(dir));
	struct reply reply;

	if (symlink("/dev/full", log.p) != 0)
		return;
	ok(ask_monitor("/health").status == 200, "healthy before");
	reopen(log, 0);
	reply = IAM("GetRole", "{\"RoleName\":\"app\"}");
	fine(&reply, "a read whose event cannot be written");
	reply = IAM("CreateRole", role_input("unrecorded", TRUST_VENDOR));
	refused(&reply, 500, "ServiceFailure", "The change could not be recorded.",
		"a change is refused");
	ok(!find_role_by_arn(account, S("arn:aws:iam::" CUSTOMER ":role/unrecorded")),
		"and is not made");
	reply = IAM("GetRole", "{\"RoleName\":\"app\"}");
	fine(&reply, "reads go on");
	ok(ask_monitor("/health").status == 503 && says("/health", "\"events\":\"failing\""),
		"the monitor says so");
	ok(!says("/metrics", "deputy_event_failures_total 0\n"), "and counts");
	ok(unlink(log.p) == 0 && symlink(good.p, log.p) == 0, "there is room again");
	reply = IAM("CreateRole", role_input("recorded", TRUST_VENDOR));
	fine(&reply, "changes are made again");
	ok(lines_of(whole(good)) == 4, "and what waited was written first");
	ok(str_find(whole(good), S("The change could not be recorded.")) != SIZE_MAX,
		"the refusal too");
	ok(ask_monitor("/health").status == 200, "healthy again");
}

/* No file may grow beyond 4 KiB: the database's log cannot be written. Nothing is printed before
 * that is over, since the results may go to a file as well. */
static void test_full_store(void)
{
	struct rlimit before, small;
	struct reply made, read;
	struct http_response health;
	bool counted;

	events_close(account->events);
	account->events = NULL;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	made = IAM("CreateRole", role_input("unstored", TRUST_VENDOR));
	read = IAM("GetRole", "{\"RoleName\":\"app\"}");
	health = ask_monitor("/health");
	counted = says("/metrics", "\ndeputy_store_failures_total 1\n");
	setrlimit(RLIMIT_FSIZE, &before);

	ok(made.status == 500, "a change that cannot be stored");
	fine(&read, "reads go on");
	ok(health.status == 503 && str_find(health.body, S("\"store\":\"failing\"")) != SIZE_MAX,
		"the monitor says so");
	ok(counted, "and counts");
	made = IAM("CreateRole", role_input("stored", TRUST_VENDOR));
	fine(&made, "there is room again");
	ok(ask_monitor("/health").status == 200, "healthy again");
}

/* ---- the monitor. */

static void test_monitor(void)
{
	struct http_request *http = request_new("POST", S("/health"), (str){ 0 });
	struct http_response response = { 0 };

	is(ask_monitor("/health").body,
		S("{\"status\":\"ok\",\"store\":\"ok\",\"events\":\"ok\"}\n"), "health");
	ok(says("/metrics", "# TYPE deputy_calls_total counter\n"), "types");
	ok(says("/metrics", "\ndeputy_calls_total{service=\"sts\",decision=\"allow\"} "),
		"calls by service and decision");
	ok(!says("/metrics", "\ndeputy_calls_total{service=\"ec2\",decision=\"deny\"} 0\n"),
		"the denied ones");
	ok(says("/metrics", "\ndeputy_call_seconds_bucket{le=\"+Inf\"} "), "times");
	ok(says("/metrics", "\ndeputy_records "), "records");
	ok(str_find(ask_monitor("/metrics").body, customer.access_key_id) == SIZE_MAX,
		"and nobody's name");
	ok(ask_monitor("/").status == 404, "nothing else");
	ok(ask_monitor("/clusters").status == 404, "no service of AWS's");
	account_monitor(account, &arena, http, &response);
	ok(response.status == 405, "nothing but GET");
	is(http_get_header(response.headers, response.nheaders, S("Allow")), S("GET, HEAD"),
		"and 405 says what else (RFC 9110, 15.5.6)");
}

int main(void)
{
	struct credentials session;
	struct err err;

	accounts_open();
	path = arena_printf(&arena, "%.*s/events", STR(dir));
	ok(!account_record(account, S("/nowhere/events"), 0, &err), "a log that cannot be made");
	ok(account_record(account, path, 0, &err), "a log");
	test_create_role();
	session = test_assume_role();
	test_session_events(&session);
	test_bad_signature(&session);
	test_reads();
	test_secrets(&session);
	ok(lines_of(whole(path)) == 12, "one line for each call");
	test_other_account();
	test_error_codes();
	test_principals();
	test_padding();
	test_monitor();
	test_rotation();
	test_full_disk();
	test_full_store();
	accounts_close();
	return tap_done();
}
