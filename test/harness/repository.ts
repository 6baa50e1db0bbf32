// Where the repository is. By itself: whoever asks needs no Kafka for it.
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
