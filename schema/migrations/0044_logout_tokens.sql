-- SPDX-License-Identifier: Apache-2.0
-- Which applications have still to be told that a login has ended (OpenID Connect Back-Channel Logout 1.0): an outbox like that of webhooks,
-- written by the transaction that ends the login. Every client that got an ID token in it is told, also one whose refresh tokens live on
-- (offline_access), or have ended before. A login that ran out by itself is told to nobody: the application has its own hours.

CREATE TABLE hallmark.logout_token (
    client_account_id bigint NOT NULL,
    client_id         text COLLATE "C" NOT NULL,
    user_id           bigint NOT NULL,
    session_id        bigint NOT NULL,
    jti               uuid NOT NULL DEFAULT gen_random_uuid(), -- the same at each attempt
    lease             bigint, -- who sends it; NULL: nobody
    due_at            timestamptz NOT NULL DEFAULT now(), -- when it is to be sent; while it is being sent, when the lease ends
    attempts          int NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_account_id, client_id, user_id, session_id)
) WITH (fillfactor = 70);
CREATE INDEX logout_token_due ON hallmark.logout_token (client_account_id, client_id, due_at);

-- Also those that have ended: their application may have a login of its own that goes on.
DROP INDEX hallmark.family_session;
CREATE INDEX family_session ON hallmark.family (session_id) WHERE session_id IS NOT NULL;

CREATE OR REPLACE FUNCTION hallmark.session_ended() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM hallmark.authorization_code WHERE session_id = OLD.id AND used_at IS NULL;
    UPDATE hallmark.family SET state = 'revoked', reason = 'the login it was given in ended'
    WHERE session_id = OLD.id AND state = 'active' AND NOT 'offline_access' = ANY (scopes);
    INSERT INTO hallmark.logout_token (client_account_id, client_id, user_id, session_id)
    SELECT DISTINCT family.client_account_id, family.client_id, OLD.user_id, OLD.id
    FROM hallmark.family
    JOIN hallmark.client ON client.account_id = family.client_account_id AND client.client_id = family.client_id
    JOIN hallmark.application ON application.id = client.application_id
    WHERE family.session_id = OLD.id AND family.user_id = OLD.user_id AND 'openid' = ANY (family.scopes)
        AND application.state = 'active' AND application.backchannel_logout_uri IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (lease, due_at, attempts), DELETE ON hallmark.logout_token TO hallmark_server;
