/** The user's account, settings, devices and logins. */

import { del, get, post, put } from './api.ts';
import { account, settings } from './state.ts';
import type { WireAccount, WireDevice, WireLoginSession, WireSettings } from './wire.ts';

export async function changeSettings(change: Partial<WireSettings>): Promise<void> {
  settings.value = settings.value && { ...settings.value, ...change };
  settings.value = await put<WireSettings>('/v1/users/me/settings', change);
  applyTheme();
}

/** What is chosen is kept in the browser too, so that the page has its colours before the server answers. */
const THEME_KEY = 'theme';

export function applyTheme(): void {
  const theme = settings.value?.theme.toLowerCase() ?? localStorage.getItem(THEME_KEY) ?? 'system';
  localStorage.setItem(THEME_KEY, theme);
  if (theme === 'system') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
}

export async function changeProfile(change: Record<string, unknown>): Promise<void> {
  account.value = await put<WireAccount>('/v1/users/me', change);
}

export async function changePassword(current: string, next: string): Promise<void> {
  await post('/v1/auth/password/change', { current_password: current, new_password: next });
}

/** Gives the password again, for what a token alone may not do. */
export async function reauthenticate(password: string): Promise<void> {
  await post('/v1/auth/reauthenticate', { password });
}

export async function listDevices(): Promise<WireDevice[]> {
  return (await get<{ devices: WireDevice[] }>('/v1/users/me/devices')).devices;
}

export async function removeDevice(id: string): Promise<void> {
  await del(`/v1/users/me/devices/${id}`);
}

export async function listLogins(): Promise<WireLoginSession[]> {
  return (await get<{ sessions: WireLoginSession[] }>('/v1/auth/sessions')).sessions;
}

export async function endLogin(id: string): Promise<void> {
  await del(`/v1/users/me/sessions/${id}`);
}

export async function endOtherLogins(): Promise<void> {
  await del('/v1/users/me/sessions');
}

export async function deleteAccount(password: string): Promise<void> {
  await del('/v1/users/me', { password });
}
