/* SPDX-License-Identifier: Apache-2.0 */
/* Every refusal of the server, one row each: the enum, the word on the wire, the status, and a text that says what was
 * wrong and how to mend it. Who answers may add a more exact `detail`; nobody invents a code or a status elsewhere. */
#ifndef HALLMARK_BASE_ERR_H
#define HALLMARK_BASE_ERR_H

#include "base/slice.h"

/* ROW(name, "code", status, "text") */
#define ERR_TABLE(ROW)                                                                                                 \
    /* OAuth endpoints, RFC 6749 section 5.2 and RFC 8707 section 2 */                                                 \
    ROW(INVALID_REQUEST, "invalid_request", 400,                                                                       \
        "The request is malformed: a parameter is missing, repeated or not well formed.")                              \
    ROW(INVALID_CLIENT, "invalid_client", 401,                                                                         \
        "Client authentication failed: check the key, its secret and how they are sent.")                              \
    ROW(INVALID_GRANT, "invalid_grant", 400,                                                                           \
        "The grant is not valid: it is unknown, expired, used, or belongs to another client.")                         \
    ROW(UNAUTHORIZED_CLIENT, "unauthorized_client", 400, "This client may not use this grant type.")                   \
    ROW(UNSUPPORTED_GRANT_TYPE, "unsupported_grant_type", 400,                                                         \
        "This grant type is not offered here; the metadata lists those that are.")                                     \
    ROW(INVALID_SCOPE, "invalid_scope", 400,                                                                           \
        "A requested scope is malformed, unknown, or not among the rights of this key.")                               \
    ROW(INVALID_TARGET, "invalid_target", 400,                                                                         \
        "The requested resource is not one that this server issues tokens for.")                                       \
    /* authorization endpoint, RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6, RFC 9126, and OpenID     \
     * Connect Core Error Code unmet_authentication_requirements 1.0 */                                                \
    ROW(ACCESS_DENIED, "access_denied", 400, "The person refused.")                                                    \
    ROW(UNSUPPORTED_RESPONSE_TYPE, "unsupported_response_type", 400, "The only response_type here is code.")           \
    ROW(LOGIN_REQUIRED, "login_required", 400, "The person has to log in, and prompt=none forbids to ask.")            \
    ROW(CONSENT_REQUIRED, "consent_required", 400, "The person has to consent, and prompt=none forbids to ask.")       \
    ROW(ACCOUNT_SELECTION_REQUIRED, "account_selection_required", 400,                                                 \
        "The person has to choose an account, and prompt=none forbids to ask; name one with the parameter account.")   \
    ROW(UNMET_AUTHENTICATION_REQUIREMENTS, "unmet_authentication_requirements", 400,                                   \
        "The login that the request insists on cannot be had: the metadata lists what acr can be, and people switch "  \
        "a second step on at /second-factor.")                                                                         \
    ROW(REQUEST_NOT_SUPPORTED, "request_not_supported", 400,                                                           \
        "The parameter request is not supported; push the parameters instead (RFC 9126).")                             \
    ROW(REGISTRATION_NOT_SUPPORTED, "registration_not_supported", 400,                                                 \
        "The parameter registration is not supported: applications are made here.")                                    \
    ROW(INVALID_REQUEST_URI, "invalid_request_uri", 400,                                                               \
        "This request_uri is unknown, too old, used, or another application's: push the request again.")               \
    ROW(TEMPORARILY_UNAVAILABLE, "temporarily_unavailable", 400, "The server cannot do this now; try again.")          \
    ROW(TOO_MANY_FAILURES, "too_many_failures", 429,                                                                   \
        "Too many failed attempts from this address with this key; wait and try again.")                               \
    ROW(RATE_LIMITED, "rate_limited", 429,                                                                             \
        "Too many requests: a limit of the key or of its application is used up; wait as long as Retry-After says.")   \
    /* the HTTP edge and admission, before any contract */                                                             \
    ROW(MALFORMED_HTTP, "malformed_http", 400, "The request is not well-formed HTTP/1.1.")                             \
    ROW(CONTENT_TOO_LARGE, "content_too_large", 413, "The body is larger than this server accepts.")                   \
    ROW(URI_TOO_LONG, "uri_too_long", 414, "The request target is longer than 8 KB.")                                  \
    ROW(HEAD_TOO_LARGE, "head_too_large", 431, "The header section is larger than 16 KB or has more than 64 fields.")  \
    ROW(OVERLOADED, "overloaded", 503, "The server cannot take this request now; nothing was done, try again.")        \
    ROW(POLICY_STALE, "policy_stale", 503,                                                                             \
        "The server cannot see revocations at the moment and refuses rather than guesses; try again.")                 \
    ROW(OUTCOME_UNKNOWN, "outcome_unknown", 503,                                                                       \
        "The connection to the database broke; whether the write was done is not known yet. Ask again with the same "  \
        "Idempotency-Key, or read the record's history.")                                                              \
    /* gateway: who may */                                                                                             \
    ROW(TOKEN_MISSING, "token_missing", 401, "An access token is needed: send it as Authorization: Bearer.")           \
    ROW(INVALID_TOKEN, "invalid_token", 401,                                                                           \
        "The access token is not valid now: it is malformed, expired, revoked or meant for another service. Get a "    \
        "new one.")                                                                                                    \
    ROW(TWO_CREDENTIALS, "two_credentials", 400, "The request carries more than one credential; send exactly one.")    \
    ROW(INSUFFICIENT_SCOPE, "insufficient_scope", 403, "The access token lacks a scope that this call needs.")         \
    ROW(KEY_RIGHT_MISSING, "key_right_missing", 403,                                                                   \
        "The key no longer has a right that this call needs; an account admin can give it.")                           \
    ROW(HOLDER_RIGHT_MISSING, "holder_right_missing", 403,                                                             \
        "The holder of the key lacks a permission that this call needs; an account admin can give it.")                \
    ROW(APPLICATION_RIGHT_MISSING, "application_right_missing", 403,                                                   \
        "The application no longer has a right that this call needs; who runs this server can give it.")               \
    ROW(PERSON_RIGHT_MISSING, "person_right_missing", 403,                                                             \
        "The person whom the application acts for lacks a permission that this call needs; an account admin can "      \
        "give it.")                                                                                                    \
    ROW(ADDRESS_NOT_ALLOWED, "address_not_allowed", 403,                                                               \
        "The key may not be used from this address; an account admin can allow it.")                                   \
    ROW(ACCOUNT_NEEDED, "account_needed", 403,                                                                         \
        "A token of an office key that names no client account opens nothing but the list of accounts; ask for one "   \
        "with the parameter account.")                                                                                 \
    ROW(LINK_MISSING, "link_missing", 403,                                                                             \
        "The key is not linked to this client account; an admin of the office can link it.")                           \
    ROW(LINK_ENDED, "link_ended", 403,                                                                                 \
        "The link of the key to this client account has ended; an admin of the office can make it anew.")              \
    ROW(OFFICE_OFF, "office_off", 403,                                                                                 \
        "The client account has switched this office off; an admin of the client account can let it in again.")        \
    ROW(CLIENT_ACCOUNT_CLOSED, "client_account_closed", 403, "The client account is closed.")                          \
    ROW(TEMPLATE_RIGHT_MISSING, "template_right_missing", 403,                                                         \
        "The access template of the link lacks a right that this call needs; an admin of the office can link the "     \
        "account with another one.")                                                                                   \
    ROW(API_ACCESS_OFF, "api_access_off", 403,                                                                         \
        "API access of this account is switched off; an account admin can switch it on.")                              \
    ROW(ACCESS_NOT_GRANTED, "access_not_granted", 403,                                                                 \
        "API access of this account is not granted: an account admin can ask for it, and who runs this server grants " \
        "it.")                                                                                                         \
    ROW(PLAN_MISSING, "plan_missing", 403,                                                                             \
        "The plan that this account has booked does not include API access; who runs this server can change that.")    \
    /* gateway: what was asked */                                                                                      \
    ROW(NOT_FOUND, "not_found", 404, "There is nothing at this path.")                                                 \
    ROW(RECORD_NOT_FOUND, "record_not_found", 404, "There is no such record in this account.")                         \
    ROW(ARCHIVED, "archived", 404, "It was archived: it is no longer here.")                                           \
    ROW(METHOD_NOT_ALLOWED, "method_not_allowed", 405,                                                                 \
        "This method is not offered here; the Allow header lists those that are.")                                     \
    ROW(INVALID_JSON, "invalid_json", 400, "The body is not acceptable JSON.")                                         \
    ROW(INVALID_MEMBER, "invalid_member", 400, "A member of the body is missing or has the wrong type.")               \
    ROW(INVALID_QUERY, "invalid_query", 400, "A query parameter is not well formed.")                                  \
    ROW(INVALID_HEADER, "invalid_header", 400, "A header field of the request is not well formed.")                    \
    ROW(WRONG_MEDIA_TYPE, "wrong_media_type", 400, "The body must be sent as application/json.")                       \
    ROW(RECORD_TOO_LARGE, "record_too_large", 400, "A record may have at most 1 MB.")                                  \
    ROW(VERSION_MISMATCH, "version_mismatch", 400,                                                                     \
        "The record was changed meanwhile: read it again and send its new ETag.")                                      \
    ROW(REFERENCE_TAKEN, "reference_taken", 400,                                                                       \
        "Another record of this collection has one of these external references already, and the account wants them "  \
        "to be unique.")                                                                                               \
    ROW(IDEMPOTENCY_KEY_REUSED, "idempotency_key_reused", 400, "This Idempotency-Key was used for another request.")   \
    /* management API */                                                                                               \
    ROW(NO_SUCH, "no_such", 404, "There is no such thing in this account.")                                            \
    ROW(RIGHT_NOT_YOURS, "right_not_yours", 403, "You cannot give what you do not have yourself.")                     \
    ROW(CONFLICT, "conflict", 409, "As things are now this cannot be done.")                                           \
    ROW(CHANGED_MEANWHILE, "changed_meanwhile", 412, "It was changed meanwhile: read it again and send its new ETag.") \
    ROW(VERSION_NEEDED, "version_needed", 428,                                                                         \
        "Send the ETag that was read as If-Match, so that nobody else's change is lost; or * for any version.")        \
    /* ours */                                                                                                         \
    ROW(INTERNAL, "server_error", 500, "Something failed on our side; the request id finds it in our logs.")

enum err {
    ERR_NONE = 0,
#define ERR_ENUM_ROW(name, code, status, text) ERR_##name,
    ERR_TABLE(ERR_ENUM_ROW)
#undef ERR_ENUM_ROW
        ERR__MAX,
};

struct err_row {
    h2o_iovec_t code; /* the word on the wire */
    int status;
    h2o_iovec_t text;
};

/* The row of an error; asserts that err is one (ERR_NONE is not). */
const struct err_row *err_row(enum err err);

#endif
