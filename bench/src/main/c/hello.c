/* The least that a program does; with an argument it waits for the end of its input. */
#include <stdio.h>

int main(int count, char **arguments) {
  (void)arguments;
  puts("hello");
  while (count > 1 && getchar() != EOF) {
  }
  return 0;
}
