/** Notices that the server has a newer version of this page than the one that is open. */

import { hasUpgrade } from './state.ts';

const EVERY_MS = 15 * 60_000;

/** The names of the page's files change with their bytes. */
function scriptsIn(page: Document): string {
  return [...page.querySelectorAll('script[src]')].map((it) => it.getAttribute('src')).join(' ');
}

async function look(): Promise<void> {
  const answer = await fetch('./', { cache: 'no-cache', headers: { accept: 'text/html' } });
  if (!answer.ok) {
    return;
  }
  const there = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const scripts = scriptsIn(there);
  if (scripts !== '' && scripts !== scriptsIn(document)) {
    hasUpgrade.value = true;
  }
}

export function watchForUpgrade(): void {
  // Offline is no news; the next look will tell.
  const lookQuietly = () => void look().catch(() => undefined);
  setInterval(lookQuietly, EVERY_MS);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && lookQuietly());
}
