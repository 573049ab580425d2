-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, user_id bigint, application_id bigint
-- columns: account_id bigint, grant_id bigint, user_id bigint, name text, application_id bigint, application text, scopes text,
--   state text, families bigint, created_at timestamptz
-- What people gave to applications in an account, newest first; a person or an application narrows it. Families: the live ones.
SELECT given.account_id, given.id AS grant_id, given.user_id, person.name, given.application_id, application.name AS application,
    hallmark.scopes_text(given.scopes) AS scopes, given.state,
    (SELECT count(*) FROM hallmark.family
        WHERE family.account_id = given.account_id AND family.grant_id = given.id AND family.state = 'active' AND given.state = 'active'
            AND family.ends_at > now()) AS families,
    given.created_at
FROM hallmark."grant" AS given
JOIN hallmark."user" AS person ON person.id = given.user_id
JOIN hallmark.application ON application.id = given.application_id
WHERE given.account_id = $1 AND ($2::bigint IS NULL OR given.user_id = $2) AND ($3::bigint IS NULL OR given.application_id = $3)
ORDER BY given.created_at DESC, given.id
