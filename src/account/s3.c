/*
 * s3.c -- buckets: made, found, located, listed, deleted. (No objects.)
 *
 * Bucket names are one space for all accounts and regions, so a bucket is a record outside of any
 * account that says whose it is. Its ARN holds neither account nor region; the account that owns
 * it decides with whose policies it is seen: another account's caller needs a bucket policy, and
 * there are none, so it is denied [S-102].
 *
 * A bucket that is not there is authorised as if it were the caller's: who may not look in its own
 * account is told "denied" either way. (That a name is taken by another account, and in which
 * region, S3 tells everybody.)
 */
#include "account/services.h"

#include "base/os.h"

#include <string.h>

enum { BUCKETS_MAX = 1000, BUCKET_NAME_MIN = 3, BUCKET_NAME_MAX = 63 };

/* ---- records */

static str bucket_key(struct call *call, str name)
{
	return arena_printf(call->arena, "/s3/bucket/%.*s", STR(name));
}

static const struct json *find_bucket(struct call *call, str name)
{
	const struct record *record = record_get(call->account, bucket_key(call, name));

	return record ? record->value : NULL;
}

static str owner_of(const struct json *bucket)
{
	return json_str(bucket, S("owner"));
}

static bool is_mine(const struct call *call, const struct json *bucket)
{
	return str_eq(owner_of(bucket), call->account_id);
}

/* ---- names */

/* Digits and dots only, three dots: S3 takes it for an IP address. */
static bool is_address(str name)
{
	size_t dots = 0;

	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] != '.' && (name.p[i] < '0' || name.p[i] > '9'))
			return false;
		dots += name.p[i] == '.';
	}
	return dots == 3;
}

static bool is_bucket_name(str name)
{
	if (name.n < BUCKET_NAME_MIN || name.n > BUCKET_NAME_MAX || !ascii_alnum(name.p[0]) ||
		!ascii_alnum(name.p[name.n - 1]) || is_address(name))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if ((!ascii_alnum(c) && c != '-' && c != '.') || c != ascii_lower(c) ||
			(c == '.' && name.p[i + 1] == '.'))
			return false;
	}
	return !str_starts(name, S("xn--")) && !str_ends(name, S("-s3alias"));
}

static bool bucket_fault(struct call *call, enum fault_id fault, const char *text, str name)
{
	call->fault_members = json_new(call->arena, JSON_OBJECT);
	json_put_str(call->arena, call->fault_members, S("BucketName"), name);
	return refuse(call, fault, "%s", text);
}

static bool no_such_bucket(struct call *call, str name)
{
	return bucket_fault(call, FAULT_S3_NO_SUCH_BUCKET, "The specified bucket does not exist",
		name);
}

static bool need_bucket_name(struct call *call, str *name)
{
	return need_str(call, S("Bucket"), name) &&
	       (is_bucket_name(*name) ||
		       bucket_fault(call, FAULT_S3_BUCKET_NAME,
			       "The specified bucket is not valid.", str_head(*name, 255)));
}

/* ---- authorisation */

/* What S3 knows of every request. A signature's age is that of a presigned request only; other
 * ones are made when they are sent. (S3 API Reference, "Signature Version 4 Authentication Specific
 * Policy Keys".) */
static void request_keys(struct keys *keys, const struct call *call)
{
	const struct http_request *http = call->http;

	keys_add(keys, S("s3:authType"),
		call->presigned ? S("REST-QUERY-STRING") : S("REST-HEADER"));
	keys_add(keys, S("s3:signatureversion"), S("AWS4-HMAC-SHA256"));
	if (call->presigned)
		keys_add(keys, S("s3:signatureAge"),
			arena_printf(keys->arena, "%lld",
				1000 * (long long)(call->now_s - call->signed_s)));
	keys_add(keys, S("s3:TlsVersion"), http->tls_version);
	keys_add(keys, S("s3:x-amz-content-sha256"),
		http_get_header(http->headers, http->nheaders, S("x-amz-content-sha256")));
}

static bool allow_bucket(struct call *call, const char *action, str name, const struct json *bucket,
	const struct keys *extra)
{
	str owner = bucket ? owner_of(bucket) : call->account_id;
	struct keys keys = { .arena = call->arena };
	struct target target = {
		.action = str_of(action),
		.resource = arena_printf(call->arena, "arn:aws:s3:::%.*s", STR(name)),
		.resource_account = owner,
	};

	keys_add(&keys, S("s3:ResourceAccount"), owner);
	request_keys(&keys, call);
	for (size_t i = 0; extra && i < extra->n; i++)
		keys_add(&keys, extra->list[i].key, extra->list[i].values[0]);
	target.extra = keys.list;
	target.nextra = keys.n;
	return allow(call, &target);
}

/* The bucket of the path: allowed, and then there. */
static bool open_bucket(struct call *call, const char *action, str *name,
	const struct json **bucket)
{
	if (!need_bucket_name(call, name))
		return false;
	*bucket = find_bucket(call, *name);
	if (*bucket) /* S3 tells the region even to those whom it denies */
		call_header(call, S("x-amz-bucket-region"), json_str(*bucket, S("region")));
	return allow_bucket(call, action, *name, *bucket, NULL) &&
	       (*bucket || no_such_bucket(call, *name));
}

/* ---- CreateBucket */

static bool is_region(str region)
{
	size_t dashes = 0;

	for (size_t i = 0; i < region.n; i++) {
		if (!ascii_alnum(region.p[i]) && region.p[i] != '-')
			return false;
		dashes += region.p[i] == '-';
	}
	return region.n <= 32 && dashes >= 2 && ascii_lower(region.p[0]) == region.p[0];
}

/* The body: empty, or a CreateBucketConfiguration. */
static bool read_location(struct call *call, str *location)
{
	struct json *value;
	struct err err;
	str root;

	*location = (str){ 0 };
	if (!str_trim(call->http->body).n)
		return true;
	if (!xml_parse(call->arena, call->http->body, &root, &value, &err) ||
		!str_eq(root, S("CreateBucketConfiguration")))
		return refuse(call, FAULT_S3_XML,
			"The XML you provided was not well-formed or did not validate against our "
			"published schema");
	*location = json_str(value, S("LocationConstraint"));
	return true;
}

/*
 * us-east-1's endpoint makes buckets there without a location, and elsewhere with one; any other
 * region's endpoint wants its own region named.
 */
static bool check_location(struct call *call, str location, str *region)
{
	bool east = str_eq(call->region, S("us-east-1"));

	*region = location.n ? location : call->region;
	if (location.n && (!is_region(location) || str_eq(location, S("us-east-1"))))
		return refuse(call, FAULT_S3_LOCATION_UNKNOWN,
			"The specified location-constraint is not valid");
	if (east || str_eq(location, call->region))
		return true;
	if (!location.n)
		return refuse(call, FAULT_S3_LOCATION,
			"The unspecified location constraint is incompatible for the region "
			"specific endpoint this request was sent to.");
	return refuse(call, FAULT_S3_LOCATION,
		"The %.*s location constraint is incompatible for the region specific endpoint "
		"this request was sent to.",
		STR(location));
}

static bool check_new(struct call *call, str name, const struct json *bucket, str region)
{
	size_t n;

	/* In us-east-1 making one's own bucket again is no error. */
	if (bucket && is_mine(call, bucket) &&
		!(str_eq(region, S("us-east-1")) && str_eq(json_str(bucket, S("region")), region)))
		return bucket_fault(call, FAULT_S3_OWNED_BY_YOU,
			"Your previous request to create the named bucket succeeded and you "
			"already own it.",
			name);
	if (bucket && !is_mine(call, bucket))
		return bucket_fault(call, FAULT_S3_EXISTS,
			"The requested bucket name is not available. The bucket namespace is "
			"shared by all users of the system. Please select a different name and "
			"try again.",
			name);
	record_range(call->account, S("/s3/bucket/"), &n);
	return n < BUCKETS_MAX || refuse(call, FAULT_S3_TOO_MANY,
					  "You have attempted to create more buckets than allowed");
}

/* The path in us-east-1, which needs no constraint; an address elsewhere. */
static str made_at(struct arena *arena, str name, str location)
{
	return location.n ? arena_printf(arena, "http://%.*s.s3.amazonaws.com/", STR(name))
			  : arena_printf(arena, "/%.*s", STR(name));
}

/* Authorised as the caller's own bucket-to-be: whose a taken name is, decides nothing here. */
bool s3_create_bucket(struct call *call)
{
	struct keys keys = { .arena = call->arena };
	const struct json *bucket;
	struct json *value;
	str name, location, region = { 0 };

	if (!need_bucket_name(call, &name) || !read_location(call, &location))
		return false;
	keys_add(&keys, S("s3:locationconstraint"), location);
	if (!allow_bucket(call, "s3:CreateBucket", name, NULL, &keys) ||
		!check_location(call, location, &region))
		return false;
	bucket = find_bucket(call, name);
	if (!check_new(call, name, bucket, region))
		return false;
	if (!bucket) {
		value = json_new(call->arena, JSON_OBJECT);
		json_put_str(call->arena, value, S("owner"), call->account_id);
		json_put_str(call->arena, value, S("region"), region);
		json_put_str(call->arena, value, S("created"), time_iso(call->arena, call->now_s));
		call_put(call, bucket_key(call, name), value);
	}
	call_header(call, S("Location"), made_at(call->arena, name, location));
	call->output = NULL;
	return true;
}

/* ---- the others */

bool s3_head_bucket(struct call *call)
{
	const struct json *bucket;
	str name;

	call->output = NULL;
	return open_bucket(call, "s3:ListBucket", &name, &bucket);
}

bool s3_get_bucket_location(struct call *call)
{
	const struct json *bucket;
	str name, region;

	if (!open_bucket(call, "s3:GetBucketLocation", &name, &bucket))
		return false;
	region = json_str(bucket, S("region"));
	json_put_str(call->arena, call->output, S("LocationConstraint"),
		str_eq(region, S("us-east-1")) ? S("") : region);
	return true;
}

bool s3_delete_bucket(struct call *call)
{
	const struct json *bucket;
	str name;

	if (!open_bucket(call, "s3:DeleteBucket", &name, &bucket))
		return false;
	call_delete(call, bucket_key(call, name));
	call->output = NULL;
	call->status = 204;
	return true;
}

/* The list's elements all have one name, which an object of ours may hold more than once. */
static void list_mine(struct call *call, struct json *out)
{
	size_t n;
	const struct record *const *records = record_range(call->account, S("/s3/bucket/"), &n);

	for (size_t i = 0; i < n; i++) {
		struct json *entry;

		if (!is_mine(call, records[i]->value))
			continue;
		entry = json_push(out, json_new(call->arena, JSON_OBJECT));
		entry->name = S("Bucket");
		json_put_str(call->arena, entry, S("Name"),
			str_from(records[i]->key, S("/s3/bucket/").n));
		json_put_str(call->arena, entry, S("CreationDate"),
			json_str(records[i]->value, S("created")));
	}
}

/* The caller's canonical id: S3 shows one; ours is made of the account. */
static str canonical_id(struct call *call)
{
	unsigned char hash[SHA256_BYTES];

	sha256(call->account_id, hash);
	return hex_write(call->arena, hash, sizeof(hash));
}

bool s3_list_buckets(struct call *call)
{
	struct keys keys = { .arena = call->arena };
	struct target target = {
		.action = S("s3:ListAllMyBuckets"),
		.resource = S("arn:aws:s3:::*"),
		.no_resource_types = true,
	};
	struct json *root, *owner;

	request_keys(&keys, call);
	target.extra = keys.list;
	target.nextra = keys.n;
	if (!allow(call, &target))
		return false;
	root = json_put(call->output, S("ListAllMyBucketsResult"),
		json_new(call->arena, JSON_OBJECT));
	owner = json_put(root, S("Owner"), json_new(call->arena, JSON_OBJECT));
	json_put_str(call->arena, owner, S("ID"), canonical_id(call));
	list_mine(call, json_put(root, S("Buckets"), json_new(call->arena, JSON_OBJECT)));
	return true;
}
