-- SPDX-License-Identifier: Apache-2.0
-- What the server's role may, to the letter: a right that is added or lost is a change of this file.
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(14);

SELECT results_eq(
    $$SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = 'hallmark_server'$$,
    $$VALUES (false, false, false, false, false, true)$$,
    'the server is an ordinary role');
SELECT is_empty(
    $$SELECT relname FROM pg_class WHERE relnamespace = 'hallmark'::regnamespace AND relowner = 'hallmark_server'::regrole
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'hallmark'::regnamespace AND proowner = 'hallmark_server'::regrole
        UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = 'hallmark' AND nspowner = 'hallmark_server'::regrole$$,
    'the server owns nothing');
SELECT is_empty(
    $$SELECT roleid FROM pg_auth_members WHERE member = 'hallmark_server'::regrole$$,
    'the server is a member of no other role');
SELECT schema_privs_are('hallmark', 'hallmark_server', ARRAY['USAGE'], 'the server makes nothing in the schema');
SELECT schema_privs_are('hallmark', 'public', ARRAY[]::text[], 'nobody else sees the schema');

-- Rights on whole tables.
SELECT results_eq(
    $$SELECT c.relname::text COLLATE "default", string_agg(acl.privilege_type, ' ' ORDER BY acl.privilege_type)
        FROM pg_class AS c, aclexplode(c.relacl) AS acl
        WHERE c.relnamespace = 'hallmark'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND acl.grantee = 'hallmark_server'::regrole
        GROUP BY c.relname ORDER BY c.relname COLLATE "C"$$,
    $$VALUES
        ('access_template', 'INSERT SELECT'),
        ('account', 'SELECT'),
        ('activation', 'SELECT'),
        ('admin_request', 'DELETE INSERT SELECT'),
        ('api', 'INSERT SELECT'),
        ('api_collection', 'DELETE INSERT SELECT'),
        ('application', 'INSERT SELECT'),
        ('archive', 'SELECT'),
        ('auth_failure', 'DELETE INSERT SELECT'),
        ('authorization_code', 'DELETE INSERT SELECT'),
        ('authorization_request', 'DELETE INSERT SELECT'),
        ('change_history', 'SELECT'),
        ('checkpoint_cosignature', 'INSERT SELECT'),
        ('client', 'INSERT SELECT'),
        ('client_secret', 'DELETE INSERT SELECT'),
        ('client_secret_use', 'INSERT SELECT'),
        ('collection', 'SELECT'),
        ('erasure', 'SELECT'),
        ('external_reference', 'SELECT'),
        ('family', 'DELETE INSERT SELECT'),
        ('grant', 'INSERT SELECT'),
        ('history_checkpoint', 'SELECT'),
        ('history_export', 'SELECT'),
        ('history_leaf', 'SELECT'),
        ('history_log', 'SELECT'),
        ('history_node', 'INSERT SELECT'),
        ('history_read', 'INSERT SELECT'),
        ('history_value', 'INSERT SELECT'),
        ('idempotency', 'DELETE INSERT SELECT'),
        ('lifetime', 'SELECT'),
        ('link', 'INSERT SELECT'),
        ('link_request', 'DELETE INSERT SELECT'),
        ('logout_token', 'DELETE INSERT SELECT'),
        ('mail', 'DELETE INSERT SELECT'),
        ('member', 'INSERT SELECT'),
        ('node', 'DELETE INSERT SELECT'),
        ('office_access', 'INSERT SELECT'),
        ('password_link', 'DELETE INSERT SELECT'),
        ('policy_change', 'DELETE SELECT'),
        ('rate_count', 'DELETE INSERT SELECT'),
        ('record', 'DELETE INSERT SELECT'),
        ('recovery_code', 'DELETE INSERT SELECT'),
        ('reference_rule', 'DELETE INSERT SELECT'),
        ('refresh_token', 'DELETE INSERT SELECT'),
        ('revocation', 'DELETE INSERT SELECT'),
        ('schema_migration', 'SELECT'),
        ('sector', 'SELECT'),
        ('session', 'DELETE INSERT SELECT'),
        ('signing_key', 'DELETE INSERT SELECT'),
        ('totp', 'DELETE INSERT SELECT'),
        ('user', 'INSERT SELECT'),
        ('webhook', 'DELETE INSERT SELECT'),
        ('webhook_delivery', 'DELETE INSERT SELECT'),
        ('webhook_event', 'DELETE INSERT SELECT'),
        ('webhook_health', 'INSERT SELECT'),
        ('witness', 'SELECT')$$,
    'rights on tables');

-- Rights on single columns: what may be changed, and what the server says of a change where the rest is the database's.
SELECT results_eq(
    $$SELECT c.relname::text COLLATE "default", acl.privilege_type, string_agg(a.attname::text COLLATE "default", ' ' ORDER BY a.attnum)
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid, aclexplode(a.attacl) AS acl
        WHERE c.relnamespace = 'hallmark'::regnamespace AND acl.grantee = 'hallmark_server'::regrole
        GROUP BY c.relname, acl.privilege_type ORDER BY c.relname COLLATE "C", acl.privilege_type$$,
    $$VALUES
        ('account', 'INSERT', 'id name state api_access'),
        ('account', 'UPDATE', 'name state api_access webhooks access terms_name terms_version plan trial keys_rule confirm_wide '
            'confirm_off_asker_id'),
        ('activation', 'UPDATE', 'by_default plan_needed trial_included terms_name terms_version'),
        ('api', 'UPDATE', 'name prefix token_path audience token_seconds algorithm credential backing upstream state'),
        ('api_collection', 'UPDATE', 'path versions methods'),
        ('application', 'UPDATE', 'name maker description redirect_uris scopes state rate_requests rate_seconds pushed_only pkce_optional '
            'post_logout_redirect_uris backchannel_logout_uri backchannel_logout_session_required id_token_alg userinfo_alg subject_type'),
        ('auth_failure', 'UPDATE', 'failures last_at'),
        ('authorization_code', 'UPDATE', 'used_at'),
        ('authorization_request', 'UPDATE', 'spent_at opened_at'),
        ('change_history', 'INSERT', 'account_id id at application_id application_name client_id key_name holder_id user_id token_jti method '
            'collection_id collection record_id external_references version request_id before_digest after_digest person_digest '
            'address_digest frozen frozen_digest'),
        ('client', 'UPDATE', 'name description holder_id scopes grant_types state generation not_before expires_at office secrets_made '
            'rate_requests rate_seconds asker_id confirmer_id addresses'),
        ('client_secret', 'UPDATE', 'not_after successor successor_uses'),
        ('client_secret_use', 'UPDATE', 'uses last_at last_address'),
        ('collection', 'INSERT', 'name singular required'),
        ('collection', 'UPDATE', 'singular required state'),
        ('family', 'UPDATE', 'state reason'),
        ('grant', 'UPDATE', 'scopes state'),
        ('history_checkpoint', 'INSERT', 'log_id size note'),
        ('history_export', 'INSERT', 'account_id nonce'),
        ('history_leaf', 'INSERT', 'account_id account_seq log_id leaf_index history_id at leaf'),
        ('history_log', 'UPDATE', 'size roots epoch sealed_xid sealed_id'),
        ('lifetime', 'UPDATE', 'seconds'),
        ('link', 'UPDATE', 'template_account_id template_id template_version state'),
        ('link_request', 'UPDATE', 'asked_at'),
        ('logout_token', 'UPDATE', 'lease due_at attempts'),
        ('mail', 'UPDATE', 'sealed state attempts due_at lease ended_at detail'),
        ('member', 'UPDATE', 'role permissions state'),
        ('node', 'UPDATE', 'seen_at applied'),
        ('office_access', 'UPDATE', 'allowed'),
        ('password_link', 'UPDATE', 'digest expires_at mailed'),
        ('rate_count', 'UPDATE', 'period requests until'),
        ('record', 'UPDATE', 'version history_id changed_at document external_references'),
        ('refresh_token', 'UPDATE', 'used_at spent_at successor successor_sealed'),
        ('revocation', 'UPDATE', 'until'),
        ('session', 'UPDATE', 'digest created_at seen_at methods address program'),
        ('signing_key', 'UPDATE', 'state sealed active_at retiring_at forget_at'),
        ('totp', 'UPDATE', 'sealed step'),
        ('user', 'UPDATE', 'email name state password_hash second_factor generation email_verified'),
        ('webhook', 'UPDATE', 'name url kinds collections documents state reason signing sealed old_sealed old_until'),
        ('webhook_event', 'UPDATE', 'due_at lease attempts'),
        ('webhook_health', 'UPDATE', 'failing_since failures hold_until'),
        ('witness', 'INSERT', 'verifier'),
        ('witness', 'UPDATE', 'state')$$,
    'rights on columns');
SELECT is_empty(
    $$SELECT c.oid::regclass, acl.* FROM pg_class AS c, aclexplode(c.relacl) AS acl
        WHERE c.relnamespace = 'hallmark'::regnamespace AND acl.grantee NOT IN (c.relowner, 'hallmark_server'::regrole)$$,
    'nobody else has a right on a table or sequence');
SELECT is_empty(
    $$SELECT c.oid::regclass, acl.* FROM pg_class AS c, aclexplode(c.relacl) AS acl
        WHERE c.relnamespace = 'hallmark'::regnamespace AND c.relispartition AND acl.grantee <> c.relowner$$,
    'partitions are reached through their parent only');
SELECT results_eq(
    $$SELECT c.relname::text COLLATE "default", string_agg(acl.privilege_type, ' ' ORDER BY acl.privilege_type) FROM pg_class AS c, aclexplode(c.relacl) AS acl
        WHERE c.relnamespace = 'hallmark'::regnamespace AND c.relkind = 'S' AND acl.grantee = 'hallmark_server'::regrole
        GROUP BY c.relname ORDER BY c.relname COLLATE "C"$$,
    $$VALUES ('history_id_seq', 'USAGE'), ('record_id_seq', 'USAGE')$$,
    'numbers are drawn, never set, and those of policy changes by the database alone');

-- Functions.
SELECT is_empty(
    $$SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'hallmark'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')$$,
    'nobody else runs a function');
SELECT results_eq(
    $$SELECT proname::text COLLATE "default" FROM pg_proc WHERE pronamespace = 'hallmark'::regnamespace
        AND has_function_privilege('hallmark_server', oid, 'EXECUTE') ORDER BY proname COLLATE "C"$$,
    $$VALUES ('access_shut'), ('act'), ('acting_people'), ('address_blocks'), ('administrative_words'), ('archive_next'), ('archive_summary'), ('archive_told'), ('changed_members'),
        ('checkpoint_newest'), ('client_id_account'), ('description_ok'), ('family_shut'), ('grant_generation'), ('grant_last_used'), ('grant_life'), ('history_collection'), ('history_default_rows'), ('history_facts'), ('history_frozen'),
        ('history_held'), ('history_lost'), ('history_noun'), ('history_partitions_make'), ('history_reads_drop'), ('holder_permissions'), ('key_is_wide'),
        ('key_may_be_made'), ('lifetime_of'), ('member_generation'), ('microseconds'), ('moment'), ('name_ok'), ('oldest_transaction'), ('password_digest'), ('permissions_of'),
        ('place_id'), ('place_name'), ('place_text'), ('record_after'), ('record_order_value'), ('record_refer_anew'),
        ('record_with_references'), ('refuse'), ('request_open_time'), ('scopes_identity'), ('scopes_lost'), ('scopes_ok'), ('scopes_sorted'), ('scopes_text'), ('secrets_shown'),
        ('session_lives'), ('version_is'), ('webhook_kind'), ('webhook_post'), ('within'), ('witness_key_ok')$$,
    'the functions that the server runs');
SELECT is_empty(
    $$SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'hallmark'::regnamespace AND prosecdef
        AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
    'a function with its owner''s rights looks nowhere but in pg_catalog');

-- What is planned anew by each statement that calls it (LANGUAGE sql, with a query inside) stays off the ways that every request goes.
SELECT results_eq(
    $$SELECT proname::text COLLATE "default" FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
        WHERE pronamespace = 'hallmark'::regnamespace AND lanname = 'sql' AND has_function_privilege('hallmark_server', pg_proc.oid, 'EXECUTE')
            AND pg_get_functiondef(pg_proc.oid) ~ '\mSELECT\M' ORDER BY proname COLLATE "C"$$,
    $$VALUES ('acting_people'), ('archive_next'), ('archive_summary'), ('archive_told'), ('changed_members'), ('checkpoint_newest'), ('client_id_account'),
        ('grant_last_used'), ('history_collection'), ('oldest_transaction'), ('record_with_references'), ('scopes_lost'), ('scopes_ok'), ('secrets_shown')$$,
    'functions that are planned at every call');

SELECT * FROM finish();
ROLLBACK;
