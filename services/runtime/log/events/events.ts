// All events that programs log, by name.
import { CONNECTOR_EVENTS } from './connector-events.ts';
import { DELIVERY_EVENTS } from './delivery-events.ts';
import type { LogEvent } from './event.ts';
import { PROGRAM_EVENTS } from './program-events.ts';
import { STREAM_EVENTS } from './stream-events.ts';
import { VIEW_EVENTS } from './view-events.ts';

/** Under the headings of docs/logs.md. */
export const EVENT_GROUPS: ReadonlyArray<readonly [title: string, events: Readonly<Record<string, LogEvent>>]> = [
  ['Deliveries', DELIVERY_EVENTS],
  ['Connectors', CONNECTOR_EVENTS],
  ['Doors, streams and the projector', STREAM_EVENTS],
  ['The view', VIEW_EVENTS],
  ['Programs', PROGRAM_EVENTS],
];

export const EVENTS: Readonly<Record<string, LogEvent>> = Object.assign(
  {},
  ...EVENT_GROUPS.map(([, events]) => events),
);
