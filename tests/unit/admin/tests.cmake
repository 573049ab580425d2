# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(admin operation)
