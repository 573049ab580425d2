# SPDX-License-Identifier: Apache-2.0
hallmark_room(webhook SOURCES
  signature.c
  target.c
  transfer.c
  verdict.c
  webhook_event.c
  webhook_sender.c
)
