/*
 * demo.c -- the document's procedure, told as it happens.
 *
 * Three parties, each with its own credentials, over HTTP: `deputy account` in
 * a process of its own, the customer's administrator (grant/), and the vendor
 * (vendor/). Nothing here decides anything; it calls, and reports.
 */
#include "cli/demo.h"
#include "base/crypto.h"
#include "cli/cli.h"

static const char permissions[] =
#include "gen/zilliz-byoc-cross-account.json.inc"
	;

struct demo {
	struct stage stage;
	struct report report;
	struct grant grant;
	str other_external_id; /* of the vendor's other project */
	str role_arn;
	bool proven;
};

/* ---- the steps, in the document's order and words */

static bool accounts(struct demo *d, struct err *err)
{
	struct stage *s = &d->stage;

	report_step(&d->report, "The accounts");
	if (!stage_open(s, err))
		return false;
	report_say(&d->report, "deputy account listens on %.*s, process %d, in %.*s",
		STR(s->endpoint), s->account.pid, STR(s->dir));
	if (!stage_vendor(s, err))
		return false;
	report_say(&d->report, "the vendor's account " VENDOR_ACCOUNT
			       ": role zilliz-byoc, which the user console may "
			       "assume, and did");
	if (!stage_customer(s, err))
		return false;
	report_say(&d->report, "the customer's account " CUSTOMER_ACCOUNT
			       ": an administrator, a default VPC with three "
			       "subnets, a security group, an image");
	report_say(&d->report, "the customer's bucket: %.*s", STR(json_str(s->facts, S("bucket"))));
	return true;
}

static bool external_id(struct demo *d, struct err *err)
{
	(void)err;
	report_step(&d->report, "The vendor opens a project");
	d->grant.external_id = external_id_new(d->stage.arena);
	d->other_external_id = external_id_new(d->stage.arena);
	report_say(&d->report, "External ID displayed in the setup guide: %.*s",
		STR(d->grant.external_id));
	return true;
}

/* Types something wrong on purpose: it must be refused, before anything is sent. */
static bool mistake(struct demo *d, const char *words, const struct grant *wrong, struct err *err)
{
	struct err refusal = { 0 };
	str arn;

	if (grant_create_role(d->stage.arena, d->stage.client, &d->stage.customer_administrator,
		    wrong, &arn, &refusal))
		return fail(err, ERR_DENIED, 0, "%s: this was not refused", words);
	report_refusal(&d->report, words, &refusal);
	return true;
}

static bool mistakes(struct demo *d, struct err *err)
{
	struct grant swapped = d->grant, reverse = d->grant, unnamed = d->grant;

	swapped.vendor_account = d->grant.external_id;
	reverse.external_id = d->grant.vendor_account;
	unnamed.role_name = S("cross-account");
	return mistake(d, "the External ID typed into Account ID", &swapped, err) &&
	       mistake(d, "the account ID typed into External ID", &reverse, err) &&
	       mistake(d, "a role name without the prefix", &unnamed, err);
}

static bool create_role(struct demo *d, struct err *err)
{
	report_step(&d->report, "Step 1: Create a cross-account IAM role");
	report_say(&d->report, "Trusted entity: Another AWS account; Account ID %.*s",
		STR(d->grant.vendor_account));
	report_say(&d->report, "Require external ID: %.*s", STR(d->grant.external_id));
	if (!mistakes(d, err) ||
		!grant_create_role(d->stage.arena, d->stage.client,
			&d->stage.customer_administrator, &d->grant, &d->role_arn, err))
		return false;
	report_say(&d->report, "created %.*s, without permissions", STR(d->grant.role_name));
	return true;
}

static bool add_permissions(struct demo *d, struct err *err)
{
	struct grant unfilled = d->grant;
	struct err refusal = { 0 };

	report_step(&d->report, "Step 2: Add permissions");
	unfilled.bucket = S("{bucketName}");
	if (grant_put_policy(d->stage.arena, d->stage.client, &d->stage.customer_administrator,
		    &unfilled, &refusal))
		return fail(err, ERR_DENIED, 0, "a policy with {bucketName} in it was not refused");
	report_refusal(&d->report, "the policy with {bucketName} still in it", &refusal);
	if (!grant_put_policy(d->stage.arena, d->stage.client, &d->stage.customer_administrator,
		    &d->grant, err))
		return false;
	report_say(&d->report,
		"inline policy %.*s: the document's 17 statements, {bucketName} is %.*s",
		STR(d->grant.policy_name), STR(d->grant.bucket));
	return true;
}

static bool prove(struct demo *d, struct vendor *vendor, struct credentials *session,
	struct err *err)
{
	struct attempt attempts[ATTEMPTS];

	report_step(&d->report, "The customer hands the role's ARN back; the vendor checks it");
	report_say(&d->report, "IAM Role ARN: %.*s", STR(d->role_arn));
	if (!vendor_verify(d->stage.arena, vendor, d->other_external_id, attempts, session,
		    &d->proven, err))
		return false;
	for (size_t i = 0; i < ATTEMPTS; i++)
		report_attempt(&d->report, &attempts[i]);
	if (d->proven)
		report_say(&d->report, "all well-formed IDs are refused alike: %.*s",
			STR(attempts[1].message));
	else
		return fail(err, ERR_DENIED, 0,
			"the role does not ask for its External ID as it should; see the attempts");
	return true;
}

static bool rehearse(struct demo *d, const struct vendor *vendor, const struct credentials *session,
	struct err *err)
{
	struct stage *s = &d->stage;
	struct rehearsal rehearsal = { .vendor = vendor,
		.session = *session,
		.administrator = s->customer_administrator,
		.facts = s->facts };

	report_step(&d->report, "The rehearsal: the vendor's bootstrap, call by call");
	rehearsal.session_arn = arena_printf(s->arena,
		"arn:aws:sts::" CUSTOMER_ACCOUNT ":assumed-role/%.*s/zilliz-byoc-verify",
		STR(d->grant.role_name));
	json_put_str(s->arena, s->facts, S("role_name"), d->grant.role_name);
	json_put_str(s->arena, s->facts, S("trust"), grant_trust_policy(s->arena, &d->grant));
	return grant_permissions(s->arena, &d->grant, &rehearsal.policy, err) &&
	       vendor_rehearse(s->arena, &rehearsal, report_row, &d->report, err);
}

static bool vendor_steps(struct demo *d, struct err *err)
{
	struct vendor vendor = { .client = d->stage.client,
		.session = d->stage.vendor_session,
		.role_arn = d->role_arn,
		.external_id = d->grant.external_id };
	struct credentials session;

	return prove(d, &vendor, &session, err) && rehearse(d, &vendor, &session, err);
}

static void summary(struct demo *d, uint64_t started_ns)
{
	report_step(&d->report, "Summary");
	report_say(&d->report, "Created: the role %.*s with the inline policy %.*s.",
		STR(d->grant.role_name), STR(d->grant.policy_name));
	report_close(&d->report, d->proven, (monotonic_ns() - started_ns) / 1000000);
}

static void fill_facts(struct demo *d)
{
	struct stage *s = &d->stage;

	json_put_str(s->arena, s->facts, S("region"), s->region);
	json_put_str(s->arena, s->facts, S("customer"), S(CUSTOMER_ACCOUNT));
	json_put_str(s->arena, s->facts, S("everything"),
		S("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*"
		  "\","
		  "\"Resource\":\"*\"}]}"));
}

static bool procedure(struct demo *d, struct err *err)
{
	uint64_t started_ns = monotonic_ns();

	if (!accounts(d, err))
		return false;
	fill_facts(d);
	d->grant.bucket = json_str(d->stage.facts, S("bucket"));
	if (stop_asked() || !external_id(d, err) || !create_role(d, err) ||
		!add_permissions(d, err) || !vendor_steps(d, err))
		return false;
	summary(d, started_ns);
	if (d->report.wrong)
		return fail(err, ERR_DENIED, 0, "%zu decisions were not the ones that AWS makes",
			d->report.wrong);
	return true;
}

static bool run_demo(struct arena *arena, const struct arguments *arguments, struct err *err)
{
	bool json = option_given(arguments, "json"), keep = option_given(arguments, "keep"), good;
	bool colour = !json && out_is_terminal() && env_get("NO_COLOR").n == 0;
	struct demo d = { .stage = { .arena = arena, .region = S("us-west-2") } };

	if (arguments->nwords)
		return fail(err, ERR_USAGE, 0, "demo takes no argument: \"%s\"",
			arguments->words[0]);
	d.grant = (struct grant){ .vendor_account = S(VENDOR_ACCOUNT),
		.role_name = S("zilliz-byoc-cross-account"),
		.policy_name = S("zilliz-byoc-bootstrap"),
		.prefix = S("zilliz-byoc"),
		.permissions = { permissions, sizeof(permissions) - 1 } };
	report_open(&d.report, arena, json, colour);
	d.stage.report = &d.report;
	stop_watch(); /* a terminal's Ctrl-C stops the server too, and then a call fails */
	good = procedure(&d, err);
	if (stop_asked())
		good = fail(err, ERR_IO, 0, "interrupted");
	stage_close(&d.stage, keep);
	if (keep)
		report_say(&d.report, "kept: %.*s", STR(d.stage.dir));
	return good;
}

static const struct option_row options[] = {
	{ "json", NULL, "the same as one JSON object, at the end" },
	{ "keep", NULL, "keep the temporary directory with the accounts and the log" },
};

const struct command command_demo = {
	.name = "demo",
	.usage = "demo [OPTION]...",
	.summary = "the whole procedure between three parties, on this machine",
	.about =
		"Does everything that the document \"Create Cross-Account IAM Role\" describes, "
		"for\n"
		"real: starts an account server with a vendor's and a customer's account, issues "
		"an\n"
		"External ID, creates the role and its policy, proves that the role asks for that\n"
		"External ID, and rehearses the vendor's bootstrap: at least one call for each of "
		"the\n"
		"policy's 17 statements, and the neighbours that must be denied.\n\n"
		"Exits 0 only when every decision was the one that AWS makes.",
	.example = "$ deputy demo\n$ deputy demo --json | jq .summary\n",
	.options = options,
	.noptions = COUNT(options),
	.run = run_demo,
};
