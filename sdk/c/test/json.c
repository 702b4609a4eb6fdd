/* JSON: what is read and written, and texts that were damaged by chance. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "margay.h"

static int failures;

static void expect(int holds, const char *what, const char *text) {
  if (!holds) {
    failures++;
    fprintf(stderr, "FAILED %s: %s\n", what, text);
  }
}

/* Reads and writes; NULL: it is to be refused. */
static void written_n(const char *text, size_t length, const char *wanted) {
  margay_error error = {0, "", ""};
  margay_json *value = margay_parse(text, length, &error);
  char *again = value == NULL ? NULL : margay_write(value, NULL);
  if (wanted == NULL) {
    expect(value == NULL, "it should be refused", text);
    expect(strncmp(error.message, "no JSON: ", 9) == 0, "it should be said why", error.message);
  } else {
    expect(again != NULL && strcmp(again, wanted) == 0, again == NULL ? error.message : again, text);
  }
  free(again);
  margay_free(value);
}

static void written(const char *text, const char *wanted) {
  written_n(text, strlen(text), wanted);
}

static void same(const char *text) {
  written(text, text);
}

static void values(void) {
  same("null");
  same("true");
  same("false");
  same("{}");
  same("[]");
  same("[1,-1,0,1.5,[{\"a\":null}]]");
  written(" { \"a\" : [ 1 , 2 ] , \"b\" : \"c\" }\r\n\t", "{\"a\":[1,2],\"b\":\"c\"}");
  same("{\"a\":1,\"a\":2}");
  written("", NULL);
  written(" ", NULL);
  written("nul", NULL);
  written("nulls", NULL);
  written("[1,]", NULL);
  written("[1", NULL);
  written("[1 2]", NULL);
  written("{\"a\"}", NULL);
  written("{\"a\":}", NULL);
  written("{\"a\":1,}", NULL);
  written("{a:1}", NULL);
  written("{\"a\\u0000b\":1}", NULL);
  written("1 2", NULL);
  written("'a'", NULL);
  written_n("[1]\0", 4, NULL);
}

static void numbers(void) {
  same("9223372036854775807");
  same("-9223372036854775808");
  same("0.1");
  same("1e+300");
  same("-2.5e-05");
  same("0.30000000000000004");
  written("1E2", "100");
  written("9223372036854775808", "9.223372036854776e+18");
  written("1e999", NULL);
  written("-", NULL);
  written("01", NULL);
  written("+1", NULL);
  written("1.", NULL);
  written(".5", NULL);
  written("1e", NULL);
  written("1e+", NULL);
  written("NaN", NULL);
  written("0x10", NULL);
  expect(margay_number(INFINITY) == NULL && margay_number(NAN) == NULL, "not finite", "");
}

static void texts(void) {
  same("\"\"");
  same("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
  written("\"\\u00e4\\u20ac\\ud83d\\ude00\"", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
  written("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\u0008\\u000c\\n\\u000d\\u0009\"");
  same("\"\\u0000\\u001f\"");
  /* Halves of pairs. */
  written("\"\\ud83d\"", "\"\xef\xbf\xbd\"");
  written("\"\\ude00x\"", "\"\xef\xbf\xbdx\"");
  written("\"\\ud83d\\ud83d\\ude00\"", "\"\xef\xbf\xbd\xf0\x9f\x98\x80\"");
  written("\"\\ud83d\\n\"", "\"\xef\xbf\xbd\\n\"");
  written("\"\\ud83d\\u0041\"", "\"\xef\xbf\xbd" "A\"");
  written("\"", NULL);
  written("\"\\", NULL);
  written("\"\\x\"", NULL);
  written("\"\\u12\"", NULL);
  written("\"\\u12g4\"", NULL);
  written("\"\\ud83d\\u12", NULL);
  written("\"a\nb\"", NULL);
  /* Overlong, a half of a pair, beyond the last, cut short, a continuation alone. */
  written("\"\xc0\x80\"", NULL);
  written("\"\xe0\x80\x80\"", NULL);
  written("\"\xed\xa0\x80\"", NULL);
  written("\"\xf4\x90\x80\x80\"", NULL);
  written("\"\xf5\x80\x80\x80\"", NULL);
  written("\"\xe2\x82\"", NULL);
  written("\"\x80\"", NULL);
}

static void depth(void) {
  char text[2100];
  size_t most = 200;
  memset(text, '[', most);
  memset(text + most, ']', most);
  text[2 * most] = '\0';
  same(text);
  memset(text, '[', 1000);
  memset(text + 1000, ']', 1000);
  text[2000] = '\0';
  written(text, NULL);
}

static void too_many(void) {
  size_t length = 2200000;
  char *text = malloc(length);
  size_t i;
  for (i = 0; i < length; i++) {
    text[i] = i == 0 ? '[' : i == length - 1 ? ']' : i % 2 == 1 ? '1' : ',';
  }
  text[length - 2] = ' ';
  margay_error error;
  expect(margay_parse(text, length, &error) == NULL, "too many values", error.message);
  free(text);
}

static void building(void) {
  margay_json *object = margay_object();
  margay_json *array = margay_array();
  char *text;
  int i;
  expect(margay_put(object, "a", margay_integer(1)) == 0, "put", "");
  expect(margay_put(object, "a", margay_text("x\xff")) == 0, "put again", "");
  expect(margay_put(object, "none", margay_number(NAN)) == -1, "put NULL", "");
  expect(margay_put(array, "a", margay_null()) == -1 && margay_add(object, margay_null()) == -1, "wrong type", "");
  expect(margay_put(NULL, "a", margay_null()) == -1 && margay_add(NULL, margay_null()) == -1, "into NULL", "");
  for (i = 0; i < 20; i++) {
    expect(margay_add(array, margay_boolean(i % 2)) == 0, "add", "");
  }
  expect(margay_count(array) == 20, "count", "");
  expect(margay_put(object, "list", array) == 0, "put list", "");
  expect(margay_as_integer(margay_member(object, "a"), 7) == 7, "no number", "");
  expect(margay_as_boolean(margay_item(margay_member(object, "list"), 1), 0) == 1, "boolean", "");
  expect(margay_item(object, 99) == NULL && margay_name(object, 99) == NULL, "outside", "");
  expect(margay_member(NULL, "a") == NULL && margay_count(NULL) == 0, "NULL", "");
  expect(strcmp(margay_name(object, 1), "list") == 0, "name", "");
  text = margay_write(object, NULL);
  expect(text != NULL && strncmp(text, "{\"a\":\"x\\ufffd\",\"list\":[false,true,", 34) == 0, "written", text);
  free(text);
  margay_free(object);
  object = margay_number(1e18 + 0.5);
  expect(margay_as_integer(object, 0) == 1000000000000000000LL, "large", "");
  margay_free(object);
  object = margay_number(1e300);
  expect(margay_as_integer(object, 5) == 5, "too large", "");
  margay_free(object);
}

static const char *const seeds[] = {
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"invoke\",\"params\":{\"payload\":\"a\\u00e4\\ud83d\\ude00\",\"deadlineMs\":5e3}}",
    "[1,-2.5e10,true,false,null,\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\",[[[]]],{\"a\":{\"b\":[]}}]",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\ud83d\"", "[[[[[[[[[[[[1]]]]]]]]]]]]", "-0.00000000000000000000000000000000000000000000000000000000001e-5"};

static unsigned long long state = 88172645463325252ULL;

static unsigned chance(unsigned below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)(state % below);
}

/* What is read must be written as something that is read as the same. */
static int damaged(char *text, size_t length) {
  margay_json *value = margay_parse(text, length, NULL);
  char *once, *twice = NULL;
  size_t n;
  margay_json *again;
  if (value == NULL) {
    return 0;
  }
  once = margay_write(value, &n);
  again = once == NULL ? NULL : margay_parse(once, n, NULL);
  twice = again == NULL ? NULL : margay_write(again, NULL);
  expect(twice != NULL && strcmp(once, twice) == 0, "not the same again", text);
  free(once);
  free(twice);
  margay_free(value);
  margay_free(again);
  return 1;
}

static void fuzz(long runs) {
  static const char scraps[] = "{}[]\",:\\u0019aedftn.-+\x80\xc3\xed\xf4 \n";
  long run, taken = 0;
  for (run = 0; run < runs; run++) {
    const char *seed = seeds[run % 5];
    size_t length = strlen(seed), i, changes = chance(5);
    /* Exactly as long, so that a byte read beyond is seen. */
    char *text = malloc(length);
    memcpy(text, seed, length);
    for (i = 0; i < changes; i++) {
      text[chance((unsigned)length)] = chance(4) == 0 ? (char)chance(256) : scraps[chance(sizeof scraps - 1)];
    }
    if (chance(4) == 0) {
      length = chance((unsigned)length) + 1;
      text = realloc(text, length);
    }
    taken += damaged(text, length);
    free(text);
  }
  printf("damaged texts: %ld, taken: %ld\n", runs, taken);
}

int main(void) {
  values();
  numbers();
  texts();
  depth();
  too_many();
  building();
  fuzz(300000);
  printf("json: %d failures\n", failures);
  return failures != 0;
}
