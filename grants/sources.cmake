# SPDX-License-Identifier: Apache-2.0
hallmark_room(grants SOURCES
  client_credentials.c
  grant_account.c
  grant_audience.c
  grant_code.c
  grant_identity.c
  grant_mint.c
  grant_person.c
  grant_refresh.c
  grant_scope.c
  grant_target.c
  pkce.c
  grant_table.c
)
