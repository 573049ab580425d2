# SPDX-License-Identifier: Apache-2.0
hallmark_room(endpoint SOURCES
  authentication.c
  endpoint_table.c
  health.c
  introspect.c
  introspect_answer.c
  jwks.c
  key_check.c
  key_format.c
  leaks.c
  metadata.c
  metrics.c
  problem.c
  process.c
  revoke.c
  token.c
  userinfo.c
)
