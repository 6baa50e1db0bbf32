// Any character but half of a surrogate pair, as fast-check's unit "binary". That one lists all of them, to know each by its text: a
// second and 100 MB in each test file that asks for it.
import fc from 'fast-check';

const HALVES_FROM = 0xd800;
const HALVES = 0x800;
const LAST = 0x10ffff - HALVES;

export const anyCharacter: fc.Arbitrary<string> = fc.nat({ max: LAST }).map(
  (place) => String.fromCodePoint(place < HALVES_FROM ? place : place + HALVES),
  (text) => {
    const [character, ...more] = String(text);
    const point = character?.codePointAt(0);
    if (point === undefined || more.length > 0) throw new TypeError('not one character');
    return point < HALVES_FROM ? point : point - HALVES;
  },
);
