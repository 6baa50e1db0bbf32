// What Kafka refuses, told apart: what passes by itself, and what no repetition changes because an ACL has to.

import { whyNoCoordinator } from './missing-right.ts';

/** Not more than a few errors are wrapped in one another. */
const DEPTH_MAX = 8;

/** Kafka refuses this user the topic or the group. */
export const isForbidden = (error: unknown): boolean => isOfType(error, /_AUTHORIZATION_FAILED$/);

/** The first question about any group makes its coordinator, which has to load its part of the log first. */
export const isCoordinatorStarting = (error: unknown): boolean => isOfType(error, /COORDINATOR|GROUP_LOAD_IN_PROGRESS/);

/** kafkajs wraps the error that Kafka's code stands for. */
function isOfType(error: unknown, type: RegExp): boolean {
  let at = error as { readonly type?: string; readonly cause?: unknown } | undefined | null;
  for (let depth = 0; at && depth < DEPTH_MAX; depth += 1) {
    if (type.test(at.type ?? '')) return true;
    at = at.cause as typeof at;
  }
  return false;
}

/** No broker named the coordinator of the group. */
export const isWithoutCoordinator = (error: unknown): boolean =>
  (error as { readonly name?: string }).name === 'KafkaJSGroupCoordinatorNotFound';

/**
 * Asks something of a group, or of the coordinator of a transactional id. kafkajs keeps to itself why it found no coordinator, and
 * of whom: that is said here.
 */
export async function askGroup<T>(
  id: string,
  ask: () => Promise<T>,
  kind: 'group' | 'transactional id' = 'group',
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isWithoutCoordinator(error)) throw error;
    const why = whyNoCoordinator(id);
    throw Object.assign(error as Error, {
      message: `no broker names the coordinator of the ${kind} ${id}: ${why?.message ?? 'Kafka is starting'}`,
      ...(isForbidden(why) && { cause: why }), // no repetition changes it: who asks again is told at once
    });
  }
}
