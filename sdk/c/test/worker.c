/* What the tests start: a function or a driver, as MARGAY_KIND says, that does what it is told. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "margay.h"

static void sleep_ms(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

/* ---- the function ---- */

static int start_function(void *user, margay_error *error) {
  (void)user;
  if (getenv("SECRET") != NULL) {
    printf("started with %s\n", getenv("SECRET"));
  }
  return getenv("FAIL") != NULL ? margay_fail(error, "BadConfig", "%s", getenv("FAIL")) : 0;
}

static void stop_function(void *user) {
  printf("stopped %s\n", (const char *)user);
}

static int ask(const char *what, margay_reply *reply, margay_error *error) {
  static const char *const names[] = {"a", "b", NULL};
  margay_json *result = NULL;
  int done = -1;
  if (strcmp(what, "get") == 0) {
    result = margay_get("boiler", "boiler-1", names, error);
  } else if (strcmp(what, "get all") == 0) {
    result = margay_get("boiler", "boiler-1", NULL, error);
  } else {
    result = margay_call_service("boiler", "boiler-1", "heat", NULL, error);
  }
  if (result != NULL) {
    done = margay_reply_json(reply, result);
  }
  margay_free(result);
  return done;
}

static int set(margay_error *error) {
  margay_json *values = margay_object();
  int done;
  margay_put(values, "burner", margay_boolean(0));
  done = margay_set("boiler", "boiler-1", values, error);
  margay_free(values);
  return done;
}

static int invoke(margay_reply *reply, margay_error *error) {
  size_t length;
  char *result = margay_invoke("other", "\xff\x00\x01", 3, &length, error);
  int done = result == NULL ? -1 : margay_reply_bytes(reply, result, length);
  free(result);
  return done;
}

static int config(margay_reply *reply) {
  char text[300];
  char *json = margay_write(margay_config_json(), NULL);
  snprintf(text, sizeof text, "%s %s %s %s", margay_config_value("limit") == NULL ? "-" : margay_config_value("limit"), json,
      margay_config_file(0) == NULL ? "-" : margay_config_file(0), margay_config_file(1) == NULL ? "-" : margay_config_file(1));
  free(json);
  return margay_reply_text(reply, text);
}

static int context(const margay_call *call, margay_reply *reply) {
  char text[300];
  snprintf(text, sizeof text, "%s %s %s %d", call->request_id, call->function_name,
      margay_as_text(margay_member(call->invoker_context, "source"), "-"),
      margay_remaining_ms(call) > 1000 && margay_remaining_ms(call) <= 5000);
  return margay_reply_text(reply, text);
}

static int big(size_t length, margay_reply *reply) {
  char *text = malloc(length);
  int done;
  memset(text, 'x', length);
  done = margay_reply_bytes(reply, text, length);
  free(text);
  return done;
}

/* A child has no connection, and says so at once. */
static int forked(margay_reply *reply) {
  char text[600] = "";
  int ends[2], status;
  ssize_t got;
  pid_t child;
  if (pipe(ends) != 0) {
    return -1;
  }
  child = fork();
  if (child == 0) {
    margay_error error = {0, "", ""};
    int failed = margay_publish("/a", "x", 1, &error);
    ssize_t told = write(ends[1], error.message, strlen(error.message));
    _exit(failed == -1 && told > 0 ? 0 : 1);
  }
  waitpid(child, &status, 0);
  got = read(ends[0], text, sizeof text - 1);
  close(ends[0]);
  close(ends[1]);
  return got > 0 && status == 0 ? margay_reply_text(reply, text) : -1;
}

/* Until so many calls are in it at a time. */
static int meet(int most, margay_reply *reply) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  static int there = 0;
  pthread_mutex_lock(&lock);
  there++;
  pthread_cond_broadcast(&changed);
  while (there % most != 0) {
    pthread_cond_wait(&changed, &lock);
  }
  pthread_mutex_unlock(&lock);
  return margay_reply_text(reply, "met");
}

static int handle(const margay_call *call, margay_reply *reply, void *user, margay_error *error) {
  const char *what = call->payload;
  (void)user;
  if (strcmp(what, "silent") == 0) {
    return 0;
  }
  if (strcmp(what, "fail") == 0) {
    return margay_fail(error, "BadEvent", "no \"good\" %s", "event");
  }
  if (strcmp(what, "fail badly") == 0) {
    return -1;
  }
  if (strncmp(what, "get", 3) == 0 || strcmp(what, "call") == 0) {
    return ask(what, reply, error);
  }
  if (strcmp(what, "meet") == 0) {
    return meet(3, reply);
  }
  if (strcmp(what, "set") == 0) {
    return set(error);
  }
  if (strcmp(what, "publish") == 0) {
    return margay_publish("/alarms", "hot", 3, error);
  }
  if (strcmp(what, "invoke") == 0) {
    return invoke(reply, error);
  }
  if (strcmp(what, "config") == 0) {
    return config(reply);
  }
  if (strcmp(what, "context") == 0) {
    return context(call, reply);
  }
  if (strncmp(what, "big ", 4) == 0) {
    return big((size_t)atol(what + 4), reply);
  }
  if (strcmp(what, "log") == 0) {
    margay_log(MARGAY_WARN, "%s \"%d\"", "line\nbreak", 5);
    printf("printed\n");
    return 0;
  }
  if (strncmp(what, "sleep ", 6) == 0) {
    sleep_ms(atol(what + 6));
    return margay_reply_text(reply, "awake");
  }
  if (strcmp(what, "fork") == 0) {
    return forked(reply);
  }
  if (strncmp(what, "env ", 4) == 0) {
    return margay_reply_text(reply, getenv(what + 4));
  }
  if (strncmp(what, "await ", 6) == 0) {
    while (access(what + 6, F_OK) != 0) {
      sleep_ms(1);
    }
  }
  return margay_reply_bytes(reply, call->payload, call->length);
}

/* ---- the driver ---- */

static int ticks;

static void tick(void *argument) {
  margay_json *values = margay_object();
  margay_error error = {0, "", ""};
  margay_status status;
  margay_put(values, "n", margay_integer(++ticks));
  status = margay_report(argument, values, &error);
  if (status != MARGAY_ACCEPTED) {
    margay_log(MARGAY_INFO, "report: %d %s", (int)status, error.message);
  }
  margay_free(values);
}

static int start(void *user, margay_error *error) {
  const margay_settings *settings;
  size_t i, count = margay_assigned(&settings);
  (void)user;
  if (getenv("SECRET") != NULL) {
    printf("started with %s\n", getenv("SECRET"));
  }
  if (margay_config_value("fail") != NULL) {
    return margay_fail(error, "NoPort", "the port is in use");
  }
  for (i = 0; i < count; i++) {
    margay_device *device = margay_connect(&settings[i], NULL, error);
    if (device == NULL || margay_online(device, error) != 0) {
      return -1;
    }
    margay_log(MARGAY_INFO, "%s/%s unit %lld, register %lld, %lu properties", margay_product_key(device),
        margay_device_name(device), margay_as_integer(margay_member(settings[i].config, "unit"), -1),
        margay_as_integer(margay_member(settings[i].extension, "register"), -1),
        (unsigned long)margay_count(margay_member(settings[i].model, "properties")));
    if (i == 0 && margay_config_value("every") != NULL
        && margay_every((unsigned)atoi(margay_config_value("every")), tick, device, error) != 0) {
      return -1;
    }
  }
  return 0;
}

static void stop(void *user) {
  (void)user;
  printf("stopped after %s\n", ticks > 0 ? "ticks" : "none");
}

static int changed(void *user) {
  (void)user;
  return margay_config_value("apply") != NULL;
}

static int get(margay_device *device, const margay_json *properties, margay_json *values, margay_error *error) {
  size_t i;
  for (i = 0; i < margay_count(properties); i++) {
    const char *name = margay_as_text(margay_item(properties, i), "");
    if (strncmp(name, "sleep", 5) == 0) {
      sleep_ms(atol(name + 5));
    }
    if (strcmp(name, "offline") == 0 && margay_offline(device, "it does not answer", error) != 0) {
      return -1;
    }
    if (strcmp(name, "event") == 0) {
      if (margay_report_event(device, "hot", NULL, error) != MARGAY_ACCEPTED) {
        return -1;
      }
    }
    margay_put(values, name, margay_text(margay_device_name(device)));
  }
  return 0;
}

static int write_values(margay_device *device, const margay_json *values, margay_error *error) {
  char *text = margay_write(values, NULL);
  int done = strcmp(text, "{\"n\":1}") == 0 ? 0 : margay_fail(error, "BadValue", "%s of %s", text, margay_device_name(device));
  free(text);
  return done;
}

static int call(
    margay_device *device, const char *service, const margay_json *input, margay_json *output, margay_error *error) {
  (void)device;
  (void)error;
  margay_put(output, service, margay_integer(margay_as_integer(margay_member(input, "n"), 0) + 1));
  return 0;
}

int main(void) {
  const char *kind = getenv("MARGAY_KIND");
  if (kind != NULL && strcmp(kind, "driver") == 0) {
    margay_driver driver = {start, stop, changed, get, write_values, call, NULL};
    margay_driver bare = {start, NULL, NULL, NULL, NULL, NULL, NULL};
    return margay_run_driver(getenv("BARE") != NULL ? &bare : &driver);
  }
  margay_function function = {handle, start_function, stop_function, "well"};
  return margay_run_function(&function);
}
