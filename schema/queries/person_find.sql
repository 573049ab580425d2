-- SPDX-License-Identifier: Apache-2.0
-- lane: read
-- parameters: account_id bigint, family_id bigint
-- columns: user_id bigint, name text, email text, profile_at_us bigint, subject_salt bytea, id_token_alg text, userinfo_alg text,
--   methods text, id_token_claims text, session_id bigint, email_verified boolean
-- What an application may be told of the person who gave it something, and how: by what a token of theirs hangs on. No row: that has
-- ended, or the person is not active, or an application that has subjects of its own has none to make them from.
SELECT person.id AS user_id, person.name, person.email, hallmark.microseconds(person.profile_at) AS profile_at_us,
    sector.salt AS subject_salt, application.id_token_alg, application.userinfo_alg, array_to_string(family.methods, ' ') AS methods,
    array_to_string(family.id_token_claims, ' ') AS id_token_claims, coalesce(family.session_id, 0) AS session_id,
    person.email_verified
FROM hallmark.family
JOIN hallmark."grant" AS given ON given.account_id = family.account_id AND given.id = family.grant_id
JOIN hallmark.application ON application.id = given.application_id
JOIN hallmark."user" AS person ON person.id = family.user_id
LEFT JOIN hallmark.sector ON sector.application_id = application.id AND application.subject_type = 'pairwise'
WHERE family.account_id = $1 AND family.id = $2 AND family.state = 'active' AND family.ends_at > now() AND person.state = 'active'
    AND (application.subject_type = 'public' OR sector.salt IS NOT NULL)
