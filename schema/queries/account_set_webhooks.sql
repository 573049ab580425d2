-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, webhooks boolean
-- columns: id bigint, name text, state text, webhooks boolean
-- Switches all webhooks of an account on or off. What waits stays and goes out when they are on again; changes made meanwhile are told by
-- redelivering.
UPDATE hallmark.account SET webhooks = $2 WHERE id = $1 AND id <> 0 RETURNING id, name, state, webhooks
