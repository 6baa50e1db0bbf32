// The smallest sink that does a partner's delivery under Kafka Connect: an Avro record becomes the partner's document and is posted, one
// after the other, as sinks do; what is not answered with 2xx fails the task. No signature, no audit, no retry of its own.
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

public class HttpSink extends SinkConnector {
  private Map<String, String> settings;

  @Override public void start(Map<String, String> settings) { this.settings = settings; }
  @Override public Class<? extends Task> taskClass() { return One.class; }
  @Override public List<Map<String, String>> taskConfigs(int tasks) { return Collections.nCopies(tasks, settings); }
  @Override public void stop() {}
  @Override public ConfigDef config() { return new ConfigDef(); }
  @Override public String version() { return "1"; }

  public static class One extends SinkTask {
    private static final int HEADER = 5; // a zero, and the schema's id in four bytes
    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new HashMap<>();
    private HttpRequest.Builder request;
    private String registry;
    private String token;

    @Override public void start(Map<String, String> settings) {
      request = HttpRequest.newBuilder(URI.create(settings.get("url"))).header("content-type", "application/json");
      registry = settings.get("registry");
      token = settings.get("token");
    }

    @Override public void put(Collection<SinkRecord> records) {
      for (SinkRecord record : records) {
        try {
          byte[] body = documentOf((byte[]) record.value());
          HttpRequest post = request.copy().POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
          int status = client.send(post, HttpResponse.BodyHandlers.discarding()).statusCode();
          if (status / 100 != 2) throw new ConnectException("answered with " + status);
        } catch (java.io.IOException | InterruptedException error) {
          throw new ConnectException(error);
        }
      }
    }

    private byte[] documentOf(byte[] value) throws java.io.IOException, InterruptedException {
      GenericDatumReader<GenericRecord> reader = readerOf(ByteBuffer.wrap(value, 1, 4).getInt());
      var decoder = DecoderFactory.get().binaryDecoder(value, HEADER, value.length - HEADER, null);
      GenericRecord rule = reader.read(null, decoder);
      ObjectNode document = json.createObjectNode();
      document.put("ruleId", rule.get("ruleId").toString());
      document.put("version", ((Number) rule.get("version")).longValue());
      document.put("bedCap", ((Number) rule.get("minIcuBeds")).longValue());
      document.put("start", rule.get("effectiveDate").toString());
      document.put("resource", "resource_55");
      document.put("title", rule.get("title").toString());
      for (var parameter : ((Map<?, ?>) rule.get("parameters")).entrySet())
        document.put(parameter.getKey().toString(), parameter.getValue().toString());
      document.put("priority", "HIGH");
      document.put("token", token);
      return json.writeValueAsBytes(document);
    }

    private GenericDatumReader<GenericRecord> readerOf(int id) throws java.io.IOException, InterruptedException {
      GenericDatumReader<GenericRecord> known = readers.get(id);
      if (known != null) return known;
      HttpRequest ask = HttpRequest.newBuilder(URI.create(registry + "/schemas/ids/" + id)).build();
      String answer = client.send(ask, HttpResponse.BodyHandlers.ofString()).body();
      Schema schema = new Schema.Parser().parse(json.readTree(answer).get("schema").asText());
      readers.put(id, new GenericDatumReader<>(schema));
      return readers.get(id);
    }

    @Override public void stop() {}
    @Override public String version() { return "1"; }
  }
}
