/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what stands for the compiler's built-in functions in the proofs does on this machine what they do. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MODELS_ALONE
#include "models.h"

int main(void)
{
    uint64_t x = 1, bad = 0;
    for (uint32_t i = 0; i < 1000000; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        uint8_t bytes[8];
        memcpy(bytes, &x, sizeof bytes);
        bad += model_load(bytes) != x || model_swap(x) != __builtin_bswap64(x);
    }
    printf("1..1\n%s 1 - the models of loads and byte swaps do what the built-in functions do\n", bad == 0 ? "ok" : "not ok");
    return bad != 0;
}
