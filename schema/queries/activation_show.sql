-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters:
-- columns: by_default boolean, plan_needed boolean, trial_included boolean, terms_name text, terms_version text, version bigint
-- What the operator asks for before an account's keys work.
SELECT by_default, plan_needed, trial_included, terms_name, terms_version, version FROM hallmark.activation
