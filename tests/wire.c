/*
 * wire.c -- percent-encoding, forms and XML, against what botocore and urllib write
 * (tests/cases/form.case, tests/oracle/form.py) and the documents that AWS sends.
 */
#include "tap.h"

#include "base/json.h"
#include "base/os.h"
#include "wire/wire.h"

#include <stdlib.h>

static str as_text(struct arena *arena, const struct json *value)
{
	struct buf out = { .arena = arena };

	json_write(&out, value);
	return buf_view(&out);
}

static struct json *from_text(struct arena *arena, str text)
{
	struct json *value = NULL;
	struct err err = { 0 };

	ok(json_parse(arena, text, 1 << 20, &value, &err), "the test's own JSON: %s", err.text);
	return value;
}

/* ---- percent-encoding. RFC 3986, 2.3: unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~" */

static void test_uri(struct arena *arena)
{
	static const struct {
		str text, encoded, path;
	} rows[] = {
		{ SC(""), SC(""), SC("") },
		{ SC("azAZ09-._~"), SC("azAZ09-._~"), SC("azAZ09-._~") },
		{ SC("a b"), SC("a%20b"), SC("a%20b") },
		{ SC("a/b+c"), SC("a%2Fb%2Bc"), SC("a/b%2Bc") },
		{ SC("%41"), SC("%2541"), SC("%2541") },
		{ SC("\xC3\xBC"), SC("%C3%BC"), SC("%C3%BC") },
		{ SC("!*'()"), SC("%21%2A%27%28%29"), SC("%21%2A%27%28%29") },
		{ SC("\0\x7F\xFF"), SC("%00%7F%FF"), SC("%00%7F%FF") },
	};
	static const str broken[] = { SC("%"), SC("%4"), SC("a%"), SC("%4g"), SC("%g4"), SC("% 1"),
		SC("%%41"), SC("%+1"), SC("%-1"), SC("%0x") };
	str out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf encoded = { .arena = arena }, path = { .arena = arena };

		uri_encode(&encoded, rows[i].text, false);
		is(buf_view(&encoded), rows[i].encoded, "encode row %zu", i);
		uri_encode(&path, rows[i].text, true);
		is(buf_view(&path), rows[i].path, "encode row %zu as a path", i);
		ok(uri_decode(arena, rows[i].encoded, true, &out), "decode row %zu", i);
		is(out, rows[i].text, "row %zu as it was", i);
	}
	for (size_t i = 0; i < COUNT(broken); i++)
		ok(!uri_decode(arena, broken[i], true, &out), "'%.*s' is broken", STR(broken[i]));
	ok(uri_decode(arena, S("a+b%2B%c3%Bc"), true, &out), "both letter cases of digits");
	is(out, S("a b+\xC3\xBC"), "a plus sign is a space in forms");
	ok(uri_decode(arena, S("a+b"), false, &out), "and");
	is(out, S("a+b"), "nothing else elsewhere");
}

static void test_target(void)
{
	struct http_request request = { 0 };

	http_set_target(&request, S("/a%2Fb?x=1?y#"));
	is(request.path, S("/a%2Fb"), "a path stays encoded");
	is(request.query, S("x=1?y#"), "a query begins at the first question mark");
	http_set_target(&request, S("/"));
	is(request.path, S("/"), "no query: path");
	ok(request.query.n == 0, "no query: query");
	http_set_target(&request, S("?a"));
	ok(request.path.n == 0, "no path");
}

static void test_headers(struct arena *arena)
{
	struct http_request r = { 0 };

	for (int i = 0; i < 40; i++)
		http_add_header(arena, &r.headers, &r.nheaders, &r.cap_headers,
			arena_printf(arena, "H%d", i % 20), arena_printf(arena, "%d", i));
	ok(r.nheaders == 40, "forty headers");
	is(http_get_header(r.headers, r.nheaders, S("h7")), S("7"), "the first of a name");
	ok(http_get_header(r.headers, r.nheaders, S("H")).p == NULL, "none of that name");
}

/* ---- forms */

static bool next_line(str *text, str *line)
{
	if (!text->n)
		return false;
	if (!str_cut(*text, '\n', line, text)) {
		*line = *text;
		*text = (str){ 0 };
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const str *)a, *(const str *)b);
}

/* The parameters of a form in byte order: order on the wire has no meaning. */
static str sorted(struct arena *arena, str form)
{
	str *parts = NEWS(arena, str, form.n + 1), rest = form;
	struct buf out = { .arena = arena };
	size_t n = 0;

	while (str_cut(rest, '&', &parts[n], &rest))
		n++;
	parts[n++] = rest;
	qsort(parts, n, sizeof(str), by_text);
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%.*s\n", STR(parts[i]));
	return buf_view(&out);
}

static void test_recorded_form(struct arena *arena, str title, bool flat, str form, str quoted,
	str json)
{
	struct json *want = from_text(arena, json), *got = NULL;
	struct buf out = { .arena = arena };
	struct err err = { 0 };

	if (ok(form_parse(arena, form, &got, &err), "%.*s: is read: %s", STR(title), err.text) &&
		!ok(json_same(got, want), "%.*s: the object", STR(title)))
		printf("#  got: %.*s\n# want: %.*s\n", STR(as_text(arena, got)), STR(json));
	ok(form_parse(arena, quoted, &got, &err) && json_same(got, want),
		"%.*s: the same from percent signs only", STR(title));
	form_write(&out, want, flat);
	is(sorted(arena, buf_view(&out)), sorted(arena, quoted), "%.*s: is written", STR(title));
}

static void test_recorded_forms(struct arena *arena)
{
	str text, line, name, value, title = { 0 }, form = { 0 }, quoted = { 0 };
	bool flat = false;
	struct err err;
	size_t n = 0;

	if (!ok(file_read(arena, S("tests/cases/form.case"), 1 << 20, &text, &err), "form.case"))
		return;
	while (next_line(&text, &line)) {
		if (!str_cut(line, ' ', &name, &value))
			continue;
		if (str_eq(name, S("#")))
			title = value;
		if (str_eq(name, S("flat")))
			flat = str_eq(value, S("yes"));
		if (str_eq(name, S("form")))
			form = value;
		if (str_eq(name, S("quoted")))
			quoted = value;
		if (str_eq(name, S("json"))) {
			test_recorded_form(arena, title, flat, form, quoted, value);
			n++;
		}
	}
	ok(n == 12, "%zu recorded forms", n);
}

static void test_forms(struct arena *arena)
{
	static const struct {
		str form, json;
	} rows[] = {
		{ SC(""), SC("{}") },
		{ SC("a=1"), SC("{\"a\":\"1\"}") },
		{ SC("a"), SC("{\"a\":\"\"}") },
		{ SC("a="), SC("{\"a\":\"\"}") },
		{ SC("a==b="), SC("{\"a\":\"=b=\"}") },
		{ SC("&&a=1&&"), SC("{\"a\":\"1\"}") },
		{ SC("a%2Eb=1"), SC("{\"a\":{\"b\":\"1\"}}") },
		{ SC("A=1&a=2"), SC("{\"A\":\"1\",\"a\":\"2\"}") },
		/* Numbers order a list, wherever they come; gaps close. */
		{ SC("L.member.10=c&L.member.2=b&L.member.1=a"),
			SC("{\"L\":[\"a\",\"b\",\"c\"]}") },
		{ SC("L.7=b&L.0=a"), SC("{\"L\":[\"a\",\"b\"]}") },
		{ SC("L.999999=a"), SC("{\"L\":[\"a\"]}") },
		{ SC("M.entry.1.key=k&M.entry.1.value=v"),
			SC("{\"M\":[{\"key\":\"k\",\"value\":\"v\"}]}") },
		{ SC("A.2.B.1=x&A.1.B.2=y&A.1.C=z"),
			SC("{\"A\":[{\"B\":[\"y\"],\"C\":\"z\"},{\"B\":[\"x\"]}]}") },
		{ SC("A.1.1=x&A.1.2=y"), SC("{\"A\":[[\"x\",\"y\"]]}") },
		/* Not numbers: "member" on its own, leading zeroes, too many digits. */
		{ SC("a.member=1"), SC("{\"a\":{\"member\":\"1\"}}") },
		{ SC("member.b=1"), SC("{\"member\":{\"b\":\"1\"}}") },
		{ SC("a.01=x"), SC("{\"a\":{\"01\":\"x\"}}") },
		{ SC("a.1000000=x"), SC("{\"a\":{\"1000000\":\"x\"}}") },
		{ SC("1=x"), SC("{\"1\":\"x\"}") },
		/* Decoded once. */
		{ SC("a=%253A"), SC("{\"a\":\"%3A\"}") },
		{ SC("a=%2B+%20"), SC("{\"a\":\"+  \"}") },
		{ SC("a=%26b%3D1"), SC("{\"a\":\"&b=1\"}") },
		{ SC("a=%F0%9F%94%91"), SC("{\"a\":\"\xF0\x9F\x94\x91\"}") },
		/* EC2 and IAM side by side. */
		{ SC("Tag.1.Key=k&Tags.member.1.Key=k"),
			SC("{\"Tag\":[{\"Key\":\"k\"}],\"Tags\":[{\"Key\":\"k\"}]}") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json *got = NULL;
		struct err err = { 0 };

		if (ok(form_parse(arena, rows[i].form, &got, &err), "'%.*s': %s", STR(rows[i].form),
			    err.text))
			ok(json_same(got, from_text(arena, rows[i].json)),
				"'%.*s' is %.*s, got %.*s", STR(rows[i].form), STR(rows[i].json),
				STR(as_text(arena, got)));
	}
}

static void test_refused_forms(struct arena *arena)
{
	static const struct {
		str form;
		size_t at;
		str why;
	} rows[] = {
		{ SC("a=%"), 0, SC("hexadecimal") },
		{ SC("a=1&b=%4"), 4, SC("hexadecimal") },
		{ SC("a=1&%zz=1"), 4, SC("hexadecimal") },
		{ SC("a=1&b=2&a=3"), 8, SC("twice") },
		{ SC("a=1&%61=3"), 4, SC("twice") },
		{ SC("L.1=a&L.member.1=b"), 6, SC("twice") },
		{ SC("a=1&a.b=2"), 4, SC("twice") },
		{ SC("a.b=2&a=1"), 6, SC("twice") },
		{ SC("L.1=a&L.x=b"), 6, SC("at once") },
		{ SC("L.x=a&L.1=b"), 6, SC("at once") },
		{ SC("L.x=a&L.member.1=b"), 6, SC("at once") },
		{ SC("=1"), 0, SC("empty part") },
		{ SC("a..b=1"), 0, SC("empty part") },
		{ SC(".a=1"), 0, SC("empty part") },
		{ SC("a.=1"), 0, SC("empty part") },
		{ SC(".=1"), 0, SC("empty part") },
		{ SC("a=%00"), 0, SC("UTF-8") },
		{ SC("a=%FF"), 0, SC("UTF-8") },
		{ SC("a=%C0%80"), 0, SC("UTF-8") },
		{ SC("a=%E0%80%80"), 0, SC("UTF-8") },
		{ SC("a=%ED%A0%80"), 0, SC("UTF-8") },
		{ SC("a=%F4%90%80%80"), 0, SC("UTF-8") },
		{ SC("a=%C3"), 0, SC("UTF-8") },
		{ SC("%FF=a"), 0, SC("UTF-8") },
	};
	struct json *got;
	struct err err;

	for (size_t i = 0; i < COUNT(rows); i++) {
		err = (struct err){ 0 };
		ok(!form_parse(arena, rows[i].form, &got, &err) && err.code == ERR_SYNTAX,
			"'%.*s' is refused", STR(rows[i].form));
		ok(err.at == rows[i].at, "'%.*s': at %zu", STR(rows[i].form), err.at);
		ok(str_find(str_of(err.text), rows[i].why) != SIZE_MAX, "'%.*s': %s",
			STR(rows[i].form), err.text);
	}
}

static str repeated(struct arena *arena, const char *format, size_t n)
{
	struct buf out = { .arena = arena };

	for (size_t i = 0; i < n; i++)
		buf_printf(&out, format, i);
	return buf_view(&out);
}

static void test_form_limits(struct arena *arena)
{
	struct json *got = NULL;
	struct err err = { 0 };
	str deep = S("a.b.c.d.e.f.g.h.i.j.k.l=1");

	ok(form_parse(arena, repeated(arena, "a%zu=1&", LIMIT_PARAMS), &got, &err),
		"as many parameters as the limit");
	ok(got && got->count == LIMIT_PARAMS, "all of them");
	ok(!form_parse(arena, repeated(arena, "a%zu=1&", LIMIT_PARAMS + 1), &got, &err) &&
			err.code == ERR_LIMIT,
		"one more: %s", err.text);
	ok(form_parse(arena, deep, &got, &err), "as deep as the limit");
	ok(!form_parse(arena, arena_printf(arena, "z.%.*s", STR(deep)), &got, &err) &&
			err.code == ERR_LIMIT,
		"one deeper: %s", err.text);
	ok(!form_parse(arena, str_from(repeated(arena, ".a", 100000), 1), &got, &err) &&
			err.code == ERR_LIMIT,
		"much deeper: %s", err.text);
	ok(form_parse(arena, repeated(arena, "L.%zu=1&", LIMIT_PARAMS), &got, &err) &&
			json_get(got, S("L"))->count == LIMIT_PARAMS,
		"a long list");
}

static void test_form_writing(struct arena *arena)
{
	static const struct {
		str json, query, ec2;
	} rows[] = {
		{ SC("{}"), SC(""), SC("") },
		{ SC("{\"a\":null,\"b\":true,\"c\":12,\"d\":\"\"}"), SC("b=true&c=12&d="),
			SC("b=true&c=12&d=") },
		{ SC("{\"L\":[]}"), SC("L="), SC("") }, /* botocore 1.31 and later; EC2: nothing */
		{ SC("{\"L\":[\"a\",\"b c\"]}"), SC("L.member.1=a&L.member.2=b%20c"),
			SC("L.1=a&L.2=b%20c") },
		{ SC("{\"A\":{\"B\":{\"C\":\"x&y\"}}}"), SC("A.B.C=x%26y"), SC("A.B.C=x%26y") },
		{ SC("{\"A\":{}}"), SC(""), SC("") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf query = { .arena = arena }, ec2 = { .arena = arena };
		struct json *object = from_text(arena, rows[i].json);

		form_write(&query, object, false);
		is(buf_view(&query), rows[i].query, "%.*s as IAM has it", STR(rows[i].json));
		form_write(&ec2, object, true);
		is(buf_view(&ec2), rows[i].ec2, "%.*s as EC2 has it", STR(rows[i].json));
	}
}

/* ---- XML. XML 1.0, 2.2: Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | … */

#define FFFD "\xEF\xBF\xBD"

static void test_escape(struct arena *arena)
{
	static const struct {
		str text, escaped;
	} rows[] = {
		{ SC(""), SC("") },
		{ SC("plain"), SC("plain") },
		{ SC("<a & \"b\">"), SC("&lt;a &amp; &quot;b&quot;&gt;") },
		{ SC("]]>"), SC("]]&gt;") },
		{ SC("a\tb\nc\rd"), SC("a\tb\nc&#13;d") },
		{ SC("\0\x01\x1F\x7F"), SC(FFFD FFFD FFFD "\x7F") },
		{ SC("\xC3\xBC\xE2\x82\xAC\xF0\x9F\x94\x91"),
			SC("\xC3\xBC\xE2\x82\xAC\xF0\x9F\x94\x91") },
		{ SC("a\xFFz"), SC("a" FFFD "z") },
		{ SC("\xC3"), SC(FFFD) },
		{ SC("\xC0\x80"), SC(FFFD FFFD) },
		{ SC("\xED\xA0\x80"), SC(FFFD FFFD FFFD) },
		{ SC("\xEF\xBF\xBE\xEF\xBF\xBF"), SC(FFFD FFFD FFFD FFFD FFFD FFFD) },
		{ SC("\xEF\xBF\xBD"), SC(FFFD) },
		{ SC("\xF4\x90\x80\x80"), SC(FFFD FFFD FFFD FFFD) },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = { .arena = arena };

		xml_escape(&out, rows[i].text);
		is(buf_view(&out), rows[i].escaped, "escape row %zu", i);
	}
}

static void test_xml_writing(struct arena *arena)
{
	static const struct {
		str json, item, xml;
	} rows[] = {
		{ SC("{}"), SC("member"), SC("") },
		{ SC("{\"Roles\":[{\"RoleName\":\"a&b\"},{\"RoleName\":\"c\"}],\"IsTruncated\":"
		     "false}"),
			SC("member"),
			SC("<Roles><member><RoleName>a&amp;b</RoleName></member><member><RoleName>c"
			   "</RoleName></member></Roles><IsTruncated>false</IsTruncated>") },
		{ SC("{\"tagSet\":[{\"key\":\"k\",\"value\":\"\"}]}"), SC("item"),
			SC("<tagSet><item><key>k</key><value/></item></tagSet>") },
		{ SC("{\"RoleLastUsed\":{},\"Tags\":[],\"Marker\":null,\"Max\":3600}"),
			SC("member"), SC("<RoleLastUsed/><Tags/><Max>3600</Max>") },
		{ SC("{\"a b\":\"x\",\"1\":\"y\",\"\":\"z\"}"), SC("member"),
			SC("<a_b>x</a_b><_>y</_><_>z</_>") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = { .arena = arena };

		xml_write(&out, from_text(arena, rows[i].json), rows[i].item);
		is(buf_view(&out), rows[i].xml, "write %.*s", STR(rows[i].json));
	}
}

/* Shapes of AWS's answers: IAM and STS API References, EC2 and S3 API References. */
static void test_xml_reading(struct arena *arena)
{
	static const struct {
		str xml, root, json;
	} rows[] = {
		{ SC("<ListRolesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n"
		     "  <ListRolesResult>\n    <Roles>\n      "
		     "<member><RoleName>a</RoleName></member>\n"
		     "      <member><RoleName>b</RoleName></member>\n    </Roles>\n"
		     "    <IsTruncated>false</IsTruncated>\n  </ListRolesResult>\n"
		     "  <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\n"
		     "</ListRolesResponse>\n"),
			SC("ListRolesResponse"),
			SC("{\"ListRolesResult\":{\"Roles\":[{\"RoleName\":\"a\"},{\"RoleName\":"
			   "\"b\"}],"
			   "\"IsTruncated\":\"false\"},\"ResponseMetadata\":{\"RequestId\":\"r\"}"
			   "}") },
		{ SC("<R><Tags><member><Key>k</Key></member></Tags></R>"), SC("R"),
			SC("{\"Tags\":[{\"Key\":\"k\"}]}") },
		{ SC("<R><set><item>a</item></set><none/></R>"), SC("R"),
			SC("{\"set\":[\"a\"],\"none\":\"\"}") },
		{ SC("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"
		     "<Code>UnauthorizedOperation</Code><Message>no &amp; never</Message></Error>"
		     "</Errors><RequestID>q</RequestID></Response>"),
			SC("Response"),
			SC("{\"Errors\":{\"Error\":{\"Code\":\"UnauthorizedOperation\",\"Message\":"
			   "\"no & never\"}},\"RequestID\":\"q\"}") },
		{ SC("<LocationConstraint "
		     "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">us-west-2"
		     "</LocationConstraint>"),
			SC("LocationConstraint"), SC("\"us-west-2\"") },
		{ SC("<L/>"), SC("L"), SC("\"\"") },
		/* S3 repeats elements without a list around them. */
		{ SC("<R><C><K>1</K></C><C><K>2</K></C><C><K>3</K></C><N>n</N></R>"), SC("R"),
			SC("{\"C\":[{\"K\":\"1\"},{\"K\":\"2\"},{\"K\":\"3\"}],\"N\":\"n\"}") },
		{ SC("<R><a>1</a><b/><a>2</a></R>"), SC("R"),
			SC("{\"a\":[\"1\",\"2\"],\"b\":\"\"}") },
		{ SC("<R><T><item>1</item></T><T><item>2</item></T></R>"), SC("R"),
			SC("{\"T\":[[\"1\"],[\"2\"]]}") },
		{ SC("<R><item>1</item><x>2</x></R>"), SC("R"),
			SC("{\"item\":\"1\",\"x\":\"2\"}") },
		{ SC("<R><x>2</x><item>1</item></R>"), SC("R"),
			SC("{\"x\":\"2\",\"item\":\"1\"}") },
		{ SC("<R><item>1</item><item>2</item><x>3</x></R>"), SC("R"),
			SC("{\"item\":[\"1\",\"2\"],\"x\":\"3\"}") },
		{ SC("<R><item>1</item><member>2</member></R>"), SC("R"),
			SC("{\"item\":\"1\",\"member\":\"2\"}") },
		{ SC("<n:R xmlns:n=\"u\"><n:a>1</n:a></n:R>"), SC("R"), SC("{\"a\":\"1\"}") },
		{ SC("<R><a> x y </a></R>"), SC("R"), SC("{\"a\":\" x y \"}") },
		{ SC("<R><a>1<![CDATA[<&]]>2&#x20AC;&#13;</a></R>"), SC("R"),
			SC("{\"a\":\"1<&2\xE2\x82\xAC\\r\"}") },
		{ SC("<R><!-- no --><a>1<!-- no -->2</a></R>"), SC("R"), SC("{\"a\":\"12\"}") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json *got = NULL;
		struct err err = { 0 };
		str root = { 0 };

		if (!ok(xml_parse(arena, rows[i].xml, &root, &got, &err), "read row %zu: %s", i,
			    err.text))
			continue;
		is(root, rows[i].root, "read row %zu: the root", i);
		ok(json_same(got, from_text(arena, rows[i].json)), "read row %zu: %.*s", i,
			STR(as_text(arena, got)));
	}
}

static void test_refused_xml(struct arena *arena)
{
	static const str rows[] = { SC(""), SC("text"), SC("<a>"), SC("<a></b>"), SC("<a/><b/>"),
		SC("<a>&b;</a>"), SC("<a>\x01</a>"), SC("<a>\xFF</a>"), SC("<a>&#0;</a>"),
		SC("<a b=1/>"), SC("<a b='1' b='2'/>"), SC("{}"), SC("<!DOCTYPE a><a/>"),
		SC("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"),
		SC("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"),
		SC("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"),
		SC("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY a \"b\"><!ENTITY c "
		   "\"&a;&a;&a;\">]><lolz>&c;</lolz>") };
	struct json *got;
	struct err err;
	str root;

	for (size_t i = 0; i < COUNT(rows); i++) {
		err = (struct err){ 0 };
		ok(!xml_parse(arena, rows[i], &root, &got, &err) && err.code == ERR_SYNTAX,
			"refused row %zu: %s", i, err.text);
	}
}

static str nested(struct arena *arena, size_t n)
{
	return arena_printf(arena, "%.*s%.*s", STR(repeated(arena, "<a>", n)),
		STR(repeated(arena, "</a>", n)));
}

static void test_xml_limits(struct arena *arena)
{
	struct json *got;
	struct err err = { 0 };
	str root;

	ok(xml_parse(arena, nested(arena, LIMIT_JSON_DEPTH), &root, &got, &err),
		"as deep as allowed");
	ok(!xml_parse(arena, nested(arena, LIMIT_JSON_DEPTH + 1), &root, &got, &err) &&
			err.code == ERR_LIMIT,
		"one deeper: %s", err.text);
	ok(xml_parse(arena,
		   arena_printf(arena, "<r>%.*s</r>",
			   STR(repeated(arena, "<item/>", LIMIT_JSON_MEMBERS))),
		   &root, &got, &err) &&
			got->count == LIMIT_JSON_MEMBERS,
		"as many as allowed");
	ok(!xml_parse(arena,
		   arena_printf(arena, "<r>%.*s</r>",
			   STR(repeated(arena, "<item/>", LIMIT_JSON_MEMBERS + 1))),
		   &root, &got, &err) &&
			err.code == ERR_LIMIT,
		"one more: %s", err.text);
	ok(!xml_parse(arena,
		   arena_printf(arena, "<r>%.*s</r>", STR(repeated(arena, " ", LIMIT_JSON_BYTES))),
		   &root, &got, &err) &&
			err.code == ERR_LIMIT,
		"too long: %s", err.text);
}

/* What a server writes, a client reads. */
static void test_xml_round_trip(struct arena *arena)
{
	static const str rows[] = {
		SC("{\"a\":\"1\",\"b\":{\"c\":[\"x\",\"y\"],\"d\":\"<&>\\\"'\\r\\n\\t\"},\"e\":[{"
		   "\"f\":\"g\"}]}"),
		SC("{\"Document\":\"{\\\"Version\\\": "
		   "\\\"2012-10-17\\\"}\\n\",\"u\":\"\xC3\xBC\"}"),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json *object = from_text(arena, rows[i]), *got = NULL;
		struct buf out = { .arena = arena };
		struct err err = { 0 };
		str root;

		buf_str(&out, S("<R>"));
		xml_write(&out, object, S("member"));
		buf_str(&out, S("</R>"));
		ok(xml_parse(arena, buf_view(&out), &root, &got, &err) && json_same(object, got),
			"there and back: %.*s", STR(rows[i]));
	}
}

int main(void)
{
	struct arena arena = { 0 };

	test_uri(&arena);
	test_target();
	test_headers(&arena);
	test_recorded_forms(&arena);
	test_forms(&arena);
	test_refused_forms(&arena);
	test_form_limits(&arena);
	test_form_writing(&arena);
	test_escape(&arena);
	test_xml_writing(&arena);
	test_xml_reading(&arena);
	test_refused_xml(&arena);
	test_xml_limits(&arena);
	test_xml_round_trip(&arena);
	arena_free(&arena);
	return tap_done();
}
