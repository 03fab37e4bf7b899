// Two people find each other and talk; one is away and gets what was missed once and in order.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, openWindow, send, signIn, signUp, startBrowser, startServer, texts, waitForText, writeTo } from './browser.mjs';

const run = Date.now().toString(36);
const ALICE = `alice${run}`;
const BOB = `bob${run}`;

describe('two people', () => {
  let server;
  let browser;
  let alice;
  let bob;
  before(async () => {
    server = await startServer();
    browser = await startBrowser();
    alice = await openWindow(browser, server.url);
    bob = await openWindow(browser, server.url);
  });
  after(async () => {
    await browser?.close();
    await server?.remove();
  });

  test('sign up, find each other and talk', async () => {
    await signUp(alice.page, ALICE, 'Alice Archer');
    await signUp(bob.page, BOB, 'Bob Baker');
    await writeTo(alice.page, BOB);
    await send(alice.page, 'Hello Bob');
    await bob.page.getByRole('link', { name: /Alice Archer/ }).click();
    await waitForText(bob.page, 'Hello Bob');
    await send(bob.page, 'Hello Alice');
    await waitForText(alice.page, 'Hello Alice');
    assert.deepEqual(await texts(alice.page), ['Hello Bob', 'Hello Alice']);
  });

  test('see how far a message has got', async () => {
    await eventually(
      () => alice.page.locator('.message.own .ticks').first().innerText(),
      (said) => said.trim() === 'Read',
    );
  });

  test('see each other type', async () => {
    await bob.page.getByLabel('Message', { exact: true }).pressSequentially('Wait');
    await alice.page.locator('.chat-subtitle', { hasText: 'typing…' }).waitFor();
    await bob.page.getByLabel('Message', { exact: true }).fill('');
  });

  test('reply, react, edit and delete', async () => {
    const hello = alice.page.locator('.message.other', { hasText: 'Hello Alice' });
    await hello.hover();
    await hello.getByRole('button', { name: 'Reply' }).click();
    await send(alice.page, 'A reply');
    await bob.page.locator('.message', { hasText: 'A reply' }).locator('.quote', { hasText: 'Hello Alice' }).waitFor();

    await hello.hover();
    await hello.getByRole('button', { name: 'React', exact: true }).click();
    await hello.getByRole('button', { name: 'React with ❤️' }).click();
    await bob.page.locator('.message.own', { hasText: 'Hello Alice' }).getByRole('button', { name: /❤️, Alice/ }).waitFor();

    const reply = alice.page.locator('.message.own', { hasText: 'A reply' });
    await reply.hover();
    await reply.getByRole('button', { name: 'More about this message' }).click();
    await alice.page.getByRole('menuitem', { name: 'Edit' }).click();
    await alice.page.getByLabel('Message', { exact: true }).fill('A better reply');
    await alice.page.getByRole('button', { name: 'Save' }).click();
    await waitForText(bob.page, 'A better reply');

    const first = alice.page.locator('.message.own', { hasText: 'Hello Bob' });
    await first.hover();
    await first.getByRole('button', { name: 'More about this message' }).click();
    await alice.page.getByRole('menuitem', { name: 'Delete for everybody' }).click();
    await bob.page.getByText('This message was deleted').first().waitFor();
    await eventually(
      () => texts(bob.page),
      (seen) => JSON.stringify(seen) === JSON.stringify(['Hello Alice', 'A better reply']),
    );
  });

  test('get what was missed while away, once and in order', async () => {
    await bob.context.setOffline(true);
    await bob.page.evaluate(() => dispatchEvent(new Event('offline')));
    const missed = ['one', 'two', 'three', 'four'].map((it) => `missed ${it}`);
    for (const text of missed) {
      await send(alice.page, text);
      await alice.page.locator('.message.own', { hasText: text }).locator('.ticks:not(.waiting)').waitFor();
    }
    await bob.context.setOffline(false);
    await bob.page.evaluate(() => dispatchEvent(new Event('online')));
    await waitForText(bob.page, 'missed four');
    assert.deepEqual((await texts(bob.page)).filter((it) => it.startsWith('missed')), missed);
  });

  test('keep what they wrote while the server was away', async (t) => {
    if (server.isForeign) {
      t.skip('the server is not ours to stop');
      return;
    }
    await server.stop('SIGKILL');
    await alice.page.locator('.banner.offline').waitFor();
    await send(alice.page, 'written without a server');
    await alice.page.locator('.message.own', { hasText: 'written without' }).locator('.ticks.waiting').waitFor();
    await server.start();
    await waitForText(bob.page, 'written without a server');
    assert.equal((await texts(bob.page)).filter((it) => it.startsWith('written without')).length, 1);
  });

  test('find everything again after a reload', async () => {
    const shown = await texts(bob.page);
    await bob.page.reload();
    await waitForText(bob.page, shown.at(-1));
    assert.deepEqual(await texts(bob.page), shown);
    await bob.page.getByRole('button', { name: /❤️, Alice/ }).waitFor();
  });

  test('find a message by its words', async () => {
    await bob.page.getByLabel('Search conversations and messages').fill('missed two');
    const found = bob.page.getByRole('list', { name: 'Found messages' }).getByRole('link');
    await found.first().click();
    await bob.page.locator('.message:focus', { hasText: 'missed two' }).waitFor();
    await bob.page.getByLabel('Search conversations and messages').fill('');
  });

  test('delete a message for oneself, for good', async () => {
    const unwanted = bob.page.locator('.message.other', { hasText: 'missed three' });
    await unwanted.hover();
    await unwanted.getByRole('button', { name: 'More about this message' }).click();
    await bob.page.getByRole('menuitem', { name: 'Delete for me' }).click();
    await unwanted.waitFor({ state: 'detached' });
    await bob.page.reload();
    await waitForText(bob.page, 'missed four');
    assert.ok(!(await texts(bob.page)).includes('missed three'));
    assert.ok((await texts(alice.page)).includes('missed three'));
  });

  test('a second device gets what is written from now on, and says why it has no more', async () => {
    const second = await openWindow(browser, server.url);
    await signIn(second.page, BOB);
    await second.page.getByRole('link', { name: /Alice Archer/ }).click();
    await second.page.getByText('This device shows what was sent since you signed in on it').waitFor();
    await send(alice.page, 'to both devices');
    await waitForText(second.page, 'to both devices');
    await waitForText(bob.page, 'to both devices');
    await send(second.page, 'from the second device');
    await waitForText(bob.page, 'from the second device');
    await waitForText(alice.page, 'from the second device');
    assert.deepEqual(second.errors, []);
    await second.context.close();
  });

  test('see the same safety number', async () => {
    const numbers = [];
    for (const { page } of [alice, bob]) {
      await page.locator('.chat-title').click();
      await page.getByRole('button', { name: 'Compare safety numbers' }).click();
      const number = page.getByTestId('safety-number');
      await number.waitFor();
      numbers.push((await number.innerText()).replace(/\s+/g, ''));
      await page.getByRole('button', { name: 'Close', exact: true }).click();
      await page.getByRole('button', { name: 'Close details' }).click();
    }
    assert.match(numbers[0], /^\d{60}$/);
    assert.equal(numbers[0], numbers[1]);
  });

  test('without an error in either console', () => {
    assert.deepEqual([...alice.errors, ...bob.errors], []);
  });
});
