#define _GNU_SOURCE
#include "cfluxsystem.h"

#include <fcntl.h>

int cflux_reserve(int fd, off_t offset, off_t length) { return fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length); }
