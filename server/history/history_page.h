/* SPDX-License-Identifier: Apache-2.0 */
/* A page of the history: {"changes":[...],"next_page_token":"..."}, with the address of the next page in a Link header
 * too. The last page says with "archived" how far the account's history was archived. */
#ifndef HALLMARK_HISTORY_HISTORY_PAGE_H
#define HALLMARK_HISTORY_HISTORY_PAGE_H

#include "gateway/ask.h"

/* Stage RECORD: asks for what history_query_read has read, and answers. A record of which there is no change is not
 * found. */
contract_check history_page_start;

#endif
