/*
 * iam_tag.c -- tags of roles, users, policies, instance profiles and identity providers.
 *
 * The operation's name says which: TagRole, UntagPolicy, ListUserTags.
 */
#include "account/iam.h"

#include <stdlib.h>

/* AWS-managed policies have no tags; the engine's guards refuse to set any [S-138]. */
static bool need_tagged(struct call *call, const struct target *more, struct subject *subject)
{
	return read_subject(call, entity_of(call)->id, subject) &&
	       allow_subject(call, subject, more) && (subject->record || no_subject(call, subject));
}

bool iam_tag(struct call *call)
{
	struct target target = { 0 };
	struct subject subject;
	struct json *tags, *value;

	call->output = NULL;
	if (!read_tags(call, json_get(call->input, S("Tags")), &tags))
		return false;
	target.request_tags = tags;
	if (!need_tagged(call, &target, &subject))
		return false;
	value = json_clone(call->arena, subject.record->value);
	if (!add_to_tags(call, value, tags))
		return false;
	put_subject(call, &subject, value);
	return true;
}

/* The request has tag keys, but no tags: aws:TagKeys without aws:RequestTag/K. */
bool iam_untag(struct call *call)
{
	struct context_key tag_keys = { .key = S("aws:TagKeys"), .multi = true };
	struct target target = { .extra = &tag_keys, .nextra = 1 };
	struct subject subject;
	struct words keys;
	struct json *value;
	str *names;

	call->output = NULL;
	if (!get_list(call, S("TagKeys"), LIMIT_TAGS, &keys))
		return false;
	names = NEWS(call->arena, str, keys.n);
	for (size_t i = 0; i < keys.n; i++)
		names[i] = keys.item[i].text;
	tag_keys.values = names;
	tag_keys.n = keys.n;
	if (!need_tagged(call, &target, &subject))
		return false;
	value = json_clone(call->arena, subject.record->value);
	for (size_t i = 0; i < keys.n; i++)
		remove_tag(json_get(value, S("Tags")), keys.item[i].text);
	put_subject(call, &subject, value);
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct json *const *x = a, *const *y = b;

	return str_cmp((*x)->name, (*y)->name);
}

/* Sorted by key. */
bool iam_list_tags(struct call *call)
{
	struct json *shown = json_new(call->arena, JSON_OBJECT);
	const struct json *tags, **sorted;
	struct subject subject;
	struct page page;
	size_t n = 0;

	if (!page_open(call, &page) || !need_tagged(call, NULL, &subject))
		return false;
	tags = json_get(subject.record->value, S("Tags"));
	sorted = NEWS(call->arena, const struct json *, tags ? tags->count : 0);
	JSON_EACH(tag, tags)
	sorted[n++] = tag;
	qsort(sorted, n, sizeof(*sorted), by_key);
	for (size_t i = 0; i < n; i++)
		if (page_takes(&page, sorted[i]->name))
			json_put_str(call->arena, shown, sorted[i]->name, sorted[i]->text);
	json_put(call->output, S("Tags"), tag_list(call->arena, shown));
	page_close(call, &page);
	return true;
}
