/* The C SDK of Margay: JSON, the connection to the gateway, functions, drivers. One worker a process. */
#define _POSIX_C_SOURCE 200809L

#include "margay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_MESSAGE ((size_t)8 * 1024 * 1024)
#define MAX_DEPTH 200
#define MAX_VALUES 1000000 /* of one message: what they take in memory is a multiple of their text */
#define MAX_THREADS 16
#define RECONNECT_SECONDS 30
#define ADOPTION_SECONDS 10 /* a report waits so long for a new gateway to be told of the devices */
#define PORT_DISCARD 9
#define CODE_PARSE (-32700)
#define CODE_METHOD (-32601)
#define CODE_PARAMS (-32602)

/* ---- errors ---- */

static void fill(margay_error *error, int code, const char *type, const char *message) {
  if (error != NULL) {
    error->code = code;
    snprintf(error->type, sizeof error->type, "%s", type == NULL ? "" : type);
    snprintf(error->message, sizeof error->message, "%s", message == NULL ? "" : message);
  }
}

int margay_fail(margay_error *error, const char *type, const char *format, ...) {
  if (error != NULL) {
    va_list arguments;
    fill(error, MARGAY_CODE_FAILED, type, "");
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
  }
  return -1;
}

static int no_memory(margay_error *error) {
  fill(error, MARGAY_INTERNAL, "OutOfMemory", "there is not enough memory");
  return -1;
}

/* ---- UTF-8 ---- */

/* The length of the character that begins here; 0 where none does. */
static size_t utf8_length(const unsigned char *text, size_t left) {
  unsigned char first = text[0];
  size_t length, i;
  if (first < 0x80) {
    return 1;
  }
  length = first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) == 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length == 0 || length > left) {
    return 0;
  }
  for (i = 1; i < length; i++) {
    if ((text[i] & 0xc0) != 0x80) {
      return 0;
    }
  }
  /* Longer than need be, halves of pairs, beyond the last character. */
  if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) || (first == 0xf0 && text[1] < 0x90)
      || (first == 0xf4 && text[1] > 0x8f)) {
    return 0;
  }
  return length;
}

static int is_utf8(const char *data, size_t length) {
  const unsigned char *text = (const unsigned char *)data;
  size_t at = 0;
  while (at < length) {
    size_t one = utf8_length(text + at, length - at);
    if (one == 0) {
      return 0;
    }
    at += one;
  }
  return 1;
}

static size_t utf8_write(char *to, unsigned long code) {
  if (code < 0x80) {
    to[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    to[0] = (char)(0xc0 | (code >> 6));
    to[1] = (char)(0x80 | (code & 0x3f));
    return 2;
  }
  if (code < 0x10000) {
    to[0] = (char)(0xe0 | (code >> 12));
    to[1] = (char)(0x80 | ((code >> 6) & 0x3f));
    to[2] = (char)(0x80 | (code & 0x3f));
    return 3;
  }
  to[0] = (char)(0xf0 | (code >> 18));
  to[1] = (char)(0x80 | ((code >> 12) & 0x3f));
  to[2] = (char)(0x80 | ((code >> 6) & 0x3f));
  to[3] = (char)(0x80 | (code & 0x3f));
  return 4;
}

/* ---- growing text ---- */

struct buffer {
  char *data;
  size_t length;
  size_t capacity;
  int failed;
};

static int reserve(struct buffer *buffer, size_t more) {
  size_t capacity = buffer->capacity;
  char *grown;
  if (buffer->failed || more > SIZE_MAX / 4 || buffer->length > SIZE_MAX / 4) {
    buffer->failed = 1;
    return -1;
  }
  if (buffer->length + more <= capacity) {
    return 0;
  }
  capacity = capacity < 256 ? 256 : capacity;
  while (capacity < buffer->length + more) {
    capacity *= 2;
  }
  grown = realloc(buffer->data, capacity);
  if (grown == NULL) {
    buffer->failed = 1;
    return -1;
  }
  buffer->data = grown;
  buffer->capacity = capacity;
  return 0;
}

static void put(struct buffer *buffer, const char *data, size_t length) {
  if (length > 0 && reserve(buffer, length) == 0) {
    memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
  }
}

static void put_plain(struct buffer *buffer, const char *text) {
  put(buffer, text, strlen(text));
}

static void discard(struct buffer *buffer) {
  free(buffer->data);
  memset(buffer, 0, sizeof *buffer);
}

/* Text in quotes. */
static void put_quoted(struct buffer *buffer, const char *text, size_t length) {
  const unsigned char *bytes = (const unsigned char *)text;
  size_t at = 0, from = 0;
  put(buffer, "\"", 1);
  while (at < length) {
    char escape[8];
    size_t one = utf8_length(bytes + at, length - at);
    if (one > 0 && bytes[at] >= 0x20 && bytes[at] != '"' && bytes[at] != '\\') {
      at += one;
      continue;
    }
    put(buffer, text + from, at - from);
    if (one == 0) {
      put_plain(buffer, "\\ufffd");
    } else if (bytes[at] == '\n') {
      put_plain(buffer, "\\n");
    } else if (bytes[at] < 0x20) {
      snprintf(escape, sizeof escape, "\\u%04x", (unsigned)bytes[at]);
      put_plain(buffer, escape);
    } else {
      put_plain(buffer, bytes[at] == '"' ? "\\\"" : "\\\\");
    }
    at++;
    from = at;
  }
  put(buffer, text + from, at - from);
  put(buffer, "\"", 1);
}

static void put_text(struct buffer *buffer, const char *text) {
  put_quoted(buffer, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

/* ---- numbers, whatever the program's locale is ---- */

static pthread_once_t plain_once = PTHREAD_ONCE_INIT;
static locale_t plain_locale;

static void make_plain_locale(void) {
  plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t enter_plain_locale(void) {
  pthread_once(&plain_once, make_plain_locale);
  return plain_locale == (locale_t)0 ? (locale_t)0 : uselocale(plain_locale);
}

static void leave_plain_locale(locale_t before) {
  if (before != (locale_t)0) {
    uselocale(before);
  }
}

static double to_double(const char *text) {
  locale_t before = enter_plain_locale();
  double value = strtod(text, NULL);
  leave_plain_locale(before);
  return value;
}

/* The shortest text that is read as the same number. */
static void from_double(char *text, size_t size, double value) {
  locale_t before = enter_plain_locale();
  int digits;
  for (digits = 15; digits <= 17; digits++) {
    snprintf(text, size, "%.*g", digits, value);
    if (strtod(text, NULL) == value) {
      break;
    }
  }
  leave_plain_locale(before);
}

/* ---- JSON values ---- */

struct margay_json {
  margay_type type;
  int boolean;
  int whole; /* the number is in integer too */
  double number;
  long long integer;
  char *text;
  size_t length; /* of the text */
  margay_json **items;
  char **names; /* of an object, as many as items */
  size_t count;
  size_t capacity;
};

static margay_json *make(margay_type type) {
  margay_json *value = calloc(1, sizeof *value);
  if (value != NULL) {
    value->type = type;
  }
  return value;
}

margay_json *margay_null(void) {
  return make(MARGAY_NULL);
}

margay_json *margay_array(void) {
  return make(MARGAY_ARRAY);
}

margay_json *margay_object(void) {
  return make(MARGAY_OBJECT);
}

margay_json *margay_boolean(int value) {
  margay_json *made = make(MARGAY_BOOLEAN);
  if (made != NULL) {
    made->boolean = value != 0;
  }
  return made;
}

margay_json *margay_number(double value) {
  margay_json *made = isfinite(value) ? make(MARGAY_NUMBER) : NULL;
  if (made != NULL) {
    made->number = value;
  }
  return made;
}

margay_json *margay_integer(long long value) {
  margay_json *made = make(MARGAY_NUMBER);
  if (made != NULL) {
    made->whole = 1;
    made->integer = value;
    made->number = (double)value;
  }
  return made;
}

margay_json *margay_text_of(const char *text, size_t length) {
  margay_json *made = text == NULL || length == SIZE_MAX ? NULL : make(MARGAY_TEXT);
  if (made != NULL) {
    made->text = malloc(length + 1);
    if (made->text == NULL) {
      free(made);
      return NULL;
    }
    memcpy(made->text, text, length);
    made->text[length] = '\0';
    made->length = length;
  }
  return made;
}

margay_json *margay_text(const char *text) {
  return text == NULL ? NULL : margay_text_of(text, strlen(text));
}

void margay_free(margay_json *value) {
  size_t i;
  if (value == NULL) {
    return;
  }
  for (i = 0; i < value->count; i++) {
    margay_free(value->items[i]);
    if (value->names != NULL) {
      free(value->names[i]);
    }
  }
  free(value->items);
  free(value->names);
  free(value->text);
  free(value);
}

/* Appends; takes both whatever happens. */
static int append(margay_json *to, char *name, margay_json *value) {
  if (to->count == to->capacity) {
    size_t capacity = to->capacity == 0 ? 4 : to->capacity * 2;
    margay_json **items = realloc(to->items, capacity * sizeof *items);
    if (items != NULL) {
      to->items = items;
    }
    if (items != NULL && to->type == MARGAY_OBJECT) {
      char **names = realloc(to->names, capacity * sizeof *names);
      if (names == NULL) {
        items = NULL;
      } else {
        to->names = names;
      }
    }
    if (items == NULL) {
      free(name);
      margay_free(value);
      return -1;
    }
    to->capacity = capacity;
  }
  if (to->type == MARGAY_OBJECT) {
    to->names[to->count] = name;
  }
  to->items[to->count] = value;
  to->count++;
  return 0;
}

int margay_add(margay_json *array, margay_json *value) {
  if (value == NULL || array == NULL || array->type != MARGAY_ARRAY) {
    margay_free(value);
    return -1;
  }
  return append(array, NULL, value);
}

/* Of two members of one name the last counts. */
static size_t find(const margay_json *object, const char *name) {
  size_t i;
  for (i = object->count; i > 0; i--) {
    if (strcmp(object->names[i - 1], name) == 0) {
      return i - 1;
    }
  }
  return SIZE_MAX;
}

int margay_put(margay_json *object, const char *name, margay_json *value) {
  size_t at;
  char *copy;
  if (value == NULL || name == NULL || object == NULL || object->type != MARGAY_OBJECT) {
    margay_free(value);
    return -1;
  }
  at = find(object, name);
  if (at != SIZE_MAX) {
    margay_free(object->items[at]);
    object->items[at] = value;
    return 0;
  }
  copy = strdup(name);
  if (copy == NULL) {
    margay_free(value);
    return -1;
  }
  return append(object, copy, value);
}

margay_type margay_type_of(const margay_json *value) {
  return value == NULL ? MARGAY_NULL : value->type;
}

size_t margay_count(const margay_json *value) {
  return value == NULL ? 0 : value->count;
}

const margay_json *margay_item(const margay_json *value, size_t index) {
  return index < margay_count(value) ? value->items[index] : NULL;
}

const char *margay_name(const margay_json *object, size_t index) {
  return margay_type_of(object) == MARGAY_OBJECT && index < object->count ? object->names[index] : NULL;
}

const margay_json *margay_member(const margay_json *object, const char *name) {
  size_t at = margay_type_of(object) != MARGAY_OBJECT || name == NULL ? SIZE_MAX : find(object, name);
  return at == SIZE_MAX ? NULL : object->items[at];
}

int margay_as_boolean(const margay_json *value, int otherwise) {
  return margay_type_of(value) == MARGAY_BOOLEAN ? value->boolean : otherwise;
}

double margay_as_number(const margay_json *value, double otherwise) {
  return margay_type_of(value) == MARGAY_NUMBER ? value->number : otherwise;
}

long long margay_as_integer(const margay_json *value, long long otherwise) {
  if (margay_type_of(value) != MARGAY_NUMBER) {
    return otherwise;
  }
  if (value->whole) {
    return value->integer;
  }
  /* Both bounds are numbers that a double holds. */
  return value->number >= -9223372036854775808.0 && value->number < 9223372036854775808.0 ? (long long)value->number
                                                                                          : otherwise;
}

const char *margay_as_text(const margay_json *value, const char *otherwise) {
  return margay_type_of(value) == MARGAY_TEXT ? value->text : otherwise;
}

size_t margay_text_length(const margay_json *value) {
  return margay_type_of(value) == MARGAY_TEXT ? value->length : 0;
}

/* ---- writing JSON ---- */

static void put_json(struct buffer *buffer, const margay_json *value, int depth) {
  char number[40];
  size_t i;
  if (depth > MAX_DEPTH) {
    buffer->failed = 1;
    return;
  }
  switch (margay_type_of(value)) {
    case MARGAY_NULL:
      put_plain(buffer, "null");
      break;
    case MARGAY_BOOLEAN:
      put_plain(buffer, value->boolean ? "true" : "false");
      break;
    case MARGAY_NUMBER:
      if (value->whole) {
        snprintf(number, sizeof number, "%lld", value->integer);
      } else {
        from_double(number, sizeof number, value->number);
      }
      put_plain(buffer, number);
      break;
    case MARGAY_TEXT:
      put_quoted(buffer, value->text, value->length);
      break;
    case MARGAY_ARRAY:
    case MARGAY_OBJECT:
      put(buffer, value->type == MARGAY_ARRAY ? "[" : "{", 1);
      for (i = 0; i < value->count && !buffer->failed; i++) {
        if (i > 0) {
          put(buffer, ",", 1);
        }
        if (value->type == MARGAY_OBJECT) {
          put_text(buffer, value->names[i]);
          put(buffer, ":", 1);
        }
        put_json(buffer, value->items[i], depth + 1);
      }
      put(buffer, value->type == MARGAY_ARRAY ? "]" : "}", 1);
      break;
  }
}

char *margay_write(const margay_json *value, size_t *length) {
  struct buffer buffer = {NULL, 0, 0, 0};
  put_json(&buffer, value, 0);
  put(&buffer, "", 1);
  if (buffer.failed) {
    discard(&buffer);
    return NULL;
  }
  if (length != NULL) {
    *length = buffer.length - 1;
  }
  return buffer.data;
}

/* ---- reading JSON ---- */

struct parser {
  const char *at;
  const char *end;
  const char *problem;
  size_t values;
};

static margay_json *parse_value(struct parser *parser, int depth);

static void *problem(struct parser *parser, const char *what) {
  if (parser->problem == NULL) {
    parser->problem = what;
  }
  return NULL;
}

static void skip_blanks(struct parser *parser) {
  while (parser->at < parser->end
         && (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\n' || *parser->at == '\r')) {
    parser->at++;
  }
}

/* Takes the character where it is the next one. */
static int take(struct parser *parser, char wanted) {
  if (parser->at < parser->end && *parser->at == wanted) {
    parser->at++;
    return 1;
  }
  return 0;
}

static int take_digits(struct parser *parser) {
  const char *from = parser->at;
  while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9') {
    parser->at++;
  }
  return parser->at > from;
}

/* Four hexadecimal digits; -1 where there are none. */
static long take_hex(struct parser *parser) {
  long code = 0;
  int i;
  if (parser->end - parser->at < 4) {
    return -1;
  }
  for (i = 0; i < 4; i++) {
    char c = parser->at[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) {
      return -1;
    }
    code = code * 16 + digit;
  }
  parser->at += 4;
  return code;
}

/* What stands behind \u, its second half with it; U+FFFD for half a pair. */
static int take_unicode(struct parser *parser, struct buffer *to) {
  char utf8[4];
  long code = take_hex(parser);
  if (code < 0) {
    problem(parser, "four hexadecimal digits are missing behind \\u");
    return -1;
  }
  if (code >= 0xd800 && code <= 0xdbff && parser->end - parser->at >= 6 && parser->at[0] == '\\' && parser->at[1] == 'u') {
    const char *before = parser->at;
    long low;
    parser->at += 2;
    low = take_hex(parser);
    if (low >= 0xdc00 && low <= 0xdfff) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else {
      parser->at = before;
    }
  }
  if (code >= 0xd800 && code <= 0xdfff) {
    code = 0xfffd;
  }
  put(to, utf8, utf8_write(utf8, (unsigned long)code));
  return 0;
}

static int take_escape(struct parser *parser, struct buffer *to) {
  static const char from[] = "\"\\/bfnrt";
  static const char meant[] = "\"\\/\b\f\n\r\t";
  const char *known;
  char c = '\0';
  if (parser->at < parser->end) {
    c = *parser->at++;
  }
  if (c == 'u') {
    return take_unicode(parser, to);
  }
  known = c == '\0' ? NULL : strchr(from, c);
  if (known == NULL) {
    problem(parser, "an unknown escape in a text");
    return -1;
  }
  put(to, meant + (known - from), 1);
  return 0;
}

/* A text behind its first quotation mark; ends with a zero byte that does not count. */
static int take_text(struct parser *parser, struct buffer *to) {
  const char *from = parser->at;
  while (parser->at < parser->end) {
    unsigned char c = (unsigned char)*parser->at;
    size_t one;
    if (c == '"' || c == '\\') {
      put(to, from, (size_t)(parser->at - from));
      parser->at++;
      if (c == '"') {
        put(to, "", 1);
        if (to->failed) {
          problem(parser, "there is not enough memory");
          return -1;
        }
        to->length--;
        return 0;
      }
      if (take_escape(parser, to) != 0) {
        return -1;
      }
      from = parser->at;
      continue;
    }
    one = utf8_length((const unsigned char *)parser->at, (size_t)(parser->end - parser->at));
    if (c < 0x20 || one == 0) {
      problem(parser, c < 0x20 ? "a control character in a text" : "bytes in a text that are no UTF-8");
      return -1;
    }
    parser->at += one;
  }
  problem(parser, "a text without an end");
  return -1;
}

static margay_json *parse_text(struct parser *parser) {
  struct buffer text = {NULL, 0, 0, 0};
  margay_json *value = NULL;
  if (take_text(parser, &text) == 0) {
    value = make(MARGAY_TEXT);
    if (value == NULL) {
      problem(parser, "there is not enough memory");
    } else {
      value->text = text.data;
      value->length = text.length;
      return value;
    }
  }
  discard(&text);
  return value;
}

/* Whether the digits are a whole number that fits. */
static int to_integer(const char *text, long long *value) {
  unsigned long long sum = 0, most = LLONG_MAX;
  int negative = *text == '-';
  const char *c;
  if (negative) {
    most++;
  }
  for (c = text + negative; *c != '\0'; c++) {
    unsigned digit = (unsigned)(*c - '0');
    if (sum > (most - digit) / 10) {
      return 0;
    }
    sum = sum * 10 + digit;
  }
  if (negative && sum == 0) {
    return 0; /* -0 is none of the whole numbers */
  }
  *value = negative ? -(long long)(sum - 1) - 1 : (long long)sum;
  return 1;
}

static margay_json *parse_number(struct parser *parser) {
  const char *from = parser->at;
  char small[64];
  char *text = small;
  margay_json *value;
  size_t length;
  int whole = 1;
  take(parser, '-');
  if (!take(parser, '0') && !take_digits(parser)) {
    return problem(parser, "no value where one is wanted");
  }
  if (take(parser, '.')) {
    whole = 0;
    if (!take_digits(parser)) {
      return problem(parser, "a number without digits behind its point");
    }
  }
  if (take(parser, 'e') || take(parser, 'E')) {
    whole = 0;
    if (!take(parser, '-')) {
      take(parser, '+');
    }
    if (!take_digits(parser)) {
      return problem(parser, "a number without digits in its exponent");
    }
  }
  length = (size_t)(parser->at - from);
  if (length >= sizeof small) {
    text = malloc(length + 1);
  }
  value = text == NULL ? NULL : make(MARGAY_NUMBER);
  if (value != NULL) {
    memcpy(text, from, length);
    text[length] = '\0';
    value->number = to_double(text);
    value->whole = whole && to_integer(text, &value->integer);
  }
  if (text != small) {
    free(text);
  }
  if (value == NULL) {
    return problem(parser, "there is not enough memory");
  }
  if (!isfinite(value->number)) {
    margay_free(value);
    return problem(parser, "a number that is too large");
  }
  return value;
}

static margay_json *parse_word(struct parser *parser, const char *word, margay_json *value) {
  size_t length = strlen(word);
  if ((size_t)(parser->end - parser->at) < length || memcmp(parser->at, word, length) != 0) {
    margay_free(value);
    return problem(parser, "no value where one is wanted");
  }
  parser->at += length;
  return value == NULL ? problem(parser, "there is not enough memory") : value;
}

/* The name of a member and its colon. */
static char *parse_name(struct parser *parser) {
  struct buffer name = {NULL, 0, 0, 0};
  skip_blanks(parser);
  if (!take(parser, '"')) {
    return problem(parser, "a member without a name");
  }
  if (take_text(parser, &name) == 0) {
    if (memchr(name.data, '\0', name.length) != NULL) {
      problem(parser, "a zero byte in a name");
    } else {
      skip_blanks(parser);
      if (take(parser, ':')) {
        return name.data;
      }
      problem(parser, "no ':' behind a name");
    }
  }
  discard(&name);
  return NULL;
}

static margay_json *parse_items(struct parser *parser, margay_type type, int depth) {
  char end = type == MARGAY_ARRAY ? ']' : '}';
  margay_json *all = make(type);
  if (all == NULL) {
    return problem(parser, "there is not enough memory");
  }
  skip_blanks(parser);
  if (take(parser, end)) {
    return all;
  }
  do {
    char *name = NULL;
    margay_json *item;
    if (type == MARGAY_OBJECT) {
      name = parse_name(parser);
      if (name == NULL) {
        break;
      }
    }
    item = parse_value(parser, depth + 1);
    if (item == NULL) {
      free(name);
      break;
    }
    if (append(all, name, item) != 0) {
      problem(parser, "there is not enough memory");
      break;
    }
    skip_blanks(parser);
  } while (take(parser, ','));
  if (parser->problem == NULL && !take(parser, end)) {
    problem(parser, type == MARGAY_ARRAY ? "a list without an end" : "an object without an end");
  }
  if (parser->problem != NULL) {
    margay_free(all);
    return NULL;
  }
  return all;
}

static margay_json *parse_value(struct parser *parser, int depth) {
  if (depth > MAX_DEPTH) {
    return problem(parser, "too many levels");
  }
  if (++parser->values > MAX_VALUES) {
    return problem(parser, "too many values");
  }
  skip_blanks(parser);
  if (take(parser, '{')) {
    return parse_items(parser, MARGAY_OBJECT, depth);
  }
  if (take(parser, '[')) {
    return parse_items(parser, MARGAY_ARRAY, depth);
  }
  if (take(parser, '"')) {
    return parse_text(parser);
  }
  switch (parser->at < parser->end ? *parser->at : '\0') {
    case 't':
      return parse_word(parser, "true", margay_boolean(1));
    case 'f':
      return parse_word(parser, "false", margay_boolean(0));
    case 'n':
      return parse_word(parser, "null", margay_null());
    default:
      return parse_number(parser);
  }
}

margay_json *margay_parse(const char *text, size_t length, margay_error *error) {
  struct parser parser;
  margay_json *value;
  if (text == NULL) {
    text = "";
    length = 0;
  }
  parser.at = text;
  parser.end = text + length;
  parser.problem = NULL;
  parser.values = 0;
  value = parse_value(&parser, 0);
  skip_blanks(&parser);
  if (value != NULL && parser.at != parser.end) {
    problem(&parser, "something behind the value");
    margay_free(value);
    value = NULL;
  }
  if (value == NULL) {
    margay_fail(error, "NoJson", "no JSON: %s, at byte %lu", parser.problem, (unsigned long)(parser.at - text));
  }
  return value;
}

/* ---- bytes as the protocol carries them: as text where they are UTF-8, else as base64 ---- */

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_base64(struct buffer *buffer, const unsigned char *data, size_t length) {
  size_t i;
  put(buffer, "\"", 1);
  for (i = 0; i < length; i += 3) {
    unsigned long three = (unsigned long)data[i] << 16 | (i + 1 < length ? (unsigned long)data[i + 1] << 8 : 0)
        | (i + 2 < length ? data[i + 2] : 0);
    char four[4];
    four[0] = BASE64[three >> 18 & 63];
    four[1] = BASE64[three >> 12 & 63];
    four[2] = i + 1 < length ? BASE64[three >> 6 & 63] : '=';
    four[3] = i + 2 < length ? BASE64[three & 63] : '=';
    put(buffer, four, 4);
  }
  put(buffer, "\"", 1);
}

/* Puts a member without a comma. */
static void put_payload(struct buffer *buffer, const void *data, size_t length) {
  if (data == NULL) {
    data = "";
    length = 0;
  }
  if (is_utf8(data, length)) {
    put_plain(buffer, "\"payload\":");
    put_quoted(buffer, data, length);
  } else {
    put_plain(buffer, "\"payloadBase64\":");
    put_base64(buffer, data, length);
  }
}

static int from_base64(const char *text, size_t length, struct buffer *to) {
  unsigned long sum = 0;
  size_t i, left = length;
  int bits = 0;
  while (left > 0 && length - left < 2 && text[left - 1] == '=') {
    left--;
  }
  if (length % 4 != 0) {
    return -1;
  }
  for (i = 0; i < left; i++) {
    const char *digit = text[i] == '\0' ? NULL : strchr(BASE64, text[i]);
    if (digit == NULL) {
      return -1;
    }
    sum = (sum << 6 | (unsigned long)(digit - BASE64)) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      char byte;
      bits -= 8;
      byte = (char)(sum >> bits & 0xff);
      put(to, &byte, 1);
    }
  }
  return 0;
}

/* The bytes of payload or payloadBase64, none where there is neither, with a zero byte behind them; NULL where they are bad. */
static char *get_payload(const margay_json *params, size_t *length) {
  const margay_json *text = margay_member(params, "payload");
  const margay_json *base64 = margay_member(params, "payloadBase64");
  struct buffer bytes = {NULL, 0, 0, 0};
  int bad = 0;
  if (margay_type_of(text) == MARGAY_TEXT) {
    put(&bytes, text->text, text->length);
  } else if (margay_type_of(base64) == MARGAY_TEXT) {
    bad = from_base64(base64->text, base64->length, &bytes);
  }
  put(&bytes, "", 1);
  if (bad || bytes.failed) {
    discard(&bytes);
    return NULL;
  }
  *length = bytes.length - 1;
  return bytes.data;
}

/* ---- the state of this worker ---- */

struct message {
  margay_json *json;
  unsigned connection; /* on which it came; its answer goes nowhere else */
  struct message *next;
};

struct queue {
  struct message *first;
  struct message *last;
};

/* A request of this worker whose answer is awaited; lives on the stack of who waits. */
struct waiting {
  long long id;
  margay_json *answer; /* the whole message */
  int done;            /* without an answer: the connection was lost */
  struct waiting *next;
};

enum told { TOLD_NOTHING, TOLD_ON_LINE, TOLD_OFF_LINE };

struct margay_device {
  char *product_key;
  char *device_name;
  void *user;
  int connected;
  int unknown; /* a new gateway has it not among this driver's */
  enum told told; /* what the driver said last */
  char *reason;
  unsigned news; /* counts what it said that was new */
  int busy; /* it is in the line of devices with calls, or a thread does one */
  struct queue calls;
  struct margay_device *next;
  struct margay_device *next_ready;
};

/* What the gateway says of configuration and devices. */
struct assignment {
  margay_json *message;
  margay_settings *settings;
  margay_json **own; /* each device's own document */
  size_t count;
};

static struct {
  char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
  pid_t pid; /* 0 while nothing runs */
  pthread_t reader;

  pthread_mutex_t writing; /* for fd and connection, which the reader alone changes */
  int fd;                  /* -1 without a connection */
  unsigned connection;

  pthread_mutex_t lock; /* for all below */
  pthread_cond_t changed;
  int closing;
  long long last_id;
  struct waiting *waiting;
  struct queue inbox;

  char *name;
  const margay_function *function;
  const margay_driver *driver;
  struct assignment assignment;
  int started;
  int adopting; /* reports wait until a new gateway was told of the devices */
  int taking; /* calls, timers and devices: from a driver's start on until it is stopped */
  struct margay_device *devices;
  struct margay_device *ready_first;
  struct margay_device *ready_last;
  int busy_devices;
  int idle_threads;
  int threads;
  long long concurrency; /* calls of a function at a time; more than one: not on the main thread */
  struct queue calls;
  int open_calls; /* those that wait and those in work */
  int timers;
  unsigned timer_round; /* timers of an earlier one end */
} worker = {.writing = PTHREAD_MUTEX_INITIALIZER, .fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

static void push(struct queue *queue, struct message *message) {
  message->next = NULL;
  if (queue->last == NULL) {
    queue->first = message;
  } else {
    queue->last->next = message;
  }
  queue->last = message;
}

static struct message *pop(struct queue *queue) {
  struct message *message = queue->first;
  if (message != NULL) {
    queue->first = message->next;
    if (queue->first == NULL) {
      queue->last = NULL;
    }
  }
  return message;
}

static void free_message(struct message *message) {
  if (message != NULL) {
    margay_free(message->json);
    free(message);
  }
}

static const char *method_of(const struct message *message) {
  return margay_as_text(margay_member(message->json, "method"), "");
}

static const margay_json *params_of(const struct message *message) {
  return margay_member(message->json, "params");
}

/* ---- sending ---- */

static int send_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      return -1;
    }
    data += sent;
    length -= (size_t)sent;
  }
  return 0;
}

/* Sends a line, on one connection alone where it is not 0. A child that was forked has no connection. */
static int send_line(struct buffer *line, unsigned connection) {
  int sent = -1;
  put(line, "\n", 1);
  if (line->failed || getpid() != worker.pid) {
    return -1;
  }
  pthread_mutex_lock(&worker.writing);
  if (worker.fd >= 0 && (connection == 0 || connection == worker.connection)) {
    sent = send_all(worker.fd, line->data, line->length);
    if (sent != 0) {
      /* Half a line may be out. The reader sees the end too, and connects again. */
      shutdown(worker.fd, SHUT_RDWR);
    }
  }
  pthread_mutex_unlock(&worker.writing);
  return sent;
}

static void begin_answer(struct buffer *line, const struct message *message) {
  put_plain(line, "{\"jsonrpc\":\"2.0\",\"id\":");
  put_json(line, margay_member(message->json, "id"), 0);
}

static void answer_error(const struct message *message, int code, const char *type, const char *text) {
  struct buffer line = {NULL, 0, 0, 0};
  char number[24];
  if (margay_member(message->json, "id") != NULL) {
    begin_answer(&line, message);
    snprintf(number, sizeof number, "%d", code);
    put_plain(&line, ",\"error\":{\"code\":");
    put_plain(&line, number);
    put_plain(&line, ",\"message\":");
    put_text(&line, text);
    if (type != NULL && *type != '\0') {
      put_plain(&line, ",\"data\":{\"errorType\":");
      put_text(&line, type);
      put_plain(&line, ",\"stackTrace\":[]}");
    }
    put_plain(&line, "}}");
    send_line(&line, message->connection);
  }
  discard(&line);
}

/* Answers with what was written of a result. */
static void answer(const struct message *message, struct buffer *result) {
  struct buffer line = {NULL, 0, 0, 0};
  if (margay_member(message->json, "id") == NULL) {
    return;
  }
  begin_answer(&line, message);
  put_plain(&line, ",\"result\":");
  put(&line, result->data, result->length);
  put_plain(&line, "}");
  if (line.failed || result->failed) {
    answer_error(message, MARGAY_CODE_FAILED, "Unwritable", "the result can't be written: too many levels, or no memory");
  } else if (line.length + 1 > MAX_MESSAGE) {
    char text[128];
    snprintf(text, sizeof text, "the result has %lu bytes; at most %lu are possible", (unsigned long)line.length + 1,
        (unsigned long)MAX_MESSAGE);
    answer_error(message, MARGAY_CODE_FAILED, "TooLarge", text);
  } else {
    send_line(&line, message->connection);
  }
  discard(&line);
}

static void answer_plain(const struct message *message, const char *json) {
  struct buffer result = {NULL, 0, 0, 0};
  put_plain(&result, json);
  answer(message, &result);
  discard(&result);
}

static void answer_failure(const struct message *message, const margay_error *error, const char *otherwise) {
  answer_error(message, error->code == 0 ? MARGAY_CODE_FAILED : error->code, *error->type == '\0' ? "Error" : error->type,
      *error->message == '\0' ? otherwise : error->message);
}

/* ---- connecting ---- */

/* Connects and says hello; the fd, or -1 with errno. */
static int dial(void) {
  struct sockaddr_un address;
  struct buffer hello = {NULL, 0, 0, 0};
  char text[160];
  int failure;
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) {
    return -1;
  }
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, worker.path, sizeof address.sun_path);
  snprintf(text, sizeof text,
      "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"hello\",\"params\":{\"protocol\":1,\"pid\":%ld,\"sdk\":\"" MARGAY_SDK "\"}}\n",
      (long)worker.pid);
  put_plain(&hello, text);
  /* The first message on any connection; nothing waits for its answer. */
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 || hello.failed
      || send_all(fd, hello.data, hello.length) != 0) {
    failure = errno;
    close(fd);
    errno = failure;
    fd = -1;
  }
  discard(&hello);
  return fd;
}

static void pause_ms(long milliseconds) {
  struct timespec left;
  left.tv_sec = milliseconds / 1000;
  left.tv_nsec = milliseconds % 1000 * 1000000;
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int is_closing(void) {
  int closing;
  pthread_mutex_lock(&worker.lock);
  closing = worker.closing;
  pthread_mutex_unlock(&worker.lock);
  return closing;
}

/* Who waits for an answer over the connection that was lost gets none. */
static void lose(void) {
  struct waiting *each;
  pthread_mutex_lock(&worker.writing);
  close(worker.fd);
  worker.fd = -1;
  pthread_mutex_unlock(&worker.writing);
  pthread_mutex_lock(&worker.lock);
  for (each = worker.waiting; each != NULL; each = each->next) {
    each->done = 1;
  }
  worker.waiting = NULL;
  pthread_cond_broadcast(&worker.changed);
  pthread_mutex_unlock(&worker.lock);
}

/* Returns when there is a connection again, or the program ends. */
static int reconnect(void) {
  /* Pauses are counted, not the clock: the time in which this process is frozen is none of the gateway's. */
  long waited = 0, pause = 20;
  lose();
  while (!is_closing()) {
    int fd = dial();
    if (fd >= 0) {
      pthread_mutex_lock(&worker.writing);
      worker.fd = fd;
      worker.connection++;
      pthread_mutex_unlock(&worker.writing);
      return 0;
    }
    if (waited >= RECONNECT_SECONDS * 1000L) {
      fprintf(stderr, "margay: the gateway did not come back within %d seconds\n", RECONNECT_SECONDS);
      fflush(NULL);
      _exit(1);
    }
    pause_ms(pause);
    waited += pause;
    pause = pause * 2 > 1000 ? 1000 : pause * 2;
  }
  return -1;
}

/* ---- reading ---- */

static void queue_call(struct message *message);
static int queue_invocation(struct message *message);

static int starts(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

/* Hands an answer to who waits for it. */
static void take_answer(margay_json *json) {
  long long id = margay_as_integer(margay_member(json, "id"), -1);
  struct waiting **each;
  pthread_mutex_lock(&worker.lock);
  for (each = &worker.waiting; *each != NULL; each = &(*each)->next) {
    if ((*each)->id == id) {
      struct waiting *found = *each;
      *each = found->next;
      found->answer = json;
      found->done = 1;
      json = NULL;
      pthread_cond_broadcast(&worker.changed);
      break;
    }
  }
  pthread_mutex_unlock(&worker.lock);
  if (json != NULL && margay_member(json, "error") != NULL) {
    fprintf(stderr, "margay: the gateway refused a message: %s\n",
        margay_as_text(margay_member(margay_member(json, "error"), "message"), ""));
  }
  margay_free(json);
}

static int is_known(const char *method) {
  static const char *const drivers[] = {
      "driver.start", "driver.stop", "driver.changed", "device.get", "device.set", "device.call", NULL};
  size_t i;
  if (strcmp(method, "initialize") == 0 || strcmp(method, "shutdown") == 0) {
    return 1;
  }
  if (worker.driver == NULL) {
    return strcmp(method, "invoke") == 0;
  }
  for (i = 0; drivers[i] != NULL; i++) {
    if (strcmp(method, drivers[i]) == 0) {
      return 1;
    }
  }
  return 0;
}

static const char TOO_LONG[] = "it is longer than 8 MiB";

static void refuse_line(const char *why) {
  struct message none = {NULL, worker.connection, NULL};
  char text[600];
  none.json = margay_object();
  if (none.json != NULL && margay_put(none.json, "id", margay_null()) == 0) {
    snprintf(text, sizeof text, "no JSON-RPC message: %s", why);
    answer_error(&none, CODE_PARSE, NULL, text);
  }
  margay_free(none.json);
}

static void take_line(const char *data, size_t length) {
  margay_error error;
  struct message *message;
  const char *method;
  margay_json *json = margay_parse(data, length, &error);
  if (json == NULL || json->type != MARGAY_OBJECT) {
    refuse_line(json == NULL ? error.message : "it is no object");
    margay_free(json);
    return;
  }
  if (margay_member(json, "method") == NULL) {
    take_answer(json);
    return;
  }
  message = malloc(sizeof *message);
  if (message == NULL) {
    margay_free(json);
    return;
  }
  message->json = json;
  message->connection = worker.connection;
  method = method_of(message);
  if (strcmp(method, "ping") == 0) {
    answer_plain(message, "{}");
  } else if (!is_known(method)) {
    char text[160];
    snprintf(text, sizeof text, "this worker has no method %.100s", method);
    answer_error(message, CODE_METHOD, NULL, text);
  } else if (starts(method, "device.")) {
    queue_call(message);
    return;
  } else if (strcmp(method, "invoke") == 0 && queue_invocation(message)) {
    return;
  } else {
    pthread_mutex_lock(&worker.lock);
    push(&worker.inbox, message);
    pthread_cond_broadcast(&worker.changed);
    pthread_mutex_unlock(&worker.lock);
    return;
  }
  free_message(message);
}

/* Takes whole lines out of what was read; there is none in what was there before. Returns how much is left over. */
static size_t take_lines(char *data, size_t before, size_t length) {
  size_t from = 0, look = before;
  char *end;
  while ((end = memchr(data + look, '\n', length - look)) != NULL) {
    size_t line = (size_t)(end - data) - from;
    if (line > MAX_MESSAGE) {
      refuse_line(TOO_LONG);
    } else if (line > 0) {
      take_line(data + from, line);
    }
    from += line + 1;
    look = from;
  }
  memmove(data, data + from, length - from);
  return length - from;
}

static void *read_for_ever(void *unused) {
  struct buffer buffer = {NULL, 0, 0, 0};
  int skipping = 0; /* the rest of a line that was too long */
  (void)unused;
  for (;;) {
    ssize_t got;
    if (reserve(&buffer, 65536) != 0) {
      fprintf(stderr, "margay: there is not enough memory to read a message\n");
      fflush(NULL);
      _exit(1);
    }
    got = recv(worker.fd, buffer.data + buffer.length, buffer.capacity - buffer.length, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      buffer.length = 0;
      skipping = 0;
      if (reconnect() != 0) {
        break;
      }
      continue;
    }
    if (skipping) {
      char *end = memchr(buffer.data + buffer.length, '\n', (size_t)got);
      if (end == NULL) {
        continue;
      }
      got -= end + 1 - (buffer.data + buffer.length);
      memmove(buffer.data, end + 1, (size_t)got);
      buffer.length = 0;
      skipping = 0;
    }
    buffer.length = take_lines(buffer.data, buffer.length, buffer.length + (size_t)got);
    if (buffer.length > MAX_MESSAGE) {
      refuse_line(TOO_LONG);
      buffer.length = 0;
      skipping = 1;
    }
    if (buffer.length == 0 && buffer.capacity > 1024 * 1024) {
      discard(&buffer);
    }
  }
  discard(&buffer);
  return NULL;
}

/* ---- asking the gateway ---- */

static margay_json *take_member(margay_json *object, const char *name) {
  size_t at = margay_type_of(object) == MARGAY_OBJECT ? find(object, name) : SIZE_MAX;
  margay_json *value = NULL;
  if (at != SIZE_MAX) {
    margay_json *empty = margay_null();
    if (empty != NULL) {
      value = object->items[at];
      object->items[at] = empty;
    }
  }
  return value;
}

/* What an answer brought, or its error. */
static margay_json *result_of(margay_json *message, margay_error *error) {
  const margay_json *failure = margay_member(message, "error");
  margay_json *result = NULL;
  if (margay_type_of(failure) == MARGAY_OBJECT) {
    fill(error, (int)margay_as_integer(margay_member(failure, "code"), MARGAY_INTERNAL),
        margay_as_text(margay_member(margay_member(failure, "data"), "errorType"), ""),
        margay_as_text(margay_member(failure, "message"), ""));
  } else {
    result = take_member(message, "result");
    if (result == NULL) {
      fill(error, MARGAY_INTERNAL, "", "the gateway's answer has no result");
    }
  }
  margay_free(message);
  return result;
}

static void forget(struct waiting *waiting) {
  struct waiting **each;
  pthread_mutex_lock(&worker.lock);
  for (each = &worker.waiting; *each != NULL; each = &(*each)->next) {
    if (*each == waiting) {
      *each = waiting->next;
      break;
    }
  }
  pthread_mutex_unlock(&worker.lock);
}

/* Asks with these params, which are let go of. The result, or NULL with the error. */
static margay_json *request(const char *method, struct buffer *params, margay_error *error) {
  struct waiting waiting = {0, NULL, 0, NULL};
  struct buffer line = {NULL, 0, 0, 0};
  char head[96];
  int sent;
  if (worker.pid == 0 || getpid() != worker.pid) {
    discard(params);
    fill(error, MARGAY_INTERNAL, "",
        worker.pid == 0 ? "this program was not started by a Margay gateway, or does not run as a driver or function yet"
                        : "a forked child has no connection to the gateway; ask from the parent");
    return NULL;
  }
  pthread_mutex_lock(&worker.lock);
  waiting.id = ++worker.last_id;
  waiting.next = worker.waiting;
  worker.waiting = &waiting;
  pthread_mutex_unlock(&worker.lock);
  snprintf(head, sizeof head, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\",\"params\":", waiting.id, method);
  put_plain(&line, head);
  put(&line, params->data, params->length);
  put_plain(&line, "}");
  line.failed |= params->failed;
  discard(params);
  if (line.failed || line.length + 1 > MAX_MESSAGE) {
    forget(&waiting);
    if (line.failed) {
      fill(error, MARGAY_INTERNAL, "", "the message can't be written: too many levels, or no memory");
    } else {
      margay_fail(error, "TooLarge", "the message has %lu bytes; at most %lu are possible",
          (unsigned long)line.length + 1, (unsigned long)MAX_MESSAGE);
    }
    discard(&line);
    return NULL;
  }
  sent = send_line(&line, 0);
  discard(&line);
  if (sent != 0) {
    forget(&waiting);
    margay_free(waiting.answer);
    fill(error, MARGAY_INTERNAL, "", "the gateway is not connected");
    return NULL;
  }
  pthread_mutex_lock(&worker.lock);
  while (!waiting.done) {
    pthread_cond_wait(&worker.changed, &worker.lock);
  }
  pthread_mutex_unlock(&worker.lock);
  if (waiting.answer == NULL) {
    fill(error, MARGAY_INTERNAL, "", "the connection to the gateway was lost; what became of the request is not known");
    return NULL;
  }
  return result_of(waiting.answer, error);
}

static int ask(const char *method, struct buffer *params, margay_error *error) {
  margay_json *result = request(method, params, error);
  margay_free(result);
  return result == NULL ? -1 : 0;
}

static void put_member(struct buffer *buffer, const char *name, const char *text) {
  put(buffer, buffer->length == 0 ? "{" : ",", 1);
  put_text(buffer, name);
  put(buffer, ":", 1);
  if (text != NULL) {
    put_text(buffer, text);
  }
}

static void put_object(struct buffer *buffer, const char *name, const margay_json *value) {
  put_member(buffer, name, NULL);
  if (value == NULL) {
    put_plain(buffer, "{}");
  } else {
    put_json(buffer, value, 0);
  }
}

int margay_publish(const char *topic, const void *payload, size_t length, margay_error *error) {
  struct buffer params = {NULL, 0, 0, 0};
  put_member(&params, "topic", topic == NULL ? "" : topic);
  put(&params, ",", 1);
  put_payload(&params, payload, length);
  put(&params, "}", 1);
  return ask("publish", &params, error);
}

char *margay_invoke(
    const char *function, const void *payload, size_t length, size_t *result_length, margay_error *error) {
  struct buffer params = {NULL, 0, 0, 0};
  margay_json *result;
  char *bytes;
  size_t count;
  put_member(&params, "function", function == NULL ? "" : function);
  put(&params, ",", 1);
  put_payload(&params, payload, length);
  put(&params, "}", 1);
  result = request("function.invoke", &params, error);
  if (result == NULL) {
    return NULL;
  }
  bytes = get_payload(result, &count);
  margay_free(result);
  if (bytes == NULL) {
    fill(error, MARGAY_INTERNAL, "", "the function's result can't be read");
  } else if (result_length != NULL) {
    *result_length = count;
  }
  return bytes;
}

static void put_thing(struct buffer *params, const char *product_key, const char *device_name) {
  put_member(params, "productKey", product_key == NULL ? "" : product_key);
  put_member(params, "deviceName", device_name == NULL ? "" : device_name);
}

margay_json *margay_get(
    const char *product_key, const char *device_name, const char *const *names, margay_error *error) {
  struct buffer params = {NULL, 0, 0, 0};
  size_t i;
  put_thing(&params, product_key, device_name);
  put_member(&params, "properties", NULL);
  put(&params, "[", 1);
  for (i = 0; names != NULL && names[i] != NULL; i++) {
    if (i > 0) {
      put(&params, ",", 1);
    }
    put_text(&params, names[i]);
  }
  put_plain(&params, "]}");
  return request("thing.get", &params, error);
}

int margay_set(
    const char *product_key, const char *device_name, const margay_json *values, margay_error *error) {
  struct buffer params = {NULL, 0, 0, 0};
  put_thing(&params, product_key, device_name);
  put_object(&params, "values", values);
  put(&params, "}", 1);
  return ask("thing.set", &params, error);
}

margay_json *margay_call_service(
    const char *product_key, const char *device_name, const char *service, const margay_json *input,
    margay_error *error) {
  struct buffer params = {NULL, 0, 0, 0};
  put_thing(&params, product_key, device_name);
  put_member(&params, "service", service == NULL ? "" : service);
  put_object(&params, "input", input);
  put(&params, "}", 1);
  return request("thing.call", &params, error);
}

void margay_log(margay_level level, const char *format, ...) {
  static const char *const words[] = {"debug", "info", "warn", "error"};
  const char *word = words[level >= MARGAY_DEBUG && level <= MARGAY_ERROR ? level : MARGAY_INFO];
  struct buffer line = {NULL, 0, 0, 0};
  va_list arguments, again;
  char *text = NULL;
  int length;
  va_start(arguments, format);
  va_copy(again, arguments);
  length = vsnprintf(NULL, 0, format, arguments);
  if (length >= 0) {
    text = malloc((size_t)length + 1);
  }
  if (text != NULL) {
    vsnprintf(text, (size_t)length + 1, format, again);
    put_plain(&line, "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"level\":");
    put_text(&line, word);
    put_plain(&line, ",\"message\":");
    put_quoted(&line, text, (size_t)length);
    put_plain(&line, "}}");
    if (line.length + 1 > MAX_MESSAGE || send_line(&line, 0) != 0) {
      fprintf(stderr, "%s: %s\n", word, text);
    }
  }
  va_end(again);
  va_end(arguments);
  free(text);
  discard(&line);
}

/* ---- configuration and assigned devices ---- */

static const margay_json *config(void) {
  return margay_member(margay_member(worker.assignment.message, "params"), "config");
}

const char *margay_config_value(const char *key) {
  const margay_json *entries = margay_member(config(), "kv");
  size_t i;
  if (key == NULL) {
    return NULL;
  }
  if (margay_type_of(entries) == MARGAY_OBJECT) {
    return margay_as_text(margay_member(entries, key), NULL);
  }
  for (i = 0; i < margay_count(entries); i++) {
    const margay_json *entry = margay_item(entries, i);
    if (strcmp(margay_as_text(margay_member(entry, "key"), ""), key) == 0) {
      return margay_as_text(margay_member(entry, "value"), NULL);
    }
  }
  return NULL;
}

const margay_json *margay_config_json(void) {
  return margay_member(config(), "json");
}

const char *margay_config_file(size_t index) {
  const margay_json *file = margay_item(margay_member(config(), "fileList"), index);
  return margay_as_text(margay_type_of(file) == MARGAY_OBJECT ? margay_member(file, "path") : file, NULL);
}

size_t margay_assigned(const margay_settings **settings) {
  if (settings != NULL) {
    *settings = worker.assignment.settings;
  }
  return worker.assignment.count;
}

static void free_assignment(struct assignment *assignment) {
  size_t i;
  for (i = 0; i < assignment->count; i++) {
    margay_free(assignment->own[i]);
  }
  free(assignment->own);
  free(assignment->settings);
  margay_free(assignment->message);
  memset(assignment, 0, sizeof *assignment);
}

static int read_device(struct assignment *assignment, size_t i, const margay_json *device, margay_error *error) {
  margay_settings *settings = &assignment->settings[i];
  const margay_json *custom = margay_member(device, "custom");
  settings->product_key = margay_as_text(margay_member(device, "productKey"), "");
  settings->device_name = margay_as_text(margay_member(device, "deviceName"), "");
  settings->extension = margay_member(device, "extension");
  settings->model = margay_member(device, "tsl");
  settings->config = custom;
  if (margay_type_of(custom) == MARGAY_TEXT) {
    settings->config = NULL;
    if (custom->length > 0) {
      assignment->own[i] = margay_parse(custom->text, custom->length, error);
      settings->config = assignment->own[i];
      return settings->config == NULL ? -1 : 0;
    }
  }
  return 0;
}

/* Reads what the gateway says; takes the message whatever happens. */
static int assign(margay_json *message, struct assignment *assignment, margay_error *error) {
  const margay_json *list = margay_member(margay_member(message, "params"), "deviceList");
  size_t i, count = margay_count(list);
  memset(assignment, 0, sizeof *assignment);
  assignment->message = message;
  assignment->settings = calloc(count + 1, sizeof *assignment->settings);
  assignment->own = calloc(count + 1, sizeof *assignment->own);
  if (assignment->settings == NULL || assignment->own == NULL) {
    free_assignment(assignment);
    return no_memory(error);
  }
  assignment->count = count;
  for (i = 0; i < count; i++) {
    if (read_device(assignment, i, margay_item(list, i), error) != 0) {
      free_assignment(assignment);
      return -1;
    }
  }
  return 0;
}

/* ---- functions ---- */

struct margay_reply {
  struct buffer result; /* the result's JSON */
};

int margay_reply_bytes(margay_reply *reply, const void *data, size_t length) {
  discard(&reply->result);
  put(&reply->result, "{", 1);
  put_payload(&reply->result, data, length);
  put(&reply->result, "}", 1);
  return reply->result.failed ? -1 : 0;
}

int margay_reply_text(margay_reply *reply, const char *text) {
  return margay_reply_bytes(reply, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

int margay_reply_json(margay_reply *reply, const margay_json *value) {
  size_t length;
  char *text = margay_write(value, &length);
  int done = text == NULL ? -1 : margay_reply_bytes(reply, text, length);
  if (text == NULL) {
    reply->result.failed = 1;
  }
  free(text);
  return done;
}

long long margay_remaining_ms(const margay_call *call) {
  long long left = call->deadline - now_ms();
  return left > 0 ? left : 0;
}

static void invoke(const struct message *message) {
  const margay_json *params = params_of(message);
  margay_reply reply = {{NULL, 0, 0, 0}};
  margay_error error = {0, "", ""};
  margay_call call;
  char *payload = get_payload(params, &call.length);
  if (payload == NULL) {
    answer_error(message, CODE_PARAMS, NULL, "the payload is no base64, or there is no memory for it");
    return;
  }
  call.payload = payload;
  call.request_id = margay_as_text(margay_member(params, "requestId"), "");
  call.function_name = worker.name == NULL ? "" : worker.name;
  call.invoker_context = margay_member(params, "invokerContext");
  call.deadline = now_ms() + margay_as_integer(margay_member(params, "deadlineMs"), 0);
  if (worker.function->handle(&call, &reply, worker.function->user, &error) != 0) {
    answer_failure(message, &error, "the function failed and said no reason");
  } else {
    if (reply.result.length == 0 && !reply.result.failed) {
      put_plain(&reply.result, "{}");
    }
    answer(message, &reply.result);
  }
  discard(&reply.result);
  free(payload);
}

/* ---- devices ---- */

static struct margay_device *find_device(const char *product_key, const char *device_name) {
  struct margay_device *each = worker.devices;
  while (each != NULL && (strcmp(each->product_key, product_key) != 0 || strcmp(each->device_name, device_name) != 0)) {
    each = each->next;
  }
  return each;
}

static struct margay_device *make_device(const margay_settings *settings) {
  struct margay_device *device = calloc(1, sizeof *device);
  if (device != NULL) {
    device->product_key = strdup(settings->product_key);
    device->device_name = strdup(settings->device_name);
    if (device->product_key == NULL || device->device_name == NULL) {
      free(device->product_key);
      free(device->device_name);
      free(device);
      return NULL;
    }
  }
  return device;
}

static int device_request(
    const margay_device *device, const char *method, const char *name, const char *text, margay_error *error) {
  struct buffer params = {NULL, 0, 0, 0};
  put_thing(&params, device->product_key, device->device_name);
  if (name != NULL) {
    put_member(&params, name, text == NULL ? "" : text);
  }
  put(&params, "}", 1);
  return ask(method, &params, error);
}

static int stopped(margay_error *error) {
  return margay_fail(error, "Stopped", "no driver runs, or it is being stopped");
}

margay_device *margay_connect(const margay_settings *settings, void *user, margay_error *error) {
  struct margay_device *device;
  int before;
  void *user_before;
  pthread_mutex_lock(&worker.lock);
  if (!worker.taking) {
    pthread_mutex_unlock(&worker.lock);
    stopped(error);
    return NULL;
  }
  device = find_device(settings->product_key, settings->device_name);
  if (device == NULL) {
    device = make_device(settings);
    if (device != NULL) {
      device->next = worker.devices;
      worker.devices = device;
    }
  }
  if (device == NULL) {
    pthread_mutex_unlock(&worker.lock);
    no_memory(error);
    return NULL;
  }
  before = device->connected;
  if (!before) {
    device->told = TOLD_NOTHING;
  }
  user_before = device->user;
  device->connected = 1;
  device->user = user;
  pthread_mutex_unlock(&worker.lock);
  if (device_request(device, "device.connect", NULL, NULL, error) != 0) {
    pthread_mutex_lock(&worker.lock);
    device->connected = before && worker.taking;
    device->user = user_before;
    pthread_mutex_unlock(&worker.lock);
    return NULL;
  }
  return device;
}

const char *margay_product_key(const margay_device *device) {
  return device->product_key;
}

const char *margay_device_name(const margay_device *device) {
  return device->device_name;
}

void *margay_user(const margay_device *device) {
  void *user;
  pthread_mutex_lock(&worker.lock);
  user = device->user;
  pthread_mutex_unlock(&worker.lock);
  return user;
}

/* A forked child has no connection, and another thread may have held the lock as it was forked. */
static int is_child(void) {
  return getpid() != worker.pid;
}

static int tell(const margay_device *device, enum told told, const char *reason, margay_error *error) {
  return told == TOLD_ON_LINE ? device_request(device, "device.online", NULL, NULL, error)
                              : device_request(device, "device.offline", "reason", reason, error);
}

/* Remembers it, before it is asked: where the connection is lost meanwhile, this still is the latest that is known. */
static int say(margay_device *device, enum told told, const char *reason, margay_error *error) {
  if (!is_child()) {
    pthread_mutex_lock(&worker.lock);
    if (device->told != told || strcmp(device->reason == NULL ? "" : device->reason, reason) != 0) {
      free(device->reason);
      device->reason = strdup(reason);
      device->told = told;
      device->news++;
    }
    pthread_mutex_unlock(&worker.lock);
  }
  return tell(device, told, reason, error);
}

int margay_online(margay_device *device, margay_error *error) {
  return say(device, TOLD_ON_LINE, "", error);
}

int margay_offline(margay_device *device, const char *reason, margay_error *error) {
  return say(device, TOLD_OFF_LINE, reason == NULL ? "" : reason, error);
}

/* ---- another gateway takes over ---- */

/* What it has among this driver's devices; reports wait until it was told of them. */
static void adopt(const margay_json *params) {
  const margay_json *list = margay_member(params, "deviceList");
  struct margay_device *device;
  size_t i;
  pthread_mutex_lock(&worker.lock);
  for (device = worker.devices; device != NULL; device = device->next) {
    device->unknown = 1;
  }
  for (i = 0; i < margay_count(list); i++) {
    const margay_json *entry = margay_item(list, i);
    device = find_device(margay_as_text(margay_member(entry, "productKey"), ""),
        margay_as_text(margay_member(entry, "deviceName"), ""));
    if (device != NULL) {
      device->unknown = 0;
    }
  }
  worker.adopting = worker.started;
  pthread_mutex_unlock(&worker.lock);
}

static void end_adoption(void) {
  pthread_mutex_lock(&worker.lock);
  worker.adopting = 0;
  pthread_cond_broadcast(&worker.changed);
  pthread_mutex_unlock(&worker.lock);
}

/* Returns when reports may go out. */
static void await_adoption(void) {
  struct timespec until;
  int waited = 0;
  if (is_child()) {
    return;
  }
  pthread_mutex_lock(&worker.lock);
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += ADOPTION_SECONDS;
  while (worker.adopting && waited == 0) {
    waited = pthread_cond_timedwait(&worker.changed, &worker.lock, &until);
  }
  if (waited != 0) {
    worker.adopting = 0;
  }
  pthread_mutex_unlock(&worker.lock);
}

/* What the former gateway was told of the device. */
static int tell_again(struct margay_device *device, margay_error *error) {
  int same = 0;
  if (device_request(device, "device.connect", NULL, NULL, error) != 0) {
    return -1;
  }
  /* Again where the driver says something else meanwhile: what the gateway hears last must not be the older. */
  while (!same) {
    enum told told;
    char *reason;
    unsigned news;
    int failed = 0;
    pthread_mutex_lock(&worker.lock);
    told = device->told;
    reason = strdup(device->reason == NULL ? "" : device->reason);
    news = device->news;
    pthread_mutex_unlock(&worker.lock);
    if (told != TOLD_NOTHING) {
      failed = tell(device, told, reason, error);
    }
    free(reason);
    if (failed) {
      return -1;
    }
    pthread_mutex_lock(&worker.lock);
    same = device->news == news;
    pthread_mutex_unlock(&worker.lock);
  }
  return 0;
}

static int tell_all_again(margay_error *error) {
  struct margay_device *device;
  int failed = 0;
  pthread_mutex_lock(&worker.lock);
  for (device = worker.devices; device != NULL && !failed; device = device->next) {
    if (device->connected && !device->unknown) {
      pthread_mutex_unlock(&worker.lock);
      failed = tell_again(device, error);
      pthread_mutex_lock(&worker.lock);
    }
  }
  pthread_mutex_unlock(&worker.lock);
  return failed;
}

static margay_status report(const char *method, struct buffer *params, margay_error *error) {
  margay_json *result;
  margay_status status = MARGAY_FAILED;
  const char *word;
  await_adoption();
  result = request(method, params, error);
  if (result == NULL) {
    return status;
  }
  word = margay_as_text(margay_member(result, "status"), "");
  if (strcmp(word, "ACCEPTED") == 0) {
    status = MARGAY_ACCEPTED;
  } else {
    status = strcmp(word, "STALE") == 0 ? MARGAY_STALE : MARGAY_REFUSED;
    fill(error, MARGAY_NOT_ACCEPTED, word, margay_as_text(margay_member(result, "reason"), ""));
  }
  margay_free(result);
  return status;
}

margay_status margay_report(margay_device *device, const margay_json *properties, margay_error *error) {
  struct buffer params = {NULL, 0, 0, 0};
  put_thing(&params, device->product_key, device->device_name);
  put_object(&params, "properties", properties);
  put(&params, "}", 1);
  return report("device.report", &params, error);
}

margay_status margay_report_event(
    margay_device *device, const char *event, const margay_json *output, margay_error *error) {
  struct buffer params = {NULL, 0, 0, 0};
  put_thing(&params, device->product_key, device->device_name);
  put_member(&params, "event", event == NULL ? "" : event);
  put_object(&params, "output", output);
  put(&params, "}", 1);
  return report("device.event", &params, error);
}

/* ---- calls of devices: for one device one at a time, on up to 16 threads ---- */

static int call_driver(
    const char *method, struct margay_device *device, const margay_json *params, margay_json *result,
    margay_error *error) {
  const margay_driver *driver = worker.driver;
  if (strcmp(method, "device.get") == 0) {
    return driver->get == NULL ? margay_fail(error, "NotSupported", "this driver can't read properties")
                               : driver->get(device, margay_member(params, "properties"), result, error);
  }
  if (strcmp(method, "device.set") == 0) {
    return driver->set == NULL ? margay_fail(error, "NotSupported", "this driver can't write properties")
                               : driver->set(device, margay_member(params, "values"), error);
  }
  return driver->call == NULL
      ? margay_fail(error, "NotSupported", "this driver has no services")
      : driver->call(device, margay_as_text(margay_member(params, "service"), ""), margay_member(params, "input"), result,
            error);
}

static void do_call(struct margay_device *device, const struct message *message) {
  struct buffer written = {NULL, 0, 0, 0};
  margay_error error = {0, "", ""};
  margay_json *result = margay_object();
  if (result == NULL) {
    no_memory(&error);
    answer_failure(message, &error, "");
    return;
  }
  if (call_driver(method_of(message), device, params_of(message), result, &error) != 0) {
    answer_failure(message, &error, "the driver failed and said no reason");
  } else {
    put_json(&written, result, 0);
    answer(message, &written);
  }
  discard(&written);
  margay_free(result);
}

static struct margay_device *next_ready(void) {
  struct margay_device *device = worker.ready_first;
  worker.ready_first = device->next_ready;
  if (worker.ready_first == NULL) {
    worker.ready_last = NULL;
  }
  return device;
}

static void make_ready(struct margay_device *device) {
  device->next_ready = NULL;
  if (worker.ready_last == NULL) {
    worker.ready_first = device;
  } else {
    worker.ready_last->next_ready = device;
  }
  worker.ready_last = device;
}

static void *serve(void *unused) {
  (void)unused;
  pthread_mutex_lock(&worker.lock);
  for (;;) {
    struct margay_device *device;
    struct message *message;
    while (worker.ready_first == NULL && !worker.closing) {
      worker.idle_threads++;
      pthread_cond_wait(&worker.changed, &worker.lock);
      worker.idle_threads--;
    }
    if (worker.closing) {
      break;
    }
    device = next_ready();
    message = pop(&device->calls);
    pthread_mutex_unlock(&worker.lock);
    do_call(device, message);
    free_message(message);
    pthread_mutex_lock(&worker.lock);
    if (device->calls.first != NULL) {
      make_ready(device);
    } else {
      device->busy = 0;
      worker.busy_devices--;
    }
    pthread_cond_broadcast(&worker.changed);
  }
  worker.threads--;
  pthread_cond_broadcast(&worker.changed);
  pthread_mutex_unlock(&worker.lock);
  return NULL;
}

static int detach(void *(*run)(void *), void *argument) {
  pthread_t thread;
  int failure = pthread_create(&thread, NULL, run, argument);
  if (failure == 0) {
    pthread_detach(thread);
  }
  return failure;
}

/* On the reader's thread: puts a call in the line of its device. */
static void queue_call(struct message *message) {
  const margay_json *params = params_of(message);
  const char *product_key = margay_as_text(margay_member(params, "productKey"), "");
  const char *device_name = margay_as_text(margay_member(params, "deviceName"), "");
  struct margay_device *device;
  char text[200];
  int refused = 0;
  pthread_mutex_lock(&worker.lock);
  device = find_device(product_key, device_name);
  if (device == NULL || !device->connected) {
    refused = MARGAY_NOT_THERE;
    snprintf(text, sizeof text, "the driver has not connected the device %.64s/%.64s", product_key, device_name);
  } else {
    if (worker.idle_threads == 0 && worker.threads < MAX_THREADS) {
      if (detach(serve, NULL) == 0) {
        worker.threads++;
      } else if (worker.threads == 0) {
        refused = MARGAY_TOO_BUSY;
        snprintf(text, sizeof text, "no thread can be started for the call");
      }
    }
    if (!refused) {
      push(&device->calls, message);
      if (!device->busy) {
        device->busy = 1;
        worker.busy_devices++;
        make_ready(device);
      }
      pthread_cond_broadcast(&worker.changed);
    }
  }
  pthread_mutex_unlock(&worker.lock);
  if (refused) {
    answer_error(message, refused, refused == MARGAY_NOT_THERE ? "NotThere" : "TooBusy", text);
    free_message(message);
  }
}

/* ---- calls of a function side by side, where it has a concurrency of more than one ---- */

static void *serve_invocations(void *unused) {
  (void)unused;
  pthread_mutex_lock(&worker.lock);
  for (;;) {
    struct message *message;
    while (worker.calls.first == NULL && !worker.closing) {
      pthread_cond_wait(&worker.changed, &worker.lock);
    }
    if (worker.closing) {
      break;
    }
    message = pop(&worker.calls);
    pthread_mutex_unlock(&worker.lock);
    invoke(message);
    free_message(message);
    pthread_mutex_lock(&worker.lock);
    worker.open_calls--;
    pthread_cond_broadcast(&worker.changed);
  }
  worker.threads--;
  pthread_cond_broadcast(&worker.changed);
  pthread_mutex_unlock(&worker.lock);
  return NULL;
}

/* On the reader's thread. Returns 0 for a call that is the main thread's, also as no other can be started. */
static int queue_invocation(struct message *message) {
  int taken;
  pthread_mutex_lock(&worker.lock);
  if (worker.open_calls >= worker.threads && worker.threads < worker.concurrency &&
      detach(serve_invocations, NULL) == 0) {
    worker.threads++;
  }
  taken = worker.concurrency > 1 && worker.threads > 0;
  if (taken) {
    worker.open_calls++;
    push(&worker.calls, message);
    pthread_cond_broadcast(&worker.changed);
  }
  pthread_mutex_unlock(&worker.lock);
  return taken;
}

static void await_invocations(void) {
  pthread_mutex_lock(&worker.lock);
  while (worker.open_calls > 0) {
    pthread_cond_wait(&worker.changed, &worker.lock);
  }
  pthread_mutex_unlock(&worker.lock);
}

/* ---- drivers ---- */

struct timer {
  unsigned milliseconds;
  unsigned round;
  void (*function)(void *argument);
  void *argument;
};

static void *repeat(void *given) {
  struct timer timer = *(struct timer *)given;
  struct timespec until;
  free(given);
  pthread_mutex_lock(&worker.lock);
  while (timer.round == worker.timer_round) {
    int waited = 0;
    pthread_mutex_unlock(&worker.lock);
    timer.function(timer.argument);
    pthread_mutex_lock(&worker.lock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timer.milliseconds / 1000;
    until.tv_nsec += (long)(timer.milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
      until.tv_sec++;
      until.tv_nsec -= 1000000000;
    }
    while (timer.round == worker.timer_round && waited == 0) {
      waited = pthread_cond_timedwait(&worker.changed, &worker.lock, &until);
    }
  }
  worker.timers--;
  pthread_cond_broadcast(&worker.changed);
  pthread_mutex_unlock(&worker.lock);
  return NULL;
}

int margay_every(unsigned milliseconds, void (*function)(void *argument), void *argument, margay_error *error) {
  struct timer *timer = malloc(sizeof *timer);
  int failure;
  if (timer == NULL) {
    return no_memory(error);
  }
  timer->milliseconds = milliseconds;
  timer->function = function;
  timer->argument = argument;
  pthread_mutex_lock(&worker.lock);
  timer->round = worker.timer_round;
  failure = worker.taking ? detach(repeat, timer) : ECANCELED;
  if (failure == 0) {
    worker.timers++;
  }
  pthread_mutex_unlock(&worker.lock);
  if (failure != 0) {
    free(timer);
    return failure == ECANCELED ? stopped(error)
                                : margay_fail(error, "NoThread", "no thread can be started: %s", strerror(failure));
  }
  return 0;
}

/* Ends timers and calls; returns when none runs any more. */
static void quieten(void) {
  struct margay_device *each;
  pthread_mutex_lock(&worker.lock);
  worker.taking = 0;
  worker.timer_round++;
  for (each = worker.devices; each != NULL; each = each->next) {
    each->connected = 0;
  }
  pthread_cond_broadcast(&worker.changed);
  while (worker.timers > 0 || worker.busy_devices > 0) {
    pthread_cond_wait(&worker.changed, &worker.lock);
  }
  pthread_mutex_unlock(&worker.lock);
}

static void stop_driver(void) {
  end_adoption();
  quieten();
  if (worker.started && worker.driver->stop != NULL) {
    worker.driver->stop(worker.driver->user);
  }
  worker.started = 0;
}

static void start_driver(const struct message *message) {
  margay_error error = {0, "", ""};
  if (worker.started) {
    int failed = tell_all_again(&error);
    end_adoption();
    if (failed) {
      answer_failure(message, &error, "");
    } else {
      answer_plain(message, "{}");
    }
    return;
  }
  pthread_mutex_lock(&worker.lock);
  worker.taking = 1;
  pthread_mutex_unlock(&worker.lock);
  if (worker.driver->start(worker.driver->user, &error) != 0) {
    worker.started = 1;
    stop_driver();
    answer_failure(message, &error, "the driver did not start and said no reason");
    return;
  }
  worker.started = 1;
  answer_plain(message, "{}");
}

static void change_driver(struct message *message) {
  struct assignment now, before = worker.assignment;
  margay_error error = {0, "", ""};
  struct message answered = *message;
  /* Its own copy of the id: the message goes into the assignment. */
  margay_json *json = margay_object();
  margay_json *id = take_member(message->json, "id");
  end_adoption();
  answered.json = json;
  if (id == NULL || margay_put(json, "id", id) != 0) {
    margay_free(json);
    return;
  }
  if (assign(message->json, &now, &error) != 0) {
    answer_failure(&answered, &error, "");
  } else {
    int applied;
    worker.assignment = now;
    applied = worker.driver->changed != NULL && worker.driver->changed(worker.driver->user) == 1;
    free_assignment(&before);
    answer_plain(&answered, applied ? "{\"applied\":true}" : "{\"applied\":false}");
  }
  message->json = NULL;
  margay_free(json);
}

/* ---- running ---- */

/*
 * Sets what the program was not started with: the secret variables in a container, whose engine would write them down. Before
 * anything of the author's is called; what main() did before is too early.
 */
static int set_environment(const margay_json *variables, margay_error *error) {
  size_t i;
  for (i = 0; i < margay_count(variables); i++) {
    const char *name = margay_name(variables, i);
    const char *value = margay_as_text(margay_item(variables, i), "");
    const char *now = name == NULL ? NULL : getenv(name);
    /* The gateway has put the package's lib before the workload's own path of libraries. */
    if (name == NULL || (now != NULL && (strcmp(now, value) == 0 || strcmp(name, "LD_LIBRARY_PATH") == 0))) {
      continue;
    }
    if (setenv(name, value, 1) != 0) {
      return margay_fail(error, "Refused", "the variable %.64s can't be set: %s", name, strerror(errno));
    }
  }
  return 0;
}

/* Answers initialize; what is wrong goes to standard error too, for the gateway tells that with the exit. */
static int initialize(struct message *message) {
  const margay_json *params = params_of(message);
  const char *kind = margay_as_text(margay_member(params, "kind"), "");
  const char *mine = worker.driver != NULL ? "driver" : "function";
  struct message answered = *message;
  margay_json *id = take_member(message->json, "id");
  margay_error error = {0, "", ""};
  int failed = 0;
  answered.json = margay_object();
  if (id == NULL || margay_put(answered.json, "id", id) != 0) {
    margay_free(answered.json);
    return -1;
  }
  free(worker.name);
  worker.name = strdup(margay_as_text(margay_member(params, "name"), ""));
  if (strcmp(kind, mine) != 0) {
    failed = margay_fail(&error, "Refused", "the program is a %s, and it is deployed as a %.20s", mine, kind);
  } else {
    free_assignment(&worker.assignment);
    failed = assign(message->json, &worker.assignment, &error);
    message->json = NULL;
  }
  if (!failed) {
    params = margay_member(worker.assignment.message, "params");
    failed = set_environment(margay_member(params, "environment"), &error);
  }
  if (!failed && worker.function != NULL && worker.function->start != NULL) {
    failed = worker.function->start(worker.function->user, &error);
    worker.started = !failed;
  }
  if (!failed && worker.function != NULL && margay_as_integer(margay_member(params, "concurrency"), 1) > 1) {
    pthread_mutex_lock(&worker.lock);
    worker.concurrency = margay_as_integer(margay_member(params, "concurrency"), 1);
    pthread_mutex_unlock(&worker.lock);
  }
  if (failed) {
    answer_failure(&answered, &error, "it did not start and said no reason");
    fprintf(stderr, "margay: %s\n", *error.message == '\0' ? "it did not start and said no reason" : error.message);
  } else {
    answer_plain(&answered, "{}");
  }
  margay_free(answered.json);
  return failed ? -1 : 0;
}

/* Another gateway takes over what runs; nothing begins again. */
static void initialize_again(const struct message *message) {
  const char *name = margay_as_text(margay_member(params_of(message), "name"), "");
  char *copy = *name == '\0' ? NULL : strdup(name);
  if (copy != NULL) {
    free(worker.name);
    worker.name = copy;
  }
  if (worker.driver != NULL) {
    adopt(params_of(message));
  }
  answer_plain(message, "{\"adopted\":true}");
}

static struct message *next_message(void) {
  struct message *message;
  pthread_mutex_lock(&worker.lock);
  while (worker.inbox.first == NULL) {
    pthread_cond_wait(&worker.changed, &worker.lock);
  }
  message = pop(&worker.inbox);
  pthread_mutex_unlock(&worker.lock);
  return message;
}

/* Returns the exit code, or -1 to go on. */
static int handle(struct message *message) {
  const char *method = method_of(message);
  if (strcmp(method, "shutdown") == 0) {
    return 0;
  }
  if (strcmp(method, "initialize") == 0 && worker.assignment.message == NULL) {
    return initialize(message) == 0 ? -1 : 1;
  }
  if (strcmp(method, "initialize") == 0) {
    initialize_again(message);
  } else if (worker.assignment.message == NULL) {
    answer_error(message, MARGAY_CODE_FAILED, "Refused", "initialize has not been called");
  } else if (strcmp(method, "invoke") == 0) {
    invoke(message);
  } else if (strcmp(method, "driver.start") == 0) {
    start_driver(message);
  } else if (strcmp(method, "driver.stop") == 0) {
    stop_driver();
    answer_plain(message, "{}");
  } else {
    change_driver(message);
  }
  return -1;
}

/*
 * Makes a container with ports of the host known on its network: sends an empty datagram to the next hop of the default route. The
 * engine forwards such a port before the container is on the network, so the host asks for its address in vain, and again after a
 * second only. Where it can't be sent, who asks for the port waits that second.
 */
static void announce(void) {
  FILE *routes = fopen("/proc/net/route", "r");
  char line[512];
  while (routes != NULL && fgets(line, sizeof line, routes) != NULL) {
    unsigned to, hop;
    if (sscanf(line, "%*s %8x %8x", &to, &hop) == 2 && to == 0 && hop != 0) {
      struct sockaddr_in address;
      int fd = socket(AF_INET, SOCK_DGRAM, 0);
      memset(&address, 0, sizeof address);
      address.sin_family = AF_INET;
      address.sin_port = htons(PORT_DISCARD);
      address.sin_addr.s_addr = hop; /* in the order of bytes in which it is there */
      if (fd >= 0) {
        (void)sendto(fd, "", 0, 0, (struct sockaddr *)&address, sizeof address);
        close(fd);
      }
      break;
    }
  }
  if (routes != NULL) {
    fclose(routes);
  }
}

static int begin(void) {
  pthread_condattr_t attributes;
  const char *path = getenv("MARGAY_SOCKET");
  int failure;
  /* A session of its own: Ctrl-C on the gateway's terminal is not for workers, and the gateway ends all of it. */
  setsid();
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (path == NULL || *path == '\0') {
    fprintf(stderr, "margay: MARGAY_SOCKET is not set; the gateway starts this, see the README of the SDK\n");
    return -1;
  }
  if (strlen(path) >= sizeof worker.path) {
    fprintf(stderr, "margay: the path of MARGAY_SOCKET is too long: %s\n", path);
    return -1;
  }
  if (getenv("MARGAY_ANNOUNCE") != NULL) {
    announce();
  }
  snprintf(worker.path, sizeof worker.path, "%s", path);
  worker.pid = getpid();
  worker.closing = 0;
  worker.connection = 1;
  worker.fd = dial();
  if (worker.fd < 0) {
    fprintf(stderr, "margay: no gateway listens on %s: %s\n", path, strerror(errno));
    worker.pid = 0;
    return -1;
  }
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&worker.changed, &attributes);
  pthread_condattr_destroy(&attributes);
  failure = pthread_create(&worker.reader, NULL, read_for_ever, NULL);
  if (failure != 0) {
    fprintf(stderr, "margay: no thread can be started: %s\n", strerror(failure));
    close(worker.fd);
    worker.fd = -1;
    worker.pid = 0;
    return -1;
  }
  return 0;
}

/* Ends threads and lets go of all. A driver's thread that does not end holds nothing up. */
static void end(int code) {
  long long until = now_ms() + 1000;
  struct message *message;
  pthread_mutex_lock(&worker.lock);
  worker.closing = 1;
  pthread_cond_broadcast(&worker.changed);
  pthread_mutex_unlock(&worker.lock);
  pthread_mutex_lock(&worker.writing);
  if (worker.fd >= 0) {
    shutdown(worker.fd, SHUT_RDWR);
  }
  pthread_mutex_unlock(&worker.writing);
  pthread_join(worker.reader, NULL);
  pthread_mutex_lock(&worker.lock);
  while (worker.threads > 0) {
    struct timespec deadline;
    deadline.tv_sec = (time_t)(until / 1000);
    deadline.tv_nsec = (long)(until % 1000) * 1000000;
    if (pthread_cond_timedwait(&worker.changed, &worker.lock, &deadline) == ETIMEDOUT) {
      fflush(NULL);
      _exit(code);
    }
  }
  pthread_mutex_unlock(&worker.lock);
  while ((message = pop(&worker.inbox)) != NULL || (message = pop(&worker.calls)) != NULL) {
    free_message(message);
  }
  worker.concurrency = 0;
  worker.open_calls = 0;
  while (worker.devices != NULL) {
    struct margay_device *device = worker.devices;
    worker.devices = device->next;
    free(device->product_key);
    free(device->device_name);
    free(device->reason);
    free(device);
  }
  free_assignment(&worker.assignment);
  free(worker.name);
  worker.name = NULL;
  worker.pid = 0;
}

static int run(void) {
  int code = -1;
  if (begin() != 0) {
    return 1;
  }
  while (code < 0) {
    struct message *message = next_message();
    code = handle(message);
    free_message(message);
  }
  if (worker.driver != NULL) {
    stop_driver();
  } else {
    await_invocations();
    if (worker.started && worker.function->stop != NULL) {
      worker.function->stop(worker.function->user);
    }
  }
  worker.started = 0;
  end(code);
  return code;
}

int margay_run_function(const margay_function *function) {
  if (function == NULL || function->handle == NULL) {
    fprintf(stderr, "margay: a function without handle()\n");
    return 1;
  }
  worker.function = function;
  worker.driver = NULL;
  return run();
}

int margay_run_driver(const margay_driver *driver) {
  if (driver == NULL || driver->start == NULL) {
    fprintf(stderr, "margay: a driver without start()\n");
    return 1;
  }
  worker.driver = driver;
  worker.function = NULL;
  return run();
}
