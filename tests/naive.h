/*
 * naive.h -- the engine again, in the most obvious lines, for props.c to agree with.
 *
 * It shares nothing with the real one but the parsed documents: patterns are matched by
 * recursion, variables are put in by copying, numbers are doubles, dates come from a table,
 * addresses from the C library, and every layer is asked by walking all statements.
 */
#ifndef DEPUTY_TESTS_NAIVE_H
#define DEPUTY_TESTS_NAIVE_H

#include "engine/engine.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- text: characters that may be wildcards or not */

struct naive_text {
	char c[512];
	bool literal[512];
	size_t n;
	bool unset; /* a variable had no value */
};

static const struct context_key *naive_key(const struct request *r, str key)
{
	for (size_t i = 0; i < r->ncontext; i++)
		if (r->context[i].key.n == key.n &&
			strncasecmp(r->context[i].key.p, key.p, key.n) == 0)
			return &r->context[i];
	return NULL;
}

static void naive_add(struct naive_text *t, str s, bool literal)
{
	for (size_t i = 0; i < s.n && t->n < sizeof(t->c); i++) {
		t->literal[t->n] = literal;
		t->c[t->n++] = s.p[i];
	}
}

static struct naive_text naive_expand(str s, bool variables, const struct request *r)
{
	struct naive_text t = { .n = 0 };

	while (s.n) {
		size_t end = 2;
		str inside, key, fallback;
		const struct context_key *k;
		bool has_fallback;

		while (variables && end < s.n && s.p[end] != '}')
			end++;
		if (!variables || s.n < 3 || s.p[0] != '$' || s.p[1] != '{' || end == s.n) {
			naive_add(&t, (str){ s.p, 1 }, false);
			s = (str){ s.p + 1, s.n - 1 };
			continue;
		}
		inside = (str){ s.p + 2, end - 2 };
		s = (str){ s.p + end + 1, s.n - end - 1 };
		if (inside.n == 1 && strchr("*?$", inside.p[0])) {
			naive_add(&t, inside, true);
			continue;
		}
		key = inside;
		has_fallback = str_cut(inside, ',', &key, &fallback) && fallback.n >= 3 &&
			       fallback.p[1] == '\'';
		k = naive_key(r, key);
		if (k && !k->multi && k->n == 1 && k->values[0].n)
			naive_add(&t, k->values[0], true);
		else if (has_fallback)
			naive_add(&t, (str){ fallback.p + 2, fallback.n - 3 }, true);
		else
			t.unset = true;
	}
	return t;
}

static bool naive_glob(const struct naive_text *p, size_t pi, size_t pend, str s, bool wild)
{
	if (pi == pend)
		return s.n == 0;
	if (wild && p->c[pi] == '*' && !p->literal[pi]) {
		for (size_t skip = 0; skip <= s.n; skip++)
			if (naive_glob(p, pi + 1, pend, (str){ s.p + skip, s.n - skip }, wild))
				return true;
		return false;
	}
	if (s.n == 0)
		return false;
	if (!(wild && p->c[pi] == '?' && !p->literal[pi]) && p->c[pi] != s.p[0])
		return false;
	return naive_glob(p, pi + 1, pend, (str){ s.p + 1, s.n - 1 }, wild);
}

static bool naive_match(const struct naive_text *p, str s)
{
	return !p->unset && naive_glob(p, 0, p->n, s, true);
}

/* Six parts of an ARN pattern against six parts of an ARN; -1: one of them is none. */
static int naive_arn(const struct naive_text *p, str arn)
{
	size_t from = 0;

	for (int part = 0; part < 6; part++) {
		size_t to = from;
		str piece = arn;

		while (to < p->n && (p->c[to] != ':' || part == 5))
			to++;
		if (part < 5 && (to == p->n || !str_cut(arn, ':', &piece, &arn)))
			return -1;
		if (!naive_glob(p, from, to, part == 5 ? arn : piece, true)) {
			/* still look whether both are ARNs at all */
			for (part++, from = to + 1; part < 6; part++, from = to + 1) {
				for (to = from; to < p->n && p->c[to] != ':';)
					to++;
				if (part < 5 && (to >= p->n || !str_cut(arn, ':', &piece, &arn)))
					return -1;
			}
			return 0;
		}
		from = to + 1;
	}
	return 1;
}

/* ---- actions and resources */

static bool naive_action(str pattern, str action)
{
	char lower[2][200] = { "", "" };
	struct naive_text p;
	const char *colon;
	bool stars = pattern.n > 0;

	for (size_t i = 0; i < pattern.n; i++)
		stars &= pattern.p[i] == '*';
	if (stars)
		return true;
	for (size_t i = 0; i < pattern.n; i++) {
		if (strchr(" \t\n,", pattern.p[i]))
			return false;
		lower[0][i] = ascii_lower(pattern.p[i]);
	}
	for (size_t i = 0; i < action.n; i++)
		lower[1][i] = ascii_lower(action.p[i]);
	colon = strchr(lower[0], ':');
	if (!colon || colon == lower[0] || colon[1] == '\0')
		return false;
	for (const char *c = lower[0]; c < colon; c++)
		if (*c == '*' || *c == '?')
			return false;
	p = naive_expand(str_of(lower[0]), false, NULL);
	return naive_match(&p, str_of(lower[1]));
}

enum naive_answer { NAIVE_NO, NAIVE_YES, NAIVE_UNRESOLVED };

static enum naive_answer naive_resource(str pattern, bool variables, const struct request *r,
	enum layer layer)
{
	bool own = layer == LAYER_IDENTITY || layer == LAYER_BOUNDARY || layer == LAYER_SESSION;
	struct naive_text p;
	size_t colons = 0, dollar = SIZE_MAX, fifth = SIZE_MAX, from = 0, stars = 0, left = 0;
	str s = r->resource, piece;

	for (size_t i = 0; i < pattern.n; i++) {
		stars += pattern.p[i] == '*';
		if (pattern.p[i] == '$' && i + 1 < pattern.n && pattern.p[i + 1] == '{' &&
			dollar == SIZE_MAX)
			dollar = i;
		if (pattern.p[i] == ':' && ++colons == 5)
			fifth = i;
	}
	if (pattern.n && stars == pattern.n)
		return NAIVE_YES;
	if (!str_starts(pattern, S("arn:")))
		return NAIVE_NO;
	if (variables && dollar != SIZE_MAX && (fifth == SIZE_MAX || dollar < fifth))
		return NAIVE_UNRESOLVED;
	p = naive_expand(pattern, variables, r);
	if (p.unset)
		return NAIVE_UNRESOLVED;
	for (size_t i = 0; i < s.n; i++)
		left += s.p[i] == ':';
	if (left < 5 || r->no_resource_types)
		return NAIVE_NO;
	if (fifth != SIZE_MAX)
		return naive_arn(&p, s) == 1 ? NAIVE_YES : NAIVE_NO;
	for (size_t c = 0; c < colons; c++) { /* a short one */
		size_t to = from;

		while (p.c[to] != ':')
			to++;
		str_cut(s, ':', &piece, &s);
		if (!naive_glob(&p, from, to, piece, true))
			return NAIVE_NO;
		from = to + 1;
	}
	if (p.n && p.c[p.n - 1] == '*')
		return naive_glob(&p, from, p.n, s, true) ? NAIVE_YES : NAIVE_NO;
	if (!own)
		return NAIVE_NO;
	str_cut(s, ':', &s, &piece);
	return naive_glob(&p, from, p.n, s, true) ? NAIVE_YES : NAIVE_NO;
}

static bool naive_resources(const struct document *d, const struct statement *s,
	const struct request *r, enum layer layer)
{
	bool matched = false, unresolved = false;

	if (!s->has_resource)
		return layer == LAYER_RESOURCE;
	for (size_t i = 0; i < s->resources.n; i++) {
		enum naive_answer a =
			naive_resource(s->resources.item[i].text, d->version_2012, r, layer);

		matched |= a == NAIVE_YES;
		unresolved |= a == NAIVE_UNRESOLVED;
	}
	return s->not_resource ? s->resources.n && !matched && !unresolved : matched;
}

static bool naive_actions(const struct statement *s, str action)
{
	bool matched = false;

	for (size_t i = 0; i < s->actions.n; i++)
		matched |= naive_action(s->actions.item[i].text, action);
	return s->not_action ? s->actions.n && !matched : matched;
}

/* ---- principals */

static str naive_after(str s, char c) /* behind the last c, or all */
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return (str){ s.p + i, s.n - i };
	return s;
}

static enum principal_match naive_principal(const struct principal *p, const struct caller *c)
{
	char text[300];

	if (p->type == PRINCIPAL_ANY)
		return MATCH_ANY;
	if (p->type == PRINCIPAL_SERVICE)
		return c->type == CALLER_SERVICE && str_eq(p->text, c->arn) ? MATCH_DIRECT
									    : MATCH_NO;
	if (p->type == PRINCIPAL_FEDERATED)
		return c->federated.n && str_eq(p->text, c->federated) ? MATCH_DIRECT : MATCH_NO;
	if (p->type != PRINCIPAL_AWS || !c->account.n)
		return MATCH_NO;
	snprintf(text, sizeof(text), "arn:aws:iam::%.*s:root", STR(c->account));
	if (str_eq(p->text, c->account) || str_eq(p->text, str_of(text)))
		return MATCH_ACCOUNT;
	if (str_eq(p->text, c->arn))
		return MATCH_DIRECT;
	if (c->type == CALLER_FEDERATED_USER && c->user_arn.n && str_eq(p->text, c->user_arn))
		return MATCH_ROLE_OF_SESSION;
	if (c->type != CALLER_SESSION)
		return MATCH_NO;
	if (c->role_arn.n)
		return str_eq(p->text, c->role_arn) ? MATCH_ROLE_OF_SESSION : MATCH_NO;
	snprintf(text, sizeof(text), "arn:aws:iam::%.*s:role/", STR(c->account));
	if (str_starts(p->text, str_of(text))) {
		str role = naive_after(p->text, '/');
		str session = naive_after(c->arn, '/');
		str rest = { c->arn.p, c->arn.n - session.n - 1 };

		if (str_eq(role, naive_after(rest, '/')))
			return MATCH_ROLE_OF_SESSION;
	}
	return MATCH_NO;
}

/* ---- conditions */

static const struct {
	const char *text;
	double seconds;
} naive_dates[] = {
	{ "2026-01-01", 1767225600 },
	{ "2026-01-01T00:00:00Z", 1767225600 },
	{ "2026-01-01T01:00:00+01:00", 1767225600 },
	{ "1767225600", 1767225600 },
	{ "2026-01-01T00:00:01Z", 1767225601 },
	{ "2025-12-31T23:59:59.5Z", 1767225599.5 },
};

static int naive_order(double a, double b)
{
	return a < b ? -1 : a > b;
}

/* [-]DIGITS[.DIGITS], asked of the C library. */
static bool naive_is_number(const char *text)
{
	int n = 0;

	text += *text == '-';
	if (sscanf(text, "%*[0-9]%n", &n) == EOF || n == 0)
		return false;
	text += n;
	n = 0;
	if (*text == '.' && (sscanf(text + 1, "%*[0-9]%n", &n) == EOF || n == 0))
		return false;
	return text[*text == '.' ? n + 1 : 0] == '\0';
}

static bool naive_number(str s, bool date, double *value)
{
	char text[64], *end;

	snprintf(text, sizeof(text), "%.*s", STR(s));
	for (size_t i = 0; date && i < COUNT(naive_dates); i++)
		if (strcmp(text, naive_dates[i].text) == 0) {
			*value = naive_dates[i].seconds;
			return true;
		}
	if ((date && strlen(text) == 4) || !naive_is_number(text))
		return false;
	*value = strtod(text, &end);
	return *end == '\0';
}

static bool naive_address(str s, int *family, unsigned char address[16], int *bits)
{
	char text[100], *slash;

	snprintf(text, sizeof(text), "%.*s", STR(s));
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	*family = strchr(text, ':') ? AF_INET6 : AF_INET;
	*bits = slash ? atoi(slash + 1) : *family == AF_INET ? 32 : 128;
	return inet_pton(*family, text, address) == 1;
}

/* 1: in the relation, 0: not, -1: not comparable */
static int naive_compare(const char *operator, str want, str got, bool variables,
	const struct request *r)
{
	struct naive_text p = naive_expand(want, variables, r);
	double a, b;

	if (strncmp(operator, "string", 6) == 0) {
		if (p.unset)
			return 0;
		if (strstr(operator, "like"))
			return naive_match(&p, got);
		if (strstr(operator, "ignorecase"))
			return p.n == got.n && strncasecmp(p.c, got.p, p.n) == 0;
		return naive_glob(&p, 0, p.n, got, false);
	}
	if (strncmp(operator, "arn", 3) == 0) {
		struct naive_text any = naive_expand(S("*:*:*:*:*:*"), false, r);

		if (naive_arn(&any, got) == -1)
			return -1;
		return p.unset ? 0 : naive_arn(&p, got);
	}
	if (strcmp(operator, "bool") == 0) {
		bool truth = str_eq_nocase(got, S("true")), lie = str_eq_nocase(got, S("false"));

		if (!truth && !lie)
			return -1;
		return !p.unset && p.n == got.n && strncasecmp(p.c, got.p, p.n) == 0;
	}
	if (strstr(operator, "ipaddress")) {
		unsigned char net[16] = { 0 }, host[16] = { 0 };
		int nf, hf, bits, all;

		if (!naive_address(want, &nf, net, &bits) || !naive_address(got, &hf, host, &all))
			return -1;
		for (int i = 0; i < bits && nf == hf; i++)
			if ((net[i / 8] ^ host[i / 8]) >> (7 - i % 8) & 1)
				return 0;
		return nf == hf;
	}
	if (!naive_number(want, operator[0] == 'd', &b) ||
		!naive_number(got, operator[0] == 'd', &a))
		return -1;
	if (strstr(operator, "lessthanequals"))
		return naive_order(a, b) <= 0;
	if (strstr(operator, "lessthan"))
		return naive_order(a, b) < 0;
	if (strstr(operator, "greaterthanequals"))
		return naive_order(a, b) >= 0;
	if (strstr(operator, "greaterthan"))
		return naive_order(a, b) > 0;
	return naive_order(a, b) == 0;
}

static bool naive_value(const char *operator, bool negated, const struct condition *c, str got,
	bool variables, const struct request *r)
{
	bool any = false, bad = false;

	for (size_t i = 0; i < c->values.n; i++) {
		int answer = naive_compare(operator, c->values.item[i].text, got, variables, r);

		any |= answer == 1;
		bad |= answer == -1;
	}
	return negated ? !any && !bad : any;
}

static bool naive_condition(const struct condition *c, bool variables, const struct request *r)
{
	char lower[80] = "", *operator= lower, *tail;
	const struct context_key *k = naive_key(r, c->key);
	bool all = false, one = false, exists = false, negated;
	size_t good = 0;

	for (size_t i = 0; i < c->operator.n && i<79; i++)
		lower[i] = ascii_lower(c->operator.p[i]);
	if (strncmp(operator, "forallvalues:", 13) == 0)
		all = true, operator+= 13;
	else if (strncmp(operator, "foranyvalue:", 12) == 0)
		one = true, operator+= 12;
	tail = strstr(operator, "ifexists");
	if (tail)
		exists = true, *tail = '\0';
	negated = strstr(operator, "not") != NULL;
	if (strcmp(operator, "unknown") == 0 || (strcmp(operator, "null") == 0 && exists))
		return false;
	if (strcmp(operator, "null") == 0) {
		for (size_t i = 0; i < c->values.n; i++)
			if (str_eq_nocase(c->values.item[i].text,
				    !k || k->n == 0 ? S("true") : S("false")))
				return true;
		return false;
	}
	if (!all && !one && !k)
		return exists || negated;
	if (!all && !one && k->multi)
		return false;
	for (size_t i = 0; k && i < k->n; i++)
		good += naive_value(operator, negated, c, k->values[i], variables, r);
	return all ? !k || good == k->n : good > 0;
}

/* ---- statements, programs, layers */

struct naive_result {
	bool applies, allow, deny;
	bool direct, any, role, account; /* how allowing statements name the caller */
};

static void naive_statement(const struct document *d, const struct statement *s,
	const struct request *r, enum layer layer, bool bounded, struct naive_result *result)
{
	bool named = layer == LAYER_RESOURCE || layer == LAYER_RCP || layer == LAYER_ENDPOINT;
	enum principal_match match = MATCH_NO;

	if (!naive_actions(s, r->action) || !naive_resources(d, s, r, layer))
		return;
	for (size_t i = 0; i < s->nconditions; i++)
		if (!naive_condition(&s->conditions[i], d->version_2012, r))
			return;
	for (size_t i = 0; i < s->nprincipals; i++) {
		enum principal_match m = naive_principal(&s->principals[i], &r->caller);

		match = m > match ? m : match;
	}
	if (named && s->nprincipals == 0)
		return;
	if (!named && s->has_principal)
		return;
	if (!named)
		match = MATCH_DIRECT;
	else if (s->not_principal)
		match = match == MATCH_NO || (!s->allow && bounded) ? MATCH_ANY : MATCH_NO;
	if (match == MATCH_NO)
		return;
	if (!s->allow) {
		result->deny = true;
		return;
	}
	result->allow = true;
	result->direct |= match == MATCH_DIRECT;
	result->any |= match == MATCH_ANY;
	result->role |= match == MATCH_ROLE_OF_SESSION;
	result->account |= match == MATCH_ACCOUNT;
}

static struct naive_result naive_documents(const struct document *const *documents, size_t n,
	const struct request *r, enum layer layer, bool bounded)
{
	struct naive_result result = { .applies = true };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < documents[i]->nstatements; k++)
			naive_statement(documents[i], &documents[i]->statements[k], r, layer,
				bounded, &result);
	return result;
}

enum { NAIVE_DOCUMENTS = 4 };

struct naive_case { /* documents by layer; scp and rcp: a level each */
	const struct document *documents[LAYER_COUNT][NAIVE_DOCUMENTS];
	size_t n[LAYER_COUNT];
	struct request request;
};

static enum effect naive_decide(const struct naive_case *c)
{
	const struct request *r = &c->request;
	enum caller_type t = r->caller.type;
	bool iam = t == CALLER_USER || t == CALLER_ROLE || t == CALLER_SESSION ||
		   t == CALLER_FEDERATED_USER;
	bool bounded = iam && c->n[LAYER_BOUNDARY];
	bool member = r->caller.account.n > 0;
	struct naive_result layer[LAYER_COUNT] = { 0 };
	bool deny = false, scp = true, same, grant, bypass, speaks;
	struct arn arn;
	str account = r->resource_account;

	for (enum layer l = LAYER_IDENTITY; l < LAYER_SERVICE; l++) {
		bool levels = l == LAYER_SCP || l == LAYER_RCP;
		bool applies = c->n[l] > 0;

		if (l == LAYER_IDENTITY || l == LAYER_BOUNDARY || l == LAYER_SESSION)
			applies = applies && iam;
		if (l == LAYER_SCP)
			applies = applies && member;
		if (l == LAYER_RCP)
			applies = applies && (naive_action(S("s3:*"), r->action) ||
						     naive_action(S("sts:*"), r->action) ||
						     naive_action(S("kms:*"), r->action));
		if (!applies)
			continue;
		if (!levels)
			layer[l] = naive_documents(c->documents[l], c->n[l], r, l, bounded);
		for (size_t i = 0; levels && i < c->n[l]; i++) {
			struct naive_result one =
				naive_documents(&c->documents[l][i], 1, r, l, bounded);

			layer[l].deny |= one.deny;
			if (l == LAYER_SCP && !one.allow)
				scp = false;
		}
		layer[l].applies = true;
		deny |= layer[l].deny;
	}
	if (deny)
		return DENY_EXPLICIT;
	if (!account.n && arn_parse(r->resource, &arn) && is_account_id(arn.part[ARN_ACCOUNT]))
		account = arn.part[ARN_ACCOUNT];
	same = member && (!account.n || str_eq(account, r->caller.account));
	speaks =
		(str_starts(r->action, S("sts:")) &&
			str_find(r->resource, S(":role/")) != SIZE_MAX) ||
		(str_starts(r->action, S("kms:")) && str_find(r->resource, S(":key/")) != SIZE_MAX);
	{
		struct naive_result *res = &layer[LAYER_RESOURCE];
		bool named = res->allow && (res->direct || res->any || res->role);
		bool identity = t == CALLER_ROOT || (iam && layer[LAYER_IDENTITY].allow);

		if (!member)
			grant = named;
		else if (same)
			grant = named || (identity && (!speaks || res->allow));
		else
			grant = identity && res->allow;
		bypass = same && res->allow && ((res->direct && t != CALLER_ROLE) || res->any);
	}
	if (!grant || !scp)
		return DENY_IMPLICIT;
	if (layer[LAYER_ENDPOINT].applies && !layer[LAYER_ENDPOINT].allow)
		return DENY_IMPLICIT;
	if (!bypass && layer[LAYER_BOUNDARY].applies && !layer[LAYER_BOUNDARY].allow)
		return DENY_IMPLICIT;
	if (!bypass && layer[LAYER_SESSION].applies && !layer[LAYER_SESSION].allow)
		return DENY_IMPLICIT;
	if (!bypass && t == CALLER_FEDERATED_USER && !layer[LAYER_SESSION].applies)
		return DENY_IMPLICIT;
	return ALLOW;
}

#endif
