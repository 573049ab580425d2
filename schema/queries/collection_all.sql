-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: after text, most bigint
-- columns: id int, name text, singular text, api text, path text, versions text, methods text, required jsonb, state text,
--   version bigint, place text
-- Every collection, as each api offers it.
SELECT collection.id, collection.name, collection.singular, api.name AS api, api_collection.path,
    hallmark.scopes_text(api_collection.versions) AS versions, hallmark.scopes_text(api_collection.methods) AS methods,
    collection.required, collection.state, collection.version,
    hallmark.place_text(collection.name, coalesce(api.name, '')) AS place
FROM hallmark.collection
LEFT JOIN hallmark.api_collection ON api_collection.collection_id = collection.id
LEFT JOIN hallmark.api ON api.id = api_collection.api_id
WHERE $1::text IS NULL OR (collection.name, coalesce(api.name, '')) > (hallmark.place_name($1), hallmark.place_id($1))
ORDER BY collection.name, coalesce(api.name, '')
LIMIT $2
