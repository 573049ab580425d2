# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(history change_text)
hallmark_unit_test(history changes_cursor)
hallmark_unit_test(history difference)
hallmark_unit_test(history moment)
hallmark_unit_test(history sentence)

hallmark_gateway_test(history history)
hallmark_gateway_test(history changes)
