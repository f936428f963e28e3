/* SPDX-License-Identifier: ISC */
/*
 * conf_node: making nodes of a settings tree; for conf*.c only.
 */
#ifndef KERN_CONF_NODE_H
#define KERN_CONF_NODE_H

#include <stdbool.h>
#include <stddef.h>

struct conf;

/* A node, last of parent's children (NULL: a root); NULL without memory. */
struct conf *conf_node_new(struct conf *parent, const char *key, size_t len);
/* One more value; consumes the allocated word, also when it fails (-1). */
int conf_node_value(struct conf *cf, char *word, bool quoted);

#endif
