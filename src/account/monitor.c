/*
 * monitor.c -- what is counted, and the operator's own address: GET /health, GET /metrics.
 *
 * Counters are written by the thread that answers calls and read by the monitor's; each is one
 * atomic number, so a reading may be between two of them, but is never torn. /health answers 503
 * while the last write to the store or to the event log failed. Metrics are in Prometheus's text
 * format (version 0.0.4).
 */
#include "account/account.h"

#include "base/os.h"

static const char *const service_names[METER_SERVICES] = { "iam", "sts", "ec2", "eks", "s3" };
static const char *const outcome_names[OUTCOMES] = { [OUTCOME_ALLOWED] = "allow",
	[OUTCOME_DENIED] = "deny",
	[OUTCOME_REFUSED] = "refuse",
	[OUTCOME_FAILED] = "failure" };

/* Of a call's time, in microseconds; what passes the last is counted in all calls only. */
static const unsigned bounds_us[METER_BUCKETS] = { 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000,
	50000, 250000, 1000000 };

/* ---- counting. */

static enum outcome outcome_of(const struct call *call)
{
	if (call->fault == FAULT_NONE)
		return OUTCOME_ALLOWED;
	if (call->fault == FAULT_ACCESS_DENIED)
		return OUTCOME_DENIED;
	return call->fault == FAULT_INTERNAL ? OUTCOME_FAILED : OUTCOME_REFUSED;
}

static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void meter_call(struct call *call, uint64_t ns)
{
	struct meters *meters = &call->account->meters;

	for (size_t i = 0; i < METER_SERVICES; i++)
		if (str_eq(call->service, str_of(service_names[i])))
			add(&meters->calls[i][outcome_of(call)], 1);
	for (size_t i = 0; i < METER_BUCKETS; i++)
		if (ns <= UINT64_C(1000) * bounds_us[i]) {
			add(&meters->slower[i], 1);
			break;
		}
	add(&meters->call_ns, ns);
	atomic_store_explicit(&meters->records, call->account->n, memory_order_relaxed);
}

void meter_store(struct account *account, bool good)
{
	if (!good)
		add(&account->meters.store_failures, 1);
	atomic_store(&account->meters.store_failing, !good);
}

/* ---- telling. */

static uint64_t read(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void number(struct buf *out, const char *name, const char *type, const char *help,
	uint64_t value)
{
	head(out, name, type, help);
	buf_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static uint64_t write_calls(struct buf *out, const struct meters *meters)
{
	uint64_t all = 0;

	head(out, "deputy_calls_total", "counter", "Calls answered, by service and decision.");
	for (size_t i = 0; i < METER_SERVICES; i++)
		for (size_t k = 0; k < OUTCOMES; k++) {
			uint64_t n = read(&meters->calls[i][k]);

			all += n;
			buf_printf(out, "deputy_calls_total{service=\"%s\",decision=\"%s\"} %llu\n",
				service_names[i], outcome_names[k], (unsigned long long)n);
		}
	return all;
}

static void write_times(struct buf *out, const struct meters *meters, uint64_t calls)
{
	uint64_t below = 0;

	head(out, "deputy_call_seconds", "histogram", "Time to answer a call.");
	for (size_t i = 0; i < METER_BUCKETS; i++) {
		below += read(&meters->slower[i]);
		buf_printf(out, "deputy_call_seconds_bucket{le=\"%.6f\"} %llu\n",
			(double)bounds_us[i] / 1e6, (unsigned long long)below);
	}
	if (calls < below)
		calls = below;
	buf_printf(out, "deputy_call_seconds_bucket{le=\"+Inf\"} %llu\n",
		(unsigned long long)calls);
	buf_printf(out, "deputy_call_seconds_sum %.6f\n", (double)read(&meters->call_ns) / 1e9);
	buf_printf(out, "deputy_call_seconds_count %llu\n", (unsigned long long)calls);
}

static void write_metrics(struct buf *out, const struct meters *meters)
{
	write_times(out, meters, write_calls(out, meters));
	number(out, "deputy_records", "gauge", "Records that the accounts hold.",
		read(&meters->records));
	number(out, "deputy_store_failures_total", "counter", "Changes that could not be stored.",
		read(&meters->store_failures));
	number(out, "deputy_event_failures_total", "counter", "Events that could not be written.",
		read(&meters->event_failures));
	number(out, "deputy_start_time_seconds", "gauge", "When serving began, since 1970.",
		(uint64_t)meters->started_s);
}

static unsigned write_health(struct buf *out, const struct meters *meters)
{
	bool store = !atomic_load(&meters->store_failing);
	bool events = !atomic_load(&meters->events_failing);

	buf_printf(out, "{\"status\":\"%s\",\"store\":\"%s\",\"events\":\"%s\"}\n",
		store && events ? "ok" : "failing", store ? "ok" : "failing",
		events ? "ok" : "failing");
	return store && events ? 200 : 503;
}

void account_monitor(void *context, struct arena *arena, const struct http_request *request,
	struct http_response *response)
{
	const struct account *account = context;
	struct buf out = { .arena = arena };
	bool get = str_eq(request->method, S("GET")) || str_eq(request->method, S("HEAD"));
	str type = S("text/plain; charset=utf-8");

	response->status = 200;
	if (!get) {
		response->status = 405;
		http_add_header(arena, &response->headers, &response->nheaders,
			&response->cap_headers, S("Allow"), S("GET, HEAD"));
		buf_str(&out, S("only GET is answered here\n"));
	} else if (str_eq(request->path, S("/health"))) {
		response->status = write_health(&out, &account->meters);
		type = S("application/json");
	} else if (str_eq(request->path, S("/metrics"))) {
		write_metrics(&out, &account->meters);
		type = S("text/plain; version=0.0.4; charset=utf-8");
	} else {
		response->status = 404;
		buf_str(&out, S("there are /health and /metrics\n"));
	}
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("Content-Type"), type);
	http_add_header(arena, &response->headers, &response->nheaders, &response->cap_headers,
		S("Cache-Control"), S("no-store"));
	response->body = buf_view(&out);
}
