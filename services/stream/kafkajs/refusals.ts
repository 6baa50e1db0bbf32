// What Kafka does not let us do, in the words of a person. Nothing that we repeat changes it: an ACL does.

/** Not more than a few errors are wrapped in one another. */
const DEPTH_MAX = 8;

/** Kafka refuses this user the topic or the group. */
export function isForbidden(error: unknown): boolean {
  let at = error as { readonly type?: string; readonly cause?: unknown } | undefined | null;
  for (let depth = 0; at && depth < DEPTH_MAX; depth += 1) {
    if (at.type?.endsWith('_AUTHORIZATION_FAILED')) return true;
    at = at.cause as typeof at;
  }
  return false;
}

/** kafkajs keeps to itself why no broker named the coordinator of a group: "Failed to find group coordinator". */
export const isWithoutCoordinator = (error: unknown): boolean =>
  (error as { readonly name?: string }).name === 'KafkaJSGroupCoordinatorNotFound';

export const noCoordinator = (groupId: string): string =>
  `no broker names the coordinator of the group ${groupId}: it may not be read by this user`;
