-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, id bigint, sealed bytea, signing text, old_until timestamptz
-- columns: id bigint, name text, old_until timestamptz
-- A new secret. Until then (a day, when it is not said) both sign. Only for a webhook that signs in this way: a secret of one kind never
-- stands in the place of another.
UPDATE hallmark.webhook
SET old_sealed = sealed, old_until = coalesce($5, now() + interval '1 day'), sealed = $3
WHERE account_id = $1 AND id = $2 AND signing = $4
RETURNING id, name, old_until
