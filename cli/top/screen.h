/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* screen.h - the terminal */
#ifndef CLI_TOP_SCREEN_H
#define CLI_TOP_SCREEN_H

#include "ui.h"

/*
 * screen_run() - shows looks of @source and takes keys, until the end
 * @ui: with a state
 * @source: asked from a thread of its own
 * @filter: of the first look; NULL: all sockets
 *
 * Return: 0; -ENOTTY if the terminal cannot show a screen; or -errno. If a look
 * goes on that does not end, the process exits with @ui's exit code.
 */
int screen_run(struct ui *ui, struct top_source *source,
	       struct tcpmem_filter *filter);

#endif
