-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: most bigint
-- columns: done bigint
-- Takes links out of mails that were not sent while they worked, forgets mails a week after their end, and requests that nobody took for an
-- hour (no node has a relay).
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203, 2) AS held), -- one node at a time
late AS (
    UPDATE hallmark.mail
    SET state = 'failed', sealed = NULL, lease = NULL, ended_at = now(),
        detail = 'not sent while its link worked' || CASE detail WHEN '' THEN '' ELSE left(': ' || detail, 200) END
    WHERE id IN (
        SELECT waiting.id
        FROM hallmark.mail AS waiting
        WHERE (SELECT held FROM mine) AND waiting.state = 'waiting' AND NOT EXISTS (
            SELECT FROM hallmark.password_link AS link
            WHERE link.user_id = waiting.user_id AND link.digest = waiting.digest AND link.expires_at > now())
        LIMIT $1
        FOR UPDATE SKIP LOCKED)
    RETURNING 1
), old AS (
    DELETE FROM hallmark.mail WHERE id IN (
        SELECT id FROM hallmark.mail WHERE (SELECT held FROM mine) AND state <> 'waiting' AND ended_at < now() - interval '7 days' LIMIT $1)
    RETURNING 1
), unheard AS (
    DELETE FROM hallmark.link_request WHERE id IN (
        SELECT id FROM hallmark.link_request WHERE (SELECT held FROM mine) AND asked_at < now() - interval '1 hour' LIMIT $1)
    RETURNING 1
)
SELECT greatest((SELECT count(*) FROM late), (SELECT count(*) FROM old), (SELECT count(*) FROM unheard)) AS done
