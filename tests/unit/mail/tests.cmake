# SPDX-License-Identifier: Apache-2.0
hallmark_unit_test(mail mail_message)
hallmark_unit_test(mail mailbox)
hallmark_unit_test(mail relay)
hallmark_unit_test(mail relay_verdict)
