/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store/db_conninfo.h"

#include <stdlib.h>

/* What libpq was told; "" when nothing. */
static const char *told(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; ++options) {
        if (strcmp(options->keyword, keyword) == 0)
            return options->val == NULL ? "" : options->val;
    }
    fail_msg("libpq has no option %s", keyword);
    return "";
}

static void forget_environment(void)
{
    static const char *const names[] = {"PGHOST",       "PGHOSTADDR",          "PGPORT", "PGOPTIONS", "PGAPPNAME",
                                        "PGGSSENCMODE", "PGTARGETSESSIONATTRS"};
    for (size_t i = 0; i < COUNT_OF(names); ++i)
        unsetenv(names[i]);
}

struct environment {
    const char *name, *value;
};

/* "127.1" is a name that every machine knows without asking anybody. */
static void test_options(void **state)
{
    static const struct {
        const char *name, *text;
        unsigned first;
        struct environment environment;
        const char *keyword, *want;
    } cases[] = {
        {"a folder stays", "host=/tmp/nowhere port=5999", 0, {NULL, NULL}, "host", "/tmp/nowhere"},
        {"a folder has no address", "host=/tmp/nowhere port=5999", 0, {NULL, NULL}, "hostaddr", ""},
        {"an address", "host=127.0.0.1 port=1", 0, {NULL, NULL}, "hostaddr", "127.0.0.1"},
        {"a name keeps its name, for TLS and passwords", "host=127.1 port=1", 0, {NULL, NULL}, "host", "127.1"},
        {"a name is looked up", "host=127.1 port=1", 0, {NULL, NULL}, "hostaddr", "127.0.0.1"},
        {"in a URI too", "postgresql://u@127.1:1/d", 0, {NULL, NULL}, "hostaddr", "127.0.0.1"},
        {"in the environment too", "dbname=d", 0, {"PGHOST", "127.1"}, "hostaddr", "127.0.0.1"},
        {"an address that is given stands",
         "host=db.invalid hostaddr=127.0.0.9 port=1",
         0,
         {NULL, NULL},
         "hostaddr",
         "127.0.0.9"},
        {"several hosts, one port", "host=127.0.0.1,127.0.0.2 port=1", 0, {NULL, NULL}, "port", "1,1"},
        {"several hosts, several ports", "host=127.0.0.1,127.0.0.2 port=1,2", 0, {NULL, NULL}, "port", "1,2"},
        {"several hosts, no port", "host=127.0.0.1,127.0.0.2", 0, {NULL, NULL}, "port", ","},
        {"a folder among hosts", "host=/tmp/nowhere,127.0.0.2 port=1,2", 0, {NULL, NULL}, "hostaddr", ",127.0.0.2"},
        {"the first host moves",
         "host=127.0.0.1,127.0.0.2,127.0.0.3 port=1,2,3",
         1,
         {NULL, NULL},
         "hostaddr",
         "127.0.0.2,127.0.0.3,127.0.0.1"},
        {"and the ports with it", "host=127.0.0.1,127.0.0.2,127.0.0.3 port=1,2,3", 5, {NULL, NULL}, "port", "3,1,2"},
        {"an unknown host is left out",
         "host=no.such.host.invalid,127.0.0.2 port=1,2",
         0,
         {NULL, NULL},
         "hostaddr",
         "127.0.0.2"},
        {"several hosts: the writable one",
         "host=127.0.0.1,127.0.0.2 port=1",
         0,
         {NULL, NULL},
         "target_session_attrs",
         "read-write"},
        {"unless it is said otherwise",
         "host=127.0.0.1,127.0.0.2 port=1 target_session_attrs=any",
         0,
         {NULL, NULL},
         "target_session_attrs",
         "any"},
        {"also by the environment",
         "host=127.0.0.1,127.0.0.2 port=1",
         0,
         {"PGTARGETSESSIONATTRS", "primary"},
         "target_session_attrs",
         "primary"},
        {"one host: whatever it is", "host=127.0.0.1 port=1", 0, {NULL, NULL}, "target_session_attrs", "any"},
        {"options", "host=127.0.0.1 port=1", 0, {NULL, NULL}, "options", " -c a=b"},
        {"options behind those given",
         "host=127.0.0.1 port=1 options='-c x=y'",
         0,
         {NULL, NULL},
         "options",
         "-c x=y -c a=b"},
        {"options behind those of the environment",
         "host=127.0.0.1 port=1",
         0,
         {"PGOPTIONS", "-c e=f"},
         "options",
         "-c e=f -c a=b"},
        {"a preset", "host=127.0.0.1 port=1", 0, {NULL, NULL}, "fallback_application_name", "hallmark"},
        {"a preset that is given", "host=127.0.0.1 port=1 keepalives_idle=7", 0, {NULL, NULL}, "keepalives_idle", "7"},
        {"everything else stays",
         "host=127.0.0.1 port=1 user=somebody dbname=\'a b\' sslmode=require",
         0,
         {NULL, NULL},
         "dbname",
         "a b"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        forget_environment();
        if (cases[i].environment.name != NULL)
            setenv(cases[i].environment.name, cases[i].environment.value, 1);
        struct db_conninfo *conninfo = db_conninfo_create(cases[i].text);
        PGconn *connection = db_conninfo_connect(conninfo, cases[i].first, "-c a=b");
        PQconninfoOption *options = PQconninfo(connection);
        check_slice(cases[i].name, slice_of(told(options, cases[i].keyword)), slice_of(cases[i].want));
        PQconninfoFree(options);
        PQfinish(connection);
        db_conninfo_destroy(conninfo);
    }
    forget_environment();
}

/* What is wrong is told by the attempt to connect; nothing is looked up then. */
static void test_faults(void **state)
{
    static const struct {
        const char *name, *text, *says;
    } cases[] = {
        {"no such option", "colour=green", "invalid connection option \"colour\""},
        {"not a URI", "postgresql://[::1", "end of string"},
        {"no host is known", "host=no.such.host.invalid", "no_host_could_be_looked_up"},
        {"more ports than hosts", "host=127.0.0.1 port=1,2,3", "could not match"},
    };
    (void)state;
    forget_environment();
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct db_conninfo *conninfo = db_conninfo_create(cases[i].text);
        PGconn *connection = db_conninfo_connect(conninfo, 0, "");
        check(cases[i].name, PQstatus(connection) == CONNECTION_BAD);
        if (strstr(PQerrorMessage(connection), cases[i].says) == NULL)
            fail_msg("case \"%s\": %s", cases[i].name, PQerrorMessage(connection));
        PQfinish(connection);
        db_conninfo_destroy(conninfo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
