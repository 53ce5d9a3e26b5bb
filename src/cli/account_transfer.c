/*
 * account_transfer.c -- `account export` and `account import`: a whole account as JSON.
 *
 * Both open the directory themselves, so it must not be served meanwhile.
 */
#include "account/account.h"
#include "base/os.h"
#include "cli/cli.h"

static bool choose(struct arena *arena, const struct account *account, str given, str *id,
	struct err *err)
{
	str *ids;
	size_t n = account_ids(arena, account, &ids);

	*id = given;
	if (given.n)
		return true;
	if (n == 1) {
		*id = arena_copy(arena, ids[0]);
		return true;
	}
	return fail(err, ERR_USAGE, 0, "there are %zu accounts: say which with --account ID", n);
}

/* What the error says of its place must outlive what it points into. */
static void keep(struct arena *arena, struct err *err)
{
	err->name = arena_copy(arena, err->name);
	err->source = arena_copy(arena, err->source);
}

static bool open_with_policies(struct arena *arena, const struct arguments *arguments, str dir,
	struct account **account, struct err *err)
{
	str folder = option_value(arguments, "managed-policies");

	if (!account_open(dir, account, err))
		return false;
	if (!option_given(arguments, "managed-policies") ||
		account_managed_policies(*account, folder, err))
		return true;
	keep(arena, err);
	account_close(*account);
	return false;
}

/* ---- export */

static bool write_export(struct arena *arena, const struct account *account, str given,
	struct err *err)
{
	struct buf out = { .arena = arena };
	struct json *root;
	str id;

	if (!choose(arena, account, given, &id, err) ||
		!account_export(arena, account, id, &root, err))
		return false;
	json_write_pretty(&out, root);
	buf_char(&out, '\n');
	out_str(buf_view(&out));
	return true;
}

static bool run_export(struct arena *arena, const struct arguments *arguments, struct err *err)
{
	struct account *account;
	bool good;
	str dir;

	if (!accounts_dir(arguments, &dir, err) ||
		!open_with_policies(arena, arguments, dir, &account, err))
		return false;
	good = write_export(arena, account, option_value(arguments, "account"), err);
	account_close(account);
	return good;
}

static const struct option_row export_options[] = {
	{ "account", "ID", "which account, if there are several" },
	{ "managed-policies", "DIR", "as `account serve` was given it" },
};

const struct command command_account_export = {
	.name = "account export",
	.usage = "account export DIR [--account ID] [--managed-policies DIR]",
	.summary = "an account's IAM as JSON",
	.about = "Prints users, groups, roles and policies as `aws iam "
		 "get-account-authorization-details`\n"
		 "does, with instance profiles, identity providers and the account's settings "
		 "besides.\n"
		 "Access keys are not in it. The directory must not be served meanwhile.",
	.example = "$ deputy account export /srv/aws --account 111122223333 >acme.json",
	.options = export_options,
	.noptions = COUNT(export_options),
	.run = run_export,
};

/* ---- import */

static bool read_import(struct arena *arena, struct account *account, str id, str path,
	struct err *err)
{
	struct account_imported counts;
	str text;

	if (!file_read(arena, path, LIMIT_FILE_BYTES, &text, err))
		return false;
	if (!account_import(arena, account, id, text, &counts, err)) {
		err->name = str_eq(path, S("-")) ? S("standard input") : path;
		if (err->code == ERR_SYNTAX || err->code == ERR_LIMIT || err->at)
			err->source = text;
		return false;
	}
	out_str(arena_printf(arena, "account %.*s: %zu entities imported\n", STR(id),
		counts.entities));
	if (counts.ids_anew)
		out_str(arena_printf(arena,
			"%zu unique ids are new: the file's were none, or of several at once\n",
			counts.ids_anew));
	if (counts.administrator_stays)
		out_str(S("user admin is not one of them: the one that was there stays\n"));
	return true;
}

static bool run_import(struct arena *arena, const struct arguments *arguments, struct err *err)
{
	str id = option_value(arguments, "account");
	struct account *account;
	bool good;

	if (arguments->nwords != 2)
		return fail(err, ERR_USAGE, 0, "account import takes a directory and a file");
	if (!id.n)
		return fail(err, ERR_USAGE, 0, "--account ID is missing: twelve digits");
	if (!open_with_policies(arena, arguments, str_of(arguments->words[0]), &account, err))
		return false;
	good = read_import(arena, account, id, str_of(arguments->words[1]), err);
	account_close(account);
	return good;
}

static const struct option_row import_options[] = {
	{ "account", "ID", "the account that it is of" },
	{ "managed-policies", "DIR", "as `account serve` is going to be given it" },
};

const struct command command_account_import = {
	.name = "account import",
	.usage = "account import DIR FILE --account ID [--managed-policies DIR]",
	.summary = "load an account's IAM from JSON",
	.about =
		"Loads what `account export` or `aws iam get-account-authorization-details` "
		"printed into an\n"
		"account of DIR with the same number, all or nothing. Nothing is replaced: what is "
		"there\n"
		"already is an error, but for the user admin, who stays. Users have no access "
		"keys\n"
		"afterwards. The directory must not be served meanwhile.",
	.example = "$ aws iam get-account-authorization-details >real.json\n"
		   "$ deputy account init /srv/aws --account 111122223333\n"
		   "$ deputy account import /srv/aws real.json --account 111122223333",
	.options = import_options,
	.noptions = COUNT(import_options),
	.run = run_import,
};
