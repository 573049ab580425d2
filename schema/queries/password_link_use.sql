-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: digest bytea, password_hash text, actor text
-- columns: id bigint
-- Spends the link and sets the password in one; a trigger ends wherever the person was logged in, and whatever was issued in their name. One
-- that was mailed proves that its reader has the address. No row: it was spent, or has ended.
WITH used AS (
    DELETE FROM hallmark.password_link WHERE digest = $1 AND expires_at > now() RETURNING user_id, mailed
), changed AS (
    UPDATE hallmark."user" SET password_hash = $2, email_verified = "user".email_verified OR used.mailed FROM used
    WHERE "user".id = used.user_id AND "user".state = 'active' AND (SELECT hallmark.act($3)) RETURNING "user".id
)
SELECT id FROM changed
