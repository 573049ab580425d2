-- SPDX-License-Identifier: Apache-2.0
-- lane: list
-- parameters: user_id bigint, account_id bigint, grant_id bigint, most bigint
-- columns: account_id bigint, grant_id bigint, account text, application text, maker text, scopes text, open boolean, given_at_us bigint,
--   used_at_us bigint
-- Which applications a person has let in, in every account, by name; or one of these grants. Scopes: what is left of them now. Open: that the
-- application works there at all. used_at_us 0: never yet.
SELECT given.account_id, given.id AS grant_id, account.name AS account, application.name AS application, application.maker,
    hallmark.scopes_text(hallmark.scopes_sorted(ARRAY(
        SELECT word FROM unnest(given.scopes) AS word
        WHERE word = ANY (hallmark.scopes_identity()) OR word = ANY (application.scopes) AND word = ANY (may.permissions)))) AS scopes,
    hallmark.grant_generation(given.account_id, given.id) IS NOT NULL AS open,
    hallmark.microseconds(given.created_at) AS given_at_us,
    coalesce(hallmark.microseconds(hallmark.grant_last_used(given.account_id, given.id)), 0) AS used_at_us
FROM hallmark."grant" AS given
JOIN hallmark.account ON account.id = given.account_id
JOIN hallmark.application ON application.id = given.application_id
CROSS JOIN LATERAL hallmark.holder_permissions(given.account_id, given.user_id) AS may (permissions)
WHERE given.user_id = $1 AND given.state = 'active'
    AND ($2::bigint IS NULL OR given.account_id = $2) AND ($3::bigint IS NULL OR given.id = $3)
ORDER BY lower(application.name), lower(account.name), given.id
LIMIT $4
