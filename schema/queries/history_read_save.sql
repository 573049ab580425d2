-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: reads jsonb
-- columns: saved bigint
-- Enters what a thread has collected of questions to the history. A batch that may have been entered already is entered again: its rows
-- stand once.
WITH saved AS (
    INSERT INTO hallmark.history_read (account_id, at, request_id, application_name, client_id, user_id, address, question, given)
    SELECT told.account, hallmark.moment(told.at_us), told.request, told.application, told.key, told."user", told.address, told.question, told.given
    FROM jsonb_to_recordset($1::jsonb) AS told (account bigint, at_us bigint, request uuid, application text, key text, "user" bigint,
        address text, question text, given bigint)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) AS saved FROM saved
