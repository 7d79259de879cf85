#include "cfluxsystem.h"

#include <malloc.h>

void cflux_tune_malloc(int arenas, int mmap_threshold) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, arenas);
    // Setting it also stops glibc from raising it each time a large block is freed.
    mallopt(M_MMAP_THRESHOLD, mmap_threshold);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
#endif
}

void cflux_trim_malloc(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
