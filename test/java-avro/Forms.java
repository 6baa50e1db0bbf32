// A value as Java has it, in the JSON form that a mapping asks for: what docs/connectors.md promises, said with
// java.time, BigDecimal and UUID.
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.TimePeriod;

final class Forms {
  /** As many digits of a second as there are. */
  private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
      .appendPattern("HH:mm:ss").appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true).toFormatter();
  private static final DateTimeFormatter DATE_TIME = new DateTimeFormatterBuilder()
      .append(DateTimeFormatter.ISO_LOCAL_DATE).appendLiteral('T').append(TIME).toFormatter();
  private static final Map<String, Integer> DIGITS = Map.of("millis", 3, "micros", 6, "nanos", 9);

  private final GenericData data;

  Forms(GenericData data) {
    this.data = data;
  }

  /** @param as empty: the form by default */
  String json(Object value, Schema schema, String as) {
    if (value == null) return "null";
    if (as.equals("json-text")) return quoted(json(value, schema, ""));
    Schema type = schema.isUnion() ? schema.getTypes().get(data.resolveUnion(schema, value)) : schema;
    if (value instanceof Collection<?> items)
      return items.stream()
          .map((item) -> json(item, type.getElementType(), as))
          .collect(Collectors.joining(",", "[", "]"));
    if (value instanceof Map<?, ?> map)
      return map.entrySet().stream()
          .map((entry) -> quoted(entry.getKey()) + ":" + json(entry.getValue(), type.getValueType(), as))
          .collect(Collectors.joining(",", "{", "}"));
    if (value instanceof GenericRecord record)
      return type.getFields().stream()
          .map((field) -> quoted(field.name()) + ":" + json(record.get(field.pos()), field.schema(), as))
          .collect(Collectors.joining(",", "{", "}"));
    return scalar(value, type, as);
  }

  private static String scalar(Object value, Schema type, String as) {
    if (value instanceof Boolean) return value.toString();
    if (value instanceof Integer || value instanceof Long) return number(new BigDecimal(value.toString()), as);
    if (as.equals("integer") && value instanceof Double number) return new BigDecimal(number).toBigInteger().toString();
    if (value instanceof Float || value instanceof Double) return number(new BigDecimal(value.toString()), as);
    if (value instanceof CharSequence) return as.isEmpty() ? quoted(value) : value.toString();
    if (value instanceof GenericEnumSymbol || value instanceof UUID) return quoted(value);
    if (value instanceof BigDecimal decimal)
      return as.equals("number") ? decimal.toPlainString() : quoted(decimal.toPlainString());
    if (value instanceof LocalDate day) return as.equals("days") ? "" + day.toEpochDay() : quoted(day);
    if (value instanceof LocalTime time)
      return switch (as) {
        case "ms" -> moved(time.toNanoOfDay(), 6);
        case "us" -> moved(time.toNanoOfDay(), 3);
        default -> quoted(TIME.format(time));
      };
    if (value instanceof LocalDateTime time) return quoted(DATE_TIME.format(time));
    if (value instanceof Instant instant) return moment(instant, type.getLogicalType().getName(), as);
    if (value instanceof TimePeriod period) return quoted(span(period));
    byte[] bytes = value instanceof GenericFixed fixed ? fixed.bytes() : ((ByteBuffer) value).array();
    return quoted(switch (as) {
      case "base64" -> Base64.getEncoder().encodeToString(bytes);
      case "hex" -> HexFormat.of().formatHex(bytes);
      default -> new String(bytes, StandardCharsets.UTF_8);
    });
  }

  private static String number(BigDecimal value, String as) {
    String digits = value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    return as.equals("string") ? quoted(digits) : digits;
  }

  private static String moment(Instant instant, String logicalType, String as) {
    BigDecimal seconds = BigDecimal.valueOf(instant.getEpochSecond()).add(BigDecimal.valueOf(instant.getNano(), 9));
    int unit = DIGITS.get(logicalType.substring(logicalType.lastIndexOf('-') + 1));
    LocalDateTime utc = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
    return switch (as) {
      case "date-time" -> quoted(DATE_TIME.format(utc) + "Z");
      case "date" -> quoted(utc.toLocalDate());
      case "epoch-s" -> number(seconds, "");
      case "epoch-ms" -> number(seconds.movePointRight(3), "");
      default -> number(seconds.movePointRight(unit), "");
    };
  }

  private static String span(TimePeriod span) {
    Duration time = Duration.ofMillis(span.getMillis());
    String days = Period.of(0, (int) span.getMonths(), (int) span.getDays()).toString();
    if (time.isZero()) return days.equals("P0D") ? "PT0S" : days;
    return (days.equals("P0D") ? "P" : days) + time.toString().substring(1);
  }

  private static String moved(long value, int digits) {
    return number(BigDecimal.valueOf(value, digits), "");
  }

  private static String quoted(Object text) {
    return TextNode.valueOf(text.toString()).toString();
  }
}
