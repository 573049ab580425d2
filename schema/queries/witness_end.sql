-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: verifier text
-- columns: id bigint, name text, state text
-- The witness counts no more: its cosignatures stay, and are not told any longer.
UPDATE hallmark.witness SET state = 'ended' WHERE verifier = $1 RETURNING id, name, state
