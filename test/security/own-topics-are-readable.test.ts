// Whatever somebody has written into the topics, the project's own among them: it is told and left aside, shown and not obeyed, and
// everything else goes on. One Kafka serves all of this. What changes the settings of those topics comes last.
import { afterAll, beforeAll } from '@jest/globals';
import { closeStack, openStack } from './own-topics/stack.ts';
import './own-topics/control.ts';
import './own-topics/terminals.ts';
import './own-topics/lies.ts';
import './own-topics/unreadable.ts';
import './own-topics/large-letters.ts';

beforeAll(openStack);
afterAll(closeStack);
