# SPDX-License-Identifier: Apache-2.0
hallmark_room(token SOURCES
  access_token.c
  ecdsa.c
  id_token.c
  id_token_hint.c
  jwk.c
  jws.c
  jws_contexts.c
  jws_header.c
  key_make.c
  key_seal.c
  key_set.c
  logout_token.c
  public_key.c
  seal.c
  subject.c
  ticket.c
  token_algorithm.c
)
