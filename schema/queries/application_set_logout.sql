-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: id bigint, post_logout_redirect_uris text[], backchannel_logout_uri text, backchannel_logout_session_required boolean,
--   account_id bigint, version bigint, actor text
-- columns: id bigint, account_id bigint, name text, post_logout_redirect_uris text, backchannel_logout_uri text,
--   backchannel_logout_session_required boolean, version bigint
-- Sets them, of an application of this account if one is given; NULL leaves as it is, and an empty URI takes it away.
UPDATE hallmark.application
SET post_logout_redirect_uris = coalesce($2, post_logout_redirect_uris),
    backchannel_logout_uri = CASE WHEN $3::text IS NULL THEN backchannel_logout_uri ELSE nullif($3, '') END,
    backchannel_logout_session_required = coalesce($4, backchannel_logout_session_required)
WHERE id = $1 AND ($5::bigint IS NULL OR account_id = $5) AND (SELECT hallmark.act($7)) AND hallmark.version_is(version, $6)
RETURNING id, account_id, name, array_to_string(post_logout_redirect_uris, ' ') AS post_logout_redirect_uris, backchannel_logout_uri,
    backchannel_logout_session_required, version
