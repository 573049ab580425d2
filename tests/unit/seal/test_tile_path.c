/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "seal/tile_path.h"

static void other_paths_are_none(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "",
        "0",
        "0/",
        "/000",
        "0/0",
        "0/00",
        "0/0000",
        "0/+00",
        "0/-01",
        "0/ 00",
        "0/000/",
        "0//000",
        "00/000",
        "01/000",
        "-1/000",
        "x0/000",
        "7/000", /* its leaves cannot be counted */
        "64/000",
        "18446744073709551616/000",
        "0/x001",
        "0/x001/",
        "0/x01/000",
        "0/x0001/000",
        "0/X001/000",
        "0/001/000",
        "0/x000/001", /* 001 is its path */
        "0/x000/x001/000",
        "0/x001/x234",
        "0/x001/x234/x067",
        "0/000.p",
        "0/000.p/",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/00",
        "0/000.p/01",
        "0/000.p/1/",
        "0/000.p/1/1",
        "0/000.p/-1",
        "0/000.P/1",
        "0/000.q/1",
        "0/000/1",
        "0/x001.p/000",
        "0/x00.p/001",
        "0/00.p/1",
        "0/000%2ep/1",
        "0/000?",
        "entries/000",
        "0/x018/x014/x398/x509/x481/x984", /* 2^54 tiles have 2^62 leaves */
        "0/x018/x014/x398/x509/x481/984",
        "6/064",
        "0/x999/x999/x999/x999/x999/x999/x999/999",
        "0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999",
    };
    for (size_t i = 0; i < COUNT_OF(paths); ++i) {
        struct tile_name name;
        check(paths[i], !tile_path_parse(slice_of(paths[i]), &name));
    }
    struct tile_name name;
    assert_false(tile_path_parse((h2o_iovec_t){"0/000\0", 6}, &name));
    assert_false(tile_path_parse((h2o_iovec_t){"0/0\0000", 5}, &name));
    assert_false(tile_path_parse(SLICE_NONE, &name));
}

static void path_names_what_stands_there(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        struct tile_name name;
        uint64_t from, to, least, most;
    } cases[] = {
        {"0/000", {0, 0, 256}, 0, 256, 256, INT64_MAX},
        {"0/000.p/1", {0, 0, 1}, 0, 1, 1, 1},
        {"0/000.p/255", {0, 0, 255}, 0, 255, 255, 255},
        {"0/001", {0, 1, 256}, 256, 512, 512, INT64_MAX},
        {"0/001.p/17", {0, 1, 17}, 256, 273, 273, 273},
        {"0/999", {0, 999, 256}, 255744, 256000, 256000, INT64_MAX},
        {"0/x001/000", {0, 1000, 256}, 256000, 256256, 256256, INT64_MAX},
        {"0/x001/x234/067", {0, 1234067, 256}, 315921152, 315921408, 315921408, INT64_MAX},
        {"0/x001/x234/067.p/8", {0, 1234067, 8}, 315921152, 315921160, 315921160, 315921160},
        {"1/000.p/2", {1, 0, 2}, 0, 2, 512, 767},
        {"1/001", {1, 1, 256}, 256, 512, 131072, INT64_MAX},
        {"2/000.p/1", {2, 0, 1}, 0, 1, 65536, 131071},
        {"6/063", {6, 63, 256}, 16128, 16384, UINT64_C(1) << 62, INT64_MAX},
        {"0/x018/x014/x398/x509/x481/983",
         {0, (UINT64_C(1) << 54) - 1, 256},
         (UINT64_C(1) << 62) - 256,
         UINT64_C(1) << 62,
         UINT64_C(1) << 62,
         INT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct tile_name name;
        uint64_t least, most;
        check(cases[i].path, tile_path_parse(slice_of(cases[i].path), &name));
        struct merkle_span span = tile_path_span(&name);
        tile_path_sizes(&name, &least, &most);
        check(cases[i].path, name.level == cases[i].name.level && name.number == cases[i].name.number);
        check(cases[i].path, name.width == cases[i].name.width && span.level == name.level);
        check(cases[i].path, span.from == cases[i].from && span.to == cases[i].to);
        check(cases[i].path, least == cases[i].least && most == cases[i].most);
    }
}

/* Of each size of a log, the tiles that C2SP tlog-tiles lists for it are those that it has, and the one that would come
 * next is not. */
static void sizes_are_those_that_have_the_tile(void **state)
{
    (void)state;
    for (uint64_t size = 1; size < 70000; size += 97) {
        for (unsigned level = 0; level < 3; ++level) {
            uint64_t count = size >> (MERKLE_TILE_LEVELS * level), least, most;
            struct tile_name last = {level, count / MERKLE_TILE_WIDTH, (unsigned)(count % MERKLE_TILE_WIDTH)};
            struct tile_name full = {level, count / MERKLE_TILE_WIDTH - 1, MERKLE_TILE_WIDTH};
            tile_path_sizes(&full, &least, &most);
            assert_true(count < MERKLE_TILE_WIDTH || (least <= size && size <= most));
            tile_path_sizes(&last, &least, &most);
            assert_true(last.width == 0 || (least <= size && size <= most));
            ++last.width;
            tile_path_sizes(&last, &least, &most);
            assert_true(size < least);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_paths_are_none),
        cmocka_unit_test(path_names_what_stands_there),
        cmocka_unit_test(sizes_are_those_that_have_the_tile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
