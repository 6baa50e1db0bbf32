// The rights that infra/access.yaml gives, for the connectors that are here.
import { fileURLToPath } from 'node:url';
import type { AccessPartner } from '@ess/domain/access/access-plan.ts';
import { planAccess, plannedUsers } from '@ess/domain/access/access-plan.ts';
import type { Grant } from '@ess/domain/access/right.ts';
import { CONNECTOR_FILE } from '@ess/domain/connector/compile.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { listConnectors, readConnectorFolder } from '@ess/runtime/connectors/connector-folder.ts';
import { readYamlFile } from '@ess/runtime/settings/yaml-file.ts';
import { parse } from 'yaml';

export const ACCESS_FILE = fileURLToPath(new URL('../../infra/access.yaml', import.meta.url));

export interface AccessPlan {
  readonly grants: readonly Grant[];
  readonly users: readonly string[];
}

/** @throws EssError ESS_CONFIG naming the file and what is wrong with it */
export function readAccessPlan(file: string, connectors: string): AccessPlan {
  const content = readYamlFile(file);
  const partners = accessPartners(connectors);
  return { grants: planAccess(content, partners, file), users: plannedUsers(content, partners) };
}

/** Of each connector what rights hang on, whether the rest of it is valid or not. */
function accessPartners(root: string): AccessPartner[] {
  return listConnectors(root).map((partner) => {
    const said = saidBy(readConnectorFolder(root, partner).files.get(CONNECTOR_FILE) ?? '', partner);
    const inbound = Array.isArray(said['inbound']) ? (said['inbound'] as unknown[]) : [];
    const source = objectIn(said['source'])['topic'];
    return {
      partner,
      source: typeof source === 'string' ? source : 'rules',
      delivers: said['deliver'] != null,
      streams: objectIn(said['stream'])['enabled'] === true,
      doors: inbound.map((door) => objectIn(door)['topic']).filter((topic) => typeof topic === 'string'),
    };
  });
}

function saidBy(text: string, partner: string): Record<string, unknown> {
  try {
    return objectIn(parse(text));
  } catch (error) {
    throw new EssError('ESS_CONFIG', `${partner}/${CONNECTOR_FILE} is no YAML: run "ess connector check ${partner}"`, {
      cause: error,
    });
  }
}

const objectIn = (value: unknown): Record<string, unknown> => Object(value) as Record<string, unknown>;
