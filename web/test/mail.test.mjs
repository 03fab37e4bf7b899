// What goes by mail: an address that is to be proved, and a password that was forgotten. Outside of release mode mail
// goes to the server's log.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, fillSignUp, openWindow, send, signIn, startBrowser, startServer, waitForText, writeTo } from './browser.mjs';

const NEW_PASSWORD = 'battery staple horse';

/** The last thing of a form that was mailed. */
async function mailed(server, pattern) {
  const found = await eventually(
    () => [...server.log().matchAll(pattern)].at(-1)?.[1] ?? null,
    (code) => code !== null,
  );
  return found;
}

describe('mail', { skip: process.env.APP_URL ? 'the log of that server is not ours' : false }, () => {
  let server;
  let browser;
  before(async () => {
    server = await startServer({ APP_MODE: 'debug', REGISTRATION_EMAIL: 'required', BCRYPT_COST: '4', RUST_LOG: 'info' });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.remove();
  });

  test('an address is proved before anything else, and then people talk', async () => {
    const windows = [];
    for (const name of ['erin', 'frank']) {
      const window = await openWindow(browser, server.url);
      await fillSignUp(window.page, name, `${name} of the mail`);
      await window.page.getByText('This server asks for your e-mail address to be proved').waitFor();
      const code = await mailed(server, new RegExp(`\\n(\\d{8})\\n[^=]*?to="${name}@example\\.com"`, 'g'));
      await window.page.getByLabel('Code').fill('00000000' === code ? '11111111' : '00000000');
      await window.page.getByRole('button', { name: 'Continue' }).click();
      await window.page.getByText('This code is wrong or too old.').waitFor();
      await window.page.getByLabel('Code').fill(code);
      await window.page.getByRole('button', { name: 'Continue' }).click();
      await window.page.getByRole('heading', { name: 'Chats' }).waitFor();
      windows.push(window);
    }
    const [erin, frank] = windows;
    await writeTo(erin.page, 'frank');
    await send(erin.page, 'we are proved');
    await frank.page.getByRole('link', { name: /erin of the mail/ }).click();
    await waitForText(frank.page, 'we are proved');
    assert.deepEqual([...erin.errors, ...frank.errors], []);
    await erin.context.close();
    await frank.context.close();
  });

  test('a forgotten password is replaced by a mailed code', async () => {
    const { page, context, errors } = await openWindow(browser, server.url);
    await page.getByRole('button', { name: 'Forgot your password?' }).click();
    await page.getByLabel('Username or e-mail').fill('erin');
    await page.getByRole('button', { name: 'Send the code' }).click();
    const token = await mailed(server, /Your token[^\n]*\s+([\w-]{40,})\s/g);
    await page.getByLabel('Username or e-mail').fill('erin');
    await page.getByLabel('Code from the e-mail').fill(token);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password was changed.').waitFor();
    await signIn(page, 'erin', NEW_PASSWORD);
    assert.deepEqual(errors, []);
    await context.close();
  });
});
