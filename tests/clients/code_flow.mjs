// SPDX-License-Identifier: Apache-2.0
// What a web application written with openid-client does when it sends a person to us. Each check prints the address to which it sends the
// browser, as a line, and reads from standard input where the browser came back; tests/e2e/test_code_flow_clients.py is the person.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';

globalThis.crypto ??= webcrypto;
const client = await import('openid-client');

const { HALLMARK_URL: url, CLIENT_ID: id, CLIENT_SECRET: secret, REDIRECT_URI: redirect } = process.env;
const scope = 'openid email customers:read customers:write';
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function configure() {
  return client.discovery(new URL(url), id, undefined, secret === '' ? client.None() : client.ClientSecretBasic(secret));
}

// Sends the person to `address` and waits until they come back.
async function send(address) {
  console.log(address.href);
  return new URL((await lines.next()).value);
}

async function asked(more = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const parameters = { redirect_uri: redirect, scope, state: client.randomState(), nonce: client.randomNonce(), code_challenge_method: 'S256',
    code_challenge: await client.calculatePKCECodeChallenge(verifier), ...more };
  const expected = { pkceCodeVerifier: verifier, expectedState: parameters.state, expectedNonce: parameters.nonce, idTokenExpected: true };
  return [parameters, expected];
}

// The whole life of what a person gives: tokens, who they are, new tokens, whether they are good, and their end.
async function live(config, tokens) {
  const claims = tokens.claims();
  assert.equal(claims.iss, url);
  assert.equal(claims.aud, id);
  const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.match(person.email, /@example\.com$/);
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(fresh.access_token, tokens.access_token);
  if (secret !== '') assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, true);
  await client.tokenRevocation(config, fresh.refresh_token ?? tokens.refresh_token);
  if (secret !== '') assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, false);
  await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token ?? tokens.refresh_token), (thrown) => thrown.error === 'invalid_grant');
}

export async function codeFlowWithPkce() {
  const config = await configure();
  const [parameters, expected] = await asked();
  const came = await send(client.buildAuthorizationUrl(config, parameters));
  await live(config, await client.authorizationCodeGrant(config, came, expected));
}

export async function codeFlowWithPushedRequest() {
  const config = await configure();
  const [parameters, expected] = await asked();
  const came = await send(await client.buildAuthorizationUrlWithPAR(config, parameters));
  await live(config, await client.authorizationCodeGrant(config, came, expected));
}

export async function refusalIsSeen() {
  const config = await configure();
  const [parameters, expected] = await asked({ login_hint: 'refuses' });
  const came = await send(client.buildAuthorizationUrl(config, parameters));
  await assert.rejects(client.authorizationCodeGrant(config, came, expected), (thrown) => thrown.error === 'access_denied');
}

export async function mixUpIsSeen() {
  const config = await configure();
  const [parameters, expected] = await asked();
  const came = await send(client.buildAuthorizationUrl(config, parameters));
  came.searchParams.set('iss', 'https://evil.example');
  await assert.rejects(client.authorizationCodeGrant(config, came, expected));
}

await { codeFlowWithPkce, codeFlowWithPushedRequest, refusalIsSeen, mixUpIsSeen }[process.argv[2]]();
process.exit(0);
