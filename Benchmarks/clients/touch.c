// touch PORT WATCHED BARE ROUNDS: from a touched file to the event at a WebSocket client, beside a bare loop.
//
// Each round does, in an order that changes: a new file in WATCHED, a known file of WATCHED that is written again, and a
// new file in BARE, where a thread does the least that a server must: inotify, write, fdatasync, send. Prints
// "new|again|bare MICROSECONDS" a touch, measured on one clock from before open() to after the frame was read.
#define _GNU_SOURCE
#include "ws.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/inotify.h>

enum { KNOWN = 40, EVENT_BYTES = 480, PATIENCE_MS = 5000 };

static char bare_log[4096];
static int bare_socket, watch;

static void *bare_loop(void *unused) {
    char events[65536], event[EVENT_BYTES];
    memset(event, 'x', sizeof event);
    int log = open(bare_log, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (log < 0) die(bare_log);
    for (;;) {
        if (read(watch, events, sizeof events) <= 0) die("inotify");
        if (write(log, event, sizeof event) != sizeof event || fdatasync(log)) die("the bare log");
        send_all(bare_socket, event, sizeof event);
    }
    return unused;
}

/// A loopback connection: our end is returned, the bare loop's end is `bare_socket`.
static int loopback(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (bind(listener, (struct sockaddr *)&at, size) || listen(listener, 1)) die("listen");
    getsockname(listener, (struct sockaddr *)&at, &size);
    int fd = tcp(ntohs(at.sin_port));
    bare_socket = accept(listener, NULL, NULL);
    if (bare_socket < 0) die("accept");
    setsockopt(bare_socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void touch(const char *path, int bytes) {
    char text[64] = "cloudflux ";
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, bytes) != bytes) die(path);
    close(fd);
}

/// Microseconds until an event about the file is here; -1: it did not come.
static double through_server(struct ws *ws, const char *folder, const char *name) {
    char path[4096], wanted[128];
    struct text text;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(wanted, sizeof wanted, "\"file_name\":\"%s\"", name);
    while (ws_fill(ws, 0) > 0) {}
    while (ws_next(ws, &text) > 0) {}
    double start = now_us();
    touch(path, 10);
    for (;;) {
        int more = ws_next(ws, &text);
        if (more < 0) {
            fprintf(stderr, "the server closed the stream\n");
            exit(1);
        }
        if (more > 0 && memmem(text.bytes, text.count, wanted, strlen(wanted))) return now_us() - start;
        if (more == 0 && (now_us() - start > PATIENCE_MS * 1e3 || ws_fill(ws, PATIENCE_MS) <= 0)) return -1;
    }
}

static double through_bare(int fd, const char *folder, const char *name) {
    char path[4096], event[EVENT_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    double start = now_us();
    touch(path, 10);
    for (size_t have = 0; have < sizeof event;) {
        ssize_t count = recv(fd, event, sizeof event - have, 0);
        if (count <= 0) die("recv");
        have += count;
    }
    return now_us() - start;
}

int main(int count, char **words) {
    if (count != 5) return fprintf(stderr, "usage: touch PORT WATCHED BARE ROUNDS\n"), 2;
    const char *watched = words[2], *bare = words[3];
    int rounds = atoi(words[4]);
    char name[64];
    struct ws ws = ws_open(atoi(words[1]), "");
    int bare_client = loopback();
    pthread_t thread;
    snprintf(bare_log, sizeof bare_log, "%s.log", bare);
    watch = inotify_init1(IN_CLOEXEC);
    if (watch < 0 || inotify_add_watch(watch, bare, IN_CLOSE_WRITE) < 0) die(bare);
    pthread_create(&thread, NULL, bare_loop, NULL);
    for (int i = 0; i < KNOWN; i++) {
        snprintf(name, sizeof name, "known-%d", i);
        through_server(&ws, watched, name);
    }
    usleep(1500000);  // the bursts of these are over
    srand(1);
    for (int round = 0; round < rounds; round++)
        for (int turn = 0; turn < 3; turn++) {
            int what = (round + turn) % 3;
            double took;
            usleep(20000 + rand() % 20000);
            if (what == 0) snprintf(name, sizeof name, "known-%d", round % KNOWN);
            if (what == 1) snprintf(name, sizeof name, "new-%d", round);
            if (what == 2) snprintf(name, sizeof name, "bare-%d", round);
            took = what == 2 ? through_bare(bare_client, bare, name) : through_server(&ws, watched, name);
            printf("%s %.1f\n", what == 0 ? "again" : what == 1 ? "new" : "bare", took);
        }
    return 0;
}
