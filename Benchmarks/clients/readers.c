// readers PORT STALLED READING EVENTS: clients of the live stream, some of which never read.
//
// Prints "ready" when all are connected. Ends when each reading client was given EVENTS events, or when nothing came for
// 30 s, with a line a client: "reader NUMBER form EVENTS BYTES HOLES REPEATED GAPS SECONDS". Every second reading client
// asks for batches.
#define _GNU_SOURCE
#include "ws.h"

enum { PATIENCE_S = 30 };

struct reader {
    struct ws ws;
    long events, holes, repeated, gaps;
    long long next, bytes;
    double first, last;
    int batch, open;
};

static void look(struct reader *r, struct text text) {
    static const char field[] = "\"offset\":", gap[] = "{\"type\":\"gap\"";
    const char *at = text.bytes, *end = at + text.count;
    if (text.count > sizeof gap && !memcmp(at, gap, sizeof gap - 1)) r->gaps++;
    while ((at = memmem(at, end - at, field, sizeof field - 1))) {
        at += sizeof field - 1;
        long long offset = 0;
        while (at < end && *at >= '0' && *at <= '9') offset = offset * 10 + (*at++ - '0');
        if (r->events && offset > r->next) r->holes++;
        if (r->events && offset < r->next) r->repeated++;
        r->next = offset + 1;
        if (!r->events++) r->first = now_us();
        r->last = now_us();
    }
}

int main(int count, char **words) {
    if (count != 5) return fprintf(stderr, "usage: readers PORT STALLED READING EVENTS\n"), 2;
    int port = atoi(words[1]), stalled = atoi(words[2]), reading = atoi(words[3]);
    long wanted = atol(words[4]);
    struct reader *readers = calloc(reading, sizeof *readers);
    struct pollfd *polls = calloc(reading, sizeof *polls);
    for (int i = 0; i < stalled; i++) ws_open(port, "");
    for (int i = 0; i < reading; i++) {
        readers[i] = (struct reader){.batch = i % 2, .open = 1};
        readers[i].ws = ws_open(port, i % 2 ? "?batch=1" : "");
        polls[i] = (struct pollfd){.fd = readers[i].ws.fd, .events = POLLIN};
    }
    puts("ready");
    fflush(stdout);
    double heard = now_us();
    for (int left = reading; left > 0 && now_us() - heard < PATIENCE_S * 1e6;) {
        if (poll(polls, reading, 1000) < 0) die("poll");
        for (int i = 0; i < reading; i++) {
            struct reader *r = &readers[i];
            struct text text;
            int more;
            if (!polls[i].revents) continue;
            size_t before = r->ws.have - r->ws.used;
            if (ws_fill(&r->ws, 0) < 0) r->open = 0;
            r->bytes += r->ws.have - r->ws.used - before;
            long had = r->events;
            while ((more = ws_next(&r->ws, &text)) > 0) look(r, text);
            if (more < 0) r->open = 0;
            if (r->events > had) heard = now_us();
            if (!r->open || (had < wanted && r->events >= wanted)) {
                left--;
                if (!r->open) polls[i].fd = -1;
            }
        }
    }
    for (int i = 0; i < reading; i++) {
        struct reader *r = &readers[i];
        printf("reader %d %s %ld %lld %ld %ld %ld %.3f\n", i, r->batch ? "batch" : "single", r->events, r->bytes, r->holes,
               r->repeated, r->gaps, (r->last - r->first) / 1e6);
    }
    fflush(stdout);
    getchar();  // stays connected until it is told to go
    return 0;
}
