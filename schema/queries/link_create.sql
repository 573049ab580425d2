-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: office_account_id bigint, client_id text, accounts bigint[], template_id bigint, template_version int,
--   own_account_id bigint, rights text[],
--   actor text
-- columns: account_id bigint, office_account_id bigint, client_id text, template_id bigint, template_version bigint, state text,
--   version bigint
-- Links an office's key to client accounts with one version of a template of the office's or of one for all (without a number: its newest),
-- all of them or none. A link that is there already gets this template, and is active again. No row: the key is no office's key, or there
-- is no such template. Who administers one account (own_account_id) lets in to that one only.
WITH chosen AS (
    SELECT client.account_id AS office_account_id, client.client_id, template.account_id AS template_account_id, template.id, template.version
    FROM hallmark.client
    CROSS JOIN LATERAL (
        SELECT account_id, id, version, scopes
        FROM hallmark.access_template
        WHERE account_id IN (0, client.account_id) AND id = $4 AND ($5::int IS NULL OR version = $5)
        ORDER BY account_id DESC, version DESC
        LIMIT 1
    ) AS template
    WHERE client.account_id = $1 AND client.client_id = $2 AND client.office AND client.state <> 'deleted' AND (SELECT hallmark.act($8))
        AND ($6::bigint IS NULL OR $3 = ARRAY[$6]
            OR hallmark.refuse('HK403', 'You can let an office in to your own account only; the operator links many at once.'))
        AND hallmark.within(template.scopes, $7)
),
let_in AS (
    INSERT INTO hallmark.office_access (account_id, office_account_id, allowed)
    SELECT DISTINCT given.account_id, chosen.office_account_id, true
    FROM chosen CROSS JOIN unnest($3::bigint[]) AS given (account_id)
    ON CONFLICT DO NOTHING
)
INSERT INTO hallmark.link (account_id, office_account_id, client_id, template_account_id, template_id, template_version)
SELECT DISTINCT given.account_id, chosen.office_account_id, chosen.client_id, chosen.template_account_id, chosen.id, chosen.version
FROM chosen CROSS JOIN unnest($3::bigint[]) AS given (account_id)
ON CONFLICT (account_id, office_account_id, client_id) DO UPDATE
SET template_account_id = excluded.template_account_id, template_id = excluded.template_id, template_version = excluded.template_version,
    state = 'active'
RETURNING account_id, office_account_id, client_id, template_id, template_version::bigint, state, version
