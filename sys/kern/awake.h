/* SPDX-License-Identifier: ISC */
/*
 * awake: asks the system that processors with nothing to do wait awake, in
 * the kernel's idle loop, rather than in a sleep that takes them tens of
 * microseconds to come out of.  Nobody loses processor time by it, as who has
 * work to do comes first; it costs power.
 *
 * One descriptor for a process, whose threads ask each for itself.  What it
 * asked for ends with it, so the parent that opens it keeps no copy.
 * awake_linux.c: /dev/cpu_dma_latency, an s32 of microseconds that a
 * processor may take to wake up, and -1 for "no wish" (pm_qos_interface.txt);
 * it has an effect where the kernel has a cpuidle driver.
 */
#ifndef KERN_AWAKE_H
#define KERN_AWAKE_H

#include <stdbool.h>
#include <stdint.h>

struct ipc;

/*
 * The parent: open it, which asks for nothing yet, and send it to a child in
 * a message of `type` whose id is 1 where the kernel has such a driver, else
 * 0.  Where that cannot be, there is none.
 */
void awake_send(struct ipc *to, uint32_t type);
/*
 * Takes fd over, in place of the one before; without one nothing is asked.
 * effective: the message's id.
 */
void awake_use(int fd, bool effective);
/* Whether to ask has an effect.  From any thread. */
bool awake_can(void);
/* The calling thread's wish, until awake_release(); one at a time. */
void awake_hold(void);
void awake_release(void);

#endif
