// What the tests in browsers share: a server of their own, browsers, and people who use them.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** How long anything may take on a slow machine. */
export const PATIENCE_MS = 60_000;

/** Characters of the server's log that are kept. */
const LOG_KEPT = 200_000;

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A server of this repository with a directory of its own; `stop` and `start` keep what it has. */
export async function startServer(settings = {}) {
  if (process.env.APP_URL) {
    // Against a server that runs already, while one works on the app.
    const nothing = async () => undefined;
    return { url: process.env.APP_URL, isForeign: true, start: nothing, stop: nothing, remove: nothing };
  }
  const binary = process.env.SENTINAL_BIN;
  if (!binary) {
    throw new Error('SENTINAL_BIN names no server');
  }
  const directory = await mkdtemp(join(tmpdir(), 'sentinal-web-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  let child = null;
  let said = '';
  const start = async () => {
    child = spawn(binary, ['serve'], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        APP_MODE: 'test',
        RATE_LIMIT: 'off',
        APP_PORT: String(port),
        DATA_DIR: directory,
        RUST_LOG: 'warn',
        ...settings,
      },
    });
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-LOG_KEPT);
      if (process.env.SERVER_LOG) {
        process.stderr.write(chunk);
      }
    });
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const isReady = await fetch(`${url}/ready`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (isReady) {
        return;
      }
      if (child.exitCode !== null || Date.now() > until) {
        throw new Error(`the server does not start (${child.exitCode ?? 'too slow'})`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const stop = async (signal = 'SIGKILL') => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  };
  await start();
  return {
    url,
    start,
    stop,
    /** The end of its log. */
    log: () => said,
    async remove() {
      await stop().catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** One browser; each context in it is a browser of somebody's own. */
export async function startBrowser() {
  return await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      // A name that is this machine and does not look like it.
      '--host-resolver-rules=MAP chat.test 127.0.0.1',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      // Tests run on one machine without a network: addresses are not to be hidden behind mDNS names.
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  });
}

/** A person's window. Errors of the page are collected, and are none at the end. */
export async function openWindow(browser, url, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1200, height: 800 },
    permissions: ['microphone', 'camera', 'clipboard-read', 'clipboard-write'],
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(`${error.stack ?? error}`));
  page.on('console', (message) => {
    // The browser itself logs each failed request; being offline is no error of the page.
    if (message.type() === 'error' && !/net::ERR_|Failed to load resource|WebSocket connection/.test(message.text())) {
      errors.push(message.text());
    }
  });
  await page.goto(`${url}/`);
  return { context, page, errors };
}

const PASSWORD = 'correct horse battery';

export async function fillSignUp(page, username, name) {
  await page.getByRole('tab', { name: 'Create account' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('E-mail').fill(`${username}@example.com`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
}

export async function signUp(page, username, name) {
  await fillSignUp(page, username, name);
  await page.getByRole('heading', { name: 'Chats' }).waitFor();
}

export async function signIn(page, username, password = PASSWORD) {
  await page.getByLabel('Username or e-mail').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Chats' }).waitFor();
}

/** Finds somebody by the beginning of their username and opens the conversation with them. */
export async function writeTo(page, username) {
  await page.getByRole('button', { name: 'New message' }).click();
  await page.getByLabel('Search people').fill(username);
  await page.getByRole('list', { name: 'People' }).getByText(`@${username}`).click();
  await page.getByLabel('Message', { exact: true }).waitFor();
}

export async function send(page, text) {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByLabel('Message', { exact: true }).press('Enter');
}

/** The texts of all messages that a page shows, in order. */
export async function texts(page) {
  return await page.locator('.message .text').allInnerTexts();
}

export async function waitForText(page, text) {
  await page.locator('.message .text', { hasText: text }).first().waitFor();
}

/** Waits until a page shows what is expected of it. */
export async function eventually(look, isRight) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) {
      return seen;
    }
    if (Date.now() > until) {
      throw new Error(`waited in vain; last seen: ${JSON.stringify(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
