/*
 * ssh_key.c -- key pairs as SSH writes them: OpenSSH's files, PuTTY's, and fingerprints.
 *
 * SSH's form of a public key (RFC 4253, 6.6) is a list of texts, each behind its length in four
 * bytes; OpenSSH's private file is such a list as well (its PROTOCOL.key), and so are both parts of
 * PuTTY's (PuTTY User Manual, "PPK file format"). Fingerprints are as EC2 makes them: of an RSA key
 * that EC2 made, SHA-1 over the private key's DER; of one that was imported, MD5 over the public
 * key's; of ED25519, SHA-256 over SSH's form, in base64.
 * (EC2 User Guide, "Verify the fingerprint of your key pair".)
 */
#include "account/services.h"
#include "base/crypto.h"

#include <string.h>

enum { RSA_BITS_MIN = 1024, RSA_BITS_MAX = 4096, PEM_COLUMNS = 64 };

#define RSA     "ssh-rsa"
#define ED25519 "ssh-ed25519"

/* ---- SSH's forms */

static void put_number(struct buf *buf, size_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(buf, (char)(n >> shift));
}

static void put_text(struct buf *buf, str text)
{
	put_number(buf, text.n);
	buf_str(buf, text);
}

/* A number whose first bit is set has a zero before it: it is not negative. */
static void put_mpint(struct buf *buf, str number)
{
	bool high = number.n && (unsigned char)number.p[0] & 0x80;

	put_number(buf, number.n + high);
	if (high)
		buf_char(buf, 0);
	buf_str(buf, number);
}

static bool take_text(str *rest, str *text)
{
	size_t n = 0;

	if (rest->n < 4)
		return false;
	for (int i = 0; i < 4; i++)
		n = n << 8 | (unsigned char)rest->p[i];
	if (n > rest->n - 4)
		return false;
	*text = (str){ rest->p + 4, n };
	*rest = str_from(*rest, 4 + n);
	return true;
}

static str pem(struct arena *arena, const char *what, str der)
{
	struct buf out = { .arena = arena };
	str text = base64_write(arena, der);

	buf_printf(&out, "-----BEGIN %s-----\n", what);
	for (; text.n; text = str_from(text, PEM_COLUMNS))
		buf_printf(&out, "%.*s\n", STR(str_head(text, PEM_COLUMNS)));
	buf_printf(&out, "-----END %s-----", what);
	return buf_view(&out);
}

static str colons(struct arena *arena, const unsigned char *bytes, size_t n)
{
	struct buf out = { .arena = arena };

	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s%02x", i ? ":" : "", bytes[i]);
	return buf_view(&out);
}

static str public_line(struct arena *arena, const char *type, str blob)
{
	return arena_printf(arena, "%s %.*s", type, STR(base64_write(arena, blob)));
}

static str blob_fingerprint(struct arena *arena, str blob)
{
	unsigned char hash[SHA256_BYTES];

	sha256(blob, hash);
	return base64_write(arena, (str){ (char *)hash, sizeof(hash) });
}

/* ---- PuTTY's private key file, version 2, which all of its releases read */

static void put_lines(struct buf *out, const char *name, str blob)
{
	str text = base64_write(out->arena, blob);

	buf_printf(out, "%s: %zu\n", name, (text.n + PEM_COLUMNS - 1) / PEM_COLUMNS);
	for (; text.n; text = str_from(text, PEM_COLUMNS))
		buf_printf(out, "%.*s\n", STR(str_head(text, PEM_COLUMNS)));
}

/* The MAC is over all that the file says, with a key that everybody knows if it is not encrypted. */
static str putty_mac(struct arena *arena, const char *type, str comment, str public, str private)
{
	struct buf data = { .arena = arena };
	unsigned char key[SHA1_BYTES], mac[SHA1_BYTES];

	put_text(&data, str_of(type));
	put_text(&data, S("none"));
	put_text(&data, comment);
	put_text(&data, public);
	put_text(&data, private);
	sha1(S("putty-private-key-file-mac-key"), key);
	hmac_sha1((str){ (char *)key, sizeof(key) }, buf_view(&data), mac);
	secret_wipe(data.p, data.n);
	return hex_write(arena, mac, sizeof(mac));
}

static str putty_file(struct arena *arena, const char *type, str comment, str public, str private)
{
	struct buf out = { .arena = arena };

	buf_printf(&out, "PuTTY-User-Key-File-2: %s\nEncryption: none\nComment: %.*s\n", type,
		STR(comment));
	put_lines(&out, "Public-Lines", public);
	put_lines(&out, "Private-Lines", private);
	buf_printf(&out, "Private-MAC: %.*s\n",
		STR(putty_mac(arena, type, comment, public, private)));
	return buf_view(&out);
}

static str putty_rsa(struct arena *arena, const struct rsa_pair *pair, str comment, str public)
{
	struct buf private = { .arena = arena };

	put_mpint(&private, pair->private);
	put_mpint(&private, pair->prime1);
	put_mpint(&private, pair->prime2);
	put_mpint(&private, pair->coefficient);
	return putty_file(arena, RSA, comment, public, buf_view(&private));
}

/* A number, but with the lowest byte first. */
static str putty_ed25519(struct arena *arena, str comment, str public, str private)
{
	struct buf blob = { .arena = arena };

	while (private.n && !private.p[private.n - 1])
	private.n--;
	put_text(&blob, private);
	return putty_file(arena, ED25519, comment, public, buf_view(&blob));
}

/* ---- making one */

void ssh_key_make_rsa(struct arena *arena, const struct rsa_pair *pair, str putty,
	struct ssh_key *key)
{
	struct buf blob = { .arena = arena };
	unsigned char hash[SHA1_BYTES];

	put_text(&blob, S(RSA));
	put_mpint(&blob, pair->exponent);
	put_mpint(&blob, pair->modulus);
	sha1(pair->pkcs8, hash);
	*key = (struct ssh_key){ S("rsa"),
		putty.n ? putty_rsa(arena, pair, putty, buf_view(&blob))
			: pem(arena, "RSA PRIVATE KEY", pair->pkcs1),
		public_line(arena, RSA, buf_view(&blob)), colons(arena, hash, sizeof(hash)) };
}

/* OpenSSH's file: "private" is the secret half and, once more, the public one. */
static str openssh_ed25519(struct arena *arena, str public, str private)
{
	struct buf file = { .arena = arena }, secret = { .arena = arena };
	uint32_t check;

	random_bytes(&check, sizeof(check));
	put_number(&secret, check);
	put_number(&secret, check);
	buf_str(&secret, public);
	put_text(&secret, private);
	put_text(&secret, S(""));
	for (char pad = 1; secret.n % 8; pad++)
		buf_char(&secret, pad);
	buf_str(&file, (str){ "openssh-key-v1", sizeof("openssh-key-v1") });
	put_text(&file, S("none")); /* cipher */
	put_text(&file, S("none")); /* key derivation */
	put_text(&file, S(""));
	put_number(&file, 1);
	put_text(&file, public);
	put_text(&file, buf_view(&secret));
	return pem(arena, "OPENSSH PRIVATE KEY", buf_view(&file));
}

void ssh_key_make_ed25519(struct arena *arena, str putty, struct ssh_key *key)
{
	struct buf blob = { .arena = arena };
	unsigned char public[ED25519_BYTES], private[2 * ED25519_BYTES];
	str both = { (char *)private, sizeof(private) };

	ed25519_generate(public, private);
	memcpy(private + ED25519_BYTES, public, ED25519_BYTES);
	put_text(&blob, S(ED25519));
	put_text(&blob, (str){ (char *)public, sizeof(public) });
	*key = (struct ssh_key){ S("ed25519"),
		putty.n ? putty_ed25519(arena, putty, buf_view(&blob),
				  str_head(both, ED25519_BYTES))
			: openssh_ed25519(arena, buf_view(&blob), both),
		public_line(arena, ED25519, buf_view(&blob)),
		blob_fingerprint(arena, buf_view(&blob)) };
	secret_wipe(private, sizeof(private));
}

/* ---- reading one */

static str without_zeros(str number)
{
	while (number.n && !number.p[0])
		number = str_from(number, 1);
	return number;
}

static bool read_rsa(struct arena *arena, str blob, struct ssh_key *key)
{
	str rest = blob, type, exponent, modulus, der;
	unsigned char hash[MD5_BYTES];

	if (!take_text(&rest, &type) || !str_eq(type, S(RSA)) || !take_text(&rest, &exponent) ||
		!take_text(&rest, &modulus) || rest.n)
		return false;
	exponent = without_zeros(exponent);
	modulus = without_zeros(modulus);
	if (!exponent.n || exponent.n > 8 || modulus.n < RSA_BITS_MIN / 8 ||
		modulus.n > RSA_BITS_MAX / 8 || !rsa_public_der(arena, modulus, exponent, &der))
		return false;
	md5(der, hash);
	*key = (struct ssh_key){ .type = S("rsa"),
		.public = public_line(arena, RSA, blob),
		.fingerprint = colons(arena, hash, sizeof(hash)) };
	return true;
}

static bool read_ed25519(struct arena *arena, str blob, struct ssh_key *key)
{
	str rest = blob, type, point;

	if (!take_text(&rest, &type) || !str_eq(type, S(ED25519)) || !take_text(&rest, &point) ||
		rest.n || point.n != ED25519_BYTES)
		return false;
	*key = (struct ssh_key){ .type = S("ed25519"),
		.public = public_line(arena, ED25519, blob),
		.fingerprint = blob_fingerprint(arena, blob) };
	return true;
}

/* Base64 of OpenSSH's line: the type, base64 of SSH's form, and maybe a comment. */
bool ssh_key_read(struct arena *arena, str material, struct ssh_key *key)
{
	str line, type, text, blob, comment;

	if (!base64_read(arena, material, &line))
		return false;
	line = str_trim(line);
	if (!str_cut(line, ' ', &type, &text))
		return false;
	str_cut(text, ' ', &text, &comment);
	if (!base64_read(arena, text, &blob))
		return false;
	return str_eq(type, S(RSA))       ? read_rsa(arena, blob, key)
	       : str_eq(type, S(ED25519)) ? read_ed25519(arena, blob, key)
					  : false;
}
