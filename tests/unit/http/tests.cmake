# SPDX-License-Identifier: Apache-2.0
set(loopback support/loopback.c support/fake_db.c)
hallmark_unit_test(http bind)
hallmark_unit_test(http call EXTRA ${loopback})
hallmark_unit_test(http head_check)
hallmark_unit_test(http refusal EXTRA ${loopback})
target_compile_definitions(test_http_refusal PRIVATE GOLDEN="${CMAKE_SOURCE_DIR}/tests/golden")
hallmark_unit_test(http reply EXTRA ${loopback})
hallmark_unit_test(http request_log EXTRA ${loopback})
hallmark_unit_test(http route EXTRA ${loopback} support/policy_case.c)
target_link_options(test_http_route PRIVATE -Wl,--wrap=feed_age_ms) # the feed's age is the test's to say
hallmark_unit_test(http server EXTRA support/fake_db.c)
hallmark_unit_test(http tls)
hallmark_unit_test(http worker EXTRA ${loopback})

# What tests/e2e/test_http_edge.py and test_http_life.py talk to.
add_executable(edge_server support/edge_server.c support/fake_db.c)
target_link_libraries(edge_server PRIVATE hallmark_http PkgConfig::CMOCKA)
