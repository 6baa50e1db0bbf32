// REVOKE: how soon does a stream end whose key was taken away, or whose token is over?
import { EventSourceClient } from '../../../fakes/streams/event-source.ts';
import { TokenIssuer } from '../../../fakes/tokens.ts';
import { StreamLine } from '../../../harness/programs/stream-line.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';

const LIFE_S = 4;
const PATIENCE_MS = 60_000;
const WITHIN_MS = 5_000;

export const REVOKE: Scenario = {
  id: 'REVOKE',
  title: 'a stream whose credential ends',
  async run(lab) {
    await using line = await StreamLine.open(lab.stack);
    const tokens = new TokenIssuer();
    const runs = await alternate(lab, 'REVOKE', {
      key: async () => {
        const partner = line.partner('Hospital');
        await using bridge = await line.bridge(tokens.settings);
        await using client = await line.listening(bridge, partner);
        const revokedAt = Date.now();
        line.write(partner, []);
        return await ended(client, revokedAt);
      },
      token: async () => {
        const subject = `subject-${Date.now()}`;
        line.partner('Hospital', { subject });
        await using bridge = await line.bridge(tokens.settings);
        const expiresAt = (Math.floor(Date.now() / 1000) + LIFE_S) * 1000;
        const authorization = `Bearer ${await tokens.token(subject, LIFE_S)}`;
        await using client = new EventSourceClient(`${bridge.url}/stream`, {
          headers: { authorization },
          retryMs: 100,
        });
        return await ended(client, expiresAt);
      },
    });
    return {
      setting: `a key taken out of the connector's file, and a token of ${LIFE_S} s (dated in whole seconds); ms until the stream is over and not given again`,
      runs,
      claims: [
        { figure: 'endMs', side: 'key', atMost: WITHIN_MS },
        { figure: 'endMs', side: 'token', atMost: WITHIN_MS + 1_000 },
      ],
    };
  },
};

async function ended(client: EventSourceClient, since: number): Promise<Outcome> {
  await client.until('the stream has ended', ({ failed }) => failed !== undefined, PATIENCE_MS);
  return { figures: { endMs: Date.now() - since }, lost: 0, outOfOrder: 0, duplicates: 0 };
}
