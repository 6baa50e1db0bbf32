// How a command tells what ended it.
import { expect, jest, test } from '@jest/globals';
import { tellError } from './print.ts';

function told(error: unknown): string {
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    tellError(error, (text) => text);
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
  }
}

test('what Kafka refuses is a sentence, with the reasons in it', () => {
  const refused = Object.assign(new Error('Topic creation errors'), {
    name: 'KafkaJSAggregateError',
    errors: [new Error('Replication factor is too large'), new Error('Replication factor is too large')],
  });
  expect(told(refused)).toBe(
    'ess: Kafka: Topic creation errors; Replication factor is too large ("ess doctor" looks at rights and brokers)\n',
  );
});

test('a bug has its stack', () => {
  expect(told(new TypeError('of ours'))).toMatch(/^TypeError: of ours\n +at /);
});
