// The page begins here.
import { render } from 'preact';
import { followKeys } from './dialogs.ts';
import { follow } from './feed.ts';
import { learnMe } from './me.ts';
import { Page } from './page.tsx';
import './page.css';

void learnMe();
follow();
followKeys();
const root = document.getElementById('page');
if (root) render(<Page />, root);
