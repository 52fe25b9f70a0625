/* SPDX-License-Identifier: Apache-2.0 */
/* See soak.h. */
#include "soak.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
enum { FIRST_S = 2, EVERY_S = 10, EVERY_ON_TERMINAL_S = 1 };

uint64_t soak_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void soak_progress_begin(struct soak_progress *progress, const char *name, uint64_t all)
{
    *progress = (struct soak_progress){ .name = name, .all = all, .begun = soak_now() };
}

void soak_progress_at(struct soak_progress *progress, uint64_t done)
{
    int terminal = isatty(STDERR_FILENO);
    uint64_t now = soak_now(), every = (terminal ? EVERY_ON_TERMINAL_S : EVERY_S) * SECOND, took = now - progress->begun;

    if (took < FIRST_S * SECOND || (progress->told != 0 && now - progress->told < every)) return;
    progress->told = now;
    double rate = (double)done / ((double)took / (double)SECOND), left = rate > 0 ? (double)(progress->all - done) / rate : 0;
    fprintf(stderr, "%s%s: %llu of %llu messages, %.0f %%, %.0f thousand/s, %.0f s left%s", terminal ? "\r\033[K" : "",
            progress->name, (unsigned long long)done, (unsigned long long)progress->all,
            100.0 * (double)done / (double)progress->all, rate / 1e3, left, terminal ? "" : "\n");
    fflush(stderr);
}

void soak_progress_end(const struct soak_progress *progress)
{
    if (progress->told != 0 && isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
}

void soak_cannot(const char *what)
{
    fprintf(stderr, "soak: %s%s%s\n", what, errno != 0 ? ": " : "", errno != 0 ? strerrordesc_np(errno) : "");
    exit(SOAK_CANNOT);
}

uint64_t soak_number(const char *word, uint64_t most)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(word, &end, 10);
    if (errno == 0 && word[0] >= '0' && word[0] <= '9' && *end == '\0' && number > 0 && number <= most) return number;
    fprintf(stderr, "soak: %s: a number from 1 to %llu is wanted\n", word, (unsigned long long)most);
    exit(SOAK_CANNOT);
}
