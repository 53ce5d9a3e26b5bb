/*
 * crypto.h -- hashing, sealing, randomness and comparing secrets (OpenSSL's libcrypto).
 *
 * A failure of libcrypto itself aborts: going on without it would be going on unsafely.
 */
#ifndef DEPUTY_CRYPTO_H
#define DEPUTY_CRYPTO_H

#include "base/base.h"

enum { SHA256_BYTES = 32, SHA256_HEX = 64, SEAL_KEY_BYTES = 32, SEAL_OVERHEAD_BYTES = 12 + 16 };

void sha256(str data, unsigned char out[SHA256_BYTES]);
void hmac_sha256(str key, str data, unsigned char out[SHA256_BYTES]);

/* A key of HMAC-SHA-256 that is used often: what comes before the data is hashed once. As secret as
 * the key. */
struct hmac_key {
	_Alignas(8) unsigned char inner[112], outer[112];
};

void hmac_key_set(struct hmac_key *hmac_key, str key);
void hmac_with(const struct hmac_key *key, str data, unsigned char out[SHA256_BYTES]);
str hex_write(struct arena *arena, const unsigned char *bytes, size_t n); /* lower case */

/* Does not tell by its time where two texts differ; their lengths are no secret. */
bool secret_equal(str a, str b);
void secret_wipe(void *p, size_t n);

void random_bytes(void *p, size_t n);
str random_text(struct arena *arena, str alphabet, size_t n); /* each letter equally likely */
str random_uuid(struct arena *arena);                         /* version 4, lower case */

/* Random bytes for one owner who needs a few of them often; {0} is empty. What is taken is wiped
 * here. It must not be copied, by fork() or otherwise: two would take the same. */
struct random {
	unsigned char bytes[1024];
	size_t left;
};

enum { UUID_BYTES = 16 };

void random_take(struct random *random, void *p, size_t n);                 /* n <= 1024 */
str uuid_write(struct arena *arena, const unsigned char bytes[UUID_BYTES]); /* version 4 */

/*
 * Seals `plain` with AES-256-GCM under `key`: nonce, ciphertext, tag. `about` is bound to the
 * seal but not contained in it. `unseal` answers false for anything not sealed exactly so.
 */
str seal(struct arena *arena, const unsigned char key[SEAL_KEY_BYTES], str about, str plain);
MUST_USE bool unseal(struct arena *arena, const unsigned char key[SEAL_KEY_BYTES], str about,
	str sealed, str *plain);

/* The same with a key that is used often: made ready once. Not for two threads at a time. */
struct sealer;
struct sealer *sealer_open(const unsigned char key[SEAL_KEY_BYTES]);
void sealer_close(struct sealer *sealer); /* wipes the key; NULL is fine */
str sealer_seal(struct arena *arena, struct sealer *sealer, str about, str plain);
MUST_USE bool sealer_unseal(struct arena *arena, struct sealer *sealer, str about, str sealed,
	str *plain);

str base64_write(struct arena *arena, str bytes);
MUST_USE bool base64_read(struct arena *arena, str text, str *bytes); /* padded, no white space */

/* Base64 with - and _ and without padding, as in RFC 7515. */
MUST_USE bool base64url_read(struct arena *arena, str text, str *bytes);

/*
 * The signatures RS256 and ES256 of RFC 7518 over `text`. A key is its numbers, big-endian: modulus
 * and exponent, or the point's coordinates on P-256. False: another signature, or not a key; an RSA
 * key below 2,048 bits is none.
 */
MUST_USE bool rs256_verify(str modulus, str exponent, str text, str signature);
MUST_USE bool es256_verify(str x, str y, str text, str signature);

/* ---- certificates: PEM, one after another. Is one of them self-signed, that is, are they all that
 * a client needs to believe the first? */
bool certificates_have_root(str pem);

enum pair_fault { /* zero is no pair */
	PAIR_BAD_CERTIFICATE,
	PAIR_BAD_KEY,
	PAIR_LOCKED_KEY, /* it has a passphrase */
	PAIR_OF_STRANGERS,
	PAIR_FINE,
};

/* Is `key` the private key of the first of `certificates`? Both in PEM. */
enum pair_fault certificate_pair(str certificates, str key);

/* ---- key pairs for SSH. What is private is the caller's to give away and to forget. */

enum { SHA1_BYTES = 20, MD5_BYTES = 16, ED25519_BYTES = 32 };

/* For fingerprints only: neither is secure. */
void sha1(str data, unsigned char out[SHA1_BYTES]);
void hmac_sha1(str key, str data, unsigned char out[SHA1_BYTES]);
void md5(str data, unsigned char out[MD5_BYTES]);

struct rsa_pair {
	str modulus, exponent;                    /* big-endian, as all numbers here */
	str private, prime1, prime2, coefficient; /* RFC 8017, 3.2: d, p, q, qInv */
	str pkcs1, pkcs8;                         /* the private key, DER */
};

void rsa_generate(struct arena *arena, struct rsa_pair *pair); /* 2,048 bits */
/* The public key as DER (SubjectPublicKeyInfo). False: it is none. */
MUST_USE bool rsa_public_der(struct arena *arena, str modulus, str exponent, str *der);
void ed25519_generate(unsigned char public[ED25519_BYTES], unsigned char private[ED25519_BYTES]);

#endif
