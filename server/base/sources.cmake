# SPDX-License-Identifier: Apache-2.0
hallmark_room(base SOURCES
  address.c
  cache.c
  calendar.c
  clock.c
  codec.c
  credential.c
  err.c
  form.c
  json.c
  json_lexeme.c
  layer.c
  log.c
  log_writer.c
  member.c
  preference.c
  redirect_uri.c
  scope.c
  secret.c
  siphash.c
  slice.c
  text.c
  uri.c
)
