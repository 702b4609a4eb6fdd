/* A function: raises an alarm for temperatures over the limit of its configuration, 80 where it has none. */
#include <string.h>

#include "margay.h"

/* A routed message is {"topic": ..., "payload": "<JSON text>"}, and a value in a report {"value": ..., "time": ...}. */
static margay_json *values_of(const margay_json *event, margay_error *error) {
  const char *payload = margay_as_text(margay_member(event, "payload"), "");
  return margay_parse(payload, strlen(payload), error);
}

static int alarm(const margay_json *event, double limit, margay_reply *reply, margay_error *error) {
  margay_json *values = values_of(event, error);
  margay_json *answer;
  double temperature;
  int done;
  if (values == NULL) {
    return -1;
  }
  temperature = margay_as_number(margay_member(margay_member(values, "temperature"), "value"), 0);
  margay_free(values);
  if (temperature <= limit) {
    return 0;
  }
  margay_log(MARGAY_WARN, "%s: %.1f degrees", margay_as_text(margay_member(event, "topic"), "?"), temperature);
  answer = margay_object();
  margay_put(answer, "alarm", margay_number(temperature));
  done = margay_reply_json(reply, answer);
  margay_free(answer);
  return done == 0 ? 0 : margay_fail(error, "OutOfMemory", "the alarm can't be written");
}

static int handle(const margay_call *call, margay_reply *reply, void *user, margay_error *error) {
  double limit = margay_as_number(margay_member(margay_config_json(), "limit"), 80);
  margay_json *event = margay_parse(call->payload, call->length, error);
  int done;
  (void)user;
  if (event == NULL) {
    return -1;
  }
  done = alarm(event, limit, reply, error);
  margay_free(event);
  return done;
}

int main(void) {
  margay_function function = {.handle = handle};
  return margay_run_function(&function);
}
