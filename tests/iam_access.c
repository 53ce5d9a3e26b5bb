/*
 * iam_access.c -- service last accessed data: reports, and the policies that grant.
 *
 * IAM API Reference, GenerateServiceLastAccessedDetails and its kin: services that permissions
 * policies allow, sorted by namespace; the last of the entities that used one; conditions, boundaries
 * and trust have no say; a report is only for whoever asked for it.
 */
#include "account.h"

#define USER(name)       "arn:aws:iam::" CUSTOMER ":user/" name
#define DOC(statements)  "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define ALLOW_TO(action) "{\"Effect\":\"Allow\",\"Action\":" action ",\"Resource\":\"*\"}"
#define REPORT           "GetServiceLastAccessedDetailsResult."
#define FIRST            REPORT "ServicesLastAccessed.0."
#define ENTITY           "GetServiceLastAccessedDetailsWithEntitiesResult.EntityDetailsList."

static const char *job(const char *arn)
{
	struct reply reply =
		IAM("GenerateServiceLastAccessedDetails", json_of("{\"Arn\":\"%s\"}", arn));

	fine(&reply, "a report is asked for");
	return json_of("{\"JobId\":\"%.*s\"}",
		STR(text(&reply, "GenerateServiceLastAccessedDetailsResult.JobId")));
}

static struct reply report(const char *arn)
{
	return IAM("GetServiceLastAccessedDetails", job(arn));
}

/* The namespaces of a report, one behind the other. */
static str namespaces(const struct reply *reply)
{
	struct buf out = { .arena = &arena };

	JSON_EACH(one, member(reply, REPORT "ServicesLastAccessed"))
	buf_printf(&out, "%s%.*s", out.n ? " " : "", STR(json_str(one, S("ServiceNamespace"))));
	return buf_view(&out);
}

static void allowed(const char *name, const char *policy, const char *want, const char *what)
{
	struct reply reply;

	IAM("CreateUser", json_of("{\"UserName\":\"%s\"}", name));
	reply = IAM("PutUserPolicy", policy_input("UserName", name, "p", policy));
	fine(&reply, "a policy");
	reply = report(json_of(USER("%s"), name));
	is(namespaces(&reply), str_of(want), "%s", what);
}

static void test_services(void)
{
	struct reply reply;

	allowed("one", DOC(ALLOW_TO("[\"s3:Get*\",\"EC2:DescribeVpcs\"]")), "ec2 s3",
		"services of which anything is allowed, sorted");
	allowed("two",
		DOC(ALLOW_TO("[\"s3:*\",\"sqs:*\"]") ",{\"Effect\":\"Deny\",\"Action\":\"s3:*\","
						     "\"Resource\":\"*\"}"),
		"sqs", "not what is denied whole");
	allowed("three",
		DOC(ALLOW_TO("\"s3:*\"") ",{\"Effect\":\"Deny\",\"Action\":\"s3:Put*\","
					 "\"Resource\":\"*\"}"),
		"s3", "what is denied in part is still there");
	allowed("four",
		DOC("{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\","
		    "\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}}"),
		"sts", "conditions do not matter");
	reply = report(USER("admin"));
	ok(member(&reply, REPORT "ServicesLastAccessed")->count == 100 &&
			str_eq(text(&reply, REPORT "IsTruncated"), S("true")),
		"an administrator may use more than a page of them");
	reply = report(USER("one"));
	is(text(&reply, REPORT "JobStatus"), S("COMPLETED"), "at once");
	is(text(&reply, REPORT "JobType"), S("SERVICE_LEVEL"), "of services");
	is(text(&reply, FIRST "ServiceName"), S("Amazon EC2"), "with their names");
	is(text(&reply, FIRST "TotalAuthenticatedEntities"), S("0"), "that nobody used yet");
	ok(!member(&reply, FIRST "LastAuthenticated"), "so that there is no date");
}

/* A user of a group, and a role, both with one managed policy. */
static void test_uses(void)
{
	const char *policy = "arn:aws:iam::" CUSTOMER ":policy/shared";
	const char *group = "arn:aws:iam::" CUSTOMER ":group/readers";
	struct credentials keys = new_user_with(&customer, "uma", NULL), session;
	struct reply reply;
	const char *asked;

	IAM("CreateUser", "{\"UserName\":\"idle\"}");
	IAM("CreateGroup", "{\"GroupName\":\"readers\"}");
	IAM("AddUserToGroup", "{\"GroupName\":\"readers\",\"UserName\":\"uma\"}");
	IAM("AddUserToGroup", "{\"GroupName\":\"readers\",\"UserName\":\"idle\"}");
	IAM("CreatePolicy", policy_input("Path\":\"/\",\"Description", "d", "shared",
				    DOC(ALLOW_TO("[\"ec2:Describe*\",\"iam:Get*\"]"))));
	IAM("AttachGroupPolicy",
		json_of("{\"GroupName\":\"readers\",\"PolicyArn\":\"%s\"}", policy));
	IAM("CreateRole",
		role_input("reader", DOC("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" CUSTOMER
					 "\"},\"Action\":\"sts:AssumeRole\"}")));
	IAM("AttachRolePolicy", json_of("{\"RoleName\":\"reader\",\"PolicyArn\":\"%s\"}", policy));
	reply = call(&keys, "ec2", "DescribeVpcs", "{}");
	ok(reply.status == 200, "the user uses EC2");
	reply = report(USER("uma"));
	is(namespaces(&reply), S("ec2 iam"), "a group's policies count for its users");
	is(text(&reply, FIRST "LastAuthenticatedEntity"), S(USER("uma")), "who used it");
	is(text(&reply, FIRST "LastAuthenticatedRegion"), S("us-west-2"), "where");
	is(text(&reply, FIRST "TotalAuthenticatedEntities"), S("1"), "alone");
	ok(!member(&reply, REPORT "ServicesLastAccessed.1.LastAuthenticated"), "and not the other");
	reply = report(group);
	is(text(&reply, FIRST "LastAuthenticatedEntity"), S(USER("uma")),
		"of a group, the member that used it");
	reply = assume(&customer, "arn:aws:iam::" CUSTOMER ":role/reader", "");
	session = session_of(&reply);
	call(&session, "ec2", "DescribeVpcs", "{}");
	reply = report("arn:aws:iam::" CUSTOMER ":role/reader");
	is(text(&reply, FIRST "LastAuthenticatedEntity"),
		S("arn:aws:iam::" CUSTOMER ":role/reader"), "of a role, itself");
	asked = job(policy);
	reply = IAM("GetServiceLastAccessedDetails", asked);
	is(text(&reply, FIRST "TotalAuthenticatedEntities"), S("2"),
		"of a policy, everybody who has it");
	reply = IAM("GetServiceLastAccessedDetailsWithEntities",
		json_of("%.*s,\"ServiceNamespace\":\"ec2\"}", (int)strlen(asked) - 1, asked));
	ok(member(&reply, "GetServiceLastAccessedDetailsWithEntitiesResult.EntityDetailsList")
				->count == 3,
		"by entity: two users and a role");
	is(text(&reply, ENTITY "2.EntityInfo.Name"), S("idle"), "who did not use it comes last");
	ok(!member(&reply, ENTITY "2.LastAuthenticated") &&
			member(&reply, ENTITY "1.LastAuthenticated"),
		"without a date");
	is(text(&reply, ENTITY "2.EntityInfo.Type"), S("USER"), "a user");
}

/* One of the tracked actions of the first service, as "name entity region". */
static str tracked(const struct reply *reply, const char *name)
{
	JSON_EACH(one, member(reply, FIRST "TrackedActionsLastAccessed"))
	if (str_eq(json_str(one, S("ActionName")), str_of(name)))
		return str_of(json_of("%.*s %.*s%s", STR(json_str(one, S("LastAccessedEntity"))),
			STR(json_str(one, S("LastAccessedRegion"))),
			json_get(one, S("LastAccessedTime")) ? "" : "never"));
	return S("(absent)");
}

static struct reply actions(const char *arn)
{
	struct reply reply = IAM("GenerateServiceLastAccessedDetails",
		json_of("{\"Arn\":\"%s\",\"Granularity\":\"ACTION_LEVEL\"}", arn));

	return IAM("GetServiceLastAccessedDetails",
		json_of("{\"JobId\":\"%.*s\"}",
			STR(text(&reply, "GenerateServiceLastAccessedDetailsResult.JobId"))));
}

static void again(void)
{
	struct err err;

	account_close(account);
	if (!ok(account_open(dir, &account, &err), "closed and opened again"))
		exit(1);
}

/*
 * IAM API Reference, TrackedActionLastAccessed; which actions are tracked: AWS's service reference
 * information has DescribeVpcs, and neither DescribeInstances nor CreateTags.
 */
static void test_actions(void)
{
	const char *policy = "arn:aws:iam::" CUSTOMER ":policy/shared", *arn = USER("act");
	struct credentials keys = new_user_with(&customer, "act",
		DOC(ALLOW_TO("[\"EC2:Describe*\",\"ec2:RunInstances\"]")));
	struct reply reply = actions(arn);

	is(text(&reply, REPORT "JobType"), S("ACTION_LEVEL"), "a report of actions");
	ok(!member(&reply, FIRST "TrackedActionsLastAccessed"), "nobody used any: there are none");
	call(&keys, "ec2", "DescribeInstances", "{}");
	reply = actions(arn);
	ok(member(&reply, FIRST "LastAuthenticated") &&
			!member(&reply, FIRST "TrackedActionsLastAccessed"),
		"an action that is not tracked is a use of the service only");
	call(&keys, "ec2", "DescribeVpcs", "{}");
	reply = call(&keys, "ec2", "CreateKeyPair", "{\"KeyName\":\"k\"}");
	ok(reply.status == 403, "one that is denied");
	reply = actions(arn);
	is(tracked(&reply, "DescribeVpcs"), S(USER("act") " us-west-2"), "a tracked one, used");
	is(tracked(&reply, "RunInstances"), S(" never"), "one that is allowed and was not used");
	is(tracked(&reply, "CreateKeyPair"), S("(absent)"), "one that is not allowed");
	is(tracked(&reply, "DescribeInstances"), S("(absent)"), "one that is not tracked");
	reply = report(arn);
	ok(!member(&reply, FIRST "TrackedActionsLastAccessed"), "a report of services has none");
	again();
	reply = actions(arn);
	is(tracked(&reply, "DescribeVpcs"), S(USER("act") " us-west-2"), "it stays");
	IAM("PutUserPolicy",
		policy_input("UserName", "act", "p",
			DOC(ALLOW_TO("\"iam:*\"") ",{\"Effect\":\"Deny\",\"Action\":"
						  "\"iam:Get*\",\"Resource\":\"*\"}")));
	call(&keys, "iam", "ListRoles", "{}");
	call(&keys, "iam", "GetUser", "{}");
	reply = actions(arn);
	is(tracked(&reply, "ListRoles"), S(USER("act") " us-east-1"), "IAM's, in its Region");
	is(tracked(&reply, "GetUser"), S("(absent)"), "what is denied whole is not there");
	is(tracked(&reply, "TagUser"), S("(absent)"), "tags are not tracked");
	IAM("PutUserPolicy",
		policy_input("UserName", "act", "p", DOC(ALLOW_TO("\"s3:ListAllMyBuckets\""))));
	reply = actions(policy);
	is(tracked(&reply, "DescribeVpcs"), S("arn:aws:iam::" CUSTOMER ":role/reader us-west-2"),
		"of a policy, the last who used it");
}

static bool is_kept(str id)
{
	size_t n, kept = 0;
	const struct tracked *all = tracked_actions(&n);
	struct last_use use;

	for (size_t i = 0; i < n; i++)
		kept += last_used_action(account, id, &all[i], &use);
	return kept != 0;
}

/* It is searched. */
static void test_table(void)
{
	size_t n, wrong = 0;
	const struct tracked *all = tracked_actions(&n);

	for (size_t i = 1; i < n; i++) {
		int order = str_cmp(all[i - 1].service, all[i].service);

		if (!order)
			order = str_cmp(all[i - 1].operation, all[i].operation);
		wrong += order >= 0;
	}
	ok(n > 100 && !wrong, "the tracked actions are sorted");
}

/* Assuming a role is the caller's action, as the next is in the same second. */
static void test_assumed(void)
{
	struct credentials keys = new_user_with(&customer, "chain", DOC(ALLOW_TO("\"sts:*\"")));
	struct reply reply = assume(&keys, "arn:aws:iam::" CUSTOMER ":role/reader", "");
	str id;

	ok(reply.status == 200, "a role is assumed");
	call(&keys, "sts", "GetCallerIdentity", "{}");
	reply = actions(USER("chain"));
	is(tracked(&reply, "AssumeRole"), S(USER("chain") " us-west-2"), "by its user");
	is(tracked(&reply, "GetCallerIdentity"), S(USER("chain") " us-west-2"), "who asks on");
	is(tracked(&reply, "GetFederationToken"), S(" never"), "and not further");
	reply = IAM("GetUser", "{\"UserName\":\"chain\"}");
	id = text(&reply, "GetUserResult.User.UserId");
	ok(is_kept(id), "kept by the user's id");
	IAM("DeleteAccessKey", json_of("{\"UserName\":\"chain\",\"AccessKeyId\":\"%.*s\"}",
				       STR(keys.access_key_id)));
	IAM("DeleteUserPolicy", "{\"UserName\":\"chain\",\"PolicyName\":\"p\"}");
	reply = IAM("DeleteUser", "{\"UserName\":\"chain\"}");
	fine(&reply, "the user goes");
	again();
	ok(!is_kept(id), "it goes with the user, also from the disk");
	new_user_with(&customer, "chain", DOC(ALLOW_TO("\"sts:*\"")));
	reply = actions(USER("chain"));
	ok(!member(&reply, FIRST "TrackedActionsLastAccessed"), "a new user of the name");
}

static void test_granting(void)
{
	const char *input = "{\"Arn\":\"" USER("uma") "\",\"ServiceNamespaces\":[\"ec2\",\"s3\"]}";
	const char *policies = "ListPoliciesGrantingServiceAccessResult."
			       "PoliciesGrantingServiceAccess.0.Policies.";
	struct reply reply;

	IAM("PutUserPolicy",
		policy_input("UserName", "uma", "own", DOC(ALLOW_TO("\"ec2:RunInstances\""))));
	reply = IAM("ListPoliciesGrantingServiceAccess", input);
	is(text(&reply, json_of("%s0.PolicyType", policies)), S("INLINE"), "an inline policy");
	is(text(&reply, json_of("%s0.EntityName", policies)), S("uma"), "and whose it is");
	is(text(&reply, json_of("%s1.PolicyArn", policies)),
		S("arn:aws:iam::" CUSTOMER ":policy/shared"), "the group's managed one");
	ok(!member(&reply, json_of("%s1.EntityType", policies)), "which is nobody's");
	ok(!member(&reply, "ListPoliciesGrantingServiceAccessResult."
			   "PoliciesGrantingServiceAccess.1.Policies.0"),
		"none grants S3");
	reply = IAM("ListPoliciesGrantingServiceAccess",
		"{\"Arn\":\"" USER("uma") "\",\"ServiceNamespaces\":[\"moon\"]}");
	is(reply.code, S("InvalidInput"), "no such service");
}

static void test_askers(void)
{
	struct credentials other = new_user_with(&customer, "other",
		DOC(ALLOW_TO("\"iam:GetServiceLastAccessedDetails\"")));
	const char *asked = job(USER("one"));
	struct reply reply = call(&other, "iam", "GetServiceLastAccessedDetails", asked);
	size_t n;

	is(reply.code, S("NoSuchEntity"), "a report is not for others");
	reply = call(&other, "iam", "GenerateServiceLastAccessedDetails",
		"{\"Arn\":\"" USER("one") "\"}");
	is(reply.code, S("AccessDenied"), "who needs a permission to ask for one");
	reply = IAM("GenerateServiceLastAccessedDetails", "{\"Arn\":\"" USER("nobody") "\"}");
	is(reply.code, S("NoSuchEntity"), "nobody's report");
	reply = IAM("GenerateServiceLastAccessedDetails",
		"{\"Arn\":\"arn:aws:iam::" VENDOR ":user/admin\"}");
	is(reply.code, S("NoSuchEntity"), "nor another account's");
	for (int i = 0; i < 100; i++)
		IAM("GenerateServiceLastAccessedDetails", "{\"Arn\":\"" USER("one") "\"}");
	record_range(account, S("/" CUSTOMER "/iam/access-report/"), &n);
	ok(n == 100, "a hundred are kept");
}

int main(void)
{
	accounts_open();
	test_services();
	test_uses();
	test_table();
	test_actions();
	test_assumed();
	test_granting();
	test_askers();
	accounts_close();
	return tap_done();
}
