-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: through bigint
-- columns: nodes bigint
-- How many live nodes have not applied a change yet. A node that was not seen for six seconds refuses requests by itself.
SELECT count(*) AS nodes FROM hallmark.node WHERE applied < $1 AND seen_at > now() - interval '6 seconds'
