/* Connects ovens, which it makes up: each second one goes a tenth of the way to its wanted temperature. */
#include <pthread.h>
#include <stdlib.h>

#include "margay.h"

/* What talks to a device; put yours in its place. */
struct oven {
  pthread_mutex_t lock; /* get and set come on other threads than the timer */
  margay_device *device;
  double temperature;
  double target;
};

static struct oven *ovens;
static size_t count;

static void step(void *argument) {
  struct oven *oven = argument;
  margay_json *values = margay_object();
  margay_error error;
  pthread_mutex_lock(&oven->lock);
  oven->temperature += (oven->target - oven->temperature) / 10;
  margay_put(values, "temperature", margay_number(oven->temperature));
  pthread_mutex_unlock(&oven->lock);
  if (margay_report(oven->device, values, &error) != MARGAY_ACCEPTED) {
    margay_log(MARGAY_WARN, "%s: %s", margay_device_name(oven->device), error.message);
  }
  margay_free(values);
}

static int connect_oven(struct oven *oven, const margay_settings *settings, margay_error *error) {
  oven->temperature = margay_as_number(margay_member(settings->config, "start"), 20);
  oven->target = oven->temperature;
  oven->device = margay_connect(settings, oven, error);
  if (oven->device == NULL || margay_online(oven->device, error) != 0) {
    return -1;
  }
  return margay_every(1000, step, oven, error);
}

static int start(void *user, margay_error *error) {
  const margay_settings *settings;
  size_t assigned = margay_assigned(&settings);
  (void)user;
  ovens = calloc(assigned + 1, sizeof *ovens);
  if (ovens == NULL) {
    return margay_fail(error, "OutOfMemory", "no memory for %lu ovens", (unsigned long)assigned);
  }
  while (count < assigned) {
    struct oven *oven = &ovens[count];
    pthread_mutex_init(&oven->lock, NULL);
    if (connect_oven(oven, &settings[count++], error) != 0) {
      return -1;
    }
  }
  return 0;
}

static void stop(void *user) {
  size_t i;
  (void)user;
  for (i = 0; i < count; i++) {
    pthread_mutex_destroy(&ovens[i].lock);
  }
  free(ovens);
  ovens = NULL;
  count = 0;
}

static int get(margay_device *device, const margay_json *properties, margay_json *values, margay_error *error) {
  struct oven *oven = margay_user(device);
  (void)properties;
  (void)error;
  pthread_mutex_lock(&oven->lock);
  margay_put(values, "temperature", margay_number(oven->temperature));
  margay_put(values, "target", margay_number(oven->target));
  pthread_mutex_unlock(&oven->lock);
  return 0;
}

static int set(margay_device *device, const margay_json *values, margay_error *error) {
  struct oven *oven = margay_user(device);
  const margay_json *target = margay_member(values, "target");
  if (margay_type_of(target) != MARGAY_NUMBER) {
    return margay_fail(error, "BadValue", "an oven takes a number as its target");
  }
  pthread_mutex_lock(&oven->lock);
  oven->target = margay_as_number(target, 0);
  pthread_mutex_unlock(&oven->lock);
  return 0;
}

int main(void) {
  margay_driver driver = {.start = start, .stop = stop, .get = get, .set = set};
  return margay_run_driver(&driver);
}
