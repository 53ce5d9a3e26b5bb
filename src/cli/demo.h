/*
 * demo.h -- the demo's three parts: the stage it plays on, the steps, and the report.
 */
#ifndef DEPUTY_DEMO_H
#define DEPUTY_DEMO_H

#include "base/json.h"
#include "base/os.h"
#include "grant/grant.h"
#include "vendor/vendor.h"

/* ---- demo_report.c: what happens, told as text at once or as JSON at the end. */

struct report {
	struct arena *arena;
	bool json, colour;
	struct json *root, *lines, *rows; /* lines: of the step under way */
	size_t allowed, denied, wrong;
	struct json *remarks;
};

void report_open(struct report *report, struct arena *arena, bool json, bool colour);
void report_step(struct report *report, const char *title);
void report_say(struct report *report, const char *format, ...) PRINTF(2, 3);
void report_refusal(struct report *report, const char *typed, const struct err *err);
void report_attempt(struct report *report, const struct attempt *attempt);
void report_row(void *report, const struct rehearsal_row *row); /* a rehearsal_sink */
void report_close(struct report *report, bool proven, uint64_t milliseconds);

/* ---- demo_stage.c: two accounts with what stands in them before the document begins. */

struct stage {
	struct arena *arena;
	struct report *report;
	str dir, endpoint, region;
	struct process account;
	bool running;
	struct client *client;
	struct credentials vendor_administrator, customer_administrator;
	struct credentials vendor_session; /* of the vendor's own role zilliz-byoc */
	struct json *facts;                /* for the rehearsal's placeholders */
};

#define VENDOR_ACCOUNT   "965570967084"
#define CUSTOMER_ACCOUNT "111122223333"

MUST_USE bool stage_open(struct stage *stage, struct err *err);
MUST_USE bool stage_vendor(struct stage *stage, struct err *err);
MUST_USE bool stage_customer(struct stage *stage, struct err *err);
void stage_close(struct stage *stage, bool keep);

#endif
