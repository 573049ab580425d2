-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, user_id bigint, application_id bigint, state text, grant_id bigint, caller_id bigint, rights text[],
--   after text, most bigint
-- columns: account_id bigint, grant_id bigint, user_id bigint, name text, application_id bigint, application text, scopes text,
--   state text, families bigint, last_used_at timestamptz, version bigint, created_at timestamptz, place text
-- What people gave to applications in an account, newest first; a person, an application, a state or its id narrows it. Whoever may not see
-- members sees his own. Families: those that still yield tokens. An application comes for a new token every few minutes that it works, so
-- that is its last use.
SELECT given.account_id, given.id AS grant_id, given.user_id, person.name, given.application_id, application.name AS application,
    hallmark.scopes_text(given.scopes) AS scopes, given.state, live.families, used.last_used_at, given.version, given.created_at,
    hallmark.microseconds(given.created_at)::text || E'\x1f' || given.id AS place
FROM hallmark."grant" AS given
JOIN hallmark."user" AS person ON person.id = given.user_id
JOIN hallmark.application ON application.id = given.application_id
CROSS JOIN LATERAL (
    SELECT count(*) AS families FROM hallmark.family
    WHERE family.account_id = given.account_id AND family.grant_id = given.id AND family.state = 'active' AND family.ends_at > now()
        AND family.generation = hallmark.grant_generation(given.account_id, given.id)) AS live
CROSS JOIN LATERAL hallmark.grant_last_used(given.account_id, given.id) AS used (last_used_at)
WHERE given.account_id = $1 AND ($2::bigint IS NULL OR given.user_id = $2) AND ($3::bigint IS NULL OR given.application_id = $3)
    AND ($4::text IS NULL OR given.state = $4) AND ($5::bigint IS NULL OR given.id = $5)
    AND ($7::text[] IS NULL OR given.user_id = $6 OR 'members:read' = ANY ($7))
    AND ($8::text IS NULL
        OR (given.created_at, given.id) < (hallmark.moment(hallmark.place_name($8)::bigint), hallmark.place_id($8)::bigint))
ORDER BY given.created_at DESC, given.id DESC
LIMIT $9
