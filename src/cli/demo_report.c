/*
 * demo_report.c -- what the demo says. Text goes out as things happen; with
 * --json nothing does until the end, and then all of it as one object. Both are
 * made from the same calls, so they cannot tell different stories.
 */
#include "cli/demo.h"

#include <stdio.h>

#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RED    "\033[31m"
#define BOLD   "\033[1m"
#define PLAIN  "\033[0m"

static void say(struct report *r, const char *colour, str text)
{
	struct buf out = { .arena = r->arena };

	if (r->json)
		return;
	if (r->colour && *colour)
		buf_printf(&out, "%s%.*s" PLAIN "\n", colour, STR(text));
	else
		buf_printf(&out, "%.*s\n", STR(text));
	out_str(buf_view(&out));
}

void report_open(struct report *r, struct arena *arena, bool json, bool colour)
{
	*r = (struct report){ .arena = arena, .json = json, .colour = colour };
	r->root = json_new(arena, JSON_OBJECT);
	json_put(r->root, S("steps"), json_new(arena, JSON_ARRAY));
	r->rows = json_new(arena, JSON_ARRAY);
	r->remarks = json_new(arena, JSON_ARRAY);
}

void report_step(struct report *r, const char *title)
{
	struct json *step = json_new(r->arena, JSON_OBJECT);

	json_put_str(r->arena, step, S("title"), str_of(title));
	r->lines = json_put(step, S("lines"), json_new(r->arena, JSON_ARRAY));
	json_push(json_get(r->root, S("steps")), step);
	say(r, "", S(""));
	say(r, BOLD, str_of(title));
}

void report_say(struct report *r, const char *format, ...)
{
	char text[2048];
	va_list args;
	str line;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	line = arena_copy(r->arena, str_of(text));
	json_push(r->lines, json_new_str(r->arena, line));
	say(r, "", arena_printf(r->arena, "  %.*s", STR(line)));
}

void report_refusal(struct report *r, const char *typed, const struct err *err)
{
	report_say(r, "%s: refused", typed);
	report_say(r, "    %s", err->text);
}

/* ---- the proof */

void report_attempt(struct report *r, const struct attempt *a)
{
	struct json *list = json_get(r->root, S("attempts")),
		    *item = json_new(r->arena, JSON_OBJECT);
	bool good = a->may == a->did;

	if (!list)
		list = json_put(r->root, S("attempts"), json_new(r->arena, JSON_ARRAY));
	json_put_str(r->arena, item, S("external_id"), str_of(a->words));
	json_put_str(r->arena, item, S("decision"), a->did ? S("allowed") : S("denied"));
	if (!a->did) {
		json_put_str(r->arena, item, S("code"), a->code);
		json_put_str(r->arena, item, S("message"), a->message);
	}
	json_put_bool(r->arena, item, S("as_aws"), good);
	json_push(list, item);
	say(r,
		!good    ? RED
		: a->did ? GREEN
			 : YELLOW,
		arena_printf(r->arena, "  %-7s  sts:AssumeRole %s%s%s",
			a->did ? "allowed" : "denied", a->words,
			a->malformed ? " (no character of an External ID: ValidationError)" : "",
			good ? "" : "  << NOT WHAT AWS DOES"));
}

/* ---- the rehearsal */

static str decision_word(enum effect effect)
{
	switch (effect) {
	case ALLOW:
		return S("allowed");
	case DENY_IMPLICIT:
		return S("denied");
	case DENY_EXPLICIT:
		return S("explicitly denied");
	}
	return S("denied");
}

static void row_as_json(struct report *r, const struct rehearsal_row *row)
{
	struct json *item = json_new(r->arena, JSON_OBJECT);
	const struct {
		str name, text;
	} members[] = {
		{ S("statement"), row->statement },
		{ S("words"), row->words },
		{ S("action"), row->action },
		{ S("resource"), row->resource },
		{ S("expected"), decision_word(row->expected) },
		{ S("decision"), decision_word(row->decided) },
		{ S("engine"), decision_word(row->engine) },
		{ S("decided_by"), row->decided_by },
		{ S("reason"), row->reason },
		{ S("code"), row->code },
		{ S("message"), row->message },
		{ S("remark"), row->remark },
	};

	for (size_t i = 0; i < COUNT(members); i++)
		if (members[i].text.n)
			json_put_str(r->arena, item, members[i].name,
				arena_copy(r->arena, members[i].text));
	json_put_bool(r->arena, item, S("as_aws"), row->as_aws);
	json_push(r->rows, item);
}

static void row_as_text(struct report *r, const struct rehearsal_row *row)
{
	bool allowed = row->decided == ALLOW;
	str by = row->decided_by.n ? row->decided_by : S("no statement");

	say(r,
		!row->as_aws ? RED
		: allowed    ? GREEN
			     : YELLOW,
		arena_printf(r->arena, "  %-7s  %-34.*s  %-28.*s  %.*s%s",
			allowed ? "allowed" : "denied", STR(row->action), STR(by), STR(row->words),
			row->as_aws ? "" : "  << NOT WHAT AWS DOES"));
	if (row->reason.n)
		say(r, "", arena_printf(r->arena, "             %.*s", STR(row->reason)));
	if (!row->as_aws)
		say(r, RED,
			arena_printf(r->arena, "             expected %.*s; %.*s: %.*s",
				STR(decision_word(row->expected)), STR(row->code),
				STR(row->message)));
}

void report_row(void *context, const struct rehearsal_row *row)
{
	struct report *r = context;

	if (row->phase.n) {
		say(r, "", S(""));
		say(r, BOLD, arena_printf(r->arena, "  %.*s", STR(row->phase)));
		return;
	}
	if (row->by_customer) {
		say(r, "", arena_printf(r->arena, "  (the customer: %.*s)", STR(row->words)));
		return;
	}
	r->allowed += row->decided == ALLOW;
	r->denied += row->decided != ALLOW;
	r->wrong += !row->as_aws;
	if (row->remark.n)
		json_push(r->remarks, json_new_str(r->arena, arena_copy(r->arena, row->remark)));
	row_as_json(r, row);
	row_as_text(r, row);
}

/* ---- the summary */

static void close_as_json(struct report *r, bool proven, uint64_t milliseconds)
{
	struct json *summary = json_new(r->arena, JSON_OBJECT);
	struct buf out = { .arena = r->arena };

	json_put(r->root, S("rehearsal"), r->rows);
	json_put(r->root, S("summary"), summary);
	json_put_int(r->arena, summary, S("allowed"), (int64_t)r->allowed);
	json_put_int(r->arena, summary, S("denied"), (int64_t)r->denied);
	json_put_int(r->arena, summary, S("not_as_aws"), (int64_t)r->wrong);
	json_put_bool(r->arena, summary, S("external_id_proven"), proven);
	json_put(summary, S("remarks"), r->remarks);
	json_put_int(r->arena, summary, S("milliseconds"), (int64_t)milliseconds);
	json_write_pretty(&out, r->root);
	buf_char(&out, '\n');
	out_str(buf_view(&out));
}

void report_close(struct report *r, bool proven, uint64_t milliseconds)
{
	bool good = proven && r->wrong == 0;

	if (r->json) {
		close_as_json(r, proven, milliseconds);
		return;
	}
	report_say(r, "The role asks for its External ID: %s.", proven ? "proven" : "NOT PROVEN");
	report_say(r, "Of %zu calls the vendor was allowed %zu and denied %zu.",
		r->allowed + r->denied, r->allowed, r->denied);
	if (r->remarks->first)
		report_say(r, "What the document's policy really does:");
	JSON_EACH(remark, r->remarks)
	report_say(r, "  - %.*s", STR(remark->text));
	say(r, good ? GREEN : RED,
		good ? arena_printf(r->arena,
			       "  Every decision was the one that AWS makes. %llu ms.",
			       (unsigned long long)milliseconds)
		     : arena_printf(r->arena,
			       "  %zu decisions were not the ones that AWS makes. %llu ms.",
			       r->wrong + !proven, (unsigned long long)milliseconds));
}
