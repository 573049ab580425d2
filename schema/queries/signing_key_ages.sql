-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: algorithm text, active_seconds bigint, next_seconds bigint
-- For each algorithm that an api uses, or an application for what it is told of people (RS256 at first): the age of the key that signs since it began to, and of the next one since it was made; NULL when
-- there is none.
SELECT wanted.algorithm,
    (SELECT extract(epoch FROM now() - active_at)::bigint FROM hallmark.signing_key
        WHERE algorithm = wanted.algorithm AND state = 'active') AS active_seconds,
    (SELECT extract(epoch FROM now() - created_at)::bigint FROM hallmark.signing_key
        WHERE algorithm = wanted.algorithm AND state = 'next') AS next_seconds
FROM (
    SELECT algorithm FROM hallmark.api WHERE state = 'active'
    UNION SELECT id_token_alg FROM hallmark.application WHERE state = 'active'
    UNION SELECT userinfo_alg FROM hallmark.application WHERE state = 'active' AND userinfo_alg IS NOT NULL
    UNION VALUES ('ES256'), ('RS256')) AS wanted (algorithm)
ORDER BY wanted.algorithm
