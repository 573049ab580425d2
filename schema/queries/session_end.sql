-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: user_id bigint, id bigint, actor text
-- columns: id bigint
-- Ends one session of a person; or (NULL) all of them, and with them whatever was issued in the person's name before now.
WITH told AS MATERIALIZED (SELECT set_config('hallmark.actor', $3, true) AS actor),
one AS (
    DELETE FROM hallmark.session USING told WHERE told.actor IS NOT NULL AND session.user_id = $1 AND session.id = $2 RETURNING session.id
),
everywhere AS (
    UPDATE hallmark."user" AS person SET generation = generation + 1 FROM told
    WHERE told.actor IS NOT NULL AND person.id = $1 AND $2 IS NULL
    RETURNING person.id
)
SELECT id FROM one UNION ALL SELECT id FROM everywhere
