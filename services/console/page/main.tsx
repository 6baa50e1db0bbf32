// The page begins here.
import { render } from 'preact';
import { follow } from './feed.ts';
import { Page } from './page.tsx';
import './page.css';

follow();
const root = document.getElementById('page');
if (root) render(<Page />, root);
