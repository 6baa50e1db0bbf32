// A random value of a schema, as Java's generic writer takes it.
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.util.Utf8;

final class RandomValue {
  static final List<Integer> INTS = List.of(0, 1, -1, 63, -64, 64, 16_777_217, Integer.MAX_VALUE, Integer.MIN_VALUE);
  static final List<Long> LONGS = List.of(
      0L, 1L, -1L, 1_795_514_400_123L, 1L << 53, (1L << 53) + 1, -(1L << 53) - 1,
      (1L << 62) + (1L << 38) + 1, Long.MAX_VALUE, Long.MIN_VALUE);
  static final List<Float> FLOATS = List.of(0f, -0f, 0.1f, -1.5f, 3.4e38f, 1e-45f, Float.NaN, Float.NEGATIVE_INFINITY);
  static final List<Double> DOUBLES = List.of(0.0, -0.0, 0.1, 1e300, 4.9e-324, Double.NaN, Double.POSITIVE_INFINITY);
  static final List<String> TEXTS = List.of("", "a", "ä€", "\ud83d\ude80", "quote \" \\ \n", "null");
  /** From here on lists are empty and unions take their first branch that ends. */
  private static final int DEPTH_MAX = 4;

  private RandomValue() {}

  static Object of(Schema schema, int depth) {
    return switch (schema.getType()) {
      case NULL -> null;
      case BOOLEAN -> Chance.isOneIn(2);
      case INT -> Chance.one(INTS);
      case LONG -> Chance.one(LONGS);
      case FLOAT -> Chance.one(FLOATS);
      case DOUBLE -> Chance.one(DOUBLES);
      case STRING -> Chance.isOneIn(2) ? Chance.one(TEXTS) : new Utf8(Chance.one(TEXTS));
      // Valid UTF-8: it may be read as a text.
      case BYTES -> ByteBuffer.wrap(Chance.one(TEXTS).getBytes(StandardCharsets.UTF_8));
      case FIXED -> new GenericData.Fixed(schema, Arrays.copyOf(new byte[] {1, -1, 0, 7}, schema.getFixedSize()));
      case ENUM -> new GenericData.EnumSymbol(schema, Chance.one(schema.getEnumSymbols()));
      case UNION -> of(branch(schema.getTypes(), depth), depth + 1);
      case ARRAY -> {
        List<Object> items = new ArrayList<>();
        for (int left = count(depth); left > 0; left--) items.add(of(schema.getElementType(), depth + 1));
        yield items;
      }
      case MAP -> {
        Map<String, Object> entries = new LinkedHashMap<>();
        for (int left = count(depth); left > 0; left--)
          entries.put(Chance.one(TEXTS) + left, of(schema.getValueType(), depth + 1));
        yield entries;
      }
      case RECORD -> {
        GenericData.Record record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) record.put(field.pos(), of(field.schema(), depth + 1));
        yield record;
      }
    };
  }

  private static int count(int depth) {
    return depth > DEPTH_MAX ? 0 : Chance.isOneIn(10) ? 20 : Chance.below(3);
  }

  private static Schema branch(List<Schema> branches, int depth) {
    if (depth > DEPTH_MAX)
      for (Schema branch : branches) if (branch.getType() != Schema.Type.RECORD) return branch;
    return Chance.one(branches);
  }
}
