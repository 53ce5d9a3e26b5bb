#include "account/account.h"
void event_decision(struct call *call, const struct target *target, const struct decision *decision)
{
	(void)call;
	(void)target;
	(void)decision;
}
bool event_log_ready(struct call *call)
{
	(void)call;
	return true;
}
void event_write(struct call *call, unsigned status)
{
	(void)call;
	(void)status;
}
void events_close(struct events *events)
{
	(void)events;
}
void meter_call(struct call *call, uint64_t ns)
{
	(void)call;
	(void)ns;
}
