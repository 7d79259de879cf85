#define _GNU_SOURCE
#include "baseline.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

double baseline_groups(const char *path, size_t group_bytes, double seconds) {
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    char *group = malloc(group_bytes ? group_bytes : 1);
    if (fd < 0 || !group) return -1;
    memset(group, 'x', group_bytes);
    double start = now(), end = start;
    long groups = 0;
    while (end - start < seconds) {
        if (write(fd, group, group_bytes) != (ssize_t)group_bytes || fdatasync(fd) != 0) return -1;
        groups++;
        end = now();
    }
    free(group);
    close(fd);
    return groups / (end - start);
}
