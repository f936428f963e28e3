/* SPDX-License-Identifier: ISC */
/* seccomp: the system call filter behind proc_confine(); Linux only. */
#ifndef KERN_SECCOMP_H
#define KERN_SECCOMP_H

/*
 * Allow memory, threads, clocks and `promises` (PROC_* of kern/proc.h) from
 * now on, in all threads made later.  Opening files answers EACCES, as
 * libraries try; anything else logs its number and ends the process.
 */
void seccomp_confine(unsigned int promises);

#endif
