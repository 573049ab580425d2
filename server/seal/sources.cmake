# SPDX-License-Identifier: Apache-2.0
hallmark_room(seal SOURCES
  batch.c
  checkpoint.c
  cosignature.c
  export_check.c
  export_closing.c
  export_erasure.c
  export_fact.c
  export_gap.c
  frozen.c
  growth.c
  leaf.c
  merkle.c
  node_set.c
  note.c
  seal_log.c
  seal_status.c
  tile_path.c
  tile_reader.c
)
