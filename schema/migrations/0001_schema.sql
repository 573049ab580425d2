-- SPDX-License-Identifier: Apache-2.0
-- The schema, the role of the server, and the list of what was migrated. Whoever migrates owns everything; the server's role owns nothing
-- and gets, table by table, only what its statements need.

DO $$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'the database has the encoding %, and needs UTF8', current_setting('server_encoding')
            USING HINT = 'Make it with: CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'hallmark_server') THEN
        CREATE ROLE hallmark_server LOGIN;
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role hallmark_server does not exist, and % may not make it', current_user
            USING ERRCODE = 'insufficient_privilege', HINT = 'Run this as a superuser: CREATE ROLE hallmark_server LOGIN';
    WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of the same cluster is migrated at this moment, and has just made it
END
$$;

CREATE SCHEMA hallmark;
REVOKE ALL ON SCHEMA hallmark FROM PUBLIC;
GRANT USAGE ON SCHEMA hallmark TO hallmark_server;

CREATE TABLE hallmark.schema_migration (
    number     int PRIMARY KEY CHECK (number > 0),
    name       text NOT NULL,
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32), -- SHA-256 of the migration's text without comments
    applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON hallmark.schema_migration TO hallmark_server;
