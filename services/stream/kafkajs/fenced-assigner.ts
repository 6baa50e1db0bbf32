// Round robin over partitions, as kafkajs does it, with the fence at the door: every join passes `protocol()`.
import type { PartitionAssigner } from 'kafkajs';
import kafkajs from 'kafkajs';

export interface FenceOptions {
  /** Ends the last assignment, if that has not begun. @returns whether something of it is still under way */
  readonly isClosed: () => boolean;
  /** Travels with the membership, for those who ask who is in the group. */
  readonly memberName: string;
}

export function fencedAssigner({ isClosed, memberName }: FenceOptions): PartitionAssigner {
  return (config) => {
    const roundRobin = kafkajs.PartitionAssigners.roundRobin(config);
    return {
      ...roundRobin,
      protocol: (subscription) => {
        if (isClosed())
          throw Object.assign(new Error('deliveries of the last assignment are still in flight'), {
            type: 'REBALANCE_IN_PROGRESS', // kafkajs asks again
          });
        const { name } = roundRobin.protocol(subscription);
        const { topics } = subscription;
        const userData = Buffer.from(memberName);
        return { name, metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData }) };
      },
    };
  };
}
