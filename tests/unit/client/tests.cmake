# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(client client)
hallmark_unit_test(client client_auth)
hallmark_unit_test(client client_book EXTRA unit/client/late_store.c)
hallmark_unit_test(client client_book_race EXTRA unit/client/late_store.c)
hallmark_unit_test(client link_book EXTRA support/fake_db.c)
hallmark_unit_test(client penalty EXTRA support/fake_db.c)
hallmark_unit_test(client policy EXTRA support/policy_case.c)
hallmark_unit_test(client policy_revocations)
