/*
 * store.c -- what was acknowledged is there after a kill; a second process is refused; damage
 * and a full disk are named, and nothing changes.
 */
#include "tap.h"

#include "base/os.h"
#include "store/store.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena arena;
static str dir, path;

static struct store *open_store(bool create)
{
	struct store *store = NULL;
	struct err err;

	if (!store_open(path, create, &store, &err))
		printf("# %s\n", err.text);
	return store;
}

static bool put(struct store *store, str key, str value, struct err *err)
{
	struct change change = { .key = key, .value = value };

	return store_commit(store, &change, 1, err);
}

/* ---- reading all, as key=value; */

static bool append(void *context, str key, str value, struct err *err)
{
	(void)err;
	buf_str(context, key); /* not printf: values are bytes */
	buf_char(context, '=');
	buf_str(context, value);
	buf_char(context, ';');
	return true;
}

static str all(struct store *store)
{
	struct buf out = { .arena = &arena };
	struct err err;

	if (!store_each(store, append, &out, &err))
		printf("# %s\n", err.text);
	return buf_view(&out);
}

static bool stop_at_once(void *context, str key, str value, struct err *err)
{
	(void)key, (void)value;
	++*(int *)context;
	return fail(err, ERR_SYNTAX, 0, "enough");
}

/* ---- tests. */

static void test_changes(void)
{
	struct store *store = open_store(true);
	struct err err;
	struct change changes[] = {
		{ .key = S("/b"), .value = S("two") },
		{ .key = S("/a"), .value = S("one") },
		{ .key = S("/a/x"), .value = { 0 } },
		{ .key = S("/bytes"), .value = { "\0\xff\n", 3 } },
	};
	struct change second[] = {
		{ .key = S("/b"), .delete = true },
		{ .key = S("/a"), .value = S("uno") },
		{ .key = S("/absent"), .delete = true },
	};
	int visits = 0;

	if (!ok(store != NULL, "a store is made"))
		return;
	ok(store_commit(store, changes, COUNT(changes), &err), "four keys are put at once");
	ok(str_eq(all(store), S("/a=one;/a/x=;/b=two;/bytes=\0\xff\n;")),
		"they come in byte order, empty and binary values as they are");
	ok(store_commit(store, second, COUNT(second), &err), "put and delete in one commit");
	is(str_head(all(store), 12), S("/a=uno;/a/x="), "both happened");
	ok(!store_each(store, stop_at_once, &visits, &err) && visits == 1 && err.code == ERR_SYNTAX,
		"a visitor that says no ends the visit with its own error");
	store_close(store);
}

static void test_reopened(void)
{
	struct store *store = open_store(false);
	struct stat st;

	if (!ok(store != NULL, "it opens again"))
		return;
	is(str_head(all(store), 12), S("/a=uno;/a/x="), "with what was put");
	ok(stat(path.p, &st) == 0 && (st.st_mode & 0777) == 0600, "only its owner may read it");
	store_close(store);
}

/* The child answers on a pipe after the commit; it is killed as soon as it did. */
static void test_killed(void)
{
	enum { ROUNDS = 20 };
	int good = 0;

	for (int i = 0; i < ROUNDS; i++) {
		str value = arena_printf(&arena, "round %d", i);
		struct store *store;
		int pipe_[2];
		char c = 0;
		pid_t child;

		if (pipe(pipe_) != 0 || (child = fork()) < 0)
			break;
		if (child == 0) {
			struct err err;

			store = open_store(false);
			if (store && put(store, S("/killed"), value, &err))
				c = 'y';
			if (write(pipe_[1], &c, 1) == 1 && store)
				for (int k = 0;; k++) /* until the kill: more commits under way */
					put(store, S("/later"), arena_printf(&arena, "%d", k),
						&err);
			_exit(1);
		}
		close(pipe_[1]);
		if (read(pipe_[0], &c, 1) == 1 && c == 'y')
			kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		close(pipe_[0]);
		store = open_store(false);
		good += store && str_find(all(store), arena_printf(&arena, "/killed=%.*s;",
							      STR(value))) != SIZE_MAX;
		store_close(store);
	}
	ok(good == ROUNDS, "what was acknowledged is there after SIGKILL, %d of %d times", good,
		ROUNDS);
}

static void test_second_process(void)
{
	struct store *store = open_store(false), *other = NULL;
	struct err err = { 0 };
	bool opened = store_open(path, false, &other, &err);

	ok(store && !opened && err.code == ERR_IO, "a second opener is refused");
	is(str_of(err.text), arena_printf(&arena, "%.*s is in use by another process", STR(path)),
		"in one sentence");
	store_close(store);
	store = open_store(false);
	ok(store != NULL, "and may open it when the first is done");
	store_close(store);
}

static void test_missing(void)
{
	struct store *store = NULL;
	struct err err = { 0 };
	str nowhere = arena_printf(&arena, "%.*s/none/accounts.db", STR(dir));

	ok(!store_open(arena_printf(&arena, "%.*s/none.db", STR(dir)), false, &store, &err) &&
			err.code == ERR_IO,
		"a file that is not there is not made by opening");
	ok(access(arena_printf(&arena, "%.*s/none.db", STR(dir)).p, F_OK) != 0, "truly not");
	ok(!store_open(nowhere, true, &store, &err) && err.code == ERR_IO &&
			str_find(str_of(err.text), nowhere) == 0,
		"a directory that is not there is named");
}

static void refuse_file(str content, str want, const char *what)
{
	str file = arena_printf(&arena, "%.*s/foreign", STR(dir));
	struct store *store = NULL;
	struct err err = { 0 };
	str after;

	unlink(file.p);
	if (!ok(file_write(file, content, 0600, &err), "%s: written", what))
		return;
	ok(!store_open(file, false, &store, &err) && err.code == ERR_IO, "%s is refused", what);
	is(str_of(err.text), arena_printf(&arena, "%.*s %.*s", STR(file), STR(want)),
		"%s: the sentence", what);
	ok(file_read(&arena, file, LIMIT_FILE_BYTES, &after, &err) && str_eq(after, content),
		"%s is left as it is", what);
}

static void test_foreign(void)
{
	str whole, hurt;
	struct err err;
	char *bytes;

	refuse_file(
		S("This is a letter to a friend and no database at all, whatever its name says."),
		S("is not a Deputy account database"), "a text");
	refuse_file((str){ 0 }, S("is not a Deputy account database"), "an empty file");

	if (!ok(file_read(&arena, path, LIMIT_FILE_BYTES, &whole, &err) && whole.n > 4096,
		    "the database can be copied"))
		return;
	bytes = arena_alloc(&arena, whole.n, 1);
	memcpy(bytes, whole.p, whole.n);
	hurt = (str){ bytes, whole.n };

	memcpy(bytes + 68, "\0\0\0\1", 4); /* application_id */
	refuse_file(hurt, S("is not a Deputy account database"), "another program's database");

	memcpy(bytes, whole.p, whole.n);
	bytes[63] = 9; /* user_version's last byte */
	refuse_file(hurt, S("has version 9; this Deputy reads version 2"), "another version");

	memcpy(bytes, whole.p, whole.n);
	memset(bytes + 4096, 0x5a, whole.n - 4096); /* all but the first page */
	refuse_file(hurt, S("is damaged"), "a damaged database");
	refuse_file(str_head(whole, 4096), S("is damaged"), "a cut-off database");
}

/* RLIMIT_FSIZE makes writes beyond it fail as a full disk does. */
static void test_full_disk(void)
{
	struct store *store = open_store(false);
	struct rlimit old, small;
	struct err err = { 0 };
	str before, big = { arena_alloc(&arena, 1 << 20, 1), 1 << 20 };

	if (!ok(store != NULL, "opened"))
		return;
	before = all(store);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ .rlim_cur = 65536, .rlim_max = old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	ok(!put(store, S("/big"), big, &err) && err.code == ERR_IO, "a full disk is an error");
	ok(str_starts(str_of(err.text), path), "that names the file: %s", err.text);
	ok(str_eq(all(store), before), "nothing changed");
	setrlimit(RLIMIT_FSIZE, &old);
	ok(put(store, S("/small"), S("fits"), &err), "and it goes on when there is room");
	store_close(store);
	store = open_store(false);
	ok(store && str_find(all(store), S("/small=fits;")) != SIZE_MAX &&
			str_find(all(store), S("/big=")) == SIZE_MAX,
		"what came after is there, what failed is not");
	store_close(store);
}

int main(void)
{
	struct err err;

	if (!dir_make_temp(&arena, S("deputy-store"), &dir, &err))
		return 1;
	path = arena_printf(&arena, "%.*s/accounts.db", STR(dir));
	test_changes();
	test_reopened();
	test_killed();
	test_second_process();
	test_missing();
	test_foreign();
	test_full_disk();
	dir_remove(dir);
	arena_free(&arena);
	return tap_done();
}
