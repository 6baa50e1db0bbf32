// SHA-256 of four messages at a time, in the four lanes of WebAssembly's vectors. A call of node:crypto costs more than to hash
// a text as short as a cursor, and catch-up signs each event (bench F3). The program is put together here: its instructions are
// those of FIPS 180-4, written out round by round.

export const LANES = 4;
const BLOCK_BYTES = 64;
const VECTOR_BYTES = 16;
const ROUNDS = 64;
/** Before the messages: constants of the rounds, then the digests of the last call. */
const DIGESTS_AT = 4 * ROUNDS;
const MESSAGES_AT = DIGESTS_AT + 8 * VECTOR_BYTES;

/** The first 32 bits of the fractions of the square and cube roots of the first primes; digits of integers, so they are exact. */
const PRIMES = Array.from({ length: 312 }, (_, n) => n).filter(
  (n) => n > 1 && Array.from({ length: n - 2 }, (_, d) => d + 2).every((d) => n % d !== 0),
);
const START = PRIMES.slice(0, 8).map((prime) => fractionOfRoot(prime, 2n));
const CONSTANTS = PRIMES.slice(0, ROUNDS).map((prime) => fractionOfRoot(prime, 3n));

function fractionOfRoot(prime: number, degree: bigint): number {
  const wanted = BigInt(prime) << (32n * degree);
  let low = 0n;
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) if ((low + bit) ** degree <= wanted) low += bit;
  return Number(BigInt.asUintN(32, low));
}

/** Node has it, its types do not. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

type Run = (at: number, stride: number, blocks: number) => void;

/** A room for messages that are hashed four by four. */
export class Sha256Lanes {
  /** Where messages lie, padded by `pad`. */
  readonly bytes: Uint8Array;
  /** Word w of the digest of message m is at 4 * w + m. */
  readonly digests: Int32Array;
  readonly #run: Run;

  constructor() {
    const memory = new WebAssembly.Memory({ initial: 1 }); // 64 kB
    const module = new WebAssembly.Module(program());
    this.#run = new WebAssembly.Instance(module, { lanes: { memory } }).exports['run'] as Run;
    new Uint32Array(memory.buffer).set(CONSTANTS);
    this.digests = new Int32Array(memory.buffer, DIGESTS_AT, 8 * LANES);
    this.bytes = new Uint8Array(memory.buffer, MESSAGES_AT);
  }

  /** Hashes the messages at `at`, `at + stride`, and the two after them. */
  run(at: number, stride: number, blocks: number): void {
    this.#run(MESSAGES_AT + at, stride, blocks);
  }
}

/** Blocks of a message, and what ends it. */
export const blocksOf = (bytes: number): number => Math.ceil((bytes + 9) / BLOCK_BYTES);

/** Writes the end of a message after its last byte. */
export function pad(into: Uint8Array, at: number, bytes: number): void {
  const end = at + blocksOf(bytes) * BLOCK_BYTES;
  into.fill(0, at + bytes, end);
  into[at + bytes] = 0x80;
  new DataView(into.buffer, into.byteOffset).setUint32(end - 4, bytes * 8);
}

// The program. Locals: where in each message it is, blocks left, then vectors: the state, its eight letters, sixteen words, four to
// help. All of it is pushed and popped on a stack, so an expression is the codes of its operands and then its own.

type Code = readonly number[];

const [AT, STRIDE, LEFT, SECOND] = [0, 1, 2, 3] as const;
const THIRD = SECOND + 1;
const FOURTH = SECOND + 2;
const STATE = FOURTH + 1;
const LETTERS = STATE + 8;
const WORDS = LETTERS + 8;
const HELP = WORDS + 16;

const leb = (value: number): Code => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]);
const signed = (value: number): Code => {
  const rest = value >> 7;
  const isLast = rest === ((value & 0x40) === 0 ? 0 : -1);
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(rest)];
};
const int = (value: number): Code => [0x41, ...signed(value)];
const get = (local: number): Code => [0x20, local];
const set = (local: number, value: Code): Code => [...value, 0x21, local];
const vector = (code: number, ...operands: Code[]): Code => [...operands.flat(), 0xfd, ...leb(code)];
const load = (local: number, offset: number): Code => [...get(local), 0xfd, 0, 0, ...leb(offset)];
const add = (...of: Code[]): Code => of.reduce((sum, one) => vector(0xae, sum, one));
const xor = (...of: Code[]): Code => of.reduce((sum, one) => vector(0x51, sum, one));
const shiftRight = (value: Code, bits: number): Code => vector(0xad, value, int(bits));
const rotated = (value: Code, bits: number): Code =>
  vector(0x50, shiftRight(value, bits), vector(0xab, value, int(32 - bits)));
/** Bits of the first where the third has one, else of the second. */
const select = (one: Code, other: Code, by: Code): Code => vector(0x52, one, other, by);
/** Words of the two, by number. */
const words = (one: Code, other: Code, order: readonly number[], swapped = false): Code => [
  ...one,
  ...other,
  0xfd,
  0x0d,
  ...order.flatMap((word) => (swapped ? [3, 2, 1, 0] : [0, 1, 2, 3]).map((byte) => 4 * word + byte)),
];

function round(index: number): Code {
  const [a, b, c, d, e, f, g, h] = Array.from({ length: 8 }, (_, letter) => LETTERS + ((letter + ROUNDS - index) % 8));
  const word = (number: number): number => WORDS + (number % 16);
  const sum = (x: number, ...by: readonly number[]) => xor(...by.map((bits) => rotated(get(x), bits)));
  const mixed = (x: number, right: number, ...by: readonly number[]) => xor(sum(x, ...by), shiftRight(get(x), right));
  const next =
    index < 16
      ? []
      : set(
          word(index),
          add(
            get(word(index)),
            mixed(word(index + 1), 3, 7, 18),
            get(word(index + 9)),
            mixed(word(index + 14), 10, 17, 19),
          ),
        );
  const constant = [...int(0), 0xfd, 9, 0, ...leb(4 * index)];
  const first = add(get(h!), sum(e!, 6, 11, 25), select(get(f!), get(g!), get(e!)), add(constant, get(word(index))));
  const second = add(sum(a!, 2, 13, 22), select(get(c!), get(a!), xor(get(a!), get(b!))));
  return [...next, ...set(HELP, first), ...set(d!, add(get(d!), get(HELP))), ...set(h!, add(get(HELP), second))];
}

/** Words 4 * quarter to 4 * quarter + 3 of all four messages. */
function taken(quarter: number): Code {
  const rows = [AT, SECOND, THIRD, FOURTH].map((at) => load(at, VECTOR_BYTES * quarter));
  const pairs = [0, 2].flatMap((row) =>
    [
      [0, 4, 1, 5],
      [2, 6, 3, 7],
    ].flatMap((order, half) => set(HELP + row + half, words(rows[row]!, rows[row + 1]!, order, true))),
  );
  const columns = [0, 1, 2, 3].flatMap((column) =>
    set(
      WORDS + 4 * quarter + column,
      words(get(HELP + (column >> 1)), get(HELP + 2 + (column >> 1)), column % 2 ? [2, 3, 6, 7] : [0, 1, 4, 5]),
    ),
  );
  return [...pairs, ...columns];
}

function program(): Uint8Array<ArrayBuffer> {
  const each = (length: number, code: (index: number) => Code): Code =>
    Array.from({ length }, (_, at) => code(at)).flat();
  const sumOf = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
  const body = [
    ...set(SECOND, sumOf(get(AT), get(STRIDE))),
    ...set(THIRD, sumOf(get(SECOND), get(STRIDE))),
    ...set(FOURTH, sumOf(get(THIRD), get(STRIDE))),
    ...each(8, (letter) => set(STATE + letter, [...int((START[letter] as number) | 0), 0xfd, 0x11])),
    ...[0x03, 0x40], // loop
    ...each(8, (letter) => set(LETTERS + letter, get(STATE + letter))),
    ...each(4, taken),
    ...each(ROUNDS, round),
    ...each(8, (letter) => set(STATE + letter, add(get(STATE + letter), get(LETTERS + letter)))),
    ...[AT, SECOND, THIRD, FOURTH].flatMap((at) => set(at, sumOf(get(at), int(BLOCK_BYTES)))),
    ...set(LEFT, [...get(LEFT), ...int(1), 0x6b]),
    ...[...get(LEFT), 0x0d, 0, 0x0b], // while there are blocks
    ...each(8, (letter) => [
      ...int(0),
      ...get(STATE + letter),
      ...[0xfd, 0x0b, 0, ...leb(DIGESTS_AT + VECTOR_BYTES * letter)],
    ]),
    0x0b,
  ];
  const named = (text: string): Code => [text.length, ...Buffer.from(text)];
  const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
  const locals = [2, 3, 0x7f, HELP + LANES - STATE, 0x7b];
  const code = [...locals, ...body];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, 0x7f, 0x7f, 0x7f, 0]),
    ...section(2, [1, ...named('lanes'), ...named('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...named('run'), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}
