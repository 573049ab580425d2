# SPDX-License-Identifier: Apache-2.0
set(ENDPOINT_BED unit/endpoint/bed.c support/loopback.c support/fake_db.c support/policy_case.c)
function(hallmark_endpoint_test file)
  hallmark_unit_test(endpoint ${file} EXTRA ${ENDPOINT_BED})
endfunction()

hallmark_endpoint_test(token)
hallmark_endpoint_test(token_issue)
hallmark_endpoint_test(token_wait)
hallmark_endpoint_test(metadata)
target_compile_definitions(test_endpoint_metadata PRIVATE GOLDEN_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}/golden")
hallmark_endpoint_test(jwks)
hallmark_endpoint_test(health)
target_link_options(test_endpoint_health PRIVATE -Wl,--wrap=feed_age_ms)
