/*
 * check_sarif.c -- findings as a SARIF 2.1.0 log, which code scanners read.
 *
 * Rules are listed once, in the order in which they are first broken, and
 * results point at them by number. SARIF has three levels: a suggestion is a
 * note, both kinds of warning are a warning, and `properties.severity` keeps
 * the difference. Columns count characters, which the run says.
 */
#include "cli/check.h"

static str level(enum severity severity)
{
	static const char *const levels[] = { [SEVERITY_ERROR] = "error",
		[SEVERITY_SECURITY_WARNING] = "warning",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_SUGGESTION] = "note" };

	return str_of(levels[severity]);
}

static void put_text(struct arena *arena, struct json *object, str name, str text)
{
	json_put_str(arena, json_put(object, name, json_new(arena, JSON_OBJECT)), S("text"), text);
}

/* The path as a URI reference: what is not allowed in one is escaped. */
static str uri(struct arena *arena, str path)
{
	struct buf out = { .arena = arena };

	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];

		if (ascii_alnum(c) || c == '/' || c == '.' || c == '-' || c == '_' || c == '~')
			buf_char(&out, c);
		else
			buf_printf(&out, "%%%02X", (unsigned)(unsigned char)c);
	}
	return buf_view(&out);
}

static struct json *rule_object(struct arena *arena, enum finding_id id)
{
	static const str any = SC("...");
	struct policy_finding general = { .id = id, .a = any, .b = any };
	const struct finding_rule *rule = finding_rule(id);
	struct json *object = json_new(arena, JSON_OBJECT), *properties;
	struct buf sentence = { .arena = arena }, fix = { .arena = arena };

	finding_sentence(&sentence, &general);
	finding_fix(&fix, &general);
	json_put_str(arena, object, S("id"), rule->id);
	put_text(arena, object, S("shortDescription"), buf_view(&sentence));
	put_text(arena, object, S("help"),
		arena_printf(arena, "%.*s. Source: %.*s", STR(buf_view(&fix)), STR(rule->source)));
	json_put_str(arena,
		json_put(object, S("defaultConfiguration"), json_new(arena, JSON_OBJECT)),
		S("level"), level(rule->severity));
	properties = json_put(object, S("properties"), json_new(arena, JSON_OBJECT));
	json_put_str(arena, properties, S("severity"), str_of(severity_name(rule->severity)));
	return object;
}

static struct json *location(struct arena *arena, const struct checked *c,
	const struct policy_finding *f)
{
	struct json *object = json_new(arena, JSON_OBJECT), *physical, *region, *logical;
	size_t line, column;

	str_place(c->text, f->at, &line, &column);
	physical = json_put(object, S("physicalLocation"), json_new(arena, JSON_OBJECT));
	json_put_str(arena, json_put(physical, S("artifactLocation"), json_new(arena, JSON_OBJECT)),
		S("uri"), uri(arena, c->name));
	region = json_put(physical, S("region"), json_new(arena, JSON_OBJECT));
	json_put_int(arena, region, S("startLine"), (int64_t)line);
	json_put_int(arena, region, S("startColumn"), (int64_t)column);
	if (f->path.n) {
		logical = json_put(object, S("logicalLocations"), json_new(arena, JSON_ARRAY));
		json_put_str(arena, json_push(logical, json_new(arena, JSON_OBJECT)),
			S("fullyQualifiedName"), f->path);
	}
	return object;
}

static struct json *result(struct arena *arena, const struct checked *c,
	const struct policy_finding *f, size_t rule_index)
{
	struct json *object = json_new(arena, JSON_OBJECT), *properties;
	const struct finding_rule *rule = finding_rule(f->id);
	struct buf text = { .arena = arena }, fix = { .arena = arena };

	finding_sentence(&text, f);
	finding_fix(&fix, f);
	json_put_str(arena, object, S("ruleId"), rule->id);
	json_put_int(arena, object, S("ruleIndex"), (int64_t)rule_index);
	json_put_str(arena, object, S("level"), level(rule->severity));
	put_text(arena, object, S("message"),
		arena_printf(arena, "%.*s. %.*s.", STR(buf_view(&text)), STR(buf_view(&fix))));
	json_push(json_put(object, S("locations"), json_new(arena, JSON_ARRAY)),
		location(arena, c, f));
	properties = json_put(object, S("properties"), json_new(arena, JSON_OBJECT));
	json_put_str(arena, properties, S("severity"), str_of(severity_name(rule->severity)));
	json_put_str(arena, properties, S("fix"), buf_view(&fix));
	return object;
}

struct json *check_sarif(struct arena *arena, const struct checked *checked, size_t n)
{
	struct json *log = json_new(arena, JSON_OBJECT), *run, *driver, *rules, *results;
	size_t *index = NEWS(arena, size_t, FINDING_COUNT); /* of the rule, plus 1 */

	json_put_str(arena, log, S("$schema"), S("https://json.schemastore.org/sarif-2.1.0.json"));
	json_put_str(arena, log, S("version"), S("2.1.0"));
	run = json_push(json_put(log, S("runs"), json_new(arena, JSON_ARRAY)),
		json_new(arena, JSON_OBJECT));
	driver = json_put(json_put(run, S("tool"), json_new(arena, JSON_OBJECT)), S("driver"),
		json_new(arena, JSON_OBJECT));
	json_put_str(arena, driver, S("name"), S("deputy"));
	rules = json_put(driver, S("rules"), json_new(arena, JSON_ARRAY));
	json_put_str(arena, run, S("columnKind"), S("unicodeCodePoints"));
	results = json_put(run, S("results"), json_new(arena, JSON_ARRAY));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < checked[i].findings.n; j++) {
			const struct policy_finding *f = &checked[i].findings.item[j];

			if (!index[f->id]) {
				json_push(rules, rule_object(arena, f->id));
				index[f->id] = rules->count;
			}
			json_push(results, result(arena, &checked[i], f, index[f->id] - 1));
		}
	return log;
}
