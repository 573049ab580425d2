-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: algorithm text, active_seconds bigint, next_seconds bigint
-- For each algorithm that an api uses: the age of the key that signs since it began to, and of the next one since it was made; NULL when
-- there is none.
SELECT wanted.algorithm,
    (SELECT extract(epoch FROM now() - active_at)::bigint FROM hallmark.signing_key
        WHERE algorithm = wanted.algorithm AND state = 'active') AS active_seconds,
    (SELECT extract(epoch FROM now() - created_at)::bigint FROM hallmark.signing_key
        WHERE algorithm = wanted.algorithm AND state = 'next') AS next_seconds
FROM (SELECT DISTINCT algorithm FROM hallmark.api WHERE state = 'active' UNION SELECT 'ES256') AS wanted
ORDER BY wanted.algorithm
