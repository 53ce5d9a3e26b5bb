/*
 * iam_access.c -- service last accessed data: which services somebody may use, and which he did.
 *
 * A report is asked for and fetched in two calls; here it is done at once. What is kept is the
 * question: a record /A/iam/access-report/ID, for a week, and a hundred of them at most. The
 * answer is put together when it is fetched.
 *
 * A service counts as allowed if a permissions policy allows anything of it, conditions or not;
 * other policies have no say. Only what is answered here can have been used (last_used.c). A report
 * of ACTION_LEVEL has each tracked action that is allowed, once one of a service was used.
 * Source: IAM User Guide, "Refine permissions in AWS using last accessed information".
 */
#include "account/iam.h"

#include "base/os.h"

#include <stdlib.h>

enum { REPORTS_MAX = 100, REPORT_S = 7 * 86400 };

static const struct service {
	str namespace, name;
} services[] = {
#define ROW(namespace, name) { SC(namespace), SC(name) },
#include "gen/service_names.inc"
#undef ROW
};

static bool is_service(str namespace)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (str_eq(services[i].namespace, namespace))
			return true;
	return false;
}

/* ---- policies that grant. */

struct granting {      /* one permissions policy */
	str name, arn; /* {0}: an inline one, of */
	const struct entity *holder;
	str holder_name;
	const struct document *document;
};

struct policies {
	struct call *call;
	struct granting *items;
	size_t n, cap;
};

static void add_policy(struct policies *p, const struct granting *one)
{
	if (p->n == p->cap) {
		struct granting *old = p->items;

		p->cap = p->cap ? 2 * p->cap : 16;
		p->items = NEWS(p->call->arena, struct granting, p->cap);
		for (size_t i = 0; i < p->n; i++)
			p->items[i] = old[i];
	}
	p->items[p->n++] = *one;
}

static void add_managed(struct policies *p, str arn)
{
	const struct record *policy = find_policy(p->call->account, p->call->account_id, arn);

	if (policy && policy->ndocuments)
		add_policy(p, &(struct granting){ .name = json_str(policy->value, S("PolicyName")),
				      .arn = arn,
				      .document = policy->documents[0] });
}

static void add_own(struct policies *p, const struct entity *kind, const struct record *record)
{
	for (size_t i = 0; i < record->ndocuments; i++)
		add_policy(p, &(struct granting){ .name = record->documents[i]->name,
				      .holder = kind,
				      .holder_name = json_str(record->value, kind->name),
				      .document = record->documents[i] });
	JSON_EACH(arn, json_get(record->value, S("AttachedPolicies")))
	add_managed(p, arn->text);
}

/* Of a user, those of its groups as well; a policy is its own. */
static void collect(struct policies *p, const struct subject *who)
{
	if (who->entity->id == ENTITY_POLICY) {
		add_managed(p, who->arn);
		return;
	}
	add_own(p, who->entity, who->record);
	JSON_EACH(name, json_get(who->record->value, S("Groups")))
	{
		const struct record *group = record_get(p->call->account,
			entity_key(p->call, entity(ENTITY_GROUP), name->text));

		if (group)
			add_own(p, entity(ENTITY_GROUP), group);
	}
}

/* "*", "s3:*", and also "s3:Get*" if `some` of a service is enough. */
static bool concerns(str action, str namespace, bool some)
{
	str service, name;

	if (!str_cut(action, ':', &service, &name))
		return str_eq(action, S("*"));
	return str_eq_nocase(service, namespace) && (some || str_eq(name, S("*")));
}

static bool any_concerns(const struct words *actions, str namespace, bool some)
{
	for (size_t i = 0; i < actions->n; i++)
		if (concerns(actions->item[i].text, namespace, some))
			return true;
	return false;
}

static bool has_word(const struct words *words, str text)
{
	for (size_t i = 0; i < words->n; i++)
		if (str_eq(words->item[i].text, text))
			return true;
	return false;
}

/* Does the list have the action, written with wildcards or not? */
static bool names(const struct words *list, str action)
{
	for (size_t i = 0; i < list->n; i++)
		if (pattern_match_nocase(list->item[i].text, action))
			return true;
	return false;
}

struct asked { /* about one action; or, without it, about anything of a service */
	str namespace, action;
};

/* Is it about the action, or about some of the service? */
static bool is_about(const struct statement *s, const struct asked *asked)
{
	if (asked->action.n)
		return names(&s->actions, asked->action) != s->not_action;
	return s->not_action ? !any_concerns(&s->actions, asked->namespace, false)
			     : any_concerns(&s->actions, asked->namespace, true);
}

/* Is it about the action, or about all of the service? */
static bool is_about_all(const struct statement *s, const struct asked *asked)
{
	if (asked->action.n)
		return is_about(s, asked);
	return !s->not_action && any_concerns(&s->actions, asked->namespace, false);
}

static bool allows(const struct document *document, const struct asked *asked)
{
	for (size_t i = 0; i < document->nstatements; i++)
		if (document->statements[i].allow && is_about(&document->statements[i], asked))
			return true;
	return false;
}

/* Everywhere and always? */
static bool denies(const struct document *document, const struct asked *asked)
{
	for (size_t i = 0; i < document->nstatements; i++) {
		const struct statement *s = &document->statements[i];

		if (!s->allow && !s->not_resource && !s->nconditions && is_about_all(s, asked) &&
			has_word(&s->resources, S("*")))
			return true;
	}
	return false;
}

static bool is_granted(const struct policies *p, const struct asked *asked)
{
	bool granted = false;

	for (size_t i = 0; i < p->n; i++) {
		if (denies(p->items[i].document, asked))
			return false;
		granted = granted || allows(p->items[i].document, asked);
	}
	return granted;
}

/* ---- who can have used them. */

struct accessor {
	const struct entity *kind;
	const struct json *value;
	int64_t at_s; /* of the service or action that is asked for; 0: never */
	str region;
};

struct accessors {
	struct accessor *items;
	size_t n;
};

/* Does the user or role have what the report is about? */
static bool has_part(struct call *call, const struct subject *of, const struct json *value)
{
	const struct json *groups = json_get(value, S("Groups"));

	if (of->entity->id == ENTITY_GROUP)
		return list_has(groups, of->name);
	if (list_has(json_get(value, S("AttachedPolicies")), of->arn))
		return true;
	JSON_EACH(name, groups)
	{
		const struct record *group = record_get(call->account,
			entity_key(call, entity(ENTITY_GROUP), name->text));

		if (group && list_has(json_get(group->value, S("AttachedPolicies")), of->arn))
			return true;
	}
	return false;
}

static void find_accessors(struct call *call, const struct subject *of, struct accessors *all)
{
	static const enum entity_id kinds[] = { ENTITY_ROLE, ENTITY_USER };
	const struct record *const *records[COUNT(kinds)];
	size_t n[COUNT(kinds)];

	*all = (struct accessors){ 0 };
	if (of->entity->id == ENTITY_ROLE || of->entity->id == ENTITY_USER) {
		all->items = NEW(call->arena, struct accessor);
		all->items[all->n++] =
			(struct accessor){ .kind = of->entity, .value = of->record->value };
		return;
	}
	for (size_t k = 0; k < COUNT(kinds); k++)
		records[k] = entity_range(call, entity(kinds[k]), &n[k]);
	all->items = NEWS(call->arena, struct accessor, n[0] + n[1]);
	for (size_t k = 0; k < COUNT(kinds); k++)
		for (size_t i = 0; i < n[k]; i++)
			if (has_part(call, of, records[k][i]->value))
				all->items[all->n++] = (struct accessor){ .kind = entity(kinds[k]),
					.value = records[k][i]->value };
}

/* `action` NULL: of the whole service. */
static void find_uses(struct call *call, str namespace, const struct tracked *action,
	struct accessors *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct accessor *one = &all->items[i];
		str id = json_str(one->value, one->kind->unique);
		struct last_use use;
		bool used = action ? last_used_action(call->account, id, action, &use)
				   : last_used_for(call->account, id, namespace, &use);

		one->at_s = used ? use.at_s : 0;
		one->region = used ? use.region : (str){ 0 };
	}
}

/* ---- the question. */

static str report_key(struct call *call, str id)
{
	return iam_key(call->arena, call->account_id, "access-report", id);
}

/* A user, group, role or (if `policies`) managed policy. `record` NULL: there is none. */
static void find_target(struct call *call, str arn, bool policies, struct subject *who)
{
	static const enum entity_id kinds[] = { ENTITY_USER, ENTITY_GROUP, ENTITY_ROLE };

	*who = (struct subject){ .arn = arn, .entity = entity(ENTITY_POLICY) };
	if (policies)
		who->record = find_policy(call->account, call->account_id, arn);
	for (size_t i = 0; i < COUNT(kinds) && !who->record; i++) {
		who->entity = entity(kinds[i]);
		who->record = find_by_arn(call->account, who->entity->kind.p, arn);
		if (who->record &&
			!str_eq(str_head(str_from(who->record->key, 1), 12), call->account_id))
			who->record = NULL;
	}
	if (who->record)
		who->name = json_str(who->record->value, who->entity->name);
}

static bool need_target(struct call *call, bool policies, struct subject *who)
{
	struct arn parts;
	str arn;

	if (!need_text(call, S("Arn"), &arn))
		return false;
	if (!arn_parse(arn, &parts))
		return refuse(call, FAULT_INVALID_INPUT, "Invalid ARN: %.*s", STR(arn));
	find_target(call, arn, policies, who);
	return allow_subject(call, who, NULL) &&
	       (who->record ||
		       refuse(call, FAULT_NO_SUCH_ENTITY, "ARN %.*s cannot be found.", STR(arn)));
}

/* The old ones go; if there are too many, so does the oldest. */
static void tidy_up(struct call *call)
{
	str oldest = { 0 }, date = { 0 }, limit = time_iso(call->arena, call->now_s - REPORT_S);
	const struct record *const *reports;
	size_t n;

	reports = record_range(call->account, report_key(call, S("")), &n);
	for (size_t i = 0; i < n; i++) {
		str made = json_str(reports[i]->value, S("CreateDate"));

		if (str_cmp(made, limit) < 0)
			call_delete(call, reports[i]->key);
		else if (!date.n || str_cmp(made, date) < 0) {
			oldest = reports[i]->key;
			date = made;
		}
	}
	if (n >= REPORTS_MAX && oldest.n)
		call_delete(call, oldest);
}

bool iam_generate_last_accessed(struct call *call)
{
	struct json *report = json_new(call->arena, JSON_OBJECT);
	struct subject who;
	str granularity, id;

	if (!get_text(call, S("Granularity"), &granularity) || !need_target(call, true, &who))
		return false;
	tidy_up(call);
	id = random_uuid(call->arena);
	json_put_str(call->arena, report, S("Arn"), who.arn);
	json_put_str(call->arena, report, S("JobType"),
		granularity.n ? granularity : S("SERVICE_LEVEL"));
	json_put_str(call->arena, report, S("UserId"), call->identity.user_id);
	json_put_str(call->arena, report, S("CreateDate"), time_iso(call->arena, call->now_s));
	call_put(call, report_key(call, id), report);
	json_put_str(call->arena, call->output, S("JobId"), id);
	return true;
}

/* Only whoever asked for it gets it. What it was about may be gone since. */
static bool need_report(struct call *call, struct subject *who)
{
	const struct record *report;
	str id, date;

	if (!need_text(call, S("JobId"), &id) || !allow_account(call))
		return false;
	report = record_get(call->account, report_key(call, id));
	if (!report || !str_eq(json_str(report->value, S("UserId")), call->identity.user_id))
		return refuse(call, FAULT_NO_SUCH_ENTITY, "JobId %.*s cannot be found.", STR(id));
	find_target(call, json_str(report->value, S("Arn")), true, who);
	if (!who->record)
		return refuse(call, FAULT_NO_SUCH_ENTITY, "ARN %.*s cannot be found.",
			STR(who->arn));
	date = json_str(report->value, S("CreateDate"));
	json_put_str(call->arena, call->output, S("JobStatus"), S("COMPLETED"));
	if (!str_eq(call->route->operation, S("GetServiceLastAccessedDetailsWithEntities")))
		json_put_str(call->arena, call->output, S("JobType"),
			json_str(report->value, S("JobType")));
	json_put_str(call->arena, call->output, S("JobCreationDate"), date);
	json_put_str(call->arena, call->output, S("JobCompletionDate"), date);
	return true;
}

/* ---- the answers. */

/* The last of those that used it; NULL: nobody did. */
static const struct accessor *latest(const struct accessors *all, size_t *used)
{
	const struct accessor *last = NULL;

	*used = 0;
	for (size_t i = 0; i < all->n; i++) {
		*used += all->items[i].at_s != 0;
		if (all->items[i].at_s && (!last || all->items[i].at_s > last->at_s))
			last = &all->items[i];
	}
	return last;
}

static struct json *action_json(struct call *call, str action, const struct accessor *last)
{
	struct json *out = json_new(call->arena, JSON_OBJECT);

	json_put_str(call->arena, out, S("ActionName"), action);
	if (!last)
		return out;
	json_put_str(call->arena, out, S("LastAccessedEntity"), json_str(last->value, S("Arn")));
	json_put_str(call->arena, out, S("LastAccessedTime"), time_iso(call->arena, last->at_s));
	json_put_str(call->arena, out, S("LastAccessedRegion"), last->region);
	return out;
}

/* Of a service whose uses have been found; nothing if no tracked action was among them. */
static void put_actions(struct call *call, const struct policies *policies, str namespace,
	const struct accessors *all, struct json *service)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct accessors some = { .items = NEWS(call->arena, struct accessor, all->n) };
	size_t n, users, used = 0;
	const struct tracked *actions = tracked_actions(&n);

	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].at_s)
			some.items[some.n++] = all->items[i];
	for (size_t i = 0; i < n && some.n; i++) {
		struct asked asked = { namespace,
			JOIN(call->arena, namespace, S(":"), actions[i].action) };

		if (!str_eq(actions[i].service, namespace) || !is_granted(policies, &asked))
			continue;
		find_uses(call, namespace, &actions[i], &some);
		json_push(list, action_json(call, actions[i].action, latest(&some, &users)));
		used += users;
	}
	if (used)
		json_put(service, S("TrackedActionsLastAccessed"), list);
}

static struct json *service_json(struct call *call, const struct service *service,
	struct accessors *all)
{
	struct json *out = json_new(call->arena, JSON_OBJECT);
	const struct accessor *last;
	size_t used;

	find_uses(call, service->namespace, NULL, all);
	last = latest(all, &used);
	json_put_str(call->arena, out, S("ServiceName"), service->name);
	json_put_str(call->arena, out, S("ServiceNamespace"), service->namespace);
	json_put_int(call->arena, out, S("TotalAuthenticatedEntities"), (int64_t)used);
	if (!last)
		return out;
	json_put_str(call->arena, out, S("LastAuthenticated"), time_iso(call->arena, last->at_s));
	json_put_str(call->arena, out, S("LastAuthenticatedEntity"),
		json_str(last->value, S("Arn")));
	json_put_str(call->arena, out, S("LastAuthenticatedRegion"), last->region);
	return out;
}

bool iam_get_last_accessed(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct policies policies = { .call = call };
	struct accessors all;
	struct subject who;
	struct page page;
	bool actions;

	if (!page_open(call, &page) || !need_report(call, &who))
		return false;
	actions = str_eq(json_str(call->output, S("JobType")), S("ACTION_LEVEL"));
	collect(&policies, &who);
	find_accessors(call, &who, &all);
	for (size_t i = 0; i < COUNT(services); i++) {
		str namespace = services[i].namespace;
		struct json *service;

		if (!is_granted(&policies, &(struct asked){ .namespace = namespace }) ||
			!page_takes(&page, namespace))
			continue;
		service = json_push(list, service_json(call, &services[i], &all));
		if (actions)
			put_actions(call, &policies, namespace, &all, service);
	}
	json_put(call->output, S("ServicesLastAccessed"), list);
	page_close(call, &page);
	return true;
}

static int by_latest(const void *a, const void *b)
{
	const struct accessor *x = a, *y = b;

	if (x->at_s != y->at_s)
		return x->at_s > y->at_s ? -1 : 1;
	return str_cmp(json_str(x->value, S("Arn")), json_str(y->value, S("Arn")));
}

static str type_word(const struct entity *kind)
{
	return kind->id == ENTITY_ROLE   ? S("ROLE")
	       : kind->id == ENTITY_USER ? S("USER")
					 : S("GROUP");
}

static struct json *accessor_json(struct call *call, const struct accessor *one)
{
	struct json *out = json_new(call->arena, JSON_OBJECT);
	struct json *info = json_put(out, S("EntityInfo"), json_new(call->arena, JSON_OBJECT));

	json_put_str(call->arena, info, S("Arn"), json_str(one->value, S("Arn")));
	json_put_str(call->arena, info, S("Name"), json_str(one->value, one->kind->name));
	json_put_str(call->arena, info, S("Type"), type_word(one->kind));
	json_put_str(call->arena, info, S("Id"), json_str(one->value, one->kind->unique));
	json_put_str(call->arena, info, S("Path"), json_str(one->value, S("Path")));
	if (one->at_s)
		json_put_str(call->arena, out, S("LastAuthenticated"),
			time_iso(call->arena, one->at_s));
	return out;
}

static bool check_service(struct call *call, str namespace)
{
	return is_service(namespace) ||
	       refuse(call, FAULT_INVALID_INPUT, "%.*s is not the namespace of a service",
		       STR(namespace));
}

bool iam_get_last_accessed_entities(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct accessors all;
	struct subject who;
	struct page page;
	str namespace;

	if (!page_open(call, &page) || !need_text(call, S("ServiceNamespace"), &namespace) ||
		!check_service(call, namespace) || !need_report(call, &who))
		return false;
	find_accessors(call, &who, &all);
	find_uses(call, namespace, NULL, &all);
	qsort(all.items, all.n, sizeof(*all.items), by_latest);
	for (size_t i = 0; i < all.n; i++)
		if (page_takes(&page, arena_printf(call->arena, "%06zu", i)))
			json_push(list, accessor_json(call, &all.items[i]));
	json_put(call->output, S("EntityDetailsList"), list);
	page_close(call, &page);
	return true;
}

/* ---- ListPoliciesGrantingServiceAccess */

static struct json *granting_json(struct call *call, const struct granting *one)
{
	struct json *out = json_new(call->arena, JSON_OBJECT);

	json_put_str(call->arena, out, S("PolicyName"), one->name);
	json_put_str(call->arena, out, S("PolicyType"), one->arn.n ? S("MANAGED") : S("INLINE"));
	if (one->arn.n) {
		json_put_str(call->arena, out, S("PolicyArn"), one->arn);
		return out;
	}
	json_put_str(call->arena, out, S("EntityType"), type_word(one->holder));
	json_put_str(call->arena, out, S("EntityName"), one->holder_name);
	return out;
}

static struct json *granted_json(const struct policies *p, str namespace)
{
	struct arena *arena = p->call->arena;
	struct json *out = json_new(arena, JSON_OBJECT), *list;

	json_put_str(arena, out, S("ServiceNamespace"), namespace);
	list = json_put(out, S("Policies"), json_new(arena, JSON_ARRAY));
	for (size_t i = 0; i < p->n; i++)
		if (allows(p->items[i].document, &(struct asked){ .namespace = namespace }))
			json_push(list, granting_json(p->call, &p->items[i]));
	return out;
}

bool iam_list_granting_policies(struct call *call)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct policies policies = { .call = call };
	struct subject who;
	struct words names;
	struct page page;

	if (!page_open(call, &page) ||
		!get_list(call, S("ServiceNamespaces"), LIMIT_PARAMS, &names) ||
		!need_target(call, false, &who))
		return false;
	collect(&policies, &who);
	for (size_t i = 0; i < names.n; i++) {
		if (!check_service(call, names.item[i].text))
			return false;
		if (page_takes(&page, arena_printf(call->arena, "%06zu", i)))
			json_push(list, granted_json(&policies, names.item[i].text));
	}
	json_put(call->output, S("PoliciesGrantingServiceAccess"), list);
	page_close(call, &page);
	return true;
}
