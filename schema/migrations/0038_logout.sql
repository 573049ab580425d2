-- SPDX-License-Identifier: Apache-2.0
-- Logging out of an application and of Hallmark: where an application's users go afterwards (OpenID Connect RP-Initiated Logout 1.0 section 3),
-- and where the application itself is told (OpenID Connect Back-Channel Logout 1.0 section 2.2).
ALTER TABLE hallmark.application
    ADD COLUMN post_logout_redirect_uris text[] NOT NULL DEFAULT '{}'
        CHECK (array_position(post_logout_redirect_uris, NULL) IS NULL AND cardinality(post_logout_redirect_uris) <= 100),
    ADD COLUMN backchannel_logout_uri text
        CHECK (octet_length(backchannel_logout_uri) <= 2000 AND backchannel_logout_uri ~ '^https?://[!-~]+$'),
    ADD COLUMN backchannel_logout_session_required boolean NOT NULL DEFAULT false;
GRANT UPDATE (post_logout_redirect_uris, backchannel_logout_uri, backchannel_logout_session_required) ON hallmark.application TO hallmark_server;
