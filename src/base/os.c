/*
 * os.c -- the machine: clock, files, terminal, log, and processes.
 *
 * NUL-terminated strings live here and in the files that wrap a library.
 * Files are written beside their place, synced and renamed, so that a reader
 * never sees half of one.
 */
#define _GNU_SOURCE /* pipe2 */
#include "base/os.h"

#include "base/crypto.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- time */

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* As of the last tick, which takes a fifth of the time that asking the hardware does. */
int64_t now_s(void)
{
	return clock_ns(CLOCK_REALTIME_COARSE) / 1000000000;
}

int64_t now_ms(void)
{
	return clock_ns(CLOCK_REALTIME_COARSE) / 1000000;
}

uint64_t coarse_ns(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC_COARSE);
}

uint64_t monotonic_ns(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

/* ---- files */

/* A path for the system, which stops at a NUL: a path that contains one is nobody's. */
static bool path_of(struct arena *arena, str path, const char **z, struct err *err)
{
	if (path.n == 0 || memchr(path.p, '\0', path.n))
		return fail(err, ERR_IO, 0, "a path is empty or contains a NUL character");
	*z = arena_copy(arena, path).p;
	return true;
}

static bool read_all(struct arena *arena, int fd, str path, size_t max_bytes, str *text,
	struct err *err)
{
	struct buf out = { .arena = arena };
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, ERR_IO, 0, "%.*s: %s", STR(path), strerror(errno));
		if (out.n + (size_t)n > max_bytes)
			return fail(err, ERR_LIMIT, 0, "%.*s: larger than %zu bytes", STR(path),
				max_bytes);
		buf_str(&out, (str){ chunk, (size_t)n });
	}
	*text = buf_view(&out);
	return true;
}

bool file_read(struct arena *arena, str path, size_t max_bytes, str *text, struct err *err)
{
	const char *z;
	bool good;
	int fd;

	if (str_eq(path, S("-")))
		return read_all(arena, STDIN_FILENO, S("standard input"), max_bytes, text, err);
	if (!path_of(arena, path, &z, err))
		return false;
	fd = open(z, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, ERR_IO, 0, "%.*s: %s", STR(path), strerror(errno));
	good = read_all(arena, fd, path, max_bytes, text, err);
	close(fd);
	return good;
}

static bool write_all(int fd, str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			text = str_from(text, (size_t)n);
	}
	return true;
}

/* After a rename, so that the new name too survives a crash. */
static bool sync_parent(struct arena *arena, str path)
{
	size_t n = path.n;
	int fd;
	bool good;

	while (n && path.p[n - 1] != '/')
		n--;
	fd = open(n ? arena_copy(arena, str_head(path, n)).p : ".",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

bool file_write(str path, str text, unsigned mode, struct err *err)
{
	struct arena arena = { 0 };
	const char *z, *beside;
	bool good = false;
	int fd = -1;

	if (!path_of(&arena, path, &z, err))
		goto out;
	beside = arena_printf(&arena, "%s.%d.new", z, (int)getpid()).p;
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
	good = fd >= 0 && write_all(fd, text) && fsync(fd) == 0 && rename(beside, z) == 0 &&
	       sync_parent(&arena, path);
	if (!good) {
		fail(err, ERR_IO, 0, "%s: %s", z, strerror(errno));
		if (fd >= 0)
			unlink(beside);
	}
out:
	if (fd >= 0)
		close(fd);
	arena_free(&arena);
	return good;
}

bool file_exists(str path)
{
	struct arena arena = { 0 };
	struct err err;
	const char *z;
	bool there = path_of(&arena, path, &z, &err) && access(z, F_OK) == 0;

	arena_free(&arena);
	return there;
}

static int open_existing(str path, int flags)
{
	struct arena arena = { 0 };
	struct err err;
	const char *z;
	int fd = path_of(&arena, path, &z, &err) ? open(z, flags | O_CLOEXEC) : -1;

	arena_free(&arena);
	return fd;
}

int file_hold(str path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open_existing(path, O_RDWR);

	if (fd >= 0 && fcntl(fd, F_SETLK, &lock) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void file_release(int held)
{
	if (held >= 0)
		close(held);
}

bool file_is_held(str path)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int fd = open_existing(path, O_RDONLY);
	bool held = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

	file_release(fd);
	return held;
}

str file_absolute(struct arena *arena, str path)
{
	struct err err;
	const char *z;
	char *real;

	if (!path_of(arena, path, &z, &err) || !(real = realpath(z, NULL)))
		return path;
	path = arena_copy(arena, str_of(real));
	free(real);
	return path;
}

/* ---- a file that only grows */

bool append_open(struct append_file *file, str path, unsigned mode, struct err *err)
{
	struct arena arena = { 0 };
	const char *z = NULL;
	struct stat st;
	bool good = path_of(&arena, path, &z, err);

	file->fd = -1;
	if (good) {
		file->fd = open(z, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, (mode_t)mode);
		good = (file->fd >= 0 && fstat(file->fd, &st) == 0) ||
		       fail(err, ERR_IO, 0, "%s: %s", z, strerror(errno));
	}
	if (good)
		file->bytes = (uint64_t)st.st_size;
	else
		append_close(file);
	arena_free(&arena);
	return good;
}

/* What got in of a text that did not is cut off again. */
bool append_write(struct append_file *file, str text, struct err *err)
{
	if (file->fd >= 0 && write_all(file->fd, text)) {
		file->bytes += text.n;
		return true;
	}
	fail(err, ERR_IO, 0, "%s", file->fd < 0 ? "it is not open" : strerror(errno));
	if (file->fd >= 0 && ftruncate(file->fd, (off_t)file->bytes) != 0)
		append_close(file);
	return false;
}

void append_close(struct append_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

bool file_rotate(str path, unsigned keep, struct err *err)
{
	struct arena arena = { 0 };
	const char *z = NULL;
	bool good = path_of(&arena, path, &z, err);

	for (unsigned i = keep; i > 0 && good; i--) {
		str from = i > 1 ? arena_printf(&arena, "%s.%u", z, i - 1) : str_of(z);

		if (rename(from.p, arena_printf(&arena, "%s.%u", z, i).p) != 0 && errno != ENOENT)
			good = fail(err, ERR_IO, 0, "%s: %s", from.p, strerror(errno));
	}
	arena_free(&arena);
	return good;
}

bool dir_make(str path, unsigned mode, struct err *err)
{
	struct arena arena = { 0 };
	const char *z;
	struct stat st;
	bool good = path_of(&arena, path, &z, err);

	if (good && mkdir(z, (mode_t)mode) != 0 &&
		!(errno == EEXIST && stat(z, &st) == 0 && S_ISDIR(st.st_mode)))
		good = fail(err, ERR_IO, 0, "%s: %s", z, strerror(errno));
	arena_free(&arena);
	return good;
}

bool dir_make_temp(struct arena *arena, str prefix, str *path, struct err *err)
{
	str base = env_get("TMPDIR"), pattern;
	char *z;

	if (base.n == 0)
		base = S("/tmp");
	pattern = arena_printf(arena, "%.*s/%.*s-XXXXXX", STR(base), STR(prefix));
	z = NEWS(arena, char, pattern.n + 1);
	memcpy(z, pattern.p, pattern.n);
	if (!mkdtemp(z))
		return fail(err, ERR_IO, 0, "%s: %s", z, strerror(errno));
	*path = str_of(z);
	return true;
}

bool dir_exists(str path)
{
	struct arena arena = { 0 };
	struct stat status;
	bool there = stat(arena_copy(&arena, path).p, &status) == 0 && S_ISDIR(status.st_mode);

	arena_free(&arena);
	return there;
}

static int by_name(const void *a, const void *b)
{
	const str *x = a, *y = b;

	return str_cmp(*x, *y);
}

bool dir_list(struct arena *arena, str path, str **names, size_t *n, struct err *err)
{
	DIR *dir = opendir(arena_copy(arena, path).p);
	size_t cap = 0;

	*names = NULL;
	*n = 0;
	if (!dir)
		return fail(err, ERR_IO, 0, "%.*s: %s", STR(path), strerror(errno));
	for (struct dirent *entry; (entry = readdir(dir));) {
		str *bigger;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (*n == cap) {
			cap = cap ? cap * 2 : 64;
			bigger = NEWS(arena, str, cap);
			if (*n)
				memcpy(bigger, *names, *n * sizeof(**names));
			*names = bigger;
		}
		(*names)[(*n)++] = arena_copy(arena, str_of(entry->d_name));
	}
	closedir(dir);
	if (*n)
		qsort(*names, *n, sizeof(**names), by_name);
	return true;
}

/* One level: what Deputy makes in a temporary directory are files. */
void dir_remove(str path)
{
	struct arena arena = { 0 };
	const char *z = arena_copy(&arena, path).p;
	DIR *dir = opendir(z);

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(z);
	arena_free(&arena);
}

str env_get(const char *name)
{
	return str_of(getenv(name));
}

/* ---- output */

void out_str(str s)
{
	if (!write_all(STDOUT_FILENO, s)) {
		if (errno != EPIPE)
			fprintf(stderr, "deputy: standard output: %s\n", strerror(errno));
		exit(err_exit_status(ERR_IO));
	}
}

bool out_is_terminal(void)
{
	return isatty(STDOUT_FILENO) == 1;
}

/* ---- log */

enum { LINE_BYTES = 1024 }; /* most lines are shorter */

str log_quote(struct arena *arena, str s)
{
	enum { LONGEST = 256 };
	struct buf out = { .arena = arena };
	bool plain = s.n > 0 && s.n <= LONGEST;

	if (plain && str_plain(s, 0) == s.n && !memchr(s.p, ' ', s.n) && !memchr(s.p, '=', s.n))
		return s;
	for (size_t i = 0; plain && i < s.n; i++)
		plain = s.p[i] > ' ' && s.p[i] < 0x7F && s.p[i] != '"' && s.p[i] != '=' &&
			s.p[i] != '\\';
	if (plain)
		return s;
	buf_char(&out, '"');
	for (size_t i = 0; i < s.n && i < LONGEST; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_printf(&out, "\\%c", c);
		else if (c < ' ' || c >= 0x7F)
			buf_printf(&out, "\\x%02x", c);
		else
			buf_char(&out, (char)c);
	}
	buf_str(&out, s.n > LONGEST ? S("...\"") : S("\""));
	return buf_view(&out);
}

/* One line is one write, so that lines of two processes in one file never mix. */
static void write_line(enum log_level level, const struct buf *line)
{
	fwrite(line->p, 1, line->n, stderr);
	if (level == LOG_ERROR)
		fflush(stderr);
}

static void start_line(struct buf *line, enum log_level level, const char *msg)
{
	int64_t ms = now_ms();
	char part[] = { (char)('0' + ms / 100 % 10), (char)('0' + ms / 10 % 10),
		(char)('0' + ms % 10) };

	WRITE(line, S("time="), str_head(time_iso(line->arena, ms / 1000), 19), S("."),
		(str){ part, sizeof(part) },
		level == LOG_ERROR ? S("Z level=error") : S("Z level=info"), S(" msg="),
		str_of(msg));
}

void log_line(enum log_level level, const char *msg, const char *format, ...)
{
	SMALL_ARENA(arena, LINE_BYTES);
	struct buf line = { .arena = &arena };
	va_list args;

	start_line(&line, level, msg);
	if (*format)
		buf_char(&line, ' ');
	va_start(args, format);
	buf_vprintf(&line, format, args);
	va_end(args);
	buf_char(&line, '\n');
	write_line(level, &line);
	arena_free(&arena);
}

void log_parts(enum log_level level, const char *msg, const str *parts, size_t n)
{
	SMALL_ARENA(arena, LINE_BYTES);
	struct buf line = { .arena = &arena };

	start_line(&line, level, msg);
	buf_char(&line, ' ');
	buf_join(&line, parts, n);
	buf_char(&line, '\n');
	write_line(level, &line);
	arena_free(&arena);
}

void log_gather(void)
{
	static char gathered[65536]; /* the C library's own is of 4 KB, whatever it is asked for */

	setvbuf(stderr, gathered, _IOFBF, sizeof(gathered));
}

void log_flush(void)
{
	fflush(stderr);
}

/* ---- processes */

/* In the child: standard output becomes the pipe, and this program starts anew. */
static _Noreturn void run_self(int out, int log, const char *const *argv)
{
	char *args[64] = { NULL };

	for (size_t i = 0; i + 1 < COUNT(args) && argv[i]; i++)
		args[i] = strdup(argv[i]);
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody is left behind who serves nobody */
	if (dup2(out, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
		execv("/proc/self/exe", args);
	_exit(127);
}

static bool start_self(struct process *process, int log, const char *const *argv, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail(err, ERR_IO, 0, "a pipe: %s", strerror(errno));
	process->pid = fork();
	if (process->pid == 0)
		run_self(ends[1], log, argv);
	close(ends[1]);
	process->out = ends[0];
	if (process->pid < 0) {
		close(ends[0]);
		return fail(err, ERR_IO, 0, "a new process: %s", strerror(errno));
	}
	return true;
}

bool process_start_self(struct process *process, const char *const *argv, str log_path,
	struct err *err)
{
	struct arena arena = { 0 };
	const char *z;
	bool good = path_of(&arena, log_path, &z, err);
	int log = good ? open(z, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	if (good && log < 0)
		good = fail(err, ERR_IO, 0, "%s: %s", z, strerror(errno));
	good = good && start_self(process, log, argv, err);
	if (log >= 0)
		close(log);
	arena_free(&arena);
	return good;
}

/* Waits for one byte more until `deadline`. */
static bool read_byte(struct process *process, uint64_t deadline, char *byte)
{
	for (;;) {
		uint64_t now = monotonic_ns();
		struct pollfd p = { .fd = process->out, .events = POLLIN };
		int ready = now < deadline ? poll(&p, 1, (int)((deadline - now) / 1000000) + 1) : 0;

		if (ready > 0)
			return read(process->out, byte, 1) == 1;
		if (ready == 0 || errno != EINTR)
			return false;
	}
}

bool process_read_line(struct arena *arena, struct process *process, int timeout_ms, str *line,
	struct err *err)
{
	uint64_t deadline = monotonic_ns() + (uint64_t)timeout_ms * 1000000;
	struct buf out = { .arena = arena };
	char c;

	while (read_byte(process, deadline, &c)) {
		if (c == '\n') {
			*line = buf_view(&out);
			return true;
		}
		if (out.n == LIMIT_HEADER_BYTES)
			break;
		buf_char(&out, c);
	}
	return fail(err, ERR_INTERNAL, 0, "a process that was started said nothing in %d ms",
		timeout_ms);
}

int process_wait(struct process *process)
{
	int status;

	close(process->out);
	while (waitpid(process->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void process_stop(struct process *process)
{
	enum { STEP_MS = 10, STEPS = 500 };
	int status;

	kill(process->pid, SIGTERM);
	for (int i = 0; i < STEPS; i++) {
		if (waitpid(process->pid, &status, WNOHANG) != 0) {
			close(process->out);
			return;
		}
		nanosleep(&(struct timespec){ .tv_nsec = STEP_MS * 1000000 }, NULL);
	}
	kill(process->pid, SIGKILL);
	process_wait(process);
}

/* ---- a thread for what takes long */

struct worker {
	pthread_t thread;
	sem_t wake;
	atomic_bool stop;
};

bool worker_must_stop(const struct worker *worker)
{
	return atomic_load(&worker->stop);
}

void worker_wait(struct worker *worker)
{
	while (sem_wait(&worker->wake) != 0) /* EINTR */
		;
}

bool worker_start(struct worker **worker, worker_run *run, void *context)
{
	struct worker *new = calloc(1, sizeof(*new));
	sigset_t all, before;
	bool good;

	if (!new)
		abort();
	*worker = new;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	good = sem_init(&new->wake, 0, 0) == 0 &&
	       pthread_create(&new->thread, NULL, run, context) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (good)
		return true;
	free(new);
	*worker = NULL;
	return false;
}

void worker_wake(struct worker *worker)
{
	sem_post(&worker->wake);
}

void worker_stop(struct worker *worker)
{
	if (!worker)
		return;
	atomic_store(&worker->stop, true);
	worker_wake(worker);
	pthread_join(worker->thread, NULL);
	sem_destroy(&worker->wake);
	free(worker);
}

void core_dumps_off(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
}

/* ---- signals: blocked in every thread, and taken by whoever waits */

static void stop_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

void stop_watch(void)
{
	sigset_t set;

	stop_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool stop_asked(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && (sigismember(&set, SIGINT) || sigismember(&set, SIGTERM));
}

void stop_wait(void)
{
	sigset_t set;
	int signal_number;

	stop_set(&set);
	while (sigwait(&set, &signal_number) != 0)
		continue;
}
