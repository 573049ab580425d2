// SPDX-License-Identifier: Apache-2.0
// The pages in Chromium, as one person meets them in one language and one theme. Standard input says where and who; standard output gets one
// line of JSON: what was found wrong. Nothing is decided here but what a browser alone can know.
import axe from 'axe-core';
import jsQR from 'jsqr';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

const given = JSON.parse(readFileSync(0, 'utf8'));
const faults = [];
const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1280, height: 800 };
const TARGET_PIXELS = 24; // WCAG 2.2, 2.5.8

const browser = await chromium.launch({ executablePath: given.chromium, args: given.sandbox ? [] : ['--no-sandbox'] });
const context = await browser.newContext({ locale: given.language, colorScheme: given.theme, viewport: NARROW });
const page = await context.newPage();
page.setDefaultTimeout(30000);
page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('status of 4')) faults.push(`console: ${message.text()}`); });
page.on('requestfailed', (request) => faults.push(`not loaded: ${request.url()}`));
page.on('request', (request) => { if (!request.url().startsWith(given.url) && !request.url().startsWith(redirect)) faults.push(`third party: ${request.url()}`); });

// The application to which a person is sent back.
const application = createServer((request, response) => response.setHeader('content-type', 'text/html').end('<!DOCTYPE html><link rel="icon" href="data:,"><title>Back</title>'));
await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
const redirect = `http://127.0.0.1:${application.address().port}/callback`;
const ask = (path) => see(`${path}&redirect_uri=${encodeURIComponent(redirect)}`);

// What axe finds, what does not fit, what cannot be hit with a thumb; and a picture.
async function judge(name) {
  await page.evaluate(axe.source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), tags);
  for (const violation of found.violations) {
    faults.push(`${name}: ${violation.id}: ${violation.nodes.map((node) => node.html).join(' ').slice(0, 300)}`);
  }
  if (found.passes.length < 10) faults.push(`${name}: axe looked at nothing`);
  const size = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  if (size[0] > size[1]) faults.push(`${name}: ${size[0]} pixels wide in ${size[1]}`);
  const small = await page.evaluate((least) => [...document.querySelectorAll('a, button, input:not([type=hidden], [hidden])')]
    .filter((element) => element.getBoundingClientRect().height < least).map((element) => element.outerHTML), TARGET_PIXELS);
  for (const element of small) faults.push(`${name}: too small to hit: ${element}`);
  const language = await page.evaluate(() => document.documentElement.lang);
  if (language !== given.language) faults.push(`${name}: in ${language}`);
  await page.screenshot({ path: `${given.pictures}/${name}-${given.language}-${given.theme}.png`, fullPage: true });
}

// The theme is really another one, and 200 % text fits.
async function judgeTheme() {
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  const isDark = ground.reduce((sum, part) => sum + part, 0) < 3 * 128;
  if (isDark !== (given.theme === 'dark')) faults.push(`the ground is ${ground}`);
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  const size = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  if (size[0] > size[1]) faults.push(`at 200 %: ${size[0]} pixels wide in ${size[1]}`);
}

const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);
const see = (path) => page.goto(given.url + path);

// A browser gives the focus that a page asks for when it draws it, which may be after it was loaded.
async function ready(wanted, complaint) {
  const has = ([name]) => (document.activeElement.id || document.activeElement.tagName) === name;
  await page.waitForFunction(has, [wanted], { timeout: 5000 }).catch(() => faults.push(complaint));
}

// Tab after Tab, each with an outline that can be seen, until the wanted place has the focus.
async function tabTo(wanted) {
  for (let step = 0; step < 20 && await focused() !== wanted; ++step) await page.keyboard.press('Tab');
  if (await focused() !== wanted) { faults.push(`no way to ${wanted} by keyboard`); return; }
  const outline = await page.evaluate(() => { const style = getComputedStyle(document.activeElement); return [style.outlineStyle, parseFloat(style.outlineWidth)]; });
  if (outline[0] === 'none' || outline[1] < 2) faults.push(`the focus on ${wanted} cannot be seen`);
}

// By keyboard alone.
async function typeLogin(password) {
  await tabTo('email');
  await page.keyboard.press('Control+A');
  await page.keyboard.type(given.email);
  await tabTo('password');
  await page.keyboard.type(password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

function code(steps = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...given.totp].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const mac = createHmac('sha1', key).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// From an application through login, account and consent, and back to it: by keyboard alone.
async function letIn() {
  await see('/authorize');
  await judge('refused');
  await ask(given.authorize);
  await typeLogin(given.password);
  await tabTo('code');
  await page.keyboard.type(code(1)); // the one before was used
  await Promise.all([page.waitForURL('**/authorize?**'), page.keyboard.press('Enter')]);
  await judge('choice');
  await tabTo('A');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await judge('consent');
  await Promise.all([page.waitForURL(`${redirect}?error=access_denied*`), page.locator('button.quiet').press('Enter')]);
  await ask(given.authorize);
  await tabTo('A');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  const boxes = await page.locator('input[type=checkbox]').count();
  if (boxes < 4) faults.push(`only ${boxes} boxes`);
  await tabTo('INPUT');
  await page.keyboard.press('Space');
  if (await page.locator('input[type=checkbox]:checked').count() !== boxes - 1) faults.push('a box is not unticked by keyboard');
  await tabTo('BUTTON');
  await Promise.all([page.waitForURL(`${redirect}?code=*`), page.keyboard.press('Enter')]);
  await page.route('**/*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' })); // complete without the script
  await ask(given.as_form);
  await tabTo('A');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await tabTo('BUTTON');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await judge('form-post');
  await Promise.all([page.waitForURL(redirect), page.keyboard.press('Enter')]);
  await page.unroute('**/*.js');
  await ask(given.as_form);
  await tabTo('A');
  await Promise.all([page.waitForURL(redirect), page.keyboard.press('Enter')]); // and at once with it
}

// What was let in is seen, and loses its access in two steps: by keyboard alone.
async function takeBack() {
  await see('/applications');
  await judge('applications');
  await tabTo('A');
  await Promise.all([page.waitForURL('**/applications/end?**'), page.keyboard.press('Enter')]);
  await judge('application-end');
  await tabTo('BUTTON');
  await Promise.all([page.waitForURL('**/applications?ended=yes'), page.keyboard.press('Enter')]);
  await judge('applications-none');
}

// Another password, with the old one: by keyboard alone. It goes back to what it was, for who comes next.
async function changePassword() {
  const change = async (old, fresh) => {
    await see('/password/change');
    await ready('old', 'the old password is not ready to be typed in');
    for (const [word, field] of [[old, 'password'], [fresh, 'again'], [fresh, null]]) {
      await page.keyboard.type(word);
      await page.keyboard.press(field ? 'Tab' : 'Enter');
      if (field && await focused() !== field) faults.push(`${field} does not come next`);
    }
  };
  await change('not the password', 'another good password');
  await page.waitForSelector('[role=alert]');
  await judge('password-change-wrong');
  await change(given.password, 'another good password');
  await page.waitForURL('**/sessions?password=changed');
  await judge('password-changed');
  await change('another good password', given.password);
  await page.waitForURL('**/sessions?password=changed');
}

// The second step: other recovery codes, then off, where a key is shown to switch it on again.
async function setFactor() {
  await see('/second-factor');
  await judge('factor-on');
  await tabTo('BUTTON');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await judge('factor-codes');
  await see('/second-factor');
  await Promise.all([page.waitForNavigation(), page.locator('button[name=off]').press('Enter')]);
  await ready('code', 'the code is not ready to be typed in');
  await judge('factor-off');
  judgePicture(await page.locator('svg.qr path').getAttribute('d'), await page.locator('dd').nth(1).textContent());
}

// The picture says what stands beside it: drawn from its path, and read as a camera would.
function judgePicture(path, said) {
  const rows = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)].map((found) => found.slice(1, 4).map(Number));
  if (rows.map(([x, y, w]) => `M${x} ${y}h${w}v1h-${w}z`).join('') !== path) faults.push('the picture has more than rows');
  const quiet = 4, zoom = 4;
  const side = (Math.max(...rows.map(([x, , w]) => x + w)) + 2 * quiet) * zoom;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [x, y, w] of rows)
    for (let line = (y + quiet) * zoom; line < (y + quiet + 1) * zoom; ++line)
      for (let at = (x + quiet) * zoom; at < (x + w + quiet) * zoom; ++at) pixels.fill(0, (line * side + at) * 4, (line * side + at) * 4 + 3);
  const read = jsQR(pixels, side, side);
  if (read?.data !== said) faults.push(`the picture says ${read?.data}, and not ${said}`);
}

try {
  await see(given.link);
  await judge('password');
  await tabTo('again');
  await see('/password?link=none');
  await judge('password-spent');
  await see('/password/forgotten');
  await ready('email', 'the address is not ready to be typed in');
  await judge('forgotten');
  await page.keyboard.type(given.email);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await judge('forgotten-sent');
  await see('/login');
  await ready('email', 'the first field is not ready to be typed in');
  await judge('login');
  await typeLogin('not the password');
  await ready('password', 'after a mistake the password is not ready to be typed again');
  await judge('login-wrong');
  await typeLogin(given.password);
  await judge('code');
  await tabTo('code');
  await page.keyboard.type(code());
  await Promise.all([page.waitForURL('**/sessions'), page.keyboard.press('Enter')]);
  await judge('sessions');
  await page.setViewportSize(WIDE);
  await judge('sessions-wide');
  await see('/oauth2/logout');
  await ready('BUTTON', 'the answer is not ready to be given');
  await judge('logout');
  await see('/sessions');
  await tabTo('BUTTON');
  await Promise.all([page.waitForURL('**/login?left=yes'), page.keyboard.press('Enter')]);
  await judge('left');
  await see('/oauth2/logout');
  await judge('logged-out');
  await page.setViewportSize(NARROW);
  await judgeTheme();
  await letIn();
  await takeBack();
  await changePassword();
  await setFactor();
} catch (error) {
  faults.push(String(error).slice(0, 500));
}
await browser.close();
application.close();
console.log(JSON.stringify(faults));
