// Of the partners' folders, and of what the programs do with them.
import { event } from './event.ts';

export const CONNECTOR_EVENTS = {
  'connector.added': event('info', 'partner reads', 'A new folder is good, and the partner is served from now on.'),
  'connector.reloaded': event('info', 'partner reads', 'A folder has changed and is good.'),
  'connector.changed': event(
    'info',
    'partner digest',
    'The changed connector takes effect, between two records of a lane.',
  ),
  'connector.removed': event(
    'warn',
    'partner',
    'A folder is gone: the partner is served no more, and its position stays.',
  ),
  'connector.refused': event(
    'error',
    'partner problems error',
    'A folder is wrong. The connector of before stays in force; a new partner is not served.',
    'Run `ess connector check PARTNER`: each problem is named with its remedy.',
  ),
  'connector.remove-failed': event(
    'error',
    'partner error',
    'Something has failed while a partner was removed.',
    'Report it.',
  ),
  'connectors.away': event(
    'error',
    'error',
    'The folder of the connectors cannot be read. What was read before stays in force.',
    'Look at ESS_CONNECTORS and at the rights of the folder.',
  ),
} as const;
