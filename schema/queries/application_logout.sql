-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters: id bigint, account_id bigint
-- columns: id bigint, account_id bigint, name text, post_logout_redirect_uris text, backchannel_logout_uri text,
--   backchannel_logout_session_required boolean, version bigint
-- Where the users of an application that this account can choose go after logging out, and where it is told of it.
SELECT id, account_id, name, array_to_string(post_logout_redirect_uris, ' ') AS post_logout_redirect_uris, backchannel_logout_uri,
    backchannel_logout_session_required, version
FROM hallmark.application
WHERE id = $1 AND account_id IN (0, $2)
