// What the page asks of the connectors' folders: /connectors.
import { EssError } from '@ess/domain/text/error.ts';
import type { View } from '@ess/view/view.ts';
import type { FastifyInstance } from 'fastify';
import { connectorFacts } from '../facts/connectors.ts';
import { statusForGuest } from '../facts/guest.ts';
import type { CheckedFolders } from '../folders/checked-folders.ts';
import { sees } from '../rights/subject.ts';
import { away } from './questions.ts';

export function addConnectorRoutes(
  api: FastifyInstance,
  view: Pick<View, 'groupOf' | 'judge'>,
  folders: Pick<CheckedFolders, 'all'>,
): void {
  api.get('/connectors', async ({ subject }) => {
    const all = await folders.all().catch((error: unknown) => {
      throw error instanceof EssError ? away(error) : error;
    });
    const isSeen = sees(subject);
    const connectors = all
      .filter(({ partner }) => isSeen(partner))
      .map((folder) => {
        const { partner } = folder;
        const status = view.groupOf(partner)?.status;
        const told = status && subject.isGuestAt(partner) ? statusForGuest(status) : status;
        return connectorFacts(folder, told?.workers ?? [], view.judge.clientsOf(partner));
      });
    return { connectors };
  });
}
