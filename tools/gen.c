/*
 * gen.c -- turns a file of data/ into build/gen/NAME.inc, at build time.
 *
 *   gen data/operators.tsv > build/gen/operators.inc
 *   gen data/policy.json   > build/gen/policy.json.inc
 *
 * A .tsv: the first line that is not a comment names the columns. Each further
 * line becomes one `ROW(col, col, ...)`, sorted by the first column, which must
 * be unique; the C file that includes the result defines ROW, as often as it
 * likes (an enum, a name table, a struct table). Columns are written as C
 * strings, but for those that are all digits or UPPER_CASE words, and those
 * whose name in the first line ends in '=' (a C expression, such as a handler).
 *
 * Any other file becomes its bytes, as the numbers of a C array.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 40000, COLUMNS = 32 };

static char *rows[ROWS];
static size_t nrows;
static bool expression[COLUMNS];

static void die(const char *path, size_t line, const char *why)
{
	fprintf(stderr, "%s:%zu: %s\n", path, line, why);
	exit(1);
}

static size_t columns(const char *line)
{
	size_t n = 1;

	for (; *line; line++)
		n += *line == '\t';
	return n;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool bare(const char *word)
{
	if (!*word)
		return false;
	for (; *word; word++)
		if (!isupper((unsigned char)*word) && !isdigit((unsigned char)*word) &&
			*word != '_')
			return false;
	return true;
}

/* The next tab-separated cell of *rest, which may be empty. */
static char *next_cell(char **rest)
{
	char *cell = *rest, *tab;

	if (!cell)
		return NULL;
	tab = strchr(cell, '\t');
	if (tab)
		*tab = '\0';
	*rest = tab ? tab + 1 : NULL;
	return cell;
}

static void print_cell(const char *cell, bool as_is)
{
	if (as_is || bare(cell)) {
		fputs(cell, stdout);
		return;
	}
	putchar('"');
	for (; *cell; cell++) {
		if (*cell == '"' || *cell == '\\')
			putchar('\\');
		putchar(*cell);
	}
	putchar('"');
}

static void print_header(const char *path, char *line)
{
	size_t c = 0;

	printf("/* Written by tools/gen.c from %s. Do not edit. */\n/* ROW(", path);
	for (char *rest = line, *cell = next_cell(&rest); cell; cell = next_cell(&rest), c++) {
		size_t n = strlen(cell);

		if (c == COLUMNS)
			die(path, 1, "too many columns: raise COLUMNS in tools/gen.c");
		expression[c] = n && cell[n - 1] == '=';
		printf("%s%.*s", c ? ", " : "", (int)(n - expression[c]), cell);
	}
	printf(") */\n");
}

static void print_rows(const char *path)
{
	qsort(rows, nrows, sizeof(*rows), by_name);
	for (size_t i = 0; i < nrows; i++) {
		char *rest = rows[i], *cell = next_cell(&rest);

		if (i && strcmp(rows[i - 1], cell) == 0)
			die(path, 0, cell);
		printf("ROW(");
		for (size_t c = 0; cell; c++, cell = next_cell(&rest)) {
			fputs(c ? ", " : "", stdout);
			print_cell(cell, expression[c]);
		}
		printf(")\n");
	}
}

static void table(const char *path, FILE *f)
{
	char *line = NULL;
	size_t cap = 0, number = 0, width = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, f)) > 0) {
		number++;
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		if (!width) {
			width = columns(line);
			print_header(path, line);
			continue;
		}
		if (columns(line) != width)
			die(path, number, "wrong number of columns");
		if (nrows == ROWS)
			die(path, number, "too many rows: raise ROWS in tools/gen.c");
		rows[nrows++] = strdup(line);
	}
	print_rows(path);
}

static void bytes(FILE *f)
{
	int c;

	for (size_t n = 0; (c = getc(f)) != EOF; n++)
		printf("%d,%s", c, n % 20 == 19 ? "\n" : "");
}

int main(int argc, char **argv)
{
	const char *path = argc == 2 ? argv[1] : NULL;
	FILE *f = path ? fopen(path, "r") : NULL;
	size_t n = path ? strlen(path) : 0;

	if (!f) {
		perror(path ? path : "usage: gen FILE");
		return 1;
	}
	if (n > 4 && strcmp(path + n - 4, ".tsv") == 0)
		table(path, f);
	else
		bytes(f);
	return 0;
}
