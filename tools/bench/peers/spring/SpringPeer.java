import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.annotation.EnableKafka;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.requestreply.ReplyingKafkaTemplate;
import org.springframework.messaging.handler.annotation.SendTo;

/**
 * Spring Kafka's request and reply: ReplyingKafkaTemplate, and a listener with @SendTo. The arguments and the lines are those
 * of two-hops.c.
 */
public class SpringPeer {
  private static final Duration REPLY_LIMIT = Duration.ofSeconds(30);
  private static final int MAX_SAMPLES = 2_000_000;

  private static String brokers;
  private static String requestTopic;
  private static String replyTopic;

  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 4) throw new IllegalArgumentException("responder|caller BROKERS REQUEST_TOPIC REPLY_TOPIC");
    brokers = arguments[1];
    requestTopic = arguments[2];
    replyTopic = arguments[3];
    var lines = new BufferedReader(new InputStreamReader(System.in));
    if (arguments[0].equals("responder")) respond(lines);
    else call(lines);
    System.exit(0);
  }

  private static DefaultKafkaProducerFactory<byte[], byte[]> producers() {
    return new DefaultKafkaProducerFactory<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers,
            // Kafka's client of this version waits 5 ms by default; a lone call would wait twice.
            ProducerConfig.LINGER_MS_CONFIG, 0,
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class));
  }

  private static DefaultKafkaConsumerFactory<byte[], byte[]> consumers(String group) {
    return new DefaultKafkaConsumerFactory<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers,
            ConsumerConfig.GROUP_ID_CONFIG, group,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest",
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class));
  }

  @Configuration(proxyBeanMethods = false)
  @EnableKafka
  public static class Responder {
    @Bean
    ConcurrentKafkaListenerContainerFactory<byte[], byte[]> kafkaListenerContainerFactory() {
      var factory = new ConcurrentKafkaListenerContainerFactory<byte[], byte[]>();
      factory.setConsumerFactory(consumers(requestTopic));
      factory.setReplyTemplate(new KafkaTemplate<>(producers()));
      return factory;
    }

    @Bean
    String requests() {
      return requestTopic;
    }

    @KafkaListener(topics = "#{@requests}")
    @SendTo
    public byte[] echo(byte[] body) {
      return body;
    }
  }

  private static void respond(BufferedReader lines) throws Exception {
    var context = new AnnotationConfigApplicationContext(Responder.class);
    System.out.println("ready");
    while (lines.readLine() != null) {}
    context.close();
  }

  private static void call(BufferedReader lines) throws Exception {
    var container =
        new KafkaMessageListenerContainer<>(consumers(replyTopic), new ContainerProperties(replyTopic));
    var template = new ReplyingKafkaTemplate<>(producers(), container);
    template.setDefaultReplyTimeout(REPLY_LIMIT);
    template.afterPropertiesSet();
    template.start();
    if (!template.waitForAssignment(REPLY_LIMIT)) throw new IllegalStateException("no partition of " + replyTopic);
    System.out.println("ready");
    for (String line; (line = lines.readLine()) != null; ) {
      var words = line.split(" ");
      var loop = new ClosedLoop(template, Integer.parseInt(words[2]), Integer.parseInt(words[3]));
      System.out.println(loop.run(Integer.parseInt(words[1])));
    }
    template.stop();
    template.destroy();
  }

  private static final class ClosedLoop {
    private final ReplyingKafkaTemplate<byte[], byte[], byte[]> template;
    private final int length;
    private final long start = System.nanoTime();
    private final long lastStart;
    private final CountDownLatch ended = new CountDownLatch(1);
    // Guarded by this.
    private final long[] samples = new long[MAX_SAMPLES];
    private int begun;
    private int answered;
    private Throwable failed;

    ClosedLoop(ReplyingKafkaTemplate<byte[], byte[], byte[]> template, int durationMs, int length) {
      this.template = template;
      this.length = length;
      this.lastStart = start + durationMs * 1_000_000L;
    }

    String run(int callers) throws Exception {
      synchronized (this) {
        begun = callers;
      }
      for (int number = 0; number < callers; number++) begin(number, 0);
      var answeredInTime = ended.await((lastStart - start) / 1_000_000 + 40_000, TimeUnit.MILLISECONDS);
      synchronized (this) {
        if (failed != null || !answeredInTime) throw new IllegalStateException("an answer did not come", failed);
        var seconds = (System.nanoTime() - start) / 1e9;
        Arrays.sort(samples, 0, answered);
        return String.format(
            Locale.ROOT,
            "figures %d %f %f %f %f", answered, seconds, percentile(0.5), percentile(0.99), percentile(1));
      }
    }

    private void begin(int number, int count) {
      var body = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN).putInt(number).putInt(count).array();
      long begunAt = System.nanoTime();
      template
          .sendAndReceive(new ProducerRecord<>(requestTopic, body))
          .whenComplete((reply, error) -> answered(number, count, body, begunAt, reply == null ? null : reply.value(), error));
    }

    private void answered(int number, int count, byte[] body, long begunAt, byte[] reply, Throwable error) {
      synchronized (this) {
        if (error == null && !Arrays.equals(body, reply)) error = new Exception("a wrong answer");
        if (error != null) failed = error;
        else samples[answered++] = System.nanoTime() - begunAt;
        boolean more = failed == null && System.nanoTime() < lastStart && begun < MAX_SAMPLES;
        if (!more && (failed != null || answered == begun)) ended.countDown();
        if (!more) return;
        begun++;
      }
      begin(number, count + 1);
    }

    private double percentile(double share) {
      return answered == 0 ? 0 : samples[Math.max(0, (int) Math.ceil(share * answered) - 1)] / 1e6;
    }
  }
}
