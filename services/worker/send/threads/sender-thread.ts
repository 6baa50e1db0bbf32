// A thread behind sender-threads.ts: senders of its own, fed and answered by messages.
import { parentPort } from 'node:worker_threads';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { answerReaderBy } from '../answer-reader.ts';
import type { Exchange } from '../exchange.ts';
import { Sender } from '../sender.ts';
import { signed } from '../signing/signature.ts';
import type { FromSenders, OpenSender, SenderDeliver, ThreadRequest, ToSenders } from './messages.ts';
import { clockMs, onClock, PLAIN_FIELDS, TOGETHER } from './messages.ts';

if (!parentPort) throw new Error('sender-thread.ts is started by sender-threads.ts');
const port = parentPort;
const tell = (message: FromSenders) => port.postMessage(message);

interface OpenedSender {
  readonly deliver: SenderDeliver;
  readonly sender: Sender;
  startUntil: number;
}

const senders = new Map<number, OpenedSender>();
const exchanges = new Map<number, Exchange>();

type Answers = Extract<FromSenders, { kind: 'answers' }>;
const none = (): Answers => ({ kind: 'answers', plain: [], others: [] });
let answers = none();

port.on('message', (message: ToSenders) => {
  if (message.kind === 'send') for (const request of message.requests) send(request);
  else if (message.kind === 'cut') exchanges.get(message.id)?.cut();
  else if (message.kind === 'open') open(message);
  else void close(message.sender, message.whenIdle);
});

function open({ sender, deliver, connections }: OpenSender): void {
  const opened: OpenedSender = {
    deliver,
    startUntil: 0,
    sender: new Sender({
      ...deliver,
      connections,
      mayStart: () => clockMs() < opened.startUntil,
      onOdd: (odd) => tell({ kind: 'odd', sender, odd }),
    }),
  };
  senders.set(sender, opened);
}

function send({ id, sender, outgoing, timeoutMs, startUntil, names }: ThreadRequest): void {
  const opened = senders.get(sender);
  if (!opened) return answered(id, NEVER_SENT, { kind: 'cut' }); // closed meanwhile
  opened.startUntil = startUntil;
  const reader = answerReaderBy(opened.deliver, names);
  const exchange = opened.sender.send(signed(outgoing, opened.deliver.signSecrets), timeoutMs, reader, (answer) => {
    exchanges.delete(id);
    answered(id, exchange, answer);
  });
  exchanges.set(id, exchange);
}

const NEVER_SENT = { writtenAt: 0, headAt: 0 };

function answered(id: number, exchange: Pick<Exchange, 'writtenAt' | 'headAt'>, answer: Answer): void {
  if (answers.plain.length + answers.others.length === 0) setImmediate(flush);
  const writtenAt = onClock(exchange.writtenAt);
  const headAt = onClock(exchange.headAt);
  if (isPlain(answer)) answers.plain.push(id, writtenAt, headAt, answer.status);
  else answers.others.push({ id, writtenAt, headAt, answer });
  if (answers.plain.length >= TOGETHER * PLAIN_FIELDS || answers.others.length >= TOGETHER) flush();
}

function isPlain(answer: Answer): answer is Extract<Answer, { kind: 'answered' }> {
  for (const key in answer) if (key !== 'kind' && key !== 'status') return false;
  return answer.kind === 'answered';
}

function flush(): void {
  if (answers.plain.length + answers.others.length === 0) return;
  tell(answers);
  answers = none();
}

async function close(sender: number, whenIdle: boolean): Promise<void> {
  const opened = senders.get(sender);
  await (whenIdle ? opened?.sender.closeWhenIdle() : opened?.sender.close())?.catch(() => undefined); // it is closed all the same
  senders.delete(sender);
  setImmediate(() => tell({ kind: 'closed', sender })); // behind the last answers
}
