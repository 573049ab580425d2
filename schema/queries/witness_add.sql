-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: verifier text
-- columns: id bigint, name text, state text
-- Takes a witness's key; one that was ended counts again.
INSERT INTO hallmark.witness (verifier) VALUES ($1)
ON CONFLICT (verifier) DO UPDATE SET state = 'active'
RETURNING id, name, state
