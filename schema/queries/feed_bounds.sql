-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: oldest bigint, newest bigint
-- From where to where the feed can be read; a node whose last change lies before the oldest one has lost sight. 0 and 0 when it is empty.
SELECT coalesce(min(id), 0) AS oldest, coalesce(max(id), 0) AS newest FROM hallmark.policy_change
