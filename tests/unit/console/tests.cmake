# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(console escape)
hallmark_unit_test(console language)
hallmark_unit_test(console page)
