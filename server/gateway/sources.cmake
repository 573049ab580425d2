# SPDX-License-Identifier: Apache-2.0
hallmark_room(gateway SOURCES
  accounts.c
  ask.c
  bearer.c
  body.c
  contract.c
  filter.c
  filter_date.c
  filter_jsonpath.c
  filter_token.c
  gateway.c
  order.c
  page.c
  read_note.c
  record_get.c
  record_list.c
  record_write.c
  request.c
  right.c
  target.c
  whoami.c)
