/*
 * rsa_stock.c -- CreateKeyPair never makes the others wait: RSA keys come from a stock, and whoever
 * takes faster than they are made is told so, as EC2 does (EC2 API Reference, "Common client error
 * codes": RequestLimitExceeded, 503, to be tried again). A server that nobody asks for EC2 makes no
 * keys at all, and the first who wants one has it, however early.
 */
#include "account.h"

#include <time.h>

enum { BURST = 60 };

static struct reply ec2(const char *operation, const char *input)
{
	return call(&customer, "ec2", operation, input);
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static struct reply make(unsigned i, const char *type)
{
	return ec2("CreateKeyPair", json_of("{\"KeyName\":\"k%u\",\"KeyType\":\"%s\"}", i, type));
}

/* As a client does that is told to try again. */
static struct reply make_sometime(unsigned i)
{
	struct reply reply = make(i, "rsa");

	for (int tries = 0; reply.status == 503 && tries < 600; tries++) {
		pause_ms(50);
		reply = make(i, "rsa");
	}
	return reply;
}

static bool is_new(str fingerprint, str *seen, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq(seen[i], fingerprint))
			return false;
	seen[(*n)++] = fingerprint;
	return true;
}

static void test_burst(void)
{
	str seen[BURST];
	size_t n = 0, refused_n = 0, other = 0;
	bool distinct = true;
	struct reply reply, last = { 0 };

	for (unsigned i = 0; i < BURST; i++) {
		reply = make(i, "rsa");
		if (reply.status == 200) {
			distinct = is_new(text(&reply, "keyFingerprint"), seen, &n) && distinct;
		} else if (reply.status == 503) {
			refused_n++;
			last = reply;
		} else {
			other++;
		}
	}
	printf("# %zu made, %zu refused\n", n, refused_n);
	ok(refused_n > 0 && !other, "a burst takes more than there are");
	refused(&last, 503, "RequestLimitExceeded", "Request limit exceeded.",
		"and is told so at once");
	ok(distinct, "no key is given twice");
	reply = ec2("DescribeKeyPairs", "{}");
	ok(member(&reply, "keySet") && member(&reply, "keySet")->count == n,
		"what was refused is not there");
	reply = make(BURST, "ed25519");
	fine(&reply, "a key that is made in no time");
	reply = ec2("CreateKeyPair", "{\"KeyName\":\"dry\",\"DryRun\":\"true\"}");
	ok(str_eq(reply.code, S("DryRunOperation")), "a dry run takes none");
	reply = make_sometime(BURST + 1);
	fine(&reply, "who tries again has one");
	ok(str_starts(text(&reply, "keyMaterial"), S("-----BEGIN RSA PRIVATE KEY-----")), "whole");
	ok(is_new(text(&reply, "keyFingerprint"), seen, &n), "and new");
}

/* What all threads of this process have used. */
static long cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_idle(void)
{
	struct credentials nobody = new_user_with(&customer, "nobody", NULL);
	long before = cpu_ms();
	struct reply reply;

	pause_ms(400);
	IAM("ListRoles", "{}");
	reply = call(&nobody, "ec2", "DescribeVpcs", "{}");
	is(reply.code, S("UnauthorizedOperation"), "a call that is denied");
	pause_ms(400);
	ok(cpu_ms() - before < 200, "no keys are made where EC2 is not used");
	reply = make(2000, "rsa");
	fine(&reply, "the first key pair, although there is none in the stock");
	ec2("DeleteKeyPair", "{\"KeyName\":\"k2000\"}");
}

static void test_ahead(void)
{
	struct reply reply = ec2("DescribeVpcs", "{}");
	long before = cpu_ms();

	fine(&reply, "a call to EC2");
	for (int i = 0; i < 600 && cpu_ms() - before < 200; i++)
		pause_ms(50);
	ok(cpu_ms() - before >= 200, "makes keys ahead");
}

int main(void)
{
	struct reply reply;

	accounts_open();
	reply = make(1000, "rsa");
	fine(&reply, "without a stock, a key is made when it is asked for");
	reply = ec2("DeleteKeyPair", "{\"KeyName\":\"k1000\"}");
	account_make_ahead(account);
	test_idle();
	pause_ms(500);
	test_burst();
	accounts_close(); /* while the next keys are being made */
	accounts_open();
	account_make_ahead(account);
	test_ahead();
	accounts_close();
	accounts_open();
	account_make_ahead(account);
	accounts_close(); /* before the first */
	return tap_done();
}
