/*
 * eval.c -- `deputy eval`: cases in, answers out, a line each.
 *
 * Input is read in pieces and answered as soon as a line is complete; answers
 * collect until more input has to be waited for. A line that cannot be read is
 * named on standard error, and the rest goes on.
 */
#include "base/os.h"
#include "cli/policies.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --resource names a policy here; of explain it is what is asked for. */
static const struct option_row options[] = {
	POLICY_OPTIONS,
	{ "resource", "FILE", "the same as --resource-policy" },
	{ "exit-code", NULL, "exit 1 when a case was denied" },
};

struct evaluation {
	struct eval_shared shared;
	str name;    /* of the input */
	size_t line; /* its number, from 1 */
	struct arena answers;
	struct buf out;
	bool unread, denied;
};

static void report(struct evaluation *e, const struct err *err)
{
	size_t line, column;

	str_place(err->source, err->at, &line, &column);
	fprintf(stderr, "deputy: %.*s:%zu:%zu: %s\n", STR(e->name), e->line, column, err->text);
	e->unread = true;
}

static void flush(struct evaluation *e)
{
	out_str(buf_view(&e->out));
	arena_free(&e->answers);
	e->answers = (struct arena){ 0 };
	e->out = (struct buf){ .arena = &e->answers };
}

static void evaluate_line(struct evaluation *e, str line)
{
	struct arena arena = { 0 };
	struct json *value, *answer;
	struct eval_case decided;
	struct err err = { .source = line };

	e->line++;
	if (str_trim(line).n == 0)
		return;
	if (!json_parse(&arena, line, LIMIT_JSON_BYTES, &value, &err) ||
		!eval_run(&arena, line, value, &e->shared, &decided, &answer, &err)) {
		report(e, &err);
	} else {
		json_write(&e->out, answer);
		buf_char(&e->out, '\n');
		e->denied |= decided.trace.decision.effect != ALLOW;
	}
	arena_free(&arena);
	if (e->out.n > 65536)
		flush(e);
}

/* ---- lines, out of a window that holds the longest one allowed */

enum { WINDOW_BYTES = LIMIT_JSON_BYTES + 1 };

struct window {
	char *p;
	size_t n;
	bool skipping; /* inside a line that is too long */
};

static void too_long(struct evaluation *e)
{
	struct err err = { 0 };

	e->line++;
	fail(&err, ERR_LIMIT, 0, "the line has more than %d bytes", LIMIT_JSON_BYTES);
	report(e, &err);
}

/* Evaluates the complete lines of the window and keeps what is behind the last. */
static void take_lines(struct evaluation *e, struct window *w)
{
	size_t start = 0;
	const char *end;

	while ((end = memchr(w->p + start, '\n', w->n - start))) {
		size_t n = (size_t)(end - w->p) - start;

		if (!w->skipping)
			evaluate_line(e, (str){ w->p + start, n });
		w->skipping = false;
		start += n + 1;
	}
	w->n -= start;
	memmove(w->p, w->p + start, w->n);
	if (w->n < WINDOW_BYTES)
		return;
	if (!w->skipping)
		too_long(e);
	w->skipping = true;
	w->n = 0;
}

static bool evaluate_input(struct evaluation *e, int fd, struct window *w, struct err *err)
{
	ssize_t n;

	w->n = 0;
	w->skipping = false;
	e->line = 0;
	do {
		flush(e);
		n = read(fd, w->p + w->n, WINDOW_BYTES - w->n);
		if (n < 0 && errno != EINTR)
			return fail(err, ERR_IO, 0, "%.*s: %s", STR(e->name), strerror(errno));
		w->n += n > 0 ? (size_t)n : 0;
		take_lines(e, w);
	} while (n != 0);
	if (w->n && !w->skipping)
		evaluate_line(e, (str){ w->p, w->n });
	flush(e);
	return true;
}

static bool evaluate_file(struct evaluation *e, const char *path, struct window *w, struct err *err)
{
	bool standard = strcmp(path, "-") == 0, good;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	e->name = standard ? S("standard input") : str_of(path);
	if (fd < 0)
		return fail(err, ERR_IO, 0, "%s: %s", path, strerror(errno));
	good = evaluate_input(e, fd, w, err);
	if (!standard)
		close(fd);
	return good;
}

static bool run(struct arena *arena, const struct arguments *arguments, struct err *err)
{
	static const char *const standard[] = { "-" };
	const char *const *files = arguments->nwords ? arguments->words : standard;
	struct window window = { .p = NEWS(arena, char, WINDOW_BYTES) };
	struct evaluation e = { 0 };
	bool good = true;

	if (!policies_read(arena, arguments, &e.shared, err))
		return false;
	for (size_t i = 0; good && i < (arguments->nwords ? arguments->nwords : 1); i++)
		good = evaluate_file(&e, files[i], &window, err);
	arena_free(&e.answers);
	if (!good)
		return false;
	/* what was wrong has been said; an empty text says nothing more */
	if (e.unread)
		return fail(err, ERR_SYNTAX, 0, "%s", "");
	if (option_given(arguments, "exit-code") && e.denied)
		return fail(err, ERR_DENIED, 0, "%s", "");
	return true;
}

const struct command command_eval = {
	.name = "eval",
	.usage = "eval [OPTION]... [FILE]...",
	.summary = "decide requests: JSON Lines in, AWS's answers out",
	.about = "Reads cases in the format iam-eval/1 (deputy(5)), one a line, from the files or "
		 "from\n"
		 "standard input, and writes one answer a line, in order. Policies named by "
		 "options\n"
		 "apply to every case, beside those that the case itself brings.\n"
		 "\n"
		 "A line that cannot be read is named on standard error, with its file, line and\n"
		 "column; the others are answered all the same, and the exit status is 2.",
	.example = "$ echo '{\"schema\":\"iam-eval/1\",\"id\":\"1\",\"request\":{\"principal\":"
		   "\"arn:aws:iam::111122223333:user/ann\",\"action\":\"s3:GetObject\","
		   "\"resource\":\"arn:aws:s3:::b/k\"}}' | deputy eval\n"
		   "{\"id\":\"1\",\"decision\":\"ImplicitDeny\",...}\n",
	.options = options,
	.noptions = COUNT(options),
	.run = run,
};
