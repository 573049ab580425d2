-- SPDX-License-Identifier: Apache-2.0
-- The log over the history: which place each change has in it and in its account, what the proofs are made of, and what was signed.
-- Nothing here is altered but the one row that says how far the log is; that row only goes forward.

-- How far the log is. One row now; a schema that is spread by account has one for each shard.
CREATE TABLE hallmark.history_log (
    log_id        smallint PRIMARY KEY,
    size          bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    roots         bytea NOT NULL DEFAULT '' CHECK (octet_length(roots) % 32 = 0), -- of the perfect subtrees, the largest first
    epoch         int NOT NULL DEFAULT 1, -- everything up to this epoch, transaction and change has its place
    sealed_xid    xid8 NOT NULL DEFAULT '0',
    sealed_id     bigint NOT NULL DEFAULT 0,
    writing_epoch int NOT NULL DEFAULT 1, -- what changes are written with now
    cluster       text NOT NULL, -- whose transaction numbers those of this epoch are
    CONSTRAINT history_log_roots CHECK (octet_length(roots) / 32 = length(replace(size::bit(64)::text, '0', '')))
);
INSERT INTO hallmark.history_log (log_id, cluster) SELECT 1, system_identifier::text FROM pg_control_system();

-- A leaf for each change. The hash is that of server/seal/leaf.h; the leaves of an account are numbered from 1 on, without a gap.
CREATE TABLE hallmark.history_leaf (
    account_id  bigint NOT NULL,
    account_seq bigint NOT NULL CHECK (account_seq > 0),
    log_id      smallint NOT NULL,
    leaf_index  bigint NOT NULL CHECK (leaf_index >= 0),
    history_id  bigint NOT NULL,
    at          timestamptz NOT NULL, -- of the change: with account and history_id its key
    sealed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    leaf        bytea NOT NULL CHECK (octet_length(leaf) = 32),
    PRIMARY KEY (account_id, account_seq),
    UNIQUE (account_id, history_id),
    UNIQUE (log_id, leaf_index)
);

-- The roots of the subtrees of 256, 65536, ... leaves.
CREATE TABLE hallmark.history_node (
    log_id smallint NOT NULL,
    level  smallint NOT NULL CHECK (level > 0),
    number bigint NOT NULL CHECK (number >= 0),
    hash   bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (log_id, level, number)
);

-- Each signed statement of the log's size and root, as a note.
CREATE TABLE hallmark.history_checkpoint (
    log_id  smallint NOT NULL,
    size    bigint NOT NULL CHECK (size > 0),
    note    text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log_id, size)
);

CREATE FUNCTION hallmark.history_log_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR NEW.log_id <> OLD.log_id OR NEW.size < OLD.size OR NEW.writing_epoch < OLD.writing_epoch
        OR (NEW.epoch, NEW.sealed_xid, NEW.sealed_id) < (OLD.epoch, OLD.sealed_xid, OLD.sealed_id)
    THEN
        RAISE EXCEPTION 'the log only goes forward: % is refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER history_log_guard BEFORE UPDATE OR DELETE ON hallmark.history_log
    FOR EACH ROW EXECUTE FUNCTION hallmark.history_log_guard();
ALTER TABLE hallmark.history_log ENABLE ALWAYS TRIGGER history_log_guard;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['history_leaf', 'history_node', 'history_checkpoint'] LOOP
        EXECUTE format('CREATE TRIGGER history_refuse BEFORE UPDATE OR DELETE ON hallmark.%I'
            ' FOR EACH ROW EXECUTE FUNCTION hallmark.history_refuse()', kept);
        EXECUTE format('ALTER TABLE hallmark.%I ENABLE ALWAYS TRIGGER history_refuse', kept);
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['history_log', 'history_leaf', 'history_node', 'history_checkpoint'] LOOP
        EXECUTE format('CREATE TRIGGER history_refuse_truncate BEFORE TRUNCATE ON hallmark.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION hallmark.history_refuse()', kept);
        EXECUTE format('ALTER TABLE hallmark.%I ENABLE ALWAYS TRIGGER history_refuse_truncate', kept);
    END LOOP;
END
$$;

-- Transaction numbers order the changes within one cluster. Restored into another, the history goes on in a new epoch: the owner begins it
-- (hallmark migrate does) before anything is written there. Returns the epoch that changes are written with from now on.
CREATE FUNCTION hallmark.history_epoch_begin() RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here constant text := (SELECT system_identifier::text FROM pg_control_system());
    began int;
BEGIN
    UPDATE hallmark.history_log SET cluster = here, writing_epoch = writing_epoch + 1 WHERE cluster <> here RETURNING writing_epoch INTO began;
    IF FOUND THEN
        EXECUTE format('ALTER TABLE hallmark.change_history ALTER epoch SET DEFAULT %s', began);
    END IF;
    RETURN (SELECT writing_epoch FROM hallmark.history_log WHERE log_id = 1);
END
$$;

-- The oldest transaction in the whole cluster, whoever's it is: sealing waits for it. With the owner's rights, since the server's role may
-- not see when a transaction of others began.
CREATE FUNCTION hallmark.oldest_transaction(OUT pid int, OUT began timestamptz, OUT told text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pid, xact_start, concat_ws(' ', datname, usename, application_name)
    FROM pg_stat_activity
    WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) AND pid <> pg_backend_pid()
    ORDER BY greatest(age(backend_xmin), age(backend_xid)) DESC
    LIMIT 1
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.oldest_transaction TO hallmark_server;
GRANT SELECT, UPDATE (size, roots, epoch, sealed_xid, sealed_id) ON hallmark.history_log TO hallmark_server;
GRANT SELECT, INSERT (account_id, account_seq, log_id, leaf_index, history_id, at, leaf) ON hallmark.history_leaf TO hallmark_server;
GRANT SELECT, INSERT ON hallmark.history_node TO hallmark_server;
GRANT SELECT, INSERT (log_id, size, note) ON hallmark.history_checkpoint TO hallmark_server;
