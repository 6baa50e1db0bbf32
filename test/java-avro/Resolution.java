// Random pairs of schemas, records of them as Java writes them, and what Java's reader makes of each: one pair a line,
// the same at every run. `node test/java-avro/generate.ts` writes resolution.jsonl with it.
//
// A value is written so that nothing of it is lost: numbers and texts as `i:5`, `f:0.1`, `d:0.1`, `s:a`, bytes as `b:`
// and hex.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

public class Resolution {
  /** As many as fit into a file that one may still look at. */
  static final int COMPATIBLE = 300;
  static final int INCOMPATIBLE = 100;
  static final int RECORDS_EACH = 2;
  static final int SCHEMA_CHARACTERS_MAX = 500;

  static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  public static void main(String[] arguments) throws IOException {
    int compatible = 0;
    int incompatible = 0;
    while (compatible < COMPATIBLE || incompatible < INCOMPATIBLE) {
      SchemaPair pair = new SchemaPair();
      if (pair.writer.toString().length() > SCHEMA_CHARACTERS_MAX) continue;
      if (pair.reader.toString().length() > SCHEMA_CHARACTERS_MAX) continue;
      boolean fits = fits(parsed(pair.writer), parsed(pair.reader));
      if (fits ? compatible == COMPATIBLE : incompatible == INCOMPATIBLE) continue;
      try {
        System.out.println(line(pair, fits));
      } catch (StackOverflowError endless) {
        continue; // a default that holds itself
      }
      if (fits) compatible++;
      else incompatible++;
    }
  }

  static ObjectNode line(SchemaPair pair, boolean fits) throws IOException {
    ObjectNode line = JSON.objectNode();
    line.put("compatible", fits);
    line.set("writer", pair.writer);
    line.set("reader", pair.reader);
    ArrayNode records = line.putArray("records");
    Schema writer = parsed(pair.bareWriter);
    Schema reader = parsed(pair.bareReader);
    for (int index = 0; index < RECORDS_EACH; index++) records.add(record(writer, reader));
    return line;
  }

  static Schema parsed(JsonNode json) {
    return new Schema.Parser(NameValidator.NO_VALIDATION).setValidateDefaults(false).parse(json.toString());
  }

  static boolean fits(Schema writer, Schema reader) {
    try {
      SchemaCompatibilityType type = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType();
      return type == SchemaCompatibilityType.COMPATIBLE;
    } catch (RuntimeException ambiguous) {
      return false;
    }
  }

  static ObjectNode record(Schema writer, Schema reader) throws IOException {
    byte[] bytes = written(writer, RandomValue.of(writer, 0));
    ObjectNode record = JSON.objectNode();
    record.put("bytes", Base64.getEncoder().encodeToString(bytes));
    try {
      record.set("reads", shown(read(bytes, writer, reader)));
    } catch (EOFException tooEarly) {
      // Java reckons what items take at least by the reader's type: it forgets that they may be written shorter.
      return record(writer, reader);
    } catch (RuntimeException refused) {
      record.put("fails", String.valueOf(refused.getMessage()).replaceAll("\\s+", " "));
    }
    return record;
  }

  static byte[] written(Schema schema, Object value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    EncoderFactory factory = new EncoderFactory().configureBlockSize(64);
    BinaryEncoder encoder =
        Chance.isOneIn(2) ? factory.binaryEncoder(bytes, null) : factory.blockingBinaryEncoder(bytes, null);
    new GenericDatumWriter<Object>(schema).write(value, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  static Object read(byte[] bytes, Schema writer, Schema reader) throws IOException {
    return new GenericDatumReader<>(writer, reader).read(null, DecoderFactory.get().binaryDecoder(bytes, null));
  }

  static JsonNode shown(Object value) {
    if (value == null) return JSON.nullNode();
    if (value instanceof Boolean flag) return JSON.booleanNode(flag);
    if (value instanceof Integer || value instanceof Long) return JSON.textNode("i:" + value);
    if (value instanceof Float) return JSON.textNode("f:" + value);
    if (value instanceof Double) return JSON.textNode("d:" + value);
    if (value instanceof CharSequence || value instanceof GenericEnumSymbol) return JSON.textNode("s:" + value);
    if (value instanceof GenericFixed fixed) return JSON.textNode("b:" + HexFormat.of().formatHex(fixed.bytes()));
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return JSON.textNode("b:" + HexFormat.of().formatHex(bytes));
    }
    if (value instanceof Collection<?> items) {
      ArrayNode all = JSON.arrayNode();
      items.forEach((item) -> all.add(shown(item)));
      return all;
    }
    ObjectNode all = JSON.objectNode();
    if (value instanceof Map<?, ?> map) map.forEach((key, inner) -> all.set(key.toString(), shown(inner)));
    if (value instanceof GenericRecord record)
      for (Schema.Field field : record.getSchema().getFields()) all.set(field.name(), shown(record.get(field.pos())));
    return all;
  }
}
