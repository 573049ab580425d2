-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: name text, seconds bigint, least bigint, most bigint, meaning text
-- How long things live, and within which bounds that can be set.
SELECT name, seconds, least, most, meaning FROM hallmark.lifetime ORDER BY id
