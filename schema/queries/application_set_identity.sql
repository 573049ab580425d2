-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, id_token_alg text, userinfo_alg text, subject_type text, account_id bigint, version bigint, actor text
-- columns: id bigint, account_id bigint, name text, id_token_alg text, userinfo_alg text, subject_type text, version bigint
-- Sets it, of an application of this account if one is given; NULL leaves as it is, and an empty userinfo_alg means JSON, not signed.
UPDATE hallmark.application
SET id_token_alg = coalesce($2, id_token_alg),
    userinfo_alg = CASE WHEN $3::text IS NULL THEN userinfo_alg ELSE nullif($3, '') END,
    subject_type = coalesce($4, subject_type)
WHERE id = $1 AND ($5::bigint IS NULL OR account_id = $5) AND (SELECT hallmark.act($7)) AND hallmark.version_is(version, $6)
RETURNING id, account_id, name, id_token_alg, userinfo_alg, subject_type, version
