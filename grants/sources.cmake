# SPDX-License-Identifier: Apache-2.0
hallmark_room(grants SOURCES
  client_credentials.c
  grant_account.c
  grant_scope.c
  grant_target.c
  grant_table.c
)
