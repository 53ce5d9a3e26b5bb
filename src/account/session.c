/*
 * session.c -- secrets at rest, and session tokens that need no rest at all.
 *
 * One master key, in a file of its own, from which a key for each purpose is derived. Access
 * keys' secrets lie in the store sealed and bound to their access key id.
 *
 * STS stores nothing. The token is a version byte and the sealed session, in base64; the
 * seal is bound to the access key id. A sealed session is its kind and two times, then fields, each
 * a byte that names it, its length, and its bytes. The secret key is an HMAC over id and token. So whoever
 * holds the master key can check any token, and a token fits one access key id only.
 */
#include "account/account.h"

#include <string.h>

enum { TOKEN_VERSION = 3 };

static str view(const unsigned char *bytes, size_t n)
{
	return (str){ (const char *)bytes, n };
}

void derive_key(const unsigned char master[MASTER_KEY_BYTES], str purpose,
	unsigned char key[SHA256_BYTES])
{
	hmac_sha256(view(master, MASTER_KEY_BYTES), purpose, key);
}

/* ---- access keys. */

str secret_seal(struct arena *arena, const unsigned char master[MASTER_KEY_BYTES],
	str access_key_id, str secret)
{
	unsigned char key[SHA256_BYTES];
	str sealed;

	derive_key(master, S("access key secrets 1"), key);
	sealed = seal(arena, key, access_key_id, secret);
	secret_wipe(key, sizeof(key));
	return base64_write(arena, sealed);
}

bool secret_unseal(struct arena *arena, const struct keys *keys, str access_key_id, str sealed,
	str *secret)
{
	str bytes;

	return base64_read(arena, sealed, &bytes) &&
	       sealer_unseal(arena, keys_sealer(keys, SEALER_SECRETS), access_key_id, bytes,
		       secret);
}

/* ---- sessions as bytes. Every token of a version is read by every server that knows the version:
 * a field's number stays, and a session with one that is unknown here is refused. */

enum field {
	FIELD_ACCOUNT = 1,
	FIELD_ROLE,
	FIELD_ROLE_NAME,
	FIELD_ROLE_ID,
	FIELD_USER,
	FIELD_USER_ID,
	FIELD_NAME,
	FIELD_POLICY,
	FIELD_PROVIDER,
	FIELD_ISSUER,
	FIELD_SUB,
	FIELD_SOURCE_IDENTITY,
	FIELD_POLICY_ARN, /* this and those below: once for each */
	FIELD_TAG_KEY,
	FIELD_TAG_VALUE, /* of the key before it */
	FIELD_TRANSITIVE_KEY
};

enum { SESSION_BYTES = 256 }; /* more than most have */
enum { TIME_BYTES = 8, HEAD_BYTES = 1 + 2 * TIME_BYTES, LENGTH_BYTES_MAX = 4 };

/* Where the session has a field that is one text; an empty one is left out. */
static const size_t texts[] = {
	[FIELD_ACCOUNT] = offsetof(struct session, account_id),
	[FIELD_ROLE] = offsetof(struct session, role_arn),
	[FIELD_ROLE_NAME] = offsetof(struct session, role_name),
	[FIELD_ROLE_ID] = offsetof(struct session, role_id),
	[FIELD_USER] = offsetof(struct session, user_name),
	[FIELD_USER_ID] = offsetof(struct session, user_id),
	[FIELD_NAME] = offsetof(struct session, name),
	[FIELD_POLICY] = offsetof(struct session, policy),
	[FIELD_PROVIDER] = offsetof(struct session, provider),
	[FIELD_ISSUER] = offsetof(struct session, issuer),
	[FIELD_SUB] = offsetof(struct session, sub),
	[FIELD_SOURCE_IDENTITY] = offsetof(struct session, source_identity),
};

static void write_seconds(struct buf *out, int64_t s)
{
	for (int i = TIME_BYTES - 1; i >= 0; i--)
		buf_char(out, (char)((uint64_t)s >> 8 * i));
}

/* A length takes a byte for each seven of its bits, the lowest first; the last has no high bit. */
static void write_field(struct buf *out, enum field field, str text)
{
	size_t n = text.n;

	buf_char(out, (char)field);
	for (; n > 0x7F; n >>= 7)
		buf_char(out, (char)(0x80 | (n & 0x7F)));
	buf_char(out, (char)n);
	buf_str(out, text);
}

static void write_words(struct buf *out, enum field field, const struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		write_field(out, field, words->item[i].text);
}

static void write_session(struct buf *out, const struct session *session)
{
	buf_char(out, (char)session->kind);
	write_seconds(out, session->issued_s);
	write_seconds(out, session->expires_s);
	for (size_t i = FIELD_ACCOUNT; i < COUNT(texts); i++) {
		str value;

		memcpy(&value, (const char *)session + texts[i], sizeof(value));
		if (value.n)
			write_field(out, (enum field)i, value);
	}
	write_words(out, FIELD_POLICY_ARN, &session->policy_arns);
	JSON_EACH(tag, session->tags)
	{
		write_field(out, FIELD_TAG_KEY, tag->name);
		write_field(out, FIELD_TAG_VALUE, tag->text);
	}
	write_words(out, FIELD_TRANSITIVE_KEY, &session->transitive_keys);
}

static int64_t read_seconds(str bytes, size_t at)
{
	uint64_t s = 0;

	for (size_t i = 0; i < TIME_BYTES; i++)
		s = s << 8 | (unsigned char)bytes.p[at + i];
	return (int64_t)s;
}

static bool read_field(str *rest, unsigned *field, str *text)
{
	size_t n = 0, at = 1;
	bool more = true;

	*field = (unsigned char)rest->p[0];
	for (; more && at <= LENGTH_BYTES_MAX && at < rest->n; at++) {
		n |= (size_t)(rest->p[at] & 0x7F) << 7 * (at - 1);
		more = rest->p[at] & 0x80;
	}
	*rest = str_from(*rest, at);
	if (more || at == 1 || n > rest->n)
		return false;
	*text = str_head(*rest, n);
	*rest = str_from(*rest, n);
	return true;
}

static void add_word(struct words *words, str text)
{
	words->item[words->n++].text = text;
}

static bool set_field(struct arena *arena, struct session *session, unsigned field, str text,
	str *tag_key)
{
	switch (field) {
	case FIELD_POLICY_ARN:
		add_word(&session->policy_arns, text);
		return true;
	case FIELD_TRANSITIVE_KEY:
		add_word(&session->transitive_keys, text);
		return true;
	case FIELD_TAG_KEY:
		*tag_key = text;
		return true;
	case FIELD_TAG_VALUE:
		if (!session->tags)
			session->tags = json_new(arena, JSON_OBJECT);
		json_put_str(arena, session->tags, *tag_key, text);
		return true;
	default:
		break;
	}
	if (field < FIELD_ACCOUNT || field >= COUNT(texts))
		return false;
	memcpy((char *)session + texts[field], &text, sizeof(text));
	return true;
}

/* How many fields of one kind there are: room for a list of them. */
static size_t count_fields(str rest, enum field wanted)
{
	unsigned field;
	size_t n = 0;
	str text;

	while (rest.n && read_field(&rest, &field, &text))
		n += field == wanted;
	return n;
}

static bool read_session(struct arena *arena, str bytes, struct session *session)
{
	str rest = str_from(bytes, HEAD_BYTES), text, tag_key = { 0 };
	unsigned field;

	*session = (struct session){ 0 };
	if (bytes.n < HEAD_BYTES || (unsigned char)bytes.p[0] > SESSION_FEDERATED)
		return false;
	session->kind = (enum session_kind)bytes.p[0];
	session->issued_s = read_seconds(bytes, 1);
	session->expires_s = read_seconds(bytes, 1 + TIME_BYTES);
	session->policy_arns.item = NEWS(arena, struct word, count_fields(rest, FIELD_POLICY_ARN));
	session->transitive_keys.item =
		NEWS(arena, struct word, count_fields(rest, FIELD_TRANSITIVE_KEY));
	while (rest.n)
		if (!read_field(&rest, &field, &text) ||
			!set_field(arena, session, field, text, &tag_key))
			return false;
	return true;
}

/* ---- sessions. */

str session_secret(struct arena *arena, const struct account *account, str access_key_id, str token)
{
	unsigned char mac[SHA256_BYTES];
	str text = JOIN(arena, access_key_id, S("\n"), token);
	str secret;

	keys_session_mac(account->keys, text, mac);
	secret = str_head(base64_write(arena, view(mac, sizeof(mac))), 40);
	secret_wipe(mac, sizeof(mac));
	return secret;
}

void session_issue(struct arena *arena, const struct account *account,
	const struct session *session, struct credentials *credentials)
{
	struct sealer *sealer = keys_sealer(account->keys, SEALER_SESSIONS);
	struct buf token = { .arena = arena }, plain = { .arena = arena };
	uint64_t random;
	str id;

	random_take(keys_random(account->keys), &random, sizeof(random));
	id = access_key_id(arena, S("ASIA"), session->account_id, random);
	buf_grow(&plain, SESSION_BYTES);
	write_session(&plain, session);
	buf_char(&token, TOKEN_VERSION);
	buf_str(&token, sealer_seal(arena, sealer, id, buf_view(&plain)));
	credentials->access_key_id = id;
	credentials->session_token = base64_write(arena, buf_view(&token));
	credentials->secret_access_key =
		session_secret(arena, account, id, credentials->session_token);
}

bool session_read(struct arena *arena, const struct account *account, str access_key_id, str token,
	struct session *session)
{
	struct sealer *sealer = keys_sealer(account->keys, SEALER_SESSIONS);
	str bytes, text;

	return base64_read(arena, token, &bytes) && bytes.n && bytes.p[0] == TOKEN_VERSION &&
	       sealer_unseal(arena, sealer, access_key_id, str_from(bytes, 1), &text) &&
	       read_session(arena, text, session);
}
