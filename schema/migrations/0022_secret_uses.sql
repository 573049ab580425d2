-- SPDX-License-Identifier: Apache-2.0
-- When, from where and how often each secret was used. A table of its own: a use is no change of the key, so neither its version nor the
-- history nor any node's cache moves with it. Nodes add to it in batches, never at a request.
CREATE TABLE hallmark.client_secret_use (
    account_id   bigint NOT NULL,
    client_id    text COLLATE "C" NOT NULL,
    id           int NOT NULL,
    uses         bigint NOT NULL CHECK (uses > 0),
    last_at      timestamptz NOT NULL,
    last_address text NOT NULL CHECK (octet_length(last_address) BETWEEN 1 AND 45), -- "-": a Unix socket
    PRIMARY KEY (account_id, client_id, id),
    FOREIGN KEY (account_id, client_id, id) REFERENCES hallmark.client_secret ON DELETE CASCADE
) WITH (fillfactor = 50);

-- A secret that is being replaced can live until the one that replaces it was used so many times.
ALTER TABLE hallmark.client_secret
    ADD COLUMN successor int CHECK (successor > id),
    ADD COLUMN successor_uses int CHECK (successor_uses > 0),
    ADD CONSTRAINT client_secret_successor_is_whole CHECK ((successor IS NULL) = (successor_uses IS NULL));

-- Of a secret a list shows its mask, how long it lives, and its use.
CREATE OR REPLACE FUNCTION hallmark.secrets_shown(of_account bigint, of_client text) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'number', secret.id, 'mask', secret.mask, 'created_at', secret.created_at, 'not_after', nullif(secret.not_after, 'infinity'),
            'ends_after_uses', secret.successor_uses, 'uses', coalesce(known.uses, 0), 'last_used_at', known.last_at,
            'last_used_from', known.last_address)) ORDER BY secret.id), '[]')
        FROM hallmark.client_secret AS secret LEFT JOIN hallmark.client_secret_use AS known USING (account_id, client_id, id)
        WHERE secret.account_id = of_account AND secret.client_id = of_client AND (secret.not_after IS NULL OR secret.not_after > now()));

GRANT SELECT, INSERT, UPDATE (uses, last_at, last_address) ON hallmark.client_secret_use TO hallmark_server;
GRANT UPDATE (successor, successor_uses) ON hallmark.client_secret TO hallmark_server;
