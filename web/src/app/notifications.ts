/** What tells the user of messages while the page is not looked at: its title, and the system's notifications. */

import { effect } from '@preact/signals';
import { settings, unreadTotal } from './state.ts';
import { go } from './router.ts';

const NAME = 'Sentinal Chat';

/** Keeps the number of unread messages in the title. */
export function showUnreadInTitle(): void {
  effect(() => {
    document.title = unreadTotal.value > 0 ? `(${unreadTotal.value}) ${NAME}` : NAME;
  });
}

export function canNotify(): boolean {
  return 'Notification' in window && window.isSecureContext;
}

export async function askToNotify(): Promise<boolean> {
  return canNotify() && (await Notification.requestPermission()) === 'granted';
}

/** Shows a notification, unless the user looks at the page or does not want any. */
export function announce(chatId: string, title: string, text: string): void {
  const isWanted = settings.value?.notifications_enabled ?? true;
  if (!isWanted || document.visibilityState === 'visible' || !canNotify() || Notification.permission !== 'granted') {
    return;
  }
  try {
    const shown = new Notification(title, { body: text, tag: chatId, icon: './icon.svg' });
    shown.onclick = () => {
      window.focus();
      go(`c/${chatId}`);
      shown.close();
    };
  } catch {
    // Phones show notifications through the service worker alone; pushes do that.
  }
}
