/* SPDX-License-Identifier: Apache-2.0 */
/* Every bound of the server, with its unit and the reason for its size. Nothing else in the code names a limit. */
#ifndef HALLMARK_BASE_LIMITS_H
#define HALLMARK_BASE_LIMITS_H

/* --- HTTP edge ------------------------------------------------------------------------------------------------- */
#define LIMIT_HEAD_BYTES_MAX   (16 * 1024)   /* request line and headers; a token of 8 KB still fits twice */
#define LIMIT_HEADERS_MAX      64            /* browsers send about 20 */
#define LIMIT_URI_BYTES_MAX    (8 * 1024)    /* the least that RFC 9110 section 4.1 recommends to accept */
#define LIMIT_FORM_BYTES_MAX   (64 * 1024)   /* a token request is below 2 KB */
#define LIMIT_RECORD_BYTES_MAX (1024 * 1024) /* one record as JSON */
#define LIMIT_BODY_BYTES_MAX                                                                                           \
    (LIMIT_RECORD_BYTES_MAX + 1) /* h2o answers 413 from this size on (it compares with >=)                            \
                                  */
#define LIMIT_WEBHOOK_SHARE         8 /* one in so many descriptors may be a webhook's, at most LIMIT_WEBHOOK_TRANSFERS_MAX */
#define LIMIT_WEBHOOK_TRANSFERS_MAX 1000
#define LIMIT_LOGOUT_TRANSFERS_MAX  64  /* logout tokens under way: logins end by the hand of a person */
#define LIMIT_CONNECTIONS_RESERVE   128 /* descriptors kept back for the database, logs, listeners and timers */

/* --- deadlines, milliseconds ------------------------------------------------------------------------------------ */
#define LIMIT_REQUEST_READ_MS   10000 /* head and body together; closes slow senders without an answer */
#define LIMIT_ANSWER_MS         5000  /* from the complete request to the first byte of the answer */
#define LIMIT_WRITE_STALL_MS    10000 /* a reader that takes nothing for so long is cut off (TCP_USER_TIMEOUT) */
#define LIMIT_DRAIN_MS          10000 /* graceful stop: what is still open then is cut */
#define LIMIT_DB_STATEMENT_MS   2000  /* one statement, waiting time included */
#define LIMIT_DB_WAIT_MS        800   /* of these, waiting for a connection: what is sent still has time to run */
#define LIMIT_DB_CANCEL_MS      1100 /* of these, running: the database itself gives a statement up (statement_timeout) */
#define LIMIT_DB_OUTCOME_MS     4500 /* from its start: what became of a write whose answer was lost is told by then */
#define LIMIT_DB_CONNECT_MS     3000
#define LIMIT_DB_RETRY_FIRST_MS 100  /* back-off after a lost connection: doubles ... */
#define LIMIT_DB_RETRY_LAST_MS  1000 /* ... up to this, so that the server is back within 2 s of the database */

/* --- database ---------------------------------------------------------------------------------------------------- */
#define LIMIT_DB_QUEUE_MAX      1024 /* calls that wait for a connection, a lane; the next one is refused at once */
#define LIMIT_DB_PIPELINE_MAX   256  /* calls in flight on the pipelined read connection */
#define LIMIT_DB_PARAMETERS_MAX 40   /* of one statement */

/* --- caches and their feed ---------------------------------------------------------------------------------------- */
#define LIMIT_FEED_BEAT_MS    500  /* how often a node proves its feed */
#define LIMIT_FEED_SILENCE_MS 2000 /* silence after which the node reads the tables */
#define LIMIT_FEED_DEAD_MS    5000 /* silence after which the node refuses with 503 */
#define LIMIT_CACHE_MEGABYTES 64   /* default, per thread and cache */

/* --- forms, scopes, names ------------------------------------------------------------------------------------------
 */
#define LIMIT_FORM_FIELDS_MAX       64
#define LIMIT_REDIRECTS_MAX         100 /* URIs of one kind that an application registers */
#define LIMIT_SCOPES_MAX            192 /* scope-tokens in one set: 128 that are given, and those that a role brings */
#define LIMIT_SCOPE_BYTES_MAX       64  /* one scope-token */
#define LIMIT_NAME_BYTES_MAX        400 /* names that people give: 100 characters of four bytes */
#define LIMIT_DESCRIPTION_BYTES_MAX 4000
#define LIMIT_ADDRESS_BYTES_MAX     46  /* textual IPv6 with an embedded IPv4, NUL included */
#define LIMIT_FORWARDED_HOPS_MAX    100 /* of X-Forwarded-For, from the right: real chains have fewer than ten */

/* --- JSON ------------------------------------------------------------------------------------------------------------
 */
#define LIMIT_JSON_DEPTH_MAX          16
#define LIMIT_JSON_NUMBER_DIGITS_MAX  40   /* digits of a number written without exponent */
#define LIMIT_JSON_MEMBERS_MAX        4096 /* of one object: bounds the check for duplicates */
#define LIMIT_EXTERNAL_REFERENCES_MAX 32   /* of one record */

/* --- tokens
 * ------------------------------------------------------------------------------------------------------------ */
#define LIMIT_TOKEN_BYTES_MAX    (8 * 1024)
#define LIMIT_TOKEN_SECONDS      600 /* default lifetime of an access token */
#define LIMIT_CLOCK_SKEW_SECONDS 10  /* tolerated for nbf and iat in the future; 60 s never */
#define LIMIT_RSA_BITS_MIN       2048

/* --- lists
 * ---------------------------------------------------------------------------------------------------------------- */
#define LIMIT_PAGE_DEFAULT     100
#define LIMIT_PAGE_MAX         1000
#define LIMIT_SKIP_MAX         1000000
#define LIMIT_ORDER_KEYS_MAX   4
#define LIMIT_FILTER_BYTES_MAX 4096
#define LIMIT_FILTER_TERMS_MAX 64
#define LIMIT_FILTER_DEPTH_MAX 16
#define LIMIT_LIST_BYTES_MAX   (8 * 1024 * 1024) /* a page of a list is cut at this size */

/* --- keys
 * ------------------------------------------------------------------------------------------------------------------ */
#define LIMIT_SECRETS_LIVE_MAX          2    /* of one client, while one replaces the other */
#define LIMIT_SECRET_USES_MS            1000 /* how often a thread tells which secrets were used */
#define LIMIT_SECRET_USES_MAX           8192 /* secrets that a thread counts between two of these */
#define LIMIT_HISTORY_READS_MS          1000 /* how often a thread tells who read the history */
#define LIMIT_HISTORY_READS_MAX         512  /* reads that it collects between two of these, 8 KB each at most */
#define LIMIT_HISTORY_READS_MONTHS      24   /* how long they are kept: an audit looks back a year, and another one */
#define LIMIT_IDEMPOTENCY_KEY_BYTES_MAX 255
#define LIMIT_IDEMPOTENCY_HOURS         24

/* --- slow-down after failed authentication
 * --------------------------------------------------------------------------------- */
#define LIMIT_FAILURES_FREE     10 /* failures of one client from one address before it is slowed; clients probe twice */
#define LIMIT_PENALTY_FIRST_S   1  /* doubles with each further failure ... */
#define LIMIT_PENALTY_LAST_S    60  /* ... up to this */
#define LIMIT_FAILURES_FORGET_S 900 /* without a failure for so long the count starts over */

/* --- the command line over HTTP
 * ------------------------------------------------------------------------------------------- */
#define LIMIT_REMOTE_CONNECT_MS       10000 /* TCP and TLS; a server that is there needs a tenth of a second */
#define LIMIT_REMOTE_ANSWER_MS        30000 /* a whole answer: the server has given up long before */
#define LIMIT_REMOTE_ANSWER_BYTES_MAX (16 * 1024 * 1024) /* a page of the longest rows is below 8 MB */
#define LIMIT_REMOTE_PAGE             200                /* rows asked for at a time */
#define LIMIT_REMOTE_COLUMNS_MAX      64                 /* of a statement; the widest has 26 */
#define LIMIT_REMOTE_PAGES_MAX        5000               /* a million rows; a list of pages without end is no list */

/* --- reports of leaked secrets
 * ---------------------------------------------------------------------------------------------- */
#define LIMIT_REPORT_TEXT_BYTES_MAX 1024 /* of its url, and of its note: a line in the log */

/* --- people
 * ---------------------------------------------------------------------------------------------------------------- */
#define LIMIT_PASSWORD_BYTES_MIN  12    /* NIST SP 800-63B asks for 8; a second factor is not everybody's */
#define LIMIT_PASSWORD_BYTES_MAX  1024  /* longer is no password, and hashing it would cost more than Argon2 itself */
#define LIMIT_WORK_WAITING        64    /* for the threads that hash: at 20 ms each the last one waits a second or so */
#define LIMIT_PASSWORD_RETRY_S    2     /* told to those who do not find room */
#define LIMIT_LOGIN_FORM_SECONDS  3600  /* how long a page may stay open before it is sent */
#define LIMIT_FRESH_LOGIN_S       600   /* of a login that allows what changes how a person logs in */
#define LIMIT_SECOND_STEP_SECONDS 300   /* from the password to the code */
#define LIMIT_SESSION_SECONDS     43200 /* from the login: 12 hours; the SQL says the same */
#define LIMIT_SESSION_TOUCH_S     60    /* a session that was used is written down at most so often */
#define LIMIT_KNOWN_BROWSER_DAYS  180   /* how long a browser is remembered as one that somebody logged in with */
#define LIMIT_PASSWORD_LINK_S     86400 /* from its making to its use: a day, so that whoever is away finds it */
#define LIMIT_EMAIL_BYTES_MAX     254 /* RFC 5321 section 4.5.3.1.3 without the angle brackets; the SQL says the same */
#define LIMIT_FORGOTTEN_LINK_S    3600 /* of one that was asked for on a page: relays may hold a mail back for minutes */
#define LIMIT_FORGOTTEN_SPACING_S 600  /* between two such mails to one person, whoever asks */
#define LIMIT_PROGRAM_BYTES_MAX   256  /* of what a browser calls itself */

/* --- authorization requests
 * ------------------------------------------------------------------------------------------------ */
#define LIMIT_AUTHORIZATION_BYTES_MAX 5000 /* of its parameters: twice in base64 they still fit into a request line */
#define LIMIT_NONCE_BYTES_MAX         512  /* clients send 20 to 90 */
#define LIMIT_MAX_AGE_SECONDS         31536000 /* no session lasts as long */
#define LIMIT_LOGIN_METHODS_MAX       3        /* pwd, otp and mfa: the schema knows no others */
#define LIMIT_ID_TOKEN_CLAIMS_MAX     20       /* as the schema has it; far more than we have to tell */
#define LIMIT_ACCOUNTS_OFFERED        200      /* to choose from; who has more says which, in the request */
#define LIMIT_LOGIN_SKEW_SECONDS      10       /* between the clocks of a node and of the database */

/* --- requests in a window
 * ------------------------------------------------------------------------------------------------- */
#define LIMIT_RATE_REQUESTS_MAX 1000000000 /* of one limit; a counter has 32 bits */
#define LIMIT_RATE_SECONDS_MAX  86400      /* a day: longer windows would need to outlive every node */
#define LIMIT_RATE_SECONDS      60         /* of a limit that names no window */
#define LIMIT_RATE_CELLS        262144     /* keys and applications counted at a time: 16 MB, taken as they come */
#define LIMIT_RATE_PROBES       64         /* cells looked at for one of them before the table is called full */
#define LIMIT_RATE_EXCHANGE_MS  400        /* two nodes agree within two of these and a statement: below a second */
#define LIMIT_RATE_SHARE        16         /* of a limit: below this part of it nothing is told to other nodes */
#define LIMIT_RATE_TOLD_MAX     2048       /* counts in one statement; the rest follows with the next */

_Static_assert(LIMIT_FEED_BEAT_MS * 3 < LIMIT_FEED_SILENCE_MS, "one lost beat is not silence");
_Static_assert(LIMIT_FEED_SILENCE_MS < LIMIT_FEED_DEAD_MS, "the tables are read before requests are refused");
_Static_assert(LIMIT_DB_STATEMENT_MS < LIMIT_ANSWER_MS, "a slow statement still gets its answer");
_Static_assert(LIMIT_DB_OUTCOME_MS < LIMIT_ANSWER_MS,
               "an unknown outcome is told as one, and not as an answer that came too late");
_Static_assert(LIMIT_DB_STATEMENT_MS < LIMIT_DB_OUTCOME_MS, "there is time to find out what became of a write");
_Static_assert(LIMIT_DB_WAIT_MS + LIMIT_DB_CANCEL_MS < LIMIT_DB_STATEMENT_MS,
               "the database gives up before we drop its connection");
_Static_assert(LIMIT_TOKEN_BYTES_MAX < LIMIT_HEAD_BYTES_MAX, "a token fits into a head");

#endif
