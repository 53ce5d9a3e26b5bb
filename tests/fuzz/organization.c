/*
 * organization.c -- any organization's file: no crash; an error has its place inside the text;
 * and an account of an organization that was taken is limited at every level above it.
 */
#include "account/account.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account account = { 0 };
	str text = { (const char *)data, size };
	struct err err = { 0 };

	if (account_join(&account, S("fuzz"), text, &err)) {
		const struct member *member = find_member(&account, S("111122223333"));

		if (member && (member->nscp < 2 || member->nscp != member->nrcp ||
				      !str_starts(member->path, organization_id(&account))))
			abort();
		for (size_t i = 0; member && i < member->nscp; i++)
			if (!member->scp[i].program || !member->rcp[i].program)
				abort();
	} else if (err.at > size || !err.text[0] || account.organization) {
		abort();
	}
	arena_free(&account.arena);
	return 0;
}
