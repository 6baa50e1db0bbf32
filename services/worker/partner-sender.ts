// A partner's way out: by the worker's own thread, or by threads that only send.
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import { answerReader } from './send/answer-reader.ts';
import type { Odd, PartnerSender } from './send/sender.ts';
import { Sender } from './send/sender.ts';
import { signed } from './send/signing/signature.ts';
import type { SenderThreads } from './send/threads/sender-threads.ts';

const PAGE =
  'a page (text/html) came where JSON was sent: a proxy or a login may answer for the partner. Say in deliver.ack what an ack is';
const NO_PIPE =
  'requests go one at a time by each connection now, until a restart. Leave deliver.pipelining out, or ask the partner';

/**
 * @param startsForMs for how long a request that waits for its connection may still go out, ms; not positive: it may not
 * @param threads absent: the thread that calls sends
 */
export function openSender(
  deliver: Deliver,
  startsForMs: () => number,
  log: Log,
  threads: SenderThreads | undefined,
): PartnerSender {
  const onOdd = (odd: Odd) => {
    if (odd.kind === 'page') log.warn({ status: odd.status, remedy: PAGE }, 'partner.answers-a-page');
    else log.warn({ code: odd.code, remedy: NO_PIPE }, 'partner.takes-no-pipe');
  };
  if (threads) return threads.open({ deliver, startsForMs, onOdd });
  const { concurrency, signSecrets } = deliver;
  const sender = new Sender({ ...deliver, connections: concurrency, mayStart: () => startsForMs() > 0, onOdd });
  return {
    shownPath: sender.shownPath,
    send: (outgoing, timeoutMs, sent, done) =>
      sender.send(signed(outgoing, signSecrets), timeoutMs, answerReader(deliver, sent), done),
    close: () => sender.close(),
    closeWhenIdle: () => sender.closeWhenIdle(),
  };
}
