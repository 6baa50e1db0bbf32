// A partner's pattern, compiled for an engine whose time is linear in the text (RE2): no text makes it run for ever.
import { RE2JS } from 're2js';
import { PatternRefused, toLinear } from './pattern-syntax.ts';

export interface LinearPattern {
  test(text: string): boolean;
  /** Instructions of its program: a character of a text may meet each of them once. */
  readonly size: number;
}

/** Beyond this the engine keeps no table of what it has seen, and is a thousand times slower. */
const SIZE_MAX = 2_000;
/** Longer than any that a person writes; a list of words belongs under enum. */
const SOURCE_CHARS_MAX = 10_000;
const SIMPLER = 'make it simpler; the length of a text is said by minLength and maxLength';

/**
 * @param source ECMAScript with the flag u, as JSON Schema has it
 * @throws PatternRefused when the engine cannot say the same
 */
export function compilePattern(source: string): LinearPattern {
  if (source.length > SOURCE_CHARS_MAX)
    throw new PatternRefused(
      `has ${source.length} characters, more than ${SOURCE_CHARS_MAX}`,
      'make it shorter; a list of words belongs under enum',
    );
  const { text: linear, isPlain, chars } = toLinear(source);
  if (isPlain && chars <= SIZE_MAX) {
    const plain = new RegExp(source, 'u');
    return { test: (text) => plain.test(text), size: chars };
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(linear);
  } catch {
    throw new PatternRefused(
      'is too large: it repeats too often, repeats what is repeated, or is nested too deep',
      SIMPLER,
    );
  }
  const size = compiled.programSize();
  if (size > SIZE_MAX) throw new PatternRefused(`is a program of ${size} steps, more than ${SIZE_MAX}`, SIMPLER);
  return { test: (text) => compiled.test(text), size };
}
