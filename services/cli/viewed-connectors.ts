// The connectors of partners that are in the lock-step view, followed as their folders change, for a program that shows the view.
import { ConnectorSet } from '@ess/runtime/connectors/connector-set.ts';
import type { OwnProcess } from '@ess/runtime/own-process.ts';
import { learnedSchemas } from './source-schemas.ts';

/** @param root default: as the settings have it */
export function viewedConnectors(
  { settings, redactor, log }: Pick<OwnProcess, 'settings' | 'redactor' | 'log'>,
  root = settings.connectors,
): Promise<ConnectorSet> {
  const learned = learnedSchemas(root, settings.registry, log);
  return ConnectorSet.open({
    root,
    concerns: ({ deliver, stream }) => deliver !== undefined || stream.enabled,
    ...learned,
    // It sends nothing, so that it needs no secret.
    schemas: async (partners) => ({ ...(await learned.schemas(partners)), withoutEnv: true }),
    olderSchemas: async (partner) => {
      const older = await learned.olderSchemas?.(partner);
      return older && { ...older, withoutEnv: true };
    },
    redactor,
    log,
  });
}
