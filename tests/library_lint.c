/*
 * library_lint.c -- findings through deputy.h alone, as a user links it.
 *
 * What each finding says is from the pages of the Access Analyzer policy check reference and of the
 * Service Authorization Reference; lines and columns are counted by eye in the texts below.
 */
#include "tap.h"

#include <deputy.h>
#include <stdlib.h>
#include <string.h>

#define OPEN "{\n\"Version\":\"2012-10-17\",\n\"Statement\":{\"Effect\":\"Allow\",\n"

static const struct deputy_findings *lint(const char *text, enum deputy_kind kind,
	const char *account)
{
	struct deputy_error error = { 0 };
	const struct deputy_findings *findings =
		deputy_policy_lint(text, strlen(text), kind, account, &error);

	ok(findings && error.code == DEPUTY_ERROR_NONE, "a text has findings, be they none");
	return findings;
}

static const struct deputy_finding *find(const struct deputy_findings *findings, const char *code)
{
	for (size_t i = 0; i < findings->n; i++)
		if (strcmp(findings->item[i].code, code) == 0)
			return &findings->item[i];
	return NULL;
}

static bool stands_at(const struct deputy_finding *f, size_t line, size_t column, const char *path)
{
	return f && f->line == line && f->column == column && strcmp(f->path, path) == 0;
}

/* é is one character of two bytes; two of them stand in front of the action. */
static void places(void)
{
	static const char text[] = OPEN "\"Resource\":\"arn:aws:s3:::b/\xc3\xa9\xc3\xa9\","
					"\"Action\":[\"s3:GetObject\",\"ec2:RunInstnces\"]}}\n";
	const struct deputy_findings *findings = lint(text, DEPUTY_KIND_IDENTITY, NULL);
	const struct deputy_finding *f = find(findings, "INVALID_ACTION");

	ok(stands_at(f, 4, 57, "$.Statement.Action[1]"), "line, column in characters, JSON path");
	ok(f && strncmp(text + f->at, "\"ec2:RunInstnces\"", 17) == 0, "and the byte");
	ok(f && f->severity == DEPUTY_SEVERITY_WARNING && strstr(f->fix, "ec2:RunInstances"),
		"AWS adds actions every week: a warning, with the action that is near");
	ok(f && strstr(f->sentence, "ec2:RunInstnces") && strstr(f->source, "IAM User Guide"),
		"a sentence and its source");
	ok(!findings->errors && !findings->unreadable && !findings->cut && !findings->refusal,
		"no error, nothing cut, AWS takes it");
	deputy_findings_free(findings);
}

static void many(void)
{
	static const char text[] =
		OPEN "\"Action\":[\"s3:GetObjekt\",\"s3:PutObjekt\",\"ec2:*\"],\n"
		     "\"Resource\":\"s3:::bucket\",\"Principal\":\"*\"}}";
	const struct deputy_findings *findings = lint(text, DEPUTY_KIND_IDENTITY, NULL);
	size_t ordered = 1;

	for (size_t i = 1; i < findings->n; i++)
		ordered += findings->item[i - 1].at <= findings->item[i].at;
	ok(findings->n >= 4 && ordered == findings->n, "all of them, in the order of the text");
	ok(stands_at(find(findings, "INVALID_ARN_PREFIX"), 5, 12, "$.Statement.Resource"),
		"what is no ARN");
	ok(findings->errors && findings->refusal &&
			(strcmp(findings->refusal,
				 "Policy document should not specify a principal.") == 0 ||
				strcmp(findings->refusal,
					"Resource s3:::bucket must be in ARN format or \"*\".") ==
					0),
		"and AWS's own sentence");
	deputy_findings_free(findings);
}

static void trusts(void)
{
	static const char text[] = OPEN "\"Principal\":{\"AWS\":\"444455556666\"},"
					"\"Action\":\"sts:AssumeRole\"}}";
	const struct deputy_findings *findings = lint(text, DEPUTY_KIND_TRUST, "111122223333");
	const struct deputy_finding *f = find(findings, "EXTERNAL_ID_MISSING");

	ok(f && f->severity == DEPUTY_SEVERITY_SECURITY_WARNING,
		"a stranger's account without an external ID");
	deputy_findings_free(findings);
	findings = lint(text, DEPUTY_KIND_TRUST, "444455556666");
	ok(!find(findings, "EXTERNAL_ID_MISSING"), "... is none of one's own account");
	deputy_findings_free(findings);
}

static void unreadable(void)
{
	const struct deputy_findings *findings =
		lint("{\"Version\":\n tru}", DEPUTY_KIND_SCP, NULL);

	ok(findings->unreadable && findings->errors && findings->n == 1 &&
			stands_at(&findings->item[0], 2, 2, ""),
		"what is no JSON: one finding, where it ends to be");
	deputy_findings_free(findings);
	findings = deputy_policy_lint(NULL, 7, DEPUTY_KIND_SCP, NULL, NULL);
	ok(findings && findings->unreadable, "no text is no JSON");
	deputy_findings_free(findings);
	findings = deputy_policy_lint("{}\0", 3, DEPUTY_KIND_SCP, NULL, NULL);
	ok(findings && findings->unreadable, "a NUL byte does not end a text");
	deputy_findings_free(findings);
}

static void refused(enum deputy_kind kind, const char *account, const char *what)
{
	struct deputy_error error = { 0 };

	ok(!deputy_policy_lint("{}", 2, kind, account, &error) &&
			error.code == DEPUTY_ERROR_ARGUMENT && *error.sentence,
		"%s", what);
}

/* 3000 unknown actions: more than anybody reads. */
static void endless(void)
{
	enum { ACTIONS = 3000, ROOM = ACTIONS * 16 + 200 };
	char *text = calloc(1, ROOM);
	size_t n = 0;
	const struct deputy_findings *findings;

	if (!text)
		return;
	n += (size_t)snprintf(text, ROOM, OPEN "\"Resource\":\"*\",\"Action\":[\"s3:X\"");
	for (int i = 0; i < ACTIONS; i++)
		n += (size_t)snprintf(text + n, ROOM - n, ",\"s3:X%d\"", i);
	snprintf(text + n, ROOM - n, "]}}");
	findings = lint(text, DEPUTY_KIND_IDENTITY, NULL);
	ok(findings->cut && findings->n == 2000, "there is an end to findings, and it is said");
	deputy_findings_free(findings);
	free(text);
}

int main(void)
{
	places();
	many();
	trusts();
	unreadable();
	endless();
	refused((enum deputy_kind)8, NULL, "a kind that is none");
	refused(DEPUTY_KIND_IDENTITY, "1111-2222-3333", "an account is twelve digits");
	refused(DEPUTY_KIND_IDENTITY, "", "and not nothing");
	/* ValidatePolicyFinding has ERROR, SECURITY_WARNING, WARNING and SUGGESTION */
	ok(strcmp(deputy_severity_name(DEPUTY_SEVERITY_SECURITY_WARNING), "security_warning") ==
				0 &&
			strcmp(deputy_severity_name(DEPUTY_SEVERITY_SUGGESTION), "suggestion") ==
				0 &&
			strcmp(deputy_severity_name((enum deputy_severity)9), "error") == 0,
		"severities have names");
	deputy_findings_free(NULL);
	return tap_done();
}
