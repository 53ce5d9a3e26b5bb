/*
 * explain.c -- a decision as a story.
 *
 * What was asked; what each layer answered; the statement that settled it,
 * shown as it stands in its policy; and for a denial the statement that came
 * nearest, why it did not hold, and what would have to change.
 */
#include "engine/program.h"

const char *effect_name(enum effect effect)
{
	switch (effect) {
	case DENY_IMPLICIT:
		return "ImplicitDeny";
	case ALLOW:
		return "Allow";
	case DENY_EXPLICIT:
		return "ExplicitDeny";
	}
	return "ImplicitDeny";
}

const char *layer_name(enum layer layer)
{
	static const char *const names[LAYER_COUNT] = { [LAYER_NONE] = "none",
		[LAYER_IDENTITY] = "identity",
		[LAYER_RESOURCE] = "resource",
		[LAYER_BOUNDARY] = "boundary",
		[LAYER_SESSION] = "session",
		[LAYER_SCP] = "scp",
		[LAYER_RCP] = "rcp",
		[LAYER_ENDPOINT] = "endpoint",
		[LAYER_SERVICE] = "serviceGuard" };

	return names[layer];
}

/* As AWS calls them in its messages. */
static const char *layer_words(enum layer layer, const struct request *request)
{
	static const char *const words[LAYER_COUNT] = { [LAYER_NONE] = "policy",
		[LAYER_IDENTITY] = "identity-based policy",
		[LAYER_RESOURCE] = "resource-based policy",
		[LAYER_BOUNDARY] = "permissions boundary",
		[LAYER_SESSION] = "session policy",
		[LAYER_SCP] = "service control policy",
		[LAYER_RCP] = "resource control policy",
		[LAYER_ENDPOINT] = "VPC endpoint policy",
		[LAYER_SERVICE] = "guard of AWS itself" };

	if (layer == LAYER_RESOURCE && str_eq_nocase(str_head(request->action, 4), S("sts:")))
		return "role trust policy";
	return words[layer];
}

/* ---- parts of sentences */

static void put_name(struct buf *out, const struct statement *s)
{
	if (s->sid.n)
		buf_str(out, s->sid);
	else
		buf_printf(out, "statement %zu", s->index + 1);
}

static void put_values(struct buf *out, const struct words *words)
{
	for (size_t i = 0; i < words->n && i < 4; i++)
		buf_printf(out, "%s\"%.*s\"", i ? " or " : "",
			STR(str_head(words->item[i].text, 200)));
	if (words->n > 4)
		buf_printf(out, " or one of %zu more", words->n - 4);
}

static bool is_equality(str operator)
{
	return str_eq_nocase(operator, S("StringEquals")) || str_eq_nocase(operator, S("Bool"));
}

/* The plain operators need no word. */
static void put_wanted(struct buf *out, const struct condition *c)
{
	buf_printf(out, "%.*s to ", STR(c->key));
	if (is_equality(c->operator))
		buf_str(out, S("be "));
	else
		buf_printf(out, "satisfy %.*s ", STR(c->operator));
	put_values(out, &c->values);
}

static void put_sent(struct buf *out, const struct request *request, str name)
{
	const struct context_key *key = context_find(request, name);

	if (!key) {
		buf_str(out, S("it was not sent"));
		return;
	}
	buf_str(out, S("the request has "));
	for (size_t i = 0; i < key->n && i < 4; i++)
		buf_printf(out, "%s\"%.*s\"", i ? ", " : "", STR(str_head(key->values[i], 200)));
	if (key->n == 0)
		buf_str(out, S("no value"));
}

/* "EKSCreate wants aws:RequestTag/Vendor to be "zilliz-byoc"; it was not sent" */
static void put_miss(struct buf *out, const struct request *request, const struct finding *f)
{
	put_name(out, f->statement);
	switch (f->miss) {
	case MISS_CONDITION:
		buf_str(out, S(" wants "));
		put_wanted(out, f->condition);
		buf_str(out, S("; "));
		put_sent(out, request, f->condition->key);
		break;
	case MISS_RESOURCE:
		buf_printf(out, " allows %.*s, but not on %.*s", STR(request->action),
			STR(request->resource));
		break;
	case MISS_PRINCIPAL:
		buf_str(out, S(" does not name the caller"));
		break;
	case MISS_ACTION:
	case MISS_NONE:
		buf_str(out, S(" does not allow it"));
		break;
	}
	if (f->misses > 1)
		buf_printf(out, " (and %zu more %s)", f->misses - 1,
			f->misses == 2 ? "mismatch" : "mismatches");
}

static void put_reason(struct buf *out, const struct request *request, const struct trace *trace)
{
	const struct decision *d = &trace->decision;
	const char *words = layer_words(d->layer, request);
	const struct finding *near = trace_nearest(trace);

	if (d->layer == LAYER_SERVICE)
		buf_str(out, S("AWS does not let anybody change this"));
	else if (d->effect == ALLOW && !d->statement)
		buf_str(out, S("the root user may do all that its account may"));
	else if (d->statement) {
		put_name(out, d->statement);
		buf_printf(out, " of %s %.*s %s it", words, STR(d->document->name),
			d->effect == ALLOW ? "allows" : "denies");
	} else if (near)
		put_miss(out, request, near);
	else
		buf_printf(out, "no %s allows %.*s", words, STR(request->action));
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7F;
}

str explain_short(struct arena *arena, const struct request *request, const struct trace *trace)
{
	struct buf out = { .arena = arena };

	put_reason(&out, request, trace);
	for (size_t i = 0; i < out.n; i++) /* a name may hold anything; a line is a line */
		if (is_control(out.p[i]))
			out.p[i] = ' ';
	return buf_view(&out);
}

/* ---- the story */

struct story {
	struct buf *out;
	const struct request *request;
	const struct trace *trace;
	bool colour;
};

static void paint(const struct story *s, const char *code)
{
	if (s->colour)
		buf_str(s->out, str_of(code));
}

static const char *effect_colour(enum effect effect)
{
	return effect == ALLOW ? "\033[32m" : "\033[31m";
}

static void tell_question(const struct story *s)
{
	const struct caller *caller = &s->request->caller;
	enum effect effect = s->trace->decision.effect;

	paint(s, effect_colour(effect));
	buf_str(s->out, effect == ALLOW ? S("Allowed") : S("Denied"));
	paint(s, "\033[0m");
	buf_str(s->out, effect == DENY_EXPLICIT ? S(" explicitly") : S(""));
	buf_str(s->out, S(": "));
	put_reason(s->out, s->request, s->trace);
	buf_printf(s->out, ".\n\n  who       %.*s\n  what      %.*s\n  on        %.*s\n",
		STR(caller->arn.n             ? caller->arn
			: caller->federated.n ? caller->federated
					      : S("anonymous")),
		STR(s->request->action), STR(s->request->resource));
	for (size_t i = 0; i < s->request->ncontext; i++) {
		const struct context_key *key = &s->request->context[i];

		buf_printf(s->out, "  %s  %.*s =", i ? "        " : "with    ", STR(key->key));
		for (size_t k = 0; k < key->n; k++)
			buf_printf(s->out, "%s \"%.*s\"", k ? "," : "", STR(key->values[k]));
		buf_str(s->out, key->n ? S("\n") : S(" (no value)\n"));
	}
}

static void tell_place(const struct story *s, const struct document *document,
	const struct statement *statement)
{
	size_t line, column;

	str_place(document->text, statement->at, &line, &column);
	put_name(s->out, statement);
	buf_printf(s->out, " (%.*s:%zu:%zu)", STR(document->name), line, column);
}

static const char *match_words(enum principal_match match)
{
	switch (match) {
	case MATCH_NO:
		return "";
	case MATCH_ACCOUNT:
		return ", naming the caller's account";
	case MATCH_ANY:
		return ", naming everyone";
	case MATCH_ROLE_OF_SESSION:
		return ", naming the caller's role";
	case MATCH_DIRECT:
		return ", naming the caller";
	}
	return "";
}

static void tell_layer(const struct story *s, enum layer layer)
{
	const struct layer_result *r = &s->trace->decision.layers[layer];
	bool stops = s->trace->decision.withheld & 1u << layer;

	if (!r->applies || (layer == LAYER_SERVICE && r->effect == ALLOW))
		return;
	buf_printf(s->out, "  %-22s ", layer_words(layer, s->request));
	paint(s, effect_colour(r->effect));
	buf_str(s->out, r->effect == ALLOW           ? S("allows")
			: r->effect == DENY_EXPLICIT ? S("denies")
						     : S("is silent"));
	paint(s, "\033[0m");
	if (r->statement) {
		buf_str(s->out, S(": "));
		tell_place(s, r->document, r->statement);
		buf_str(s->out, str_of(match_words(r->match)));
	}
	buf_str(s->out,
		stops && s->trace->decision.effect != ALLOW ? S("  <- stops it\n") : S("\n"));
}

static void tell_layers(const struct story *s)
{
	static const enum layer layers[] = { LAYER_IDENTITY, LAYER_RESOURCE, LAYER_BOUNDARY,
		LAYER_SESSION, LAYER_SCP, LAYER_RCP, LAYER_ENDPOINT, LAYER_SERVICE };

	if (s->request->caller.account.n)
		buf_printf(s->out, "\nThe caller and the resource are in %s.\n",
			s->trace->decision.same_account ? "the same account"
							: "different accounts");
	else
		buf_str(s->out,
			S("\nThe caller is of no account: the resource's own policy decides.\n"));
	for (size_t i = 0; i < COUNT(layers); i++)
		tell_layer(s, layers[i]);
}

/* The statement's own lines, with their numbers; a very long one is cut. */
static void tell_lines(const struct story *s, const struct document *document,
	const struct statement *statement)
{
	str text = document->text;
	size_t start = statement->at, line, column;

	str_place(text, start, &line, &column);
	while (start > 0 && text.p[start - 1] != '\n')
		start--;
	for (size_t shown = 0; start < statement->end; shown++, line++) {
		str rest = str_from(text, start);
		size_t n = str_find(rest, S("\n"));

		n = n == SIZE_MAX ? rest.n : n;
		if (shown == 40) {
			buf_str(s->out, S("       | ...\n"));
			return;
		}
		/* one line of a machine's JSON may hold everything: show the statement alone */
		if (start + n > statement->end && n > 200 && statement->end > start) {
			size_t from = shown == 0 ? statement->at : start;

			rest = (str){ text.p + from, statement->end - from };
		} else {
			rest.n = n;
		}
		buf_printf(s->out, "  %4zu | %.*s%s\n", line, STR(str_head(rest, 400)),
			rest.n > 400 ? " ..." : "");
		start += n + 1;
	}
}

static void advise_condition(const struct story *s, const struct condition *c)
{
	bool sent = context_find(s->request, c->key) != NULL;

	buf_printf(s->out, "  - send %.*s", STR(c->key));
	if (is_equality(c->operator))
		buf_str(s->out, S(" = "));
	else
		buf_printf(s->out, " so that it satisfies %.*s ", STR(c->operator));
	put_values(s->out, &c->values);
	buf_str(s->out, sent ? S(" instead of what is sent\n") : S("\n"));
}

/* The grant's other side, where two are needed, and limits that would stop it then. */
static void advise_layers(const struct story *s, enum layer but)
{
	const struct decision *d = &s->trace->decision;

	for (enum layer layer = LAYER_IDENTITY; layer < LAYER_SERVICE; layer++)
		if (layer != but && (d->missing | d->withheld) & 1u << layer)
			buf_printf(s->out, "  - allow %.*s in %s %s\n", STR(s->request->action),
				layer == LAYER_IDENTITY ? "an" : "the",
				layer_words(layer, s->request));
}

static void tell_advice(const struct story *s, const struct finding *f)
{
	buf_str(s->out, S("\nTo allow it:\n"));
	if (f->missed & 1u << MISS_RESOURCE)
		buf_printf(s->out,
			"  - ask for a resource that the statement covers, or add %.*s to it\n",
			STR(s->request->resource));
	if (f->missed & 1u << MISS_PRINCIPAL)
		buf_str(s->out, S("  - name the caller, its role or its account as Principal\n"));
	for (size_t i = 0; i < f->nconditions; i++)
		advise_condition(s, f->conditions[i]);
	advise_layers(s, f->layer);
}

static void tell_statement(const struct story *s)
{
	const struct decision *d = &s->trace->decision;
	const struct finding *near = trace_nearest(s->trace);

	if (d->statement) {
		buf_printf(s->out, "\nThe statement that %s it, ",
			d->effect == ALLOW ? "allowed" : "denied");
		tell_place(s, d->document, d->statement);
		buf_str(s->out, S(":\n"));
		tell_lines(s, d->document, d->statement);
	} else if (near) {
		buf_str(s->out, S("\nThe statement that came nearest, "));
		tell_place(s, near->document, near->statement);
		buf_str(s->out, S(":\n"));
		tell_lines(s, near->document, near->statement);
		tell_advice(s, near);
	} else if (d->effect == DENY_IMPLICIT && d->layer != LAYER_SERVICE) {
		buf_str(s->out, S("\nTo allow it:\n"));
		advise_layers(s, LAYER_NONE);
	}
}

/* How long our own colour, "\033[32m", is at the start of `text`; 0: it is none. */
static size_t colour_length(str text)
{
	size_t n = 2;

	if (!str_starts(text, S("\033[")))
		return 0;
	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	return n < text.n && text.p[n] == 'm' ? n + 1 : 0;
}

/* Names and values may hold anything, and a terminal obeys what it is sent: only line feeds, tabs
 * and colours go through as they are. */
static void put_printable(struct buf *out, str text, bool colour)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t n = colour ? colour_length(str_from(text, i)) : 0;

		if (n) {
			buf_str(out, str_head(str_from(text, i), n));
			i += n - 1;
		} else if (is_control(text.p[i]) && text.p[i] != '\n' && text.p[i] != '\t') {
			buf_printf(out, "\\x%02x", (unsigned char)text.p[i]);
		} else {
			buf_char(out, text.p[i]);
		}
	}
}

void explain(struct buf *out, const struct request *request, const struct trace *trace, bool colour)
{
	struct buf text = { .arena = out->arena };
	struct story s = { &text, request, trace, colour };

	tell_question(&s);
	tell_layers(&s);
	tell_statement(&s);
	put_printable(out, buf_view(&text), colour);
}
