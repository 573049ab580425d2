# SPDX-License-Identifier: Apache-2.0
# The SQL that is built into the binary, every file by name. Sets HALLMARK_EMBEDDED_SQL, to stand among the sources of server/store.
# The folders are dependencies too: a file that is added or taken away without this list is an error at the next build.
set(HALLMARK_MIGRATIONS
  0001_schema
  0002_words
  0003_accounts
  0004_clients
  0005_offices
  0006_signing_keys
  0007_apis
  0008_records
  0009_history
  0010_history_forever
  0011_policy_feed
  0012_idempotency
  0013_auth_failures
  0014_webhooks
  0015_administrative_history
)
set(HALLMARK_QUERIES
  account_create
  account_list
  account_set
  account_set_webhooks
  account_show
  actor_set
  api_all
  api_create
  api_list
  api_show
  application_create
  application_list
  application_set
  application_show
  auth_failure_expire
  auth_failure_list
  auth_failure_save
  backend_end
  client_create
  client_find
  client_list
  client_secret_expire
  client_secret_replace
  client_set_state
  client_show
  collection_all
  collection_create
  collection_list
  collection_show
  feed_bounds
  feed_read
  history_list
  history_partitions_make
  idempotency_expire
  idempotency_find
  member_list
  member_permissions
  member_set
  migration_latest
  migration_list
  migration_lock
  node_beat
  node_expire
  node_leave
  nodes_behind
  policy_change_expire
  policy_change_last
  record_create
  record_delete
  record_find
  record_list
  record_list_ordered
  record_replace
  revocation_expire
  revocation_list
  signing_key_add
  signing_key_ages
  signing_key_all
  signing_key_forget
  signing_key_list
  signing_key_promote
  signing_key_reseal
  signing_key_sealed
  signing_key_withdraw
  user_create
  user_list
  user_set_state
  user_show
  webhook_create
  webhook_delete
  webhook_deliveries
  webhook_expire
  webhook_lease
  webhook_list
  webhook_record
  webhook_redeliver
  webhook_release
  webhook_reseal
  webhook_rotate
  webhook_sealed
  webhook_set_state
  webhook_signing
  webhook_test
  write_find
)
list(TRANSFORM HALLMARK_MIGRATIONS REPLACE "(.+)" "migrations/\\1.sql" OUTPUT_VARIABLE HALLMARK_SQL_FILES)
list(TRANSFORM HALLMARK_QUERIES REPLACE "(.+)" "queries/\\1.sql" OUTPUT_VARIABLE HALLMARK_QUERY_FILES)
list(APPEND HALLMARK_SQL_FILES ${HALLMARK_QUERY_FILES})
list(TRANSFORM HALLMARK_SQL_FILES PREPEND ${CMAKE_SOURCE_DIR}/schema/ OUTPUT_VARIABLE HALLMARK_SQL_PATHS)

set(HALLMARK_EMBEDDED_SQL
  ${CMAKE_BINARY_DIR}/generated/statement_table.inc
  ${CMAKE_BINARY_DIR}/generated/statement_text.inc
  ${CMAKE_BINARY_DIR}/generated/migrations.inc
)
add_custom_command(
  OUTPUT ${HALLMARK_EMBEDDED_SQL}
  COMMAND ${CMAKE_SOURCE_DIR}/scripts/embed-sql build ${CMAKE_SOURCE_DIR}/schema ${CMAKE_BINARY_DIR}/generated ${HALLMARK_SQL_FILES}
  DEPENDS ${CMAKE_SOURCE_DIR}/scripts/embed-sql ${CMAKE_SOURCE_DIR}/schema/migrations ${CMAKE_SOURCE_DIR}/schema/queries ${HALLMARK_SQL_PATHS}
  COMMENT "Embedding the SQL of schema/"
  VERBATIM
)
