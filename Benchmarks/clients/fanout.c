// fanout --as SERVER --port PORT [--pub-port PORT] [options]: many readers of one stream, and who writes to it.
//
//   --as        flux, nats, nchan, fastapi or ws (a WebSocket is published to, at /pub)
//   --clients N --seconds S --warm S
//   --rate R    so many events a second, sent when it is time whatever the server does; 0: as many as --window lets
//   --window W  events that may be on their way to the readers, on average
//   --batch B   events in one request
//   --filters   each reader has a filter of its own, which lets about a tenth of the events pass (flux)
//   --query Q   appended to the stream's address: `?from=…`
//   --deflate   offers permessage-deflate (to see what an idle reader costs; what comes is not unpacked)
//   --spread S  connects over so many seconds
//   --hold      prints "ready" when all readers are connected, and waits for a line: "run", "quit", or "until N" (publish
//               nothing, end when every reader was given the event of that number)
//
// Every reader checks that it is given each event that it should have once and in order. Prints one line of JSON.
#define _GNU_SOURCE
#include "fanout.h"

#include <sys/resource.h>

enum server { FLUX, NATS, NCHAN, FASTAPI, WS };
static const char *const names[] = {"flux", "nats", "nchan", "fastapi", "ws"};
static const char *const paths[] = {"/ws/stream", "/", "/sub", "/ws/stream", "/ws/stream"};
static const char *const publish_paths[] = {"/api/stream/events", "", "/pub", "/publish", "/pub"};

static struct {
    enum server as;
    int port, publish_port, clients, window, batch, filters, deflate, hold;
    double rate, seconds, warm, spread, patience;
    const char *query;
} o = {.clients = 100, .seconds = 5, .warm = 1, .window = 1000, .batch = 1, .patience = 20, .query = ""};

enum state { CLOSED, CONNECTING, SHAKING, OPEN };

struct reader {
    int fd;
    enum state state;
    char *rest;  // NATS: the beginning of a message that has not come whole
    int rest_count;
    long frame_left;  // NATS: what is to come of the frame that is being read
    long next, count;
    uint64_t first_at, last_at;
};

static int least(int a, double b) { return b < a ? (int)b : a; }

static struct reader *readers;
static int polls, ready, closed_early;
static long sent, first_sent, delivered, wrong;
static uint64_t bytes_read, reads, measured_from = ~0ull, measured_to = ~0ull;
static struct delays delays;
static uint64_t measured;
static char buffer[1 << 20];

static int is_for(int reader, long number) {
    long kind = kind_of(number);
    return !o.filters || kind == reader % KINDS || kind >= KINDS * 9 / 10;
}

static long next_for(int reader, long number) {
    while (!is_for(reader, number)) number++;
    return number;
}

/// One event. Where its number lies is the same for a whole stream, so it is looked for once.
static void take_event(struct reader *r, const char *text, int count, uint64_t now) {
    static const char mark[] = "\"n\":\"";
    static int place;
    if (place + 60 > count || memcmp(text + place, mark, 5)) {
        const char *found = memmem(text, count, mark, 5);
        if (!found) return;
        place = found - text;
    }
    long number = digits(text + place + 5, 10);
    uint64_t at = digits(text + place + 32, 19);
    if (r->count == 0) {
        r->first_at = now;
        if (r->next < 0) r->next = next_for(r - readers, first_sent);
    }
    if (number != r->next) wrong++;
    r->next = next_for(r - readers, number + 1);
    r->count++;
    r->last_at = now;
    delivered++;
    if (at >= measured_from && at < measured_to) {
        measured++;
        delays_add(&delays, now > at ? now - at : 0);
    }
}

static void frame_out(int fd, int opcode, const char *text, int count) {
    static char out[1 << 17];
    int head = 2;
    out[0] = 0x80 | opcode;
    if (count < 126) {
        out[1] = 0x80 | count;
    } else {
        out[1] = 0x80 | 126;
        out[2] = count >> 8;
        out[3] = count;
        head = 4;
    }
    memset(out + head, 0, 4);  // a mask of zeros leaves the bytes as they are
    memcpy(out + head + 4, text, count);
    if (write(fd, out, head + 4 + count) != head + 4 + count) closed_early++;
}

/// NATS speaks its own protocol in binary frames. Returns what was used.
static int take_nats(struct reader *r, const char *text, int count, uint64_t now) {
    int used = 0;
    while (used < count) {
        const char *line = text + used, *end = memchr(line, '\n', count - used);
        if (!end) break;
        int length = end - line + 1;
        if (!memcmp(line, "MSG", 3)) {
            const char *number = end;
            while (number[-1] != ' ') number--;
            int size = atoi(number);
            if (count - used < length + size + 2) break;
            take_event(r, end + 1, size, now);
            used += length + size + 2;
            continue;
        }
        static const char hello[] = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB events 1\r\nPING\r\n";
        if (!memcmp(line, "INFO", 4)) frame_out(r->fd, 2, hello, sizeof hello - 1);
        if (!memcmp(line, "PING", 4)) frame_out(r->fd, 2, "PONG\r\n", 6);
        if (!memcmp(line, "PONG", 4) && r->state == SHAKING) {
            r->state = OPEN;
            ready++;
        }
        if (line[0] == '-') wrong++;
        used += length;
    }
    return used;
}

static void reader_gone(struct reader *r) {
    if (r->state == OPEN) ready--;
    close(r->fd);
    r->state = CLOSED;
    closed_early++;
}

/// Frames hold any part of NATS's stream, and may be as large as all that waits: their bytes are taken as they come.
static void take_nats_bytes(struct reader *r, const char *text, int count, uint64_t now) {
    static char joined[sizeof buffer + 4096];
    if (r->rest_count) {
        memcpy(joined, r->rest, r->rest_count);
        memcpy(joined + r->rest_count, text, count);
        text = joined;
        count += r->rest_count;
    }
    int taken = take_nats(r, text, count, now);
    char *kept = NULL;
    if (taken < count) kept = memcpy(malloc(count - taken), text + taken, count - taken);
    free(r->rest);
    r->rest = kept;
    r->rest_count = count - taken;
}

/// Whole frames of what has come; returns what was used.
static int take_frames(struct reader *r, char *bytes, int count, uint64_t now) {
    int used = 0;
    while (count > used && (r->frame_left || count - used >= 2)) {
        if (r->frame_left) {
            int here = r->frame_left < count - used ? r->frame_left : count - used;
            take_nats_bytes(r, bytes + used, here, now);
            r->frame_left -= here;
            used += here;
            continue;
        }
        unsigned char *b = (unsigned char *)bytes + used;
        long size = b[1] & 127, head = 2;
        if (size == 126) head = 4;
        if (size == 127) head = 10;
        if (count - used < head) break;
        if (size == 126) size = b[2] << 8 | b[3];
        if (size == 127) size = (long)b[6] << 24 | b[7] << 16 | b[8] << 8 | b[9];
        if ((b[0] & 15) == 2) {
            r->frame_left = size;
            used += head;
            continue;
        }
        if (count - used < head + size) break;
        char *text = (char *)b + head;
        used += head + size;
        switch (b[0] & 15) {
        case 1:
            if (r->state == SHAKING) {  // CloudFlux says `connection` first
                r->state = OPEN;
                ready++;
            }
            take_event(r, text, size, now);
            break;
        case 8:
            reader_gone(r);
            return count;
        case 9:
            frame_out(r->fd, 10, text, size);
        }
    }
    return used;
}

struct part {
    char *bytes;
    int count;
};
static struct part *parts;  // of each reader: bytes of a frame that has not come whole

static void read_from(struct reader *r) {
    struct part *part = &parts[r - readers];
    for (int turn = 0; turn < 4 && r->state >= SHAKING; turn++) {
        int had = part->count;
        if (had) memcpy(buffer, part->bytes, had);
        ssize_t got = recv(r->fd, buffer + had, sizeof buffer / 2 - had, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) return reader_gone(r);
        uint64_t now = now_ns();
        reads++;
        bytes_read += got;
        int count = had + got, used = 0;
        if (r->state == SHAKING && r->first_at == 0) {
            char *end = memmem(buffer, count, "\r\n\r\n", 4);
            if (end) {
                if (memcmp(buffer, "HTTP/1.1 101", 12)) {
                    fprintf(stderr, "refused: %.*s\n", 200, buffer);
                    exit(1);
                }
                used = end + 4 - buffer;
                r->first_at = now;  // shaken hands
                if (o.as != FLUX && o.as != NATS) {
                    r->state = OPEN;
                    ready++;
                }
            }
        }
        if (r->first_at) used += take_frames(r, buffer + used, count - used, now);
        if (r->state == CLOSED) return;
        int left = count - used;
        if (left) {
            if (left > had || !part->bytes) part->bytes = realloc(part->bytes, left);
            memmove(part->bytes, buffer + used, left);
        } else if (part->bytes) {
            free(part->bytes);
            part->bytes = NULL;
        }
        part->count = left;
        if (got < (ssize_t)sizeof buffer / 4) return;
    }
}

static void begin_reader(int number) {
    struct reader *r = &readers[number];
    *r = (struct reader){.state = CONNECTING, .next = -1};
    r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (r->fd < 0) die("socket");
    int one = 1;
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    // One address has 28,000 ports; a few of them are enough for any number of readers here.
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK + number / 5000)}};
    setsockopt(r->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(r->fd, (struct sockaddr *)&from, sizeof from)) die("bind");
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(o.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (connect(r->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) die("connect");
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT, .data.u32 = number};
    if (epoll_ctl(polls, EPOLL_CTL_ADD, r->fd, &wanted)) die("epoll_ctl");
}

static void shake(int number) {
    struct reader *r = &readers[number];
    char head[2048], filter[128] = "";
    if (o.filters)
        sprintf(filter, "%sfilter=data.k:%d%%20OR%%20data.k%%3E%%3D%d", *o.query ? "&" : "?", 1000 + number % KINDS, 1000 + KINDS * 9 / 10);
    int count = sprintf(head,
                        "GET %s%s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                        paths[o.as], o.query, filter, o.port, o.deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
    if (write(r->fd, head, count) != count) die("handshake");
    r->state = SHAKING;
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = number};
    epoll_ctl(polls, EPOLL_CTL_MOD, r->fd, &wanted);
}

// MARK: Publishing

static int publisher = -1;
static int awaited;  // answers that have not come
static char *outgoing;
static size_t outgoing_count, outgoing_sent, outgoing_room;

static void put(const char *text, size_t count) {
    if (outgoing_room < outgoing_count + count) outgoing = realloc(outgoing, outgoing_room = 2 * (outgoing_count + count));
    memcpy(outgoing + outgoing_count, text, count);
    outgoing_count += count;
}

static void publish(int count, uint64_t at, double step) {
    char text[1024], head[256];
    if (o.as == FLUX) {
        static char *body;
        static int room;
        if (room < count * 256) body = realloc(body, room = count * 256);
        int length = 0;
        body[length++] = '[';
        for (int i = 0; i < count; i++) {
            length += sprintf(body + length, "%s{\"type\":\"com.example.bench\",\"data\":", i ? "," : "");
            length += write_data(body + length, sent++, at + (uint64_t)(i * step));
            body[length++] = '}';
        }
        body[length++] = ']';
        put(head, sprintf(head, "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
                          publish_paths[o.as], o.publish_port, length));
        put(body, length);
        awaited++;
        return;
    }
    for (int i = 0; i < count; i++) {
        int length = write_message(text, sent++, at + (uint64_t)(i * step));
        if (o.as == NATS) {
            put(head, sprintf(head, "PUB events %d\r\n", length));
            put(text, length);
            put("\r\n", 2);
        } else if (o.as == WS) {
            char mask[8] = {(char)0x81, (char)(0x80 | 126), length >> 8, length, 0, 0, 0, 0};
            put(mask, 8);
            put(text, length);
        } else {
            put(head, sprintf(head, "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
                              publish_paths[o.as], o.publish_port, length));
            put(text, length);
            awaited++;
        }
    }
}

static void push_out(void) {
    while (outgoing_sent < outgoing_count) {
        ssize_t count = send(publisher, outgoing + outgoing_sent, outgoing_count - outgoing_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) die("publish");
        outgoing_sent += count;
    }
    outgoing_count = outgoing_sent = 0;
}

static void hear_publisher(void) {
    static char text[1 << 16];
    ssize_t count = recv(publisher, text, sizeof text - 1, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        fprintf(stderr, "the server closed the publisher's connection\n");
        exit(1);
    }
    text[count] = 0;
    // An answer's first line may be cut by the end of a read: its beginning is kept for the next one.
    static char line[16];
    static int kept;
    for (ssize_t i = 0; i < count; i++) {
        static const char answer[] = "HTTP/1.1 ";
        if (o.as == NATS || o.as == WS) {
            if (o.as == NATS && text[i] == 'P' && i + 4 <= count && !memcmp(text + i, "PING", 4)) put("PONG\r\n", 6);
            continue;
        }
        if (kept < 9) {
            kept = text[i] == answer[kept] ? kept + 1 : text[i] == 'H';
        } else {
            line[kept++ - 9] = text[i];
            if (kept == 12) {
                kept = 0;
                awaited--;
                if (line[0] != '2') {
                    fprintf(stderr, "publishing was answered %.3s: %.300s\n", line, text);
                    exit(1);
                }
            }
        }
    }
}

static void open_publisher(void) {
    if (o.as == WS) {
        publisher = tcp(o.port);
        char head[512];
        int count = sprintf(head,
                            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                            publish_paths[o.as], o.port);
        send_all(publisher, head, count);
    } else {
        publisher = tcp(o.publish_port);
        static const char hello[] = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";
        if (o.as == NATS) send_all(publisher, hello, sizeof hello - 1);
    }
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = ~0u};
    if (epoll_ctl(polls, EPOLL_CTL_ADD, publisher, &wanted)) die("epoll_ctl");
}

// MARK: The run

static void turn(int timeout_ms) {
    static struct epoll_event events[1024];
    int count = epoll_wait(polls, events, 1024, timeout_ms);
    for (int i = 0; i < count; i++) {
        uint32_t number = events[i].data.u32;
        if (number == ~0u) {
            hear_publisher();
        } else if (readers[number].state == CONNECTING) {
            shake(number);
        } else if (readers[number].state != CLOSED) {
            read_from(&readers[number]);
        }
    }
    if (publisher >= 0) push_out();
}

static void connect_all(void) {
    uint64_t begin = now_ns(), heard = begin;
    int begun = 0, was = 0;
    while (ready < o.clients) {
        int allowed = o.spread > 0 ? least(o.clients, 1 + o.clients * ((now_ns() - begin) / 1e9 / o.spread)) : o.clients;
        for (int i = 0; begun < allowed && i < 64 && (o.spread > 0 || begun - ready < 256); i++) begin_reader(begun++);
        turn(1);
        if (ready != was) heard = now_ns();
        was = ready;
        if (closed_early || now_ns() - heard > 30e9) {
            fprintf(stderr, "%d of %d readers are connected, %d were closed\n", ready, o.clients, closed_early);
            exit(1);
        }
    }
}

/// Whether a reader was given all up to `end`. One for whom there was nothing has had all.
static int has_all(int reader, long end) {
    long next = readers[reader].next < 0 ? next_for(reader, first_sent) : readers[reader].next;
    return next >= next_for(reader, end);
}

static int all_have(long end) {
    for (int i = 0; i < o.clients; i++)
        if (readers[i].state == CLOSED || !has_all(i, end)) return 0;
    return 1;
}

static double processor(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void run(void) {
    open_publisher();
    double share = o.filters ? 0.101 : 1;
    uint64_t begin = now_ns(), stop = begin + (o.warm + o.seconds) * 1e9;
    measured_from = begin + o.warm * 1e9;
    measured_to = stop;
    double step = o.rate > 0 ? 1e9 / o.rate : 0, due = begin, own = 0;
    long before = 0;
    int measuring = 0;
    uint64_t now;
    while ((now = now_ns()) < stop) {
        if (!measuring && now >= measured_from) {
            measuring = 1;
            before = delivered;
            own = processor();
        }
        if (o.rate > 0) {
            while (due <= now) {
                int count = least(o.batch, 1 + (now - due) / step);
                publish(count, due, step);
                due += count * step;
            }
            push_out();
            turn(1);
        } else {
            while (awaited < 8 && outgoing_count == 0 && (sent - first_sent) * share * o.clients - delivered < (double)o.window * o.clients * share) {
                publish(o.batch, now_ns(), 0);
                push_out();
            }
            turn(1);
        }
    }
    double seconds = (now_ns() - measured_from) / 1e9;
    long during = delivered - before;
    own = processor() - own;
    uint64_t heard = now_ns();
    for (long was = delivered; (awaited || !all_have(sent)) && now_ns() - heard < o.patience * 1e9; was = delivered) {
        turn(20);
        if (delivered != was) heard = now_ns();
    }
    long missing = 0;
    for (int i = 0; i < o.clients; i++)
        missing += !has_all(i, sent);
    printf("{\"server\":\"%s\",\"clients\":%d,\"sent\":%ld,\"delivered\":%ld,\"seconds\":%.3f,\"rate\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,"
           "\"wrong\":%ld,\"incomplete\":%ld,\"closed\":%d,\"bytes\":%llu,\"reads\":%llu,\"own_cpu\":%.3f}\n",
           names[o.as], o.clients, sent - first_sent, delivered, seconds, during / seconds, delays_at(&delays, 0.5), delays_at(&delays, 0.99),
           delays.longest / 1e6, wrong, missing, closed_early, (unsigned long long)bytes_read, (unsigned long long)reads, own);
}

/// Waits until every reader was given the event of this number; it publishes nothing.
static void run_until(long last, uint64_t begin) {
    uint64_t heard = now_ns();
    for (long was = delivered; !all_have(last + 1) && now_ns() - heard < o.patience * 1e9; was = delivered) {
        turn(20);
        if (delivered != was) heard = now_ns();
    }
    long missing = 0;
    uint64_t slowest = 0;
    for (int i = 0; i < o.clients; i++) {
        missing += !has_all(i, last + 1);
        if (readers[i].last_at - begin > slowest) slowest = readers[i].last_at - begin;
    }
    printf("{\"server\":\"%s\",\"clients\":%d,\"delivered\":%ld,\"slowest_s\":%.3f,\"wrong\":%ld,\"incomplete\":%ld,\"closed\":%d,\"bytes\":%llu,\"reads\":%llu}\n",
           names[o.as], o.clients, delivered, slowest / 1e9, wrong, missing, closed_early, (unsigned long long)bytes_read, (unsigned long long)reads);
}

static void read_words(int count, char **words) {
    for (int i = 1; i < count; i++) {
        const char *word = words[i], *value = i + 1 < count ? words[i + 1] : "";
        int takes = 1;
        if (!strcmp(word, "--as")) {
            for (o.as = 0; o.as <= WS && strcmp(names[o.as], value); o.as++) {}
            if (o.as > WS) exit(2);
        } else if (!strcmp(word, "--port")) o.port = atoi(value);
        else if (!strcmp(word, "--pub-port")) o.publish_port = atoi(value);
        else if (!strcmp(word, "--clients")) o.clients = atoi(value);
        else if (!strcmp(word, "--seconds")) o.seconds = atof(value);
        else if (!strcmp(word, "--warm")) o.warm = atof(value);
        else if (!strcmp(word, "--rate")) o.rate = atof(value);
        else if (!strcmp(word, "--window")) o.window = atoi(value);
        else if (!strcmp(word, "--batch")) o.batch = atoi(value);
        else if (!strcmp(word, "--first")) first_sent = sent = atol(value);
        else if (!strcmp(word, "--query")) o.query = value;
        else if (!strcmp(word, "--spread")) o.spread = atof(value);
        else {
            takes = 0;
            if (!strcmp(word, "--filters")) o.filters = 1;
            else if (!strcmp(word, "--deflate")) o.deflate = 1;
            else if (!strcmp(word, "--hold")) o.hold = 1;
            else {
                fprintf(stderr, "fanout: %s?\n", word);
                exit(2);
            }
        }
        i += takes;
    }
    if (!o.publish_port) o.publish_port = o.port;
}

int main(int count, char **words) {
    read_words(count, words);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    readers = calloc(o.clients, sizeof *readers);
    parts = calloc(o.clients, sizeof *parts);
    polls = epoll_create1(EPOLL_CLOEXEC);
    uint64_t begin = now_ns();
    connect_all();
    if (!o.hold) return run(), 0;
    printf("ready %.3f\n", (now_ns() - begin) / 1e9);
    fflush(stdout);
    fcntl(0, F_SETFL, O_NONBLOCK);
    for (char line[64] = "";;) {
        turn(20);
        ssize_t got = read(0, line, sizeof line - 1);
        if (got < 0) continue;
        line[got] = 0;
        if (!strncmp(line, "run", 3)) return run(), 0;
        if (!strncmp(line, "until ", 6)) return run_until(atol(line + 6), begin), 0;
        return 0;
    }
}
