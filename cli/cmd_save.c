// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_save.c - tcpmem save: a snapshot, saved in a capture */
#include "messages.h"
#include "output/output.h"
#include "progress.h"
#include "session.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int save(const struct session *session, const char *path,
		struct tcpmem_snapshot **snap)
{
	if (strcmp(path, "-") == 0)
		return tcpmem_snapshot_save_fd(session->ctx, session->query,
					       STDOUT_FILENO, snap);
	return tcpmem_snapshot_save(session->ctx, session->query, path, snap);
}

/* An error of the capture file is told with its name. */
static int failed(const struct session *session, const char *path, int err)
{
	switch (err) {
	case -EPROTONOSUPPORT:
	case -EMFILE:
	case -ENOMEM:
		return session_failed(session, err);
	default:
		message("cannot save to %s: %s",
			strcmp(path, "-") == 0 ? "the standard output" : path,
			strerror(-err));
		return EXIT_FAILED;
	}
}

static int run(const struct options *options, char **args)
{
	struct tcpmem_snapshot *snap = NULL;
	struct progress progress;
	struct session session;
	int code, ret;

	if (!args[0]) {
		message("save needs a FILE, or - for the standard output");
		return EXIT_USAGE;
	}
	if (strcmp(args[0], "-") == 0 && isatty(STDOUT_FILENO)) {
		message("a capture is not for a terminal: name a file, or send it "
			"elsewhere, as in 'tcpmem save - | gzip > FILE'");
		return EXIT_USAGE;
	}
	ret = session_open(&session, options,
			   (options->no_processes ? 0 : TCPMEM_NEED_HOLDERS) |
				   (options->info ? TCPMEM_NEED_INFO : 0));
	if (ret == 0) {
		progress_begin(&progress, "saving sockets");
		ret = save(&session, args[0], &snap);
		progress_end(&progress);
	}
	if (ret == 0)
		footer_message_warnings(&(struct footer){ .snap = snap });
	code = ret < 0 ? failed(&session, args[0], ret)
		       : session_exit_code(options, snap);
	tcpmem_snapshot_free(snap);
	session_close(&session);
	return code;
}

const struct command cmd_save = {
	.name = "save",
	.args = "FILE",
	.max_args = 1,
	.text = "a capture, which other commands take with --from FILE",
	.about = "Saves the sockets and the processes that hold them. FILE is "
		 "replaced as a whole\n"
		 "when all is written; - is the standard output.\n",
	.examples = "  tcpmem save before.tcpmem\n"
		    "  tcpmem by process --from before.tcpmem\n"
		    "  ssh HOST tcpmem save - | tcpmem summary --from -\n",
	.options = OPTIONS(OPTION_STATE, OPTION_NETNS, OPTION_INFO,
			   OPTION_NO_PROCESSES, OPTION_STRICT),
	.run = run,
};
