// What the fan-out clients share: time, a histogram of delays, the event, and reading what a peer sends.
#ifndef FANOUT_H
#define FANOUT_H

#include "net.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <time.h>

enum { DATA_BYTES = 150, KINDS = 1000 };

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/// Delays in nanoseconds, in steps of 1/32 of their size.
struct delays {
    uint64_t counts[64 * 32], total, longest;
};

static inline void delays_add(struct delays *d, uint64_t ns) {
    int top = ns < 64 ? 5 : 63 - __builtin_clzll(ns);
    d->counts[((top - 5) << 5) + (ns < 64 ? ns >> 1 : (ns >> (top - 5)) & 31)]++;
    d->total++;
    if (ns > d->longest) d->longest = ns;
}

/// The delay in milliseconds that this share of them does not exceed.
static inline double delays_at(const struct delays *d, double share) {
    uint64_t wanted = share * d->total, seen = 0;
    for (int i = 0; i < 64 * 32; i++)
        if ((seen += d->counts[i]) > wanted) return (double)((32ull + (i & 31) + 1) << (i >> 5)) / 1e6;
    return d->longest / 1e6;
}

/// The kind of an event: neighbours differ, and of any thousand in a row each kind has one.
static inline long kind_of(long number) { return number * 637 % KINDS; }

/// The `data` of one event: its number, its kind (1000 and up, KINDS of them), and when it was to be sent. Always DATA_BYTES.
static inline int write_data(char *out, long number, uint64_t at) {
    int count = sprintf(out, "{\"n\":\"%010ld\",\"k\":%ld,\"at\":\"%019llu\",\"pad\":\"", number, 1000 + kind_of(number), (unsigned long long)at);
    memset(out + count, 'x', DATA_BYTES - 2 - count);
    memcpy(out + DATA_BYTES - 2, "\"}", 2);
    return DATA_BYTES;
}

/// The whole message as CloudFlux sends it, for peers that pass on what they are given.
static inline int write_message(char *out, long number, uint64_t at) {
    int count = sprintf(out,
                        "{\"type\":\"event\",\"data\":{\"id\":\"evt_01M8J4YWPR06TK2KE0ECB1GGJR\",\"type\":\"com.example.bench\",\"source\":\"/clients/local\","
                        "\"timestamp\":\"2026-11-28T22:38:36.248Z\",\"recorded_at\":\"2026-11-28T22:38:36.248Z\",\"partition\":0,\"offset\":%ld,"
                        "\"correlation_id\":null,\"user_id\":null,\"version\":\"1.0\",\"simulated\":false,\"data\":",
                        number);
    count += write_data(out + count, number, at);
    return count + sprintf(out + count, "},\"cursor\":\"v1-593075022b967c31-e0-%ld\"}", number + 1);
}

/// Digits at a place where all messages of a stream have them.
static inline uint64_t digits(const char *at, int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value = value * 10 + (at[i] - '0');
    return value;
}

#endif
