// One JSON Schema inside another, as text files have them.

export type Part = Readonly<Record<string, unknown>>;

export const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const partOf = (value: unknown): Part | undefined => (isPart(value) ? value : undefined);

/** A step of a JSON pointer in a URI fragment, as the name that it stands for. */
export function unescaped(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return step;
  }
}
