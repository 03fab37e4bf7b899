// Files, groups, calls; and whether everybody can use the pages.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { eventually, openWindow, send, signIn, signUp, startBrowser, startServer, waitForText, writeTo } from './browser.mjs';

const run = Date.now().toString(36);
const ALICE = `anna${run}`;
const BOB = `ben${run}`;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds on a page that is serious or worse. */
async function faultsOf(page) {
  // The policy of the page allows no script but its own: this one is put in by the browser itself.
  const source = await readFile(AXE, 'utf8');
  await page.evaluate(`${source};undefined`);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter((it) => it.impact === 'serious' || it.impact === 'critical')
    .map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(' | ')}`.slice(0, 600));
}

describe('more that people do', () => {
  let server;
  let browser;
  let alice;
  let bob;
  before(async () => {
    server = await startServer();
    browser = await startBrowser();
    alice = await openWindow(browser, server.url);
    bob = await openWindow(browser, server.url);
    assert.deepEqual(await faultsOf(alice.page), []);
    await signUp(alice.page, ALICE, 'Anna Archer');
    await signUp(bob.page, BOB, 'Ben Baker');
    await writeTo(alice.page, BOB);
    await send(alice.page, 'Here is a file');
    await bob.page.getByRole('link', { name: /Anna Archer/ }).click();
    await waitForText(bob.page, 'Here is a file');
  });
  after(async () => {
    await browser?.close();
    await server?.remove();
  });

  test('a file arrives as it was', async () => {
    // Two chunks of the encryption and several pieces of the upload.
    const bytes = randomBytes(2_500_000);
    await alice.page.getByTestId('file').setInputFiles({ name: 'numbers.bin', mimeType: 'application/octet-stream', buffer: bytes });
    const saved = bob.page.waitForEvent('download');
    await bob.page.getByRole('button', { name: /Save numbers\.bin/ }).click();
    const download = await saved;
    assert.equal(download.suggestedFilename(), 'numbers.bin');
    const got = await readFile(await download.path());
    const hash = (it) => createHash('sha256').update(it).digest('hex');
    assert.equal(hash(got), hash(bytes));
  });

  test('a picture is shown, and a page with scripts is not', async () => {
    const picture = await alice.page.screenshot({ type: 'png' });
    await alice.page.getByTestId('file').setInputFiles({ name: 'view.png', mimeType: 'image/png', buffer: picture });
    const shown = bob.page.locator('.picture img[alt="view.png"]:not(.blurred)');
    await shown.waitFor();
    await eventually(
      () => shown.evaluate((it) => it.naturalWidth),
      (width) => width === 1200,
    );
    await alice.page.getByTestId('file').setInputFiles({
      name: 'evil.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    });
    await bob.page.getByRole('button', { name: /Save evil\.svg/ }).waitFor();
  });

  test('a group: made, written in, and joined by a link', async () => {
    await alice.page.getByRole('button', { name: 'More', exact: true }).click();
    await alice.page.getByRole('menuitem', { name: 'New group' }).click();
    await alice.page.getByLabel('Name of the group').fill('Hikers');
    await alice.page.getByRole('button', { name: 'Next' }).click();
    await alice.page.getByText(`@${BOB}`).click();
    await alice.page.getByRole('button', { name: /Create group/ }).click();
    await alice.page.getByLabel('Message', { exact: true }).waitFor();
    await send(alice.page, 'Welcome to the hikers');
    await bob.page.getByRole('link', { name: /Hikers/ }).click();
    await waitForText(bob.page, 'Welcome to the hikers');

    await alice.page.locator('.chat-title').click();
    await alice.page.getByRole('button', { name: 'Make an invite link' }).click();
    const link = await alice.page.locator('.invite-link').innerText();
    const carol = await openWindow(browser, server.url);
    await signUp(carol.page, `carol${run}`, 'Carol Clark');
    await carol.page.goto(link);
    await carol.page.getByRole('button', { name: 'Join' }).click();
    await carol.page.getByLabel('Message', { exact: true }).waitFor();
    await send(carol.page, 'Hello hikers');
    await waitForText(alice.page, 'Hello hikers');
    await waitForText(bob.page, 'Hello hikers');
    await alice.page.getByText('Carol Clark joined').waitFor();
    assert.deepEqual(carol.errors, []);
    await carol.context.close();
    await alice.page.getByRole('button', { name: 'Close details' }).click();
  });

  test('a poll is voted on', async () => {
    await alice.page.getByRole('button', { name: 'Attach' }).click();
    await alice.page.getByRole('menuitem', { name: 'Poll' }).click();
    await alice.page.getByLabel('Question').fill('Where to?');
    await alice.page.getByLabel('Answer 1').fill('Up');
    await alice.page.getByLabel('Answer 2').fill('Down');
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    await bob.page.getByRole('button', { name: /^Up/ }).click();
    await alice.page.getByText('1 person has voted.').waitFor();
  });

  test('a call rings on two devices, connects on one, and stops on the other', async () => {
    const second = await openWindow(browser, server.url);
    await signIn(second.page, BOB);
    await alice.page.getByRole('link', { name: /Ben Baker/ }).click();
    await alice.page.getByRole('button', { name: 'Video call' }).click();
    await second.page.getByRole('button', { name: 'Accept' }).waitFor();
    await bob.page.getByRole('button', { name: 'Accept' }).click();
    await second.page.locator('.call').waitFor({ state: 'detached' });
    for (const { page } of [alice, bob]) {
      await page.locator('.call[data-state=connected]').waitFor();
      const video = page.getByTestId('their-video');
      await eventually(
        () => video.evaluate((it) => it.videoWidth > 0 && it.currentTime > 0),
        (plays) => plays,
      );
    }
    await alice.page.getByRole('button', { name: 'Hang up' }).click();
    await bob.page.locator('.call').waitFor({ state: 'detached' });
    assert.deepEqual(second.errors, []);
    await second.context.close();
  });

  test('a call is declined', async () => {
    await alice.page.getByRole('button', { name: 'Voice call' }).click();
    const isTold = alice.page.getByText('Declined').waitFor();
    await bob.page.getByRole('button', { name: 'Decline' }).click();
    await isTold;
    await alice.page.locator('.call').waitFor({ state: 'detached' });
  });

  test('a call of a group connects all of those who take it', async () => {
    const carol = await openWindow(browser, server.url);
    await signIn(carol.page, `carol${run}`);
    await alice.page.getByRole('link', { name: /Hikers/ }).click();
    await alice.page.getByRole('button', { name: 'Video call' }).click();
    for (const { page } of [bob, carol]) {
      await page.getByRole('button', { name: 'Accept' }).click();
    }
    for (const { page } of [alice, bob, carol]) {
      await eventually(
        () => page.getByTestId('their-video').evaluateAll((all) => all.filter((it) => it.videoWidth > 0).length),
        (playing) => playing === 2,
      );
    }
    await alice.page.getByRole('button', { name: 'Hang up' }).click();
    await alice.page.locator('.call').waitFor({ state: 'detached' });
    await bob.page.locator('figure').nth(1).waitFor({ state: 'detached' });
    await bob.page.getByRole('button', { name: 'Hang up' }).click();
    // With nobody else in it a call ends by itself.
    await carol.page.locator('.call').waitFor({ state: 'detached' });
    await bob.page.locator('.call').waitFor({ state: 'detached' });
    assert.deepEqual(carol.errors, []);
    await carol.context.close();
  });

  test('the pages can be used by everybody', async () => {
    await alice.page.getByRole('link', { name: /Ben Baker/ }).click();
    await alice.page.locator('.chat-head', { hasText: 'Ben Baker' }).waitFor();
    assert.deepEqual(await faultsOf(alice.page), [], 'conversation');
    await alice.page.locator('.chat-title').click();
    await alice.page.getByRole('button', { name: 'Compare safety numbers' }).waitFor();
    assert.deepEqual(await faultsOf(alice.page), [], 'details');
    await alice.page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await faultsOf(alice.page), [], 'dark');
    await alice.page.setViewportSize({ width: 390, height: 800 });
    assert.deepEqual(await faultsOf(alice.page), [], 'phone');
    for (const section of ['', '/profile', '/privacy', '/devices', '/account']) {
      await alice.page.goto(`${server.url}/app/#/settings${section}`);
      await alice.page.locator('.settings-body > *').first().waitFor();
      assert.deepEqual(await faultsOf(alice.page), [], `settings${section}`);
    }
  });

  test('without an error in either console', () => {
    assert.deepEqual([...alice.errors, ...bob.errors], []);
  });
});
