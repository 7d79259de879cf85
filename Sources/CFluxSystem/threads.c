#define _GNU_SOURCE
#include "cfluxsystem.h"

#include <pthread.h>

void cflux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
