# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(console escape)
hallmark_unit_test(console language)
hallmark_unit_test(console page)
hallmark_unit_test(console program)
hallmark_unit_test(console hash_job EXTRA support/loopback.c support/fake_db.c)
