-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, question text, given bigint
-- columns: noted text
-- Enters a question to the history that was asked at the command line, by whoever acts on this connection.
INSERT INTO hallmark.history_read (account_id, at, request_id, application_name, person, question, given)
SELECT $1::bigint, clock_timestamp(), gen_random_uuid(), coalesce(actor.told ->> 'application_name', 'unknown'), actor.told ->> 'person', $2, $3
FROM (SELECT nullif(current_setting('hallmark.actor', true), '')::jsonb) AS actor (told)
RETURNING request_id::text AS noted
