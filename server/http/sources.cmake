# SPDX-License-Identifier: Apache-2.0
hallmark_room(http SOURCES
  call.c
  edge_answer.c
  head_check.c
  refusal.c
  reply.c
  request_log.c
  route.c
  worker.c
)
