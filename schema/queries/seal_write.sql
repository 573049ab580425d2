-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: log_id smallint, old_size bigint, new_size bigint, roots bytea, sealed_xid xid8, sealed_id bigint, account_ids bigint[],
--   account_seqs bigint[], history_ids bigint[], ats_us bigint[], leaves bytea[], node_levels smallint[], node_numbers bigint[],
--   node_hashes bytea[], note text
-- columns: size bigint
-- Gives a batch its places and signs for them, all or nothing: only while the log is as large as it was when the batch was read. So two
-- sequencers that came to think both that they are the one cannot give one place twice.
WITH moved AS (
    UPDATE hallmark.history_log
    SET size = $3, roots = $4, sealed_xid = $5::xid8, sealed_id = $6
    WHERE log_id = $1 AND size = $2
    RETURNING size
),
leaves AS (
    INSERT INTO hallmark.history_leaf (account_id, account_seq, log_id, leaf_index, history_id, at, leaf)
    SELECT account_id, account_seq, $1, $2 + place - 1, history_id, hallmark.moment(at_us), leaf
    FROM moved, unnest($7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bytea[])
        WITH ORDINALITY AS of_batch (account_id, account_seq, history_id, at_us, leaf, place)
),
nodes AS (
    INSERT INTO hallmark.history_node (log_id, level, number, hash)
    SELECT $1, level, number, hash
    FROM moved, unnest($12::smallint[], $13::bigint[], $14::bytea[]) AS of_batch (level, number, hash)
),
signed AS (
    INSERT INTO hallmark.history_checkpoint (log_id, size, note) SELECT $1, $3, $15 FROM moved
)
SELECT size FROM moved
