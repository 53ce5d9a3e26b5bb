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

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
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

/* One of HMAC's two hashes: of the key XOR a pad, then the data (RFC 2104). */
static void padded_hash(const unsigned char key[BLOCK_BYTES], unsigned char pad, str data,
	unsigned char out[SHA256_BYTES])
{
	unsigned char block[BLOCK_BYTES];
	SHA256_CTX c;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ pad;
	must(SHA256_Init(&c) && SHA256_Update(&c, block, sizeof(block)) &&
		SHA256_Update(&c, data.p, data.n) && SHA256_Final(out, &c));
	secret_wipe(block, sizeof(block));
	secret_wipe(&c, sizeof(c));
}

void hmac_sha256(str key, str data, unsigned char out[SHA256_BYTES])
{
	unsigned char block[BLOCK_BYTES] = { 0 }, inner[SHA256_BYTES];

	if (key.n > BLOCK_BYTES)
		sha256(key, block);
	else if (key.n)
		memcpy(block, key.p, key.n);
	padded_hash(block, 0x36, data, inner);
	padded_hash(block, 0x5C, (str){ (const char *)inner, sizeof(inner) }, out);
	secret_wipe(block, sizeof(block));
}

str hex_write(struct arena *arena, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *p = NEWS(arena, char, 2 * n + 1);

	for (size_t i = 0; i < n; i++) {
		p[2 * i] = digits[bytes[i] >> 4];
		p[2 * i + 1] = digits[bytes[i] & 15];
	}
	return (str){ p, 2 * n };
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

str random_uuid(struct arena *arena)
{
	unsigned char b[16];
	str hex;

	random_bytes(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
	hex = hex_write(arena, b, sizeof(b));
	return arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.p, hex.p + 8, hex.p + 12,
		hex.p + 16, hex.p + 20);
}

/* ---- sealing: 12 bytes of nonce, the ciphertext, 16 bytes of tag */

enum { NONCE_BYTES = 12, TAG_BYTES = 16 };

struct sealer {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *out, *in; /* with the key's schedule; each use sets a nonce */
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
	random_bytes(out, NONCE_BYTES);
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
