// A type of a schema that is being grown, written out where it is met first.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

final class Type {
  static final List<String> PRIMITIVES =
      List.of("null", "boolean", "int", "long", "float", "double", "bytes", "string");
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  final String kind;
  String name;
  String space;
  final List<String> aliases = new ArrayList<>();
  /** Items, values, branches. */
  List<Type> inner = new ArrayList<>();
  List<String> symbols;
  String instead;
  int size;
  final List<Field> fields = new ArrayList<>();

  Type(String kind) {
    this.kind = kind;
  }

  /** What no two branches of a union may have in common. */
  String branch() {
    return name == null ? kind : fullName();
  }

  String fullName() {
    return space.isEmpty() ? name : space + "." + name;
  }

  static final class Field {
    final String name;
    final Type type;
    final List<String> aliases = new ArrayList<>();
    JsonNode instead;

    Field(String name, Type type) {
      this.name = name;
      this.type = type;
    }
  }

  /** @param space of the type around it @param defined types that may be named from here on */
  JsonNode json(String space, Set<Type> defined) {
    if (kind.equals("union")) {
      ArrayNode branches = JSON.arrayNode();
      for (Type branch : inner) branches.add(branch.json(space, defined));
      return branches;
    }
    if (PRIMITIVES.contains(kind)) return JSON.textNode(kind);
    boolean isInherited = space.equals(this.space) && Chance.isOneIn(2);
    if (name != null && !defined.add(this)) return JSON.textNode(isInherited ? name : fullName());
    ObjectNode json = JSON.objectNode();
    json.put("type", kind);
    if (kind.equals("array")) return json.set("items", inner.get(0).json(space, defined));
    if (kind.equals("map")) return json.set("values", inner.get(0).json(space, defined));
    if (isInherited) json.put("name", name);
    else if (Chance.isOneIn(2)) json.put("name", fullName());
    else json.put("name", name).put("namespace", this.space);
    if (!aliases.isEmpty()) aliases.forEach(json.putArray("aliases")::add);
    if (kind.equals("fixed")) return json.put("size", size);
    if (kind.equals("enum")) {
      symbols.forEach(json.putArray("symbols")::add);
      return instead == null ? json : json.put("default", instead);
    }
    ArrayNode all = json.putArray("fields");
    for (Field field : fields) {
      ObjectNode one = all.addObject().put("name", field.name);
      one.set("type", field.type.json(this.space, defined));
      if (!field.aliases.isEmpty()) field.aliases.forEach(one.putArray("aliases")::add);
      if (field.instead != null) one.set("default", field.instead);
    }
    return json;
  }
}
