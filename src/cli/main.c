/*
 * main.c -- a table of commands and a loop.
 *
 * A command's name is one word or two ("account serve"); the longer match wins.
 */
#include "base/os.h"
#include "cli/cli.h"
#include "deputy.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
	&command_demo,
	&command_account_init,
	&command_account_serve,
	&command_account_env,
	&command_account_export,
	&command_account_import,
	&command_check,
	&command_eval,
	&command_explain,
	&command_sign,
};

static void print_help(struct arena *arena, str prefix)
{
	struct buf out = { .arena = arena };

	buf_str(&out, S("Deputy: cross-account access to AWS that is not confused.\n\n"
			"usage: deputy COMMAND [OPTION]... [ARGUMENT]...\n\n"));
	for (size_t i = 0; i < COUNT(commands); i++)
		if (str_starts(str_of(commands[i]->name), prefix))
			buf_printf(&out, "  %-15s %s\n", commands[i]->name, commands[i]->summary);
	if (prefix.n == 0)
		buf_printf(&out, "  %-15s %s\n  %-15s %s\n", "version",
			"the version of this program", "help", "this list, or `help COMMAND`");
	buf_str(&out, S("\n`deputy COMMAND --help` shows options and an example.\n"));
	out_str(buf_view(&out));
}

/* How many words of argv name this command: 0, 1, or 2. */
static int words_of(const struct command *command, int argc, char **argv)
{
	str first, second;

	if (argc < 2)
		return 0;
	if (!str_cut(str_of(command->name), ' ', &first, &second))
		return strcmp(command->name, argv[1]) == 0;
	return argc >= 3 && str_eq(first, str_of(argv[1])) && str_eq(second, str_of(argv[2])) ? 2
											      : 0;
}

static bool unknown_command(str given, struct err *err)
{
	size_t best = SIZE_MAX;
	const char *near = "";

	for (size_t i = 0; i < COUNT(commands); i++) {
		size_t distance = str_distance(given, str_of(commands[i]->name));

		if (distance < best) {
			best = distance;
			near = commands[i]->name;
		}
	}
	if (best <= 3)
		return fail(err, ERR_USAGE, 0, "unknown command \"%.*s\"; did you mean \"%s\"?",
			STR(given), near);
	return fail(err, ERR_USAGE, 0, "unknown command \"%.*s\"; `deputy help` lists them",
		STR(given));
}

static void print_command_help(struct arena *arena, const struct command *command)
{
	struct buf out = { .arena = arena };

	options_help(&out, command);
	out_str(buf_view(&out));
}

static bool run(struct arena *arena, const struct command *command, int argc, char **argv,
	struct err *err)
{
	struct arguments arguments;
	bool help = false;

	if (!options_parse(command, argc, argv, &arguments, &help, err))
		return false;
	if (!help)
		return command->run(arena, &arguments, err);
	print_command_help(arena, command);
	return true;
}

/* The command that argv names, and how many words of it; NULL if none. */
static const struct command *find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if ((*words = words_of(commands[i], argc, argv)))
			return commands[i];
	return NULL;
}

/* A first word that only starts commands of two words: `deputy account`. */
static bool is_group(str word)
{
	str first, second;

	for (size_t i = 0; i < COUNT(commands); i++)
		if (str_cut(str_of(commands[i]->name), ' ', &first, &second) && str_eq(first, word))
			return true;
	return false;
}

static bool run_group(struct arena *arena, int argc, char **argv, struct err *err)
{
	if (argc > 2 && strcmp(argv[2], "--help") != 0)
		return unknown_command(arena_printf(arena, "%s %s", argv[1], argv[2]), err);
	print_help(arena, arena_printf(arena, "%s ", argv[1]));
	return true;
}

/* `help COMMAND`: argv[1] is "help". */
static bool run_help(struct arena *arena, int argc, char **argv, struct err *err)
{
	int words;
	const struct command *command = argc > 2 ? find(argc - 1, argv + 1, &words) : NULL;

	if (command)
		print_command_help(arena, command);
	else if (argc <= 2)
		print_help(arena, S(""));
	else
		return is_group(str_of(argv[2])) ? run_group(arena, 2, argv + 1, err)
						 : unknown_command(str_of(argv[2]), err);
	return true;
}

static bool dispatch(struct arena *arena, int argc, char **argv, struct err *err)
{
	str word = argc > 1 ? str_of(argv[1]) : S("help");
	int words;
	const struct command *command = find(argc, argv, &words);

	if (command)
		return run(arena, command, argc - words, argv + words, err);
	if (str_eq(word, S("version")) || str_eq(word, S("--version"))) {
		out_str(S("deputy " DEPUTY_VERSION "\n"));
		return true;
	}
	if (str_eq(word, S("help")) || str_eq(word, S("--help")))
		return run_help(arena, argc, argv, err);
	return is_group(word) ? run_group(arena, argc, argv, err) : unknown_command(word, err);
}

static void print_error(const struct err *err)
{
	size_t line, column;

	if (err->name.n && err->source.n) {
		str_place(err->source, err->at, &line, &column);
		fprintf(stderr, "deputy: %.*s:%zu:%zu: %s\n", STR(err->name), line, column,
			err->text);
	} else if (err->name.n) {
		fprintf(stderr, "deputy: %.*s: %s\n", STR(err->name), err->text);
	} else {
		fprintf(stderr, "deputy: %s\n", err->text);
	}
}

int main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct err err = { 0 };
	bool good;
	int status;

	core_dumps_off();
	good = dispatch(&arena, argc, argv, &err);
	status = good ? 0 : err_exit_status(err.code);
	if (!good && err.text[0])
		print_error(&err);
	arena_free(&arena);
	return status;
}
