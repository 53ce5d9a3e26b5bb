/*
 * demo_stage.c -- what stands before the document begins: a server with two
 * accounts, the vendor's own role and user, and the customer's network, roles,
 * buckets and launch template. All but the accounts themselves is made through
 * the API, with keys that were generated in this run.
 */
#include "account/account.h"
#include "base/crypto.h"
#include "cli/demo.h"

/* ---- calls that must work: a stage that cannot be set is a failure of the demo */

static bool must_call(struct stage *s, const struct credentials *who, struct api_call call,
	struct json **output, struct err *err)
{
	struct api_answer answer;

	if (!client_call(s->arena, s->client, who, &call, &answer, err))
		return false;
	if (!answer.ok)
		return fail(err, ERR_REMOTE, 0, "setting the stage: %.*s: %.*s: %.*s",
			STR(call.operation), STR(answer.code), STR(answer.message));
	if (output)
		*output = answer.output;
	return true;
}

/* An operation of IAM or EC2 whose parameters are written as JSON. */
static bool must_do(struct stage *s, const struct credentials *who, str service, str operation,
	str input, struct json **output, struct err *err)
{
	struct json *parameters;

	return json_parse(s->arena, input, LIMIT_JSON_BYTES, &parameters, err) &&
	       must_call(s, who,
		       (struct api_call){ .service = service,
			       .operation = operation,
			       .input = parameters },
		       output, err);
}

static str quoted(struct arena *arena, str text)
{
	struct buf out = { .arena = arena };

	json_write_str(&out, text);
	return buf_view(&out);
}

static void fact(struct stage *s, str name, str value)
{
	json_put_str(s->arena, s->facts, name, value);
}

/* ---- the server */

bool stage_open(struct stage *s, struct err *err)
{
	const str ids[] = { S(VENDOR_ACCOUNT), S(CUSTOMER_ACCOUNT) };
	struct account_admin admins[COUNT(ids)];
	str accounts, line;

	s->facts = json_new(s->arena, JSON_OBJECT);
	fact(s, S("random"), random_text(s->arena, S("abcdefghijklmnopqrstuvwxyz0123456789"), 12));
	fact(s, S("oidc"), random_text(s->arena, S("0123456789ABCDEF"), 32));
	if (!dir_make_temp(s->arena, S("deputy-demo"), &s->dir, err))
		return false;
	accounts = arena_printf(s->arena, "%.*s/accounts", STR(s->dir));
	if (!account_init(s->arena, accounts, ids, COUNT(ids), s->region, admins, err))
		return false;
	s->vendor_administrator = admins[0].credentials;
	s->customer_administrator = admins[1].credentials;

	const char *argv[] = { "deputy", "account", "serve", accounts.p, "--listen", "127.0.0.1:0",
		NULL };
	if (!process_start_self(&s->account, argv, arena_printf(s->arena, "%.*s/log", STR(s->dir)),
		    err))
		return false;
	s->running = true;
	if (!process_read_line(s->arena, &s->account, 10000, &line, err))
		return false;
	if (!str_starts(line, S("listening on ")))
		return fail(err, ERR_INTERNAL, 0, "deputy account said \"%.*s\"", STR(line));
	s->endpoint = str_from(line, S("listening on ").n);
	s->client = client_open(
		&(struct client_options){ .endpoint = s->endpoint, .region = s->region });
	return true;
}

void stage_close(struct stage *s, bool keep)
{
	if (s->client)
		client_close(s->client);
	if (s->running)
		process_stop(&s->account);
	if (keep || s->dir.n == 0)
		return;
	dir_remove(arena_printf(s->arena, "%.*s/accounts", STR(s->dir)));
	dir_remove(s->dir);
}

/* ---- the vendor: a role that works for all customers, and a user who may assume it */

static bool vendor_role(struct stage *s, struct err *err)
{
	str trust =
		S("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
		  "{\"AWS\":\"" VENDOR_ACCOUNT "\"},\"Action\":\"sts:AssumeRole\"}]}");
	str policy =
		S("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
		  "\"sts:AssumeRole\",\"Resource\":\"arn:aws:iam::*:role/zilliz-byoc*\"}]}");

	return must_do(s, &s->vendor_administrator, S("iam"), S("CreateRole"),
		       arena_printf(s->arena,
			       "{\"RoleName\":\"zilliz-byoc\",\"AssumeRolePolicyDocument\":%.*s}",
			       STR(quoted(s->arena, trust))),
		       NULL, err) &&
	       must_do(s, &s->vendor_administrator, S("iam"), S("PutRolePolicy"),
		       arena_printf(s->arena,
			       "{\"RoleName\":\"zilliz-byoc\",\"PolicyName\":\"customers\","
			       "\"PolicyDocument\":%.*s}",
			       STR(quoted(s->arena, policy))),
		       NULL, err);
}

static bool vendor_user(struct stage *s, struct credentials *user, struct err *err)
{
	str policy =
		S("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
		  "\"sts:AssumeRole\",\"Resource\":\"arn:aws:iam::" VENDOR_ACCOUNT
		  ":role/zilliz-byoc\"}]}");
	struct json *made, *key;

	if (!must_do(s, &s->vendor_administrator, S("iam"), S("CreateUser"),
		    S("{\"UserName\":\"console\"}"), NULL, err) ||
		!must_do(s, &s->vendor_administrator, S("iam"), S("PutUserPolicy"),
			arena_printf(s->arena,
				"{\"UserName\":\"console\",\"PolicyName\":\"work\","
				"\"PolicyDocument\":%.*s}",
				STR(quoted(s->arena, policy))),
			NULL, err) ||
		!must_do(s, &s->vendor_administrator, S("iam"), S("CreateAccessKey"),
			S("{\"UserName\":\"console\"}"), &made, err))
		return false;
	key = json_get(made, S("AccessKey"));
	*user = (struct credentials){ .access_key_id = json_str(key, S("AccessKeyId")),
		.secret_access_key = json_str(key, S("SecretAccessKey")) };
	return true;
}

bool stage_vendor(struct stage *s, struct err *err)
{
	struct credentials user;
	struct api_answer answer;

	if (!vendor_role(s, err) || !vendor_user(s, &user, err) ||
		!vendor_assume(s->arena, s->client, &user,
			S("arn:aws:iam::" VENDOR_ACCOUNT ":role/zilliz-byoc"), S("console"),
			(str){ 0 }, &answer, &s->vendor_session, err))
		return false;
	if (!answer.ok)
		return fail(err, ERR_REMOTE, 0, "the vendor's own role: %.*s: %.*s",
			STR(answer.code), STR(answer.message));
	return true;
}

/* ---- the customer */

/* The first or `index`th item of a list in a Describe answer, and its id. */
static str id_at(const struct json *output, str list, size_t index, str id)
{
	const struct json *item = json_get(output, list);

	for (item = item ? item->first : NULL; item && index; index--)
		item = item->next;
	return json_str(item, id);
}

static bool customer_network(struct stage *s, struct err *err)
{
	const struct credentials *admin = &s->customer_administrator;
	struct json *vpcs, *subnets, *groups, *images;

	if (!must_do(s, admin, S("ec2"), S("DescribeVpcs"), S("{}"), &vpcs, err) ||
		!must_do(s, admin, S("ec2"), S("DescribeSubnets"), S("{}"), &subnets, err) ||
		!must_do(s, admin, S("ec2"), S("DescribeSecurityGroups"), S("{}"), &groups, err) ||
		!must_do(s, admin, S("ec2"), S("DescribeImages"), S("{}"), &images, err))
		return false;
	fact(s, S("vpc"), id_at(vpcs, S("vpcSet"), 0, S("vpcId")));
	fact(s, S("subnet1"), id_at(subnets, S("subnetSet"), 0, S("subnetId")));
	fact(s, S("subnet2"), id_at(subnets, S("subnetSet"), 1, S("subnetId")));
	fact(s, S("subnet3"), id_at(subnets, S("subnetSet"), 2, S("subnetId")));
	fact(s, S("sg"), id_at(groups, S("securityGroupInfo"), 0, S("groupId")));
	fact(s, S("image"), id_at(images, S("imagesSet"), 0, S("imageId")));
	JSON_EACH(one, s->facts)
	if (one->text.n == 0)
		return fail(err, ERR_REMOTE, 0, "the customer's default VPC has no %.*s",
			STR(one->name));
	return must_do(s, admin, S("ec2"), S("CreateTags"),
		arena_printf(s->arena,
			"{\"ResourceId\":[\"%.*s\",\"%.*s\"],\"Tag\":[{\"Key\":\"Vendor\","
			"\"Value\":"
			"\"zilliz-byoc\"}]}",
			STR(json_str(s->facts, S("subnet1"))), STR(json_str(s->facts, S("sg")))),
		NULL, err);
}

static bool customer_role(struct stage *s, const char *name, const char *service, struct err *err)
{
	str trust = arena_printf(s->arena,
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
		"{\"Service\":\"%s\"},\"Action\":\"sts:AssumeRole\"}]}",
		service);

	if (str_eq(str_of(name), S("zilliz-byoc-eks-role")))
		fact(s, S("service_trust"), trust);
	return must_do(s, &s->customer_administrator, S("iam"), S("CreateRole"),
		arena_printf(s->arena, "{\"RoleName\":\"%s\",\"AssumeRolePolicyDocument\":%.*s}",
			name, STR(quoted(s->arena, trust))),
		NULL, err);
}

static bool customer_bucket(struct stage *s, str fact_name, str suffix, struct err *err)
{
	str name = arena_printf(s->arena, "acme-%.*s-%.*s", STR(suffix),
		STR(json_str(s->facts, S("random"))));

	fact(s, fact_name, name);
	return must_call(s, &s->customer_administrator,
		(struct api_call){
			.service = S("s3"),
			.operation = S("CreateBucket"),
			.method = S("PUT"),
			.target = arena_printf(s->arena, "/%.*s", STR(name)),
			.body = arena_printf(s->arena,
				"<CreateBucketConfiguration "
				"xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/"
				"\"><LocationConstraint>"
				"%.*s</LocationConstraint></CreateBucketConfiguration>",
				STR(s->region)),
		},
		NULL, err);
}

static bool customer_template(struct stage *s, struct err *err)
{
	struct json *made;

	if (!must_do(s, &s->customer_administrator, S("ec2"), S("CreateLaunchTemplate"),
		    arena_printf(s->arena,
			    "{\"LaunchTemplateName\":\"web\",\"LaunchTemplateData\":{\"ImageId\":"
			    "\"%.*s\"}}",
			    STR(json_str(s->facts, S("image")))),
		    &made, err))
		return false;
	fact(s, S("customer_template"),
		json_str(json_get(made, S("launchTemplate")), S("launchTemplateId")));
	return true;
}

bool stage_customer(struct stage *s, struct err *err)
{
	return customer_network(s, err) &&
	       customer_role(s, "zilliz-byoc-eks-role", "eks.amazonaws.com", err) &&
	       customer_role(s, "zilliz-byoc-node-role", "ec2.amazonaws.com", err) &&
	       customer_role(s, "payroll", "lambda.amazonaws.com", err) &&
	       customer_bucket(s, S("bucket"), S("milvus"), err) &&
	       customer_bucket(s, S("other_bucket"), S("payroll"), err) &&
	       customer_template(s, err);
}
