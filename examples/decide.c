/*
 * decide.c -- may the vendor's role do this? Decides one call with a policy, and says why.
 *
 *   cc decide.c $(pkg-config --cflags --libs deputy) -o decide
 *   ./decide policy.json eks:CreateCluster arn:aws:eks:us-west-2:111122223333:cluster/zilliz-byoc-1 \
 *           aws:RequestTag/Vendor zilliz-byoc
 */
#include <deputy.h>
#include <stdio.h>

static char text[131073];

int main(int argc, char **argv)
{
	FILE *file = argc == 4 || argc == 6 ? fopen(argv[1], "rb") : NULL;
	if (!file) {
		fprintf(stderr, "usage: decide POLICY.json ACTION RESOURCE [KEY VALUE]\n");
		return 2;
	}
	size_t size = fread(text, 1, sizeof(text), file);
	fclose(file);

	struct deputy_error error;
	const struct deputy_policy *policy = deputy_policy_parse(argv[1], text, size, &error);
	if (!policy)
		fprintf(stderr, "%s:%zu:%zu: %s\n", argv[1], error.line, error.column,
			error.sentence);

	struct deputy_key key = { .key = argv[4], .value = argc == 6 ? argv[5] : NULL };
	struct deputy_call call = {
		.principal = "arn:aws:sts::111122223333:assumed-role/zilliz-byoc-role/vendor",
		.action = argv[2],
		.resource = argv[3],
		.resource_account = "111122223333",
		.context = &key,
		.ncontext = argc == 6,
	};
	const struct deputy_request *request = deputy_request_new(&call, &error);
	if (!request)
		fprintf(stderr, "%s\n", error.sentence);

	/* Both may be NULL by now: then the answer is no. */
	const struct deputy_program *program = deputy_compile(&policy, 1);
	struct deputy_layers layers = { .identity = program };
	struct deputy_decision decision = deputy_decide(&layers, request);
	char *story = deputy_explain(&layers, request, DEPUTY_FORM_STORY);
	printf("%s\n\n%s", decision.allowed ? "allow" : "deny", story);

	deputy_text_free(story);
	deputy_request_free(request);
	deputy_program_free(program);
	deputy_policy_free(policy);
	return decision.allowed ? 0 : 1;
}
