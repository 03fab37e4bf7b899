// Takes the pictures that the README shows: npm run screenshots, with SENTINAL_BIN naming the server.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openWindow, send, signUp, startBrowser, startServer, waitForText, writeTo } from './test/browser.mjs';

const directory = process.argv[2] ?? 'screenshots';
await mkdir(directory, { recursive: true });

const LANDSCAPE = `<body style="margin:0"><svg viewBox="0 0 900 560" width="900" height="560">
  <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#ffb36b"/>
  <stop offset=".6" stop-color="#ff7e8a"/><stop offset="1" stop-color="#7a5cff"/></linearGradient></defs>
  <rect width="900" height="560" fill="url(#sky)"/><circle cx="640" cy="210" r="70" fill="#fff3c4"/>
  <path d="M0 400L180 220 330 380 480 180 700 400 900 260V560H0z" fill="#3c3a78"/>
  <path d="M0 470L240 340 430 470 640 350 900 480V560H0z" fill="#25254f"/></svg>`;

const server = await startServer();
const browser = await startBrowser();
const open = async (username, name) => {
  const { page } = await openWindow(browser, server.url);
  await signUp(page, username, name);
  return page;
};
const shoot = (page, name) => page.screenshot({ path: join(directory, `${name}.png`) });
const say = async (page, text) => {
  await send(page, text);
  await page.locator('.message.own', { hasText: text }).locator('.ticks:not(.waiting)').waitFor();
};

try {
  const alice = await open('alice', 'Alice Archer');
  const bob = await open('bob', 'Bob Baker');
  const carol = await open('carol', 'Carol Clark');
  await writeTo(alice, 'carol');
  await say(alice, 'Have you seen my blue jacket?');
  await carol.getByRole('link', { name: /Alice Archer/ }).click();
  await waitForText(carol, 'blue jacket');
  await say(carol, 'It hangs in the hall 🧥');

  await writeTo(alice, 'bob');
  await say(alice, 'Hi Bob! Are we still on for Saturday?');
  await bob.getByRole('link', { name: /Alice Archer/ }).click();
  await waitForText(bob, 'Saturday');
  await say(bob, 'Of course. I have looked at the map: up by the lake, down through the forest.');
  await say(bob, 'About four hours, with a break 🥪');
  await waitForText(alice, 'four hours');
  await say(alice, 'Sounds good. Shall I bring the stove?');
  const plan = alice.locator('.message.other', { hasText: 'four hours' });
  await plan.hover();
  await plan.getByRole('button', { name: 'React', exact: true }).click();
  await plan.getByRole('button', { name: 'React with 👍' }).click();

  const painter = await browser.newPage({ viewport: { width: 900, height: 560 } });
  await painter.setContent(LANDSCAPE);
  const landscape = await painter.screenshot({ type: 'jpeg' });
  await painter.close();
  await bob.getByTestId('file').setInputFiles({ name: 'lake.jpg', mimeType: 'image/jpeg', buffer: landscape });
  await alice.locator('.picture img[alt="lake.jpg"]:not(.blurred)').waitFor();
  const stove = bob.locator('.message.other', { hasText: 'bring the stove' });
  await stove.hover();
  await stove.getByRole('button', { name: 'Reply' }).click();
  await say(bob, 'Yes please, and the coffee ☕️');
  await waitForText(alice, 'coffee');

  await alice.getByRole('button', { name: 'More', exact: true }).click();
  await alice.getByRole('menuitem', { name: 'New group' }).click();
  await alice.getByLabel('Name of the group').fill('Hikers 🥾');
  await alice.getByRole('button', { name: 'Next' }).click();
  for (const name of ['@bob', '@carol']) {
    await alice.getByRole('dialog').getByText(name).click();
  }
  await alice.getByRole('button', { name: /Create group/ }).click();
  await say(alice, 'Welcome, both of you!');
  await carol.getByRole('link', { name: /Hikers/ }).click();
  await waitForText(carol, 'Welcome');
  await say(carol, 'Thank you 😀 Who drives?');
  await waitForText(alice, 'Who drives');
  await alice.locator('.chat-title').click();
  await alice.getByRole('button', { name: 'Make an invite link' }).waitFor();
  await shoot(alice, 'group');
  await alice.getByRole('button', { name: 'Close details' }).click();

  await alice.getByRole('link', { name: /Bob Baker/ }).click();
  await alice.locator('.picture img[alt="lake.jpg"]:not(.blurred)').waitFor();
  await alice.mouse.move(5, 790);
  await shoot(alice, 'chat');
  await alice.emulateMedia({ colorScheme: 'dark' });
  await shoot(alice, 'dark');
  await alice.setViewportSize({ width: 390, height: 780 });
  await shoot(alice, 'phone');
} finally {
  await browser.close();
  await server.remove();
}
