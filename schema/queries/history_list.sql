-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: account_id bigint, application_id bigint, client_id text, collection text, record_id bigint, user_id bigint,
--   from_us bigint, to_us bigint, before_id bigint, most bigint, bytes_most bigint
-- columns: id bigint, at_us bigint, application_id bigint, holder_id bigint, user_id bigint, record_id bigint, version bigint,
--   application_name text, client_id text, key_name text, token_jti text, method text, collection text, external_references text,
--   request_id uuid, before text, after text, person text, address text, digest bytea, office_account_id bigint, office_name text,
--   archived text
-- The changes of an account, newest first; a change that came through an office's key has the office's account.
-- A filter that is NULL (a number: or 0) is none; user_id finds the holder and the person.
-- `archived` says how far the account's history was archived; the same in each row.
-- A page that bytes_most has cut short is longer than that, as in record_list.
--
-- Its plan has to know the values (which index, which months): on the list lane plan_cache_mode is force_custom_plan.
WITH page AS (
    SELECT *
    FROM hallmark.change_history
    WHERE account_id = $1
        AND (nullif($2::bigint, 0) IS NULL OR application_id = $2)
        AND ($3::text IS NULL OR client_id = $3)
        AND ($4::text IS NULL OR collection_id = hallmark.history_collection($4))
        AND (nullif($5::bigint, 0) IS NULL OR record_id = $5)
        AND (nullif($6::bigint, 0) IS NULL OR holder_id = $6 OR user_id = $6)
        AND at >= hallmark.moment(coalesce($7::bigint, 0))
        AND at < hallmark.moment(least($8, 253402300800000000)) -- the year 10000
        AND (nullif($9::bigint, 0) IS NULL OR id < $9)
    ORDER BY id DESC
    LIMIT $10
),
measured AS (
    SELECT page.*, value.before, value.after, value.person, value.address,
        sum(coalesce(octet_length(value.before), 0) + coalesce(octet_length(value.after), 0))
            OVER (ORDER BY page.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes
    FROM page
    LEFT JOIN hallmark.history_value AS value
        ON value.account_id = page.account_id AND value.history_id = page.id AND value.at = page.at
)
SELECT id, hallmark.microseconds(at) AS at_us, application_id, coalesce(holder_id, 0) AS holder_id, coalesce(user_id, 0) AS user_id,
    record_id, version, application_name, client_id, key_name, token_jti, method, collection, external_references, request_id,
    before, after, person, address, frozen_digest AS digest,
    coalesce(office_id, 0) AS office_account_id, office_name, archived
FROM measured
CROSS JOIN (SELECT hallmark.archive_summary($1) AS archived) AS summary
LEFT JOIN (SELECT id AS office_id, name AS office_name FROM hallmark.account) AS office
    ON office_id = hallmark.client_id_account(client_id) AND office_id NOT IN (0, measured.account_id)
WHERE coalesce(bytes, 0) <= $11
ORDER BY id DESC
