// Names are looked up by the few threads that Node has for such work, and each waits until the resolver has answered or given up: some
// ten seconds for a name that nobody answers for. So who asks for a name that is being looked up waits with the others: however often a
// partner is tried meanwhile, its name takes one thread. `ess` asks for more threads than there are such names on a bad day.
import type { LookupAddress, LookupAllOptions } from 'node:dns';

type Found = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
/** `dns.lookup` for all addresses. */
export type Lookup = (hostname: string, options: LookupAllOptions, found: Found) => void;

/** @returns the same, which asks once for all who ask the same at the same time; nothing is kept */
export function sharedLookup(lookup: Lookup): Lookup {
  const waiting = new Map<string, Found[]>();
  return (hostname, options, found) => {
    const question = JSON.stringify([hostname, options.family, options.hints, options.order, options.verbatim]);
    const others = waiting.get(question);
    if (others) return void others.push(found);
    const all = [found];
    waiting.set(question, all);
    lookup(hostname, options, (error, addresses) => {
      waiting.delete(question);
      for (const one of all) one(error, addresses);
    });
  };
}
