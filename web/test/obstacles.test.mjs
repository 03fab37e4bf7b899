// What can stand in the way, and what people are told then.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, openWindow, send, signIn, signUp, startBrowser, startServer, texts, waitForText, writeTo } from './browser.mjs';

const run = Date.now().toString(36);
const ALICE = `ada${run}`;
const BOB = `bela${run}`;

describe('obstacles', () => {
  let server;
  let browser;
  let alice;
  let bob;
  before(async () => {
    server = await startServer();
    browser = await startBrowser();
    alice = await openWindow(browser, server.url);
    bob = await openWindow(browser, server.url);
    await signUp(alice.page, ALICE, 'Ada Archer');
    await signUp(bob.page, BOB, 'Bela Baker');
    await writeTo(alice.page, BOB);
    await send(alice.page, 'first');
    await bob.page.getByRole('link', { name: /Ada Archer/ }).click();
    await waitForText(bob.page, 'first');
  });
  after(async () => {
    await browser?.close();
    await server?.remove();
  });

  test('a wrong password and a name that is taken are said in words', async () => {
    const stranger = await openWindow(browser, server.url);
    await stranger.page.getByLabel('Username or e-mail').fill(ALICE);
    await stranger.page.getByLabel('Password').fill('not the password');
    await stranger.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await stranger.page.getByText('Username or password is wrong.').waitFor();
    await stranger.page.getByRole('tab', { name: 'Create account' }).click();
    await stranger.page.getByLabel('Username').fill(ALICE);
    await stranger.page.getByLabel('E-mail').fill(`other${run}@example.com`);
    await stranger.page.getByLabel('Password').fill('correct horse battery');
    await stranger.page.getByRole('button', { name: 'Create account' }).click();
    await stranger.page.getByText('This username belongs to somebody else already.').waitFor();
    assert.deepEqual(stranger.errors, []);
    await stranger.context.close();
  });

  test('a page without TLS from another machine explains why it cannot work', async () => {
    const { port } = new URL(server.url);
    const { page, context } = await openWindow(browser, `http://chat.test:${port}`);
    await page.getByText('This address is not secure').waitFor();
    await page.getByText(`http://localhost:${port}`).waitFor();
    await context.close();
  });

  test('a second tab follows the first, and takes over when that is closed', async () => {
    const second = await bob.context.newPage();
    await second.goto(`${server.url}/app/`);
    await second.getByRole('link', { name: /Ada Archer/ }).click();
    await waitForText(second, 'first');
    await send(second, 'from the second tab');
    await waitForText(alice.page, 'from the second tab');
    await waitForText(bob.page, 'from the second tab');
    await bob.page.close();
    bob.page = second;
    await send(alice.page, 'to the tab that is left');
    await waitForText(bob.page, 'to the tab that is left');
    assert.equal((await texts(bob.page)).filter((it) => it === 'to the tab that is left').length, 1);
  });

  test('whoever is blocked reaches nobody', async () => {
    alice.page.on('dialog', (dialog) => dialog.accept());
    await alice.page.locator('.chat-title').click();
    await alice.page.getByRole('button', { name: 'Block Bela Baker', exact: true }).click();
    await alice.page.getByText('You have blocked Bela Baker').waitFor();
    await send(bob.page, 'into the void');
    await bob.page.locator('.message.own', { hasText: 'into the void' }).locator('.ticks.sent').waitFor();
    await alice.page.getByRole('button', { name: 'Unblock Bela Baker' }).click();
    await alice.page.getByLabel('Message', { exact: true }).waitFor();
    await send(bob.page, 'back again');
    await waitForText(alice.page, 'back again');
    assert.equal((await texts(alice.page)).includes('into the void'), false);
    await alice.page.getByRole('button', { name: 'Close details' }).click();
  });

  test('a changed identity stops what is written until it is accepted', async () => {
    // Bela's browser loses its keys, as by a reinstall under the same device.
    await bob.page.evaluate(async () => {
      const name = localStorage.getItem('current-store');
      const database = await new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const records = database.transaction('records', 'readwrite').objectStore('records');
      records.delete(IDBKeyRange.bound(['crypto'], ['crypto', []]));
      records.delete(['account', 'keys_of']);
      await new Promise((resolve) => records.transaction.addEventListener('complete', resolve));
      database.close();
    });
    await bob.page.goto(`${server.url}/app/#/settings/account`);
    await bob.page.getByRole('button', { name: 'Sign out; messages stay in this browser' }).click();
    await signIn(bob.page, BOB);
    await alice.page.locator('.system', { hasText: 'Keys of a device of Bela Baker have changed' }).waitFor();
    await send(alice.page, 'only once you are you');
    await alice.page.getByText('Your safety number with Bela Baker has changed.').waitFor();
    await alice.page.locator('.message.own', { hasText: 'only once' }).locator('.ticks.held').waitFor();
    await alice.page.getByRole('button', { name: 'Look at it' }).click();
    await alice.page.getByTestId('safety-number').waitFor();
    await alice.page.getByRole('button', { name: 'The numbers are equal' }).click();
    await bob.page.getByRole('link', { name: /Ada Archer/ }).click();
    await waitForText(bob.page, 'only once you are you');
    await alice.page.locator('.chat-title .verified').waitFor();
    // What was read before the keys were lost is still there.
    assert.ok((await texts(bob.page)).includes('first'));
  });

  test('a new version of the page is offered', async () => {
    await alice.page.route(`${server.url}/app/`, async (route) => {
      const answer = await route.fetch();
      const page = (await answer.text()).replace(/index-[\w-]+\.js/, 'index-newer.js');
      await route.fulfill({ response: answer, body: page });
    });
    await alice.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await alice.page.getByText('A new version of this page is here.').waitFor();
  });

  test('a login that is ended elsewhere leads back to signing in', async () => {
    const second = await openWindow(browser, server.url);
    await signIn(second.page, ALICE);
    await second.page.goto(`${server.url}/app/#/settings/devices`);
    await second.page.getByRole('button', { name: 'End all other logins' }).click();
    await alice.page.getByText('You were signed out').waitFor();
    await eventually(
      () => second.page.getByRole('button', { name: 'End', exact: true }).count(),
      (count) => count === 0,
    );
    assert.deepEqual(second.errors, []);
    await second.context.close();
  });

  test('without an error in either console', () => {
    assert.deepEqual([...alice.errors, ...bob.errors], []);
  });
});
