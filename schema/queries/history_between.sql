-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, collection text, record_id bigint, from_time timestamptz, to_time timestamptz, rights text[]
-- columns: field text, before jsonb, after jsonb, changes bigint, last_change bigint, last_at timestamptz, application text, key text
-- What changed in a record between two moments: each field whose value is another one at the end than it was at the start, and who changed
-- it last. A record that was not there has no fields.
WITH change AS MATERIALIZED (
    SELECT change.id, change.at, change.application_name, change.key_name, value.before::jsonb AS before, value.after::jsonb AS after
    FROM hallmark.change_history AS change
    LEFT JOIN hallmark.history_value AS value
        ON value.account_id = change.account_id AND value.history_id = change.id AND value.at = change.at
    WHERE change.account_id = $1 AND change.collection_id = hallmark.history_collection($2) AND change.record_id = $3
        AND change.at > $4 AND change.at <= $5 
        AND (SELECT $6::text[] IS NULL OR $2 || ':read' = ANY ($6)
            OR hallmark.refuse('HK403', format('This tells values: %s:read is needed.', $2))) -- once, even when there is no row
),
field AS (
    SELECT coalesce(old.key, new.key) AS field, old.value AS before, new.value AS after
    FROM jsonb_each(coalesce((SELECT before FROM change ORDER BY id LIMIT 1), '{}')) AS old
    FULL JOIN jsonb_each(coalesce((SELECT after FROM change ORDER BY id DESC LIMIT 1), '{}')) AS new ON new.key = old.key
    WHERE old.value IS DISTINCT FROM new.value
)
SELECT field.field, field.before, field.after, told.changes, told.last_change, last.at AS last_at, last.application_name AS application,
    last.key_name AS key
FROM field
CROSS JOIN LATERAL (
    SELECT count(*) AS changes, max(id) AS last_change FROM change
    WHERE change.before -> field.field IS DISTINCT FROM change.after -> field.field
) AS told
LEFT JOIN change AS last ON last.id = told.last_change
ORDER BY field.field COLLATE "C"
