-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, scope text, at timestamptz, rights text[], after text, most bigint
-- columns: kind text, user_id bigint, person text, client_id text, key text, application text, office_account_id bigint, through text,
--   place text
-- Who could do something (a scope, such as customers:write) in an account at a moment: its members, its keys and the keys of offices, put
-- together from the changes that were administrated until then. A value that was erased counts as nothing that is known.
WITH accounts AS (
    SELECT $1::bigint AS id
    WHERE $4::text[] IS NULL OR '{keys:read,members:read}' <@ $4 OR hallmark.refuse('HK403', 'This tells of keys and members: keys:read and members:read are needed.')
),
member AS (
    SELECT DISTINCT ON (change.record_id) change.record_id AS user_id, value.after::jsonb AS doc
    FROM accounts
    JOIN hallmark.change_history AS change ON change.account_id = accounts.id AND change.collection_id = hallmark.history_noun('members')
        AND change.at <= $3
    LEFT JOIN hallmark.history_value AS value
        ON value.account_id = change.account_id AND value.history_id = change.id AND value.at = change.at
    ORDER BY change.record_id, change.id DESC
),
account AS (
    SELECT value.after::jsonb AS doc
    FROM accounts
    JOIN hallmark.change_history AS change ON change.account_id = accounts.id AND change.collection_id = hallmark.history_noun('accounts')
        AND change.record_id = accounts.id AND change.at <= $3
    LEFT JOIN hallmark.history_value AS value
        ON value.account_id = change.account_id AND value.history_id = change.id AND value.at = change.at
    ORDER BY change.id DESC
    LIMIT 1
),
person AS MATERIALIZED (
    SELECT member.user_id, told.doc ->> 'name' AS name,
        hallmark.permissions_of(member.doc ->> 'role', coalesce((account.doc ->> 'operator')::boolean, false),
            ARRAY(SELECT jsonb_array_elements_text(member.doc -> 'permissions'))) AS permissions
    FROM member
    LEFT JOIN account ON true
    LEFT JOIN LATERAL (
        SELECT value.after::jsonb AS doc
        FROM hallmark.change_history AS change
        LEFT JOIN hallmark.history_value AS value
            ON value.account_id = change.account_id AND value.history_id = change.id AND value.at = change.at
        WHERE change.account_id = 0 AND change.collection_id = hallmark.history_noun('users') AND change.record_id = member.user_id
            AND change.at <= $3
        ORDER BY change.id DESC
        LIMIT 1
    ) AS told ON true
    WHERE member.doc ->> 'state' = 'active' AND coalesce(told.doc ->> 'state', 'active') = 'active'
),
reaching AS ( -- the account's own keys, and those that a link let in
    SELECT accounts.id AS home, NULL::jsonb AS link, change.external_references::jsonb ->> 'Key' AS client_id
    FROM accounts JOIN hallmark.change_history AS change ON change.account_id = accounts.id
        AND change.collection_id = hallmark.history_noun('keys') AND change.at <= $3 AND change.method = 'POST'
    UNION ALL
    SELECT linked.home, linked.doc, linked.client_id
    FROM (
        SELECT DISTINCT ON (change.record_id, change.external_references) change.record_id AS home, value.after::jsonb AS doc,
            change.external_references::jsonb ->> 'Key' AS client_id
        FROM accounts JOIN hallmark.change_history AS change ON change.account_id = accounts.id
            AND change.collection_id = hallmark.history_noun('links') AND change.at <= $3
        LEFT JOIN hallmark.history_value AS value
            ON value.account_id = change.account_id AND value.history_id = change.id AND value.at = change.at
        ORDER BY change.record_id, change.external_references, change.id DESC
    ) AS linked
    WHERE linked.doc ->> 'state' = 'active'
),
key AS (
    SELECT reaching.home, reaching.link, reaching.client_id, told.doc
    FROM reaching
    JOIN hallmark.client ON client.account_id = reaching.home AND client.client_id = reaching.client_id
    CROSS JOIN LATERAL (
        SELECT value.after::jsonb AS doc
        FROM hallmark.change_history AS change
        LEFT JOIN hallmark.history_value AS value
            ON value.account_id = change.account_id AND value.history_id = change.id AND value.at = change.at
        WHERE change.account_id = reaching.home AND change.collection_id = hallmark.history_noun('keys') AND change.record_id = client.number
            AND change.at <= $3
        ORDER BY change.id DESC
        LIMIT 1
    ) AS told
    WHERE told.doc ->> 'state' = 'active'
        AND coalesce((told.doc ->> 'not_before')::timestamptz, '-infinity') <= $3
        AND coalesce((told.doc ->> 'expires_at')::timestamptz, 'infinity') > $3
        AND ((told.doc ->> 'follows_holder')::boolean IS TRUE OR told.doc -> 'scopes' ? $2)
),
could AS (
    SELECT 'person' AS kind, user_id, name AS person, NULL::text AS client_id, NULL::text AS key, NULL::text AS application,
        NULL::bigint AS office_account_id, 'permissions' AS through
    FROM person WHERE $2 = ANY (permissions)
    UNION ALL
    SELECT 'key', person.user_id, person.name, key.client_id, key.doc ->> 'name', application.name, NULL,
        CASE WHEN (key.doc ->> 'follows_holder')::boolean IS TRUE THEN 'whatever the holder may' ELSE 'scopes and holder' END
    FROM key
    JOIN person ON person.user_id = (key.doc ->> 'holder_id')::bigint AND $2 = ANY (person.permissions)
    LEFT JOIN hallmark.application ON application.id = (key.doc ->> 'application_id')::bigint
    WHERE key.link IS NULL AND (key.doc ->> 'office')::boolean IS NOT TRUE
    UNION ALL
    SELECT 'office key', NULL, NULL, key.client_id, key.doc ->> 'name', application.name, key.home, 'link with the template "' || template.name || '"'
    FROM key
    JOIN hallmark.access_template AS template ON template.account_id = (key.link ->> 'template_account_id')::bigint
        AND template.id = (key.link ->> 'template_id')::bigint AND template.version = (key.link ->> 'template_version')::int
        AND $2 = ANY (template.scopes)
    LEFT JOIN hallmark.application ON application.id = (key.doc ->> 'application_id')::bigint
    WHERE key.link IS NOT NULL
)
SELECT kind, user_id, person, client_id, key, application, office_account_id, through,
    kind || E'\x1f' || coalesce(client_id, user_id::text) AS place
FROM could
WHERE $5::text IS NULL
    OR (kind, coalesce(client_id, user_id::text)) > (hallmark.place_name($5), hallmark.place_id($5))
ORDER BY kind, coalesce(client_id, user_id::text)
LIMIT $6
