# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(seal batch)
hallmark_unit_test(seal checkpoint)
hallmark_unit_test(seal export_closing)
hallmark_unit_test(seal frozen)
hallmark_unit_test(seal leaf)
hallmark_unit_test(seal merkle)
hallmark_unit_test(seal note)
hallmark_unit_test(seal tile_path)
