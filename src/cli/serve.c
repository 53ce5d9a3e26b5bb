/*
 * serve.c -- `deputy account serve`: what the accounts are served with, and for how long.
 *
 * Everything that options name is read and checked before the first connection is taken, so that
 * a wrong file is an error on the command line and never a surprise later. Then one line says
 * where, and the process waits for a signal. While it serves, the address stands in DIR/endpoint,
 * which is held: what a killed server leaves there is nobody's. When it stops, the file is emptied.
 */
#include "account/account.h"
#include "base/crypto.h"
#include "base/os.h"
#include "cli/cli.h"
#include "net/net.h"

enum { PEM_MAX_BYTES = 1 << 20 };

/* What the error says of its place must outlive the account. */
static bool keep(struct arena *arena, struct err *err)
{
	err->name = arena_copy(arena, err->name);
	err->source = arena_copy(arena, err->source);
	return false;
}

/* ---- keys of identity providers: a file, or a URL, read once. */

static bool fetch(struct arena *arena, str url, str *text, struct err *err)
{
	str scheme = str_starts(url, S("https://")) ? S("https://") : S("http://");
	str rest = str_from(url, scheme.n), host = rest, path = { 0 };
	struct client_options options = { .region = S("us-east-1") };
	struct client *client;
	bool good;

	str_cut(rest, '/', &host, &path);
	options.endpoint = arena_printf(arena, "%.*s%.*s", STR(scheme), STR(host));
	client = client_open(&options);
	good = client_get(arena, client, arena_printf(arena, "/%.*s", STR(path)), text, err);
	client_close(client);
	return good;
}

static bool read_keys(struct arena *arena, str from, str *text, struct err *err)
{
	if (str_starts(from, S("https://")) || str_starts(from, S("http://127.0.0.1:")))
		return fetch(arena, from, text, err);
	if (str_starts(from, S("http://")))
		return fail(err, ERR_USAGE, 0, "keys come by https, not \"%.*s\"",
			STR(str_head(from, 100)));
	return file_read(arena, from, LIMIT_JWKS_BYTES, text, err);
}

static bool trust_issuers(struct arena *arena, struct account *account,
	const struct arguments *arguments, struct err *err)
{
	str given, issuer, from, text;

	for (size_t i = 0; (given = option_value_at(arguments, "oidc-keys", i)).n; i++) {
		if (!str_cut(given, '=', &issuer, &from) || !from.n)
			return fail(err, ERR_USAGE, 0,
				"--oidc-keys is ISSUER=FILE or ISSUER=URL, not \"%.*s\"",
				STR(str_head(given, 100)));
		if (!read_keys(arena, from, &text, err))
			return false;
		if (!account_trust_issuer(account, issuer, text, err)) {
			if (err->code != ERR_USAGE) {
				err->source = text;
				err->name = from;
			}
			return false;
		}
	}
	return true;
}

/* ---- the organization: a file that is named, or DIR/organization.json. */

static bool join_organization(struct arena *arena, struct account *account, str dir,
	const struct arguments *arguments, struct err *err)
{
	str path = option_value(arguments, "organization"), text;

	if (!path.n) {
		path = arena_printf(arena, "%.*s/organization.json", STR(dir));
		if (!file_exists(path))
			return true;
	}
	return file_read(arena, path, LIMIT_ORGANIZATION_BYTES, &text, err) &&
	       account_join(account, path, text, err);
}

static bool record_events(struct account *account, const struct arguments *arguments,
	struct err *err)
{
	str size = option_value(arguments, "events-size");
	uint64_t bytes = 0;

	if (size.n && (!str_u64(size, UINT64_C(1) << 40, &bytes) || !bytes))
		return fail(err, ERR_USAGE, 0, "--events-size is a number of bytes, not \"%.*s\"",
			STR(str_head(size, 40)));
	return !option_given(arguments, "events") ||
	       account_record(account, option_value(arguments, "events"), bytes, err);
}

static bool prepare(struct arena *arena, struct account *account, str dir,
	const struct arguments *arguments, struct err *err)
{
	if (option_given(arguments, "managed-policies") &&
		!account_managed_policies(account, option_value(arguments, "managed-policies"),
			err))
		return false;
	return trust_issuers(arena, account, arguments, err) &&
	       join_organization(arena, account, dir, arguments, err) &&
	       record_events(account, arguments, err);
}

/* ---- serving. */

struct serving {
	struct server *server, *monitor; /* monitor: NULL if nobody asked for it */
	str url, monitor_url;
	str authority; /* what its own certificate is believed by: a file; empty if others vouch */
};

static bool check_pair(const struct server_options *options, str cert, str key, struct err *err)
{
	switch (certificate_pair(options->tls_cert, options->tls_key)) {
	case PAIR_BAD_CERTIFICATE:
		return fail(err, ERR_IO, 0, "%.*s holds no certificate in PEM", STR(cert));
	case PAIR_BAD_KEY:
		return fail(err, ERR_IO, 0, "%.*s holds no private key in PEM", STR(key));
	case PAIR_LOCKED_KEY:
		return fail(err, ERR_IO, 0,
			"%.*s has a passphrase: give it without one (openssl pkey -in FILE)",
			STR(key));
	case PAIR_OF_STRANGERS:
		return fail(err, ERR_IO, 0, "%.*s is not the key of %.*s: they must be a pair",
			STR(key), STR(cert));
	case PAIR_FINE:
		break;
	}
	return true;
}

static bool read_tls(struct arena *arena, const struct arguments *arguments,
	struct server_options *options, struct err *err)
{
	str cert = option_value(arguments, "tls-cert"), key = option_value(arguments, "tls-key");

	if (!cert.n && !key.n)
		return true;
	if (!cert.n || !key.n)
		return fail(err, ERR_USAGE, 0, "--tls-cert and --tls-key belong together");
	if (!file_read(arena, cert, PEM_MAX_BYTES, &options->tls_cert, err) ||
		!file_read(arena, key, PEM_MAX_BYTES, &options->tls_key, err))
		return false;
	if (!check_pair(options, cert, key, err))
		return false;
	options->tls_cert = arena_copy(arena, options->tls_cert);
	options->tls_key = arena_copy(arena, options->tls_key);
	return true;
}

static bool open_monitor(struct arena *arena, struct account *account,
	const struct arguments *arguments, struct serving *serving, struct err *err)
{
	struct server_options options = { .listen = option_value(arguments, "monitor"),
		.handler = account_monitor,
		.context = account };
	str address;

	if (!options.listen.n)
		return true;
	if (!server_open(arena, &options, &serving->monitor, &address, err))
		return false;
	serving->monitor_url = arena_printf(arena, "http://%.*s", STR(address));
	return true;
}

static void close_all(struct serving *serving)
{
	server_close(serving->server); /* first: the monitor watches it to its end */
	server_close(serving->monitor);
}

static bool open_all(struct arena *arena, struct account *account,
	const struct arguments *arguments, struct serving *serving, struct err *err)
{
	struct server_options options = { .listen = S("127.0.0.1:0"),
		.handler = account_gather,
		.settle = account_settle,
		.context = account };
	str address;

	*serving = (struct serving){ 0 };
	account_make_ahead(account);
	if (option_given(arguments, "listen"))
		options.listen = option_value(arguments, "listen");
	if (!read_tls(arena, arguments, &options, err) ||
		!open_monitor(arena, account, arguments, serving, err))
		return false;
	if (!server_open(arena, &options, &serving->server, &address, err)) {
		close_all(serving);
		return false;
	}
	serving->url =
		arena_printf(arena, "http%s://%.*s", options.tls_cert.n ? "s" : "", STR(address));
	if (certificates_have_root(options.tls_cert))
		serving->authority = file_absolute(arena, option_value(arguments, "tls-cert"));
	return true;
}

static bool serve(struct arena *arena, struct account *account, str dir,
	const struct arguments *arguments, struct err *err)
{
	str file = accounts_endpoint(arena, dir);
	struct serving serving;
	bool told;
	int held;

	stop_watch();
	log_gather();
	if (!open_all(arena, account, arguments, &serving, err))
		return false;
	/* A directory that may not be written is served, but `account env` cannot find us. */
	told = file_write(file,
		arena_printf(arena, "%.*s\n%.*s", STR(serving.url), STR(serving.authority)), 0600,
		err);
	if (!told)
		log_line(LOG_ERROR, "endpoint", "why=%.*s",
			STR(log_quote(arena, str_of(err->text))));
	held = told ? file_hold(file) : -1;
	out_str(arena_printf(arena, "listening on %.*s\n", STR(serving.url)));
	if (serving.monitor)
		out_str(arena_printf(arena, "monitor on %.*s\n", STR(serving.monitor_url)));
	log_line(LOG_INFO, "listening", "address=%.*s directory=%.*s", STR(serving.url),
		STR(log_quote(arena, dir)));
	log_flush();
	stop_wait();
	close_all(&serving);
	log_line(LOG_INFO, "stopped", "address=%.*s", STR(serving.url));
	file_release(held);
	return !told || file_write(file, (str){ 0 }, 0600, err);
}

static bool run_serve(struct arena *arena, const struct arguments *arguments, struct err *err)
{
	struct account *account;
	bool good;
	str dir;

	if (!accounts_dir(arguments, &dir, err) || !account_open(dir, &account, err))
		return false;
	good = (prepare(arena, account, dir, arguments, err) || keep(arena, err)) &&
	       serve(arena, account, dir, arguments, err);
	account_close(account);
	return good;
}

static const struct option_row serve_options[] = {
	{ "listen", "ADDR", "127.0.0.1:PORT; port 0 is any free one (127.0.0.1:0)" },
	{ "tls-cert", "FILE", "serve HTTPS with this certificate (PEM)" },
	{ "tls-key", "FILE", "and its private key (PEM)" },
	{ "organization", "FILE", "SCPs and RCPs (DIR/organization.json, if it is there)" },
	{ "oidc-keys", "ISSUER=FILE...", "an identity provider's key set: a file or a https URL" },
	{ "managed-policies", "DIR", "more AWS-managed policies: NAME.json" },
	{ "events", "FILE", "a line of JSON for each call, as CloudTrail writes it" },
	{ "events-size", "BYTES", "of FILE before it becomes FILE.1 (67108864)" },
	{ "monitor", "ADDR", "GET /health and /metrics on an address of their own" },
};

const struct command command_account_serve = {
	.name = "account serve",
	.usage = "account serve DIR [OPTION...]",
	.summary = "serve them: IAM, STS, EC2, EKS and S3",
	.about = "Serves the accounts of DIR to AWS's own clients, and enforces their policies. "
		 "Prints one\n"
		 "line when it is ready, and a line on standard error for each request. Every "
		 "change is\n"
		 "on the disk before it is acknowledged. SIGTERM or SIGINT stops it after the "
		 "request\n"
		 "under way.\n"
		 "\n"
		 "An organization's file is described in deputy(5). Keys of an identity provider "
		 "let its\n"
		 "tokens be used with AssumeRoleWithWebIdentity, where an account has registered "
		 "it. While\n"
		 "events cannot be written, changes are refused and reads go on. "
		 "--managed-policies adds to\n"
		 "the AWS-managed policies that are built in: files as GetPolicyVersion answers, "
		 "in folders\n"
		 "of their paths (job-function/ViewOnlyAccess.json).",
	.example = "$ deputy account serve /srv/aws --listen 127.0.0.1:5601\n"
		   "listening on http://127.0.0.1:5601",
	.options = serve_options,
	.noptions = COUNT(serve_options),
	.run = run_serve,
};
