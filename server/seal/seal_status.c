/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/seal_status.h"

#include <assert.h>

struct seal_status seal_status;

static const struct {
    const char *word, *hint;
} alarms[SEAL_ALARM__MAX] = {
    [SEAL_ALARM_NONE] = {"none", ""},
    [SEAL_ALARM_ALTERED] = {"altered", "the change named here is not what was written: somebody has altered the table; "
                                       "keep everything as it is and look who could"},
    [SEAL_ALARM_RESTORED] = {"restored", "the database was restored into another cluster: run hallmark migrate as its "
                                         "owner before anything is written"},
    [SEAL_ALARM_BEHIND] = {"behind", "the log is shorter than what was published: an older backup was restored; "
                                     "restore a newer one, or tell the auditors before you begin anew"},
    [SEAL_ALARM_FORKED] = {"forked", "the log is not the one that was published: somebody has made it anew; keep "
                                     "everything as it is"},
    [SEAL_ALARM_NO_HEAD] = {"no_head", "there is a log, and the checkpoint file is missing: put the newest checkpoint "
                                       "there that you trust (hallmark checkpoint show prints the database's)"},
    [SEAL_ALARM_UNWRITTEN] = {"unwritten", "the checkpoint file cannot be written: look at its folder's rights and "
                                           "room"},
};

const char *seal_alarm_word(enum seal_alarm alarm)
{
    assert(alarm < SEAL_ALARM__MAX);
    return alarms[alarm].word;
}

const char *seal_alarm_hint(enum seal_alarm alarm)
{
    assert(alarm < SEAL_ALARM__MAX);
    return alarms[alarm].hint;
}
