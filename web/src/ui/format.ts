/** Times, sizes and names as people read them, in the browser's language. */

const DAY_MS = 86_400_000;

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const longWeekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const longDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

function dayOf(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Whole days from a date to today. */
function daysAgo(date: Date): number {
  return Math.round((dayOf(new Date()) - dayOf(date)) / DAY_MS);
}

export function clockTime(at: string): string {
  return timeOfDay.format(new Date(at));
}

export function fullTime(at: string): string {
  return full.format(new Date(at));
}

/** As short as a list has room for. */
export function listTime(at: string): string {
  const date = new Date(at);
  const days = daysAgo(date);
  if (days <= 0) {
    return timeOfDay.format(date);
  }
  if (days === 1) {
    return 'Yesterday';
  }
  return days < 7 ? weekday.format(date) : shortDate.format(date);
}

export function dayTitle(at: string): string {
  const date = new Date(at);
  const days = daysAgo(date);
  if (days <= 0) {
    return 'Today';
  }
  if (days === 1) {
    return 'Yesterday';
  }
  return days < 7 ? longWeekday.format(date) : longDate.format(date);
}

export function isSameDay(a: string, b: string): boolean {
  return dayOf(new Date(a)) === dayOf(new Date(b));
}

export function lastSeenText(at: string | undefined): string {
  if (!at) {
    return 'offline';
  }
  const days = daysAgo(new Date(at));
  return `last seen ${days <= 0 ? `at ${clockTime(at)}` : days === 1 ? 'yesterday' : shortDate.format(new Date(at))}`;
}

export function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
}

/** `1:05` */
export function durationText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, '0');
  return minutes >= 60
    ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`
    : `${minutes}:${rest}`;
}

export function expiryText(seconds: number | null): string {
  if (!seconds) {
    return 'Off';
  }
  const units: [number, string][] = [
    [604_800, 'week'],
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  const [size, name] = units.find(([size]) => seconds % size === 0) ?? [1, 'second'];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? '')][0] ?? '';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}

/** One of the twelve colours that names have, always the same for an id. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const character of id) {
    hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  }
  return hash % 12;
}
