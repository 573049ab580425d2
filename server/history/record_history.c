/* SPDX-License-Identifier: Apache-2.0 */
#include "history/history.h"
#include "history/history_page.h"
#include "history/history_query.h"

/* Whoever reads a record's history sees all its values, so both rights are needed. The record itself may be gone: its
 * history stays. */
const struct action history_of_record_action = {RIGHT_READ | RIGHT_HISTORY, history_query_read, history_page_start};
