# SPDX-License-Identifier: Apache-2.0
# The pages: templates, texts and sheet become C, and a fault in any of them fails the build.
set(HALLMARK_PAGES ${CMAKE_BINARY_DIR}/generated/page_words.h ${CMAKE_BINARY_DIR}/generated/page_functions.h
                    ${CMAKE_BINARY_DIR}/generated/pages.inc)
file(GLOB page_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/templates/*.html ${CMAKE_CURRENT_LIST_DIR}/templates/*.txt
     ${CMAKE_CURRENT_LIST_DIR}/texts/*.po)
add_custom_command(
  OUTPUT ${HALLMARK_PAGES}
  COMMAND ${CMAKE_SOURCE_DIR}/scripts/compile-templates ${CMAKE_CURRENT_LIST_DIR}/templates ${CMAKE_CURRENT_LIST_DIR}/texts
          ${CMAKE_CURRENT_LIST_DIR}/page.css ${CMAKE_CURRENT_LIST_DIR}/page.js ${CMAKE_BINARY_DIR}/generated
  DEPENDS ${CMAKE_SOURCE_DIR}/scripts/compile-templates ${CMAKE_CURRENT_LIST_DIR}/templates ${CMAKE_CURRENT_LIST_DIR}/texts ${page_sources}
          ${CMAKE_CURRENT_LIST_DIR}/page.css ${CMAKE_CURRENT_LIST_DIR}/page.js
  COMMENT "Compiling the pages of server/console/"
  VERBATIM
)
hallmark_room(console SOURCES
  ${HALLMARK_PAGES}
  applications.c
  console.c
  cookie.c
  end_session.c
  escape.c
  forgotten.c
  guess.c
  hash_job.c
  language.c
  login.c
  login_code.c
  page.c
  password.c
  password_change.c
  program.c
  qr.c
  scope_face.c
  second_factor.c
  sessions.c
  visit.c
)
