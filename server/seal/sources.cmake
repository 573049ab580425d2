# SPDX-License-Identifier: Apache-2.0
hallmark_room(seal SOURCES
  checkpoint.c
  leaf.c
  merkle.c
  note.c
)
