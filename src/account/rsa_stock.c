/*
 * rsa_stock.c -- RSA keys made ahead, so that nobody waits for CreateKeyPair.
 *
 * Making one takes about a tenth of a second, and one thread answers all calls. Another one fills a
 * ring of a few keys, and sleeps when it is full; CreateKeyPair takes one and wakes it. Each side
 * only ever writes its own end of the ring, so two counters are all that they share. Keys stand in
 * memory only, and are wiped when they are taken, or never were.
 *
 * Most servers never make a key pair, and eight keys cost a second: none is made before the first
 * call to EC2 was allowed. Who is so early that there never was one waits while his is made.
 * Whoever takes faster than keys are made is told to try again, as EC2 tells who calls too often.
 */
#include "account/account.h"

#include "base/crypto.h"
#include "base/os.h"

#include <stdatomic.h>

enum { STOCK = 8 };

struct made {
	struct arena arena;
	struct rsa_pair pair;
};

struct rsa_stock {
	struct made ring[STOCK];
	atomic_size_t made, taken; /* ever; the ring holds what is between */
	bool wanted;               /* the thread that answers calls has woken the other one */
	struct worker *worker;
	struct arena arena; /* of this struct */
};

static void forget(struct made *made)
{
	arena_wipe(&made->arena);
	*made = (struct made){ 0 };
}

static void fill(struct rsa_stock *stock)
{
	size_t n = atomic_load(&stock->made);

	while (!worker_must_stop(stock->worker) && n - atomic_load(&stock->taken) < STOCK) {
		struct made *made = &stock->ring[n % STOCK];

		rsa_generate(&made->arena, &made->pair);
		atomic_store(&stock->made, ++n);
	}
}

static void *keep_full(void *context)
{
	struct rsa_stock *stock = context;

	while (!worker_must_stop(stock->worker)) {
		worker_wait(stock->worker);
		fill(stock);
	}
	return NULL;
}

void account_make_ahead(struct account *account)
{
	struct arena arena = { 0 };
	struct rsa_stock *stock = NEW(&arena, struct rsa_stock);

	stock->arena = arena;
	if (worker_start(&stock->worker, keep_full, stock))
		account->rsa_stock = stock;
	else
		arena_free(&arena);
}

void rsa_stock_want(struct rsa_stock *stock)
{
	if (!stock || stock->wanted)
		return;
	stock->wanted = true;
	worker_wake(stock->worker);
}

static void copy_pair(struct arena *arena, const struct rsa_pair *from, struct rsa_pair *to)
{
	*to = (struct rsa_pair){
		.modulus = arena_copy(arena, from->modulus),
		.exponent = arena_copy(arena, from->exponent),
		.private = arena_copy(arena, from->private),
		.prime1 = arena_copy(arena, from->prime1),
		.prime2 = arena_copy(arena, from->prime2),
		.coefficient = arena_copy(arena, from->coefficient),
		.pkcs1 = arena_copy(arena, from->pkcs1),
		.pkcs8 = arena_copy(arena, from->pkcs8),
	};
}

bool rsa_stock_take(struct arena *arena, struct rsa_stock *stock, struct rsa_pair *pair)
{
	struct made *made;
	size_t n, ever = stock ? atomic_load(&stock->made) : 0;

	if (!ever) {
		rsa_generate(arena, pair);
		return true;
	}
	n = atomic_load(&stock->taken);
	if (n == ever)
		return false;
	made = &stock->ring[n % STOCK];
	copy_pair(arena, &made->pair, pair);
	forget(made);
	atomic_store(&stock->taken, n + 1);
	worker_wake(stock->worker);
	return true;
}

void rsa_stock_close(struct rsa_stock *stock)
{
	struct arena arena;

	if (!stock)
		return;
	worker_stop(stock->worker);
	for (size_t i = 0; i < STOCK; i++)
		forget(&stock->ring[i]);
	arena = stock->arena;
	arena_free(&arena);
}
