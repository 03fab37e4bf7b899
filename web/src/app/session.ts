/** Starting, signing up, in and out; and what is read once somebody is signed in. */

import { ApiError } from '@sentinal/client';
import { client, eraseStore, get, openClient, openFor, post, rememberAccount } from './api.ts';
import { keepListAlways, readKeptList, updateChat } from './chats.ts';
import { explain } from './errors.ts';
import { listen, refreshList } from './events.ts';
import { openRequest } from './open.ts';
import { showUnreadInTitle } from './notifications.ts';
import { refreshPush } from './push.ts';
import { applyTheme } from './settings.ts';
import {
  account,
  chats,
  chatsLoaded,
  connection,
  endedBecause,
  people,
  phase,
  selfId,
  server,
  settings,
  type Line,
} from './state.ts';
import { forgetTimelines, loadLastLines, timelineOf } from './timeline.ts';
import { go } from './router.ts';
import type { WireAccount, WireServer, WireSettings } from './wire.ts';

/** What others of the user's devices see of this one. */
function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Firefox\//.test(agent)
    ? 'Firefox'
    : /Edg\//.test(agent)
      ? 'Edge'
      : /Chrom(e|ium)\//.test(agent)
        ? 'Chrome'
        : /Safari\//.test(agent)
          ? 'Safari'
          : 'Browser';
  const system = [
    [/Android/, 'Android'],
    [/iPhone|iPad/, 'iOS'],
    [/Windows/, 'Windows'],
    [/Mac OS/, 'macOS'],
    [/Linux/, 'Linux'],
  ].find(([pattern]) => (pattern as RegExp).test(agent))?.[1];
  return system ? `${browser} on ${system}` : browser;
}

/** Opens the store and continues the login that is in it. */
export async function start(): Promise<void> {
  applyTheme();
  showUnreadInTitle();
  keepListAlways();
  document.addEventListener('visibilitychange', () => {
    if (connection.value.state === 'online') {
      client().presence(document.visibilityState === 'visible' ? 'online' : 'away');
    }
  });
  await openClient();
  listen();
  const login = await client().resume();
  if (!login) {
    phase.value = 'signed-out';
    void readServer();
    return;
  }
  await enter();
}

async function readServer(): Promise<void> {
  server.value = await openRequest<WireServer>('GET', '/v1/server').catch(() => server.value);
}

/** Reads the user's own things. */
export async function loadOwn(): Promise<void> {
  account.value = await get<WireAccount>('/v1/users/me');
  settings.value = await get<WireSettings>('/v1/users/me/settings');
  applyTheme();
}

/** Somebody is signed in: shows what this device has, and then what the server says. */
async function enter(): Promise<void> {
  const login = client().session;
  if (login && account.value?.id !== login.userId) {
    // Enough to draw with while the server is not reached.
    account.value = { ...(login.user as unknown as WireAccount), id: login.userId };
  }
  await readKeptList();
  if (chats.value.size > 0) {
    phase.value = 'signed-in';
    await loadLastLines(chats.value.keys());
  }
  try {
    await loadOwn();
    await readServer();
    phase.value = 'signed-in';
    await refreshList();
    void refreshPush().catch(() => undefined);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'EMAIL_UNVERIFIED') {
      phase.value = 'unverified';
      return;
    }
    if (client().session) {
      // Offline: what is here can be read, and written messages wait.
      phase.value = 'signed-in';
      console.debug('started without the server', explain(error));
    } else {
      phase.value = 'signed-out';
    }
  }
}

/** Opens the store of whoever signs in; events of its client are listened to. */
async function prepare(identity: string | null): Promise<void> {
  endedBecause.value = null;
  if (await openFor(identity)) {
    listen();
  }
}

export async function signUp(form: { username: string; displayName: string; email: string; password: string }): Promise<void> {
  await prepare(null);
  const login = await client().register({
    username: form.username,
    email: form.email,
    password: form.password,
    deviceName: deviceName(),
    ...(form.displayName && { displayName: form.displayName }),
  });
  rememberAccount(login.userId, [form.username, form.email]);
  await enter();
}

export async function signIn(identity: string, password: string): Promise<void> {
  await prepare(identity);
  const login = await client().login(identity, password, { deviceName: deviceName() });
  rememberAccount(login.userId, [identity, login.user.username, login.user.email]);
  await enter();
}

/** Ends the login; with `forget`, what this browser has of the account goes too. */
export async function signOut(forget = false): Promise<void> {
  await client().logout().catch(() => undefined);
  forgetUser();
  if (forget) {
    await eraseStore();
    listen();
  }
}

/** Back to the page for signing in, with nothing of the last user. */
function forgetUser(): void {
  phase.value = 'signed-out';
  account.value = null;
  settings.value = null;
  chats.value = new Map();
  people.value = new Map();
  chatsLoaded.value = false;
  forgetTimelines();
  go('');
}

export async function forgotPassword(identity: string): Promise<void> {
  await openRequest('POST', '/v1/auth/password/forgot', { identity });
}

export async function resetPassword(identity: string, token: string, password: string): Promise<void> {
  await openRequest('POST', '/v1/auth/password/reset', { identity, token, new_password: password });
}

export async function proveEmail(code: string): Promise<void> {
  await post('/v1/users/me/email/verify', { code });
  // The socket was closed until now, and the keys were not taken.
  client().connect();
  await enter();
}

export async function resendEmailCode(): Promise<void> {
  await post('/v1/users/me/email/code');
}

/** The user has seen a conversation up to its end. */
export async function sawAll(chatId: string): Promise<void> {
  const chat = chats.value.get(chatId);
  const newest = timelineOf(chatId).value.lines.findLast((line) => line.id !== null && line.senderId !== selfId.value);
  if (!chat || !newest?.id || newest.sequence === null || (newest.sequence <= chat.readSequence && chat.unread === 0)) {
    return;
  }
  const sequence = newest.sequence;
  updateChat(chatId, (it) => ({ unread: 0, readSequence: Math.max(it.readSequence, sequence) }));
  await client().markRead(newest.id);
}

/** Tries again to send a message that was refused. */
export async function retry(line: Line): Promise<void> {
  if (line.clientId) {
    await client().retry(line.clientId);
  }
}
