/*
 * iam_simulate.c -- "would this be allowed?", without doing it.
 *
 * The same engine with the same layers; the context is what the caller of the simulation says,
 * and of the simulated principal what the account knows. Keys that a statement asks for and
 * nobody gave are reported. The resource is "*" where none is given, and then means itself, not
 * everything [S-141].
 *
 * AWS's simulator cannot judge sts:AssumeRole, since a role's trust policy is no input of it.
 * Here the trust policy of a role of the caller's own account takes part by itself, if the caller
 * may read it (iam:GetRole); for any other role ResourcePolicy says it.
 */
#include "account/iam.h"

enum { ACTIONS_MAX = 1000, RESOURCES_MAX = 500, DECISIONS_MAX = 10000, POLICIES_MAX = 50 };

struct simulation {
	struct call *call;
	struct words actions, resources;
	struct layers layers;
	const struct document **documents; /* [ndocuments] all of the identity side */
	size_t ndocuments;
	struct caller caller;
	bool has_caller;
	str owner;            /* account of the resources, or {0} */
	bool by_organization; /* a principal of the account: its SCPs take part */
	bool own_trust;       /* no ResourcePolicy: trust policies take part */
	struct context_key *context;
	size_t ncontext;
};

/* ---- the policies. */

static bool invalid(struct call *call, const char *sentence)
{
	return refuse(call, FAULT_INVALID_INPUT, "%s", sentence);
}

static bool read_policies(struct call *call, str parameter, const struct document ***documents,
	size_t *n)
{
	struct words texts;
	struct err err;

	if (!get_list(call, parameter, POLICIES_MAX, &texts))
		return false;
	*documents = NEWS(call->arena, const struct document *, texts.n);
	for (*n = 0; *n < texts.n; ++*n) {
		struct document *document;
		str name = arena_printf(call->arena, "%.*s.%zu", STR(parameter), *n + 1);

		if (!policy_parse(call->arena, name, texts.item[*n].text, &document, &err))
			return refuse(call, FAULT_INVALID_INPUT, "Syntax errors in policy %.*s.",
				STR(name));
		(*documents)[*n] = document;
	}
	return true;
}

/* A boundary that is given takes the place of the principal's own. */
static bool read_boundary(struct simulation *s)
{
	const struct document **documents;
	size_t n;

	if (!read_policies(s->call, S("PermissionsBoundaryPolicyInputList"), &documents, &n))
		return false;
	if (n > 1)
		return invalid(s->call, "Only one permissions boundary can be specified.");
	if (n)
		s->layers.boundary = program_compile(s->call->arena, documents, n);
	return true;
}

static bool read_resource_policy(struct simulation *s)
{
	str text = get_str(s->call, S("ResourcePolicy"));
	const struct document **list = NEW(s->call->arena, const struct document *);
	struct document *document;
	struct err err;

	s->own_trust = !text.n;
	if (!text.n)
		return true;
	if (!s->has_caller)
		return invalid(s->call, "CallerArn is required if ResourcePolicy is specified.");
	if (!policy_parse(s->call->arena, S("ResourcePolicy"), text, &document, &err))
		return invalid(s->call, "Syntax errors in policy ResourcePolicy.");
	list[0] = document;
	s->layers.resource = program_compile(s->call->arena, list, 1);
	return true;
}

/* ---- the context. */

static bool read_entry(struct simulation *s, const struct json *entry)
{
	static const str types[] = { SC("string"), SC("stringList"), SC("numeric"),
		SC("numericList"), SC("boolean"), SC("booleanList"), SC("ip"), SC("ipList"),
		SC("binary"), SC("binaryList"), SC("date"), SC("dateList") };
	str name = json_str(entry, S("ContextKeyName")),
	    type = json_str(entry, S("ContextKeyType"));
	const struct json *given = json_get(entry, S("ContextKeyValues"));
	bool many = json_is(given, JSON_ARRAY), known = false;
	str *values = NEWS(s->call->arena, str, given && many ? given->count : 1);
	size_t n = 0;

	for (size_t i = 0; i < COUNT(types); i++)
		known = known || str_eq(types[i], type);
	if (name.n < 5 || name.n > 256 || !known)
		return invalid(s->call, "Invalid context entry: a name and a type are needed.");
	JSON_EACH(value, many ? given : NULL)
	values[n++] = value->text;
	if (!many && given)
		values[n++] = given->text;
	s->context[s->ncontext++] = (struct context_key){ .key = name,
		.values = values,
		.n = n,
		.multi = str_ends(type, S("List")) };
	return true;
}

static bool read_context(struct simulation *s, size_t more)
{
	const struct json *list = json_get(s->call->input, S("ContextEntries"));
	bool many = json_is(list, JSON_ARRAY);

	s->context = NEWS(s->call->arena, struct context_key, (many ? list->count : 0) + more);
	JSON_EACH(entry, many ? list : NULL)
	{
		if (!read_entry(s, entry))
			return false;
	}
	return true;
}

static bool is_given(const struct simulation *s, str key)
{
	for (size_t i = 0; i < s->ncontext; i++)
		if (str_eq_nocase(s->context[i].key, key))
			return true;
	return false;
}

static void add_key(struct simulation *s, const char *key, str value)
{
	if (value.n && !is_given(s, str_of(key)))
		s->context[s->ncontext++] = one_key(s->call, key, value);
}

/* What the account knows of the principal. */
static void add_principal(struct simulation *s, const struct record *principal)
{
	add_key(s, "aws:username", json_str(principal->value, S("UserName")));
	add_key(s, "aws:userid", json_str(principal->value, S("UserId")));
	JSON_EACH(tag, json_get(principal->value, S("Tags")))
	add_key(s, arena_printf(s->call->arena, "aws:PrincipalTag/%.*s", STR(tag->name)).p,
		tag->text);
}

/* ---- who. */

static bool read_caller(struct simulation *s)
{
	str arn = get_str(s->call, S("CallerArn"));

	if (!arn.n)
		return true;
	if (!caller_parse(arn, &s->caller) ||
		(s->caller.type != CALLER_USER && s->caller.type != CALLER_ROLE &&
			s->caller.type != CALLER_SESSION))
		return invalid(s->call, "CallerArn must be the ARN of a user, role or session.");
	s->has_caller = true;
	return true;
}

/* arn:aws:iam::A:root, or the number alone */
static bool read_owner(struct simulation *s)
{
	str given = get_str(s->call, S("ResourceOwner"));
	struct arn arn;

	if (arn_parse(given, &arn))
		given = arn.part[ARN_ACCOUNT];
	s->owner = given;
	return !given.n || is_account_id(given) ||
	       invalid(s->call, "ResourceOwner must be the ARN of an account.");
}

/* ---- questions and answers. */

/* The resources that a scenario of RunInstances cannot do without. */
static const struct {
	str name;
	const char *types;
} scenarios[] = {
	{ SC("EC2-VPC-InstanceStore"), "instance image security-group network-interface" },
	{ SC("EC2-VPC-InstanceStore-Subnet"),
		"instance image security-group network-interface subnet" },
	{ SC("EC2-VPC-EBS"), "instance image security-group network-interface volume" },
	{ SC("EC2-VPC-EBS-Subnet"),
		"instance image security-group network-interface subnet volume" },
};

static bool has_resource(const struct simulation *s, str wanted)
{
	struct arn arn;
	str type, name;

	for (size_t i = 0; i < s->resources.n; i++)
		if (arn_parse(s->resources.item[i].text, &arn) &&
			str_eq(arn.part[ARN_SERVICE], S("ec2")) &&
			str_cut(arn.part[ARN_RESOURCE], '/', &type, &name) && str_eq(type, wanted))
			return true;
	return false;
}

static bool read_scenario(struct simulation *s)
{
	str given = get_str(s->call, S("ResourceHandlingOption")), rest = { 0 }, type;

	for (size_t i = 0; i < COUNT(scenarios); i++)
		if (str_eq(scenarios[i].name, given))
			rest = str_of(scenarios[i].types);
	if (given.n && !rest.n)
		return refuse(s->call, FAULT_INVALID_INPUT, "Invalid ResourceHandlingOption: %.*s",
			STR(given));
	while (rest.n) {
		if (!str_cut(rest, ' ', &type, &rest)) {
			type = rest;
			rest = (str){ 0 };
		}
		if (!has_resource(s, type))
			return refuse(s->call, FAULT_INVALID_INPUT,
				"The scenario %.*s needs a resource of type %.*s.", STR(given),
				STR(type));
	}
	return true;
}

/* "*" alone is as if no resource were given. */
static bool read_resources(struct simulation *s)
{
	if (!get_list(s->call, S("ResourceArns"), RESOURCES_MAX, &s->resources))
		return false;
	if (s->resources.n == 1 && str_eq(s->resources.item[0].text, S("*")))
		s->resources.n = 0;
	return true;
}

static bool read_questions(struct simulation *s)
{
	struct call *call = s->call;

	if (!get_list(call, S("ActionNames"), ACTIONS_MAX, &s->actions) || !read_resources(s) ||
		!read_scenario(s))
		return false;
	for (size_t i = 0; i < s->actions.n; i++) {
		str service, name, action = s->actions.item[i].text;

		if (action.n > 128 || !str_cut(action, ':', &service, &name) || !service.n ||
			!name.n)
			return refuse(call, FAULT_INVALID_INPUT, "Invalid Action Name: %.*s",
				STR(str_head(action, 128)));
	}
	return s->actions.n * (s->resources.n ? s->resources.n : 1) <= DECISIONS_MAX ||
	       invalid(call, "Too many actions and resources.");
}

/* Is the role's trust policy part of the question? It is if the caller could read it. */
static const struct program *own_trust(struct simulation *s, str action, str resource)
{
	static const str actions[] = { SC("sts:AssumeRole"), SC("sts:TagSession"),
		SC("sts:SetSourceIdentity"), SC("sts:SetContext") };
	const struct record *role = find_role_by_arn(s->call->account, resource);
	struct target look = { .action = S("iam:GetRole"), .resource = resource };
	bool asked = false;

	for (size_t i = 0; i < COUNT(actions); i++)
		asked = asked || str_eq_nocase(actions[i], action);
	if (!asked || !role || !str_eq(str_head(str_from(role->key, 1), 12), s->call->account_id))
		return NULL;
	look.resource_tags = json_get(role->value, S("Tags"));
	return ask(s->call, &look).effect == ALLOW
		       ? trust_program(s->call->arena, s->call->account, role)
		       : NULL;
}

static void decide_one(struct simulation *s, str action, str resource, struct request *request,
	struct trace *trace)
{
	struct layers layers = s->layers;
	struct arn arn;

	if (s->own_trust)
		layers.resource = own_trust(s, action, resource);
	*request = (struct request){
		.caller = s->caller,
		.action = action,
		.resource = resource,
		.resource_account = s->owner,
		.context = s->context,
		.ncontext = s->ncontext,
	};
	/* ResourceOwner is of those that do not say themselves whose they are */
	if (arn_parse(resource, &arn) && is_account_id(arn.part[ARN_ACCOUNT]))
		request->resource_account = arn.part[ARN_ACCOUNT];
	if (s->has_caller)
		context_derive(s->call->arena, request);
	if (s->by_organization)
		organization_layers(s->call, request, &layers);
	decide_trace(s->call->arena, &layers, request, trace);
}

static str decision_word(enum effect effect)
{
	return effect == ALLOW           ? S("allowed")
	       : effect == DENY_EXPLICIT ? S("explicitDeny")
					 : S("implicitDeny");
}

/* Line and column of where the statement's text starts, which for AWS is right behind what stands
 * before it, and of where it ends. */
static struct json *position(struct call *call, str text, size_t at)
{
	struct json *out = json_new(call->arena, JSON_OBJECT);
	size_t line, column;

	str_place(text, at, &line, &column);
	json_put_int(call->arena, out, S("Line"), (int64_t)line);
	json_put_int(call->arena, out, S("Column"), (int64_t)column);
	return out;
}

static size_t behind_token(str text, size_t at)
{
	while (at && (text.p[at - 1] == ' ' || text.p[at - 1] == '\t' || text.p[at - 1] == '\n' ||
			     text.p[at - 1] == '\r'))
		at--;
	return at;
}

static struct json *statement_json(struct call *call, const struct finding *finding)
{
	struct json *out = json_new(call->arena, JSON_OBJECT);
	str text = finding->document->text;

	json_put_str(call->arena, out, S("SourcePolicyId"), finding->document->name);
	json_put_str(call->arena, out, S("SourcePolicyType"),
		finding->layer == LAYER_RESOURCE ? S("Resource Policy") : S("IAM Policy"));
	json_put(out, S("StartPosition"),
		position(call, text, behind_token(text, finding->statement->at)));
	json_put(out, S("EndPosition"), position(call, text, finding->statement->end));
	return out;
}

/* The statements that settled it: all that allow, or all that deny; nothing settles a silence. */
static struct json *matched_json(struct call *call, const struct trace *trace)
{
	struct json *list = json_new(call->arena, JSON_ARRAY);
	enum effect effect = trace->decision.effect;

	for (size_t i = 0; i < trace->n && effect != DENY_IMPLICIT; i++) {
		const struct finding *finding = &trace->findings[i];

		if (finding->misses == 0 && finding->statement->allow == (effect == ALLOW) &&
			(finding->layer == LAYER_IDENTITY || finding->layer == LAYER_RESOURCE ||
				effect == DENY_EXPLICIT))
			json_push(list, statement_json(call, finding));
	}
	return list;
}

/* ---- keys that policies ask for. */

static void add_name(struct call *call, struct json *names, str key)
{
	JSON_EACH(old, names)
	{
		if (str_eq_nocase(old->text, key))
			return;
	}
	json_push(names, json_new_str(call->arena, key));
}

/* ${aws:username}, ${aws:PrincipalTag/team, 'none'}; not ${*}, ${?} and ${$}. */
static void add_variables(struct call *call, struct json *names, str text)
{
	size_t at;

	while ((at = str_find(text, S("${"))) != SIZE_MAX) {
		str inside, rest, fallback;

		text = str_from(text, at + 2);
		if (!str_cut(text, '}', &inside, &rest))
			return;
		text = rest;
		str_cut(inside, ',', &inside, &fallback);
		inside = str_trim(inside);
		if (inside.n > 1)
			add_name(call, names, inside);
	}
}

static void add_statement_keys(struct call *call, struct json *names,
	const struct document *document, const struct statement *statement)
{
	for (size_t i = 0; i < statement->nconditions; i++)
		add_name(call, names, statement->conditions[i].key);
	if (!document->version_2012)
		return;
	for (size_t i = 0; i < statement->resources.n; i++)
		add_variables(call, names, statement->resources.item[i].text);
	for (size_t i = 0; i < statement->nconditions; i++)
		for (size_t k = 0; k < statement->conditions[i].values.n; k++)
			add_variables(call, names, statement->conditions[i].values.item[k].text);
}

/* Of statements that would be about this action and resource, were it not for conditions. */
static struct json *missing_json(struct call *call, const struct request *request,
	const struct trace *trace)
{
	const unsigned elsewhere = 1u << MISS_ACTION | 1u << MISS_RESOURCE | 1u << MISS_PRINCIPAL;
	struct json *all = json_new(call->arena, JSON_ARRAY);
	struct json *missing = json_new(call->arena, JSON_ARRAY);

	for (size_t i = 0; i < trace->n; i++)
		if (!(trace->findings[i].missed & elsewhere))
			add_statement_keys(call, all, trace->findings[i].document,
				trace->findings[i].statement);
	JSON_EACH(key, all)
	{
		bool there = false;

		for (size_t i = 0; i < request->ncontext; i++)
			there = there || str_eq_nocase(request->context[i].key, key->text);
		if (!there)
			json_push(missing, json_new_str(call->arena, key->text));
	}
	return missing;
}

/* ---- results. */

static void put_boundary_detail(struct simulation *s, struct json *out, const struct trace *trace)
{
	struct arena *arena = s->call->arena;
	struct json *detail;

	if (!s->layers.boundary)
		return;
	detail =
		json_put(out, S("PermissionsBoundaryDecisionDetail"), json_new(arena, JSON_OBJECT));
	json_put_bool(arena, detail, S("AllowedByPermissionsBoundary"),
		trace->decision.layers[LAYER_BOUNDARY].effect == ALLOW);
}

static enum effect worse(enum effect a, enum effect b)
{
	if (a == DENY_EXPLICIT || b == DENY_EXPLICIT)
		return DENY_EXPLICIT;
	return a == ALLOW && b == ALLOW ? ALLOW : DENY_IMPLICIT;
}

static bool by_organization(const struct trace *trace)
{
	const struct layer_result *scp = &trace->decision.layers[LAYER_SCP];
	const struct layer_result *rcp = &trace->decision.layers[LAYER_RCP];

	return (!scp->applies || scp->effect == ALLOW) && (!rcp->applies || rcp->effect == ALLOW);
}

/* What each side says of a call across accounts, unless the organization has denied it already. */
static void put_details(struct simulation *s, struct json *out, const struct trace *trace)
{
	struct arena *arena = s->call->arena;
	const struct layer_result *layers = trace->decision.layers;
	struct json *details;

	if (!by_organization(trace))
		return;
	details = json_put(out, S("EvalDecisionDetails"), json_new(arena, JSON_OBJECT));
	map_add(s->call, details, S("IAM Policy"), decision_word(layers[LAYER_IDENTITY].effect));
	map_add(s->call, details, S("Resource Policy"),
		decision_word(layers[LAYER_RESOURCE].effect));
}

/* The result for one resource of several, or of one that was named. */
static struct json *specific_json(struct simulation *s, str action, str resource,
	struct trace *trace)
{
	struct call *call = s->call;
	struct json *out = json_new(call->arena, JSON_OBJECT);
	struct request request;

	decide_one(s, action, resource, &request, trace);
	json_put_str(call->arena, out, S("EvalResourceName"), resource);
	json_put_str(call->arena, out, S("EvalResourceDecision"),
		decision_word(trace->decision.effect));
	json_put(out, S("MatchedStatements"), matched_json(call, trace));
	json_put(out, S("MissingContextValues"), missing_json(call, &request, trace));
	if (!trace->decision.same_account)
		put_details(s, out, trace);
	put_boundary_detail(s, out, trace);
	return out;
}

static struct json *result_json(struct simulation *s, str action)
{
	struct call *call = s->call;
	struct arena *arena = call->arena;
	struct json *out = json_new(arena, JSON_OBJECT), *specific = json_new(arena, JSON_ARRAY);
	struct json *missing = json_new(arena, JSON_ARRAY), *organizations;
	bool one = s->resources.n <= 1, organization = true, across = false;
	str resource = s->resources.n == 1 ? s->resources.item[0].text : S("*");
	enum effect effect = ALLOW;
	struct trace trace = { 0 };
	struct request request;

	for (size_t i = 0; i < s->resources.n; i++) {
		json_push(specific, specific_json(s, action, s->resources.item[i].text, &trace));
		effect = worse(effect, trace.decision.effect);
		organization = organization && by_organization(&trace);
		across = across || !trace.decision.same_account;
	}
	if (!s->resources.n) {
		decide_one(s, action, resource, &request, &trace);
		effect = trace.decision.effect;
		missing = missing_json(call, &request, &trace);
		organization = by_organization(&trace);
		across = !trace.decision.same_account;
	}
	json_put_str(arena, out, S("EvalActionName"), action);
	json_put_str(arena, out, S("EvalResourceName"), resource);
	json_put_str(arena, out, S("EvalDecision"), decision_word(effect));
	json_put(out, S("MatchedStatements"),
		one ? matched_json(call, &trace) : json_new(arena, JSON_ARRAY));
	json_put(out, S("MissingContextValues"), missing);
	organizations =
		json_put(out, S("OrganizationsDecisionDetail"), json_new(arena, JSON_OBJECT));
	json_put_bool(arena, organizations, S("AllowedByOrganizations"), organization);
	if (one)
		put_boundary_detail(s, out, &trace);
	if (across && one)
		put_details(s, out, &trace);
	else if (!across && s->resources.n) /* there, and empty */
		json_put(out, S("EvalDecisionDetails"), json_new(arena, JSON_OBJECT));
	if (s->resources.n)
		json_put(out, S("ResourceSpecificResults"), specific);
	return out;
}

/* The marker is the number of the last action that was answered. */
static bool answer_all(struct simulation *s)
{
	struct call *call = s->call;
	struct json *list = json_new(call->arena, JSON_ARRAY);
	struct page page;

	if (!page_open(call, &page))
		return false;
	for (size_t i = 0; i < s->actions.n; i++)
		if (page_takes(&page, arena_printf(call->arena, "%06zu", i)))
			json_push(list, result_json(s, s->actions.item[i].text));
	json_put(call->output, S("EvaluationResults"), list);
	page_close(call, &page);
	return true;
}

/* ---- the principal whose policies count. */

static void collect(struct simulation *s, const struct document *document, str name)
{
	struct document *named = NEW(s->call->arena, struct document);

	*named = *document;
	named->name = name;
	s->documents[s->ndocuments++] = named;
}

/* Names are AWS's: role_NAME_POLICY of an inline policy, the policy's own of a managed one. */
static void collect_record(struct simulation *s, const struct record *record, const char *kind,
	str name)
{
	const struct record *policy;

	for (size_t i = 0; i < record->ndocuments; i++)
		collect(s, record->documents[i],
			arena_printf(s->call->arena, "%s_%.*s_%.*s", kind, STR(name),
				STR(record->documents[i]->name)));
	JSON_EACH(arn, json_get(record->value, S("AttachedPolicies")))
	{
		policy = find_policy(s->call->account, s->call->account_id, arn->text);
		collect(s,
			managed_document(s->call->arena, s->call->account, s->call->account_id,
				arn->text),
			policy ? json_str(policy->value, S("PolicyName")) : arn->text);
	}
}

/* More than one principal can have: ten groups, each with inline and ten managed policies. */
static size_t most_documents(const struct simulation *s, const struct record *record)
{
	const struct json *attached = json_get(record->value, S("AttachedPolicies"));
	const struct json *groups = json_get(record->value, S("Groups"));
	size_t n = record->ndocuments + (attached ? attached->count : 0);

	JSON_EACH(name, groups)
	{
		const struct record *group = record_get(s->call->account,
			entity_key(s->call, entity(ENTITY_GROUP), name->text));

		n += group ? most_documents(s, group) : 0;
	}
	return n;
}

static void collect_principal(struct simulation *s, const struct subject *who, size_t more)
{
	s->documents = NEWS(s->call->arena, const struct document *,
		most_documents(s, who->record) + more);
	collect_record(s, who->record, who->entity->kind.p, who->name);
	JSON_EACH(name, json_get(who->record->value, S("Groups")))
	{
		const struct record *group = record_get(s->call->account,
			entity_key(s->call, entity(ENTITY_GROUP), name->text));

		if (group)
			collect_record(s, group, "group", name->text);
	}
	if (who->entity->id != ENTITY_GROUP)
		s->layers.boundary =
			boundary_program(s->call->arena, s->call->account, who->record);
}

/* PolicySourceArn: a user, group or role of this account. */
static bool need_source(struct call *call, struct subject *who)
{
	static const enum entity_id kinds[] = { ENTITY_USER, ENTITY_GROUP, ENTITY_ROLE };
	str arn;

	*who = (struct subject){ 0 };
	if (!need_text(call, S("PolicySourceArn"), &arn))
		return false;
	for (size_t i = 0; i < COUNT(kinds) && !who->record; i++) {
		who->entity = entity(kinds[i]);
		who->record = find_by_arn(call->account, who->entity->kind.p, arn);
	}
	if (who->record && !str_eq(str_head(str_from(who->record->key, 1), 12), call->account_id))
		who->record = NULL;
	who->arn = arn;
	if (!allow_subject(call, who, NULL))
		return false;
	if (!who->record)
		return refuse(call, FAULT_NO_SUCH_ENTITY, "The entity %.*s cannot be found.",
			STR(arn));
	who->name = json_str(who->record->value, who->entity->name);
	return true;
}

static void become(struct simulation *s, const struct subject *who)
{
	if (s->has_caller || who->entity->id == ENTITY_GROUP)
		return;
	s->has_caller = true;
	s->caller = (struct caller){
		.type = who->entity->id == ENTITY_ROLE ? CALLER_ROLE : CALLER_USER,
		.arn = who->arn,
		.account = s->call->account_id,
		.unique_id = json_str(who->record->value, who->entity->unique),
	};
}

static size_t tags_of(const struct record *record)
{
	const struct json *tags = json_get(record->value, S("Tags"));

	return tags ? tags->count : 0;
}

bool iam_simulate_principal_policy(struct call *call)
{
	struct simulation s = { .call = call };
	const struct document **more;
	struct subject who;
	size_t n;

	if (!read_questions(&s) || !read_policies(call, S("PolicyInputList"), &more, &n) ||
		!read_caller(&s) || !read_owner(&s) || !need_source(call, &who) ||
		!read_context(&s, tags_of(who.record) + 2))
		return false;
	collect_principal(&s, &who, n);
	for (size_t i = 0; i < n; i++)
		s.documents[s.ndocuments++] = more[i];
	if (!s.has_caller)
		add_principal(&s, who.record);
	become(&s, &who);
	s.by_organization = true;
	/* a group's policies are judged as those of any of its users */
	if (!s.has_caller)
		s.caller = (struct caller){ .type = CALLER_USER, .account = call->account_id };
	s.layers.identity = program_compile(call->arena, s.documents, s.ndocuments);
	return read_boundary(&s) && read_resource_policy(&s) && answer_all(&s);
}

bool iam_simulate_custom_policy(struct call *call)
{
	struct simulation s = { .call = call };
	const struct document **documents;
	size_t n;

	if (!read_questions(&s) || !read_policies(call, S("PolicyInputList"), &documents, &n) ||
		!read_caller(&s) || !read_owner(&s) || !read_context(&s, 0) || !allow_account(call))
		return false;
	if (!s.has_caller)
		s.caller = (struct caller){ .type = CALLER_USER, .account = call->account_id };
	s.layers.identity = program_compile(call->arena, documents, n);
	return read_boundary(&s) && read_resource_policy(&s) && answer_all(&s);
}

/* ---- GetContextKeysFor…Policy */

static void list_keys(struct call *call, const struct document *const *documents, size_t n)
{
	struct json *names =
		json_put(call->output, S("ContextKeyNames"), json_new(call->arena, JSON_ARRAY));

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < documents[i]->nstatements; k++)
			add_statement_keys(call, names, documents[i], &documents[i]->statements[k]);
}

bool iam_context_keys_for_custom(struct call *call)
{
	const struct document **documents;
	size_t n;

	if (!read_policies(call, S("PolicyInputList"), &documents, &n) || !allow_account(call))
		return false;
	list_keys(call, documents, n);
	return true;
}

bool iam_context_keys_for_principal(struct call *call)
{
	struct simulation s = { .call = call };
	const struct document **more;
	struct subject who;
	size_t n;

	if (!read_policies(call, S("PolicyInputList"), &more, &n) || !need_source(call, &who))
		return false;
	collect_principal(&s, &who, n);
	for (size_t i = 0; i < n; i++)
		s.documents[s.ndocuments++] = more[i];
	list_keys(call, s.documents, s.ndocuments);
	return true;
}
