/** Web Push: the server wakes this browser through the browser's own push service, without any content. */

import { del, get, post } from './api.ts';
import { server } from './state.ts';

export function canPush(): boolean {
  return Boolean(server.value.vapid_public_key) && 'serviceWorker' in navigator && 'PushManager' in window;
}

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker?.getRegistration();
  return (await registration?.pushManager?.getSubscription()) ?? null;
}

export async function hasPush(): Promise<boolean> {
  return canPush() && (await subscription()) !== null;
}

function keyBytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export async function turnPushOn(): Promise<void> {
  const key = server.value.vapid_public_key;
  if (!key || (await Notification.requestPermission()) !== 'granted') {
    throw new Error('The browser does not allow this page to show notifications.');
  }
  const registration = await navigator.serviceWorker.register('./sw.js', { scope: './' });
  await navigator.serviceWorker.ready;
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: keyBytes(key) });
  await tell(made);
}

async function tell(made: PushSubscription): Promise<void> {
  await post('/v1/users/me/push-tokens', { platform: 'webpush', token: JSON.stringify(made) });
}

/** Tells the server of the subscription that this browser has; it may have become another one. */
export async function refreshPush(): Promise<void> {
  const made = canPush() ? await subscription() : null;
  if (made) {
    await tell(made);
  }
}

export async function turnPushOff(): Promise<void> {
  const made = await subscription();
  if (!made) {
    return;
  }
  await made.unsubscribe();
  const { push_tokens: tokens } = await get<{ push_tokens: { id: string; token: string }[] }>('/v1/users/me/push-tokens');
  for (const token of tokens.filter((it) => it.token.includes(made.endpoint))) {
    await del(`/v1/users/me/push-tokens/${token.id}`);
  }
}
