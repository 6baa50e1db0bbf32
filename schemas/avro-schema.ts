// The JSON form of an Avro schema, as far as our .avsc files and partners' topics use it, and how to look inside one.

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchemaJson;
  readonly doc?: string;
  readonly default?: unknown;
}
export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}
export interface AvroEnum {
  readonly type: 'enum';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly symbols: readonly string[];
}
export interface AvroArray {
  readonly type: 'array';
  readonly items: AvroSchemaJson;
}
export interface AvroMap {
  readonly type: 'map';
  readonly values: AvroSchemaJson;
}
/** What a type means beyond its bytes; `precision` and `scale` are digits of a decimal. */
export interface AvroMeaning {
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
}
export interface AvroFixed extends AvroMeaning {
  readonly type: 'fixed';
  readonly name: string;
  readonly namespace?: string;
  readonly size: number;
}
/** A primitive with attributes, e.g. `{ "type": "long", "logicalType": "timestamp-millis" }`. */
export interface AvroAnnotated extends AvroMeaning {
  readonly type: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
}
/** A string is the name of a primitive or of a type declared earlier in the same schema; an array is a union. */
export type AvroSchemaJson =
  | string
  | AvroRecord
  | AvroEnum
  | AvroArray
  | AvroMap
  | AvroFixed
  | AvroAnnotated
  | readonly AvroSchemaJson[];

export const isUnion = (schema: AvroSchemaJson): schema is readonly AvroSchemaJson[] => Array.isArray(schema);

/** The branches of a union without null; any other schema is its own only branch. */
export const branches = (schema: AvroSchemaJson): readonly AvroSchemaJson[] =>
  isUnion(schema) ? schema.filter((branch) => branch !== 'null') : [schema];
