/* SPDX-License-Identifier: ISC */
/*
 * draw_qr: text as a picture that a camera reads.
 */
#include <event2/buffer.h>
#include <qrencode.h>

#include "http.h"

enum { QUIET = 4 };		/* modules of margin that a reader needs */

/* Dark modules as one path, a run of a row at a time. */
static void
draw_modules(struct client *cl, const QRcode *qr)
{
	int x, y, n;

	for (y = 0; y < qr->width; y++)
		for (x = 0; x < qr->width; x += n) {
			const unsigned char *m = qr->data + y * qr->width + x;

			for (n = 0; x + n < qr->width && (m[n] & 1); n++)
				;
			if (n > 0)
				evbuffer_add_printf(cl->cl_page,
				    "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, n,
				    n);
			else
				n = 1;
		}
}

void
draw_qr(struct client *cl, const char *text)
{
	QRcode *qr = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	int side;

	if (qr == NULL)
		return;
	side = qr->width + 2 * QUIET;
	evbuffer_add_printf(cl->cl_page,
	    "<svg class=\"qr\" role=\"img\" viewBox=\"0 0 %d %d\" "
	    "width=\"240\" height=\"240\" shape-rendering=\"crispEdges\">"
	    "<title>%s</title><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>"
	    "<path fill=\"#000\" d=\"",
	    side, side, tr(cl, "QR code", "QR コード"), side, side);
	draw_modules(cl, qr);
	html(cl, "\"/></svg>\n");
	QRcode_free(qr);
}
