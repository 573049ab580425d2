-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, client_id text, key_digest bytea, request_digest bytea
-- columns: result text, record_id bigint, version bigint, history_id bigint, frozen_digest bytea
-- What an idempotency key stood for: `replayed` and the columns of the first answer, or `key_reused` when it was for another request.
-- No row: the key is free.
SELECT
    CASE WHEN idempotency.request_digest = $4 THEN 'replayed' ELSE 'key_reused' END AS result,
    idempotency.record_id,
    idempotency.version,
    idempotency.history_id,
    history.frozen_digest
FROM hallmark.idempotency
JOIN hallmark.change_history AS history
    ON history.account_id = idempotency.account_id AND history.id = idempotency.history_id AND history.at = idempotency.at
WHERE idempotency.account_id = $1 AND idempotency.client_id = $2 AND idempotency.key_digest = $3
