/* A record there and a record back with librdkafka alone: what two hops through the broker cost at best on this machine.
 *
 *   two-hops responder|caller BROKERS REQUEST_TOPIC REPLY_TOPIC
 *
 * Topics have one partition. Prints "ready". The caller then reads "measure CALLERS MILLISECONDS BODY_BYTES" and prints
 * "figures CALLS SECONDS P50 P99 MAX", milliseconds, of a closed loop. Both end when standard input does. */
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_SAMPLES = 4000000, POLL_MS = 100, LOST_AFTER_S = 40 };

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static rd_kafka_conf_t *configuration(const char *brokers, const char *const settings[][2]) {
  char problem[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  const char *const common[][2] = {{"bootstrap.servers", brokers}, {"socket.nagle.disable", "true"}, {NULL, NULL}};
  for (const char *const(*each)[2] = common; each; each = each == common ? settings : NULL)
    for (int i = 0; each[i][0]; i++)
      if (rd_kafka_conf_set(conf, each[i][0], each[i][1], problem, sizeof problem) != RD_KAFKA_CONF_OK)
        fail(each[i][0], problem);
  return conf;
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
  char problem[512];
  rd_kafka_t *made = rd_kafka_new(type, conf, problem, sizeof problem);
  if (!made) fail("librdkafka", problem);
  return made;
}

/* The same settings as the round trip by hand in Node: see tools/bench/src/processes/by-hand.ts. */
static rd_kafka_t *producer(const char *brokers) {
  const char *const settings[][2] = {
      {"linger.ms", "0"}, {"max.in.flight.requests.per.connection", "5"}, {NULL, NULL}};
  return client(RD_KAFKA_PRODUCER, configuration(brokers, settings));
}

static rd_kafka_t *consumer(const char *brokers, const char *topic) {
  const char *const settings[][2] = {{"group.id", "two-hops"}, {"enable.auto.commit", "false"},
                                     {"max.poll.interval.ms", "86400000"}, {NULL, NULL}};
  rd_kafka_t *made = client(RD_KAFKA_CONSUMER, configuration(brokers, settings));
  rd_kafka_poll_set_consumer(made);
  rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(all, topic, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_resp_err_t error = rd_kafka_assign(made, all);
  if (error) fail("assign", rd_kafka_err2str(error));
  rd_kafka_topic_partition_list_destroy(all);
  return made;
}

static void produce(rd_kafka_topic_t *topic, void *value, size_t length) {
  if (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, value, length, NULL, 0, NULL) != 0)
    fail("produce", rd_kafka_err2str(rd_kafka_last_error()));
}

static int input_waits(void) {
  struct pollfd input = {0, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

/* Sends every request back until standard input ends. */
static void respond(rd_kafka_t *requests, rd_kafka_topic_t *replies) {
  while (!input_waits()) {
    rd_kafka_message_t *message;
    while ((message = rd_kafka_consumer_poll(requests, POLL_MS))) {
      if (!message->err) produce(replies, message->payload, message->len);
      rd_kafka_message_destroy(message);
    }
  }
}

struct caller {
  unsigned char *body;
  uint32_t calls;
  double begun;
};

static void begin(rd_kafka_topic_t *requests, struct caller *caller, size_t length) {
  caller->calls++;
  memcpy(caller->body + 4, &caller->calls, 4);
  caller->begun = now();
  produce(requests, caller->body, length);
}

static int ascending(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static double percentile(const double *sorted, long count, double share) {
  long rank = (long)(share * count + 0.999999);
  return count == 0 ? 0 : sorted[rank < 1 ? 0 : rank - 1] * 1000;
}

static void measure(rd_kafka_topic_t *requests, rd_kafka_t *replies, uint32_t callers, long duration_ms, size_t length) {
  static double samples[MAX_SAMPLES];
  struct caller *all = calloc(callers, sizeof *all);
  long begun = 0, answered = 0;
  double start = now(), last_start = start + duration_ms / 1e3, last_answer = start;
  for (uint32_t i = 0; i < callers; i++, begun++) {
    all[i].body = malloc(length);
    memset(all[i].body, 'w', length);
    memcpy(all[i].body, &i, 4);
    begin(requests, &all[i], length);
  }
  while (answered < begun) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(replies, POLL_MS);
    double time = now();
    if (!message || message->err) {
      if (time - last_answer > LOST_AFTER_S) fail("caller", "an answer did not come");
      if (message) rd_kafka_message_destroy(message);
      continue;
    }
    uint32_t number;
    memcpy(&number, message->payload, 4);
    if (number >= callers || message->len != length || memcmp(message->payload, all[number].body, length))
      fail("caller", "a wrong answer");
    rd_kafka_message_destroy(message);
    samples[answered++] = time - all[number].begun;
    last_answer = time;
    if (time < last_start && begun < MAX_SAMPLES) {
      begun++;
      begin(requests, &all[number], length);
    }
  }
  qsort(samples, answered, sizeof *samples, ascending);
  printf("figures %ld %f %f %f %f\n", answered, last_answer - start, percentile(samples, answered, 0.5),
         percentile(samples, answered, 0.99), percentile(samples, answered, 1));
  for (uint32_t i = 0; i < callers; i++) free(all[i].body);
  free(all);
}

int main(int count, char **arguments) {
  if (count != 5) fail("usage", "two-hops responder|caller BROKERS REQUEST_TOPIC REPLY_TOPIC");
  int responds = strcmp(arguments[1], "responder") == 0;
  rd_kafka_t *sends = producer(arguments[2]);
  rd_kafka_t *reads = consumer(arguments[2], arguments[responds ? 3 : 4]);
  rd_kafka_topic_t *topic = rd_kafka_topic_new(sends, arguments[responds ? 4 : 3], NULL);
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  if (responds) {
    respond(reads, topic);
  } else {
    char line[256];
    unsigned callers;
    long duration_ms;
    size_t length;
    while (fgets(line, sizeof line, stdin)) {
      if (sscanf(line, "measure %u %ld %zu", &callers, &duration_ms, &length) != 3 || length < 8) fail("not understood", line);
      measure(topic, reads, callers, duration_ms, length);
    }
  }
  rd_kafka_flush(sends, 1000);
  rd_kafka_topic_destroy(topic);
  rd_kafka_consumer_close(reads);
  rd_kafka_destroy(reads);
  rd_kafka_destroy(sends);
  return 0;
}
