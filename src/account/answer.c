/*
 * answer.c -- a call's answer, written as its service writes it.
 *
 *   IAM, STS   <CreateRoleResponse xmlns><CreateRoleResult>…</CreateRoleResult>
 *              <ResponseMetadata><RequestId>…  ;  errors in <ErrorResponse>
 *   EC2        <RunInstancesResponse xmlns><requestId>…</requestId>…, lists of <item>
 *   EKS        the object as JSON; an error's code stands in a header
 *   S3         one root element; errors in <Error>
 *
 * Source: the services' API References; recorded answers of AWS.
 */
#include "account/account.h"

static const struct fault_row {
	unsigned status;
	const char *code;
} faults[][4] = {
	/* by fault_id, then by protocol */
	[FAULT_NONE] = { { 0 } },
#define ROW(id, status, query_code, ec2_status, ec2_code, json_status, json_code, s3_status, \
	s3_code)                                                                             \
	[id] = { [PROTOCOL_QUERY] = { status, query_code },                                  \
		[PROTOCOL_EC2] = { ec2_status, ec2_code },                                   \
		[PROTOCOL_JSON] = { json_status, json_code },                                \
		[PROTOCOL_S3] = { s3_status, s3_code } },
#include "gen/faults.inc"
#undef ROW
};

static const struct fault_row *fault_row(enum protocol protocol, enum fault_id fault)
{
	const struct fault_row *row = &faults[fault][protocol];

	return row->status && *row->code ? row : &faults[FAULT_INTERNAL][protocol];
}

const char *fault_code(enum protocol protocol, enum fault_id fault)
{
	return fault_row(protocol, fault)->code;
}

static void element(struct buf *out, const char *name, str text)
{
	WRITE(out, S("<"), str_of(name), S(">"));
	xml_escape(out, text);
	WRITE(out, S("</"), str_of(name), S(">"));
}

/* ---- successes. */

static void query_success(struct call *call, struct buf *out)
{
	str operation = call->route->operation;
	const char *namespace = str_eq(call->service, S("sts"))
					? "https://sts.amazonaws.com/doc/2011-06-15/"
					: "https://iam.amazonaws.com/doc/2010-05-08/";

	WRITE(out, S("<"), operation, S("Response xmlns=\""), str_of(namespace), S("\">\n"));
	if (call->output) {
		WRITE(out, S("<"), operation, S("Result>"));
		xml_write(out, call->output, S("member"));
		WRITE(out, S("</"), operation, S("Result>\n"));
	}
	buf_str(out, S("<ResponseMetadata>"));
	element(out, "RequestId", call->request_id);
	WRITE(out, S("</ResponseMetadata>\n</"), operation, S("Response>\n"));
}

static void ec2_success(struct call *call, struct buf *out)
{
	str operation = call->route->operation;

	WRITE(out, S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<"), operation,
		S("Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"));
	element(out, "requestId", call->request_id);
	if (call->output)
		xml_write(out, call->output, S("item"));
	WRITE(out, S("</"), operation, S("Response>\n"));
}

static void json_success(struct call *call, struct buf *out)
{
	if (call->output)
		json_write(out, call->output);
	else
		buf_str(out, S("{}"));
}

static void s3_success(struct call *call, struct buf *out)
{
	const struct json *root = call->output ? call->output->first : NULL;

	if (!root || str_eq(call->http->method, S("HEAD")))
		return;
	WRITE(out, S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<"), root->name,
		S(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"));
	if (root->type == JSON_OBJECT)
		xml_write(out, root, S("member"));
	else if (root->type != JSON_NULL)
		xml_escape(out, root->text);
	WRITE(out, S("</"), root->name, S(">"));
}

/* ---- refusals. */

static void query_fault(struct call *call, const struct fault_row *row, struct buf *out)
{
	const char *namespace = str_eq(call->service, S("sts"))
					? "https://sts.amazonaws.com/doc/2011-06-15/"
					: "https://iam.amazonaws.com/doc/2010-05-08/";

	if (call->fault == FAULT_INVALID_ACTION)
	namespace = "http://webservices.amazon.com/AWSFault/2005-15-09";
	WRITE(out, S("<ErrorResponse xmlns=\""), str_of(namespace), S("\">\n<Error>\n"));
	element(out, "Type", row->status < 500 ? S("Sender") : S("Receiver"));
	element(out, "Code", str_of(row->code));
	element(out, "Message", call->fault_message);
	buf_str(out, S("\n</Error>\n"));
	element(out, "RequestId", call->request_id);
	buf_str(out, S("\n</ErrorResponse>\n"));
}

static void ec2_fault(struct call *call, const struct fault_row *row, struct buf *out)
{
	buf_str(out, S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"));
	element(out, "Code", str_of(row->code));
	element(out, "Message", call->fault_message);
	buf_str(out, S("</Error></Errors>"));
	element(out, "RequestID", call->request_id);
	buf_str(out, S("</Response>\n"));
}

static void json_fault(struct call *call, struct buf *out)
{
	struct json *body =
		call->fault_members ? call->fault_members : json_new(call->arena, JSON_OBJECT);

	json_put_str(call->arena, body, S("message"), call->fault_message);
	json_write(out, body);
}

static void s3_fault(struct call *call, const struct fault_row *row, struct buf *out)
{
	if (str_eq(call->http->method, S("HEAD")))
		return;
	buf_str(out, S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>"));
	element(out, "Code", str_of(row->code));
	element(out, "Message", call->fault_message);
	if (call->fault_members)
		xml_write(out, call->fault_members, S("member"));
	element(out, "RequestId", call->request_id);
	element(out, "HostId", call->request_id);
	buf_str(out, S("</Error>"));
}

/* ---- the whole. */

static void write_fault(struct call *call, const struct fault_row *row, struct buf *out)
{
	switch (call->protocol) {
	case PROTOCOL_QUERY:
		query_fault(call, row, out);
		break;
	case PROTOCOL_EC2:
		ec2_fault(call, row, out);
		break;
	case PROTOCOL_JSON:
		call_header(call, S("x-amzn-ErrorType"), str_of(row->code));
		json_fault(call, out);
		break;
	case PROTOCOL_S3:
		s3_fault(call, row, out);
		break;
	}
}

static void write_success(struct call *call, struct buf *out)
{
	switch (call->protocol) {
	case PROTOCOL_QUERY:
		query_success(call, out);
		break;
	case PROTOCOL_EC2:
		ec2_success(call, out);
		break;
	case PROTOCOL_JSON:
		json_success(call, out);
		break;
	case PROTOCOL_S3:
		s3_success(call, out);
		break;
	}
}

static void write_headers(struct call *call, bool body)
{
	static const str types[] = {
		[PROTOCOL_QUERY] = SC("text/xml"),
		[PROTOCOL_EC2] = SC("text/xml;charset=UTF-8"),
		[PROTOCOL_JSON] = SC("application/json"),
		[PROTOCOL_S3] = SC("application/xml"),
	};

	if (body)
		call_header(call, S("Content-Type"), types[call->protocol]);
	if (call->protocol == PROTOCOL_S3)
		call_header(call, S("x-amz-request-id"), call->request_id);
	else
		call_header(call, S("x-amzn-RequestId"), call->request_id);
}

enum { ANSWER_BYTES = 1024 }; /* more than most have */

void answer(struct call *call, struct http_response *response)
{
	struct buf out = { .arena = call->arena };
	const struct fault_row *row;

	buf_grow(&out, ANSWER_BYTES);
	if (call->fault == FAULT_NONE) {
		response->status = call->status ? call->status : 200;
		write_success(call, &out);
	} else {
		row = fault_row(call->protocol, call->fault);
		response->status = row->status;
		write_fault(call, row, &out);
	}
	write_headers(call, out.n != 0);
	response->headers = call->headers;
	response->nheaders = call->nheaders;
	response->cap_headers = call->cap_headers;
	response->body = buf_view(&out);
}
