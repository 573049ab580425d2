/* SPDX-License-Identifier: Apache-2.0 */
/* What is published over HTTP is what is published in scripts/secret-pattern.txt, line by line. */
#include "endpoint/key_format.h"

#include "bed.h"

static size_t pattern_of(const char *name, char *pattern)
{
    char line[512], found[64];
    FILE *file = fopen(SECRET_PATTERNS, "r");
    assert_non_null(file);
    size_t patterns = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        char read[256];
        if (line[0] == '#' || sscanf(line, "%63s %255s", found, read) != 2)
            continue;
        ++patterns;
        if (strcmp(found, name) == 0)
            strcpy(pattern, read);
    }
    fclose(file);
    return patterns;
}

static void the_patterns_are_those_of_the_file(void **state)
{
    struct bed *bed = *state;
    struct exchange *exchange = bed_get(bed, KEY_FORMAT_PATH);
    assert_int_equal(exchange_status(exchange), 200);
    json_t *body = bed_json(exchange);
    const json_t *credentials = json_object_get(body, "credentials");
    assert_int_equal(json_array_size(credentials), CREDENTIAL__MAX);
    for (size_t kind = 0; kind < CREDENTIAL__MAX; ++kind) {
        const json_t *told = json_array_get(credentials, kind);
        char pattern[256] = "", text[CREDENTIAL_BYTES_MAX];
        size_t len = credential_make(kind, 7, text), patterns = pattern_of(bed_string(told, "name"), pattern);
        assert_string_equal(bed_string(told, "regex"), pattern);
        assert_int_equal(patterns, CREDENTIAL__MAX);
        assert_int_equal(json_integer_value(json_object_get(told, "length")), len);
        assert_memory_equal(bed_string(told, "prefix"), text, strlen(bed_string(told, "prefix")));
        assert_int_equal(json_is_true(json_object_get(told, "secret")), kind != CREDENTIAL_CLIENT_ID);
    }
    assert_string_equal(bed_string(body, "report_leaks_to"), "https://id.example/oauth2/leaks");
    json_decref(body);
    exchange_end(exchange);
}

static void the_checksum_is_that_of_the_file(void **state)
{
    struct bed *bed = *state;
    struct exchange *exchange = bed_get(bed, KEY_FORMAT_PATH);
    json_t *body = bed_json(exchange);
    const json_t *example = json_object_get(json_object_get(body, "checksum"), "example");
    assert_string_equal(bed_string(example, "text"), "hmk_0LjaL3EZAbCdEfGhIjKlMn");
    assert_string_equal(bed_string(example, "checksum"), "2L9P4P");
    assert_int_equal(json_integer_value(json_object_get(example, "crc32")), 2144810045);
    assert_true(credential_check(CREDENTIAL_CLIENT_ID, SLICE("hmk_0LjaL3EZAbCdEfGhIjKlMn2L9P4P"), NULL));
    json_decref(body);
    exchange_end(exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(the_patterns_are_those_of_the_file),
        test_on_bed(the_checksum_is_that_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
