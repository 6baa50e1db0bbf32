// Kafka may let everybody do everything while it has no rights on record. The first ones end that, for who grants them too.
import type { Grant } from '@ess/domain/access/right.ts';
import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import { isAnonymous } from '@ess/domain/stream/kafka-access.ts';
import { EssError } from '@ess/domain/text/error.ts';

/**
 * @param granted what is on record, and what shall be
 * @throws EssError ESS_USAGE when nobody is named here, and could take nothing back afterwards
 */
export function refuseToShutOut(access: KafkaAccess, granted: readonly Grant[]): void {
  const stays = ({ user, resource, operation }: Grant): boolean =>
    user === 'ANONYMOUS' && resource === 'cluster' && operation === 'Alter';
  if (!isAnonymous(access) || granted.some(stays)) return;
  throw new EssError(
    'ESS_USAGE',
    'you are nobody at this Kafka (User:ANONYMOUS): with these rights on record you, and every program without a user, could do nothing any more, not even take them away. Log in as an administrator: KAFKA_SASL_* or KAFKA_SSL_CERT (docs/secured-kafka.md)',
  );
}
