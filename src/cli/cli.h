/*
 * cli.h -- the commands: a table, options from tables, and one way to fail.
 *
 * May include: everything.
 *
 * A command answers true, or false with `err` filled in; main.c prints it as one
 * line ("deputy: FILE:LINE:COLUMN: …" when err.name and err.source say where) and
 * exits with the status of its row in data/errors.tsv.
 */
#ifndef DEPUTY_CLI_H
#define DEPUTY_CLI_H

#include "base/base.h"

/* One option of a command. Options are written in the order of the table in --help. */
struct option_row {
	const char *name;     /* "listen" */
	const char *argument; /* "ADDR", or NULL: a switch; "KEY=VALUE..." may be given again */
	const char *help;     /* one line */
};

enum { OPTIONS_MAX = 24, GIVEN_MAX = 200 };

struct given {
	size_t row;
	str value; /* of a switch: "", not NULL */
};

struct arguments {
	const struct option_row *rows;
	size_t nrows;
	struct given given[GIVEN_MAX]; /* in the order of the command line */
	size_t ngiven;
	const char *const *words; /* what is not an option */
	size_t nwords;
};

struct command {
	const char *name;    /* "eval", or two words: "account init" */
	const char *usage;   /* "eval [OPTION…] [FILE…]" */
	const char *summary; /* one line, for `deputy help` */
	const char *about;   /* paragraphs for --help */
	const char *example; /* lines for --help, each starting with "$ " or output */
	const struct option_row *options;
	size_t noptions;
	bool (*run)(struct arena *arena, const struct arguments *arguments, struct err *err);
};

extern const struct command command_account_env, command_account_export, command_account_import,
	command_account_init, command_account_serve, command_check, command_demo, command_eval,
	command_explain, command_sign;

/* ---- options.c */

/* Reads argv behind the command's name; *help is set by --help. ERR_USAGE names the option. */
MUST_USE bool options_parse(const struct command *command, int argc, char **argv,
	struct arguments *arguments, bool *help, struct err *err);
void options_help(struct buf *out, const struct command *command);
str option_value(const struct arguments *arguments, const char *name); /* {0} if not given */
/* The value given `index`th, from 0, of an option that may be given again; {0} past the last. */
str option_value_at(const struct arguments *arguments, const char *name, size_t index);
bool option_given(const struct arguments *arguments, const char *name);

/* ---- account.c and serve.c */

MUST_USE bool accounts_dir(const struct arguments *arguments, str *dir, struct err *err);
str accounts_endpoint(struct arena *arena, str dir); /* the file with the address */

#endif
