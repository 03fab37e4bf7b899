/** Where the page begins. */

import './style/base.css';
import './style/parts.css';
import './style/list.css';
import './style/chat.css';
import './style/message.css';
import './style/pages.css';
import './style/call.css';

import { render } from 'preact';
import { start } from './app/session.ts';
import { watchForUpgrade } from './app/upgrade.ts';
import { App, Broken } from './ui/app.tsx';
import { Insecure } from './ui/auth.tsx';

const root = document.querySelector('#app');
if (!root) {
  throw new Error('the page has no place for the app');
}
if (!window.isSecureContext) {
  render(<Insecure />, root);
} else {
  render(<App />, root);
  watchForUpgrade();
  start().catch((error: unknown) => render(<Broken error={error} />, root));
}
