// What the doctor finds of a secured Kafka with one fault after the other. The stack is nobody else's.
import { join } from 'node:path';
import { adminAccess } from '@ess/cli/commands/access/secured-access.ts';
import { checkKafka } from '@ess/cli/commands/doctor/kafka-checks.ts';
import type { Grant } from '@ess/domain/access/right.ts';
import { CLUSTER } from '@ess/domain/access/right.ts';
import type { SecuredStack, Stack } from '@ess/infra/local/stack.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { grant, revoke } from '@ess/stream/access/acls.ts';
import { withAdmin } from '@ess/stream/kafkajs/admin.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { jest } from '@jest/globals';
import kafkajs from 'kafkajs';
import { eventually } from '../harness/deadline.ts';
import { REPOSITORY } from '../harness/repository.ts';

const OF_OPS = { user: 'ess-ops', prefixed: false } as const;
const LOOKS: readonly Grant[] = [{ ...OF_OPS, resource: 'cluster', name: CLUSTER, operation: 'Describe' }];
const SEES: readonly Grant[] = ['Read', 'Write', 'Create', 'Alter', 'AlterConfigs'].map((operation) => ({
  ...{ ...OF_OPS, resource: 'topic', name: 'rules.latest', operation },
}));

/** @param env of ess-ops @returns by fault, each finding that is not well with its remedy */
export async function findingsOfDoctor(
  stack: Stack,
  env: Readonly<Record<string, string>>,
): Promise<Record<string, string[]>> {
  const kafka = connectKafka(
    adminAccess(stack.secured as SecuredStack),
    'ess-test',
    createLog('test', { level: 'silent' }),
  );
  const found = async (more: Record<string, string> = {}): Promise<string[]> => {
    const all = await checkKafka(loadSettings({ ...env, ...more }, ''), join(REPOSITORY, 'connectors'));
    return all
      .filter(({ status }) => status !== 'ok')
      .map(({ status, check, told, remedy }) => `${status} ${check}: ${told} → ${remedy}`);
  };
  const without = async (grants: readonly Grant[], count: number): Promise<string[]> => {
    await revoke(kafka, grants);
    const told = await eventually(`${count} findings`, async () => {
      const all = await found();
      return all.length >= count ? all : undefined;
    });
    await grant(kafka, grants);
    return told;
  };
  const keep = (value: string) =>
    withAdmin(kafka, (admin) => {
      // What is not named goes back to the default.
      const configEntries = [
        { name: 'retention.ms', value },
        { name: 'compression.type', value: 'uncompressed' },
      ];
      const type = kafkajs.ConfigResourceTypes.TOPIC;
      return admin.alterConfigs({
        validateOnly: false,
        resources: [{ type, name: 'hospital.bedChange', configEntries }],
      });
    });

  const nothing = await found();
  const wrongPassword = await found({ KAFKA_SASL_PASSWORD_FILE: '', KAFKA_SASL_PASSWORD: 'wrong' });
  const now = Date.now.bind(Date);
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + 600_000);
  const wrongClock = await found();
  clock.mockRestore();
  await keep('60000');
  const retention = await found();
  await keep('604800000');
  return {
    nothing,
    'a wrong password': wrongPassword,
    'a clock that is wrong': wrongClock,
    'a topic with another retention': retention,
    'no right to look': await without(LOOKS, 2),
    'a topic that may not be seen': await without(SEES, 1 + SEES.length),
  };
}
