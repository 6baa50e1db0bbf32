// What lets us in at the brokers, as it is at this moment: a certificate or a password whose file has changed is taken for the next
// connection. One that cannot be used (half of it is written, the key is not there yet) leaves what was good before.
import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { KafkaAccess, Material } from '@ess/domain/stream/kafka-access.ts';

/** Trailing line ends of a file are not part of a password. */
const LINE_ENDS = /[\r\n]+$/;

export function textNow({ text, file }: Material): string {
  if (file === undefined) return text;
  try {
    return readFileSync(file, 'utf8').replace(LINE_ENDS, '') || text;
  } catch {
    return text; // it is being replaced
  }
}

export class TlsMaterial {
  readonly #tls: NonNullable<KafkaAccess['tls']>;
  #found = '';
  #good: SecureContext | undefined;

  constructor(tls: NonNullable<KafkaAccess['tls']>) {
    this.#tls = tls;
  }

  /** @throws what Node says of it, when it was never good */
  now(): SecureContext {
    const { ca, cert, key } = this.#tls;
    const now = {
      ...(ca && { ca: textNow(ca) }),
      ...(cert && { cert: textNow(cert) }),
      ...(key && { key: textNow(key) }),
    };
    const found = JSON.stringify(now);
    if (this.#good !== undefined && found === this.#found) return this.#good;
    try {
      this.#good = createSecureContext(now);
      this.#found = found;
    } catch (error) {
      if (this.#good === undefined) throw error;
    }
    return this.#good;
  }
}
