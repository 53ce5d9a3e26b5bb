/*
 * check.h -- what the files of `deputy check` share.
 */
#ifndef DEPUTY_CHECK_H
#define DEPUTY_CHECK_H

#include "policy/policy.h"

struct checked { /* one file */
	str name, text;
	enum policy_kind kind;
	bool guessed;
	struct policy_findings findings;
};

void check_count(const struct checked *checked, size_t counts[SEVERITY_SUGGESTION + 1]);

/* A SARIF 2.1.0 log with one run: the rules that were broken, and where. */
struct json *check_sarif(struct arena *arena, const struct checked *checked, size_t n);

#endif
