# SPDX-License-Identifier: Apache-2.0
hallmark_room(admin SOURCES
  admin.c
  answer.c
  answer_refuse.c
  asked.c
  asked_add.c
  asked_member.c
  key_work.c
  openapi.c
  openapi_gateway.c
  operation.c
  operation_table.c
)
