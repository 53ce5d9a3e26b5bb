/*
 * base.h -- text, memory, output and failure.
 *
 * Everything else in Deputy is written in these four words:
 *
 *   str     a piece of text somebody else owns (pointer and length, by value)
 *   arena   memory with one lifetime; nothing in it is freed alone
 *   buf     text being written
 *   err     why something could not be done
 *
 * What is called many times for each byte or word of a request is inline.
 *
 * Nothing here reads a clock, a file, the environment or a global, so code
 * that includes only this header and json.h gives the same answer every time.
 */
#ifndef DEPUTY_BASE_H
#define DEPUTY_BASE_H

#include "base/word.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MUST_USE     __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- str: a view of bytes. Not NUL-terminated; p may be NULL when n is 0. */

typedef struct {
	const char *p;
	size_t n; /* bytes */
} str;

#define S(literal) ((str){ "" literal, sizeof(literal) - 1 })
#define STR(s)     (int)(s).n, (s).p /* arguments for "%.*s" */

/* For tables of constants, where S() is not a constant expression to every compiler. */
#define SC(literal)                             \
	{                                       \
		"" literal, sizeof(literal) - 1 \
	}

static inline str str_of(const char *z) /* a view of a NUL-terminated string; NULL gives {0} */
{
	return z ? (str){ z, strlen(z) } : (str){ 0 };
}

static inline bool str_eq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

int str_cmp(str a, str b);        /* byte order: <0, 0, >0 */
int str_cmp_nocase(str a, str b); /* byte order of the ASCII-lowered texts */

/* ASCII only. Nearly all that are unequal are so in length or first letter. */
static inline bool str_eq_nocase(str a, str b)
{
	return a.n == b.n &&
	       (a.n == 0 || (((a.p[0] ^ b.p[0]) & ~0x20) == 0 && bytes_same_nocase(a.p, b.p, a.n)));
}

/* The same as str_eq and str_eq_nocase, for texts that mostly are the same. */
static inline bool str_same(str a, str b)
{
	return a.n == b.n && bytes_same(a.p, b.p, a.n);
}

static inline bool str_same_nocase(str a, str b)
{
	return a.n == b.n && bytes_same_nocase(a.p, b.p, a.n);
}

static inline bool str_starts(str s, str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_ends(str s, str suffix);
size_t str_find(str s, str part); /* offset of the first, or SIZE_MAX */

static inline str str_from(str s, size_t at) /* what is behind offset `at`; empty past the end */
{
	return at < s.n ? (str){ s.p + at, s.n - at } : (str){ s.p, 0 };
}

static inline str str_head(str s, size_t n) /* the first n bytes, or all */
{
	return n < s.n ? (str){ s.p, n } : s;
}

static inline uint32_t str_hash(str s) /* FNV-1a: not for what a stranger could fill a table with */
{
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 16777619;
	return hash ^ hash >> 16;
}

str str_trim(str s);                                /* without spaces, tabs, CR, LF at the ends */
bool str_cut(str s, char at, str *head, str *tail); /* false: no `at` in s */
bool str_u64(str s, uint64_t max, uint64_t *value); /* decimal digits only; false past max */

static inline char ascii_lower(char c)
{
	return (unsigned char)(c - 'A') < 26 ? (char)(c | 0x20) : c;
}

static inline bool ascii_alnum(char c)
{
	char l = ascii_lower(c);

	return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9');
}

/* Line and column, both from 1, of byte offset `at`. Columns count characters (UTF-8). */
void str_place(str text, size_t at, size_t *line, size_t *column);

/* Levenshtein distance of two short names (64 bytes at most are looked at). For "did you mean". */
size_t str_distance(str a, str b);
size_t utf8_length(str text); /* of the character at its start; 0: none starts there */
bool is_utf8(str text);       /* all of it, and without NUL */
/* From `at` on, the first byte that is not printable ASCII, or one of " & < > \: what JSON or XML
 * may have to write otherwise. Or the text's end. */
size_t str_plain(str text, size_t at);
bool str_has_control(str text); /* ASCII's control characters, but for tabs */

/* ---- arena: grows until freed at once. Zero-initialise; {0} is empty. */

struct arena {
	struct block *blocks;
	char *at, *end; /* of what is free in the newest block: whole ARENA_ALIGNs */
	size_t bytes;   /* handed out so far, for tests and limits */
};

enum { ARENA_ALIGN = 16 }; /* as max_align_t needs */

void *arena_more(struct arena *arena, size_t count, size_t size); /* with a new block */

/*
 * Zeroed memory for `count` objects of `size` bytes, aligned for any type.
 * Never NULL: callers bound their input (see data/limits.tsv) before they
 * allocate for it, so running out means the host is broken, and we abort.
 */
static inline void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;
	char *p = arena->at;

	/* One that just fits as well: so an empty arena gives no NULL for nothing. */
	if (__builtin_mul_overflow(count, size, &bytes) || bytes >= (size_t)(arena->end - p))
		return arena_more(arena, count, size);
	bytes = (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	arena->at += bytes;
	arena->bytes += bytes;
	return p;
}

void arena_free(struct arena *arena);
void arena_wipe(struct arena *arena); /* the same, and nothing of it stays in memory */
/* The same, but for the largest block of at most so many bytes, which is ready to be used again. */
void arena_renew(struct arena *arena, size_t keep_bytes);
/* Can the newest object, at p, be made longer where it is? What is added is zero. */
bool arena_extend(struct arena *arena, const void *p, size_t old_bytes, size_t new_bytes);
str arena_copy(struct arena *arena, str s);  /* also NUL-terminated at p[n] */
str arena_lower(struct arena *arena, str s); /* a copy in ASCII lower case */
str arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);
/* Texts one behind the other, also NUL-terminated; where printf would be much of the work. */
str arena_join(struct arena *arena, const str *parts, size_t n);

#define JOIN(arena, ...) \
	arena_join((arena), (const str[]){ __VA_ARGS__ }, COUNT(((const str[]){ __VA_ARGS__ })))

/* An arena for the length of a function, whose first `n` bytes are on the stack: for what is too
 * small for a block. What does not fit is freed as of any arena. */
#define SMALL_ARENA(name, n)                                 \
	_Alignas(ARENA_ALIGN) char name##_room[(n)] = { 0 }; \
	struct arena name = { .at = name##_room, .end = name##_room + sizeof(name##_room) }

#define NEW(arena, T)     ((T *)arena_alloc((arena), 1, sizeof(T)))
#define NEWS(arena, T, n) ((T *)arena_alloc((arena), (n), sizeof(T)))

/* ---- times as text: seconds since 1970-01-01 UTC, in the years 0 to 9999. */

str time_iso(struct arena *arena, int64_t s);   /* 2026-11-24T07:05:44Z */
str time_basic(struct arena *arena, int64_t s); /* 20261124T070544Z */

/* ---- buf: text being written. It grows in its arena and cannot fail. */

struct buf {
	struct arena *arena;
	char *p;
	size_t n, cap; /* bytes */
};

void buf_grow(struct buf *buf, size_t more); /* makes room for `more` bytes */

static inline void buf_str(struct buf *buf, str s)
{
	if (buf->cap - buf->n < s.n)
		buf_grow(buf, s.n);
	if (s.n)
		memcpy(buf->p + buf->n, s.p, s.n);
	buf->n += s.n;
}

static inline void buf_char(struct buf *buf, char c)
{
	if (buf->cap == buf->n)
		buf_grow(buf, 1);
	buf->p[buf->n++] = c;
}

void buf_printf(struct buf *buf, const char *format, ...) PRINTF(2, 3);
void buf_join(struct buf *buf, const str *parts, size_t n);
void buf_vprintf(struct buf *buf, const char *format, va_list args) PRINTF(2, 0);

#define WRITE(buf, ...) \
	buf_join((buf), (const str[]){ __VA_ARGS__ }, COUNT(((const str[]){ __VA_ARGS__ })))

static inline str buf_view(const struct buf *buf) /* valid until the next write */
{
	return (str){ buf->p, buf->n };
}

/* ---- err: one failure, filled in by whoever first saw it. */

/* Rows of data/errors.tsv: the code, the exit status of a command that ends with it, its meaning. */
enum err_code {
	ERR_NONE,
#define ROW(code, exit_status, meaning) code,
#include "gen/errors.inc"
#undef ROW
};

struct err {
	enum err_code code;
	size_t at; /* byte offset into `source`; 0 when there is none */
	char text[400];
	str source; /* the text that `at` points into; set by who knows it, or {0} */
	str name;   /* of that text: a file's path; likewise */
};

/* Fills in *err and returns false, so that failing is one line: return fail(...). */
bool fail(struct err *err, enum err_code code, size_t at, const char *format, ...) PRINTF(4, 5);

int err_exit_status(enum err_code code);

/* ---- limits: every bound has a row in data/limits.tsv. LIMIT_JSON_DEPTH and so on. */

enum limit {
#define ROW(name, value, unit, source) name = value,
#include "gen/limits.inc"
#undef ROW
};

#endif
