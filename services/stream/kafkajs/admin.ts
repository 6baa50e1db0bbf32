// One question to the cluster: connects an admin client for it and disconnects whatever the answer.
import type { Admin, Kafka } from 'kafkajs';

export async function withAdmin<T>(kafka: Kafka, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}
