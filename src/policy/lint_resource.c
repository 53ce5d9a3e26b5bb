/*
 * lint_resource.c -- resources: is the ARN one that AWS can have, and do the actions of the
 * statement work on it?
 *
 * An ARN of a policy is a pattern, a documented ARN a template. They are
 * compared field by field: can one text match both? A template that fits in
 * all fields makes the ARN good; else the template that fits in the resource
 * field tells which of the others is wrong. Variables of policies are stars.
 */
#include "policy/lint.h"

#include <string.h>

enum { LIST_COMPARED = 1500, PAIRS_COMPARED = 200000 }; /* longer lists are not compared */

/* ---- templates */

/* "cluster/${ClusterName}" as a pattern: a variable is at least one character, and the name of a
 * bucket has no slash, which tells "arn:aws:s3:::b/k" from a bucket [S-34]. */
static str template_pattern(str template, char *space)
{
	size_t n = 0, i = 0;

	while (i < template.n && n + 2 < GLOB_MEET_MAX) {
		str rest = str_from(template, i);
		size_t end = str_starts(rest, S("${")) ? str_find(rest, S("}")) : SIZE_MAX;

		if (end == SIZE_MAX) {
			space[n++] = template.p[i++];
			continue;
		}
		if (str_eq(str_head(rest, end + 1), S("${BucketName}"))) {
			space[n++] = GLOB_NO_SLASH;
		} else {
			space[n++] = '?';
			space[n++] = '*';
		}
		i += end + 1;
	}
	return (str){ space, n };
}

/* Accounts are twelve digits: "aws" is one only where the template says so. */
static bool part_fits(enum arn_part part, str pattern, str template)
{
	char space[GLOB_MEET_MAX + 2];

	if (part == ARN_ACCOUNT && str_starts(template, S("${")) && !is_wild(pattern))
		return is_account_id(pattern);
	return globs_meet(pattern, template_pattern(template, space));
}

/* One bit for each field that fits. */
static unsigned fit(const struct arn *pattern, const struct arn *template)
{
	unsigned bits = 0;

	for (enum arn_part part = ARN_PARTITION; part < ARN_PARTS; part++)
		if (part_fits(part, pattern->part[part], template->part[part]))
			bits |= 1u << part;
	return bits;
}

enum { FIT_ALL = (1 << ARN_PARTS) - 1 };

static struct resource_pattern prepare(struct lint *l, str resource)
{
	struct resource_pattern p = { .text = without_variables(l->arena, resource) };

	p.stars = is_stars(p.text);
	p.whole = arn_parse(p.text, &p.arn);
	return p;
}

void lint_prepare(struct lint *l)
{
	size_t n = l->document->nstatements;

	l->patterns = NEWS(l->arena, struct resource_pattern *, n);
	for (size_t i = 0; i < n; i++) {
		const struct words *resources = &l->document->statements[i].resources;

		l->patterns[i] = NEWS(l->arena, struct resource_pattern, resources->n);
		for (size_t j = 0; j < resources->n; j++)
			l->patterns[i][j] = prepare(l, resources->item[j].text);
	}
}

/* A short ARN, whose last star reaches over the colons [S-27]: the fields before it fit, and it meets
 * all that is left of the template. What does not start like an ARN has been told already. */
static bool short_fits(str pattern, str template)
{
	char space[GLOB_MEET_MAX + 2];
	str field, rest, template_field;

	if (!str_starts(pattern, S("arn:")))
		return true;
	pattern = str_from(pattern, 4);
	template = str_from(template, 4);
	for (enum arn_part part = ARN_PARTITION; str_cut(pattern, ':', &field, &rest); part++) {
		pattern = rest;
		if (!str_cut(template, ':', &template_field, &rest) ||
			!part_fits(part, field, template_field))
			return false;
		template = rest;
	}
	return globs_meet(pattern, template_pattern(template, space));
}

/* Can an ARN that the pattern matches be of this type? */
static bool resource_is(const struct resource_pattern *pattern, const struct catalog_resource *type)
{
	struct arn template;

	if (pattern->stars || !arn_parse(type->arn, &template))
		return true; /* or documented in a form of its own */
	if (pattern->whole)
		return fit(&pattern->arn, &template) == FIT_ALL;
	return short_fits(pattern->text, type->arn);
}

/* Can any of the resources be one that the action works on? */
static bool any_fits(const struct resource_pattern *patterns, size_t n,
	const struct catalog_action *action)
{
	str list = action->resources, word;
	struct catalog_resource type;

	while (list_next(&list, &word)) {
		if (str_ends(word, S("*")))
			word.n--;
		if (!catalog_resource(action_service(action->name), word, &type))
			return true;
		for (size_t i = 0; i < n; i++)
			if (resource_is(&patterns[i], &type))
				return true;
	}
	return false;
}

/* ---- the form of an ARN */

/* The part of a resource or template that says which type it is: up to "/", ":" or a variable. */
static str type_word(str resource)
{
	for (size_t i = 0; i < resource.n; i++)
		if (resource.p[i] == '/' || resource.p[i] == ':' || resource.p[i] == '$' ||
			resource.p[i] == '*')
			return str_head(resource, i);
	return resource;
}

static size_t type_distance(str word, const struct catalog_resource *type,
	const struct arn *template)
{
	str service, name;
	size_t by_arn = str_distance(word, type_word(template->part[ARN_RESOURCE])), by_name;

	if (!str_cut(type->type, ':', &service, &name))
		return by_arn;
	by_name = str_distance(word, name);
	return by_name < by_arn ? by_name : by_arn;
}

struct best {
	struct catalog_resource type;
	unsigned bits; /* what fits, the resource field included; 0: no type's does */
	bool any;      /* the service has resource types */
};

static unsigned bit_count(unsigned bits)
{
	unsigned n = 0;

	for (; bits; bits >>= 1)
		n += bits & 1;
	return n;
}

/* The resource type that the ARN comes closest to. */
static struct best best_type(const struct arn *arn)
{
	struct best best = { 0 };
	struct catalog_resource type;
	struct arn template;
	size_t row = 0;

	while (best.bits != FIT_ALL && catalog_next_resource(&row, arn->part[ARN_SERVICE], &type)) {
		unsigned bits;

		best.any = true;
		if (!arn_parse(type.arn, &template))
			continue;
		bits = fit(arn, &template);
		if (bits & 1u << ARN_RESOURCE && bit_count(bits) > bit_count(best.bits)) {
			best.bits = bits;
			best.type = type;
		}
	}
	return best;
}

/* The ARN of the type whose name is nearest to the one that the policy has. */
static str nearest_template(const struct arn *arn)
{
	str word = type_word(arn->part[ARN_RESOURCE]), nearest = { 0 };
	size_t best = SIZE_MAX, row = 0;
	struct catalog_resource type;
	struct arn template;

	while (catalog_next_resource(&row, arn->part[ARN_SERVICE], &type)) {
		size_t distance;

		if (!arn_parse(type.arn, &template))
			continue;
		distance = type_distance(word, &type, &template);
		if (distance < best) {
			best = distance;
			nearest = type.arn;
		}
	}
	return nearest;
}

static void lint_region_field(struct lint *l, const struct word *w, const struct arn *arn,
	const struct best *best, str template)
{
	str region = arn->part[ARN_REGION];

	if (!(best->bits & 1u << ARN_REGION))
		lint_add(l,
			region.n == 0 ? FINDING_MISSING_ARN_REGION : FINDING_ARN_REGION_NOT_ALLOWED,
			w->at, best->type.type, best->type.arn);
	else if (region.n && !is_wild(region) && str_eq(template, S("${Region}")) &&
		 !catalog_region(region))
		lint_add(l, FINDING_INVALID_ARN_REGION, w->at, region, catalog_near_region(region));
}

static void lint_account_field(struct lint *l, const struct word *w, const struct arn *arn,
	const struct best *best, str template)
{
	str account = arn->part[ARN_ACCOUNT];

	if (best->bits & 1u << ARN_ACCOUNT)
		return;
	if (template.n == 0)
		lint_add(l, FINDING_ARN_ACCOUNT_NOT_ALLOWED, w->at, best->type.type,
			best->type.arn);
	else if (account.n == 0)
		lint_add(l, FINDING_MISSING_ARN_ACCOUNT, w->at, best->type.type, best->type.arn);
	else
		lint_add(l, FINDING_INVALID_ARN_ACCOUNT, w->at, account, best->type.arn);
}

static void lint_against_types(struct lint *l, const struct word *w, const struct arn *arn)
{
	struct best best = best_type(arn);
	str service = arn->part[ARN_SERVICE];
	struct arn template;

	if (!best.any) {
		if (!catalog_service(service))
			lint_add(l, FINDING_INVALID_SERVICE, w->at, service,
				catalog_near_service(service));
		return;
	}
	if (best.bits == 0) {
		lint_add(l, FINDING_INVALID_ARN_RESOURCE, w->at, service, nearest_template(arn));
		return;
	}
	if (!arn_parse(best.type.arn, &template))
		return;
	lint_region_field(l, w, arn, &best, template.part[ARN_REGION]);
	lint_account_field(l, w, arn, &best, template.part[ARN_ACCOUNT]);
}

static bool has_upper(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_lower(s.p[i]) != s.p[i])
			return true;
	return false;
}

static void lint_arn(struct lint *l, const struct word *w, const struct resource_pattern *pattern)
{
	const struct arn *arn = &pattern->arn;
	str text = pattern->text, service;

	if (!str_starts(text, S("arn:"))) {
		lint_add(l, FINDING_INVALID_ARN_PREFIX, w->at, w->text, (str){ 0 });
		return;
	}
	if (!pattern->whole) {
		if (!str_ends(text, S("*")))
			lint_add(l, FINDING_MISSING_ARN_FIELD, w->at, w->text,
				(str){ 0 }); /* [S-28] */
		return;
	}
	service = arn->part[ARN_SERVICE];
	if (!is_wild(arn->part[ARN_PARTITION]) && !catalog_partition(arn->part[ARN_PARTITION]))
		lint_add(l, FINDING_INVALID_PARTITION, w->at, arn->part[ARN_PARTITION], (str){ 0 });
	if (is_wild(service))
		lint_add(l, FINDING_WILDCARD_IN_SERVICE_NAME, w->at, service, (str){ 0 });
	else if (has_upper(service))
		lint_add(l, FINDING_INVALID_ARN_SERVICE_CASE, w->at, service,
			arena_lower(l->arena, service));
	else
		lint_against_types(l, w, arn);
}

static void lint_redundant_resources(struct lint *l, const struct words *resources)
{
	for (size_t i = 0; resources->n <= LIST_COMPARED && i < resources->n; i++) {
		const struct word *w = &resources->item[i];

		for (size_t j = 0; j < resources->n; j++) {
			str other = resources->item[j].text;

			if (j == i || (!is_wild(other) && !str_eq(other, w->text)) ||
				!glob_covers(other, w->text) ||
				(glob_covers(w->text, other) && j > i))
				continue;
			lint_add(l, FINDING_REDUNDANT_RESOURCE, w->at, w->text, other);
			break;
		}
	}
}

/* ---- resources and the actions of the statement */

static bool any_stars(const struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (is_stars(words->item[i].text))
			return true;
	return false;
}

/* "cluster*,addon" as "cluster, addon". */
static str type_names(struct lint *l, str list)
{
	struct buf out = { .arena = l->arena };
	str word;

	while (list_next(&list, &word)) {
		if (str_ends(word, S("*")))
			word.n--;
		buf_printf(&out, "%s%.*s", out.n ? ", " : "", STR(word));
	}
	return buf_view(&out);
}

static void lint_action_resources(struct lint *l, const struct statement *s,
	const struct word *word, const struct catalog_action *action)
{
	if (any_stars(&s->resources))
		return;
	if (action->resources.n == 0) {
		if (l->kind != POLICY_RESOURCE)
			lint_add(l, FINDING_ACTION_WITHOUT_RESOURCE_TYPE, word->at, action->name,
				(str){ 0 }); /* [S-134] */
		return;
	}
	if (!any_fits(l->patterns[s->index], s->resources.n, action))
		lint_add(l, FINDING_ACTION_RESOURCE_MISMATCH, word->at, action->name,
			type_names(l, action->resources));
}

/* True: all actions are named and documented, so that one can tell what none of them works on. */
static bool lint_actions_resources(struct lint *l, const struct statement *s)
{
	struct catalog_action action;
	bool all = true;

	for (size_t i = 0; i < s->actions.n; i++) {
		const struct word *word = &s->actions.item[i];

		if (is_wild(word->text) || !catalog_action(word->text, &action))
			all = false;
		else
			lint_action_resources(l, s, word, &action);
	}
	return all;
}

static bool any_action_works_on(const struct statement *s, const struct resource_pattern *pattern)
{
	struct catalog_action action;

	for (size_t i = 0; i < s->actions.n; i++)
		if (catalog_action(s->actions.item[i].text, &action) &&
			any_fits(pattern, 1, &action))
			return true;
	return false;
}

/* The one service of all actions, or {0}. */
static str only_service(const struct statement *s)
{
	str service = s->actions.n ? action_service(s->actions.item[0].text) : (str){ 0 };

	for (size_t i = 1; i < s->actions.n; i++)
		if (!str_eq_nocase(action_service(s->actions.item[i].text), service))
			return (str){ 0 };
	return service;
}

/* A policy of a queue that names the ARN of a bucket. */
static void lint_foreign_resource(struct lint *l, const struct statement *s, const struct word *w)
{
	str service = only_service(s);
	struct arn arn;

	if (service.n && !is_wild(service) && arn_parse(w->text, &arn) &&
		!is_wild(arn.part[ARN_SERVICE]) && !starts_nocase(arn.part[ARN_SERVICE], service) &&
		!starts_nocase(service, arn.part[ARN_SERVICE]) &&
		catalog_service(arn.part[ARN_SERVICE]))
		lint_add(l, FINDING_UNSUPPORTED_RESOURCE_ARN_IN_POLICY, w->at, w->text, (str){ 0 });
}

void lint_resources(struct lint *l, const struct statement *s)
{
	bool all_known;

	for (size_t i = 0; i < s->resources.n; i++) {
		const struct word *w = &s->resources.item[i];

		lint_placeholder(l, w);
		lint_variables(l, w, true);
		if (!is_stars(w->text))
			lint_arn(l, w, &l->patterns[s->index][i]);
		if (l->kind == POLICY_RESOURCE)
			lint_foreign_resource(l, s, w);
	}
	lint_redundant_resources(l, &s->resources);
	if (s->not_action || s->not_resource || !s->resources.n || l->kind == POLICY_TRUST)
		return;
	all_known = lint_actions_resources(l, s) && s->actions.n * s->resources.n <= PAIRS_COMPARED;
	for (size_t i = 0; all_known && i < s->resources.n; i++) {
		const struct word *w = &s->resources.item[i];

		if (!is_stars(w->text) && !lint_found_between(l, w->at, w->at + 1, false) &&
			!any_action_works_on(s, &l->patterns[s->index][i]))
			lint_add(l, FINDING_RESOURCE_WITHOUT_ACTION, w->at, w->text, (str){ 0 });
	}
}

/* ---- the resource types that AWS requires, over all statements */

static bool is_covered(struct lint *l, str action, const struct catalog_resource *type)
{
	for (size_t i = 0; i < l->document->nstatements; i++) {
		const struct statement *s = &l->document->statements[i];

		if (!s->allow || !allows_action(s, action))
			continue;
		if (s->not_resource)
			return true;
		for (size_t j = 0; j < s->resources.n; j++)
			if (resource_is(&l->patterns[i][j], type))
				return true;
	}
	return false;
}

static void lint_action_coverage(struct lint *l, const struct word *word)
{
	struct buf missing = { .arena = l->arena };
	struct catalog_action action;
	struct catalog_resource type;
	size_t covered = 0;
	str list, name;

	if (is_wild(word->text) || !catalog_action(word->text, &action))
		return;
	for (list = action.resources; list_next(&list, &name);) {
		bool required = str_ends(name, S("*"));

		if (required)
			name.n--;
		if (!catalog_resource(action_service(action.name), name, &type))
			continue;
		if (is_covered(l, action.name, &type))
			covered++;
		else if (required)
			buf_printf(&missing, "%s%.*s", missing.n ? ", " : "", STR(name));
	}
	if (missing.n && covered)
		lint_add(l, FINDING_RESOURCE_TYPE_NOT_COVERED, word->at, action.name,
			buf_view(&missing));
}

/* Was the action already looked at in an earlier statement? */
static bool seen_before(const struct document *d, size_t statement, str action)
{
	for (size_t i = 0; i < statement; i++)
		if (d->statements[i].allow && names_action(&d->statements[i], action))
			return true;
	return false;
}

void lint_coverage(struct lint *l)
{
	if (l->kind != POLICY_IDENTITY && l->kind != POLICY_SESSION && l->kind != POLICY_BOUNDARY)
		return;
	for (size_t i = 0; i < l->document->nstatements; i++) {
		const struct statement *s = &l->document->statements[i];

		for (size_t j = 0; s->allow && !s->not_action && j < s->actions.n; j++)
			if (!seen_before(l->document, i, s->actions.item[j].text))
				lint_action_coverage(l, &s->actions.item[j]);
	}
}
