/*
 * lint.c -- the findings of `deputy check`, from tests/cases/lint/.
 *
 * A case names a finding and a kind of policy, then documents that have it and
 * near ones that do not:
 *
 *   INVALID_ACTION identity
 *   + $.Statement[0].Action {"Effect":"Allow", ...}    has it, at this path
 *   = did you mean ...                                 and its sentence or fix says this
 *   - {"Effect":"Allow", ...}                          does not have it
 *
 * The JSON is one statement, or with + ! and - ! the whole document. @N@ stands
 * for N letters. Every row of data/findings.tsv must have both. What AWS would
 * say is held against it, too: whatever is refused has an error.
 */
#include "base/os.h"
#include "policy/policy.h"
#include "tap.h"

#include <string.h>

static bool shown[FINDING_COUNT], near_shown[FINDING_COUNT];

struct reader {
	struct arena *arena;
	str file;
	size_t line;
	enum finding_id id;
	enum policy_kind kind;
	bool ready;
	struct policy_finding found; /* by the last + line */
};

static bool find_id(str name, enum finding_id *id)
{
	for (*id = 0; *id < FINDING_COUNT; (*id)++)
		if (str_eq(finding_rule(*id)->id, name))
			return true;
	return false;
}

/* The document of a line: @N@ written out, a lone statement wrapped. */
static str document_of(struct reader *r, str json)
{
	struct buf out = { .arena = r->arena };
	str head, number, tail;
	uint64_t n;

	while (str_cut(json, '@', &head, &tail) && str_cut(tail, '@', &number, &tail) &&
		str_u64(number, 1000000, &n)) {
		buf_str(&out, head);
		while (n--)
			buf_char(&out, 'x');
		json = tail;
	}
	buf_str(&out, json);
	json = buf_view(&out);
	if (str_starts(json, S("! ")))
		return str_from(json, 2);
	return arena_printf(r->arena, "{\"Version\":\"2012-10-17\",\"Statement\":[%.*s]}",
		STR(json));
}

static const struct policy_finding *find(const struct policy_findings *f, enum finding_id id)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->item[i].id == id)
			return &f->item[i];
	return NULL;
}

/* What holds for every document: order, places, and AWS's refusal beside our errors. */
static bool is_sound(const struct policy_findings *f, str text)
{
	bool errors = false;

	for (size_t i = 0; i < f->n; i++) {
		errors |= finding_rule(f->item[i].id)->severity == SEVERITY_ERROR;
		if (f->item[i].at > text.n || (i && f->item[i - 1].at > f->item[i].at))
			return false;
	}
	return errors == f->errors && (!f->refused.n || f->errors);
}

static void run_document(struct reader *r, bool has, str path, str json)
{
	str text = document_of(r, json), id = finding_rule(r->id)->id;
	const struct policy_finding *found;
	struct policy_findings f;

	policy_lint(r->arena, text, r->kind, S("111122223333"), &f);
	found = find(&f, r->id);
	ok(is_sound(&f, text), "%.*s:%zu: order, places and refusal agree", STR(r->file), r->line);
	if (!has) {
		ok(!found && !(f.unreadable && r->id != FINDING_JSON_SYNTAX_ERROR),
			"%.*s:%zu: no %.*s", STR(r->file), r->line, STR(id));
		near_shown[r->id] = true;
		return;
	}
	shown[r->id] = true;
	r->found = found ? *found : (struct policy_finding){ .id = r->id };
	if (!ok(found, "%.*s:%zu: %.*s", STR(r->file), r->line, STR(id))) {
		for (size_t i = 0; i < f.n; i++)
			printf("#   %.*s %.*s\n", STR(finding_rule(f.item[i].id)->id),
				STR(f.item[i].path));
		return;
	}
	is(found->path, path, "%.*s:%zu: its place", STR(r->file), r->line);
}

static void run_text(struct reader *r, str wanted)
{
	struct buf text = { .arena = r->arena };

	finding_sentence(&text, &r->found);
	buf_char(&text, '\n');
	finding_fix(&text, &r->found);
	if (!ok(str_find(buf_view(&text), wanted) != SIZE_MAX, "%.*s:%zu: says \"%.*s\"",
		    STR(r->file), r->line, STR(wanted)))
		printf("#   %.*s\n", STR(buf_view(&text)));
}

static void run_line(struct reader *r, str line)
{
	str first, rest, path;

	if (line.n == 0 || line.p[0] == '#')
		return;
	if (!str_cut(line, ' ', &first, &rest)) {
		ok(false, "%.*s:%zu: a line of one word", STR(r->file), r->line);
		return;
	}
	if (str_eq(first, S("-")) && r->ready) {
		run_document(r, false, (str){ 0 }, rest);
	} else if (str_eq(first, S("+")) && r->ready && str_cut(rest, ' ', &path, &rest)) {
		run_document(r, true, str_eq(path, S("none")) ? S("") : path, rest);
	} else if (str_eq(first, S("=")) && r->ready) {
		run_text(r, rest);
	} else {
		r->ready = find_id(first, &r->id) && policy_kind_parse(rest, &r->kind);
		ok(r->ready, "%.*s:%zu: a finding and a kind", STR(r->file), r->line);
	}
}

static void run_file(const char *path)
{
	struct arena arena = { 0 };
	struct reader r = { .arena = &arena, .file = str_of(path) };
	struct err err = { 0 };
	str text, line;

	if (!ok(file_read(&arena, r.file, LIMIT_FILE_BYTES, &text, &err), "%s", path)) {
		arena_free(&arena);
		return;
	}
	while (text.n) {
		if (!str_cut(text, '\n', &line, &text)) {
			line = text;
			text = (str){ 0 };
		}
		r.line++;
		run_line(&r, line);
	}
	arena_free(&arena);
}

/* ---- the tables */

static void test_catalog(void)
{
	struct catalog_action action;
	struct catalog_resource resource;
	struct catalog_key key;

	/* facts: Service Authorization Reference, pages of EC2, EKS, IAM, S3 and STS */
	ok(catalog_service(S("s3")) && catalog_service(S("EC2")), "services, whatever the case");
	ok(!catalog_service(S("s")) && !catalog_service(S("")) && !catalog_service(S("s33")),
		"no service has the start of a prefix, or more");
	ok(catalog_action(S("EC2:runinstances"), &action), "an action, whatever the case");
	is(action.name, S("ec2:RunInstances"), "its name as AWS writes it");
	ok(action.level == ACCESS_WRITE, "its access level");
	ok(str_find(action.resources, S("subnet*")) != SIZE_MAX,
		"a resource type that is required");
	ok(str_find(action.dependents, S("iam:PassRole")) != SIZE_MAX, "an action that it needs");
	ok(catalog_action(S("eks:DescribeAddonVersions"), &action) && action.resources.n == 0,
		"an action without resource types");
	ok(catalog_action(S("a2c:GetContainerizationJobDetails"), &action), "the first action");
	ok(!catalog_action(S("ec2:RunInstance"), &action), "no such action");
	ok(catalog_resource(S("eks"), S("cluster"), &resource), "a resource type");
	is(resource.arn, S("arn:${Partition}:eks:${Region}:${Account}:cluster/${ClusterName}"),
		"its ARN");
	ok(!catalog_resource(S("eks"), S("clusters"), &resource), "no such resource type");
	ok(catalog_key(S("aws:requesttag/Vendor"), &key) && key.global && !key.multi,
		"a tag of the request");
	ok(catalog_key(S("s3:ExistingObjectTag/x"), &key) && !key.global, "a tag of an object");
	ok(!catalog_key(S("aws:RequestTag/"), &key), "a tag without a key is none");
	ok(catalog_key(S("aws:TagKeys"), &key) && key.multi, "a key of several values");
	ok(catalog_key(S("sts:ExternalId"), &key) && !key.multi && key.type == KEY_STRING,
		"sts:ExternalId has one value");
	ok(catalog_key(S("aws:SourceIp"), &key) && key.type == KEY_IP, "an address");
	ok(catalog_region(S("eu-central-1")) && !catalog_region(S("eu-central-9")), "Regions");
	ok(catalog_partition(S("aws-cn")) && !catalog_partition(S("aw")), "partitions");
	is(catalog_near_action(S("ec2:RunInstnces")), S("ec2:RunInstances"), "the nearest action");
	is(catalog_near_action(S("ec2:Zzzzzzzzzzzz")), S(""), "nothing near");
	is(catalog_near_service(S("ek")), S("eks"), "the nearest service");
	ok(catalog_any_action(S("s3:Get*")) && !catalog_any_action(S("s3:Gett*")), "patterns");
}

/* Every name of data/actions.tsv is found: the order of the table is that of the search. */
static void test_every_action(void)
{
	struct arena arena = { 0 };
	struct catalog_action action;
	struct err err = { 0 };
	size_t n = 0, missing = 0;
	str text, line, name, rest;

	ok(file_read(&arena, S("data/actions.tsv"), LIMIT_FILE_BYTES, &text, &err), "actions.tsv");
	while (str_cut(text, '\n', &line, &text)) {
		if (line.n == 0 || line.p[0] == '#' || str_starts(line, S("action@")) ||
			!str_cut(line, '\t', &name, &rest))
			continue;
		n++;
		missing += !catalog_action(name, &action) || !str_eq(action.name, name);
	}
	ok(n > 20000 && missing == 0, "all %zu actions are found, %zu are not", n, missing);
	arena_free(&arena);
}

static void test_guess(void)
{
	static const struct {
		const char *statement;
		enum policy_kind kind;
	} rows[] = {
		{ "\"Action\":\"s3:*\",\"Resource\":\"*\"", POLICY_IDENTITY },
		{ "\"Action\":\"sts:AssumeRole\",\"Principal\":{\"AWS\":\"111122223333\"}",
			POLICY_TRUST },
		{ "\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"", POLICY_IDENTITY },
		{ "\"Action\":\"s3:*\",\"Resource\":\"*\",\"Principal\":\"*\"", POLICY_RESOURCE },
		{ "\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\",\"Principal\":\"*\"",
			POLICY_RESOURCE },
		{ "\"Action\":\"kms:*\",\"Principal\":\"*\"", POLICY_RESOURCE },
	};
	struct arena arena = { 0 };
	enum policy_kind kind;

	for (size_t i = 0; i < COUNT(rows); i++)
		ok(policy_guess(&arena,
			   arena_printf(&arena, "{\"Statement\":{\"Effect\":\"Allow\",%s}}",
				   rows[i].statement),
			   &kind) &&
				kind == rows[i].kind,
			"guessed: %s", policy_kind_name(rows[i].kind));
	ok(!policy_guess(&arena, S("{"), &kind), "no guess of what is no JSON");
	ok(!policy_guess(&arena, S("[]"), &kind), "nor of what is no policy");
	arena_free(&arena);
}

/* ---- the document's policy: what its statements cannot do (Service Authorization Reference, EKS) */

static const struct policy_finding *find_at(const struct policy_findings *f, enum finding_id id,
	const char *path)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->item[i].id == id && str_eq(f->item[i].path, str_of(path)))
			return &f->item[i];
	return NULL;
}

static void test_document(void)
{
	static const struct {
		enum finding_id id;
		const char *path;
	} rows[] = {
		{ FINDING_MISSING_ARN_REGION, "$.Statement[11].Resource[4]" },
		{ FINDING_INVALID_ARN_ACCOUNT, "$.Statement[11].Resource[4]" },
		{ FINDING_INVALID_ARN_RESOURCE, "$.Statement[11].Resource[5]" },
		{ FINDING_ACTION_RESOURCE_MISMATCH, "$.Statement[12].Action[1]" },
		{ FINDING_ACTION_WITHOUT_RESOURCE_TYPE, "$.Statement[14].Action[4]" },
		{ FINDING_ACTION_WITHOUT_RESOURCE_TYPE, "$.Statement[14].Action[5]" },
		{ FINDING_ACTION_WITHOUT_RESOURCE_TYPE, "$.Statement[14].Action[9]" },
		{ FINDING_ACTION_RESOURCE_MISMATCH, "$.Statement[15].Action[3]" },
		{ FINDING_PLACEHOLDER_LEFT, "$.Statement[16].Resource" },
	};
	struct arena arena = { 0 };
	struct policy_findings f;
	struct err err = { 0 };
	size_t security = 0;
	str text;

	ok(file_read(&arena, S("data/zilliz-byoc-cross-account.json"), LIMIT_POLICY_BYTES, &text,
		   &err),
		"the document's policy");
	policy_lint(&arena, text, POLICY_IDENTITY, (str){ 0 }, &f);
	for (size_t i = 0; i < COUNT(rows); i++)
		ok(find_at(&f, rows[i].id, rows[i].path), "%.*s at %s",
			STR(finding_rule(rows[i].id)->id), rows[i].path);
	ok(!find_at(&f, FINDING_ACTION_WITHOUT_RESOURCE_TYPE, "$.Statement[11].Action[0]"),
		"eks:CreateCluster is checked on the cluster, as the EKS guide says");
	for (size_t i = 0; i < f.n; i++)
		security += finding_rule(f.item[i].id)->severity == SEVERITY_SECURITY_WARNING;
	ok(security == 0, "its iam:PassRole is held to one service and a prefix");
	ok(f.refused.n == 0, "AWS takes it");
	arena_free(&arena);
}

int main(void)
{
	static const char *const files[] = {
		"tests/cases/lint/form.case",
		"tests/cases/lint/action.case",
		"tests/cases/lint/resource.case",
		"tests/cases/lint/variable.case",
		"tests/cases/lint/condition.case",
		"tests/cases/lint/value.case",
		"tests/cases/lint/principal.case",
		"tests/cases/lint/trust.case",
		"tests/cases/lint/organization.case",
		"tests/cases/lint/near.case",
	};

	for (size_t i = 0; i < COUNT(files); i++)
		run_file(files[i]);
	for (enum finding_id id = 0; id < FINDING_COUNT; id++)
		ok(shown[id] && near_shown[id], "%.*s has a case and a near one",
			STR(finding_rule(id)->id));
	test_catalog();
	test_every_action();
	test_guess();
	test_document();
	return tap_done();
}
