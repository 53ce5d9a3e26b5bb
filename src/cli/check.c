/*
 * check.c -- `deputy check`: policy documents, and what a reviewer should know about each.
 *
 * Every file is read before anything is written, so that the output is whole
 * or not there. policy_lint() finds; here are the three ways to write it down:
 * lines for people, JSON, and SARIF 2.1.0 for code scanners (check_sarif.c).
 */
#include "cli/check.h"
#include "base/os.h"
#include "cli/cli.h"

#include <string.h>

static const struct option_row options[] = {
	{ "type", "KIND",
		"identity, resource, trust, boundary, session, scp, rcp or endpoint; else "
		"guessed" },
	{ "account", "ID",
		"the account that the policy will be in: its own principals are no strangers" },
	{ "format", "FORMAT", "text, json or sarif (2.1.0)" },
};

/* ---- lines */

static const char *kind_phrase(const struct checked *c)
{
	if (!c->guessed)
		return "as --type says";
	switch (c->kind) {
	case POLICY_TRUST:
		return "guessed: principals, no resources, actions of sts";
	case POLICY_RESOURCE:
		return "guessed: it has principals";
	case POLICY_IDENTITY:
	case POLICY_BOUNDARY:
	case POLICY_SESSION:
	case POLICY_SCP:
	case POLICY_RCP:
	case POLICY_ENDPOINT:
		return "guessed: no principals; --type may say boundary, session or scp";
	}
	return "";
}

/* Ends a line. Names and paths may hold anything, and a terminal obeys what it is sent. */
static void end_line(struct buf *out, struct buf *line)
{
	for (size_t i = 0; i < line->n; i++)
		buf_char(out,
			(unsigned char)line->p[i] < ' ' || line->p[i] == 127 ? ' ' : line->p[i]);
	buf_char(out, '\n');
	line->n = 0;
}

static void start_line(struct buf *line, const struct checked *c, size_t at)
{
	size_t row, column;

	str_place(c->text, at, &row, &column);
	buf_printf(line, "%.*s:%zu:%zu: ", STR(c->name), row, column);
}

static void write_finding(struct buf *out, const struct checked *c, const struct policy_finding *f)
{
	struct buf line = { .arena = out->arena };

	start_line(&line, c, f->at);
	buf_printf(&line, "%s: ", severity_name(finding_rule(f->id)->severity));
	finding_sentence(&line, f);
	buf_printf(&line, " [%.*s]", STR(finding_rule(f->id)->id));
	end_line(out, &line);
	if (f->path.n) {
		buf_printf(&line, "    at %.*s", STR(f->path));
		end_line(out, &line);
	}
	buf_str(&line, S("    fix: "));
	finding_fix(&line, f);
	end_line(out, &line);
}

void check_count(const struct checked *c, size_t counts[SEVERITY_SUGGESTION + 1])
{
	memset(counts, 0, sizeof(size_t) * (SEVERITY_SUGGESTION + 1));
	for (size_t i = 0; i < c->findings.n; i++)
		counts[finding_rule(c->findings.item[i].id)->severity]++;
}

static void put_count(struct buf *line, const char *before, size_t n, const char *what)
{
	buf_printf(line, "%s%zu %s%s", before, n, what, n == 1 ? "" : "s");
}

static void write_counts(struct buf *out, const struct checked *c)
{
	static const char *const names[] = { [SEVERITY_ERROR] = "error",
		[SEVERITY_SECURITY_WARNING] = "security warning",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_SUGGESTION] = "suggestion" };
	size_t counts[SEVERITY_SUGGESTION + 1];
	struct buf line = { .arena = out->arena };

	check_count(c, counts);
	buf_printf(&line, "%.*s", STR(c->name));
	for (enum severity s = SEVERITY_ERROR; s <= SEVERITY_SUGGESTION; s++)
		put_count(&line, s == SEVERITY_ERROR ? ": " : ", ", counts[s], names[s]);
	end_line(out, &line);
}

static void write_text(struct buf *out, const struct checked *c)
{
	const struct policy_findings *f = &c->findings;
	struct buf line = { .arena = out->arena };

	if (!f->unreadable) {
		buf_printf(&line, "%.*s: checked as a policy of type %s (%s)", STR(c->name),
			policy_kind_name(c->kind), kind_phrase(c));
		end_line(out, &line);
	}
	for (size_t i = 0; i < f->n; i++)
		write_finding(out, c, &f->item[i]);
	if (f->cut) {
		buf_printf(&line, "%.*s: there is more; only %d findings are told", STR(c->name),
			LIMIT_FINDINGS);
		end_line(out, &line);
	}
	if (f->refused.n) {
		start_line(&line, c, f->refused_at);
		buf_printf(&line, "AWS answers: %.*s", STR(f->refused));
		end_line(out, &line);
	}
	write_counts(out, c);
}

/* ---- JSON */

static void put_place(struct arena *arena, struct json *object, const struct checked *c, size_t at)
{
	size_t line, column;

	str_place(c->text, at, &line, &column);
	json_put_int(arena, object, S("line"), (int64_t)line);
	json_put_int(arena, object, S("column"), (int64_t)column);
}

static struct json *json_finding(struct arena *arena, const struct checked *c,
	const struct policy_finding *f)
{
	struct json *object = json_new(arena, JSON_OBJECT);
	const struct finding_rule *rule = finding_rule(f->id);
	struct buf sentence = { .arena = arena }, fix = { .arena = arena };

	finding_sentence(&sentence, f);
	finding_fix(&fix, f);
	json_put_str(arena, object, S("id"), rule->id);
	json_put_str(arena, object, S("severity"), str_of(severity_name(rule->severity)));
	json_put_str(arena, object, S("file"), c->name);
	put_place(arena, object, c, f->at);
	json_put_str(arena, object, S("path"), f->path);
	json_put_str(arena, object, S("message"), buf_view(&sentence));
	json_put_str(arena, object, S("fix"), buf_view(&fix));
	json_put_str(arena, object, S("source"), rule->source);
	return object;
}

static struct json *json_refusal(struct arena *arena, const struct checked *c)
{
	struct json *object;

	if (!c->findings.refused.n)
		return json_new(arena, JSON_NULL);
	object = json_new(arena, JSON_OBJECT);
	put_place(arena, object, c, c->findings.refused_at);
	json_put_str(arena, object, S("message"), c->findings.refused);
	return object;
}

static struct json *json_file(struct arena *arena, const struct checked *c)
{
	struct json *object = json_new(arena, JSON_OBJECT), *list;
	size_t counts[SEVERITY_SUGGESTION + 1];

	check_count(c, counts);
	json_put_str(arena, object, S("file"), c->name);
	json_put_str(arena, object, S("type"), str_of(policy_kind_name(c->kind)));
	json_put_bool(arena, object, S("guessed"), c->guessed);
	json_put_bool(arena, object, S("readable"), !c->findings.unreadable);
	json_put_bool(arena, object, S("cut"), c->findings.cut);
	json_put(object, S("refusal"), json_refusal(arena, c));
	for (enum severity s = SEVERITY_ERROR; s <= SEVERITY_SUGGESTION; s++)
		json_put_int(arena, object, arena_printf(arena, "%ss", severity_name(s)),
			(int64_t)counts[s]);
	list = json_put(object, S("findings"), json_new(arena, JSON_ARRAY));
	for (size_t i = 0; i < c->findings.n; i++)
		json_push(list, json_finding(arena, c, &c->findings.item[i]));
	return object;
}

static struct json *json_report(struct arena *arena, const struct checked *checked, size_t n)
{
	struct json *report = json_new(arena, JSON_OBJECT), *files;

	files = json_put(report, S("files"), json_new(arena, JSON_ARRAY));
	for (size_t i = 0; i < n; i++)
		json_push(files, json_file(arena, &checked[i]));
	return report;
}

/* ---- the command */

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF };

static bool read_format(str text, enum format *format, struct err *err)
{
	static const str names[] = { SC("text"), SC("json"), SC("sarif") };

	*format = FORMAT_TEXT;
	for (size_t i = 0; text.p && i < COUNT(names); i++) {
		*format = (enum format)i;
		if (str_eq(text, names[i]))
			return true;
	}
	return !text.p ||
	       fail(err, ERR_USAGE, 0, "check: --format is text, json or sarif, not \"%.*s\"",
		       STR(text));
}

static bool read_kind(str text, struct checked *c, struct err *err)
{
	return policy_kind_parse(text, &c->kind) ||
	       fail(err, ERR_USAGE, 0,
		       "check: --type is identity, resource, trust, boundary, session, scp, rcp or "
		       "endpoint, not \"%.*s\"",
		       STR(text));
}

static bool check_file(struct arena *arena, const struct arguments *a, struct checked *c,
	struct err *err)
{
	str type = option_value(a, "type");

	if (!file_read(arena, c->name, LIMIT_FILE_BYTES, &c->text, err))
		return false;
	if (str_eq(c->name, S("-")))
		c->name = S("standard input");
	c->guessed = !type.p;
	if (type.p && !read_kind(type, c, err))
		return false;
	if (c->guessed && !policy_guess(arena, c->text, &c->kind))
		c->kind = POLICY_IDENTITY;
	policy_lint(arena, c->text, c->kind, option_value(a, "account"), &c->findings);
	return true;
}

/* Not JSON weighs more than an error of the policy; the output has said why. */
static bool verdict(const struct checked *checked, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (checked[i].findings.unreadable)
			err->code = ERR_SYNTAX;
		else if (checked[i].findings.errors && err->code == ERR_NONE)
			err->code = ERR_DENIED;
	}
	return err->code == ERR_NONE;
}

static bool run(struct arena *arena, const struct arguments *a, struct err *err)
{
	struct checked *checked = NEWS(arena, struct checked, a->nwords + 1);
	str account = option_value(a, "account");
	struct buf out = { .arena = arena };
	enum format format;

	if (!read_format(option_value(a, "format"), &format, err))
		return false;
	if (account.p && !is_account_id(account))
		return fail(err, ERR_USAGE, 0, "check: --account takes twelve digits");
	if (a->nwords == 0)
		return fail(err, ERR_USAGE, 0, "check: name a FILE, or - for standard input");
	for (size_t i = 0; i < a->nwords; i++) {
		checked[i].name = str_of(a->words[i]);
		if (!check_file(arena, a, &checked[i], err))
			return false;
	}
	for (size_t i = 0; format == FORMAT_TEXT && i < a->nwords; i++)
		write_text(&out, &checked[i]);
	if (format != FORMAT_TEXT) {
		json_write_pretty(&out, format == FORMAT_JSON
						? json_report(arena, checked, a->nwords)
						: check_sarif(arena, checked, a->nwords));
		buf_char(&out, '\n');
	}
	out_str(buf_view(&out));
	return verdict(checked, a->nwords, err);
}

const struct command command_check = {
	.name = "check",
	.usage = "check [OPTION]... FILE...",
	.summary = "what is wrong with policy documents, and what would be right",
	.about =
		"Checks IAM policy documents as AWS does when they are created, and as IAM Access\n"
		"Analyzer does when somebody asks: against the grammar and against tables of all\n"
		"actions, resource types and condition keys of AWS. Each finding has its place, a\n"
		"rule and what would be right. Exits with 1 when there is an error, with 2 when a\n"
		"file is not JSON; warnings and suggestions alone exit with 0.",
	.example = "$ deputy check --type trust trust.json\n"
		   "$ deputy check --format sarif policies/*.json >check.sarif\n",
	.options = options,
	.noptions = COUNT(options),
	.run = run,
};
