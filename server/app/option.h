/* SPDX-License-Identifier: Apache-2.0 */
/* Every option of the program, one row each: flag, HALLMARK_ variable, default, help and check come from it, and so do
 * the manual page and the completions. A flag goes before its variable, the variable before the default. */
#ifndef HALLMARK_APP_OPTION_H
#define HALLMARK_APP_OPTION_H

#include "http/settings.h"

struct configuration { /* the settings of the server, and what only the command line needs */
    struct settings settings;
    const char *database_url, *migration_url;
    const char *master_key_file, *new_master_key_file;
    const char *smtp_password_file;
    const char *checkpoint_key_file, *checkpoint_old_key_file, *checkpoint_file, *history_origin;
    const char *server_url, *key_file, *ca_file; /* of a server that is administered over HTTP; NULL: not given */
    uint64_t expected_version;                   /* of what is changed there; 0: the one that it has */
    bool has_master_key;
    bool json;                /* --format json */
    char *issuer_of_listener; /* malloc; NULL: the issuer was given */
};

enum option_group {
    OPTION_DATABASE = 1,
    OPTION_SERVER = 2,
    OPTION_MASTER_KEY = 4,
    OPTION_OUTPUT = 8,
    OPTION_WEBHOOK = 16,
    OPTION_MAIL = 32,
    OPTION_REMOTE = 64,
    OPTION_BESIDE = 128 /* works only beside the database: knows --url in order to refuse it, and no help tells of it */
};

struct option_row {
    const char *name;     /* without the dashes; the variable is HALLMARK_ and the name in capitals, '-' as '_' */
    const char *argument; /* what stands for the value in the help; NULL: a switch */
    const char *standard; /* the default, in the help and in effect; NULL: none */
    unsigned group;
    const char *help;
    /* Checks and stores; a sentence for a person (a literal) when the value will not do. */
    const char *(*apply)(struct configuration *configuration, const char *value);
};

size_t option_count(void);
const struct option_row *option_at(size_t index);
const struct option_row *option_find(const char *name, unsigned groups);

#define OPTION_VARIABLE_BYTES_MAX 64
void option_variable(const struct option_row *row, char out[static OPTION_VARIABLE_BYTES_MAX]);

/* Defaults, then the environment. False with a sentence (malloc) when a variable does not make sense. */
__attribute__((warn_unused_result)) bool configuration_start(struct configuration *out, unsigned groups,
                                                             char **message_out);
/* What has to fit together: TLS files in a pair, plain HTTP on loopback only, an issuer. */
__attribute__((warn_unused_result)) bool configuration_check_server(struct configuration *configuration,
                                                                    char **message_out);
/* Relay and sender, login and password go together; reads the password into settings.smtp_password. */
__attribute__((warn_unused_result)) bool configuration_check_mail(struct configuration *configuration,
                                                                  char **message_out);
/* Reads the master key from its file or HALLMARK_MASTER_KEY into settings.master_key. */
__attribute__((warn_unused_result)) bool configuration_read_master_key(struct configuration *configuration,
                                                                       char **message_out);
__attribute__((warn_unused_result)) bool configuration_read_key_file(const char *path, uint8_t out[static DIGEST_BYTES],
                                                                     char **message_out);
void configuration_wipe(struct configuration *configuration);

#endif
