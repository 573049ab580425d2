-- SPDX-License-Identifier: Apache-2.0
-- The way to a person's consent: what an application's requests have to be like, and when a pushed one was opened first.

ALTER TABLE hallmark.application
    ADD COLUMN pushed_only boolean NOT NULL DEFAULT false,   -- every request is pushed first (RFC 9126 section 6)
    ADD COLUMN pkce_optional boolean NOT NULL DEFAULT false; -- a confidential client may go without PKCE when it sends a nonce
GRANT UPDATE (pushed_only, pkce_optional) ON hallmark.application TO hallmark_server;

-- Whoever opens a pushed request in time may take as long as a login takes; until it is spent it can be opened again.
ALTER TABLE hallmark.authorization_request ADD COLUMN opened_at timestamptz;
GRANT UPDATE (opened_at) ON hallmark.authorization_request TO hallmark_server;

CREATE FUNCTION hallmark.request_open_time() RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN interval '1 hour';
REVOKE ALL ON FUNCTION hallmark.request_open_time FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.request_open_time TO hallmark_server;
