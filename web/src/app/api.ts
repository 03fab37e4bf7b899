/**
 * The client of this tab, and requests through it.
 *
 * Each account that has been used in this browser has a store of its own, so that whoever signs in again
 * finds their keys and messages, and nobody else does.
 */

import { Client, IndexedDbStore, type Store } from '@sentinal/client';
import { RatchetCrypto } from '@sentinal/client/crypto';

/** An account of this browser, and the name of its store. */
interface Remembered {
  readonly store: string;
  readonly userId?: string;
  /** What it was signed in with, in lower case. */
  readonly identities: readonly string[];
}

const STORES_KEY = 'stores';
const CURRENT_KEY = 'current-store';
/** The server is where this page is: `/app/` is below its address. */
const BASE = new URL('..', new URL('./', location.href.split('#')[0])).href;

let opened: { readonly client: Client; readonly store: IndexedDbStore } | null = null;

function remembered(): Remembered[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORES_KEY) ?? '[]');
    return Array.isArray(kept) ? (kept as Remembered[]) : [];
  } catch {
    return [];
  }
}

export function client(): Client {
  if (!opened) {
    throw new Error('The app is not ready yet.');
  }
  return opened.client;
}

export function store(): Store {
  if (!opened) {
    throw new Error('The app is not ready yet.');
  }
  return opened.store;
}

async function open(name: string): Promise<void> {
  const kept = await IndexedDbStore.open(name);
  opened = { client: new Client({ baseUrl: BASE, store: kept, crypto: new RatchetCrypto() }), store: kept };
  localStorage.setItem(CURRENT_KEY, name);
}

/** Opens the store that was used last. */
export async function openClient(): Promise<void> {
  await open(localStorage.getItem(CURRENT_KEY) ?? newName());
}

function newName(): string {
  return `sentinal-${crypto.randomUUID()}`;
}

/**
 * Before signing in: opens the store of whoever signs in, a new one if this browser does not know them.
 * Answers whether it is another one than before.
 */
export async function openFor(identity: string | null): Promise<boolean> {
  const wanted = identity?.trim().toLowerCase();
  const known = wanted === undefined ? undefined : remembered().find((it) => it.identities.includes(wanted));
  const current = localStorage.getItem(CURRENT_KEY);
  const isFree = current !== null && !remembered().some((it) => it.store === current);
  const name = known?.store ?? (isFree ? current : newName());
  if (opened && name === current) {
    return false;
  }
  await closeClient();
  await open(name);
  return true;
}

/** After signing in. */
export function rememberAccount(userId: string, identities: readonly (string | null)[]): void {
  const current = localStorage.getItem(CURRENT_KEY) ?? '';
  const before = remembered().filter((it) => it.store !== current);
  const names = identities.filter((it): it is string => Boolean(it)).map((it) => it.toLowerCase());
  localStorage.setItem(STORES_KEY, JSON.stringify([...before, { store: current, userId, identities: names }]));
}

/** Erases what this browser has of the present account. */
export async function eraseStore(): Promise<void> {
  const current = localStorage.getItem(CURRENT_KEY) ?? '';
  localStorage.setItem(STORES_KEY, JSON.stringify(remembered().filter((it) => it.store !== current)));
  await closeClient();
  indexedDB.deleteDatabase(current);
  localStorage.removeItem(CURRENT_KEY);
  await openClient();
}

async function closeClient(): Promise<void> {
  const before = opened;
  opened = null;
  await before?.client.close();
  await before?.store.close();
}

type Verb = (path: string, taken?: { body?: unknown }) => Promise<unknown>;

/** The typed operations, taken with paths that are filled in already. */
function verb(name: 'get' | 'post' | 'put' | 'delete'): Verb {
  const { api } = client();
  return (api[name] as unknown as Verb).bind(api);
}

export async function get<T>(path: string): Promise<T> {
  return (await verb('get')(path)) as T;
}

export async function post<T>(path: string, body?: unknown): Promise<T> {
  return (await verb('post')(path, { body })) as T;
}

export async function put<T>(path: string, body?: unknown): Promise<T> {
  return (await verb('put')(path, { body })) as T;
}

export async function del<T>(path: string, body?: unknown): Promise<T> {
  return (await verb('delete')(path, { body })) as T;
}
