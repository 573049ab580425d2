-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: account_id bigint, client_id text
-- columns: number int, secret text, live boolean, created_at timestamptz, not_after timestamptz, ends_after_uses int, uses bigint,
--   last_used_at timestamptz, last_used_from text
-- The secrets of a key, masked; those that have ended are kept for a month. ends_after_uses: of the one that replaces it.
SELECT secret.id AS number, secret.mask AS secret, secret.not_after IS NULL OR secret.not_after > now() AS live, secret.created_at,
    secret.not_after, secret.successor_uses AS ends_after_uses, coalesce(known.uses, 0) AS uses, known.last_at AS last_used_at,
    known.last_address AS last_used_from
FROM hallmark.client_secret AS secret LEFT JOIN hallmark.client_secret_use AS known USING (account_id, client_id, id)
WHERE secret.account_id = $1 AND secret.client_id = $2
ORDER BY secret.id
