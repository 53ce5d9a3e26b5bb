/*
 * trust.cpp -- who may assume the role? A trust policy with an External ID, asked four times.
 *
 *   c++ trust.cpp $(pkg-config --cflags --libs deputy) -o trust
 */
#include <deputy.h>
#include <iostream>
#include <memory>
#include <string>

/* One call makes an object and one frees it, which is what unique_ptr wants to know. */
template <typename T, void (*free)(const T *)> struct Free {
	void operator()(const T *object) const
	{
		free(object);
	}
};
using Policy = std::unique_ptr<const deputy_policy, Free<deputy_policy, deputy_policy_free>>;
using Program = std::unique_ptr<const deputy_program, Free<deputy_program, deputy_program_free>>;
using Request = std::unique_ptr<const deputy_request, Free<deputy_request, deputy_request_free>>;

static Program compile(const char *name, const std::string &text)
{
	deputy_error error{};
	Policy policy(deputy_policy_parse(name, text.data(), text.size(), &error));
	const deputy_policy *one = policy.get();

	if (!policy)
		std::cerr << name << ":" << error.line << ": " << error.sentence << "\n";
	return Program(deputy_compile(&one, 1));
}

static void ask(const deputy_layers &layers, const char *who, const char *external_id)
{
	deputy_key key{};
	key.key = "sts:ExternalId";
	key.value = external_id;
	deputy_call call{};
	call.principal = who;
	call.action = "sts:AssumeRole";
	call.resource = "arn:aws:iam::111122223333:role/zilliz-byoc-role";
	call.context = &key;
	call.ncontext = 1;
	Request request(deputy_request_new(&call, nullptr));
	std::unique_ptr<char, void (*)(char *)> why(
		deputy_explain(&layers, request.get(), DEPUTY_FORM_SENTENCE), deputy_text_free);

	std::cout << (deputy_decide(&layers, request.get()).allowed ? "allow: " : "deny: ")
		  << why.get() << "\n";
}

int main()
{
	Program trust = compile("trust.json", R"({"Version": "2012-10-17", "Statement": {
		"Effect": "Allow", "Action": "sts:AssumeRole",
		"Principal": {"AWS": "arn:aws:iam::965570967084:root"},
		"Condition": {"StringEquals": {"sts:ExternalId": "cid-Abc123"}}}})");
	Program vendors = compile("vendor.json", R"({"Version": "2012-10-17", "Statement": {
		"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}})");
	deputy_layers layers{};
	layers.identity = vendors.get();
	layers.resource = trust.get();

	ask(layers, "arn:aws:iam::965570967084:user/control-plane", "cid-Abc123");
	ask(layers, "arn:aws:iam::965570967084:user/control-plane", "cid-Other");
	ask(layers, "arn:aws:iam::965570967084:user/control-plane", nullptr);
	ask(layers, "arn:aws:iam::444455556666:user/stranger", "cid-Abc123");
}
