// The users of a secured local stack, with the rights of infra/access.yaml: everybody gets in, and nobody can do more.
import { compareAccess } from '@ess/domain/access/access-plan.ts';
import type { SecuredStack } from '@ess/infra/local/stack.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import { LOCAL_ADMIN } from '@ess/runtime/settings/stack-file.ts';
import { grant, readGrants, revoke } from '@ess/stream/access/acls.ts';
import { putScramUsers } from '@ess/stream/access/scram-users.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { ACCESS_FILE, readAccessPlan } from '../../access-plan-file.ts';
import { adminAccess } from './secured-access.ts';

/**
 * Makes the users of infra/access.yaml and of the connectors here, and gives them their rights. What users had beyond those is taken
 * away. @returns how many there are
 */
export async function letUsersIn(secured: SecuredStack, connectors: string, log: Log): Promise<number> {
  const plan = readAccessPlan(ACCESS_FILE, connectors);
  const kafka = connectKafka(adminAccess(secured), 'ess-up', log);
  const users = [LOCAL_ADMIN, ...plan.users].map((name) => ({ name, password: secured.passwordOf(name) }));
  await putScramUsers(kafka, users);
  const { missing, tooMuch } = compareAccess(plan.grants, plan.users, await readGrants(kafka));
  await grant(kafka, missing);
  await revoke(kafka, tooMuch);
  return users.length;
}
