/* SPDX-License-Identifier: ISC */
/*
 * vnicctl: show and command a running vnicd.
 */
#ifndef VNICCTL_H
#define VNICCTL_H

/*
 * password.c: ask for the old and the new password, let vnicd(8) bring them to
 * the hub, and put the new one into the settings.  file NULL: vnicd's own.
 * The program's exit status.
 */
int password_change(const char *socket, const char *file, char *vnic);

#endif
