/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/log.h"
#include "net/vendor.h"

#include "shelf.h"

static struct {
	void *sf_data; /* NULL: not there */
	size_t sf_len;
} files[SHELF_FILES];
static struct vendors vendors;

const char *
shelf_name(enum shelf_file file)
{
	static const char *const names[SHELF_FILES] = {
		[SHELF_VENDORS] = "vendors",
		[SHELF_PLOT_JS] = "plot.js.gz",
		[SHELF_PLOT_CSS] = "plot.css.gz",
	};

	return (names[file]);
}

/* Bytes that were read, 0 for none or too many. */
static size_t
read_all(int fd, void *out)
{
	size_t len = 0;
	ssize_t n;

	while (len <= SHELF_MAX &&
	    (n = read(fd, (char *)out + len, SHELF_MAX + 1 - len)) > 0)
		len += (size_t)n;
	return (len > SHELF_MAX ? 0 : len);
}

static bool
is_good(enum shelf_file file, const void *data, size_t len)
{
	if (len == 0)
		return (false);
	if (file == SHELF_VENDORS)
		return (vendors_read(&vendors, data, len));
	return (len > 2 && memcmp(data, "\x1f\x8b", 2) == 0);
}

void
shelf_take(enum shelf_file file, int fd)
{
	void *data = malloc(SHELF_MAX + 1), *less;
	size_t len;

	if (data == NULL)
		fatalx("no memory");
	len = read_all(fd, data);
	close(fd);
	if (len > 0 && (less = realloc(data, len)) != NULL)
		data = less;
	if (!is_good(file, data, len)) {
		log_warnx("%s: not such a file, done without",
		    shelf_name(file));
		free(data);
		return;
	}
	free(files[file].sf_data);
	files[file].sf_data = data;
	files[file].sf_len = len;
}

const void *
shelf_find(enum shelf_file file, size_t *len)
{
	*len = files[file].sf_len;
	return (files[file].sf_data);
}

const char *
shelf_vendor(const uint8_t *mac)
{
	return (files[SHELF_VENDORS].sf_data == NULL ?
		NULL :
		vendors_find(&vendors, mac));
}
