/*
 * library.c -- libdeputy through deputy.h alone, linked as a user links it.
 *
 * Facts: the vendor's document (data/zilliz-byoc-cross-account.json), the IAM User Guide ("Policy
 * evaluation logic", "Access to AWS accounts owned by third parties"; the sentences of
 * MalformedPolicyDocument), RFC 8259. Signatures are in library_sign.c.
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

static char document[] =
#include "gen/zilliz-byoc-cross-account.json.inc"
	;

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
	out_of_memory();
	frees_nothing();
	ok(blocks == 0, "all memory was given back (%ld blocks were not)", blocks);
	return tap_done();
}
