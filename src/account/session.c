/*
 * session.c -- secrets at rest, and session tokens that need no rest at all.
 *
 * One master key, in a file of its own, from which a key for each purpose is derived. Access
 * keys' secrets lie in the store sealed and bound to their access key id.
 *
 * STS stores nothing. The token is a version byte and the sealed session, in base64; the
 * seal is bound to the access key id. The secret key is an HMAC over id and token. So whoever
 * holds the master key can check any token, and a token fits one access key id only.
 */
#include "account/account.h"

#include <string.h>

enum { TOKEN_VERSION = 2 };

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

/* ---- sessions. */

static struct json *words_to_json(struct arena *arena, const struct words *words)
{
	struct json *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < words->n; i++)
		json_push(list, json_new_str(arena, words->item[i].text));
	return list;
}

static struct words words_from_json(struct arena *arena, const struct json *list)
{
	struct words words = { .item = NEWS(arena, struct word, list ? list->count : 0) };

	JSON_EACH(item, list)
	words.item[words.n++].text = item->text;
	return words;
}

/* The texts of a session, and what they are called in its token; an empty one is left out. */
static const struct {
	str name;
	size_t offset;
} texts[] = {
	{ SC("account"), offsetof(struct session, account_id) },
	{ SC("role"), offsetof(struct session, role_arn) },
	{ SC("roleName"), offsetof(struct session, role_name) },
	{ SC("roleId"), offsetof(struct session, role_id) },
	{ SC("user"), offsetof(struct session, user_name) },
	{ SC("userId"), offsetof(struct session, user_id) },
	{ SC("name"), offsetof(struct session, name) },
	{ SC("policy"), offsetof(struct session, policy) },
	{ SC("provider"), offsetof(struct session, provider) },
	{ SC("issuer"), offsetof(struct session, issuer) },
	{ SC("sub"), offsetof(struct session, sub) },
	{ SC("sourceIdentity"), offsetof(struct session, source_identity) },
};

static const str kinds[] = { [SESSION_ROLE] = SC("role"),
	[SESSION_USER] = SC("user"),
	[SESSION_FEDERATED] = SC("federated") };

static str session_text(struct arena *arena, const struct session *session)
{
	struct json *json = json_new(arena, JSON_OBJECT);
	struct buf text = { .arena = arena };

	json_put_str(arena, json, S("kind"), kinds[session->kind]);
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *at = (const char *)session + texts[i].offset;
		str value;

		memcpy(&value, at, sizeof(value));
		if (value.n)
			json_put_str(arena, json, texts[i].name, value);
	}
	json_put_int(arena, json, S("issued"), session->issued_s);
	json_put_int(arena, json, S("expires"), session->expires_s);
	if (session->policy_arns.n)
		json_put(json, S("policyArns"), words_to_json(arena, &session->policy_arns));
	if (session->tags)
		json_put(json, S("tags"), json_clone(arena, session->tags));
	if (session->transitive_keys.n)
		json_put(json, S("transitive"), words_to_json(arena, &session->transitive_keys));
	json_write(&text, json);
	return buf_view(&text);
}

static bool seconds(const struct json *json, str name, int64_t *value)
{
	uint64_t number;

	if (!str_u64(json_str(json, name), INT64_MAX, &number))
		return false;
	*value = (int64_t)number;
	return true;
}

static bool read_kind(str text, enum session_kind *kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(kinds[i], text)) {
			*kind = (enum session_kind)i;
			return true;
		}
	return false;
}

static bool session_from_text(struct arena *arena, str text, struct session *session)
{
	struct json *json;
	struct err err;

	*session = (struct session){ 0 };
	if (!json_parse(arena, text, LIMIT_JSON_BYTES, &json, &err))
		return false;
	for (size_t i = 0; i < COUNT(texts); i++) {
		str value = json_str(json, texts[i].name);

		memcpy((char *)session + texts[i].offset, &value, sizeof(value));
	}
	session->tags = json_get(json, S("tags"));
	session->policy_arns = words_from_json(arena, json_get(json, S("policyArns")));
	session->transitive_keys = words_from_json(arena, json_get(json, S("transitive")));
	return read_kind(json_str(json, S("kind")), &session->kind) &&
	       seconds(json, S("issued"), &session->issued_s) &&
	       seconds(json, S("expires"), &session->expires_s);
}

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
	struct buf token = { .arena = arena };
	uint64_t random;
	str id;

	random_take(keys_random(account->keys), &random, sizeof(random));
	id = access_key_id(arena, S("ASIA"), session->account_id, random);
	buf_char(&token, TOKEN_VERSION);
	buf_str(&token, sealer_seal(arena, sealer, id, session_text(arena, session)));
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
	       session_from_text(arena, text, session);
}
