/*
 * ec2_rule.c -- security groups from before their rules had ids: what a database of then says
 * is what one of now answers; and addresses as AWS shows them.
 *
 * What the calls do is in tests/cases/security_group_rules.json.
 */
#include "account.h"

#include "engine/engine.h"

#define VPC   "vpc-0123456789abcdef0"
#define GROUP "sg-00000000000000001"

enum { MANY = 150 };

/* ---- networks: RFC 5952, sections 2 and 4; EC2 API Reference, IpRange; Python's ipaddress. */

static void test_networks(void)
{
	static const struct {
		const char *given, *shown; /* NULL: none */
	} rows[] = {
		{ "100.68.0.18/18", "100.68.0.0/18" },
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "203.0.113.7/32", "203.0.113.7/32" },
		{ "255.255.255.255/0", "0.0.0.0/0" },
		{ "2001:db8:0:0:1:0:0:1/128", "2001:db8::1:0:0:1/128" },
		{ "2001:0DB8::0001/128", "2001:db8::1/128" },
		{ "2001:db8:0:1:1:1:1:1/128", "2001:db8:0:1:1:1:1:1/128" },
		{ "2001:0:0:1:0:0:0:1/128", "2001:0:0:1::1/128" },
		{ "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa/64", "2001:db8:aaaa:bbbb::/64" },
		{ "2001:db8:1234:1a00::/56", "2001:db8:1234:1a00::/56" },
		{ "1:2:3:4:5:6:7:8/128", "1:2:3:4:5:6:7:8/128" },
		{ "1:0:0:4:5:6:0:0/128", "1::4:5:6:0:0/128" },
		{ "0:0:3:4:5:6:7:8/128", "::3:4:5:6:7:8/128" },
		{ "::1/128", "::1/128" },
		{ "::/0", "::/0" },
		{ "ffff::/1", "8000::/1" },
		{ "10.0.0.1", NULL },
		{ "2001:db8::1", NULL },
		{ "10.0.0.0/33", NULL },
		{ "::/129", NULL },
		{ "10.0.0/8", NULL },
		{ "010.0.0.0/8", NULL },
		{ "10.0.0.0/", NULL },
		{ "/8", NULL },
		{ "1::2::3/64", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool v6, good;
		str shown = { 0 };

		good = network_canonical(&arena, str_of(rows[i].given), &v6, &shown);
		ok(good == (rows[i].shown != NULL), "%s is %sa network", rows[i].given,
			rows[i].shown ? "" : "not ");
		if (!good)
			continue;
		is(shown, str_of(rows[i].shown), "and shown as %s", rows[i].shown);
		ok(v6 == (str_find(shown, S(":")) != SIZE_MAX), "of the right family");
	}
}

/* ---- a database of before */

static const char old_group[] =
	"{\"wire\":{\"ownerId\":\"" CUSTOMER "\",\"groupId\":\"" GROUP "\",\"groupName\":\"web\","
	"\"groupDescription\":\"d\",\"vpcId\":\"" VPC "\",\"ipPermissions\":["
	"{\"ipProtocol\":\"tcp\",\"fromPort\":\"443\",\"toPort\":\"443\","
	"\"ipRanges\":[{\"cidrIp\":\"0.0.0.0/0\",\"description\":\"all\"},"
	"{\"cidrIp\":\"10.1.2.3/8\"},{\"cidrIp\":\"10.0.0.0/8\"}],"
	"\"groups\":[{\"groupId\":\"" GROUP "\",\"userId\":\"" CUSTOMER "\"}]},"
	"{\"ipProtocol\":\"icmp\",\"fromPort\":\"-1\",\"toPort\":\"-1\","
	"\"ipRanges\":[{\"cidrIp\":\"192.0.2.0/24\"}]},"
	"{\"ipProtocol\":\"-1\",\"prefixListIds\":[{\"prefixListId\":\"pl-68a54001\"}]}],"
	"\"ipPermissionsEgress\":[{\"ipProtocol\":\"-1\",\"ipRanges\":[{\"cidrIp\":\"0.0.0.0/0\"}]}"
	",{\"ipProtocol\":\"udp\",\"fromPort\":\"53\",\"toPort\":\"53\","
	"\"ipv6Ranges\":[{\"cidrIpv6\":\"2001:DB8::/32\"}]}]},\"tags\":{\"Name\":\"web\"}}";

static str group_key(str id)
{
	return JOIN(&arena, S("/" CUSTOMER "/ec2/us-west-2/security-group/"), id);
}

static str many_id(int i)
{
	return arena_printf(&arena, "sg-%017x", 0x1000 + i);
}

static void add(struct change *changes, size_t *n, str key, str value)
{
	changes[(*n)++] = (struct change){ .key = key, .value = value };
}

static str many_group(int i)
{
	return arena_printf(&arena,
		"{\"wire\":{\"ownerId\":\"" CUSTOMER "\",\"groupId\":\"%.*s\",\"groupName\":\"n%d\""
		",\"groupDescription\":\"d\",\"vpcId\":\"" VPC
		"\",\"ipPermissions\":[],\"ipPermissionsEgress\":[{\"ipProtocol\":\"-1\","
		"\"ipRanges\":[{\"cidrIp\":\"0.0.0.0/0\"},{\"cidrIp\":\"10.%d.0.0/16\"}]}]}}",
		STR(many_id(i)), i, i);
}

/* As the store would have been left: `rules` are taken out of it again. */
static void put_old(const struct words *rules)
{
	struct change *changes = NEWS(&arena, struct change, MANY + 1 + rules->n);
	struct store *store;
	struct err err = { 0 };
	size_t n = 0;

	account_close(account);
	account = NULL;
	add(changes, &n, group_key(S(GROUP)), str_of(old_group));
	for (int i = 0; i < MANY; i++)
		add(changes, &n, group_key(many_id(i)), many_group(i));
	for (size_t i = 0; i < rules->n; i++)
		changes[n++] = (struct change){
			.key = JOIN(&arena, S("/" CUSTOMER "/ec2/us-west-2/security-group-rule/"),
				rules->item[i].text),
			.delete = true
		};
	if (!ok(store_open(arena_printf(&arena, "%.*s/accounts.db", STR(dir)), false, &store, &err),
		    "the store: %s", err.text))
		exit(1);
	ok(store_commit(store, changes, n, &err), "groups of before: %s", err.text);
	store_close(store);
}

static void open_again(const char *what)
{
	struct err err = { 0 };

	if (account)
		account_close(account);
	if (!ok(account_open(dir, &account, &err), "%s: %s", what, err.text))
		exit(1);
}

static struct reply rules_of(str group)
{
	return call(&customer, "ec2", "DescribeSecurityGroupRules",
		json_of("{\"Filter\":[{\"Name\":\"group-id\",\"Value\":[\"%.*s\"]}]}", STR(group)));
}

static struct words ids_of(str group)
{
	struct reply reply = rules_of(group);
	const struct json *set = member(&reply, "securityGroupRuleSet");
	struct words ids = { .item = NEWS(&arena, struct word, set ? set->count : 0) };

	JSON_EACH(rule, set)
	ids.item[ids.n++].text = json_str(rule, S("securityGroupRuleId"));
	return ids;
}

/* The permissions are those of before. */
static void test_shown(void)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
		{ "groupName", "web" },
		{ "tagSet.0.value", "web" },
		{ "ipPermissions.0.ipProtocol", "tcp" },
		{ "ipPermissions.0.fromPort", "443" },
		{ "ipPermissions.0.toPort", "443" },
		{ "ipPermissions.0.ipRanges.0.cidrIp", "0.0.0.0/0" },
		{ "ipPermissions.0.ipRanges.0.description", "all" },
		{ "ipPermissions.0.ipRanges.1.cidrIp", "10.0.0.0/8" },
		{ "ipPermissions.0.ipRanges.2", "(absent)" },
		{ "ipPermissions.0.groups.0.groupId", GROUP },
		{ "ipPermissions.0.groups.0.userId", CUSTOMER },
		{ "ipPermissions.1.ipProtocol", "icmp" },
		{ "ipPermissions.1.fromPort", "-1" },
		{ "ipPermissions.1.ipRanges.0.cidrIp", "192.0.2.0/24" },
		{ "ipPermissions.2.ipProtocol", "-1" },
		{ "ipPermissions.2.fromPort", "(absent)" },
		{ "ipPermissions.2.prefixListIds.0.prefixListId", "pl-68a54001" },
		{ "ipPermissions.3", "(absent)" },
		{ "ipPermissionsEgress.0.ipRanges.0.cidrIp", "0.0.0.0/0" },
		{ "ipPermissionsEgress.1.ipProtocol", "udp" },
		{ "ipPermissionsEgress.1.toPort", "53" },
		{ "ipPermissionsEgress.1.ipv6Ranges.0.cidrIpv6", "2001:db8::/32" },
		{ "ipPermissionsEgress.2", "(absent)" },
	};
	struct reply reply =
		call(&customer, "ec2", "DescribeSecurityGroups", "{\"GroupId\":[\"" GROUP "\"]}");

	fine(&reply, "the group");
	for (size_t i = 0; i < COUNT(rows); i++)
		is(text(&reply, json_of("securityGroupInfo.0.%s", rows[i].path)),
			str_of(rows[i].text), "%s", rows[i].path);
}

static void same_ids(const struct words *a, const struct words *b, const char *what)
{
	bool same = a->n == b->n;

	for (size_t i = 0; i < a->n && same; i++)
		same = str_eq(a->item[i].text, b->item[i].text);
	ok(same && a->n, "%s", what);
}

static void test_use(const struct words *ids)
{
	struct reply reply = call(&customer, "ec2", "CreateTags",
		json_of("{\"ResourceId\":[\"%.*s\"],\"Tag\":[{\"Key\":\"K\",\"Value\":\"V\"}]}",
			STR(ids->item[0].text)));
	struct words now;

	fine(&reply, "a rule of before has tags");
	open_again("once more");
	now = ids_of(S(GROUP));
	same_ids(ids, &now, "the ids stay");
	reply = rules_of(S(GROUP));
	is(text(&reply, "securityGroupRuleSet.0.tagSet.0.value"), S("V"), "and the tags");
	reply = call(&customer, "ec2", "RevokeSecurityGroupIngress",
		"{\"GroupId\":\"" GROUP
		"\",\"IpPermissions\":[{\"IpProtocol\":\"tcp\",\"FromPort\":"
		"\"443\",\"ToPort\":\"443\",\"IpRanges\":[{\"CidrIp\":\"10.0.0.0/8\"}]}]}");
	fine(&reply, "one is revoked");
	now = ids_of(S(GROUP));
	ok(now.n == ids->n - 1, "and gone");
	open_again("and once more");
	now = ids_of(S(GROUP));
	ok(now.n == ids->n - 1, "it does not come back");
}

static void test_upgrade(void)
{
	struct words none = { 0 }, first, again;
	size_t lost = 0;

	put_old(&none);
	open_again("a database of before");
	test_shown();
	first = ids_of(S(GROUP));
	ok(first.n == 7, "seven rules, of which one was there in two forms: %zu", first.n);
	for (size_t i = 0; i < first.n; i++)
		ok(first.item[i].text.n == 21 && str_starts(first.item[i].text, S("sgr-")),
			"an id like the others: %.*s", STR(first.item[i].text));
	for (int i = 0; i < MANY; i++)
		lost += ids_of(many_id(i)).n != 2;
	ok(!lost, "%d groups have their two: %zu have not", MANY, lost);
	put_old(&first);
	open_again("the same database, which nobody had opened");
	again = ids_of(S(GROUP));
	same_ids(&first, &again, "the same ids");
	test_use(&first);
}

/* ---- quotas that a test can reach (EC2 API Reference, "Error codes"; EC2 User Guide, placement
 * groups; VPC User Guide, "Amazon VPC quotas"). */

static void test_quota(const char *operation, const char *format, size_t max, const char *code)
{
	struct reply reply = { 0 };
	size_t made = 0;

	for (size_t i = 0; i <= max; i++) {
		reply = call(&customer, "ec2", operation,
			json_of("{\"GroupName\":\"q%zu\"%s}", i, format));
		if (reply.status != 200)
			break;
		made++;
	}
	ok(made == max, "%s: %zu of %zu", operation, made, max);
	is(reply.code, str_of(code), "and no more");
}

int main(void)
{
	accounts_open();
	test_networks();
	test_upgrade();
	test_quota("CreatePlacementGroup", "", 500, "PlacementGroupLimitExceeded");
	test_quota("CreateSecurityGroup", ",\"GroupDescription\":\"d\"", 2500 - 1 - 1 - MANY,
		"SecurityGroupLimitExceeded");
	accounts_close();
	return tap_done();
}
