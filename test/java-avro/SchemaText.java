// Schemas as text, with single quotes for double ones.
abstract class SchemaText {
  static String json(String text) {
    return text.replace('\'', '"');
  }

  static String record(String name, String... fields) {
    return json("{'type':'record','name':'" + name + "','fields':[" + String.join(",", fields) + "]}");
  }

  static String field(String name, String type) {
    return json("{'name':'" + name + "','type':" + type + "}");
  }

  static String array(String items) {
    return "{'type':'array','items':" + items + "}";
  }

  static String map(String values) {
    return "{'type':'map','values':" + values + "}";
  }

  static String fixed(String name, int size, String more) {
    return "{'type':'fixed','name':'" + name + "','size':" + size + more + "}";
  }

  static String enumeration(String name, String... symbols) {
    return "{'type':'enum','name':'" + name + "','symbols':['" + String.join("','", symbols) + "']}";
  }

  static String logical(String type, String logicalType, String... more) {
    return "{'type':'" + type + "','logicalType':'" + logicalType + "'" + String.join("", more) + "}";
  }
}
