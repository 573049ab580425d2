# SPDX-License-Identifier: Apache-2.0
# The lanes are tested with statements of their own (tests/unit/store/statements), which do on purpose what ours never do: hence these
# files of the room once more, with those statements in place of schema/queries.
set(STORE_CORE db db_connection db_conninfo db_lane db_parameters db_pipeline db_result db_result_kind db_sync statement)
list(TRANSFORM STORE_CORE REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/server/store/\\1.c" OUTPUT_VARIABLE STORE_CORE_SOURCES)
add_library(store_on_test_statements OBJECT EXCLUDE_FROM_ALL
  ${STORE_CORE_SOURCES}
  ${CMAKE_CURRENT_LIST_DIR}/bed.c
  ${CMAKE_CURRENT_SOURCE_DIR}/support/database.c
  ${CMAKE_CURRENT_SOURCE_DIR}/support/relay.c
)
target_include_directories(store_on_test_statements BEFORE PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/statements ${CMAKE_CURRENT_SOURCE_DIR}/support)
target_link_libraries(store_on_test_statements PRIVATE hallmark_options PkgConfig::CMOCKA)

function(hallmark_lane_test file)
  hallmark_unit_test(store ${file} EXTRA $<TARGET_OBJECTS:store_on_test_statements>)
  target_include_directories(test_store_${file} BEFORE PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/store/statements)
endfunction()

hallmark_lane_test(db)
hallmark_lane_test(db_connection)
hallmark_lane_test(db_conninfo)
hallmark_lane_test(db_lane)
hallmark_lane_test(db_parameters)
hallmark_lane_test(db_result)
hallmark_lane_test(db_sync)

# With the statements of schema/queries: on a real database, or above one that answers what the test says.
set(STORE_DATABASE ${CMAKE_CURRENT_SOURCE_DIR}/support/database.c ${CMAKE_CURRENT_SOURCE_DIR}/support/relay.c)
set(STORE_FAKE ${CMAKE_CURRENT_SOURCE_DIR}/support/fake_db.c)
hallmark_unit_test(store feed EXTRA ${STORE_DATABASE})
hallmark_unit_test(store row EXTRA ${STORE_DATABASE})
hallmark_unit_test(store statement EXTRA ${STORE_DATABASE})
hallmark_unit_test(store store_actor)
hallmark_unit_test(store store_client EXTRA ${STORE_FAKE})
hallmark_unit_test(store store_history EXTRA ${STORE_FAKE})
hallmark_unit_test(store store_policy EXTRA ${STORE_FAKE})
hallmark_unit_test(store store_record EXTRA ${STORE_FAKE})
hallmark_unit_test(store store_record_database EXTRA ${STORE_DATABASE})
hallmark_unit_test(store store_record_write EXTRA ${STORE_FAKE})
