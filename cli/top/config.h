/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* config.h - top.conf: options that stand for every tcpmem top */
#ifndef CLI_TOP_CONFIG_H
#define CLI_TOP_CONFIG_H

#include "options.h"

/*
 * struct config - what top.conf says
 * @options: the command line's, and of the file those that it does not have
 * @text: of the file, which @options points into
 * @note: about a line that says nothing; "" without one
 */
struct config {
	struct options options;
	char *text;
	char note[160];
};

/*
 * config_read() - $XDG_CONFIG_HOME/tcpmem/top.conf, or ~/.config/...
 *
 * Without a file the command line's options stand alone.
 */
void config_read(struct config *config, const struct options *options);
void config_free(struct config *config);

#endif
