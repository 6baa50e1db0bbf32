// Work that may never end, as kafkajs's own may while Kafka is away: how long it is waited for.

/**
 * The work goes on; what goes wrong with it later is nobody's business any more.
 * @returns false: it takes longer @throws what `work` throws meanwhile
 */
export async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
