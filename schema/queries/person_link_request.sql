-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: email text, language text
-- columns: id bigint, email text, name text
-- Asks for a link by mail for a person who is active: an invitation for who has no password yet. No row: there is nobody.
WITH person AS (
    SELECT id, email, name, password_hash IS NULL AS is_new FROM hallmark."user" WHERE lower(email) = lower($1) AND state = 'active'
), asked AS (
    INSERT INTO hallmark.link_request (kind, email, language)
    SELECT CASE WHEN is_new THEN 'invited' ELSE 'forgotten' END, email, coalesce($2, 'en') FROM person
)
SELECT id, email, name FROM person
