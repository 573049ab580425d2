-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: name text
-- columns: id int, name text, singular text, api text, path text, versions text, methods text, required jsonb, state text, version bigint
-- One collection, as each api offers it.
SELECT collection.id, collection.name, collection.singular, api.name AS api, api_collection.path,
    hallmark.scopes_text(api_collection.versions) AS versions, hallmark.scopes_text(api_collection.methods) AS methods,
    collection.required, collection.state, collection.version
FROM hallmark.collection
LEFT JOIN hallmark.api_collection ON api_collection.collection_id = collection.id
LEFT JOIN hallmark.api ON api.id = api_collection.api_id
WHERE collection.name = $1
ORDER BY api.name
