/*
 * arn.c -- taking Amazon Resource Names apart.
 *
 *   arn:aws:iam::111122223333:role/team/app
 *       --- ---  ------------ -------------
 *       partition, service, region (empty here), account, resource
 *
 * Only the five first colons separate; the resource keeps all others.
 */
#include "policy/policy.h"

bool arn_parse(str text, struct arn *arn)
{
	str rest;

	*arn = (struct arn){ 0 };
	if (!str_starts(text, S("arn:")))
		return false;
	rest = str_from(text, 4);
	for (size_t i = 0; i < ARN_RESOURCE; i++)
		if (!str_cut(rest, ':', &arn->part[i], &rest))
			return false;
	arn->part[ARN_RESOURCE] = rest;
	return true;
}

bool is_account_id(str text)
{
	if (text.n != 12)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return true;
}
