# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(app remote_key)
hallmark_unit_test(app remote_match)
