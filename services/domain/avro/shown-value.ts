// A plain value of Avro for people who read JSON.

const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Bytes in base64, longs digit for digit, and what no number of JSON is as its name. */
export function shownValue(value: unknown): unknown {
  if (typeof value === 'bigint') return rawJSON(String(value));
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.map(shownValue);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shownValue(inner)]));
}
