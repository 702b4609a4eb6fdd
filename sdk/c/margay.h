/*
 * What Margay drivers and functions in C include. Compile margay.c with the program; nothing else is needed but POSIX
 * (threads, Unix domain sockets). See README.md and docs/worker-protocol.md.
 *
 * Texts are UTF-8. What takes a margay_error may be given NULL. Functions that return int return 0, or -1 with the error
 * filled in. All of it may be called from any thread, unless said otherwise.
 */
#ifndef MARGAY_H
#define MARGAY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MARGAY_SDK "c/0.1"

/* Codes of errors that the gateway gives; further ones are those of JSON-RPC. */
#define MARGAY_CODE_FAILED (-32000)
#define MARGAY_NOT_THERE (-32001)
#define MARGAY_TIMEOUT (-32002)
#define MARGAY_TOO_BUSY (-32003)
#define MARGAY_OFF_LINE (-32004)
#define MARGAY_NOT_ACCEPTED (-32005)
#define MARGAY_INTERNAL (-32603)

#if defined(__GNUC__)
#define MARGAY_FORMAT(text, first) __attribute__((format(printf, text, first)))
#else
#define MARGAY_FORMAT(text, first)
#endif

/* Why something failed. type: a short name for programs, such as Timeout; message: for people. */
typedef struct margay_error {
  int code;
  char type[64];
  char message[512];
} margay_error;

/* Fills in an error, for what a handler returns. Always -1. */
int margay_fail(margay_error *error, const char *type, const char *format, ...) MARGAY_FORMAT(3, 4);

/* ---- JSON ---- */

typedef enum margay_type {
  MARGAY_NULL,
  MARGAY_BOOLEAN,
  MARGAY_NUMBER,
  MARGAY_TEXT,
  MARGAY_ARRAY,
  MARGAY_OBJECT
} margay_type;

/* A value. It belongs to who made it, until it is put into another one. One thread at a time may change it. */
typedef struct margay_json margay_json;

/* Reads one value of at most 200 levels; NULL where the text is none. Lone surrogates become U+FFFD. */
margay_json *margay_parse(const char *text, size_t length, margay_error *error);

/* Writes a value as one line, to be given to free(). length may be NULL. Bytes that are no UTF-8 become U+FFFD. */
char *margay_write(const margay_json *value, size_t *length);

/* NULL without memory; a number also where it is not finite. */
margay_json *margay_null(void);
margay_json *margay_boolean(int value);
margay_json *margay_number(double value);
margay_json *margay_integer(long long value);
margay_json *margay_text(const char *text);
margay_json *margay_text_of(const char *text, size_t length);
margay_json *margay_array(void);
margay_json *margay_object(void);
void margay_free(margay_json *value);

/* Take the value whatever happens; -1 where it, or what it is to go into, is NULL or no array or object. */
int margay_add(margay_json *array, margay_json *value);
int margay_put(margay_json *object, const char *name, margay_json *value);

/* Reading. A value of another type, and NULL, is as an empty one: nothing here fails. */
margay_type margay_type_of(const margay_json *value);
size_t margay_count(const margay_json *value);
const margay_json *margay_item(const margay_json *value, size_t index);
const char *margay_name(const margay_json *object, size_t index);
const margay_json *margay_member(const margay_json *object, const char *name);
int margay_as_boolean(const margay_json *value, int otherwise);
double margay_as_number(const margay_json *value, double otherwise);
long long margay_as_integer(const margay_json *value, long long otherwise);
const char *margay_as_text(const margay_json *value, const char *otherwise);
size_t margay_text_length(const margay_json *value);

/* ---- what drivers and functions ask of the gateway; each returns when it has answered ---- */

/* Publishes a message with this function as its source; routes decide where it goes. */
int margay_publish(const char *topic, const void *payload, size_t length, margay_error *error);

/* Invokes another function. The result, for free(), has a zero byte behind it that does not count. */
char *margay_invoke(
    const char *function, const void *payload, size_t length, size_t *result_length, margay_error *error);

/* Reads properties of a device, all of them where names is NULL; it ends with a NULL. An object, for margay_free(). */
margay_json *margay_get(
    const char *product_key, const char *device_name, const char *const *names, margay_error *error);

/* Writes properties; returns when the device took them. */
int margay_set(
    const char *product_key, const char *device_name, const margay_json *values, margay_error *error);

/* Calls a service; input may be NULL. Its output values as an object, for margay_free(). */
margay_json *margay_call_service(
    const char *product_key, const char *device_name, const char *service, const margay_json *input,
    margay_error *error);

typedef enum margay_level { MARGAY_DEBUG, MARGAY_INFO, MARGAY_WARN, MARGAY_ERROR } margay_level;

/* Writes to the workload's log. What is printed goes there too: standard output as info, standard error as warning. */
void margay_log(margay_level level, const char *format, ...) MARGAY_FORMAT(2, 3);

/*
 * The configuration: a value of the key-value format, the JSON document, the path of a file. NULL where there is none. Valid
 * until a driver's changed() has returned; not to be called meanwhile by its other threads.
 */
const char *margay_config_value(const char *key);
const margay_json *margay_config_json(void);
const char *margay_config_file(size_t index);

/* ---- a function ---- */

/* One call. payload has a zero byte behind it that does not count. All of it is valid until handle() returns. */
typedef struct margay_call {
  const char *payload;
  size_t length;
  const char *request_id;
  const char *function_name;
  const margay_json *invoker_context;
  long long deadline;
} margay_call;

/* Milliseconds until the call counts as failed; 0 when it is over. */
long long margay_remaining_ms(const margay_call *call);

typedef struct margay_reply margay_reply;

/* What a call answers; without any of them it answers nothing. The last one counts. */
int margay_reply_bytes(margay_reply *reply, const void *data, size_t length);
int margay_reply_text(margay_reply *reply, const char *text);
int margay_reply_json(margay_reply *reply, const margay_json *value);

/*
 * All are called on the thread of margay_run_function, one after the other; but of a function whose concurrency is more than one,
 * handle is called on other threads, side by side.
 */
typedef struct margay_function {
  int (*handle)(const margay_call *call, margay_reply *reply, void *user, margay_error *error);
  int (*start)(void *user, margay_error *error); /* before the first call; may be NULL */
  void (*stop)(void *user);                      /* after the last one; may be NULL */
  void *user;
} margay_function;

/*
 * Serves calls until the gateway says that it is enough. Returns the exit code of the program. Secret variables of a container
 * are in the environment from the first call of start, or handle, on.
 */
int margay_run_function(const margay_function *function);

/* ---- a driver ---- */

/* A device as it is assigned. config: its own JSON document; extension: its product's, for drivers; model: thing model. */
typedef struct margay_settings {
  const char *product_key;
  const char *device_name;
  const margay_json *config;
  const margay_json *extension;
  const margay_json *model;
} margay_settings;

typedef struct margay_device margay_device;

/*
 * start, stop and changed are called on the thread of margay_run_driver; get, set and call on other threads, for one device
 * one at a time. While stop runs, nothing else of the driver does: calls and timers have ended.
 */
typedef struct margay_driver {
  /* Takes hold of the devices and returns when the driver works. After stop, which follows where it fails too, it may come again. */
  int (*start)(void *user, margay_error *error);
  /* Lets go of all that start took. May be NULL. */
  void (*stop)(void *user);
  /* The configuration or the devices changed: 1 when the driver now works by them, 0 to be stopped and started. May be NULL. */
  int (*changed)(void *user);
  /* Put values of properties (a list of names, empty for all) into an object. Each of the three may be NULL. */
  int (*get)(margay_device *device, const margay_json *properties, margay_json *values, margay_error *error);
  int (*set)(margay_device *device, const margay_json *values, margay_error *error);
  int (*call)(
      margay_device *device, const char *service, const margay_json *input, margay_json *output, margay_error *error);
  void *user;
} margay_driver;

/*
 * Runs a driver until the gateway says that it is enough. Returns the exit code of the program. Secret variables of a container
 * are in the environment from the first call of start on.
 */
int margay_run_driver(const margay_driver *driver);

/* How many devices are assigned, and which. Valid as the configuration is. */
size_t margay_assigned(const margay_settings **settings);

/*
 * Registers this driver for a device; it is off line until margay_online(). user is what margay_user() gives. The handle is
 * valid until the program ends; one device has one handle.
 */
margay_device *margay_connect(const margay_settings *settings, void *user, margay_error *error);
const char *margay_product_key(const margay_device *device);
const char *margay_device_name(const margay_device *device);
void *margay_user(const margay_device *device);

int margay_online(margay_device *device, margay_error *error);
int margay_offline(margay_device *device, const char *reason, margay_error *error);

/* What became of a report; where it was not accepted the error's message says why. */
typedef enum margay_status { MARGAY_FAILED = -1, MARGAY_ACCEPTED, MARGAY_REFUSED, MARGAY_STALE } margay_status;

/* Reports values of properties, all taken now. */
margay_status margay_report(margay_device *device, const margay_json *properties, margay_error *error);

/* output may be NULL. */
margay_status margay_report_event(
    margay_device *device, const char *event, const margay_json *output, margay_error *error);

/* Calls function(argument) now and then after each pause, on a thread of its own, until the driver is stopped. */
int margay_every(unsigned milliseconds, void (*function)(void *argument), void *argument, margay_error *error);

#ifdef __cplusplus
}
#endif

#endif
