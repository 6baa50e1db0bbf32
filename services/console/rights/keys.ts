// What is made of ESS_CONSOLE_KEYS: for each purpose a key of its own, so that what one signs says nothing to another.
import { createHmac } from 'node:crypto';

/** @returns 32 bytes */
export const keyFor = (purpose: 'session' | 'link', key: string): Buffer =>
  createHmac('sha256', key).update(`ess console ${purpose}`).digest();
