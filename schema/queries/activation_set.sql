-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: by_default boolean, plan_needed boolean, trial_included boolean, terms_name text, terms_version text, version bigint,
--   actor text
-- columns: by_default boolean, plan_needed boolean, trial_included boolean, terms_name text, terms_version text, version bigint
-- Changes what the operator asks for; NULL leaves as it is, an empty name takes the terms away.
UPDATE hallmark.activation
SET by_default = coalesce($1, by_default), plan_needed = coalesce($2, plan_needed), trial_included = coalesce($3, trial_included),
    terms_name = nullif(coalesce($4, terms_name), ''), terms_version = nullif(coalesce($5, terms_version), '')
WHERE (SELECT hallmark.act($7)) AND hallmark.version_is(version, $6)
RETURNING by_default, plan_needed, trial_included, terms_name, terms_version, version
