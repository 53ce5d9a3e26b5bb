/*
 * store.h -- keys and values that survive: what was acknowledged is there after a crash.
 *
 * May include: base.
 *
 * Keys are paths ("/111122223333/iam/role/app"), values are bytes. One process
 * has a store open at a time; a second is refused.
 */
#ifndef DEPUTY_STORE_H
#define DEPUTY_STORE_H

#include "base/base.h"

struct store;

/* Opens the database file, making it if `create`. ERR_IO: in one sentence, with the path;
 * a damaged database or one of another version is named and never served. */
MUST_USE bool store_open(str path, bool create, struct store **store, struct err *err);
void store_close(struct store *store);

/* Calls `each` for every key in byte order; stops at false and answers false. */
typedef bool store_visitor(void *context, str key, str value, struct err *err);
MUST_USE bool store_each(struct store *store, store_visitor *each, void *context, struct err *err);

struct change {
	str key;
	bool delete;
	str value;
};

/* All or nothing, on the disk before it answers true. ERR_IO: nothing was changed. */
MUST_USE bool store_commit(struct store *store, const struct change *changes, size_t n,
	struct err *err);

#endif
