# SPDX-License-Identifier: Apache-2.0
hallmark_room(mail SOURCES
  mail_message.c
  mail_sender.c
  mailbox.c
  relay.c
  relay_verdict.c
)
