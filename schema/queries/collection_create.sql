-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: api_id bigint, name text, singular text, path text, versions text[], methods text[], required jsonb, idempotency_key bytea,
--   request_digest bytea, actor text
-- columns: id int, name text, singular text, api text, path text, versions text, methods text, required jsonb, state text, version bigint
-- Makes a collection, if there is none of this name, and lets an api offer it.
WITH made AS (
    INSERT INTO hallmark.collection (name, singular, required)
    SELECT $2, coalesce($3, $2), coalesce($7::jsonb, '{}') WHERE (SELECT hallmark.act($10, $8, $9, $2))
    ON CONFLICT (name) DO UPDATE SET required = coalesce($7, collection.required), singular = coalesce($3, collection.singular)
    RETURNING *
),
offered AS (
    INSERT INTO hallmark.api_collection (api_id, collection_id, path, versions, methods)
    SELECT $1, id, coalesce($4, $2), coalesce(hallmark.scopes_sorted($5), '{}'),
        coalesce(nullif(hallmark.scopes_sorted($6), '{}'), '{DELETE,GET,POST,PUT}')
    FROM made
    RETURNING *
)
SELECT made.id, made.name, made.singular, api.name AS api, offered.path, hallmark.scopes_text(offered.versions) AS versions,
    hallmark.scopes_text(offered.methods) AS methods, made.required, made.state, made.version
FROM made, offered JOIN hallmark.api ON api.id = offered.api_id
