/*
 * parameters.c -- what IAM and STS say of parameters that are missing or wrong.
 *
 * Sentences are those of AWS's answers in public reports: all errors in one sentence, the form before
 * the length (mmmorris1975/aws-runas issue 80), and lists' items as they are told for thumbprints
 * and client ids. tests/cli/parameters.t sends everything that botocore's models have.
 */
#include "account.h"

#define ARN_PATTERN                                                                           \
	"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-" \
	"\\u10FFFF]+"
#define TAG_PATTERN "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]"
#define ROLE        "\"RoleArn\":\"arn:aws:iam::" CUSTOMER ":role/r\""

static void wrong(const char *service, const char *operation, const char *input,
	const char *message, const char *what)
{
	struct reply reply = call(&customer, service, operation, input);

	refused(&reply, 400, "ValidationError", message, what);
}

static void test_all_in_one(void)
{
	wrong("sts", "AssumeRole", "{\"RoleArn\":\"\",\"RoleSessionName\":\"sess\"}",
		"2 validation errors detected: Value '' at 'roleArn' failed to satisfy constraint: "
		"Member must satisfy regular expression pattern: " ARN_PATTERN
		"; Value '' at 'roleArn' failed to satisfy constraint: Member must have length "
		"greater than or equal to 20",
		"all that is wrong with one parameter");
	wrong("sts", "AssumeRole", "{}",
		"2 validation errors detected: Value null at 'roleArn' failed to satisfy "
		"constraint: Member must not be null; Value null at 'roleSessionName' failed to "
		"satisfy constraint: Member must not be null",
		"and with several");
	wrong("iam", "CreateRole", "{\"RoleName\":\"\",\"AssumeRolePolicyDocument\":\"{}\"}",
		"1 validation error detected: Value '' at 'roleName' failed to satisfy constraint: "
		"Member must have length greater than or equal to 1",
		"a name's characters are no part of it");
	wrong("iam", "CreateRole",
		"{\"RoleName\":\"a "
		"b\",\"AssumeRolePolicyDocument\":\"{}\",\"MaxSessionDuration\":\"1\"}",
		"1 validation error detected: Value '1' at 'maxSessionDuration' failed to satisfy "
		"constraint: Member must have value greater than or equal to 3600",
		"and are looked at last");
}

static void test_lists(void)
{
	struct reply reply;

	wrong("iam", "TagRole", "{\"RoleName\":\"r\"}",
		"1 validation error detected: Value null at 'tags' failed to satisfy constraint: "
		"Member must not be null",
		"TagRole without tags");
	wrong("iam", "TagRole",
		"{\"RoleName\":\"r\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"},{\"Key\":\"\"}]}",
		"3 validation errors detected: Value '' at 'tags.2.member.key' failed to satisfy "
		"constraint: Member must satisfy regular expression pattern: " TAG_PATTERN
		"+; Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have "
		"length greater than or equal to 1; Value null at 'tags.2.member.value' failed to "
		"satisfy constraint: Member must not be null",
		"the second tag");
	wrong("iam", "TagRole", "{\"RoleName\":\"r\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b!\"}]}",
		"1 validation error detected: Value 'b!' at 'tags.1.member.value' failed to "
		"satisfy "
		"constraint: Member must satisfy regular expression pattern: " TAG_PATTERN "*",
		"a tag's value");
	wrong("iam", "TagRole",
		"{\"RoleName\":\"r\",\"Tags\":[{\"Key\":\"\xE2\x82\xAC\",\"Value\":\"\"}]}",
		"1 validation error detected: Value '\xE2\x82\xAC' at 'tags.1.member.key' failed "
		"to "
		"satisfy constraint: Member must satisfy regular expression pattern: " TAG_PATTERN
		"+",
		"a currency sign is no letter");
	IAM("CreateUser", "{\"UserName\":\"letters\"}");
	reply = IAM("TagUser",
		"{\"UserName\":\"letters\",\"Tags\":[{\"Key\":\"Stra\xC3\x9F"
		"e\xC2\xA0\xE4\xB8\x96\xF0\x90\x8C\xB0\",\"Value\":\"\xE2\x85\xA7\"}]}");
	fine(&reply, "letters, spaces and numbers of any script are fine");
	wrong("iam", "UntagRole", "{\"RoleName\":\"r\",\"TagKeys\":[\"a\",\"b!\"]}",
		"1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: "
		"Member must satisfy constraint: [Member must satisfy regular expression "
		"pattern: " TAG_PATTERN "+]",
		"an item of a list");
	wrong("iam", "UntagRole", "{\"RoleName\":\"r\"}",
		"1 validation error detected: Value null at 'tagKeys' failed to satisfy "
		"constraint: "
		"Member must not be null",
		"UntagRole without keys");
}

static void test_forms(void)
{
	struct reply reply;

	wrong("iam", "GetPolicyVersion",
		"{\"PolicyArn\":\"arn:aws:iam::aws:policy/x\",\"VersionId\":\"v01\"}",
		"1 validation error detected: Value 'v01' at 'versionId' failed to satisfy "
		"constraint: Member must satisfy regular expression pattern: "
		"v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
		"no version begins with a zero");
	wrong("sts", "GetSessionToken", "{\"TokenCode\":\"12345x\"}",
		"1 validation error detected: Value '12345x' at 'tokenCode' failed to satisfy "
		"constraint: Member must satisfy regular expression pattern: [\\d]*",
		"a token code is digits");
	wrong("iam", "CreateAccountAlias", "{\"AccountAlias\":\"a--b\"}",
		"1 validation error detected: Value 'a--b' at 'accountAlias' failed to satisfy "
		"constraint: Member must satisfy regular expression pattern: "
		"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
		"an alias");
	wrong("sts", "AssumeRole",
		"{" ROLE
		",\"RoleSessionName\":\"sess\",\"PolicyArns\":[{\"arn\":\"arn:aws:iam::aws:"
		"policy/\xF0\x9F\x98\x80\"}]}",
		"1 validation error detected: Value 'arn:aws:iam::aws:policy/\xF0\x9F\x98\x80' at "
		"'policyArns.1.member.arn' failed to satisfy constraint: Member must satisfy "
		"regular expression pattern: " ARN_PATTERN,
		"an ARN has no characters beyond 16 bits");
	wrong("iam", "PutRolePermissionsBoundary",
		"{\"RoleName\":\"r\",\"PermissionsBoundary\":\"x\"}",
		"1 validation error detected: Value 'x' at 'permissionsBoundary' failed to satisfy "
		"constraint: Member must have length greater than or equal to 20",
		"a boundary is called one");
	wrong("iam", "ListRoles", "{\"Marker\":\"\"}",
		"2 validation errors detected: Value '' at 'marker' failed to satisfy constraint: "
		"Member must satisfy regular expression pattern: [\\u0020-\\u00FF]+; Value '' at "
		"'marker' failed to satisfy constraint: Member must have length greater than or "
		"equal to 1",
		"an empty marker");
	wrong("sts", "AssumeRoleWithWebIdentity",
		"{" ROLE ",\"RoleSessionName\":\"sess\",\"WebIdentityToken\":\"abc\"}",
		"1 validation error detected: Value at 'webIdentityToken' failed to satisfy "
		"constraint: Member must have length greater than or equal to 4",
		"a secret is not repeated");
	wrong("iam", "ListVirtualMFADevices", "{\"AssignmentStatus\":\"Perhaps\"}",
		"1 validation error detected: Value 'Perhaps' at 'assignmentStatus' failed to "
		"satisfy constraint: Member must satisfy enum value set",
		"a choice");
	wrong("iam", "CreateUser", json_of("{\"UserName\":\"%s\"}", repeat('u', 65)),
		json_of("1 validation error detected: Value '%s' at 'userName' failed to satisfy "
			"constraint: Member must have length less than or equal to 64",
			repeat('u', 65)),
		"a new user's name");
	reply = IAM("GetUser", json_of("{\"UserName\":\"%s\"}", repeat('u', 128)));
	ok(reply.status == 404, "that of one that is there may be longer");
}

/* AWS refuses another list's marker (trek10inc/awsets, pull request 21). */
static void test_markers(void)
{
	struct reply reply;
	str marker;

	IAM("CreateUser", "{\"UserName\":\"ann\"}");
	IAM("CreateUser", "{\"UserName\":\"bob\"}");
	reply = IAM("ListUsers", "{\"MaxItems\":\"1\"}");
	marker = text(&reply, "ListUsersResult.Marker");
	reply = IAM("ListUsers", json_of("{\"Marker\":\"%.*s\"}", STR(marker)));
	fine(&reply, "a marker");
	wrong("iam", "ListGroups", json_of("{\"Marker\":\"%.*s\"}", STR(marker)), "Invalid Marker.",
		"of another list");
	wrong("iam", "ListUsers", json_of("{\"Marker\":\"%.*sAAAA\"}", STR(marker)),
		"Invalid Marker.", "with something behind it");
	wrong("iam", "ListUsers", "{\"Marker\":\"YWRtaW4=\"}", "Invalid Marker.",
		"that was made up");
	reply = call(&vendor, "iam", "ListUsers", json_of("{\"Marker\":\"%.*s\"}", STR(marker)));
	refused(&reply, 400, "ValidationError", "Invalid Marker.", "of another account");
}

/* Each service says in its own code that tags of AWS's are not for customers. */
static void test_reserved_tags(void)
{
	const char *tag = "{" ROLE ",\"RoleSessionName\":\"sess\",\"RoleName\":\"r\",\"Tags\":["
			  "{\"Key\":\"Aws:x\",\"Value\":\"y\"}]}";
	struct reply reply = IAM("TagRole", tag);

	is(reply.code, S("InvalidInput"), "IAM");
	reply = call(&customer, "sts", "AssumeRole", tag);
	is(reply.code, S("InvalidParameterValue"), "STS");
	reply = call(&customer, "ec2", "CreateTags",
		"{\"ResourceId\":[\"vpc-1\"],\"Tag\":[{\"Key\":\"aws:x\",\"Value\":\"y\"}]}");
	refused(&reply, 400, "InvalidParameterValue",
		"Tag keys starting with 'aws:' are reserved for internal use", "EC2");
}

int main(void)
{
	accounts_open();
	test_all_in_one();
	test_lists();
	test_forms();
	test_markers();
	test_reserved_tags();
	accounts_close();
	return tap_done();
}
