// Lists, maps and records whose inner values change their form: what does not change is handed on as it is, uncopied.
import type { Write } from './forms.ts';
import { Unwritable } from './logical-text.ts';

export function listWrite(inner: Write | undefined): Write | undefined {
  if (inner === undefined) return undefined;
  return (value) => {
    const list = value as unknown[];
    let copy: unknown[] | undefined;
    let index = 0;
    try {
      for (; index < list.length; index += 1) {
        const written = inner(list[index]);
        if (written === list[index]) continue;
        copy ??= [...list];
        copy[index] = written;
      }
    } catch (fault) {
      throw inside(index, fault);
    }
    return copy ?? list;
  };
}

export function mapWrite(inner: Write | undefined): Write | undefined {
  if (inner === undefined) return undefined;
  return (value) => {
    const map = value as Record<string, unknown>;
    let copy: Record<string, unknown> | undefined;
    for (const key of Object.keys(map)) {
      const written = writtenAt(map, key, inner);
      if (written === map[key]) continue;
      copy ??= { ...map };
      setOwn(copy, key, written);
    }
    return copy ?? map;
  };
}

export function recordWrite(
  fields: readonly { readonly name: string; readonly write: Write | undefined }[],
): Write | undefined {
  const changed = fields.filter((field): field is { name: string; write: Write } => field.write !== undefined);
  if (changed.length === 0) return undefined;
  return (value) => {
    const record = value as Record<string, unknown>;
    let copy: Record<string, unknown> | undefined;
    for (const { name, write } of changed) {
      if (record[name] === undefined) continue;
      const written = writtenAt(record, name, write);
      if (written === record[name]) continue;
      copy ??= { ...record };
      setOwn(copy, name, written);
    }
    return copy ?? record;
  };
}

function writtenAt(holder: Record<string, unknown>, key: string, write: Write): unknown {
  try {
    return write(holder[key]);
  } catch (fault) {
    throw inside(key, fault);
  }
}

/** A key may be __proto__, which an assignment would put under the object. */
function setOwn(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** A fault gets its path on its way out. */
function inside(step: string | number, fault: unknown): unknown {
  if (fault instanceof Unwritable) fault.path.unshift(step);
  return fault;
}
