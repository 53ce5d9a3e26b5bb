/*
 * iam_simulate.c -- SimulatePrincipalPolicy, SimulateCustomPolicy, GetContextKeysFor…Policy.
 *
 * Shapes, names of sources and positions are those of the IAM API Reference's sample answers and
 * of recorded ones (aws-wire.md 3.1). sts:AssumeRole with a trust policy is ours; that its answer
 * is right is shown by assuming the role.
 */
#include "account.h"

#define RESULT  "SimulatePrincipalPolicyResult.EvaluationResults.0."
#define CUSTOM  "SimulateCustomPolicyResult.EvaluationResults.0."
#define USER(n) "arn:aws:iam::" CUSTOMER ":user/" n
#define ROLE(n) "arn:aws:iam::" CUSTOMER ":role/" n
#define ONE_LINE                                                                             \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"," \
	"\"Resource\":\"*\"}]}"

static struct reply principal(const char *source, const char *actions, const char *more)
{
	return IAM("SimulatePrincipalPolicy",
		json_of("{\"PolicySourceArn\":\"%s\",\"ActionNames\":[%s]%s}", source, actions,
			more));
}

static struct reply custom(const char *policy, const char *actions, const char *more)
{
	return IAM("SimulateCustomPolicy",
		json_of("{\"PolicyInputList\":[%.*s],\"ActionNames\":[%s]%s}", STR(quote(policy)),
			actions, more));
}

/* IAM API Reference, SimulatePrincipalPolicy, second sample: user "admin" with this inline policy
 * "AdminUser" is answered with user_admin_AdminUser, line 1, columns 38 to 84. */
static void test_shape(void)
{
	struct reply reply;

	IAM("PutUserPolicy", policy_input("UserName", "admin", "AdminUser", ONE_LINE));
	IAM("DeleteUserPolicy", "{\"UserName\":\"admin\",\"PolicyName\":\"AdministratorAccess\"}");
	reply = principal(USER("admin"), "\"iam:GetRole\"",
		",\"ResourceArns\":[\"" ROLE("pol-sim-test") "\"]");
	fine(&reply, "SimulatePrincipalPolicy");
	is(text(&reply, RESULT "EvalActionName"), S("iam:GetRole"), "the action");
	is(text(&reply, RESULT "EvalResourceName"), S(ROLE("pol-sim-test")), "the resource");
	is(text(&reply, RESULT "EvalDecision"), S("allowed"), "allowed");
	is(text(&reply, RESULT "MatchedStatements.0.SourcePolicyId"), S("user_admin_AdminUser"),
		"by this policy");
	is(text(&reply, RESULT "MatchedStatements.0.SourcePolicyType"), S("IAM Policy"),
		"of this type");
	is(text(&reply, RESULT "MatchedStatements.0.StartPosition.Column"), S("38"), "from here");
	is(text(&reply, RESULT "MatchedStatements.0.StartPosition.Line"), S("1"), "in this line");
	is(text(&reply, RESULT "MatchedStatements.0.EndPosition.Column"), S("84"), "to there");
	is(text(&reply, RESULT "ResourceSpecificResults.0.EvalResourceDecision"), S("allowed"),
		"the same for the resource");
	is(text(&reply, RESULT "ResourceSpecificResults.0.MatchedStatements.0.SourcePolicyId"),
		S("user_admin_AdminUser"), "by the same");
	is(text(&reply, RESULT "OrganizationsDecisionDetail.AllowedByOrganizations"), S("true"),
		"no organization objects");
	ok(member(&reply, RESULT "EvalDecisionDetails") != NULL &&
			member(&reply, RESULT "MissingContextValues") != NULL,
		"with empty details and no missing values");
	is(text(&reply, "SimulatePrincipalPolicyResult.IsTruncated"), S("false"), "in one page");
}

/* As recorded: AdministratorAccess, whose document AWS keeps with two spaces a level. */
static void test_positions(void)
{
	struct reply reply =
		custom("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n"
		       "    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"*\",\n"
		       "      \"Resource\": \"*\"\n    }\n  ]\n}",
			"\"s3:GetObject\"", "");

	is(text(&reply, CUSTOM "MatchedStatements.0.SourcePolicyId"), S("PolicyInputList.1"),
		"a policy that was given is called by its place");
	is(text(&reply, CUSTOM "MatchedStatements.0.StartPosition.Line"), S("3"), "start line");
	is(text(&reply, CUSTOM "MatchedStatements.0.StartPosition.Column"), S("17"),
		"start column");
	is(text(&reply, CUSTOM "MatchedStatements.0.EndPosition.Line"), S("8"), "end line");
	is(text(&reply, CUSTOM "MatchedStatements.0.EndPosition.Column"), S("6"), "end column");
	ok(!member(&reply, CUSTOM "ResourceSpecificResults"),
		"without ResourceArns there are no results by resource");
	is(text(&reply, CUSTOM "EvalResourceName"), S("*"), "the resource is *");
}

static void test_decisions(void)
{
	const char *policy =
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
		"\"s3:*\",\"Resource\":\"arn:aws:s3:::a/*\"},{\"Effect\":\"Deny\",\"Action\":"
		"\"s3:DeleteObject\",\"Resource\":\"*\"}]}";
	struct reply reply = custom(policy, "\"s3:GetObject\"",
		",\"ResourceArns\":[\"arn:aws:s3:::a/k\",\"arn:aws:s3:::b/k\"]");

	is(text(&reply, CUSTOM "ResourceSpecificResults.0.EvalResourceDecision"), S("allowed"),
		"one resource is allowed");
	is(text(&reply, CUSTOM "ResourceSpecificResults.1.EvalResourceDecision"), S("implicitDeny"),
		"the other is not");
	is(text(&reply, CUSTOM "EvalDecision"), S("implicitDeny"), "both together are not");
	reply = custom(policy, "\"s3:GetObject\"", "");
	is(text(&reply, CUSTOM "EvalDecision"), S("implicitDeny"),
		"* is a resource of its own, not any resource [S-141]");
	reply = custom(policy, "\"s3:DeleteObject\"", ",\"ResourceArns\":[\"arn:aws:s3:::a/k\"]");
	is(text(&reply, CUSTOM "EvalDecision"), S("explicitDeny"), "a deny wins");
	ok(member(&reply, CUSTOM "MatchedStatements.0") &&
			!member(&reply, CUSTOM "MatchedStatements.1"),
		"and is the only statement of the answer");
	reply = custom(policy, "\"s3:GetObject\"",
		json_of(",\"ResourceArns\":[\"arn:aws:s3:::a/k\"],"
			"\"PermissionsBoundaryPolicyInputList\":[%.*s]",
			STR(quote("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
				  "\"Allow\",\"Action\":\"ec2:*\",\"Resource\":\"*\"}]}"))));
	is(text(&reply, CUSTOM "EvalDecision"), S("implicitDeny"), "a boundary limits [S-88]");
	is(text(&reply, CUSTOM "PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary"),
		S("false"), "and says so");
	reply = custom(policy, "\"s3:GetObject\",\"s3:PutObject\",\"s3:ListBucket\"",
		",\"MaxItems\":\"2\"");
	is(text(&reply, "SimulateCustomPolicyResult.IsTruncated"), S("true"), "a page of two");
	reply = custom(policy, "\"s3:GetObject\",\"s3:PutObject\",\"s3:ListBucket\"",
		json_of(",\"MaxItems\":\"2\",\"Marker\":\"%.*s\"",
			STR(text(&reply, "SimulateCustomPolicyResult.Marker"))));
	is(text(&reply, CUSTOM "EvalActionName"), S("s3:ListBucket"), "and the rest");
	reply = custom("{", "\"s3:GetObject\"", "");
	is(reply.code, S("InvalidInput"), "a policy that is none");
	reply = principal(USER("nobody"), "\"s3:GetObject\"", "");
	is(reply.code, S("NoSuchEntity"), "nobody's policies");
}

static void test_context(void)
{
	const char *policy =
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
		"\"ec2:*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{"
		"\"aws:RequestedRegion\":\"us-west-2\",\"ec2:ResourceTag/Owner\":"
		"\"${aws:username}\"}}}]}";
	const char *region = "{\"ContextKeyName\":\"aws:RequestedRegion\",\"ContextKeyValues\":"
			     "[\"us-west-2\"],\"ContextKeyType\":\"string\"}";
	const char *owner = "{\"ContextKeyName\":\"ec2:ResourceTag/Owner\",\"ContextKeyValues\":"
			    "[\"sim\"],\"ContextKeyType\":\"string\"}";
	struct reply reply =
		custom(policy, "\"ec2:RunInstances\"", json_of(",\"ContextEntries\":[%s]", region));

	is(text(&reply, CUSTOM "EvalDecision"), S("implicitDeny"), "a key is missing");
	is(text(&reply, CUSTOM "MissingContextValues.0"), S("ec2:ResourceTag/Owner"), "this one");
	is(text(&reply, CUSTOM "MissingContextValues.1"), S("aws:username"), "and a variable");
	reply = IAM("GetContextKeysForCustomPolicy",
		json_of("{\"PolicyInputList\":[%.*s]}", STR(quote(policy))));
	is(text(&reply, "GetContextKeysForCustomPolicyResult.ContextKeyNames.0"),
		S("aws:RequestedRegion"), "GetContextKeysForCustomPolicy");
	is(text(&reply, "GetContextKeysForCustomPolicyResult.ContextKeyNames.2"), S("aws:username"),
		"has variables, too");
	IAM("CreateUser", "{\"UserName\":\"sim\"}");
	IAM("PutUserPolicy", policy_input("UserName", "sim", "p", policy));
	reply = IAM("GetContextKeysForPrincipalPolicy",
		"{\"PolicySourceArn\":\"" USER("sim") "\"}");
	is(text(&reply, "GetContextKeysForPrincipalPolicyResult.ContextKeyNames.1"),
		S("ec2:ResourceTag/Owner"), "GetContextKeysForPrincipalPolicy");
	reply = principal(USER("sim"), "\"ec2:RunInstances\"",
		json_of(",\"ContextEntries\":[%s,%s]", region, owner));
	is(text(&reply, RESULT "EvalDecision"), S("allowed"),
		"of a principal its own name is known");
}

/* What counts for a principal: inline, managed, groups, boundary. */
static void test_principal(void)
{
	struct reply reply;

	IAM("CreateGroup", "{\"GroupName\":\"sims\"}");
	IAM("AttachGroupPolicy", "{\"GroupName\":\"sims\",\"PolicyArn\":"
				 "\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"}");
	reply = principal(USER("sim"), "\"s3:GetObject\"", "");
	is(text(&reply, RESULT "EvalDecision"), S("implicitDeny"), "not a member");
	IAM("AddUserToGroup", "{\"GroupName\":\"sims\",\"UserName\":\"sim\"}");
	reply = principal(USER("sim"), "\"s3:GetObject\"", "");
	is(text(&reply, RESULT "EvalDecision"), S("allowed"), "a group's managed policy counts");
	is(text(&reply, RESULT "MatchedStatements.0.SourcePolicyId"), S("AmazonS3ReadOnlyAccess"),
		"under its own name");
	reply = principal("arn:aws:iam::" CUSTOMER ":group/sims", "\"s3:GetObject\"", "");
	is(text(&reply, RESULT "EvalDecision"), S("allowed"), "the group can be asked itself");
	IAM("PutUserPermissionsBoundary", "{\"UserName\":\"sim\",\"PermissionsBoundary\":"
					  "\"arn:aws:iam::aws:policy/IAMFullAccess\"}");
	reply = principal(USER("sim"), "\"s3:GetObject\"", "");
	is(text(&reply, RESULT "EvalDecision"), S("implicitDeny"), "its boundary limits it");
	is(text(&reply, RESULT "PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary"),
		S("false"), "and says so");
	IAM("PutGroupPolicy", policy_input("GroupName", "sims", "in", ONE_LINE));
	reply = principal(USER("sim"), "\"iam:GetRole\"", "");
	is(text(&reply, RESULT "MatchedStatements.0.SourcePolicyId"), S("group_sims_in"),
		"a group's inline policy is called by all three names");
}

/* ---- sts:AssumeRole, with the trust policy. */

static str assume_simulated(const char *caller, const char *external_id)
{
	const char *entries =
		external_id ? json_of(",\"ContextEntries\":[{\"ContextKeyName\":\"sts:ExternalId\","
				      "\"ContextKeyValues\":[\"%s\"],\"ContextKeyType\":"
				      "\"string\"}]",
				      external_id)
			    : "";
	struct reply reply = custom(ONE_LINE, "\"sts:AssumeRole\"",
		json_of(",\"ResourceArns\":[\"" ROLE("trusting") "\"],\"CallerArn\":\"%s\"%s",
			caller, entries));

	return arena_copy(&arena, text(&reply, CUSTOM "EvalDecision"));
}

static void test_trust(void)
{
	struct credentials robot = new_user_with(&vendor, "robot", ONE_LINE);
	const char *caller = "arn:aws:iam::" VENDOR ":user/robot";
	struct reply reply;

	IAM("CreateRole", role_input("trusting", TRUST_VENDOR));
	is(assume_simulated(caller, "cid-a"), S("allowed"), "the right External ID");
	reply = assume(&robot, ROLE("trusting"), ",\"ExternalId\":\"cid-a\"");
	fine(&reply, "does assume the role");
	is(assume_simulated(caller, "cid-b"), S("implicitDeny"), "a wrong one");
	reply = assume(&robot, ROLE("trusting"), ",\"ExternalId\":\"cid-b\"");
	is(reply.code, S("AccessDenied"), "does not");
	is(assume_simulated(caller, NULL), S("implicitDeny"), "none");
	is(assume_simulated("arn:aws:iam::444455556666:user/else", "cid-a"), S("implicitDeny"),
		"another account");
	reply = custom(ONE_LINE, "\"sts:AssumeRole\"",
		json_of(",\"ResourceArns\":[\"" ROLE("trusting") "\"],\"CallerArn\":\"%s\"",
			caller));
	is(text(&reply, CUSTOM "ResourceSpecificResults.0.MissingContextValues.0"),
		S("sts:ExternalId"), "what is missing is said");
	IAM("CreateRole",
		role_input("contexts", "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
				       "\"Allow\",\"Principal\":{\"AWS\":\"" CUSTOMER
				       "\"},\"Action\":\"sts:SetContext\"}}"));
	reply = custom(ONE_LINE, "\"sts:SetContext\"",
		",\"ResourceArns\":[\"" ROLE("contexts") "\"],\"CallerArn\":\"" USER("admin") "\"");
	is(text(&reply, CUSTOM "EvalDecision"), S("allowed"), "a role that lets contexts be set");
	reply = custom(ONE_LINE, "\"sts:SetContext\"",
		",\"ResourceArns\":[\"" ROLE("trusting") "\"],\"CallerArn\":\"" USER("admin") "\"");
	is(text(&reply, CUSTOM "EvalDecision"), S("implicitDeny"), "one that does not");
	reply = call(&vendor, "iam", "SimulateCustomPolicy",
		json_of("{\"PolicyInputList\":[%.*s],\"ActionNames\":[\"sts:AssumeRole\"],"
			"\"ResourceArns\":[\"" ROLE(
				"trusting") "\"],\"CallerArn\":\"%s\","
					    "\"ContextEntries\":[{\"ContextKeyName\":\"sts:"
					    "ExternalId\","
					    "\"ContextKeyValues\":[\"cid-a\"],\"ContextKeyType\":"
					    "\"string\"}]}",
			STR(quote(ONE_LINE)), caller));
	is(text(&reply, CUSTOM "EvalDecision"), S("implicitDeny"),
		"nobody learns about the trust policies of other accounts");
	reply = call(&vendor, "iam", "SimulateCustomPolicy",
		json_of("{\"PolicyInputList\":[%.*s],\"ActionNames\":[\"sts:AssumeRole\"],"
			"\"ResourceArns\":[\"" ROLE(
				"trusting") "\"],\"CallerArn\":\"%s\","
					    "\"ResourcePolicy\":%.*s,"
					    "\"ContextEntries\":[{\"ContextKeyName\":\"sts:"
					    "ExternalId\","
					    "\"ContextKeyValues\":[\"cid-a\"],\"ContextKeyType\":"
					    "\"string\"}]}",
			STR(quote(ONE_LINE)), caller, STR(quote(TRUST_VENDOR))));
	is(text(&reply, CUSTOM "EvalDecision"), S("allowed"), "but with ResourcePolicy it can ask");
	is(text(&reply, CUSTOM "MatchedStatements.1.SourcePolicyType"), S("Resource Policy"),
		"which is named as such");
}

static void test_asking(void)
{
	struct credentials keys = new_user_with(&customer, "asker",
		"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
		"[\"iam:SimulatePrincipalPolicy\",\"iam:SimulateCustomPolicy\"],\"Resource\":"
		"[\"" USER("sim") "\",\"*\"],\"Condition\":{\"StringNotEquals\":{\"aws:username\":"
				  "\"x\"}}}}");
	struct reply reply = call(&keys, "iam", "SimulateCustomPolicy",
		json_of("{\"PolicyInputList\":[%.*s],\"ActionNames\":[\"sts:AssumeRole\"],"
			"\"ResourceArns\":[\"" ROLE(
				"trusting") "\"],\"CallerArn\":"
					    "\"arn:aws:iam::" VENDOR ":user/robot\","
					    "\"ContextEntries\":[{\"ContextKeyName\":\"sts:"
					    "ExternalId\","
					    "\"ContextKeyValues\":[\"cid-a\"],\"ContextKeyType\":"
					    "\"string\"}]}",
			STR(quote(ONE_LINE))));

	is(text(&reply, CUSTOM "EvalDecision"), S("implicitDeny"),
		"a trust policy takes part only for those who may read it");
}

/* EvaluationResult in the API Reference: EvalDecisionDetails is empty in one account with a resource,
 * absent with "*", and has both sides' word across accounts. */
static void test_details(void)
{
	const char *robot = ",\"CallerArn\":\"arn:aws:iam::" VENDOR ":user/robot\"";
	struct reply reply = custom(ONE_LINE, "\"s3:GetObject\"", ",\"ResourceArns\":[\"*\"]");

	ok(!member(&reply, CUSTOM "EvalDecisionDetails") &&
			!member(&reply, CUSTOM "ResourceSpecificResults"),
		"* that is given is as none given");
	reply = custom(ONE_LINE, "\"s3:GetObject\"", ",\"ResourceArns\":[\"arn:aws:s3:::b/k\"]");
	ok(member(&reply, CUSTOM "EvalDecisionDetails") &&
			!member(&reply, CUSTOM "EvalDecisionDetails")->count &&
			!member(&reply, CUSTOM "ResourceSpecificResults.0.EvalDecisionDetails"),
		"in one account there is nothing to tell");
	reply = custom(ONE_LINE, "\"s3:GetObject\"",
		json_of("%s,\"ResourceArns\":[\"arn:aws:s3:::b/k\"],\"ResourceOwner\":"
			"\"arn:aws:iam::" CUSTOMER ":root\",\"ResourcePolicy\":%.*s",
			robot, STR(quote("{\"Version\":\"2012-10-17\",\"Statement\":[]}"))));
	ok(str_find(reply.body,
		   S("<EvalDecisionDetails><entry><key>IAM "
		     "Policy</key><value>allowed</value></entry>"
		     "<entry><key>Resource Policy</key><value>implicitDeny</value></entry>"
		     "</EvalDecisionDetails><ResourceSpecificResults>")) != SIZE_MAX,
		"across accounts both sides say theirs");
	ok(str_ends(str_head(reply.body, str_find(reply.body, S("</ResourceSpecificResults>"))),
		   S("</EvalDecisionDetails></member>")),
		"for the resource, too");
	/* ResourceOwner is of resources whose ARN does not say whose they are. */
	reply = custom(ONE_LINE, "\"sqs:SendMessage\"",
		json_of("%s,\"ResourceArns\":[\"arn:aws:sqs:us-west-2:" VENDOR ":q\"],"
			"\"ResourceOwner\":\"arn:aws:iam::" CUSTOMER ":root\"",
			robot));
	is(text(&reply, CUSTOM "EvalDecision"), S("allowed"), "an ARN's account is its owner");
}

static void test_scenarios(void)
{
	const char *arns = ",\"ResourceHandlingOption\":\"%s\",\"ResourceArns\":["
			   "\"arn:aws:ec2:us-west-2:" CUSTOMER ":instance/*\","
			   "\"arn:aws:ec2:us-west-2::image/ami-1\","
			   "\"arn:aws:ec2:us-west-2:" CUSTOMER ":security-group/sg-1\","
			   "\"arn:aws:ec2:us-west-2:" CUSTOMER ":network-interface/*\"]";
	struct reply reply =
		custom(ONE_LINE, "\"ec2:RunInstances\"", json_of(arns, "EC2-VPC-InstanceStore"));

	fine(&reply, "a scenario with all its resources");
	reply = custom(ONE_LINE, "\"ec2:RunInstances\"", json_of(arns, "EC2-VPC-EBS"));
	is(reply.code, S("InvalidInput"), "one without its volume");
	reply = custom(ONE_LINE, "\"ec2:RunInstances\"", json_of(arns, "EC2-Moon"));
	is(reply.code, S("InvalidInput"), "one that is not there");
	reply = custom(ONE_LINE, "\"s3:GetObject\"",
		json_of(",\"PermissionsBoundaryPolicyInputList\":[%.*s,%.*s]", STR(quote(ONE_LINE)),
			STR(quote(ONE_LINE))));
	is(reply.code, S("InvalidInput"), "two boundaries");
}

int main(void)
{
	accounts_open();
	test_shape();
	test_positions();
	test_decisions();
	test_context();
	test_principal();
	test_details();
	test_scenarios();
	test_trust();
	test_asking();
	accounts_close();
	return tap_done();
}
