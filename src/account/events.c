/*
 * events.c -- the event log: a line of JSON for each call, or one for each of two accounts
 * (event.c), in a file that is rotated by size.
 *
 * A line is written after the call was answered for, and before its answer is sent. It is on its
 * way to the disk when the answer is, but not synced: a power cut may take the last seconds.
 *
 * When a line cannot be written (the disk is full, the file cannot be made), it waits in memory,
 * and the next call tries again. As long as lines wait, nothing may be changed: such calls are
 * answered with an internal error, and reads go on. So at most what was under way when the disk
 * filled up is recorded late, and nothing goes unrecorded unless more than PENDING_MAX_BYTES of
 * reads wait; those that no longer fit are counted, and the log says so.
 */
#include "account/account.h"

#include "base/os.h"

enum { PENDING_MAX_BYTES = 1 << 20, EVENT_FILE_MODE = 0600 };

struct events {
	struct arena arena; /* holds this struct */
	struct append_file file;
	str path;
	uint64_t max_bytes;
	struct arena waiting_arena;
	struct buf waiting; /* lines that could not be written yet */
	uint64_t lost;
};

bool account_record(struct account *account, str path, uint64_t max_bytes, struct err *err)
{
	struct arena arena = { 0 };
	struct events *events = NEW(&arena, struct events);

	events->arena = arena;
	events->path = arena_copy(&events->arena, path);
	events->max_bytes = max_bytes ? max_bytes : LIMIT_EVENT_LOG_BYTES;
	if (!append_open(&events->file, events->path, EVENT_FILE_MODE, err)) {
		events_close(events);
		return false;
	}
	account->events = events;
	return true;
}

void events_close(struct events *events)
{
	struct arena arena;

	if (!events)
		return;
	append_close(&events->file);
	arena_free(&events->waiting_arena);
	arena = events->arena;
	arena_free(&arena);
}

/* ---- writing. */

static bool make_room(struct events *events, size_t n, struct err *err)
{
	if (events->file.fd >= 0 && events->file.bytes &&
		events->file.bytes + n > events->max_bytes) {
		append_close(&events->file);
		if (!file_rotate(events->path, LIMIT_EVENT_LOGS, err))
			return false;
	}
	return events->file.fd >= 0 ||
	       append_open(&events->file, events->path, EVENT_FILE_MODE, err);
}

static void empty_waiting(struct events *events)
{
	arena_free(&events->waiting_arena);
	events->waiting = (struct buf){ 0 };
	events->lost = 0;
}

static void keep_waiting(struct events *events, str line)
{
	if (events->waiting.n + line.n > PENDING_MAX_BYTES) {
		events->lost++;
		return;
	}
	events->waiting.arena = &events->waiting_arena;
	buf_str(&events->waiting, line);
}

/* What waits, oldest first. */
static bool flush(struct account *account, struct err *err)
{
	struct events *events = account->events;

	if (!events->waiting.n)
		return true;
	if (!make_room(events, events->waiting.n, err) ||
		!append_write(&events->file, buf_view(&events->waiting), err))
		return false;
	log_line(LOG_INFO, "events are written again", "lost=%llu",
		(unsigned long long)events->lost);
	empty_waiting(events);
	atomic_store(&account->meters.events_failing, false);
	return true;
}

static void failed(struct call *call, const struct err *err)
{
	struct meters *meters = &call->account->meters;

	atomic_fetch_add(&meters->event_failures, 1);
	if (!atomic_exchange(&meters->events_failing, true))
		log_line(LOG_ERROR, "events", "why=%.*s",
			STR(log_quote(call->arena, str_of(err->text))));
}

static void write_lines(struct call *call, str lines)
{
	struct events *events = call->account->events;
	struct err err;

	if (flush(call->account, &err) && make_room(events, lines.n, &err) &&
		append_write(&events->file, lines, &err))
		return;
	failed(call, &err);
	keep_waiting(events, lines);
}

bool event_log_ready(struct call *call)
{
	struct err err;

	if (!call->account->events || flush(call->account, &err))
		return true;
	failed(call, &err);
	return refuse(call, FAULT_INTERNAL, "The change could not be recorded.");
}

void event_write(struct call *call, unsigned status)
{
	struct buf lines = { .arena = call->arena };

	if (!call->account->events)
		return;
	event_lines(call, status, &lines);
	write_lines(call, buf_view(&lines));
}
