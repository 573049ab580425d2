-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: name text, singular text, required jsonb, state text, version bigint, actor text
-- columns: id int, name text, singular text, required jsonb, state text, version bigint
-- Alters a collection or switches it off in every api; NULL leaves as it is.
UPDATE hallmark.collection SET singular = coalesce($2, singular), required = coalesce($3, required), state = coalesce($4, state)
WHERE name = $1 AND (SELECT hallmark.act($6)) AND hallmark.version_is(version, $5)
RETURNING id, name, singular, required, state, version
