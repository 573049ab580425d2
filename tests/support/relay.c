/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"

#include <assert.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PAIRS_MAX   64
#define CHUNK_BYTES 65536

struct pair {
    int client, server; /* client -1: free */
};

enum order { ORDER_NONE, ORDER_DOWN, ORDER_UP, ORDER_CUT, ORDER_STALL, ORDER_FLOW, ORDER_LOSE, ORDER_KEEP, ORDER_STOP };

struct relay {
    char folder[64], path[96], host[80], port[16]; /* a host that is a folder has to fit into a socket address */
    int listener;                                  /* -1: down */
    int wake[2];
    struct pair pairs[PAIRS_MAX];
    bool stalled, losing;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t done;
    enum order order; /* under the lock */
};

static int connect_unix(const char *folder, const char *port)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.%s", folder, port);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int connect_tcp(const char *host, const char *port)
{
    struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failure = connect(fd, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (failure == 0)
        return fd;
    close(fd);
    return -1;
}

static void listen_again(struct relay *relay)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", relay->path);
    unlink(relay->path);
    relay->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(bind(relay->listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    assert(listen(relay->listener, PAIRS_MAX) == 0);
}

static void listen_no_more(struct relay *relay)
{
    if (relay->listener < 0)
        return;
    close(relay->listener);
    unlink(relay->path);
    relay->listener = -1;
}

static void pair_close(struct pair *pair)
{
    if (pair->client < 0)
        return;
    close(pair->client);
    close(pair->server);
    pair->client = pair->server = -1;
}

static void close_all(struct relay *relay)
{
    for (int i = 0; i < PAIRS_MAX; ++i)
        pair_close(&relay->pairs[i]);
}

static void pair_open(struct relay *relay)
{
    int client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    int server = relay->host[0] == '/' ? connect_unix(relay->host, relay->port) : connect_tcp(relay->host, relay->port);
    for (int i = 0; server >= 0 && i < PAIRS_MAX; ++i) {
        if (relay->pairs[i].client < 0) {
            relay->pairs[i] = (struct pair){client, server};
            return;
        }
    }
    close(client);
    if (server >= 0)
        close(server);
}

/* False: the connection has ended. */
static bool move(int from, int to)
{
    char chunk[CHUNK_BYTES];
    ssize_t got = recv(from, chunk, sizeof(chunk), 0);
    for (ssize_t sent = 0; got > 0 && sent < got;) {
        ssize_t now = send(to, chunk + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (now <= 0)
            return false;
        sent += now;
    }
    return got > 0;
}

static void obey(struct relay *relay)
{
    char bytes[16];
    assert(read(relay->wake[0], bytes, sizeof(bytes)) > 0);
    switch (relay->order) {
    case ORDER_DOWN:
        listen_no_more(relay);
        close_all(relay);
        break;
    case ORDER_UP:
        listen_again(relay);
        break;
    case ORDER_CUT:
        close_all(relay);
        break;
    case ORDER_STALL:
    case ORDER_FLOW:
        relay->stalled = relay->order == ORDER_STALL;
        break;
    case ORDER_LOSE:
    case ORDER_KEEP:
        relay->losing = relay->order == ORDER_LOSE;
        break;
    case ORDER_NONE:
    case ORDER_STOP:
        break;
    }
}

static void serve_pair(struct relay *relay, struct pair *pair, const struct pollfd *client, const struct pollfd *server)
{
    if (pair->client != client->fd || pair->client < 0)
        return;
    bool alive = client->revents == 0 || move(pair->client, pair->server);
    if (alive && server->revents != 0)
        alive = !relay->losing && move(pair->server, pair->client);
    if (!alive)
        pair_close(pair);
}

static void serve(struct relay *relay)
{
    struct pollfd polled[2 + 2 * PAIRS_MAX] = {{relay->wake[0], POLLIN, 0}, {relay->listener, POLLIN, 0}};
    for (int i = 0; i < PAIRS_MAX; ++i) {
        polled[2 + 2 * i] = (struct pollfd){relay->stalled ? -1 : relay->pairs[i].client, POLLIN, 0};
        polled[3 + 2 * i] = (struct pollfd){relay->stalled ? -1 : relay->pairs[i].server, POLLIN, 0};
    }
    poll(polled, 2 + 2 * PAIRS_MAX, -1);
    if (polled[0].revents != 0)
        return; /* the order comes first */
    for (int i = 0; i < PAIRS_MAX; ++i)
        serve_pair(relay, &relay->pairs[i], &polled[2 + 2 * i], &polled[3 + 2 * i]);
    if (polled[1].revents != 0)
        pair_open(relay);
}

static void *run(void *argument)
{
    struct relay *relay = argument;
    bool stopped = false;
    while (!stopped) {
        serve(relay);
        pthread_mutex_lock(&relay->lock);
        stopped = relay->order == ORDER_STOP;
        if (relay->order != ORDER_NONE) {
            obey(relay);
            relay->order = ORDER_NONE;
            pthread_cond_signal(&relay->done);
        }
        pthread_mutex_unlock(&relay->lock);
    }
    return NULL;
}

static void command(struct relay *relay, enum order order)
{
    pthread_mutex_lock(&relay->lock);
    relay->order = order;
    assert(write(relay->wake[1], "!", 1) == 1);
    while (relay->order != ORDER_NONE)
        pthread_cond_wait(&relay->done, &relay->lock);
    pthread_mutex_unlock(&relay->lock);
}

struct relay *relay_start(const char *host, const char *port)
{
    struct relay *relay = calloc(1, sizeof(*relay));
    strcpy(relay->folder, "/tmp/relay.XXXXXX");
    assert(mkdtemp(relay->folder) != NULL);
    snprintf(relay->path, sizeof(relay->path), "%s/.s.PGSQL." RELAY_PORT, relay->folder);
    snprintf(relay->host, sizeof(relay->host), "%s", host);
    snprintf(relay->port, sizeof(relay->port), "%s", port);
    for (int i = 0; i < PAIRS_MAX; ++i)
        relay->pairs[i] = (struct pair){-1, -1};
    assert(pipe2(relay->wake, O_CLOEXEC) == 0);
    pthread_mutex_init(&relay->lock, NULL);
    pthread_cond_init(&relay->done, NULL);
    listen_again(relay);
    assert(pthread_create(&relay->thread, NULL, run, relay) == 0);
    return relay;
}

void relay_stop(struct relay *relay)
{
    command(relay, ORDER_STOP);
    pthread_join(relay->thread, NULL);
    listen_no_more(relay);
    close_all(relay);
    close(relay->wake[0]);
    close(relay->wake[1]);
    rmdir(relay->folder);
    pthread_mutex_destroy(&relay->lock);
    pthread_cond_destroy(&relay->done);
    free(relay);
}

const char *relay_folder(const struct relay *relay)
{
    return relay->folder;
}

void relay_down(struct relay *relay)
{
    command(relay, ORDER_DOWN);
}

void relay_up(struct relay *relay)
{
    command(relay, ORDER_UP);
}

void relay_cut(struct relay *relay)
{
    command(relay, ORDER_CUT);
}

void relay_stall(struct relay *relay, bool stall)
{
    command(relay, stall ? ORDER_STALL : ORDER_FLOW);
}

void relay_lose_answers(struct relay *relay, bool lose)
{
    command(relay, lose ? ORDER_LOSE : ORDER_KEEP);
}
