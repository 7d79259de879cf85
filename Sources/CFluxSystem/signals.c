#include <signal.h>
#include <stddef.h>

#include "cfluxsystem.h"

bool cflux_ignores_signal(int number) {
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}
