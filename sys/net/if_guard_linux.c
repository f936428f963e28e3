/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <net/if.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/if_guard.h"
#include "net/stay_local.h"

/* What of a frame is compared with a gateway, in nft(8)'s words. */
#define ARP_SENDER "ether type arp @nh,112,32"
#define ARP_TARGET "ether type arp @nh,192,32"
#define NS_SENDER "icmpv6 type nd-neighbor-solicit @nh,64,128"
#define NS_TARGET "icmpv6 type nd-neighbor-solicit @th,64,128"
#define NA_TARGET "icmpv6 type nd-neighbor-advert @th,64,128"

/* Whether the name may stand between quotes and means but itself there. */
static bool
quotable(const char *ifname)
{
	const char *c;

	if (*ifname == '\0' || strlen(ifname) >= IF_NAMESIZE)
		return (false);
	for (c = ifname; *c != '\0'; c++)
		if (!isgraph((unsigned char)*c) || strchr("\"\\*$", *c) != NULL)
			return (false);
	return (true);
}

/* "longwire_NAME", all but letters and digits as _XX. */
static void
put_table(FILE *f, const char *ifname)
{
	fputs("table bridge longwire_", f);
	for (; *ifname != '\0'; ifname++)
		if (isalnum((unsigned char)*ifname))
			fputc(*ifname, f);
		else
			fprintf(f, "_%02x", (unsigned char)*ifname);
}

/* Drop what has at `place` the address of one of the gateways. */
static void
put_gateways(FILE *f, const char *place, uint8_t family,
    const struct stay_gateway *gw, unsigned int n)
{
	unsigned int i, k;

	for (i = 0; i < n; i++) {
		if (gw[i].sg_family != family)
			continue;
		fprintf(f, "%s 0x", place);
		for (k = 0; k < (family == 4 ? 4U : 16U); k++)
			fprintf(f, "%02x", gw[i].sg_addr[k]);
		fputs(" drop\n", f);
	}
}

/* What comes in by the virtual NIC does not reach the box. */
static void
put_input(FILE *f, const char *ifname, const struct stay_gateway *gw,
    unsigned int n)
{
	fprintf(f,
	    "chain input {\n"
	    "type filter hook input priority -300; policy accept;\n"
	    "iifname != \"%s\" accept\n"
	    "udp dport { 68, 546 } drop\n"
	    "icmpv6 type { nd-router-advert, nd-redirect } drop\n",
	    ifname);
	put_gateways(f, ARP_SENDER, 4, gw, n);
	put_gateways(f, NS_SENDER, 6, gw, n);
	put_gateways(f, NA_TARGET, 6, gw, n);
	fputs("}\n", f);
}

/* And what the box says does not leave by it. */
static void
put_output(FILE *f, const char *ifname, const struct stay_gateway *gw,
    unsigned int n)
{
	fprintf(f,
	    "chain output {\n"
	    "type filter hook output priority -300; policy accept;\n"
	    "oifname != \"%s\" accept\n"
	    "udp dport { 67, 547 } drop\n"
	    "icmpv6 type nd-router-solicit drop\n",
	    ifname);
	put_gateways(f, ARP_TARGET, 4, gw, n);
	put_gateways(f, NS_TARGET, 6, gw, n);
	fputs("}\n", f);
}

/* Delete the table, which may not be there. */
static void
put_delete(FILE *f, const char *ifname)
{
	put_table(f, ifname);
	fputs("\ndelete ", f);
	put_table(f, ifname);
	fputc('\n', f);
}

/* Run commands as one transaction; a sentence in err if it fails. */
static int
run(const char *commands, char *err, size_t size)
{
	struct nft_ctx *nft;
	const char *text;
	int r = -1;

	if ((nft = nft_ctx_new(NFT_CTX_DEFAULT)) == NULL ||
	    nft_ctx_buffer_error(nft) != 0) {
		strlcpy(err, "nftables: out of memory", size);
		goto out;
	}
	if (nft_run_cmd_from_buffer(nft, commands) == 0)
		r = 0;
	else {
		text = nft_ctx_get_error_buffer(nft);
		snprintf(err, size, "nftables: %.*s", (int)strcspn(text, "\n"),
		    text);
	}
out:
	if (nft != NULL)
		nft_ctx_free(nft);
	return (r);
}

int
guard_set(const char *ifname, const struct stay_gateway *gw, unsigned int n,
    char *err, size_t size)
{
	char *text = NULL;
	size_t len;
	FILE *f;
	int r;

	if (!quotable(ifname)) {
		snprintf(err, size, "nftables cannot name interface %s",
		    ifname);
		return (-1);
	}
	if ((f = open_memstream(&text, &len)) == NULL) {
		strlcpy(err, "out of memory", size);
		return (-1);
	}
	put_delete(f, ifname);
	put_table(f, ifname);
	fputs(" {\n", f);
	put_input(f, ifname, gw, n);
	put_output(f, ifname, gw, n);
	fputs("}\n", f);
	if (fclose(f) != 0) {
		strlcpy(err, "out of memory", size);
		r = -1;
	} else
		r = run(text, err, size);
	free(text);
	return (r);
}

void
guard_clear(const char *ifname)
{
	char *text = NULL, err[256];
	size_t len;
	FILE *f;

	if (!quotable(ifname) || (f = open_memstream(&text, &len)) == NULL)
		return;
	put_delete(f, ifname);
	if (fclose(f) == 0)
		(void)run(text, err, sizeof(err));
	free(text);
}
