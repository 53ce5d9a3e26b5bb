/*
 * lint_statement.c -- a statement as a whole: its Sid and actions, variables and placeholders in
 * what it lists, what it repeats, and what its Allow gives away.
 */
#include "policy/lint.h"

#include <string.h>

enum { LIST_COMPARED = 1500 }; /* longer lists are not searched for what covers what */

str action_service(str action)
{
	str service, name;

	return str_cut(action, ':', &service, &name) ? service : (str){ 0 };
}

/* ---- texts that do not belong where they are */

/* One ${...}: what is wrong with it, if anything. */
static void lint_variable(struct lint *l, const struct word *word, str inside)
{
	str name, fallback;

	if (str_cut(inside, ',', &name, &fallback)) {
		fallback = str_trim(fallback);
		if (fallback.n < 2 || fallback.p[0] != '\'' || fallback.p[fallback.n - 1] != '\'')
			lint_add(l, FINDING_MISSING_QUOTE_IN_VARIABLE, word->at, word->text,
				(str){ 0 });
	} else {
		name = inside;
	}
	if (str_trim(name).n == 0)
		lint_add(l, FINDING_EMPTY_VARIABLE, word->at, word->text, (str){ 0 });
	else if (str_find(name, S(" ")) != SIZE_MAX)
		lint_add(l, FINDING_UNSUPPORTED_SPACE_IN_VARIABLE, word->at, word->text,
			(str){ 0 });
}

void lint_variables(struct lint *l, const struct word *word, bool allowed)
{
	str rest = word->text;
	size_t start, end;

	if (!has_variable(rest))
		return;
	if (!allowed)
		lint_add(l, FINDING_VARIABLE_UNSUPPORTED_IN_ELEMENT, word->at, word->text,
			(str){ 0 }); /* [S-23] */
	else if (!l->document->version_2012)
		lint_add(l, FINDING_VARIABLE_UNSUPPORTED_IN_VERSION, word->at, word->text,
			(str){ 0 }); /* [S-06] */
	while ((start = str_find(rest, S("${"))) != SIZE_MAX) {
		rest = str_from(rest, start + 2);
		end = str_find(rest, S("}"));
		if (end == SIZE_MAX) {
			lint_add(l, FINDING_MISSING_BRACE_IN_VARIABLE, word->at, word->text,
				(str){ 0 });
			return;
		}
		lint_variable(l, word, str_head(rest, end));
		rest = str_from(rest, end + 1);
	}
}

static bool is_name_char(char c)
{
	return ascii_alnum(c) || c == '_' || c == '-' || c == ' ';
}

/* "{bucketName}" or "<account-id>", but not "${aws:username}". */
void lint_placeholder(struct lint *l, const struct word *word)
{
	str s = word->text;

	for (size_t i = 0; i < s.n; i++) {
		char closing = s.p[i] == '{' ? '}' : s.p[i] == '<' ? '>' : 0;
		size_t end = i + 1;

		if (!closing || (i > 0 && s.p[i - 1] == '$'))
			continue;
		while (end < s.n && is_name_char(s.p[end]))
			end++;
		if (end < s.n && s.p[end] == closing && end > i + 1) {
			lint_add(l, FINDING_PLACEHOLDER_LEFT, word->at, word->text,
				str_head(str_from(s, i), end + 1 - i));
			return;
		}
	}
}

/* ---- the Sid */

static bool is_sid(str sid)
{
	for (size_t i = 0; i < sid.n; i++)
		if (!ascii_alnum(sid.p[i]))
			return false;
	return true;
}

static void lint_sid(struct lint *l, const struct statement *s)
{
	struct word sid = { s->sid, s->sid_at };

	if (s->sid.n == 0)
		return;
	if (is_iam_kind(l->kind) && !is_sid(s->sid))
		lint_add(l, FINDING_UNSUPPORTED_SID, s->sid_at, s->sid, (str){ 0 });
	lint_variables(l, &sid, false);
	for (size_t i = 0; i < s->index; i++)
		if (str_eq(l->document->statements[i].sid, s->sid))
			lint_add(l,
				is_iam_kind(l->kind) ? FINDING_UNIQUE_SIDS_REQUIRED
						     : FINDING_UNIQUE_SIDS_RECOMMENDED,
				s->sid_at, s->sid, (str){ 0 });
}

/* ---- actions */

static bool rcp_reaches(str service)
{
	static const str services[] = {
#define ROW(service, since) SC(service),
#include "gen/rcp.inc"
#undef ROW
	};

	for (size_t i = 0; i < COUNT(services); i++)
		if (str_eq_nocase(services[i], service))
			return true;
	return false;
}

static void lint_known(struct lint *l, const struct word *action, str service)
{
	struct catalog_action known;
	str text = action->text;

	if (!catalog_service(service))
		lint_add(l, FINDING_INVALID_SERVICE_IN_ACTION, action->at, service,
			catalog_near_service(service));
	else if (is_wild(text) && !catalog_any_action(text))
		lint_add(l, FINDING_ACTION_MATCHES_NOTHING, action->at, text, (str){ 0 });
	else if (!is_wild(text) && !catalog_action(text, &known))
		lint_add(l, FINDING_INVALID_ACTION, action->at, text, catalog_near_action(text));
}

static void lint_action(struct lint *l, const struct word *action)
{
	str service = action_service(action->text);

	lint_placeholder(l, action);
	lint_variables(l, action, false);
	if (service.n == 0 || has_variable(action->text))
		return; /* "*", or what policy_check() refuses */
	if (is_wild(service)) {
		lint_add(l, FINDING_WILDCARD_IN_ACTION_SERVICE, action->at, action->text,
			(str){ 0 }); /* [S-18] */
		return;
	}
	if (l->kind == POLICY_TRUST && !str_eq_nocase(service, S("sts")))
		lint_add(l, FINDING_UNSUPPORTED_ACTION_IN_POLICY, action->at, action->text,
			(str){ 0 });
	if (l->kind == POLICY_RCP && !rcp_reaches(service))
		lint_add(l, FINDING_RCP_SYNTAX_ERROR_ACTION, action->at, action->text, (str){ 0 });
	lint_known(l, action, service);
}

/* A bucket policy has actions of S3 only: the first other service is told. */
static void lint_one_service(struct lint *l, const struct statement *s)
{
	str first = { 0 };

	for (size_t i = 0; i < s->actions.n; i++) {
		str service = action_service(s->actions.item[i].text);

		if (service.n && first.n && !starts_nocase(service, first) &&
			!starts_nocase(first, service)) {
			lint_add(l, FINDING_UNSUPPORTED_ACTION_IN_POLICY, s->actions.item[i].at,
				s->actions.item[i].text, (str){ 0 });
			return;
		}
		if (!first.n)
			first = service;
	}
}

static void lint_redundant_actions(struct lint *l, const struct words *actions)
{
	for (size_t i = 0; actions->n <= LIST_COMPARED && i < actions->n; i++) {
		str text = arena_lower(l->arena, actions->item[i].text);

		for (size_t j = 0; j < actions->n; j++) {
			str other = actions->item[j].text;

			if (j == i || (!is_wild(other) && !str_eq_nocase(other, text)))
				continue;
			other = arena_lower(l->arena, other);
			/* of two that cover each other, the later one is told */
			if (!glob_covers(other, text) || (glob_covers(text, other) && j > i))
				continue;
			lint_add(l, FINDING_REDUNDANT_ACTION, actions->item[i].at,
				actions->item[i].text, actions->item[j].text);
			break;
		}
	}
}

/* ---- what Allow gives away */

/* How a statement comes to allow an action: named, by a pattern, or by not excluding it. */
enum reach { REACH_NONE, REACH_NAMED, REACH_PATTERN, REACH_NOT_ACTION };

static enum reach reach_of(const struct statement *s, str action, struct word *by)
{
	*by = (struct word){ .at = s->at };
	if (s->actions.n)
		*by = s->actions.item[0];
	if (s->not_action)
		return s->has_action && allows_action(s, action) ? REACH_NOT_ACTION : REACH_NONE;
	for (size_t i = 0; i < s->actions.n; i++) {
		*by = s->actions.item[i];
		if (str_eq_nocase(by->text, action))
			return REACH_NAMED;
	}
	for (size_t i = 0; i < s->actions.n; i++) {
		*by = s->actions.item[i];
		if (glob_matches(by->text, action))
			return REACH_PATTERN;
	}
	return REACH_NONE;
}

/* "*", or the ARN of any role. */
static bool is_any_role(str resource)
{
	struct arn arn;
	str name;

	if (is_stars(resource))
		return true;
	if (!arn_parse(resource, &arn))
		return str_ends(resource, S("*"));
	if (!glob_matches(arn.part[ARN_SERVICE], S("iam")))
		return false;
	name = arn.part[ARN_RESOURCE];
	return is_stars(name) || (str_starts(name, S("role/")) && is_stars(str_from(name, 5)));
}

static bool has_any_role(const struct statement *s)
{
	for (size_t i = 0; i < s->resources.n; i++)
		if (is_any_role(s->resources.item[i].text))
			return true;
	return false;
}

static const struct handed {
	str action, key; /* a condition on the key narrows it down */
	enum finding_id on_star[REACH_NOT_ACTION + 1], on_not_resource[REACH_NOT_ACTION + 1];
} handed[] = {
	{ SC("iam:PassRole"), SC("iam:PassedToService"),
		{ 0, FINDING_PASS_ROLE_WITH_STAR_IN_RESOURCE,
			FINDING_PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE,
			FINDING_PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION },
		{ 0, FINDING_PASS_ROLE_WITH_NOT_RESOURCE,
			FINDING_PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE,
			FINDING_PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE } },
	{ SC("iam:CreateServiceLinkedRole"), SC("iam:AWSServiceName"),
		{ 0, FINDING_CREATE_SLR_WITH_STAR_IN_RESOURCE,
			FINDING_CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE,
			FINDING_CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION },
		{ 0, FINDING_CREATE_SLR_WITH_NOT_RESOURCE,
			FINDING_CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE,
			FINDING_CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE } },
};

static void lint_handed(struct lint *l, const struct statement *s)
{
	for (size_t i = 0; i < COUNT(handed); i++) {
		const struct handed *h = &handed[i];
		struct word by;
		enum reach reach = reach_of(s, h->action, &by);

		if (reach == REACH_NONE || is_held_to(s, h->key))
			continue;
		if (s->not_resource)
			lint_add(l, h->on_not_resource[reach], by.at, by.text, (str){ 0 });
		else if (has_any_role(s))
			lint_add(l, h->on_star[reach], by.at, by.text, (str){ 0 });
	}
}

static void lint_allow(struct lint *l, const struct statement *s)
{
	bool all_actions = false, all_resources = false;

	if (s->not_action && s->actions.n)
		lint_add(l, FINDING_ALLOW_WITH_NOT_ACTION, s->actions.item[0].at, (str){ 0 },
			(str){ 0 });
	if (s->not_resource)
		lint_add(l, FINDING_ALLOW_WITH_NOT_RESOURCE, s->resource_at, (str){ 0 },
			(str){ 0 });
	for (size_t i = 0; !s->not_action && i < s->actions.n; i++)
		all_actions |= is_stars(s->actions.item[i].text);
	for (size_t i = 0; !s->not_resource && i < s->resources.n; i++)
		all_resources |= is_stars(s->resources.item[i].text);
	if (all_actions && all_resources && s->nconditions == 0)
		lint_add(l, FINDING_ALLOW_EVERYTHING, s->at, (str){ 0 }, (str){ 0 });
	if (l->kind == POLICY_IDENTITY || l->kind == POLICY_SESSION)
		lint_handed(l, s);
}

/* ---- the same statement twice */

static bool same_words(const struct words *a, const struct words *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!str_eq(a->item[i].text, b->item[i].text))
			return false;
	return true;
}

static bool same_statement(const struct statement *a, const struct statement *b)
{
	if (a->allow != b->allow || a->not_action != b->not_action ||
		a->not_resource != b->not_resource || a->not_principal != b->not_principal ||
		a->nprincipals != b->nprincipals || a->nconditions != b->nconditions ||
		!same_words(&a->actions, &b->actions) || !same_words(&a->resources, &b->resources))
		return false;
	for (size_t i = 0; i < a->nprincipals; i++)
		if (a->principals[i].type != b->principals[i].type ||
			!str_eq(a->principals[i].text, b->principals[i].text))
			return false;
	for (size_t i = 0; i < a->nconditions; i++)
		if (!str_eq(a->conditions[i].operator, b->conditions[i].operator) ||
			!str_eq_nocase(a->conditions[i].key, b->conditions[i].key) ||
			!same_words(&a->conditions[i].values, &b->conditions[i].values))
			return false;
	return true;
}

void lint_statement(struct lint *l, const struct statement *s)
{
	lint_sid(l, s);
	for (size_t i = 0; i < s->actions.n; i++)
		lint_action(l, &s->actions.item[i]);
	lint_redundant_actions(l, &s->actions);
	if (l->kind == POLICY_RESOURCE)
		lint_one_service(l, s);
	if (l->kind == POLICY_RCP && s->not_action && s->actions.n)
		lint_add(l, FINDING_RCP_SYNTAX_ERROR_NOTACTION, s->actions.item[0].at, (str){ 0 },
			(str){ 0 });
	if (l->kind == POLICY_RCP && s->allow)
		lint_add(l, FINDING_RCP_SYNTAX_ERROR_ALLOW, s->at, (str){ 0 }, (str){ 0 });
	if (s->allow && can_grant(l->kind))
		lint_allow(l, s);
	for (size_t i = 0; i < s->index; i++)
		if (same_statement(&l->document->statements[i], s)) {
			lint_add(l, FINDING_REDUNDANT_STATEMENT, s->at,
				arena_printf(l->arena, "%zu", i + 1), (str){ 0 });
			break;
		}
}
