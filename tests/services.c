/*
 * services.c -- EC2, EKS and S3 of an account, call by call, through account_handle().
 *
 * tests/cases/services.json and the files after it are lists of rows, run in order on one account:
 *
 *   {"policy": [STATEMENT, …]}            what the tester may do from here on
 *   {"name", "call": "ec2 RunInstances", "input": {…}}          a form
 *   {"name", "call": "eks CreateCluster", "method", "target", "input"}  JSON
 *   {"name", "call": "s3 CreateBucket", "method", "target", "body"}
 *     "by"      "admin" (default: the tester), "other": another account's administrator
 *     "region"  the signature's, if not us-west-2
 *     "status"  default 200    "code"  AWS's error code
 *     "says"    the whole message up to " Encoded", or with "…" at its end its beginning
 *     "has"     {"path.to.0.member": "text"} in the answer; null: it is not there
 *     "save"    {"fact": "path"}: later rows write {fact}
 *
 * Expected codes and sentences are AWS's (EC2, EKS and S3 API References; the users' guides; error
 * messages quoted in public issues).
 */
#include "account/account.h"
#include "base/crypto.h"
#include "base/os.h"
#include "tap.h"

#include <string.h>

#define ACCOUNT "111122223333"
#define OTHER   "444455556666"

static const char *const cases[] = {
	"tests/cases/services.json",
	"tests/cases/security_group_rules.json",
	"tests/cases/networks.json",
};

struct bench {
	struct arena arena;
	str dir;
	struct account *account;
	struct account_admin admins[2];
	struct credentials tester;
	struct json *facts;
};

struct answer {
	unsigned status;
	str code, message;
	struct json *body; /* of a success, or NULL */
	struct http_response http;
};

/* ---- one signed call */

static str header(const struct answer *answer, str name)
{
	return http_get_header(answer->http.headers, answer->http.nheaders, name);
}

static void read_answer(struct arena *arena, str service, struct answer *answer)
{
	struct json *root = NULL;
	str name, body = answer->http.body;
	struct err err;
	bool json = str_eq(service, S("eks"));

	answer->status = answer->http.status;
	if (!body.n)
		return;
	if (json ? !json_parse(arena, body, LIMIT_JSON_BYTES, &root, &err)
		 : !xml_parse(arena, body, &name, &root, &err)) {
		ok(false, "the body can be read: %.*s", STR(str_head(body, 200)));
		return;
	}
	answer->body = root;
	if (json) {
		answer->code = header(answer, S("x-amzn-ErrorType"));
		answer->message = json_str(root, S("message"));
		return;
	}
	if (json_get(root, S("Errors")))
		root = json_get(json_get(root, S("Errors")), S("Error"));
	if (json_get(root, S("Error")))
		root = json_get(root, S("Error"));
	answer->code = json_str(root, S("Code"));
	answer->message = json_str(root, S("Message"));
}

static str form_body(struct arena *arena, str service, str operation, const struct json *input)
{
	struct buf body = { .arena = arena };
	bool ec2 = str_eq(service, S("ec2"));

	buf_printf(&body, "Action=%.*s&Version=%s", STR(operation),
		ec2 ? "2016-11-15" : "2010-05-08");
	if (input && input->count) {
		buf_char(&body, '&');
		form_write(&body, input, ec2);
	}
	return buf_view(&body);
}

struct ask {
	const struct credentials *who;
	str service, operation, method, target, region, body;
	const struct json *input;
};

static struct answer send(struct bench *bench, const struct ask *ask)
{
	struct arena *arena = &bench->arena;
	struct http_request request = { .method = ask->method, .peer = S("127.0.0.1") };
	struct answer answer = { 0 };
	struct sigv4_trace trace;
	struct buf body = { .arena = arena };
	str type = S("application/json");

	http_set_target(&request, ask->target);
	request.body = ask->body;
	if (str_eq(ask->service, S("ec2")) || str_eq(ask->service, S("iam"))) {
		request.body = form_body(arena, ask->service, ask->operation, ask->input);
		type = S("application/x-www-form-urlencoded");
	} else if (ask->input) {
		json_write(&body, ask->input);
		request.body = buf_view(&body);
	}
	http_add_header(arena, &request.headers, &request.nheaders, &request.cap_headers, S("Host"),
		S("127.0.0.1:9"));
	http_add_header(arena, &request.headers, &request.nheaders, &request.cap_headers,
		S("Content-Type"), type);
	sigv4_sign(arena, &request, ask->who, ask->region, ask->service, now_s(), &trace);
	account_handle(bench->account, arena, &request, &answer.http);
	read_answer(arena, ask->service, &answer);
	return answer;
}

/* ---- facts: {name} in any text of a row */

static str fill(struct bench *bench, str text)
{
	struct buf out = { .arena = &bench->arena };
	str before, rest, name, after;

	while (str_cut(text, '{', &before, &rest) && str_cut(rest, '}', &name, &after)) {
		const struct json *fact = json_get(bench->facts, name);

		if (!fact)
			break; /* JSON inside a text */
		buf_str(&out, before);
		buf_str(&out, fact->text);
		text = after;
	}
	buf_str(&out, text);
	return arena_copy(&bench->arena, buf_view(&out));
}

static void fill_all(struct bench *bench, struct json *value)
{
	if (value->type == JSON_STRING)
		value->text = fill(bench, value->text);
	for (struct json *item = value->first; item; item = item->next)
		fill_all(bench, item);
}

static const struct json *at_path(const struct json *value, str path)
{
	str head = path, rest = path;
	uint64_t index;

	while (rest.n && value) {
		if (!str_cut(rest, '.', &head, &rest)) {
			head = rest;
			rest = (str){ 0 };
		}
		if (json_is(value, JSON_ARRAY) && str_u64(head, 1000, &index)) {
			for (value = value->first; value && index; index--)
				value = value->next;
			continue;
		}
		value = json_get(value, head);
	}
	return value;
}

/* ---- the tester and its policy */

static bool admin_does(struct bench *bench, str operation, struct json *input,
	struct answer *answer)
{
	*answer = send(bench, &(struct ask){
				      .who = &bench->admins[0].credentials,
				      .service = S("iam"),
				      .operation = operation,
				      .method = S("POST"),
				      .target = S("/"),
				      .region = S("us-west-2"),
				      .input = input,
			      });
	return answer->status == 200 ||
	       ok(false, "%.*s: %.*s", STR(operation), STR(answer->message));
}

static struct json *named_user(struct bench *bench)
{
	struct json *input = json_new(&bench->arena, JSON_OBJECT);

	json_put_str(&bench->arena, input, S("UserName"), S("tester"));
	return input;
}

static bool set_policy(struct bench *bench, const struct json *statements)
{
	struct arena *arena = &bench->arena;
	struct json *document = json_new(arena, JSON_OBJECT), *input = named_user(bench);
	struct buf text = { .arena = arena };
	struct answer answer;

	json_put_str(arena, document, S("Version"), S("2012-10-17"));
	json_put(document, S("Statement"), json_clone(arena, statements));
	json_write(&text, document);
	json_put_str(arena, input, S("PolicyName"), S("test"));
	json_put_str(arena, input, S("PolicyDocument"), buf_view(&text));
	return admin_does(bench, S("PutUserPolicy"), input, &answer);
}

static bool make_tester(struct bench *bench)
{
	struct answer answer;
	const struct json *key;

	if (!admin_does(bench, S("CreateUser"), named_user(bench), &answer) ||
		!admin_does(bench, S("CreateAccessKey"), named_user(bench), &answer))
		return false;
	key = at_path(answer.body, S("CreateAccessKeyResult.AccessKey"));
	bench->tester.access_key_id = json_str(key, S("AccessKeyId"));
	bench->tester.secret_access_key = json_str(key, S("SecretAccessKey"));
	return ok(bench->tester.secret_access_key.n, "the tester has a key");
}

/* ---- rows */

/* The message must be `says`; " Encoded authorization failure message: …" is not looked at. */
static void check_message(const struct answer *answer, str says, str name)
{
	str dots = S("\xe2\x80\xa6"), message = answer->message;
	size_t encoded = str_find(message, S(" Encoded authorization failure message: "));

	if (encoded != SIZE_MAX)
		message = str_head(message, encoded);
	if (str_ends(says, dots)) {
		says = str_head(says, says.n - dots.n);
		message = str_head(message, says.n);
	}
	is(message, says, "%.*s: says", STR(name));
}

static void check_body(const struct answer *answer, const struct json *has, str name)
{
	JSON_EACH(want, has)
	{
		const struct json *got = at_path(answer->body, want->name);
		str text = got ? got->text : (str){ 0 };

		if (str_starts(want->name, S("header:")))
			text = header(answer, str_from(want->name, S("header:").n));
		if (json_is(want, JSON_NULL))
			ok(!got, "%.*s: has no %.*s", STR(name), STR(want->name));
		else if (str_ends(want->text, S("*")))
			is(str_head(text, want->text.n - 1), str_head(want->text, want->text.n - 1),
				"%.*s: %.*s begins so", STR(name), STR(want->name));
		else
			is(text, want->text, "%.*s: %.*s", STR(name), STR(want->name));
	}
}

static void save(struct bench *bench, const struct answer *answer, const struct json *wanted)
{
	JSON_EACH(fact, wanted)
	{
		const struct json *value = at_path(answer->body, fact->text);

		ok(value != NULL, "the answer has %.*s", STR(fact->text));
		json_put_str(&bench->arena, bench->facts, fact->name,
			value ? value->text : S("missing"));
	}
}

static str or (str value, str otherwise)
{
	return value.n ? value : otherwise;
}

static void run_row(struct bench *bench, struct json *row)
{
	str by = json_str(row, S("by")), code = json_str(row, S("code"));
	str name = json_str(row, S("name"));
	uint64_t status = 200;
	struct answer answer;
	struct ask ask = { .who = &bench->tester };

	if (json_get(row, S("policy"))) {
		fill_all(bench, row);
		set_policy(bench, json_get(row, S("policy")));
		return;
	}
	fill_all(bench, row);
	str_cut(json_str(row, S("call")), ' ', &ask.service, &ask.operation);
	name = or (name, json_str(row, S("call")));
	if (by.n)
		ask.who = &bench->admins[str_eq(by, S("other"))].credentials;
	ask.method = or (json_str(row, S("method")), S("POST"));
	ask.target = or (json_str(row, S("target")), S("/"));
	ask.region = or (json_str(row, S("region")), S("us-west-2"));
	ask.body = json_str(row, S("body"));
	ask.input = json_get(row, S("input"));
	str_u64(json_str(row, S("status")), 599, &status);
	answer = send(bench, &ask);
	if (!ok(answer.status == status, "%.*s: status %u", STR(name), (unsigned)status))
		printf("# status %u: %.*s\n", answer.status, STR(answer.message));
	if (code.n)
		is(answer.code, code, "%.*s: code", STR(name));
	if (json_get(row, S("says")))
		check_message(&answer, json_str(row, S("says")), name);
	check_body(&answer, json_get(row, S("has")), name);
	save(bench, &answer, json_get(row, S("save")));
}

static void run_rows(struct bench *bench, const char *path)
{
	struct json *rows;
	struct err err = { 0 };
	str text;
	size_t line, column;

	if (!ok(file_read(&bench->arena, str_of(path), LIMIT_JSON_BYTES, &text, &err) &&
			    json_parse(&bench->arena, text, LIMIT_JSON_BYTES, &rows, &err),
		    "%s can be read: %s", path, err.text)) {
		str_place(text, err.at, &line, &column);
		printf("# %s:%zu:%zu\n", path, line, column);
		return;
	}
	for (struct json *row = rows->first; row; row = row->next)
		run_row(bench, row);
}

/* ---- RunInstances: each pair is needed, and its denial names it [S-135] */

static const struct {
	const char *action, *resource; /* of the statement that is left out */
	const char *named;             /* in the denial; {fact} */
} pairs[] = {
	{ "ec2:RunInstances", "arn:aws:ec2:*:*:instance/*",
		"ec2:RunInstances on resource: arn:aws:ec2:us-west-2:" ACCOUNT ":instance/*" },
	{ "ec2:RunInstances", "arn:aws:ec2:*:*:network-interface/*",
		"ec2:RunInstances on resource: arn:aws:ec2:us-west-2:" ACCOUNT
		":network-interface/*" },
	{ "ec2:RunInstances", "arn:aws:ec2:*:*:security-group/*",
		"ec2:RunInstances on resource: arn:aws:ec2:us-west-2:" ACCOUNT
		":security-group/{sg}" },
	{ "ec2:RunInstances", "arn:aws:ec2:*:*:subnet/*",
		"ec2:RunInstances on resource: arn:aws:ec2:us-west-2:" ACCOUNT
		":subnet/{subnet1}" },
	{ "ec2:RunInstances", "arn:aws:ec2:*::image/*",
		"ec2:RunInstances on resource: arn:aws:ec2:us-west-2::image/{image}" },
	{ "ec2:RunInstances", "arn:aws:ec2:*:*:volume/*",
		"ec2:RunInstances on resource: arn:aws:ec2:us-west-2:" ACCOUNT ":volume/*" },
	{ "ec2:RunInstances", "arn:aws:ec2:*:*:launch-template/*",
		"ec2:RunInstances on resource: arn:aws:ec2:us-west-2:" ACCOUNT
		":launch-template/{pairs_template}" },
	{ "ec2:CreateTags", "arn:aws:ec2:*:*:instance/*",
		"ec2:CreateTags on resource: arn:aws:ec2:us-west-2:" ACCOUNT ":instance/*" },
	{ "ec2:CreateTags", "arn:aws:ec2:*:*:volume/*",
		"ec2:CreateTags on resource: arn:aws:ec2:us-west-2:" ACCOUNT ":volume/*" },
};

static struct json *statement(struct arena *arena, size_t i)
{
	struct json *statement = json_new(arena, JSON_OBJECT);

	json_put_str(arena, statement, S("Effect"), S("Allow"));
	json_put_str(arena, statement, S("Action"), str_of(pairs[i].action));
	json_put_str(arena, statement, S("Resource"), str_of(pairs[i].resource));
	return statement;
}

static struct answer dry_run(struct bench *bench)
{
	struct json *input;
	struct err err;
	str text = S("{\"DryRun\":\"true\",\"MinCount\":\"1\",\"MaxCount\":\"1\","
		     "\"SubnetId\":\"{subnet1}\",\"LaunchTemplate\":{\"LaunchTemplateId\":"
		     "\"{pairs_template}\"},\"TagSpecification\":[{\"ResourceType\":\"instance\","
		     "\"Tag\":[{\"Key\":\"Name\",\"Value\":\"n\"}]}]}");

	if (!json_parse(&bench->arena, text, LIMIT_JSON_BYTES, &input, &err))
		ok(false, "the test's own input: %s", err.text);
	fill_all(bench, input);
	return send(bench, &(struct ask){
				   .who = &bench->tester,
				   .service = S("ec2"),
				   .operation = S("RunInstances"),
				   .method = S("POST"),
				   .target = S("/"),
				   .region = S("us-west-2"),
				   .input = input,
			   });
}

static void run_pairs(struct bench *bench)
{
	for (size_t left_out = 0; left_out <= COUNT(pairs); left_out++) {
		struct json *policy = json_new(&bench->arena, JSON_ARRAY);
		struct answer answer;

		for (size_t i = 0; i < COUNT(pairs); i++)
			if (i != left_out)
				json_push(policy, statement(&bench->arena, i));
		set_policy(bench, policy);
		answer = dry_run(bench);
		if (left_out == COUNT(pairs)) {
			is(answer.code, S("DryRunOperation"), "all pairs: it would have worked");
			ok(answer.status == 412, "and that is status 412");
			continue;
		}
		is(answer.code, S("UnauthorizedOperation"), "without %s on %s: denied",
			pairs[left_out].action, pairs[left_out].resource);
		ok(answer.status == 403 &&
				str_find(answer.message,
					fill(bench, str_of(pairs[left_out].named))) != SIZE_MAX,
			"and the denial names %s", pairs[left_out].named);
	}
}

/* ---- the whole */

static void fact(struct bench *bench, str name, str value)
{
	json_put_str(&bench->arena, bench->facts, name, value);
}

static bool open_bench(struct bench *bench)
{
	const str ids[] = { S(ACCOUNT), S(OTHER) };
	struct err err = { 0 };
	str dir;

	if (!ok(dir_make_temp(&bench->arena, S("deputy-services"), &bench->dir, &err),
		    "a directory: %s", err.text))
		return false;
	dir = arena_printf(&bench->arena, "%.*s/accounts", STR(bench->dir));
	bench->facts = json_new(&bench->arena, JSON_OBJECT);
	fact(bench, S("account"), S(ACCOUNT));
	fact(bench, S("other"), S(OTHER));
	fact(bench, S("region"), S("us-west-2"));
	return ok(account_init(&bench->arena, dir, ids, 2, S("us-west-2"), bench->admins, &err) &&
			  account_open(dir, &bench->account, &err),
		"two accounts: %s", err.text);
}

int main(void)
{
	struct bench bench = { 0 };

	if (open_bench(&bench) && make_tester(&bench)) {
		for (size_t i = 0; i < COUNT(cases); i++)
			run_rows(&bench, cases[i]);
		run_pairs(&bench);
		account_close(bench.account);
	}
	dir_remove(arena_printf(&bench.arena, "%.*s/accounts", STR(bench.dir)));
	dir_remove(bench.dir);
	arena_free(&bench.arena);
	return tap_done();
}
