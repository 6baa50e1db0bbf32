// Kafka is frozen or gone when the programs are told to stop: each ends by itself, in good order, and is not cut.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { StreamLine } from '../harness/programs/stream-line.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { ownTestStack } from '../harness/test-stack.ts';

const OTHERS = {
  bridge: ['--port', '0', '--admin-port', '0'],
  observer: ['--port', '0'],
  console: ['--port', '0'],
};

test('a stop without Kafka ends by itself, and the next worker goes on', async () => {
  await using stack = await ownTestStack(1, true);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner);
  await using streams = await StreamLine.open(stack);
  streams.partner('Hospital');
  const broker = stack.processes.kafka[0];
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
    const [worker] = (await line.start()) as [EssProcess];
    const env = { ESS_CURSOR_KEYS: 'k'.repeat(32), ESS_CONNECTORS: streams.connectors };
    const others = Object.entries(OTHERS).map(async ([name, args]) => {
      const program = line.ess([name, ...args], env);
      await program.logged(`${name}.started`);
      return program;
    });
    const programs = [worker, ...(await Promise.all(others))];
    await line.source.publish([makeRule(signal, 1)]);
    await line.drained();
    await broker?.kill(signal);
    await Promise.all(programs.map((program) => program.signal('SIGTERM')));
    expect(programs.map(({ ended }) => ended)).toEqual(programs.map(() => 0));
    expect(worker.count('stop.without-kafka')).toBe(1);
    await (signal === 'SIGSTOP' ? broker?.kill('SIGCONT') : broker?.start());
  }
  await line.start();
  await line.drained();
});
