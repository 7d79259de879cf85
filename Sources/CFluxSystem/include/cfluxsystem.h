#ifndef CFLUXSYSTEM_H
#define CFLUXSYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to start). Uses SSE4.2 where the processor has it.
uint32_t cflux_crc32c(uint32_t crc, const void *bytes, size_t length);

/// Has the processor fetch the cache line of an address that is read soon. Any address is fine.
static inline void cflux_prefetch(const void *address) { __builtin_prefetch(address); }

/// fallocate(2) with FALLOC_FL_KEEP_SIZE: reserves blocks, leaves the size. 0, or -1 with errno.
int cflux_reserve(int fd, off_t offset, off_t length);

/// A pipe whose ends are closed in whatever program is started meanwhile. -1 with errno where there is none.
int cflux_pipe(int ends[2]);

/// Names the calling thread, as `top -H` shows it; at most 15 characters count.
void cflux_name_thread(const char *name);

/// Tells malloc how many arenas it may have, and from how many bytes on a block gets pages of its own, which go back to
/// the system when it is freed. To be called before threads are started.
void cflux_tune_malloc(int arenas, int mmap_threshold);

/// Gives pages that malloc holds and nobody uses back to the system. Takes milliseconds.
void cflux_trim_malloc(void);

/// Whether this process ignores a signal, as whoever started it may have wanted (nohup).
bool cflux_ignores_signal(int number);

#endif
