-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: most bigint
-- columns: dropped bigint
-- The refresh tokens of families that are over, a batch of families at a time, and then the families themselves. A family stays as long as the
-- login it was given in: when that ends, its application is told.
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203, 2) AS held), -- one node at a time
old AS MATERIALIZED (
    SELECT account_id, id FROM hallmark.family
    WHERE (SELECT held FROM mine) AND ends_at < now() - interval '1 day'
        AND NOT EXISTS (SELECT FROM hallmark.session WHERE session.user_id = family.user_id AND session.id = family.session_id)
    LIMIT $1
    FOR UPDATE SKIP LOCKED
),
tokens AS (
    DELETE FROM hallmark.refresh_token AS token USING old
    WHERE token.account_id = old.account_id AND token.family_id = old.id
    RETURNING 1
),
families AS (
    DELETE FROM hallmark.family USING old WHERE family.account_id = old.account_id AND family.id = old.id RETURNING 1
)
SELECT count(*) AS dropped FROM families
