// Avro that cannot be made to read for ever. These are avsc's types, but arrays and maps read no more items than the bytes can
// hold, and recursion ends. The checks are made while a record is read, once for each array, map, text and number.
import type { ForSchemaOptions, Schema, Type } from 'avsc';
import avro from 'avsc';
import { Costs } from './avro-cost.ts';
import { AvroTap } from './avro-tap.ts';
import { plainSchema } from './foreign-schema.ts';

/** What avsc calls on its types; its declarations leave it out. */
interface Reader extends Type {
  _read(tap: AvroTap): unknown;
  _skip(tap: AvroTap): void;
}

/** So many values per byte, and so many more, are what honest records have; one that has more pays for them all. */
const VALUES_PER_BYTE = 4;
const VALUES_BESIDE = 8;
/** Memory is taken at once for so many items; what more are announced have to come first. */
const ITEMS_AHEAD_MAX = 1_024;

const { ArrayType, MapType, RecordType } = avro.types;
/** Reading is synchronous: one place at a time. */
const TAP = new AvroTap();

/**
 * A type for `readBounded`; beside that it is avsc's.
 * @param parts the schema, parsed, behind those that it refers to
 * @throws Error that says why no record can be read with it
 */
export function boundedType(parts: readonly unknown[]): Type {
  return new Builder().build(parts);
}

/**
 * Reads the whole body of a record in time and memory that its bytes justify.
 * @param from where it begins in `buf`; it ends with `buf`
 * @throws Error that names the field and says what is wrong with the bytes
 */
export function readBounded(type: Type, buf: Buffer, from: number): unknown {
  try {
    TAP.open(buf, from);
    const value = (type as Reader)._read(TAP);
    if (TAP.left > 0) throw new Error(`${TAP.left} bytes are left behind the record`);
    return value;
  } catch (cause) {
    const field = brokenField(type, buf, from);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(field === undefined ? reason : `field ${field}: ${reason}`, { cause });
  } finally {
    TAP.close();
  }
}

/** Reads a broken record once more, field by field: while all is well nobody keeps account of where a reader is. */
function brokenField(type: Type, buf: Buffer, from: number): string | undefined {
  TAP.open(buf, from);
  for (const field of (type as { fields?: ReadonlyArray<{ name: string; type: Type }> }).fields ?? []) {
    try {
      (field.type as Reader)._read(TAP);
    } catch {
      return field.name;
    }
  }
  return undefined;
}

class Builder {
  readonly #costs = new Costs();
  /** By full name. Without a prototype: `constructor` is a name like others. */
  readonly #registry: Record<string, Type> = Object.create(null);

  build(parts: readonly unknown[]): Type {
    const options: Partial<ForSchemaOptions> = { registry: this.#registry, typeHook: this.#hook };
    const types = parts.map((part) => avro.Type.forSchema(plainSchema(part), options));
    for (const type of types) this.#costs.of(type);
    return types.at(-1) as Type;
  }

  /** avsc asks for each type before it makes one. */
  readonly #hook = (schema: Schema, options: Partial<ForSchemaOptions>): Type | undefined => {
    if (typeof schema === 'string') return this.#named(schema, options);
    switch ((schema as { type?: unknown }).type) {
      case 'array': {
        const type = new ArrayType(schema, options);
        const { itemsType } = type;
        return derived(type, { itemsType, itemBytes: this.#costs.of(itemsType).bytes, _read: readItems, _skip: skip });
      }
      case 'map': {
        const type = new MapType(schema, options);
        const valuesType = type.valuesType as Type;
        // The length of the key is a byte.
        const itemBytes = 1 + this.#costs.of(valuesType).bytes;
        return derived(type, { valuesType, itemBytes, _read: readEntries, _skip: skip });
      }
      case 'record':
        return this.#record(new RecordType(schema, options) as Type as Reader);
      default:
        return undefined;
    }
  };

  #named(name: string, options: Partial<ForSchemaOptions>): Type {
    // Without the hook, or it would be asked again.
    const { typeHook: _, ...others } = options;
    const type = avro.Type.forSchema(name, others) as Reader;
    // avsc freezes a type when it is complete: this one encloses the place that names it.
    if (Object.isFrozen(type)) return type;
    const inner = derived(type, {
      _read(tap: AvroTap): unknown {
        tap.enter();
        const value = type._read(tap);
        tap.leave();
        return value;
      },
      _skip(tap: AvroTap): void {
        tap.enter();
        type._skip(tap);
        tap.leave();
      },
    });
    // It takes a byte: that of the union, array or map without which it would not end. If there is none, `#record` sees it.
    this.#costs.set(inner, { bytes: 1, values: 1, depth: 1, encloses: [type] });
    return inner;
  }

  #record(type: Reader): Type {
    const { bytes, values, encloses } = this.#costs.of(type);
    if (encloses.includes(type)) throw new Error(`${type.name ?? 'a record'} contains itself, without end`);
    if (values <= VALUES_PER_BYTE * bytes + VALUES_BESIDE) return type;
    const paying = derived(type, {
      _read(tap: AvroTap): unknown {
        tap.chargeFree(values);
        return type._read(tap);
      },
      _skip(tap: AvroTap): void {
        tap.chargeFree(values);
        type._skip(tap);
      },
    });
    if (type.name !== undefined) this.#registry[type.name] = paying;
    return paying;
  }
}

/** The same type with readers of its own; avsc's are frozen. */
function derived(type: Type, own: object): Type {
  return Object.freeze(Object.create(type, Object.getOwnPropertyDescriptors(own)));
}

/** An array or map, or avsc's resolver of one, which knows no least size: there every item counts as taking no byte. */
interface Blocks {
  readonly itemsType?: Reader | null;
  readonly valuesType?: Reader | null;
  readonly itemBytes?: number;
}

function readItems(this: Blocks, tap: AvroTap): unknown[] {
  const { itemBytes = 0 } = this;
  const items = this.itemsType as Reader;
  tap.enter();
  let count = tap.readCount(itemBytes);
  const all: unknown[] = count > 0 && count <= ITEMS_AHEAD_MAX ? new Array(count) : [];
  let filled = 0;
  for (; count !== 0; count = tap.readCount(itemBytes)) {
    const end = count < 0 ? tap.readBlockEnd() : -1;
    for (let left = Math.abs(count); left > 0; left -= 1) all[filled++] = items._read(tap);
    if (end >= 0) tap.expectAt(end);
  }
  tap.leave();
  return all;
}

function readEntries(this: Blocks, tap: AvroTap): object {
  const { itemBytes = 0 } = this;
  const values = this.valuesType as Reader;
  const all: Record<string, unknown> = {};
  tap.enter();
  for (let count = tap.readCount(itemBytes); count !== 0; count = tap.readCount(itemBytes)) {
    const end = count < 0 ? tap.readBlockEnd() : -1;
    for (let left = Math.abs(count); left > 0; left -= 1) {
      const key = tap.readString();
      const value = values._read(tap);
      if (key === '__proto__') setOwn(all, key, value);
      else all[key] = value;
    }
    if (end >= 0) tap.expectAt(end);
  }
  tap.leave();
  return all;
}

/** An assignment would put it under the map as its prototype. */
function setOwn(map: object, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

function skip(this: Blocks, tap: AvroTap): void {
  const { itemBytes = 0 } = this;
  tap.enter();
  for (let count = tap.readCount(itemBytes); count !== 0; count = tap.readCount(itemBytes)) {
    if (count < 0) {
      tap.skipFixed(tap.readLong());
      continue;
    }
    for (let left = count; left > 0; left -= 1) {
      if (this.valuesType) tap.skipString();
      ((this.valuesType ?? this.itemsType) as Reader)._skip(tap);
    }
  }
  tap.leave();
}
