/*
 * threads.c -- eight threads that share policies, programs and requests, without a lock.
 *
 * Each thread decides, explains, compiles, checks, signs and verifies with the same objects, and
 * must get at every turn what one thread alone got before. Under ThreadSanitizer (`make tsan`) a
 * write to anything shared is a failure even when the answers are right.
 */
#include "tap.h"

#include <deputy.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 400, CALLS = 4 };

static const char document[] =
#include "gen/zilliz-byoc-cross-account.json.inc"
	;

#define ROLE "arn:aws:sts::111122223333:assumed-role/zilliz-byoc-role/vendor"

static const struct deputy_key tag = { .key = "aws:RequestTag/Vendor", .value = "zilliz-byoc" };
static const struct deputy_call calls[CALLS] = {
	{ .principal = ROLE,
		.action = "eks:CreateCluster",
		.resource = "arn:aws:eks:us-west-2:111122223333:cluster/zilliz-byoc-1",
		.context = &tag,
		.ncontext = 1 },
	{ .principal = ROLE,
		.action = "eks:CreateCluster",
		.resource = "arn:aws:eks:us-west-2:111122223333:cluster/zilliz-byoc-1" },
	{ .principal = ROLE,
		.action = "iam:GetRole",
		.resource = "arn:aws:iam::111122223333:role/zilliz-byoc-eks" },
	{ .principal = ROLE,
		.action = "iam:GetRole",
		.resource = "arn:aws:iam::111122223333:role/administrator" },
};
static const bool allowed[CALLS] = { true, false, true, false };

static const struct deputy_header host = { "Host", "iam.amazonaws.com" };
static const struct deputy_message message = { .method = "GET",
	.target = "/?Action=ListUsers&Version=2010-05-08",
	.headers = &host,
	.nheaders = 1 };
static const struct deputy_signer signer = { .access_key_id = "AKIDEXAMPLE",
	.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	.region = "us-east-1",
	.service = "iam",
	.time_s = 1440938160 };

struct shared { /* written before the threads start, and only read by them */
	const struct deputy_policy *policy;
	const struct deputy_program *program;
	const struct deputy_request *requests[CALLS];
	char *stories[CALLS];
	const struct deputy_signature *signature;
};

struct thread { /* its own */
	pthread_t id;
	const struct shared *shared;
	unsigned decided, told, compiled, signatures; /* wrong ones */
};

static bool find_key(void *context, const struct deputy_claim *claim, struct deputy_secret *secret)
{
	const struct deputy_signer *known = context;

	secret->secret_access_key = known->secret_access_key;
	return !strcmp(claim->access_key_id, known->access_key_id);
}

static void decides(struct thread *t, const struct deputy_program *program, unsigned *wrong)
{
	const struct deputy_layers layers = { .identity = program };

	for (size_t i = 0; i < CALLS; i++)
		*wrong += deputy_decide(&layers, t->shared->requests[i]).allowed != allowed[i];
}

static void explains(struct thread *t, size_t i)
{
	const struct deputy_layers layers = { .identity = t->shared->program };
	char *story = deputy_explain(&layers, t->shared->requests[i], DEPUTY_FORM_STORY);

	t->told += strcmp(story, t->shared->stories[i]) != 0;
	deputy_text_free(story);
}

static void compiles(struct thread *t)
{
	const struct deputy_program *own = deputy_compile(&t->shared->policy, 1);

	decides(t, own, &t->compiled);
	t->compiled += !deputy_policy_check(t->shared->policy, DEPUTY_KIND_IDENTITY, NULL);
	deputy_program_free(own);
}

static void signs(struct thread *t)
{
	const struct deputy_signature *own = deputy_sign(&message, &signer, NULL);
	struct deputy_verifier verifier = { "iam", signer.time_s, find_key,
		(void *)(uintptr_t)&signer };
	struct deputy_message sent = message;

	sent.headers = t->shared->signature->headers;
	sent.nheaders = t->shared->signature->nheaders;
	t->signatures += strcmp(own->signature, t->shared->signature->signature) != 0;
	t->signatures += !deputy_verify(&sent, &verifier, NULL);
	deputy_signature_free(own);
}

static void *run(void *argument)
{
	struct thread *t = argument;

	for (size_t round = 0; round < ROUNDS; round++) {
		decides(t, t->shared->program, &t->decided);
		if (round % 8 == 0)
			explains(t, round / 8 % CALLS);
		if (round % 16 == 0)
			compiles(t);
		if (round % 16 == 8)
			signs(t);
	}
	return NULL;
}

static void prepare(struct shared *shared)
{
	struct deputy_layers layers = { 0 };

	shared->policy = deputy_policy_parse("document.json", document, sizeof(document) - 1, NULL);
	layers.identity = shared->program = deputy_compile(&shared->policy, 1);
	for (size_t i = 0; i < CALLS; i++) {
		shared->requests[i] = deputy_request_new(&calls[i], NULL);
		shared->stories[i] =
			deputy_explain(&layers, shared->requests[i], DEPUTY_FORM_STORY);
	}
	shared->signature = deputy_sign(&message, &signer, NULL);
}

static void release(struct shared *shared)
{
	for (size_t i = 0; i < CALLS; i++) {
		deputy_request_free(shared->requests[i]);
		deputy_text_free(shared->stories[i]);
	}
	deputy_signature_free(shared->signature);
	deputy_program_free(shared->program);
	deputy_policy_free(shared->policy);
}

int main(void)
{
	struct thread threads[THREADS] = { 0 };
	struct shared shared;

	prepare(&shared);
	for (size_t i = 0; i < THREADS; i++) {
		threads[i].shared = &shared;
		if (pthread_create(&threads[i].id, NULL, run, &threads[i]) != 0)
			abort();
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i].id, NULL);
		ok(!threads[i].decided, "thread %zu decided as one alone does", i + 1);
		ok(!threads[i].told, "... told the same stories");
		ok(!threads[i].compiled, "... compiled programs of the same answers");
		ok(!threads[i].signatures, "... signed and verified the same");
	}
	release(&shared);
	return tap_done();
}
