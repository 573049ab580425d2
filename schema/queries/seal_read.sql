-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: log_id smallint, most bigint
-- columns: account_id bigint, history_id bigint, at_us bigint, frozen_digest bytea, intact boolean, epoch int, xid text, last_seq bigint,
--   last_leaf bytea
-- The next changes that are to have a place in the log, in the order in which they get it, each with the last leaf of its account before
-- them all. Taken are those of transactions before the oldest that still runs: behind them nothing can come that belongs before them. Of an
-- epoch that is over, everything is taken. `intact` says that the frozen bytes are those of the columns.
WITH log AS MATERIALIZED (
    SELECT epoch, writing_epoch, sealed_xid, sealed_id FROM hallmark.history_log WHERE log_id = $1
),
batch AS MATERIALIZED (
    SELECT change.*
    FROM log
    CROSS JOIN LATERAL (
        SELECT * FROM hallmark.change_history
        WHERE log_id = $1 AND xid >= log.sealed_xid AND epoch = log.epoch AND (xid > log.sealed_xid OR id > log.sealed_id)
            AND (log.epoch < log.writing_epoch OR xid < pg_snapshot_xmin(pg_current_snapshot()))
        ORDER BY xid, id
        LIMIT $2
    ) AS change
),
account AS MATERIALIZED (
    SELECT one.account_id, leaf.account_seq, leaf.leaf
    FROM (SELECT DISTINCT account_id FROM batch) AS one
    LEFT JOIN LATERAL (
        SELECT account_seq, leaf FROM hallmark.history_leaf
        WHERE history_leaf.account_id = one.account_id
        ORDER BY account_seq DESC
        LIMIT 1
    ) AS leaf ON true
)
SELECT batch.account_id, batch.id AS history_id, hallmark.microseconds(batch.at) AS at_us, batch.frozen_digest,
    batch.frozen_digest = sha256(batch.frozen) AND batch.frozen = hallmark.history_frozen(batch.account_id, batch.id, batch.at,
        batch.application_id, batch.application_name, batch.client_id, batch.key_name, batch.holder_id, batch.user_id, batch.token_jti,
        batch.method, batch.collection_id, batch.collection, batch.record_id, batch.external_references, batch.version, batch.request_id,
        batch.before_digest, batch.after_digest, batch.person_digest, batch.address_digest) AS intact,
    batch.epoch, batch.xid::text AS xid, coalesce(account.account_seq, 0) AS last_seq, account.leaf AS last_leaf
FROM batch
JOIN account USING (account_id)
ORDER BY batch.xid, batch.id
