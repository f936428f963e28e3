/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "kern/awake.h"
#include "kern/ipc.h"
#include "kern/log.h"

#define DEVICE "/dev/cpu_dma_latency"

enum { AT_ONCE = 0, NO_WISH = -1 };

/* The lock also keeps what is written in the order of what is counted. */
static struct {
	pthread_mutex_t aw_mutex;
	int aw_fd;
	unsigned int aw_holds;
} awake = { .aw_mutex = PTHREAD_MUTEX_INITIALIZER, .aw_fd = -1 };

void
awake_send(struct ipc *to, uint32_t type)
{
	int fd = open(DEVICE, O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		log_debug("%s: %s: poll idle does nothing", DEVICE,
		    strerror(errno));
	else
		(void)ipc_send(to, type, 0, fd, NULL, 0);
}

/* Once refused it stays so. */
static void
wish(int32_t latency)
{
	if (awake.aw_fd == -1 ||
	    write(awake.aw_fd, &latency, sizeof(latency)) == sizeof(latency))
		return;
	log_warn("processors cannot be kept awake");
	close(awake.aw_fd);
	awake.aw_fd = -1;
}

void
awake_use(int fd)
{
	pthread_mutex_lock(&awake.aw_mutex);
	if (awake.aw_fd != -1)
		close(awake.aw_fd);
	awake.aw_fd = fd;
	if (awake.aw_holds > 0)
		wish(AT_ONCE);
	pthread_mutex_unlock(&awake.aw_mutex);
}

void
awake_hold(void)
{
	pthread_mutex_lock(&awake.aw_mutex);
	if (awake.aw_holds++ == 0)
		wish(AT_ONCE);
	pthread_mutex_unlock(&awake.aw_mutex);
}

void
awake_release(void)
{
	pthread_mutex_lock(&awake.aw_mutex);
	if (--awake.aw_holds == 0)
		wish(NO_WISH);
	pthread_mutex_unlock(&awake.aw_mutex);
}
