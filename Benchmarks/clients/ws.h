// A WebSocket client with nothing in its way: what the benchmarks read the live stream with.
#ifndef WS_H
#define WS_H

#include "net.h"

#include <poll.h>
#include <time.h>

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

struct ws {
    int fd;
    unsigned char *bytes;
    size_t have, used, room;
};

/// A text frame's payload, valid until the next call on the same client.
struct text {
    const char *bytes;
    size_t count;
};

/// Connects and reads the answer's head, not a byte more.
static struct ws ws_open(int port, const char *query) {
    struct ws ws = {.fd = tcp(port), .room = 1 << 20};
    ws.bytes = malloc(ws.room);
    char head[1024];
    int count = snprintf(head, sizeof head,
                         "GET /ws/stream%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                         query, port);
    send_all(ws.fd, head, count);
    for (count = 0; count < 4 || memcmp(head + count - 4, "\r\n\r\n", 4); count++)
        if (count == (int)sizeof head - 1 || read(ws.fd, head + count, 1) != 1) die("handshake");
    head[count] = 0;
    if (strncmp(head, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "the server refused the WebSocket: %.200s\n", head);
        exit(1);
    }
    return ws;
}

/// Takes what the socket has, waiting at most `timeout_ms` for the first byte. 0: nothing came; -1: the end.
static int ws_fill(struct ws *ws, int timeout_ms) {
    struct pollfd p = {.fd = ws->fd, .events = POLLIN};
    int ready = poll(&p, 1, timeout_ms);
    if (ready == 0) return 0;
    if (ready < 0) die("poll");
    if (ws->used) {
        memmove(ws->bytes, ws->bytes + ws->used, ws->have - ws->used);
        ws->have -= ws->used;
        ws->used = 0;
    }
    if (ws->room - ws->have < ws->room / 2) ws->bytes = realloc(ws->bytes, ws->room *= 2);
    ssize_t count = recv(ws->fd, ws->bytes + ws->have, ws->room - ws->have, 0);
    if (count < 0) die("recv");
    if (count == 0) return -1;
    ws->have += count;
    return 1;
}

/// The next text frame that is here already; pings are answered. 0: the rest has not come yet; -1: the server closes.
static int ws_next(struct ws *ws, struct text *text) {
    for (;;) {
        unsigned char *b = ws->bytes + ws->used;
        size_t have = ws->have - ws->used, head = 2;
        if (have < 2) return 0;
        uint64_t count = b[1] & 127;
        if (count == 126) head = 4;
        if (count == 127) head = 10;
        if (have < head) return 0;
        if (count == 126) count = b[2] << 8 | b[3];
        if (count == 127)
            for (int i = count = 0; i < 8; i++) count = count << 8 | b[2 + i];
        if (have < head + count) return 0;
        ws->used += head + count;
        switch (b[0] & 15) {
        case 1:
            *text = (struct text){(char *)b + head, count};
            return 1;
        case 8:
            return -1;
        case 9: {
            unsigned char pong[131] = {0x8a, 0x80 | count};
            memcpy(pong + 6, b + head, count);
            send_all(ws->fd, pong, 6 + count);
        }
        }
    }
}

#endif
