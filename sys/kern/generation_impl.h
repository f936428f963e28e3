/* SPDX-License-Identifier: ISC */
/*
 * generation_impl: what the files of generation share.
 */
#ifndef KERN_GENERATION_IMPL_H
#define KERN_GENERATION_IMPL_H

#include <stdbool.h>

#include "kern/version.h"

/* generation_version.c: the version that runs; false if that is not known. */
bool generation_running_version(char version[VERSION_MAX]);

#endif
