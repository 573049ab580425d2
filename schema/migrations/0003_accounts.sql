-- SPDX-License-Identifier: Apache-2.0
-- Accounts (companies), users (people) and members (a user in an account, with a role and permissions).

CREATE TABLE hallmark.account (
    id         bigint PRIMARY KEY CHECK (id BETWEEN 0 AND 140737488355327), -- eight characters of base62 in every client id
    name       text NOT NULL CHECK (hallmark.name_ok(name)),
    state      text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
    api_access boolean NOT NULL DEFAULT true,
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_zero_is_open CHECK (id <> 0 OR (state = 'active' AND api_access))
);
-- Account 0 is no company: what hangs on it (applications, their own clients) serves all accounts. It cannot be closed.
INSERT INTO hallmark.account (id, name) VALUES (0, 'all accounts');

CREATE TABLE hallmark."user" (
    id            bigint PRIMARY KEY CHECK (id > 0),
    email         text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254 AND email ~ '^[^\s@]+@[^\s@]+$' AND hallmark.name_ok(email)),
    name          text NOT NULL CHECK (hallmark.name_ok(name)),
    state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    password_hash text,
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX user_email ON hallmark."user" (lower(email));

CREATE TABLE hallmark.member (
    account_id  bigint NOT NULL REFERENCES hallmark.account CHECK (account_id > 0),
    user_id     bigint NOT NULL REFERENCES hallmark."user",
    role        text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'auditor', 'member')),
    permissions text[] NOT NULL DEFAULT '{}' CHECK (hallmark.scopes_ok(permissions)),
    state       text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'left')),
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, user_id)
);
CREATE INDEX member_user ON hallmark.member (user_id);

CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.account FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();
CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark."user" FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();
CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.member FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();

GRANT SELECT, INSERT, UPDATE (name, state, api_access) ON hallmark.account TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (email, name, state, password_hash) ON hallmark."user" TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (role, permissions, state) ON hallmark.member TO hallmark_server;
