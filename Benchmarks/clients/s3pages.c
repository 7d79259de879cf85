/* Serves pages of a bucket's listing at full speed, to measure who reads them: page N is the file FOLDER/N, the first where a
 * request has no continuation-token. Whatever else is asked gets the first page as well. Prints its port.
 *
 *     s3pages FOLDER
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_PAGES 100000

static struct page {
    char *bytes;
    size_t count;
} pages[MAX_PAGES];
static int page_count;

static int load(const char *folder, int number) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%d", folder, number);
    int file = open(path, O_RDONLY);
    if (file < 0) return 0;
    struct stat about;
    if (fstat(file, &about) != 0) exit(1);
    pages[number].count = (size_t)about.st_size;
    pages[number].bytes = mmap(NULL, pages[number].count, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (pages[number].bytes == MAP_FAILED) exit(1);
    close(file);
    return 1;
}

static int send_all(int link, struct iovec *parts, int count) {
    while (count > 0) {
        ssize_t sent = writev(link, parts, count);
        if (sent <= 0) return 0;
        while (count > 0 && (size_t)sent >= parts->iov_len) {
            sent -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + sent;
            parts->iov_len -= (size_t)sent;
        }
    }
    return 1;
}

static void *serve(void *argument) {
    int link = (int)(long)argument, one = 1;
    setsockopt(link, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    char text[65536];
    size_t have = 0;
    for (;;) {
        ssize_t got = read(link, text + have, sizeof text - 1 - have);
        if (got <= 0) break;
        have += (size_t)got;
        text[have] = 0;
        char *end;
        while ((end = strstr(text, "\r\n\r\n"))) {
            *end = 0;
            char *line_end = strstr(text, "\r\n");
            if (line_end) *line_end = 0;
            char *token = strstr(text, "continuation-token=");
            int number = token ? atoi(token + strlen("continuation-token=")) : 0;
            if (number < 0 || number >= page_count) number = 0;
            char head[256];
            int length = snprintf(head, sizeof head,
                                  "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %zu\r\n\r\n",
                                  pages[number].count);
            struct iovec parts[2] = {{head, (size_t)length}, {pages[number].bytes, pages[number].count}};
            if (!send_all(link, parts, 2)) goto done;
            size_t used = (size_t)(end + 4 - text);
            memmove(text, text + used, have - used + 1);
            have -= used;
        }
        if (have == sizeof text - 1) break;
    }
done:
    close(link);
    return NULL;
}

int main(int count, char **words) {
    if (count != 2) return 2;
    while (page_count < MAX_PAGES && load(words[1], page_count)) page_count++;
    if (page_count == 0) return 1;
    int door = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof where;
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (struct sockaddr *)&where, size) != 0 || listen(door, 128) != 0) return 1;
    getsockname(door, (struct sockaddr *)&where, &size);
    printf("%d\n", ntohs(where.sin_port));
    fflush(stdout);
    for (;;) {
        int link = accept(door, NULL, NULL);
        if (link < 0) continue;
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, (void *)(long)link) == 0) pthread_detach(thread);
        else close(link);
    }
}
