/*
 * policies.h -- policies given as files on the command line: --identity FILE and so on,
 * for the commands that decide.
 */
#ifndef DEPUTY_CLI_POLICIES_H
#define DEPUTY_CLI_POLICIES_H

#include "cli/cli.h"
#include "engine/engine.h"

/* Rows for a command's option table; policies_read() finds them by name. */
#define POLICY_OPTIONS                                                                    \
	{ "identity", "FILE", "an identity-based policy" },                               \
		{ "trust", "FILE", "the trust policy of the role that is the resource" }, \
		{ "resource-policy", "FILE", "the resource's own policy" },               \
		{ "boundary", "FILE", "a permissions boundary" },                         \
		{ "session", "FILE", "a session policy" },                                \
		{ "endpoint", "FILE", "the policy of the VPC endpoint" },                 \
		{ "scp", "FILE...", "an SCP; given again, the next level below" },        \
	{                                                                                 \
		"rcp", "FILE...", "an RCP, likewise"                                      \
	}

MUST_USE bool policies_read(struct arena *arena, const struct arguments *arguments,
	struct eval_shared *shared, struct err *err);

#endif
