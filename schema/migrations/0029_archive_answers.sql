-- SPDX-License-Identifier: Apache-2.0
-- What is said of archived months to who reads the history of an account.

-- How far it was archived, and where that is; NULL when nothing was.
CREATE FUNCTION hallmark.archive_summary(of_account bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('Changes up to %s were archived%s: see the file %s with the SHA-256 digest %s.', to_char(month, 'YYYY-MM'),
        CASE WHEN (SELECT count(*) FROM hallmark.archive AS all_of_them WHERE all_of_them.account_id = of_account) > 1
            THEN '; the last of the files is this' ELSE '' END, file, encode(file_digest, 'hex'))
    FROM hallmark.archive
    WHERE account_id = of_account
    ORDER BY month DESC
    LIMIT 1
$$;

-- Of what is gone of an account, the first range that is not wholly behind a place: from a place to before another. No row: nothing is.
CREATE FUNCTION hallmark.archive_next(of_account bigint, place bigint) RETURNS TABLE (starts bigint, ends bigint)
    LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT lower(one), upper(one)
    FROM (SELECT gone FROM hallmark.archive WHERE account_id = of_account ORDER BY month DESC LIMIT 1) AS newest
    CROSS JOIN LATERAL unnest(newest.gone) AS one
    WHERE upper(one) > place + 1
    ORDER BY 1
    LIMIT 1
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hallmark FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hallmark.archive_summary, hallmark.archive_next TO hallmark_server;
