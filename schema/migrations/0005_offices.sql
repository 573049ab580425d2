-- SPDX-License-Identifier: Apache-2.0
-- Accounting offices: one key for many client accounts, each tied to it by a link with an access template.

-- A template is never altered: a new version is a new row, and a link says which version it follows.
CREATE TABLE hallmark.access_template (
    account_id bigint NOT NULL REFERENCES hallmark.account, -- the office; 0: an application's own
    id         bigint NOT NULL CHECK (id > 0),
    version    int NOT NULL DEFAULT 1 CHECK (version > 0),
    name       text NOT NULL CHECK (hallmark.name_ok(name)),
    scopes     text[] NOT NULL CHECK (hallmark.scopes_ok(scopes)),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id, version)
);

CREATE TABLE hallmark.link (
    account_id          bigint NOT NULL REFERENCES hallmark.account CHECK (account_id > 0), -- the client company
    office_account_id   bigint NOT NULL REFERENCES hallmark.account CHECK (office_account_id > 0),
    client_id           text COLLATE "C" NOT NULL, -- the office's key
    template_account_id bigint NOT NULL,
    template_id         bigint NOT NULL,
    template_version    int NOT NULL,
    state               text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
    version             bigint NOT NULL DEFAULT 1,
    created_at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, office_account_id, client_id),
    FOREIGN KEY (office_account_id, client_id) REFERENCES hallmark.client,
    FOREIGN KEY (template_account_id, template_id, template_version) REFERENCES hallmark.access_template,
    CONSTRAINT link_template_of_office CHECK (template_account_id IN (0, office_account_id)),
    CONSTRAINT link_to_another_account CHECK (account_id <> office_account_id)
);
CREATE INDEX link_client ON hallmark.link (office_account_id, client_id);

-- The client company's own switch: whether this office may reach it at all.
CREATE TABLE hallmark.office_access (
    account_id        bigint NOT NULL REFERENCES hallmark.account CHECK (account_id > 0),
    office_account_id bigint NOT NULL REFERENCES hallmark.account CHECK (office_account_id > 0),
    allowed           boolean NOT NULL,
    version           bigint NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, office_account_id)
);

CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.link FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();
CREATE TRIGGER version_raise BEFORE UPDATE ON hallmark.office_access FOR EACH ROW EXECUTE FUNCTION hallmark.version_raise();

GRANT SELECT, INSERT ON hallmark.access_template TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (template_account_id, template_id, template_version, state) ON hallmark.link TO hallmark_server;
GRANT SELECT, INSERT, UPDATE (allowed) ON hallmark.office_access TO hallmark_server;
