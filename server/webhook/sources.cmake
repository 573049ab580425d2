# SPDX-License-Identifier: Apache-2.0
hallmark_room(webhook SOURCES
  logout_outbox.c
  outbox.c
  outbox_sender.c
  signature.c
  target.c
  transfer.c
  verdict.c
  webhook_event.c
  webhook_outbox.c
)
