/* SPDX-License-Identifier: Apache-2.0 */
/* Peers: a pipe, and a socket of AF_UNIX that keeps messages apart. Both are made before the second process is. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

static int pipes[2][2], sockets[2][2];        /* of each way: where one reads, where one writes */

static void make(uint32_t way, void *memory)
{
    (void)way;
    (void)memory;
}

static void open_end(uint32_t way, void *memory, int sends)
{
    (void)way;
    (void)memory;
    (void)sends;
}

#define PUSH_PIPE(way, size, m) (write(pipes[way][1], m, size) == size)
#define POP_PIPE(way, size, m) (read(pipes[way][0], m, size) == size)
#define PUSH_SOCKET(way, size, m) (write(sockets[way][1], m, size) == size)
#define POP_SOCKET(way, size, m) (read(sockets[way][0], m, size) == size)
#define QUEUE(size)                                                                                                            \
    BENCH_ONE_WAY(pipe, size, PUSH_PIPE, POP_PIPE)                                                                             \
    BENCH_BOTH_WAYS(pipe, size, PUSH_PIPE, POP_PIPE)                                                                           \
    BENCH_ONE_WAY(seqpacket, size, PUSH_SOCKET, POP_SOCKET)                                                                    \
    BENCH_BOTH_WAYS(seqpacket, size, PUSH_SOCKET, POP_SOCKET)
BENCH_SIZES(QUEUE)

#define ADD(size)                                                                                                              \
    bench_add(&(struct bench_queue){ "pipe", size, make, open_end, pipe_##size##_produce, pipe_##size##_consume,               \
                                     pipe_##size##_ping, pipe_##size##_pong });                                                \
    bench_add(&(struct bench_queue){ "AF_UNIX seqpacket", size, make, open_end, seqpacket_##size##_produce,                    \
                                     seqpacket_##size##_consume, seqpacket_##size##_ping, seqpacket_##size##_pong });

void bench_kernel(void)
{
    for (int way = 0; way < 2; way++) {
        if (pipe(pipes[way]) != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets[way]) != 0) exit(1);
        fcntl(pipes[way][1], F_SETPIPE_SZ, 262144);
    }
    BENCH_SIZES(ADD)
}
