/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "kern/awake.h"
#include "kern/ipc.h"
#include "kern/log.h"

#define DEVICE "/dev/cpu_dma_latency"
#define DRIVER "/sys/devices/system/cpu/cpuidle/current_driver"

enum { AT_ONCE = 0, NO_WISH = -1 };

/* The lock also keeps what is written in the order of what is counted. */
static struct {
	pthread_mutex_t aw_mutex;
	int aw_fd;
	_Atomic(bool) aw_effective;
	unsigned int aw_holds;
} awake = { .aw_mutex = PTHREAD_MUTEX_INITIALIZER, .aw_fd = -1 };

/* "none" in most virtual machines. */
static bool
has_driver(void)
{
	char name[16];
	ssize_t n = -1;
	int fd = open(DRIVER, O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		n = read(fd, name, sizeof(name));
		close(fd);
	}
	return (n > 0 && strncmp(name, "none\n", (size_t)n) != 0);
}

void
awake_send(struct ipc *to, uint32_t type)
{
	int fd = open(DEVICE, O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		log_debug("%s: %s: poll idle does nothing", DEVICE,
		    strerror(errno));
	else
		(void)ipc_send(to, type, has_driver(), fd, NULL, 0);
}

bool
awake_can(void)
{
	return (atomic_load(&awake.aw_effective));
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
	atomic_store(&awake.aw_effective, false);
}

void
awake_use(int fd, bool effective)
{
	pthread_mutex_lock(&awake.aw_mutex);
	if (awake.aw_fd != -1)
		close(awake.aw_fd);
	awake.aw_fd = fd;
	atomic_store(&awake.aw_effective, fd != -1 && effective);
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
