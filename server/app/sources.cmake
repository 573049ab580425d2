# SPDX-License-Identifier: Apache-2.0
hallmark_room(app SOURCES
  actor.c
  admin.c
  admin_table.c
  checkpoint_command.c
  checkpoint_journal.c
  checkpoint_post.c
  checkpoint_publish_command.c
  command.c
  command_rows_accounts.c
  command_rows_history.c
  command_rows_offices.c
  command_rows_operation.c
  command_rows_program.c
  command_table.c
  configuration.c
  cosignature_command.c
  durable.c
  erase_command.c
  export_bounds.c
  export_file.c
  export_source.c
  help.c
  history_archive_command.c
  history_export_command.c
  history_verify_command.c
  housekeeping.c
  key_command.c
  key_rotation.c
  link_command.c
  manual_command.c
  migrate.c
  option.c
  password_command.c
  policy_spread.c
  print.c
  published_head.c
  reseal_command.c
  sequencer.c
  serve.c
  signing_key_command.c
  verifier_words.c
  webhook_command.c
)
add_executable(hallmark ${CMAKE_CURRENT_LIST_DIR}/main.c)
target_link_libraries(hallmark PRIVATE hallmark_app)
