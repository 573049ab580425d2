-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, old_hash text, new_hash text, actor text
-- columns: id bigint
-- The same password, hashed with the parameters of today.
UPDATE hallmark."user" SET password_hash = $3
WHERE id = $1 AND password_hash = $2 AND (SELECT set_config('hallmark.same_password', $3, true)) = $3 AND (SELECT hallmark.act($4))
RETURNING id
