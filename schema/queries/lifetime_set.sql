-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: name text, seconds bigint
-- columns: name text, seconds bigint, least bigint, most bigint, meaning text
-- Sets a lifetime. It counts for what is made from now on, and for idle times at once.
UPDATE hallmark.lifetime SET seconds = $2 WHERE name = $1 RETURNING name, seconds, least, most, meaning
