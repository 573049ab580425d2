# SPDX-License-Identifier: Apache-2.0
hallmark_room(history SOURCES
  change_text.c
  changes.c
  changes_cursor.c
  changes_wait.c
  checkpoint_endpoint.c
  consistency_endpoint.c
  difference.c
  history.c
  history_ask.c
  history_page.c
  history_query.c
  moment.c
  proof_endpoint.c
  record_history.c
  sentence.c
  tile_endpoint.c)

# Paths of histories lie under the prefixes of apis, so the gateway's dispatch names the actions of this room; this room stands on the
# gateway's contract. Each file knows only files before it, but the two libraries need one another at the last link.
target_link_libraries(hallmark_gateway PUBLIC hallmark_history)
