/*
 * lint.c -- what a reviewer should know about a policy document.
 *
 * The text is read twice: as JSON, which is mended where it is no policy
 * (lint_form.c), and as a document, of which each statement is looked at from
 * all sides. What AWS itself would answer is not decided here: policy_parse()
 * and policy_check() are asked, and a statement that they refuse for something
 * that no finding has told yet gets a finding with AWS's sentence.
 */
#include "policy/lint.h"

#include <string.h>

enum { SHOWN_BYTES = 200 }; /* of a text of the policy, in a sentence */

static const struct finding_rule rules[] = {
#define ROW(id, severity, sentence, fix, source) \
	{ SC(#id), severity, SC(sentence), SC(fix), SC(source) },
#include "gen/findings.inc"
#undef ROW
};

static const struct {
	str name;
	enum policy_kind kind;
} kinds[] = {
	{ SC("identity"), POLICY_IDENTITY },
	{ SC("resource"), POLICY_RESOURCE },
	{ SC("trust"), POLICY_TRUST },
	{ SC("boundary"), POLICY_BOUNDARY },
	{ SC("session"), POLICY_SESSION },
	{ SC("scp"), POLICY_SCP },
	{ SC("rcp"), POLICY_RCP },
	{ SC("endpoint"), POLICY_ENDPOINT },
};

bool policy_kind_parse(str name, enum policy_kind *kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(kinds[i].name, name)) {
			*kind = kinds[i].kind;
			return true;
		}
	return false;
}

const char *policy_kind_name(enum policy_kind kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].name.p;
	return "";
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { [SEVERITY_ERROR] = "error",
		[SEVERITY_SECURITY_WARNING] = "security_warning",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_SUGGESTION] = "suggestion" };

	return names[severity];
}

const struct finding_rule *finding_rule(enum finding_id id)
{
	return &rules[id];
}

/* ---- sentences */

/* Line breaks and other control characters of the policy do not belong into a line of output. A
 * long text is cut between two characters. */
static void fill(struct buf *out, str text)
{
	str shown = str_head(text, SHOWN_BYTES);

	while (shown.n && shown.n < text.n && ((unsigned char)text.p[shown.n] & 0xC0) == 0x80)
		shown.n--;
	for (size_t i = 0; i < shown.n; i++)
		buf_char(out,
			(unsigned char)shown.p[i] < ' ' || shown.p[i] == 127 ? ' ' : shown.p[i]);
	if (shown.n < text.n)
		buf_str(out, S("..."));
}

static void compose(struct buf *out, str pattern, const struct policy_finding *f)
{
	for (size_t i = 0; i < pattern.n; i++) {
		str rest = str_from(pattern, i);
		bool a = str_starts(rest, S("{a}"));

		if (a || str_starts(rest, S("{b}"))) {
			fill(out, a ? f->a : f->b);
			i += 2;
		} else {
			buf_char(out, pattern.p[i]);
		}
	}
}

void finding_sentence(struct buf *out, const struct policy_finding *finding)
{
	compose(out, rules[finding->id].sentence, finding);
}

/* A fix that needs a text which was not found ("did you mean") gives way to the page. */
void finding_fix(struct buf *out, const struct policy_finding *finding)
{
	const struct finding_rule *rule = &rules[finding->id];

	if (finding->b.n == 0 && str_find(rule->fix, S("{b}")) != SIZE_MAX)
		buf_printf(out, "See %.*s", STR(rule->source));
	else
		compose(out, rule->fix, finding);
}

/* ---- collecting */

/* The value or member that stands at this place: down from the root, as far as it contains it. */
static const struct json *json_at(const struct json *root, size_t at)
{
	const struct json *found = root;

	for (const struct json *child = root ? root->first : NULL; child;) {
		size_t start = child->name.p ? child->name_at : child->at;

		if (at < start || at >= child->end) {
			child = child->next;
			continue;
		}
		found = child;
		if (at <= child->at)
			break;
		child = child->first;
	}
	return found;
}

static bool same_finding(const struct policy_finding *f, enum finding_id id, size_t at, str a)
{
	return f->id == id && f->at == at && str_eq(f->a, a);
}

void lint_add(struct lint *l, enum finding_id id, size_t at, str a, str b)
{
	struct policy_findings *out = l->out;
	struct buf path = { .arena = l->arena };
	size_t from = out->n > 64 ? out->n - 64 : 0;

	for (size_t i = from; i < out->n; i++)
		if (same_finding(&out->item[i], id, at, a))
			return;
	out->errors |= rules[id].severity == SEVERITY_ERROR;
	if (out->n == LIMIT_FINDINGS) {
		out->cut = true;
		return;
	}
	if (l->original)
		json_path(&path, json_at(l->original, at));
	out->item[out->n++] = (struct policy_finding){ id, at, buf_view(&path), a, b };
}

bool lint_found_between(const struct lint *l, size_t at, size_t end, bool errors_only)
{
	for (size_t i = 0; i < l->out->n; i++) {
		const struct policy_finding *f = &l->out->item[i];

		if (f->at >= at && f->at < end &&
			(!errors_only || rules[f->id].severity == SEVERITY_ERROR))
			return true;
	}
	return false;
}

/* By place; the order of two at one place is that of their finding. A merge sort, bottom up. */
static void sort_findings(struct arena *arena, struct policy_findings *out)
{
	struct policy_finding *from = out->item,
			      *to = NEWS(arena, struct policy_finding, out->n + 1);

	for (size_t width = 1; width < out->n; width *= 2) {
		for (size_t start = 0; start < out->n; start += 2 * width) {
			size_t middle = start + width < out->n ? start + width : out->n;
			size_t end = middle + width < out->n ? middle + width : out->n;
			size_t i = start, j = middle;

			for (size_t k = start; k < end; k++)
				to[k] = j == end || (i < middle && from[i].at <= from[j].at)
						? from[i++]
						: from[j++];
		}
		struct policy_finding *sorted = to;

		to = from;
		from = sorted;
	}
	out->item = from;
}

/* ---- what AWS would say */

static void ask_aws(struct lint *l)
{
	struct arena *arena = l->arena;
	struct document *document;
	struct err err = { 0 };

	if (!policy_parse(arena, S(""), l->text, &document, &err))
		l->out->refused = S("Syntax errors in policy.");
	else if (!policy_check(document, l->kind, &err))
		l->out->refused = arena_copy(arena, str_of(err.text));
	l->out->refused_at = err.at;
}

/* Refusals that no finding has told: one for each statement. */
static void add_refusals(struct lint *l)
{
	struct err err = { 0 };

	for (size_t i = 0; i < l->document->nstatements; i++) {
		struct statement s = l->document->statements[i];
		struct document alone = *l->document;

		s.index = 0;
		alone.statements = &s;
		alone.nstatements = 1;
		if (!policy_check(&alone, l->kind, &err) &&
			!lint_found_between(l, s.at, s.end, true))
			lint_add(l, FINDING_REFUSED, err.at, arena_copy(l->arena, str_of(err.text)),
				(str){ 0 });
	}
	if (l->out->refused.n && !l->out->errors)
		lint_add(l, FINDING_REFUSED, l->out->refused_at, l->out->refused, (str){ 0 });
}

/* ---- the whole document */

static const struct quota {
	enum policy_kind kind;
	enum finding_id finding;
	size_t chars;
	bool white_space; /* counts, too */
} quotas[] = {
	{ POLICY_IDENTITY, FINDING_POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA,
		LIMIT_POLICY_MANAGED_CHARS, false },
	{ POLICY_BOUNDARY, FINDING_POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA,
		LIMIT_POLICY_MANAGED_CHARS, false },
	{ POLICY_RESOURCE, FINDING_POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA,
		LIMIT_RESOURCE_POLICY_CHARS, true },
	{ POLICY_TRUST, FINDING_POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA, LIMIT_TRUST_CHARS,
		false },
	{ POLICY_SESSION, FINDING_POLICY_SIZE_EXCEEDS_SESSION_POLICY_QUOTA,
		LIMIT_SESSION_POLICY_CHARS, true },
	{ POLICY_SCP, FINDING_POLICY_SIZE_EXCEEDS_SCP_QUOTA, LIMIT_SCP_CHARS, true },
	{ POLICY_RCP, FINDING_POLICY_SIZE_EXCEEDS_RCP_QUOTA, LIMIT_RCP_CHARS, true },
};

static size_t characters(str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
	return n;
}

static void lint_size(struct lint *l)
{
	for (size_t i = 0; i < COUNT(quotas); i++) {
		const struct quota *q = &quotas[i];
		size_t n = q->white_space ? characters(str_trim(l->text)) : policy_size(l->text);

		if (q->kind == l->kind && n > q->chars)
			lint_add(l, q->finding, l->root->at, arena_printf(l->arena, "%zu", n),
				arena_printf(l->arena, "%zu", q->chars));
	}
}

static void lint_document(struct lint *l)
{
	lint_prepare(l);
	for (size_t i = 0; i < l->document->nstatements; i++) {
		const struct statement *s = &l->document->statements[i];

		lint_statement(l, s);
		lint_principals(l, s);
		if (l->kind == POLICY_TRUST)
			lint_trust(l, s);
		lint_resources(l, s);
		lint_conditions(l, s);
		lint_audience(l, s);
	}
	lint_coverage(l);
}

/* The one finding of a text that is no JSON. */
static void unreadable(struct lint *l, const struct err *err)
{
	l->out->unreadable = true;
	l->out->refused = l->kind == POLICY_TRUST ? S("This policy contains invalid Json")
						  : S("Syntax errors in policy.");
	l->out->refused_at = err->at;
	lint_add(l, FINDING_JSON_SYNTAX_ERROR, err->at, arena_copy(l->arena, str_of(err->text)),
		(str){ 0 });
}

void policy_lint(struct arena *arena, str text, enum policy_kind kind, str account,
	struct policy_findings *findings)
{
	struct lint l = { .arena = arena,
		.text = text,
		.kind = kind,
		.account = account,
		.out = findings };
	struct document *document;
	struct json *original;
	struct err err = { 0 };

	*findings = (struct policy_findings){ .item = NEWS(arena, struct policy_finding,
						      LIMIT_FINDINGS) };
	if (!json_parse(arena, text, LIMIT_POLICY_BYTES, &original, &err) ||
		!json_parse(arena, text, LIMIT_POLICY_BYTES, &l.root, &err)) {
		unreadable(&l, &err);
		return;
	}
	l.original = original;
	ask_aws(&l);
	lint_form(&l);
	lint_size(&l);
	if (policy_from_json(arena, S(""), text, l.root, &document, &err)) {
		l.document = document;
		lint_document(&l);
		add_refusals(&l);
	} else if (!findings->errors) {
		lint_add(&l, FINDING_REFUSED, err.at, arena_copy(arena, str_of(err.text)),
			(str){ 0 });
	}
	sort_findings(arena, findings);
}

/* ---- guessing */

static bool only_assumes(const struct document *d)
{
	for (size_t i = 0; i < d->nstatements; i++) {
		const struct statement *s = &d->statements[i];

		if (s->has_resource || s->not_action)
			return false;
		for (size_t j = 0; j < s->actions.n; j++)
			if (!starts_nocase(s->actions.item[j].text, S("sts:")))
				return false;
	}
	return d->nstatements > 0;
}

bool policy_guess(struct arena *arena, str text, enum policy_kind *kind)
{
	struct policy_findings ignored = { .item = NEWS(arena, struct policy_finding,
						   LIMIT_FINDINGS) };
	struct lint l = { .arena = arena, .text = text, .out = &ignored };
	struct document *document;
	struct err err = { 0 };
	bool principals = false;

	*kind = POLICY_IDENTITY;
	if (!json_parse(arena, text, LIMIT_POLICY_BYTES, &l.root, &err))
		return false;
	lint_form(&l);
	if (!policy_from_json(arena, S(""), text, l.root, &document, &err))
		return false;
	for (size_t i = 0; i < document->nstatements; i++)
		principals |= document->statements[i].has_principal;
	if (principals)
		*kind = only_assumes(document) ? POLICY_TRUST : POLICY_RESOURCE;
	return document->nstatements > 0;
}
