# SPDX-License-Identifier: Apache-2.0
hallmark_room(authorize SOURCES
  answer.c
  authorize.c
  check_table.c
  choice.c
  claims.c
  consent.c
  consent_page.c
  parameters.c
  person.c
  pushed.c
)
