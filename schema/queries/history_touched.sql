-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, client_id text, from_time timestamptz, to_time timestamptz, after text, most bigint
-- columns: collection text, record_id bigint, changes bigint, first_at timestamptz, last_at timestamptz, last_change bigint, place text
-- Everything that a key touched in an account between two moments, each record once.
SELECT collection, record_id, count(*) AS changes, min(at) AS first_at, max(at) AS last_at, max(id) AS last_change,
    collection || E'\x1f' || record_id AS place
FROM hallmark.change_history
WHERE account_id = $1 AND client_id = $2 AND at >= coalesce($3::timestamptz, '-infinity') AND at <= coalesce($4::timestamptz, 'infinity')
    AND ($5::text IS NULL OR (collection, record_id) > (hallmark.place_name($5), hallmark.place_id($5)::bigint))
GROUP BY collection, record_id
ORDER BY collection, record_id
LIMIT $6
