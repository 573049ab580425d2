-- SPDX-License-Identifier: Apache-2.0
-- What an office's key leaves in the history of a client account, and the list of the accounts that it reaches.

-- The account that stands in a client id (base62, eight characters behind the prefix); NULL for what is no client id. So the history of a
-- client account can name the office whose key made a change, while its frozen form stays as it is.
CREATE FUNCTION hallmark.client_id_account(client_id text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN client_id ~ '^hmk_[0-9A-Za-z]{28}$' THEN (
        SELECT sum((strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(client_id, 4 + place, 1)) - 1)
            * 62::numeric ^ (8 - place))::bigint
        FROM generate_series(1, 8) AS place) END;

-- The links of a key in the order in which they are listed.
DROP INDEX hallmark.link_client;
CREATE INDEX link_client ON hallmark.link (office_account_id, client_id, account_id);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.client_id_account TO hallmark_server;
