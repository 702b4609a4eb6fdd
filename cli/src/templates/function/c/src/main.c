/* Tells whether a temperature is too high. The gateway calls handle for each event. */
#include "margay.h"

#define LIMIT 80

static int answer(double temperature, margay_reply *reply, margay_error *error) {
  margay_json *result = margay_object();
  int done;
  margay_put(result, "temperature", margay_number(temperature));
  margay_put(result, "alarm", margay_boolean(temperature > LIMIT));
  done = margay_reply_json(reply, result);
  margay_free(result);
  return done == 0 ? 0 : margay_fail(error, "OutOfMemory", "no memory for the answer");
}

static int handle(const margay_call *call, margay_reply *reply, void *user, margay_error *error) {
  margay_json *event = margay_parse(call->payload, call->length, error);
  const margay_json *temperature = margay_member(event, "temperature");
  int done;
  (void)user;
  if (event == NULL) {
    return -1;
  }
  if (margay_type_of(temperature) != MARGAY_NUMBER) {
    done = margay_fail(error, "BadEvent", "the event has no temperature");
  } else {
    margay_log(MARGAY_INFO, "%.1f degrees", margay_as_number(temperature, 0));
    done = answer(margay_as_number(temperature, 0), reply, error);
  }
  margay_free(event);
  return done;
}

int main(void) {
  margay_function function = {.handle = handle};
  return margay_run_function(&function);
}
