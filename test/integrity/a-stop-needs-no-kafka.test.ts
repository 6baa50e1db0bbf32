// Kafka is frozen or gone when the programs are told to stop: each ends by itself, in good order, and is not cut.
import { expect, test } from '@jest/globals';
import { KafkaProxy } from '../fakes/kafka/kafka-proxy.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { StreamLine } from '../harness/programs/stream-line.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { openTestStack } from '../harness/test-stack.ts';

const OTHERS = {
  bridge: ['--port', '0', '--admin-port', '0'],
  observer: ['--port', '0'],
  console: ['--port', '0'],
};

test('a stop without Kafka ends by itself, and the next worker goes on', async () => {
  await using stack = await openTestStack();
  await using kafka = await KafkaProxy.start(stack.brokers[0] as string);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open({ ...stack, brokers: [kafka.address] }, partner);
  await using streams = await StreamLine.open(stack);
  streams.partner('Hospital');
  for (const isFrozen of [true, false]) {
    const [worker] = (await line.start()) as [EssProcess];
    const env = { ESS_CURSOR_KEYS: 'k'.repeat(32), ESS_CONNECTORS: streams.connectors };
    const others = Object.entries(OTHERS).map(async ([name, args]) => {
      const program = line.ess([name, ...args], env);
      await program.logged(`${name}.started`);
      return program;
    });
    const programs = [worker, ...(await Promise.all(others))];
    await line.source.publish([makeRule(`frozen ${isFrozen}`, 1)]);
    await line.drained();
    await (isFrozen ? kafka.cut() : kafka.down());
    await Promise.all(programs.map((program) => program.signal('SIGTERM')));
    for (const { ended, output } of programs) expect([ended, ended === 0 ? '' : output]).toEqual([0, '']);
    expect(worker.count('stop.without-kafka')).toBe(1);
    await (isFrozen ? kafka.heal() : kafka.up());
  }
  await line.start();
  await line.drained();
});
