/* SPDX-License-Identifier: ISC */
/* sandbox: the system call filter behind proc_confine(); Linux only. */
#ifndef KERN_SANDBOX_H
#define KERN_SANDBOX_H

/*
 * Allow memory, threads, clocks and `promises` (PROC_* of kern/proc.h) from
 * now on, in all threads made later.  Opening files answers EACCES, as
 * libraries try; anything else logs its number and ends the process.
 */
void sandbox_enter(unsigned int promises);

#endif
