-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters: actor text
-- columns: actor text
-- Whoever changes something over this connection from now on, as hallmark.history_actor() reads it.
SELECT set_config('hallmark.actor', $1, false) AS actor
