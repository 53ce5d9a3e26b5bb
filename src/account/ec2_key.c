/*
 * ec2_key.c -- key pairs and placement groups: what RunInstances is asked about by name.
 *
 * A key that is made here is a real one: its private half is in the answer and nowhere else. SSH's
 * form of a public key (RFC 4253, 6.6) is a list of texts, each behind its length in four bytes;
 * OpenSSH's private file is such a list as well (its PROTOCOL.key). Fingerprints are as EC2 makes
 * them: of an RSA key that EC2 made, SHA-1 over the private key's DER; of one that was imported,
 * MD5 over the public key's; of ED25519, SHA-256 over SSH's form, in base64.
 * (EC2 User Guide, "Verify the fingerprint of your key pair".)
 */
#include "account/services.h"
#include "base/crypto.h"

#include <string.h>

enum { KEY_PAIRS_MAX = 5000, PLACEMENT_GROUPS_MAX = 500, NAME_MAX_CHARS = 255 };
enum { RSA_BITS_MIN = 1024, RSA_BITS_MAX = 4096, PARTITIONS_MAX = 7, PEM_COLUMNS = 64 };

#define RSA     "ssh-rsa"
#define ED25519 "ssh-ed25519"

struct key {
	str type;                /* rsa, ed25519 */
	str material;            /* the private key, or {0} */
	str public, fingerprint; /* "ssh-rsa AAAA…" */
};

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

/* ---- making one */

static void make_rsa(struct arena *arena, struct key *key)
{
	struct buf blob = { .arena = arena };
	unsigned char hash[SHA1_BYTES];
	struct rsa_pair pair;

	rsa_generate(arena, &pair);
	put_text(&blob, S(RSA));
	put_mpint(&blob, pair.exponent);
	put_mpint(&blob, pair.modulus);
	sha1(pair.pkcs8, hash);
	*key = (struct key){ S("rsa"), pem(arena, "RSA PRIVATE KEY", pair.pkcs1),
		public_line(arena, RSA, buf_view(&blob)), colons(arena, hash, sizeof(hash)) };
}

static void make_ed25519(struct arena *arena, struct key *key)
{
	struct buf blob = { .arena = arena }, file = { .arena = arena },
		   secret = { .arena = arena };
	unsigned char public[ED25519_BYTES], private[2 * ED25519_BYTES];
	uint32_t check;

	ed25519_generate(public, private);
	memcpy(private + ED25519_BYTES, public, ED25519_BYTES);
	put_text(&blob, S(ED25519));
	put_text(&blob, (str){ (char *)public, sizeof(public) });
	random_bytes(&check, sizeof(check));
	put_number(&secret, check);
	put_number(&secret, check);
	buf_str(&secret, buf_view(&blob));
	put_text(&secret, (str){ (char *)private, sizeof(private) });
	secret_wipe(private, sizeof(private));
	put_text(&secret, S(""));
	for (char pad = 1; secret.n % 8; pad++)
		buf_char(&secret, pad);
	buf_str(&file, (str){ "openssh-key-v1", sizeof("openssh-key-v1") });
	put_text(&file, S("none")); /* cipher */
	put_text(&file, S("none")); /* key derivation */
	put_text(&file, S(""));
	put_number(&file, 1);
	put_text(&file, buf_view(&blob));
	put_text(&file, buf_view(&secret));
	*key = (struct key){ S("ed25519"), pem(arena, "OPENSSH PRIVATE KEY", buf_view(&file)),
		public_line(arena, ED25519, buf_view(&blob)),
		blob_fingerprint(arena, buf_view(&blob)) };
}

/* ---- reading one */

static str without_zeros(str number)
{
	while (number.n && !number.p[0])
		number = str_from(number, 1);
	return number;
}

static bool read_rsa(struct arena *arena, str blob, struct key *key)
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
	*key = (struct key){ .type = S("rsa"),
		.public = public_line(arena, RSA, blob),
		.fingerprint = colons(arena, hash, sizeof(hash)) };
	return true;
}

static bool read_ed25519(struct arena *arena, str blob, struct key *key)
{
	str rest = blob, type, point;

	if (!take_text(&rest, &type) || !str_eq(type, S(ED25519)) || !take_text(&rest, &point) ||
		rest.n || point.n != ED25519_BYTES)
		return false;
	*key = (struct key){ .type = S("ed25519"),
		.public = public_line(arena, ED25519, blob),
		.fingerprint = blob_fingerprint(arena, blob) };
	return true;
}

/* Base64 of OpenSSH's line: the type, base64 of SSH's form, and maybe a comment. */
static bool read_public(struct arena *arena, str material, struct key *key)
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

/* ---- by name */

static bool need_name(struct call *call, str parameter, str *name)
{
	if (!need_str(call, parameter, name))
		return false;
	for (size_t i = 0; i < name->n; i++)
		if (name->n > NAME_MAX_CHARS || name->p[i] < ' ' || name->p[i] > '~' ||
			name->p[i] == '/')
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"Value (%.*s) for parameter %.*s is invalid.",
				STR(str_head(*name, 64)), STR(parameter));
	return true;
}

/* The item of that name, allowed to be made; it may be there already. */
static bool open_new(struct call *call, const char *type, str name, const struct keys *keys,
	struct json **tags, struct ec2_item *item)
{
	const struct json *specs = json_get(call->input, S("TagSpecification"));
	struct ec2_item wanted;

	*item = ec2_find(call, ec2_type_by_name(str_of(type)), name);
	wanted = *item;
	wanted.wire = wanted.tags = NULL;
	return ec2_spec_types(call, specs, str_of(type)) &&
	       ec2_spec_tags(call, specs, str_of(type), tags) &&
	       ec2_allow_new(call, &wanted, *tags, keys) && ec2_go_ahead(call);
}

static bool check_quota(struct call *call, const char *type, size_t max)
{
	size_t n;

	ec2_range(call, ec2_type_by_name(str_of(type)), &n);
	return n < max || refuse(call, FAULT_LIMIT_EXCEEDED,
				  "You have reached the limit of %zu %ss", max, type);
}

/* ---- key pairs */

static bool keep_key(struct call *call, struct ec2_item *item, const struct key *key,
	const struct json *tags)
{
	struct arena *arena = call->arena;
	struct json *wire = json_new(arena, JSON_OBJECT);

	if (item->wire)
		return refuse(call, FAULT_EC2_KEY_PAIR_DUPLICATE,
			"The keypair '%.*s' already exists.", STR(item->id));
	if (!check_quota(call, "key-pair", KEY_PAIRS_MAX))
		return false;
	json_put_str(arena, wire, S("keyPairId"), new_resource_id(arena, S("key-")));
	json_put_str(arena, wire, S("keyFingerprint"), key->fingerprint);
	json_put_str(arena, wire, S("keyName"), item->id);
	json_put_str(arena, wire, S("keyType"), key->type);
	json_put_str(arena, wire, S("publicKey"), key->public);
	json_put_str(arena, wire, S("createTime"), ec2_time(call));
	ec2_put(call, item, wire, tags);
	item->wire = wire;
	item->tags = tags;
	call->output = ec2_answer(call, item);
	json_remove(call->output, S("createTime"));
	json_remove(call->output, S("keyType"));
	if (key->material.n)
		json_put_str(arena, call->output, S("keyMaterial"), key->material);
	return true;
}

bool ec2_create_key_pair(struct call *call)
{
	str name, type = get_str(call, S("KeyType")), format = get_str(call, S("KeyFormat"));
	struct keys keys = { .arena = call->arena };
	struct ec2_item item;
	struct json *tags;
	struct key key;

	if (!need_name(call, S("KeyName"), &name))
		return false;
	if (!type.n)
		type = S("rsa");
	if (!str_eq(type, S("rsa")) && !str_eq(type, S("ed25519")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Value (%.*s) for parameter KeyType is invalid.", STR(str_head(type, 64)));
	if (format.n && !str_eq(format, S("pem")))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Value (%.*s) for parameter KeyFormat is not offered here: keys are pem.",
			STR(str_head(format, 64)));
	keys_add(&keys, S("ec2:KeyPairName"), name);
	keys_add(&keys, S("ec2:KeyPairType"), type);
	if (!open_new(call, "key-pair", name, &keys, &tags, &item))
		return false;
	if (item.wire)
		return keep_key(call, &item, NULL, NULL);
	if (str_eq(type, S("rsa")))
		make_rsa(call->arena, &key);
	else
		make_ed25519(call->arena, &key);
	return keep_key(call, &item, &key, tags);
}

bool ec2_import_key_pair(struct call *call)
{
	struct keys keys = { .arena = call->arena };
	struct ec2_item item;
	struct json *tags;
	struct key key;
	str name, material;

	if (!need_name(call, S("KeyName"), &name) ||
		!need_str(call, S("PublicKeyMaterial"), &material))
		return false;
	if (!read_public(call->arena, material, &key))
		return refuse(call, FAULT_EC2_KEY_FORMAT,
			"Key is not in valid OpenSSH public key format");
	keys_add(&keys, S("ec2:KeyPairName"), name);
	keys_add(&keys, S("ec2:KeyPairType"), key.type);
	return open_new(call, "key-pair", name, &keys, &tags, &item) &&
	       keep_key(call, &item, &key, tags);
}

/* By name or by id. One that is not there is deleted as well. */
bool ec2_delete_key_pair(struct call *call)
{
	const struct ec2_type *type = ec2_type_by_name(S("key-pair"));
	str name = get_str(call, S("KeyName")), id = get_str(call, S("KeyPairId"));
	struct ec2_item item;

	if (!name.n && !id.n)
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter KeyName or KeyPairId");
	if (!name.n && ec2_type_of_id(id) != type)
		return refuse(call, FAULT_EC2_ID, "The ID '%.*s' is not valid",
			STR(str_head(id, 64)));
	item = name.n ? ec2_find(call, type, name) : ec2_find_id(call, id);
	if (!ec2_allow(call, &item, NULL, NULL) || !ec2_go_ahead(call))
		return false;
	if (item.wire) {
		call_delete(call, ec2_key(call, type->name, item.id));
		json_put_str(call->arena, call->output, S("keyPairId"),
			json_str(item.wire, S("keyPairId")));
	}
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}

/* ---- placement groups */

static bool read_strategy(struct call *call, str *strategy, uint64_t *partitions)
{
	str count = get_str(call, S("PartitionCount"));

	*strategy = get_str(call, S("Strategy"));
	if (!strategy->n)
		*strategy = S("cluster");
	*partitions = str_eq(*strategy, S("partition")) ? 2 : 0;
	if (!str_eq(*strategy, S("cluster")) && !str_eq(*strategy, S("spread")) && !*partitions)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Value (%.*s) for parameter strategy is invalid.",
			STR(str_head(*strategy, 64)));
	if (count.n &&
		(!*partitions || !str_u64(count, PARTITIONS_MAX, partitions) || !*partitions))
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"PartitionCount is between 1 and %d, for the strategy partition only",
			PARTITIONS_MAX);
	return true;
}

bool ec2_create_placement_group(struct call *call)
{
	struct arena *arena = call->arena;
	struct keys keys = { .arena = arena };
	struct json *tags, *wire = json_new(arena, JSON_OBJECT);
	struct ec2_item item;
	uint64_t partitions;
	str name, strategy;

	if (!need_name(call, S("GroupName"), &name) || !read_strategy(call, &strategy, &partitions))
		return false;
	keys_add(&keys, S("ec2:PlacementGroupName"), name);
	keys_add(&keys, S("ec2:PlacementGroupStrategy"), strategy);
	if (!open_new(call, "placement-group", name, &keys, &tags, &item))
		return false;
	if (item.wire)
		return refuse(call, FAULT_EC2_PLACEMENT_DUPLICATE,
			"The Placement Group '%.*s' already exists.", STR(name));
	if (!check_quota(call, "placement-group", PLACEMENT_GROUPS_MAX))
		return false;
	json_put_str(arena, wire, S("groupName"), name);
	json_put_str(arena, wire, S("state"), S("available"));
	json_put_str(arena, wire, S("strategy"), strategy);
	if (partitions)
		json_put_int(arena, wire, S("partitionCount"), (int64_t)partitions);
	json_put_str(arena, wire, S("groupId"), new_resource_id(arena, S("pg-")));
	json_put_str(arena, wire, S("groupArn"), item.arn);
	ec2_put(call, &item, wire, tags);
	item.wire = wire;
	item.tags = tags;
	json_put(call->output, S("placementGroup"), ec2_answer(call, &item));
	return true;
}

static bool is_used(struct call *call, str group)
{
	size_t n;
	const struct record *const *records = ec2_range(call, ec2_type_by_name(S("instance")), &n);

	for (size_t i = 0; i < n; i++) {
		const struct json *wire = json_get(records[i]->value, S("wire"));

		if (!json_get(wire, S("terminatedAt")) &&
			str_eq(json_str(json_get(wire, S("placement")), S("groupName")), group))
			return true;
	}
	return false;
}

bool ec2_delete_placement_group(struct call *call)
{
	const struct ec2_type *type = ec2_type_by_name(S("placement-group"));
	struct ec2_item item;
	str name;

	if (!need_name(call, S("GroupName"), &name))
		return false;
	item = ec2_find(call, type, name);
	if (!ec2_allow(call, &item, NULL, NULL) || !ec2_go_ahead(call))
		return false;
	if (!item.wire)
		return ec2_missing(call, &item);
	if (is_used(call, name))
		return refuse(call, FAULT_EC2_PLACEMENT_IN_USE,
			"The placement group '%.*s' is in use and may not be deleted.", STR(name));
	call_delete(call, ec2_key(call, type->name, name));
	json_put_bool(call->arena, call->output, S("return"), true);
	return true;
}
