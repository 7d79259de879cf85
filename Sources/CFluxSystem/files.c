#define _GNU_SOURCE
#include "cfluxsystem.h"

#include <fcntl.h>
#include <unistd.h>

int cflux_reserve(int fd, off_t offset, off_t length) { return fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length); }

int cflux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
