/* Waits until so many calls have come to a folder; answers with its process. */
#define _POSIX_C_SOURCE 200809L
#include <margay.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int count(const char *folder) {
  int files = 0;
  DIR *all = opendir(folder);
  for (struct dirent *each; all != NULL && (each = readdir(all)) != NULL;) {
    files += each->d_name[0] != '.';
  }
  closedir(all);
  return files;
}

static int handle(const margay_call *call, margay_reply *reply, void *user, margay_error *error) {
  struct timespec moment = {0, 10000000};
  char folder[500], file[600], pid[20];
  int wanted, made;
  (void)user;
  if (sscanf(call->payload, "%499s %d", folder, &wanted) != 2) {
    return margay_fail(error, "BadEvent", "a folder and a number");
  }
  snprintf(file, sizeof file, "%s/XXXXXX", folder);
  made = mkstemp(file);
  if (made < 0) {
    return margay_fail(error, "BadEvent", "no file in %s", folder);
  }
  close(made);
  while (count(folder) < wanted) {
    nanosleep(&moment, NULL);
  }
  snprintf(pid, sizeof pid, "%d", (int)getpid());
  return margay_reply_text(reply, pid);
}

int main(void) {
  margay_function function = {handle, NULL, NULL, NULL};
  return margay_run_function(&function);
}
