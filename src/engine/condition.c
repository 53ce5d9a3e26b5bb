/*
 * condition.c -- does a statement's Condition hold?
 *
 * Each operator is a row of data/operators.tsv: a type, a relation, and whether
 * it is negated. A type knows how to read a value of the request and how to
 * hold it against a value of the policy, which gives one of three answers: in
 * the relation, not in it, or not comparable at all. From these:
 *
 *   positive   one value of the policy is in the relation
 *   negated    none is, and all were comparable
 *   ForAll     so for each value of the request, and for none at all
 *   ForAny     so for one value of the request
 *
 * A key that is missing fails positive operators and satisfies negated ones.
 */
#include "base/word.h"
#include "engine/program.h"

enum type {
	TYPE_STRING,
	TYPE_NUMBER,
	TYPE_DATE,
	TYPE_BOOL,
	TYPE_BINARY,
	TYPE_IP,
	TYPE_ARN,
	TYPE_NULL,
};

enum relation {
	RELATION_EQUAL,
	RELATION_EQUAL_NOCASE,
	RELATION_LIKE,
	RELATION_LESS,
	RELATION_LESS_EQUAL,
	RELATION_GREATER,
	RELATION_GREATER_EQUAL,
	RELATION_INSIDE,
};

struct operation {
	enum type type;
	enum relation relation;
	bool negated, variables;
};

/* In the order of operator_parse()'s rows. */
static const struct operation operations[] = {
#define ROW(name, type, relation, negated, variables) { type, relation, negated, variables },
#include "gen/operators.inc"
#undef ROW
};

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_INVALID };

/* A value of the request, read once for all values of the policy. */
struct subject {
	str text;
	bool valid;
	union value value;
	const struct request *request;
};

/* ---- reading a value as a type */

static bool value_read(enum type type, str text, bool of_policy, union value *value)
{
	switch (type) {
	case TYPE_NUMBER:
		return decimal_read(text, &value->number);
	case TYPE_DATE:
		return instant_read(text, &value->date);
	case TYPE_IP:
		return network_read(text, of_policy, &value->network);
	case TYPE_ARN:
		return arn_segments(text, value->arn);
	case TYPE_BOOL:
	case TYPE_NULL:
		return bool_read(text, &value->truth);
	case TYPE_STRING:
	case TYPE_BINARY:
		return true;
	}
	return false;
}

/* ---- one value against one value */

static enum answer answer_of(bool yes)
{
	return yes ? ANSWER_YES : ANSWER_NO;
}

/* The request stands on the left: NumericLessThan holds when request < policy [S-58] [S-59]. */
static enum answer ordered(enum relation relation, int order)
{
	switch (relation) {
	case RELATION_EQUAL:
		return answer_of(order == 0);
	case RELATION_LESS:
		return answer_of(order < 0);
	case RELATION_LESS_EQUAL:
		return answer_of(order <= 0);
	case RELATION_GREATER:
		return answer_of(order > 0);
	case RELATION_GREATER_EQUAL:
		return answer_of(order >= 0);
	case RELATION_EQUAL_NOCASE:
	case RELATION_LIKE:
	case RELATION_INSIDE:
		break;
	}
	return ANSWER_INVALID;
}

/* Two facts of the request may be held against each other by a variable [S-50, S-57, S-69]. */
static enum answer compare_strings(enum relation relation, const struct operand *operand,
	const struct subject *subject)
{
	unsigned how = relation == RELATION_LIKE           ? MATCH_WILD
		       : relation == RELATION_EQUAL_NOCASE ? MATCH_NOCASE
							   : 0;

	return answer_of(template_match(&operand->text, subject->request, subject->text, how));
}

/* [S-63] */
static enum answer compare_arns(const struct operand *operand, const struct subject *subject)
{
	if (operand->text.n) {
		bool is_arn, same = template_match_arn(&operand->text, subject->request,
				     subject->value.arn, &is_arn);

		return is_arn ? answer_of(same) : ANSWER_INVALID;
	}
	for (size_t i = 0; i < 6; i++)
		if (!pattern_match(operand->value.arn[i], subject->value.arn[i]))
			return ANSWER_NO;
	return ANSWER_YES;
}

/* [S-60]; with variables, the text they give is "true" or "false" or nothing */
static enum answer compare_bools(const struct operand *operand, const struct subject *subject)
{
	if (operand->text.n)
		return answer_of(template_match(&operand->text, subject->request,
			subject->value.truth ? S("true") : S("false"), MATCH_NOCASE));
	return answer_of(operand->value.truth == subject->value.truth);
}

static enum answer compare(const struct operation *operation, const struct operand *operand,
	const struct subject *subject)
{
	if (!operand->valid || !subject->valid)
		return ANSWER_INVALID;
	switch (operation->type) {
	case TYPE_STRING:
		return compare_strings(operation->relation, operand, subject);
	case TYPE_ARN:
		return compare_arns(operand, subject);
	case TYPE_NUMBER:
		return ordered(operation->relation,
			decimal_cmp(&subject->value.number, &operand->value.number));
	case TYPE_DATE:
		return ordered(operation->relation,
			instant_cmp(&subject->value.date, &operand->value.date));
	case TYPE_IP:
		return answer_of(
			network_contains(&operand->value.network, &subject->value.network));
	case TYPE_BOOL:
		return compare_bools(operand, subject);
	case TYPE_BINARY:
		return answer_of(base64_is(operand->text.raw, subject->text)); /* [S-61] */
	case TYPE_NULL:
		break;
	}
	return ANSWER_INVALID;
}

/* ---- one value of the request against all of the policy [S-04] [S-56] */

/* The most common test of all: StringEquals and its negation, no variables. */
static bool plain_value_holds(const struct test *test, str text)
{
	bool equal = false;

	for (size_t i = 0; i < test->n && !equal; i++)
		equal = str_same(test->operands[i].text.raw, text);
	return equal != test->operation->negated;
}

static bool value_holds(const struct test *test, str text, const struct request *request)
{
	const struct operation *operation = test->operation;
	struct subject subject; /* not zeroed: its value is large, and mostly not looked at */

	if (test->plain)
		return plain_value_holds(test, text);
	subject.text = text;
	subject.request = request;
	subject.valid = value_read(operation->type, text, false, &subject.value);
	for (size_t i = 0; i < test->n; i++) {
		enum answer answer = compare(operation, &test->operands[i], &subject);

		if (answer == ANSWER_YES)
			return !operation->negated;
		if (answer == ANSWER_INVALID && operation->negated)
			return false;
	}
	/* Nothing was in the relation; a variable without a value is in none either [S-47]. */
	return operation->negated;
}

/* ---- a whole test */

/* "true" asks that the key is absent, "false" that it has a value [S-55]. */
static bool null_holds(const struct test *test, const struct context_key *key)
{
	bool absent = !key || key->n == 0;

	for (size_t i = 0; i < test->n; i++)
		if (test->operands[i].valid && test->operands[i].value.truth == absent)
			return true;
	return false;
}

/* For all values, none included; or for any, IfExists or not [S-64] [S-65] [S-66a]. */
static bool set_holds(const struct test *test, const struct context_key *key,
	const struct request *request)
{
	bool all = test->set == SET_ALL;

	for (size_t i = 0; key && i < key->n; i++)
		if (value_holds(test, key->values[i], request) != all)
			return !all;
	return all;
}

bool test_holds(const struct test *test, const struct request *request)
{
	const struct context_key *key;

	if (!test->operation) /* [S-52] */
		return false;
	key = context_find(request, test->key);
	if (test->operation->type == TYPE_NULL)
		return null_holds(test, key);
	if (test->set != SET_NONE)
		return set_holds(test, key, request);
	/* A key that the service does not send, or the caller did not, is missing; nothing is special
	 * about an External ID or a tag [S-53, S-54, S-68, S-109, S-110, S-130, S-136]. */
	if (!key)
		return test->if_exists || test->operation->negated;
	if (key->multi || key->n != 1) /* [S-66b] [S-67] */
		return false;
	return value_holds(test, key->values[0], request);
}

/* Names of keys, also what stands behind the slash of a tag key, in any letter case [S-51]. */
const struct context_key *context_find(const struct request *request, str key)
{
	for (size_t i = 0; i < request->ncontext; i++)
		if (str_same_nocase(request->context[i].key, key))
			return &request->context[i];
	return NULL;
}

/* ---- compiling */

static void operand_compile(struct arena *arena, const struct operation *operation, str text,
	bool variables, struct operand *operand)
{
	template_compile(arena, text, variables && operation->variables,
		&operand->text); /* [S-48] */
	operand->valid =
		operand->text.n > 0 || value_read(operation->type, text, true, &operand->value);
}

void test_compile(struct arena *arena, const struct condition *source, bool variables,
	struct test *test)
{
	struct operator_name name;

	*test = (struct test){ .source = source, .key = source->key };
	if (!operator_parse(source->operator, & name))
		return;
	test->operation = &operations[name.row];
	test->set = name.set;
	test->if_exists = name.if_exists;
	test->n = (uint32_t)source->values.n;
	test->plain =
		test->operation->type == TYPE_STRING && test->operation->relation == RELATION_EQUAL;
	test->operands = NEWS(arena, struct operand, test->n);
	for (size_t i = 0; i < test->n; i++) {
		operand_compile(arena, test->operation, source->values.item[i].text, variables,
			&test->operands[i]);
		test->plain &= test->operands[i].text.n == 0;
	}
}
