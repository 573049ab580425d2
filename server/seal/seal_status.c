/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/seal_status.h"

#include <assert.h>

struct seal_status seal_status;

const char *seal_alarm_word(enum seal_alarm alarm)
{
    static const char *const words[SEAL_ALARM__MAX] = {
        [SEAL_ALARM_NONE] = "none",           [SEAL_ALARM_ALTERED] = "altered", [SEAL_ALARM_RESTORED] = "restored",
        [SEAL_ALARM_BEHIND] = "behind",       [SEAL_ALARM_FORKED] = "forked",   [SEAL_ALARM_NO_HEAD] = "no_head",
        [SEAL_ALARM_UNWRITTEN] = "unwritten",
    };
    assert(alarm < SEAL_ALARM__MAX);
    return words[alarm];
}
