/*
 * options.c -- a command line read by a command's table (getopt_long), and the
 * table written as --help. Every command has --help without asking for it.
 */
#include "cli/cli.h"

#include <getopt.h>
#include <string.h>

enum { HELP = 1, FIRST_ROW = 0x100, FARTHEST_TYPO = 3 }; /* rows: above any character */

static void fill_table(const struct command *command, struct option table[OPTIONS_MAX + 2])
{
	for (size_t i = 0; i < command->noptions && i < OPTIONS_MAX; i++)
		table[i] = (struct option){ .name = command->options[i].name,
			.has_arg = command->options[i].argument != NULL,
			.val = FIRST_ROW + (int)i };
	table[command->noptions] = (struct option){ .name = "help", .val = HELP };
}

/* The option that was probably meant, or NULL. */
static const char *nearest_option(const struct command *command, str word)
{
	size_t best = str_distance(word, S("help"));
	const char *name = "help";

	for (size_t i = 0; i < command->noptions; i++) {
		size_t distance = str_distance(word, str_of(command->options[i].name));

		if (distance < best) {
			best = distance;
			name = command->options[i].name;
		}
	}
	return best <= FARTHEST_TYPO ? name : NULL;
}

static bool unknown_option(const struct command *command, const char *given, struct err *err)
{
	str word = str_of(given), head, tail;
	const char *near;

	while (word.n && word.p[0] == '-')
		word = str_from(word, 1);
	if (str_cut(word, '=', &head, &tail))
		word = head;
	near = nearest_option(command, word);
	if (near)
		return fail(err, ERR_USAGE, 0, "%s: unknown option --%.*s; did you mean --%s?",
			command->name, STR(word), near);
	return fail(err, ERR_USAGE, 0, "%s: unknown option --%.*s; `deputy %s --help` lists them",
		command->name, STR(word), command->name);
}

static bool may_repeat(const struct option_row *row)
{
	return row->argument && str_ends(str_of(row->argument), S("..."));
}

static bool keep(struct arguments *arguments, size_t row, str value, struct err *err)
{
	const struct option_row *option = &arguments->rows[row];

	if (option_given(arguments, option->name) && !may_repeat(option))
		return fail(err, ERR_USAGE, 0, "--%s is given twice", option->name);
	if (arguments->ngiven == GIVEN_MAX)
		return fail(err, ERR_USAGE, 0, "more than %d options", GIVEN_MAX);
	arguments->given[arguments->ngiven++] = (struct given){ row, value };
	return true;
}

bool options_parse(const struct command *command, int argc, char **argv,
	struct arguments *arguments, bool *help, struct err *err)
{
	struct option table[OPTIONS_MAX + 2] = { 0 };
	int c;

	*arguments = (struct arguments){ .rows = command->options, .nrows = command->noptions };
	fill_table(command, table);
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		if (c == '?')
			return unknown_option(command, argv[optind - 1], err);
		if (c == ':')
			return fail(err, ERR_USAGE, 0, "%s: %s needs a value", command->name,
				argv[optind - 1]);
		if (c == HELP)
			*help = true;
		else if (!keep(arguments, (size_t)(c - FIRST_ROW), optarg ? str_of(optarg) : S(""),
				 err))
			return false;
	}
	arguments->words = (const char *const *)argv + optind;
	arguments->nwords = (size_t)(argc - optind);
	return true;
}

str option_value_at(const struct arguments *arguments, const char *name, size_t index)
{
	for (size_t i = 0; i < arguments->ngiven; i++)
		if (strcmp(arguments->rows[arguments->given[i].row].name, name) == 0 &&
			index-- == 0)
			return arguments->given[i].value;
	return (str){ 0 };
}

str option_value(const struct arguments *arguments, const char *name)
{
	return option_value_at(arguments, name, 0);
}

bool option_given(const struct arguments *arguments, const char *name)
{
	return option_value(arguments, name).p != NULL;
}

/* Indented, and with a line feed behind the last line, however the table has it. */
static void write_example(struct buf *out, str text)
{
	for (str line; text.n;) {
		if (!str_cut(text, '\n', &line, &text)) {
			line = text;
			text = (str){ 0 };
		}
		buf_printf(out, "%s%.*s\n", line.n ? "  " : "", STR(line));
	}
}

void options_help(struct buf *out, const struct command *command)
{
	buf_printf(out, "usage: deputy %s\n\n%.*s\n\noptions:\n", command->usage,
		STR(str_trim(str_of(command->about))));
	for (size_t i = 0; i < command->noptions; i++) {
		const struct option_row *row = &command->options[i];
		const char *argument = row->argument ? row->argument : "";
		int width = 24 - (int)strlen(row->name) - 5;

		buf_printf(out, "  --%s %-*s %s\n", row->name, width > 0 ? width : 0, argument,
			row->help);
	}
	buf_printf(out, "  --%-20s %s\n\nexample:\n", "help", "this text");
	write_example(out, str_of(command->example));
}
