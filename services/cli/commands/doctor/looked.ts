// How a check is made: what goes wrong in looking is a finding too, and so is an answer that does not come. Kafka's client would
// ask for ever.
import { within } from '@ess/stream/kafkajs/within.ts';
import type { Finding } from './finding.ts';
import { wrong } from './finding.ts';

export type Look = () => Finding[] | Promise<Finding[]>;

/** @param patienceMs how long it is waited for; what was asked goes on */
export async function looked(check: string, look: Look, patienceMs: number): Promise<Finding[]> {
  try {
    const looking = Promise.resolve(look());
    if (await within(looking, patienceMs)) return await looking;
    const told = `no answer in ${patienceMs / 1_000} s`;
    return [wrong(check, told, 'look at the log of the brokers: they may refuse each other, or who asks')];
  } catch (error) {
    return [wrong(check, (error as Error).message, 'put this right, and run the doctor again')];
  }
}
