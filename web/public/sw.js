// Shows that something has come while no page of the app is open. Pushes carry no content: the page reads it.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => {
  event.waitUntil(
    self.clients.matchAll({ type: 'window' }).then((pages) => {
      if (pages.some((page) => page.visibilityState === 'visible')) {
        return undefined;
      }
      return self.registration.showNotification('Sentinal Chat', {
        body: 'Something new has come. Open the app to read it.',
        tag: 'news',
        icon: './icon.svg',
      });
    }),
  );
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: 'window' }).then((pages) => {
      const [page] = pages;
      return page ? page.focus() : self.clients.openWindow('./');
    }),
  );
});
