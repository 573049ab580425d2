-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, user_id bigint, email text, name text, role text, permissions text[], invite text,
--   rights text[], idempotency_key bytea, request_digest bytea, actor text
-- columns: account_id bigint, user_id bigint, name text, email text, role text, permissions text, state text, keys bigint, version bigint
-- Makes a person a member, by e-mail address: one who is known, or a new one of this id and name. Nobody gives more than he has, but what
-- every member may with what is his own. Who has no password yet is invited by mail when a language is given. No row: there is no such
-- account.
WITH known AS (
    INSERT INTO hallmark."user" (id, email, name)
    SELECT $2::bigint, $3, coalesce($4, $3) FROM hallmark.account WHERE account.id = $1
    ON CONFLICT (lower(email)) DO UPDATE SET email = "user".email
    RETURNING id, name, email
),
made AS (
    INSERT INTO hallmark.member (account_id, user_id, role, permissions)
    SELECT account.id, known.id, coalesce($5, 'member'), coalesce(hallmark.scopes_sorted($6), '{}')
    FROM known JOIN hallmark.account ON account.id = $1
    WHERE hallmark.within(ARRAY(
            SELECT unnest(hallmark.permissions_of(coalesce($5, 'member'), account.operator, coalesce($6, '{}')))
            EXCEPT SELECT unnest(hallmark.administrative_words('member', false)) WHERE coalesce($5, 'member') = 'member'), $8)
        AND hallmark.act($11, $9, $10, known.id::text)
    RETURNING *
),
invited AS (
    INSERT INTO hallmark.link_request (kind, email, language) SELECT 'invited', known.email, $7::text FROM made, known WHERE $7::text IS NOT NULL
)
SELECT made.account_id, made.user_id, known.name, known.email, made.role, hallmark.scopes_text(made.permissions) AS permissions, made.state,
    0::bigint AS keys, made.version
FROM made, known
