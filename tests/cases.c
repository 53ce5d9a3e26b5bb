/*
 * cases.c -- runs every line of tests/cases/FOLDER/NAME.case in this one process.
 *
 *   match PATTERN TEXT = yes|no                      wildcards
 *   when CONDITION given CONTEXT = yes|no            both JSON; when08: in a policy of 2008
 *   statement JSON on ACTION RESOURCE = yes|no       ... in LAYER before the =, else identity
 *   parse JSON = ok | LINE:COLUMN TEXT               the message contains TEXT
 *   check KIND JSON = ok | SENTENCE                  AWS's sentence, whole
 *   size JSON = NUMBER
 *   eval CASE                                        iam-eval/1; the next line is
 *   = JSON                                           ... what the answer has at least
 *
 * and decisions:
 *
 *   identity {"Effect":...}                          a statement, several, a document, or @FILE;
 *   request ACTION RESOURCE as PRINCIPAL             ... resource, trust, boundary, session,
 *     KEY VALUE                                      ... endpoint; scp and rcp: a level each
 *     KEY ["A","B"]                                  multi-valued
 *     @role-arn ARN                                  and other properties, see `properties`
 *   = allow|deny explicit|deny implicit [LAYER[N]]   N: the statement in the layer, or the level
 *
 * Policies serve all requests that follow, until a policy line comes after a request.
 */
#include "base/os.h"
#include "engine/engine.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS_MAX = 40, KEYS_MAX = 40 };

struct run {
	struct arena *arena; /* of the file */
	str path, folder;
	size_t line;
	str comment; /* the last one, to name the results */

	const struct document *documents[LAYER_COUNT][DOCUMENTS_MAX];
	size_t ndocuments[LAYER_COUNT];
	bool asked; /* a request came: the next policy starts anew */
	bool has_request;
	struct request request;
	struct layers layers;
	struct context_key keys[KEYS_MAX];
	bool derive;
	str eval; /* a case waiting for its answer */
};

static void say(struct run *r, str got, str want, str what)
{
	bool same = str_eq(got, want);

	ok(same, "%.*s:%zu %.*s", STR(r->path), r->line, STR(str_head(what, 120)));
	if (!same)
		printf("#  got: %.*s\n# want: %.*s\n", STR(got), STR(want));
}

static void broken(struct run *r, const char *why)
{
	ok(false, "%.*s:%zu %s", STR(r->path), r->line, why);
}

/* The last " = " parts a line: JSON before it may hold others. */
static bool cut_answer(str line, str *left, str *right)
{
	for (size_t i = line.n; i-- > 3;)
		if (memcmp(line.p + i - 3, " = ", 3) == 0) {
			*left = str_trim(str_head(line, i - 3));
			*right = str_trim(str_from(line, i));
			return true;
		}
	return false;
}

static str next_word(str *rest)
{
	str word, s = str_trim(*rest);
	size_t n = 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
		n++;
	word = str_head(s, n);
	*rest = str_trim(str_from(s, n));
	return word;
}

/* A statement or several become a document; @FILE is read. */
static const struct document *document_of(struct run *r, str text, bool version_2012)
{
	struct document *document;
	struct err err = { 0 };
	struct json *root;

	if (str_starts(text, S("@")) &&
		!file_read(r->arena,
			arena_printf(r->arena, "%.*s/%.*s", STR(r->folder), STR(str_from(text, 1))),
			LIMIT_POLICY_BYTES, &text, &err))
		goto bad;
	if (!json_parse(r->arena, text, LIMIT_POLICY_BYTES, &root, &err))
		goto bad;
	if (!json_get(root, S("Statement")))
		text = arena_printf(r->arena, "{\"Version\":\"%s\",\"Statement\":%.*s}",
			version_2012 ? "2012-10-17" : "2008-10-17", STR(text));
	if (policy_parse(r->arena, S("case"), text, &document, &err))
		return document;
bad:
	broken(r, err.text);
	return NULL;
}

static void read_context(struct run *r, const struct json *object)
{
	size_t n = 0;

	JSON_EACH(key, object)
	{
		bool array = key->type == JSON_ARRAY;
		str *values = NEWS(r->arena, str, array ? key->count : 1);
		struct context_key *k = &r->keys[n++];

		*k = (struct context_key){ .key = key->name, .values = values, .multi = array };
		for (const struct json *item = array ? key->first : key; item;
			item = array ? item->next : NULL)
			values[k->n++] = item->text;
	}
	r->request.context = r->keys;
	r->request.ncontext = n;
}

/* ---- one-line cases */

static void run_match(struct run *r, str rest, str want, str line)
{
	str pattern = next_word(&rest), text = next_word(&rest);

	if (str_eq(text, S("\"\"")))
		text = (str){ 0 };
	say(r, pattern_match(pattern, text) ? S("yes") : S("no"), want, line);
}

static str decide_alone(struct run *r, const struct document *document, enum layer layer)
{
	const struct program *program = program_compile(r->arena, &document, 1);
	struct layers layers = { 0 };
	struct decision d;

	if (layer == LAYER_RESOURCE)
		layers.resource = program;
	else if (layer == LAYER_BOUNDARY)
		layers.boundary = program;
	else
		layers.identity = program;
	d = decide(&layers, &r->request);
	return d.layers[layer].effect == ALLOW ? S("yes") : S("no");
}

static void set_request(struct run *r, str action, str resource, str principal)
{
	r->request = (struct request){ .action = action, .resource = resource };
	if (!caller_parse(principal, &r->request.caller))
		broken(r, "this principal cannot be read");
}

static void run_when(struct run *r, str rest, str want, str line, bool version_2012)
{
	size_t at = str_find(rest, S(" given "));
	str condition = str_head(rest, at), context = str_from(rest, at + 7);
	const struct document *document;
	struct json *object;
	struct err err;

	if (at == SIZE_MAX || !json_parse(r->arena, context, LIMIT_JSON_BYTES, &object, &err)) {
		broken(r, "not: when CONDITION given CONTEXT");
		return;
	}
	document = document_of(r,
		arena_printf(r->arena,
			"{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\","
			"\"Condition\":%.*s}",
			STR(condition)),
		version_2012);
	set_request(r, S("s3:GetObject"), S("*"), S("arn:aws:iam::111122223333:user/ann"));
	read_context(r, object);
	if (document)
		say(r, decide_alone(r, document, LAYER_IDENTITY), want, line);
}

static enum layer layer_of(str name)
{
	if (str_eq(name, S("trust")))
		return LAYER_RESOURCE;
	for (enum layer layer = LAYER_IDENTITY; layer < LAYER_COUNT; layer++)
		if (str_eq(name, str_of(layer_name(layer))))
			return layer;
	return LAYER_NONE;
}

static void run_statement(struct run *r, str rest, str want, str line)
{
	size_t at = str_find(rest, S(" on "));
	str body = str_trim(str_head(rest, at)), tail = str_from(rest, at + 4);
	str action = next_word(&tail), resource = next_word(&tail);
	enum layer layer = next_word(&tail).n ? layer_of(tail) : LAYER_IDENTITY;
	const struct document *document;

	if (at == SIZE_MAX || body.n < 2 || layer == LAYER_NONE) {
		broken(r, "not: statement JSON on ACTION RESOURCE [in LAYER]");
		return;
	}
	document = document_of(r,
		arena_printf(r->arena, "{\"Effect\":\"Allow\",%s%.*s}",
			layer == LAYER_RESOURCE ? "\"Principal\":\"*\"," : "",
			STR(((str){ body.p + 1, body.n - 2 }))),
		true);
	set_request(r, action, resource, S("arn:aws:iam::111122223333:user/ann"));
	if (document)
		say(r, decide_alone(r, document, layer), want, line);
}

static void run_parse(struct run *r, str rest, str want, str line)
{
	struct document *document;
	struct err err = { 0 };
	str got = S("ok");
	size_t row, column;

	if (!policy_parse(r->arena, S("case"), rest, &document, &err)) {
		str_place(rest, err.at, &row, &column);
		got = arena_printf(r->arena, "%zu:%zu %s", row, column, err.text);
		if (str_cut(want, ' ', &(str){ 0 }, &(str){ 0 })) {
			str place, text, got_place, got_text;

			str_cut(want, ' ', &place, &text);
			str_cut(got, ' ', &got_place, &got_text);
			if (str_eq(place, got_place) && str_find(got_text, text) != SIZE_MAX)
				got = want;
		}
	}
	say(r, got, want, line);
}

static void run_check(struct run *r, str rest, str want, str line)
{
	static const str kinds[] = { [POLICY_IDENTITY] = SC("identity"),
		[POLICY_RESOURCE] = SC("resource"),
		[POLICY_TRUST] = SC("trust"),
		[POLICY_BOUNDARY] = SC("boundary"),
		[POLICY_SESSION] = SC("session"),
		[POLICY_SCP] = SC("scp"),
		[POLICY_RCP] = SC("rcp"),
		[POLICY_ENDPOINT] = SC("endpoint") };
	str kind = next_word(&rest), got = S("ok");
	const struct document *document = document_of(r, rest, true);
	struct err err = { 0 };
	size_t k = 0;

	while (k < COUNT(kinds) && !str_eq(kind, kinds[k]))
		k++;
	if (!document)
		return;
	if (k == COUNT(kinds))
		got = S("(no such kind)");
	else if (!policy_check(document, (enum policy_kind)k, &err))
		got = str_of(err.text);
	say(r, got, want, line);
}

static void run_size(struct run *r, str rest, str want, str line)
{
	say(r, arena_printf(r->arena, "%zu", policy_size(rest)), want, line);
}

static bool run_line(struct run *r, str verb, str rest, str want, str line)
{
	if (str_eq(verb, S("match")))
		run_match(r, rest, want, line);
	else if (str_eq(verb, S("when")) || str_eq(verb, S("when08")))
		run_when(r, rest, want, line, str_eq(verb, S("when")));
	else if (str_eq(verb, S("statement")))
		run_statement(r, rest, want, line);
	else if (str_eq(verb, S("parse")))
		run_parse(r, rest, want, line);
	else if (str_eq(verb, S("check")))
		run_check(r, rest, want, line);
	else if (str_eq(verb, S("size")))
		run_size(r, rest, want, line);
	else
		return false;
	return true;
}

/* ---- eval: is `part` contained in `whole`? Arrays must have the same length. */

static bool contains(const struct json *whole, const struct json *part)
{
	const struct json *w;

	if (!whole || whole->type != part->type)
		return false;
	if (part->type == JSON_OBJECT) {
		JSON_EACH(member, part)
		if (!contains(json_get(whole, member->name), member))
			return false;
		return true;
	}
	if (part->type != JSON_ARRAY)
		return str_eq(whole->text, part->text);
	if (whole->count != part->count)
		return false;
	w = whole->first;
	JSON_EACH(item, part)
	{
		if (!contains(w, item))
			return false;
		w = w->next;
	}
	return true;
}

/* The answer as JSON, or "LINE:COLUMN message" when the case cannot be read. */
static void run_eval(struct run *r, str want)
{
	struct json *value, *answer = NULL, *wanted;
	struct eval_case out;
	struct err err = { 0 };
	struct buf got = { .arena = r->arena };
	size_t line, column;
	bool good;

	good = json_parse(r->arena, r->eval, LIMIT_JSON_BYTES, &value, &err) &&
	       eval_run(r->arena, r->eval, value, NULL, &out, &answer, &err);
	if (!good) {
		str_place(r->eval, err.at, &line, &column);
		buf_printf(&got, "%zu:%zu %s", line, column, err.text);
		say(r, buf_view(&got), want, r->eval);
	} else if (!json_parse(r->arena, want, LIMIT_JSON_BYTES, &wanted, &err)) {
		broken(r, err.text);
	} else {
		json_write(&got, answer);
		say(r, contains(answer, wanted) ? want : buf_view(&got), want, r->eval);
	}
	r->eval = (str){ 0 };
}

/* ---- decisions */

static void read_policy(struct run *r, enum layer layer, str rest)
{
	const struct document *document = document_of(r, rest, true);

	if (r->asked) {
		memset(r->ndocuments, 0, sizeof(r->ndocuments));
		r->asked = false;
	}
	if (document && r->ndocuments[layer] < DOCUMENTS_MAX)
		r->documents[layer][r->ndocuments[layer]++] = document;
}

static const struct program *compile(struct run *r, enum layer layer)
{
	return r->ndocuments[layer]
		       ? program_compile(r->arena, r->documents[layer], r->ndocuments[layer])
		       : NULL;
}

static const struct level *compile_levels(struct run *r, enum layer layer, size_t *n)
{
	struct level *levels = NEWS(r->arena, struct level, r->ndocuments[layer]);

	*n = r->ndocuments[layer];
	for (size_t i = 0; i < *n; i++)
		levels[i].program = program_compile(r->arena, &r->documents[layer][i], 1);
	return levels;
}

static void read_request(struct run *r, str rest)
{
	str action = next_word(&rest), resource = next_word(&rest), as = next_word(&rest);

	r->asked = r->has_request = true;
	r->derive = false;
	r->layers = (struct layers){ 0 };
	set_request(r, action, resource, str_eq(as, S("as")) ? next_word(&rest) : S("anonymous"));
	r->request.context = r->keys;
}

static const struct property {
	str name;
	size_t offset; /* of a str in struct request */
} properties[] = {
	{ SC("@role-arn"), offsetof(struct request, caller.role_arn) },
	{ SC("@user-arn"), offsetof(struct request, caller.user_arn) },
	{ SC("@unique-id"), offsetof(struct request, caller.unique_id) },
	{ SC("@federated"), offsetof(struct request, caller.federated) },
	{ SC("@canonical-user"), offsetof(struct request, caller.canonical_user) },
	{ SC("@resource-account"), offsetof(struct request, resource_account) },
};

static void read_property(struct run *r, str name, str value)
{
	for (size_t i = 0; i < COUNT(properties); i++)
		if (str_eq(name, properties[i].name)) {
			memcpy((char *)&r->request + properties[i].offset, &value, sizeof(value));
			if (r->request.caller.federated.n && !r->request.caller.arn.n)
				r->request.caller.type = CALLER_FEDERATED;
			return;
		}
	if (str_eq(name, S("@no-resource-types")))
		r->request.no_resource_types = true;
	else if (str_eq(name, S("@principal-in-management")))
		r->layers.principal_in_management_account = true;
	else if (str_eq(name, S("@resource-in-management")))
		r->layers.resource_in_management_account = true;
	else if (str_eq(name, S("@no-guards")))
		r->layers.no_service_guards = true;
	else if (str_eq(name, S("@derive")))
		r->derive = true;
	else
		broken(r, "no such property");
}

static void read_key(struct run *r, str rest)
{
	str name = next_word(&rest), *values;
	struct context_key *key = &r->keys[r->request.ncontext];
	struct json *list;
	struct err err;

	if (str_starts(name, S("@"))) {
		read_property(r, name, rest);
		return;
	}
	*key = (struct context_key){ .key = name };
	r->request.ncontext++;
	if (!str_starts(rest, S("["))) {
		values = NEW(r->arena, str);
		*values = rest;
		key->values = values;
		key->n = 1;
		return;
	}
	if (!json_parse(r->arena, rest, LIMIT_JSON_BYTES, &list, &err)) {
		broken(r, err.text);
		return;
	}
	values = NEWS(r->arena, str, list->count);
	key->values = values;
	key->multi = true;
	JSON_EACH(item, list)
	values[key->n++] = item->text;
}

/* "identity[2]": the third statement of that layer; "scp[1]": the second level. */
static void put_decider(struct run *r, struct buf *out, const struct decision *d)
{
	size_t number = 0;
	bool levels = d->layer == LAYER_SCP || d->layer == LAYER_RCP;

	buf_printf(out, " %s", layer_name(d->layer));
	for (size_t i = 0; d->statement && i < r->ndocuments[d->layer]; i++) {
		const struct document *document = r->documents[d->layer][i];

		if (document == d->document) {
			buf_printf(out, "[%zu]", levels ? i : number + d->statement->index);
			return;
		}
		number += document->nstatements;
	}
}

/* `want` may say less than the answer does. */
static bool says_as_much(str got, str want)
{
	return str_starts(got, want) &&
	       (got.n == want.n || got.p[want.n] == ' ' || got.p[want.n] == '[');
}

static void run_request(struct run *r, str want)
{
	struct buf got = { .arena = r->arena };
	struct layers *l = &r->layers;
	struct decision d;
	struct trace trace;

	l->identity = compile(r, LAYER_IDENTITY);
	l->resource = compile(r, LAYER_RESOURCE);
	l->boundary = compile(r, LAYER_BOUNDARY);
	l->session = compile(r, LAYER_SESSION);
	l->endpoint = compile(r, LAYER_ENDPOINT);
	l->scp = compile_levels(r, LAYER_SCP, &l->nscp);
	l->rcp = compile_levels(r, LAYER_RCP, &l->nrcp);
	if (r->derive)
		context_derive(r->arena, &r->request);
	d = decide(l, &r->request);
	decide_trace(r->arena, l, &r->request, &trace);
	buf_str(&got, d.effect == ALLOW           ? S("allow")
		      : d.effect == DENY_EXPLICIT ? S("deny explicit")
						  : S("deny implicit"));
	put_decider(r, &got, &d);
	if (explain_short(r->arena, &r->request, &trace).n == 0)
		buf_str(&got, S(" (and no reason was given)"));
	say(r, says_as_much(buf_view(&got), want) ? want : buf_view(&got), want, r->comment);
}

/* ---- lines and files */

static void read_line(struct run *r, str line)
{
	str rest = line, left, right, verb;

	if (str_trim(line).n == 0)
		return;
	if (line.p[0] == '#') {
		r->comment = str_trim(str_from(line, 1));
		return;
	}
	if (line.p[0] == ' ' || line.p[0] == '\t') {
		read_key(r, str_trim(line));
		return;
	}
	verb = next_word(&rest);
	if (str_eq(verb, S("="))) {
		if (r->eval.n)
			run_eval(r, rest);
		else
			run_request(r, rest);
	} else if (str_eq(verb, S("eval"))) {
		r->eval = rest;
	} else if (str_eq(verb, S("request"))) {
		read_request(r, rest);
	} else if (layer_of(verb) != LAYER_NONE) {
		read_policy(r, layer_of(verb), rest);
	} else if (!cut_answer(rest, &left, &right) || !run_line(r, verb, left, right, line)) {
		broken(r, "this line is not a case");
	}
}

static void run_file(str folder, const char *name)
{
	struct arena arena = { 0 };
	struct run *r = NEW(&arena, struct run);
	str text, line;
	struct err err;

	r->arena = &arena;
	r->folder = folder;
	r->path = arena_printf(&arena, "%.*s/%s", STR(folder), name);
	if (!file_read(&arena, r->path, LIMIT_FILE_BYTES, &text, &err)) {
		broken(r, err.text);
		return;
	}
	while (text.n) {
		r->line++;
		if (!str_cut(text, '\n', &line, &text)) {
			line = text;
			text = (str){ 0 };
		}
		read_line(r, line);
	}
	if (r->eval.n)
		broken(r, "the last case has no answer");
	arena_free(&arena);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_case(const struct dirent *entry)
{
	return str_ends(str_of(entry->d_name), S(".case"));
}

static void run_folder(str folder)
{
	struct dirent **entries;
	struct arena arena = { 0 };
	str path = arena_printf(&arena, "%.*s", STR(folder));
	int n = scandir(arena_copy(&arena, path).p, &entries, is_case, by_name);

	ok(n > 0, "%.*s has cases", STR(folder));
	for (int i = 0; i < n; i++) {
		run_file(path, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	arena_free(&arena);
}

int main(int argc, char **argv)
{
	static const char *const folders[] = { "tests/cases/pattern", "tests/cases/parse",
		"tests/cases/check", "tests/cases/condition", "tests/cases/statement",
		"tests/cases/decide", "tests/cases/eval" };

	for (int i = 1; i < argc; i++)
		run_file(S("."), argv[i]);
	for (size_t i = 0; argc == 1 && i < COUNT(folders); i++)
		run_folder(str_of(folders[i]));
	return tap_done();
}
