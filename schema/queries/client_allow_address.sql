-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: account_id bigint, client_id text, addresses text, version bigint, actor text
-- columns: client_id text, name text, addresses text, version bigint
-- From where a key may be used: blocks of addresses with commas or blanks between; none: anywhere.
UPDATE hallmark.client SET addresses = hallmark.address_blocks($3)
WHERE account_id = $1 AND client_id = $2 AND state <> 'deleted' AND hallmark.act($5) AND hallmark.version_is(version, $4)
RETURNING client_id, name, array_to_string(addresses, ', ') AS addresses, version
