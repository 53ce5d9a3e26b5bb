/*
 * cli.h -- the commands: a table, options from tables, and one way to fail.
 *
 * May include: everything.
 */
#ifndef DEPUTY_CLI_H
#define DEPUTY_CLI_H

#include "base/base.h"

/* One option of a command. Options are written in the order of the table in --help. */
struct option_row {
	const char *name;     /* "listen" */
	const char *argument; /* "ADDR", or NULL: a switch */
	const char *help;     /* one line */
};

enum { OPTIONS_MAX = 24 };

struct arguments {
	const struct option_row *rows;
	size_t nrows;
	str values[OPTIONS_MAX]; /* by row; a switch that was given has a non-NULL p */
	const char *const *words; /* what is not an option */
	size_t nwords;
};

struct command {
	const char *name;
	const char *usage;   /* "eval [OPTION…] [FILE…]" */
	const char *summary; /* one line, for `deputy help` */
	const char *about;   /* paragraphs for --help */
	const char *example; /* lines for --help, each starting with "$ " or output */
	const struct option_row *options;
	size_t noptions;
	bool (*run)(struct arena *arena, const struct arguments *arguments, struct err *err);
};

extern const struct command command_account, command_demo, command_eval, command_explain,
	command_sign;

str option_value(const struct arguments *arguments, const char *name); /* {0} if not given */
bool option_given(const struct arguments *arguments, const char *name);

#endif
