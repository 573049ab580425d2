-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: node bigint, subjects bigint[], periods bigint[], requests bigint[], until_us bigint[], now_us bigint
-- columns: subject bigint, period bigint, requests bigint
-- Tells what this node has counted, and answers what the others have, the greatest counts first. Windows go by the clocks of nodes: it is now
-- what the asking node says.
WITH told AS (
    INSERT INTO hallmark.rate_count (subject, node, period, requests, until)
    SELECT subject, $1, period, requests, hallmark.moment(until_us)
    FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS given (subject, period, requests, until_us)
    ON CONFLICT (subject, node) DO UPDATE SET period = excluded.period, requests = excluded.requests, until = excluded.until
)
SELECT subject, period, sum(requests)::bigint AS requests
FROM hallmark.rate_count
WHERE node <> $1 AND until > hallmark.moment($6) - interval '10 seconds' -- clocks may differ by so much
GROUP BY subject, period
ORDER BY requests DESC
LIMIT 10000
