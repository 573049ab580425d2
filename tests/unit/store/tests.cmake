# SPDX-License-Identifier: Apache-2.0
# The lanes are tested with statements of their own (tests/unit/store/statements), which do on purpose what ours never do: hence these
# files of the room once more, with those statements in place of schema/queries.
set(STORE_CORE db db_connection db_conninfo db_lane db_parameters db_pipeline db_result db_result_kind statement)
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
hallmark_lane_test(db_conninfo)
hallmark_lane_test(db_lane)
hallmark_lane_test(db_parameters)
