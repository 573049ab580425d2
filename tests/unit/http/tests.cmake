# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(http head_check)
hallmark_unit_test(http route EXTRA support/loopback.c support/fake_db.c support/policy_case.c)

# What tests/e2e/test_http_edge.py and test_http_life.py talk to.
add_executable(edge_server support/edge_server.c)
target_link_libraries(edge_server PRIVATE hallmark_http)
