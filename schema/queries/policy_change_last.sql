-- SPDX-License-Identifier: Apache-2.0
-- lane: admin_list
-- parameters:
-- columns: id bigint
-- The newest policy change; 0 when there is none.
SELECT coalesce(max(id), 0) AS id FROM hallmark.policy_change
