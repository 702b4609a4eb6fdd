/* Does what each event says; the same in each language. */
#define _POSIX_C_SOURCE 200809L
#include <margay.h>

#include <stdio.h>
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

static margay_json *copy_of(const margay_json *value) {
  size_t length;
  char *text = margay_write(value, &length);
  margay_json *copy = margay_parse(text, length, NULL);
  free(text);
  return copy;
}

static int reply(margay_reply *result, margay_json *answer) {
  int done = answer == NULL ? -1 : margay_reply_json(result, answer);
  margay_free(answer);
  return done;
}

static margay_json *context(const margay_call *call) {
  long long left = margay_remaining_ms(call);
  margay_json *answer = margay_object();
  margay_put(answer, "name", margay_text(call->function_name));
  margay_put(answer, "request", margay_text(call->request_id));
  margay_put(answer, "invoker", copy_of(call->invoker_context));
  margay_put(answer, "left", margay_boolean(left > 0 && left <= 10000));
  margay_put(answer, "own", margay_text(getenv("WHO")));
  margay_put(answer, "given", margay_text(getenv("WHO")));
  margay_put(answer, "named", margay_text(getenv("FUNCTION_NAME")));
  margay_put(answer, "id", margay_text(getenv("FUNCTION_ID")));
  return answer;
}

static margay_json *config(void) {
  margay_json *kv = margay_object();
  if (margay_config_value("colour") != NULL) {
    margay_put(kv, "colour", margay_text(margay_config_value("colour")));
  }
  const margay_json *json = margay_config_json();
  margay_json *answer = margay_object();
  margay_put(answer, "kv", kv);
  margay_put(answer, "json", json == NULL ? margay_object() : copy_of(json));
  return answer;
}

static margay_json *get(const char *product, margay_error *error) {
  const char *const names[] = {"setpoint", "name", NULL};
  return margay_get(product, "kettle-1", names, error);
}

static int set(long long setpoint, margay_error *error) {
  margay_json *values = margay_object();
  margay_put(values, "setpoint", margay_integer(setpoint));
  int done = margay_set("kettle", "kettle-1", values, error);
  margay_free(values);
  return done;
}

static margay_json *service(long long number, margay_error *error) {
  margay_json *input = margay_object();
  margay_put(input, "a", margay_integer(number));
  margay_put(input, "b", margay_integer(1));
  margay_json *output = margay_call_service("kettle", "kettle-1", "add", input, error);
  margay_free(input);
  return output;
}

static int hold(const char *path, margay_error *error) {
  FILE *pipe = fopen(path, "r");
  char line[64];
  if (pipe == NULL || fgets(line, sizeof line, pipe) == NULL) {
    return margay_fail(error, "NoPipe", "nothing can be read from %s", path);
  }
  line[strcspn(line, "\n")] = '\0';
  margay_log(MARGAY_WARN, "was held until %s", line);
  return fclose(pipe);
}

static int handle(const margay_call *call, margay_reply *result, void *user, margay_error *error) {
  (void)user;
  const char *blank = memchr(call->payload, ' ', call->length);
  const char *rest = blank == NULL ? "" : blank + 1;
  if (call->length > 0 && call->payload[0] == '{') {
    return routed(call, error);
  } else if (is(call, "echo")) {
    return margay_reply_bytes(result, rest, call->length - (size_t)(rest - call->payload));
  } else if (is(call, "fail")) {
    return margay_fail(error, "AsAsked", "%s", rest);
  } else if (is(call, "context")) {
    return reply(result, context(call));
  } else if (is(call, "config")) {
    return reply(result, config());
  } else if (is(call, "publish")) {
    return margay_publish(rest, "hello", 5, error);
  } else if (is(call, "call")) {
    size_t length;
    char *bytes = margay_invoke(rest, "echo called", 11, &length, error);
    if (bytes == NULL) {
      return -1;
    }
    int done = margay_reply_bytes(result, bytes, length);
    free(bytes);
    return done;
  } else if (is(call, "get")) {
    return reply(result, get(rest, error));
  } else if (is(call, "set")) {
    return set(atoll(rest), error);
  } else if (is(call, "service")) {
    return reply(result, service(atoll(rest), error));
  } else if (is(call, "hold")) {
    return hold(rest, error);
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
