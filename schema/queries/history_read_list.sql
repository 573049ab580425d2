-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, from_time timestamptz, to_time timestamptz, after text, most bigint
-- columns: at timestamptz, application text, client_id text, user_id bigint, person text, address text, question text, given bigint,
--   request_id text, place text
-- Who read an account's history, newest first.
SELECT at, application_name AS application, client_id, user_id, person, address, question, given, request_id::text AS request_id,
    hallmark.microseconds(at) || E'\x1f' || request_id AS place
FROM hallmark.history_read
WHERE account_id = $1 AND at >= coalesce($2::timestamptz, '-infinity') AND at <= coalesce($3::timestamptz, 'infinity')
    AND ($4::text IS NULL OR (at, request_id) < (hallmark.moment(hallmark.place_name($4)::bigint), hallmark.place_id($4)::uuid))
ORDER BY history_read.at DESC, history_read.request_id DESC
LIMIT $5
