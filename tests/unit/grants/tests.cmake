# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(grants client_credentials EXTRA support/policy_case.c)
hallmark_unit_test(grants grant_account EXTRA support/policy_case.c)
hallmark_unit_test(grants grant_audience EXTRA support/policy_case.c)
hallmark_unit_test(grants grant_scope)
hallmark_unit_test(grants grant_table)
hallmark_unit_test(grants grant_target EXTRA support/policy_case.c)
hallmark_unit_test(grants pkce)
