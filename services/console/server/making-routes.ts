// What somebody asks of one record: what the connector of today makes of it, and what files that are being written would.

import { shownValue } from '@ess/domain/avro/shown-value.ts';
import { CONNECTOR_FILE } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { FastifyInstance } from 'fastify';
import type { MadeAgain } from '../facts/making.ts';
import { onLines, shownMade } from '../making/made.ts';
import type { Rehearsals } from '../making/rehearsals.ts';
import type { Position, SourceRecord } from '../making/source-record.ts';
import { reasonOf } from '../orders/by.ts';
import { forbidden, notThere } from '../rights/refused.ts';
import { must } from '../rights/subject.ts';
import { answered, REASON } from './questions.ts';

export interface MakingOptions {
  /** The valid connectors, by partner. */
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly read: (connector: Connector, position: Position) => Promise<SourceRecord>;
  readonly rehearsals: Pick<Rehearsals, 'try'>;
}

/** Whoever has opened a record may try files on it for so long. */
const OPEN_MS = 15 * 60_000;
const OPEN_MAX = 64;
/** Of one subject: nobody closes what another one has opened. */
const OWN_MAX = 8;
/** Two files, also where every character takes several bytes. */
const TRY_BYTES_MAX = 500_000;
const POSITION = { type: 'string', pattern: '^[\\w.-]{1,249}:\\d{1,9}:\\d{1,15}$' } as const;
const FILE = { type: 'string', maxLength: 60_000 } as const;
const OPEN_BODY = {
  type: 'object',
  required: ['position'],
  properties: { position: POSITION, reason: REASON },
  additionalProperties: false,
} as const;
const TRY_BODY = {
  type: 'object',
  required: ['position', 'connector', 'mapping'],
  properties: { position: POSITION, connector: FILE, mapping: FILE },
  additionalProperties: false,
} as const;

interface Named {
  readonly Params: { readonly name: string };
}

export function addMakingRoutes(api: FastifyInstance, options: MakingOptions): void {
  const { connectors, read, rehearsals } = options;
  const opened = new Map<string, { readonly record: SourceRecord['record']; untilMs: number }>();
  const theConnector = (name: string): Connector => {
    const connector = connectors.get(name);
    if (!connector) throw notThere(`no connector of ${name} is in use here`);
    return connector;
  };

  api.post<Named & { Body: { position: string; reason?: string } }>(
    '/partners/:name/made-again',
    { schema: { body: OPEN_BODY } },
    async (request): Promise<MadeAgain> => {
      const { name } = request.params;
      must(request, 'payload', name);
      const connector = theConnector(name);
      const { position, reason = '' } = request.body;
      const { record, timestampMs } = await answered(() => read(connector, positionOf(position)));
      const made = shownMade(connector, record);
      // A topic may hold what is for others: who may look at this partner sees what is for it.
      if (made.kind === 'outOfScope') throw notThere(`${position} is not for ${name}: it is out of its scope`);
      const { ruleId } = record;
      await api.onRecord(request, {
        ...{ partner: name, what: 'payload', reason: reasonOf(reason), ...positionOf(position) },
        ...(typeof ruleId === 'string' && { ruleId }),
      });
      const key = `${request.subject.key}\n${name}\n${position}`;
      opened.delete(key);
      opened.set(key, { record, untilMs: Date.now() + OPEN_MS });
      const own = [...opened.keys()].filter((one) => one.startsWith(`${request.subject.key}\n`));
      for (const oldest of own.slice(0, -OWN_MAX)) opened.delete(oldest);
      for (const oldest of opened.keys()) if (opened.size > OPEN_MAX) opened.delete(oldest);
      const { files } = connector.recipe.folder;
      const mappingFile = mappingOf(files.get(CONNECTOR_FILE) ?? '');
      // The files are ours, and what is left out of a document is not for the partner.
      const shown = { position, writtenAt: timeText(timestampMs), made };
      if (request.subject.isGuestAt(name)) return { ...shown, record: null, files: null };
      return {
        ...shown,
        record: onLines(shownValue(record)),
        files: { connector: files.get(CONNECTOR_FILE) ?? '', mapping: files.get(mappingFile) ?? '', mappingFile },
      };
    },
  );

  api.post<Named & { Body: { position: string; connector: string; mapping: string } }>(
    '/partners/:name/rehearsal',
    { schema: { body: TRY_BODY }, bodyLimit: TRY_BYTES_MAX },
    async (request, reply) => {
      const { name } = request.params;
      must(request, 'payload', name);
      if (request.subject.isGuestAt(name)) throw forbidden('a partner at its own window tries no files');
      const { recipe } = theConnector(name);
      const { position, connector, mapping } = request.body;
      const open = opened.get(`${request.subject.key}\n${name}\n${position}`);
      if (!open || open.untilMs < Date.now())
        throw notThere(`open ${position} first: who looks at a record is on record`);
      open.untilMs = Date.now() + OPEN_MS;
      const files = new Map([...recipe.folder.files].filter(([file]) => !file.startsWith('samples/')));
      files.set(mappingOf(connector), mapping).set(CONNECTOR_FILE, connector);
      const folder = { ...recipe.folder, files };
      const rehearsed = await answered(() => rehearsals.try({ recipe: { ...recipe, folder }, record: open.record }));
      return reply.type('application/json').send(rehearsed);
    },
  );
}

function positionOf(text: string): Position {
  const [topic = '', partition, offset] = text.split(':');
  return { topic, partition: Number(partition), offset: Number(offset) };
}

/** The name of the mapping that a connector.yaml names. */
function mappingOf(connector: string): string {
  const named = /^mapping:\s*["']?([\w.-]+\.json)/m.exec(connector)?.[1];
  return named ?? 'mapping.json';
}
