/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/base/slice.c */
#include "base/address.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool is_canonical(h2o_iovec_t text)
{
    struct address address;
    char canonical[LIMIT_ADDRESS_BYTES_MAX];
    return address_parse(text, &address) &&
           slice_equal(text, (h2o_iovec_t){canonical, address_text(&address, canonical)});
}

/* The text form is one that is read as the same address, by us and by the C library, and is its own text form. */
static void check_address(const struct address *address)
{
    char text[LIMIT_ADDRESS_BYTES_MAX];
    uint8_t bytes[IPV6_BYTES];
    size_t text_len = address_text(address, text);
    struct address again;
    bool accepted = address_parse((h2o_iovec_t){text, text_len}, &again);
    assert(accepted);
    assert(address_equal(address, &again));
    assert(is_canonical((h2o_iovec_t){text, text_len}));
    assert(inet_pton(address->family == 4 ? AF_INET : AF_INET6, text, bytes) == 1);
    assert(memcmp(bytes, address->bytes, byte_count(address)) == 0);
}

/* It holds its base, and not the neighbour in the last bit of its prefix. */
static void check_block(const struct cidr *block)
{
    struct address neighbour = block->base;
    assert(block->bits <= byte_count(&block->base) * BYTE_BITS);
    assert(cidr_contains(block, &block->base));
    check_address(&block->base);
    if (block->bits == 0)
        return;
    size_t last = block->bits - 1u;
    neighbour.bytes[last / BYTE_BITS] ^= (uint8_t)(0x80 >> last % BYTE_BITS);
    assert(!cidr_contains(block, &neighbour));
}

/* The number of hops in the list, and hop number `wanted` from the right. */
static size_t hop_from_right(h2o_iovec_t list, size_t wanted, h2o_iovec_t *hop_out)
{
    size_t count = 0;
    for (h2o_iovec_t rest = list; rest.base != NULL; ++count)
        slice_cut(&rest, ',');
    for (size_t i = 0; i < count; ++i) {
        h2o_iovec_t hop = slice_cut(&list, ',');
        if (count - 1 - i == wanted)
            *hop_out = slice_trim(hop);
    }
    return count;
}

/* The rule once more, said from the other end. */
static struct address client_by_rule(const struct address *peer, h2o_iovec_t list, const struct cidr_list *trusted)
{
    struct address client = *peer;
    h2o_iovec_t hop;
    for (size_t i = 0; i < LIMIT_FORWARDED_HOPS_MAX && cidr_list_contains(trusted, &client); ++i)
        if (i >= hop_from_right(list, i, &hop) || !hop_parse(hop, &client))
            break;
    return client;
}

static void check_client(h2o_iovec_t list)
{
    struct cidr_list trusted;
    struct address peer;
    bool accepted =
        cidr_list_parse(SLICE("10.0.0.0/8,::/9,1.0.0.0/8"), &trusted) && address_parse(SLICE("10.1.1.1"), &peer);
    assert(accepted);
    struct address client = address_of_client(&peer, list, &trusted), wanted = client_by_rule(&peer, list, &trusted);
    assert(address_equal(&client, &wanted));
    check_address(&client);
    cidr_list_free(&trusted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_iovec_t text = {(char *)bytes, len};
    struct address address;
    struct cidr block;
    struct cidr_list list;
    if (address_parse(text, &address))
        check_address(&address);
    if (cidr_parse(text, &block))
        check_block(&block);
    if (cidr_list_parse(text, &list)) {
        for (size_t i = 0; i < list.count; ++i)
            check_block(&list.blocks[i]);
        cidr_list_free(&list);
    }
    if (text.base != NULL)
        check_client(text);
    return 0;
}
