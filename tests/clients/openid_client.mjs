// SPDX-License-Identifier: Apache-2.0
// What an application written with openid-client and jose does. `node run.mjs NAME` runs one of the exported checks;
// tests/e2e/test_clients.py runs all of them and says in the environment where the server is.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';

// Node.js 18 has it, but not as a global; both libraries want it there before they are loaded.
globalThis.crypto ??= webcrypto;
const client = await import('openid-client');
const jose = await import('jose');

const { HALLMARK_URL: url, CLIENT_ID: id, CLIENT_SECRET: secret, WRONG_SECRET: wrongSecret } = process.env;
const { AUDIENCE: audience, OTHER_AUDIENCE: otherAudience, SCOPES: scopes, API: api } = process.env;

const basic = client.ClientSecretBasic;
const post = client.ClientSecretPost;

function configure(authenticate = basic, withSecret = secret) {
  return client.discovery(new URL(url), id, undefined, authenticate(withSecret), { algorithm: 'oauth2' });
}

async function grant(parameters, authenticate, withSecret) {
  return client.clientCredentialsGrant(await configure(authenticate, withSecret), parameters);
}

function sorted(words) {
  return words.split(' ').sort().join(' ');
}

function claimsOf(answer) {
  return jose.decodeJwt(answer.access_token);
}

// --- discovery -------------------------------------------------------------------------------------------------------------------

function checkMetadata(metadata) {
  assert.equal(metadata.issuer, url);
  assert.equal(metadata.token_endpoint, `${url}/oauth2/token`);
  assert.equal(metadata.jwks_uri, `${url}/oauth2/jwks`);
  assert.ok(metadata.grant_types_supported.includes('client_credentials'));
  assert.ok(metadata.scopes_supported.includes('customers:write'));
}

export async function discoversByRfc8414() {
  checkMetadata((await configure()).serverMetadata());
}

export async function discoversByTheOpenidForm() {
  const config = await client.discovery(new URL(url), id, secret);
  checkMetadata(config.serverMetadata());
  const answer = await client.clientCredentialsGrant(config, { scope: 'customers:read' });
  assert.equal(claimsOf(answer).scope, 'customers:read');
}

// --- tokens ----------------------------------------------------------------------------------------------------------------------

async function checkWholeGrant(authenticate) {
  const answer = await grant({}, authenticate);
  assert.equal(answer.token_type, 'bearer');
  assert.equal(answer.expires_in, 600);
  assert.equal(answer.expiresIn() > 590, true);
  assert.equal(answer.refresh_token, undefined);
  assert.equal(sorted(answer.scope), sorted(scopes));
  assert.equal(sorted(claimsOf(answer).scope), sorted(scopes));
  assert.equal(claimsOf(answer).client_id, id);
}

export async function getsTokenWithBasic() {
  await checkWholeGrant(basic);
}

export async function getsTokenWithBody() {
  await checkWholeGrant(post);
}

export async function narrowsScope() {
  const answer = await grant({ scope: 'customers:read products:read' });
  assert.equal(answer.scope, undefined);
  assert.equal(claimsOf(answer).scope, 'customers:read products:read');
}

export async function namesResource() {
  assert.equal(claimsOf(await grant({})).aud, audience);
  assert.equal(claimsOf(await grant({ resource: audience })).aud, audience);
  assert.equal(claimsOf(await grant({ resource: otherAudience })).aud, otherAudience);
}

// --- refusals --------------------------------------------------------------------------------------------------------------------

function isBodyError(status, error) {
  return (thrown) => thrown instanceof client.ResponseBodyError && thrown.status === status && thrown.error === error && thrown.error_description.length > 0;
}

export async function seesWrongSecretInBody() {
  await assert.rejects(grant({}, post, wrongSecret), isBodyError(400, 'invalid_client'));
}

// A header that was tried is answered with a challenge (RFC 6749 section 5.2), which the library reports before it looks at the body.
export async function seesWrongSecretInHeader() {
  const thrown = await grant({}, basic, wrongSecret).catch((error) => error);
  assert.ok(thrown instanceof client.WWWAuthenticateChallengeError, String(thrown));
  assert.equal(thrown.status, 401);
  assert.deepEqual(thrown.cause.map((challenge) => challenge.scheme), ['basic']);
  assert.equal((await thrown.response.json()).error, 'invalid_client');
}

export async function seesMistypedSecret() {
  const last = secret.at(-1);
  const mistyped = secret.slice(0, -1) + (last === 'a' ? 'b' : 'a');
  const thrown = await grant({}, post, mistyped).catch((error) => error);
  assert.ok(isBodyError(400, 'invalid_client')(thrown), String(thrown));
  assert.match(thrown.error_description, /mistyped/);
}

export async function seesWhatElseIsWrong() {
  await assert.rejects(grant({ scope: 'keys:write' }), isBodyError(400, 'invalid_scope'));
  await assert.rejects(grant({ resource: 'https://nowhere.example' }), isBodyError(400, 'invalid_target'));
  const config = await configure();
  await assert.rejects(client.genericGrantRequest(config, 'urn:example:unheard-of', {}), isBodyError(400, 'unsupported_grant_type'));
}

// --- tokens as a resource server of another maker sees them -----------------------------------------------------------------------

const expected = { issuer: url, audience, typ: 'at+jwt', algorithms: ['ES256'], requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'] };

async function remoteKeys() {
  return jose.createRemoteJWKSet(new URL((await configure()).serverMetadata().jwks_uri));
}

export async function verifiesTokenThroughRemoteKeys() {
  const { access_token: token } = await grant({ scope: 'customers:read' });
  const { payload, protectedHeader } = await jose.jwtVerify(token, await remoteKeys(), expected);
  assert.equal(protectedHeader.alg, 'ES256');
  assert.equal(protectedHeader.typ, 'at+jwt');
  assert.equal(payload.sub, id);
  assert.equal(payload.exp - payload.iat, 600);
  assert.equal(payload.scope, 'customers:read');
}

async function assertRefused(token, code, options = expected) {
  await assert.rejects(jose.jwtVerify(token, await remoteKeys(), options), (thrown) => thrown.code === code);
}

function encoded(value) {
  return jose.base64url.encode(JSON.stringify(value));
}

export async function refusesChangedToken() {
  const { access_token: token } = await grant({ scope: 'customers:read' });
  const [head, payload, signature] = token.split('.');
  const more = encoded({ ...jose.decodeJwt(token), scope: 'customers:read customers:write' });
  const flipped = (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1);
  const unsigned = encoded({ ...jose.decodeProtectedHeader(token), alg: 'none' });
  await assertRefused(`${head}.${more}.${signature}`, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
  await assertRefused(`${head}.${payload}.${flipped}`, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
  await assertRefused(`${unsigned}.${payload}.`, 'ERR_JOSE_ALG_NOT_ALLOWED');
}

export async function refusesTokenOfAnotherPurpose() {
  const { access_token: token } = await grant({ resource: otherAudience });
  await assertRefused(token, 'ERR_JWT_CLAIM_VALIDATION_FAILED');
  await assertRefused(token, 'ERR_JWT_CLAIM_VALIDATION_FAILED', { ...expected, audience: otherAudience, issuer: 'https://elsewhere.example' });
  await assertRefused(token, 'ERR_JWT_CLAIM_VALIDATION_FAILED', { ...expected, audience: otherAudience, typ: 'JWT' });
  await jose.jwtVerify(token, await remoteKeys(), { ...expected, audience: otherAudience });
}

// --- whether a token is good now --------------------------------------------------------------------------------------------------

export async function introspectsItsToken() {
  const config = await configure();
  const { access_token: token } = await client.clientCredentialsGrant(config, { scope: 'customers:read' });
  const told = await client.tokenIntrospection(config, token);
  const { iss, sub, aud, exp, iat, jti, scope } = claimsOf({ access_token: token });
  assert.deepEqual({ iss, sub, aud, exp, iat, jti, scope }, Object.fromEntries(['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'scope'].map((name) => [name, told[name]])));
  assert.deepEqual([told.active, told.token_type, told.client_id], [true, 'Bearer', id]);
  await client.tokenRevocation(config, token);
  assert.deepEqual(await client.tokenIntrospection(config, token), { active: false });
}

// RFC 9701: the library checks typ, alg, iss, aud and times of the answer, and with its repudiation checks the signature.
export async function introspectsItsTokenSigned() {
  const plain = await configure();
  const metadata = { introspection_signed_response_alg: 'ES256' };
  const config = await client.discovery(new URL(url), id, metadata, basic(secret), { algorithm: 'oauth2', execute: [client.enableNonRepudiationChecks] });
  assert.ok(config.serverMetadata().introspection_signing_alg_values_supported.includes('ES256'));
  const { access_token: token } = await client.clientCredentialsGrant(config, { scope: 'customers:read' });
  const told = await client.tokenIntrospection(config, token);
  assert.deepEqual(told, await client.tokenIntrospection(plain, token));
  assert.equal(told.active, true);
  assert.deepEqual(await client.tokenIntrospection(config, 'x'), { active: false });
}

// --- calls -----------------------------------------------------------------------------------------------------------------------

export async function callsTheGateway() {
  const config = await configure();
  const { access_token: token } = await client.clientCredentialsGrant(config);
  const json = new Headers({ 'content-type': 'application/json' });
  const call = (method, path, body) =>
    client.fetchProtectedResource(config, token, new URL(`${url}${api}/${path}`), method, body && JSON.stringify(body), body && json);

  const created = await call('POST', 'customers', { Name: 'Ada Lovelace', Mail: 'ada@example.com' });
  assert.equal(created.status, 200);
  const record = await created.json();
  assert.equal(typeof record, 'number');
  assert.equal((await (await call('GET', `customers/${record}`)).json()).Name, 'Ada Lovelace');
  assert.equal((await call('PUT', `customers/${record}`, { Name: 'Ada King' })).status, 204);
  assert.deepEqual((await (await call('GET', `customers?$filter=Id eq ${record}`)).json()).map((row) => row.Name), ['Ada King']);
  assert.equal((await call('DELETE', `customers/${record}`)).status, 204);
  assert.equal((await call('GET', `customers/${record}`)).status, 404);
}

async function challengeOf(token, method) {
  const config = await configure();
  const thrown = await client.fetchProtectedResource(config, token, new URL(`${url}${api}/customers`), method).catch((error) => error);
  assert.ok(thrown instanceof client.WWWAuthenticateChallengeError, String(thrown));
  assert.deepEqual(thrown.cause.map((challenge) => challenge.scheme), ['bearer']);
  return { status: thrown.status, ...thrown.cause[0].parameters };
}

export async function readsChallengesOfTheGateway() {
  const { access_token: token } = await grant({ scope: 'customers:read' });
  const changed = await challengeOf(`${token.slice(0, -4)}AAAA`, 'GET');
  assert.deepEqual([changed.status, changed.error], [401, 'invalid_token']);
  const narrow = await challengeOf(token, 'POST');
  assert.deepEqual([narrow.status, narrow.error, narrow.scope], [403, 'insufficient_scope', 'customers:write']);
  assert.match(narrow.resource_metadata, /^https:.*\/\.well-known\/oauth-protected-resource/);
}
