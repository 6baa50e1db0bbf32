// A request body of our own as kafkajs takes it: it puts the request's head before it.
import { createRequire } from 'node:module';

const inner = createRequire(import.meta.url);

interface Encoder {
  buf: Buffer;
  offset: number;
}

export function encoded(bytes: Buffer): object {
  const Encoder = inner('kafkajs/src/protocol/encoder.js') as new (size: number) => Encoder;
  const encoder = new Encoder(1);
  encoder.buf = bytes;
  encoder.offset = bytes.length;
  return encoder;
}
