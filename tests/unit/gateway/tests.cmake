# SPDX-License-Identifier: Apache-2.0
# What tests/e2e/test_filter.py asks.
add_executable(filter_text support/filter_text.c)
target_link_libraries(filter_text PRIVATE hallmark_gateway)

hallmark_unit_test(gateway body)
hallmark_unit_test(gateway filter)
hallmark_unit_test(gateway filter_date)
hallmark_unit_test(gateway filter_token)
hallmark_unit_test(gateway order)
hallmark_unit_test(gateway right)
hallmark_unit_test(gateway target)
hallmark_unit_test(gateway contract)
hallmark_unit_test(gateway page)
hallmark_unit_test(gateway request)

# Whole requests, with a database that answers what the test says.
function(hallmark_gateway_test room file)
  hallmark_unit_test(${room} ${file} EXTRA support/gateway_case.c support/loopback.c support/fake_db.c)
  target_link_libraries(test_${room}_${file} PRIVATE hallmark_history)
endfunction()

hallmark_gateway_test(gateway bearer)
hallmark_gateway_test(gateway gateway)
hallmark_gateway_test(gateway admission)
hallmark_gateway_test(gateway office)
hallmark_gateway_test(gateway person)
hallmark_gateway_test(gateway whoami)
hallmark_gateway_test(gateway record_get)
hallmark_gateway_test(gateway record_list)
hallmark_gateway_test(gateway record_write)
