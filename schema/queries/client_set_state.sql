-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, state text
-- columns: client_id text, name text, state text, generation bigint, version bigint
-- Disables, enables or deletes a key. Disabling raises its generation (a trigger sees to it), so that tokens issued before are refused
-- for ever.
UPDATE hallmark.client SET state = $3 WHERE account_id = $1 AND client_id = $2
RETURNING client_id, name, state, generation, version
