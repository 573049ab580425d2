-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: lease bigint, seconds bigint, most bigint, most_each bigint
-- columns: client_account_id bigint, client_id text, user_id bigint, session_id bigint, jti text, attempt int, url text, id_token_alg text,
--   subject_salt bytea
-- Takes logout tokens to send for some seconds: of every client the oldest that are due, and not more than it may have under way on all nodes
-- together, so that a slow one holds nobody up. Of two nodes that ask at once each gets other rows. What is not reported before the lease ends
-- is taken again. Those of an application that is not to be told any more are dropped.
WITH RECURSIVE waiting AS ( -- the clients that have some, without a look at every row
    (SELECT client_account_id, client_id FROM hallmark.logout_token ORDER BY client_account_id, client_id LIMIT 1)
    UNION ALL
    SELECT next.client_account_id, next.client_id
    FROM waiting
    CROSS JOIN LATERAL (
        SELECT client_account_id, client_id
        FROM hallmark.logout_token
        WHERE (client_account_id, client_id) > (waiting.client_account_id, waiting.client_id)
        ORDER BY client_account_id, client_id
        LIMIT 1
    ) AS next
),
ready AS MATERIALIZED (
    SELECT waiting.*, greatest(0, $4::bigint - (
            SELECT count(*)
            FROM hallmark.logout_token AS leased
            WHERE leased.client_account_id = waiting.client_account_id AND leased.client_id = waiting.client_id
                AND leased.lease IS NOT NULL AND leased.due_at > now()
        )) AS room
    FROM waiting
    ORDER BY random() -- whose id is small is not always first
),
picked AS MATERIALIZED (
    SELECT token.*, application.backchannel_logout_uri AS url, application.id_token_alg, application.state = 'active' AS active,
        sector.salt AS subject_salt
    FROM ready
    CROSS JOIN LATERAL (
        SELECT client_account_id, client_id, user_id, session_id
        FROM hallmark.logout_token
        WHERE client_account_id = ready.client_account_id AND client_id = ready.client_id AND due_at <= now()
        ORDER BY due_at
        LIMIT ready.room
        FOR UPDATE SKIP LOCKED
    ) AS token
    JOIN hallmark.client ON client.account_id = token.client_account_id AND client.client_id = token.client_id
    JOIN hallmark.application ON application.id = client.application_id
    LEFT JOIN hallmark.sector ON sector.application_id = application.id AND application.subject_type = 'pairwise'
    LIMIT $3::bigint
),
dropped AS (
    DELETE FROM hallmark.logout_token AS token
    USING picked
    WHERE token.client_account_id = picked.client_account_id AND token.client_id = picked.client_id AND token.user_id = picked.user_id
        AND token.session_id = picked.session_id AND (picked.url IS NULL OR NOT picked.active)
)
UPDATE hallmark.logout_token AS token
SET due_at = now() + $2::bigint * interval '1 second', lease = $1, attempts = attempts + 1
FROM picked
WHERE token.client_account_id = picked.client_account_id AND token.client_id = picked.client_id AND token.user_id = picked.user_id
    AND token.session_id = picked.session_id AND picked.url IS NOT NULL AND picked.active
RETURNING token.client_account_id, token.client_id, token.user_id, token.session_id, token.jti::text AS jti, token.attempts AS attempt,
    picked.url, picked.id_token_alg, picked.subject_salt
