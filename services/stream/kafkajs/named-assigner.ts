// Round robin over partitions, as kafkajs does it. A member says who it is, to those who ask who is in the group.
import type { PartitionAssigner } from 'kafkajs';
import kafkajs from 'kafkajs';

/** @param memberName travels with the membership */
export function namedAssigner(memberName: string): PartitionAssigner {
  return (config) => {
    const roundRobin = kafkajs.PartitionAssigners.roundRobin(config);
    return {
      ...roundRobin,
      protocol: (subscription) => {
        const { name } = roundRobin.protocol(subscription);
        const { topics } = subscription;
        const userData = Buffer.from(memberName);
        return { name, metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData }) };
      },
    };
  };
}
