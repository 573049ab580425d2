-- SPDX-License-Identifier: Apache-2.0
-- lane: write
-- parameters: kind text, email text, language text
-- columns: id bigint
-- Asks for a link by mail. The same row and the same work whether there is such a person or not.
INSERT INTO hallmark.link_request (kind, email, language) VALUES ($1, $2, $3)
RETURNING id
