-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: waiting bigint, oldest_seconds bigint, detail text
-- How much waits, for how long, and what the relay said of the one that waits longest.
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0)::bigint AS oldest_seconds,
    coalesce((array_agg(detail ORDER BY created_at))[1], '') AS detail
FROM hallmark.mail
WHERE state = 'waiting'
