/*
 * keys.c -- keys that calls need all the time, made ready when an account is opened.
 *
 * Keys for one purpose each are derived from the master key once. Signing keys, which take a
 * secret to be unsealed and four HMACs, depend on access key, day, region and service only, so
 * those in use are kept: a table in which each has one place, and takes it from whoever had it.
 * A temporary key's session token belongs to its name, since the secret depends on it.
 *
 * Nothing is decided here: whether an access key may be used is asked for every call, before its
 * signing key is looked up.
 */
#include "account/account.h"

#include <stdlib.h>
#include <string.h>

enum {
	PLACES = 1024, /* a power of two */
	NAME_BYTES = 256,
	TOKEN_TAIL_BYTES = 44 /* the end of a token: its seal's tag is in there */
};

struct signing_key {
	size_t n;
	char name[NAME_BYTES]; /* ID/DATE/REGION/SERVICE/TOKEN'S END */
	struct hmac_key key;
};

struct keys {
	struct sealer *sealers[SEALER_COUNT];
	struct hmac_key session_secrets;
	struct random random;
	struct signing_key signing[PLACES];
};

struct keys *keys_open(const unsigned char master[MASTER_KEY_BYTES])
{
	static const str purposes[SEALER_COUNT] = {
		[SEALER_SESSIONS] = SC("session tokens 1"),
		[SEALER_SECRETS] = SC("access key secrets 1"),
	};
	struct keys *keys = calloc(1, sizeof(*keys));
	unsigned char key[SHA256_BYTES];

	if (!keys)
		abort();
	for (size_t i = 0; i < SEALER_COUNT; i++) {
		derive_key(master, purposes[i], key);
		keys->sealers[i] = sealer_open(key);
	}
	derive_key(master, S("session secrets 1"), key);
	hmac_key_set(&keys->session_secrets, (str){ (const char *)key, sizeof(key) });
	secret_wipe(key, sizeof(key));
	return keys;
}

void keys_close(struct keys *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < SEALER_COUNT; i++)
		sealer_close(keys->sealers[i]);
	secret_wipe(keys, sizeof(*keys));
	free(keys);
}

struct sealer *keys_sealer(const struct keys *keys, enum sealer_purpose purpose)
{
	return keys->sealers[purpose];
}

struct random *keys_random(struct keys *keys)
{
	return &keys->random;
}

void keys_session_mac(const struct keys *keys, str text, unsigned char mac[SHA256_BYTES])
{
	hmac_with(&keys->session_secrets, text, mac);
}

/* ---- signing keys */

/* Writes the key's name; 0: it is too long for a place. */
static size_t name_of(const struct sigv4_claim *claim, char name[NAME_BYTES])
{
	str token = claim->session_token;
	const str parts[] = { claim->access_key_id, claim->date, claim->region, claim->service,
		str_from(token, token.n > TOKEN_TAIL_BYTES ? token.n - TOKEN_TAIL_BYTES : 0) };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(parts); i++) {
		if (parts[i].n >= NAME_BYTES - n)
			return 0;
		if (parts[i].n)
			memcpy(name + n, parts[i].p, parts[i].n);
		n += parts[i].n;
		name[n++] = '/';
	}
	return n;
}

static struct signing_key *place_of(struct keys *keys, str name)
{
	return &keys->signing[str_hash(name) % PLACES];
}

const struct hmac_key *signing_key_find(struct keys *keys, const struct sigv4_claim *claim)
{
	char name[NAME_BYTES];
	size_t n = name_of(claim, name);
	const struct signing_key *place = place_of(keys, (str){ name, n });

	if (!n || !str_eq((str){ place->name, place->n }, (str){ name, n }))
		return NULL;
	return &place->key;
}

void signing_key_keep(struct keys *keys, const struct sigv4_claim *claim,
	const struct hmac_key *key)
{
	char name[NAME_BYTES];
	size_t n = name_of(claim, name);
	struct signing_key *place = place_of(keys, (str){ name, n });

	if (!n)
		return;
	secret_wipe(place, sizeof(*place));
	memcpy(place->name, name, n);
	place->key = *key;
	place->n = n;
}
