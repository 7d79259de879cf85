#include "cfluxsystem.h"

#include <stdatomic.h>
#include <string.h>

// Slice-by-8 tables for the reflected Castagnoli polynomial, filled on first use.
static uint32_t table[8][256];
static atomic_int table_ready = 0;

static void fill_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = (c & 1) ? (c >> 1) ^ 0x82F63B78u : c >> 1;
        table[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++) table[t][i] = (table[t - 1][i] >> 8) ^ table[0][table[t - 1][i] & 0xFF];
}

static uint32_t crc32c_portable(uint32_t crc, const unsigned char *p, size_t n) {
    // Every thread that races here writes the same values, so the worst case is work done twice.
    if (!atomic_load_explicit(&table_ready, memory_order_acquire)) {
        fill_table();
        atomic_store_explicit(&table_ready, 1, memory_order_release);
    }
    while (n >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        word ^= crc;
        crc = table[7][word & 0xFF] ^ table[6][(word >> 8) & 0xFF] ^ table[5][(word >> 16) & 0xFF] ^
              table[4][(word >> 24) & 0xFF] ^ table[3][(word >> 32) & 0xFF] ^ table[2][(word >> 40) & 0xFF] ^
              table[1][(word >> 48) & 0xFF] ^ table[0][word >> 56];
        p += 8;
        n -= 8;
    }
    while (n--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xFF];
    return crc;
}

#if defined(__x86_64__)
// The instruction takes three cycles, but a new one can begin in each: three stretches side by side take the time of one.
enum { STRETCH = 1024 };
// What a checksum becomes by STRETCH zero bytes, for each value of each of its bytes. Filled on first use.
static uint32_t past[4][256];
static atomic_int past_ready = 0;

static void fill_past(void) {
    uint32_t bit[32];
    for (int i = 0; i < 32; i++) {
        uint32_t c = 1u << i;
        for (int n = 0; n < STRETCH; n++) c = (c >> 8) ^ table[0][c & 0xFF];
        bit[i] = c;
    }
    for (int k = 0; k < 4; k++)
        for (int b = 0; b < 256; b++) {
            uint32_t c = 0;
            for (int i = 0; i < 8; i++)
                if (b >> i & 1) c ^= bit[8 * k + i];
            past[k][b] = c;
        }
}

static uint32_t move_past(uint32_t c) {
    return past[0][c & 0xFF] ^ past[1][c >> 8 & 0xFF] ^ past[2][c >> 16 & 0xFF] ^ past[3][c >> 24];
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const unsigned char *p, size_t n) {
    uint64_t c = crc;
    if (n >= 3 * STRETCH) {
        // As with the other tables: who races here writes the same values.
        if (!atomic_load_explicit(&past_ready, memory_order_acquire)) {
            fill_table();
            fill_past();
            atomic_store_explicit(&past_ready, 1, memory_order_release);
        }
        do {
            uint64_t c1 = 0, c2 = 0, w0, w1, w2;
            for (int i = 0; i < STRETCH; i += 8) {
                memcpy(&w0, p + i, 8);
                memcpy(&w1, p + i + STRETCH, 8);
                memcpy(&w2, p + i + 2 * STRETCH, 8);
                c = __builtin_ia32_crc32di(c, w0);
                c1 = __builtin_ia32_crc32di(c1, w1);
                c2 = __builtin_ia32_crc32di(c2, w2);
            }
            c = move_past((uint32_t)c) ^ (uint32_t)c1;
            c = move_past((uint32_t)c) ^ (uint32_t)c2;
            p += 3 * STRETCH;
            n -= 3 * STRETCH;
        } while (n >= 3 * STRETCH);
    }
    while (n >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        c = __builtin_ia32_crc32di(c, word);
        p += 8;
        n -= 8;
    }
    uint32_t r = (uint32_t)c;
    while (n--) r = __builtin_ia32_crc32qi(r, *p++);
    return r;
}
#endif

uint32_t cflux_crc32c(uint32_t crc, const void *bytes, size_t length) {
    const unsigned char *p = bytes;
    crc = ~crc;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return ~crc32c_sse42(crc, p, length);
#endif
    return ~crc32c_portable(crc, p, length);
}
