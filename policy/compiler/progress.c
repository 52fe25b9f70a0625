/* SPDX-License-Identifier: Apache-2.0 */
/* A timer writes the line, so that no work has to think of it. */
#include "compiler/progress.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define PROGRESS_FIRST_S 2

static char progress_line[80];
static volatile sig_atomic_t progress_length, progress_seconds;

/* In a signal handler: no stdio. Seconds are appended by hand. */
static void progress_tick(int number)
{
    char text[sizeof progress_line + 24], digits[12];
    size_t length = (size_t)progress_length, count = 0;
    (void)number;
    memcpy(text, progress_line, length);
    for (sig_atomic_t rest = progress_seconds; rest > 0 && count < sizeof digits; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    while (count > 0) text[length++] = digits[--count];
    memcpy(text + length, " s ...", 6);
    ssize_t written = write(STDERR_FILENO, text, length + 6);
    (void)written;
    progress_seconds++;
}

static void progress_timer(time_t first, time_t each)
{
    const struct itimerval timer = { .it_value.tv_sec = first, .it_interval.tv_sec = each };
    setitimer(ITIMER_REAL, &timer, NULL);
}

void progress_start(const char *what)
{
    struct sigaction action = { .sa_handler = progress_tick, .sa_flags = SA_RESTART };
    if (!isatty(STDERR_FILENO)) return;
    progress_length = snprintf(progress_line, sizeof progress_line, "\rbulkhead %.40s: ", what);
    progress_seconds = PROGRESS_FIRST_S;
    sigaction(SIGALRM, &action, NULL);
    progress_timer(PROGRESS_FIRST_S, 1);
}

void progress_end(void)
{
    progress_timer(0, 0);
    if (progress_seconds > PROGRESS_FIRST_S) fputs("\r\x1b[K", stderr);
    progress_seconds = 0;
}

bool progress_may_colour(FILE *out)
{
    const char *no = getenv("NO_COLOR");
    return (no == NULL || *no == '\0') && isatty(fileno(out)) != 0;
}
