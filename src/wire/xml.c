/*
 * xml.c -- XML both ways, and the only file that knows expat.
 *
 * Writing: members become elements, in their order. Reading: elements become members, and what
 * repeats, or is called member or item, becomes a list. A document type declaration is refused
 * before anything in it is looked at, so that there are no entities but the five of XML.
 */
#include "wire/wire.h"

#include <expat.h>
#include <string.h>

/* ---- writing */

/* Bytes of the UTF-8 character at s[0] that XML 1.0 can carry; 0: there is none. */
static size_t character(str s)
{
	size_t n = utf8_length(s);

	if (n == 1 && (unsigned char)s.p[0] < 0x20)
		return s.p[0] == '\t' || s.p[0] == '\n' || s.p[0] == '\r';
	if (n == 3 && (str_starts(s, S("\xEF\xBF\xBE")) || str_starts(s, S("\xEF\xBF\xBF"))))
		return 0; /* U+FFFE and U+FFFF are no characters */
	return n;
}

static str entity(char c)
{
	switch (c) {
	case '&':
		return S("&amp;");
	case '<':
		return S("&lt;");
	case '>':
		return S("&gt;");
	case '"':
		return S("&quot;");
	case '\r': /* a reader would turn the bare one into a newline */
		return S("&#13;");
	}
	return (str){ 0 };
}

void xml_escape(struct buf *out, str text)
{
	size_t from = 0;

	for (size_t i = str_plain(text, 0); i < text.n; i = str_plain(text, i)) {
		size_t n = character(str_from(text, i));
		str instead = n ? entity(text.p[i]) : S("\xEF\xBF\xBD"); /* U+FFFD */

		i += n ? n : 1;
		if (!instead.n)
			continue;
		buf_str(out, (str){ text.p + from, i - (n ? n : 1) - from });
		buf_str(out, instead);
		from = i;
	}
	buf_str(out, str_from(text, from));
}

/* Member names come from our own tables; should one not be a name, the document stays valid. */
static void write_name(struct buf *out, str name)
{
	size_t n = 0;

	while (n < name.n && ascii_alnum(name.p[n]) && !(n == 0 && name.p[0] <= '9'))
		n++;
	buf_str(out, str_head(name, n));
	for (size_t i = n; i < name.n; i++) {
		char c = name.p[i];
		bool start = ascii_alnum(c) && !(c >= '0' && c <= '9');

		buf_char(out, start || (i && (ascii_alnum(c) || c == '-' || c == '.')) ? c : '_');
	}
	if (name.n == 0)
		buf_char(out, '_');
}

static void write_element(struct buf *out, str name, const struct json *value, str item_name)
{
	size_t start = out->n + 1, n;

	if (value->type == JSON_NULL)
		return;
	buf_char(out, '<');
	write_name(out, name);
	n = out->n - start;
	if (value->count == 0 && value->text.n == 0) {
		buf_str(out, S("/>"));
		return;
	}
	buf_char(out, '>');
	if (value->type == JSON_OBJECT || value->type == JSON_ARRAY)
		xml_write(out, value, item_name);
	else
		xml_escape(out, value->text);
	buf_str(out, S("</"));
	if (out->cap - out->n < n)
		buf_grow(out, n);
	buf_str(out, (str){ out->p + start, n }); /* the name as it was written */
	buf_char(out, '>');
}

void xml_write(struct buf *out, const struct json *object, str item_name)
{
	JSON_EACH(child, object)
	write_element(out, object->type == JSON_ARRAY ? item_name : child->name, child, item_name);
}

/* ---- reading */

struct open_element {
	struct json *node;
	size_t children;
};

struct reading {
	struct arena *arena;
	XML_Parser parser;
	struct open_element open[LIMIT_JSON_DEPTH];
	size_t depth; /* of `open` */
	struct json *root;
	str root_name;
	struct buf text; /* of the innermost element, while it has no children */
	struct err *err;
};

static bool is_item(str name)
{
	return str_eq(name, S("member")) || str_eq(name, S("item"));
}

static size_t place(struct reading *r)
{
	XML_Index at = XML_GetCurrentByteIndex(r->parser);

	return at < 0 ? 0 : (size_t)at;
}

static void stop(struct reading *r, enum err_code code, const char *why)
{
	fail(r->err, code, place(r), "%s", why);
	XML_StopParser(r->parser, XML_FALSE);
}

/* A list that turns out to have other children too: its items become one member. */
static void list_to_object(struct arena *arena, struct json *node)
{
	struct json *items = node->first, *member = items;

	if (node->count > 1) {
		member = json_new(arena, JSON_ARRAY);
		for (struct json *item = items, *next; item; item = next) {
			next = item->next;
			json_push(member, item);
		}
	}
	node->type = JSON_OBJECT;
	node->first = node->last = NULL;
	node->count = 0;
	json_put(node, node->text, member);
}

/* Puts `child` into an object; a name that is there already makes a list. Lists made here have
 * no end in the text, which tells them from elements that are lists themselves. */
static void add_member(struct arena *arena, struct json *node, str name, struct json *child)
{
	struct json *there = json_get(node, name), *list = there;

	if (!there) {
		json_put(node, name, child);
		return;
	}
	if (there->end) {
		list = json_put(node, name, json_new(arena, JSON_ARRAY));
		there->name = (str){ 0 };
		json_push(list, there);
	}
	json_push(list, child);
}

static void add_child(struct arena *arena, struct json *node, str name, struct json *child)
{
	if (node->type == JSON_STRING) {
		node->type = is_item(name) ? JSON_ARRAY : JSON_OBJECT;
		node->text = name; /* of a list's items, while it is open */
	} else if (node->type == JSON_ARRAY && !str_eq(name, node->text)) {
		list_to_object(arena, node);
	}
	if (node->type == JSON_ARRAY)
		json_push(node, child);
	else
		add_member(arena, node, name, child);
}

static void XMLCALL on_start(void *context, const XML_Char *z, const XML_Char **attributes)
{
	struct reading *r = context;
	struct open_element *outer = r->depth ? &r->open[r->depth - 1] : NULL;
	struct json *child = json_new(r->arena, JSON_STRING);
	str name = str_of(z), prefix, local;

	(void)attributes;
	if (str_cut(name, ':', &prefix, &local) && local.n)
		name = local;
	name = arena_copy(r->arena, name);
	child->at = place(r);
	if (r->depth == COUNT(r->open)) {
		stop(r, ERR_LIMIT, "too many levels of elements");
		return;
	}
	if (outer && ++outer->children > LIMIT_JSON_MEMBERS) {
		stop(r, ERR_LIMIT, "too many elements in one");
		return;
	}
	if (outer) {
		add_child(r->arena, outer->node, name, child);
	} else {
		r->root = child;
		r->root_name = name;
	}
	r->open[r->depth++] = (struct open_element){ child, 0 };
	r->text.n = 0;
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
	struct reading *r = context;
	struct json *node = r->open[--r->depth].node;

	(void)name;
	node->text =
		node->type == JSON_STRING ? arena_copy(r->arena, buf_view(&r->text)) : (str){ 0 };
	node->end = place(r);
	r->text.n = 0;
}

static void XMLCALL on_text(void *context, const XML_Char *p, int n)
{
	struct reading *r = context;

	if (r->depth && r->open[r->depth - 1].node->type == JSON_STRING)
		buf_str(&r->text, (str){ p, (size_t)n });
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system_id,
	const XML_Char *public_id, int has_internal_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal_subset;
	stop(context, ERR_SYNTAX, "a document type declaration is refused");
}

bool xml_parse(struct arena *arena, str text, str *root_name, struct json **value, struct err *err)
{
	struct reading r = { .arena = arena, .err = err, .text = { .arena = arena } };
	enum XML_Status status;

	if (text.n > LIMIT_JSON_BYTES)
		return fail(err, ERR_LIMIT, 0, "a document of %zu bytes; at most %d are read",
			text.n, LIMIT_JSON_BYTES);
	err->code = ERR_NONE;
	r.parser = XML_ParserCreate("UTF-8");
	if (!r.parser)
		return fail(err, ERR_INTERNAL, 0, "no memory for an XML parser");
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	status = XML_Parse(r.parser, text.p ? text.p : "", (int)text.n, XML_TRUE);
	if (status != XML_STATUS_OK && err->code == ERR_NONE)
		fail(err, ERR_SYNTAX, place(&r), "XML: %s",
			XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	*root_name = r.root_name;
	*value = r.root;
	return status == XML_STATUS_OK;
}
