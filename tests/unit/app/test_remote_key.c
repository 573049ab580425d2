/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_key.h"

#include "base/secret.h"
#include "base/text.h"
#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>

static h2o_mem_pool_t pool;
static char folder[] = "/tmp/hallmark-key.XXXXXX", path[64], client_id[CREDENTIAL_BYTES_MAX],
            secret[CREDENTIAL_BYTES_MAX];

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

/* '@' stands for the first text, '#' for the second. */
static const char *filled(const char *form, const char *first, const char *second)
{
    struct text out;
    text_start(&out, &pool, 256);
    for (; *form != '\0'; ++form)
        text_add(&out, *form == '@'   ? slice_of(first)
                       : *form == '#' ? slice_of(second)
                                      : (h2o_iovec_t){(char *)form, 1});
    return slice_copy(&pool, text_slice(&out)).base;
}

static const char *with_key(const char *form)
{
    return filled(form, client_id, secret);
}

static h2o_iovec_t refusal_of(const char *file)
{
    struct remote_key key;
    h2o_iovec_t wrong = SLICE_NONE;
    assert_false(remote_key_read(&pool, file, &key, &wrong));
    assert_non_null(wrong.base);
    assert_null(strstr(wrong.base, secret));
    return wrong;
}

static void test_every_form_is_read(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "@\n#",
        "@\n#\n",
        "\n  @ \r\n #\t\r\n\n",
        "{\"client_id\":\"@\",\"client_secret\":\"#\"}",
        " { \"client_id\" : \"@\", \"secret\" : \"#\", \"more\": 1 }\n",
        "[{\"client_id\":\"@\",\"secret\":\"#\"}]\n",
    };
    for (size_t i = 0; i < COUNT_OF(forms); ++i) {
        struct remote_key key;
        h2o_iovec_t wrong;
        write_file(with_key(forms[i]));
        check(forms[i], remote_key_read(&pool, path, &key, &wrong));
        check(forms[i], strcmp(key.client_id, client_id) == 0 && strcmp(key.secret, secret) == 0);
    }
}

static void test_what_is_no_key_is_refused(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "",
        "\n",
        "{",
        "[",
        "[]",
        "{}",
        "[{}]",
        "@",
        "#\n@",
        "@\n",
        "@\n@",
        "@\n#\n#",
        "@ #",
        "{\"client_id\":\"@\"}",
        "{\"client_id\":\"@\",\"secret\":7}",
        "{\"client_id\":\"@\",\"secret\":\"#\"} x",
        "{\"client_id\":\"\\u0068@\",\"secret\":\"#\"}",
        "[{\"client_id\":\"@\",\"secret\":\"#\"},{}]",
        "@\nx#",
        "@\n#x",
    };
    for (size_t i = 0; i < COUNT_OF(forms); ++i) {
        write_file(with_key(forms[i]));
        check(forms[i], strstr(refusal_of(path).base, "hallmark key create") != NULL);
    }
    char *large = malloc(9000);
    assert_non_null(large);
    memset(large, ' ', 8999);
    large[8999] = '\0';
    memcpy(large, client_id, strlen(client_id));
    write_file(large);
    free(large);
    refusal_of(path);
}

/* Whatever lets others read it, or write it, is refused before a byte of it is read. */
static void test_every_other_mode_is_refused(void **state)
{
    (void)state;
    struct remote_key key;
    h2o_iovec_t wrong;
    static const mode_t good[] = {0600, 0400};
    write_file(with_key("@\n#\n"));
    for (unsigned mode = 0; mode < 07777; mode += mode < 0700 ? 1 : 7) {
        bool is_good = (mode & ~0600u) == 0 && (mode & 0400u) != 0;
        assert_int_equal(chmod(path, (mode_t)(mode | 0400u)), 0);
        if (!is_good && (mode & ~0600u) != 0)
            assert_non_null(strstr(refusal_of(path).base, "chmod 600"));
    }
    for (size_t i = 0; i < COUNT_OF(good); ++i) {
        assert_int_equal(chmod(path, good[i]), 0);
        assert_true(remote_key_read(&pool, path, &key, &wrong));
    }
}

static void test_what_is_no_file_of_ours_is_refused(void **state)
{
    (void)state;
    char other[80];
    write_file(with_key("@\n#\n"));
    snprintf(other, sizeof(other), "%s/link", folder);
    assert_int_equal(symlink(path, other), 0);
    assert_non_null(strstr(refusal_of(other).base, "symbolic link"));
    unlink(other);
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_non_null(strstr(refusal_of(other).base, "no regular file"));
    unlink(other);
    assert_non_null(strstr(refusal_of(folder).base, "no regular file"));
    assert_non_null(strstr(refusal_of("/nowhere/key").base, "No such file"));
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(path, 1, 1), 0);
    assert_non_null(strstr(refusal_of(path).base, "belongs to somebody else"));
    assert_int_equal(chown(path, 0, 0), 0);
}

static int set_up(void **state)
{
    (void)state;
    secret_start();
    h2o_mem_init_pool(&pool);
    credential_make(CREDENTIAL_CLIENT_ID, 7, client_id);
    credential_make(CREDENTIAL_CLIENT_SECRET, 7, secret);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/key", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    rmdir(folder);
    h2o_mem_clear_pool(&pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_is_read),
        cmocka_unit_test(test_what_is_no_key_is_refused),
        cmocka_unit_test(test_every_other_mode_is_refused),
        cmocka_unit_test(test_what_is_no_file_of_ours_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
