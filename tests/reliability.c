/*
 * reliability.c -- what was acknowledged is there, and what fails says so.
 *
 * A server is killed (SIGKILL) a hundred times while eight connections write to it as fast as it
 * answers, and each time its directory is opened again without any help: every user and access
 * key that was acknowledged must be there, and whatever else is there must be whole. Then the
 * disk is full, the directory may not be written, and the database is damaged.
 */
#include "serving.h"

#define CUSTOMER "111122223333"

enum { KILLS = 100, LINES = 8, ACCOUNTS = 8, MIN_MS = 10, SPREAD_MS = 50 };

static struct arena arena;
static str dir;
static struct account_admin admins[ACCOUNTS];

/* ---- writing until the server dies */

struct line { /* a connection that makes a user, then a key for it, then the next user */
	int fd;
	str user;
	bool key; /* the request under way is CreateAccessKey */
	struct buf got;
};

struct acknowledged {
	struct acknowledged *next;
	size_t account;
	str user;
	bool key;
};

static struct acknowledged *acknowledged;
static size_t nacknowledged, made;

static void acknowledge(size_t account, const struct line *line)
{
	struct acknowledged *a = NEW(&arena, struct acknowledged);

	*a = (struct acknowledged){ acknowledged, account, line->user, line->key };
	acknowledged = a;
	nacknowledged++;
}

static bool send_next(struct arena *scratch, str address, size_t account, struct line *line)
{
	str body;

	if (!line->key)
		line->user = arena_printf(&arena, "u%zu", made++);
	body = arena_printf(scratch, "Action=%s&Version=2010-05-08&UserName=%.*s",
		line->key ? "CreateAccessKey" : "CreateUser", STR(line->user));
	line->got = (struct buf){ .arena = scratch };
	return say(line->fd,
		signed_request(scratch, address, &admins[account].credentials, "iam", body));
}

/* False: the connection is dead. */
static bool hear_line(struct arena *scratch, str address, size_t account, struct line *line)
{
	char piece[8192];
	ssize_t n = recv(line->fd, piece, sizeof(piece), 0);
	unsigned status;
	size_t end;

	if (n <= 0)
		return false;
	buf_str(&line->got, (str){ piece, (size_t)n });
	if (!whole_answer(buf_view(&line->got), &status, &end))
		return true;
	if (status != 200) {
		ok(false, "a write was answered with %u: %.*s", status, STR(buf_view(&line->got)));
		return false;
	}
	acknowledge(account, line);
	line->key = !line->key;
	return send_next(scratch, address, account, line);
}

static void write_and_kill(size_t round)
{
	struct arena scratch = { 0 };
	struct serving serving = serve(&scratch, dir, "0", NULL);
	struct line lines[LINES] = { 0 };
	struct pollfd polls[LINES];
	size_t account = round % ACCOUNTS;
	uint64_t end = monotonic_ns() + (MIN_MS + (round * 37) % SPREAD_MS) * UINT64_C(1000000);

	for (size_t i = 0; i < LINES; i++) {
		lines[i].fd = dial(serving.address);
		polls[i] = (struct pollfd){ .fd = lines[i].fd, .events = POLLIN };
		send_next(&scratch, serving.address, account, &lines[i]);
	}
	while (monotonic_ns() < end) {
		poll(polls, LINES, 1);
		for (size_t i = 0; i < LINES; i++)
			if (polls[i].revents &&
				!hear_line(&scratch, serving.address, account, &lines[i]))
				polls[i].fd = -1;
	}
	kill(serving.process.pid, SIGKILL);
	process_wait(&serving.process);
	for (size_t i = 0; i < LINES; i++)
		close(lines[i].fd);
	arena_free(&scratch);
}

/* ---- what is there afterwards */

static const struct record *user_of(struct arena *scratch, const struct account *account,
	const struct acknowledged *a)
{
	return record_get(account,
		iam_key(scratch, admins[a->account].account_id, "user", a->user));
}

static size_t count_lost(const struct account *account)
{
	struct arena scratch = { 0 };
	size_t lost = 0;

	for (const struct acknowledged *a = acknowledged; a; a = a->next) {
		const struct record *user = user_of(&scratch, account, a);
		const struct json *keys = user ? json_get(user->value, S("AccessKeys")) : NULL;

		lost += !user || (a->key && !(keys && keys->count));
	}
	arena_free(&scratch);
	return lost;
}

/* CreateAccessKey writes two records: both are there or neither. */
static size_t count_halves(const struct account *account)
{
	struct arena scratch = { 0 };
	size_t halves = 0, named = 0, keys;

	for (size_t i = 0; i < account->n; i++) {
		const struct record *r = record_get(account, account->records[i]->key);

		JSON_EACH(id, json_get(r->value, S("AccessKeys")))
		{
			named++;
			halves += !record_get(account,
				arena_printf(&scratch, "/key/%.*s", STR(id->text)));
		}
	}
	record_range(account, S("/key/"), &keys);
	arena_free(&scratch);
	return halves + (keys > named ? keys - named : named - keys);
}

static void test_kills(void)
{
	size_t opened = 0, lost = 0, halves = 0;

	for (size_t round = 0; round < KILLS; round++) {
		struct account *account;
		struct err err;

		write_and_kill(round);
		if (!account_open(dir, &account, &err)) {
			printf("# %s\n", err.text);
			continue;
		}
		opened++;
		lost += count_lost(account);
		halves += count_halves(account);
		account_close(account);
	}
	ok(opened == KILLS, "after each of %d kills it starts by itself (%zu)", KILLS, opened);
	ok(nacknowledged > 10 * KILLS, "there was a load: %zu writes were acknowledged",
		nacknowledged);
	ok(lost == 0, "every acknowledged write is there (%zu are not)", lost);
	ok(halves == 0, "nothing is there by half (%zu)", halves);
}

/* ---- a disk without room */

static str create_user(struct arena *scratch, str address, size_t i)
{
	return signed_request(scratch, address, &admins[0].credentials, "iam",
		arena_printf(scratch, "Action=CreateUser&Version=2010-05-08&UserName=full%zu", i));
}

static str log_text(void)
{
	struct err err;
	str text = { 0 };

	if (!file_read(&arena, arena_printf(&arena, "%.*s.log", STR(dir)), LIMIT_FILE_BYTES, &text,
		    &err))
		printf("# %s\n", err.text);
	return text;
}

static void test_full_disk(void)
{
	enum { TRIES = 3000 };
	str log = arena_printf(&arena, "%.*s.log", STR(dir)), answer, bytes;
	struct account *account;
	struct serving serving;
	struct stat st;
	struct err err = { 0 };
	unsigned status = 200;
	size_t n = 0;

	unlink(log.p);
	stat(arena_printf(&arena, "%.*s/accounts.db", STR(dir)).p, &st);
	bytes = arena_printf(&arena, "%llu", (unsigned long long)st.st_size + 65536);
	serving = serve(&arena, dir, bytes.p, NULL);
	for (; n < TRIES && status == 200; n++)
		status = call_once(&arena, serving.address, create_user(&arena, serving.address, n),
			&answer);
	ok(status == 500 && str_find(answer, S("<Code>ServiceFailure</Code>")) != SIZE_MAX,
		"a write that the disk has no room for: 500 (write %zu: %u)", n, status);
	if (status != 500)
		printf("# %.*s\n", STR(answer));
	status = call_once(&arena, serving.address,
		who_am_i(&arena, serving.address, &admins[0].credentials), &answer);
	ok(status == 200, "reads go on");
	status = call_once(&arena, serving.address,
		signed_request(&arena, serving.address, &admins[0].credentials, "iam",
			arena_printf(&arena, "Action=GetUser&Version=2010-05-08&UserName=full%zu",
				n - 1)),
		&answer);
	ok(status == 404, "what was refused is not there");
	process_stop(&serving.process);
	ok(str_find(log_text(), S("level=error msg=commit why=")) != SIZE_MAX, "the log tells");
	if (ok(account_open(dir, &account, &err), "with room again, it starts: %s", err.text)) {
		ok(count_lost(account) == 0, "and nothing is lost");
		ok(record_get(account, iam_key(&arena, S(CUSTOMER), "user", S("full0"))) != NULL &&
				!record_get(account,
					iam_key(&arena, S(CUSTOMER), "user",
						arena_printf(&arena, "full%zu", n - 1))),
			"what was acknowledged is there, what was refused is not");
		account_close(account);
	}
}

/* ---- a directory that may not be written */

static void set_modes(unsigned dir_mode, unsigned file_mode)
{
	static const char *const files[] = { "accounts.db", "master.key" };

	for (size_t i = 0; i < COUNT(files); i++)
		chmod(arena_printf(&arena, "%.*s/%s", STR(dir), files[i]).p, file_mode);
	chmod(dir.p, dir_mode);
}

static void test_read_only(void)
{
	const char *uid = geteuid() == 0 ? "65534" : NULL;
	struct serving serving;
	unsigned status;
	str answer;

	set_modes(0555, 0444);
	serving = serve(&arena, dir, "0", uid);
	status = call_once(&arena, serving.address,
		who_am_i(&arena, serving.address, &admins[0].credentials), &answer);
	ok(status == 200, "a directory that may not be written is served (%.*s)",
		STR(serving.address));
	status = call_once(&arena, serving.address, create_user(&arena, serving.address, 9999),
		&answer);
	ok(status == 500, "a write is refused: %u", status);
	process_stop(&serving.process);
	ok(str_find(log_text(), S("may not be written")) != SIZE_MAX, "the log tells");
	set_modes(0700, 0600);
}

/* ---- damage */

static void test_damage(void)
{
	str path = arena_printf(&arena, "%.*s/accounts.db", STR(dir)), whole;
	struct account *account;
	size_t served = 0, unnamed = 0, same = 0;
	struct err err;
	char *bytes;

	if (!ok(file_read(&arena, path, LIMIT_FILE_BYTES, &whole, &err), "the database is read"))
		return;
	bytes = arena_alloc(&arena, whole.n, 1);
	for (size_t i = 0; i < 60; i++) {
		size_t at = whole.n / 60 * i + i;

		memcpy(bytes, whole.p, whole.n);
		bytes[at] = (char)(bytes[at] ^ 1 << i % 8);
		if (!file_write(path, (str){ bytes, whole.n }, 0600, &err))
			printf("# %s\n", err.text);
		if (!account_open(dir, &account, &err)) {
			unnamed += str_find(str_of(err.text), S("accounts.db")) == SIZE_MAX;
			continue;
		}
		served++;
		same += count_lost(account) == 0 && count_halves(account) == 0;
		account_close(account);
	}
	ok(unnamed == 0, "a damaged database is named");
	ok(served == same, "60 times one bit turned: found, or nobody's (%zu)", served);
	ok(served < 50, "most are found (%zu are nobody's)", served);
}

int main(int argc, char **argv)
{
	str ids[ACCOUNTS] = { S(CUSTOMER) };
	struct err err = { 0 };
	str base;

	if (argc > 1)
		return serve_main(argc, argv);
	if (!dir_make_temp(&arena, S("deputy-reliability"), &base, &err))
		return 1;
	chmod(base.p, 0755);
	dir = arena_printf(&arena, "%.*s/accounts", STR(base));
	for (size_t i = 1; i < ACCOUNTS; i++)
		ids[i] = arena_printf(&arena, "20000000000%zu", i);
	if (!ok(account_init(&arena, dir, ids, ACCOUNTS, S("us-west-2"), admins, &err), "init: %s",
		    err.text))
		return tap_done();
	test_kills();
	test_full_disk();
	test_read_only();
	test_damage();
	dir_remove(dir);
	dir_remove(base);
	arena_free(&arena);
	return tap_done();
}
