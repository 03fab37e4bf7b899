/** Where the user is: behind the `#` of the address, so that the browser's own buttons work. */

import { computed, signal } from '@preact/signals';

export type Route =
  | { readonly name: 'list' }
  | { readonly name: 'chat'; readonly chatId: string; readonly hasDetails: boolean }
  | { readonly name: 'settings'; readonly section: string }
  | { readonly name: 'new'; readonly what: 'chat' | 'group' }
  | { readonly name: 'join'; readonly code: string };

function read(): Route {
  const [first, second, third] = location.hash.replace(/^#\/?/, '').split('/').map(decode);
  switch (first) {
    case 'c':
      return second ? { name: 'chat', chatId: second, hasDetails: third === 'info' } : { name: 'list' };
    case 'settings':
      return { name: 'settings', section: second ?? '' };
    case 'new':
      return { name: 'new', what: second === 'group' ? 'group' : 'chat' };
    case 'join':
      return second ? { name: 'join', code: second } : { name: 'list' };
    default:
      return { name: 'list' };
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

export const route = signal<Route>(read());
export const openChatId = computed(() => (route.value.name === 'chat' ? route.value.chatId : null));

addEventListener('hashchange', () => {
  route.value = read();
});

/** Goes to a view, such as `c/<id>`. */
export function go(to: string): void {
  location.hash = `#/${to}`;
}
