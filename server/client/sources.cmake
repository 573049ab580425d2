# SPDX-License-Identifier: Apache-2.0
hallmark_room(client SOURCES
  access.c
  claims.c
  client.c
  client_auth.c
  client_book.c
  history_reads.c
  link_book.c
  member_book.c
  password.c
  password_link.c
  penalty.c
  person_claims.c
  policy.c
  policy_revocations.c
  policy_source.c
  principal.c
  rate.c
  rate_exchange.c
  right.c
  totp.c
  totp_factor.c
  secret_use.c
)
