/*
 * demo.c -- the demo's table, row by row, against what AWS documents.
 *
 * `deputy demo --json` runs for real; its answer is read with jansson, and each
 * decision is made again here in the most obvious way, from the policy's text:
 * fnmatch for wildcards, equality for the one condition operator it has. So
 * neither our JSON reader nor our engine is asked about itself. The sentences of
 * the refusals are AWS's (IAM User Guide, "Troubleshoot access denied error
 * messages"), each under its service's error code.
 */
#include "tap.h"

#include <fnmatch.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SESSION \
	"arn:aws:sts::111122223333:assumed-role/zilliz-byoc-cross-account/zilliz-byoc-verify"

static const char *get(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* ---- the policy, read the obvious way */

static bool any_matches(const json_t *patterns, const char *text, const char *bucket)
{
	size_t n = json_is_array(patterns) ? json_array_size(patterns) : 1;

	for (size_t i = 0; i < n; i++) {
		const char *pattern = json_string_value(
			json_is_array(patterns) ? json_array_get(patterns, i) : patterns);
		char filled[256];

		snprintf(filled, sizeof(filled), "arn:aws:s3:::%s", bucket);
		if (strstr(pattern, "{bucketName}"))
			pattern = filled;
		if (fnmatch(pattern, text, FNM_NOESCAPE) == 0)
			return true;
	}
	return false;
}

static bool condition_holds(const json_t *statement, const json_t *context)
{
	const json_t *equals =
		json_object_get(json_object_get(statement, "Condition"), "StringEquals");
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)equals, key, value)
	{
		if (strcmp(get(context, key), json_string_value(value)) != 0)
			return false;
	}
	return true;
}

/* Is `sid` among the statements that allow this? With sid NULL: does any? */
static bool allows(const json_t *policy, const char *sid, const char *action, const char *resource,
	const json_t *context, const char *bucket)
{
	size_t i;
	json_t *statement;

	json_array_foreach(json_object_get(policy, "Statement"), i, statement)
	{
		if (sid && strcmp(sid, get(statement, "Sid")) != 0)
			continue;
		if (any_matches(json_object_get(statement, "Action"), action, bucket) &&
			any_matches(json_object_get(statement, "Resource"), resource, bucket) &&
			condition_holds(statement, context))
			return true;
	}
	return false;
}

/* ---- what the demo said */

static json_t *run_demo(int *status)
{
	const char *deputy = getenv("DEPUTY");
	char command[4096];
	json_error_t error;
	json_t *report;
	FILE *out;

	snprintf(command, sizeof(command), "%s demo --json",
		deputy ? deputy : "build/release/deputy");
	out = popen(command, "r");
	report = json_loadf(out, 0, &error);
	*status = pclose(out);
	return report;
}

static const char *code_of(const char *action)
{
	return strncmp(action, "ec2:", 4) == 0 ? "UnauthorizedOperation" : "AccessDenied";
}

/* AWS's sentence for a denial that no statement allowed. */
static void check_refusal(const json_t *row, size_t i)
{
	const char *action = get(row, "action"), *resource = get(row, "resource");
	const char *message = get(row, "message"), *code = get(row, "code");
	bool eks = strcmp(code, "AccessDeniedException") == 0, s3 = strncmp(action, "s3:", 3) == 0;
	bool wild = strcmp(resource, "*") == 0;
	char want[1024], on[512] = "";

	if (strcmp(action, "s3:ListBucket") == 0) { /* HEAD: an answer without a body */
		ok(*message == '\0', "row %zu: %s is refused without a text", i, action);
		return;
	}
	if (!wild || strncmp(action, "ec2:", 4) != 0)
		snprintf(on, sizeof(on), s3 ? " on resource: \"%s\"" : " on resource: %s",
			resource);
	snprintf(want, sizeof(want),
		"User: " SESSION
		" is not authorized to perform: %s%s because no identity-based policy "
		"allows the %s action",
		action, on, action);
	ok(strstr(message, want) != NULL, "row %zu: AWS's sentence for %s", i, action);
	if (!strstr(message, want))
		printf("#  got: %s\n# want: %s\n", message, want);
	ok(eks || strcmp(code, code_of(action)) == 0, "row %zu: the code is %s", i, code);
}

static void check_row(const json_t *policy, const json_t *row, const json_t *asked, size_t i,
	const char *bucket)
{
	const char *action = get(row, "action"), *resource = get(row, "resource");
	const json_t *context = json_object_get(asked, "context");
	bool should = allows(policy, NULL, action, resource, context, bucket);
	bool did = strcmp(get(row, "decision"), "allowed") == 0;

	ok(should == did, "row %zu: %s on %s is %s", i, action, resource,
		should ? "allowed" : "denied");
	ok(json_is_true(json_object_get(row, "as_aws")), "row %zu: and the demo says so", i);
	if (did)
		ok(allows(policy, get(row, "decided_by"), action, resource, context, bucket),
			"row %zu: %s is a statement that allows it", i, get(row, "decided_by"));
	else
		check_refusal(row, i);
}

/* The statement's own purpose is shown both ways, or the row has its remark. */
static void check_coverage(const json_t *policy, const json_t *rows)
{
	size_t i, k;
	json_t *statement, *row;

	json_array_foreach(json_object_get(policy, "Statement"), i, statement)
	{
		unsigned allowed = 0, denied = 0;

		json_array_foreach(rows, k, row)
		{
			bool mine = strcmp(get(row, "statement"), get(statement, "Sid")) == 0;

			allowed += mine && strcmp(get(row, "decision"), "allowed") == 0;
			denied += mine && strcmp(get(row, "decision"), "denied") == 0;
		}
		ok(allowed && denied, "%s: %u calls allowed, %u neighbours denied",
			get(statement, "Sid"), allowed, denied);
	}
}

/* Where the document's policy does not do what it was written for. Facts of the Service
 * Authorization Reference: which resource each call is authorised on. */
static const char *const surprises[] = {
	"iam:CreateServiceLinkedRole arn:aws:iam::111122223333:role/aws-service-role/"
	"eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
	"iam:PassRole arn:aws:iam::111122223333:role/zilliz-byoc-eks-role",
	"eks:TagResource arn:aws:eks:us-west-2:111122223333:access-entry/zilliz-byoc-demo/role/"
	"111122223333/zilliz-byoc-node-role/*",
	"eks:AssociateAccessPolicy arn:aws:eks:us-west-2:111122223333:access-entry/"
	"zilliz-byoc-demo/role/111122223333/payroll/*",
	"eks:DescribeAddonVersions *",
	"eks:ListAccessPolicies *",
	"eks:DeleteFargateProfile arn:aws:eks:us-west-2:111122223333:fargateprofile/"
	"zilliz-byoc-demo/zilliz/*",
};

static void check_surprises(const json_t *rows)
{
	for (size_t s = 0; s < COUNT(surprises); s++) {
		size_t i;
		json_t *row;
		bool found = false;

		json_array_foreach(rows, i, row)
		{
			char pair[1024];

			snprintf(pair, sizeof(pair), "%s %s", get(row, "action"),
				get(row, "resource"));
			found |= fnmatch(surprises[s], pair, FNM_NOESCAPE) == 0 &&
				 strcmp(get(row, "decision"), "denied") == 0;
		}
		ok(found, "denied, though the policy was written for it: %s", surprises[s]);
	}
}

/* The External ID: right, none, wrong, other case, a space, another project's. */
static void check_attempts(const json_t *attempts)
{
	static const char denial[] =
		"User: arn:aws:sts::965570967084:assumed-role/zilliz-byoc/console "
		"is not authorized to perform: sts:AssumeRole on resource: "
		"arn:aws:iam::111122223333:role/zilliz-byoc-cross-account";
	size_t i;
	json_t *attempt;

	ok(json_array_size(attempts) == 6, "six ways to assume the role");
	json_array_foreach(attempts, i, attempt)
	{
		const char *decision = get(attempt, "decision");

		ok(strcmp(decision, i ? "denied" : "allowed") == 0, "AssumeRole %s: %s",
			get(attempt, "external_id"), decision);
		if (i == 4) /* STS API Reference: no spaces; the sentence is AWS's own */
			ok(strcmp(get(attempt, "code"), "ValidationError") == 0 &&
					strstr(get(attempt, "message"),
						" ' at 'externalId' failed to satisfy constraint: "
						"Member must satisfy regular expression pattern: "
						"[\\w+=,.@:\\/-]*"),
				"... as no character of an External ID");
		else if (i)
			is(str_of(get(attempt, "message")), str_of(denial), "... with AWS's text");
	}
}

static void check_summary(const json_t *report)
{
	const json_t *summary = json_object_get(report, "summary");

	ok(json_integer_value(json_object_get(summary, "not_as_aws")) == 0, "no decision is wrong");
	ok(json_is_true(json_object_get(summary, "external_id_proven")),
		"the External ID is proven");
	ok(json_array_size(json_object_get(summary, "remarks")) >= 6, "what to know of the policy");
}

/* The bucket's name: of the row that asks where it is. */
static const char *bucket_of(const json_t *rows)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row) if (strcmp(get(row, "action"), "s3:GetBucketLocation") ==
					     0) return get(row, "resource") +
		strlen("arn:aws:s3:::");
	return "";
}

int main(void)
{
	json_error_t error;
	json_t *policy = json_load_file("data/zilliz-byoc-cross-account.json", 0, &error);
	json_t *table = json_load_file("data/rehearsal.json", 0, &error);
	int status;
	json_t *report = run_demo(&status), *rows = json_object_get(report, "rehearsal");
	size_t i, k = 0;
	json_t *asked;

	ok(status == 0, "deputy demo --json exits 0");
	json_array_foreach(table, i, asked)
	{
		if (!json_object_get(asked, "action"))
			continue;
		check_row(policy, json_array_get(rows, k), asked, k + 1, bucket_of(rows));
		k++;
	}
	ok(k > 60 && k == json_array_size(rows), "all %zu rows were rehearsed", k);
	check_coverage(policy, rows);
	check_surprises(rows);
	check_attempts(json_object_get(report, "attempts"));
	check_summary(report);
	json_decref(report);
	json_decref(table);
	json_decref(policy);
	return tap_done();
}
