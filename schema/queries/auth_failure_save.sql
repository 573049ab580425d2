-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: cells bytea[], failures int[], last_at_us bigint[]
-- columns: saved bigint
-- Keeps the greater count of what is stored and what a node counted.
WITH saved AS (
    INSERT INTO hallmark.auth_failure (cell, failures, last_at)
    SELECT cell, failures, hallmark.moment(last_at_us)
    FROM unnest($1::bytea[], $2::int[], $3::bigint[]) AS given (cell, failures, last_at_us)
    ORDER BY cell -- two nodes that save the same cells lock them in the same order
    ON CONFLICT (cell) DO UPDATE
    SET failures = CASE WHEN excluded.last_at > auth_failure.last_at + interval '15 minutes' THEN excluded.failures
            ELSE greatest(excluded.failures, auth_failure.failures) END,
        last_at = greatest(excluded.last_at, auth_failure.last_at)
    RETURNING cell
)
SELECT count(*) AS saved FROM saved
