// Users of Kafka with a password (SCRAM-SHA-512), made or given another password: Kafka's AlterUserScramCredentials, which kafkajs does
// not speak. The password stays here: Kafka gets the salt and what is derived from both.
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { EssError } from '@ess/domain/text/error.ts';
import type { Kafka } from 'kafkajs';
import { withBroker } from '../read/cluster.ts';
import { Compact, varint } from '../wire/compact.ts';
import { encoded } from '../wire/kafkajs-encoder.ts';

export interface ScramUser {
  readonly name: string;
  readonly password: string;
}

const ALTER_USER_SCRAM_CREDENTIALS = 51;
const SCRAM_SHA_512 = 2;
/** What Kafka itself makes by default. */
const ITERATIONS = 4096;
const DIGEST_BYTES = 64;
const NO_TAGS = Buffer.of(0);
const NONE = Buffer.of(1);

/** @throws EssError ESS_BROKER when Kafka refuses one; kafkajs's errors */
export async function putScramUsers(kafka: Kafka, users: readonly ScramUser[]): Promise<void> {
  const asked = request(users);
  const refused = await withBroker(kafka, ({ connectionPool }) => connectionPool.send(asked) as Promise<string[]>);
  if (refused.length > 0) throw new EssError('ESS_BROKER', `Kafka did not take these users: ${refused.join('; ')}`);
}

const request = (users: readonly ScramUser[]) => ({
  request: {
    apiKey: ALTER_USER_SCRAM_CREDENTIALS,
    apiVersion: 0,
    apiName: 'AlterUserScramCredentials',
    encode: async () =>
      encoded(Buffer.concat([NO_TAGS, NONE, varint(users.length + 1), ...users.map(upsertion), NO_TAGS])),
  },
  response: {
    decode: async (answer: Buffer) => ({ clientSideThrottleTime: 0, refused: refusedIn(answer) }),
    parse: async (decoded: { refused: readonly string[] }) => decoded.refused,
  },
});

function upsertion({ name, password }: ScramUser): Buffer {
  const salt = randomBytes(32);
  const iterations = Buffer.alloc(4);
  iterations.writeInt32BE(ITERATIONS);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, DIGEST_BYTES, 'sha512');
  return Buffer.concat([
    bytes(Buffer.from(name)),
    Buffer.of(SCRAM_SHA_512),
    iterations,
    bytes(salt),
    bytes(salted),
    NO_TAGS,
  ]);
}

const bytes = (content: Buffer): Buffer => Buffer.concat([varint(content.length + 1), content]);

/** throttle, [user, error, message] */
function refusedIn(answer: Buffer): string[] {
  const refused: string[] = [];
  const from = new Compact(answer);
  from.tags(); // of the header
  from.skip(4);
  from.each(() => {
    const user = from.bytes().toString();
    const error = from.take(2).readInt16BE();
    const message = from.bytes().toString();
    from.tags();
    if (error !== 0) refused.push(`${user}: ${message || `error ${error}`}`);
  });
  return refused;
}
