// S11: what does HTTP/2 give? S9 over one session of HTTP/2, next to its connections of HTTP/1.1. The sinks differ: that of HTTP/2 is Node's.
import type { Scenario } from '../../../figures/measured.ts';
import { alternate } from '../../../figures/measured.ts';
import type { Sink } from '../../../sink.ts';
import { essRun } from '../waiting.ts';

const DELAY_MS = 20;

export const S11: Scenario = {
  id: 'S11',
  title: 'rules waiting, the sink takes 20 ms and speaks HTTP/2',
  async run(lab) {
    const records = lab.sized(30_000, 1_500);
    const topic = await lab.topic(records);
    const [http1, http2] = [await lab.anotherSink('tls'), await lab.anotherSink('h2')];
    const side =
      (sink: Sink, concurrency: number, deliver = {}) =>
      () =>
        essRun(lab, { topic, records, concurrency, behaviour: { delayMs: DELAY_MS }, sink, deliver });
    const runs = await alternate(lab, 'S11', {
      'http/1.1 64': side(http1, 64),
      'http/2 64': side(http2, 64, { http2: 'auto' }),
      'http/1.1 256': side(http1, 256),
      'http/2 256': side(http2, 256, { http2: 'auto' }),
    });
    return {
      setting: `${records} rules waiting, 1,000 keys, ${DELAY_MS} ms per request, 64 and 256 in flight, TLS`,
      runs,
      claims: [64, 256].flatMap((count) => [
        { figure: 'rate', side: `http/2 ${count}`, against: `http/1.1 ${count}` },
        { figure: 'cpuUs', side: `http/2 ${count}`, against: `http/1.1 ${count}` },
      ]),
    };
  },
};
