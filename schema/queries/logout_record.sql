-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: lease bigint, results jsonb
-- columns: client_id text, session_id bigint, attempt int, status int, detail text
-- What came of leased logout tokens, many at once: what is done leaves the outbox, and the rest waits. A row whose lease another node has taken
-- over meanwhile stays as it is. Returns those that nobody was told of.
WITH result AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset($2) AS result (
        client_account_id bigint, client_id text, user_id bigint, session_id bigint, attempt int, result text, status int, detail text,
        delay_ms bigint)
),
again AS (
    UPDATE hallmark.logout_token AS token
    SET due_at = now() + result.delay_ms * interval '1 millisecond', lease = NULL
    FROM result
    WHERE token.client_account_id = result.client_account_id AND token.client_id = result.client_id AND token.user_id = result.user_id
        AND token.session_id = result.session_id AND token.lease = $1 AND result.result = 'retry'
),
done AS (
    DELETE FROM hallmark.logout_token AS token
    USING result
    WHERE token.client_account_id = result.client_account_id AND token.client_id = result.client_id AND token.user_id = result.user_id
        AND token.session_id = result.session_id AND token.lease = $1 AND result.result <> 'retry'
    RETURNING result.client_id, result.session_id, result.attempt, result.status, result.detail, result.result
)
SELECT client_id, session_id, attempt, status, detail FROM done WHERE result <> 'delivered'
