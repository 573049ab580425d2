/* SPDX-License-Identifier: Apache-2.0 */
/* How sealing goes, for /metrics: written by the sequencer's thread, read by any other. */
#ifndef HALLMARK_SEAL_SEAL_STATUS_H
#define HALLMARK_SEAL_SEAL_STATUS_H

#include <stdatomic.h>
#include <stdint.h>

/* Why nothing is sealed although it should be. */
enum seal_alarm {
    SEAL_ALARM_NONE,
    SEAL_ALARM_ALTERED,   /* a change is not what was written */
    SEAL_ALARM_RESTORED,  /* the database came into another cluster: its owner has to begin an epoch (hallmark migrate)
                           */
    SEAL_ALARM_BEHIND,    /* the log is shorter than what was published: an older backup was restored */
    SEAL_ALARM_FORKED,    /* the log is another than what was published */
    SEAL_ALARM_NO_HEAD,   /* there is a log, and nothing tells what was published of it */
    SEAL_ALARM_UNWRITTEN, /* the published head cannot be written to its file */
    SEAL_ALARM__MAX,
};

struct seal_status {
    atomic_bool is_on;     /* this node takes part in sealing */
    atomic_bool is_sealer; /* and is the one that does it */
    _Atomic int64_t size;
    _Atomic int64_t oldest_us; /* when the oldest change without a place was made; 0: there is none */
    _Atomic int64_t holder_us; /* when the oldest transaction in the cluster began; 0: there is none */
    _Atomic int alarm;
};

/* The one of the process. */
extern struct seal_status seal_status;

/* A lower-case word, for labels and logs; and what an operator is to do, in a sentence without anything to escape. */
const char *seal_alarm_word(enum seal_alarm alarm);
const char *seal_alarm_hint(enum seal_alarm alarm);

#endif
