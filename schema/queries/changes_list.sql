-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, after_seq bigint, collection text, most bigint, scan_most bigint, bytes_most bigint
-- columns: id bigint, at_us bigint, application_id bigint, holder_id bigint, user_id bigint, record_id bigint, version bigint,
--   application_name text, client_id text, key_name text, token_jti text, method text, collection text, external_references text,
--   request_id uuid, before text, after text, person text, address text, digest bytea, office_account_id bigint, office_name text,
--   sequence bigint, next_place bigint, more boolean, archived text, resumes bigint
-- The sealed changes of an account behind a place, in the order in which they were sealed: at least one row, whose sequence is 0 when there
-- is no change to show. next_place is where the next page begins (0: nothing is sealed behind that place): behind the last change told when
-- `most` or bytes_most ended the page, else behind all that was looked at; of other collections' changes only scan_most are. A page ends
-- before what was archived; when that comes first, there is no change, `archived` says where it is and resumes is the place behind which
-- changes are here again.
WITH gone AS MATERIALIZED (
    SELECT starts, ends FROM hallmark.archive_next($1, $2)
),
places AS MATERIALIZED (
    SELECT account_seq, history_id, at
    FROM hallmark.history_leaf
    WHERE account_id = $1 AND account_seq > $2 AND account_seq < coalesce((SELECT starts FROM gone), 9223372036854775807)
    ORDER BY account_seq
    LIMIT $5
),
page AS (
    SELECT change.*, places.account_seq
    FROM places
    JOIN hallmark.change_history AS change ON change.account_id = $1 AND change.id = places.history_id AND change.at = places.at
    WHERE $3::text IS NULL OR change.collection = $3
    ORDER BY places.account_seq
    LIMIT $4
),
measured AS (
    SELECT page.*, value.before, value.after, value.person, value.address,
        sum(coalesce(octet_length(value.before), 0) + coalesce(octet_length(value.after), 0))
            OVER (ORDER BY page.account_seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes
    FROM page
    LEFT JOIN hallmark.history_value AS value
        ON value.account_id = page.account_id AND value.history_id = page.id AND value.at = page.at
),
kept AS MATERIALIZED (
    SELECT * FROM measured WHERE coalesce(bytes, 0) <= $6
),
counted AS MATERIALIZED (
    SELECT count(*) AS looked_at, max(account_seq) AS through, (SELECT count(*) FROM page) AS found, (SELECT count(*) FROM kept) AS told,
        (SELECT max(account_seq) FROM kept) AS told_through
    FROM places
)
SELECT coalesce(id, 0) AS id, coalesce(hallmark.microseconds(at), 0) AS at_us, coalesce(application_id, 0) AS application_id,
    coalesce(holder_id, 0) AS holder_id, coalesce(user_id, 0) AS user_id, coalesce(record_id, 0) AS record_id,
    coalesce(version, 0) AS version, application_name, client_id, key_name, token_jti, method, collection, external_references, request_id,
    before, after, person, address, coalesce(frozen_digest, sha256('')) AS digest,
    coalesce(office_id, 0) AS office_account_id, office_name, coalesce(account_seq, 0) AS sequence,
    coalesce(CASE WHEN told < found OR found = $4 THEN told_through ELSE through END, 0) AS next_place,
    told < found OR found = $4 OR looked_at = $5 OR coalesce(through + 1 = starts, false) AS more,
    CASE WHEN starts <= $2 + 1 THEN hallmark.archive_told($1, $2 + 1) END AS archived, coalesce(ends - 1, 0) AS resumes
FROM counted
LEFT JOIN gone ON true
LEFT JOIN kept ON true
LEFT JOIN (SELECT id AS office_id, name AS office_name FROM hallmark.account) AS office
    ON office_id = hallmark.client_id_account(client_id) AND office_id NOT IN (0, $1)
ORDER BY account_seq
