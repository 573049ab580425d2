# SPDX-License-Identifier: Apache-2.0
include(${CMAKE_SOURCE_DIR}/schema/embed.cmake)
hallmark_room(store SOURCES
  ${HALLMARK_EMBEDDED_SQL}
  db.c
  db_connection.c
  db_conninfo.c
  db_lane.c
  db_parameters.c
  db_pipeline.c
  db_result.c
  db_result_kind.c
  db_sync.c
  feed.c
  row.c
  statement.c
  store_actor.c
  store_changes.c
  store_client.c
  store_history.c
  store_link.c
  store_member.c
  store_policy.c
  store_proof.c
  store_record.c
  store_record_write.c
  store_webhook.c
)
