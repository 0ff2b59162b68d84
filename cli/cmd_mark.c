// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_mark.c - tcpmem mark: a note in a store, and its moment kept */
#include "messages.h"
#include "options.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>

static int run(const struct options *options, char **args)
{
	int ret;

	if (!options->store || !args[0]) {
		message("mark needs a TEXT and --store DIR");
		return EXIT_USAGE;
	}
	/* a line is a mark */
	for (char *c = args[0]; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	ret = store_mark_send(options->store, args[0]);
	if (ret == -ESRCH)
		message("%s: no recorder writes there", options->store);
	else if (ret)
		message("%s: %s", options->store, strerror(-ret));
	return ret ? EXIT_FAILED : EXIT_DONE;
}

const struct command cmd_mark = {
	.name = "mark",
	.args = "TEXT",
	.max_args = 1,
	.text = "a note for the recorder, which keeps this moment longer",
	.about = "The recorder takes a look now, keeps it as a capture in the "
		 "store, and keeps\n"
		 "what it stored from ten minutes before until ten minutes "
		 "after for as long as\n"
		 "there is room.\n",
	.examples = "  tcpmem mark 'deploy 42 begins' --store "
		    "/var/lib/tcpmem\n",
	.options = OPTIONS(OPTION_STORE),
	.run = run,
};
