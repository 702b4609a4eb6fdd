/* A function: publishes an alarm for temperatures over the limit of its configuration, 80 where it has none. */
#include <stdlib.h>
#include <string.h>

#include "margay.h"

/* A routed message is {"topic": ..., "payload": "<JSON text>"}, and a value in a report {"value": ..., "time": ...}. */
static margay_json *values_of(const margay_json *event, margay_error *error) {
  const char *payload = margay_as_text(margay_member(event, "payload"), "");
  return margay_parse(payload, strlen(payload), error);
}

/* Published for whom a route tells, and answered to who called. */
static int tell(double temperature, margay_reply *reply, margay_error *error) {
  margay_json *alarm = margay_object();
  size_t length;
  char *text;
  int done;
  margay_put(alarm, "alarm", margay_number(temperature));
  text = margay_write(alarm, &length);
  margay_free(alarm);
  if (text == NULL) {
    return margay_fail(error, "OutOfMemory", "the alarm can't be written");
  }
  done = margay_publish("/alarms", text, length, error);
  if (done == 0) {
    done = margay_reply_bytes(reply, text, length);
  }
  free(text);
  return done;
}

static int check(const margay_json *event, double limit, margay_reply *reply, margay_error *error) {
  margay_json *values = values_of(event, error);
  double temperature;
  if (values == NULL) {
    return -1;
  }
  temperature = margay_as_number(margay_member(margay_member(values, "temperature"), "value"), 0);
  margay_free(values);
  if (temperature <= limit) {
    return 0;
  }
  margay_log(MARGAY_WARN, "%s: %.1f degrees", margay_as_text(margay_member(event, "topic"), "?"), temperature);
  return tell(temperature, reply, error);
}

static int handle(const margay_call *call, margay_reply *reply, void *user, margay_error *error) {
  double limit = margay_as_number(margay_member(margay_config_json(), "limit"), 80);
  margay_json *event = margay_parse(call->payload, call->length, error);
  int done;
  (void)user;
  if (event == NULL) {
    return -1;
  }
  done = check(event, limit, reply, error);
  margay_free(event);
  return done;
}

int main(void) {
  margay_function function = {.handle = handle};
  return margay_run_function(&function);
}
