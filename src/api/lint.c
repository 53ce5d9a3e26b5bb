/*
 * lint.c -- findings as an object.
 *
 * policy_lint() finds; here its views into the text become NUL-terminated texts of the object's
 * own, and its places lines and columns. The working memory, which is far more than the findings,
 * is given back before the answer is. Findings are in the order of the text, so that all their
 * places are counted in one pass over it.
 */
#include "api/api.h"
#include "policy/policy.h"

struct report {
	struct deputy_findings findings; /* what the caller sees */
	struct arena arena;              /* this object is in it */
};

_Static_assert((int)DEPUTY_SEVERITY_ERROR == (int)SEVERITY_ERROR &&
		       (int)DEPUTY_SEVERITY_SECURITY_WARNING == (int)SEVERITY_SECURITY_WARNING &&
		       (int)DEPUTY_SEVERITY_WARNING == (int)SEVERITY_WARNING &&
		       (int)DEPUTY_SEVERITY_SUGGESTION == (int)SEVERITY_SUGGESTION,
	"severities are numbered alike");

static void fill(struct arena *arena, struct deputy_finding *finding,
	const struct policy_finding *from)
{
	const struct finding_rule *rule = finding_rule(from->id);
	struct buf sentence = { .arena = arena }, fix = { .arena = arena };

	finding_sentence(&sentence, from);
	finding_fix(&fix, from);
	finding->severity = (enum deputy_severity)rule->severity;
	finding->code = arena_copy(arena, rule->id).p;
	finding->path = arena_copy(arena, from->path).p;
	finding->sentence = arena_copy(arena, buf_view(&sentence)).p;
	finding->fix = arena_copy(arena, buf_view(&fix)).p;
	finding->source = arena_copy(arena, rule->source).p;
}

/* Where each finding stands. */
static void place(str text, struct deputy_finding *items, size_t n)
{
	size_t at = 0, line = 1, column = 1;

	for (size_t i = 0; i < n; i++) {
		for (; at < items[i].at && at < text.n; at++) {
			column += ((unsigned char)text.p[at] & 0xC0) != 0x80;
			if (text.p[at] != '\n')
				continue;
			line++;
			column = 1;
		}
		items[i].line = line;
		items[i].column = column;
	}
}

static const struct deputy_findings *report_of(str text, const struct policy_findings *from)
{
	struct arena arena = { 0 };
	struct report *report = NEW(&arena, struct report);
	struct deputy_finding *items = NEWS(&arena, struct deputy_finding, from->n);

	for (size_t i = 0; i < from->n; i++) {
		items[i].at = from->item[i].at;
		fill(&arena, &items[i], &from->item[i]);
	}
	place(text, items, from->n);
	report->findings = (struct deputy_findings){ .item = items,
		.n = from->n,
		.errors = from->errors,
		.unreadable = from->unreadable,
		.cut = from->cut,
		.refusal = from->refused.p ? arena_copy(&arena, from->refused).p : NULL };
	report->arena = arena;
	return &report->findings;
}

const struct deputy_findings *deputy_policy_lint(const char *text, size_t size,
	enum deputy_kind kind, const char *account, struct deputy_error *error)
{
	struct arena scratch = { 0 };
	struct policy_findings found;
	const struct deputy_findings *findings;
	str given = { text ? text : "", text ? size : 0 };
	str own = account ? str_of(account) : (str){ 0 };

	if ((unsigned)kind > DEPUTY_KIND_ENDPOINT) {
		api_refuse(error, DEPUTY_ERROR_ARGUMENT, "%u is no kind of policy", (unsigned)kind);
		return NULL;
	}
	if (account && !is_account_id(own)) {
		api_refuse(error, DEPUTY_ERROR_ARGUMENT, "an account is twelve digits");
		return NULL;
	}
	policy_lint(&scratch, given, (enum policy_kind)kind, own, &found);
	findings = report_of(given, &found);
	arena_free(&scratch);
	return findings;
}

void deputy_findings_free(const struct deputy_findings *findings)
{
	const struct report *report = (const void *)findings; /* its first member */
	struct arena arena = report ? report->arena : (struct arena){ 0 };

	arena_free(&arena);
}

const char *deputy_severity_name(enum deputy_severity severity)
{
	return severity_name((unsigned)severity > DEPUTY_SEVERITY_SUGGESTION
				     ? SEVERITY_ERROR
				     : (enum severity)severity);
}
