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
 * A table whose first column's name ends in '@' is a large one: it is sorted
 * without regard to letter case, each text is written once, as `POOL("text")`,
 * and the columns are offsets into the texts joined with NULs between them.
 * Nothing in it needs relocating, and it is searched as it lies in the file.
 *
 * Any other file becomes a C string, with the NUL that C puts behind it.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 40000, COLUMNS = 32, SLOTS = 1 << 17 };

static char *rows[ROWS];
static size_t nrows;
static bool expression[COLUMNS];
static bool pooled;
static struct slot {
	const char *text;
	size_t at; /* in the joined texts */
} slots[SLOTS];
static size_t pool_texts, pool_bytes;

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

/* The order of two names up to their tabs, as lower case. */
static int name_cmp(const char *a, const char *b)
{
	int x, y;

	do {
		x = *a == '\t' ? 0 : tolower((unsigned char)*a);
		y = *b == '\t' ? 0 : tolower((unsigned char)*b);
		a++;
		b++;
	} while (x == y && x);
	return x - y;
}

static int by_lower_name(const void *a, const void *b)
{
	return name_cmp(*(char *const *)a, *(char *const *)b);
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

static void print_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static void print_cell(const char *cell, bool as_is)
{
	if (as_is || bare(cell))
		fputs(cell, stdout);
	else
		print_string(cell);
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
		if (c == 0)
			pooled = n && cell[n - 1] == '@';
		printf("%s%.*s", c ? ", " : "", (int)(n - expression[c] - (c == 0 && pooled)),
			cell);
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

/* ---- large tables */

/* Where the text is in the pool; a new one is written. */
static size_t pool(const char *path, const char *text)
{
	size_t hash = 5381;

	for (const char *c = text; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	for (size_t i = hash % SLOTS;; i = (i + 1) % SLOTS) {
		if (slots[i].text && strcmp(slots[i].text, text) == 0)
			return slots[i].at;
		if (slots[i].text)
			continue;
		slots[i] = (struct slot){ text, pool_bytes };
		pool_bytes += strlen(text) + 1;
		if (++pool_texts > SLOTS / 2)
			die(path, 0, "too many texts: raise SLOTS in tools/gen.c");
		printf("POOL(");
		print_string(text);
		printf(")\n");
		return slots[i].at;
	}
}

/* One row's columns, as they will be written: "12, ACCESS_READ, 0". */
static char *pooled_row(const char *path, char *row)
{
	char line[COLUMNS * 24], number[24];
	size_t n = 0;

	for (char *rest = row, *cell = next_cell(&rest); cell; cell = next_cell(&rest)) {
		bool first = cell == row;
		const char *text = cell;

		if (first || !bare(cell)) {
			snprintf(number, sizeof(number), "%zu", pool(path, cell));
			text = number;
		}
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s", first ? "" : ", ", text);
		if (n >= sizeof(line))
			die(path, 0, "a row is too long");
	}
	return strdup(line);
}

static void print_pooled_rows(const char *path)
{
	qsort(rows, nrows, sizeof(*rows), by_lower_name);
	for (size_t i = 1; i < nrows; i++)
		if (name_cmp(rows[i - 1], rows[i]) == 0)
			die(path, 0, rows[i]);
	pool(path, ""); /* the empty text is at 0 */
	for (size_t i = 0; i < nrows; i++)
		rows[i] = pooled_row(path, rows[i]);
	for (size_t i = 0; i < nrows; i++)
		printf("ROW(%s)\n", rows[i]);
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
	if (pooled)
		print_pooled_rows(path);
	else
		print_rows(path);
}

/* A literal for each line. '?' is escaped since two of them would begin a trigraph. */
static void text(FILE *f)
{
	bool open = false;
	int c;

	while ((c = getc(f)) != EOF) {
		if (!open)
			putchar('"');
		open = c != '\n';
		if (c == '"' || c == '\\' || c == '?')
			printf("\\%c", c);
		else if (c < ' ' || c > '~')
			printf("\\%03o", (unsigned)c);
		else
			putchar(c);
		if (!open)
			puts("\"");
	}
	if (open)
		puts("\"");
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
		text(f);
	return 0;
}
