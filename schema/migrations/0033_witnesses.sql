-- SPDX-License-Identifier: Apache-2.0
-- Witnesses from outside: each watches that our checkpoints go on from one another, and says so by a signature of its own, which is kept beside
-- the checkpoint and told with it (C2SP tlog-cosignature).

-- A witness's key is name+id+key: the id is the beginning of the SHA-256 of name, newline, 0x04 and the public key.
CREATE FUNCTION hallmark.witness_key_ok(given text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN given ~ '^[^+[:space:][:cntrl:]]{1,128}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$' THEN
        get_byte(decode(substring(given FROM '.{44}$'), 'base64'), 0) = 4
        AND substr(sha256(convert_to(split_part(given, '+', 1) || E'\n', 'UTF8') || decode(substring(given FROM '.{44}$'), 'base64')), 1, 4)
            = decode(split_part(given, '+', 2), 'hex')
    ELSE false END;

CREATE TABLE hallmark.witness (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    verifier text NOT NULL UNIQUE CONSTRAINT witness_verifier CHECK (hallmark.witness_key_ok(verifier)),
    name     text NOT NULL GENERATED ALWAYS AS (split_part(verifier, '+', 1)) STORED,
    state    text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
    added_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE hallmark.checkpoint_cosignature (
    log_id     smallint NOT NULL,
    size       bigint NOT NULL,
    witness_id bigint NOT NULL REFERENCES hallmark.witness (id),
    signed_at  timestamptz NOT NULL, -- by the clock of the witness
    line       text NOT NULL CHECK (line ~ '^— [^\n]+\n$'),
    PRIMARY KEY (log_id, size, witness_id)
);
CREATE TRIGGER history_refuse BEFORE UPDATE OR DELETE ON hallmark.checkpoint_cosignature
    FOR EACH ROW EXECUTE FUNCTION hallmark.history_refuse();
CREATE TRIGGER history_refuse_truncate BEFORE TRUNCATE ON hallmark.checkpoint_cosignature
    FOR EACH STATEMENT EXECUTE FUNCTION hallmark.history_refuse();
ALTER TABLE hallmark.checkpoint_cosignature ENABLE ALWAYS TRIGGER history_refuse;
ALTER TABLE hallmark.checkpoint_cosignature ENABLE ALWAYS TRIGGER history_refuse_truncate;

-- The newest checkpoint that so many witnesses have cosigned (0: the newest of all), as it is told: with the cosignatures, but no more than
-- every reader of notes takes beside the log's own. One that was cosigned before the last thousand cosignatures is not looked for.
CREATE FUNCTION hallmark.checkpoint_newest(of_log smallint, cosigned bigint, OUT size bigint, OUT note text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT checkpoint.size, checkpoint.note || coalesce((
        SELECT string_agg(told.line, '' ORDER BY told.witness_id)
        FROM (
            SELECT cosignature.line, cosignature.witness_id
            FROM hallmark.checkpoint_cosignature AS cosignature
            JOIN hallmark.witness ON witness.id = cosignature.witness_id AND witness.state = 'active'
            WHERE cosignature.log_id = of_log AND cosignature.size = checkpoint.size
            ORDER BY cosignature.witness_id
            LIMIT 12
        ) AS told), '')
    FROM hallmark.history_checkpoint AS checkpoint
    WHERE checkpoint.log_id = of_log AND checkpoint.size = CASE WHEN cosigned > 0 THEN (
            SELECT recent.size
            FROM (
                SELECT cosignature.size, cosignature.witness_id FROM hallmark.checkpoint_cosignature AS cosignature
                WHERE cosignature.log_id = of_log
                ORDER BY cosignature.size DESC
                LIMIT 1000
            ) AS recent
            JOIN hallmark.witness ON witness.id = recent.witness_id AND witness.state = 'active'
            GROUP BY recent.size
            HAVING count(*) >= cosigned
            ORDER BY recent.size DESC
            LIMIT 1
        ) ELSE (SELECT max(newest.size) FROM hallmark.history_checkpoint AS newest WHERE newest.log_id = of_log) END
$$;

CREATE OR REPLACE FUNCTION hallmark.history_noun(noun text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN -array_position(ARRAY['accounts', 'users', 'members', 'applications', 'keys', 'secrets', 'templates', 'links', 'offices', 'apis',
        'collections', 'offers', 'signing-keys', 'revocations', 'webhooks', 'reference-rules', 'erasures', 'activations',
        'history-exports', 'archives', 'retentions', 'witnesses'], noun);
SELECT hallmark.history_watch('witness', 'witnesses');

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.witness_key_ok, hallmark.checkpoint_newest TO hallmark_server;
GRANT SELECT, INSERT (verifier), UPDATE (state) ON hallmark.witness TO hallmark_server;
GRANT SELECT, INSERT ON hallmark.checkpoint_cosignature TO hallmark_server;
