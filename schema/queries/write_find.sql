-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, request_id uuid
-- columns: record_id bigint, version bigint, history_id bigint, frozen_digest bytea
-- What a write did whose answer was lost: found by its request id, no row when it was not done. Only the last hours are looked at.
SELECT record_id, version, id AS history_id, frozen_digest
FROM hallmark.change_history
WHERE request_id = $2 AND account_id = $1 AND at > now() - interval '2 hours'
