// A request body of our own as kafkajs takes it: it puts the request's head before it.
import { createRequire } from 'node:module';

const inner = createRequire(import.meta.url);
/** The bytes that a body stands at the end of. */
const WHOLE = Symbol('whole');

interface Encoder {
  buf: Buffer;
  offset: number;
  [WHOLE]?: Buffer;
}

interface EncoderClass {
  new (size: number): Encoder;
  readonly prototype: { writeEncoder(body: Encoder): Encoder };
}

/** Bytes before a body that are enough for the head: of a client with a short id. */
export const HEAD_ROOM = 64;

let known: EncoderClass | undefined;

export function encoded(bytes: Buffer): object {
  const encoder = new (encoderClass())(1);
  encoder.buf = bytes;
  encoder.offset = bytes.length;
  return encoder;
}

/** @param whole the body, after `HEAD_ROOM` bytes that the head is written to: kafkajs would copy a body twice to have it before it */
export function encodedBehindRoom(whole: Buffer): object {
  return Object.assign(encoded(whole.subarray(HEAD_ROOM)), { [WHOLE]: whole });
}

function encoderClass(): EncoderClass {
  if (known) return known;
  known = inner('kafkajs/src/protocol/encoder.js') as EncoderClass;
  const { prototype } = known;
  const copied = prototype.writeEncoder;
  prototype.writeEncoder = function (this: Encoder, body: Encoder): Encoder {
    const whole = body?.[WHOLE];
    const from = whole ? whole.length - body.offset - this.offset : -1;
    if (!whole || from < 0) return copied.call(this, body);
    this.buf.copy(whole, from, 0, this.offset);
    this.buf = whole.subarray(from);
    this.offset = this.buf.length;
    this[WHOLE] = whole;
    return this;
  };
  return known;
}
