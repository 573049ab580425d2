/* SPDX-License-Identifier: Apache-2.0 */
#include "app/serve.h"

#include "admin/admin.h"
#include "admin/openapi.h"
#include "app/actor.h"
#include "app/housekeeping.h"
#include "app/key_rotation.h"
#include "app/policy_spread.h"
#include "app/sequencer.h"
#include "authorize/authorize.h"
#include "base/log.h"
#include "client/rate_exchange.h"
#include "console/console.h"
#include "endpoint/endpoint_table.h"
#include "endpoint/metrics.h"
#include "gateway/accounts.h"
#include "gateway/gateway.h"
#include "gateway/whoami.h"
#include "history/changes.h"
#include "history/checkpoint_endpoint.h"
#include "history/consistency_endpoint.h"
#include "history/history.h"
#include "history/proof_endpoint.h"
#include "history/tile_endpoint.h"
#include "http/server.h"
#include "http/work_pool.h"
#include "mail/mail_sender.h"
#include "store/db_sync.h"
#include "webhook/outbox_sender.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PENALTY_SAVE_MS 1000 /* what a crash forgets of the slow-down at most */
#define STANDARD_OUTPUT 1
#define ROUTES_MAX      64

struct serving {
    struct policy_spread *spread;
    struct penalty_table *penalties;
    struct work_pool *pool;
    struct rate_table *rates;
    struct rate_exchange *exchange;
    struct worker *first;
    h2o_timeout_t save_interval, exchange_interval;
    h2o_timeout_entry_t save, exchange_entry;
};

static void on_save(h2o_timeout_entry_t *entry)
{
    struct serving *serving = H2O_STRUCT_FROM_MEMBER(struct serving, save, entry);
    penalty_save(serving->penalties, serving->first->db);
    h2o_timeout_link(serving->first->ctx.loop, &serving->save_interval, &serving->save);
}

static void on_penalties_loaded(void *cookie)
{
    struct serving *serving = cookie;
    serving->save.cb = on_save;
    h2o_timeout_link(serving->first->ctx.loop, &serving->save_interval, &serving->save);
}

static void on_exchange(h2o_timeout_entry_t *entry)
{
    struct serving *serving = H2O_STRUCT_FROM_MEMBER(struct serving, exchange_entry, entry);
    rate_exchange_round(serving->exchange, serving->first->db);
    h2o_timeout_link(serving->first->ctx.loop, &serving->exchange_interval, &serving->exchange_entry);
}

static void worker_started(struct worker *worker, void *cookie)
{
    struct serving *serving = cookie;
    worker->penalties = serving->penalties;
    worker->pool = serving->pool;
    worker->rates = serving->rates;
    client_book_count_in(worker->clients, serving->rates);
    worker->uses = secret_uses_create(worker->ctx.loop, worker->db);
    worker->history_reads = history_reads_create(worker->ctx.loop, worker->db);
    if (worker->index != 0)
        return;
    serving->first = worker;
    h2o_timeout_init(worker->ctx.loop, &serving->save_interval, PENALTY_SAVE_MS);
    h2o_timeout_init(worker->ctx.loop, &serving->exchange_interval, LIMIT_RATE_EXCHANGE_MS);
    serving->exchange_entry.cb = on_exchange;
    h2o_timeout_link(worker->ctx.loop, &serving->exchange_interval, &serving->exchange_entry);
    penalty_load(serving->penalties, worker->db, on_penalties_loaded, serving);
    serving->spread = policy_spread_start(worker);
}

/* No request of this thread is left, but its loop still turns. */
static void save_uses(struct worker *worker)
{
    char *message = NULL;
    while (secret_uses_is_saving(worker->uses)) /* for as long as a statement may take */
        worker_turn(worker);
    secret_uses_stop(worker->uses);
    struct db_sync *db =
        secret_uses_waiting(worker->uses) == 0 ? NULL : db_sync_open(worker->settings->database, &message);
    if (secret_uses_waiting(worker->uses) > 0 && (db == NULL || !secret_uses_save_last(worker->uses, db)))
        log_event(LOG_LEVEL_WARN, "secret_uses_not_saved", "\"secrets\":%zu", secret_uses_waiting(worker->uses));
    db_sync_close(db);
    free(message);
    secret_uses_destroy(worker->uses);
    worker->uses = NULL;
}

/* Likewise. */
static void save_history_reads(struct worker *worker)
{
    char *message = NULL;
    struct history_reads *reads = worker->history_reads;
    while (history_reads_is_saving(reads))
        worker_turn(worker);
    history_reads_stop(reads);
    struct db_sync *db = history_reads_waiting(reads) == 0 ? NULL : db_sync_open(worker->settings->database, &message);
    if (history_reads_waiting(reads) > 0 && (db == NULL || !history_reads_save_last(reads, db)))
        log_event(LOG_LEVEL_ERROR, "history_reads_not_saved", "\"reads\":%zu,\"again\":false",
                  history_reads_waiting(reads));
    db_sync_close(db);
    free(message);
    history_reads_destroy(reads);
    worker->history_reads = NULL;
}

static void worker_stopping(struct worker *worker, void *cookie)
{
    struct serving *serving = cookie;
    save_uses(worker);
    save_history_reads(worker);
    if (worker->index != 0)
        return;
    policy_spread_stop(serving->spread);
    h2o_timeout_unlink(&serving->save);
    h2o_timeout_dispose(worker->ctx.loop, &serving->save_interval);
    rate_exchange_stop(serving->exchange);
    h2o_timeout_unlink(&serving->exchange_entry);
    h2o_timeout_dispose(worker->ctx.loop, &serving->exchange_interval);
}

/* Nothing is served on a schema that this binary does not know, and the first signing keys are there before the first
 * request. */
static bool prepare_database(const struct settings *settings, char **message_out)
{
    const struct db_result *result;
    struct db_parameters none;
    struct db_sync *db = db_sync_open(settings->database, message_out);
    if (db == NULL)
        return false;
    db_parameters_start(&none);
    bool good = actor_is_server(db) && db_sync_run(db, STATEMENT_MIGRATION_LATEST, &none, &result) == DB_DONE &&
                db_result_rows(result) == 1 &&
                db_result_i64(result, 0, 0) >= migration_at(migration_count() - 1)->number;
    if (!good && asprintf(message_out, "the database is not migrated to this version: run hallmark migrate (%s)",
                          db_sync_message(db)) < 0)
        abort();
    good = good && key_rotation_ensure(db, settings, message_out);
    db_sync_close(db);
    return good;
}

static void tell_service_manager(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET"); /* sd_notify(3): one datagram, no library needed */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof(address.sun_path))
        return;
    strcpy(address.sun_path, path);
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
    close(fd);
}

static void reload(struct server *server)
{
    char *message = NULL, quoted[512];
    if (server_reload(server, &message))
        log_event(LOG_LEVEL_INFO, "reloaded", NULL);
    else
        log_event(LOG_LEVEL_ERROR, "reload_failed", "\"reason\":%s",
                  log_quote(quoted, sizeof(quoted), slice_of(message)));
    free(message);
}

static void wait_for_signals(struct server *server, const sigset_t *signals)
{
    int number = 0;
    while (sigwait(signals, &number) != 0 || number == SIGHUP) {
        if (number == SIGHUP)
            reload(server);
    }
    log_event(LOG_LEVEL_INFO, "stopping", "\"signal\":%d", number);
}

static void add_routes(struct route *rows, size_t *count, const struct route *more, size_t more_count)
{
    assert(*count + more_count <= ROUTES_MAX);
    for (size_t i = 0; i < more_count; ++i)
        rows[(*count)++] = more[i];
}

/* The rows of the endpoints, and of the rooms beside them. */
static const struct routes *all_routes(void)
{
    static const struct route *const more[] = {
        &history_route, &accounts_route,    &whoami_route, &changes_route, &checkpoint_route,
        &proof_route,   &consistency_route, &tile_route,   &admin_route,   &openapi_route,
    };
    static struct route rows[ROUTES_MAX];
    static struct routes routes;
    routes = *endpoint_table(&gateway_route);
    assert(routes.count + sizeof(more) / sizeof(more[0]) <= ROUTES_MAX);
    for (size_t i = 0; i < routes.count; ++i)
        rows[i] = routes.rows[i];
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); ++i)
        rows[routes.count++] = *more[i];
    routes.rows = rows;
    size_t count;
    const struct route *of_room = console_routes(&count);
    add_routes(rows, &routes.count, of_room, count);
    of_room = authorize_routes(&count);
    add_routes(rows, &routes.count, of_room, count);
    return &routes;
}

/* False after having said why. *out stays NULL when nothing is to be sealed. */
static bool start_sequencer(const struct configuration *configuration, const struct seal_identity *identity,
                            struct sequencer **out)
{
    char *message = NULL, verifier[NOTE_VERIFIER_BYTES];
    if (identity->signer_count == 0)
        return true;
    *out = sequencer_start(&configuration->settings, identity, configuration->checkpoint_file, &message);
    if (*out == NULL) {
        command_failed("%s", message);
        free(message);
        return false;
    }
    note_verifier_text(&identity->signers[0].verifier, verifier);
    log_event(LOG_LEVEL_INFO, "sealing", "\"verifier\":\"%s\"", verifier);
    return true;
}

/* What all threads share. */
static void make_tables(const struct settings *settings, struct serving *serving)
{
    uint8_t penalty_key[DIGEST_BYTES];
    secret_derive(penalty_key, settings->master_key, "penalty");
    serving->penalties = penalty_table_create(penalty_key);
    secret_wipe(penalty_key, sizeof(penalty_key));
    serving->rates = rate_table_create(settings->rates);
    serving->exchange = rate_exchange_create(serving->rates);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    serving->pool = work_pool_start(cores > 3 ? (unsigned)cores / 2 : 1);
}

static void destroy_tables(struct serving *serving)
{
    rate_exchange_destroy(serving->exchange);
    rate_table_destroy(serving->rates);
    work_pool_stop(serving->pool);
    penalty_table_destroy(serving->penalties);
}

/* What the loops had not told the database when they ended. */
static void save_last(const struct settings *settings, struct serving *serving)
{
    char *message = NULL;
    if (rate_cells(serving->rates) == 0)
        return;
    struct db_sync *db = db_sync_open(settings->database, &message);
    if (db != NULL)
        rate_exchange_last(serving->exchange, db);
    db_sync_close(db);
    free(message);
}

static enum command_exit serve(const struct configuration *configuration, const struct seal_identity *identity,
                               const sigset_t *signals)
{
    const struct settings *settings = &configuration->settings;
    struct sequencer *sequencer = NULL;
    struct serving serving = {0};
    char *message = NULL;
    if (!prepare_database(settings, &message))
        return command_failed("%s", message);
    make_tables(settings, &serving);
    if (!start_sequencer(configuration, identity, &sequencer))
        return COMMAND_FAILED;
    metrics_add_source(outbox_senders_metrics);
    metrics_add_source(sequencer_metrics);
    metrics_add_source(work_pool_metrics);
    metrics_add_source(mail_sender_metrics);
    struct server *server = server_start(settings, all_routes(),
                                         (struct server_hooks){worker_started, worker_stopping, &serving}, &message);
    if (server == NULL) {
        sequencer_stop(sequencer);
        return command_failed("%s", message);
    }
    struct housekeeping *housekeeping = housekeeping_start(settings);
    struct outbox_senders *senders = outbox_senders_start(settings, actor_is_server);
    struct mail_sender *mails = mail_sender_start(settings);
    log_event(LOG_LEVEL_INFO, "serving", "\"listen\":\"%s\",\"issuer\":\"%.*s\",\"threads\":%u", settings->listen,
              SLICE_ARGS(settings->issuer), settings->threads);
    tell_service_manager("READY=1");
    wait_for_signals(server, signals);
    tell_service_manager("STOPPING=1");
    server_stop(server);
    outbox_senders_stop(senders);
    mail_sender_stop(mails);
    sequencer_stop(sequencer);
    housekeeping_stop(housekeeping);
    policy_spread_destroy(serving.spread);
    save_last(settings, &serving);
    destroy_tables(&serving);
    return COMMAND_DONE;
}

enum command_exit serve_run(struct command_input *input)
{
    char *message = NULL;
    sigset_t signals;
    struct seal_identity identity = {.signer_count = 0};
    if (!configuration_check_server(input->configuration, &message) ||
        !configuration_check_mail(input->configuration, &message) ||
        !configuration_read_master_key(input->configuration, &message) ||
        !sequencer_identity(input->configuration, &identity, &message)) {
        enum command_exit exit_code = command_usage("%s", message);
        free(message);
        return exit_code;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals,
                    NULL); /* before any thread: all of them inherit it, and sigwait below takes what comes */
    log_start(STANDARD_OUTPUT, input->configuration->settings.log_level);
    enum command_exit exit_code = serve(input->configuration, &identity, &signals);
    log_stop();
    sequencer_identity_wipe(&identity);
    return exit_code;
}
