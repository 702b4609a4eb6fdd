/* Does what each event says; the same in each language. */
#define _POSIX_C_SOURCE 200809L
#include <margay.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is(const margay_call *call, const char *verb) {
  size_t length = strlen(verb);
  return call->length >= length && strncmp(call->payload, verb, length) == 0
      && (call->length == length || call->payload[length] == ' ');
}

static int routed(const margay_call *call, margay_error *error) {
  margay_json *message = margay_parse(call->payload, call->length, error);
  if (message == NULL) {
    return -1;
  }
  const char *topic = margay_as_text(margay_member(message, "topic"), "");
  margay_log(
      MARGAY_WARN, "got %s: %s", margay_as_text(margay_member(message, "triggerName"), topic),
      margay_as_text(margay_member(message, "payload"), ""));
  margay_free(message);
  return 0;
}

static int context(const margay_call *call, margay_reply *reply) {
  long long left = margay_remaining_ms(call);
  margay_json *answer = margay_object();
  margay_put(answer, "name", margay_text(call->function_name));
  margay_put(answer, "request", margay_text(call->request_id));
  margay_put(answer, "left", margay_boolean(left > 0 && left <= 10000));
  margay_put(answer, "own", margay_text(getenv("WHO")));
  margay_put(answer, "given", margay_text(getenv("WHO")));
  margay_put(answer, "id", margay_text(getenv("FUNCTION_ID")));
  int done = margay_reply_json(reply, answer);
  margay_free(answer);
  return done;
}

static int handle(const margay_call *call, margay_reply *reply, void *user, margay_error *error) {
  (void)user;
  const char *blank = memchr(call->payload, ' ', call->length);
  const char *rest = blank == NULL ? "" : blank + 1;
  if (call->length > 0 && call->payload[0] == '{') {
    return routed(call, error);
  } else if (is(call, "echo")) {
    return margay_reply_bytes(reply, rest, call->length - (size_t)(rest - call->payload));
  } else if (is(call, "fail")) {
    return margay_fail(error, "AsAsked", "%s", rest);
  } else if (is(call, "context")) {
    return context(call, reply);
  } else if (is(call, "config")) {
    return margay_reply_text(reply, margay_config_value(rest));
  } else if (is(call, "publish")) {
    return margay_publish(rest, "hello", 5, error);
  } else if (is(call, "call")) {
    size_t length;
    char *result = margay_invoke(rest, "echo called", 11, &length, error);
    if (result == NULL) {
      return -1;
    }
    int done = margay_reply_bytes(reply, result, length);
    free(result);
    return done;
  } else if (is(call, "get")) {
    return margay_get("no-product", "no-device", NULL, error) == NULL ? -1 : 0;
  } else if (is(call, "log")) {
    margay_log(MARGAY_WARN, "%s", rest);
  } else if (is(call, "sleep")) {
    sleep(600);
  } else if (is(call, "end")) {
    _exit(3);
  }
  return 0;
}

int main(void) {
  margay_function function = {.handle = handle};
  return margay_run_function(&function);
}
