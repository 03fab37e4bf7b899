/** Profiles and presence of people, read when something shows them. */

import { ApiError } from '@sentinal/client';
import { get, post, del } from './api.ts';
import { lastSeen, people, presences, selfId, type Person, type Presence } from './state.ts';
import type { WireProfile } from './wire.ts';

/** As many as the server takes in one request. */
const IDS_MAX = 100;

export function toPerson(profile: WireProfile): Person {
  return {
    id: profile.id,
    name: profile.display_name || profile.username || 'Deleted account',
    username: profile.username,
    avatarUrl: profile.avatar_url,
    bio: profile.bio ?? null,
    status: profile.status ?? null,
    isContact: profile.is_contact ?? false,
    isBlocked: profile.is_blocked ?? false,
  };
}

export function keepPeople(found: readonly Person[]): void {
  if (found.length === 0) {
    return;
  }
  const next = new Map(people.value);
  for (const person of found) {
    next.set(person.id, person);
  }
  people.value = next;
}

/** Keeps names that came with something else; what is known better stays. */
export function keepNames(
  named: readonly { user_id: string; username: string | null; display_name: string | null; avatar_url?: string | null }[],
): void {
  const fresh = named.map((it): Person => {
    const known = people.value.get(it.user_id);
    return {
      id: it.user_id,
      name: it.display_name || it.username || 'Deleted account',
      username: it.username,
      avatarUrl: it.avatar_url ?? known?.avatarUrl ?? null,
      bio: known?.bio ?? null,
      status: known?.status ?? null,
      isContact: known?.isContact ?? false,
      isBlocked: known?.isBlocked ?? false,
      isDeleted: it.username === null && it.display_name === null,
    };
  });
  keepPeople(fresh);
}

let wanted = new Set<string>();
let canAskInBulk = true;

/** Has unknown people read, many in one request. */
export function wantPeople(ids: Iterable<string>): void {
  const unknown = [...ids].filter((id) => id && !people.value.has(id));
  if (unknown.length === 0) {
    return;
  }
  if (wanted.size === 0) {
    queueMicrotask(readWanted);
  }
  for (const id of unknown) {
    wanted.add(id);
  }
}

async function readWanted(): Promise<void> {
  const ids = [...wanted];
  wanted = new Set();
  for (let first = 0; first < ids.length; first += IDS_MAX) {
    await readProfiles(ids.slice(first, first + IDS_MAX));
  }
}

async function readProfiles(ids: string[]): Promise<void> {
  if (canAskInBulk) {
    try {
      const { users } = await get<{ users: WireProfile[] }>(`/v1/users?ids=${ids.join(',')}`);
      const found = users.map(toPerson);
      const missing = ids.filter((id) => !found.some((it) => it.id === id));
      keepPeople([...found, ...missing.map(gone)]);
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 400 && error.status !== 422)) {
        // Not reached, or too often: whoever is shown next asks again.
        return;
      }
      // A server that does not read profiles in bulk yet.
      canAskInBulk = false;
    }
  }
  for (const id of ids) {
    await refreshPerson(id).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) {
        keepPeople([gone(id)]);
      }
    });
  }
}

function gone(id: string): Person {
  const name = 'Deleted account';
  return { id, name, username: null, avatarUrl: null, bio: null, status: null, isContact: false, isBlocked: false, isDeleted: true };
}

export async function refreshPerson(id: string): Promise<Person> {
  const person = toPerson(await get<WireProfile>(`/v1/users/${id}`));
  keepPeople([person]);
  return person;
}

export async function searchPeople(text: string): Promise<Person[]> {
  const { users } = await get<{ users: WireProfile[] }>(`/v1/users/search?limit=20&query=${encodeURIComponent(text)}`);
  const found = users.map(toPerson).filter((it) => it.id !== selfId.value);
  keepPeople(found);
  return found;
}

export async function readPresences(ids: readonly string[]): Promise<void> {
  for (let first = 0; first < ids.length; first += IDS_MAX) {
    const part = ids.slice(first, first + IDS_MAX).join(',');
    const answer = await get<{ presences: { user_id: string; status: Presence; last_seen_at?: string | null }[] }>(
      `/v1/presence?user_ids=${part}`,
    );
    const next = new Map(presences.value);
    const seen = new Map(lastSeen.value);
    for (const it of answer.presences) {
      next.set(it.user_id, it.status);
      if (it.last_seen_at) {
        seen.set(it.user_id, it.last_seen_at);
      }
    }
    presences.value = next;
    lastSeen.value = seen;
  }
}

export function presenceChanged(userId: string, status: Presence, seenAt?: string): void {
  presences.value = new Map(presences.value).set(userId, status);
  if (seenAt) {
    lastSeen.value = new Map(lastSeen.value).set(userId, seenAt);
  }
}

export async function setBlocked(id: string, isBlocked: boolean): Promise<void> {
  await post(`/v1/users/me/contacts/${id}/${isBlocked ? 'block' : 'unblock'}`);
  await refreshPerson(id);
}

export async function setContact(id: string, isContact: boolean): Promise<void> {
  if (isContact) {
    await post('/v1/users/me/contacts', { contact_user_id: id });
  } else {
    await del(`/v1/users/me/contacts/${id}`);
  }
  await refreshPerson(id);
}

export async function blockedPeople(): Promise<Person[]> {
  const answer = await get<{ contacts: Record<string, unknown>[] }>('/v1/users/me/contacts/blocked?limit=100');
  const ids = answer.contacts
    .map((it) => it.contact_user_id ?? it.user_id)
    .filter((id): id is string => typeof id === 'string');
  const found: Person[] = [];
  for (const id of ids) {
    found.push(people.value.get(id) ?? (await refreshPerson(id).catch(() => gone(id))));
  }
  return found;
}
