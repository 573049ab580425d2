-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id text, applied bigint
-- columns: newest bigint
-- Says that this node lives and how far it has come, wakes its own LISTEN, and tells the newest change, so that a beat that comes back
-- proves the feed.
WITH beat AS (
    INSERT INTO hallmark.node (id, applied) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET seen_at = now(), applied = $2
    RETURNING pg_notify('hallmark_beat', id)
)
SELECT (SELECT coalesce(max(id), 0) FROM hallmark.policy_change) AS newest FROM beat
