/*
 * account.c -- the commands around a directory of accounts: make it, use it. serve.c serves it.
 *
 * While it is served, DIR/endpoint has the address, so that `account env` can give it to other
 * programs; and in its second line the certificate's file, if that is all it takes to believe it.
 */
#include "account/account.h"
#include "base/os.h"
#include "cli/cli.h"

enum { ACCOUNTS_MAX = 64, ENDPOINT_MAX_BYTES = 8192 };

str accounts_endpoint(struct arena *arena, str dir)
{
	return arena_printf(arena, "%.*s/endpoint", STR(dir));
}

bool accounts_dir(const struct arguments *arguments, str *dir, struct err *err)
{
	if (arguments->nwords == 0)
		return fail(err, ERR_USAGE, 0, "the directory of the accounts is missing");
	if (arguments->nwords > 1)
		return fail(err, ERR_USAGE, 0, "one directory is enough: \"%s\" is too much",
			arguments->words[1]);
	*dir = str_of(arguments->words[0]);
	return dir->n || fail(err, ERR_USAGE, 0, "the directory's name is empty");
}

/* ---- init */

static bool read_ids(str list, str ids[ACCOUNTS_MAX], size_t *n, struct err *err)
{
	bool more = true;
	str id;

	if (!list.n)
		return fail(err, ERR_USAGE, 0, "--account ID is missing: twelve digits");
	for (*n = 0; more; ids[(*n)++] = id) {
		if (*n == ACCOUNTS_MAX)
			return fail(err, ERR_USAGE, 0, "more than %d accounts", ACCOUNTS_MAX);
		id = list;
		more = str_cut(list, ',', &id, &list);
	}
	return true;
}

static bool is_region(str region)
{
	bool dash = false;

	for (size_t i = 0; i < region.n; i++) {
		char c = region.p[i];

		if (c != '-' && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			return false;
		dash = dash || c == '-';
	}
	return dash && region.n <= 32;
}

static void print_json(struct arena *arena, str dir, const struct account_admin *admins, size_t n)
{
	struct json *root = json_new(arena, JSON_OBJECT), *list;
	struct buf out = { .arena = arena };

	json_put_str(arena, root, S("directory"), dir);
	list = json_put(root, S("accounts"), json_new(arena, JSON_ARRAY));
	for (size_t i = 0; i < n; i++) {
		struct json *item = json_push(list, json_new(arena, JSON_OBJECT));

		json_put_str(arena, item, S("accountId"), admins[i].account_id);
		json_put_str(arena, item, S("region"), admins[i].region);
		json_put_str(arena, item, S("accessKeyId"), admins[i].credentials.access_key_id);
		json_put_str(arena, item, S("secretAccessKey"),
			admins[i].credentials.secret_access_key);
	}
	json_write_pretty(&out, root);
	buf_char(&out, '\n');
	out_str(buf_view(&out));
}

static void print_text(struct arena *arena, str dir, const struct account_admin *admins, size_t n)
{
	struct buf out = { .arena = arena };

	for (size_t i = 0; i < n; i++)
		buf_printf(&out,
			"account %.*s, user admin\n"
			"  access key id      %.*s\n"
			"  secret access key  %.*s\n",
			STR(admins[i].account_id), STR(admins[i].credentials.access_key_id),
			STR(admins[i].credentials.secret_access_key));
	buf_printf(&out, "\nServe them:  deputy account serve %.*s\n", STR(dir));
	out_str(buf_view(&out));
}

static bool run_init(struct arena *arena, const struct arguments *arguments, struct err *err)
{
	str dir, ids[ACCOUNTS_MAX], region = S("us-west-2");
	struct account_admin admins[ACCOUNTS_MAX];
	size_t n;

	if (!accounts_dir(arguments, &dir, err) ||
		!read_ids(option_value(arguments, "account"), ids, &n, err))
		return false;
	if (option_given(arguments, "region"))
		region = option_value(arguments, "region");
	if (!is_region(region))
		return fail(err, ERR_USAGE, 0, "\"%.*s\" is not a region, such as us-west-2",
			STR(region));
	if (!account_init(arena, dir, ids, n, region, admins, err))
		return false;
	if (option_given(arguments, "json"))
		print_json(arena, dir, admins, n);
	else
		print_text(arena, dir, admins, n);
	return true;
}

static const struct option_row init_options[] = {
	{ "account", "ID[,ID...]", "the accounts: twelve digits each" },
	{ "region", "R", "of the default VPC (us-west-2)" },
	{ "json", NULL, "print the keys as JSON" },
};

const struct command command_account_init = {
	.name = "account init",
	.usage = "account init DIR --account ID[,ID...] [--region R] [--json]",
	.summary = "make AWS accounts in a new directory",
	.about = "Makes accounts in DIR: in each an administrator (user admin), a default VPC with "
		 "three\n"
		 "subnets and a security group, and an image. Prints the administrators' keys. DIR "
		 "also\n"
		 "holds the master key: whoever can read it can be anybody in these accounts.",
	.example = "$ deputy account init /srv/aws --account 111122223333,965570967084",
	.options = init_options,
	.noptions = COUNT(init_options),
	.run = run_init,
};

/* ---- env */

static bool read_endpoint(struct arena *arena, str dir, str *endpoint, str *authority,
	struct err *err)
{
	str path = accounts_endpoint(arena, dir), text = { 0 };

	/* Held by whom it names: a server that was killed leaves an address that others may take. */
	if (file_is_held(path) && !file_read(arena, path, ENDPOINT_MAX_BYTES, &text, err))
		return false;
	*endpoint = text;
	*authority = (str){ 0 };
	str_cut(text, '\n', endpoint, authority);
	return endpoint->n ||
	       fail(err, ERR_IO, 0, "%.*s is not being served: start `deputy account serve %.*s`",
		       STR(dir), STR(dir));
}

static bool choose(const struct account_admin *admins, size_t n, str id,
	const struct account_admin **admin, struct err *err)
{
	*admin = n == 1 && !id.n ? &admins[0] : NULL;
	for (size_t i = 0; i < n; i++)
		if (str_eq(admins[i].account_id, id))
			*admin = &admins[i];
	if (*admin)
		return true;
	if (!id.n)
		return fail(err, ERR_USAGE, 0,
			"there are %zu accounts: say which with --account ID", n);
	return fail(err, ERR_USAGE, 0, "account %.*s is not one of these", STR(id));
}

/* As one word of the shell: what is between single quotes is left alone, but for such a quote. */
static void put_quoted(struct buf *out, str s)
{
	buf_char(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			buf_str(out, S("'\\'"));
		buf_char(out, s.p[i]);
	}
	buf_char(out, '\'');
}

/* AWS_CA_BUNDLE is for the CLI and the SDKs, all but JavaScript's, which asks Node.js. */
static void put_authority(struct buf *out, str file)
{
	static const str names[] = { SC("AWS_CA_BUNDLE"), SC("NODE_EXTRA_CA_CERTS") };

	for (size_t i = 0; file.n && i < COUNT(names); i++) {
		buf_printf(out, "export %.*s=", STR(names[i]));
		put_quoted(out, file);
		buf_char(out, '\n');
	}
}

static bool run_env(struct arena *arena, const struct arguments *arguments, struct err *err)
{
	const struct account_admin *admin;
	struct account_admin *admins;
	struct buf out = { .arena = arena };
	str dir, endpoint, authority;
	size_t n;

	if (!accounts_dir(arguments, &dir, err) || !account_admins(arena, dir, &admins, &n, err) ||
		!choose(admins, n, option_value(arguments, "account"), &admin, err) ||
		!read_endpoint(arena, dir, &endpoint, &authority, err))
		return false;
	buf_printf(&out,
		"unset AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE\n"
		"export AWS_ENDPOINT_URL='%.*s'\n"
		"export AWS_ACCESS_KEY_ID='%.*s'\n"
		"export AWS_SECRET_ACCESS_KEY='%.*s'\n"
		"export AWS_DEFAULT_REGION='%.*s' AWS_REGION='%.*s'\n"
		"export AWS_EC2_METADATA_DISABLED=true\n",
		STR(endpoint), STR(admin->credentials.access_key_id),
		STR(admin->credentials.secret_access_key), STR(admin->region), STR(admin->region));
	put_authority(&out, authority);
	out_str(buf_view(&out));
	return true;
}

static const struct option_row env_options[] = {
	{ "account", "ID", "which account's administrator" },
};

const struct command command_account_env = {
	.name = "account env",
	.usage = "account env DIR [--account ID]",
	.summary = "shell exports of an account's administrator",
	.about = "Prints the environment that AWS's clients need to be the administrator of an\n"
		 "account of DIR, which must be served. It contains the secret key. If the\n"
		 "server's certificate vouches for itself, AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS\n"
		 "name its file. Clients that do not know AWS_ENDPOINT_URL (the AWS CLI before\n"
		 "2.13) take --endpoint-url \"$AWS_ENDPOINT_URL\".",
	.example = "$ eval \"$(deputy account env /srv/aws --account 111122223333)\"\n"
		   "$ aws --endpoint-url \"$AWS_ENDPOINT_URL\" sts get-caller-identity",
	.options = env_options,
	.noptions = COUNT(env_options),
	.run = run_env,
};
