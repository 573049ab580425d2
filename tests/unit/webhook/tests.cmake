# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(webhook signature)
hallmark_unit_test(webhook target)
hallmark_unit_test(webhook verdict)
hallmark_unit_test(webhook webhook_event)
