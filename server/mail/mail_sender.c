/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail_sender.h"

#include "base/clock.h"
#include "base/codec.h"
#include "client/password_link.h"
#include "console/page.h"
#include "mail/mail_message.h"
#include "mail/relay.h"
#include "store/store_mail.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define LEASE_SECONDS  90 /* longer than the relay may take, and the recording behind a slow database */
#define IDLE_MS        500
#define RECONNECT_MS   1000
#define WATCH_MS       5000
#define STUCK_SECONDS  300
#define STUCK_AGAIN_MS 60000
#define STOP_SECONDS   3
#define MS_PER_SECOND  1000
#define NS_PER_MS      1000000L

struct mail_sender {
    const struct settings *settings;
    struct mailbox from;
    struct relay *relay;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    atomic_bool stop;
    struct db_sync *db; /* NULL: not connected */
    int64_t lease;      /* what this process takes, it takes under this number */
    int64_t next_connect_ms, next_watch_ms, next_alarm_ms;
};

static _Atomic uint64_t counts[RELAY__MAX];
static _Atomic int64_t waiting, oldest_s;

/* --- the database ------------------------------------------------------------------------------------------------- */

static void say_database_failed(struct mail_sender *sender, const char *what)
{
    char message[256];
    log_event(LOG_LEVEL_WARN, "mail_without_database", "\"while\":\"%s\",\"reason\":%s", what,
              log_quote(message, sizeof(message), slice_of(db_sync_message(sender->db))));
    db_sync_close(sender->db);
    sender->db = NULL;
    sender->next_connect_ms = clock_monotonic_ms() + RECONNECT_MS;
}

static void connect_when_due(struct mail_sender *sender)
{
    char *message = NULL;
    if (sender->db != NULL || clock_monotonic_ms() < sender->next_connect_ms)
        return;
    sender->db = db_sync_open(sender->settings->database, &message);
    sender->next_connect_ms = clock_monotonic_ms() + RECONNECT_MS;
    free(message);
}

/* --- links that were asked for ------------------------------------------------------------------------------------ */

/* True when there was one. */
static bool settle_request(struct mail_sender *sender)
{
    static const struct link_lifetimes lifetimes = {LIMIT_FORGOTTEN_LINK_S, LIMIT_PASSWORD_LINK_S,
                                                    LIMIT_FORGOTTEN_SPACING_S};
    struct password_link link;
    h2o_iovec_t sealed;
    h2o_mem_pool_t pool;
    bool taken = false;
    if (sender->db == NULL)
        return false;
    h2o_mem_init_pool(&pool);
    password_link_make(&link);
    if (!password_link_seal(&pool, sender->settings->master_key, &link, &sealed))
        abort(); /* AES-GCM is there, or the server would not have started */
    if (!store_link_request_settle(sender->db, link.digest, sealed, &lifetimes, &taken))
        say_database_failed(sender, "settle");
    secret_wipe(&link, sizeof(link));
    h2o_mem_clear_pool(&pool);
    return taken;
}

/* --- one mail ----------------------------------------------------------------------------------------------------- */

struct outgoing { /* all in the pool */
    h2o_mem_pool_t *pool;
    int64_t id, attempt;
    h2o_iovec_t to, message;
};

static void write_text(struct text *out, const struct mail_row *row, h2o_iovec_t site, h2o_iovec_t url)
{
    enum language language = LANGUAGE_EN;
    (void)language_parse(row->language, &language);
    if (slice_equal(row->kind, SLICE("invited")))
        page_mail_invited(out, language, &(struct page_mail_invited){row->email, site, url});
    else
        page_mail_forgotten(out, language, &(struct page_mail_forgotten){row->email, site, url});
}

/* False when it can never be sent; *why_out says why. */
static bool compose(const struct mail_sender *sender, const struct mail_row *row, struct outgoing *out,
                    const char **why_out)
{
    struct password_link link;
    struct text text;
    h2o_iovec_t issuer = sender->settings->issuer, site = slice_from(issuer, slice_find(issuer, ':') + strlen("://"));
    char id[CODEC_HEX_LEN(DIGEST_BYTES)];
    *out = (struct outgoing){.pool = out->pool, .id = row->id, .attempt = row->attempt};
    out->to = slice_copy(out->pool, row->email);
    if (!mailbox_is_address(row->email)) {
        *why_out = "the person's address is none that mail can be sent to";
        return false;
    }
    if (!password_link_open(sender->settings->master_key, row->digest, row->sealed, &link)) {
        *why_out = "its link does not open with this master key";
        return false;
    }
    h2o_iovec_t url = slice_format(out->pool, "%.*s/password?link=%s", SLICE_ARGS(issuer), link.text);
    text_start(&text, out->pool, 1024);
    write_text(&text, row, site, url);
    codec_hex_encode(id, row->digest, DIGEST_BYTES); /* tells nothing of the link, and no other mail has it */
    out->message = mail_message_text(out->pool, &(struct mail_message){.from = sender->from,
                                                                       .to = {row->name, row->email},
                                                                       .date_us = row->created_us,
                                                                       .id = {id, sizeof(id) / 2},
                                                                       .language = row->language,
                                                                       .text = text_slice(&text)});
    secret_wipe(text.base, text.len);
    secret_wipe(url.base, url.len);
    secret_wipe(&link, sizeof(link));
    return true;
}

static void record(struct mail_sender *sender, const struct outgoing *mail, enum relay_result result,
                   const char *detail)
{
    uint32_t dice;
    char quoted[RELAY_DETAIL_BYTES * 2];
    secret_random(&dice, sizeof(dice));
    int64_t delay_ms = result == RELAY_LATER ? relay_delay_ms(mail->attempt, dice) : 0;
    atomic_fetch_add_explicit(&counts[result], 1, memory_order_relaxed);
    if (result != RELAY_SENT)
        log_event(LOG_LEVEL_WARN, result == RELAY_LATER ? "mail_waits" : "mail_failed",
                  "\"mail\":%lld,\"attempt\":%lld,\"reason\":%s", (long long)mail->id, (long long)mail->attempt,
                  log_quote(quoted, sizeof(quoted), slice_of(detail)));
    if (!store_mail_record(sender->db, sender->lease, mail->id, slice_of(relay_result_word(result)), slice_of(detail),
                           delay_ms))
        say_database_failed(sender, "record"); /* then it goes out once more when the lease ends */
}

static void send_mail(struct mail_sender *sender, const struct mail_row *row, h2o_mem_pool_t *pool)
{
    struct outgoing mail = {.pool = pool};
    char detail[RELAY_DETAIL_BYTES];
    const char *why;
    if (!compose(sender, row, &mail, &why)) {
        record(sender, &mail, RELAY_REFUSED, why);
        return;
    }
    enum relay_result result = relay_send(sender->relay, sender->from.address, mail.to, mail.message, detail);
    secret_wipe(mail.message.base, mail.message.len);
    if (result == RELAY_SENT || !atomic_load(&sender->stop)) /* cut off by our own end: given back by wind_up */
        record(sender, &mail, result, detail);
}

/* True when there was one. */
static bool send_next(struct mail_sender *sender)
{
    const struct mail_row *row = NULL;
    h2o_mem_pool_t pool;
    if (sender->db == NULL)
        return false;
    h2o_mem_init_pool(&pool);
    if (!store_mail_lease(sender->db, sender->lease, LEASE_SECONDS, &pool, &row))
        say_database_failed(sender, "lease");
    bool found = row != NULL;
    if (found)
        send_mail(sender, row, &pool);
    h2o_mem_clear_pool(&pool);
    return found;
}

/* --- the alarm ---------------------------------------------------------------------------------------------------- */

static void watch_when_due(struct mail_sender *sender)
{
    struct mail_queue queue;
    char reason[512];
    int64_t now = clock_monotonic_ms();
    if (sender->db == NULL || now < sender->next_watch_ms)
        return;
    sender->next_watch_ms = now + WATCH_MS;
    if (!store_mail_waiting(sender->db, &queue)) {
        say_database_failed(sender, "watch");
        return;
    }
    atomic_store_explicit(&waiting, queue.waiting, memory_order_relaxed);
    atomic_store_explicit(&oldest_s, queue.oldest_s, memory_order_relaxed);
    if (queue.oldest_s < STUCK_SECONDS || now < sender->next_alarm_ms)
        return;
    sender->next_alarm_ms = now + STUCK_AGAIN_MS;
    log_event(LOG_LEVEL_ERROR, "mail_stuck", "\"waiting\":%lld,\"oldest_seconds\":%lld,\"reason\":%s",
              (long long)queue.waiting, (long long)queue.oldest_s, log_quote(reason, sizeof(reason), queue.detail));
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

static void rest(struct mail_sender *sender)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += IDLE_MS * NS_PER_MS;
    until.tv_sec += until.tv_nsec / (MS_PER_SECOND * NS_PER_MS);
    until.tv_nsec %= MS_PER_SECOND * NS_PER_MS;
    pthread_mutex_lock(&sender->lock);
    if (!atomic_load(&sender->stop))
        pthread_cond_timedwait(&sender->wake, &sender->lock, &until);
    pthread_mutex_unlock(&sender->lock);
}

static void *send_all(void *argument)
{
    struct mail_sender *sender = argument;
    while (!atomic_load(&sender->stop)) {
        connect_when_due(sender);
        bool settled = settle_request(sender), sent = send_next(sender);
        watch_when_due(sender);
        log_tick();
        if (!settled && !sent)
            rest(sender);
    }
    if (sender->db != NULL && !store_mail_release(sender->db, sender->lease))
        say_database_failed(sender, "release");
    db_sync_close(sender->db);
    return NULL;
}

struct mail_sender *mail_sender_start(const struct settings *settings)
{
    if (settings->smtp_url == NULL)
        return NULL;
    struct mail_sender *sender = h2o_mem_alloc(sizeof(*sender));
    *sender = (struct mail_sender){.settings = settings};
    if (!mailbox_parse(slice_of(settings->mail_from), &sender->from) ||
        curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* the options were checked */
    sender->relay = relay_create(settings, &sender->stop);
    secret_random(&sender->lease, sizeof(sender->lease));
    sender->lease &= INT64_MAX;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sender->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&sender->lock, NULL);
    if (pthread_create(&sender->thread, NULL, send_all, sender) != 0)
        abort();
    return sender;
}

void mail_sender_stop(struct mail_sender *sender)
{
    struct timespec until;
    if (sender == NULL)
        return;
    pthread_mutex_lock(&sender->lock);
    atomic_store(&sender->stop, true);
    pthread_cond_signal(&sender->wake);
    pthread_mutex_unlock(&sender->lock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STOP_SECONDS;
    if (pthread_clockjoin_np(sender->thread, NULL, CLOCK_MONOTONIC, &until) != 0) {
        log_event(LOG_LEVEL_WARN, "mail_sender_left", NULL); /* it ends with the process; its lease ends by time */
        return;
    }
    relay_destroy(sender->relay);
    curl_global_cleanup();
    pthread_cond_destroy(&sender->wake);
    pthread_mutex_destroy(&sender->lock);
    free(sender);
}

void mail_sender_metrics(struct text *text)
{
    static const char name[] = "hallmark_mails_total", gauge[] = "hallmark_mails_waiting",
                      age[] = "hallmark_mail_oldest_seconds";
    text_add_format(text, "# HELP %s Attempts to send a mail, by what came of them.\n# TYPE %s counter\n", name, name);
    for (int result = 0; result < RELAY__MAX; ++result)
        text_add_format(text, "%s{result=\"%s\"} %llu\n", name, relay_result_word((enum relay_result)result),
                        (unsigned long long)atomic_load_explicit(&counts[result], memory_order_relaxed));
    text_add_format(text, "# HELP %s Mails that wait to be sent.\n# TYPE %s gauge\n%s %lld\n", gauge, gauge, gauge,
                    (long long)atomic_load_explicit(&waiting, memory_order_relaxed));
    text_add_format(text, "# HELP %s Age of the mail that waits longest.\n# TYPE %s gauge\n%s %lld\n", age, age, age,
                    (long long)atomic_load_explicit(&oldest_s, memory_order_relaxed));
}
