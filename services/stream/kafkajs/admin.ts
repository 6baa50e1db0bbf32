// One question to the cluster: connects an admin client for it and disconnects whatever the answer.

interface Connection {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

export async function withAdmin<A extends Connection, T>(
  kafka: { admin(): A },
  use: (admin: A) => Promise<T>,
): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}
