/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of absolute URIs that are configured or sent: issuer, resource indicators, audiences. */
#ifndef HALLMARK_BASE_URI_H
#define HALLMARK_BASE_URI_H

#include "base/slice.h"

/* An absolute URI without fragment, printable ASCII, with a scheme and something behind it (RFC 8707 section 2). */
bool uri_is_resource(h2o_iovec_t uri);

/* An issuer (RFC 8414 section 2): https (http only for a loopback host), lower-case host, no query, no fragment, no
 * user info, and by our own choice no path and no trailing slash. */
bool uri_is_issuer(h2o_iovec_t uri);

/* A path as we route it: starts with '/', only unreserved characters, sub-delims, ':', '@' and '/'; no "//" , no "/./"
 * or "/../", no '%', no ';', no backslash. Such a path is its own normal form, so what is matched is what was sent. */
bool uri_path_is_plain(h2o_iovec_t path);

#endif
