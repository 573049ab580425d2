-- SPDX-License-Identifier: Apache-2.0
-- lane: admin
-- parameters:
-- columns: kid text, algorithm text, sealed bytea
-- Every sealed key, to be sealed anew.
SELECT kid, algorithm, sealed FROM hallmark.signing_key WHERE state <> 'withdrawn' ORDER BY kid
