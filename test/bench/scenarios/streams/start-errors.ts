// START: how soon is it said what is wrong at a start?
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { EssProcess } from '../../../harness/programs/worker-process.ts';
import { temporaryFolder } from '../../../harness/temporary-folder.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';

const WITHIN_S = 10;
/** Nobody listens there. */
const NOBODY = '127.0.0.1:9';
const up = ['up', '--no-demo', '--kafka-port', '0', '--registry-port', '0'];

export const START: Scenario = {
  id: 'START',
  title: 'what goes wrong at a start',
  async run(lab) {
    await using cleanup = new Cleanup();
    const folder = temporaryFolder(cleanup);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    // Takes connections and never says a word.
    const mute = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => mute.once('listening', resolve));
    cleanup.defer(() => mute.close());
    const { port } = mute.address() as AddressInfo;
    const cases = {
      'no Kafka': () => fails(['topics', 'apply']),
      'a silent port for Kafka': () => fails(['topics', 'apply'], { KAFKA_BROKERS: `127.0.0.1:${port}` }),
      'no registry': () => fails(['schemas', 'apply']),
      'a data folder that is a file': () => fails([...up, '--data', file]),
      'no Java': () => fails([...up, '--data', join(folder, 'java')], { PATH: '/nowhere', JAVA_HOME: '' }),
      'a port that is taken': () =>
        fails(['up', '--no-demo', '--kafka-port', String(port), '--data', join(folder, 'port')]),
    };
    const runs = await alternate(lab, 'START', cases);
    return {
      setting: 'seconds until the command has said it and has ended',
      runs,
      claims: Object.keys(cases).map((side) => ({ figure: 'seconds', side, atMost: WITHIN_S })),
    };
  },
};

async function fails(args: readonly string[], more: Record<string, string> = {}): Promise<Outcome> {
  const env = { KAFKA_BROKERS: NOBODY, SCHEMA_REGISTRY_URL: `http://${NOBODY}/apis/ccompat/v7`, ...more };
  const startedAt = performance.now();
  await using ess = new EssProcess(args, env);
  const code = await ess.exited;
  if (code !== 1) throw new Error(`ess ${args.join(' ')} ended with ${code}, not with 1:\n${ess.output}`);
  return { figures: { seconds: (performance.now() - startedAt) / 1000 }, lost: 0, outOfOrder: 0, duplicates: 0 };
}
