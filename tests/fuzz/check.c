/*
 * check.c -- `deputy check` on any text, as each kind of policy.
 *
 * The oracle: findings are in order and inside the text, each can be told, and
 * AWS's refusal and our errors agree: what policy_check() refuses has an error.
 * The first byte chooses the kind.
 */
#include "policy/policy.h"

#include <stdlib.h>

static void require(bool good)
{
	if (!good)
		abort();
}

static void tell(struct arena *arena, const struct policy_finding *f)
{
	struct buf out = { .arena = arena };

	finding_sentence(&out, f);
	finding_fix(&out, f);
	for (size_t i = 0; i < out.n; i++)
		require((unsigned char)out.p[i] >= ' ' && out.p[i] != 127);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = { (const char *)data, size };
	struct policy_findings f;
	struct arena arena = { 0 };
	enum policy_kind kind =
		size ? (enum policy_kind)(data[0] % (POLICY_ENDPOINT + 1)) : POLICY_IDENTITY;
	bool errors = false;

	text = str_from(text, 1);
	policy_lint(&arena, text, kind, S("111122223333"), &f);
	for (size_t i = 0; i < f.n; i++) {
		require(f.item[i].at <= text.n);
		require(i == 0 || f.item[i - 1].at <= f.item[i].at);
		errors |= finding_rule(f.item[i].id)->severity == SEVERITY_ERROR;
		tell(&arena, &f.item[i]);
	}
	require(f.errors == errors || f.cut);
	require(!f.refused.n || f.errors);
	(void)policy_guess(&arena, text, &kind);
	arena_free(&arena);
	return 0;
}
