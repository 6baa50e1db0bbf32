// Of the doors, the bridge and its projector.
import { event } from './event.ts';

export const STREAM_EVENTS = {
  'inbound.answered': event(
    'info',
    'hook outcome status tookMs bytes remote key events refusal trace_id span_id',
    'One request to a door and how it was answered.',
    'Many of outcome unauthorized: look at `refusal`, and ask the partner which secret it uses.',
  ),
  'inbound.retry': event(
    'warn',
    'topic error records',
    'Kafka did not acknowledge events; they are written again.',
    'If it goes on, look at the brokers.',
  ),
  'inbound.failed': event(
    'error',
    'error stack',
    'A request met a fault of ours and was answered 503.',
    'Report it with its stack.',
  ),
  'bridge.fault': event(
    'error',
    'path error stack',
    'A request met a fault of ours and was answered 500.',
    'Report it with its stack.',
  ),
  'bridge.failed': event(
    'fatal',
    'error',
    'The bridge cannot go on. The process ends and is to be started again.',
    'See `error`.',
  ),
  'bridge.connections-few': event(
    'warn',
    'clients connections remedy',
    'The process may open fewer connections than ESS_STREAM_CLIENTS allows.',
    'Raise the limit of open files (ulimit -n).',
  ),
  'bridge.cursor-keys-unset': event(
    'warn',
    'remedy',
    'ESS_CURSOR_KEYS is not set: cursors are good at this process only, until it ends.',
    'Set the same ESS_CURSOR_KEYS for all bridges and workers.',
  ),
  'stream.unreadable': event(
    'error',
    'topic partition offset detail',
    'A record of the public topic cannot be read; clients do not get it.',
    'Look who writes there besides the projector.',
  ),
  'stream.unmapped': event(
    'error',
    'partner partition offset reason',
    "A record is in the partner's scope and its mapping refuses it; its clients do not get it.",
    'Run `ess connector preview PARTNER`.',
  ),
  'stream.gap': event(
    'warn',
    'partner lost',
    'Clients were told of a gap: records were gone before they could be given.',
    'Raise the retention of the public topic, or ask who stayed away for so long.',
  ),
  'stream.catch-up.waits': event(
    'warn',
    'partner error',
    'Kafka does not give what a client that catches up needs; it is tried again.',
  ),
  'stream.tail.lost': event(
    'error',
    'lost',
    'The live tail has lost records to retention; clients are told.',
    'Raise the retention of the public topic.',
  ),
  'stream.tail.waits': event('warn', 'error', 'The live tail cannot be opened yet; it is tried again.'),
  'stream.tail.again': event('warn', 'error', 'The live tail has ended and is opened again.'),
  'stream.receipts.wait': event(
    'warn',
    'error',
    'ess.stream-state cannot be read or written now. Streams go on; what clients say that they have waits.',
    'Run `ess topics apply` and `ess schemas apply`, or look at the rights of the bridge.',
  ),
  'stream.receipts.unreadable': event(
    'error',
    'topic partition offset detail',
    'A row of ess.stream-state cannot be read and was passed over.',
    'Look who writes there besides bridges.',
  ),
  'stream.receipts.unwritten': event(
    'warn',
    'partners',
    'The bridge ends, and the last receipts of so many partners are not written.',
    'Nothing: clients bring them again.',
  ),
  'history.waits': event('warn', 'error', 'The thread that reads history cannot open Kafka yet; it is tried again.'),
  'history.priority-kept': event(
    'warn',
    'error',
    'The thread that reads history could not give way to live streams; it runs as fast as they do.',
  ),
  'history.cold': event('debug', 'error', 'History could not be read ahead; the first client waits a little longer.'),
  'projector.assigned': event('info', 'partitions', 'These partitions of rules are projected here.'),
  'projector.revoked': event('info', 'partitions', 'They are given back.'),
  'projector.failed': event(
    'warn',
    'partition error',
    'A transaction was aborted and is begun anew; nothing is projected twice.',
    'If it goes on, look at the brokers.',
  ),
  'projector.parked': event(
    'error',
    'partition offset reason detail',
    'A record of rules cannot be projected and was parked as a dead letter of the partner public.',
    '`ess dead-letters list --partner public`.',
  ),
  'projector.source-held': event(
    'error warn',
    'topic partition offset next error remedy',
    'The next record of rules cannot be read: the registry is away, or a schema is not there.',
    'See `remedy`.',
  ),
} as const;
