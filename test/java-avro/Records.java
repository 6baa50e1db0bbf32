// Records as Java's own serializer writes them, and the documents that Java's own values make of them in the forms
// of docs/connectors.md. `node test/java-avro/generate.ts` writes records.json with it.
//
// A topic has two versions of a schema. Records of the older one are read as the newer: by aliases, defaults,
// promotions and the default of an enum. The newer one has a field for each row of the table of forms, and names a
// type of another subject.
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.avro.Conversions;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.TimePeriod;
import org.apache.avro.util.Utf8;

public final class Records extends SchemaText {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private static final GenericData DATA = new GenericData();
  private static final Forms FORMS = new Forms(DATA);

  static {
    DATA.addLogicalTypeConversion(new Conversions.DecimalConversion());
    DATA.addLogicalTypeConversion(new Conversions.UUIDConversion());
    DATA.addLogicalTypeConversion(new Conversions.DurationConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.DateConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimeMillisConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimeMicrosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.TimestampNanosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.LocalTimestampMillisConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.LocalTimestampMicrosConversion());
    DATA.addLogicalTypeConversion(new TimeConversions.LocalTimestampNanosConversion());
  }


  /** A field of the newer schema. @param as what the mapping asks for; empty: nothing */
  private record Row(String type, String as, Object... values) {}

  /** A field that the older schema has under another name. @param instead the default of the newer one */
  private record Evolved(String before, String after, String as, String instead, Object... values) {}

  private static final long MS = 1_795_514_400_123L;
  private static final Instant MOMENT = Instant.ofEpochMilli(MS);
  private static final String STAMP = logical("long", "timestamp-millis");
  private static final String MONEY = logical("bytes", "decimal", ",'precision':20,'scale':2");

  /** As Java named the space of nested classes. */
  private static final String OLD = "gov.old$.";
  private static final String NEW = "gov.test.";

  private static final List<Row> ROWS = List.of(
      // Numbers and texts.
      new Row("'int'", "", 7),
      new Row("'int'", "string", 7),
      new Row("'long'", "", 9_007_199_254_740_993L),
      new Row("'long'", "string", Long.MIN_VALUE),
      new Row("'float'", "", 0.1f),
      new Row("'float'", "string", 0.1f),
      new Row("'double'", "", 0.1),
      new Row("'double'", "integer", Math.pow(2, 60)),
      new Row("'string'", "", "text", new Utf8("Größe 🚀")),
      new Row("'string'", "number", "12345678901234567890.5"),
      new Row("'string'", "integer", "42"),
      new Row("{'type':'string','avro.java.string':'String'}", "", "text"),
      new Row("'boolean'", "", true),
      new Row("'boolean'", "json-text", true),
      new Row(enumeration("Switch", "on", "off"), "", new Symbol("off")),
      // Lists, maps and records.
      new Row(array("'long'"), "", List.of(1L, 1L << 60), LongStream.range(0, 40).boxed().toList()),
      new Row(map("'double'"), "", Map.of("long", 5.5)),
      new Row(map("'int'"), "json-text", Map.of("a", 5)),
      new Row(record("Stay", field("day", logical("int", "date")), field("levels", array("'float'"))), "",
          fields("", "day", LocalDate.of(2026, 11, 24), "levels", List.of(0.1f, 2f))),
      // Bytes.
      new Row("'bytes'", "base64", buffer(0xff, 0xfe)),
      new Row("'bytes'", "hex", buffer(0xff, 0xfe)),
      new Row("'bytes'", "text", ByteBuffer.wrap("Größe".getBytes(StandardCharsets.UTF_8))),
      new Row(array("'bytes'"), "base64", List.of(buffer(0xff, 0xfe))),
      // Equal types, defined twice.
      new Row(fixed("Pair", 2, ""), "hex", new byte[] {-1, -2}),
      new Row(fixed("Pair", 2, ""), "base64", new byte[] {-1, -2}),
      // Logical types.
      new Row(logical("string", "uuid"), "", UUID.fromString("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
      new Row(fixed("Uuid", 16, ",'logicalType':'uuid'"), "", UUID.fromString("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
      new Row(MONEY, "", new BigDecimal("12.34"), new BigDecimal("-0.01"), new BigDecimal("1.28")),
      new Row(MONEY, "number", new BigDecimal("-0.01")),
      new Row(fixed("Money", 9, ",'logicalType':'decimal','precision':20,'scale':3"), "", new BigDecimal("-12.345")),
      new Row(logical("int", "date"), "", LocalDate.of(2026, 11, 24), LocalDate.of(1969, 12, 31)),
      new Row(logical("int", "date"), "days", LocalDate.of(2026, 11, 24)),
      new Row(logical("int", "time-millis"), "", LocalTime.of(10, 0, 0, 123_000_000), LocalTime.of(10, 0)),
      new Row(logical("int", "time-millis"), "ms", LocalTime.of(10, 0, 0, 123_000_000)),
      new Row(logical("long", "time-micros"), "", LocalTime.of(10, 0, 0, 1_000)),
      new Row(logical("long", "time-micros"), "us", LocalTime.of(10, 0, 0, 1_000)),
      new Row(STAMP, "", MOMENT),
      new Row(STAMP, "date-time", MOMENT, Instant.ofEpochMilli(-1)),
      new Row(STAMP, "date", MOMENT),
      new Row(STAMP, "epoch-s", MOMENT),
      new Row(logical("long", "timestamp-micros"), "", MOMENT),
      new Row(logical("long", "timestamp-micros"), "date-time", MOMENT.plusNanos(4_000)),
      new Row(logical("long", "timestamp-micros"), "epoch-ms", MOMENT),
      new Row(logical("long", "timestamp-nanos"), "", MOMENT.plusNanos(5)),
      new Row(logical("long", "timestamp-nanos"), "date-time", MOMENT.plusNanos(5)),
      new Row(logical("long", "local-timestamp-millis"), "", LocalDateTime.of(2026, 11, 24, 10, 0, 0, 123_000_000)),
      new Row(logical("long", "local-timestamp-micros"), "", LocalDateTime.of(2026, 11, 24, 10, 0)),
      new Row(logical("long", "local-timestamp-nanos"), "", LocalDateTime.of(2026, 11, 24, 10, 0, 0, 5)),
      new Row(fixed("Span", 12, ",'logicalType':'duration'"), "", TimePeriod.of(1, 2, 5)),
      // Unions whose branches look alike.
      new Row("'int','long'", "", 5L, 6, 1L << 60),
      new Row("'float','double'", "", 0.25, 0.1f, 0.1),
      new Row("'string'," + enumeration("Kind", "wanted", "other"), "", "wanted", new Symbol("other")),
      new Row(record("A", field("x", "'int'")) + "," + record("B", field("y", "['int','string']")), "",
          fields("A", "x", 1), fields("B", "y", "z")),
      new Row(array("['int','double','string']"), "", List.of(1, 1.5, "z")),
      new Row(map("['int','long']") + ",'boolean'", "", Map.of("long", 5), Map.of("int", 6L), true),
      // A type of another subject, and a default that is not of the first branch.
      new Row("'gov.common.Address'", "", fields("", "street", "Main", "number", 7L)));

  private static final List<Evolved> EVOLVED = List.of(
      new Evolved("'int'", "'long'", "", "0", 7),
      new Evolved("'int'", "'double'", "", "0", 7),
      new Evolved("'long'", "'float'", "", "0", 16_777_217L),
      new Evolved("'long'", "'double'", "", "0", (1L << 53) + 1),
      new Evolved("'float'", "'double'", "", "0", 0.1f),
      new Evolved("'string'", "'bytes'", "hex", "'\\u00ff'", "ä"),
      new Evolved("'bytes'", "'string'", "", "''", ByteBuffer.wrap("ä".getBytes(StandardCharsets.UTF_8))),
      new Evolved("'string'", "['null','string']", "", "'later branch'", "text"),
      new Evolved("['null','int']", "['string','double','null']", "", "''", 7, null),
      new Evolved("['int','string']", "['null','string','long']", "", "null", 7, "text"),
      new Evolved(array("'int'"), array("['null','long']"), "", "[]", List.of(1, 2)),
      new Evolved(enumeration("gov.test.Level", "low", "high"),
          "{'type':'enum','name':'gov.test.Level','symbols':['unknown','low'],'default':'unknown'}", "", "'unknown'",
          new Symbol("low"), new Symbol("high")),
      new Evolved(record("Place", field("zip", "'int'"), field("gone", map("'bytes'"))),
          "{'type':'record','name':'Site','aliases':['Place'],'fields':["
              + "{'name':'code','aliases':['zip'],'type':'long'},{'name':'open','type':'boolean','default':true}]}",
          "", "{'code':1}", fields("", "zip", 94_110, "gone", Map.of("a", buffer(1)))));
  private static final String ADDED = String.join(",",
      "{'name':'audience','type':'string','default':'Hospital'}",
      "{'name':'note','type':['null','string'],'default':''}",
      "{'name':'since','type':'long','default':9223372036854775807}",
      "{'name':'tags','type':{'type':'array','items':['null','int','string']},'default':[1,'a',null]}");

  private static final String ADDRESS = record("gov.common.Address", field("street", "'string'"),
      field("number", "['null','long']"));

  public static void main(String[] arguments) throws IOException {
    Schema.Parser parser = new Schema.Parser(NameValidator.NO_VALIDATION).setValidateDefaults(false);
    Schema common = parser.parse(ADDRESS);
    String older = older();
    String newer = newer();
    Schema reader = parser.parse(newer);

    ObjectNode all = JSON.objectNode();
    all.putObject("common").put("name", common.getFullName()).put("schema", ADDRESS);
    all.put("older", older).put("newer", newer);
    ObjectNode as = all.putObject("as");
    for (Schema.Field field : reader.getFields()) as.put(field.name(), asOf(field.name()));
    ArrayNode records = all.putArray("records");
    for (int turn = 0; turn < 2; turn++) records.add(record(turn, older, reader));
    for (int turn = 0; turn < 3; turn++) records.add(record(turn, newer, reader));
    System.out.println(all.toPrettyString());
  }

  private static String older() {
    List<String> fields = new ArrayList<>(List.of(field("id", "'string'")));
    for (int index = 0; index < EVOLVED.size(); index++) fields.add(field("old" + index, EVOLVED.get(index).before));
    return record(OLD + "Values", fields.toArray(String[]::new));
  }

  private static String newer() {
    List<String> fields = new ArrayList<>(List.of(field("id", "'string'")));
    for (int index = 0; index < EVOLVED.size(); index++) {
      Evolved field = EVOLVED.get(index);
      String names = "'name':'new" + index + "','aliases':['old" + index + "']";
      fields.add(json("{" + names + ",'type':" + field.after + ",'default':" + field.instead + "}"));
    }
    fields.add(json(ADDED));
    for (int index = 0; index < ROWS.size(); index++)
      fields.add(json("{'name':'row" + index + "','type':['null'," + ROWS.get(index).type + "],'default':null}"));
    return record(NEW + "Values", fields.toArray(String[]::new));
  }

  private static String asOf(String field) {
    if (field.startsWith("row")) return ROWS.get(Integer.parseInt(field.substring(3))).as;
    return field.startsWith("new") ? EVOLVED.get(Integer.parseInt(field.substring(3))).as : "";
  }

  /** Each field has the value of its turn, or the last. */
  private static ObjectNode record(int turn, String version, Schema reader) throws IOException {
    boolean isOlder = version.contains(OLD);
    Schema writer = isOlder ? new Schema.Parser(NameValidator.NO_VALIDATION).parse(version) : reader;
    GenericData.Record record = new GenericData.Record(writer);
    for (Schema.Field field : writer.getFields()) record.put(field.pos(), value(field, turn));
    byte[] bytes = written(record, writer, turn);
    // Java finds aliases by full names, the specification by unqualified ones: so its reader is told of one namespace.
    Schema found = isOlder ? new Schema.Parser().parse(version.replace(OLD, NEW)) : reader;
    GenericData.Record read = new GenericDatumReader<GenericData.Record>(found, reader, DATA)
        .read(null, DecoderFactory.get().binaryDecoder(bytes, null));
    List<String> document = new ArrayList<>();
    for (Schema.Field field : reader.getFields()) {
      String value = FORMS.json(read.get(field.pos()), field.schema(), asOf(field.name()));
      document.add('"' + field.name() + "\":" + value);
    }
    return JSON.objectNode()
        .put("isOlder", isOlder)
        .put("bytes", Base64.getEncoder().encodeToString(bytes))
        .put("document", "{" + String.join(",", document) + "}");
  }

  private static Object value(Schema.Field field, int turn) {
    String name = field.name();
    if (name.equals("id")) return "turn " + turn;
    boolean isRow = name.startsWith("row");
    if (!isRow && !name.startsWith("old")) return DATA.getDefaultValue(field);
    int index = Integer.parseInt(name.substring(3));
    Object[] values = isRow ? ROWS.get(index).values : EVOLVED.get(index).values;
    return built(values[Math.min(turn, values.length - 1)], field.schema());
  }

  /** With the schema that enums, fixed and records carry in Java. */
  private static Object built(Object value, Schema schema) {
    if (value instanceof Symbol symbol)
      return new GenericData.EnumSymbol(branch(schema, Schema.Type.ENUM, ""), symbol.name);
    if (value instanceof byte[] bytes) return new GenericData.Fixed(branch(schema, Schema.Type.FIXED, ""), bytes);
    if (!(value instanceof Fields fields)) return value;
    GenericData.Record record = new GenericData.Record(branch(schema, Schema.Type.RECORD, fields.of));
    fields.values.forEach(record::put);
    return record;
  }

  private static Schema branch(Schema schema, Schema.Type type, String name) {
    if (!schema.isUnion()) return schema;
    return schema.getTypes().stream()
        .filter((branch) -> branch.getType() == type && (name.isEmpty() || branch.getName().equals(name)))
        .findFirst().orElseThrow();
  }

  /** By each of Java's encoders in turn. Blocks of 64 bytes carry their size. */
  private static byte[] written(Object record, Schema schema, int turn) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    EncoderFactory factory = new EncoderFactory().configureBlockSize(64);
    BinaryEncoder encoder = switch (turn) {
      case 0 -> factory.blockingBinaryEncoder(bytes, null);
      case 1 -> factory.binaryEncoder(bytes, null);
      default -> factory.directBinaryEncoder(bytes, null);
    };
    new GenericDatumWriter<>(schema, DATA).write(record, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private record Symbol(String name) {}

  /** @param of the branch; empty: the only one */
  private record Fields(String of, Map<String, Object> values) {}

  private static Fields fields(String of, Object... pairs) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int at = 0; at < pairs.length; at += 2) values.put((String) pairs[at], pairs[at + 1]);
    return new Fields(of, values);
  }

  private static ByteBuffer buffer(int... bytes) {
    ByteBuffer buffer = ByteBuffer.allocate(bytes.length);
    for (int at = 0; at < bytes.length; at++) buffer.put(at, (byte) bytes[at]);
    return buffer;
  }
}
