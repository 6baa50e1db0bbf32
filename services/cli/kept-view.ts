// Where a command finds what an observer of this machine has kept, or asks it. It leaves the files as they are.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { AUDIT_TOPIC, DEAD_LETTER_STATE_TOPIC, DEAD_LETTER_TOPIC, STATE_TOPIC } from '@ess/schemas/topics.ts';
import { withAdmin } from '@ess/stream/kafkajs/admin.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { LockstepAnswer, Question } from '@ess/view/answer.ts';
import { auditIndexOf } from '@ess/view/audit/audit-index-name.ts';
import type { ViewOptions } from '@ess/view/view.ts';

/** Without them there is no view. */
export const VIEW_TOPICS = [STATE_TOPIC, DEAD_LETTER_TOPIC, DEAD_LETTER_STATE_TOPIC, AUDIT_TOPIC];

/** A command says within 5 s that nobody is there, as of Kafka. */
const REGISTRY_WITHIN_MS = 5_000;

/** How a command opens a view. */
export const keptView = ({
  view: { file },
}: Pick<Settings, 'view'>): Pick<ViewOptions, 'store' | 'registryWithinMs'> => ({
  registryWithinMs: REGISTRY_WITHIN_MS,
  ...(file !== undefined && { store: { file, writes: false } }),
});

export const indexOf = ({ view: { file } }: Pick<Settings, 'view'>): { readonly indexFile?: string } =>
  file === undefined ? {} : { indexFile: auditIndexOf(file) };

/** @returns undefined: no observer here has a view of the same, or answers: the log says why */
export async function toldByObserver(
  kafka: Kafka,
  { view: { file, token } }: Pick<Settings, 'view'>,
  log: Log,
  connectors: readonly Connector[],
  question: Question,
): Promise<LockstepAnswer | undefined> {
  if (file === undefined || token === undefined) return undefined;
  try {
    const [{ askedView }, { identityOf }] = await Promise.all([
      import('@ess/view/store/view-asker.ts'),
      import('@ess/view/store/stamp.ts'),
    ]);
    const { clusterId } = await withAdmin(kafka, (admin) => admin.describeCluster());
    const partners = connectors.map(({ partner }) => partner);
    const answer = await askedView({ file, token, partners, identity: identityOf(clusterId, connectors) }, question);
    if (answer) log.info({ file }, 'view.asked');
    return answer;
  } catch (error) {
    log.warn({ file, error: String(error) }, 'view.not-answered');
    return undefined;
  }
}
