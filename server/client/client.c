/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include <assert.h>
#include <stdlib.h>

#define ALLOCATION_OVERHEAD 16 /* what malloc keeps beside a block */
#define ALLOCATIONS         5  /* the client, its three sets and its addresses */

/* --- making ------------------------------------------------------------------------------------------------------ */

static void intersect(const struct scope_set *a, const struct scope_set *b, struct scope_set *out)
{
    h2o_mem_pool_t pool;
    struct scope_set both;
    h2o_mem_init_pool(&pool);
    scope_set_intersect(&pool, a, b, &both);
    enum err err = scope_set_parse(NULL, both.text, out);
    assert(err == ERR_NONE);
    h2o_mem_clear_pool(&pool);
}

/* A holder who is no active member of the account reaches nothing, and neither do his keys; nor does what has no
 * holder. */
static bool read_rights(const struct client_row *row, struct client *client)
{
    h2o_iovec_t permissions = row->holder_id != 0 && row->holder_active ? row->holder_permissions : SLICE("");
    if (scope_set_parse(NULL, row->scopes, &client->scopes) != ERR_NONE ||
        scope_set_parse(NULL, permissions, &client->holder_permissions) != ERR_NONE)
        return false;
    intersect(&client->scopes, &client->holder_permissions, &client->effective);
    return cidr_list_parse(row->addresses, &client->addresses);
}

static h2o_iovec_t append(char **at, h2o_iovec_t text)
{
    h2o_iovec_t copy = {*at, text.len};
    if (text.len > 0)
        memcpy(*at, text.base, text.len);
    *at += text.len;
    return copy;
}

static struct client *copy_row(const struct client_row *row)
{
    size_t texts = row->client_id.len + row->name.len + row->application_name.len + row->holder_name.len;
    struct client *client = h2o_mem_alloc(sizeof(*client) + texts);
    char *at = (char *)(client + 1);
    *client = (struct client){.account_id = row->account_id,
                              .application_id = row->application_id,
                              .holder_id = row->holder_id,
                              .client_id = append(&at, row->client_id),
                              .name = append(&at, row->name),
                              .application_name = append(&at, row->application_name),
                              .holder_name = append(&at, row->holder_name),
                              .generation = row->generation,
                              .not_before_us = row->not_before_us,
                              .expires_us = row->expires_us,
                              .client_active = row->client_active,
                              .application_active = row->application_active,
                              .account_active = row->account_active,
                              .access = access_shut(row->api_access, row->access_shut),
                              .holder_active = row->holder_active,
                              .office = row->office,
                              .is_public = row->is_public,
                              .is_waiting = row->is_waiting,
                              .introspects = row->introspects,
                              .secret_count = row->secret_count,
                              .references = 1};
    memcpy(client->secrets, row->secrets, sizeof(client->secrets));
    return client;
}

struct client *client_create(const struct client_row *row)
{
    assert(row->secret_count <= LIMIT_SECRETS_LIVE_MAX);
    struct client *client = copy_row(row);
    if (read_rights(row, client))
        return client;
    client_release(client);
    return NULL;
}

static size_t set_bytes(const struct scope_set *set)
{
    return set->count * sizeof(*set->tokens) + set->text.len + 1;
}

size_t client_bytes(const struct client *client)
{
    size_t texts = client->client_id.len + client->name.len + client->application_name.len + client->holder_name.len;
    return sizeof(*client) + texts + set_bytes(&client->scopes) + set_bytes(&client->holder_permissions) +
           set_bytes(&client->effective) + client->addresses.count * sizeof(*client->addresses.blocks) +
           ALLOCATIONS * ALLOCATION_OVERHEAD;
}

void client_share(struct client *client)
{
    ++client->references;
}

void client_count_in(struct client *client, struct rate_table *rates, const struct client_row *row, bool is_newest)
{
    rate_enter(rates, row, is_newest, client->rates);
    for (enum rate_kind kind = 0; kind < RATE__MAX; ++kind)
        client->counted |= client->rates[kind] != NULL;
}

void client_release(struct client *client)
{
    if (client == NULL || --client->references > 0)
        return;
    for (enum rate_kind kind = 0; kind < RATE__MAX; ++kind)
        rate_leave(client->rates[kind]);
    scope_set_free(&client->scopes);
    scope_set_free(&client->holder_permissions);
    scope_set_free(&client->effective);
    cidr_list_free(&client->addresses);
    free(client);
}

/* --- judging ----------------------------------------------------------------------------------------------------- */

static bool is_active(const struct client *client, int64_t now_us)
{
    return client->client_active && client->application_active && client->account_active &&
           client->not_before_us <= now_us && now_us < client->expires_us;
}

enum err client_usable(const struct client *client, int64_t now_us, bool at_token_endpoint)
{
    if (!is_active(client, now_us))
        return at_token_endpoint ? ERR_INVALID_CLIENT : ERR_INVALID_TOKEN;
    if (client->access != ERR_NONE && at_token_endpoint)
        return ERR_INVALID_CLIENT;
    return client->access;
}

bool client_address_allowed(const struct client *client, const struct address *address)
{
    return client->addresses.count == 0 || cidr_list_contains(&client->addresses, address);
}

/* Every place of a digest is compared, the empty ones too, and nothing branches on a result before the end. */
int64_t client_secret_right(const struct client *client, h2o_iovec_t secret, int64_t now_us)
{
    static const struct client nobody;
    uint8_t digest[DIGEST_BYTES];
    const struct client *looked_at = client == NULL ? &nobody : client;
    secret_digest(digest, secret);
    int64_t right = 0;
    for (size_t i = 0; i < LIMIT_SECRETS_LIVE_MAX; ++i) {
        unsigned is_equal = secret_equal(digest, looked_at->secrets[i].digest, DIGEST_BYTES);
        unsigned is_live = (i < looked_at->secret_count) & (now_us < looked_at->secrets[i].not_after_us);
        right |= looked_at->secrets[i].number & -(int64_t)(is_equal & is_live); /* all bits, or none */
    }
    secret_wipe(digest, sizeof(digest));
    return right;
}
