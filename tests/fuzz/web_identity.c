/*
 * web_identity.c -- any token and any key set, which come from strangers: no crash, and nobody is
 * believed whom no key vouches for.
 *
 * The input is a key set, a line feed, and a token. The keys that are in the key set are whatever
 * the fuzzer makes of them; it cannot sign with any.
 */
#include "account/sts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = { (const char *)data, size }, keys = text, token = text;
	struct account account = { 0 };
	struct arena arena = { 0 };
	struct call call = { .arena = &arena,
		.account = &account,
		.protocol = PROTOCOL_QUERY,
		.now_s = 1800000000 };
	struct web_identity who;
	struct err err;

	str_cut(text, '\n', &keys, &token);
	if (account_trust_issuer(&account, S("https://a.example"), keys, &err) !=
		(account.issuers != NULL))
		abort();
	if (oidc_verify(&call, token, &who) || call.fault == FAULT_NONE)
		abort();
	(void)oidc_claimed_issuer(&call, token);
	arena_free(&arena);
	arena_free(&account.arena);
	return 0;
}
