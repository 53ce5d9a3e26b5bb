/*
 * library.c -- libdeputy through deputy.h alone, linked as a user links it.
 *
 * Facts: the vendor's document (data/zilliz-byoc-cross-account.json), the IAM User Guide ("Policy
 * evaluation logic", "Access to AWS accounts owned by third parties"; the sentences of
 * MalformedPolicyDocument), RFC 8259, and the signatures that AWS publishes: "Create a signed AWS
 * API request" (ListUsers) and the Amazon S3 API Reference, "Authenticating Requests" (GET Object,
 * in the header and in the query).
 *
 * calloc and free are this file's (ld --wrap), so that it can count them, and refuse.
 */
#include "tap.h"

#include <deputy.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- memory */

static long calls, blocks; /* of calloc; not freed yet */
static bool exhausted;

void *__real_calloc(size_t n, size_t size);
void __real_free(void *p);
void *__wrap_calloc(size_t n, size_t size);
void __wrap_free(void *p);

void *__wrap_calloc(size_t n, size_t size)
{
	calls++;
	blocks++;
	return exhausted ? NULL : __real_calloc(n, size);
}

void __wrap_free(void *p)
{
	blocks -= p != NULL;
	__real_free(p);
}

/* ---- what most tests need */

static char document[] = {
#include "gen/zilliz-byoc-cross-account.json.inc"
	0
};

static bool contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static const struct deputy_policy *parse(const char *name, const char *text)
{
	struct deputy_error error = { 0 };
	const struct deputy_policy *policy = deputy_policy_parse(name, text, strlen(text), &error);

	if (!policy)
		ok(false, "%s: %s", name, error.sentence);
	return policy;
}

static const struct deputy_program *compile(const char *name, const char *text)
{
	const struct deputy_policy *policy = parse(name, text);
	const struct deputy_program *program = deputy_compile(&policy, 1);

	deputy_policy_free(policy);
	return program;
}

static struct deputy_decision decide(const struct deputy_layers *layers,
	const struct deputy_call *call)
{
	struct deputy_error error = { 0 };
	const struct deputy_request *request = deputy_request_new(call, &error);
	struct deputy_decision decision = deputy_decide(layers, request);

	if (!request)
		ok(false, "request: %s", error.sentence);
	deputy_request_free(request);
	return decision;
}

/* ---- where mistakes are [S-03..S-07] */

/* Line and column counted the plain way: newlines, and bytes that begin a character. */
static void count_place(const char *text, size_t at, size_t *line, size_t *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < at; i++)
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else {
			*column += ((unsigned char)text[i] & 0xC0) != 0x80;
		}
}

static void wrong(const char *what, const char *text, const char *place, const char *sentence)
{
	struct deputy_error error = { 0 };
	const struct deputy_policy *policy = deputy_policy_parse("p", text, strlen(text), &error);
	size_t at = (size_t)(strstr(text, place) - text), line, column;

	count_place(text, at, &line, &column);
	ok(!policy && error.code == DEPUTY_ERROR_SYNTAX, "%s is refused", what);
	ok(error.at == at && error.line == line && error.column == column,
		"... at %zu, line %zu column %zu (%zu, %zu, %zu: %s)", at, line, column, error.at,
		error.line, error.column, error.sentence);
	ok(contains(error.sentence, sentence), "... saying \"%s\"", sentence);
	deputy_policy_free(policy);
}

static void mistakes(void)
{
	struct deputy_error error = { 0 }, before = error;
	char *large = calloc(200000, 1);

	wrong("a comma behind the last member",
		"{\"Version\":\"2012-10-17\",\n \"Statement\":[\n  {\"Effect\":\"Allow\",}]}",
		"}]}", "");
	wrong("an unknown element",
		"{\n\t\"Statement\": { \"Effect\": \"Allow\", \"Action\": \"*\", \"Resorce\": "
		"\"*\" }}",
		"\"Resorce\"", "Resource");
	wrong("an Effect in lower case, behind letters of two bytes",
		"{\"Id\":\"pol\xc3\xadtica\",\"Statement\":{\"Sid\":\"\xc3\xa9\",\"Effect\":"
		"\"allow\"}}",
		"\"allow\"", "Allow");
	wrong("a member given twice",
		"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:b\",\n\"Effect\":\"Deny\"}}",
		"\"Effect\":\"Deny\"", "Effect");
	wrong("a number as an action",
		"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"a:b\", 7]}}", "7", "a string");
	ok(!deputy_policy_parse("p", NULL, 5, &error) && error.code == DEPUTY_ERROR_SYNTAX,
		"NULL is no policy");
	ok(!deputy_policy_parse(NULL, "", 0, NULL), "nor is nothing, and the error may be NULL");
	memset(large, ' ', 200000);
	error = before;
	ok(!deputy_policy_parse("p", large, 200000, &error) && error.code == DEPUTY_ERROR_LIMIT,
		"131072 bytes is AWS's limit for a policy document: %s", error.sentence);
	free(large);
	ok(!deputy_policy_parse("p", "{}\0{}", 5, &error) && error.at == 2,
		"a NUL byte does not end a text");
}

/* ---- what AWS refuses [S-08] [S-10] [S-14] [S-17] [S-27] */

static void refused(enum deputy_kind kind, const char *text, const char *sentence)
{
	const struct deputy_policy *policy = parse("p", text);
	struct deputy_error error = { 0 };

	ok(!deputy_policy_check(policy, kind, &error) && error.code == DEPUTY_ERROR_REFUSED,
		"refused: %s", text);
	is(str_of(error.sentence), str_of(sentence), "... with AWS's sentence");
	deputy_policy_free(policy);
}

#define TRUST_HEAD                                    \
	"{\"Version\":\"2012-10-17\",\"Statement\":{" \
	"\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::965570967084:root\"},"
static const char trust[] = TRUST_HEAD "\"Action\":\"sts:AssumeRole\",\"Condition\":{"
				       "\"StringEquals\":{\"sts:ExternalId\":\"cid-Abc123\"}}}}";

static void checks(void)
{
	const struct deputy_policy *policy = parse("document", document);
	const struct deputy_policy *role_trust = parse("trust", trust);
	struct deputy_error error = { 0 };

	ok(deputy_policy_check(policy, DEPUTY_KIND_IDENTITY, &error) &&
			error.code == DEPUTY_ERROR_NONE,
		"AWS takes the document's policy");
	ok(!deputy_policy_check(policy, DEPUTY_KIND_TRUST, NULL), "... but not as a trust policy");
	ok(deputy_policy_check(role_trust, DEPUTY_KIND_TRUST, &error),
		"AWS takes the trust policy");
	ok(!deputy_policy_check(NULL, DEPUTY_KIND_TRUST, &error) &&
			error.code == DEPUTY_ERROR_ARGUMENT,
		"no policy is not accepted");
	ok(!deputy_policy_check(policy, (enum deputy_kind)99, &error),
		"nor is a kind that is none");
	refused(DEPUTY_KIND_IDENTITY, trust, "Policy document should not specify a principal.");
	refused(DEPUTY_KIND_TRUST, TRUST_HEAD "\"Action\":\"s3:GetObject\"}}",
		"AssumeRole policy may only specify STS AssumeRole actions.");
	refused(DEPUTY_KIND_TRUST, TRUST_HEAD "\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}}",
		"Has prohibited field Resource");
	refused(DEPUTY_KIND_IDENTITY,
		"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"bucket\"}"
		"}",
		"Resource bucket must be in ARN format or \"*\".");
	deputy_policy_free(policy);
	policy = parse("p", "{ \"Statement\" : [ ] ,\n\t\"Id\" : \"a b\\\" c\" }");
	ok(deputy_policy_size(policy) == strlen("{\"Statement\":[],\"Id\":\"a b\\\" c\"}"),
		"white space outside strings does not count against quotas");
	ok(deputy_policy_size(NULL) == 0, "no policy has no characters");
	deputy_policy_free(policy);
	deputy_policy_free(role_trust);
}

/* ---- decisions of the document's policy */

static const struct deputy_key vendor_tag = { .key = "aws:RequestTag/Vendor",
	.value = "zilliz-byoc" };
static const struct deputy_key to_eks = { .key = "iam:PassedToService",
	.value = "eks.amazonaws.com" };
static const struct deputy_key to_ec2 = { .key = "iam:PassedToService",
	.value = "ec2.amazonaws.com" };

#define ACCOUNT "111122223333"

static const struct row {
	const char *action, *resource;
	const struct deputy_key *key;
	const char *sid; /* that allows it; NULL: nothing does */
} rows[] = {
	{ "eks:CreateCluster", "arn:aws:eks:us-west-2:" ACCOUNT ":cluster/zilliz-byoc-1",
		&vendor_tag, "EKSCreate" },
	{ "EKS:createcluster", "arn:aws:eks:us-west-2:" ACCOUNT ":cluster/zilliz-byoc-1",
		&vendor_tag, "EKSCreate" },
	{ "eks:CreateCluster", "arn:aws:eks:us-west-2:" ACCOUNT ":cluster/zilliz-byoc-1", NULL,
		NULL },
	{ "eks:CreateCluster", "arn:aws:eks:us-west-2:" ACCOUNT ":cluster/production", &vendor_tag,
		NULL },
	{ "iam:PassRole", "arn:aws:iam::" ACCOUNT ":role/zilliz-byoc-eks", &to_eks,
		"IAMPassRoleToEKS" },
	{ "iam:PassRole", "arn:aws:iam::" ACCOUNT ":role/zilliz-byoc-eks", &to_ec2, NULL },
	{ "iam:PassRole", "arn:aws:iam::" ACCOUNT ":role/administrator", &to_eks, NULL },
	{ "s3:GetBucketLocation", "arn:aws:s3:::acme-milvus1", NULL, "S3CheckBucketLocation" },
	{ "s3:GetBucketLocation", "arn:aws:s3:::acme-milvus12", NULL, NULL },
	{ "s3:GetObject", "arn:aws:s3:::acme-milvus1/key", NULL, NULL },
	{ "ec2:DescribeInstanceTypes", "*", NULL, "EC2Read" },
	{ "iam:CreateRole", "arn:aws:iam::" ACCOUNT ":role/zilliz-byoc-new", NULL, NULL },
};

static struct deputy_call call_of(const struct row *row)
{
	return (struct deputy_call){
		.principal = "arn:aws:sts::" ACCOUNT ":assumed-role/zilliz-byoc-role/vendor",
		.action = row->action,
		.resource = row->resource,
		.resource_account = ACCOUNT,
		.no_resource_types = strcmp(row->resource, "*") == 0,
		.context = row->key,
		.ncontext = row->key != NULL,
	};
}

static void decides_row(const struct deputy_layers *layers, const struct row *row)
{
	struct deputy_call call = call_of(row);
	struct deputy_decision d = decide(layers, &call);

	if (!row->sid) {
		ok(!d.allowed && d.effect == DEPUTY_DENY_IMPLICIT && !d.statement && !d.policy,
			"%s on %s: nothing allows it", row->action, row->resource);
		return;
	}
	ok(d.allowed && d.effect == DEPUTY_ALLOW && d.layer == DEPUTY_LAYER_IDENTITY,
		"%s on %s is allowed", row->action, row->resource);
	is(str_of(d.sid), str_of(row->sid), "... by that statement");
	is(str_of(d.policy), S("document.json"), "... of that policy");
}

/* The place of a statement, found in the text by its Sid: its brace is the last one before. */
static void place_of_statement(const struct deputy_layers *layers)
{
	struct deputy_call call = call_of(&rows[0]);
	struct deputy_decision d = decide(layers, &call);
	const char *at = strstr(document, "\"EKSCreate\"");
	size_t line, column, number = 0;

	while (*at != '{')
		at--;
	for (const char *p = document; (p = strstr(p, "\"Sid\"")) != NULL && p < at; p++)
		number++;
	count_place(document, (size_t)(at - document), &line, &column);
	ok(d.line == line && d.column == column, "it stands in line %zu, column %zu (%zu, %zu)",
		line, column, d.line, d.column);
	ok(d.statement == number + 1, "as statement %zu (%zu)", number + 1, d.statement);
}

static void explains(const struct deputy_layers *layers)
{
	struct deputy_call call = call_of(&rows[2]);
	const struct deputy_request *request = deputy_request_new(&call, NULL);
	char *sentence = deputy_explain(layers, request, DEPUTY_FORM_SENTENCE);
	char *story = deputy_explain(layers, request, DEPUTY_FORM_STORY);
	char *coloured = deputy_explain(layers, request, DEPUTY_FORM_COLOURED);
	char *nothing = deputy_explain(NULL, NULL, DEPUTY_FORM_STORY);

	ok(contains(sentence, "EKSCreate") && contains(sentence, "aws:RequestTag/Vendor") &&
			contains(sentence, "zilliz-byoc"),
		"a denial names what came nearest: %s", sentence);
	ok(!contains(sentence, "\n"), "... in one line");
	ok(contains(story, "document.json") && contains(story, "EKSCreate") &&
			contains(story, "\"eks:CreateCluster\","),
		"the story shows the statement's own lines");
	ok(!contains(story, "\033") && contains(coloured, "\033["), "colour is asked for");
	ok(contains(nothing, "Denied"), "what cannot be decided is denied");
	deputy_text_free(sentence);
	deputy_text_free(story);
	deputy_text_free(coloured);
	deputy_text_free(nothing);
	deputy_request_free(request);
}

static void decisions(void)
{
	const struct deputy_program *program = compile("document.json", document);
	const struct deputy_layers layers = { .identity = program };

	for (size_t i = 0; i < COUNT(rows); i++)
		decides_row(&layers, &rows[i]);
	place_of_statement(&layers);
	explains(&layers);
	deputy_program_free(program);
}

/* Deciding takes no memory, and a program needs neither its policies nor their texts. */
static void lifetimes(void)
{
	char *text = memcpy(calloc(sizeof(document), 1), document, sizeof(document));
	const struct deputy_program *program = compile("document.json", text);
	struct deputy_call call = call_of(&rows[0]);
	struct deputy_key key = vendor_tag;
	char value[] = "zilliz-byoc";
	struct deputy_layers layers = { .identity = program };
	const struct deputy_request *request;
	struct deputy_decision d;
	long before;

	memset(text, '!', strlen(text));
	free(text);
	key.value = value;
	call.context = &key;
	request = deputy_request_new(&call, NULL);
	memset(value, '!', sizeof(value));
	before = calls;
	d = deputy_decide(&layers, request);
	ok(calls == before, "deciding takes no memory");
	ok(d.allowed && !strcmp(d.sid, "EKSCreate"), "what was given was copied");
	deputy_request_free(request);
	deputy_program_free(program);
}

/* ---- zero and NULL deny */

static void denials(void)
{
	static const char all[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
				  "\"Action\":\"*\",\"Resource\":\"*\"}}";
	const struct deputy_program *allow = compile("all", all);
	const struct deputy_program *broken =
		deputy_compile((const struct deputy_policy *[]){ NULL }, 1);
	const struct deputy_program *missing = deputy_compile(NULL, 1),
				    *empty = deputy_compile(NULL, 0);
	const struct deputy_policy *two[] = { parse("all", all), NULL };
	const struct deputy_program *partly = deputy_compile(two, 2);
	const struct deputy_program *levels[DEPUTY_LEVELS_MAX + 1];
	struct deputy_call call = call_of(&rows[9]);
	struct deputy_decision d = { 0 };
	const struct deputy_request *request = deputy_request_new(&call, NULL);
	struct deputy_layers layers = { .identity = allow };

	ok(!d.allowed && d.effect != DEPUTY_ALLOW, "{0} of a decision is no");
	ok(deputy_decide(&layers, request).allowed, "what follows would be allowed");
	ok(!deputy_decide(NULL, request).allowed, "no layers: denied");
	ok(!deputy_decide(&layers, NULL).allowed, "no request: denied");
	ok(!deputy_decide(&(struct deputy_layers){ 0 }, request).allowed,
		"nothing attached: denied");
	d = deputy_decide(&(struct deputy_layers){ .identity = empty }, request);
	ok(!d.allowed && d.effect == DEPUTY_DENY_IMPLICIT, "a program of no policy allows nothing");
	layers.boundary = broken;
	d = deputy_decide(&layers, request);
	ok(d.effect == DEPUTY_DENY_EXPLICIT && d.layer == DEPUTY_LAYER_BOUNDARY,
		"a boundary that could not be read denies");
	layers = (struct deputy_layers){ .identity = partly };
	ok(deputy_decide(&layers, request).effect == DEPUTY_DENY_EXPLICIT,
		"so does one policy of several, beside one that allows");
	layers = (struct deputy_layers){ .identity = allow, .resource = missing };
	ok(deputy_decide(&layers, request).effect == DEPUTY_DENY_EXPLICIT,
		"so does a resource's policy that is missing");
	for (size_t i = 0; i < COUNT(levels); i++)
		levels[i] = allow;
	layers = (struct deputy_layers){ .identity = allow,
		.scp = levels,
		.nscp = DEPUTY_LEVELS_MAX };
	ok(deputy_decide(&layers, request).allowed, "as many levels as there can be");
	layers.nscp++;
	ok(!deputy_decide(&layers, request).allowed, "one more: denied");
	layers = (struct deputy_layers){ .identity = allow, .nscp = 1 };
	ok(!deputy_decide(&layers, request).allowed, "levels that are not there: denied");
	deputy_request_free(request);
	deputy_program_free(allow);
	deputy_program_free(broken);
	deputy_program_free(missing);
	deputy_program_free(partly);
	deputy_policy_free(two[0]);
	deputy_program_free(empty);
}

/* ---- layers [S-01] [S-88] [S-124] */

static void layers_limit(void)
{
	static const char only_ec2[] =
		"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
		"\"Action\":\"ec2:*\",\"Resource\":\"*\"}}";
	static const char no_eks[] =
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
		"\"Resource\":\"*\"},{\"Sid\":\"NoEKS\",\"Effect\":\"Deny\",\"Action\":\"eks:*\","
		"\"Resource\":\"*\"}]}";
	const struct deputy_program *identity = compile("document.json", document);
	const struct deputy_program *ec2 = compile("only-ec2", only_ec2);
	const struct deputy_program *scp = compile("no-eks", no_eks);
	struct deputy_layers layers = { .identity = identity, .boundary = ec2 };
	struct deputy_call call = call_of(&rows[0]);
	struct deputy_decision d = decide(&layers, &call);

	ok(!d.allowed && d.layer == DEPUTY_LAYER_BOUNDARY &&
			d.withheld == 1u << DEPUTY_LAYER_BOUNDARY,
		"a permissions boundary that is silent withholds what the policy grants");
	layers = (struct deputy_layers){ .identity = identity, .scp = &scp, .nscp = 1 };
	d = decide(&layers, &call);
	ok(d.effect == DEPUTY_DENY_EXPLICIT && d.layer == DEPUTY_LAYER_SCP,
		"an explicit deny of an SCP wins");
	is(str_of(d.sid), S("NoEKS"), "... and is named");
	ok(d.statement == 2, "... with its number");
	layers.principal_in_management_account = true;
	ok(decide(&layers, &call).allowed, "SCPs do not apply to the management account");
	is(str_of(deputy_layer_name(d.layer)), S("scp"), "layers have names");
	is(str_of(deputy_effect_name(d.effect)), S("ExplicitDeny"), "and effects");
	is(str_of(deputy_effect_name((enum deputy_effect)9)), S("ImplicitDeny"),
		"one that is none is no");
	deputy_program_free(identity);
	deputy_program_free(ec2);
	deputy_program_free(scp);
}

/* ---- the External ID [S-99] [S-109] */

static bool assumes(const struct deputy_program *role_trust, const char *principal,
	const char *external_id)
{
	static const char may_assume[] =
		"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
		"\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}}";
	const struct deputy_program *identity = compile("may-assume", may_assume);
	struct deputy_layers layers = { .identity = identity, .resource = role_trust };
	struct deputy_key key = { .key = "sts:ExternalId", .value = external_id };
	struct deputy_call call = { .principal = principal,
		.action = "sts:AssumeRole",
		.resource = "arn:aws:iam::" ACCOUNT ":role/zilliz-byoc-role",
		.context = &key,
		.ncontext = 1 };
	bool allowed = decide(&layers, &call).allowed;

	deputy_program_free(identity);
	return allowed;
}

static void external_ids(void)
{
	static const char vendor[] = "arn:aws:iam::965570967084:user/control-plane";
	const struct deputy_program *role_trust = compile("trust", trust);

	ok(assumes(role_trust, vendor, "cid-Abc123"), "the vendor with the right External ID");
	ok(!assumes(role_trust, vendor, "cid-Abc124"), "not with another customer's");
	ok(!assumes(role_trust, vendor, NULL), "not without one");
	ok(!assumes(role_trust, vendor, ""), "not with an empty one");
	ok(!assumes(role_trust, vendor, "cid-abc123"), "not in other letter case");
	ok(!assumes(role_trust, vendor, "cid-Abc123 "), "not with a space");
	ok(!assumes(role_trust, vendor, "*"), "a star that is sent is a letter");
	ok(!assumes(role_trust, "arn:aws:iam::444455556666:user/other", "cid-Abc123"),
		"nobody else, who knows the ID");
	ok(!assumes(role_trust, "arn:aws:iam::" ACCOUNT ":user/own", "cid-Abc123"),
		"not even the customer's own users: the trust policy names only the vendor");
	ok(!assumes(role_trust, "ec2.amazonaws.com", "cid-Abc123"), "no service");
	ok(!assumes(role_trust, "anonymous", "cid-Abc123"), "nobody unknown");
	deputy_program_free(role_trust);
}

/* ---- requests that mean nothing */

static void not_a_request(struct deputy_call call, const char *sentence)
{
	struct deputy_error error = { 0 };
	const struct deputy_request *request = deputy_request_new(&call, &error);

	ok(!request && error.code == DEPUTY_ERROR_ARGUMENT && error.line == 0 &&
			contains(error.sentence, sentence),
		"no request: %s", error.sentence);
	deputy_request_free(request);
}

#define CHANGED(member, value, sentence)                    \
	do {                                                \
		struct deputy_call changed = call_of(rows); \
		changed.member = (value);                   \
		not_a_request(changed, sentence);           \
	} while (0)

static void requests(void)
{
	const struct deputy_key twice[] = { { .key = "aws:SourceIp", .value = "10.0.0.1" },
		{ .key = "AWS:sourceip", .value = "10.0.0.2" } };
	const struct deputy_key both = { .key = "k", .value = "v", .values = &both.value };
	struct deputy_call call = call_of(rows);

	CHANGED(principal, NULL, "principal");
	CHANGED(principal, "", "principal");
	CHANGED(principal, "somebody", "somebody");
	CHANGED(behind, "arn:aws:iam::444455556666:role/zilliz-byoc-role", "behind");
	CHANGED(provider, "accounts.google.com", "provider");
	CHANGED(action, NULL, "action");
	CHANGED(action, "GetObject", "GetObject");
	CHANGED(action, "s3:Get*", "s3:Get*");
	CHANGED(resource, NULL, "resource");
	CHANGED(resource, "bucket", "bucket");
	CHANGED(resource_account, "12", "twelve digits");
	CHANGED(no_resource_types, true, "\"*\"");
	CHANGED(context, NULL, "context");
	CHANGED(context, &both, "both");
	call.context = twice;
	call.ncontext = 2;
	not_a_request(call, "given twice");
	call.ncontext = 5000;
	ok(!deputy_request_new(&call, NULL), "there is an end to context keys");
	ok(!deputy_request_new(NULL, NULL), "no call is no request");
}

/* ---- signatures */

static const struct deputy_header list_users_headers[] = {
	{ "Content-Type", "application/x-www-form-urlencoded; charset=utf-8" },
	{ "Host", "iam.amazonaws.com" },
};
static const struct deputy_message list_users = { .method = "GET",
	.target = "/?Action=ListUsers&Version=2010-05-08",
	.headers = list_users_headers,
	.nheaders = 2 };
static const struct deputy_signer iam_signer = { .access_key_id = "AKIDEXAMPLE",
	.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	.region = "us-east-1",
	.service = "iam",
	.time_s = 1440938160 }; /* 2015-08-30 12:36:00 */

static const char *header(const struct deputy_signature *s, const char *name)
{
	for (size_t i = 0; i < s->nheaders; i++)
		if (!strcmp(s->headers[i].name, name))
			return s->headers[i].value;
	return "";
}

static void signs_list_users(void)
{
	const struct deputy_signature *s = deputy_sign(&list_users, &iam_signer, NULL);

	is(str_of(s->signature),
		S("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
		"AWS's ListUsers example: the signature");
	ok(contains(s->string_to_sign,
		   "\nf536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"),
		"... the hash of the canonical request");
	is(str_of(header(s, "Authorization")),
		S("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
		  "SignedHeaders=content-type;host;x-amz-date, Signature="
		  "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
		"... the header");
	is(str_of(header(s, "X-Amz-Date")), S("20150830T123600Z"), "... the date");
	deputy_signature_free(s);
}

static void signs_get_object(void)
{
	const struct deputy_header headers[] = { { "Host", "examplebucket.s3.amazonaws.com" },
		{ "Range", "bytes=0-9" } };
	struct deputy_message message = { "GET", "/test.txt", headers, 2, NULL, 0 };
	struct deputy_signer signer = { .access_key_id = "AKIAIOSFODNN7EXAMPLE",
		.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		.region = "us-east-1",
		.service = "s3",
		.time_s = 1369353600 }; /* 2013-05-24 */
	const struct deputy_signature *s = deputy_sign(&message, &signer, NULL);

	is(str_of(s->signature),
		S("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
		"S3's GET Object example: the signature");
	deputy_signature_free(s);
	signer.time_s = 951782400; /* 2000 was a leap year */
	s = deputy_sign(&message, &signer, NULL);
	is(str_of(header(s, "X-Amz-Date")), S("20000229T000000Z"), "the 29th of February");
	deputy_signature_free(s);
}

static void cannot_sign(struct deputy_message message, struct deputy_signer signer,
	const char *sentence)
{
	struct deputy_error error = { 0 };
	const struct deputy_signature *s = deputy_sign(&message, &signer, &error);

	ok(!s && error.code && contains(error.sentence, sentence), "not signed: %s",
		error.sentence);
	deputy_signature_free(s);
}

#define UNSIGNABLE(what, value, sentence)                   \
	do {                                                \
		struct deputy_message message = list_users; \
		struct deputy_signer signer = iam_signer;   \
		what = (value);                             \
		cannot_sign(message, signer, sentence);     \
	} while (0)

static void refuses_to_sign(void)
{
	const struct deputy_header injected[] = { { "Host", "h" }, { "A", "b\r\nHost: other" } };
	const struct deputy_header two[] = { { "Host", "h" }, { "host", "other" } };

	UNSIGNABLE(message.method, "GET /", "method");
	UNSIGNABLE(message.method, NULL, "method");
	UNSIGNABLE(message.target, "Action=ListUsers", "target");
	UNSIGNABLE(message.target, "/ HTTP/1.1\r\nHost: other", "target");
	UNSIGNABLE(message.nheaders, 1, "Host");
	UNSIGNABLE(message.nheaders, 101, "headers");
	UNSIGNABLE(message.headers, NULL, "NULL");
	UNSIGNABLE(message.headers, injected, "header");
	UNSIGNABLE(message.headers, two, "one Host");
	UNSIGNABLE(message.body_size, 1, "NULL");
	UNSIGNABLE(signer.access_key_id, "AKID/20150830", "access_key_id");
	UNSIGNABLE(signer.secret_access_key, "", "secret_access_key");
	UNSIGNABLE(signer.region, "us/east", "region");
	UNSIGNABLE(signer.service, NULL, "service");
	UNSIGNABLE(signer.session_token, "a\nb", "session_token");
	UNSIGNABLE(signer.time_s, -1, "time_s");
	UNSIGNABLE(signer.time_s, INT64_MAX, "time_s");
	ok(!deputy_sign(NULL, &iam_signer, NULL) && !deputy_sign(&list_users, NULL, NULL),
		"nothing is not signed");
}

/* ---- verifying */

struct keys {
	const char *id, *secret, *token;
	int asked;
};

static bool find_key(void *context, const struct deputy_claim *claim, struct deputy_secret *secret)
{
	struct keys *keys = context;

	keys->asked++;
	*secret = (struct deputy_secret){ keys->secret, keys->token };
	return !strcmp(claim->access_key_id, keys->id);
}

static struct deputy_verdict verify(const struct deputy_message *message, struct keys *keys,
	const char *service, int64_t time_s)
{
	struct deputy_verifier verifier = { service, time_s, find_key, keys };
	struct deputy_verdict verdict;
	bool verified = deputy_verify(message, &verifier, &verdict);

	if (verified != verdict.verified || verified != (verdict.fault == DEPUTY_FAULT_NONE) ||
		verified != (verdict.sentence[0] == '\0'))
		ok(false, "answer and verdict differ");
	return verdict;
}

static void faulty(const struct deputy_message *message, struct keys keys, int64_t time_s,
	enum deputy_fault fault, const char *what)
{
	struct deputy_verdict verdict;

	keys.asked = 0;
	verdict = verify(message, &keys, "iam", time_s);
	ok(verdict.fault == fault && !verdict.access_key_id[0], "%s: %s", what, verdict.sentence);
	ok(keys.asked == (fault == DEPUTY_FAULT_KEY || fault == DEPUTY_FAULT_MISMATCH),
		"... and the key is asked for only where it matters");
}

static const struct keys good_keys = { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	NULL, 0 };

/* AWS allows five minutes for other services, 15 for these: more than that is refused. */
static void verifies_times(const struct deputy_message *message)
{
	int64_t now = iam_signer.time_s;
	struct keys keys = good_keys;

	ok(verify(message, &keys, "iam", now + 900).verified, "valid for 15 minutes");
	ok(verify(message, &keys, "iam", now - 900).verified, "by clocks that are 15 minutes late");
	faulty(message, good_keys, now + 901, DEPUTY_FAULT_EXPIRED, "a second more");
	faulty(message, good_keys, now - 901, DEPUTY_FAULT_NOT_YET, "a second earlier");
	ok(!verify(message, &keys, "iam", INT64_MAX).verified, "no clock is that late");
	ok(!verify(message, &keys, NULL, now).verified, "no service, no verdict");
	ok(verify(message, &keys, "sts", now).fault == DEPUTY_FAULT_SCOPE, "another service");
	ok(!deputy_verify(message, NULL, NULL), "no verifier");
}

static void verifies_changes(const struct deputy_message *message)
{
	int64_t now = iam_signer.time_s;
	struct keys keys = good_keys;
	struct deputy_message changed = *message;

	changed.target = "/?Action=ListRoles&Version=2010-05-08";
	faulty(&changed, good_keys, now, DEPUTY_FAULT_MISMATCH, "another target");
	changed = *message;
	changed.method = "POST";
	faulty(&changed, good_keys, now, DEPUTY_FAULT_MISMATCH, "another method");
	changed = *message;
	changed.body = "x";
	changed.body_size = 1;
	faulty(&changed, good_keys, now, DEPUTY_FAULT_MISMATCH, "another body");
	keys.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEz";
	faulty(message, keys, now, DEPUTY_FAULT_MISMATCH, "another secret");
	keys = good_keys;
	keys.id = "AKIDOTHER";
	faulty(message, keys, now, DEPUTY_FAULT_KEY, "another key");
	keys = good_keys;
	keys.secret = NULL;
	faulty(message, keys, now, DEPUTY_FAULT_KEY, "a key without a secret");
	keys = good_keys;
	keys.token = "issued";
	faulty(message, keys, now, DEPUTY_FAULT_KEY, "a temporary key without its token");
	faulty(&list_users, good_keys, now, DEPUTY_FAULT_MISSING, "not signed");
	changed = *message;
	changed.target = "no path";
	faulty(&changed, good_keys, now, DEPUTY_FAULT_MESSAGE, "no HTTP request");
}

static void verifies(void)
{
	const struct deputy_signature *s = deputy_sign(&list_users, &iam_signer, NULL);
	struct deputy_message message = list_users;
	struct keys keys = good_keys;
	struct deputy_verdict verdict = { 0 };

	ok(!verdict.verified && verdict.fault != DEPUTY_FAULT_NONE, "{0} of a verdict is no");
	message.headers = s->headers;
	message.nheaders = s->nheaders;
	verdict = verify(&message, &keys, "iam", iam_signer.time_s);
	ok(verdict.verified, "what was signed is verified %s", verdict.sentence);
	is(str_of(verdict.access_key_id), S("AKIDEXAMPLE"), "... and who signed it is known");
	is(str_of(verdict.region), S("us-east-1"), "... and for which region");
	verifies_times(&message);
	verifies_changes(&message);
	deputy_signature_free(s);
}

static void verifies_tokens(void)
{
	struct deputy_signer signer = iam_signer;
	const struct deputy_signature *s;
	struct deputy_message message = list_users;
	struct keys keys = good_keys;

	signer.session_token = "issued";
	s = deputy_sign(&list_users, &signer, NULL);
	message.headers = s->headers;
	message.nheaders = s->nheaders;
	keys.token = "issued";
	ok(verify(&message, &keys, "iam", signer.time_s).verified,
		"a temporary key with its token");
	keys.token = "issueD";
	faulty(&message, keys, signer.time_s, DEPUTY_FAULT_KEY, "with another token");
	keys.token = NULL;
	faulty(&message, keys, signer.time_s, DEPUTY_FAULT_KEY, "a long-term key with a token");
	deputy_signature_free(s);
}

/* S3's example of a presigned URL, which lives for a day. */
static void verifies_presigned(void)
{
	const struct deputy_header host = { "Host", "examplebucket.s3.amazonaws.com" };
	struct deputy_message message = { .method = "GET",
		.target =
			"/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
			"AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&"
			"X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
			"X-Amz-Signature="
			"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
		.headers = &host,
		.nheaders = 1 };
	struct keys keys = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		NULL, 0 };

	ok(verify(&message, &keys, "s3", 1369353600 + 86400).verified,
		"S3's presigned example is verified on its last second");
	ok(verify(&message, &keys, "s3", 1369353600 + 86401).fault == DEPUTY_FAULT_EXPIRED,
		"and has expired on the next");
	message.method = "PUT";
	ok(verify(&message, &keys, "s3", 1369353600).fault == DEPUTY_FAULT_MISMATCH,
		"it is for GET only");
}

/* ---- the end of memory, and the objects' ends */

static void out_of_memory(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		exhausted = true;
		deputy_policy_free(deputy_policy_parse("p", document, strlen(document), NULL));
		_exit(0);
	}
	waitpid(child, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "without memory, abort()");
}

static void frees_nothing(void)
{
	deputy_policy_free(NULL);
	deputy_program_free(NULL);
	deputy_request_free(NULL);
	deputy_signature_free(NULL);
	deputy_text_free(NULL);
	ok(true, "freeing NULL is fine");
}

int main(void)
{
	memcpy(strstr(document, "{bucketName}"), "acme-milvus1", 12);
	is(str_of(deputy_version()), S(DEPUTY_VERSION), "header and library are of one version");
	mistakes();
	checks();
	decisions();
	lifetimes();
	denials();
	layers_limit();
	external_ids();
	requests();
	signs_list_users();
	signs_get_object();
	refuses_to_sign();
	verifies();
	verifies_tokens();
	verifies_presigned();
	out_of_memory();
	frees_nothing();
	ok(blocks == 0, "all memory was given back (%ld blocks were not)", blocks);
	return tap_done();
}
