/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define STATM_BYTES_MAX 128
#define ENTRIES_BESIDE  3 /* ".", "..", and the folder itself, which is open while it is read */

uint64_t process_resident_bytes(void)
{
    char line[STATM_BYTES_MAX] = "", *second;
    FILE *file = fopen("/proc/self/statm", "re"); /* total and resident size, in pages */
    if (file == NULL)
        return 0;
    char *read = fgets(line, sizeof(line), file);
    fclose(file);
    if (read == NULL || (second = strchr(line, ' ')) == NULL)
        return 0;
    return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t process_open_descriptors(void)
{
    uint64_t entries = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        ++entries;
    closedir(folder);
    return entries > ENTRIES_BESIDE ? entries - ENTRIES_BESIDE : 0;
}

uint64_t process_descriptors_max(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}
