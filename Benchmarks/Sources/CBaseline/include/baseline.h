#ifndef BASELINE_H
#define BASELINE_H

#include <stddef.h>

/// The bare loop: writes groups of `group_bytes` to a new file at `path`, each followed by fdatasync, for `seconds`.
/// Returns groups a second, or -1.
double baseline_groups(const char *path, size_t group_bytes, double seconds);

#endif
