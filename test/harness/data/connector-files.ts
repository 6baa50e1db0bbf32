// Connector folders on disk for `ess` processes: what a person would write, with the fake partner's address.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface ConnectorOptions {
  /** Merged over `deliver`. */
  readonly deliver?: Readonly<Record<string, unknown>>;
  readonly source?: Readonly<Record<string, unknown>>;
  readonly mapping?: object;
  /** The mapping of what is sent when a rule leaves; absent: a person is alerted. */
  readonly withdrawal?: object;
  readonly critical?: true;
  /** Instead of `send` or nothing. */
  readonly onLeave?: Readonly<Record<string, unknown>>;
}

/** Rule and version stay visible to the fake partner. */
const MAPPING = { fields: { ruleId: 'ruleId', version: 'version', minIcuBeds: 'bedCap' } };

/** Writes, or overwrites, a connector for an Avro topic of RulePublished records. */
export function writeConnector(root: string, partner: string, topic: string, url: string, more: ConnectorOptions = {}) {
  const folder = join(root, partner);
  mkdirSync(folder, { recursive: true });
  const connector = {
    partner,
    source: { topic, key: 'ruleId', version: 'version', where: { scope: 'Hospital' }, ...more.source },
    mapping: 'mapping.json',
    ...(more.critical && { critical: true }),
    ...(more.withdrawal === undefined ? {} : { onLeave: 'send' }),
    ...(more.onLeave === undefined ? {} : { onLeave: more.onLeave }),
    deliver: { url, allow: ['127.0.0.0/8'], ...more.deliver },
  };
  writeFileSync(join(folder, 'mapping.json'), JSON.stringify(more.mapping ?? MAPPING));
  if (more.withdrawal !== undefined) writeFileSync(join(folder, 'withdrawal.json'), JSON.stringify(more.withdrawal));
  writeFileSync(join(folder, 'connector.yaml'), stringify(connector));
}
