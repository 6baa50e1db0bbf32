// The projector alone in a process of its own, to be killed: `node test/harness/programs/projector-main.ts '{"source":"t-1", …}'`.
import { type PROJECTOR_NAMES, startProjector } from '@ess/bridge/projector/projector.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { projectorMetrics } from '@ess/runtime/metrics/bridge-metrics.ts';
import { startProgram } from '@ess/runtime/program.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import { Registry } from 'prom-client';

const settings = loadSettings();
const log = createLog('projector', { level: settings.logLevel });
const stop = untilStopped();
const program = await startProgram(
  {
    log,
    adminPort: 0,
    signal: stop.signal,
    onFatal: (error) => {
      log.fatal({ error: String(error) }, 'consumer.gone');
      process.exitCode = 1;
      stop.now();
    },
  },
  [],
  async (program) => {
    await startProjector(program, {
      kafka: settings.kafka,
      registry: settings.registry,
      metrics: projectorMetrics(new Registry()),
      names: JSON.parse(process.argv[2] ?? '{}') as Partial<typeof PROJECTOR_NAMES>,
    });
    return program;
  },
);
await stop.stopped;
await program.stop();
