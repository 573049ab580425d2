-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: after text, most bigint
-- columns: kind text, subject text, account_id bigint, until timestamptz, created_at timestamptz, place text
-- Every revocation that still matters, the newest first.
SELECT kind, subject, account_id, until, created_at, hallmark.microseconds(created_at)::text || E'\x1f' || kind || ':' || subject AS place
FROM hallmark.revocation
WHERE until > now()
    AND ($1::text IS NULL OR (created_at, kind || ':' || subject) < (hallmark.moment(hallmark.place_name($1)::bigint), hallmark.place_id($1)))
ORDER BY created_at DESC, kind || ':' || subject DESC
LIMIT $2
