// Of the lock-step view, wherever it is read, and of the index of the audit.
import { event } from './event.ts';

export const VIEW_EVENTS = {
  'view.built': event('info', 'records tookMs', 'The view has read all topics to their ends.'),
  'view.asked': event('info', 'file', 'The view is asked of the observer, which keeps it.'),
  'view.not-answered': event(
    'warn',
    'file error',
    'The observer does not answer, so the view is built here; that takes longer.',
    'Look at ESS_VIEW_TOKEN and whether the observer runs.',
  ),
  'view.waits': event(
    'warn',
    'topic partner error why',
    'A part of the view cannot be read now, by `why`. What it tells is unknown until it can be.',
    'Look at the registry, the topic or the group that is named.',
  ),
  'view.topic.anew': event('warn', 'topic', 'The topic was made anew: what it had is forgotten, and it is read again.'),
  'view.control.unreadable': event(
    'error',
    'error',
    'ess.control cannot be read any more: pauses and replays are not seen.',
    'Restart the program.',
  ),
  'view.file.restored': event(
    'info',
    'file partners',
    'The kept view was read from its file; topics are read on from there.',
  ),
  'view.file.kept': event('info', 'file partners', 'The view was written to its file.'),
  'view.file.anew': event('info', 'file why', 'The kept view does not fit, by `why`, and is built anew.'),
  'view.file.failed': event(
    'warn',
    'file error',
    'The view could not be written to its file; it goes on in memory.',
    'Look at ESS_VIEW_FILE and the space of its disk.',
  ),
  'view.index.read': event('info', 'file', 'The index of the audit is read, not written, here.'),
  'view.index.left': event('info', 'file why', 'The index of the audit is not used here, by `why`.'),
  'view.index.complete': event('info', 'file rows', 'The index has all of the audit that there is.'),
  'view.index.trimmed': event(
    'info',
    'file rows',
    'The oldest rows have gone from the index, by ESS_VIEW_INDEX_BYTES.',
  ),
  'view.index.anew': event('info', 'file why', 'The index does not fit and is built anew.'),
  'view.index.failed': event(
    'warn',
    'file error',
    'Rows could not be written to the index; it is tried again.',
    'Look at the space of its disk.',
  ),
  'view.index.gone': event(
    'error',
    'file error',
    'The thread of the index has ended: the audit is not indexed any more.',
    'Restart the program.',
  ),
  'view.index.priority-kept': event(
    'warn',
    'error',
    'The thread of the index could not give way to others; it runs as fast as they do.',
  ),
} as const;
