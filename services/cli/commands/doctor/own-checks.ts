// What is ours: registry and schemas, connectors, disk and ports.
import { existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { shownRegistry } from '@ess/domain/stream/registry-access.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { compilePartner, listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { Subjects } from '@ess/stream/registry/subjects.ts';
import { sourceSchemas } from '../../source-schemas.ts';
import { compareAll } from '../schemas.ts';
import type { Finding } from './finding.ts';
import { doubtful, well, wrong } from './finding.ts';

/** The view's file and its index grow to `ESS_VIEW_INDEX_BYTES`; below this nothing is certain. */
const FREE_BYTES_MIN = 1_000_000_000;
const MISSING_REMEDY = 'run "ess schemas apply"; where the registry had it before: docs/disaster.md';
const ALL_ADDRESSES = '0.0.0.0';

export async function checkRegistry({ registry }: Settings): Promise<Finding[]> {
  const shown = shownRegistry(registry);
  let reports: Awaited<ReturnType<typeof compareAll>>;
  try {
    reports = await compareAll(new Subjects(registry));
  } catch (error) {
    return [wrong('registry', (error as Error).message, 'look at SCHEMA_REGISTRY_URL and its credentials')];
  }
  const bad = reports.flatMap(({ subject, status }) => {
    if (status === 'missing') return [wrong('schemas', `${subject} is not registered`, MISSING_REMEDY)];
    if (status === 'changed') return [doubtful('schemas', `${subject} is newer here`, 'run "ess schemas apply"')];
    if (status !== 'incompatible') return [];
    return [
      wrong(
        'schemas',
        `${subject} here cannot read what is registered`,
        'run "ess schemas check": it names the fields',
      ),
    ];
  });
  const all = bad.length === 0 ? [well('schemas', `${reports.length} schemas are registered as they are here`)] : bad;
  return [well('registry', `${shown} answers`), ...all];
}

export async function checkConnectors({ registry }: Settings, root: string): Promise<Finding[]> {
  const partners = listConnectors(root);
  if (partners.length === 0) return [doubtful('connectors', `${root} holds none`, 'make one with "ess connector new"')];
  const schemas = await sourceSchemas(root, partners, registry);
  return partners.map((partner) => {
    const { problems } = compilePartner(root, partner, schemas);
    const [first] = problems;
    if (first === undefined) return well('connectors', `${partner} is valid`);
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    return wrong('connectors', `${formatProblem(first)}${more}`, `run "ess connector check ${partner}"`);
  });
}

/** Of the folder in which the view and the sessions of the console are kept. */
export function checkDisk({ view }: Settings): Finding[] {
  let folder = dirname(resolve(view.file ?? '.ess/view.sqlite'));
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const told = `${folder} has ${(free / 1e9).toFixed(1)} GB free`;
  return [
    free < FREE_BYTES_MIN ? wrong('disk', told, 'make room, or set ESS_VIEW_FILE to another disk') : well('disk', told),
  ];
}

export async function checkPorts({ ports, bridge, inbound }: Settings): Promise<Finding[]> {
  const all = Object.entries({ ...ports, bridgeAdmin: bridge.adminPort, inboundAdmin: inbound.adminPort });
  const found = await Promise.all(
    all.map(async ([name, port]) => ({ name, port, free: port === 0 || (await isFree(port)) })),
  );
  const taken = found.filter(({ free }) => !free);
  if (taken.length === 0) return [well('ports', `${all.length} ports are free`)];
  return taken.map(({ name, port }) =>
    doubtful(
      'ports',
      `port ${port} (${name}) is taken`,
      'if it is not that program itself, set another port ("ess config")',
    ),
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen({ host: ALL_ADDRESSES, port, exclusive: true }, () => server.close(() => done(true)));
  });
}
