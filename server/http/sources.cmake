# SPDX-License-Identifier: Apache-2.0
hallmark_room(http SOURCES
  admission.c
  bearer_token.c
  bind.c
  call.c
  drain.c
  edge_answer.c
  head_check.c
  listener.c
  principal_search.c
  refusal.c
  reply.c
  request_log.c
  route.c
  server.c
  settle.c
  tls.c
  work_pool.c
  worker.c
)
