// How long a command waits for the first answer of Kafka, and for what it does not wait.
import { EssError } from '@ess/domain/text/error.ts';
import { expect, test } from '@jest/globals';
import { calmed, firstAnswer } from './open-kafka.ts';

const options = {
  patienceMs: 0,
  onLate: () => undefined,
  refusal: (cause: unknown) => new EssError('ESS_BROKER', `refused: ${(cause as Error).message}`, { cause }),
};

test('what fails is asked again, until there is an answer', async () => {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    if (asked === 1) throw new Error('Closed connection');
    return asked;
  };
  expect(await firstAnswer(ask, { ...options, patienceMs: 60_000 })).toBe(2);
});

test('in the end it is told why there is none', async () => {
  const ask = () => Promise.reject(new Error('no answer'));
  await expect(firstAnswer(ask, options)).rejects.toThrow('refused: no answer');
});

test.each(['NOT_LET_IN', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED'])(
  '%s is not waited for: a person has to do something',
  async (code) => {
    const cause = Object.assign(new Error('no'), { code });
    const ask = () => Promise.reject(new Error('tried often', { cause }));
    await expect(firstAnswer(ask, { ...options, patienceMs: 60_000 })).rejects.toThrow('refused: tried often');
  },
);

test('what the client calls an error is not shown before our own word, and a refusal is', () => {
  const told: string[] = [];
  const at = (level: string) => (_: object, message: string) => void told.push(`${level} ${message}`);
  const log = calmed({ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') });
  log.error({}, 'kafka.client');
  log.warn({}, 'kafka.refused');
  expect(told).toEqual(['debug kafka.client', 'warn kafka.refused']);
});
