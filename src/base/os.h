/*
 * os.h -- the one window to files, the clock, processes and the log.
 */
#ifndef DEPUTY_OS_H
#define DEPUTY_OS_H

#include "base/base.h"

/* ---- the clock: since 1970-01-01 UTC. base.h writes times as text. */

int64_t now_s(void);
int64_t now_ms(void);        /* of the same clock */
uint64_t coarse_ns(void);    /* of monotonic_ns()'s clock, some milliseconds old */
uint64_t monotonic_ns(void); /* for measuring only */

/* ---- files. `path` "-" is standard input where a file is read. */

/* The whole file; ERR_LIMIT if longer than max_bytes, ERR_IO with the path and the reason. */
MUST_USE bool file_read(struct arena *arena, str path, size_t max_bytes, str *text,
	struct err *err);
/* Writes beside it, syncs, and renames: the file has the old text or the new one, never half. */
MUST_USE bool file_write(str path, str text, unsigned mode, struct err *err);
bool file_exists(str path);
/* A lock for as long as this process lives, or until file_release(); -1: not to be had. */
int file_hold(str path);
void file_release(int held);
bool file_is_held(str path); /* by another process */
/* The path from the root, without symbolic links; as it was given if there is no such file. */
str file_absolute(struct arena *arena, str path);
MUST_USE bool dir_make(str path, unsigned mode, struct err *err); /* fine if it is there */
MUST_USE bool dir_make_temp(struct arena *arena, str prefix, str *path, struct err *err);
bool dir_exists(str path);
/* The names in it, in byte order, without "." and "..". */
MUST_USE bool dir_list(struct arena *arena, str path, str **names, size_t *n, struct err *err);
void dir_remove(str path); /* with all that is in it; for what dir_make_temp made */

/* A file that only grows: a log. What is written is there whole or not at all, but not synced. */
struct append_file {
	int fd; /* -1: closed */
	uint64_t bytes;
};

MUST_USE bool append_open(struct append_file *file, str path, unsigned mode, struct err *err);
MUST_USE bool append_write(struct append_file *file, str text, struct err *err);
void append_close(struct append_file *file);
/* The file becomes PATH.1, PATH.1 becomes PATH.2 and so on; what would be PATH.`keep`+1 is gone. */
MUST_USE bool file_rotate(str path, unsigned keep, struct err *err);

str env_get(const char *name); /* {0} if unset */

/* ---- terminal output. Errors on standard output (a closed pipe, a full disk) end the process. */

void out_str(str s);
bool out_is_terminal(void);

/* ---- log: one line of logfmt on standard error, `time= level= msg=` and what follows.
 * Callers never pass a secret. */

enum log_level { LOG_ERROR, LOG_INFO };
void log_line(enum log_level level, const char *msg, const char *format, ...) PRINTF(3, 4);
/* The same of parts, in place of a format. */
void log_parts(enum log_level level, const char *msg, const str *parts, size_t n);
#define LOG(level, msg, ...)                                    \
	log_parts((level), (msg), (const str[]){ __VA_ARGS__ }, \
		COUNT(((const str[]){ __VA_ARGS__ })))
/* From now on lines wait for log_flush() or a LOG_ERROR. For a server that flushes when it is
 * about to wait; call once, before the first line. */
void log_gather(void);
void log_flush(void);
str log_quote(struct arena *arena, str s); /* bounded, quoted and escaped where needed */

/* ---- processes: this same program, started again with other arguments. */

struct process {
	int pid;
	int out; /* reading end of its standard output */
};

/* Its standard error is appended to the file `log_path`. argv[0] is the program's name. */
MUST_USE bool process_start_self(struct process *process, const char *const *argv, str log_path,
	struct err *err);
MUST_USE bool process_read_line(struct arena *arena, struct process *process, int timeout_ms,
	str *line, struct err *err);
int process_wait(struct process *process);  /* its exit status; 128+n for signal n */
void process_stop(struct process *process); /* SIGTERM, then waits; SIGKILL after five seconds */

/* ---- a thread for what takes long. It works, then waits to be woken, until it must stop; signals
 * are not for it. */

typedef void *worker_run(void *context);

struct worker;
/* `worker` is set before `run` starts. False: there can be none. */
MUST_USE bool worker_start(struct worker **worker, worker_run *run, void *context);
void worker_wait(struct worker *worker); /* for `run`: until somebody wakes it */
bool worker_must_stop(const struct worker *worker);
void worker_wake(struct worker *worker);
void worker_stop(struct worker *worker); /* and waits for its end; NULL: nothing to do */

/* No core dump of this process and its children: it would hold secrets. */
void core_dumps_off(void);

/* ---- signals: true once SIGINT or SIGTERM has come. */

void stop_watch(void); /* call once, before anything is started */
void stop_wait(void);  /* blocks until one comes */
bool stop_asked(void); /* has one come? It stays there for stop_wait() */

#endif
