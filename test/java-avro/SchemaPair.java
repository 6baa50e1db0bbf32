// A schema to write with and one to read as: both are grown together, and the reader's is changed on the way as people
// change schemas, and sometimes as they should not.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

final class SchemaPair {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Map<String, List<String>> PROMOTED = Map.of(
      "int", List.of("long", "float", "double"),
      "long", List.of("float", "double"),
      "float", List.of("double"),
      "string", List.of("bytes"),
      "bytes", List.of("string"));
  private static final List<String> SPACES = List.of("a", "a.b", "x$y");
  private static final List<String> SYMBOLS = List.of("p", "q", "r", "s", "t");
  private static final int DEPTH = 3;

  private record Both(Type writer, Type reader) {}

  /** Named types that may be used again. */
  private final List<Both> known = new ArrayList<>();
  /** Records whose fields are being made: one within itself has to be in a list, a map or a union. */
  private final Set<Both> open = new HashSet<>();
  private int names = 0;

  final JsonNode writer;
  final JsonNode reader;
  /** Without namespaces: Java compares full names of enums and fixed, the specification unqualified ones. */
  final JsonNode bareWriter;
  final JsonNode bareReader;

  SchemaPair() {
    Both both = record(DEPTH);
    writer = both.writer.json("", new HashSet<>());
    reader = both.reader.json("", new HashSet<>());
    known.forEach((one) -> one.writer.space = one.reader.space = "");
    known.forEach((one) -> one.reader.aliases.replaceAll((alias) -> alias.substring(alias.lastIndexOf('.') + 1)));
    bareWriter = both.writer.json("", new HashSet<>());
    bareReader = both.reader.json("", new HashSet<>());
  }

  private Both pair(int depth, boolean isGuarded) {
    if (Chance.isOneIn(8)) {
      List<Both> usable = known.stream().filter((both) -> isGuarded || !open.contains(both)).toList();
      if (!usable.isEmpty()) return Chance.one(usable);
    }
    int kinds = depth <= 0 ? 6 : 11;
    return switch (Chance.below(kinds)) {
      case 4 -> enumeration();
      case 5 -> fixed();
      case 6 -> within("array", pair(depth - 1, true));
      case 7 -> within("map", pair(depth - 1, true));
      case 8, 9 -> union(depth - 1);
      case 10 -> record(depth - 1);
      default -> primitive();
    };
  }

  private Both primitive() {
    String kind = Chance.one(Type.PRIMITIVES);
    List<String> promoted = PROMOTED.getOrDefault(kind, List.of());
    String as = kind;
    if (!promoted.isEmpty() && Chance.isOneIn(3)) as = Chance.one(promoted);
    else if (Chance.isOneIn(25)) as = Chance.one(Type.PRIMITIVES);
    return new Both(new Type(kind), new Type(as));
  }

  private Both within(String kind, Both inner) {
    Both both = new Both(new Type(kind), new Type(kind));
    both.writer.inner.add(inner.writer);
    both.reader.inner.add(inner.reader);
    return both;
  }

  private Both enumeration() {
    Both both = named("enum");
    both.writer.symbols = some(SYMBOLS);
    both.reader.symbols = Chance.isOneIn(2) ? both.writer.symbols : some(SYMBOLS);
    if (Chance.isOneIn(2)) both.reader.instead = Chance.one(both.reader.symbols);
    return both;
  }

  private Both fixed() {
    Both both = named("fixed");
    both.writer.size = Chance.below(4);
    both.reader.size = Chance.isOneIn(12) ? Chance.below(4) : both.writer.size;
    return both;
  }

  private Both union(int depth) {
    Type writer = new Type("union");
    Type reader = new Type("union");
    Set<String> written = new HashSet<>();
    Set<String> read = new HashSet<>();
    int count = 2 + Chance.below(3);
    if (!Chance.isOneIn(4)) add(new Both(new Type("null"), new Type("null")), writer, reader, written, read);
    for (int index = 0; index < count; index++) {
      boolean isOptional = written.contains("null") && read.contains("null");
      add(pair(depth, isOptional), writer, reader, written, read);
    }
    if (writer.inner.isEmpty() || reader.inner.isEmpty()) return primitive();
    if (Chance.isOneIn(2)) Collections.shuffle(reader.inner, Chance.SOURCE);
    if (reader.inner.size() > 1 && Chance.isOneIn(5)) reader.inner.remove(0);
    for (Type more : List.of(new Type("string"), new Type("double")))
      if (Chance.isOneIn(5) && read.add(more.branch())) reader.inner.add(more);
    if (Chance.isOneIn(8)) return new Both(writer.inner.get(0), reader);
    if (Chance.isOneIn(12)) return new Both(writer, reader.inner.get(0));
    return new Both(writer, reader);
  }


  private static void add(Both both, Type writer, Type reader, Set<String> written, Set<String> read) {
    if (both.writer.kind.equals("union") || both.reader.kind.equals("union")) return;
    if (!written.add(both.writer.branch())) return;
    writer.inner.add(both.writer);
    if (read.add(both.reader.branch())) reader.inner.add(both.reader);
  }

  private Both record(int depth) {
    Both both = named("record");
    open.add(both);
    int count = (depth == DEPTH ? 1 : 0) + Chance.below(4);
    for (int index = 0; index < count; index++) field("f" + index, pair(depth, false), both);
    open.remove(both);
    for (int index = Chance.below(3); index > 0; index--) added("n" + index, pair(0, false).reader, both.reader);
    if (Chance.isOneIn(2)) Collections.shuffle(both.reader.fields, Chance.SOURCE);
    return both;
  }

  private void field(String name, Both type, Both both) {
    both.writer.fields.add(new Type.Field(name, type.writer));
    int change = Chance.below(20);
    if (change < 3) return; // gone
    Type.Field field = new Type.Field(change < 6 ? name + "new" : name, type.reader);
    if (change < 6 && !Chance.isOneIn(6)) field.aliases.add(name);
    if (Chance.isOneIn(3)) field.instead = instead(type.reader, 0);
    both.reader.fields.add(field);
    // What has been renamed makes room for another one of that name.
    if (change == 5) added(name, type.reader, both.reader);
  }

  private void added(String name, Type type, Type reader) {
    Type.Field field = new Type.Field(name, type);
    if (!Chance.isOneIn(12)) field.instead = instead(type, 0);
    reader.fields.add(field);
  }

  private Both named(String kind) {
    Both both = new Both(new Type(kind), new Type(kind));
    both.writer.name = both.reader.name = kind.substring(0, 1).toUpperCase() + ++names;
    both.writer.space = both.reader.space = Chance.one(SPACES);
    int change = Chance.below(12);
    if (change == 0) both.reader.space = Chance.one(SPACES);
    if (change < 3 && change > 0) {
      both.reader.name += "new";
      both.reader.aliases.add(both.writer.space + "." + both.writer.name);
    }
    if (change == 3 && Chance.isOneIn(3)) both.reader.name += "other";
    known.add(both);
    return both;
  }

  /** Absent: none could be made. */
  private JsonNode instead(Type type, int depth) {
    if (depth > 4 || open.stream().anyMatch((both) -> both.reader == type)) return null;
    return switch (type.kind) {
      case "null" -> JSON.nullNode();
      case "boolean" -> JSON.booleanNode(Chance.isOneIn(2));
      case "int" -> JSON.numberNode(Chance.one(RandomValue.INTS));
      case "long" -> JSON.numberNode(Chance.one(RandomValue.LONGS));
      case "float" -> depth == 0 && Chance.isOneIn(4)
          ? JSON.textNode("NaN")
          : JSON.numberNode(Chance.one(List.of(0.1f, 2f, -1.5f)));
      case "double" -> JSON.numberNode(Chance.one(List.of(0.1, 3.0, -1e300)));
      case "string" -> JSON.textNode(Chance.one(RandomValue.TEXTS));
      case "bytes" -> JSON.textNode(Chance.one(List.of("", "\u00ff\u0001", "a")));
      case "fixed" -> JSON.textNode("\u00fe".repeat(type.size));
      case "enum" -> JSON.textNode(Chance.one(type.symbols));
      case "union" -> {
        int branch = Chance.isOneIn(2) ? Chance.below(type.inner.size()) : 0;
        JsonNode value = instead(type.inner.get(branch), depth + 1);
        while (value != null && branch > 0) if (isTaken(type.inner.get(--branch), value)) value = null;
        yield value;
      }
      case "array" -> {
        JsonNode item = Chance.isOneIn(2) ? null : instead(type.inner.get(0), depth + 1);
        yield item == null ? JSON.arrayNode() : JSON.arrayNode().add(item);
      }
      case "map" -> {
        JsonNode value = Chance.isOneIn(2) ? null : instead(type.inner.get(0), depth + 1);
        yield value == null ? JSON.objectNode() : JSON.objectNode().set("k", value);
      }
      default -> {
        ObjectNode fields = JSON.objectNode();
        for (Type.Field field : type.fields) {
          if (field.instead != null && Chance.isOneIn(2)) continue;
          JsonNode value = instead(field.type, depth + 1);
          if (value == null) yield null;
          fields.set(field.name, value);
        }
        yield fields;
      }
    };
  }

  /** Java gives a default to the first branch that its kind of JSON seems to fit; lists, maps, … seem to fit all. */
  private static boolean isTaken(Type branch, JsonNode value) {
    return switch (branch.kind) {
      case "null" -> value.isNull();
      case "boolean" -> value.isBoolean();
      case "int", "long", "float", "double" -> value.isNumber();
      case "string", "bytes", "fixed" -> value.isTextual();
      default -> true;
    };
  }

  private static List<String> some(List<String> of) {
    Set<String> found = new LinkedHashSet<>();
    for (int left = 1 + Chance.below(3); left > 0; left--) found.add(Chance.one(of));
    return List.copyOf(found);
  }
}
