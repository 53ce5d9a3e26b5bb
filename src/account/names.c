/*
 * names.c -- ARNs, ids and keys: how AWS writes the names of things.
 *
 * An access key id is four letters and 80 bits in base 32: a one, the account's number in 40
 * bits, and 39 random bits, so that the account can be read off the key as off AWS's.
 */
#include "account/account.h"

#include <string.h>

#define BASE32 "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

str new_unique_id(struct arena *arena, str prefix)
{
	return JOIN(arena, prefix, random_text(arena, S(BASE32), 17));
}

str new_resource_id(struct arena *arena, str prefix)
{
	return JOIN(arena, prefix, random_text(arena, S("0123456789abcdef"), 17));
}

str new_access_key_id(struct arena *arena, str prefix, str account_id)
{
	uint64_t random;

	random_bytes(&random, sizeof(random));
	return access_key_id(arena, prefix, account_id, random);
}

str access_key_id(struct arena *arena, str prefix, str account_id, uint64_t random)
{
	uint64_t account = 0;
	char text[16];

	if (!str_u64(account_id, 999999999999, &account))
		account = 0;
	for (size_t i = 0; i < 8;
		i++) { /* the first 40 of 80 bits: a one and 39 of the account's */
		uint64_t high = UINT64_C(1) << 39 | account >> 1;

		text[i] = BASE32[high >> (35 - 5 * i) & 31];
	}
	for (size_t i = 0; i < 8; i++) /* the account's last bit and 39 random ones */
		text[8 + i] = BASE32[random >> (35 - 5 * i) & 31];
	text[8] = BASE32[(account & 1) << 4 | (random >> 35 & 15)];
	return JOIN(arena, prefix, (str){ text, sizeof(text) });
}

bool access_key_account(struct arena *arena, str id, str *account_id)
{
	uint64_t bits = 0;

	if (id.n != 20 || (!str_starts(id, S("AKIA")) && !str_starts(id, S("ASIA"))))
		return false;
	for (size_t i = 4; i < 13; i++) { /* 45 bits: a one, the account, four random ones */
		size_t digit = str_find(S(BASE32), (str){ &id.p[i], 1 });

		if (digit == SIZE_MAX)
			return false;
		bits = bits << 5 | digit;
	}
	if (!(bits >> 44))
		return false;
	bits = (bits & ((UINT64_C(1) << 44) - 1)) >> 4;
	*account_id = arena_printf(arena, "%012llu", (unsigned long long)bits);
	return account_id->n == 12;
}

str new_secret_key(struct arena *arena)
{
	return random_text(arena,
		S("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"), 40);
}

str iam_arn(struct arena *arena, str account_id, str rest)
{
	return JOIN(arena, S("arn:aws:iam::"), account_id, S(":"), rest);
}

str role_arn(struct arena *arena, str account_id, str path, str name)
{
	return JOIN(arena, S("arn:aws:iam::"), account_id, S(":role"), path, name);
}

str service_arn(struct call *call, str service, str rest)
{
	return JOIN(call->arena, S("arn:aws:"), service, S(":"), call->region, S(":"),
		call->account_id, S(":"), rest);
}

str iam_key(struct arena *arena, str account_id, const char *kind, str name)
{
	return JOIN(arena, S("/"), account_id, S("/iam/"), str_of(kind), S("/"),
		arena_lower(arena, name));
}
