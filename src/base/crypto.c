/*
 * crypto.c -- OpenSSL's libcrypto, and the only file that knows it.
 *
 * The low-level SHA-256 functions are used for hashing: the one-shot EVP and
 * HMAC() calls of OpenSSL 3 cost ten times the hash itself, and a signature
 * takes five of them. They are deprecated, not gone; this file is where to
 * change that.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good)
{
	if (!good)
		abort(); /* see the head of crypto.h */
}

void sha256(str data, unsigned char out[SHA256_BYTES])
{
	SHA256_CTX c;

	must(SHA256_Init(&c) && SHA256_Update(&c, data.p, data.n) && SHA256_Final(out, &c));
}

enum { BLOCK_BYTES = 64 };

_Static_assert(sizeof(SHA256_CTX) == sizeof(((struct hmac_key *)0)->inner), "one hash's state");

/* The first block of one of HMAC's two hashes: the key XOR a pad (RFC 2104). */
static void hash_pad(const unsigned char key[BLOCK_BYTES], unsigned char pad, unsigned char *state)
{
	unsigned char block[BLOCK_BYTES];
	SHA256_CTX c;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ pad;
	must(SHA256_Init(&c) && SHA256_Update(&c, block, sizeof(block)));
	memcpy(state, &c, sizeof(c));
	secret_wipe(block, sizeof(block));
	secret_wipe(&c, sizeof(c));
}

void hmac_key_set(struct hmac_key *hmac_key, str key)
{
	unsigned char block[BLOCK_BYTES] = { 0 };

	if (key.n > BLOCK_BYTES)
		sha256(key, block);
	else if (key.n)
		memcpy(block, key.p, key.n);
	hash_pad(block, 0x36, hmac_key->inner);
	hash_pad(block, 0x5C, hmac_key->outer);
	secret_wipe(block, sizeof(block));
}

void hmac_with(const struct hmac_key *key, str data, unsigned char out[SHA256_BYTES])
{
	SHA256_CTX c;

	memcpy(&c, key->inner, sizeof(c));
	must(SHA256_Update(&c, data.p, data.n) && SHA256_Final(out, &c));
	memcpy(&c, key->outer, sizeof(c));
	must(SHA256_Update(&c, out, SHA256_BYTES) && SHA256_Final(out, &c));
	secret_wipe(&c, sizeof(c));
}

void hmac_sha256(str key, str data, unsigned char out[SHA256_BYTES])
{
	struct hmac_key ready;

	hmac_key_set(&ready, key);
	hmac_with(&ready, data, out);
	secret_wipe(&ready, sizeof(ready));
}

/* Four bytes become eight digits at once, without a table or a branch: nothing of the bytes shows
 * in the time it takes. */
static char *write_hex(char *at, const unsigned char *bytes)
{
	const uint64_t each = 0x0101010101010101;
	uint64_t x = (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 |
		     bytes[3];

	x = (x | x << 16) & 0x0000ffff0000ffff;
	x = (x | x << 8) & 0x00ff00ff00ff00ff;
	x = (x | x << 4) & each * 0x0f;
	x += each * '0' + ((x + each * 6) >> 4 & each) * ('a' - '9' - 1);
	for (int i = 0; i < 8; i++)
		at[i] = (char)(x >> (56 - 8 * i));
	return at + 8;
}

str hex_write(struct arena *arena, const unsigned char *bytes, size_t n)
{
	char *text = NEWS(arena, char, 2 * n + 1), *at = text, last[8];
	unsigned char rest[4] = { 0 };

	for (; n >= sizeof(rest); n -= sizeof(rest), bytes += sizeof(rest))
		at = write_hex(at, bytes);
	if (n) {
		memcpy(rest, bytes, n);
		write_hex(last, rest);
		memcpy(at, last, 2 * n);
		at += 2 * n;
	}
	return (str){ text, (size_t)(at - text) };
}

bool secret_equal(str a, str b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void secret_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

/* ---- randomness */

void random_bytes(void *p, size_t n)
{
	must(n <= INT32_MAX && RAND_bytes(p, (int)n) == 1);
}

str random_text(struct arena *arena, str alphabet, size_t n)
{
	char *p = NEWS(arena, char, n + 1);
	unsigned char bytes[64]; /* drawn together: a draw costs more than what it gives */
	unsigned fair =
		(unsigned)(256 / alphabet.n * alphabet.n); /* bytes from here on are biased */
	size_t at = sizeof(bytes);

	for (size_t i = 0; i < n; at++) {
		if (at == sizeof(bytes)) {
			random_bytes(bytes, sizeof(bytes));
			at = 0;
		}
		if (bytes[at] < fair)
			p[i++] = alphabet.p[bytes[at] % alphabet.n];
	}
	secret_wipe(bytes, sizeof(bytes));
	return (str){ p, n };
}

void random_take(struct random *random, void *p, size_t n)
{
	unsigned char *from;

	must(n <= sizeof(random->bytes));
	if (n > random->left) {
		random_bytes(random->bytes, sizeof(random->bytes));
		random->left = sizeof(random->bytes);
	}
	random->left -= n;
	from = random->bytes + random->left;
	memcpy(p, from, n);
	secret_wipe(from, n);
}

str uuid_write(struct arena *arena, const unsigned char bytes[UUID_BYTES])
{
	unsigned char b[UUID_BYTES];
	str hex;

	memcpy(b, bytes, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
	hex = hex_write(arena, b, sizeof(b));
	return JOIN(arena, str_head(hex, 8), S("-"), (str){ hex.p + 8, 4 }, S("-"),
		(str){ hex.p + 12, 4 }, S("-"), (str){ hex.p + 16, 4 }, S("-"),
		(str){ hex.p + 20, 12 });
}

str random_uuid(struct arena *arena)
{
	unsigned char b[UUID_BYTES];

	random_bytes(b, sizeof(b));
	return uuid_write(arena, b);
}

/* ---- sealing: 12 bytes of nonce, the ciphertext, 16 bytes of tag */

enum { NONCE_BYTES = 12, TAG_BYTES = 16 };

struct sealer {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *out, *in; /* with the key's schedule; each use sets a nonce */
	struct random nonces;
};

struct sealer *sealer_open(const unsigned char key[SEAL_KEY_BYTES])
{
	struct sealer *s = calloc(1, sizeof(*s));

	must(s != NULL);
	s->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	s->out = EVP_CIPHER_CTX_new();
	s->in = EVP_CIPHER_CTX_new();
	must(s->cipher && s->out && s->in);
	must(EVP_EncryptInit_ex(s->out, s->cipher, NULL, key, NULL) == 1);
	must(EVP_DecryptInit_ex(s->in, s->cipher, NULL, key, NULL) == 1);
	return s;
}

void sealer_close(struct sealer *s)
{
	if (!s)
		return;
	EVP_CIPHER_CTX_free(s->out); /* which wipes the schedule */
	EVP_CIPHER_CTX_free(s->in);
	EVP_CIPHER_free(s->cipher);
	free(s);
}

str sealer_seal(struct arena *arena, struct sealer *s, str about, str plain)
{
	unsigned char *out = NEWS(arena, unsigned char, plain.n + SEAL_OVERHEAD_BYTES);
	unsigned char *text = out + NONCE_BYTES;
	int n;

	must(plain.n < INT32_MAX && about.n < INT32_MAX);
	random_take(&s->nonces, out, NONCE_BYTES);
	must(EVP_EncryptInit_ex(s->out, NULL, NULL, NULL, out) == 1);
	must(EVP_EncryptUpdate(s->out, NULL, &n, (const unsigned char *)about.p, (int)about.n) ==
		1);
	must(EVP_EncryptUpdate(s->out, text, &n, (const unsigned char *)plain.p, (int)plain.n) ==
		1);
	must(EVP_EncryptFinal_ex(s->out, text + n, &n) == 1);
	must(EVP_CIPHER_CTX_ctrl(s->out, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, text + plain.n) == 1);
	return (str){ (char *)out, plain.n + SEAL_OVERHEAD_BYTES };
}

bool sealer_unseal(struct arena *arena, struct sealer *s, str about, str sealed, str *plain)
{
	const unsigned char *in = (const unsigned char *)sealed.p, *text = in + NONCE_BYTES;
	unsigned char tag[TAG_BYTES], *out;
	bool good;
	int n;

	if (sealed.n < SEAL_OVERHEAD_BYTES || sealed.n > INT32_MAX)
		return false;
	out = NEWS(arena, unsigned char, sealed.n);
	*plain = (str){ (char *)out, sealed.n - SEAL_OVERHEAD_BYTES };
	memcpy(tag, text + plain->n, TAG_BYTES);
	must(about.n < INT32_MAX);
	must(EVP_DecryptInit_ex(s->in, NULL, NULL, NULL, in) == 1);
	must(EVP_DecryptUpdate(s->in, NULL, &n, (const unsigned char *)about.p, (int)about.n) == 1);
	must(EVP_DecryptUpdate(s->in, out, &n, text, (int)plain->n) == 1);
	must(EVP_CIPHER_CTX_ctrl(s->in, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1);
	good = EVP_DecryptFinal_ex(s->in, out + n, &n) == 1;
	if (!good) {
		secret_wipe(out, sealed.n);
		*plain = (str){ 0 };
	}
	return good;
}

str seal(struct arena *arena, const unsigned char key[SEAL_KEY_BYTES], str about, str plain)
{
	struct sealer *s = sealer_open(key);
	str sealed = sealer_seal(arena, s, about, plain);

	sealer_close(s);
	return sealed;
}

bool unseal(struct arena *arena, const unsigned char key[SEAL_KEY_BYTES], str about, str sealed,
	str *plain)
{
	struct sealer *s = sealer_open(key);
	bool good = sealer_unseal(arena, s, about, sealed, plain);

	sealer_close(s);
	return good;
}

/* ---- base64 */

str base64_write(struct arena *arena, str bytes)
{
	unsigned char *p = NEWS(arena, unsigned char, (bytes.n + 2) / 3 * 4 + 1);

	must(bytes.n < INT32_MAX / 2);
	return (str){ (char *)p,
		(size_t)EVP_EncodeBlock(p, (const unsigned char *)bytes.p, (int)bytes.n) };
}

bool base64_read(struct arena *arena, str text, str *bytes)
{
	size_t padding = str_ends(text, S("==")) ? 2 : str_ends(text, S("="));
	unsigned char *p;
	int n;

	*bytes = (str){ 0 };
	if (text.n % 4 != 0 || text.n > INT32_MAX / 2)
		return false;
	for (size_t i = 0; i + padding < text.n; i++)
		if (!ascii_alnum(text.p[i]) && text.p[i] != '+' && text.p[i] != '/')
			return false;
	p = NEWS(arena, unsigned char, text.n / 4 * 3 + 1);
	n = EVP_DecodeBlock(p, (const unsigned char *)text.p, (int)text.n);
	if (n < 0)
		return false;
	*bytes = (str){ (char *)p, (size_t)n - padding };
	/* The unused bits of the last character must be zero, so that one value has one text. */
	return str_eq(base64_write(arena, *bytes), text);
}

bool base64url_read(struct arena *arena, str text, str *bytes)
{
	size_t n = (text.n + 3) / 4 * 4;
	char *p = NEWS(arena, char, n + 1);

	*bytes = (str){ 0 };
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!ascii_alnum(c) && c != '-' && c != '_')
			return false;
		p[i] = c;
		if (c == '-')
			p[i] = '+';
		else if (c == '_')
			p[i] = '/';
	}
	memset(p + text.n, '=', n - text.n);
	return text.n % 4 != 1 && base64_read(arena, (str){ p, n }, bytes);
}

/* ---- public keys and their signatures. A key lives for one check. */

enum { RSA_BYTES_MIN = 256, RSA_BYTES_MAX = 1024, P256_BYTES = 32 };

static EVP_PKEY *key_from(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	must(c && params && EVP_PKEY_fromdata_init(c) == 1);
	if (EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(c);
	return key;
}

static EVP_PKEY *rsa_key(str modulus, str exponent)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn((const unsigned char *)modulus.p, (int)modulus.n, NULL);
	BIGNUM *e = BN_bin2bn((const unsigned char *)exponent.p, (int)exponent.n, NULL);
	OSSL_PARAM *params;
	EVP_PKEY *key;

	must(b && n && e && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
		OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) == 1);
	params = OSSL_PARAM_BLD_to_param(b);
	key = key_from("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *p256_key(str x, str y)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	unsigned char point[1 + 2 * P256_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM *params;
	EVP_PKEY *key;

	memcpy(point + 1, x.p, P256_BYTES);
	memcpy(point + 1 + P256_BYTES, y.p, P256_BYTES);
	must(b &&
		OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ==
			1 &&
		OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point,
			sizeof(point)) == 1);
	params = OSSL_PARAM_BLD_to_param(b);
	key = key_from("EC", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	return key;
}

/* Takes the key. */
static bool signed_by(EVP_PKEY *key, str text, const unsigned char *signature, size_t n)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good;

	must(c != NULL);
	good = key && EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
	       EVP_DigestVerify(c, signature, n, (const unsigned char *)text.p, text.n) == 1;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return good;
}

bool rs256_verify(str modulus, str exponent, str text, str signature)
{
	if (modulus.n < RSA_BYTES_MIN || modulus.n > RSA_BYTES_MAX || !modulus.p[0] ||
		!exponent.n || exponent.n > 8 || signature.n != modulus.n)
		return false;
	return signed_by(rsa_key(modulus, exponent), text, (const unsigned char *)signature.p,
		signature.n);
}

/* RFC 7518 writes the two numbers side by side, OpenSSL takes them as DER. */
bool es256_verify(str x, str y, str text, str signature)
{
	const unsigned char *at = (const unsigned char *)signature.p;
	ECDSA_SIG *pair;
	unsigned char *der = NULL;
	BIGNUM *r, *s;
	int n;
	bool good;

	if (x.n != P256_BYTES || y.n != P256_BYTES || signature.n != 2 * P256_BYTES)
		return false;
	pair = ECDSA_SIG_new();
	r = BN_bin2bn(at, P256_BYTES, NULL);
	s = BN_bin2bn(at + P256_BYTES, P256_BYTES, NULL);
	must(pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1);
	n = i2d_ECDSA_SIG(pair, &der);
	must(n > 0);
	good = signed_by(p256_key(x, y), text, der, (size_t)n);
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	return good;
}

/* ---- certificates */

static BIO *open_text(str pem)
{
	BIO *bio;

	must(pem.n < INT32_MAX);
	bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	must(bio != NULL);
	return bio;
}

bool certificates_have_root(str pem)
{
	BIO *bio;
	bool found = false;
	X509 *one;

	if (!pem.n)
		return false;
	bio = open_text(pem);
	while (!found && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		found = X509_self_signed(one, 1) == 1;
		X509_free(one);
	}
	ERR_clear_error();
	BIO_free(bio);
	return found;
}

/* Nobody is asked for a passphrase; that one was wanted is noted. */
static int no_passphrase(char *out, int size, int writing, void *wanted)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)wanted = true;
	return -1;
}

enum pair_fault certificate_pair(str certificates, str key)
{
	BIO *from = open_text(certificates), *key_from = open_text(key);
	bool locked = false;
	X509 *first = PEM_read_bio_X509(from, NULL, NULL, NULL);
	EVP_PKEY *private = PEM_read_bio_PrivateKey(key_from, NULL, no_passphrase, &locked);
	enum pair_fault fault = !first                                        ? PAIR_BAD_CERTIFICATE
				: locked                                      ? PAIR_LOCKED_KEY
				: !private                                    ? PAIR_BAD_KEY
				: X509_check_private_key(first, private) != 1 ? PAIR_OF_STRANGERS
									      : PAIR_FINE;

	EVP_PKEY_free(private);
	X509_free(first);
	BIO_free(key_from);
	BIO_free(from);
	ERR_clear_error();
	return fault;
}

/* ---- key pairs for SSH. */

void sha1(str data, unsigned char out[SHA1_BYTES])
{
	must(EVP_Digest(data.p, data.n, out, NULL, EVP_sha1(), NULL) == 1);
}

void hmac_sha1(str key, str data, unsigned char out[SHA1_BYTES])
{
	size_t n = SHA1_BYTES;

	must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, key.p, key.n,
		     (const unsigned char *)data.p, data.n, out, SHA1_BYTES, &n) != NULL);
}

void md5(str data, unsigned char out[MD5_BYTES])
{
	must(EVP_Digest(data.p, data.n, out, NULL, EVP_md5(), NULL) == 1);
}

static str number_of(struct arena *arena, const EVP_PKEY *key, const char *name)
{
	BIGNUM *n = NULL;
	unsigned char *p;
	int size;

	must(EVP_PKEY_get_bn_param(key, name, &n) == 1);
	size = BN_num_bytes(n);
	p = NEWS(arena, unsigned char, (size_t)size);
	must(BN_bn2bin(n, p) == size);
	BN_clear_free(n);
	return (str){ (char *)p, (size_t)size };
}

/* OpenSSL's own memory into the arena's. */
static str taken(struct arena *arena, unsigned char *der, int n)
{
	str copy;

	must(der && n > 0);
	copy = arena_copy(arena, (str){ (char *)der, (size_t)n });
	OPENSSL_clear_free(der, (size_t)n);
	return copy;
}

void rsa_generate(struct arena *arena, struct rsa_pair *pair)
{
	EVP_PKEY *key = EVP_RSA_gen(RSA_BYTES_MIN * 8);
	PKCS8_PRIV_KEY_INFO *info;
	unsigned char *pkcs1 = NULL, *pkcs8 = NULL;
	int n;

	must(key != NULL);
	pair->modulus = number_of(arena, key, OSSL_PKEY_PARAM_RSA_N);
	pair->exponent = number_of(arena, key, OSSL_PKEY_PARAM_RSA_E);
	pair->private = number_of(arena, key, OSSL_PKEY_PARAM_RSA_D);
	pair->prime1 = number_of(arena, key, OSSL_PKEY_PARAM_RSA_FACTOR1);
	pair->prime2 = number_of(arena, key, OSSL_PKEY_PARAM_RSA_FACTOR2);
	pair->coefficient = number_of(arena, key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
	n = i2d_PrivateKey(key, &pkcs1);
	pair->pkcs1 = taken(arena, pkcs1, n);
	info = EVP_PKEY2PKCS8(key);
	must(info != NULL);
	n = i2d_PKCS8_PRIV_KEY_INFO(info, &pkcs8);
	pair->pkcs8 = taken(arena, pkcs8, n);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(key);
}

bool rsa_public_der(struct arena *arena, str modulus, str exponent, str *der)
{
	EVP_PKEY *key = rsa_key(modulus, exponent);
	unsigned char *spki = NULL;
	int n = key ? i2d_PUBKEY(key, &spki) : 0;

	if (n > 0)
		*der = taken(arena, spki, n);
	EVP_PKEY_free(key);
	return n > 0;
}

void ed25519_generate(unsigned char public[ED25519_BYTES], unsigned char private[ED25519_BYTES])
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	size_t public_n = ED25519_BYTES, private_n = ED25519_BYTES;

	must(key && EVP_PKEY_get_raw_public_key(key, public, &public_n) == 1 &&
		EVP_PKEY_get_raw_private_key(key, private, &private_n) == 1);
	EVP_PKEY_free(key);
}
