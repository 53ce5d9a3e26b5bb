/*
 * check.c -- what `deputy check` writes for programs: its JSON, and its SARIF log.
 *
 * The binary runs for real and jansson reads its answer. For SARIF, what a code
 * scanner relies on is asked of every result: required members, the values
 * that the standard lists, and the numbers that point from results to rules
 * (OASIS, "Static Analysis Results Interchange Format Version 2.1.0", 3.13 to
 * 3.30 and 3.49). Lines and columns are counted here again, from the text.
 */
#include "tap.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/deputy-check-XXXXXX";

static const char *get(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static const json_t *at(const json_t *value, const char *a, const char *b)
{
	return json_object_get(json_object_get(value, a), b);
}

/* What the command answers, and its exit status. */
static json_t *run(const char *options, int *status)
{
	const char *deputy = getenv("DEPUTY");
	char command[1024];
	json_error_t error;
	json_t *answer;
	FILE *out;

	snprintf(command, sizeof(command), "cd %s && '%s' check %s", directory,
		deputy ? deputy : "deputy", options);
	out = popen(command, "r");
	if (!out)
		return NULL;
	answer = json_loadf(out, 0, &error);
	*status = pclose(out);
	*status = *status >= 0 ? *status >> 8 : *status;
	if (!ok(answer, "`check %s` answers in JSON", options))
		printf("# %s at line %d\n", error.text, error.line);
	return answer;
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		ok(false, "%s could not be written", path);
}

/* The wrong action is on line 4; before it stand 40 characters, two of which have two bytes. */
static const char identity[] =
	"{\n\"Version\":\"2012-10-17\",\n\"Statement\":{\"Effect\":\"Allow\",\n"
	"\"Resource\":\"arn:aws:s3:::b/\xc3\xa9\xc3\xa9\",\"Action\":\"ec2:RunInstnces\"}}\n";
static const char trust[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
			    "\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}}\n";

static const json_t *find(const json_t *list, const char *member, const char *id)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		if (strcmp(get(item, member), id) == 0)
			return item;
	}
	return NULL;
}

static void test_json(void)
{
	int status = -1;
	json_t *answer = run("--format json identity.json 'a b.json'", &status);
	const json_t *files = json_object_get(answer, "files"), *file, *finding;

	ok(status == 1, "a document with an error: exit status 1");
	ok(json_array_size(files) == 2, "one object a file");
	file = json_array_get(files, 0);
	ok(strcmp(get(file, "file"), "identity.json") == 0 &&
			strcmp(get(file, "type"), "identity") == 0 &&
			json_is_true(json_object_get(file, "guessed")),
		"its name, its type, and that it was guessed");
	finding = find(json_object_get(file, "findings"), "id", "INVALID_ACTION");
	ok(finding && json_integer_value(json_object_get(finding, "line")) == 4 &&
			json_integer_value(json_object_get(finding, "column")) == 41,
		"line and column, in characters");
	ok(strcmp(get(finding, "path"), "$.Statement.Action") == 0, "the JSON path");
	ok(strcmp(get(finding, "severity"), "warning") == 0, "the severity");
	ok(strstr(get(finding, "fix"), "ec2:RunInstances"), "what would be right");
	ok(*get(finding, "source") && *get(finding, "message"), "sentence and source");
	file = json_array_get(files, 1);
	ok(strcmp(get(file, "type"), "trust") == 0, "a trust policy is recognised");
	/* aws/aws-cdk#5732 shows this answer of IAM */
	ok(strcmp(get(json_object_get(file, "refusal"), "message"),
		   "AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\".") == 0,
		"what AWS answers");
	json_decref(answer);
}

static bool is_level(const char *level)
{
	return strcmp(level, "none") == 0 || strcmp(level, "note") == 0 ||
	       strcmp(level, "warning") == 0 || strcmp(level, "error") == 0;
}

static bool is_rule(const json_t *rule)
{
	return *get(rule, "id") && *get(json_object_get(rule, "shortDescription"), "text") &&
	       *get(json_object_get(rule, "help"), "text") &&
	       is_level(get(json_object_get(rule, "defaultConfiguration"), "level"));
}

static bool is_result(const json_t *result, const json_t *rules)
{
	json_int_t index = json_integer_value(json_object_get(result, "ruleIndex"));
	const json_t *rule = json_array_get(rules, (size_t)index);
	const json_t *place = json_object_get(
		json_array_get(json_object_get(result, "locations"), 0), "physicalLocation");
	const json_t *region = json_object_get(place, "region");
	const char *uri = json_string_value(at(place, "artifactLocation", "uri"));

	return rule && strcmp(get(rule, "id"), get(result, "ruleId")) == 0 &&
	       is_level(get(result, "level")) && *get(json_object_get(result, "message"), "text") &&
	       uri && *uri && !strchr(uri, ' ') &&
	       json_integer_value(json_object_get(region, "startLine")) >= 1 &&
	       json_integer_value(json_object_get(region, "startColumn")) >= 1;
}

static void test_sarif(void)
{
	int status = -1;
	json_t *log = run("--format sarif identity.json 'a b.json'", &status);
	const json_t *runs = json_object_get(log, "runs"), *first = json_array_get(runs, 0);
	const json_t *driver = at(first, "tool", "driver");
	const json_t *rules = json_object_get(driver, "rules");
	const json_t *results = json_object_get(first, "results"), *result;
	size_t i, bad = 0;
	json_t *item;

	ok(strcmp(get(log, "version"), "2.1.0") == 0 && strstr(get(log, "$schema"), "sarif-2.1.0"),
		"version and schema");
	ok(json_array_size(runs) == 1 && strcmp(get(driver, "name"), "deputy") == 0,
		"one run of one tool");
	ok(strcmp(get(first, "columnKind"), "unicodeCodePoints") == 0, "what a column counts");
	json_array_foreach(rules, i, item) bad += !is_rule(item);
	ok(json_array_size(rules) > 0 && bad == 0, "every rule has its members");
	json_array_foreach(results, i, item) bad += !is_result(item, rules);
	ok(json_array_size(results) > 0 && bad == 0, "every result has its members and its rule");
	result = find(results, "ruleId", "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL");
	ok(strcmp(get(result, "level"), "error") == 0, "an error is an error");
	ok(result && strcmp(json_string_value(at(
				    json_object_get(
					    json_array_get(json_object_get(result, "locations"), 0),
					    "physicalLocation"),
				    "artifactLocation", "uri")),
			     "a%20b.json") == 0,
		"a file's name as a URI");
	json_decref(log);
}

static void test_unreadable(void)
{
	int status = -1;
	json_t *answer = run("--format json broken.json", &status);
	const json_t *file = json_array_get(json_object_get(answer, "files"), 0);

	ok(status == 2, "what is no JSON: exit status 2");
	ok(json_is_false(json_object_get(file, "readable")), "and said so");
	ok(find(json_object_get(file, "findings"), "id", "JSON_SYNTAX_ERROR"), "with its place");
	json_decref(answer);
}

/* A name of a file is bytes. JSON is UTF-8 (RFC 8259, 8.1), a URI escapes them (RFC 3986, 2.1). */
static void test_name(void)
{
	int status = -1;
	char *dump;
	json_t *answer = run("--format json $(printf 'caf\\351.json')", &status);
	const char *name = get(json_array_get(json_object_get(answer, "files"), 0), "file");

	ok(strcmp(name, "caf\xEF\xBF\xBD.json") == 0, "a name that is no UTF-8, in JSON");
	json_decref(answer);
	answer = run("--format sarif $(printf 'caf\\351.json')", &status);
	dump = json_dumps(answer, JSON_COMPACT);
	ok(dump && strstr(dump, "{\"uri\":\"caf%E9.json\"}"), "and in a URI");
	free(dump);
	json_decref(answer);
}

int main(void)
{
	char command[64];

	if (!ok(mkdtemp(directory), "a directory"))
		return tap_done();
	write_file("identity.json", identity);
	write_file("a b.json", trust);
	write_file("broken.json", "{\"Version\":");
	write_file("caf\xE9.json", "{\"Version\":");
	test_json();
	test_sarif();
	test_unreadable();
	test_name();
	snprintf(command, sizeof(command), "rm -r %s", directory);
	ok(system(command) == 0, "cleaned up");
	return tap_done();
}
