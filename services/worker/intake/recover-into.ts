// What earlier owners of the partitions left, brought into their intake: what the metadata says, and after a crash their audit rows.

import type { Destination, Process } from '../partner-context.ts';
import type { PartitionIntake } from './partition-intake.ts';

/** Rejects when the audit topic cannot be read: nothing may be sent then. */
export async function recoverInto(
  intakes: ReadonlyMap<number, PartitionIntake>,
  { name, connector, log, shared }: Process & Destination,
): Promise<void> {
  const { topic } = connector.source;
  for (const { partition, watermark, isForeign, inheritedStands } of intakes.values()) {
    if (isForeign) log.warn({ partition, offset: watermark.position }, 'position.foreign');
    for (const stand of inheritedStands) shared.stands.add(topic, partition, stand);
  }
  const crashed = [...intakes.values()].flatMap((intake) => intake.crashedOwner(name, topic));
  if (crashed.length === 0) return;
  await shared.recover(
    crashed,
    ({ partition, offset, outcome, attempt, bodyDigest, connectorDigest }) => {
      const intake = intakes.get(partition);
      if (outcome === 'retried') intake?.recoveredAttempt(offset, attempt);
      else intake?.recovered(offset, outcome === 'delivered' ? { bodyDigest, connectorDigest } : undefined);
    },
    (stoodIn, partition, stand) => {
      shared.stands.add(stoodIn, partition, stand);
      log.warn({ topic: stoodIn, partition, ...stand }, 'record.stood-still');
    },
  );
  log.info({ partitions: crashed.length }, 'partitions.recovered');
}
