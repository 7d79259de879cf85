// pour --as flux|redis|fastapi --port PORT [--connections N] [--batch B] [--seconds S] [--warm S]: writers that wait for
// the answer to what they have sent, and then send the next.
//
// An event has DATA_BYTES of data. To CloudFlux a request is an array of B events; to Redis it is B times XADD, sent
// together; to the FastAPI server it is one event. Prints one line of JSON: what was answered well in the time that was
// measured, and all that was sent, so that the caller can count whether it is there.
#define _GNU_SOURCE
#include "fanout.h"

enum server { FLUX, REDIS, FASTAPI };
static const char *const names[] = {"flux", "redis", "fastapi"};

static struct {
    enum server as;
    int port, connections, batch;
    double seconds, warm;
} o = {.connections = 256, .batch = 1, .seconds = 5, .warm = 1};

struct writer {
    int fd;
    char *out;
    int out_count, out_sent;
    int answers;  // that are to come
    int head, body;  // of an HTTP answer: bytes of the head matched or read, and of the body to come
    uint64_t begun;
    char line[256];
    int line_count;
    int skip;
};

static struct writer *writers;
static int polls;
static long number, answered, measured;
static uint64_t measured_from, stop;
static struct delays delays;

static void prepare(struct writer *w) {
    char *out = w->out;
    int count = 0, batch = o.as == FASTAPI ? 1 : o.batch;
    uint64_t now = now_ns();
    switch (o.as) {
    case FLUX: {
        static char *body;
        if (!body) body = malloc(batch * 256 + 2);
        int length = 0;
        body[length++] = '[';
        for (int i = 0; i < batch; i++) {
            length += sprintf(body + length, "%s{\"type\":\"com.example.bench\",\"data\":", i ? "," : "");
            length += write_data(body + length, number++, now);
            body[length++] = '}';
        }
        body[length++] = ']';
        count = sprintf(out, "POST /api/stream/events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", o.port, length);
        memcpy(out + count, body, length);
        count += length;
        w->answers = 1;
        break;
    }
    case REDIS:
        for (int i = 0; i < batch; i++) {
            count += sprintf(out + count, "*9\r\n$4\r\nXADD\r\n$6\r\nevents\r\n$1\r\n*\r\n$4\r\ntype\r\n$17\r\ncom.example.bench\r\n$6\r\nsource\r\n$14\r\n/clients/local\r\n$4\r\ndata\r\n$%d\r\n", DATA_BYTES);
            count += write_data(out + count, number++, now);
            count += sprintf(out + count, "\r\n");
        }
        w->answers = batch;
        break;
    case FASTAPI: {
        char text[1024];
        int length = write_message(text, number++, now);
        count = sprintf(out, "POST /publish HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", o.port, length);
        memcpy(out + count, text, length);
        count += length;
        w->answers = 1;
    }
    }
    w->out_count = count;
    w->out_sent = 0;
    w->begun = now;
}

static void send_on(struct writer *w) {
    while (w->out_sent < w->out_count) {
        ssize_t sent = send(w->fd, w->out + w->out_sent, w->out_count - w->out_sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) break;
        if (sent <= 0) die("send");
        w->out_sent += sent;
    }
    struct epoll_event wanted = {.events = EPOLLIN | (w->out_sent < w->out_count ? EPOLLOUT : 0), .data.ptr = w};
    static int was_out;
    if (w->out_sent < w->out_count || was_out) epoll_ctl(polls, EPOLL_CTL_MOD, w->fd, &wanted);
    was_out = was_out || w->out_sent < w->out_count;
}

static void one_answer(struct writer *w, uint64_t now) {
    if (--w->answers) return;
    long events = o.as == FASTAPI ? 1 : o.batch;
    answered += events;
    if (w->begun >= measured_from && now < stop) {
        measured += events;
        delays_add(&delays, now - w->begun);
    }
    if (now < stop) {
        prepare(w);
        send_on(w);
    }
}

/// Answers come line by line: an HTTP head with its length, or Redis's `$` with an id behind it.
static void hear(struct writer *w, const char *text, int count, uint64_t now) {
    for (int i = 0; i < count; i++) {
        if (w->body) {
            int here = w->body < count - i ? w->body : count - i;
            w->body -= here;
            i += here - 1;
            if (!w->body) one_answer(w, now);
            continue;
        }
        if (text[i] != '\n') {
            if (w->line_count < (int)sizeof w->line - 1) w->line[w->line_count++] = text[i];
            continue;
        }
        w->line[w->line_count] = 0;
        w->line_count = 0;
        if (o.as == REDIS) {
            if (w->line[0] == '-') {
                fprintf(stderr, "redis: %s\n", w->line);
                exit(1);
            }
            if (w->line[0] != '$') one_answer(w, now);  // the id behind its length
            continue;
        }
        if (w->head == 0) {
            if (strncmp(w->line, "HTTP/1.1 20", 11)) {
                fprintf(stderr, "answered: %s\n", w->line);
                exit(1);
            }
            w->head = 1;
        }
        if (!strncasecmp(w->line, "content-length:", 15)) w->skip = atoi(w->line + 15);
        if (w->line[0] == '\r') {
            w->head = 0;
            w->body = w->skip;
            w->skip = 0;
            if (!w->body) one_answer(w, now);
        }
    }
}

int main(int count, char **words) {
    for (int i = 1; i + 1 < count; i += 2) {
        const char *word = words[i], *value = words[i + 1];
        if (!strcmp(word, "--as")) while (o.as < FASTAPI && strcmp(names[o.as], value)) o.as++;
        else if (!strcmp(word, "--port")) o.port = atoi(value);
        else if (!strcmp(word, "--connections")) o.connections = atoi(value);
        else if (!strcmp(word, "--batch")) o.batch = atoi(value);
        else if (!strcmp(word, "--seconds")) o.seconds = atof(value);
        else if (!strcmp(word, "--warm")) o.warm = atof(value);
        else return fprintf(stderr, "pour: %s?\n", word), 2;
    }
    writers = calloc(o.connections, sizeof *writers);
    polls = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < o.connections; i++) {
        struct writer *w = &writers[i];
        w->fd = tcp(o.port);
        fcntl(w->fd, F_SETFL, O_NONBLOCK);
        w->out = malloc(o.batch * 512 + 2048);
        struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = w};
        if (epoll_ctl(polls, EPOLL_CTL_ADD, w->fd, &wanted)) die("epoll_ctl");
    }
    uint64_t begin = now_ns();
    measured_from = begin + o.warm * 1e9;
    stop = begin + (o.warm + o.seconds) * 1e9;
    for (int i = 0; i < o.connections; i++) {
        prepare(&writers[i]);
        send_on(&writers[i]);
    }
    static char text[1 << 16];
    for (uint64_t now = begin; now < stop || (answered < number && now < stop + 20000000000ull); now = now_ns()) {
        struct epoll_event events[256];
        int ready = epoll_wait(polls, events, 256, 50);
        for (int i = 0; i < ready; i++) {
            struct writer *w = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) send_on(w);
            if (!(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
            ssize_t got = recv(w->fd, text, sizeof text, MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) die("the server closed a connection");
            hear(w, text, got, now_ns());
        }
    }
    printf("{\"server\":\"%s\",\"connections\":%d,\"batch\":%d,\"sent\":%ld,\"answered\":%ld,\"rate\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n", names[o.as],
           o.connections, o.batch, number, answered, measured / o.seconds, delays_at(&delays, 0.5), delays_at(&delays, 0.99), delays.longest / 1e6);
    return answered < number;
}
