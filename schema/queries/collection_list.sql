-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters:
-- columns: collection_id int, api_id bigint, name text, singular text, path text, versions text, methods text, required jsonb
-- Every collection that is switched on, once for each api that offers it.
SELECT collection.id AS collection_id, api_collection.api_id, collection.name, collection.singular, api_collection.path,
    hallmark.scopes_text(api_collection.versions) AS versions, hallmark.scopes_text(api_collection.methods) AS methods, collection.required
FROM hallmark.api_collection
JOIN hallmark.collection ON collection.id = api_collection.collection_id AND collection.state = 'active'
JOIN hallmark.api ON api.id = api_collection.api_id AND api.state = 'active'
ORDER BY api_collection.api_id, api_collection.path
