// Fields of a connector that are taken already and do nothing yet: a folder may be written once for this version and the next.
import { readPath } from '../text/paths.ts';

const NOT_IN_EFFECT = ['deliver.pipelining'];

/** @param raw connector.yaml as parsed. @returns dotted paths of those that are written there */
export const fieldsNotInEffect = (raw: object): string[] =>
  NOT_IN_EFFECT.filter((path) => readPath(raw, path.split('.')) !== undefined);
