/* Gives its event back. */
#include <margay.h>

static int handle(const margay_call *call, margay_reply *reply, void *user, margay_error *error) {
  (void)user;
  (void)error;
  return margay_reply_bytes(reply, call->payload, call->length);
}

int main(void) {
  margay_function function = {.handle = handle};
  return margay_run_function(&function);
}
