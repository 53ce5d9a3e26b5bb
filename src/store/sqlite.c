/*
 * sqlite.c -- the store, in one SQLite file. The only file that knows SQLite.
 *
 * One table of keys and values, in write-ahead mode with synchronous=FULL: a commit has reached
 * the disk when it answers true, and a crash at any moment leaves the last commit or the one
 * before it. The connection holds the file's exclusive lock from open to close, so a second
 * process is refused and nobody sees the file half-read.
 *
 * A file is served only if it says that it is ours (application_id), of this version
 * (user_version), and if SQLite finds its structure whole (quick_check). SQLite does not know
 * what a value should be, so each has a hash beside it: one bit that turned in a policy is damage
 * too, and found before the policy is read.
 *
 * Where the file or its directory may not be written, the store is opened for reading only, if
 * the file is all there is: commits that stand in a log beside it cannot be had without writing.
 */
#include "store/store.h"

#include "base/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x44505459, VERSION = 2 }; /* "DPTY" */

struct store {
	struct arena arena; /* holds this struct and the path */
	str path;
	sqlite3 *db;
	sqlite3_stmt *put, *delete;
	bool read_only;
};

/* What went wrong in words for the person at the terminal; SQLite's own for the rest. */
static const struct {
	int code;
	const char *sentence;
} troubles[] = {
	{ SQLITE_BUSY, "is in use by another process" },
	{ SQLITE_LOCKED, "is in use by another process" },
	{ SQLITE_NOTADB, "is not a Deputy account database" },
	{ SQLITE_CORRUPT, "is damaged" },
	{ SQLITE_FULL, "could not be written: the disk is full" },
	{ SQLITE_READONLY, "may not be written" },
	{ SQLITE_CANTOPEN, "could not be opened, or its directory may not be written" },
	{ SQLITE_PERM, "may not be opened" },
};

static bool trouble(struct store *store, int code, struct err *err)
{
	for (size_t i = 0; i < COUNT(troubles); i++)
		if (troubles[i].code == (code & 0xff))
			return fail(err, ERR_IO, 0, "%.*s %s", STR(store->path),
				troubles[i].sentence);
	return fail(err, ERR_IO, 0, "%.*s could not be used: %s", STR(store->path),
		store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code));
}

static bool run(struct store *store, const char *sql, struct err *err)
{
	int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK || trouble(store, code, err);
}

/* The first column of a statement's first row, copied. */
static bool ask_text(struct store *store, const char *sql, struct arena *arena, str *answer,
	struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*answer =
			arena_copy(arena, str_of((const char *)sqlite3_column_text(statement, 0)));
	sqlite3_finalize(statement);
	return code == SQLITE_ROW || trouble(store, code, err);
}

/* Makes an empty file that only its owner may read. SQLite would follow the umask. */
static bool make_file(struct store *store, struct err *err)
{
	int fd = open(store->path.p, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST || fail(err, ERR_IO, 0, "%.*s could not be made: %s",
						  STR(store->path), strerror(errno));
	close(fd);
	return true;
}

static bool is_empty(struct store *store, bool *empty, struct err *err)
{
	str tables;

	if (!ask_text(store, "SELECT count(*) FROM sqlite_master", &store->arena, &tables, err))
		return false;
	*empty = str_eq(tables, S("0"));
	return true;
}

static bool make_table(struct store *store, struct err *err)
{
	str sql = arena_printf(&store->arena,
		"BEGIN EXCLUSIVE;"
		"CREATE TABLE record (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL,"
		" hash BLOB NOT NULL) WITHOUT ROWID;"
		"PRAGMA application_id = %d;"
		"PRAGMA user_version = %d;"
		"COMMIT",
		APPLICATION_ID, VERSION);

	return run(store, sql.p, err);
}

static bool check_file(struct store *store, struct err *err)
{
	struct arena *arena = &store->arena;
	str application, version, health;

	if (!ask_text(store, "PRAGMA application_id", arena, &application, err) ||
		!ask_text(store, "PRAGMA user_version", arena, &version, err))
		return false;
	if (!str_eq(application, arena_printf(arena, "%d", APPLICATION_ID)))
		return trouble(store, SQLITE_NOTADB, err);
	if (!str_eq(version, arena_printf(arena, "%d", VERSION)))
		return fail(err, ERR_IO, 0, "%.*s has version %.*s; this Deputy reads version %d",
			STR(store->path), STR(version), VERSION);
	if (!ask_text(store, "PRAGMA quick_check(1)", arena, &health, err))
		return false;
	return str_eq(health, S("ok")) || trouble(store, SQLITE_CORRUPT, err);
}

/* The lock is taken by the first write and kept, as EXCLUSIVE locking says. */
static bool take_lock(struct store *store, struct err *err)
{
	return run(store, "PRAGMA locking_mode = EXCLUSIVE", err) &&
	       run(store, "PRAGMA journal_mode = WAL", err) &&
	       run(store, "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF", err) &&
	       run(store, "BEGIN EXCLUSIVE; COMMIT", err);
}

static bool prepare(struct store *store, struct err *err)
{
	int code =
		sqlite3_prepare_v3(store->db, "INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)",
			-1, SQLITE_PREPARE_PERSISTENT, &store->put, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_prepare_v3(store->db, "DELETE FROM record WHERE key = ?1", -1,
			SQLITE_PREPARE_PERSISTENT, &store->delete, NULL);
	return code == SQLITE_OK || trouble(store, code, err);
}

static bool open_file(struct store *store, bool create, struct err *err)
{
	bool empty = false;
	int code;

	if (create && !make_file(store, err))
		return false;
	code = sqlite3_open_v2(store->path.p, &store->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return trouble(store, code, err);
	sqlite3_extended_result_codes(store->db, 1);

	/* Whose file it is comes first: a foreign one must not even change its journal mode. */
	if (!run(store, "PRAGMA locking_mode = EXCLUSIVE", err) || !is_empty(store, &empty, err))
		return false;
	if (!(create && empty) && !check_file(store, err))
		return false;
	return take_lock(store, err) && (!(create && empty) || make_table(store, err)) &&
	       prepare(store, err);
}

/* ---- where nothing can be written. */

static bool may_write(struct store *store)
{
	size_t n = store->path.n;

	while (n && store->path.p[n - 1] != '/')
		n--;
	return access(store->path.p, W_OK) == 0 &&
	       access(n ? arena_copy(&store->arena, str_head(store->path, n)).p : ".", W_OK) == 0;
}

static bool has_log(struct store *store)
{
	struct stat st;

	return stat(arena_printf(&store->arena, "%s-wal", store->path.p).p, &st) == 0 &&
	       st.st_size > 0;
}

/* `immutable`: no lock, and no log beside the file, which nobody can write. */
static bool open_read_only(struct store *store, struct err *err)
{
	struct buf uri = { .arena = &store->arena };
	int code;

	if (has_log(store))
		return trouble(store, SQLITE_READONLY, err);
	buf_str(&uri, S("file:"));
	for (size_t i = 0; i < store->path.n; i++)
		buf_printf(&uri,
			ascii_alnum(store->path.p[i]) || store->path.p[i] == '/' ? "%c" : "%%%02x",
			(unsigned char)store->path.p[i]);
	buf_printf(&uri, "?immutable=1");
	code = sqlite3_open_v2(uri.p, &store->db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
	store->read_only = true;
	return code == SQLITE_OK ? check_file(store, err) : trouble(store, code, err);
}

bool store_open(str path, bool create, struct store **store, struct err *err)
{
	struct arena arena = { 0 };
	struct store *s = NEW(&arena, struct store);

	s->path = arena_copy(&arena, path);
	s->arena = arena;
	if (!(create || may_write(s) || access(s->path.p, R_OK) != 0 ? open_file(s, create, err)
								     : open_read_only(s, err))) {
		store_close(s);
		return false;
	}
	*store = s;
	return true;
}

void store_close(struct store *store)
{
	struct arena arena;

	if (!store)
		return;
	sqlite3_finalize(store->put);
	sqlite3_finalize(store->delete);
	sqlite3_close(store->db);
	arena = store->arena;
	arena_free(&arena);
}

static str column(sqlite3_stmt *statement, int index)
{
	const char *bytes = sqlite3_column_blob(statement, index);

	return (str){ bytes, (size_t)sqlite3_column_bytes(statement, index) };
}

/* Of the key too: a value that stands under another's key is damage. */
static void hash_of(str key, str value, unsigned char hash[SHA256_BYTES])
{
	unsigned char both[2 * SHA256_BYTES];

	sha256(key, both);
	sha256(value, both + SHA256_BYTES);
	sha256((str){ (const char *)both, sizeof(both) }, hash);
}

static bool check_row(struct store *store, sqlite3_stmt *row, struct err *err)
{
	str key = column(row, 0), hash = column(row, 2);
	unsigned char right[SHA256_BYTES];

	hash_of(key, column(row, 1), right);
	return str_eq(hash, (str){ (const char *)right, sizeof(right) }) ||
	       fail(err, ERR_IO, 0, "%.*s is damaged: %.*s is not what was written",
		       STR(store->path), STR(str_head(key, 200)));
}

bool store_each(struct store *store, store_visitor *each, void *context, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	bool good = true;
	int code = sqlite3_prepare_v2(store->db, "SELECT key, value, hash FROM record ORDER BY key",
		-1, &statement, NULL);

	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW)
			good = check_row(store, statement, err) &&
			       each(context, column(statement, 0), column(statement, 1), err);
		if (!good)
			break;
	}
	if (good && code != SQLITE_DONE)
		good = trouble(store, code, err);
	sqlite3_finalize(statement);
	return good;
}

static bool bind(sqlite3_stmt *statement, const struct change *change,
	const unsigned char hash[SHA256_BYTES])
{
	str key = change->key, value = change->value;

	if (sqlite3_bind_text64(statement, 1, key.p, key.n, SQLITE_STATIC, SQLITE_UTF8) !=
		SQLITE_OK)
		return false;
	/* A NULL pointer would bind NULL, which is not the empty value. */
	return change->delete || (sqlite3_bind_blob64(statement, 2, value.n ? value.p : "", value.n,
					  SQLITE_STATIC) == SQLITE_OK &&
					 sqlite3_bind_blob64(statement, 3, hash, SHA256_BYTES,
						 SQLITE_STATIC) == SQLITE_OK);
}

static bool apply(struct store *store, const struct change *change, struct err *err)
{
	sqlite3_stmt *statement = change->delete ? store->delete : store->put;
	unsigned char hash[SHA256_BYTES];
	int code;

	if (!change->delete)
		hash_of(change->key, change->value, hash);
	code = bind(statement, change, hash) ? sqlite3_step(statement) : SQLITE_TOOBIG;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return code == SQLITE_DONE || trouble(store, code, err);
}

bool store_commit(struct store *store, const struct change *changes, size_t n, struct err *err)
{
	bool good = store->read_only ? trouble(store, SQLITE_READONLY, err)
				     : run(store, "BEGIN IMMEDIATE", err);

	for (size_t i = 0; good && i < n; i++)
		good = apply(store, &changes[i], err);
	good = good && run(store, "COMMIT", err);
	if (!good && !sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return good;
}
